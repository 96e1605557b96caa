//! The rules of this part, from text to findings.

mod hierarchy;
mod others;
mod sources;

use super::*;
use crate::finding::Finding;
use crate::validate::options::SourceFormat;
use crate::validate::tests::run_with;

#[test]
fn only_flux_fills_in_placeholders() {
    let flux = Options { consumers: vec![Consumer::Flux, Consumer::Flux], ..Options::default() };
    let and_another = Options { consumers: vec![Consumer::ArgoCd, Consumer::Flux], ..Options::default() };
    let objects = crate::object::documents(&"a.yaml".into(), b"kind: x").0;
    let parsed = crate::object::parse(&"a.yaml".into(), &objects[0]);
    for (options, text, is) in [
        (&and_another, "${replicas}", false),
        (&flux, "${replicas}", true),
        (&flux, "app-${env:=prod}", true),
        (&flux, "$replicas", false),
        (&Options::default(), "${replicas}", false),
    ] {
        assert_eq!(Placeholders::of(parsed.trees[0].root(), options).have(text), is, "{text}");
    }
}

fn for_config_sync() -> Options {
    Options { consumers: vec![Consumer::ConfigSync], ..Options::default() }
}

/// What is found in one file, but for a namespace that lacks: most objects here are as short as can be.
fn found(text: &str, options: &Options) -> Vec<Finding> {
    let (_, mut findings) = run_with(&[("a.yaml", text)], options);
    findings.retain(|finding| finding.rule.id != "metadata/no-namespace");
    findings
}

/// What the rules of this part find in these files: rule and file.
fn in_files(files: &[(&str, &str)], options: &Options) -> Vec<(&'static str, String)> {
    let (_, findings) = run_with(files, options);
    let own = findings.iter().filter(|finding| RULES.iter().any(|rule| rule.id == finding.rule.id));
    own.map(|finding| (finding.rule.id, finding.place.path.to_string())).collect()
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// An object of this metadata, and of what may follow.
fn object(kind: &str, metadata: &str, rest: &str) -> String {
    let (version, kind) = kind.rsplit_once(' ').unwrap();
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, {metadata}}}\n{rest}\n")
}

/// Rule, kind, metadata and the rest of an object that fails it and nothing else, a part of the message, and of an object that passes.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const MAP: &str = "v1 ConfigMap";
const CLUSTER_SELECTOR: &str = "configmanagement.gke.io/v1 ClusterSelector";
const NAMESPACE_SELECTOR: &str = "configmanagement.gke.io/v1 NamespaceSelector";
const CRD: &str = "apiextensions.k8s.io/v1 CustomResourceDefinition";

/// What counts without any consumer.
#[rustfmt::skip]
const ALWAYS: &[Row] = &[
    ("object/status", CRD, "", "status: {acceptedNames: {kind: '', plural: ''}, conditions: [], storedVersions: []}", "has a status", "", "status: {}"),
    ("object/status", MAP, "", "status: {phase: Active}", "has a status", "", "status: null"),
    ("metadata/server-set", MAP, "uid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427", "", "metadata.uid", "uid: ''", ""),
    ("metadata/server-set", MAP, "creationTimestamp: '2026-01-01T00:00:00Z'", "", "metadata.creationTimestamp", "creationTimestamp: null", ""),
    ("metadata/server-set", MAP, "generation: 2", "", "metadata.generation", "generation: 0", ""),
    ("metadata/server-set", MAP, "selfLink: /api/v1/namespaces/a", "", "metadata.selfLink", "selfLink: ''", ""),
    ("metadata/server-set", MAP, "ownerReferences: [{apiVersion: v1, kind: Pod, name: x, uid: y}]", "", "metadata.ownerReferences", "ownerReferences: []", ""),
    ("metadata/server-set", MAP, "deletionTimestamp: '2026-01-01T00:00:00Z'", "", "metadata.deletionTimestamp", "deletionTimestamp: null", ""),
    ("metadata/server-set", MAP, "deletionGracePeriodSeconds: 0", "", "metadata.deletionGracePeriodSeconds", "deletionGracePeriodSeconds: null", ""),
    ("metadata/resource-version", MAP, "resourceVersion: '12'", "", "metadata.resourceVersion", "resourceVersion: ''", ""),
    ("metadata/managed-fields", MAP, "managedFields: [{manager: kubectl, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {}}]", "", "metadata.managedFields", "managedFields: null", ""),
    ("metadata/managed-fields", MAP, "managedFields: []", "", "metadata.managedFields", "", ""),
];

/// What counts for Config Sync only.
#[rustfmt::skip]
const CONFIG_SYNC: &[Row] = &[
    ("config-sync/annotation", MAP, "annotations: {configsync.gke.io/resource-id: x}", "", "KNV1010", "annotations: {configsync.gke.io/deletion-propagation-policy: Orphan}", ""),
    ("config-sync/annotation", MAP, "annotations: {configmanagement.gke.io/token: x}", "", "KNV1010", "annotations: {configsync.example.com/x: y}", ""),
    ("config-sync/label", MAP, "labels: {configmanagement.gke.io/system: 'true'}", "", "KNV1011", "labels: {app: configsync.gke.io}", ""),
    ("config-sync/managed", MAP, "annotations: {configmanagement.gke.io/managed: enabled}", "", "KNV1005", "annotations: {configmanagement.gke.io/managed: disabled}", ""),
    ("config-sync/kind", "configmanagement.gke.io/v1 Sync", "", "", "KNV1043", "", ""),
    ("config-sync/hierarchy-kind", "configmanagement.gke.io/v1 Repo", "", "spec: {version: 1.0.0}", "KNV1032", "", ""),
    ("config-sync/hierarchy-kind", "configmanagement.gke.io/v1 HierarchyConfig", "", "", "KNV1032", "", ""),
    ("config-sync/misplaced-selector", CLUSTER_SELECTOR, "annotations: {configsync.gke.io/cluster-name-selector: x}", "spec: {selector: {matchLabels: {a: b}}}", "KNV1004", "", "spec: {selector: {matchLabels: {a: b}}}"),
    ("config-sync/two-cluster-selectors", MAP, "annotations: {configsync.gke.io/cluster-name-selector: x, configmanagement.gke.io/cluster-selector: s}", "", "KNV1066", "annotations: {configsync.gke.io/cluster-name-selector: x}", ""),
    ("config-sync/namespace-and-selector", MAP, "namespace: x, annotations: {configmanagement.gke.io/namespace-selector: s}", "", "KNV1053", "namespace: x", ""),
    ("config-sync/in-own-namespace", MAP, "namespace: config-management-system", "", "KNV1034", "namespace: config-management", ""),
    ("config-sync/selector", CLUSTER_SELECTOR, "", "spec: {}", "selects by nothing (KNV1014)", "", "spec: {selector: {matchLabels: {a: b}}}"),
    ("config-sync/selector", CLUSTER_SELECTOR, "", "spec: {selector: {matchLabels: {}}}", "KNV1014", "", "spec: {selector: {matchExpressions: [{key: a, operator: Exists}]}}"),
    ("config-sync/selector", NAMESPACE_SELECTOR, "", "spec: {selector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}", "`in`", "", "spec: {selector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}"),
    ("config-sync/selector", NAMESPACE_SELECTOR, "", "spec: {selector: {matchExpressions: [{key: a, operator: In}]}}", "needs values", "", "spec: {selector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}"),
    ("config-sync/selector", NAMESPACE_SELECTOR, "", "spec: {selector: {matchLabels: {a: b}}, mode: dynamc}", "the mode `dynamc`", "", "spec: {selector: {matchLabels: {a: b}}, mode: dynamic}"),
    ("config-sync/malformed", CLUSTER_SELECTOR, "", "spec: {selector: [a]}", "is a list, not a map (KNV1006)", "", "spec: {selector: {matchLabels: {a: b}}}"),
    ("config-sync/malformed", CLUSTER_SELECTOR, "", "spec: {selector: {matchLabels: {a: 1}}}", "is a number", "", "spec: {selector: {matchLabels: {a: '1'}}}"),
];

fn each_row(table: &[Row], options: &Options) {
    for (rule, kind, metadata, rest, message, good_metadata, good_rest) in table {
        let bad = object(kind, metadata, rest);
        let of_part = |text: &str| -> Vec<Finding> {
            let of_part = |finding: &Finding| RULES.iter().any(|rule| rule.id == finding.rule.id);
            found(text, options).into_iter().filter(of_part).collect()
        };
        let findings = of_part(&bad);
        assert_eq!(ids(&findings), [*rule], "{bad}\n{findings:#?}");
        assert!(findings[0].message.contains(message), "{}", findings[0].message);
        if *kind == MAP || (good_metadata, good_rest) != (&"", &"") {
            let good = object(kind, good_metadata, good_rest);
            let findings = of_part(&good);
            assert!(findings.iter().all(|finding| finding.rule.id != *rule), "{good}\n{findings:#?}");
        }
    }
}

#[test]
fn what_only_a_cluster_sets_is_told_whoever_reads_the_bundle() {
    each_row(ALWAYS, &Options::default());
    each_row(ALWAYS, &for_config_sync());
}

#[test]
fn config_sync_refuses_what_the_api_server_takes() {
    each_row(CONFIG_SYNC, &for_config_sync());
    for row in CONFIG_SYNC {
        let text = object(row.1, row.2, row.3);
        let findings = found(&text, &Options::default());
        assert!(findings.iter().all(|finding| !finding.rule.id.starts_with("config-sync/")), "{text}\n{findings:#?}");
    }
}

#[test]
fn config_sync_manages_neither_its_own_namespaces_nor_its_own_definitions() {
    for (text, rule) in [
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: config-management-system}",
            Some("config-sync/own-namespace"),
        ),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: config-management}", None),
        (
            "apiVersion: configsync.gke.io/v1beta1\nkind: RootSync\nmetadata: {name: a, namespace: config-management-system}",
            None,
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {group: configsync.gke.io}",
            Some("config-sync/kind"),
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {group: example.com}",
            None,
        ),
        ("apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}", Some("config-sync/deprecated-group")),
        ("apiVersion: image.openshift.io/v1\nkind: ImageStreamTag\nmetadata: {name: 'a:b'}", Some("config-sync/name")),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'a:b'}", None),
    ] {
        let findings = found(text, &for_config_sync());
        let own: Vec<_> = ids(&findings).into_iter().filter(|id| id.starts_with("config-sync/")).collect();
        assert_eq!(own, rule.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn the_kinds_of_the_format_hierarchy_are_for_that_format() {
    let options = Options { source_format: SourceFormat::Hierarchy, ..for_config_sync() };
    let repo = object("configmanagement.gke.io/v1 Repo", "", "spec: {version: 1.0.0}");
    assert!(!ids(&found(&repo, &options)).contains(&"config-sync/hierarchy-kind"));
}

#[test]
fn what_is_not_applied_is_not_checked_for_consumers() {
    let local = "annotations: {config.kubernetes.io/local-config: 'true'}, uid: x";
    assert_eq!(ids(&found(&object(MAP, local, "status: {a: b}"), &Options::default())), ["bundle/empty"]);
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let text = "{apiVersion: v1, kind: Secret, metadata: {name: a, uid: x, resourceVersion: '1', labels: {configsync.gke.io/x: y}}, status: {a: b}, data: {p: c2VjcmV0}}";
    let findings = found(text, &for_config_sync());
    assert!(findings.len() >= 4, "{findings:#?}");
    assert!(!format!("{findings:?}").contains("c2VjcmV0"));
}

/// The table in docs/consumers.md is the answer to "which rule is KNV1010?".
#[test]
fn the_documentation_names_every_rule_of_config_sync_and_its_numbers() {
    let text = include_str!("../../../../docs/consumers.md");
    let rows: Vec<(Vec<&str>, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| KNV")?.split_once(" | "))
        .map(|(numbers, rules)| (numbers.split(", KNV").collect(), rules))
        .collect();
    for rule in
        RULES.iter().filter(|rule| rule.id.starts_with("config-sync/") && rule.id != "config-sync/outside-hierarchy")
    {
        let name = format!("`{}`", rule.id);
        let numbers: Vec<&str> =
            rows.iter().filter(|(_, rules)| rules.contains(&name)).flat_map(|(numbers, _)| numbers.clone()).collect();
        assert!(!numbers.is_empty(), "{name} is not in the table");
        for number in numbers {
            assert!(rule.help.contains(&format!("KNV{number}")), "{name}: KNV{number}");
        }
    }
}
