//! The rules over documents, from the text to the findings.

use std::sync::Arc;

use super::*;
use crate::finding::{Finding, Severity};
use crate::object::documents;

/// Checks files of these names and texts, all of them together.
fn run(files: &[(&str, &str)]) -> (Summary, Vec<Finding>) {
    let (summary, mut findings) = run_with(files, &Options::default());
    // Most objects here are as short as can be.
    findings.retain(|finding| finding.rule.id != "metadata/no-namespace");
    (summary, findings)
}

/// The same with options.
pub(super) fn run_with(files: &[(&str, &str)], options: &Options) -> (Summary, Vec<Finding>) {
    let plan = Plan::new(files.iter().map(|(name, _)| *name), options).unwrap();
    let mut ledger = Ledger::new(&plan, options);
    let mut record = Record::new(Some(options));
    for (name, text) in files.iter().filter(|(name, _)| plan.role(name).reads_yaml()) {
        let path: Arc<str> = Arc::from(*name);
        let (documents, found) = documents(&path, text.as_bytes());
        record.extend(found);
        for document in &documents {
            ledger.add(&path, check(&plan, &path, document), &mut record);
        }
    }
    let summary = ledger.finish(&mut record);
    (summary, record.findings().sorted().into_iter().cloned().collect())
}

fn one(text: &str) -> Vec<Finding> {
    run(&[("a.yaml", text)]).1
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// Rule, an object that fails it and nothing else, a part of the message, the mend in the hint, and an object that passes.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    ("object/api-version", "kind: Deployment\nmetadata: {name: a}", "Deployment \"a\" has no apiVersion", "`apiVersion: apps/v1`",
        "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: a}\ndata: {a: 1}"),
    ("object/api-version", "apiVersion:\nkind: ServiceAccount\nmetadata: {name: a}", "the apiVersion of ServiceAccount \"a\" is empty", "`apiVersion: v1`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("object/api-version", "apiVersion: ''\nkind: Thing\nmetadata: {name: a}", "is empty", "GROUP/VERSION",
        "apiVersion: example.com/v1alpha1\nkind: Thing\nmetadata: {name: a}"),
    ("object/api-version", "apiVersion: 1\nkind: Thing\nmetadata: {name: a}", "is a number, not a string", "`apiVersion: v1`",
        "apiVersion: \"v1\"\nkind: ConfigMap\nmetadata: {name: a}"),
    ("object/api-version", "apiVersion: [v1]\nkind: ServiceAccount\nmetadata: {name: a}", "is a list", "`apiVersion: v1`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("object/api-version", "apiVersion: apps/V1\nkind: Thing\nmetadata: {name: a}", "`apps/V1` of Thing \"a\" has a version", "`apiVersion: apps/v1`",
        "apiVersion: example.com/stable\nkind: Thing\nmetadata: {name: a}"),
    ("object/kind", "apiVersion: v1\nmetadata: {name: a, namespace: b}", "the object \"b/a\" has no kind", "kind: Deployment",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}"),
    ("object/kind", "apiVersion: v1\nkind: ''\nmetadata: {name: a}", "the kind of the object \"a\" is empty", "kind: Deployment",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("object/kind", "apiVersion: v1\nkind: true\nmetadata: {name: a}", "is a boolean", "kind: Deployment",
        "apiVersion: v1\nkind: 'ConfigMap'\nmetadata: {name: a}"),
    ("object/kind", "apiVersion: v1\nkind: Config Map\nmetadata: {name: a}", "the kind `Config Map` has a space", "one word",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"),
    ("metadata/missing", "apiVersion: v1\nkind: ServiceAccount", "this ServiceAccount has no metadata", "add `metadata:`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("metadata/missing", "apiVersion: v1\nkind: ServiceAccount\nmetadata:\nname: a\n", "the metadata of this ServiceAccount is empty", "`name` stands at the outer level",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n"),
    ("metadata/missing", "apiVersion: v1\nkind: ServiceAccount\nmetadata: [name]", "is a list, not a map", "indented below it",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("metadata/missing-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {}", "this ServiceAccount has no name", "add `name:`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("metadata/missing-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ''}", "this ServiceAccount has no name", "add `name:`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: '0'}"),
    ("metadata/named-by-server", "apiVersion: v1\nkind: LimitRange\nmetadata: {}", "this LimitRange has no name", "add `name:`",
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a}"),
    ("object/request", "apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectRulesReview\nspec: {namespace: a}", "is a question to the API server", "`kubectl create -f FILE`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("metadata/generate-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {generateName: a-}", "has a generateName in place of a name", "fixed `name:`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b, generateName: a-}"),
    ("metadata/invalid-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: 12}", "the name of this ServiceAccount is a number", "quotes",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: '12'}"),
    ("metadata/invalid-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: My_App}", "the name of ServiceAccount \"My_App\" has an upper-case `M`", "`name: my-app`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: my.app}"),
    ("metadata/invalid-name", "apiVersion: v1\nkind: Namespace\nmetadata: {name: my.app}", "has a `.`", "`name: my-app`",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: my-app}"),
    ("metadata/invalid-name", "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a/b}", "has a `/`", "without `/`",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'system:A_b'}"),
    ("metadata/invalid-name", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: '{{ .Values.name }}'}", "has a `{`", "placeholder",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("metadata/invalid-namespace", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: A.b}", "the namespace of ServiceAccount \"A.b/a\"", "`namespace: a-b`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: a-b}"),
    ("metadata/invalid-namespace", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: 5}", "is a number", "quotes",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: null}"),
    ("metadata/label-not-string", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: {x: yes}}", "the label `x` of ServiceAccount \"a\" is a boolean", "quotes",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: {x: 'yes'}}"),
    ("metadata/label-not-string", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: [x]}", "the labels of ServiceAccount \"a\" are a list", "below `labels:`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: null}"),
    ("metadata/null-value", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: {x: }}", "is empty, not a string", "`\"\"`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, labels: {x: ''}}"),
    ("metadata/annotation-not-string", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {x: 1.20}}", "the annotation `x`", "quotes",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {x: '1.20'}}"),
    ("metadata/annotation-not-string", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {x: {b: z}}}", "is a map", "`|`",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {x: '{y: z}'}}"),
    ("object/not-kubernetes", "services: {}\nvolumes: {}\n", "a Docker Compose file", "--ignore '/a.yaml'",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nservices: {}"),
    ("object/not-kubernetes", "on: push\njobs: {}\n", "a GitHub workflow", ".consignignore",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\non: push"),
    ("object/not-kubernetes", "foo: bar\n", "neither apiVersion nor kind", ".consignignore",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nfoo: bar"),
    ("object/not-kubernetes", "- hosts: all\n  tasks: []\n", "an Ansible playbook", ".consignignore",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}]"),
    ("object/not-kubernetes", "- apiVersion: v1\n  kind: ServiceAccount\n", "a bare list of Kubernetes objects", "`kind: List`",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}]"),
    ("object/not-kubernetes", "just some words\n", "but a string", ".consignignore",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
    ("object/template", "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Values.name }}\n", "a.yaml is a Go template", "helm template",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations: {x: '{{ .Values.name }}'}\n"),
    ("object/template", "{{- if .Values.on }}\napiVersion: v1\nkind: ServiceAccount\n{{- end }}\n", "a.yaml is a Go template", "helm template",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    {{- if .on }}\n    {{- end }}\n"),
    ("object/duplicate", "apiVersion: example.com/v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: example.com/v2\nkind: A\nmetadata: {name: a, namespace: default}\n", "A \"default/a\" is defined twice", "delete one",
        "apiVersion: example.com/v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: other.example.com/v1\nkind: A\nmetadata: {name: a}\n"),
    ("bundle/empty", "# nothing\n---\n", "the bundle has no Kubernetes object", "--allow-empty",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}"),
];

#[test]
fn each_rule_finds_what_fails_it_and_leaves_what_passes() {
    for (rule, bad, message, hint, good) in TABLE {
        let found = one(bad);
        assert_eq!(ids(&found), [*rule], "{bad}\n{found:#?}");
        assert!(found[0].message.contains(message), "{}", found[0].message);
        let given = found[0].hint.as_deref().unwrap_or_default();
        assert!(given.contains(hint), "{message}: {given}");
        let found = one(good);
        assert!(found.is_empty(), "{good}\n{found:#?}");
    }
}

#[test]
fn every_rule_has_a_failing_object() {
    let elsewhere = // In the tests of the plan and the ledger, and below.
        ["object/large", "object/too-large", "bundle/helm-chart", "bundle/ci-file", "bundle/extension"];
    for rule in super::rules::RULES {
        assert!(TABLE.iter().any(|row| row.0 == rule.id) || elsewhere.contains(&rule.id), "{}", rule.id);
    }
}

#[test]
fn findings_point_at_the_line_and_column() {
    let found = one("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  labels:\n    x: true\n");
    let span = found[0].place.span.unwrap();
    assert_eq!((span.start.line, span.start.column), (6, 8));
    assert_eq!(found[0].place.excerpt.as_ref().unwrap().text, "    x: true");
}

#[test]
fn half_an_object_is_an_object_with_mistakes() {
    assert_eq!(ids(&one("metadata: {name: a}\nspec: {}\n")), ["object/api-version", "object/kind"]);
    let (_, found) = run(&[("values.yaml", "metadata: {}\n")]);
    assert!(found[0].message.contains("Helm values"), "but for a file known by its name: {found:?}");
}

#[test]
fn objects_of_different_clusters_are_no_duplicates() {
    let object = |cluster: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {{configsync.gke.io/cluster-name-selector: {cluster}}}\n"
        )
    };
    assert!(one(&format!("{}---\n{}", object("east"), object("west"))).is_empty());
    assert_eq!(ids(&one(&format!("{}---\n{}", object("east"), object("east")))), ["object/duplicate"]);
}

#[test]
fn local_objects_are_counted_and_neither_content_nor_duplicates() {
    let object = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {{config.kubernetes.io/local-config: '{value}'}}\n"
        )
    };
    let (summary, found) = run(&[("a.yaml", &format!("{}---\n{}", object("true"), object("")))]);
    assert_eq!((summary.objects, summary.local), (2, 2));
    assert_eq!(ids(&found), ["bundle/empty"]);
    let (summary, found) = run(&[("a.yaml", &format!("{}---\n{}", object("false"), object("true")))]);
    assert_eq!((summary.objects, summary.local), (2, 1));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn below_a_kustomization_only_syntax_is_checked() {
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("patch.yaml", "spec: {replicas: 2}\n"),
        ("same.yaml", "apiVersion: v1\nkind: ServiceAccount\n"),
    ];
    let (summary, found) = run(&files);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(summary, Summary { files: 3, objects: 0, local: 0, unchecked_files: 3, ..Summary::default() });
    let (_, found) = run(&[("kustomization.yaml", "resources: []\n"), ("a.yaml", "a: b\na: c\n")]);
    assert_eq!(found.len(), 1, "syntax is: {found:?}");
    let (_, found) = run(&[("kustomization.yaml", "resources: []\n"), ("tpl.yaml", "a: {{ .b }}\n")]);
    assert_eq!((ids(&found), found[0].severity), (vec!["object/template"], Severity::Warning));
}

#[test]
fn the_items_of_a_list_are_checked_each_by_itself() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}\n- {apiVersion: v1, kind: ServiceAccount, metadata: {}}\n";
    let (summary, found) = run(&[("a.yaml", text)]);
    assert_eq!(summary.objects, 1);
    assert_eq!((ids(&found), found[0].place.span.unwrap().start.line), (vec!["metadata/missing-name"], 5));
}

/// Aliases make the text short and the object large: it is stored as JSON, which has none.
#[test]
fn large_objects_are_told_each_item_of_a_list_by_itself() {
    let item = |name: &str, times: usize| {
        let parts: String = (0..times).map(|n| format!("p{n}: *x, ")).collect();
        format!("- {{apiVersion: apps/v1, kind: ControllerRevision, metadata: {{name: {name}}}, data: {{{parts}}}}}\n")
    };
    let text = format!(
        "apiVersion: v1\nkind: List\nx: &x {}\nitems:\n{}{}{}",
        "x".repeat(1 << 17),
        item("small", 11),
        item("large", 13),
        item("huge", 24)
    );
    let found = one(&text);
    assert_eq!(ids(&found), ["object/large", "object/too-large"], "{found:#?}");
    assert!(
        found[0].message.starts_with("ControllerRevision \"large\" has 1.63 MiB of JSON, more than 1.5 MiB"),
        "{found:?}"
    );
    assert!(
        found[1].message.starts_with("ControllerRevision \"huge\" has 3.01 MiB of JSON, more than 3 MiB"),
        "{found:?}"
    );
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let secret = "c2VjcmV0";
    for text in [
        format!("{{apiVersion: V1, kind: Secret, metadata: {{name: A, labels: {{x: 1}}}}, data: {{p: {secret}}}}}"),
        format!("{{apiVersion: v1, kind: Scret, metadata: {{name: A}}, stringData: {{p: {secret}}}}}"),
        format!("{{apiVersion: v1, metadata: {{name: a}}, data: {{p: {secret}}}}}"),
        format!(
            "{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: A}}}}, {{apiVersion: v1, kind: Secret, metadata: {{name: a}}, data: {{p: {secret}}}}}]}}"
        ),
        format!("{{password: {secret}, replicaCount: 1}}"),
        format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: a}}, data: {{p: {secret}}}}}\n---\n{{apiVersion: v1, kind: Secret, metadata: {{name: a}}, data: {{p: {secret}}}}}"
        ),
        secret.to_owned(),
    ] {
        let found = one(&text);
        assert!(!found.is_empty(), "{text}");
        assert!(!format!("{found:?}").contains(secret), "{found:#?}");
    }
}

#[test]
fn a_template_of_a_secret_is_named_without_its_text() {
    let found = one("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  {{- range .x }}\n  p: c2VjcmV0\n");
    assert_eq!(ids(&found), ["object/template"]);
    assert!(found[0].place.excerpt.is_none());
}

#[test]
fn long_texts_are_cut_in_messages() {
    let name = "a".repeat(100_000);
    let found = one(&format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}"));
    assert_eq!(ids(&found), ["metadata/invalid-name"]);
    assert!(found[0].message.len() < 300 && found[0].hint.as_ref().unwrap().len() < 600, "{}", found[0].message.len());
}
