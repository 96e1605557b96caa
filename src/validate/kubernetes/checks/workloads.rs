//! What makes pods from a template: Deployments and their like, and budgets for their disruption.

use super::fields::{any_text, at, has, has_placeholder, items, number_or_percent};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::texts;

const SETS: &[&str] =
    &["apps.v1.DeploymentSpec", "apps.v1.ReplicaSetSpec", "apps.v1.StatefulSetSpec", "apps.v1.DaemonSetSpec"];
const REPLICATED: &[&str] = &[
    "apps.v1.DeploymentSpec",
    "apps.v1.ReplicaSetSpec",
    "apps.v1.StatefulSetSpec",
    "core.v1.ReplicationControllerSpec",
];
const CONTROLLERS: &[&str] = &[
    "apps.v1.DeploymentSpec",
    "apps.v1.ReplicaSetSpec",
    "apps.v1.StatefulSetSpec",
    "apps.v1.DaemonSetSpec",
    "core.v1.ReplicationControllerSpec",
];
const OBJECTS: &[&str] = &[
    "apps.v1.Deployment",
    "apps.v1.ReplicaSet",
    "apps.v1.StatefulSet",
    "apps.v1.DaemonSet",
    "core.v1.ReplicationController",
];
const STATEFUL: &[&str] = &["apps.v1.StatefulSetSpec"];
const FROM_0: &[Must] = &[Must::Between(0, i64::MAX)];
/// A number from 0, or up to 100 %.
const PART: &[Must] = &[Must::Between(0, i64::MAX), Must::Whole(texts::part)];

pub(super) static ROWS: &[Row] = &[
    needs(OBJECTS, &["spec"]),
    needs(SETS, &["selector"]),
    needs(CONTROLLERS, &["template"]),
    must(REPLICATED, &["replicas"], FROM_0),
    must(CONTROLLERS, &["minReadySeconds"], FROM_0),
    must(&["apps.v1.DeploymentSpec", "apps.v1.DaemonSetSpec"], &["revisionHistoryLimit"], FROM_0),
    must(&["apps.v1.RollingUpdateDeployment"], &["maxUnavailable"], PART),
    must(
        &["apps.v1.RollingUpdateDeployment"],
        &["maxSurge"],
        &[Must::Between(0, i64::MAX), Must::Whole(texts::percentage)],
    ),
    must(&["apps.v1.RollingUpdateStatefulSetStrategy"], &["partition"], FROM_0),
    must(&["apps.v1.StatefulSetOrdinals"], &["start"], FROM_0),
    must(
        &["apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy"],
        &["whenDeleted", "whenScaled"],
        &[Must::OneOf(&["Retain", "Delete"])],
    ),
    must(&["apps.v1.ControllerRevision"], &["revision"], FROM_0),
    must(&["policy.v1.PodDisruptionBudgetSpec"], &["minAvailable", "maxUnavailable"], PART),
    must(&["policy.v1.PodDisruptionBudgetSpec"], &["unhealthyPodEvictionPolicy"], &[Must::Whole(texts::not_blank)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["apps.v1.RollingUpdateStatefulSetStrategy"], stateful_set_moves),
    extra(SETS, selector_selects),
    extra(&["core.v1.ReplicationControllerSpec"], plain_selector),
    extra(CONTROLLERS, pods_go_on),
    extra(&["apps.v1.DeploymentSpec"], deployment),
    extra(&["apps.v1.RollingUpdateDeployment"], deployment_moves),
    extra(&["apps.v1.DaemonSetUpdateStrategy"], daemon_set_moves),
    extra(&["apps.v1.StatefulSetUpdateStrategy"], only_rolling),
    extra(&["apps.v1.DeploymentStrategy"], only_rolling),
    extra(STATEFUL, claims),
    extra(&["apps.v1.ControllerRevision"], revision),
    extra(&["policy.v1.PodDisruptionBudgetSpec"], one_budget),
];

/// Whether labels are what a selector asks for; `None` if it cannot be told.
pub(super) fn selects(selector: Node<'_>, labels: Option<Node<'_>>) -> Option<bool> {
    let value = |key: &str| labels.and_then(|labels| labels.get(key)).map(|value| value.as_str().unwrap_or_default());
    for (key, wanted) in selector.get("matchLabels").into_iter().flat_map(Node::entries) {
        let wanted = wanted.as_str().or_else(|| wanted.is_null().then_some(""))?;
        if value(key.as_str()) != Some(wanted) {
            return Some(false);
        }
    }
    for (_, expression) in items(selector, "matchExpressions") {
        let own = value(text(expression, "key")?);
        let among = |value: &str| items(expression, "values").any(|(_, item)| item.as_str() == Some(value));
        let found = match text(expression, "operator")? {
            "In" => own.is_some_and(among),
            "NotIn" => !own.is_some_and(among),
            "Exists" => own.is_some(),
            "DoesNotExist" => own.is_none(),
            _ => return None,
        };
        if !found {
            return Some(false);
        }
    }
    Some(true)
}

fn selector_selects(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(selector) = get(spec, "selector").filter(|selector| selector.is_mapping() && !selector.is_empty()) else {
        return;
    };
    if selector.entries().all(|(_, value)| super::is_empty(value)) {
        let hint = "add `matchLabels:` with labels of the template";
        return walk.invalid(selector, "selector", "is empty, and would select nothing", hint);
    }
    labels_match(walk, spec, selector);
}

/// The labels of the template are what the selector asks for.
pub(super) fn labels_match(walk: &mut Walk<'_, '_>, spec: Node<'_>, selector: Node<'_>) {
    let Some(template) = get(spec, "template") else { return };
    let metadata = get(template, "metadata");
    let labels = metadata.and_then(|metadata| get(metadata, "labels"));
    let is_left_open = |map: Option<Node<'_>>| {
        map.into_iter().flat_map(Node::entries).any(|(key, value)| {
            [Some(key.as_str()), value.as_str()].into_iter().flatten().any(|t| walk.is_placeholder(t))
        })
    };
    let mut expressions = items(selector, "matchExpressions").map(|(_, expression)| expression);
    let is_open = expressions.any(|expression| {
        let mut values = items(expression, "values").filter_map(|(_, value)| value.as_str());
        has_placeholder(walk, expression, "key") || values.any(|value| walk.is_placeholder(value))
    });
    if is_open || is_left_open(labels) || is_left_open(selector.get("matchLabels")) {
        return;
    }
    if selects(selector, labels) == Some(false) {
        let at = labels.or(metadata).unwrap_or(template);
        let hint = "write the labels of `selector` below `template.metadata.labels`";
        walk.invalid(at, "template.metadata.labels", "are not those that `selector` asks for", hint);
    }
}

/// The selector of a `ReplicationController` is a map of labels; without one it is the template's.
fn plain_selector(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let labels = at(spec, &["template", "metadata", "labels"]);
    let selector = get(spec, "selector").filter(|selector| !selector.is_empty());
    let Some(selector) = selector else {
        if has(spec, "template") && labels.is_none_or(Node::is_empty) {
            walk.missing(spec, "selector", "add `selector:`, and the same labels below `template.metadata.labels`");
        }
        return;
    };
    let same = |(key, value): (crate::object::Key<'_>, Node<'_>)| {
        let label = labels.and_then(|labels| labels.get(key.as_str())).and_then(Node::as_str);
        let mut texts = [Some(key.as_str()), value.as_str(), label].into_iter().flatten();
        value.as_str().is_none() || label == value.as_str() || texts.any(|text| walk.is_placeholder(text))
    };
    if has(spec, "template") && !selector.entries().all(same) {
        let hint = "write the labels of `selector` below `template.metadata.labels`";
        let fault = "are not those that `selector` asks for";
        walk.invalid(labels.unwrap_or(selector), "template.metadata.labels", fault, hint);
    }
}

/// Pods that are replaced when they end go on for ever.
fn pods_go_on(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(pod) = at(spec, &["template", "spec"]) else { return };
    if let Some(policy @ ("OnFailure" | "Never")) = text(pod, "restartPolicy") {
        let node = pod.get("restartPolicy").unwrap_or(pod);
        walk.unsupported(node, "template.spec.restartPolicy", policy, &["Always"]);
    }
    if has(pod, "activeDeadlineSeconds") {
        let why = "must not be there: only Jobs end";
        walk.forbidden(pod, "template.spec.activeDeadlineSeconds", why, "delete it");
    }
}

fn deployment(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let deadline = match number(spec, "progressDeadlineSeconds") {
        None if has(spec, "progressDeadlineSeconds") => return,
        deadline => deadline.unwrap_or(600),
    };
    let ready = number(spec, "minReadySeconds").unwrap_or_default();
    if deadline < 0 || deadline <= ready {
        let fault = format!("is {deadline}, which is not more than minReadySeconds, {ready}");
        let at = spec.get("progressDeadlineSeconds").or(spec.get("minReadySeconds")).unwrap_or(spec);
        walk.invalid(at, "progressDeadlineSeconds", &fault, "write a greater number; without it there are 600");
    }
}

fn deployment_moves(walk: &mut Walk<'_, '_>, update: Node<'_>) {
    let is_zero = |field| get(update, field).is_some_and(|value| number_or_percent(value) == Some(0));
    if is_zero("maxUnavailable") && is_zero("maxSurge") {
        let at = update.get("maxUnavailable").unwrap_or(update);
        let fault = "is 0, as `maxSurge` is: no pod could ever be replaced";
        walk.invalid(at, "maxUnavailable", fault, "write 1 or more in one of the two");
    }
}

/// Versions before 1.37 drop the field unread.
fn stateful_set_moves(walk: &mut Walk<'_, '_>, update: Node<'_>) {
    let Some(node) = get(update, "maxUnavailable").filter(|_| walk.reaches("1.37")) else { return };
    let fault = match node.value() {
        Value::Integer(number) if number < 1 => format!("is {number}, and 1 is the least"),
        Value::String(text) if !walk.is_placeholder(text) => match texts::part(text) {
            Some(fault) => format!("is {}, which {fault}", quote(text)),
            None if number_or_percent(node) == Some(0) => format!("is {}: no pod could ever be replaced", quote(text)),
            None => return,
        },
        _ => return,
    };
    walk.invalid(node, "maxUnavailable", &fault, "write 1 or more, or a percentage up to `100%`");
}

fn daemon_set_moves(walk: &mut Walk<'_, '_>, strategy: Node<'_>) {
    let Some(update) = get(strategy, "rollingUpdate").filter(|_| text(strategy, "type") != Some("OnDelete")) else {
        return;
    };
    for field in ["maxUnavailable", "maxSurge"] {
        let Some(node) = get(update, field) else { continue };
        let fault = match node.value() {
            Value::Integer(number) if number < 0 => Some(format!("is {number}, and 0 is the least")),
            Value::String(text) if !walk.is_placeholder(text) => {
                texts::part(text).map(|fault| format!("is {}, which {fault}", quote(text)))
            }
            _ => None,
        };
        if let Some(fault) = fault {
            walk.invalid(
                node,
                &format!("rollingUpdate.{field}"),
                &fault,
                "write a number, or a percentage up to `100%`",
            );
        }
    }
    let value = |field, usual| get(update, field).map_or(Some(usual), number_or_percent);
    match (value("maxUnavailable", 1), value("maxSurge", 0)) {
        (Some(0), Some(0)) => {
            let at = update.get("maxUnavailable").unwrap_or(update);
            let fault = "is 0, as `maxSurge` is: no pod could ever be replaced";
            walk.invalid(at, "rollingUpdate.maxUnavailable", fault, "write 1 or more in one of the two");
        }
        (Some(unavailable), Some(surge)) if unavailable != 0 && surge != 0 => {
            let at = update.get("maxSurge").unwrap_or(update);
            let fault = "is not 0, nor is `maxUnavailable`, which is 1 where it is not there";
            walk.invalid(at, "rollingUpdate.maxSurge", fault, "write `maxUnavailable: 0` beside it");
        }
        _ => {}
    }
}

/// How pods are replaced step by step is said only where they are.
fn only_rolling(walk: &mut Walk<'_, '_>, strategy: Node<'_>) {
    let kind = any_text(walk, strategy, "type").unwrap_or_default();
    if matches!(kind, "Recreate" | "OnDelete") && has(strategy, "rollingUpdate") {
        let why = format!("does not go with `type: {kind}`");
        walk.forbidden(strategy, "rollingUpdate", &why, "delete it, or write `type: RollingUpdate`");
    }
}

/// The claims of a `StatefulSet` become volumes of its pods.
fn claims(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (index, claim) in items(spec, "volumeClaimTemplates") {
        let Some(metadata) = get(claim, "metadata") else {
            walk.missing(
                claim,
                &format!("volumeClaimTemplates[{index}].metadata.name"),
                "add `metadata:` with a `name:`",
            );
            continue;
        };
        let below = format!("volumeClaimTemplates[{index}].metadata.name");
        match any_text(walk, metadata, "name") {
            None if has(metadata, "name") => {}
            None | Some("") => walk.missing(metadata, &below, "add `name:`; containers mount the volume by it"),
            Some(name) => {
                if let Some(fault) = texts::dns_label(name) {
                    walk.invalid(metadata.get("name").unwrap_or(metadata), &below, &fault, "write a name without dots");
                }
            }
        }
    }
    if walk.reaches("1.35")
        && let Some(name) = any_text(walk, spec, "serviceName").filter(|name| !name.is_empty())
        && let Some(fault) = texts::dns_label(name)
    {
        walk.invalid(spec.get("serviceName").unwrap_or(spec), "serviceName", &fault, "write the name of a Service");
    }
}

fn revision(walk: &mut Walk<'_, '_>, revision: Node<'_>) {
    if !has(revision, "data") {
        walk.missing(revision, "data", "add `data:`, the state that is kept");
    }
}

fn one_budget(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if has(spec, "minAvailable") && has(spec, "maxUnavailable") {
        walk.forbidden(spec, "maxUnavailable", "stands beside `minAvailable`", "delete one of the two");
    }
}

#[cfg(test)]
mod tests;
