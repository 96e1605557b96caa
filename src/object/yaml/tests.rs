//! The two ways of reading tell the same.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::text::Text;
use super::super::tree::Node;
use super::*;

type Told = (String, bool);

/// All values with their places, and all findings; and whether `read` read the text at all.
fn told(text: &str, read: impl for<'d> FnOnce(&mut Report<'_, 'd>) -> Outcome<'d>) -> Told {
    let path: Arc<str> = "f.yaml".into();
    let mut report = Report::new(&path, Arc::new(Text::new(text, 1)), true);
    let outcome = read(&mut report);
    let mut told = String::new();
    if let Outcome::Read(Some(tree)) = &outcome {
        write_node(&mut told, tree.root());
    }
    for finding in report.finish() {
        writeln!(told, "{finding:?}").unwrap();
    }
    (told, matches!(outcome, Outcome::Read(_)))
}

fn write_node(to: &mut String, node: Node<'_>) {
    writeln!(to, "{:?} {:?}", node.span(), node.value()).unwrap();
    for (key, value) in node.entries() {
        writeln!(to, "{:?} key {key:?}", key.span()).unwrap();
        write_node(to, value);
    }
    node.items().for_each(|item| write_node(to, item));
}

/// Whether the text is in the subset; if it is, both ways of reading it must tell the same, and else this one nothing.
fn is_in_subset(text: &str) -> bool {
    let (by_line, is_in) = told(text, subset::read);
    let fully = told(text, |report| Outcome::Read(parse_fully(report)));
    assert_eq!(by_line, if is_in { &*fully.0 } else { "" }, "{text}");
    is_in
}

#[test]
fn what_most_manifests_are_made_of_is_in_the_subset() {
    for text in [
        "a: b\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-1\n  labels:\n    app.kubernetes.io/name: x\ndata:\n  k: \"v\"\n",
        "a:\n- b: c\n  d: e\n-   f: 1\n    g: true\nh: 'i'\n",
        "a:\n  - b\n  - c: {}\n    d: []\n  # why\ne: 1.5\n\n",
        "- a\n- b: c\n",
        "a: https://r.io/x?y=1#z\nb: -1\nc: /x:y\nd: a, b [c] {d} & *e\n",
        "on: yes\na: ~x\n".trim_end_matches("a: ~x\n"),
        "a:\n- b:\n  - c\n  d: 1\n",
        "a: 1\na: 2\n",
        "a: x   \n   \nb: y",
        "a: |\n  b\n   c # d\n\n  e: f\n\ng: h\n",
        "a:\n  b: |-\n    c\n    - d\n  e: f\n",
        "a: |\n  b\n",
        "- a: |\n    b\n\n\n- c\n",
        "a:\n  - --b=c\n  - -d\n",
        "a: b #c\nd: \"e\" # f \"\"\ng: # h\n  - i # j\n  - 'k #' #l\nm: {} # n\n",
        "a: [b, \"c d\", 'e', --f=g, 1, yes ]\nh: [ i ]\n",
        "a: é\nb: \"\u{1f600} x\"\nc: |\n  ü\n\n  \u{3000}\n# ö\nd: x\u{a0}\n",
    ] {
        assert!(is_in_subset(text), "{text}");
    }
}

#[test]
fn what_is_not_quite_of_the_subset_is_left_to_the_parser() {
    for text in [
        "",
        "# a\n",
        "a\n",
        "a:\n",
        "a: b\n  c\n",
        "a:\n  b\n",
        "a: b: c\n",
        "a: |\n  b",
        "a: |\n\n  b\n",
        "a: |\nb: c\n",
        "a: |+\n  b\n",
        "a: >\n  b\n",
        "- |\n  a\n",
        "a: |\n    b\n  c\n",
        "a: |\n  b\n     \n",
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "a: \"b\\n\"\n",
        "a: \"b\" c\n",
        "a: 'b''c'\n",
        "a: {b: c}\n",
        "a:\tb\n",
        "? a\n",
        "1: a\n",
        "\"a\": b\n",
        "a: -\n",
        "- - a\n",
        "-\n",
        "-a\n",
        "a: b\n- c\n",
        " a: b\n",
        "a: b\n c: d\n",
        "a:\n  b: c\n d: e\n",
        "---\na: b\n",
        "a: b\n...\n",
        "a: <<\n",
        "<<: a\n",
        "a: b:\n",
        "a:b\n",
        "a: [b\n]\n",
        "a: [b, {c: d}]\n",
        "a: [b, c: d]\n",
        "a: [b,]\n",
        "a: [,b]\n",
        "a: [b c]\n",
        "a: [[b]]\n",
        "a: [\"b\\n\"]\n",
        "a: [b?c]\n",
        "a: [\"b\"c]\n",
        "a: [b]c\n",
        "a: | # b\n  c\n",
        "a: \"b\"#c\n",
        "é: a\n",
        "a: b\u{85}c\n",
        "a: b\u{2028}c\n",
        "a: b\u{feff}c\n",
        "a: b\u{7f}c\n",
        "- # a\n",
        "a: \"b\nc\"\n",
        "a: @b\n",
        "a: %b\n",
        "a: `b\n",
        "a: ,b\n",
        "%a: b\n",
        "a: b\r\n",
        "a:\n  - b\n  c: d\n",
        "a:\n-  - b\n",
    ] {
        assert!(!is_in_subset(text), "{text:?}");
    }
}

/// Lines that often are in the subset, at columns that often fit.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "a:",
        "b: 1",
        "c: x y",
        "d: \"q\"",
        "e: 'z'",
        "- f",
        "- g: h",
        "- i:",
        "-  j: k",
        "l: {}",
        "- []",
        "# m",
        "",
        "n: o:p",
        "q: r #s",
        "q: # s",
        "- \"r #\" # s",
        "r: [a, 'b', -c]",
        "s: [ \"a, b\" , x/y=z ]",
        "- [a,b] #c",
        "v: [a b]",
        "w: x é",
        "t: -1",
        "u: v:",
        "a: yes",
        "- w: x: y",
        "- \"a: b\"",
        "z: ~",
        "y.z/w: 1e3",
        "- - a",
        "-",
        "k: 0x1F",
        "m: a  ",
        "null: x",
        "x: null",
    ]);
    prop::collection::vec((0..4_usize, line), 1..12)
        .prop_map(|lines| lines.iter().map(|(level, line)| format!("{}{line}\n", "  ".repeat(*level))).collect())
}

/// A value, as deep as can be.
#[derive(Clone, Debug)]
enum Made {
    Scalar(&'static str),
    List(Vec<Made>),
    Mapping(Vec<(&'static str, Made)>),
}

fn made() -> impl Strategy<Value = Made> {
    let scalar = prop::sample::select(vec![
        "b",
        "1",
        "yes",
        "x y",
        "\"\"",
        "\"a: #\"",
        "'{z'",
        "{}",
        "[]",
        "-1.5",
        "a#b",
        "0o7",
        "null",
        "|",
        "|-",
        "--c=d",
        "[a]",
        "[-1, 'b', \"c d\", no]",
        "x # y",
        "\"z\" #",
        "aé\u{a0}b",
    ]);
    let key = prop::sample::select(vec!["a", "on", "b.c/d", "k8s-app", "null", "y"]);
    scalar.prop_map(Made::Scalar).prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..5).prop_map(Made::List),
            prop::collection::vec((key.clone(), inner), 1..5).prop_map(Made::Mapping),
        ]
    })
}

/// Writes a value that begins at `column`, where the line is already; a list within a mapping may stand at its key's column.
fn write(to: &mut String, made: &Made, column: usize, compact: bool) {
    let (indent, mut first) = (" ".repeat(column), true);
    let mut begin = |to: &mut String| {
        if !std::mem::take(&mut first) {
            to.push_str(&indent);
        }
    };
    match made {
        Made::Scalar(text) => to.push_str(&format!("{text}\n")),
        Made::Mapping(entries) => entries.iter().for_each(|(key, value)| {
            begin(to);
            match value {
                Made::Scalar(text @ ("|" | "|-")) => {
                    let deeper = " ".repeat(column + 1 + key.len() % 3);
                    to.push_str(&format!("{key}: {text}\n{deeper}a: #b\n{deeper}  c\n\n{deeper}- d  \n\n"));
                }
                Made::Scalar(text) => to.push_str(&format!("{key}: {text}\n")),
                Made::List(_) | Made::Mapping(_) => {
                    let at_key = compact && matches!(value, Made::List(_));
                    let column = if at_key { column } else { column + 2 };
                    to.push_str(&format!("{key}:\n{}", " ".repeat(column)));
                    write(to, value, column, compact);
                }
            }
        }),
        Made::List(items) => items.iter().for_each(|item| {
            begin(to);
            // A list within a list is not of the subset, and a text of several lines only as a value.
            let left_out = matches!(item, Made::List(_) | Made::Scalar("|" | "|-"));
            let item = if left_out { &Made::Scalar("l") } else { item };
            to.push_str("- ");
            write(to, item, column + 2, compact);
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_made_of_the_subset_is_in_it_and_read_alike(made in made(), compact: bool) {
        let mut text = String::new();
        write(&mut text, &made, 0, compact);
        let is_scalar = matches!(made, Made::Scalar(_));
        assert_eq!(is_in_subset(&text), !is_scalar, "{text}");
    }

    #[test]
    fn both_ways_of_reading_tell_the_same(text in lines()) {
        is_in_subset(&text);
    }

    #[test]
    fn any_text_of_the_subsets_characters_is_read_alike(text in "[ab:\\-#, \"'{}\\[\\]~0é\u{a0}\u{3000}\\n]{0,40}") {
        is_in_subset(&text);
    }
}
