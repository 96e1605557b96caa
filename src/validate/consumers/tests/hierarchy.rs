//! The format `hierarchy`.

use super::*;

fn options() -> Options {
    Options { source_format: SourceFormat::Hierarchy, ..for_config_sync() }
}

const REPO: (&str, &str) = (
    "system/repo.yaml",
    "apiVersion: configmanagement.gke.io/v1\nkind: Repo\nmetadata: {name: repo}\nspec: {version: 1.0.0}\n",
);
const SHOP: (&str, &str) =
    ("namespaces/shop/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: []\n";
const CLUSTER_ROLE: &str =
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: []\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const CHOOSES: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {configmanagement.gke.io/namespace-selector: s}}\n";
const SELECTOR: &str = "apiVersion: configmanagement.gke.io/v1\nkind: NamespaceSelector\nmetadata: {name: s}\nspec: {selector: {matchLabels: {a: b}}}\n";

/// The rules that find something in these files beside a Repo and the namespace `shop`, and where.
fn told(files: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut all = [&[REPO, SHOP], files].concat();
    all.sort_unstable();
    in_files(&all, &options())
}

fn config(resources: &str) -> String {
    format!(
        "apiVersion: configmanagement.gke.io/v1\nkind: HierarchyConfig\nmetadata: {{name: a}}\nspec: {{resources: [{resources}]}}\n"
    )
}

#[test]
fn a_source_as_it_should_be() {
    let files = [
        ("README.md", "a"),
        ("cluster/role.yaml", CLUSTER_ROLE),
        (
            "clusterregistry/s.yaml",
            "apiVersion: configmanagement.gke.io/v1\nkind: ClusterSelector\nmetadata: {name: s}\nspec: {selector: {matchLabels: {a: b}}}\n",
        ),
        ("namespaces/all.yaml", ROLE),
        ("namespaces/s.yaml", SELECTOR),
        ("namespaces/shop/map.yaml", CHOOSES),
        (
            "namespaces/shop/role.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: b, namespace: shop}\nrules: []\n",
        ),
        ("namespaces/team/map.yaml", MAP),
        ("namespaces/team/web/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"),
    ];
    assert_eq!(told(&files), []);
}

#[test]
fn each_mistake_has_its_rule() {
    let none = config("{group: rbac.authorization.k8s.io, kinds: [Role], hierarchyMode: none}");
    for (rule, file, files) in [
        ("outside-hierarchy", "x/a.yaml", &[("x/a.yaml", CLUSTER_ROLE)][..]),
        ("outside-hierarchy", "a.yaml", &[("a.yaml", CLUSTER_ROLE)]),
        ("single", "system/second.yaml", &[("system/second.yaml", REPO.1)]),
        ("wrong-folder", "namespaces/shop/r.yaml", &[("namespaces/shop/r.yaml", CLUSTER_ROLE)]),
        ("wrong-folder", "cluster/r.yaml", &[("cluster/r.yaml", ROLE)]),
        ("wrong-folder", "cluster/s.yaml", &[("cluster/s.yaml", SELECTOR)]),
        ("wrong-folder", "cluster/repo.yaml", &[("cluster/repo.yaml", &*config("{kinds: [Pod]}"))]),
        (
            "namespace-folder",
            "namespaces/web.yaml",
            &[("namespaces/web.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n")],
        ),
        (
            "namespace-folder",
            "namespaces/x/web.yaml",
            &[("namespaces/x/web.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n")],
        ),
        (
            "namespace-folder",
            "namespaces/shop/m.yaml",
            &[("namespaces/shop/m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: web}\n")],
        ),
        (
            "single",
            "namespaces/shop/second.yaml",
            &[("namespaces/shop/second.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")],
        ),
        ("below-namespace", "namespaces/shop/below/m.yaml", &[("namespaces/shop/below/m.yaml", MAP)]),
        ("never-in-a-namespace", "namespaces/team/m.yaml", &[("namespaces/team/m.yaml", MAP)]),
        ("not-inherited", "namespaces/r.yaml", &[("namespaces/r.yaml", ROLE), ("system/config.yaml", &none)]),
        ("selector-in-namespace", "namespaces/shop/s.yaml", &[("namespaces/shop/s.yaml", SELECTOR)]),
        (
            "unknown-selector",
            "namespaces/shop/m.yaml",
            &[("namespaces/shop/m.yaml", CHOOSES), ("namespaces/team/s.yaml", SELECTOR)],
        ),
        ("unknown-selector", "namespaces/shop/m.yaml", &[("namespaces/shop/m.yaml", CHOOSES)]),
        (
            "label",
            "namespaces/shop/m.yaml",
            &[(
                "namespaces/shop/m.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {shop.tree.hnc.x-k8s.io/depth: '0'}}\n",
            )],
        ),
        (
            "selector",
            "namespaces/s.yaml",
            &[("namespaces/s.yaml", &*SELECTOR.replace("spec: {", "spec: {mode: dynamic, "))],
        ),
    ] {
        assert_eq!(told(files), [(&*format!("config-sync/{rule}"), file.to_owned())], "{files:?}");
    }
}

#[test]
fn a_hierarchy_config_names_kinds_and_whether_they_are_inherited() {
    for (resources, is) in [
        ("{group: rbac.authorization.k8s.io, kinds: [Role]}", false),
        ("{group: rbac.authorization.k8s.io, kinds: [Role], hierarchyMode: inherit}", false),
        ("{group: rbac.authorization.k8s.io, kinds: [Role], hierarchyMode: some}", true),
        ("{group: rbac.authorization.k8s.io, kinds: [ClusterRole]}", true),
        ("{group: rbac.authorization.k8s.io}", true),
        ("{group: '', kinds: [Namespace]}", true),
    ] {
        let text = config(resources);
        let found = told(&[("system/config.yaml", &text)]);
        assert_eq!(found.iter().any(|(rule, _)| *rule == "config-sync/hierarchy-config"), is, "{resources}: {found:?}");
    }
}

#[test]
fn a_source_in_this_format_has_a_repo_of_a_known_version() {
    let found = in_files(&[SHOP], &options());
    assert_eq!(found, [("config-sync/no-repo", ".".to_owned())]);
    for (version, rule) in [
        ("1.0.0", None),
        ("0.1.0", None),
        ("2.0.0", Some("config-sync/repo-version")),
        ("1.0", Some("config-sync/malformed")),
    ] {
        let repo = REPO.1.replace("1.0.0", version);
        let found = in_files(&[SHOP, (REPO.0, &repo)], &options());
        assert_eq!(found.first().map(|(rule, _)| *rule), rule, "{version}");
    }
}

#[test]
fn the_source_may_be_a_folder_of_the_bundle() {
    let options = Options { sync_dirs: vec!["./config/".to_owned()], ..options() };
    let files = [
        ("config/cluster/role.yaml", CLUSTER_ROLE),
        ("config/namespaces/shop/namespace.yaml", SHOP.1),
        ("config/system/repo.yaml", REPO.1),
    ];
    assert_eq!(in_files(&files, &options), []);
    assert_eq!(in_files(&files[..2], &options), [("config-sync/no-repo", "config".to_owned())]);
}
