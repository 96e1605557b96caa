//! Pods as a whole: names, DNS, host aliases, gates, claims, and what only some systems have.

use super::fields::{any_text, at, at_most_one, containers, has, items, may_have};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::{addresses, texts};

const SPEC: &[&str] = &["core.v1.PodSpec"];
const I32_MAX: i64 = i32::MAX as i64;

const SERVERS: &[Must] = &[
    Must::AtMost(3),
    Must::Each(&Must::Whole(texts::old_ip)),
    Must::Since("1.36", &Must::Each(&Must::Text(addresses::strict_ip))),
];
const SEARCHES: &[Must] = &[
    Must::AtMost(32),
    Must::Each(&Must::Whole(texts::search_domain)),
    Must::Before("1.33", &Must::Each(&Must::Whole(texts::old_search_domain))),
];

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.Pod", "core.v1.PodTemplateSpec"], &["spec"]),
    needs(&["core.v1.PodTemplate"], &["template"]),
    needs(SPEC, &["containers"]),
    must(SPEC, &["serviceAccountName", "nodeName", "priorityClassName"], &[Must::Text(texts::subdomain)]),
    must(SPEC, &["runtimeClassName"], &[Must::Whole(texts::not_blank), Must::Text(texts::subdomain)]),
    must(
        SPEC,
        &["ephemeralContainers"],
        &[Must::Absent("must not be there: `kubectl debug` adds them to pods that run")],
    ),
    must(SPEC, &["preemptionPolicy"], &[Must::Whole(texts::not_blank)]),
    must(SPEC, &["activeDeadlineSeconds"], &[Must::Between(1, I32_MAX)]),
    must(SPEC, &["nodeSelector"], &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))]),
    must(SPEC, &["schedulingGates", "resourceClaims", "volumes"], &[Must::UniqueBy("name")]),
    needs(&["core.v1.PodReadinessGate"], &["conditionType"]),
    must(&["core.v1.PodReadinessGate"], &["conditionType"], &[Must::Text(texts::qualified_name)]),
    needs(&["core.v1.PodSchedulingGate"], &["name"]),
    must(&["core.v1.PodSchedulingGate"], &["name"], &[Must::Text(texts::qualified_name)]),
    needs(&["core.v1.HostAlias"], &["ip"]),
    must(
        &["core.v1.HostAlias"],
        &["ip"],
        &[Must::Text(texts::old_ip), Must::Since("1.36", &Must::Text(addresses::strict_ip))],
    ),
    must(&["core.v1.HostAlias"], &["hostnames"], &[Must::Each(&Must::Whole(texts::subdomain))]),
    must(&["core.v1.PodDNSConfig"], &["nameservers"], SERVERS),
    must(&["core.v1.PodDNSConfig"], &["searches"], SEARCHES),
    needs(&["core.v1.PodDNSConfigOption"], &["name"]),
    needs(&["core.v1.PodOS"], &["name"]),
    must(&["core.v1.PodOS"], &["name"], &[Must::OneOf(&["linux", "windows"])]),
    needs(&["core.v1.PodResourceClaim"], &["name"]),
    must(&["core.v1.PodResourceClaim"], &["name"], &[Must::Text(texts::dns_label)]),
    must(
        &["core.v1.PodResourceClaim"],
        &["resourceClaimName", "resourceClaimTemplateName"],
        &[Must::Whole(texts::subdomain)],
    ),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.Pod"], pod),
    extra(&["core.v1.PodTemplateSpec"], template),
    extra(SPEC, host_names),
    extra(SPEC, dns),
    extra(SPEC, namespaces_of_host),
    extra(&["core.v1.PodResourceClaim"], one_claim),
];

/// What holds of a pod that is not made from a template.
fn pod(walk: &mut Walk<'_, '_>, pod: Node<'_>) {
    let Some(spec) = get(pod, "spec") else { return };
    annotations(walk, pod, spec);
    if text(spec, "nodeName").is_some() && spec.get("schedulingGates").is_some_and(|gates| !gates.is_empty()) {
        let why = "stands beside `schedulingGates`, which keep the pod from any node";
        walk.forbidden(spec, "spec.nodeName", why, "delete one of the two");
    }
    for (field, index, container) in containers(spec) {
        let Some(image) = any_text(walk, container, "image") else { continue };
        if image != image.trim_matches(char::is_whitespace) {
            let at = container.get("image").unwrap_or(container);
            let fault = "has a space at its start or end";
            walk.invalid(at, &format!("spec.{field}[{index}].image"), fault, "delete the space");
        }
    }
}

fn template(walk: &mut Walk<'_, '_>, template: Node<'_>) {
    let Some(spec) = get(template, "spec") else { return };
    annotations(walk, template, spec);
}

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// What keeps a text from naming a seccomp profile as annotations did. The server still reads them, and does nothing with them.
fn seccomp_fault(text: &str) -> Option<String> {
    if matches!(text, "runtime/default" | "docker/default" | "unconfined") {
        return None;
    }
    match text.strip_prefix("localhost/") {
        Some(path) => texts::relative_path(path).map(|fault| format!("names a seccomp profile whose path {fault}")),
        None => Some(format!("names {}, which is no seccomp profile", quote(text))),
    }
}

/// Annotations that the server reads.
fn annotations(walk: &mut Walk<'_, '_>, pod: Node<'_>, spec: Node<'_>) {
    for (key, value) in at(pod, &["metadata", "annotations"]).into_iter().flat_map(Node::entries) {
        let Some(text) = value.as_str().filter(|text| !walk.is_placeholder(text)) else { continue };
        if key.as_str() == DELETION_COST {
            let is_number =
                text.parse::<i32>().is_ok() && (text == "0" || text.starts_with(|c| matches!(c, '-' | '1'..='9')));
            if !is_number {
                let fault = format!("has the key `{DELETION_COST}`, whose value is not a whole number of 32 bits");
                walk.invalid(value, "metadata.annotations", &fault, "write a number in quotes, such as `\"100\"`");
            }
        } else if key.as_str() == SECCOMP_OF_POD || key.as_str().starts_with(SECCOMP) {
            if let Some(fault) = seccomp_fault(text) {
                let hint = "delete it, and write `securityContext: {seccompProfile: {type: RuntimeDefault}}` instead";
                walk.invalid(value, "metadata.annotations", &fault, hint);
            }
        } else if let Some(container) = key.as_str().strip_prefix(APP_ARMOR) {
            let is_profile = matches!(text, "" | "runtime/default" | "unconfined") || text.starts_with("localhost/");
            let mut all = ["containers", "initContainers", "ephemeralContainers"].into_iter();
            let exists = all.any(|field| may_have(walk, spec, field, container));
            if !is_profile || !exists {
                let fault = if exists { "has an AppArmor profile of no known form" } else { "names no container" };
                let hint =
                    "write `runtime/default`, `unconfined` or `localhost/NAME`, and the container's name in the key";
                walk.invalid(value, "metadata.annotations", fault, hint);
            }
        }
    }
}

fn host_names(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    // A StatefulSet puts in its own.
    if walk.kind() != "StatefulSet" {
        for field in ["hostname", "subdomain"] {
            let Some(name) = any_text(walk, spec, field).filter(|name| !name.is_empty()) else { continue };
            if let Some(fault) = texts::dns_label(name) {
                walk.invalid(spec.get(field).unwrap_or(spec), field, &fault, "write a name without dots");
            }
        }
    }
    let Some(name) = any_text(walk, spec, "hostnameOverride").filter(|_| walk.reaches("1.35")) else { return };
    let node = spec.get("hostnameOverride").unwrap_or(spec);
    if name.len() > 64 {
        walk.invalid(node, "hostnameOverride", "has more than 64 characters", "write a shorter name");
    } else if name.is_empty() {
        walk.invalid(node, "hostnameOverride", "is empty", "write a name, or leave it out");
    } else if let Some(fault) = texts::subdomain(name) {
        walk.invalid(node, "hostnameOverride", &fault, "");
    }
    for other in ["setHostnameAsFQDN", "hostNetwork"] {
        if is_true(spec, other) {
            walk.forbidden(
                spec,
                "hostnameOverride",
                &format!("stands beside `{other}: true`"),
                "delete one of the two",
            );
        }
    }
}

fn dns(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let config = get(spec, "dnsConfig");
    if text(spec, "dnsPolicy") == Some("None") {
        let servers = config.and_then(|config| config.get("nameservers")).map_or(0, Node::len);
        if servers == 0 {
            let hint = "with `dnsPolicy: None` add `dnsConfig:` and at least one address below `nameservers:`";
            walk.missing(config.unwrap_or(spec), "dnsConfig.nameservers", hint);
        }
    }
    let searches = config.into_iter().flat_map(|config| items(config, "searches"));
    let length: usize = searches.filter_map(|(_, search)| search.as_str()).map(|search| search.len() + 1).sum();
    if let Some(config) = config.filter(|_| length > 2049) {
        let at = config.get("searches").unwrap_or(config);
        walk.invalid(at, "dnsConfig.searches", "has more than 2048 characters in all", "write fewer of them");
    }
}

/// A pod with users of its own shares nothing with its node. (Newer versions could let it share the network, and have that switched off.)
fn namespaces_of_host(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if is_true(spec, "hostPID") && is_true(spec, "shareProcessNamespace") {
        walk.forbidden(spec, "shareProcessNamespace", "stands beside `hostPID: true`", "delete one of the two");
    }
    let own_users = get(spec, "hostUsers").is_some_and(|users| users.value() == crate::object::Value::Bool(false));
    if !own_users || !walk.reaches("1.33") {
        return;
    }
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if is_true(spec, field) {
            walk.forbidden(spec, field, "is true beside `hostUsers: false`", "delete one of the two");
        }
    }
    for (field, index, container) in containers(spec) {
        if container.get("volumeDevices").is_some_and(|devices| !devices.is_empty()) && walk.reaches("1.34") {
            let below = format!("{field}[{index}].volumeDevices");
            walk.forbidden(container, &below, "stands beside `hostUsers: false`", "delete one of the two");
        }
    }
}

fn one_claim(walk: &mut Walk<'_, '_>, claim: Node<'_>) {
    if !walk.reaches("1.34") || matches!(walk.path.first(), Some(Step::Key("status"))) || has(claim, "source") {
        return;
    }
    if at_most_one(walk, claim, &["resourceClaimName", "resourceClaimTemplateName"]) == 0 {
        let hint = "add `resourceClaimName:` or `resourceClaimTemplateName:`";
        walk.invalid(claim, "", "does not say which claim is meant", hint);
    }
}

#[cfg(test)]
mod tests;
