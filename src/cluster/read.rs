//! Objects become states.

use std::collections::HashMap;

use serde_json::Value;

use super::config_sync::{self, Around};
use super::fields::text;
use super::state::State;
use super::{argo, flux};
use crate::sync::SyncKind;

/// What one look at a cluster gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The syncs of images, by kind, namespace and name.
    pub states: Vec<State>,
    /// How many syncs there are that sync from elsewhere: git, Helm.
    pub others: usize,
    /// What could not be read, in `kubectl`'s words.
    pub denied: Vec<String>,
    /// The kinds that could not be read.
    pub denied_kinds: Vec<SyncKind>,
}

/// Reads objects of any kinds; what is no sync helps to understand those that are.
pub fn read(objects: &[Value]) -> Look {
    let of_kind = |group: &str, kind: &str| -> Vec<&Value> {
        objects
            .iter()
            .filter(|object| {
                text(object, "/kind") == Some(kind)
                    && text(object, "/apiVersion").and_then(|version| version.split('/').next()) == Some(group)
            })
            .collect()
    };
    let syncs = |kind: SyncKind| of_kind(kind.group(), kind.kind());
    let version = of_kind("configmanagement.gke.io", "ConfigManagement")
        .into_iter()
        .find_map(|object| text(object, "/status/configManagementVersion"));
    let inventories: HashMap<_, _> =
        of_kind("kpt.dev", "ResourceGroup").into_iter().map(|group| (place(group), group)).collect();
    let repositories = syncs(SyncKind::OciRepository);

    let (mut states, mut others) = (Vec::new(), 0);
    for kind in SyncKind::ALL {
        for object in syncs(kind) {
            let read = match kind {
                SyncKind::RootSync | SyncKind::RepoSync => {
                    let around = Around { version, inventory: inventories.get(&place(object)).copied() };
                    config_sync::read(object, kind, around).into_iter().collect()
                }
                SyncKind::OciRepository => vec![flux::repository(object)],
                SyncKind::Kustomization => flux::kustomization(object, &repositories).into_iter().collect(),
                SyncKind::Application => argo::applications(object),
            };
            others += usize::from(read.is_empty());
            states.extend(read);
        }
    }
    states.sort_by(|one, other| one.sync.cmp(&other.sync));
    Look { states, others, ..Look::default() }
}

/// Namespace and name.
fn place(object: &Value) -> (&str, &str) {
    (text(object, "/metadata/namespace").unwrap_or_default(), text(object, "/metadata/name").unwrap_or_default())
}
