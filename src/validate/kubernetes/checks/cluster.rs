//! Namespaces, Nodes, Bindings.

use super::fields::{any_text, at, item_text, items};
use super::resources::amounts;
use super::{Extra, Must, Row, Walk, extra, get, metadata, must, needs, text};
use crate::object::{Node, Value};
use crate::validate::addresses::{self, Block};
use crate::validate::subject::quote;
use crate::validate::texts;

const TAINT: &[&str] = &["core.v1.Taint"];
const BINDING: &[&str] = &["core.v1.Binding"];
const LEVELS: &[&str] = &["privileged", "baseline", "restricted"];

pub(super) static ROWS: &[Row] = &[
    needs(TAINT, &["key", "effect"]),
    must(TAINT, &["key"], &[Must::Text(texts::qualified_name)]),
    must(TAINT, &["value"], &[Must::Text(texts::label_value)]),
    needs(BINDING, &["target"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.Namespace"], pod_security),
    extra(&["core.v1.NamespaceSpec"], finalizers),
    extra(&["core.v1.NodeSpec"], taints_differ),
    extra(&["core.v1.NodeSpec"], pod_blocks),
    extra(&["core.v1.NodeStatus"], node_amounts),
    extra(BINDING, target),
];

/// Labels that say how strictly pods are looked at: the server knows the values.
fn pod_security(walk: &mut Walk<'_, '_>, namespace: Node<'_>) {
    let Some(labels) = at(namespace, &["metadata", "labels"]) else { return };
    for (key, value) in labels.entries() {
        let Some(mode) = key.as_str().strip_prefix("pod-security.kubernetes.io/") else { continue };
        let text = match value.value() {
            Value::String(text) if !walk.is_placeholder(text) => text,
            Value::Null => "",
            _ => continue,
        };
        let below = format!("metadata.labels[{}]", key.as_str());
        match mode {
            "enforce" | "audit" | "warn" if !LEVELS.contains(&text) => {
                walk.unsupported(value, &below, text, LEVELS);
            }
            "enforce-version" | "audit-version" | "warn-version" if !is_version(text) => {
                let fault = format!("is {}, which is no version", quote(text));
                walk.invalid(value, &below, &fault, "write `latest` or a version such as `v1.35`");
            }
            _ => {}
        }
    }
}

fn is_version(text: &str) -> bool {
    let is_number = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
    };
    text == "latest" || text.strip_prefix("v1.").is_some_and(is_number)
}

fn finalizers(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (index, item) in items(spec, "finalizers") {
        let Some(name) = item_text(walk, item) else { continue };
        if let Some(fault) = metadata::finalizer(name) {
            walk.invalid(item, &format!("finalizers[{index}]"), &format!("is {}, which {fault}", quote(name)), "");
        }
    }
}

fn taints_differ(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let pair = |taint| (text(taint, "key"), text(taint, "effect"));
    for (index, taint) in items(spec, "taints") {
        if items(spec, "taints").take(index).any(|(_, other)| pair(other) == pair(taint))
            && let (Some(key), Some(effect)) = pair(taint)
        {
            let node = taint.get("key").unwrap_or(taint);
            walk.duplicate(node, &format!("taints[{index}].key"), &format!("{key}:{effect}"));
        }
    }
}

fn pod_blocks(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let first = any_text(walk, spec, "podCIDR").filter(|text| !text.is_empty());
    // Where the two differ, the server goes by the old field.
    let list = get(spec, "podCIDRs").filter(|list| {
        let head = list.items().next().and_then(Node::as_str);
        !list.is_empty() && first.is_none_or(|first| head == Some(first))
    });
    if let (None, Some(text)) = (list, first)
        && let Some(fault) = block(walk, text)
    {
        let node = spec.get("podCIDR").unwrap_or(spec);
        walk.invalid(node, "podCIDR", &format!("is {}, which {fault}", quote(text)), "");
    }
    let Some(list) = list else { return };
    blocks(walk, list, "podCIDRs", block);
}

/// A block; since 1.36 the server is strict about how it is written.
pub(super) fn block(walk: &Walk<'_, '_>, text: &str) -> Option<String> {
    addresses::cidr(text).or_else(|| addresses::strict_cidr(text).filter(|_| walk.reaches("1.36")))
}

/// What keeps a text from being a block as a field wants it.
type BlockForm = fn(&Walk<'_, '_>, &str) -> Option<String>;

/// A list of at most one block of each family.
pub(super) fn blocks(walk: &mut Walk<'_, '_>, list: Node<'_>, field: &str, form: BlockForm) {
    let (mut v4, mut v6) = (0, 0);
    for (index, node) in list.items().enumerate() {
        let Some(text) = item_text(walk, node) else { return };
        if let Some(fault) = form(walk, text) {
            walk.invalid(node, &format!("{field}[{index}]"), &format!("is {}, which {fault}", quote(text)), "");
        }
        match Block::parse(text) {
            Some(block) if block.is_v4() => v4 += 1,
            Some(_) => v6 += 1,
            None => {}
        }
    }
    if v4 > 1 || v6 > 1 || list.len() > 2 {
        let hint = "keep one of IPv4 and one of IPv6";
        walk.invalid(list, field, "has more than one block of a family", hint);
    }
}

fn node_amounts(walk: &mut Walk<'_, '_>, status: Node<'_>) {
    for field in ["capacity", "allocatable"] {
        amounts(walk, status, field, |_| None);
    }
}

fn target(walk: &mut Walk<'_, '_>, binding: Node<'_>) {
    let Some(target) = get(binding, "target") else { return };
    if target.get("name").is_none_or(super::is_empty) {
        walk.missing(target, "target.name", "add the name of a Node");
    }
    if let Some(kind) = text(target, "kind").filter(|kind| *kind != "Node" && !walk.is_placeholder(kind)) {
        let node = target.get("kind").unwrap_or(target);
        walk.unsupported(node, "target.kind", kind, &["Node"]);
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn namespaces() {
        each_is_found(
            "{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn-version: v1.30}}, spec: {finalizers: [kubernetes]}}",
            &[
                ("baseline", "strict", "supported are privileged"),
                ("v1.30", "1-30", "is no version"),
                ("[kubernetes]", "[a]", "has a domain"),
                ("[kubernetes]", "[\"\"]", "is empty"),
            ],
        );
    }

    #[test]
    fn nodes() {
        each_is_found(
            "{apiVersion: v1, kind: Node, metadata: {name: a}, status: {capacity: {pods: 10}}, spec: {podCIDRs: [10.0.0.0/24], taints: [{key: a, effect: NoSchedule}]}}",
            &[
                ("key: a, ", "", "`spec.taints[0].key` of Node \"a\" is missing"),
                ("key: a", "key: a b", "has a space"),
                (
                    "effect: NoSchedule}",
                    "effect: NoSchedule}, {key: a, effect: NoSchedule}",
                    "is `a:NoSchedule` once more",
                ),
                (", effect: NoSchedule", "", "effect` of Node \"a\" is missing"),
                ("10.0.0.0/24", "10.0.0.0", "no block"),
                ("pods: 10", "pods: 1.5", "is a fraction"),
                ("pods: 10", "cpu: -1", "is less than 0"),
                ("10.0.0.0/24", "10.0.0.0/24, 10.0.1.0/24", "more than one block"),
            ],
        );
    }
}
