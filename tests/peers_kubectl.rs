//! kubectl reads the same values as consign. `KUBECTL` names the program; no cluster is needed.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use consign::finding::Severity;
use consign::object;
use serde_json::{Value, json};

const SCALARS: &str = include_str!("../src/object/tests/scalars.txt");
const KEYS: &str = include_str!("../src/object/tests/keys.txt");

/// Rows that kubectl takes although they are refused here: it drops the rest of the document, or it is a habit of its own.
const STRICTER: &[&str] = &["\"a\" b"];

/// Every object that kubectl finds in a file, or none if it refuses the file.
fn kubectl(directory: &Path, text: &str) -> Option<Vec<Value>> {
    let file = directory.join("objects.yaml");
    std::fs::write(&file, text).expect("the file can be written");
    let program = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let mut command = Command::new(&program);
    command.args(["label", "--local", "-o", "json", "x=y", "-f"]).arg(&file);
    let output = command.output().unwrap_or_else(|error| panic!("{} is needed: {error}", program.display()));
    if !output.status.success() {
        return None;
    }
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let mut objects = Vec::new();
    for value in values {
        let mut value = value.expect("kubectl prints JSON");
        match value.get_mut("items") {
            Some(Value::Array(items)) => objects.append(items),
            _ => objects.push(value),
        }
    }
    Some(objects)
}

/// Every object that consign finds, or none if it refuses the file.
fn consign(text: &str) -> Option<Vec<Value>> {
    let path: Arc<str> = "objects.yaml".into();
    let (documents, mut findings) = object::documents(&path, text.as_bytes());
    let mut values = Vec::new();
    for document in &documents {
        let parsed = object::parse(&path, document);
        findings.extend(parsed.findings);
        for tree in &parsed.trees {
            for object in object::objects(tree, &path, &mut findings) {
                let mut value = object.node.to_json();
                let inherited = [("kind", object.kind()), ("apiVersion", object.api_version())];
                for (field, text) in inherited.into_iter().filter_map(|(field, text)| Some((field, text?))) {
                    value[field] = text.into();
                }
                // kubectl adds this label.
                value["metadata"]["labels"]["x"] = "y".into();
                values.push(value);
            }
        }
    }
    findings.iter().all(|finding| finding.severity != Severity::Error).then_some(values)
}

/// Numbers compare by value: kubectl prints large floats without an exponent.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|other| same(value, other)))
        }
        _ => ours == theirs,
    }
}

fn assert_same(directory: &Path, text: &str) {
    let ours = consign(text).unwrap_or_else(|| panic!("consign refuses\n{text}"));
    let theirs = kubectl(directory, text).unwrap_or_else(|| panic!("kubectl refuses\n{text}"));
    assert_eq!(ours.len(), theirs.len(), "{text}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(same(ours, theirs), "{text}\n   ours: {ours}\n theirs: {theirs}");
    }
}

fn rows(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.lines().filter(|line| !line.starts_with("# ")).filter_map(|line| line.rsplit_once(" => "))
}

const HEAD: &str = "apiVersion: v1\nkind: Values\nmetadata: {name: a}\n";

#[test]
#[ignore = "needs kubectl"]
fn kubectl_reads_the_same_scalars() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut good = HEAD.to_owned();
    for (number, (scalar, expected)) in rows(SCALARS).enumerate() {
        if !expected.starts_with('!') {
            writeln!(good, "v{number}: {scalar}").expect("a string takes all");
        } else if !STRICTER.contains(&scalar) {
            let bad = format!("{HEAD}v: {scalar}\n");
            assert!(kubectl(directory.path(), &bad).is_none(), "kubectl takes\n{bad}");
        }
    }
    assert_same(directory.path(), &good);
}

#[test]
#[ignore = "needs kubectl"]
fn kubectl_reads_the_same_keys() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut good = HEAD.to_owned();
    for (number, (key, expected)) in rows(KEYS).enumerate() {
        let entry = if key.starts_with("? ") { format!("{{{key}\n : v}}") } else { format!("{{{key} : v}}") };
        if expected.starts_with('!') {
            let bad = format!("{HEAD}v: {entry}\n");
            assert!(kubectl(directory.path(), &bad).is_none(), "kubectl takes\n{bad}");
        } else {
            writeln!(good, "v{number}: {entry}").expect("a string takes all");
        }
    }
    assert_same(directory.path(), &good);
}

#[test]
#[ignore = "needs kubectl"]
fn kubectl_reads_the_same_documents() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let object = |name: &str| json!({ "apiVersion": "v1", "kind": "Values", "metadata": { "name": name } }).to_string();
    for text in [
        "\u{feff}apiVersion: v1\nkind: A\n---\n\u{feff}kind: B\n---\n# none\n---\nnull\n---\n".to_owned(),
        "---\r\nkind: A\r\nv: |\r\n  a\r\n  b\r\n--- # c\r\nkind: B\r\n".to_owned(),
        "kind: A\rv: |\r  a\r  b\r".to_owned(),
        "kind: A\nv: |+\n  a\n\n  ".to_owned(),
        "kind: A\nv: &v {a: 1, b: &b [x]}\nw: {b: 2, <<: *v, a: 3}\nx: {<<: [*v, {c: 4}]}\ny: *b\n".to_owned(),
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: A}, {apiVersion: v2, kind: B, v: yes}]\n"
            .to_owned(),
        "kind: A\n---\napiVersion: v1\nkind: List\nitems: null\n---\napiVersion: v1\nkind: List\n".to_owned(),
        "apiVersion: v1\nkind: B\nitems: [{v: w}, {apiVersion: v1, kind: A, items: 5}]\n".to_owned(),
        "apiVersion: v1\nkind: ValuesList\nitems: [{metadata: {name: a}}, {apiVersion: v2, kind: B}]\n".to_owned(),
        // What begins with `{` and is not JSON throughout is left out: kubectl before 1.33 refuses it.
        format!("{}{}\n{}", object("a"), object("b"), object("c")),
        "{\"kind\": \"A\", \"v\": \"\\/\\ud83d\\ude00\\ud800\", \"w\": [1.0, -0, 1e3, 9223372036854775808]}".to_owned(),
    ] {
        assert_same(directory.path(), &text);
    }
}

#[test]
#[ignore = "needs kubectl"]
fn kubectl_refuses_the_same_documents() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for text in [
        "kind: A\n--- b\nkind: C\n",
        "kind: A\nv: \"\n-----BEGIN\"\n",
        "kind: A\nv:\n\tw: x\n",
        "kind: A\nv: w\n\t\nx: y\n",
        "kind: A\nv: |\n  w\n\t\n  x\n",
        "%YAML 1.1\n---\nkind: A\n",
        "- kind: A\n",
        "[{\"kind\": \"A\"}]",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: BList, items: []}]\n",
        "apiVersion: v1\nkind: A\nitems: 5\n",
        "kind: A\nv: \u{1}\n",
        "kind: A # v\u{2028}w\n",
        "kind: A\nv: &v.w x\n",
        "kind: A\nv: [w?]\n",
        "kind: A\nv: [:w]\n",
        "kind: A\nv: {<<: w}\n",
        "kind: A\nv: &v [*v]\n",
        "{\"kind\": \"A\"}{\"kind\": \"B\"}\n---\nkind: C\n",
        "{\"kind\": \"A\" \"v\": 1}",
        "{\"kind\": \"A\", \"v\": 1e999}",
    ] {
        // A document that is no object has none; the validation tells of it.
        assert!(consign(text).is_none_or(|objects| objects.is_empty()), "consign takes\n{text}");
        assert!(kubectl(directory.path(), text).is_none(), "kubectl takes\n{text}");
    }
}

#[test]
#[ignore = "needs kubectl"]
fn kubectl_reads_the_same_objects_of_every_kind() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge/corpus");
    let mut files = 0;
    for file in std::fs::read_dir(&corpus).expect("the corpus") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        assert_same(directory.path(), &text);
        files += 1;
    }
    assert!(files > 5, "the corpus of the judge is missing");
}

/// Whether kubectl takes these files, and what it says.
fn taken(directory: &Path, args: &[&str]) -> (bool, String) {
    let program = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let mut command = Command::new(&program);
    command.args(["label", "--local", "-o", "name", "x=y"]).args(args).current_dir(directory);
    let output = command.output().unwrap_or_else(|error| panic!("{} is needed: {error}", program.display()));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// What consign checks for `--consumer kubectl` although others leave it out.
#[test]
#[ignore = "needs kubectl"]
fn kubectl_reads_files_of_code_hosts_and_objects_that_others_leave_out_and_inflates_no_chart() {
    let folder = tempfile::tempdir().expect("there is room");
    let local = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n";
    for (name, text) in [
        ("local/a.yaml", local),
        ("host/.gitlab-ci.yml", "stages: [build]\n"),
        ("nested/.github/w.yml", "on: push\n"),
        ("chart/kustomization.yaml", "helmCharts: [{name: x}]\n"),
        ("chart/charts/x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path())).expect("there is room");
        std::fs::write(path, text).expect("there is room");
    }
    assert_eq!(taken(folder.path(), &["-f", "local"]), (true, "configmap/a\n".to_owned()));
    for (args, why) in [
        (&["-f", "host"][..], ".gitlab-ci.yml"),
        (&["-R", "-f", "nested"], ".github/w.yml"),
        (&["-k", "chart"], "--enable-helm"),
    ] {
        let (is_taken, said) = taken(folder.path(), args);
        assert!(!is_taken && said.contains(why), "{args:?}: {said}");
    }
}
