//! Texts and numbers that the API server reads in a way of their own: quantities, times, base64, whole numbers.

use crate::object::{Node, Value};

/// What keeps a text from being a quantity such as `500m` or `1.5Gi`, as the end of a sentence.
///
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub(crate) fn quantity_fault(text: &str) -> Option<String> {
    // The server overlooks spaces around it.
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let exponent = |rest: &str| {
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let has_digits = number.bytes().any(|byte| byte.is_ascii_digit());
    // The server takes a unit alone for none of it: `Gi` is 0.
    if number.matches('.').count() > 1 || (!has_digits && !units.contains(&suffix)) {
        return Some("does not begin with a number".to_owned());
    }
    if units.contains(&suffix) || suffix.strip_prefix(['e', 'E']).is_some_and(exponent) {
        return None;
    }
    let near = units
        .iter()
        .find(|unit| !unit.is_empty() && unit.eq_ignore_ascii_case(suffix.trim().trim_end_matches(['B', 'b'])));
    Some(match near {
        Some(unit) => format!("has the unit `{suffix}`, which does not exist; `{unit}` does"),
        None => format!("has the unit `{suffix}`, which does not exist"),
    })
}

/// A quantity in billionths, to compare it with others; the server itself keeps no more than that, and no more than 2^63 - 1 whole ones.
pub(in crate::validate) fn quantity(node: Node<'_>) -> Option<i128> {
    const LARGEST: i128 = i64::MAX as i128 * BILLION;
    let value = match node.value() {
        Value::Integer(number) => i128::from(number) * BILLION,
        #[allow(clippy::cast_possible_truncation, reason = "what does not fit is made the largest that does")]
        Value::Float(number) => (number * 1e9).ceil() as i128,
        Value::String(text) => billionths(text)?,
        // A quantity that is null is 0 where its name is there.
        Value::Null => 0,
        _ => return None,
    };
    Some(value.clamp(-LARGEST, LARGEST))
}

/// How many billionths are one.
pub(in crate::validate) const BILLION: i128 = 1_000_000_000;

/// The quantity that a text is, in billionths; none if it is none.
pub(crate) fn billionths(text: &str) -> Option<i128> {
    if quantity_fault(text).is_some() {
        return None;
    }
    let text = text.trim();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // More digits than these make no difference to the billionths.
    let fraction = fraction.get(..18).unwrap_or(fraction);
    let digits =
        |text: &str| text.bytes().fold(0_i128, |sum, b| sum.saturating_mul(10).saturating_add((b - b'0').into()));
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let mantissa = digits(whole).saturating_mul(scale).saturating_add(digits(fraction));
    let power = |exponent: i64| {
        u32::try_from(exponent.abs()).ok().and_then(|exponent| 10_i128.checked_pow(exponent)).unwrap_or(i128::MAX)
    };
    let (times, over) = if let Some(unit) = suffix.strip_suffix('i') {
        let power = 1 + u32::try_from("KMGTPE".find(unit)?).ok()?;
        (1024_i128.checked_pow(power)?.saturating_mul(BILLION), scale)
    } else {
        match exponent(suffix)? + 9 {
            exponent @ 0.. => (power(exponent), scale),
            exponent => (1, scale.saturating_mul(power(exponent))),
        }
    };
    let product = mantissa.saturating_mul(times);
    Some(sign * (product / over + i128::from(product % over != 0)))
}

/// The power of ten that a unit stands for.
fn exponent(unit: &str) -> Option<i64> {
    Some(match unit {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "E" => 18,
        _ => match "kMGTP".find(unit) {
            Some(place) => 3 + 3 * i64::try_from(place).ok()?,
            // An exponent of more digits than fit is as good as any that is out of reach.
            None => unit.get(1..)?.parse::<i64>().ok()?.clamp(-1000, 1000),
        },
    })
}

/// What keeps a text from being a time in RFC 3339, as the end of a sentence.
pub(in crate::validate) fn time_fault(text: &str) -> Option<String> {
    // Go reads `2026-01-31T12:00:00Z` and offsets, nothing shorter; jiff reads more, so the shape is looked at first.
    let has_shape = text.len() >= 20
        && text.as_bytes().get(10) == Some(&b'T')
        && (text.ends_with('Z')
            || text.as_bytes().get(text.len().saturating_sub(6)).is_some_and(|b| matches!(b, b'+' | b'-')));
    let is_time = has_shape && text.parse::<jiff::Timestamp>().is_ok();
    (!is_time).then(|| "is not a time like 2026-01-31T12:00:00Z".to_owned())
}

/// What keeps a text from being base64 as Go decodes it, as the end of a sentence. Line ends are skipped.
pub(in crate::validate) fn base64_fault(text: &str) -> Option<String> {
    let mut count = 0_usize;
    let mut padding = 0_usize;
    for c in text.chars() {
        match c {
            '\n' | '\r' => {}
            '=' => padding += 1,
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' if padding == 0 => count += 1,
            '-' | '_' => return Some(format!("has a `{c}`, which only base64 for URLs has")),
            _ if c.is_ascii_graphic() && padding > 0 => return Some("has text behind its `=`".to_owned()),
            _ => return Some(format!("has a `{}`, which base64 does not", c.escape_debug())),
        }
    }
    let right = match count % 4 {
        0 => 0,
        2 => 2,
        3 => 1,
        _ => return Some("has a letter too many or too few".to_owned()),
    };
    (padding != right)
        .then(|| format!("must end in {}", ["no `=`", "one `=`", "two `==`"].get(right).copied().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_the_server_reads_them() {
        for text in [
            "0",
            "1",
            "500m",
            "1.5",
            "1.5Gi",
            "+1",
            "-1",
            "1e3",
            "1E3",
            "1e-3",
            "100M",
            ".5",
            "5.",
            "12E",
            ".",
            "Gi",
            "-",
            "1k",
            "128974848",
            " 1Gi ",
        ] {
            assert_eq!(quantity_fault(text), None, "{text}");
        }
        for text in ["", "abc", "1.2.3", "1 Gi", "1GB", "10mb", "1K", "1e", "1e+", "..", "0x10", "1,5", " "] {
            assert!(quantity_fault(text).is_some(), "{text}");
        }
        assert!(quantity_fault("1GB").unwrap().contains("`G` does"));
    }

    #[test]
    fn quantities_are_compared_whatever_their_unit() {
        for (text, expected) in [
            ("1", 1_000_000_000),
            ("100m", 100_000_000),
            ("1.5", 1_500_000_000),
            ("-2", -2_000_000_000),
            ("1Ki", 1024 * BILLION),
            ("1.5Ki", 1536 * BILLION),
            ("1Gi", (1 << 30) * BILLION),
            ("1k", 1000 * BILLION),
            ("1E", 1_000_000_000_000_000_000 * BILLION),
            ("1e3", 1000 * BILLION),
            ("1E-3", 1_000_000),
            ("1n", 1),
            ("0.1n", 1),
            ("5.", 5 * BILLION),
            (".5", BILLION / 2),
            ("0", 0),
        ] {
            assert_eq!(billionths(text), Some(expected), "{text}");
        }
        assert_eq!(billionths("1GB"), None);
        assert!(billionths("1e99").unwrap() > billionths("1E").unwrap());
        assert!(billionths(&"9".repeat(400)).unwrap() > billionths("1Ei").unwrap());
    }

    #[test]
    fn times_have_one_form() {
        for text in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00.123456Z"] {
            assert_eq!(time_fault(text), None, "{text}");
        }
        for text in
            ["", "2026-01-31", "2026-01-31 12:00:00Z", "2026-13-31T12:00:00Z", "2026-01-31T12:00:00", "yesterday"]
        {
            assert!(time_fault(text).is_some(), "{text}");
        }
    }

    #[test]
    fn base64_needs_its_padding() {
        for text in ["", "aGVsbG8=", "aGVsbG8h", "aGVs\nbG8=\n", "YQ=="] {
            assert_eq!(base64_fault(text), None, "{text}");
        }
        for text in ["a", "YQ", "YQ=", "aGVsbG8", "hello world", "aGVs-bG8", "YQ==x", "pässword"] {
            assert!(base64_fault(text).is_some(), "{text}");
        }
    }
}
