//! What every object needs whatever its kind: apiVersion, kind, and metadata with a name.

use super::consumers::makes_a_name;
use super::names::{Form, api_version_fault, kind_fault};
use super::rules;
use super::subject::{Subject, quote, what};
use crate::finding::Rule;
use crate::object::{Node, Value};

/// The checks of this file, in the order of their findings.
pub(super) static CHECKS: &[fn(&mut Subject<'_>)] = &[api_version, kind, metadata];

fn api_version(on: &mut Subject<'_>) {
    if on.object.inherits("apiVersion") {
        return;
    }
    let root = on.object.node;
    let label = on.label.clone();
    let known = on.object.kind().and_then(usual_api_version);
    let write = known.map_or_else(
        || "add `apiVersion: GROUP/VERSION`, such as `apps/v1`, or `apiVersion: v1` for core kinds".to_owned(),
        |known| format!("add `apiVersion: {known}`"),
    );
    let Some(node) = root.get("apiVersion") else {
        let at = root.get("kind").unwrap_or(root);
        return on.find(&rules::API_VERSION, at, format!("{label} has no apiVersion"), write);
    };
    match (node.as_str(), node.value()) {
        (Some(""), _) | (None, Value::Null) => {
            on.find(&rules::API_VERSION, node, format!("the apiVersion of {label} is empty"), write);
        }
        (None, _) => {
            let message = format!("the apiVersion of {label} is {}, not a string", what(node));
            let hint = format!("write the group and a version with a `v`: `apiVersion: {}`", known.unwrap_or("v1"));
            on.find(&rules::API_VERSION, node, message, hint);
        }
        (Some(text), _) => {
            if let Some((fault, meant)) = api_version_fault(text) {
                let hint = match meant.as_deref().or(known) {
                    Some(meant) => format!("write `apiVersion: {meant}`"),
                    None => "write GROUP/VERSION, such as `apps/v1`; `kubectl api-resources` lists what a cluster has"
                        .to_owned(),
                };
                on.find(&rules::API_VERSION, node, format!("the apiVersion {} of {label} {fault}", quote(text)), hint);
            }
        }
    }
}

fn kind(on: &mut Subject<'_>) {
    if on.object.inherits("kind") {
        return;
    }
    let root = on.object.node;
    let label = on.label.clone();
    let write = "add what the object is, such as `kind: Deployment`";
    let Some(node) = root.get("kind") else {
        let at = root.get("apiVersion").unwrap_or(root);
        return on.find(&rules::KIND, at, format!("{label} has no kind"), write);
    };
    match (node.as_str(), node.value()) {
        (Some(""), _) | (None, Value::Null) => {
            on.find(&rules::KIND, node, format!("the kind of {label} is empty"), write);
        }
        (None, _) => {
            let message = format!("the kind of {label} is {}, not a string", what(node));
            on.find(&rules::KIND, node, message, "write one word, such as `kind: Deployment`");
        }
        (Some(text), _) => {
            if let Some(fault) = kind_fault(text) {
                let message = format!("the kind {} {fault}", quote(text));
                on.find(
                    &rules::KIND,
                    node,
                    message,
                    "write one word of letters and digits, such as `kind: Deployment`",
                );
            }
        }
    }
}

fn metadata(on: &mut Subject<'_>) {
    let root = on.object.node;
    let label = on.label.clone();
    if is_request(on) {
        let message = format!("{label} is a question to the API server, not an object that it keeps");
        let at = root.get("kind").unwrap_or(root);
        on.find(&rules::REQUEST, at, message, "leave it out, and send it with `kubectl create -f FILE`");
        if let Some(node) = root.get("metadata").filter(|node| !node.is_null() && !node.is_mapping()) {
            let message = format!("the metadata of {label} is {}, not a map", what(node));
            on.find(&rules::METADATA, node, message, "delete it: a question needs none");
        } else if let Some(node) = root.get("metadata") {
            strings(on, node, "labels", "label", &rules::LABEL);
            strings(on, node, "annotations", "annotation", &rules::ANNOTATION);
        }
        return;
    }
    let is_named = on.object.kind() == Some("LimitRange") && on.object.api_version() == Some("v1");
    let missing = if is_named { &rules::NAMED_BY_SERVER } else { &rules::METADATA };
    let misplaced = ["name", "namespace", "labels", "annotations"].into_iter().find(|key| root.get(key).is_some());
    let hint = match misplaced {
        Some(key) => format!("`{key}` stands at the outer level: indent it below `metadata:`"),
        None => "add `metadata:` and, indented below it, `name:`".to_owned(),
    };
    match root.get("metadata") {
        None => {
            let at = misplaced.and_then(|key| root.get(key)).or(root.get("kind")).unwrap_or(root);
            on.find(missing, at, format!("{label} has no metadata"), hint);
        }
        Some(node) => match node.value() {
            Value::Mapping => {
                name(on, node, if is_named { &rules::NAMED_BY_SERVER } else { &rules::NAME_MISSING });
                namespace(on, node);
                strings(on, node, "labels", "label", &rules::LABEL);
                strings(on, node, "annotations", "annotation", &rules::ANNOTATION);
            }
            Value::Null => on.find(missing, node, format!("the metadata of {label} is empty"), hint),
            _ => {
                let message = format!("the metadata of {label} is {}, not a map", what(node));
                on.find(&rules::METADATA, node, message, "write `metadata:` and, indented below it, `name:`");
            }
        },
    }
}

/// Kinds that are asked and answered, and never stored.
pub(super) fn is_request(on: &Subject<'_>) -> bool {
    let kind = on.object.kind().unwrap_or_default();
    match on.object.group() {
        Some("authentication.k8s.io" | "authorization.k8s.io") => kind.ends_with("Review"),
        Some("") => kind == "Binding",
        _ => false,
    }
}

fn name(on: &mut Subject<'_>, metadata: Node<'_>, missing: &'static Rule) {
    let label = on.label.clone();
    let Some(node) = metadata.get("name").filter(|node| !is_empty(*node)) else {
        if let Some(node) = metadata.get("generateName").filter(|node| !is_empty(*node)) {
            if makes_a_name(on) {
                return;
            }
            let message = format!("{label} has a generateName in place of a name");
            let hint = "a bundle is applied again and again: give it a fixed `name:`";
            return on.find(&rules::GENERATE_NAME, node, message, hint);
        }
        let at = metadata.get("name").unwrap_or(metadata);
        let hint = match on.object.node.get("name") {
            Some(_) => "`name` stands at the outer level: indent it below `metadata:`",
            None => "add `name:` below `metadata:`; a patch for a kustomization belongs in a folder that has one",
        };
        return on.find(missing, at, format!("{label} has no name"), hint);
    };
    if !on.has_a_known_kind() {
        return;
    }
    let form = Form::of(on.object.group().unwrap_or_default(), on.object.kind().unwrap_or_default());
    text_of_form(on, node, "name", form, &rules::NAME);
}

fn namespace(on: &mut Subject<'_>, metadata: Node<'_>) {
    if let Some(node) = metadata.get("namespace").filter(|node| !is_empty(*node)) {
        text_of_form(on, node, "namespace", Form::Label, &rules::NAMESPACE);
    }
}

/// Checks a name or namespace that is there.
fn text_of_form(on: &mut Subject<'_>, node: Node<'_>, field: &str, form: Form, rule: &'static Rule) {
    let label = on.label.clone();
    let Some(text) = node.as_str() else {
        let message = format!("the {field} of {label} is {}, not a string", what(node));
        return on.find(rule, node, message, format!("put it in quotes: `{field}: \"…\"`"));
    };
    if on.placeholders.have(text) {
        return;
    }
    let Some(fault) = form.fault(text) else { return };
    let hint = if text.contains("{{") || text.contains("${") {
        "this is a placeholder that nobody fills in on the way to the cluster: render the file first".to_owned()
    } else if let Some(mended) = form.mend(text) {
        format!("write `{field}: {mended}`; allowed are {}", form.describe())
    } else {
        format!("allowed are {}", form.describe())
    };
    on.find(rule, node, format!("the {field} of {label} {fault}"), hint);
}

/// Checks that `metadata.labels` or `metadata.annotations` is a map of strings.
fn strings(on: &mut Subject<'_>, metadata: Node<'_>, field: &str, one: &str, rule: &'static Rule) {
    let label = on.label.clone();
    let Some(map) = metadata.get(field) else { return };
    match map.value() {
        Value::Null => {}
        Value::Mapping => {
            for (key, value) in map.entries() {
                if value.as_str().is_none() {
                    let key = quote(key.as_str());
                    let message = format!("the {one} {key} of {label} is {}, not a string", what(value));
                    let hint = match value.value() {
                        Value::Null => "write `\"\"` for an empty value",
                        Value::Mapping | Value::Sequence => {
                            "write one string; for more than a line, `|` and the text indented below it"
                        }
                        _ => "put the value in quotes",
                    };
                    let rule = if value.is_null() { &rules::NULL_VALUE } else { rule };
                    on.find(rule, value, message, hint);
                }
            }
        }
        _ => {
            let message = format!("the {field} of {label} are {}, not a map", what(map));
            on.find(
                rule,
                map,
                message,
                format!("write one `KEY: \"VALUE\"` a line, indented below `{field}:`, without `-`"),
            );
        }
    }
}

/// Absent in all but name: the API server takes null and `""` for no value.
fn is_empty(node: Node<'_>) -> bool {
    matches!(node.value(), Value::Null) || node.as_str() == Some("")
}

/// The apiVersion that a kind of Kubernetes itself has in all versions that are in use.
fn usual_api_version(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ConfigMap"
        | "Endpoints"
        | "LimitRange"
        | "Namespace"
        | "PersistentVolume"
        | "PersistentVolumeClaim"
        | "Pod"
        | "ReplicationController"
        | "ResourceQuota"
        | "Secret"
        | "Service"
        | "ServiceAccount" => "v1",
        "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet" => "apps/v1",
        "CronJob" | "Job" => "batch/v1",
        "NetworkPolicy" | "IngressClass" => "networking.k8s.io/v1",
        "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding" => "rbac.authorization.k8s.io/v1",
        "PodDisruptionBudget" => "policy/v1",
        "HorizontalPodAutoscaler" => "autoscaling/v2",
        "StorageClass" => "storage.k8s.io/v1",
        "PriorityClass" => "scheduling.k8s.io/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => "admissionregistration.k8s.io/v1",
        _ => return None,
    })
}
