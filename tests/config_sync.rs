//! How Config Sync reads a bundle: a hierarchy of folders, the namespace of a RepoSync, JSON.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Folder, Transcript, config_map};

/// What `consign validate in` finds, as rule and file, and how many files it says were not checked.
fn validated(folder: &Folder, args: &[&str]) -> (Vec<(String, String)>, u64) {
    let output = folder.run(&[&["validate", "in", "--format", "json"], args].concat());
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = result["findings"].as_array().unwrap();
    let told = findings.iter().map(|finding| (text(finding, "rule"), text(finding, "path")));
    (told.collect(), result["summary"]["filesNotChecked"].as_u64().unwrap())
}

/// A ConfigMap without a namespace.
fn map(name: &str) -> String {
    config_map(name).replace("  namespace: test\n", "")
}

fn namespace(name: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")
}

const REPO: &str =
    "apiVersion: configmanagement.gke.io/v1\nkind: Repo\nmetadata:\n  name: repo\nspec:\n  version: 1.0.0\n";
const HIERARCHY: [&str; 4] = ["--consumer", "config-sync", "--source-format", "hierarchy"];

fn told(rule: &str, path: &str) -> (String, String) {
    (rule.to_owned(), path.to_owned())
}

#[test]
fn in_a_hierarchy_the_folder_is_the_namespace() {
    let folder = Folder::new();
    folder.file("in/system/repo.yaml", REPO);
    for (path, name) in [("a", "a"), ("b", "b"), ("t/c", "c")] {
        folder.file(&format!("in/namespaces/{path}/x.yaml"), format!("{}---\n{}", namespace(name), map("same")));
    }
    assert_eq!(validated(&folder, &HIERARCHY), (vec![], 0), "each namespace has one");
    let in_default = validated(&folder, &["--consumer", "config-sync", "--consumer", "kubectl"]).0;
    assert!(in_default.contains(&told("object/duplicate", "namespaces/b/x.yaml")), "{in_default:?}");
    // With its namespace and without it is the same in that folder.
    folder.file("in/namespaces/a/y.yaml", config_map("same").replace("namespace: test", "namespace: a"));
    assert_eq!(validated(&folder, &HIERARCHY).0, [told("object/duplicate", "namespaces/a/y.yaml")]);
    folder.file("in/namespaces/a/y.yaml", map("other"));
    // What lies above a namespace goes into it.
    folder.file("in/namespaces/t/x.yaml", map("same"));
    assert_eq!(validated(&folder, &HIERARCHY).0, [told("object/duplicate", "namespaces/t/c/x.yaml")]);
    folder.file("in/namespaces/t/x.yaml", map("shared"));
    folder.file("in/namespaces/z.yaml", map("shared"));
    assert_eq!(validated(&folder, &HIERARCHY).0, [told("object/duplicate", "namespaces/t/x.yaml")]);
    // A selector may keep it from there.
    let choosy = map("shared")
        .replace("\ndata:", "\n  annotations:\n    configmanagement.gke.io/namespace-selector: some\ndata:");
    folder.file("in/namespaces/z.yaml", choosy);
    let selector = "apiVersion: configmanagement.gke.io/v1\nkind: NamespaceSelector\nmetadata:\n  name: some\nspec:\n  selector:\n    matchLabels:\n      a: b\n";
    folder.file("in/namespaces/some.yaml", selector);
    assert_eq!(validated(&folder, &HIERARCHY).0, []);
}

#[test]
fn in_a_hierarchy_only_four_folders_are_read() {
    let folder = Folder::new();
    folder.file("in/system/repo.yaml", REPO);
    folder.file("in/namespaces/a/x.yaml", format!("{}---\n{}", namespace("a"), map("same")));
    folder.file("in/docs/x.yaml", "a: b\n");
    folder.file("in/docs/bad.yaml", "x: [\n");
    folder.file(
        "in/other/map.yaml",
        format!("{0}---\n{0}", config_map("same")).replace("namespace: test", "namespace: a"),
    );
    assert_eq!(validated(&folder, &HIERARCHY), (vec![told("config-sync/outside-hierarchy", "other/map.yaml")], 3));
    // Whoever can pull can read it.
    folder.file("in/docs/bad.yaml", format!("x: [\n# {}\n", concat!("ghp", "_0123456789abcdefghijABCDEFGHIJ012345")));
    folder.file(
        "in/docs/x.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter22\n",
    );
    let (findings, _) = validated(&folder, &HIERARCHY);
    for secret in [told("secret/token", "docs/bad.yaml"), told("secret/plaintext", "docs/x.yaml")] {
        assert!(findings.contains(&secret), "{findings:?}");
    }
    // Another consumer reads all of it.
    folder.file("in/docs/bad.yaml", "x: [\n");
    let (findings, not_checked) = validated(&folder, &[&HIERARCHY[..], &["--consumer", "kubectl"]].concat());
    assert!(findings.contains(&told("yaml/syntax", "docs/bad.yaml")), "{findings:?}");
    assert!(findings.contains(&told("config-sync/outside-hierarchy", "other/map.yaml")), "{findings:?}");
    assert_eq!(not_checked, 0);
}

#[test]
fn a_repo_sync_puts_what_has_no_namespace_into_its_own() {
    let folder = Folder::new();
    folder.file("in/a.yaml", map("same"));
    folder.file("in/b.yaml", config_map("same"));
    let of = |namespace: &str| validated(&folder, &["--consumer", "config-sync", "--namespace", namespace]).0;
    assert_eq!(of("test"), [told("object/duplicate", "b.yaml")]);
    assert_eq!(of("other"), [told("config-sync/outside-namespace", "b.yaml")]);
    assert_eq!(validated(&folder, &["--consumer", "config-sync"]).0, [told("metadata/no-namespace", "a.yaml")]);
    for odd in ["Foo_", "", "a.b"] {
        let output = folder.run(&["validate", "in", "--consumer", "config-sync", "--namespace", odd]);
        assert_eq!(output.status.code(), Some(2), "{odd}");
    }
}

#[test]
fn config_sync_reads_one_object_from_a_json_file() {
    let object = |name: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"{name}\", \"namespace\": \"test\"}}}}\n"
        )
    };
    let list = format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}, {}]}}", object("a"), object("b"));
    for (text, is_one) in [
        (object("a"), true),
        (format!("\n  {}\n\n", object("a")), true),
        (list, true),
        (object("a") + &object("b"), false),
        (format!("{}---\n{}", object("a"), config_map("b")), false),
        (format!("{}---\n", object("a")), false),
        (format!("---\n{}", object("a")), false),
        (format!("# comment\n{}", object("a")), false),
        (format!("\u{feff}{}", object("a")), false),
        (config_map("a"), false),
        (format!("{}---\n{}---\n{}", config_map("a"), config_map("b"), config_map("c")), false),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: test}}".to_owned(), false),
    ] {
        let folder = Folder::new();
        folder.file("in/x.json", &text);
        folder.file("in/y.yaml", config_map("y"));
        let count = |args: &[&str]| {
            validated(&folder, args)
                .0
                .iter()
                .filter(|finding| **finding == told("config-sync/json-file", "x.json"))
                .count()
        };
        assert_eq!(count(&["--consumer", "config-sync"]), usize::from(!is_one), "{text}");
        assert_eq!(count(&[]), 0, "{text}");
    }
    let folder = Folder::new();
    folder.file("in/pair.json", object("a") + &object("b"));
    folder.file("in/yaml.json", config_map("c"));
    let mut t = Transcript::new("consumers-json");
    t.run(&folder, &["validate", "in", "--consumer", "config-sync"]);
    t.check();
}
