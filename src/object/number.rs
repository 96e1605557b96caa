//! Numbers on their way to the cluster: through Go's JSON encoder, which has its own idea of how a float is written.

use super::arena::Kind;

/// The value of a float, none if JSON cannot hold it. A whole number that Go prints without a point comes back as an integer.
pub(super) fn float(number: f64) -> Option<(Kind, u64)> {
    if !number.is_finite() {
        return None;
    }
    // Beyond 2^53 it is the shortest digits, filled up with zeros, that count: exactly what `{}` prints in Rust as well.
    if number.fract() == 0.0
        && number.abs() < 1e19
        && let Ok(integer) = format!("{number}").parse::<i64>()
    {
        return Some((Kind::Integer, integer.cast_unsigned()));
    }
    Some((Kind::Float, number.to_bits()))
}

/// A float as sigs.k8s.io/yaml writes it when it is a key: Go's `%g` of its 32-bit value, infinities as YAML has them.
#[allow(clippy::cast_possible_truncation, reason = "the loss of precision is what is copied")]
pub(super) fn key(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Go's shortest `%g` decides as if there were six digits.
    if number != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_become_integers_with_the_digits_go_prints() {
        for (number, integer) in [
            (1000.0, 1000),
            (-8.0, -8),
            (-0.0, 0),
            (9_007_199_254_740_993.0, 9_007_199_254_740_992),
            (4_611_686_018_427_387_904.0, 4_611_686_018_427_388_000),
        ] {
            assert_eq!(float(number), Some((Kind::Integer, i64::cast_unsigned(integer))));
        }
        for number in [0.5, 1e19, 9.3e18 * 2.0, 1e300] {
            assert_eq!(float(number), Some((Kind::Float, number.to_bits())));
        }
        assert_eq!(float(f64::INFINITY), None);
        assert_eq!(float(f64::NAN), None);
    }

    #[test]
    fn float_keys_are_written_as_go_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (1.1, "1.1"),
            (123_456.0, "123456"),
            (1_234_567.0, "1.234567e+06"),
            (1e20, "1e+20"),
            (0.0001, "0.0001"),
            (1e-5, "1e-05"),
            (33_554_433.0, "3.3554432e+07"),
            (1e300, ".inf"),
            (-1e300, "-.inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(key(number), text);
        }
    }
}
