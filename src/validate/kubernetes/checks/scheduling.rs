//! Where pods run: affinity, tolerations, spreading.

use super::fields::{any_text, has, has_placeholder, items};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const TERM: &[&str] = &["core.v1.PodAffinityTerm"];
const SPREAD: &[&str] = &["core.v1.TopologySpreadConstraint"];
const WEIGHTED: &[&str] = &["core.v1.WeightedPodAffinityTerm", "core.v1.PreferredSchedulingTerm"];
const MOST: i64 = i64::MAX;

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.NodeSelector"], &["nodeSelectorTerms"]),
    needs(&["core.v1.NodeSelectorRequirement"], &["key", "operator"]),
    needs(WEIGHTED, &["weight"]),
    must(WEIGHTED, &["weight"], &[Must::Between(1, 100)]),
    needs(&["core.v1.WeightedPodAffinityTerm"], &["podAffinityTerm"]),
    needs(TERM, &["topologyKey"]),
    must(TERM, &["topologyKey"], &[Must::Text(texts::qualified_name)]),
    must(TERM, &["namespaces"], &[Must::Each(&Must::Whole(texts::dns_label))]),
    must(TERM, &["matchLabelKeys", "mismatchLabelKeys"], &[Must::Each(&Must::Whole(texts::qualified_name))]),
    needs(SPREAD, &["maxSkew", "topologyKey", "whenUnsatisfiable"]),
    must(SPREAD, &["maxSkew", "minDomains"], &[Must::Between(1, MOST)]),
    must(SPREAD, &["nodeAffinityPolicy", "nodeTaintsPolicy"], &[Must::Whole(texts::not_blank)]),
    must(SPREAD, &["matchLabelKeys"], &[Must::Each(&Must::Whole(texts::qualified_name))]),
    must(&["core.v1.Toleration"], &["key"], &[Must::Text(texts::qualified_name)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.NodeSelectorRequirement"], requirement),
    extra(&["core.v1.PodAffinityTerm"], keys_beside_selector),
    extra(SPREAD, spread),
    extra(&["core.v1.Toleration"], toleration),
    extra(&["core.v1.PodSpec"], spreads_differ),
];

fn requirement(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let by_field = matches!(walk.path[..], [.., Step::Key("matchFields"), Step::Index(_)]);
    let is_wish = walk.path.iter().any(|step| matches!(step, Step::Key(key) if key.starts_with("preferred")));
    let count = node.get("values").map_or(0, Node::len);
    match any_text(walk, node, "operator") {
        Some("In" | "NotIn") if by_field && count != 1 => walk.missing(node, "values", "write exactly one value"),
        Some("In" | "NotIn") if count == 0 => {
            walk.missing(node, "values", "`In` and `NotIn` compare with values: list them below `values:`");
        }
        Some("Gt" | "Lt") if count != 1 && !by_field => {
            walk.missing(node, "values", "`Gt` and `Lt` compare with one number: write it in quotes below `values:`");
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if count > 0 && !by_field => {
            let hint = format!("`{operator}` looks at the key alone: delete `values:`, or use `In` or `NotIn`");
            walk.forbidden(node, "values", &format!("must not be there with the operator `{operator}`"), hint);
        }
        Some(operator @ ("Exists" | "DoesNotExist" | "Gt" | "Lt")) if by_field => {
            let at = node.get("operator").unwrap_or(node);
            walk.unsupported(at, "operator", operator, &["In", "NotIn"]);
        }
        _ => {}
    }
    let Some(key) = any_text(walk, node, "key").filter(|key| !key.is_empty()) else { return };
    let at = node.get("key").unwrap_or(node);
    if by_field {
        if key != "metadata.name" {
            walk.unsupported(at, "key", key, &["metadata.name"]);
        }
    } else if let Some(fault) = texts::qualified_name(key) {
        walk.invalid(at, "key", &format!("is {}, which {fault}", quote(key)), "");
    }
    let form: fn(&str) -> Option<String> = if by_field { texts::name } else { texts::label_value };
    for (index, value) in items(node, "values").filter(|_| by_field || !is_wish) {
        let Some(text) = value.as_str().filter(|text| !walk.is_placeholder(text)) else { continue };
        if let Some(fault) = form(text) {
            walk.invalid(value, &format!("values[{index}]"), &format!("is {}, which {fault}", quote(text)), "");
        }
    }
}

fn keys_beside_selector(walk: &mut Walk<'_, '_>, term: Node<'_>) {
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        if term.get(field).is_some_and(|keys| !keys.is_empty()) && !has(term, "labelSelector") {
            walk.forbidden(term, field, "needs a `labelSelector`", "add `labelSelector:`, or delete it");
        }
    }
    for (index, key) in items(term, "matchLabelKeys") {
        if let Some(name) = key.as_str()
            && items(term, "mismatchLabelKeys").any(|(_, other)| other.as_str() == Some(name))
        {
            walk.invalid(key, &format!("matchLabelKeys[{index}]"), "stands in `mismatchLabelKeys`, too", "delete one");
        }
    }
    keys_not_in_selector(walk, term);
}

/// A key whose value is the pod's own cannot be asked for in the selector, too.
fn keys_not_in_selector(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let Some(selector) = get(node, "labelSelector") else { return };
    for (index, key) in items(node, "matchLabelKeys") {
        let Some(name) = key.as_str() else { continue };
        let labels = get(selector, "matchLabels").is_some_and(|labels| labels.get(name).is_some());
        let expressions =
            items(selector, "matchExpressions").filter(|(_, own)| text(*own, "key") == Some(name)).count();
        // One alone may be what the server itself made of the key.
        if expressions > 1 || (labels && expressions > 0) {
            let fault = "stands in the labelSelector, too";
            walk.invalid(key, &format!("matchLabelKeys[{index}]"), fault, "delete one of the two");
        }
    }
}

fn spread(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let action = any_text(walk, node, "whenUnsatisfiable").filter(|action| !action.is_empty());
    if has(node, "minDomains") && action.is_some_and(|action| action != "DoNotSchedule") {
        let why = "goes only with `whenUnsatisfiable: DoNotSchedule`";
        walk.forbidden(node, "minDomains", why, "delete it, or write `whenUnsatisfiable: DoNotSchedule`");
    }
    if node.get("matchLabelKeys").is_some_and(|keys| !keys.is_empty()) && !has(node, "labelSelector") {
        walk.forbidden(node, "matchLabelKeys", "needs a `labelSelector`", "add `labelSelector:`, or delete it");
    }
    keys_not_in_selector(walk, node);
}

fn spreads_differ(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let pair = |node| (text(node, "topologyKey"), text(node, "whenUnsatisfiable"));
    for (index, constraint) in items(spec, "topologySpreadConstraints") {
        if let (Some(key), Some(action)) = pair(constraint)
            && items(spec, "topologySpreadConstraints").take(index).any(|(_, other)| pair(other) == pair(constraint))
        {
            let at = constraint.get("topologyKey").unwrap_or(constraint);
            let below = format!("topologySpreadConstraints[{index}].topologyKey");
            walk.duplicate(at, &below, &format!("{key} with {action}"));
        }
    }
}

fn toleration(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let operator = any_text(walk, node, "operator").unwrap_or_default();
    let value = any_text(walk, node, "value").unwrap_or_default();
    if text(node, "key").is_none() && operator != "Exists" && !has_placeholder(walk, node, "operator") {
        let at = node.get("operator").or(node.get("key")).unwrap_or(node);
        let hint = "write `operator: Exists` to tolerate everything, or add `key:`";
        walk.invalid(at, "operator", "must be `Exists` where there is no key", hint);
    }
    if has(node, "tolerationSeconds")
        && text(node, "effect") != Some("NoExecute")
        && !has_placeholder(walk, node, "effect")
    {
        let why = "goes only with `effect: NoExecute`";
        walk.forbidden(node, "tolerationSeconds", why, "delete it, or write `effect: NoExecute`");
    }
    let at = node.get("value").unwrap_or(node);
    match operator {
        "Exists" if !value.is_empty() => {
            let hint = "`Exists` looks at the key alone: delete `value:`, or write `operator: Equal`";
            walk.forbidden(node, "value", "must not be there with the operator `Exists`", hint);
        }
        "" | "Equal" => {
            if let Some(fault) = texts::label_value(value) {
                walk.invalid(at, "value", &format!("is {}, which {fault}", quote(value)), "");
            }
        }
        // Newer versions know these two, and have them switched off.
        "Gt" | "Lt" => {
            let at = node.get("operator").unwrap_or(node);
            walk.unsupported(at, "operator", operator, &["Equal", "Exists"]);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn affinity() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}, {key: g, operator: Gt, values: [\"1\"]}, {key: e, operator: Exists}], matchFields: [{key: metadata.name, operator: In, values: [node]}]}]}, preferredDuringSchedulingIgnoredDuringExecution: [{weight: 5, preference: {matchExpressions: [{key: a, operator: In, values: [a b]}]}}]}, podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, namespaces: [x], labelSelector: {matchLabels: {a: b}}, matchLabelKeys: [c], mismatchLabelKeys: [d]}], preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: node}}]}}}}",
            &[
                ("nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}, {key: g, operator: Gt, values: [\"1\"]}, {key: e, operator: Exists}], matchFields: [{key: metadata.name, operator: In, values: [node]}]}]", "nodeSelectorTerms: []", "nodeSelectorTerms` of Pod \"p\" is empty"),
                ("{key: a, operator: In, values: [b]}", "{operator: In, values: [b]}", "key` of Pod \"p\" is missing"),
                ("{key: a, operator: In, values: [b]}", "{key: a, values: [b]}", "operator` of Pod \"p\" is missing"),
                ("{key: a, operator: In, values: [b]}", "{key: a, operator: In}", "compare with values"),
                ("{key: a, operator: In, values: [b]}", "{key: a b, operator: In, values: [b]}", "has a space"),
                ("values: [b]}", "values: [b c]}", "has a space"),
                ("values: [\"1\"]", "values: [\"1\", \"2\"]", "compare with one number"),
                ("operator: Exists", "operator: Exists, values: [a]", "must not be there with the operator `Exists`"),
                ("values: [node]", "values: [node, other]", "write exactly one value"),
                ("key: metadata.name, operator: In", "key: metadata.name, operator: Exists", "supported are In, NotIn"),
                ("key: metadata.name", "key: metadata.labels", "is not supported"),
                ("values: [node]", "values: [Node]", "upper-case"),
                ("weight: 5", "weight: 101", "not a number from 1 to 100"),
                ("weight: 5, ", "", "weight` of Pod \"p\" is missing"),
                ("{topologyKey: node}", "{}", "podAffinityTerm` of Pod \"p\" is empty"),
                ("topologyKey: zone, ", "", "topologyKey` of Pod \"p\" is missing"),
                ("topologyKey: zone", "topologyKey: a b", "has a space"),
                ("namespaces: [x]", "namespaces: [X]", "upper-case"),
                ("matchLabelKeys: [c]", "matchLabelKeys: [\"\"]", "is empty"),
                ("matchLabelKeys: [c]", "matchLabelKeys: [d]", "stands in `mismatchLabelKeys`, too"),
                ("labelSelector: {matchLabels: {a: b}}, ", "", "needs a `labelSelector`"),
                ("{matchLabels: {a: b}}", "{matchLabels: {c: b}, matchExpressions: [{key: c, operator: Exists}]}", "stands in the labelSelector, too"),
            ],
        );
    }

    #[test]
    #[rustfmt::skip]
    fn tolerations_and_spreading() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 5}, {operator: Exists}], topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 2, nodeTaintsPolicy: Honor, labelSelector: {}, matchLabelKeys: [a]}]}}",
            &[
                ("key: a, ", "key: a b, ", "has a space"),
                ("{operator: Exists}", "{}", "must be `Exists` where there is no key"),
                ("{operator: Exists}", "{operator: Exists, value: a}", "must not be there with the operator `Exists`"),
                ("value: b,", "value: b c,", "has a space"),
                ("effect: NoExecute, ", "", "goes only with `effect: NoExecute`"),
                ("operator: Equal", "operator: Gt", "is not supported"),
                ("maxSkew: 1, ", "", "maxSkew` of Pod \"p\" is missing"),
                ("maxSkew: 1", "maxSkew: 0", "is 0, and 1 is the least"),
                ("topologyKey: zone, ", "", "topologyKey` of Pod \"p\" is missing"),
                ("whenUnsatisfiable: DoNotSchedule, ", "", "whenUnsatisfiable` of Pod \"p\" is missing"),
                ("DoNotSchedule", "ScheduleAnyway", "goes only with `whenUnsatisfiable: DoNotSchedule`"),
                ("nodeTaintsPolicy: Honor", "nodeTaintsPolicy: \"\"", "is empty"),
                ("matchLabelKeys: [a]", "matchLabelKeys: [a b]", "has a space"),
                ("labelSelector: {}, ", "", "needs a `labelSelector`"),
                ("matchLabelKeys: [a]}", "matchLabelKeys: [a]}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}", "once more"),
            ],
        );
    }
}
