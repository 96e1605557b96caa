//! What Config Sync refuses although the API server takes it: what `nomos vet` finds without a cluster, with the same numbers (KNV…).
//!
//! `objects` has what one object tells by itself, `selectors` its own kinds ClusterSelector and NamespaceSelector.

mod objects;
mod selectors;

use crate::validate::options::Options;
use crate::validate::policy::Consumer;
use crate::validate::subject::Subject;

pub(super) fn is_asked_for(options: &Options) -> bool {
    options.consumers.contains(&Consumer::ConfigSync)
}

/// The checks of one object, for Config Sync only.
pub(super) static CHECKS: &[fn(&mut Subject<'_>)] = &[
    objects::kind,
    objects::name,
    objects::namespace,
    objects::annotations,
    objects::labels,
    objects::selector_annotations,
    selectors::definition,
];

/// What the name of an annotation or label of Config Sync's begins with.
const PREFIXES: [&str; 2] = ["configmanagement.gke.io/", "configsync.gke.io/"];

pub(in crate::validate) const CLUSTER_SELECTOR: &str = "configmanagement.gke.io/cluster-selector";
pub(in crate::validate) const CLUSTER_NAMES: &str = "configsync.gke.io/cluster-name-selector";
pub(in crate::validate) const NAMESPACE_SELECTOR: &str = "configmanagement.gke.io/namespace-selector";
const MANAGED: &str = "configmanagement.gke.io/managed";
