//! Webhooks that are asked before an object is stored, and the rules that say which objects: policies have the same rules.

use std::collections::HashSet;

use super::fields::{has, items};
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::texts;

const MUTATING: &[&str] = &["admissionregistration.v1.MutatingWebhook"];
const HOOK: &[&str] = &["admissionregistration.v1.MutatingWebhook", "admissionregistration.v1.ValidatingWebhook"];
const SERVICE: &[&str] = &["admissionregistration.v1.ServiceReference"];
const NAMED_RULE: &[&str] = &[
    "admissionregistration.v1.NamedRuleWithOperations",
    "admissionregistration.v1beta1.NamedRuleWithOperations",
    "admissionregistration.v1alpha1.NamedRuleWithOperations",
];
const RULE: &[&str] = &[
    "admissionregistration.v1.RuleWithOperations",
    "admissionregistration.v1.NamedRuleWithOperations",
    "admissionregistration.v1beta1.NamedRuleWithOperations",
    "admissionregistration.v1alpha1.NamedRuleWithOperations",
];
const CONDITION: &[&str] = &[
    "admissionregistration.v1.MatchCondition",
    "admissionregistration.v1beta1.MatchCondition",
    "admissionregistration.v1alpha1.MatchCondition",
];

pub(super) static ROWS: &[Row] = &[
    must(
        &[
            "admissionregistration.v1.MutatingWebhookConfiguration",
            "admissionregistration.v1.ValidatingWebhookConfiguration",
        ],
        &["webhooks"],
        &[Must::UniqueBy("name")],
    ),
    needs(HOOK, &["name", "sideEffects", "admissionReviewVersions"]),
    must(HOOK, &["name"], &[Must::Text(forms::full_name)]),
    must(HOOK, &["sideEffects"], &[Must::Text(known_effects)]),
    must(HOOK, &["failurePolicy", "matchPolicy"], &[Must::Whole(texts::not_blank)]),
    must(MUTATING, &["reinvocationPolicy"], &[Must::Whole(texts::not_blank)]),
    must(HOOK, &["timeoutSeconds"], &[Must::Between(1, 30)]),
    must(HOOK, &["admissionReviewVersions"], &[Must::Each(&Must::Whole(texts::dns_1035)), Must::Unique]),
    must(HOOK, &["matchConditions"], &[Must::AtMost(64), Must::UniqueBy("name")]),
    must(&["admissionregistration.v1.WebhookClientConfig"], &["url"], &[Must::Whole(forms::webhook_url)]),
    needs(SERVICE, &["name", "namespace"]),
    must(SERVICE, &["path"], &[Must::Text(forms::webhook_path)]),
    must(SERVICE, &["port"], &[Must::Between(1, 65535)]),
    needs(RULE, &["apiGroups", "apiVersions", "operations", "resources"]),
    must(RULE, &["apiVersions", "operations", "resources"], &[Must::Each(&Must::Whole(texts::not_blank))]),
    must(RULE, &["scope"], &[Must::Whole(texts::not_blank)]),
    must(NAMED_RULE, &["resourceNames"], &[Must::Each(&Must::Text(texts::path_segment)), Must::Unique]),
    needs(CONDITION, &["name", "expression"]),
    must(CONDITION, &["name"], &[Must::Text(texts::qualified_name)]),
    must(CONDITION, &["expression"], &[Must::Text(not_only_spaces)]),
];

pub(super) static EXTRAS: &[Extra] =
    &[extra(HOOK, client), extra(HOOK, versions_of_reviews), extra(RULE, wildcards), extra(RULE, resources)];

/// A text with something in it.
pub(super) fn not_only_spaces(text: &str) -> Option<String> {
    text.trim().is_empty().then(|| "has nothing but spaces".to_owned())
}

/// What a webhook does besides answering; the other values were for an old version.
fn known_effects(text: &str) -> Option<String> {
    matches!(text, "Some" | "Unknown")
        .then(|| "is not taken any more: `None` and `NoneOnDryRun` say that a dry run changes nothing".to_owned())
}

fn client(walk: &mut Walk<'_, '_>, hook: Node<'_>) {
    let hint = "add `service:` with `name:` and `namespace:`, or `url:`";
    let Some(client) = get(hook, "clientConfig") else { return walk.missing(hook, "clientConfig", hint) };
    if !client.is_mapping() {
        return;
    }
    match (has(client, "url"), has(client, "service")) {
        (false, false) => walk.missing(client, "clientConfig.service", hint),
        (true, true) => {
            let why = "must not be there beside `service`";
            walk.forbidden(client, "clientConfig.url", why, "delete `url` or `service`");
        }
        _ => {}
    }
}

/// At least one version of the question must be one that the server can ask.
fn versions_of_reviews(walk: &mut Walk<'_, '_>, hook: Node<'_>) {
    let Some(list) = get(hook, "admissionReviewVersions").filter(|list| !list.is_empty()) else { return };
    let is_fine = |item: Node<'_>| match item.value() {
        Value::String(text) => matches!(text, "v1" | "v1beta1") || walk.is_placeholder(text),
        _ => true,
    };
    if !list.items().any(is_fine) {
        walk.invalid(list, "admissionReviewVersions", "has no version that the API server knows", "add `v1`");
    }
}

fn wildcards(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    for field in ["apiGroups", "apiVersions", "operations"] {
        alone(walk, rule, field);
    }
}

/// `*` is all there is, so nothing else stands beside it.
pub(super) fn alone(walk: &mut Walk<'_, '_>, node: Node<'_>, field: &str) {
    let Some(list) = get(node, field).filter(|list| list.len() > 1) else { return };
    if list.items().any(|item| item.as_str() == Some("*")) {
        walk.invalid(list, field, "has other entries beside `*`, which is all of them", "keep `*` alone, or delete it");
    }
}

/// A resource that another entry covers is not named again.
fn resources(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    let Some(list) = get(rule, "resources").filter(|list| list.len() > 1) else { return };
    let (mut all_below, mut in_all) = (HashSet::new(), HashSet::new());
    let (mut has_all, mut has_everything, mut is_last_plain) = (false, false, false);
    for (index, item) in items(rule, "resources") {
        let Some(text) = item.as_str() else { continue };
        has_all |= text == "*";
        has_everything |= text == "*/*";
        let Some((resource, below)) = text.split_once('/') else {
            // The server looks at the last of them alone.
            is_last_plain = text != "*";
            continue;
        };
        if all_below.contains(resource) || in_all.contains(below) {
            let cover = if all_below.contains(resource) { format!("{resource}/*") } else { format!("*/{below}") };
            let fault = format!("is {}, which {} before it has already", quote(text), quote(&cover));
            walk.invalid(item, &format!("resources[{index}]"), &fault, "delete it");
        }
        if below == "*" {
            all_below.insert(resource);
        }
        if resource == "*" {
            in_all.insert(below);
        }
    }
    if has_everything {
        walk.invalid(list, "resources", "has other entries beside `*/*`, which is all of them", "keep `*/*` alone");
    }
    if has_all && is_last_plain {
        let hint = "keep `*` alone, or delete it";
        walk.invalid(list, "resources", "has `*`, which is all resources, and one of them by name", hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    const GOOD: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- name: a.example.com
  clientConfig:
    service: {name: hook, namespace: shop, path: /check, port: 8443}
  rules:
  - {apiGroups: [\"\", apps], apiVersions: [v1, v1beta1], operations: [CREATE, UPDATE], resources: [pods, pods/status], scope: Namespaced}
  sideEffects: None
  admissionReviewVersions: [v1, v2]
  timeoutSeconds: 10
  failurePolicy: Fail
  matchConditions:
  - {name: example.com/first, expression: \"true\"}
- name: b.example.com
  clientConfig: {url: \"https://example.com/check\"}
  sideEffects: NoneOnDryRun
  admissionReviewVersions: [v1beta1]
";

    #[test]
    fn webhooks_and_their_rules() {
        each_is_found(
            GOOD,
            &[
                ("name: b.example.com", "name: a.example.com", "`webhooks[1].name`"),
                ("name: b.example.com", "name: b.example", "2 of the 3 parts"),
                (
                    "- name: b.example.com\n ",
                    "-",
                    "`webhooks[1].name` of MutatingWebhookConfiguration \"hooks\" is missing",
                ),
                ("sideEffects: None\n", "sideEffects: Some\n", "not taken any more"),
                ("  sideEffects: None\n", "", "`webhooks[0].sideEffects`"),
                ("failurePolicy: Fail", "failurePolicy: \"\"", "is empty"),
                ("failurePolicy: Fail", "reinvocationPolicy: \"\"", "is empty"),
                ("timeoutSeconds: 10", "timeoutSeconds: 31", "from 1 to 30"),
                ("[v1, v2]", "[v1, v1]", "once more"),
                ("[v1, v2]", "[v1, V2]", "upper-case"),
                ("[v1, v2]", "[v2]", "no version that the API server knows"),
                ("[v1, v2]", "[]", "`webhooks[0].admissionReviewVersions`"),
                ("  clientConfig: {url: \"https://example.com/check\"}\n", "", "`webhooks[1].clientConfig`"),
                ("{url: \"https://example.com/check\"}", "{caBundle: \"\"}", "`webhooks[1].clientConfig.service`"),
                ("{url: ", "{service: {name: a, namespace: b}, url: ", "beside `service`"),
                ("https:", "http:", "https://"),
                ("name: hook, ", "", "service.name"),
                ("path: /check", "path: check", "begin with `/`"),
                ("port: 8443", "port: 0", "from 1 to 65535"),
                ("apiGroups: [\"\", apps], ", "", "`webhooks[0].rules[0].apiGroups`"),
                ("[\"\", apps]", "[\"*\", apps]", "beside `*`"),
                ("[v1, v1beta1]", "[v1, \"*\"]", "beside `*`"),
                ("[v1, v1beta1]", "[\"\"]", "apiVersions[0]"),
                ("[CREATE, UPDATE]", "[\"*\", UPDATE]", "beside `*`"),
                ("[CREATE, UPDATE]", "[CREATE, null]", "operations[1]"),
                ("scope: Namespaced", "scope: \"\"", "is empty"),
                ("[pods, pods/status]", "[pods, \"\"]", "resources[1]"),
                ("[pods, pods/status]", "[pods/*, pods/status]", "`pods/*` before it"),
                ("[pods, pods/status]", "[\"*/status\", pods/status]", "`*/status` before it"),
                ("[pods, pods/status]", "[pods, \"*/*\"]", "beside `*/*`"),
                ("[pods, pods/status]", "[\"*\", pods]", "one of them by name"),
                ("name: example.com/first", "name: a b", "has a space"),
                ("name: example.com/first, ", "", "`webhooks[0].matchConditions[0].name`"),
                ("expression: \"true\"", "expression: \" \"", "nothing but spaces"),
                ("- {name: example.com/first, ", "- {name: a, expression: a}\n  - {name: a, ", "once more"),
            ],
        );
    }
}
