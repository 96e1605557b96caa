//! Where keys and values are said to be, and what is shown of them.

use super::super::{Node, documents, parse};
use super::{path, read};

fn places(node: Node<'_>, out: &mut Vec<String>) {
    let span = |span: crate::finding::Span| {
        format!("{}:{}-{}:{}", span.start.line, span.start.column, span.end.line, span.end.column)
    };
    for (key, value) in node.entries() {
        out.push(format!("{} {} {}", key.as_str(), span(key.span()), span(value.span())));
        places(value, out);
    }
    for item in node.items() {
        out.push(format!("- {}", span(item.span())));
        places(item, out);
    }
}

fn all(text: &str) -> Vec<String> {
    let (documents, _) = documents(&path(), text.as_bytes());
    let mut out = Vec::new();
    for document in &documents {
        for tree in &parse(&path(), document).trees {
            places(tree.root(), &mut out);
        }
    }
    out
}

#[test]
fn every_key_and_value_knows_its_place_in_the_file() {
    let text = "# é\n---\na: b\nc:\n- 'd'\n- é: [1, \"f\"]\n  g: |\n    h\n    i\n\nj: {k: l}\nm:\n---\nx: o\n";
    assert_eq!(
        all(text),
        [
            "a 3:1-3:2 3:4-3:5",
            "c 4:1-4:2 5:1-9:6",
            "- 5:3-5:6",
            "- 6:3-9:6",
            "é 6:3-6:4 6:6-6:14",
            "- 6:7-6:8",
            "- 6:10-6:13",
            "g 7:3-7:4 8:5-9:6",
            "j 11:1-11:2 11:4-11:10",
            "k 11:5-11:6 11:8-11:9",
            "m 12:1-12:2 12:3-12:3",
            "x 14:1-14:2 14:4-14:5",
        ]
    );
}

#[test]
fn json_knows_its_places_too() {
    assert_eq!(
        all("{\"a\": {\"b\": [1, \"\\n\"]}}\n{\"c\":\n true}"),
        ["a 1:2-1:5 1:7-1:23", "b 1:8-1:11 1:13-1:22", "- 1:14-1:15", "- 1:17-1:21", "c 2:2-2:5 3:2-3:6"]
    );
}

/// The excerpts of all values in a text.
fn excerpts(text: &str) -> String {
    fn collect(node: Node<'_>, out: &mut String) {
        for (key, value) in node.entries() {
            for place in [key.place(&path()), value.place(&path())] {
                out.push_str(&place.excerpt.map(|excerpt| excerpt.text).unwrap_or_default());
            }
            collect(value, out);
        }
        for item in node.items() {
            out.push_str(&item.place(&path()).excerpt.map(|excerpt| excerpt.text).unwrap_or_default());
            collect(item, out);
        }
    }
    let mut out = String::new();
    let (documents, _) = documents(&path(), text.as_bytes());
    for document in &documents {
        parse(&path(), document).trees.iter().for_each(|tree| collect(tree.root(), &mut out));
    }
    out
}

#[test]
fn the_data_of_a_secret_is_never_shown() {
    for text in [
        "kind: Secret\nmetadata: {name: a}\ndata:\n  k: HUNTER\nstringData:\n  l: HUNTER\n",
        "kind: Secret\nmetadata:\n  annotations:\n    last: HUNTER\n",
        "metadata: {name: a}\ndata: {k: HUNTER}\nkind: \"Secret\"\n",
        "{\"kind\":\"Secret\",\"data\":{\"k\":\"HUNTER\"}} {\"kind\":\"ConfigMap\"}",
        "kind: List\nitems:\n- kind: Secret\n  data:\n    k: HUNTER\n- kind: ConfigMap\n",
        "kind: SecretList\nitems:\n- data:\n    k: HUNTER\n",
        "x: &x HUNTER\nkind: Secret\ndata: {k: *x}\n",
        "x: &x {k: HUNTER}\nkind: Secret\ndata:\n  <<: *x\n",
        "kind: Template\nobjects:\n- kind: Secret\n  stringData: {k: |\n    HUNTER}\n",
        "kind: Secret\ndata:\n  k: \"a\n   HUNTER\n   b\"\n",
        "kind: secret\ndata: {k: HUNTER}\n",
        "data: {k: HUNTER}\n",
        "kind: SealedSecret\nspec: HUNTER\n",
        "secretGenerator:\n- literals: [a=HUNTER]\n",
        "kind: A\nv: \"\n--- b\n\"\nkind: HUNTER\n",
    ] {
        assert!(!excerpts(text).contains("HUNTER"), "{text}");
    }
    let text = "kind: List\nitems:\n- kind: Secret\n  data: {k: HUNTER}\n- kind: ConfigMap\n  data:\n    k: visible\n";
    assert!(excerpts(text).contains("visible"));
}

#[test]
fn what_cannot_be_read_and_may_be_a_secret_is_not_shown() {
    for text in [
        "kind: Secret\ndata:\n  k: HUNTER\n  k: HUNTER\n",
        "kind: Secret\ndata:\n  k: \"HUNTER\n",
        "kind: 'Secret'\ndata:\n  k: HUNTER: x\n",
        "{\"kind\":\"Secret\",\"data\":{\"k\":\"HUNTER\" \"HUNTER\"}}",
        "kind: Secret\ndata:\n<<<<<<< HUNTER\n",
        "kind: Secret\ndata:\n\tk: HUNTER\n",
        "kind: Secret\ndata:\n  k: !!binary HUNTER\n",
        "kind: Secret\ndata: \"\n----- HUNTER\"\n",
    ] {
        let (_, findings) = read(text);
        assert!(!findings.is_empty(), "{text}");
        for finding in findings {
            assert!(!format!("{finding:?}").contains("HUNTER"), "{finding:?}");
        }
    }
    let (_, findings) = super::read_bytes(b"kind: Secret\ndata:\n  k: HUNTER\xff\n");
    assert_eq!(super::summary(&findings), ["3:12 yaml/encoding"]);
    assert!(!format!("{findings:?}").contains("HUNTER"));
    let (_, findings) = read("kind: ConfigMap\ndata: \"visible\n");
    assert!(findings[0].place.excerpt.is_some());
}
