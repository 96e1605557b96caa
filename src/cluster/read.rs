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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const KEYS: &str = "metadata spec status name namespace generation annotations configsync.gke.io/image-to-sync \
        configsync.gke.io/status conditions type message reason commit errors errorSummary totalCount \
        errorSourceRefs code errorMessage errorResources gvk sync source rendering ociStatus image oci \
        sourceType observedGeneration lastSyncedCommit resources resourceStatuses artifact revision url ref \
        tag semver digest sourceRef kind lastAppliedRevision inventory entries id repoURL sources \
        targetRevision operationState phase syncResult history revisions health comparedTo suspend \
        deletionTimestamp configManagementVersion syncPolicy automated";

    /// Any JSON of the names and texts that mean something here.
    fn anything() -> impl Strategy<Value = Value> {
        let texts = prop::sample::select(vec![
            "",
            "True",
            "False",
            "Stalled",
            "Reconciling",
            "Syncing",
            "Ready",
            "FetchFailed",
            "oci",
            "KNV2004: {\"Err\":",
            "}",
            "KNV",
            "é@sha256:",
            "oci://r.io/a",
            "r.io/a:v1",
            "status.sync.errors",
            "OCIRepository",
            "Synced",
            "Failed",
            "a_b_c_d",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "v1.10.0-rc.1",
            "disabled",
        ]);
        let keys = prop::sample::select(KEYS.split(' ').collect::<Vec<_>>());
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2i64..3).prop_map(Value::from),
            texts.prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((keys.clone(), inner), 0..8)
                    .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_cluster_says_is_survived_and_runs_nothing_by_chance(
            objects in prop::collection::vec((0usize..7, anything()), 1..4)
        ) {
            let kinds = [
                ("configsync.gke.io/v1beta1", "RootSync"), ("configsync.gke.io/v1beta1", "RepoSync"),
                ("source.toolkit.fluxcd.io/v1", "OCIRepository"), ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
                ("argoproj.io/v1alpha1", "Application"), ("kpt.dev/v1alpha1", "ResourceGroup"),
                ("configmanagement.gke.io/v1", "ConfigManagement"),
            ];
            let objects: Vec<Value> = objects
                .into_iter()
                .map(|(kind, mut object)| {
                    if !object.is_object() {
                        object = json!({"status": object});
                    }
                    (object["apiVersion"], object["kind"]) = (json!(kinds[kind].0), json!(kinds[kind].1));
                    // What is no sync of an image is left out at once.
                    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
                        spec.insert("sourceType".to_owned(), json!("oci"));
                        spec.insert("sourceRef".to_owned(), json!({"kind": "OCIRepository"}));
                    }
                    object
                })
                .collect();
            let look = read(&objects);
            for state in look.states {
                prop_assert!(state.applied.is_none() || state.applied == state.digest, "{state:?}");
            }
        }
    }

    #[test]
    fn what_is_no_object_is_left_out() {
        assert_eq!(
            read(&[json!(7), json!(null), json!({"kind": "RootSync"}), json!({"kind": 7, "apiVersion": 7})]),
            Look::default()
        );
    }
}
