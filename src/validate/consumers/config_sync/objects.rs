//! What one object tells by itself.

use super::super::rules;
use super::{CLUSTER_NAMES, CLUSTER_SELECTOR, MANAGED, NAMESPACE_SELECTOR, PREFIXES};
use crate::object::Node;
use crate::validate::names::Form;
use crate::validate::options::SourceFormat;
use crate::validate::subject::{Subject, quote};

/// Annotations with the [`PREFIXES`] that a source may have.
const ALLOWED: [&str; 5] =
    [CLUSTER_SELECTOR, CLUSTER_NAMES, NAMESPACE_SELECTOR, MANAGED, "configsync.gke.io/deletion-propagation-policy"];

/// The namespaces of Config Sync itself; in the first is every RootSync.
const OWN_NAMESPACES: [&str; 3] = ["config-management-system", "resource-group-system", "config-management-monitoring"];

/// Groups whose custom resources are Config Sync's own.
const OWN_GROUPS: [&str; 2] = ["configmanagement.gke.io", "configsync.gke.io"];

/// Kinds that were in the group `extensions`, and where they are now.
const MOVED: [(&str, &str); 7] = [
    ("DaemonSet", "apps/v1"),
    ("Deployment", "apps/v1"),
    ("Ingress", "networking.k8s.io/v1"),
    ("NetworkPolicy", "networking.k8s.io/v1"),
    ("PodSecurityPolicy", ""),
    ("ReplicaSet", "apps/v1"),
    ("StatefulSet", "apps/v1"),
];

pub(super) fn kind(on: &mut Subject<'_>) {
    let (Some(group), Some(kind)) = (on.object.group(), on.object.kind()) else { return };
    let root = on.object.node;
    let at = root.get("kind").unwrap_or(root);
    match (group, kind) {
        ("configmanagement.gke.io", "Sync") => {
            let message = format!("{} is an object that Config Sync makes itself (KNV1043)", on.label);
            on.find(&rules::KIND, at, message, "leave it out of the bundle");
        }
        ("configmanagement.gke.io", "Repo" | "HierarchyConfig")
            if on.options.source_format == SourceFormat::Unstructured =>
        {
            let message = format!("{} means nothing in an unstructured source (KNV1032)", on.label);
            let hint = "leave it out of the bundle; or say `--source-format hierarchy` if the RootSync does";
            on.find(&rules::HIERARCHY_KIND, at, message, hint);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let Some(group) = root.get("spec").and_then(|spec| spec.get("group")) else { return };
            if group.as_str().is_some_and(|group| OWN_GROUPS.contains(&group)) {
                let message = format!("{} is the definition of a kind of Config Sync's own (KNV1043)", on.label);
                on.find(&rules::KIND, group, message, "leave it out of the bundle: it comes with Config Sync");
            }
        }
        ("extensions", _) => {
            let Some((_, now)) = MOVED.iter().find(|(moved, _)| *moved == kind) else { return };
            let at = root.get("apiVersion").unwrap_or(root);
            let message = format!("{} is of the old group `extensions` (KNV1050)", on.label);
            let hint = match *now {
                "" => "leave it out: no cluster of today has it; Pod Security Admission took its place".to_owned(),
                now => format!("write `apiVersion: {now}`, and adapt the fields that differ"),
            };
            on.find(&rules::DEPRECATED, at, message, hint);
        }
        _ => {}
    }
}

/// Names that the API server takes, as [`Form::of`] knows them, and Config Sync does not.
pub(super) fn name(on: &mut Subject<'_>) {
    let group = on.object.group().unwrap_or_default();
    if group == "rbac.authorization.k8s.io"
        || Form::of(group, on.object.kind().unwrap_or_default()) != Form::PathSegment
    {
        return;
    }
    let Some(node) = metadata(on).and_then(|metadata| metadata.get("name")) else { return };
    if let Some(fault) = node.as_str().filter(|name| !name.is_empty()).and_then(|name| Form::Subdomain.fault(name)) {
        let message = format!("the name of {} {fault}, which Config Sync refuses (KNV1036)", on.label);
        on.find(&rules::NAME, node, message, format!("allowed are {}", Form::Subdomain.describe()));
    }
}

pub(super) fn namespace(on: &mut Subject<'_>) {
    let Some(metadata) = metadata(on) else { return };
    if (on.object.group(), on.object.kind()) == (Some(""), Some("Namespace")) {
        let Some(node) = metadata.get("name") else { return };
        if let Some(name) = node.as_str().filter(|name| OWN_NAMESPACES.contains(name)) {
            let message = format!("the Namespace `{name}` is Config Sync's own (KNV1034)");
            on.find(&rules::OWN_NAMESPACE, node, message, "leave it out of the bundle: it comes with Config Sync");
        }
        return;
    }
    let Some(node) = metadata.get("namespace") else { return };
    let Some(name) = node.as_str().filter(|name| *name == OWN_NAMESPACES[0]) else { return };
    if on.object.kind() != Some("RootSync") {
        let message = format!("{} is in Config Sync's own namespace `{name}` (KNV1034)", on.label);
        on.find(&rules::IN_OWN_NAMESPACE, node, message, "put it into another namespace, or apply it by other means");
    }
}

/// The object that makes Config Sync read the source.
pub(super) fn itself(on: &mut Subject<'_>) {
    let Some(reader) = on.options.sync_name.as_deref() else { return };
    let (kind, namespace) = match on.options.namespace.as_deref() {
        Some(namespace) => ("RepoSync", namespace),
        None => ("RootSync", OWN_NAMESPACES[0]),
    };
    let is_sync = on.object.group() == Some("configsync.gke.io") && on.object.kind() == Some(kind);
    // A RootSync is nowhere else, and what lacks a namespace gets the reader's.
    let is_there = on.object.namespace().is_none_or(|given| given == namespace);
    if is_sync && is_there && on.object.name() == Some(reader) {
        let Some(node) = metadata(on).and_then(|metadata| metadata.get("name")) else { return };
        let message = format!("{} is what reads this bundle, and would manage itself (KNV1069)", on.label);
        on.find(&rules::ITSELF, node, message, "leave it out, and apply it by other means");
    }
}

pub(super) fn annotations(on: &mut Subject<'_>) {
    let Some(annotations) = metadata(on).and_then(|metadata| metadata.get("annotations")) else { return };
    for (key, value) in annotations.entries() {
        let name = key.as_str();
        if !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        if !ALLOWED.contains(&name) {
            let message = format!("the annotation {} of {} is Config Sync's own (KNV1010)", quote(name), on.label);
            on.find_at(
                &rules::ANNOTATION,
                on.key_place(key),
                message,
                "delete it: Config Sync sets it where it needs it",
            );
        } else if name == MANAGED && value.as_str().is_some_and(|value| value != "disabled") {
            let message = format!("the annotation `{MANAGED}` of {} is not `disabled` (KNV1005)", on.label);
            let hint =
                "delete it, for the object to be managed; or write `disabled`, for Config Sync to leave it alone";
            on.find(&rules::MANAGED, value, message, hint);
        }
    }
}

pub(super) fn labels(on: &mut Subject<'_>) {
    let Some(labels) = metadata(on).and_then(|metadata| metadata.get("labels")) else { return };
    for (key, _) in labels.entries() {
        let name = key.as_str();
        if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            let message = format!("the label {} of {} is Config Sync's own (KNV1011)", quote(name), on.label);
            on.find_at(&rules::LABEL, on.key_place(key), message, "delete it, or name it otherwise");
        } else if on.options.source_format == SourceFormat::Hierarchy && name.ends_with(".tree.hnc.x-k8s.io/depth") {
            let message =
                format!("the label {} of {} is set by the format `hierarchy` (KNV1057)", quote(name), on.label);
            on.find_at(&rules::LABEL, on.key_place(key), message, "delete it: Config Sync writes it itself");
        }
    }
}

/// Annotations that choose clusters or namespaces, on what cannot be chosen, or more than one of them.
pub(super) fn selector_annotations(on: &mut Subject<'_>) {
    let Some(metadata) = metadata(on) else { return };
    let Some(annotations) = metadata.get("annotations") else { return };
    let found = [CLUSTER_SELECTOR, CLUSTER_NAMES].map(|name| annotations.entry(name));
    let everywhere = match (on.object.group(), on.object.kind()) {
        (Some("configmanagement.gke.io"), Some(kind @ ("ClusterSelector" | "NamespaceSelector")))
        | (Some("clusterregistry.k8s.io"), Some(kind @ "Cluster")) => Some(kind),
        _ => None,
    };
    match (everywhere, found) {
        (Some(kind), [Some((key, _)), _] | [None, Some((key, _))]) => {
            let message = format!("{} chooses clusters, but a {kind} is there for all (KNV1004)", on.label);
            let hint = format!("delete the annotation `{}`", key.as_str());
            on.find_at(&rules::SELECTOR_ANNOTATION, on.key_place(key), message, hint);
        }
        (None, [Some(_), Some((key, _))]) => {
            let message = format!("{} chooses clusters in two ways (KNV1066)", on.label);
            let hint = format!("delete `{CLUSTER_SELECTOR}` or `{CLUSTER_NAMES}`");
            on.find_at(&rules::BOTH_SELECTORS, on.key_place(key), message, hint);
        }
        _ => {}
    }
    let has_namespace = metadata.get("namespace").and_then(Node::as_str).is_some_and(|namespace| !namespace.is_empty());
    if let Some((key, _)) = annotations.entry(NAMESPACE_SELECTOR).filter(|_| has_namespace) {
        let message = format!("{} has a namespace and a selector of namespaces (KNV1053)", on.label);
        let hint = format!("delete `namespace:` or the annotation `{NAMESPACE_SELECTOR}`");
        on.find_at(&rules::NAMESPACE_AND_SELECTOR, on.key_place(key), message, hint);
    }
}

fn metadata<'a>(on: &Subject<'a>) -> Option<Node<'a>> {
    on.object.node.get("metadata")
}
