//! Which objects a document holds.

use super::super::{documents, objects, parse};
use super::{path, summary};

/// Each object as `apiVersion kind name`, and the findings.
fn found(text: &str) -> (Vec<String>, Vec<String>) {
    let (documents, mut findings) = documents(&path(), text.as_bytes());
    let mut all = Vec::new();
    for document in &documents {
        let parsed = parse(&path(), document);
        findings.extend(parsed.findings);
        for tree in &parsed.trees {
            for object in objects(tree, &path(), &mut findings) {
                let name = object.name().unwrap_or("-");
                let version = object.api_version().unwrap_or("-");
                all.push(format!("{version} {} {name}", object.kind().unwrap_or("-")));
            }
        }
    }
    (all, summary(&findings))
}

#[test]
fn a_list_is_opened() {
    let text = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: A, metadata: {name: a}}
- {kind: B}
---
{apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: c}}, {kind: D, metadata: {name: d}}]}
---
{apiVersion: v1, kind: PodList, items: null}
---
{apiVersion: v1, kind: List}
---
{kind: E}
";
    let (objects, findings) = found(text);
    assert_eq!(objects, ["v1 A a", "- B -", "v1 ConfigMap c", "- D d", "v1 List -", "- E -"]);
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn several_json_objects_in_a_row_are_several_objects() {
    assert_eq!(found("{\"kind\":\"A\"} {\"kind\":\"B\"}\nnull {\"kind\":\"C\"}").0, ["- A -", "- B -", "- C -"]);
    assert_eq!(found("{\"kind\":\"A\"}{\"kind\":\"B\"}\n---\nkind: C\n").1, ["2:1 yaml/separator"]);
    assert!(found("{\"kind\":\"A\"}\n---\nkind: C\n").1.is_empty());
}

#[test]
fn items_that_are_no_objects_are_told() {
    for (text, expected) in [
        ("[{\"kind\": \"A\"}]\n", &[][..]),
        ("- kind: A\n", &[]),
        ("hello\n", &[]),
        ("{\"kind\": \"A\"} [1]", &[]),
        ("kind: List\nitems: [{items: [{kind: A}]}, {kind: B}]\n", &["2:10 object/nested-list"]),
        (
            "kind: List\nitems: [1, null, [a]]\n",
            &["2:9 object/list-items", "2:12 object/list-items", "2:18 object/list-items"],
        ),
        ("kind: List\nitems: 5\n", &["2:8 object/list-items"]),
        ("", &[]),
        ("# only a comment\n---\n\n---\nnull\n---\n~\n", &[]),
    ] {
        assert_eq!(found(text).1, expected, "{text}");
    }
}
