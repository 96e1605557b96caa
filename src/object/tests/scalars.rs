//! Every scalar of the tables, as kubectl 1.33 reads it.

use serde_json::Value;

use super::{read, value};

fn rows(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.lines().filter(|line| !line.starts_with("# ")).map(|line| line.rsplit_once(" => ").unwrap())
}

#[test]
fn every_scalar_is_read_as_kubectl_reads_it() {
    for (scalar, expected) in rows(include_str!("scalars.txt")) {
        let text = format!("v: {scalar}\n");
        let (values, findings) = read(&text);
        if let Some(rule) = expected.strip_prefix('!') {
            assert_eq!(findings.first().map(|finding| finding.rule.id), Some(rule), "{text}{values:?}");
            continue;
        }
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert!(findings.is_empty(), "{text}: {findings:?}");
        assert_eq!(values, [serde_json::json!({ "v": expected })], "{text}");
    }
}

#[test]
fn every_key_is_read_as_kubectl_reads_it() {
    for (key, expected) in rows(include_str!("keys.txt")) {
        let text = if key.starts_with("? ") { format!("{key}\n: v\n") } else { format!("{key}: v\n") };
        let (values, findings) = read(&text);
        if let Some(rule) = expected.strip_prefix('!') {
            assert_eq!(findings.first().map(|finding| finding.rule.id), Some(rule), "{text}{values:?}");
            continue;
        }
        let expected: String = serde_json::from_str(expected).unwrap();
        assert!(findings.is_empty(), "{text}: {findings:?}");
        assert_eq!(values, [serde_json::json!({ expected: "v" })], "{text}");
    }
}

#[test]
fn strings_of_several_lines() {
    for (text, expected) in [
        ("v: |\n  a\n  b\n", "a\nb\n"),
        ("v: |\n  a\n  b", "a\nb\n"),
        ("v: |-\n  a\n  b\n\n", "a\nb"),
        ("v: |+\n  a\n\n\n", "a\n\n\n"),
        ("v: |+\n  a\n  ", "a\n\n"),
        ("v: >\n  a\n  b\n\n  c\n   d\n  e\n", "a b\nc\n d\ne\n"),
        ("v: >-\n  a\n  b\n", "a b"),
        ("v: |2\n   a\n  b\n", " a\nb\n"),
        ("v: a\n  b\n\n  c\n", "a b\nc"),
        ("v: \"a\n  b\\\n  c\n\n  d\"\n", "a bc\nd"),
        ("v: 'a\n\n  b'\n", "a\nb"),
        ("v: |\r\n  a\r\n  b\r\n", "a\nb\n"),
        ("v: |\r  a\r  b\r", "a\nb\n"),
        ("v: |\n  \ta\n", "\ta\n"),
    ] {
        if text.contains('\t') {
            // kubectl refuses a tab where it looks for the indentation.
            assert_eq!(super::told(text), ["2:3 yaml/tab"]);
            continue;
        }
        assert_eq!(value(text), serde_json::json!({ "v": expected }), "{text:?}");
    }
}

#[test]
fn merge_keys_are_resolved_in_the_order_of_the_text() {
    for (text, expected) in [
        ("a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}\n", r#"{"a":{"x":1,"z":2},"b":{"x":1,"z":3}}"#),
        ("a: &a {x: 1, z: 2}\nb: {z: 3, <<: *a}\n", r#"{"a":{"x":1,"z":2},"b":{"z":2,"x":1}}"#),
        (
            "a: &a {x: 1}\nb: &b {x: 2, w: 3}\nc: {<<: [*a, *b]}\n",
            r#"{"a":{"x":1},"b":{"x":2,"w":3},"c":{"x":1,"w":3}}"#,
        ),
        (
            "a: &a {x: &v [1]}\nb: &b {<<: *a}\nc: {<<: *b, w: *v}\n",
            r#"{"a":{"x":[1]},"b":{"x":[1]},"c":{"x":[1],"w":[1]}}"#,
        ),
        ("b: {<<: {x: 1}}\n", r#"{"b":{"x":1}}"#),
        ("b: {<<: {x: 1}, <<: {z: 1}}\n", r#"{"b":{"x":1,"z":1}}"#),
        ("b: {\"<<\": {x: 1}}\n", r#"{"b":{"<<":{"x":1}}}"#),
    ] {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn aliases_repeat_values_and_keys() {
    let text = "a: &k yes\nb: &m {x: &v [1, 2]}\nc: [*m, *v, *k]\n*k : d\n";
    let expected =
        serde_json::json!({ "a": true, "b": { "x": [1, 2] }, "c": [{ "x": [1, 2] }, [1, 2], true], "true": "d" });
    assert_eq!(value(text), expected);
    assert_eq!(value("a: &x 1\nb: &x 2\nc: *x\n"), serde_json::json!({ "a": 1, "b": 2, "c": 2 }));
}

#[test]
fn json_is_read_as_go_reads_it() {
    for (text, expected) in [
        (r#"{"a": "\/\u00e9\ud83d\ude00\ud800x\n"}"#, r#"{"a":"/é😀\ufffdx\n"}"#),
        (r#"{"a": [1.0, -0, 1e3, 0.5, 9223372036854775808]}"#, r#"{"a":[1,0,1000,0.5,9223372036854775808.0]}"#),
        (
            r#"{"a": {}, "b": [], "c": [[], {}], "d": null, "yes": "no"}"#,
            r#"{"a":{},"b":[],"c":[[],{}],"d":null,"yes":"no"}"#,
        ),
        ("\n \t{\"a\":\n\ttrue\n}\n", r#"{"a":true}"#),
        // No JSON, but YAML.
        ("{\"a\": 1,}", r#"{"a":1}"#),
        ("{a: yes}", r#"{"a":true}"#),
    ] {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn json_after_the_first_document_is_yaml() {
    assert_eq!(super::told("a: 1\n---\n{\"b\": \"\\/\"}\n"), ["3:8 yaml/syntax"]);
    assert_eq!(super::told("\u{feff}{\"b\": \"\\/\"}\n"), ["0:0 yaml/byte-order-mark", "1:8 yaml/syntax"]);
}
