//! YAML and JSON have the values that `kubectl` reads.
//!
//! `.ci/run` builds the `kubectl` of `tests/peers/kubectl` and names it in `KUBECTL`; without this variable it is looked for in `PATH`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use consign::object;
use serde_json::Value;

/// The objects of a file as `kubectl` reads them: `label --local` changes nothing but a label, and asks no cluster.
fn kubectl(file: &Path) -> Vec<Value> {
    let program = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let output = Command::new(program)
        .args(["label", "--local", "-o", "json", "consign-test=read", "-f"])
        .arg(file)
        .env("KUBECONFIG", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("kubectl: {error}: .ci/run builds it"));
    assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    let mut objects: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("JSON objects");
    for object in &mut objects {
        let metadata = object["metadata"].as_object_mut().expect("metadata");
        let labels = metadata["labels"].as_object_mut().expect("labels");
        labels.remove("consign-test").expect("the label");
        if labels.is_empty() {
            metadata.remove("labels");
        }
    }
    objects
}

/// The objects of a file as this library reads them.
fn ours(file: &Path) -> Vec<Value> {
    let path: Arc<str> = file.to_string_lossy().into();
    let bytes = std::fs::read(file).expect("a file");
    let (documents, mut findings) = object::documents(&path, &bytes);
    let mut values = Vec::new();
    for document in &documents {
        let parsed = object::parse(&path, document);
        findings.extend(parsed.findings);
        for tree in &parsed.trees {
            values.extend(object::objects(tree, &path, &mut findings).iter().map(|object| object.node.to_json()));
        }
    }
    assert!(findings.is_empty(), "{findings:?}");
    values
}

/// Equality of JSON values as Go has them: a number beyond 64 signed bits is a float there, and `1000.0` is printed as `1000`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if x.is_i64() && y.is_i64() => x == y,
        (Value::Number(x), Value::Number(y)) => x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

fn assert_same(file: &Path) {
    let (ours, theirs) = (ours(file), kubectl(file));
    assert_eq!(ours.len(), theirs.len(), "{}", file.display());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(same(ours, theirs), "{}:\nours    {ours}\nkubectl {theirs}", file.display());
    }
}

#[test]
#[ignore = "needs kubectl; .ci/run builds it"]
fn the_examples_are_read_as_kubectl_reads_them() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files = 0;
    for entry in walkdir::WalkDir::new(examples) {
        let entry = entry.expect("a readable tree");
        if entry.path().extension().is_some_and(|extension| extension == "yaml") {
            assert_same(entry.path());
            files += 1;
        }
    }
    assert!(files > 10, "{files}");
}

/// Plain, quoted and block scalars whose values differ between versions of YAML and between readers.
#[rustfmt::skip]
const SCALARS: &[&str] = &[
    // Truth values and null.
    "y", "Y", "yes", "Yes", "YES", "yEs", "on", "On", "ON", "true", "True", "TRUE", "tRUE", "n", "N", "no", "No",
    "NO", "off", "Off", "OFF", "false", "False", "FALSE", "~", "null", "Null", "NULL", "nUll", "\"yes\"", "'no'",
    "!!str yes",
    // Whole numbers.
    "0", "-0", "+0", "7", "+7", "-7", "0644", "-0644", "+0644", "0o644", "0O644", "08", "09", "0789", "00", "0b101",
    "0B101", "-0b101", "0b", "0b2", "0x1F", "0X1f", "-0x1f", "0x", "0xg", "0x_1", "1_000", "1_", "_1", "1__0", "+1_0",
    "- 1", "1 2", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "!!int 5", "!!str 5", "\"5\"",
    // Other numbers.
    "1.5", "-1.5", "+1.5", "1.", ".5", "-.5", ".", "-.", "+.", "1.0", "0.0", "-0.0", "1e3", "1E3", "1e+3", "1e-3",
    "1.5e3", "e3", "1e", "1e+", ".5e1", "1.e1", "1_0.5", "1.5_0", "1e400", "1e-400", "1.7976931348623157e308",
    "5e-324", "0.1", "1e21", "1e20", "123456789.125", "1.2.3", "0.1e", "!!float 1", "!!str 1.5",
    // Times and what looks like base 60.
    "1:30", "190:20:30", "12:30:45.5", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5",
    "!!str 2001-01-01",
    // Texts.
    "a", "a b", "a:b", "a#b", "a #b", "=", "'a''b'", "\"a\\tb\"", "\"\\x41\\u00e9\\U0001F600\"", "\"a\\\n    b\"",
    "''", "\"\"", "<<", "'<<'", "!foo bar", "!!binary aGVsbG8=", "|\n    a\n     b\n", "|-\n    a\n\n",
    "|+\n    a\n\n", ">\n    a\n    b\n\n    c\n", "|2\n      a\n",
    // Mappings and lists, and keys that are no texts.
    "{yes: 1, 0644: 2, 1.5: 3, \"a\": 4, ~a: 5}", "{on: {off: []}}", "[a, [b], {c: d}, ]", "{}", "[]", "{a, b: }",
    "{1e3: a}", "{0x10: a}", "[a: b]", "{? a : b}", "{.5: a}", "{1_000: a}", "{true: a}", "{2001-01-01: a}",
    "&anchor {a: 1}", "*anchor", "{<<: *anchor, b: 2}", "{<<: [*anchor], a: 3}",
];

#[test]
#[ignore = "needs kubectl; .ci/run builds it"]
fn scalars_are_read_as_kubectl_reads_them() {
    let mut text = String::from("apiVersion: example.com/v1\nkind: Table\nmetadata:\n  name: scalars\nspec:\n");
    for scalar in SCALARS {
        writeln!(text, "  - {scalar}").expect("a string takes everything");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("scalars.yaml");
    std::fs::write(&file, text).expect("a file");
    let ([ours], [theirs]) = (&ours(&file)[..], &kubectl(&file)[..]) else { panic!("one object") };
    let (ours, theirs) = (ours["spec"].as_array().expect("a list"), theirs["spec"].as_array().expect("a list"));
    assert_eq!((ours.len(), theirs.len()), (SCALARS.len(), SCALARS.len()));
    let different: Vec<String> = (SCALARS.iter().zip(ours).zip(theirs))
        .filter(|((_, ours), theirs)| !same(ours, theirs))
        .map(|((scalar, ours), theirs)| format!("{scalar:?}: ours {ours}, kubectl {theirs}"))
        .collect();
    assert!(different.is_empty(), "{different:#?}");
}
