//! Network policies, addresses and blocks of addresses.

use super::fields::{has, items};
use super::{Extra, Must, Row, Walk, cluster, extra, forms, get, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::addresses::{self, Block};
use crate::validate::subject::quote;
use crate::validate::texts;

const PARENT: &[&str] =
    &["networking.v1.ParentReference", "networking.v1beta1.ParentReference", "networking.v1alpha1.ParentReference"];
const ADDRESS: &[&str] = &["networking.v1.IPAddress", "networking.v1beta1.IPAddress", "networking.v1alpha1.IPAddress"];
const ADDRESS_SPEC: &[&str] =
    &["networking.v1.IPAddressSpec", "networking.v1beta1.IPAddressSpec", "networking.v1alpha1.IPAddressSpec"];
const BLOCKS: &[&str] =
    &["networking.v1.ServiceCIDR", "networking.v1beta1.ServiceCIDR", "networking.v1alpha1.ServiceCIDR"];
const BLOCKS_SPEC: &[&str] =
    &["networking.v1.ServiceCIDRSpec", "networking.v1beta1.ServiceCIDRSpec", "networking.v1alpha1.ServiceCIDRSpec"];
const BLOCK: &[&str] = &["networking.v1.IPBlock"];

pub(super) static ROWS: &[Row] = &[
    must(
        &["networking.v1.NetworkPolicySpec"],
        &["policyTypes"],
        &[Must::AtMost(2), Must::Each(&Must::Whole(texts::not_blank))],
    ),
    must(&["networking.v1.NetworkPolicyPort"], &["protocol"], &[Must::Whole(texts::not_blank)]),
    needs(BLOCK, &["cidr"]),
    must(BLOCK, &["cidr"], &[Must::Text(addresses::cidr), Must::Since("1.36", &Must::Text(addresses::strict_cidr))]),
    must(
        BLOCK,
        &["except"],
        &[
            Must::Each(&Must::Whole(addresses::cidr)),
            Must::Since("1.36", &Must::Each(&Must::Text(addresses::strict_cidr))),
        ],
    ),
    needs(ADDRESS, &["spec"]),
    needs(ADDRESS_SPEC, &["parentRef"]),
    needs(PARENT, &["resource", "name"]),
    must(PARENT, &["group"], &[Must::Text(texts::subdomain)]),
    must(PARENT, &["resource", "name", "namespace"], &[Must::Text(forms::segment)]),
    needs(BLOCKS, &["spec"]),
    needs(BLOCKS_SPEC, &["cidrs"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["networking.v1.NetworkPolicyPort"], port),
    extra(&["networking.v1.NetworkPolicyPeer"], peer),
    extra(BLOCK, except_is_within),
    extra(BLOCKS_SPEC, service_blocks),
];

fn port(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let end = number(node, "endPort");
    let end_at = node.get("endPort").unwrap_or(node);
    match get(node, "port").map(|port| (port, port.value())) {
        Some((at, Value::Integer(first))) => {
            if !(1..=65535).contains(&first) {
                walk.invalid(at, "port", &format!("is {first}, not a number from 1 to 65535"), "");
            }
            if let Some(end) = end.filter(|end| *end < first || *end > 65535) {
                walk.invalid(end_at, "endPort", &format!("is {end}, not a number from {first} to 65535"), "");
            }
        }
        Some((at, Value::String(name))) if !walk.is_placeholder(name) => {
            if let Some(fault) = texts::port_name(name) {
                walk.invalid(at, "port", &format!("is {}, which {fault}", quote(name)), "");
            }
            if end.is_some() {
                let hint = "write the number of the port, or delete it";
                walk.forbidden(node, "endPort", "does not go with the name of a port", hint);
            }
        }
        None if end.is_some() => walk.forbidden(node, "endPort", "needs a `port`", "add `port:`"),
        _ => {}
    }
}

fn peer(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let is_selected = has(node, "podSelector") || has(node, "namespaceSelector");
    match (has(node, "ipBlock"), is_selected) {
        (false, false) => {
            walk.missing(
                node,
                "podSelector",
                "add `podSelector:`, `namespaceSelector:` or `ipBlock:`; `{}` selects all",
            );
        }
        (true, true) => {
            let hint = "make two items of it: `ipBlock` alone, and the selectors";
            walk.forbidden(node, "ipBlock", "must not be there beside a selector", hint);
        }
        _ => {}
    }
}

fn except_is_within(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let Some(block) = text(node, "cidr").and_then(Block::parse) else { return };
    for (index, except) in items(node, "except") {
        if let Some(part) = except.as_str().and_then(Block::parse).filter(|part| !block.has_within(*part)) {
            let fault = format!("is `{part}`, which is not a part of `{block}`");
            walk.invalid(except, &format!("except[{index}]"), &fault, "write a smaller block within `cidr`");
        }
    }
}

fn service_blocks(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if let Some(list) = get(spec, "cidrs") {
        cluster::blocks(walk, list, "cidrs", |_, text| addresses::canonical_cidr(text));
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn policies() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80, endPort: 90}]}]}}",
            &[
                ("{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}", "{}", "add `podSelector:`"),
                ("{ipBlock", "{podSelector: {}, ipBlock", "beside a selector"),
                ("cidr: 10.0.0.0/8, ", "", "`spec.ingress[0].from[0].ipBlock.cidr`"),
                ("10.0.0.0/8", "10.0.0.0", "no block"),
                ("10.1.0.0/16", "11.0.0.0/16", "not a part of"),
                ("endPort: 90", "endPort: 70", "not a number from 80 to 65535"),
                ("port: 80", "port: 0", "from 1 to 65535"),
                ("port: 80", "port: http", "the name of a port"),
                ("port: 80, ", "", "needs a `port`"),
                ("spec: {", "spec: {policyTypes: [Ingress, Egress, Ingress], ", "2 is the most"),
            ],
        );
    }

    #[test]
    fn addresses_and_blocks() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: IPAddress, metadata: {name: 10.0.0.1}, spec: {parentRef: {resource: services, name: a}}}",
            &[
                ("name: 10.0.0.1", "name: 010.0.0.1", "the usual way"),
                ("parentRef: {resource: services, name: a}", "", "`spec` of"),
                ("resource: services, ", "", "resource` of"),
                ("name: a", "name: a/b", "has a `/`"),
            ],
        );
    }

    #[test]
    fn blocks_of_services() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: a}, spec: {cidrs: [10.0.0.0/24]}}",
            &[
                ("10.0.0.0/24", "10.0.0.1/24", "the usual way"),
                ("10.0.0.0/24", "10.0.0.0/24, 10.1.0.0/24", "more than one block"),
                ("cidrs: [10.0.0.0/24]", "cidrs: []", "is empty"),
            ],
        );
    }
}
