//! What holds for any text.

use proptest::prelude::*;
use serde_json::Value;

use super::super::{documents, objects, parse};
use super::{path, read, read_bytes};

/// Reads, walks and asks for every place.
fn exercise(bytes: &[u8]) {
    let (documents, mut findings) = documents(&path(), bytes);
    for document in &documents {
        let parsed = parse(&path(), document);
        assert!(parsed.findings.len() <= 20);
        for tree in &parsed.trees {
            for object in objects(tree, &path(), &mut findings) {
                object.node.place(&path());
                assert!(object.node.json_len() > 0);
            }
            let mut nodes = vec![tree.root()];
            while let Some(node) = nodes.pop() {
                let span = node.span();
                assert!(span.start <= span.end, "{span:?}");
                node.place(&path());
                nodes.extend(node.items());
                nodes.extend(node.entries().map(|(_, value)| value));
            }
        }
    }
}

/// As kubectl has it, a whole float is an integer.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            let float = number.as_f64().unwrap();
            let whole =
                (float.fract() == 0.0 && float.abs() < 1e19).then(|| format!("{float}").parse::<i64>().ok()).flatten();
            whole.map_or_else(|| float.into(), Value::from)
        }
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, normal(value))).collect(),
        other => other,
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn yaml_like() -> impl Strategy<Value = String> {
    let tokens = vec![
        "a: ",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "&x ",
        "*x",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "|",
        ">-",
        "|2+",
        "text",
        "1",
        "yes",
        "'q'",
        "\"d\\u00e9\"",
        "# c",
        "\t",
        ": ",
        "? ",
        "!!str ",
        "~",
        "...",
        "---",
        "\r\n",
        "\r",
        "é",
        "\u{2028}",
        "\u{feff}",
        "kind: Secret",
        "\u{0}",
        "\\",
        "\"",
        "'",
        "%",
        "@",
        "<<<<<<< x\n",
        "=======\n",
    ];
    prop::collection::vec(prop::sample::select(tokens), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes);
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        exercise(text.as_bytes());
    }

    #[test]
    fn anything_like_yaml_is_read_without_panic(text in yaml_like()) {
        exercise(text.as_bytes());
    }

    #[test]
    fn json_comes_back_as_it_was(value in json()) {
        let wrapped = serde_json::json!({ "v": value });
        let expected = [normal(wrapped.clone())];
        for text in [wrapped.to_string(), serde_json::to_string_pretty(&wrapped).unwrap()] {
            let (values, findings) = read(&text);
            prop_assert!(findings.is_empty(), "{findings:?}");
            prop_assert_eq!(&values, &expected);
        }
    }

    #[test]
    fn the_length_of_json_is_told_right(value in json()) {
        // Floats are written differently, and Go escapes more.
        let text = serde_json::json!({ "v": value }).to_string();
        prop_assume!(!text.contains(['.', '<', '>', '&']) && !text.contains("e+"));
        let (documents, _) = documents(&path(), text.as_bytes());
        let parsed = parse(&path(), &documents[0]);
        let root = parsed.trees[0].root();
        let printed = root.to_json().to_string();
        prop_assume!(!printed.contains('.'));
        prop_assert_eq!(root.json_len(), printed.len() as u64);
    }

    #[test]
    fn a_change_of_one_byte_does_no_harm(at in 0usize..400, byte in any::<u8>()) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        exercise(&bytes);
        bytes.truncate(at % len);
        exercise(&bytes);
        read_bytes(&bytes);
    }
}

const SAMPLE: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: &name \"a\\u0062\", labels: {a: 'b', \"c\": d}}
  data:
    key: |-
      text
       more
    other: >
      folded
- kind: ConfigMap
  metadata:
    name: *name
    <<: {x: 1}
---
# comment
{\"kind\": \"A\", \"n\": [1, 2.5, -3e4, true, null]}
";
