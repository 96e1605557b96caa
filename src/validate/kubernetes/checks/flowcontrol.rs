//! How the API server shares its time between those who ask: flow schemas and priority levels.

use super::admission::alone;
use super::fields::{any_text, at, has, items};
use super::{Extra, Must, Row, Walk, extra, is_true, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::texts;

/// The types of these names in every version of the group.
macro_rules! versions {
    ($($name:literal),*) => { &[$(concat!("flowcontrol.v1.", $name), concat!("flowcontrol.v1beta3.", $name)),*] };
}

const SCHEMA: &[&str] = versions!("FlowSchemaSpec");
const SUBJECT: &[&str] = versions!("Subject");
const RESOURCES: &[&str] = versions!("ResourcePolicyRule");
const URLS: &[&str] = versions!("NonResourcePolicyRule");
const LEVEL: &[&str] = versions!("PriorityLevelConfigurationSpec");
const SHARES: &[&str] = versions!("LimitedPriorityLevelConfiguration", "ExemptPriorityLevelConfiguration");
const VERBS: &[&str] = &["get", "list", "create", "update", "delete", "deletecollection", "patch", "watch", "proxy"];

pub(super) static ROWS: &[Row] = &[
    needs(versions!("FlowSchema", "PriorityLevelConfiguration"), &["spec"]),
    needs(SCHEMA, &["priorityLevelConfiguration"]),
    needs(versions!("PriorityLevelConfigurationReference"), &["name"]),
    must(versions!("PriorityLevelConfigurationReference"), &["name"], &[Must::Text(texts::subdomain)]),
    // 0 is as good as nothing.
    must(SCHEMA, &["matchingPrecedence"], &[Must::Between(0, 10000)]),
    needs(versions!("FlowDistinguisherMethod"), &["type"]),
    must(versions!("FlowDistinguisherMethod"), &["type"], &[Must::OneOf(&["ByNamespace", "ByUser"])]),
    needs(versions!("PolicyRulesWithSubjects"), &["subjects"]),
    needs(SUBJECT, &["kind"]),
    must(SUBJECT, &["kind"], &[Must::OneOf(&["ServiceAccount", "Group", "User"])]),
    needs(versions!("UserSubject", "GroupSubject"), &["name"]),
    needs(versions!("ServiceAccountSubject"), &["name", "namespace"]),
    must(versions!("ServiceAccountSubject"), &["name"], &[Must::Text(account)]),
    must(versions!("ServiceAccountSubject"), &["namespace"], &[Must::Text(texts::dns_label)]),
    needs(RESOURCES, &["verbs", "apiGroups", "resources"]),
    needs(URLS, &["verbs", "nonResourceURLs"]),
    needs(LEVEL, &["type"]),
    must(LEVEL, &["type"], &[Must::OneOf(&["Limited", "Exempt"])]),
    must(SHARES, &["nominalConcurrencyShares"], &[Must::Between(0, i64::MAX)]),
    must(SHARES, &["lendablePercent"], &[Must::Between(0, 100)]),
    must(versions!("LimitedPriorityLevelConfiguration"), &["borrowingLimitPercent"], &[Must::Between(0, i64::MAX)]),
    needs(versions!("LimitedPriorityLevelConfiguration"), &["limitResponse"]),
    needs(versions!("LimitResponse"), &["type"]),
    must(versions!("LimitResponse"), &["type"], &[Must::OneOf(&["Queue", "Reject"])]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(SCHEMA, first),
    extra(versions!("PolicyRulesWithSubjects"), rules),
    extra(SUBJECT, one_subject),
    extra(RESOURCES, wildcards_of_resources),
    extra(RESOURCES, namespaces),
    extra(URLS, urls),
    extra(LEVEL, kind_of_level),
    extra(versions!("LimitResponse"), response),
    extra(versions!("QueuingConfiguration"), queues),
];

fn account(text: &str) -> Option<String> {
    if text == "*" { None } else { texts::subdomain(text) }
}

fn own_name<'t>(walk: &Walk<'_, 't>) -> Option<&'t str> {
    at(walk.object(), &["metadata", "name"]).and_then(Node::as_str)
}

fn first(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if number(spec, "matchingPrecedence") == Some(1) && own_name(walk) != Some("exempt") {
        let at = spec.get("matchingPrecedence").unwrap_or(spec);
        walk.invalid(at, "matchingPrecedence", "is 1, which belongs to the FlowSchema `exempt`", "write 2 or more");
    }
}

fn rules(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    let is_there = |field| rule.get(field).is_some_and(|value| !super::is_empty(value));
    if !is_there("resourceRules") && !is_there("nonResourceRules") {
        walk.missing(rule, "resourceRules", "add `resourceRules:` or `nonResourceRules:`");
    }
}

/// The field that belongs to the kind of a subject is there, and none of the others.
fn one_subject(walk: &mut Walk<'_, '_>, subject: Node<'_>) {
    let Some(kind @ ("ServiceAccount" | "Group" | "User")) = text(subject, "kind") else { return };
    for (of, field) in [("ServiceAccount", "serviceAccount"), ("Group", "group"), ("User", "user")] {
        match (of == kind, has(subject, field)) {
            (true, false) => walk.missing(subject, field, format!("add `{field}:` with `name:`")),
            (false, true) => {
                let why = format!("does not go with `kind: {kind}`");
                walk.forbidden(subject, field, &why, format!("delete it, or write `kind: {of}`"));
            }
            _ => {}
        }
    }
}

fn wildcards_of_resources(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    verbs(walk, rule);
    for field in ["apiGroups", "resources", "namespaces"] {
        alone(walk, rule, field);
    }
}

fn has_wildcard(node: Node<'_>, field: &str) -> bool {
    items(node, field).any(|(_, item)| item.as_str() == Some("*"))
}

fn verbs(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    alone(walk, rule, "verbs");
    if has_wildcard(rule, "verbs") {
        return;
    }
    for (index, item) in items(rule, "verbs") {
        let Some(verb) = item.as_str().filter(|verb| !VERBS.contains(verb) && !walk.is_placeholder(verb)) else {
            continue;
        };
        walk.unsupported(item, &format!("verbs[{index}]"), verb, VERBS);
    }
}

fn namespaces(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    if rule.get("namespaces").is_none_or(super::is_empty) {
        if !is_true(rule, "clusterScope") {
            let hint = "add `namespaces:`, where `\"*\"` is all, or `clusterScope: true`";
            walk.missing(rule, "namespaces", hint);
        }
        return;
    }
    if !has_wildcard(rule, "namespaces") {
        each(walk, rule, "namespaces", texts::dns_label);
    }
}

fn urls(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    verbs(walk, rule);
    alone(walk, rule, "nonResourceURLs");
    if !has_wildcard(rule, "nonResourceURLs") {
        each(walk, rule, "nonResourceURLs", path);
    }
}

fn each(walk: &mut Walk<'_, '_>, node: Node<'_>, field: &str, form: fn(&str) -> Option<String>) {
    for (index, item) in items(node, field) {
        let Some(text) = item.as_str().filter(|text| !walk.is_placeholder(text)) else { continue };
        if let Some(fault) = form(text) {
            let below = format!("{field}[{index}]");
            walk.invalid(item, &below, &format!("is {}, which {fault}", quote(text)), "");
        }
    }
}

/// A path of a URL, perhaps with `*` for all that follows.
fn path(text: &str) -> Option<String> {
    let fault = match text {
        "/" => return None,
        _ if !text.starts_with('/') => "does not begin with `/`",
        _ if text.contains(' ') => "has a space",
        _ if text.contains("//") => "has two `/` in a row",
        _ if text.strip_suffix("/*").unwrap_or(text).contains('*') => "has a `*` that is not the whole last part",
        _ => return None,
    };
    Some(fault.to_owned())
}

fn kind_of_level(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(kind @ ("Limited" | "Exempt")) = text(spec, "type") else { return };
    let node = spec.get("type").unwrap_or(spec);
    if let Some(name) = own_name(walk) {
        match (name == "exempt", kind == "Exempt") {
            (false, true) => walk.invalid(node, "type", "is for the level `exempt` alone", "write `type: Limited`"),
            (true, false) => walk.invalid(node, "type", "must be `Exempt` for this level", "write `type: Exempt`"),
            _ => {}
        }
    }
    let (own, other) = if kind == "Limited" { ("limited", "exempt") } else { ("exempt", "limited") };
    if has(spec, other) {
        walk.forbidden(spec, other, &format!("does not go with `type: {kind}`"), "delete it");
    }
    if kind == "Limited" && !has(spec, own) {
        walk.missing(spec, own, "add `limited:` with `limitResponse:`");
    }
}

fn response(walk: &mut Walk<'_, '_>, response: Node<'_>) {
    match (any_text(walk, response, "type"), has(response, "queuing")) {
        (Some("Queue"), false) => walk.missing(response, "queuing", "add `queuing:`, or write `type: Reject`"),
        (Some("Reject"), true) => {
            let hint = "delete it, or write `type: Queue`";
            walk.forbidden(response, "queuing", "does not go with `type: Reject`", hint);
        }
        _ => {}
    }
}

/// The server picks a few of the queues for each flow, from 60 bits of a hash.
fn queues(walk: &mut Walk<'_, '_>, queuing: Node<'_>) {
    let amount = |field, otherwise| match queuing.get(field).map(Node::value) {
        Some(Value::Integer(0) | Value::Null) | None => Some(otherwise),
        Some(Value::Integer(number)) => i32::try_from(number).ok(),
        _ => None,
    };
    let (queues, hand, length) = (amount("queues", 64), amount("handSize", 8), amount("queueLengthLimit", 50));
    for (field, amount) in [("queues", queues), ("handSize", hand), ("queueLengthLimit", length)] {
        if let Some(amount) = amount.filter(|amount| *amount < 0) {
            let at = queuing.get(field).unwrap_or(queuing);
            return walk.invalid(at, field, &format!("is {amount}, and 1 is the least"), "");
        }
    }
    let (Some(queues), Some(hand)) = (queues, hand) else { return };
    let node = queuing.get("handSize").unwrap_or(queuing);
    if queues > 10_000_000 {
        let at = queuing.get("queues").unwrap_or(queuing);
        walk.invalid(at, "queues", &format!("is {queues}, and 10000000 is the most"), "");
    } else if hand > queues {
        walk.invalid(node, "handSize", &format!("is {hand}, more than the {queues} queues"), "write a smaller number");
    } else if (f64::from(queues).log2() * f64::from(hand)).ceil() > 60.0 {
        let fault = format!("is {hand}, too many to be picked from {queues} queues");
        walk.invalid(node, "handSize", &fault, "write a smaller number");
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    const SCHEMA: &str = "apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: shop}
spec:
  priorityLevelConfiguration: {name: shop}
  matchingPrecedence: 500
  distinguisherMethod: {type: ByUser}
  rules:
  - subjects:
    - {kind: ServiceAccount, serviceAccount: {name: \"*\", namespace: shop}}
    - {kind: User, user: {name: anne}}
    resourceRules:
    - {verbs: [get, list], apiGroups: [\"\"], resources: [pods], namespaces: [shop]}
    nonResourceRules:
    - {verbs: [\"*\"], nonResourceURLs: [/healthz, /metrics/*]}
";

    #[test]
    fn flow_schemas() {
        each_is_found(
            SCHEMA,
            &[
                ("priorityLevelConfiguration: {name: shop}", "priorityLevelConfiguration: {}", "priorityLevelConf"),
                ("priorityLevelConfiguration: {name: shop}", "priorityLevelConfiguration: {name: A}", "upper-case"),
                ("matchingPrecedence: 500", "matchingPrecedence: 1", "belongs to the FlowSchema `exempt`"),
                ("matchingPrecedence: 500", "matchingPrecedence: 10001", "from 0 to 10000"),
                ("type: ByUser", "type: ByGroup", "not supported"),
                ("{type: ByUser}", "{type: \"\"}", "distinguisherMethod.type"),
                ("kind: User", "kind: Anne", "not supported"),
                ("user: {name: anne}", "group: {name: anne}", "spec.rules[0].subjects[1].user"),
                ("user: {name: anne}", "user: {name: anne}, group: {name: a}", "does not go with `kind: User`"),
                ("{name: anne}", "{name: \"\"}", "subjects[1].user.name"),
                ("namespace: shop}", "namespace: Shop}", "upper-case"),
                ("name: \"*\", n", "name: A, n", "upper-case"),
                ("name: \"*\", n", "n", "serviceAccount.name"),
                ("[get, list]", "[get, look]", "not supported"),
                ("[get, list]", "[get, \"*\"]", "beside `*`"),
                ("verbs: [get, list], ", "", "resourceRules[0].verbs"),
                ("apiGroups: [\"\"]", "apiGroups: [\"\", \"*\"]", "beside `*`"),
                ("resources: [pods]", "resources: [pods, \"*\"]", "beside `*`"),
                ("namespaces: [shop]", "namespaces: [shop, \"*\"]", "beside `*`"),
                ("namespaces: [shop]", "namespaces: [Shop]", "upper-case"),
                (", namespaces: [shop]", "", "resourceRules[0].namespaces"),
                ("/healthz, ", "healthz, ", "begin with `/`"),
                ("/healthz, ", "/a//b, ", "two `/` in a row"),
                ("/healthz, ", "/a*, ", "the whole last part"),
                ("/healthz, ", "\"*\", ", "beside `*`"),
                (
                    "    resourceRules:\n    - {verbs: [get, list], apiGroups: [\"\"], resources: [pods], namespaces: [shop]}\n    \
                     nonResourceRules:\n    - {verbs: [\"*\"], nonResourceURLs: [/healthz, /metrics/*]}\n",
                    "",
                    "spec.rules[0].resourceRules",
                ),
            ],
        );
    }

    const LEVEL: &str = "apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: shop}
spec:
  type: Limited
  limited:
    nominalConcurrencyShares: 10
    lendablePercent: 50
    borrowingLimitPercent: 10
    limitResponse:
      type: Queue
      queuing: {queues: 64, handSize: 6, queueLengthLimit: 50}
";

    #[test]
    fn priority_levels() {
        each_is_found(
            LEVEL,
            &[
                ("type: Limited", "type: \"\"", "spec.type"),
                ("type: Limited", "type: Some", "not supported"),
                ("type: Limited", "type: Exempt", "for the level `exempt` alone"),
                ("name: shop", "name: exempt", "must be `Exempt`"),
                ("  limited:", "  exempt: {}\n  limited:", "does not go with `type: Limited`"),
                ("Shares: 10", "Shares: -1", "0 is the least"),
                ("lendablePercent: 50", "lendablePercent: 101", "from 0 to 100"),
                ("borrowingLimitPercent: 10", "borrowingLimitPercent: -1", "0 is the least"),
                ("type: Queue", "type: queue", "did you mean `Queue`"),
                ("type: Queue", "type: Reject", "does not go with `type: Reject`"),
                ("      queuing: {queues: 64, handSize: 6, queueLengthLimit: 50}\n", "", "limitResponse.queuing"),
                ("queues: 64", "queues: -1", "1 is the least"),
                ("queues: 64", "queues: 5", "more than the 5 queues"),
                ("queues: 64", "queues: 10000", "too many to be picked"),
                ("queues: 64", "queues: 10000001", "10000000 is the most"),
                (
                    "    limitResponse:\n      type: Queue\n      queuing: {queues: 64, handSize: 6, queueLengthLimit: 50}\n",
                    "",
                    "limited.limitResponse",
                ),
                ("  limited:\n", "  limited: null\n  exempt:\n", "`spec.limited` of"),
            ],
        );
    }
}
