//! `Endpoints` and `EndpointSlice`s: addresses behind a Service.

use super::fields::{has, item_text, items};
use super::{Extra, Must, Row, Walk, extra, forms, must, needs, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::{addresses, texts};

const ADDRESS: &[&str] = &["core.v1.EndpointAddress"];
const PORTS: &[&str] = &["core.v1.EndpointPort"];
const SLICE: &[&str] = &["discovery.v1.EndpointSlice"];
const ENDPOINT: &[&str] = &["discovery.v1.Endpoint"];
const HINTS: &[&str] = &["discovery.v1.EndpointHints"];

pub(super) static ROWS: &[Row] = &[
    needs(ADDRESS, &["ip"]),
    must(
        ADDRESS,
        &["ip"],
        &[Must::Text(addresses::endpoint_ip), Must::Since("1.36", &Must::Text(addresses::strict_ip))],
    ),
    must(ADDRESS, &["hostname"], &[Must::Text(texts::dns_label)]),
    must(ADDRESS, &["nodeName"], &[Must::Whole(texts::subdomain)]),
    needs(PORTS, &["port"]),
    must(PORTS, &["port"], &[Must::Between(1, 65535)]),
    must(PORTS, &["name"], &[Must::Text(texts::dns_label)]),
    must(PORTS, &["appProtocol"], &[Must::Whole(texts::qualified_name)]),
    needs(SLICE, &["addressType"]),
    must(SLICE, &["endpoints"], &[Must::AtMost(1000)]),
    must(SLICE, &["ports"], &[Must::AtMost(20_000)]),
    needs(ENDPOINT, &["addresses"]),
    must(ENDPOINT, &["addresses"], &[Must::AtMost(100)]),
    must(ENDPOINT, &["nodeName"], &[Must::Whole(texts::subdomain)]),
    must(ENDPOINT, &["hostname"], &[Must::Whole(texts::dns_label)]),
    must(
        ENDPOINT,
        &["deprecatedTopology"],
        &[Must::AtMost(16), Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))],
    ),
    must(HINTS, &["forZones", "forNodes"], &[Must::AtMost(8), Must::UniqueBy("name")]),
    must(&["discovery.v1.ForZone"], &["name"], &[Must::Text(texts::label_value)]),
    needs(&["discovery.v1.ForNode"], &["name"]),
    must(&["discovery.v1.ForNode"], &["name"], &[Must::Text(texts::subdomain)]),
    must(&["discovery.v1.EndpointPort"], &["name"], &[Must::Text(texts::dns_label)]),
    must(&["discovery.v1.EndpointPort"], &["appProtocol"], &[Must::Whole(texts::qualified_name)]),
    must(&["discovery.v1.EndpointPort"], &["protocol"], &[Must::Whole(texts::not_blank)]),
];

pub(super) static EXTRAS: &[Extra] =
    &[extra(&["core.v1.EndpointSubset"], subset), extra(SLICE, addresses_fit_the_type), extra(SLICE, ports_differ)];

fn subset(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let is_there = |field| node.get(field).is_some_and(|list: Node<'_>| !list.is_empty());
    if !is_there("addresses") && !is_there("notReadyAddresses") {
        walk.missing(node, "addresses", "add `addresses:` or `notReadyAddresses:`");
    }
    if node.get("ports").is_some_and(|ports| ports.len() > 1) {
        for (index, port) in items(node, "ports") {
            if port.get("name").is_none_or(super::is_empty) {
                let hint = "add `name:`: every port needs one where there are several";
                walk.missing(port, &format!("ports[{index}].name"), hint);
            }
        }
    }
}

fn addresses_fit_the_type(walk: &mut Walk<'_, '_>, slice: Node<'_>) {
    let form: fn(&str) -> Option<String> = match text(slice, "addressType") {
        Some("IPv4") => v4,
        Some("IPv6") => v6,
        Some("FQDN") => forms::full_domain,
        _ => return,
    };
    let is_v4 = text(slice, "addressType") == Some("IPv4");
    for (index, endpoint) in items(slice, "endpoints") {
        for (number, address) in items(endpoint, "addresses") {
            let Some(text) = item_text(walk, address) else { continue };
            let strict = || addresses::strict_ip(text).filter(|_| is_v4 && walk.reaches("1.36"));
            if let Some(fault) = form(text).or_else(strict) {
                let below = format!("endpoints[{index}].addresses[{number}]");
                walk.invalid(address, &below, &format!("is {}, which {fault}", quote(text)), "");
            }
        }
    }
}

fn v4(text: &str) -> Option<String> {
    match addresses::parse(text) {
        Some(address) if address.is_ipv6() => Some("is no address of IPv4".to_owned()),
        _ => addresses::endpoint_ip(text),
    }
}

fn v6(text: &str) -> Option<String> {
    match addresses::parse(text) {
        Some(address) if address.is_ipv4() => Some("is no address of IPv6".to_owned()),
        _ => addresses::canonical_ip(text).or_else(|| addresses::endpoint_ip(text)),
    }
}

/// A port without a name has the name `""`, which only one of them may have.
fn ports_differ(walk: &mut Walk<'_, '_>, slice: Node<'_>) {
    let Some(list) = slice.get("ports").filter(|ports| ports.len() > 1) else { return };
    let mut seen = std::collections::HashSet::new();
    for (index, port) in list.items().enumerate() {
        let name = text(port, "name").unwrap_or_default();
        if !seen.insert(name) {
            let below = format!("ports[{index}].name");
            if has(port, "name") {
                walk.duplicate(port.get("name").unwrap_or(port), &below, name);
            } else {
                walk.missing(port, &below, "add `name:`: only one port can be without");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn addresses_behind_a_service() {
        each_is_found(
            "{apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{name: x, port: 80}, {name: z, port: 81}]}]}",
            &[
                ("ip: 10.0.0.1", "hostname: a", "`subsets[0].addresses[0].ip` of Endpoints \"a\" is missing"),
                ("ip: 10.0.0.1", "ip: 127.0.0.1", "the machine itself"),
                ("ip: 10.0.0.1", "ip: 10.0.0.1, hostname: A", "upper-case"),
                ("ip: 10.0.0.1", "ip: 10.0.0.1, nodeName: \"\"", "schema/invalid"),
                ("addresses: [{ip: 10.0.0.1}], ", "", "`subsets[0].addresses` of Endpoints \"a\" is missing"),
                ("name: z, ", "", "`subsets[0].ports[1].name` of Endpoints \"a\" is missing"),
                ("port: 81", "port: 0", "is 0, not a number"),
            ],
        );
    }

    #[test]
    fn slices() {
        each_is_found(
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}], ports: [{name: x, port: 80}]}",
            &[
                ("addressType: IPv4, ", "", "`addressType` of EndpointSlice \"a\" is missing"),
                ("10.0.0.1", "\"::1\"", "no address of IPv4"),
                ("addressType: IPv4", "addressType: IPv6", "no address of IPv6"),
                ("addresses: [10.0.0.1]", "nodeName: a", "`endpoints[0].addresses` of EndpointSlice \"a\" is missing"),
                ("port: 80}", "port: 80}, {name: x}", "is `x` once more"),
                ("port: 80}", "port: 80}, {}, {}", "is missing"),
                (
                    "addresses: [10.0.0.1]",
                    "addresses: [10.0.0.1], hints: {forZones: [{name: a}, {name: a}]}",
                    "is `a` once more",
                ),
            ],
        );
    }
}
