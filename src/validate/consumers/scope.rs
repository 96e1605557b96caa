//! Objects of the whole cluster and objects of a namespace: whether a kind's objects are in one, and what that demands of an object.

use super::config_sync::{self, NAMESPACE_SELECTOR};
use super::rules;
use crate::finding::{Finding, Place, Severity};
use crate::object::Node;
use crate::validate::kubernetes::{self, Scope};
use crate::validate::schema_rules;
use crate::validate::subject::Subject;

/// The scope of a kind that is Kubernetes' own or a consumer's.
pub(super) fn of(group: &str, kind: &str) -> Option<Scope> {
    kubernetes::scope(group, kind).or(match (group, kind) {
        _ if config_sync::reads(group, kind) => Some(Scope::Cluster),
        ("configsync.gke.io", "RootSync" | "RepoSync")
        | ("source.toolkit.fluxcd.io" | "kustomize.toolkit.fluxcd.io" | "helm.toolkit.fluxcd.io", _)
        | ("argoproj.io", "Application" | "ApplicationSet" | "AppProject") => Some(Scope::Namespaced),
        _ => None,
    })
}

/// Checks an object whose kind is known to be of this scope.
pub(in crate::validate) fn check(on: &mut Subject<'_>, scope: Scope) {
    let reader = config_sync::is_asked_for(on.options).then_some(on.options.namespace.as_deref()).flatten();
    match (scope, reader) {
        // Those that choose clusters are read by every source, and applied by none.
        (Scope::Cluster, Some(_)) if matches!(on.object.kind(), Some("ClusterSelector" | "Cluster")) => {}
        (Scope::Cluster, Some(reader)) => {
            let root = on.object.node;
            let message = format!("{} is for the whole cluster, and the RepoSync for `{reader}` (KNV1058)", on.label);
            let hint = "move it to the source of a RootSync";
            on.find(&rules::SCOPE, root.get("kind").unwrap_or(root), message, hint);
        }
        (Scope::Cluster, None) => of_cluster(on),
        (Scope::Namespaced, _) => of_namespace(on, reader),
    }
}

fn of_cluster(on: &mut Subject<'_>) {
    let Some(metadata) = on.object.node.get("metadata") else { return };
    let is_set = |(_, node): &(_, Node<'_>)| !node.is_null() && node.as_str() != Some("");
    if let Some((key, _)) = metadata.entry("namespace").filter(is_set) {
        let message = format!("{} has a namespace, but objects of its kind belong to the cluster", on.label);
        on.find_at(&schema_rules::NAMESPACED, on.key_place(key), message, "delete `namespace:` (Config Sync: KNV1052)");
    }
    let annotation = metadata.get("annotations").and_then(|annotations| annotations.entry(NAMESPACE_SELECTOR));
    if let Some((key, _)) = annotation.filter(|_| config_sync::is_asked_for(on.options)) {
        let message = format!("{} chooses namespaces, and its kind is in none (KNV1004)", on.label);
        let hint = format!("delete the annotation `{NAMESPACE_SELECTOR}`");
        on.find_at(&rules::SELECTOR_ANNOTATION, on.key_place(key), message, hint);
    }
}

/// `reader` is the namespace of the RepoSync, if that reads the bundle.
fn of_namespace(on: &mut Subject<'_>, reader: Option<&str>) {
    let Some(metadata) = on.object.node.get("metadata").filter(|metadata| metadata.is_mapping()) else { return };
    match (metadata.get("namespace").filter(|node| !node.is_null() && node.as_str() != Some("")), reader) {
        (Some(node), Some(reader)) if node.as_str().is_some_and(|namespace| namespace != reader) => {
            let message = format!("{} is not in the namespace `{reader}` of the RepoSync (KNV1058)", on.label);
            on.find(&rules::SCOPE, node, message, format!("write `namespace: {reader}`, or move it to another source"));
        }
        (None, _) if !config_sync::gives_a_namespace(on, metadata) => no_namespace(on, metadata),
        _ => {}
    }
}

fn no_namespace(on: &mut Subject<'_>, metadata: Node<'_>) {
    on.lacks_namespace = true;
    if on.options.require_namespace {
        let place = on.place(metadata.get("name").unwrap_or(metadata));
        let finding = lacking_namespace(&on.label, place, 0);
        on.findings.push(Finding { severity: Severity::Error, ..finding });
    }
}

/// What is said of an object without a namespace, and of `further` ones.
pub(in crate::validate) fn lacking_namespace(label: &str, place: Place, further: usize) -> Finding {
    let more = match further {
        0 => String::new(),
        1 => "; so it is with 1 more object".to_owned(),
        further => format!("; so it is with {further} more objects"),
    };
    let message = format!("{label} has no namespace, and its kind is in one{more}");
    Finding::new(&rules::NO_NAMESPACE, place, message)
        .hint("add `namespace:` below `metadata:`; without it, where the object goes depends on who applies it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_consumers_have_a_scope() {
        for (group, kind, scope) in [
            ("", "Namespace", Some(Scope::Cluster)),
            ("apps", "Deployment", Some(Scope::Namespaced)),
            ("configsync.gke.io", "RootSync", Some(Scope::Namespaced)),
            ("configmanagement.gke.io", "Repo", Some(Scope::Cluster)),
            ("example.com", "Thing", None),
        ] {
            assert_eq!(of(group, kind), scope, "{group} {kind}");
        }
    }
}
