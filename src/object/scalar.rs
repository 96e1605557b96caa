//! What a YAML scalar means to Kubernetes.
//!
//! kubectl, the API machinery and Config Sync read YAML with sigs.k8s.io/yaml, which is go-yaml v2 and a conversion to JSON. This copies its
//! resolver: YAML 1.1's words for true and false, Go's syntax of integers with all underscores dropped, no base 60, dates as strings.

use std::borrow::Cow;

/// What a scalar is, before it is asked whether JSON can hold it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'s> {
    Null,
    Bool(bool),
    Integer(i64),
    /// More than an `i64` holds. As a value it becomes a float, as a key it is refused.
    Unsigned(u64),
    Float(f64),
    /// The scalar's own text.
    Text,
    /// Another text: decoded from base64.
    Other(Cow<'s, str>),
    /// A plain `<<`: as a key it merges, elsewhere it is a string.
    Merge,
}

/// The value contradicts its tag; says what is wrong, without the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit(pub(super) String);

/// Resolves a plain scalar without a tag.
pub(super) fn plain(text: &str) -> Scalar<'static> {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => special_float(text).or_else(|| go_float(text)).map_or(Scalar::Text, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => special_float(text).map_or_else(|| number(text), Scalar::Float),
        b'<' if text == "<<" => Scalar::Merge,
        _ => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar<'static> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number(text: &str) -> Scalar<'static> {
    let digits: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(integer) = go_integer(&digits) {
        return integer;
    }
    if is_decimal_float(&digits) {
        let float: Option<f64> = digits.parse().ok();
        // Go's parser reports an overflow, and then it is a string.
        return float.filter(|float| float.is_finite()).map_or(Scalar::Text, Scalar::Float);
    }
    // go-yaml's own reading of binary numbers is older than Go's, and takes a sign behind the prefix.
    let binary = digits.strip_prefix("0b").and_then(|digits| i64::from_str_radix(digits, 2).ok());
    binary.map_or(Scalar::Text, Scalar::Integer)
}

/// Go's `ParseInt(s, 0, 64)`, then `ParseUint`: `0x`, `0b`, `0o` and a leading zero choose the base.
fn go_integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, unsigned, signed) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..], true),
        b'+' => (false, &text[1..], true),
        _ => (false, text, false),
    };
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    // Rust would take another sign here.
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Scalar::Integer);
    }
    match i64::try_from(magnitude) {
        Ok(integer) => Some(Scalar::Integer(integer)),
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Unsigned(magnitude)),
    }
}

/// go-yaml's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn is_decimal_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = rest.trim_start_matches(|char: char| char.is_ascii_digit());
    let has_whole = whole.len() < rest.len();
    let rest = match whole.strip_prefix('.') {
        Some(fraction) => {
            let behind = fraction.trim_start_matches(|char: char| char.is_ascii_digit());
            if !has_whole && behind.len() == fraction.len() {
                return false;
            }
            behind
        }
        None if has_whole => whole,
        None => return false,
    };
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// Go's `ParseFloat` for text that begins with a point: a decimal float whose underscores stand between digits.
fn go_float(text: &str) -> Option<f64> {
    let between = |index: usize| {
        let digit = |index: Option<usize>| {
            index
                .and_then(|index| text.as_bytes().get(index))
                .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'_')
        };
        digit(index.checked_sub(1)) && digit(Some(index + 1))
    };
    if text.contains('_') && (text.contains("__") || text.match_indices('_').any(|(index, _)| !between(index))) {
        return None;
    }
    let digits = text.replace('_', "");
    let float: f64 = digits.parse().ok().filter(|_| is_decimal_float(&digits))?;
    float.is_finite().then_some(float)
}

/// Resolves a scalar with a tag; `tag` is complete (`tag:yaml.org,2002:int`), or `!` and more for a local one.
pub(super) fn tagged<'s>(tag: &str, text: &'s str) -> Result<Scalar<'s>, Misfit> {
    // go-yaml takes the bare tag for no tag when it looks for merge keys.
    if tag == "!" && text == "<<" {
        return Ok(Scalar::Merge);
    }
    let Some(name) = tag.strip_prefix("tag:yaml.org,2002:") else { return Ok(Scalar::Text) };
    let wanted = match name {
        "binary" => return base64(text).map(|text| Scalar::Other(text.into())),
        "timestamp" if is_date(text) => return Ok(Scalar::Text),
        "bool" | "int" | "float" | "null" | "timestamp" => name,
        // `!!str`, and go-yaml knows no others and takes the text; a merge key is one by its text.
        "merge" if text == "<<" => return Ok(Scalar::Merge),
        _ => return Ok(Scalar::Text),
    };
    let value = if text.is_empty() { Scalar::Null } else { plain(text) };
    #[allow(clippy::cast_precision_loss, reason = "go-yaml converts too")]
    match (wanted, value) {
        ("float", Scalar::Integer(integer)) => Ok(Scalar::Float(integer as f64)),
        ("bool", value @ Scalar::Bool(_))
        | ("int", value @ (Scalar::Integer(_) | Scalar::Unsigned(_)))
        | ("float", value @ Scalar::Float(_))
        | ("null", value @ Scalar::Null) => Ok(value),
        _ => Err(Misfit(format!("the value is not what its tag `!!{wanted}` says"))),
    }
}

/// Whether it begins as go-yaml's dates do; they become strings all the same.
fn is_date(text: &str) -> bool {
    let (year, rest) = text.split_once('-').unwrap_or(("", ""));
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && rest.starts_with(|char: char| char.is_ascii_digit())
}

/// Go's standard base64 with padding, line ends skipped; bytes that are not UTF-8 become U+FFFD, as Go's JSON encoder has it.
fn base64(text: &str) -> Result<String, Misfit> {
    let misfit = || Misfit("the value of a `!!binary` tag is not base64".to_owned());
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0u32, 0u8, 0u8);
    for byte in text.bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\r' | b'\n' => continue,
            b'=' if count >= 2 => {
                padding += 1;
                count = (count + 1) % 4;
                bits <<= 6;
                if count == 0 {
                    let [_, first, second, _] = bits.to_be_bytes();
                    let pair = [first, second];
                    bytes.extend_from_slice(if padding == 2 { &pair[..1] } else { &pair });
                }
                continue;
            }
            _ => return Err(misfit()),
        };
        if padding > 0 {
            return Err(misfit());
        }
        bits = bits << 6 | u32::from(sextet);
        count = (count + 1) % 4;
        if count == 0 {
            let [_, triple @ ..] = bits.to_be_bytes();
            bytes.extend_from_slice(&triple);
        }
    }
    if count != 0 {
        return Err(misfit());
    }
    Ok(lossy(&bytes))
}

/// As Go has it: U+FFFD for each byte that is not UTF-8.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
