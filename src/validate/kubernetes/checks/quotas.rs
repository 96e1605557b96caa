//! `LimitRange`s and `ResourceQuota`s.

use super::fields::{any_text, has, items};
use super::resources::{Resource, amounts, fault_in_container};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::scalar::{BILLION, quantity};
use crate::validate::subject::quote;
use crate::validate::texts;

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.LimitRangeItem"], &["type"]),
    must(&["core.v1.LimitRangeItem"], &["type"], &[Must::Text(limit_type)]),
    must(&["core.v1.LimitRangeSpec"], &["limits"], &[Must::UniqueBy("type")]),
    needs(&["core.v1.ScopedResourceSelectorRequirement"], &["scopeName", "operator"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.LimitRangeItem"], limits),
    extra(&["core.v1.ResourceQuotaSpec"], quota),
    extra(&["core.v1.ResourceQuotaSpec"], scopes),
    extra(&["core.v1.ScopedResourceSelectorRequirement"], scope_values),
];

fn limit_type(text: &str) -> Option<String> {
    texts::qualified_name(text).or_else(|| {
        let is_known = text.contains('/') || matches!(text, "Pod" | "Container" | "PersistentVolumeClaim");
        (!is_known).then(|| "is none of `Pod`, `Container` and `PersistentVolumeClaim`".to_owned())
    })
}

fn fault_of_resource(name: &str) -> Option<String> {
    Resource(name).fault()
}

const MAPS: &[&str] = &["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"];

fn limits(walk: &mut Walk<'_, '_>, limit: Node<'_>) {
    let kind = any_text(walk, limit, "type").unwrap_or_default();
    let fault: fn(&str) -> Option<String> =
        if matches!(kind, "Pod" | "Container") { fault_in_container } else { fault_of_resource };
    for field in MAPS {
        let is_default = field.starts_with("default");
        if is_default && kind == "Pod" {
            if limit.get(field).is_some_and(|map| !map.is_empty()) {
                walk.forbidden(limit, field, "must not be there with `type: Pod`", "write it for `type: Container`");
            }
            continue;
        }
        for (key, _) in limit.get(field).into_iter().flat_map(Node::entries) {
            if let Some(fault) = fault(key.as_str()) {
                walk.invalid_key(key, field, &fault);
            }
        }
    }
    let bounds = |field| limit.get(field).is_some_and(|map| map.get("storage").is_some());
    if kind == "PersistentVolumeClaim" && !bounds("min") && !bounds("max") {
        walk.missing(limit, "max", "add `max:` or `min:` with an amount of `storage:`");
    }
    order(walk, limit);
}

/// From the least to the most: min, the default request, the default, max.
fn order(walk: &mut Walk<'_, '_>, limit: Node<'_>) {
    let of_pod = text(limit, "type") == Some("Pod");
    for (lower, upper) in [
        ("min", "max"),
        ("min", "defaultRequest"),
        ("defaultRequest", "max"),
        ("defaultRequest", "default"),
        ("min", "default"),
        ("default", "max"),
    ] {
        if of_pod && (lower, upper) != ("min", "max") {
            break;
        }
        for (key, node) in limit.get(lower).into_iter().flat_map(Node::entries) {
            let name = key.as_str();
            let above = limit.get(upper).and_then(|map| map.get(name)).and_then(quantity);
            let (Some(low), Some(high)) = (quantity(node), above) else { continue };
            if low > high {
                let fault = format!("is more than `{name}` in `{upper}`");
                walk.invalid(node, &format!("{lower}.{name}"), &fault, "write a smaller amount, or change the other");
            } else if (lower, upper) == ("defaultRequest", "default") && low != high && !Resource(name).can_overcommit()
            {
                let fault = "is not the same as in `default`, and of this resource nobody can have less or more";
                walk.invalid(node, &format!("{lower}.{name}"), fault, "write the same amount in both places");
            }
        }
    }
    ratios(walk, limit);
}

fn ratios(walk: &mut Walk<'_, '_>, limit: Node<'_>) {
    for (key, node) in limit.get("maxLimitRequestRatio").into_iter().flat_map(Node::entries) {
        let name = key.as_str();
        let Some(ratio) = quantity(node) else { continue };
        let below = || format!("maxLimitRequestRatio.{name}");
        if ratio < BILLION {
            walk.invalid(node, &below(), "is less than 1", "write 1 or more");
        }
        let bound = |field: &str| limit.get(field).and_then(|map| map.get(name)).and_then(quantity);
        let (Some(min), Some(max)) = (bound("min"), bound("max")) else { continue };
        if is_more_than(ratio, max, min) {
            walk.invalid(node, &below(), "is more than `max` divided by `min`", "write a smaller number");
        }
    }
}

/// Whether a ratio is more than `max` divided by `min`, with the server's way of rounding.
#[allow(clippy::cast_precision_loss, reason = "the server compares such numbers, too")]
fn is_more_than(ratio: i128, max: i128, min: i128) -> bool {
    const LARGE: i128 = i64::MAX as i128 / 1000;
    let up = |amount: i128, unit: i128| amount / unit + i128::from(amount % unit > 0);
    let [ones, thousandths] = [BILLION, BILLION / 1000].map(|unit| [ratio, max, min].map(|amount| up(amount, unit)));
    let [ratio, max, min] = if ones.iter().all(|amount| *amount < LARGE) {
        let [ratio, max, min] = thousandths;
        [ratio as f64 / 1000.0, max as f64, min as f64]
    } else {
        ones.map(|amount| amount as f64)
    };
    ratio > max / min
}

fn quota(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    amounts(walk, spec, "hard", fault_in_quota);
}

fn fault_in_quota(name: &str) -> Option<String> {
    Resource(name).fault().or_else(|| (name == "storage").then(|| "is nothing that a quota counts".to_owned()))
}

const OF_PODS: &[&str] = &["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const OF_CLAIMS: &[&str] = &["persistentvolumeclaims", "requests.storage"];

/// Which resources a scope can be about.
fn of_scope(scope: &str) -> Option<&'static [&'static str]> {
    Some(match scope {
        "BestEffort" => &["pods"],
        "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => OF_PODS,
        "VolumeAttributesClass" => OF_CLAIMS,
        _ => return None,
    })
}

fn scopes(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if !has(spec, "scopes") && !has(spec, "scopeSelector") {
        return;
    }
    let plain = items(spec, "scopes").map(|(index, scope)| (format!("scopes[{index}]"), scope));
    let selector = get(spec, "scopeSelector");
    let chosen =
        selector.into_iter().flat_map(|selector| items(selector, "matchExpressions")).filter_map(|(index, own)| {
            Some((format!("scopeSelector.matchExpressions[{index}].scopeName"), own.get("scopeName")?))
        });
    let all: Vec<(String, Node<'_>)> = plain.chain(chosen).collect();
    for (place, (below, node)) in all.iter().enumerate() {
        if node.is_null() && below.starts_with("scopes[") {
            walk.invalid(*node, below, "is empty", "delete the item");
        }
        let Some(scope) = node.as_str().filter(|scope| !walk.is_placeholder(scope)) else { continue };
        let Some(allowed) = of_scope(scope) else { continue };
        for (key, _) in spec.get("hard").into_iter().flat_map(Node::entries) {
            let name = key.as_str();
            if is_standard(name) && !allowed.contains(&name) {
                let fault = format!("is {}, which cannot be about `{name}` in `hard`", quote(scope));
                let hint = format!("it can be about {}", allowed.join(", "));
                walk.invalid(*node, below, &fault, hint);
                break;
            }
        }
        let opposite = match scope {
            "BestEffort" => "NotBestEffort",
            "NotBestEffort" => "BestEffort",
            "Terminating" => "NotTerminating",
            "NotTerminating" => "Terminating",
            _ => continue,
        };
        let in_same_list = |(other, node): &&(String, Node<'_>)| {
            other.starts_with("scopes[") == below.starts_with("scopes[") && node.as_str() == Some(opposite)
        };
        if all.iter().take(place).any(|other| in_same_list(&other)) {
            walk.invalid(*node, below, &format!("contradicts `{opposite}`"), "delete one of the two");
        }
    }
}

/// Whether the quota of this name is one that Kubernetes itself counts.
fn is_standard(name: &str) -> bool {
    !name.contains('/') && fault_in_quota(name).is_none()
}

fn scope_values(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let count = node.get("values").map_or(0, Node::len);
    let scope = any_text(walk, node, "scopeName").unwrap_or_default();
    let operator = any_text(walk, node, "operator").unwrap_or_default();
    let only_exists = matches!(
        scope,
        "BestEffort" | "NotBestEffort" | "Terminating" | "NotTerminating" | "CrossNamespacePodAffinity"
    );
    if only_exists && !matches!(operator, "" | "Exists") {
        let at = node.get("operator").unwrap_or(node);
        walk.unsupported(at, "operator", operator, &["Exists"]);
    }
    match operator {
        "In" | "NotIn" if count == 0 => walk.missing(node, "values", "`In` and `NotIn` compare with values: add them"),
        "Exists" | "DoesNotExist" if count > 0 => {
            let why = format!("must not be there with the operator `{operator}`");
            walk.forbidden(node, "values", &why, "delete them, or use `In` or `NotIn`");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn limit_ranges() {
        each_is_found(
            "{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, min: {cpu: 100m}, defaultRequest: {cpu: 200m, example.com/gpu: 1}, default: {cpu: 300m, example.com/gpu: 1}, max: {cpu: 400m}, maxLimitRequestRatio: {cpu: 3}}, {type: Pod, max: {memory: 1Gi}}, {type: PersistentVolumeClaim, min: {storage: 1Gi}}]}}",
            &[
                ("type: Pod, ", "", "limits[1].type` of LimitRange \"l\" is missing"),
                ("type: Pod,", "type: Pods,", "is none of `Pod`"),
                ("type: Pod,", "type: Container,", "once more"),
                ("{cpu: 100m}", "{disk: 1}", "is neither one of"),
                ("{cpu: 100m}", "{cpu: 500m}", "is more than `cpu` in `max`"),
                ("{cpu: 200m,", "{cpu: 350m,", "is more than `cpu` in `default`"),
                ("{cpu: 300m,", "{cpu: 450m,", "is more than `cpu` in `max`"),
                ("gpu: 1}, default", "gpu: 0}, default", "is not the same as in `default`"),
                ("{cpu: 3}", "{cpu: 0.5}", "is less than 1"),
                ("{cpu: 3}", "{cpu: 5}", "is more than `max` divided by `min`"),
                ("{type: Pod, ", "{type: Pod, default: {cpu: 1}, ", "must not be there with `type: Pod`"),
                ("min: {storage: 1Gi}", "min: {}", "an amount of `storage:`"),
            ],
        );
    }

    #[test]
    #[rustfmt::skip]
    fn resource_quotas() {
        each_is_found(
            "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 5, requests.cpu: 1}, scopes: [NotBestEffort], scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [a]}]}}}",
            &[
                ("pods: 5", "pods: -5", "is less than 0"),
                ("pods: 5", "pods: 0.5", "there are only whole ones"),
                ("pods: 5", "storage: 5", "nothing that a quota counts"),
                ("pods: 5", "things: 5", "is neither one of"),
                ("pods: 5", "secrets: 5", "cannot be about `secrets`"),
                ("[NotBestEffort]", "[NotBestEffort, BestEffort]", "contradicts `NotBestEffort`"),
                ("scopeName: PriorityClass, ", "", "scopeName` of"),
                ("operator: In, ", "", "operator` of"),
                ("operator: In, values: [a]", "operator: In", "compare with values"),
                ("operator: In", "operator: Exists", "must not be there with the operator `Exists`"),
                ("scopeName: PriorityClass", "scopeName: Terminating", "supported are Exists"),
            ],
        );
    }
}
