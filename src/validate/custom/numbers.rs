//! Numbers as the API server compares them: whole numbers with limits that are cut down to whole numbers, others as they are.

use serde_json::Value as Json;

use super::effective::{Is, Value, from_json};

/// The largest whole number up to which a floating-point number holds each.
const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

/// Whether a number with a fraction or an exponent is a whole one all the same.
pub(super) fn is_whole(number: f64) -> bool {
    number.abs() <= LARGEST_EXACT && number.fract() == 0.0
}

#[allow(clippy::cast_possible_truncation, reason = "the API server cuts limits of whole numbers down, too")]
const fn cut(limit: f64) -> i64 {
    limit as i64
}

pub(super) fn above_maximum(value: &Value<'_>, most: f64, exclusive: bool) -> bool {
    match value.is {
        Is::Integer(number) if exclusive => number >= cut(most),
        Is::Integer(number) => number > cut(most),
        Is::Float(number) if exclusive => number >= most,
        Is::Float(number) => number > most,
        _ => false,
    }
}

pub(super) fn below_minimum(value: &Value<'_>, least: f64, exclusive: bool) -> bool {
    match value.is {
        Is::Integer(number) if exclusive => number <= cut(least),
        Is::Integer(number) => number < cut(least),
        Is::Float(number) if exclusive => number <= least,
        Is::Float(number) => number < least,
        _ => false,
    }
}

pub(super) fn is_multiple(value: &Value<'_>, factor: f64) -> bool {
    match value.is {
        // A factor below 1 is cut down to 0, of which nothing is a multiple.
        Is::Integer(number) => cut(factor) > 0 && number.checked_rem(cut(factor)) == Some(0),
        Is::Float(number) => {
            let quotient = if factor < 1.0 { 1.0 / factor * number } else { number / factor };
            factor > 0.0 && is_nearly_whole(quotient)
        }
        _ => true,
    }
}

/// Whole but for the error that a division leaves.
fn is_nearly_whole(number: f64) -> bool {
    const EPSILON: f64 = 1e-9;
    let cut = number.trunc();
    let difference = (number - cut).abs();
    number.is_finite()
        && number.abs() <= LARGEST_EXACT
        && (difference == 0.0 || (cut != 0.0 && difference / (number.abs() + cut.abs()) < EPSILON))
}

/// Whether a value is the one that `enum` allows. Null never is.
pub(super) fn equals(value: &Value<'_>, allowed: &Json) -> bool {
    match (&value.is, allowed) {
        (Is::String(text), Json::String(allowed)) => text == allowed,
        (Is::Bool(flag), Json::Bool(allowed)) => flag == allowed,
        (Is::Integer(number), Json::Number(allowed)) => match allowed.as_i64() {
            Some(allowed) => *number == allowed,
            #[allow(clippy::cast_precision_loss, reason = "as the API server converts it")]
            None => allowed.as_f64() == Some(*number as f64),
        },
        // The server cuts the number down to a whole one if that is what is allowed.
        (Is::Float(number), Json::Number(allowed)) => match allowed.as_i64() {
            Some(allowed) => cut(*number) == allowed,
            None => allowed.as_f64() == Some(*number),
        },
        (Is::List(_), Json::Array(_)) | (Is::Map(_), Json::Object(_)) => value.same(&from_json(allowed, None)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: impl Into<serde_json::Number>) -> Value<'static> {
        let number = number.into();
        let is = number.as_i64().map_or_else(|| Is::Float(number.as_f64().unwrap()), Is::Integer);
        Value { node: None, is }
    }

    fn float(number: f64) -> Value<'static> {
        Value { node: None, is: Is::Float(number) }
    }

    #[test]
    fn limits_of_whole_numbers_are_cut_down() {
        assert!(!above_maximum(&number(1), 1.5, false) && above_maximum(&number(2), 1.5, false));
        assert!(above_maximum(&number(1), 1.5, true), "1 is not less than 1");
        assert!(!below_minimum(&number(0), 0.5, false) && below_minimum(&float(0.4), 0.5, false));
        assert!(!below_minimum(&float(0.5), 0.5, false) && below_minimum(&float(0.5), 0.5, true));
    }

    #[test]
    fn multiples_allow_for_the_error_of_a_division() {
        assert!(is_multiple(&number(6), 3.0) && !is_multiple(&number(7), 3.0));
        assert!(is_multiple(&float(0.3), 0.1) && is_multiple(&float(7.5), 2.5) && !is_multiple(&float(0.35), 0.1));
        assert!(!is_multiple(&number(1), 0.5), "the server cuts 0.5 down to 0");
        assert!(!is_multiple(&number(1), -1.0) && is_multiple(&number(i64::MIN), 1.0));
    }

    #[test]
    fn only_floats_without_a_fraction_are_whole() {
        assert!(is_whole(3.0) && !is_whole(3.5) && !is_whole(1e300));
    }

    #[test]
    fn enums_compare_values_of_any_kind() {
        let json: Json = serde_json::json!({"a": [1, "b"], "c": true});
        let swapped = serde_json::json!({"c": true, "a": [1, "b"]});
        assert!(equals(&from_json(&swapped, None), &json));
        assert!(!equals(&from_json(&serde_json::json!({"a": [1]}), None), &json));
        assert!(equals(&number(1), &serde_json::json!(1.0)) && !equals(&number(1), &serde_json::json!("1")));
        assert!(!equals(&from_json(&Json::Null, None), &Json::Null));
    }
}
