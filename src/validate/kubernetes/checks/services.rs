//! Services: ports, addresses, and what goes with which type.

use super::cluster::block;
use super::fields::{any_text, at, has, item_text, items};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::{addresses, texts};

const SERVICE: &[&str] = &["core.v1.Service"];
const SPEC: &[&str] = &["core.v1.ServiceSpec"];
const PORT: &[&str] = &["core.v1.ServicePort"];
const SOURCES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

pub(super) static ROWS: &[Row] = &[
    needs(SERVICE, &["spec"]),
    needs(PORT, &["port"]),
    must(PORT, &["port"], &[Must::Between(1, 65535)]),
    must(PORT, &["name"], &[Must::Text(texts::dns_label)]),
    must(PORT, &["appProtocol"], &[Must::Whole(texts::qualified_name)]),
    must(SPEC, &["selector"], &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))]),
    must(
        SPEC,
        &["externalIPs"],
        &[
            Must::Each(&Must::Whole(addresses::endpoint_ip)),
            Must::Since("1.36", &Must::Each(&Must::Text(addresses::strict_ip))),
        ],
    ),
    must(SPEC, &["ipFamilies"], &[Must::Each(&Must::Whole(texts::not_blank)), Must::Unique]),
    must(SPEC, &["ipFamilyPolicy", "internalTrafficPolicy"], &[Must::Whole(texts::not_blank)]),
    must(
        SPEC,
        &["trafficDistribution"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["PreferClose", "PreferSameZone", "PreferSameNode"])],
    ),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(SERVICE, name_begins_with_a_letter),
    extra(SERVICE, source_ranges_in_an_annotation),
    extra(SPEC, traffic),
    extra(SPEC, ports_are_there),
    extra(SPEC, ports_differ),
    extra(SPEC, fields_fit_the_type),
    extra(SPEC, cluster_ips),
    extra(SPEC, affinity),
    extra(PORT, target_port),
];

/// The type; `None` if the consumer fills it in.
fn kind<'t>(walk: &Walk<'_, '_>, spec: Node<'t>) -> Option<&'t str> {
    match text(spec, "type") {
        None => Some("ClusterIP"),
        Some(kind) if walk.is_placeholder(kind) => None,
        Some(kind) => Some(kind),
    }
}

fn is_headless(spec: Node<'_>) -> bool {
    match get(spec, "clusterIPs").filter(|list| !list.is_empty()) {
        None => text(spec, "clusterIP") == Some("None"),
        Some(list) => list.len() == 1 && list.items().next().and_then(Node::as_str) == Some("None"),
    }
}

/// Since 1.36 a digit may stand there, too.
fn name_begins_with_a_letter(walk: &mut Walk<'_, '_>, service: Node<'_>) {
    if let Some(node) = at(service, &["metadata", "name"])
        && let Some(name) = node.as_str().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        && walk.precedes("1.36")
    {
        let fault = format!("is {}, which does not begin with a letter", quote(name));
        walk.invalid(node, "metadata.name", &fault, "put a letter before it: the name becomes a name in DNS");
    }
}

fn source_ranges_in_an_annotation(walk: &mut Walk<'_, '_>, service: Node<'_>) {
    let Some(node) = at(service, &["metadata", "annotations", SOURCES]) else { return };
    let spec = get(service, "spec").unwrap_or(service);
    if has(spec, "loadBalancerSourceRanges")
        && spec.get("loadBalancerSourceRanges").is_some_and(|list| !list.is_empty())
    {
        return;
    }
    let below = format!("metadata.annotations[{SOURCES}]");
    if kind(walk, spec).is_some_and(|kind| kind != "LoadBalancer") {
        let hint = "delete it, or write `type: LoadBalancer`";
        walk.invalid(node, &below, "goes only with `type: LoadBalancer`", hint);
    }
    let ranges = node.as_str().map(str::trim).filter(|text| !text.is_empty() && !walk.is_placeholder(text));
    for range in ranges.into_iter().flat_map(|text| text.split(',')).map(str::trim) {
        if let Some(fault) = block(walk, range) {
            walk.invalid(node, &below, &format!("has {}, which {fault}", quote(range)), "");
        }
    }
}

/// Versions from 1.31 on read the field, and those before 1.34 take one value.
fn traffic(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(text) = text(spec, "trafficDistribution").filter(|text| text.starts_with("PreferSame")) else { return };
    if walk.meets("1.31", "1.34") {
        let at = spec.get("trafficDistribution").unwrap_or(spec);
        walk.unsupported(at, "trafficDistribution", text, &["PreferClose"]);
    }
}

fn ports_are_there(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let count = spec.get("ports").map_or(0, Node::len);
    if count == 0 && !is_headless(spec) && kind(walk, spec).is_some_and(|kind| kind != "ExternalName") {
        walk.missing(spec, "ports", "add `ports:` and below it `- port: 80`; only a headless Service needs none");
    }
}

fn ports_differ(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(list) = spec.get("ports").filter(|ports| ports.len() > 1) else { return };
    let mut names = std::collections::HashSet::new();
    let mut ports = std::collections::HashSet::new();
    let mut node_ports = std::collections::HashSet::new();
    for (index, port) in list.items().enumerate() {
        let protocol = text(port, "protocol").unwrap_or("TCP");
        match text(port, "name") {
            None if port.get("name").is_none_or(super::is_empty) => {
                let hint = "add `name:`: every port needs one where there are several";
                walk.missing(port, &format!("ports[{index}].name"), hint);
            }
            Some(name) if !names.insert(name) => {
                walk.duplicate(port.get("name").unwrap_or(port), &format!("ports[{index}].name"), name);
            }
            _ => {}
        }
        for (field, seen) in [("port", &mut ports), ("nodePort", &mut node_ports)] {
            if let Some(number) = number(port, field).filter(|number| *number != 0)
                && !seen.insert((protocol, number))
            {
                let below = format!("ports[{index}].{field}");
                walk.duplicate(port.get(field).unwrap_or(port), &below, &format!("{number}/{protocol}"));
            }
        }
    }
}

fn fields_fit_the_type(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(kind) = kind(walk, spec) else { return };
    if kind == "ExternalName" {
        external_name(walk, spec);
    }
    if kind == "LoadBalancer" {
        load_balancer(walk, spec);
    } else {
        not_load_balancer(walk, spec);
    }
    if kind == "ClusterIP" {
        for (index, port) in items(spec, "ports") {
            if number(port, "nodePort").is_some_and(|number| number != 0) {
                let below = format!("ports[{index}].nodePort");
                let hint = "delete it, or write `type: NodePort`";
                walk.forbidden(port, &below, "does not go with `type: ClusterIP`", hint);
            }
        }
    }
    let is_external = matches!(kind, "LoadBalancer" | "NodePort")
        || (kind == "ClusterIP" && spec.get("externalIPs").is_some_and(|list| !list.is_empty()));
    if !is_external && text(spec, "externalTrafficPolicy").is_some() {
        let hint = "delete it, or write `type: LoadBalancer` or `type: NodePort`";
        walk.forbidden(spec, "externalTrafficPolicy", &format!("does not go with `type: {kind}`"), hint);
    }
    let needs_health = kind == "LoadBalancer" && text(spec, "externalTrafficPolicy") == Some("Local");
    if let Some(port) = number(spec, "healthCheckNodePort").filter(|number| *number != 0) {
        if !needs_health {
            let why = "goes only with `type: LoadBalancer` and `externalTrafficPolicy: Local`";
            walk.forbidden(spec, "healthCheckNodePort", why, "delete it");
        } else if !(1..=65535).contains(&port) {
            let at = spec.get("healthCheckNodePort").unwrap_or(spec);
            walk.invalid(at, "healthCheckNodePort", &format!("is {port}, not a number from 1 to 65535"), "");
        }
    }
}

fn external_name(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for field in ["clusterIPs", "clusterIP", "ipFamilies"] {
        if spec.get(field).is_some_and(|value| !super::is_empty(value)) {
            walk.forbidden(spec, field, "does not go with `type: ExternalName`", "delete it");
        }
    }
    if has(spec, "ipFamilyPolicy") {
        walk.forbidden(spec, "ipFamilyPolicy", "does not go with `type: ExternalName`", "delete it");
    }
    match any_text(walk, spec, "externalName").map(|name| name.strip_suffix('.').unwrap_or(name)) {
        None if text(spec, "externalName").is_some() => {}
        None | Some("") => walk.missing(spec, "externalName", "add `externalName:` and the host that is meant"),
        Some(name) => {
            if let Some(fault) = texts::subdomain(name) {
                let at = spec.get("externalName").unwrap_or(spec);
                let hint = "write the name of a host, such as `db.example.com`";
                walk.invalid(at, "externalName", &format!("is {}, which {fault}", quote(name)), hint);
            }
        }
    }
}

fn load_balancer(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (index, range) in items(spec, "loadBalancerSourceRanges") {
        if let Some(text) = item_text(walk, range)
            && let Some(fault) = block(walk, text.trim())
        {
            let below = format!("loadBalancerSourceRanges[{index}]");
            walk.invalid(range, &below, &format!("is {}, which {fault}", quote(text)), "");
        }
    }
    if let Some(class) = any_text(walk, spec, "loadBalancerClass")
        && let Some(fault) = texts::qualified_name(class)
    {
        let at = spec.get("loadBalancerClass").unwrap_or(spec);
        walk.invalid(at, "loadBalancerClass", &format!("is {}, which {fault}", quote(class)), "");
    }
}

fn not_load_balancer(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let hint = "delete it, or write `type: LoadBalancer`";
    if spec.get("loadBalancerSourceRanges").is_some_and(|list| !list.is_empty()) {
        walk.forbidden(spec, "loadBalancerSourceRanges", "goes only with `type: LoadBalancer`", hint);
    }
    for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if has(spec, field) {
            walk.forbidden(spec, field, "goes only with `type: LoadBalancer`", hint);
        }
    }
}

fn cluster_ips(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(kind) = kind(walk, spec).filter(|kind| *kind != "ExternalName") else { return };
    if matches!(kind, "LoadBalancer" | "NodePort") && is_headless(spec) {
        let field = if has(spec, "clusterIP") { "clusterIP" } else { "clusterIPs" };
        let hint = "delete it: who reaches the Service from outside needs an address inside, too";
        walk.forbidden(spec, field, &format!("must not be `None` with `type: {kind}`"), hint);
    }
    let list = get(spec, "clusterIPs").filter(|list| !list.is_empty());
    let one = any_text(walk, spec, "clusterIP").filter(|ip| !ip.is_empty());
    let Some(list) = list else {
        if let Some(ip) = one.filter(|ip| *ip != "None") {
            cluster_ip(walk, spec, spec.get("clusterIP").unwrap_or(spec), "clusterIP", (ip, 0));
        }
        return;
    };
    match (one, list.items().next().and_then(Node::as_str)) {
        (None, _) => {
            let hint = "add `clusterIP:` with the first of them, or delete `clusterIPs:`";
            walk.invalid(list, "clusterIPs", "must not be there without `clusterIP`", hint);
        }
        (Some(one), Some(first)) if one != first && !walk.is_placeholder(first) => {
            let fault = format!("begins with {}, and `clusterIP` is {}", quote(first), quote(one));
            walk.invalid(list, "clusterIPs", &fault, "write the same address in both places");
        }
        _ => {}
    }
    several_cluster_ips(walk, spec, list);
}

fn several_cluster_ips(walk: &mut Walk<'_, '_>, spec: Node<'_>, list: Node<'_>) {
    let count = list.len();
    let mut families = [0, 0];
    for (index, node) in list.items().enumerate() {
        let below = format!("clusterIPs[{index}]");
        match node.value() {
            Value::String(text) if walk.is_placeholder(text) => return,
            Value::String("None") if index == 0 && count == 1 => {}
            Value::String("None") if index == 0 => {
                walk.invalid(node, &below, "must be the only one if it is `None`", "delete the others");
            }
            Value::String(text) => {
                cluster_ip(walk, spec, node, &below, (text, index));
                if let Some(address) = addresses::parse(text) {
                    let [v4, v6] = &mut families;
                    *(if address.is_ipv4() { v4 } else { v6 }) += 1;
                }
            }
            _ => {}
        }
    }
    if count > 2 || families.iter().any(|family| *family > 1) {
        let hint = "keep one of IPv4 and one of IPv6";
        walk.invalid(list, "clusterIPs", "has more than one address of a family", hint);
    }
}

fn cluster_ip(walk: &mut Walk<'_, '_>, spec: Node<'_>, node: Node<'_>, below: &str, (text, index): (&str, usize)) {
    let Some(address) = addresses::parse(text) else {
        let hint = "delete it, and the cluster gives the Service an address; `None` makes it headless";
        let fault = format!("is {}, which is neither an IP address nor `None`", quote(text));
        return walk.invalid(node, below, &fault, hint);
    };
    if let Some(fault) = addresses::strict_ip(text).filter(|_| walk.reaches("1.36")) {
        walk.invalid(node, below, &format!("is {}, which {fault}", quote(text)), "Kubernetes 1.36 and newer refuse it");
    }
    let family = items(spec, "ipFamilies").nth(index).and_then(|(_, family)| family.as_str());
    let is_other = matches!((family, address.is_ipv4()), (Some("IPv4"), false) | (Some("IPv6"), true));
    if let Some(family) = family.filter(|_| is_other) {
        let fault = format!("is {}, and `ipFamilies[{index}]` is {family}", quote(text));
        walk.invalid(node, below, &fault, "let the address and the family be of one kind");
    }
}

fn affinity(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if text(spec, "sessionAffinity") != Some("ClientIP") {
        return;
    }
    let Some(config) = at(spec, &["sessionAffinityConfig", "clientIP"]) else { return };
    if let Some(seconds) = number(config, "timeoutSeconds").filter(|seconds| !(1..=86400).contains(seconds)) {
        let at = config.get("timeoutSeconds").unwrap_or(config);
        let fault = format!("is {seconds}, not a number from 1 to 86400");
        walk.invalid(at, "sessionAffinityConfig.clientIP.timeoutSeconds", &fault, "");
    }
}

fn target_port(walk: &mut Walk<'_, '_>, port: Node<'_>) {
    port_or_name(walk, port, "targetPort");
}

/// A number of a port, or the name of one; 0 and `""` are as good as nothing.
pub(super) fn port_or_name(walk: &mut Walk<'_, '_>, node: Node<'_>, field: &str) {
    let Some(value) = node.get(field) else { return };
    match value.value() {
        Value::Integer(number) if !(0..=65535).contains(&number) => {
            walk.invalid(value, field, &format!("is {number}, not a number from 1 to 65535"), "");
        }
        Value::String(text) if !text.is_empty() && !walk.is_placeholder(text) => {
            if let Some(fault) = texts::port_name(text) {
                walk.invalid(value, field, &format!("is {}, which {fault}", quote(text)), "");
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn what_a_service_cannot_be() {
        each_is_found(
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{name: x, port: 80, targetPort: http}, {name: z, port: 81}]}}",
            &[
                ("name: a}", "name: 1a}", "does not begin with a letter"),
                ("port: 80,", "port: 0,", "`spec.ports[0].port` of Service \"a\" is 0"),
                ("port: 80, ", "", "`spec.ports[0].port` of Service \"a\" is missing"),
                ("name: x", "name: X", "upper-case `X`"),
                ("name: z", "name: x", "is `x` once more"),
                ("name: z, ", "", "`spec.ports[1].name` of Service \"a\" is missing"),
                ("port: 81", "port: 80", "is `80/TCP` once more"),
                ("targetPort: http", "targetPort: 70000", "not a number from 1 to 65535"),
                ("targetPort: http", "targetPort: \"80\"", "has no letter"),
                ("port: 81", "port: 81, nodePort: 30000", "does not go with `type: ClusterIP`"),
                ("port: 81", "port: 81, appProtocol: \"\"", "schema/invalid"),
                ("{app: a}", "{app: a b}", "has a space"),
                (
                    "ports: [{name: x, port: 80, targetPort: http}, {name: z, port: 81}]",
                    "type: NodePort",
                    "`spec.ports` of Service \"a\" is missing",
                ),
                ("selector: {app: a}", "clusterIP: None, type: NodePort", "must not be `None` with `type: NodePort`"),
                ("selector: {app: a}", "clusterIP: 10.0.0", "neither an IP address nor `None`"),
                ("selector: {app: a}", "clusterIPs: [10.0.0.1]", "must not be there without `clusterIP`"),
                ("selector: {app: a}", "clusterIP: 10.0.0.2, clusterIPs: [10.0.0.1]", "begins with `10.0.0.1`"),
                (
                    "selector: {app: a}",
                    "clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 10.0.0.2]",
                    "more than one address of a family",
                ),
                ("selector: {app: a}", "clusterIP: 10.0.0.1, ipFamilies: [IPv6]", "`ipFamilies[0]` is IPv6"),
                ("selector: {app: a}", "ipFamilies: [IPv4, IPv4]", "once more"),
                ("selector: {app: a}", "externalIPs: [127.0.0.1]", "the address of the machine itself"),
                (
                    "selector: {app: a}",
                    "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}",
                    "from 1 to 86400",
                ),
                ("selector: {app: a}", "loadBalancerClass: a", "goes only with `type: LoadBalancer`"),
                ("selector: {app: a}", "type: LoadBalancer, loadBalancerClass: a b", "has a space"),
                ("selector: {app: a}", "loadBalancerSourceRanges: [10.0.0.0/8]", "goes only with `type: LoadBalancer`"),
                (
                    "selector: {app: a}",
                    "type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0]",
                    "no block of addresses",
                ),
                ("selector: {app: a}", "externalTrafficPolicy: Local", "does not go with `type: ClusterIP`"),
                ("selector: {app: a}", "healthCheckNodePort: 30000", "goes only with `type: LoadBalancer`"),
                ("selector: {app: a}", "trafficDistribution: Nearest", "which is not supported"),
                ("selector: {app: a}", "type: ExternalName", "`spec.externalName` of Service \"a\" is missing"),
                ("selector: {app: a}", "type: ExternalName, externalName: a_b", "has an underscore"),
                (
                    "selector: {app: a}",
                    "type: ExternalName, externalName: a, clusterIP: None",
                    "does not go with `type: ExternalName`",
                ),
                (
                    "metadata: {name: a}",
                    "metadata: {name: a, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: x}}",
                    "no block of addresses",
                ),
            ],
        );
    }
}
