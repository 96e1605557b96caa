//! The room as a whole: from text to values, positions and findings.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::finding::Position;

/// All documents of a text as JSON, and the ids of the rules that found something.
fn read(text: &str) -> (Vec<Json>, Vec<&'static str>) {
    let path: Arc<str> = Arc::from("a.yaml");
    let (documents, mut findings) = documents(&path, text.as_bytes());
    let mut values = Vec::new();
    for document in &documents {
        let parsed = parse(&path, document);
        values.extend(parsed.trees.iter().map(|tree| tree.root().to_json()));
        findings.extend(parsed.findings);
    }
    (values, findings.iter().map(|finding| finding.rule.id).collect())
}

fn value(text: &str) -> Json {
    let (values, findings) = read(text);
    assert!(findings.is_empty(), "{text:?}: {findings:?}");
    assert_eq!(values.len(), 1, "{text:?}");
    values.into_iter().next().unwrap()
}

fn rule(text: &str) -> &'static str {
    read(text).1.first().copied().unwrap_or("nothing was found")
}

#[test]
fn yaml_has_the_values_that_kubectl_reads() {
    for (text, expected) in [
        (
            "a: yes\nb: 'yes'\nc: 0644\nd: \"0644\"\ne: 1e3\n",
            json!({"a": true, "b": "yes", "c": 420, "d": "0644", "e": 1000.0}),
        ),
        ("a:\nb: ~\nc: ''\n", json!({"a": null, "b": null, "c": ""})),
        ("yes: 1\n0644: 2\n1.5: 3\n'yes': 4\n", json!({"true": 1, "420": 2, "1.5": 3, "yes": 4})),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |", json!({"a": "one\ntwo\n", "b": "one two", "c": ""})),
        ("a: |\n  no end of line", json!({"a": "no end of line\n"})),
        ("a: !!str 12\nb: !!int '12'\nc: !foo bar\nd: ! 12\n", json!({"a": "12", "b": 12, "c": "bar", "d": "12"})),
        ("a: !!binary aGk=\n", json!({"a": "hi"})),
        (
            "a: &x {k: v}\nb: *x\nc: [*x, *x]\n",
            json!({"a": {"k": "v"}, "b": {"k": "v"}, "c": [{"k": "v"}, {"k": "v"}]}),
        ),
        ("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n", json!({"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}})),
        (
            "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]\n",
            json!({"a": {"k": 1}, "b": {"k": 2, "m": 3}, "c": {"k": 1, "m": 3}}),
        ),
        ("'<<': 1\n", json!({"<<": 1})),
        ("a: 2001-12-14\nb: 1:30\n", json!({"a": "2001-12-14", "b": "1:30"})),
        ("[1, two, 3.5]", json!([1, "two", 3.5])),
        ("{a: b}", json!({"a": "b"})),
        ("a: \"\\u00fc \\x41 \\\"\"\n", json!({"a": "ü A \""})),
        ("a: 1\r\nb: 2\r\n", json!({"a": 1, "b": 2})),
        ("a: 1\rb: 2\r", json!({"a": 1, "b": 2})),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn json_is_read_where_the_text_starts_like_it() {
    assert_eq!(
        value("{\"a\": \"\\/ \\ud83c\\udf89\", \"b\": [1, -2.5, true, null, {}], \"c\": \"0644\"}"),
        json!({"a": "/ 🎉", "b": [1, -2.5, true, null, {}], "c": "0644"})
    );
    assert_eq!(read("{\"a\": 1}\n{\"b\": 2}\n").0, [json!({"a": 1}), json!({"b": 2})]);
    assert_eq!(rule("{\"a\": 1, \"a\": 2}"), "yaml/duplicate-key");
    for text in [
        "{\"a\": 1,}",
        "{\"a\": 01}",
        "{\"a\": \"\t\"}",
        "{\"a\" 1}",
        "{\"a\": tru}",
        "{\"a\": [1 2]}",
        "{\"a\": \"",
        "{\"a\": \"\\x\"}",
    ] {
        let path: Arc<str> = Arc::from("a.json");
        let (documents, _) = documents(&path, text.as_bytes());
        assert_eq!(parse(&path, &documents[0]).findings[0].rule.id, "json/syntax", "{text}");
    }
}

#[test]
fn what_is_wrong_has_its_rule() {
    for (text, expected) in [
        ("a: [\n", "yaml/syntax"),
        ("a:\n\tb: 1\n", "yaml/tab"),
        ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "yaml/merge-conflict"),
        ("a: 1\nb: 2\na: 3\n", "yaml/duplicate-key"),
        ("yes: 1\ntrue: 2\n", "yaml/duplicate-key"),
        ("a: 1\n...\nb: 2\n", "yaml/after-end"),
        ("a: \"\\/\"\n", "yaml/syntax"),
        ("a: .inf\n", "yaml/number"),
        ("~: 1\n", "yaml/syntax"),
        ("? [a]\n: b\n", "yaml/syntax"),
        ("a: *x\n", "yaml/syntax"),
        ("a: &x [*x]\n", "yaml/aliases"),
        ("%YAML 1.2\n---\na: 1\n", "yaml/syntax"),
        ("a: !!int x\n", "yaml/syntax"),
        ("a: {<<: 1}\n", "yaml/syntax"),
        ("a: \u{7}\n", "yaml/syntax"),
    ] {
        assert_eq!(rule(text), expected, "{text:?}");
    }
    assert_eq!(read("a: 1\n...\n# only a comment\n").1, Vec::<&str>::new());
}

#[test]
fn every_document_of_a_file_is_judged_by_itself() {
    let (values, findings) = read("a: [\n---\nb: 2\n---\nc: {\n");
    assert_eq!(values, [json!({"b": 2})]);
    assert_eq!(findings, ["yaml/syntax", "yaml/syntax"]);
}

#[test]
fn keys_and_values_know_their_lines_and_columns_in_the_file() {
    let path: Arc<str> = Arc::from("a.yaml");
    let text = "# first\n---\nkind: Ü\nitems:\n- name:  x\n";
    let (documents, _) = documents(&path, text.as_bytes());
    let parsed = parse(&path, documents.last().unwrap());
    let root = parsed.trees[0].root();
    let at = |line, column| Position { line, column };
    let kind = root.get("kind").unwrap();
    assert_eq!((kind.span().start, kind.span().end), (at(3, 7), at(3, 8)));
    let item = root.get("items").unwrap().items().next().unwrap();
    let (key, name) = item.entries().next().unwrap();
    assert_eq!((key.span().start, name.span().start), (at(5, 3), at(5, 10)));
    let place = name.place(&path);
    let excerpt = place.excerpt.unwrap();
    assert_eq!((excerpt.text.as_str(), &excerpt.text[excerpt.marked.clone()]), ("- name:  x", "x"));
}

#[test]
fn no_text_of_a_secret_is_shown() {
    let path: Arc<str> = Arc::from("a.yaml");
    for text in [
        "kind: Secret\nstringData:\n  p: hunter2\n  p: hunter3\n",
        "kind: \"Secret\"\nstringData:\n  p: [hunter2\n",
        "{\"kind\": \"Secret\", \"stringData\": {\"p\": \"hunter2\" \"x\"}}",
        "kind: List\nitems:\n- kind: Secret\n  stringData: {p: hunter2, p: hunter3}\n",
        "kind: Secret\nstringData:\n\tp: hunter2\n",
    ] {
        let (documents, _) = documents(&path, text.as_bytes());
        for finding in parse(&path, &documents[0]).findings {
            assert!(!format!("{finding:?}").contains("hunter"), "{text}: {finding:?}");
        }
    }
    // What only mentions one is shown.
    let (documents, _) = documents(&path, b"kind: Deployment\nimagePullSecrets: 1\nimagePullSecrets: 2\n");
    assert!(parse(&path, &documents[0]).findings[0].place.excerpt.is_some());
}

#[test]
fn lists_give_their_items() {
    let path: Arc<str> = Arc::from("a.yaml");
    let kinds = |text: &str| {
        let (documents, _) = documents(&path, text.as_bytes());
        let parsed = parse(&path, &documents[0]);
        let mut findings = Vec::new();
        let kinds: Vec<Option<String>> = parsed
            .trees
            .iter()
            .flat_map(|tree| objects(tree, &path, &mut findings))
            .map(|object| object.kind().map(ToOwned::to_owned))
            .collect();
        (kinds, findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>())
    };
    let some = |kind: &str| Some(kind.to_owned());
    assert_eq!(
        kinds("apiVersion: v1\nkind: List\nitems:\n- kind: A\n- kind: B\n"),
        (vec![some("A"), some("B")], vec![])
    );
    assert_eq!(
        kinds("apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {}\n"),
        (vec![some("ConfigMap")], vec![])
    );
    assert_eq!(kinds("apiVersion: v1\nkind: List\nitems:\n"), (vec![], vec![]));
    assert_eq!(kinds("apiVersion: v1\nkind: List\nitems:\n- kind: List\n"), (vec![], vec!["object/nested-list"]));
    assert_eq!(kinds("apiVersion: v1\nkind: List\nitems:\n- text\n"), (vec![], vec!["object/list-items"]));
    assert_eq!(kinds("- a\n"), (vec![], vec![]));
}

#[test]
fn the_length_in_json_is_that_of_the_json() {
    let text = "a: \"x\\n\\\"ü\"\nb: [1, -2, 1.5, true, false, null]\nc: {}\nd: []\ne: {f: [g, {h: i}]}\n";
    let path: Arc<str> = Arc::from("a.yaml");
    let (documents, _) = documents(&path, text.as_bytes());
    let parsed = parse(&path, &documents[0]);
    let root = parsed.trees[0].root();
    assert_eq!(root.json_len(), serde_json::to_string(&root.to_json()).unwrap().len() as u64);
}

/// Texts made to hurt: each must end soon, with a finding or without.
#[test]
fn hostile_texts_end_soon() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let alias = format!("*a{},", level - 1).repeat(10);
        writeln!(laughs, "a{level}: &a{level} [{alias}]").unwrap();
    }
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..5000 {
        writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let mut merges = String::from("m0: &m0 {a: 1, b: 2}\n");
    for level in 1..3000 {
        writeln!(merges, "m{level}: &m{level}\n  <<: [*m{0}, *m{0}]\n  k{level}: 1", level - 1).unwrap();
    }
    let many: String = (0..200_000).map(|number| format!("k{number}: {number}\n")).collect();
    let deep_block: String = (0..2000).fold(String::new(), |text, level| text + &" ".repeat(level) + "-\n");
    for (name, text, found) in [
        ("laughs", laughs, Some("yaml/aliases")),
        ("a chain of aliases", chain, Some("yaml/too-deep")),
        ("merges of merges", merges, Some("yaml/aliases")),
        ("brackets", "[".repeat(100_000), Some("yaml/syntax")),
        ("braces", "{".repeat(100_000), Some("json/syntax")),
        ("JSON lists", format!("{{\"a\":{}", "[".repeat(100_000)), Some("yaml/too-deep")),
        ("dashes", "- ".repeat(100_000), Some("yaml/syntax")),
        ("a deep block", deep_block, Some("yaml/syntax")),
        ("question marks", "? ".repeat(50_000), Some("yaml/syntax")),
        ("a map of 200,000 keys", many, None),
        ("a long text", format!("a: {}\n", "x".repeat(10 << 20)), None),
        ("a long key", format!("{}: 1\n", "x".repeat(1 << 20)), Some("yaml/syntax")),
        ("many documents", "a: 1\n---\n".repeat(50_000), None),
        ("many tabs", "\t".repeat(1 << 20), None),
        ("many duplicates", "a: 1\n".repeat(50_000), Some("yaml/duplicate-key")),
    ] {
        let start = Instant::now();
        let (_, findings) = read(&text);
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
        match found {
            Some(rule) => assert!(findings.contains(&rule), "{name}: {findings:?}"),
            None => assert!(findings.is_empty() || name == "many tabs", "{name}: {findings:?}"),
        }
    }
}

/// Any JSON value without keys that stand twice.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9f64..1e9).prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(".{0,6}", inner, 0..6).prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_that_is_written_is_read_back(value in prop::collection::btree_map(".{0,6}", any_json(), 0..6)) {
        let value = Json::Object(value.into_iter().collect());
        let text = serde_json::to_string_pretty(&value).unwrap();
        let path: Arc<str> = Arc::from("a.json");
        let (documents, _) = documents(&path, text.as_bytes());
        let parsed = parse(&path, &documents[0]);
        prop_assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
        prop_assert_eq!(parsed.trees[0].root().to_json(), value);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let path: Arc<str> = Arc::from("a.yaml");
        let (documents, _) = documents(&path, &bytes);
        for document in &documents {
            let parsed = parse(&path, document);
            for tree in &parsed.trees {
                let _ = (tree.root().to_json(), tree.root().json_len(), tree.root().place(&path));
            }
        }
    }

    #[test]
    fn no_pieces_of_yaml_make_it_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "a: ", "- ", "? ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "<<: ", "!!int ", "!t ", "|\n", ">-\n", "\"", "'", "\\",
        "#c", "---\n", "...\n", "%Y\n", "\u{feff}", "0644", "yes", "~", ".inf", "ü", "\r", "kind: Secret\n",
    ]), 0..40)) {
        let text = pieces.concat();
        let path: Arc<str> = Arc::from("a.yaml");
        let (documents, _) = documents(&path, text.as_bytes());
        for document in &documents {
            let parsed = parse(&path, document);
            prop_assert!(parsed.findings.len() <= 25);
            for tree in &parsed.trees {
                let mut findings = Vec::new();
                let _ = (tree.root().to_json(), tree.root().json_len(), objects(tree, &path, &mut findings).len());
            }
        }
    }
}
