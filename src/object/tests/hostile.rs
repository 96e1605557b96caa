//! Text that is made to exhaust its reader.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::super::{Document, documents, parse};
use super::{path, summary};

/// Far more than any of these takes (less than two seconds, even without optimisation), for the sake of machines that do other work as
/// well; less than what grows with the square of the text.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a text in good time, walks all of it, and gives the first finding's rule.
fn survive(text: &str) -> Option<String> {
    let begin = Instant::now();
    let (documents, mut findings) = documents(&path(), text.as_bytes());
    for document in &documents {
        let parsed = parse(&path(), document);
        for tree in &parsed.trees {
            tree.root().json_len();
        }
        findings.extend(parsed.findings);
    }
    assert!(begin.elapsed() < PATIENCE, "{:?} for {} bytes", begin.elapsed(), text.len());
    summary(&findings).first().map(|finding| finding.split(' ').next_back().unwrap_or_default().to_owned())
}

#[test]
fn laughs_by_the_billion() {
    let mut text = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", [below.as_str(); 9].join(",")).unwrap();
    }
    assert_eq!(survive(&text).as_deref(), Some("yaml/aliases"));
}

#[test]
fn a_long_string_repeated_often() {
    let mut text = format!("a: &a {}\nb:\n", "x".repeat(1 << 20));
    text.push_str(&"- *a\n".repeat(10_000));
    assert_eq!(survive(&text).as_deref(), Some("yaml/aliases"));
}

#[test]
fn aliases_that_add_up_to_depth() {
    let mut text = "a0: &a0 [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n".to_owned();
    for level in 1..30 {
        writeln!(text, "a{level}: &a{level} [[[[[[[[[[[[[[[[[[[[*a{}]]]]]]]]]]]]]]]]]]]]", level - 1).unwrap();
    }
    assert_eq!(survive(&text).as_deref(), Some("yaml/too-deep"));
}

#[test]
fn merge_keys_upon_merge_keys() {
    let mut text = "a0: &a0 {k0: 0}\n".to_owned();
    for level in 1..5000 {
        writeln!(text, "a{level}: &a{level} {{<<: *a{}, k{level}: 0}}", level - 1).unwrap();
    }
    assert_eq!(survive(&text).as_deref(), Some("yaml/aliases"));
    let nested = "{<<: ".repeat(200) + "{k: 1}" + &"}".repeat(200);
    assert_eq!(survive(&nested), None);
}

#[test]
fn a_hundred_thousand_levels() {
    for open in ["[", "{\"a\":", "{a: ", "- ", "? ", "!!x [", "&a [", "[{", "{? "] {
        let text = open.repeat(100_000);
        assert!(survive(&text).is_some(), "{open}");
        assert!(survive(&format!("a: {text}")).is_some(), "{open}");
    }
    let mut stairs = String::new();
    for level in 0..1000 {
        writeln!(stairs, "{}a:", " ".repeat(level)).unwrap();
    }
    assert_eq!(survive(&stairs).as_deref(), Some("yaml/too-deep"));
}

#[test]
fn two_hundred_levels_are_fine() {
    assert_eq!(survive(&format!("a: {}{}", "[".repeat(200), "]".repeat(200))), None);
    assert_eq!(survive(&format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200))), None);
}

#[test]
fn a_map_of_two_hundred_thousand_keys() {
    let mut block = String::new();
    let mut json = "{".to_owned();
    for key in 0..200_000 {
        writeln!(block, "key-{key}: {key}").unwrap();
        write!(json, "\"key-{key}\":{key},").unwrap();
    }
    json.push_str("\"last\":1}");
    assert_eq!(survive(&block), None);
    assert_eq!(survive(&json), None);
}

#[test]
fn one_scalar_of_ten_megabytes() {
    let long = "x".repeat(10 << 20);
    for text in [format!("a: {long}\n"), format!("{{\"a\":\"{long}\"}}")] {
        assert_eq!(survive(&text), None);
    }
    let long = "x".repeat(1 << 20);
    for text in [format!("a: \"{long}\"\n"), format!("a: |\n  {long}\n"), format!("a: >\n  {long}\n"), long] {
        assert_eq!(survive(&text), None);
    }
    assert!(survive(&"\"".repeat(1 << 20)).is_some());
    assert!(survive(&"*".repeat(1 << 20)).is_some());
}

#[test]
fn many_objects_in_one_line() {
    let text = "{\"kind\":\"Secret\",\"data\":{}}".repeat(20_000);
    let begin = Instant::now();
    let (documents, _) = documents(&path(), text.as_bytes());
    let parsed = parse(&path(), &documents[0]);
    assert_eq!(parsed.trees.len(), 20_000);
    for tree in &parsed.trees {
        assert!(tree.root().place(&path()).span.is_some());
    }
    assert!(begin.elapsed() < PATIENCE);
}

#[test]
fn a_tree_is_a_few_times_its_text() {
    let mut text = String::new();
    for n in 0..2000 {
        writeln!(
            text,
            "- name: container-{n}\n  image: registry.example.com/team/app:1.2.{n}\n  ports:\n  - containerPort: 8080\n    protocol: TCP\n  \
             env:\n  - name: SOME_VARIABLE\n    value: \"some value of it\""
        )
        .unwrap();
    }
    let (documents, _) = documents(&path(), text.as_bytes());
    let document: &Document<'_> = &documents[0];
    let parsed = parse(&path(), document);
    assert!(parsed.trees[0].memory() < 4 * text.len(), "{} for {}", parsed.trees[0].memory(), text.len());
}
