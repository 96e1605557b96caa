//! What is said about YAML and objects that a cluster would refuse.

mod common;

use common::{Folder, NAMESPACE, Transcript, config_map};

/// Runs `digest` over one folder for each text and writes down what is said.
fn each(t: &mut Transcript, cases: &[(&str, &str, &[u8])]) {
    for (about, name, text) in cases {
        let folder = Folder::new();
        folder.file(&format!("in/{name}"), text);
        folder.file("in/namespace.yaml", NAMESPACE);
        t.say(about);
        t.run(&folder, &["digest", "in"]);
    }
}

#[test]
fn text_that_is_no_yaml_or_json() {
    let mut t = Transcript::new("findings-text");
    each(&mut t, &[
        ("Bad syntax", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [a, b\n"),
        ("Bad indentation", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\n metadata:\n  name: a\n"),
        ("A tab", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n"),
        (
            "A merge conflict",
            "a.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n<<<<<<< HEAD\n  name: a\n=======\n  name: b\n>>>>>>> branch\n",
        ),
        ("Invalid UTF-8", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: caf\xe9\n"),
        ("A control character", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\x07\n"),
        ("UTF-16", "a.yaml", b"\xff\xfea\0:\0 \0b\0\n\0"),
        ("Duplicate keys", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: 1\n  other: x\n  key: 2\n"),
        ("Duplicate keys in JSON", "a.json", b"{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n \"kind\": \"Secret\", \"metadata\": {\"name\": \"a\"}}\n"),
        (
            "Content behind the end of a document",
            "a.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n...\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n",
        ),
        ("Content on the line of a separator", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n--- text\nb: 1\n"),
        ("A directive", "a.yaml", b"%YAML 1.2\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
        ("A number that JSON does not have", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  limit: .inf\n"),
        ("An alias without its anchor", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: *none\n"),
        ("Bad JSON", "a.json", b"{\"apiVersion\": \"v1\",\n \"kind\": \"ConfigMap\",,\n \"metadata\": {\"name\": \"a\"}}\n"),
        ("An array", "a.json", b"[{\"apiVersion\": \"v1\"}]\n"),
        ("A list in a list", "a.yaml", b"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: []\n"),
        (
            "A secret is not shown, not even where its YAML is broken",
            "a.yaml",
            b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  password: hunter2\n  password: hunter3\n  broken: [hunter4\n",
        ),
        (
            "... nor where a key that is not indented tears it apart",
            "a.yaml",
            b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  key: |\n-----BEGIN PRIVATE KEY-----\nhunter2: [\n  password: hunter3\n",
        ),
    ]);
    assert!(!t.text().contains("hunter"));
    t.check();
}

#[test]
fn objects_that_are_none() {
    let mut t = Transcript::new("findings-objects");
    each(&mut t, &[
        ("No apiVersion", "a.yaml", b"kind: ConfigMap\nmetadata:\n  name: a\n"),
        ("No kind", "a.yaml", b"apiVersion: v1\nmetadata:\n  name: a\n"),
        ("Not text", "a.yaml", b"apiVersion: 1\nkind: true\nmetadata:\n  name: 0644\n"),
        ("No metadata", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\n"),
        ("No name", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n"),
        ("A generated name", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: a-\n"),
        ("An invalid name", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: My_Config\n"),
        ("An invalid namespace", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: Team.A\n"),
        (
            "Labels and annotations that are not text",
            "a.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    enabled: true\n    version: 1.10\n  annotations:\n    empty:\n",
        ),
        (
            "Two of one name in one file",
            "a.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: default\n",
        ),
        ("Nothing Kubernetes knows", "values.yaml", b"image:\n  tag: v1\nreplicaCount: 2\n"),
        ("A compose file", "compose.yaml", b"services:\n  web:\n    image: nginx\n"),
        ("A template", "a.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"),
        ("An extension that nobody reads", "a.YAML", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
    ]);
    t.check();
}

#[test]
fn objects_that_are_the_same_across_folders() {
    let folder = Folder::new();
    for environment in ["prod", "staging"] {
        folder.file(&format!("in/envs/{environment}/map.yaml"), config_map("settings"));
    }
    folder.file("in/namespace.yaml", NAMESPACE);
    let mut t = Transcript::new("findings-sync-dir");
    t.say("Folders that are synced one by one");
    t.run(&folder, &["digest", "in"]);
    t.run(&folder, &["digest", "in", "--sync-dir", "envs/prod", "--sync-dir", "envs/staging"]);
    t.say("A folder that is not there, and one with nothing to apply");
    t.run(&folder, &["digest", "in", "--sync-dir", "envs/dev"]);
    folder.file("in/envs/empty/notes.txt", "nothing");
    t.run(&folder, &["digest", "in", "--sync-dir", "envs/empty"]);
    t.check();
}

#[test]
fn what_is_not_for_a_cluster_is_named_for_what_it_is() {
    let folder = Folder::new();
    folder.without_programs();
    folder.file("in/app/kustomization.yaml", "resources:\n- map.yaml\n");
    folder.file("in/app/map.yaml", "metadata:\n  name: only-a-patch\n");
    folder.file("in/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
    folder.file("in/chart/values.yaml", "replicas: 1\n");
    folder.file("in/chart/templates/map.yaml", "{{- if .Values.on }}\nkind: ConfigMap\n{{- end }}\n");
    folder.file("in/.github/workflows/ci.yml", "on: push\njobs: {}\n");
    folder.file("in/.gitlab-ci.yml", "stages: [test]\n");
    let mut t = Transcript::new("findings-other");
    t.say("A kustomization, a chart and a workflow");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    t.say("Broken YAML under a kustomization is still broken");
    folder.file("in/app/broken.yaml", "a: [\n");
    t.run(&folder, &["push", "in", "oci:out:v2"]);
    t.check();
}

#[test]
fn an_object_that_no_cluster_could_store() {
    let folder = Folder::new();
    // A ConfigMap holds 1 MiB at most; of others only what stores them is the limit.
    let large = |size| {
        let text = "x".repeat(size);
        format!(
            "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata:\n  name: large\n  namespace: test\ndata:\n  text: {text}\n"
        )
    };
    folder.file("in/large.yaml", large(2 << 20));
    let mut t = Transcript::new("findings-size");
    t.run(&folder, &["digest", "in"]);
    folder.file("in/large.yaml", large(4 << 20));
    t.run(&folder, &["digest", "in"]);
    t.check();
}

#[test]
fn annotations_that_the_server_does_not_keep() {
    let folder = Folder::new();
    let annotations = format!("annotations: {{notes: {}, more: text}}", "x".repeat(256 << 10));
    folder.file(
        "in/thing.yaml",
        format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n  {annotations}\n"),
    );
    folder.file("in/pods.yaml", format!(
        "apiVersion: v1\nkind: PodTemplate\nmetadata:\n  name: pods\n  namespace: test\ntemplate:\n  metadata:\n    {annotations}\n  spec:\n    \
         containers:\n    - {{name: web, image: example.com/web:v1}}\n"
    ));
    let mut t = Transcript::new("findings-annotations");
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn nothing_is_written_when_anything_is_wrong() {
    let folder = Folder::new();
    folder.file("in/good.yaml", config_map("good"));
    folder.file("in/bad.yaml", "a: [\n");
    for args in [
        &["push", "in", "oci:out:v1", "oci-archive:out.tar:v1", "--digest-file", "digest.txt"][..],
        &["build", "in", "-o", "out.tar.gz"],
        &["digest", "in"],
    ] {
        let output = folder.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty());
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["in"]);
}

#[test]
fn the_same_findings_come_in_the_same_order_on_any_number_of_threads() {
    let folder = Folder::new();
    for number in 0..200 {
        folder.file(&format!("in/{number:03}.yaml"), format!("{}---\na: [\n", config_map("same")));
    }
    let said = |threads: &str| folder.run(&["digest", "in", "--threads", threads, "-q"]).stderr;
    let one = said("1");
    assert!(!one.is_empty());
    for threads in ["2", "16"] {
        assert!(said(threads) == one, "{threads} threads");
    }
}
