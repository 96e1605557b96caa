//! Classes of pods: how they are run, and what goes before what.

use super::fields::{at, items};
use super::resources::{amounts, fault_in_container};
use super::{Extra, Must, Row, Walk, extra, is_true, must, needs, number, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const RUNTIME: &[&str] = &["node.v1.RuntimeClass"];
const PRIORITY: &[&str] = &["scheduling.v1.PriorityClass"];
const SCHEDULING: &[&str] = &["node.v1.Scheduling"];
/// Greater ones are kept for what the cluster itself needs.
const MOST: i64 = 1_000_000_000;

pub(super) static ROWS: &[Row] = &[
    needs(RUNTIME, &["handler"]),
    must(RUNTIME, &["handler"], &[Must::Text(texts::dns_label)]),
    must(
        SCHEDULING,
        &["nodeSelector"],
        &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))],
    ),
    must(PRIORITY, &["preemptionPolicy"], &[Must::Whole(texts::not_blank)]),
];

pub(super) static EXTRAS: &[Extra] =
    &[extra(&["node.v1.Overhead"], overhead), extra(SCHEDULING, tolerations_differ), extra(PRIORITY, priority)];

fn overhead(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    amounts(walk, node, "podFixed", fault_in_container);
}

fn tolerations_differ(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let key = |toleration| ["key", "operator", "value", "effect"].map(|field| text(toleration, field));
    for (index, toleration) in items(node, "tolerations") {
        if items(node, "tolerations").take(index).any(|(_, other)| key(other) == key(toleration)) {
            let shown = text(toleration, "key").unwrap_or_default();
            walk.duplicate(toleration, &format!("tolerations[{index}]"), shown);
        }
    }
}

fn priority(walk: &mut Walk<'_, '_>, class: Node<'_>) {
    let value = number(class, "value").unwrap_or_default();
    let Some(node) = at(class, &["metadata", "name"]) else { return };
    let Some(name) = node.as_str().filter(|name| !walk.is_placeholder(name)) else { return };
    let own = match name {
        "system-node-critical" => Some(2 * MOST + 1000),
        "system-cluster-critical" => Some(2 * MOST),
        _ => None,
    };
    let at_value = class.get("value").unwrap_or(class);
    match own {
        Some(own) if value != own => {
            walk.invalid(at_value, "value", &format!("is {value}, and that of {} is {own}", quote(name)), "");
        }
        Some(_) if is_true(class, "globalDefault") => {
            walk.forbidden(class, "globalDefault", "must not be true for a class of the cluster's own", "delete it");
        }
        None if name.starts_with("system-") => {
            let fault = format!("is {}, and `system-` is kept for the cluster itself", quote(name));
            walk.invalid(node, "metadata.name", &fault, "choose another name");
        }
        None if value > MOST => {
            walk.invalid(at_value, "value", &format!("is {value}, and {MOST} is the most"), "write a smaller number");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn runtimes() {
        each_is_found(
            "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: a}, handler: h, overhead: {podFixed: {cpu: 1}}, scheduling: {nodeSelector: {a: b}, tolerations: [{key: a, operator: Exists}]}}",
            &[
                ("handler: h", "handler: H", "upper-case"),
                ("handler: h, ", "", "`handler` of"),
                ("cpu: 1", "cpu: -1", "less than 0"),
                ("cpu: 1", "cpus: 1", "schema/invalid"),
                ("{a: b}", "{a: b c}", "has a space"),
                ("operator: Exists}", "operator: Exists}, {key: a, operator: Exists}", "once more"),
            ],
        );
    }

    #[test]
    fn priorities() {
        each_is_found(
            "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: a}, value: 1000}",
            &[
                ("value: 1000", "value: 1000000001", "1000000000 is the most"),
                ("name: a", "name: system-a", "kept for the cluster"),
                ("name: a", "name: system-node-critical", "2000001000"),
                ("value: 1000", "preemptionPolicy: \"\"", "is empty"),
            ],
        );
    }
}
