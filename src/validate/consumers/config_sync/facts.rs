//! What the checks over a whole source need to know of one object, beyond its identity.

use super::{CLUSTER_NAMES, CLUSTER_SELECTOR, MANAGED, NAMESPACE_SELECTOR, hierarchy, is_asked_for};
use crate::object::Node;
use crate::validate::identity::{Key, Parts};
use crate::validate::subject::Subject;

/// The longest name that is kept; longer ones are none that an object could have.
const LONGEST: usize = 300;

/// A group and a kind.
pub(super) type GroupKind = (String, String);

/// What is known of one object. It lives until the ledger has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::validate) struct Facts {
    pub(super) sort: Sort,
    pub(super) group_kind: GroupKind,
    pub(super) namespace: Option<String>,
    /// What it is wherever it stands, for objects that namespaces below inherit.
    pub(super) anywhere: Option<Key>,
    /// Config Sync is told to leave it alone.
    pub(super) is_unmanaged: bool,
    /// The names of the selectors that its annotations ask for.
    pub(super) cluster_selector: Option<String>,
    pub(super) namespace_selector: Option<String>,
    /// The clusters that an annotation names, in lower case, and what the object would be without it.
    pub(super) clusters: Option<(Key, Vec<String>)>,
}

/// What the object is to Config Sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Namespace(String),
    NamespaceSelector(String),
    ClusterSelector(String),
    Repo,
    /// The kinds that are not inherited.
    HierarchyConfig(Vec<GroupKind>),
    Other,
}

/// The facts of an object, if anyone wants to know them. `own` is what it says of itself, `parts` its identity.
pub(in crate::validate) fn facts(on: &Subject<'_>, own: &Parts<'_>, parts: &Parts<'_>) -> Option<Box<Facts>> {
    if !is_asked_for(on.options) {
        return None;
    }
    let annotations = on.object.node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let annotation = |name: &str| annotations.and_then(|all| all.get(name)).and_then(Node::as_str);
    let name = || kept(parts.name);
    let sort = match (parts.group, parts.kind) {
        ("", "Namespace") => Sort::Namespace(name()),
        ("configmanagement.gke.io", "NamespaceSelector") => Sort::NamespaceSelector(name()),
        ("configmanagement.gke.io", "ClusterSelector") => Sort::ClusterSelector(name()),
        ("configmanagement.gke.io", "Repo") => Sort::Repo,
        ("configmanagement.gke.io", "HierarchyConfig") => {
            Sort::HierarchyConfig(hierarchy::not_inherited(on.object.node))
        }
        _ => Sort::Other,
    };
    let clusters = annotation(CLUSTER_NAMES).map(|names| {
        let everywhere = Parts { selectors: [None; 3], ..*parts };
        let names = names.split(',').map(|name| kept(name.trim()).to_ascii_lowercase());
        (everywhere.key(), names.filter(|name| !name.is_empty()).take(MOST_CLUSTERS).collect())
    });
    Some(Box::new(Facts {
        sort,
        group_kind: (kept(parts.group), kept(parts.kind)),
        // A folder is called as its namespace is.
        namespace: parts.namespace.map(|namespace| kept(namespace.rsplit('/').next().unwrap_or_default())),
        anywhere: hierarchy::namespace(on).map(|_| Parts { namespace: None, ..*own }.key()),
        is_unmanaged: annotation(MANAGED) == Some("disabled"),
        // What contradicts itself is told of the object.
        cluster_selector: annotation(CLUSTER_SELECTOR).filter(|_| clusters.is_none()).map(kept),
        namespace_selector: annotation(NAMESPACE_SELECTOR).filter(|_| own.namespace.is_none()).map(kept),
        clusters,
    }))
}

/// Of a longer list of clusters only the first are compared.
const MOST_CLUSTERS: usize = 100;

fn kept(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
