//! What docs/json.md promises.

use serde_json::Value;

/// The JSON that docs/json.md shows, in its order: a push, checks, rules, an image, tags, an account, doctor, setup, status, a failure, a finding.
pub fn documented() -> [Value; 11] {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md")).expect("docs/json.md");
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let shown: Vec<Value> = blocks.map(|block| serde_json::from_str(block).expect("JSON")).collect();
    shown.try_into().expect("docs/json.md shows as many")
}

/// Checks that both have the same fields, with values of the same kind. A `null` stands for a value of any kind.
pub fn has_the_shape(real: &Value, shown: &Value, place: &str) {
    match (real, shown) {
        (Value::Object(real), Value::Object(shown)) => {
            let keys = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(real), keys(shown), "fields of {place}, in their order");
            for (key, value) in real {
                has_the_shape(value, &shown[key], &format!("{place}.{key}"));
            }
        }
        (Value::Array(real), Value::Array(shown)) => {
            for (real, shown) in real.iter().zip(shown.iter().cycle()) {
                has_the_shape(real, shown, &format!("{place}[]"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(std::mem::discriminant(real), std::mem::discriminant(shown), "{place}: {real}"),
    }
}
