//! Claims of devices, classes of them, and what keeps pods from them. Slices, that offer devices, are in `slices`.

use super::fields::{has, items};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::texts;

const CLAIM: &[&str] = resource!("DeviceClaim");
const REQUEST: &[&str] = resource!("DeviceRequest");
const NEW_REQUEST: &[&str] = &["resource.v1.DeviceRequest", "resource.v1beta2.DeviceRequest"];
/// The first version had the fields of `exactly` in the request itself.
const OLD_REQUEST: &[&str] = &["resource.v1beta1.DeviceRequest"];
const EXACT: &[&str] = &[
    "resource.v1.ExactDeviceRequest",
    "resource.v1.DeviceSubRequest",
    "resource.v1beta2.ExactDeviceRequest",
    "resource.v1beta2.DeviceSubRequest",
    "resource.v1beta1.DeviceSubRequest",
];
const SUB: &[&str] = resource!("DeviceSubRequest");
const CONSTRAINT: &[&str] = resource!("DeviceConstraint");
const CONFIGURATION: &[&str] = resource!("DeviceClaimConfiguration", "DeviceClassConfiguration");
const OPAQUE: &[&str] = resource!("OpaqueDeviceConfiguration");
const CLASS: &[&str] = resource!("DeviceClassSpec");
const RULE: &[&str] = &[
    "resource.v1.DeviceTaintRuleSpec",
    "resource.v1beta2.DeviceTaintRuleSpec",
    "resource.v1alpha3.DeviceTaintRuleSpec",
];
const TAINTED: &[&str] = &[
    "resource.v1.DeviceTaintSelector",
    "resource.v1beta2.DeviceTaintSelector",
    "resource.v1alpha3.DeviceTaintSelector",
];

pub(super) static ROWS: &[Row] = &[
    must(CLAIM, &["requests"], &[Must::AtMost(32), Must::UniqueBy("name")]),
    must(CLAIM, &["constraints", "config"], &[Must::AtMost(32)]),
    needs(REQUEST, &["name"]),
    must(REQUEST, &["name"], &[Must::Text(texts::dns_label)]),
    must(REQUEST, &["firstAvailable"], &[Must::AtMost(8), Must::UniqueBy("name")]),
    needs(SUB, &["name"]),
    must(SUB, &["name"], &[Must::Text(texts::dns_label)]),
    needs(EXACT, &["deviceClassName"]),
    must(EXACT, &["deviceClassName"], &[Must::Text(texts::subdomain)]),
    must(EXACT, &["selectors"], &[Must::AtMost(32)]),
    must(OLD_REQUEST, &["deviceClassName"], &[Must::Text(texts::subdomain)]),
    must(OLD_REQUEST, &["selectors"], &[Must::AtMost(32)]),
    needs(resource!("DeviceSelector"), &["cel"]),
    needs(resource!("CELDeviceSelector"), &["expression"]),
    must(resource!("CELDeviceSelector"), &["expression"], &[Must::Text(expression)]),
    must(CONSTRAINT, &["requests"], &[Must::AtMost(32), Must::Unique]),
    must(CONSTRAINT, &["matchAttribute"], &[Must::Whole(full_attribute)]),
    needs(CONFIGURATION, &["opaque"]),
    must(resource!("DeviceClaimConfiguration"), &["requests"], &[Must::AtMost(32), Must::Unique]),
    needs(OPAQUE, &["driver"]),
    must(OPAQUE, &["driver"], &[Must::Text(texts::csi_driver)]),
    must(CLASS, &["selectors", "config"], &[Must::AtMost(32)]),
    needs(
        &["resource.v1.DeviceTaintRule", "resource.v1beta2.DeviceTaintRule", "resource.v1alpha3.DeviceTaintRule"],
        &["spec"],
    ),
    needs(RULE, &["taint"]),
    must(TAINTED, &["driver"], &[Must::Whole(texts::csi_driver)]),
    must(TAINTED, &["pool"], &[Must::Whole(pool)]),
    must(TAINTED, &["device"], &[Must::Whole(texts::dns_label)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(CLAIM, requests_are_there),
    extra(NEW_REQUEST, one_way),
    extra(OLD_REQUEST, one_way_in_itself),
    extra(EXACT, count),
    extra(CONSTRAINT, attribute_is_there),
    extra(OPAQUE, parameters),
    extra(resource!("ResourceClaimTemplateSpec"), metadata_of_template),
    extra(RULE, taint),
];

fn expression(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("has nothing but spaces".to_owned());
    }
    (text.len() > 10240).then(|| format!("has {} characters, and 10240 is the most", text.len()))
}

/// A name of a pool: subdomains with `/` between them.
pub(super) fn pool(text: &str) -> Option<String> {
    if text.len() > 253 {
        return Some(format!("has {} characters, and 253 is the most", text.len()));
    }
    text.split('/').find_map(texts::subdomain)
}

/// A name of an attribute, with or without the domain of its driver.
pub(super) fn attribute(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => identifier(name),
        (Some(domain), Some(name), None) => texts::csi_driver(domain).or_else(|| identifier(name)),
        // The server does not look at more parts.
        _ => None,
    }
}

fn full_attribute(text: &str) -> Option<String> {
    attribute(text).or_else(|| (!text.contains('/')).then(|| "has no domain and `/` before it".to_owned()))
}

fn identifier(text: &str) -> Option<String> {
    if text.len() > 32 {
        return Some(format!("has a name of {} characters, and 32 is the most", text.len()));
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
        return Some(format!("has a name with a `{}`; allowed are letters, digits and `_`", c.escape_debug()));
    }
    (!text.starts_with(|c: char| !c.is_ascii_digit()))
        .then(|| "has a name that does not begin with a letter or `_`".to_owned())
}

/// Whether the claim has a request of this name, or of `REQUEST/SUBREQUEST`. The server looks at no more than 32.
fn has_request(walk: &Walk<'_, '_>, claim: Node<'_>, wanted: &str) -> bool {
    let (name, sub) = wanted.split_once('/').map_or((wanted, None), |(name, sub)| (name, Some(sub)));
    let is = |node: Node<'_>, wanted: &str| match node.get("name").map(Node::value) {
        Some(Value::String(own)) => own == wanted || walk.is_placeholder(own),
        _ => false,
    };
    items(claim, "requests").take(32).any(|(_, request)| {
        let has_sub = |sub| items(request, "firstAvailable").take(32).any(|(_, node)| is(node, sub));
        is(request, name) && sub.is_none_or(has_sub)
    })
}

/// Constraints and configurations are about requests of the claim.
fn requests_are_there(walk: &mut Walk<'_, '_>, claim: Node<'_>) {
    for field in ["constraints", "config"] {
        for (number, entry) in items(claim, field).take(32) {
            for (index, item) in items(entry, "requests").take(32) {
                let name = if item.is_null() { Some("") } else { item.as_str() };
                let Some(name) = name.filter(|name| !walk.is_placeholder(name)) else { continue };
                if !has_request(walk, claim, name) {
                    let below = format!("{field}[{number}].requests[{index}]");
                    let hint = "write the name of a request, or `REQUEST/SUBREQUEST`";
                    walk.not_found(item, &below, name, "is the name of no request of this claim", hint);
                }
            }
        }
    }
}

fn one_way(walk: &mut Walk<'_, '_>, request: Node<'_>) {
    match (has(request, "exactly"), request.get("firstAvailable").is_some_and(|list| !list.is_empty())) {
        (false, false) => walk.missing(request, "exactly", "add `exactly:` with `deviceClassName:`"),
        (true, true) => {
            let why = "must not be there beside `exactly`";
            walk.forbidden(request, "firstAvailable", why, "delete one of the two");
        }
        _ => {}
    }
}

fn one_way_in_itself(walk: &mut Walk<'_, '_>, request: Node<'_>) {
    let has_class = request.get("deviceClassName").is_some_and(|value| !super::is_empty(value));
    match (has_class, request.get("firstAvailable").is_some_and(|list| !list.is_empty())) {
        (false, false) => walk.missing(request, "deviceClassName", ""),
        (true, true) => {
            let why = "must not be there beside `deviceClassName`";
            walk.forbidden(request, "firstAvailable", why, "delete one of the two");
        }
        (true, false) => count(walk, request),
        (false, true) => {}
    }
}

fn count(walk: &mut Walk<'_, '_>, request: Node<'_>) {
    let Some(number) = number(request, "count").filter(|number| *number != 0) else { return };
    let at = request.get("count").unwrap_or(request);
    match request.get("allocationMode").map(Node::value) {
        Some(Value::String("All")) => {
            walk.forbidden(request, "count", "does not go with `allocationMode: All`", "delete it");
        }
        None | Some(Value::Null | Value::String("" | "ExactCount")) if number < 0 => {
            walk.invalid(at, "count", &format!("is {number}, and 1 is the least"), "");
        }
        _ => {}
    }
}

fn attribute_is_there(walk: &mut Walk<'_, '_>, constraint: Node<'_>) {
    if !has(constraint, "matchAttribute") && !has(constraint, "distinctAttribute") {
        walk.missing(constraint, "matchAttribute", "add the attribute that is the same for all of them");
    }
}

/// An empty map is fine, nothing is not.
fn parameters(walk: &mut Walk<'_, '_>, opaque: Node<'_>) {
    if get(opaque, "parameters").is_none() {
        walk.missing(opaque, "parameters", "add `parameters:` with what the driver wants, `{}` if that is nothing");
    }
}

fn metadata_of_template(walk: &mut Walk<'_, '_>, template: Node<'_>) {
    let Some(metadata) = get(template, "metadata") else { return };
    for (key, value) in metadata.entries() {
        let name = key.as_str();
        if matches!(name, "name" | "generateName" | "namespace" | "finalizers") && !super::is_empty(value) {
            let why = "must not be there: only `labels` and `annotations` are taken over";
            walk.forbidden(metadata, &format!("metadata.{name}"), why, "delete it");
        }
    }
}

/// The taint of a rule. Elsewhere the server looks at taints and tolerations only where a feature is on.
fn taint(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    let Some(taint) = get(rule, "taint").filter(|taint| !taint.is_empty()) else { return };
    for (field, form) in [
        ("key", texts::qualified_name as fn(&str) -> Option<String>),
        ("effect", |_| None),
        ("value", texts::label_value),
    ] {
        let below = format!("taint.{field}");
        match taint.get(field).map(Node::value) {
            Some(Value::String(text)) if walk.is_placeholder(text) => {}
            None | Some(Value::Null | Value::String("")) if field != "value" => walk.missing(taint, &below, ""),
            Some(Value::String(text)) => {
                if let Some(fault) = form(text) {
                    let at = taint.get(field).unwrap_or(taint);
                    walk.invalid(at, &below, &format!("is {}, which {fault}", quote(text)), "");
                }
            }
            _ => {}
        }
    }
    let effects = ["NoSchedule", "NoExecute", "None"];
    if let Some(effect) =
        text(taint, "effect").filter(|effect| !effects.contains(effect) && !walk.is_placeholder(effect))
    {
        walk.unsupported(taint.get("effect").unwrap_or(taint), "taint.effect", effect, &effects);
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    const CLAIM: &str = "apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: gpu, namespace: shop}
spec:
  devices:
    requests:
    - name: gpu
      exactly:
        deviceClassName: gpu.example.com
        count: 2
        selectors: [{cel: {expression: \"true\"}}]
        tolerations: [{effect: Sometimes}]
    - name: any
      firstAvailable:
      - {name: one, deviceClassName: a, allocationMode: All}
      - {name: two, deviceClassName: b}
    constraints: [{requests: [gpu, any/one], matchAttribute: gpu.example.com/model}]
    config: [{requests: [any], opaque: {driver: gpu.example.com, parameters: {}}}]
";

    #[test]
    fn claims() {
        each_is_found(
            CLAIM,
            &[
                ("name: any", "name: gpu", "once more"),
                ("name: any", "name: a.b", "has a `.`"),
                ("name: any", "name: \"\"", "spec.devices.requests[1].name"),
                ("name: two", "name: one", "once more"),
                ("name: two", "name: a_b", "underscore"),
                ("name: two, ", "", "firstAvailable[1].name"),
                ("deviceClassName: a,", "", "firstAvailable[0].deviceClassName"),
                ("gpu.example.com\n", "A\n", "upper-case"),
                ("count: 2", "count: -2", "1 is the least"),
                ("allocationMode: All", "allocationMode: All, count: 1", "does not go with `allocationMode: All`"),
                ("{cel: {expression: \"true\"}}", "{}", "selectors[0].cel"),
                ("{expression: \"true\"}", "{expression: \"\"}", "selectors[0].cel.expression"),
                ("{expression: \"true\"}", "{expression: \" \"}", "nothing but spaces"),
                ("    - name: any\n", "    - name: any\n      exactly: {deviceClassName: a}\n", "beside `exactly`"),
                ("    - name: any\n", "    - name: none\n    - name: any\n", "spec.devices.requests[1].exactly"),
                ("[gpu, any/one]", "[gpu, gpu]", "once more"),
                ("[gpu, any/one]", "[gpu, cpu]", "no request of this claim"),
                ("[gpu, any/one]", "[gpu/one]", "no request of this claim"),
                ("[any]", "[any, null]", "no request of this claim"),
                ("[any]", "[all]", "no request of this claim"),
                (", matchAttribute: gpu.example.com/model", "", "constraints[0].matchAttribute"),
                ("gpu.example.com/model", "model", "no domain"),
                ("gpu.example.com/model", "a/b-c", "with a `-`"),
                ("gpu.example.com/model", "a/1b", "begin with a letter"),
                ("opaque: {driver: gpu.example.com, parameters: {}}", "opaque:", "config[0].opaque"),
                ("driver: gpu.example.com, ", "", "opaque.driver"),
                ("driver: gpu.example.com, ", "driver: a_b, ", "underscore"),
                (", parameters: {}", "", "opaque.parameters"),
            ],
        );
    }

    #[test]
    fn claims_of_the_first_version_and_templates() {
        let good = "apiVersion: resource.k8s.io/v1beta1
kind: ResourceClaimTemplate
metadata: {name: gpu, namespace: shop}
spec:
  metadata: {labels: {a: b}}
  spec:
    devices:
      requests:
      - {name: gpu, deviceClassName: gpu.example.com, count: 2}
      - {name: any, firstAvailable: [{name: one, deviceClassName: a}]}
";
        each_is_found(
            good,
            &[
                ("{labels: {a: b}}", "{name: a}", "only `labels` and `annotations`"),
                ("count: 2", "count: -2", "1 is the least"),
                ("deviceClassName: gpu.example.com, count: 2", "count: 2", "requests[0].deviceClassName"),
                ("gpu.example.com, c", "A, c", "upper-case"),
                ("{name: any, f", "{name: any, deviceClassName: a, f", "beside `deviceClassName`"),
            ],
        );
    }

    #[test]
    fn classes_and_rules_about_taints() {
        let good = "apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu}
spec:
  selectors: [{cel: {expression: \"true\"}}]
  config: [{opaque: {driver: gpu.example.com, parameters: {a: b}}}]
";
        each_is_found(
            good,
            &[
                ("{cel: {expression: \"true\"}}", "{}", "spec.selectors[0].cel` of"),
                ("{opaque: {driver: gpu.example.com, parameters: {a: b}}}", "{}", "spec.config[0].opaque` of"),
                (
                    "[{cel: {expression: \"true\"}}]",
                    &format!("[{}]", "{cel: {expression: a}}, ".repeat(33)),
                    "32 is the most",
                ),
            ],
        );
        let good = "apiVersion: resource.k8s.io/v1alpha3
kind: DeviceTaintRule
metadata: {name: broken}
spec:
  deviceSelector: {driver: gpu.example.com, pool: node-1/a, device: gpu-0}
  taint: {key: example.com/broken, value: \"yes\", effect: NoExecute}
";
        each_is_found(
            good,
            &[
                ("driver: gpu.example.com", "driver: \"\"", "is empty"),
                ("pool: node-1/a", "pool: node-1//a", "is empty"),
                ("device: gpu-0", "device: a.b", "has a `.`"),
                ("key: example.com/broken, ", "", "spec.taint.key"),
                ("example.com/broken", "a b", "has a space"),
                ("value: \"yes\"", "value: a b", "has a space"),
                (", effect: NoExecute", "", "spec.taint.effect"),
                ("NoExecute", "noexecute", "did you mean `NoExecute`"),
                ("taint: {key: example.com/broken, value: \"yes\", effect: NoExecute}", "taint: {}", "spec.taint"),
            ],
        );
    }
}
