//! The format `hierarchy`: where an object may stand, and the kinds that describe such a source.

use std::sync::Arc;

use super::super::rules;
use super::facts::GroupKind;
use super::selectors::{malformed, mapping};
use super::tree::relative;
use crate::finding::{Finding, Place};
use crate::object::{Node, Parsed};
use crate::validate::kubernetes::Scope;
use crate::validate::options::{Options, SourceFormat};
use crate::validate::policy::Consumer;
use crate::validate::subject::{Subject, quote};

pub(super) const NAMESPACES: &str = "namespaces";
const SYSTEM: &str = "system";
const CLUSTER: &str = "cluster";
const CLUSTER_REGISTRY: &str = "clusterregistry";

/// The folder of those that Config Sync reads in which the file is.
pub(super) fn top(path: &str) -> Option<&'static str> {
    let first = path.split_once('/')?.0;
    [SYSTEM, CLUSTER, CLUSTER_REGISTRY, NAMESPACES].into_iter().find(|top| *top == first)
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of the object's file below the source it is in.
pub(super) fn path_in_source<'a>(on: &Subject<'a>) -> &'a str {
    let path: &'a str = on.path;
    below_source(on.options, path).unwrap_or(path)
}

/// The path of a file below the source it is in, if it is in one.
fn below_source<'a>(options: &Options, path: &'a str) -> Option<&'a str> {
    let plain = |dir: &String| dir.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/");
    let below = options.sync_dirs.iter().filter_map(|dir| relative(path, &plain(dir)));
    let root = options.sync_dirs.is_empty().then_some(path);
    below.min_by_key(|rest| rest.len()).or(root)
}

/// A document with objects in a file that Config Sync does not read.
pub(in super::super) fn unread(options: &Options, path: &Arc<str>, parsed: &Parsed<'_>) -> Option<Finding> {
    let is_outside = options.source_format == SourceFormat::Hierarchy
        && below_source(options, path).is_some_and(|below| top(below).is_none());
    let is_object = |root: Node<'_>| root.get("apiVersion").is_some() && root.get("kind").is_some();
    if !is_outside || !parsed.trees.iter().any(|tree| is_object(tree.root())) {
        return None;
    }
    let message = "Config Sync does not read this file: it is in none of the folders of the format `hierarchy`";
    let hint = "move it into `cluster` or `namespaces`, or say `--source-format unstructured`";
    Some(Finding::new(&rules::OUTSIDE_HIERARCHY, Place::file(Arc::clone(path)), message).hint(hint))
}

/// The folder of the object, if it is one of those that are namespaces or above some, and nobody else reads the source.
pub(super) fn namespace<'a>(on: &Subject<'a>) -> Option<&'a str> {
    let path = is_alone(on.options).then(|| path_in_source(on))?;
    (top(path) == Some(NAMESPACES)).then(|| folder_of(path))
}

/// Whether nobody reads the source but Config Sync, in this format.
pub(super) fn is_alone(options: &Options) -> bool {
    options.source_format == SourceFormat::Hierarchy && options.is_only_for(Consumer::ConfigSync)
}

pub(super) fn is_asked_for(on: &Subject<'_>) -> bool {
    on.options.source_format == SourceFormat::Hierarchy
}

/// The kind is known to be of this scope: whether the object stands where such objects belong.
pub(super) fn placement(on: &mut Subject<'_>, scope: Scope) {
    let path = path_in_source(on);
    let Some(top) = top(path) else { return };
    let (group, kind) = (on.object.group().unwrap_or_default(), on.object.kind().unwrap_or_default());
    let belongs = match (group, kind) {
        ("configmanagement.gke.io", "Repo" | "HierarchyConfig") => SYSTEM,
        ("configmanagement.gke.io", "ClusterSelector") | ("clusterregistry.k8s.io", "Cluster") => CLUSTER_REGISTRY,
        ("configmanagement.gke.io", "NamespaceSelector") | ("", "Namespace") => NAMESPACES,
        _ if scope == Scope::Cluster => CLUSTER,
        _ => NAMESPACES,
    };
    if top != belongs {
        let root = on.object.node;
        let message = format!("{} is in `{top}`, and belongs in `{belongs}` (KNV1039)", on.label);
        let hint = format!("move its file to `{belongs}`");
        on.find(&rules::WRONG_FOLDER, root.get("kind").unwrap_or(root), message, hint);
    } else if top == NAMESPACES {
        namespace_folder(on, path, (group, kind) == ("", "Namespace"));
    }
}

/// A Namespace is called as its folder is, and so is the namespace of what stands there.
fn namespace_folder(on: &mut Subject<'_>, path: &str, is_namespace: bool) {
    let folder = folder_of(path);
    let called = folder.rsplit_once('/').map_or(folder, |(_, last)| last);
    let field = if is_namespace { "name" } else { "namespace" };
    let Some(node) = on.object.node.get("metadata").and_then(|metadata| metadata.get(field)) else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    if is_namespace && folder == NAMESPACES {
        let message = format!("{} is in `{NAMESPACES}` itself, not in a folder of its own (KNV1019)", on.label);
        let hint = format!("move its file to `{NAMESPACES}/{}/`", quote(name).trim_matches('`'));
        on.find(&rules::NAMESPACE_FOLDER, node, message, hint);
    } else if name != called {
        let (what, number) = if is_namespace { ("name", 1020) } else { ("namespace", 1009) };
        let message = format!("the {what} of {} is not that of its folder `{called}` (KNV{number})", on.label);
        let hint =
            format!("write `{field}: {called}`, or move its file to the folder `{}`", quote(name).trim_matches('`'));
        on.find(&rules::NAMESPACE_FOLDER, node, message, hint);
    }
}

/// The version of a Repo.
pub(super) fn repo(on: &mut Subject<'_>) {
    if on.object.group() != Some("configmanagement.gke.io") || on.object.kind() != Some("Repo") {
        return;
    }
    let root = on.object.node;
    let Ok(spec) = mapping(on, root, "spec") else { return };
    let node = spec.and_then(|spec| spec.get("version"));
    if let Some(node) = node.filter(|node| !node.is_null() && node.as_str().is_none()) {
        return malformed(on, node, "version", "a string in quotes");
    }
    let version = node.and_then(Node::as_str).unwrap_or_default();
    if !matches!(version, "1.0.0" | "0.1.0") {
        let at = node.or(spec).or(root.get("kind")).unwrap_or(root);
        let message = format!("Config Sync does not know the version {} of {} (KNV1027)", quote(version), on.label);
        on.find(&rules::REPO_VERSION, at, message, "write `version: 1.0.0`");
    }
}

/// The kinds and modes of a HierarchyConfig.
pub(super) fn config(on: &mut Subject<'_>) {
    if on.object.group() != Some("configmanagement.gke.io") || on.object.kind() != Some("HierarchyConfig") {
        return;
    }
    let root = on.object.node;
    let Ok(Some(spec)) = mapping(on, root, "spec") else { return };
    let Some(resources) = spec.get("resources").filter(|node| !node.is_null()) else { return };
    if !resources.is_sequence() {
        return malformed(on, resources, "resources", "a list");
    }
    for resource in resources.items() {
        let text = |key: &str| resource.get(key).and_then(Node::as_str).unwrap_or_default();
        let mode = text("hierarchyMode");
        if !matches!(mode, "" | "none" | "inherit") {
            let at = resource.get("hierarchyMode").unwrap_or(resource);
            let message = format!("the mode {} of {} is none (KNV1042)", quote(mode), on.label);
            on.find(&rules::HIERARCHY_CONFIG, at, message, "write `hierarchyMode: inherit` or `hierarchyMode: none`");
        }
        let group = text("group");
        let kinds = resource.get("kinds").filter(|kinds| !kinds.is_empty());
        let Some(kinds) = kinds else {
            let message = format!("{} names no kinds (KNV1041)", on.label);
            on.find(&rules::HIERARCHY_CONFIG, resource, message, "write `kinds:` and a list, such as `[RoleBinding]`");
            continue;
        };
        for kind in kinds.items() {
            config_kind(on, group, kind);
        }
    }
}

fn config_kind(on: &mut Subject<'_>, group: &str, node: Node<'_>) {
    let Some(kind) = node.as_str() else { return malformed(on, node, "kinds", "a list of strings") };
    if group == "configmanagement.gke.io" || (group, kind) == ("", "Namespace") || kind.is_empty() {
        let message = format!("{} names {}, which is never inherited (KNV1041)", on.label, quote(kind));
        on.find(&rules::HIERARCHY_CONFIG, node, message, "leave it out");
    } else if super::super::scope::of(group, kind) == Some(Scope::Cluster) {
        let message = format!("{} names {}, which is in no namespace (KNV1046)", on.label, quote(kind));
        on.find(&rules::HIERARCHY_CONFIG, node, message, "leave it out");
    }
}

/// The kinds that a HierarchyConfig says are not inherited.
pub(super) fn not_inherited(config: Node<'_>) -> Vec<GroupKind> {
    /// More kinds than any cluster has.
    const MOST: usize = 10_000;
    let resources = config.get("spec").and_then(|spec| spec.get("resources"));
    let resources = resources.into_iter().flat_map(Node::items);
    let none = resources.filter(|resource| resource.get("hierarchyMode").and_then(Node::as_str) == Some("none"));
    let kinds = none.flat_map(|resource| {
        let group = resource.get("group").and_then(Node::as_str).unwrap_or_default();
        let kinds = resource.get("kinds").into_iter().flat_map(Node::items).filter_map(Node::as_str);
        kinds.map(move |kind| (group.chars().take(300).collect(), kind.chars().take(300).collect()))
    });
    kinds.take(MOST).collect()
}
