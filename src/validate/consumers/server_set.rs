//! What only a cluster writes: the status, and fields of metadata. It stands in files because objects were read from a cluster.

use super::rules;
use crate::finding::Rule;
use crate::object::{Node, Value};
use crate::validate::subject::Subject;

pub(super) fn status(on: &mut Subject<'_>) {
    // Config Sync does not look at the status of its own old kinds.
    if on.object.group() == Some("configmanagement.gke.io") {
        return;
    }
    let Some((key, status)) = on.object.node.entry("status") else { return };
    if !status.is_empty() {
        let message = format!("{} has a status, which only a cluster writes", on.label);
        let hint = "delete `status:` and all below it (Config Sync: KNV1045)";
        on.find_at(&rules::STATUS, on.key_place(key), message, hint);
    }
}

/// Fields, what harmless values they may have, and the rule.
type Field = (&'static str, fn(Node<'_>) -> bool, &'static Rule);

static FIELDS: &[Field] = &[
    ("ownerReferences", no_items, &rules::SERVER_SET),
    ("selfLink", no_text, &rules::SERVER_SET),
    ("uid", no_text, &rules::SERVER_SET),
    ("resourceVersion", no_text, &rules::RESOURCE_VERSION),
    ("generation", zero, &rules::SERVER_SET),
    ("creationTimestamp", no_text, &rules::SERVER_SET),
    ("deletionTimestamp", |_| false, &rules::SERVER_SET),
    ("deletionGracePeriodSeconds", |_| false, &rules::SERVER_SET),
    ("managedFields", |_| false, &rules::MANAGED_FIELDS),
];

pub(super) fn metadata(on: &mut Subject<'_>) {
    let Some(metadata) = on.object.node.get("metadata") else { return };
    for (name, is_harmless, rule) in FIELDS {
        let Some((key, value)) = metadata.entry(name) else { continue };
        if value.is_null() || is_harmless(value) {
            continue;
        }
        let message = format!("{} has the field metadata.{name}, which only a cluster sets", on.label);
        on.find_at(rule, on.key_place(key), message, format!("delete `{name}:`{}", below(value)));
    }
}

fn below(value: Node<'_>) -> &'static str {
    if value.is_empty() { "" } else { " and all below it" }
}

fn no_items(node: Node<'_>) -> bool {
    node.is_empty()
}

fn no_text(node: Node<'_>) -> bool {
    node.as_str() == Some("")
}

fn zero(node: Node<'_>) -> bool {
    node.value() == Value::Integer(0)
}
