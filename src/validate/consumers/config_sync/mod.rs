//! What Config Sync refuses although the API server takes it: what `nomos vet` finds without a cluster, with the same numbers (KNV…).
//!
//! `objects` has what one object tells by itself, `selectors` and `hierarchy` what its own kinds demand and the format of that name.
//! `facts` are what an object leaves for the checks over a whole source, which are `bundle` and, for the format `hierarchy`, `tree`.

mod api_resources;
mod bundle;
mod facts;
mod hierarchy;
mod json;
mod objects;
mod selectors;
mod tree;

pub(in crate::validate) use bundle::Bundle;
pub(in crate::validate) use facts::{Facts, facts};
pub(super) use hierarchy::unread;
pub(super) use json::not_one_json;

use std::sync::Arc;

use crate::finding::Finding;
use crate::object::Node;
use crate::validate::kubernetes::Scope;
use crate::validate::options::Options;
use crate::validate::policy::Consumer;
use crate::validate::subject::Subject;

pub(super) fn is_asked_for(options: &Options) -> bool {
    options.is_for(Consumer::ConfigSync)
}

/// Checks an object, for Config Sync only.
pub(super) fn check(on: &mut Subject<'_>) {
    if hierarchy::is_asked_for(on) && hierarchy::top(hierarchy::path_in_source(on)).is_none() {
        // It is not read, which is told of the file.
        return;
    }
    for check in CHECKS {
        check(on);
    }
}

/// Checks an object whose kind is of this scope.
pub(super) fn check_scope(on: &mut Subject<'_>, scope: Scope) {
    if hierarchy::is_asked_for(on) {
        hierarchy::placement(on, scope);
    }
}

/// Whether a file at this path below the folder that is synced is read by anyone.
pub(super) fn reads_at(options: &Options, below: &str) -> bool {
    !hierarchy::is_alone(options) || hierarchy::top(below).is_some()
}

/// Checks a file that holds no objects, at this path below the source it is in.
pub(super) fn check_other_file(path: &Arc<str>, below_source: &str, bytes: &[u8]) -> Option<Finding> {
    (below_source == api_resources::NAME).then(|| api_resources::check(path, bytes)).flatten()
}

/// Whether objects of this kind tell Config Sync how to read the source.
pub(super) fn reads(group: &str, kind: &str) -> bool {
    match group {
        "configmanagement.gke.io" => {
            matches!(kind, "ClusterSelector" | "NamespaceSelector" | "Repo" | "HierarchyConfig" | "Sync")
        }
        "clusterregistry.k8s.io" => kind == "Cluster",
        _ => false,
    }
}

/// Whether Config Sync puts the object into a namespace of its own choice. Others would not.
pub(super) fn gives_a_namespace(on: &Subject<'_>, metadata: Node<'_>) -> bool {
    let annotation = metadata.get("annotations").and_then(|annotations| annotations.get(NAMESPACE_SELECTOR));
    let is_given = on.options.namespace.is_some() || annotation.is_some() || hierarchy::is_asked_for(on);
    is_given && on.options.is_only_for(Consumer::ConfigSync)
}

/// The namespace of an object, or what is as good to tell it from others: in the format `hierarchy` the folder, which is a namespace or above
/// some; of a RepoSync its own.
pub(super) fn namespace<'a>(on: &Subject<'a>, own: Option<&'a str>) -> Option<&'a str> {
    match on.options.namespace.as_deref().filter(|_| is_asked_for(on.options)) {
        Some(reader) => own.or(Some(reader)),
        None => hierarchy::namespace(on).or(own),
    }
}

static CHECKS: &[fn(&mut Subject<'_>)] = &[
    objects::kind,
    objects::name,
    objects::namespace,
    objects::itself,
    objects::annotations,
    objects::labels,
    objects::selector_annotations,
    selectors::definition,
    hierarchy::repo,
    hierarchy::config,
];

/// What the name of an annotation or label of Config Sync's begins with.
const PREFIXES: [&str; 2] = ["configmanagement.gke.io/", "configsync.gke.io/"];

pub(in crate::validate) const CLUSTER_SELECTOR: &str = "configmanagement.gke.io/cluster-selector";
pub(in crate::validate) const CLUSTER_NAMES: &str = "configsync.gke.io/cluster-name-selector";
pub(in crate::validate) const NAMESPACE_SELECTOR: &str = "configmanagement.gke.io/namespace-selector";
const MANAGED: &str = "configmanagement.gke.io/managed";
