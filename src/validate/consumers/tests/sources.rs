//! What only all objects of a source tell.

use super::*;
use crate::finding::Severity::{Error, Warning};

/// A ConfigMap of this name with annotations.
fn map(name: &str, annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop, annotations: {{{annotations}}}}}\n"
    )
}

/// A ConfigMap without a namespace, for those that a selector chooses.
fn selected(name: &str, selector: &str) -> String {
    map(name, &format!("configmanagement.gke.io/namespace-selector: {selector}")).replace("namespace: shop, ", "")
}

fn selector(kind: &str, name: &str) -> String {
    format!(
        "apiVersion: configmanagement.gke.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{a: b}}}}}}\n"
    )
}

#[test]
fn a_selector_that_is_asked_for_must_be_in_the_source() {
    let asks = map("a", "configmanagement.gke.io/cluster-selector: prod");
    let more = map("b", "configmanagement.gke.io/cluster-selector: prod");
    let prod = selector("ClusterSelector", "prod");
    let of_namespaces = selector("NamespaceSelector", "prod");
    let options = for_config_sync();
    assert_eq!(
        in_files(&[("a.yaml", &asks), ("b.yaml", &more)], &options),
        [("config-sync/unknown-selector", "a.yaml".to_owned())]
    );
    assert_eq!(in_files(&[("a.yaml", &asks), ("z.yaml", &prod)], &options), []);
    assert_eq!(in_files(&[("a.yaml", &asks), ("z.yaml", &of_namespaces)], &options).len(), 1, "it is of another kind");
    assert_eq!(in_files(&[("a.yaml", &selected("a", "prod")), ("z.yaml", &of_namespaces)], &options), []);
    assert_eq!(in_files(&[("a.yaml", &selected("a", "prod")), ("z.yaml", &prod)], &options).len(), 1);
    let (_, findings) =
        run_with(&[("a.yaml", &asks), ("b.yaml", &more), ("z.yaml", &selector("ClusterSelector", "prd"))], &options);
    assert_eq!(
        findings[0].message,
        "ConfigMap \"shop/a\" asks for the ClusterSelector `prod`, which is not in the source (KNV1013); so do 1 object more"
    );
    assert_eq!(findings[0].hint.as_deref(), Some("did you mean `prd`?"));
}

#[test]
fn each_folder_to_sync_has_its_own_selectors() {
    let asks = map("a", "configmanagement.gke.io/cluster-selector: prod");
    let prod = selector("ClusterSelector", "prod");
    let options = Options { sync_dirs: vec!["a".to_owned(), "b".to_owned()], ..for_config_sync() };
    assert_eq!(
        in_files(&[("a/a.yaml", &asks), ("b/s.yaml", &prod)], &options),
        [("config-sync/unknown-selector", "a/a.yaml".to_owned())]
    );
}

#[test]
fn where_a_kustomization_may_bring_more_nothing_is_missing() {
    let asks = map("a", "configmanagement.gke.io/cluster-selector: prod");
    assert_eq!(in_files(&[("a.yaml", &asks), ("b/kustomization.yaml", "resources: []\n")], &for_config_sync()), []);
}

#[test]
fn what_is_in_an_unmanaged_namespace_must_be_unmanaged_too() {
    let disabled = "configmanagement.gke.io/managed: disabled";
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, annotations: {{{disabled}}}}}\n");
    let managed = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let options = for_config_sync();
    let expected = [("config-sync/unmanaged-namespace", "a.yaml".to_owned())];
    assert_eq!(
        in_files(&[("a.yaml", &map("a", "")), ("b.yaml", &map("b", "")), ("n.yaml", &namespace)], &options),
        expected
    );
    assert_eq!(in_files(&[("a.yaml", &map("a", disabled)), ("n.yaml", &namespace)], &options), []);
    assert_eq!(in_files(&[("a.yaml", &map("a", "")), ("n.yaml", managed)], &options), []);
}

#[test]
fn two_objects_of_one_name_must_be_for_different_clusters() {
    let on = |clusters: &str| map("a", &format!("configsync.gke.io/cluster-name-selector: '{clusters}'"));
    let everywhere = map("a", "");
    let options = for_config_sync();
    for (one, other, twice) in [
        (on("east"), on("west"), false),
        (on("east, south"), on("west,SOUTH"), true),
        (everywhere.clone(), on("west"), true),
        (on("west"), everywhere, true),
    ] {
        let found = in_files(&[("a.yaml", &one), ("b.yaml", &other)], &options);
        assert_eq!(
            found.iter().any(|(rule, _)| *rule == "config-sync/twice-on-a-cluster"),
            twice,
            "{one}{other}: {found:?}"
        );
        assert_eq!(in_files(&[("a.yaml", &one), ("b.yaml", &other)], &Options::default()), []);
    }
}

#[test]
fn a_repo_sync_manages_its_own_namespace() {
    let options = Options { namespace: Some("shop".to_owned()), ..for_config_sync() };
    for (text, is) in [
        (map("a", ""), false),
        (map("a", "").replace("shop", "web"), true),
        (map("a", "").replace("namespace: shop, ", ""), false),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: []\n".to_owned(),
            true,
        ),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n".to_owned(), true),
    ] {
        let found = in_files(&[("a.yaml", &text)], &options);
        assert_eq!(found.iter().any(|(rule, _)| *rule == "config-sync/outside-namespace"), is, "{text}: {found:?}");
    }
}

#[test]
fn an_object_is_in_a_namespace_if_and_only_if_its_kind_is() {
    let role = |metadata: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: a{metadata}}}\nrules: []\n"
        )
    };
    let told = |text: &str, options: &Options| {
        let (_, found) = run_with(&[("a.yaml", text)], options);
        found
            .into_iter()
            .find(|f| f.rule.id.contains("namespace") || f.rule.id.contains("scope"))
            .map(|f| (f.rule.id, f.severity))
    };
    let default = Options::default();
    assert_eq!(told(&role(", namespace: shop"), &default), Some(("schema/cluster-scoped", Error)));
    assert_eq!(told(&role(", namespace: ''"), &default), None);
    assert_eq!(told(&role(""), &default), None);
    let flux = Options { consumers: vec![Consumer::Flux], ..Options::default() };
    assert_eq!(told(&role(", namespace: shop"), &flux), None);
    assert_eq!(told(&map("a", ""), &default), None);
    let without = map("a", "").replace("namespace: shop, ", "");
    assert_eq!(told(&without, &default), Some(("metadata/no-namespace", Warning)));
    let strict = Options { require_namespace: true, ..Options::default() };
    assert_eq!(told(&without, &strict), Some(("metadata/no-namespace", Error)));
    let options = for_config_sync();
    assert_eq!(told(&selected("a", "x"), &options).map(|(id, _)| id), None);
    let chosen = role(", annotations: {configmanagement.gke.io/namespace-selector: x}");
    assert!(ids(&found(&chosen, &options)).contains(&"config-sync/misplaced-selector"));
}

#[test]
fn objects_without_a_namespace_are_told_together_once_a_folder_to_sync() {
    let without = |name: &str| map(name, "").replace("namespace: shop, ", "");
    let (a, b) = (without("a"), without("b"));
    let files = [("x/a.yaml", &*a), ("x/b.yaml", &b), ("y/a.yaml", &a)];
    let options = Options { sync_dirs: vec!["x".to_owned(), "y".to_owned()], ..Options::default() };
    let (_, found) = run_with(&files, &options);
    let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "ConfigMap \"a\" has no namespace, and its kind is in one; so it is with 1 more object",
            "ConfigMap \"a\" has no namespace, and its kind is in one"
        ]
    );
}

#[test]
fn the_number_of_objects_may_be_limited() {
    let (a, b) = (map("a", ""), map("b", ""));
    for (most, is) in [(None, false), (Some(2), false), (Some(1), true)] {
        let options = Options { max_objects: most, ..for_config_sync() };
        let found = in_files(&[("a.yaml", &a), ("b.yaml", &b)], &options);
        assert_eq!(found.first(), is.then(|| ("config-sync/too-many-objects", ".".to_owned())).as_ref());
    }
}

#[test]
fn what_reads_a_bundle_may_not_be_in_it() {
    let sync = |kind: &str, name: &str, namespace: &str| {
        format!(
            "apiVersion: configsync.gke.io/v1beta1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
        )
    };
    let root = sync("RootSync", "root-sync", "config-management-system");
    let repo = sync("RepoSync", "repo-sync", "shop");
    for (text, namespace, name, is) in [
        (&root, None, Some("root-sync"), true),
        (&root, None, Some("other"), false),
        (&root, None, None, false),
        (&repo, Some("shop"), Some("repo-sync"), true),
        (&repo, Some("shop"), Some("other"), false),
        (&repo, None, Some("repo-sync"), false),
    ] {
        let (namespace, sync_name) = (namespace.map(str::to_owned), name.map(str::to_owned));
        let options = Options { namespace, sync_name, ..for_config_sync() };
        let found = in_files(&[("a.yaml", text)], &options);
        assert_eq!(found.iter().any(|(rule, _)| *rule == "config-sync/itself"), is, "{text} {options:?}");
    }
}

#[test]
fn the_file_of_kinds_is_looked_at_where_config_sync_reads_it() {
    use crate::validate::{Plan, check_other};
    let check = |name: &str, options: &Options| {
        let plan = Plan::new([name, "x/a.yaml"].into_iter(), options).unwrap();
        check_other(&plan, &std::sync::Arc::from(name), b"NAME\n").len()
    };
    let below = Options { sync_dirs: vec!["x".to_owned()], ..for_config_sync() };
    assert_eq!(check("api-resources.txt", &for_config_sync()), 1);
    assert_eq!(check("api-resources.txt", &Options::default()), 0);
    assert_eq!(check("api-resources.txt", &below), 0);
    assert_eq!(check("x/api-resources.txt", &below), 1);
}
