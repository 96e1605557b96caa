//! Random schemas and random objects: whatever they are, the checks end, soon and without a panic, and say the same each time.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::run;

/// A text for a value or a key.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "name", "spec", "size", "kind", "apiVersion", "metadata", "x-y", "a.b/c"]).prop_map(str::to_owned),
        1 => "[ -~]{0,8}",
        1 => "\\PC{0,4}",
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-3_i64..10).prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Into::into),
        word().prop_map(Into::into),
        prop::sample::select(vec!["2026-01-01T00:00:00Z", "1h", "10.0.0.1", "QUJD", "${A}"]).prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((word(), inner), 0..4)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A keyword with a value that it may have, or may not.
fn keyword(
    inner: impl Strategy<Value = serde_json::Value> + Clone + 'static,
) -> impl Strategy<Value = (String, serde_json::Value)> {
    let named = |names: &[&'static str], value: BoxedStrategy<serde_json::Value>| {
        (prop::sample::select(names.to_vec()), value).prop_map(|(name, value)| (name.to_owned(), value))
    };
    let number =
        prop_oneof![(-2_i64..6).prop_map(serde_json::Value::from), any::<f64>().prop_map(serde_json::Value::from)];
    let list = prop::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from);
    let map = prop::collection::vec((word(), inner.clone()), 0..4)
        .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect()));
    let words = prop::collection::vec(word(), 0..3).prop_map(serde_json::Value::from);
    let text = |all: &[&'static str]| prop::sample::select(all.to_vec()).prop_map(serde_json::Value::from).boxed();
    prop_oneof![
        6 => named(&["type"], text(&["object", "object", "array", "string", "integer", "number", "boolean", "null", "x"])),
        4 => named(&["properties"], map.boxed()),
        3 => named(&["items", "additionalProperties", "not"], inner.boxed()),
        2 => named(&["allOf", "anyOf", "oneOf"], list.boxed()),
        2 => named(&["required", "x-kubernetes-list-map-keys"], words.boxed()),
        2 => named(&["minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], number.boxed()),
        2 => named(&["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource", "uniqueItems", "exclusiveMinimum"], any::<bool>().prop_map(Into::into).boxed()),
        2 => named(&["default", "enum", "example"], json().boxed()),
        1 => named(&["format"], text(&["date-time", "duration", "byte", "ipv4", "uuid", "int32", "hostname", "uri", "email", "cidr"])),
        1 => named(&["pattern"], text(&["^[a-z]+$", "(", "\\d{2}", "[[:alpha:]]", "a{1000}{1000}", ""])),
        1 => named(&["x-kubernetes-list-type"], text(&["set", "map", "atomic", "x"])),
        1 => named(&["x-kubernetes-validations"], prop::sample::select(vec!["self.size > 1", "self.all(x, x > 0)", "has(self.a)", "self ==", "oldSelf == self"])
            .prop_map(|rule| serde_json::json!([{"rule": rule, "fieldPath": ".a"}])).boxed()),
        1 => (word(), json()),
    ]
}

fn schema() -> impl Strategy<Value = serde_json::Value> {
    let of = |entries: Vec<(String, serde_json::Value)>| serde_json::Value::Object(entries.into_iter().collect());
    let leaf = prop_oneof![
        Just(serde_json::json!({"type": "string"})),
        Just(serde_json::json!({"type": "integer"})),
        Just(serde_json::json!({"x-kubernetes-int-or-string": true})),
        Just(serde_json::json!(true)),
        Just(serde_json::json!({})),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| prop::collection::vec(keyword(inner), 1..6).prop_map(of))
}

/// A definition with this schema, as JSON, which is YAML too.
fn definition(schema: &serde_json::Value) -> String {
    let mut text = String::new();
    let definition = serde_json::json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": "things", "kind": "Thing"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    });
    write!(text, "{definition}").unwrap();
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_object_against_any_schema_ends_and_gives_the_same_each_time(schema in schema(), mut object in json()) {
        if !object.is_object() {
            object = serde_json::json!({"spec": object});
        }
        object["apiVersion"] = "example.com/v1".into();
        object["kind"] = "Thing".into();
        object["metadata"] = serde_json::json!({"name": "a"});
        let (definition, object) = (definition(&schema), object.to_string());
        let files = [("a.json", &*object), ("z.json", &*definition)];
        let started = std::time::Instant::now();
        let findings = run(&files);
        prop_assert!(started.elapsed().as_secs() < 20);
        prop_assert_eq!(run(&files), findings);
    }

    #[test]
    fn any_text_as_a_pattern_is_refused_or_run(pattern in "\\PC{0,20}", text in "\\PC{0,20}") {
        let pattern = super::super::pattern::Pattern::new(&pattern);
        let _ = pattern.matches(&text);
    }

    #[test]
    fn a_sound_translation_changes_nothing_for_plain_patterns(pattern in "[a-z]{0,4}[+*?]?(\\[[a-z]{1,3}\\])?", text in "[a-z]{0,8}") {
        let ours = super::super::pattern::Pattern::new(&pattern).matches(&text);
        let theirs = regex::Regex::new(&pattern).ok().map(|regex| regex.is_match(&text));
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn a_hostile_definition_takes_bounded_time() {
    // Each of a hundred alternatives looks at each of a hundred thousand items.
    let parts: Vec<_> =
        (0..100).map(|number| serde_json::json!({"items": {"properties": {"a": {"minimum": number}}}})).collect();
    let schema = serde_json::json!({"type": "object", "properties": {"spec": {
        "type": "array",
        "items": {"type": "object", "properties": {"a": {"type": "integer"}}},
        "anyOf": [{"oneOf": parts.clone()}, {"oneOf": parts}],
    }}});
    let items = vec![serde_json::json!({"a": -1}); 100_000];
    let object =
        serde_json::json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": items})
            .to_string();
    let started = std::time::Instant::now();
    run(&[("a.json", &object), ("z.json", &definition(&schema))]);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
