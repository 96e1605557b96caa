//! What a RootSync or a RepoSync manages, as its ResourceGroup tells.

use std::collections::HashMap;

use serde_json::Value;

use super::fields::{annotation, is_observed, list, number, text};
use super::knv;
use super::state::{Resource, Unready};
use crate::notice::human_count;

/// All that the group names, each with its state; `Unknown` where it has none yet.
pub(super) fn resources(group: &Value) -> Vec<Resource> {
    let mut states: HashMap<[&str; 4], &Value> =
        list(group, "/status/resourceStatuses").iter().map(|state| (identity(state), state)).collect();
    let named = list(group, "/spec/resources").iter().map(|named| (identity(named), states.remove(&identity(named))));
    named.map(|(identity, state)| resource(identity, state)).collect()
}

fn identity(value: &Value) -> [&str; 4] {
    ["/group", "/kind", "/namespace", "/name"].map(|pointer| text(value, pointer).unwrap_or_default())
}

fn resource([group, kind, namespace, name]: [&str; 4], state: Option<&Value>) -> Resource {
    let of = |pointer: &str| state.and_then(|state| text(state, pointer));
    let conditions = state.map_or(&[][..], |state| list(state, "/conditions"));
    let overlaps = |condition: &Value| {
        text(condition, "/type") == Some("OwnershipOverlap") && text(condition, "/status") == Some("True")
    };
    let status = if conditions.iter().any(overlaps) { "Conflict" } else { of("/status").unwrap_or("Unknown") };
    let mut messages: Vec<String> =
        conditions.iter().filter_map(|condition| text(condition, "/message")).map(knv::cleaned).collect();
    // Why it is unknown.
    if let Some(actuation) = of("/actuation").filter(|actuation| *actuation != "Succeeded") {
        let strategy = of("/strategy").unwrap_or("Apply").to_lowercase();
        messages.push(format!("{strategy}: {}", actuation.to_lowercase()));
    }
    Resource {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        is_well: status == "Current",
        status: Some(status.to_owned()),
        messages,
        source_hash: of("/sourceHash").map(ToOwned::to_owned),
    }
}

/// Why not all of it is `Current`, as far as the group tells.
pub(super) fn unready(group: Option<&Value>) -> Option<Unready> {
    let Some(group) = group else {
        return Some(Unready::Yet("no ResourceGroup tells how its resources are".to_owned()));
    };
    if is_disabled(group) {
        return Some(Unready::Untold("their status is not written (`spec.override.statusMode: disabled`)"));
    }
    // A status without a generation is of a version that tells none.
    if number(group, "/status/observedGeneration").is_some() && !is_observed(group) {
        return Some(Unready::Yet("its ResourceGroup is being brought up to date".to_owned()));
    }
    unwell(&resources(group)).map(Unready::Yet)
}

/// Whether somebody asked that the states be no longer written.
fn is_disabled(group: &Value) -> bool {
    annotation(group, "configsync.gke.io/status") == Some("disabled")
}

/// `2 of 5 resources are not well: deployment.apps/cart is InProgress, and 1 more`.
pub(super) fn unwell(resources: &[Resource]) -> Option<String> {
    let mut unwell = resources.iter().filter(|resource| !resource.is_well);
    let first = unwell.next()?;
    let count = 1 + unwell.count();
    let (are, more) = if count > 1 { ("are", format!(", and {} more", count - 1)) } else { ("is", String::new()) };
    let status = first.status.as_deref().unwrap_or("Unknown");
    let all = human_count(resources.len(), "resource");
    Some(format!("{count} of {all} {are} not well: {} is {status}{more}", first.called()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn group(states: &Value) -> Value {
        let named = states.as_array().unwrap().iter().map(|state| {
            json!({"group": state["group"], "kind": state["kind"], "namespace": state["namespace"], "name": state["name"]})
        });
        json!({
            "metadata": {"generation": 1},
            "spec": {"resources": named.collect::<Vec<_>>()},
            "status": {"observedGeneration": 1, "resourceStatuses": states},
        })
    }

    fn state(status: &str, more: &Value) -> Value {
        let mut state =
            json!({"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "cart", "status": status});
        state.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        state
    }

    #[test]
    fn only_current_is_well() {
        for (status, more, shown, message) in [
            ("Current", json!({}), "Current", None),
            ("InProgress", json!({}), "InProgress", None),
            (
                "Failed",
                json!({"conditions": [{"type": "Stalled", "status": "True", "message": "no quota"}]}),
                "Failed",
                Some("no quota"),
            ),
            ("Terminating", json!({}), "Terminating", None),
            ("NotFound", json!({}), "NotFound", None),
            ("Unknown", json!({"strategy": "Apply", "actuation": "Failed"}), "Unknown", Some("apply: failed")),
            ("Current", json!({"conditions": [{"type": "OwnershipOverlap", "status": "True"}]}), "Conflict", None),
            ("Current", json!({"conditions": [{"type": "OwnershipOverlap", "status": "False"}]}), "Current", None),
        ] {
            let group = group(&json!([state(status, &more)]));
            let [resource] = resources(&group).try_into().unwrap();
            assert_eq!(resource.status.as_deref(), Some(shown));
            assert_eq!(resource.messages.first().map(String::as_str), message);
            assert_eq!(resource.called(), "deployment.apps/cart");
            assert_eq!(unready(Some(&group)).is_none(), shown == "Current", "{status}");
        }
    }

    #[test]
    fn what_is_not_told_is_not_ready() {
        let why = |group: Option<&Value>| match unready(group).unwrap() {
            Unready::Yet(why) => why,
            Unready::Untold(why) => format!("untold: {why}"),
        };
        assert!(why(None).contains("no ResourceGroup"));
        let mut outdated = group(&json!([state("Current", &json!({}))]));
        outdated["metadata"]["generation"] = json!(2);
        assert!(why(Some(&outdated)).contains("brought up to date"));
        let mut disabled = group(&json!([state("Current", &json!({}))]));
        disabled["metadata"]["annotations"]["configsync.gke.io/status"] = json!("disabled");
        assert!(why(Some(&disabled)).starts_with("untold: ") && why(Some(&disabled)).contains("statusMode"));
        let mut silent = group(&json!([state("Current", &json!({}))]));
        silent["status"]["resourceStatuses"] = json!(null);
        assert!(why(Some(&silent)).contains("deployment.apps/cart is Unknown"));
    }

    #[test]
    fn an_empty_bundle_is_ready() {
        assert_eq!(unready(Some(&group(&json!([])))), None);
    }
}
