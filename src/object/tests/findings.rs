//! What is told about text that is wrong.

use super::super::RULES;
use super::{read, told};

#[test]
fn every_mistake_is_told_at_its_place() {
    for (text, expected) in [
        // Tabs.
        ("a:\n\tb: 1\n", &["2:1 yaml/tab"][..]),
        ("a:\n  b: 1\n\tc: 2\n", &["3:1 yaml/tab"]),
        ("a:\n -\tb\n", &["2:3 yaml/tab"]),
        ("a: b\n\t\nc: d\n", &["2:1 yaml/tab"]),
        ("a: 'b'\n \t# c\nd: e\n", &["2:2 yaml/tab"]),
        ("a: |\n  b\n\t\n  c\n", &["3:1 yaml/tab"]),
        ("a: [b,\n\tc]\nd:\te\nf: g\t# h\ni: |\n  j\n  \tk\n", &[]),
        ("a:\n  b\n  \t\nc: d\ne: \"f\n\tg\"\n", &[]),
        // Merge conflicts.
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n", &["2:1 yaml/merge-conflict"]),
        ("<<<<<<< HEAD\n", &["1:1 yaml/merge-conflict"]),
        ("{\"a\":\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n}", &["2:1 yaml/merge-conflict"]),
        ("a: |\n  <<<<<<< HEAD\n  =======\n", &[]),
        // Keys.
        ("a: 1\nb: 2\na: 3\n", &["3:1 yaml/duplicate-key"]),
        ("yes: 1\non: 2\n", &["2:1 yaml/duplicate-key"]),
        ("{\"a\": 1, \"\\u0061\": 2}", &["1:10 yaml/duplicate-key"]),
        ("a: &x {c: 1}\nb: {<<: *x, c: 2}\n", &[]),
        ("<<: 1\n", &["1:5 yaml/merge-key"]),
        ("a: &x 1\nb: {<<: *x}\n", &["2:9 yaml/merge-key"]),
        ("a: &x [{}]\nb: {<<: *x}\n", &["2:9 yaml/merge-key"]),
        ("? {a: b}\n: c\n", &["1:3 yaml/key"]),
        ("{{ .Values.x }}\n", &["1:2 yaml/key"]),
        (": a\n", &["1:1 yaml/key"]),
        // Documents.
        ("a: 1\n...\nb: 2\n", &["3:1 yaml/after-end"]),
        ("a: 1\n... # fine\n# so is this\n", &[]),
        ("a: 1\r---\rb: 2\r", &["2:1 yaml/after-end"]),
        ("...\na: 1\n", &["1:1 yaml/syntax"]),
        ("%YAML 1.2\n---\na: 1\n", &["1:1 yaml/directive"]),
        ("a: \u{1b}\n", &["1:4 yaml/control-character"]),
        ("a: 1\n\u{feff}b: 2\n", &["2:1 yaml/control-character"]),
        ("a: 1 # b\u{2028}c\n", &["1:9 yaml/line-separator"]),
        ("a: \"b\u{2028}c\"\n", &["1:6 yaml/line-separator"]),
        // Aliases.
        ("a: *b\n", &["1:4 yaml/anchor"]),
        ("a: &b [*b]\n", &["1:8 yaml/anchor"]),
        ("a: &b.c 1\n", &["1:4 yaml/anchor"]),
        ("a: &b{}\n", &["1:4 yaml/anchor"]),
        // Syntax.
        ("a: b: c\n", &["1:5 yaml/syntax"]),
        ("a: 1\n b: 2\n", &["2:3 yaml/syntax"]),
        ("a:\n  - b\n c: d\n", &["3:2 yaml/syntax"]),
        ("a: 'b\n", &["1:4 yaml/syntax"]),
        ("a: @b\n", &["1:4 yaml/syntax"]),
        ("a: [b\n", &["1:4 yaml/syntax"]),
        ("a: [:b]\n", &["1:5 yaml/syntax"]),
        ("a: [b:]\n", &["1:6 yaml/syntax"]),
        // JSON.
        ("{\"a\": 1 \"b\": 2}", &["1:9 json/syntax"]),
        ("{\"a\": [1,], }}", &["1:10 json/syntax"]),
        ("{\"a\": 01, \"b\": \"", &["1:9 json/syntax"]),
        ("{\"a\": 1e999}", &["1:7 yaml/number"]),
    ] {
        assert_eq!(told(text), expected, "{text:?}: {:?}", read(text).1);
    }
}

#[test]
fn every_document_is_checked_whatever_is_wrong_with_others() {
    let text = "a: [\n---\nb: 1\nb: 2\n---\n\tc: 1\n---\nd: 1\n";
    assert_eq!(told(text), ["1:4 yaml/syntax", "4:1 yaml/duplicate-key", "6:1 yaml/tab"]);
    assert_eq!(
        read(text).0,
        [serde_json::json!({ "b": 2 }), serde_json::json!({ "c": 1 }), serde_json::json!({ "d": 1 })]
    );
}

#[test]
fn of_duplicates_kubectl_takes_the_last() {
    assert_eq!(read("a: 1\nb: 2\na: {c: 3}\n").0, [serde_json::json!({ "a": { "c": 3 }, "b": 2 })]);
    assert_eq!(read(r#"{"a": 1, "a": 2}"#).0, [serde_json::json!({ "a": 2 })]);
}

#[test]
fn a_duplicate_names_both_places() {
    let (_, findings) = read("x:\n  name: 1\n  name: 2\n");
    let finding = &findings[0];
    assert_eq!(finding.message, "key `name` stands twice in the same mapping");
    assert_eq!(finding.place.excerpt.as_ref().unwrap().text, "  name: 2");
    assert_eq!(finding.place.excerpt.as_ref().unwrap().marked, 2..6);
    let (place, why) = &finding.further[0];
    assert_eq!((place.span.unwrap().start.line, why.as_str()), (2, "first here; kubectl would drop this value"));
}

#[test]
fn a_conflict_shows_all_its_marks() {
    let (_, findings) = read("a: 1\n<<<<<<< HEAD\nb: 2\n||||||| base\n=======\nb: 3\n>>>>>>> x\n");
    let lines: Vec<u32> = findings[0].further.iter().map(|(place, _)| place.span.unwrap().start.line).collect();
    assert_eq!(lines, [4, 5, 7]);
}

#[test]
fn a_template_is_recognised() {
    for text in ["a: {{ .Values.a }}\n", "{{- if .Values.a }}\na: 1\n{{- end }}\n"] {
        let (_, findings) = read(text);
        assert!(findings[0].hint.as_ref().unwrap().contains("template"), "{findings:?}");
    }
}

#[test]
fn findings_of_one_document_are_bounded() {
    let text = "a: 1\n".repeat(1000);
    assert_eq!(read(&text).1.len(), 20);
    let text = "<<<<<<< a\n".repeat(1000);
    assert_eq!(read(&text).1.len(), 20);
}

#[test]
fn messages_are_one_sentence_without_a_full_stop() {
    for text in ["a: b: c", "a: [", "a: @", "\ta: 1", "a: *b", "a: 1\na: 2", "<<<<<<< a", "a: .nan", "a: 1\n...\nb"] {
        for finding in read(text).1 {
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            assert!(finding.place.span.is_some());
        }
    }
}

#[test]
fn rules_have_names_of_their_own() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
}
