//! What a scalar means: the values of go-yaml v2, which `kubectl` and Config Sync read with.
//!
//! They are those of YAML 1.1 with exceptions: `yes` and `on` are true, `0644` is octal, but `1:30` is no number, and dates are texts.

use super::tree::Number;

/// The value of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    /// The text as it is written.
    Text,
}

/// The value of the plain scalar `text`.
pub(super) fn resolve(text: &str) -> Plain {
    let Some(&first) = text.as_bytes().first() else { return Plain::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text).unwrap_or(Plain::Text),
        b'.' => word(text).or_else(|| dotted(text)).unwrap_or(Plain::Text),
        b'0'..=b'9' => number(text).unwrap_or(Plain::Text),
        b'+' | b'-' => word(text).or_else(|| number(text)).unwrap_or(Plain::Text),
        _ => Plain::Text,
    }
}

fn word(text: &str) -> Option<Plain> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Plain::Number(Number::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::Number(Number::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Plain::Number(Number::Float(f64::NEG_INFINITY)),
        _ => return None,
    })
}

/// `.5`, `.5e3`: what starts with a dot must be a number of Go's `ParseFloat`.
fn dotted(text: &str) -> Option<Plain> {
    float(text).filter(|_| text.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
}

/// What starts with a digit or a sign. Underscores count for nothing, wherever they stand.
fn number(text: &str) -> Option<Plain> {
    let without;
    let text = if text.contains('_') {
        without = text.replace('_', "");
        &without
    } else {
        text
    };
    integer(text).map(|value| Plain::Number(Number::Integer(value))).or_else(|| float(text))
}

/// Go's `ParseInt` and then `ParseUint` with base 0: prefixes decide the base, and a leading zero means octal.
fn integer(text: &str) -> Option<i128> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A second sign would be taken by the standard library.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, base).ok()?);
    let value = if negative { -value } else { value };
    // Only what has no sign may need the 64th bit.
    let fits = i64::try_from(value).is_ok() || !signed;
    fits.then_some(value)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and not too large.
fn float(text: &str) -> Option<Plain> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    // Go fails where the value is out of range; then it is a text.
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| Plain::Number(Number::Float(value)))
}

/// The text that `kubectl` makes of a key; none where it refuses it.
pub(super) fn key(value: Plain) -> Option<String> {
    Some(match value {
        Plain::Null | Plain::Text => return None,
        Plain::Bool(value) => value.to_string(),
        Plain::Number(Number::Integer(value)) => value.to_string(),
        Plain::Number(Number::Float(value)) if value.is_nan() => ".nan".to_owned(),
        Plain::Number(Number::Float(value)) if value.is_infinite() => {
            if value > 0.0 {
                ".inf".to_owned()
            } else {
                "-.inf".to_owned()
            }
        }
        Plain::Number(Number::Float(value)) => float_key(value),
    })
}

/// Go's `FormatFloat(value, 'g', -1, 32)`: the shortest digits, with an exponent for the very large and the very small.
fn float_key(value: f64) -> String {
    // go-yaml's caller asks for 32 bits, so the nearest of them is what is printed.
    #[allow(clippy::cast_possible_truncation)]
    let value = value as f32;
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // For the shortest digits Go decides as if there were six.
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_values_of_go_yaml() {
        for (texts, value) in [
            ("y Y yes Yes YES on On ON true True TRUE", Plain::Bool(true)),
            ("n N no No NO off Off OFF false False FALSE", Plain::Bool(false)),
            ("~ null Null NULL", Plain::Null),
            (
                "yEs tRUE oN nULL nil none enabled - -- + . .. ... 1:30 190:20:30 2001-12-14 2001-12-14T21:59:43Z",
                Plain::Text,
            ),
            (
                "_1 0x 0o 0b 0xg 1e 1e+ 1.2.3 1,000 +-1 --1 1e400 -1e400 0x1p-2 .e3 ._5 1-2 08x Infinity nan inf",
                Plain::Text,
            ),
            ("v1 1.10.0 10.0.0.1 a1 =", Plain::Text),
        ] {
            for text in texts.split(' ') {
                assert_eq!(resolve(text), value, "{text}");
            }
        }
        assert_eq!(resolve(""), Plain::Null);
    }

    #[test]
    fn whole_numbers_have_bases_signs_and_underscores() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("0644", 420),
            ("-0644", -420),
            ("0o644", 420),
            ("0O644", 420),
            ("0b101", 5),
            ("0B101", 5),
            ("-0b101", -5),
            ("0x1F", 31),
            ("0X1f", 31),
            ("0x_1", 1),
            ("1_000", 1000),
            ("1_", 1),
            ("1__0", 10),
            ("9223372036854775807", i128::from(i64::MAX)),
            ("-9223372036854775808", i128::from(i64::MIN)),
            ("18446744073709551615", i128::from(u64::MAX)),
        ] {
            assert_eq!(resolve(text), Plain::Number(Number::Integer(value)), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_floats() {
        for (text, value) in [
            ("08", 8.0),
            ("09", 9.0),
            ("1e3", 1000.0),
            ("1E3", 1000.0),
            ("1.", 1.0),
            ("1.5", 1.5),
            (".5", 0.5),
            ("-.5", -0.5),
            ("+.5e1", 5.0),
            ("1.10", 1.1),
            ("1_0.5", 10.5),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("-9223372036854775809", -9_223_372_036_854_775_809.0),
            ("+18446744073709551615", 18_446_744_073_709_551_615.0),
        ] {
            assert_eq!(resolve(text), Plain::Number(Number::Float(value)), "{text}");
        }
        assert_eq!(resolve("-.inf"), Plain::Number(Number::Float(f64::NEG_INFINITY)));
    }

    #[test]
    fn keys_become_texts() {
        for (text, expected) in [
            ("yes", Some("true")),
            ("off", Some("false")),
            ("0644", Some("420")),
            ("1.5", Some("1.5")),
            (".inf", Some(".inf")),
            ("1e100000", None),
            ("1e20", Some("1e+20")),
            ("1e6", Some("1e+06")),
            ("123456.0", Some("123456")),
            ("0.00001", Some("1e-05")),
            ("100000000000000000000", Some("1e+20")),
            ("~", None),
        ] {
            assert_eq!(key(resolve(text)).as_deref(), expected, "{text}");
        }
    }
}
