//! Claims for volumes (`PersistentVolumeClaim`), also those in templates.

use super::fields::{any_text, at, has};
use super::persistent::{access_modes, positive};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const SPEC: &[&str] = &["core.v1.PersistentVolumeClaimSpec"];

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.PersistentVolumeClaim", "core.v1.PersistentVolumeClaimTemplate"], &["spec"]),
    needs(SPEC, &["accessModes"]),
    must(SPEC, &["accessModes"], &[Must::Each(&Must::Whole(texts::not_blank))]),
    must(SPEC, &["storageClassName", "volumeAttributesClassName"], &[Must::Text(texts::subdomain)]),
    must(SPEC, &["volumeMode"], &[Must::Whole(texts::not_blank)]),
];

pub(super) static EXTRAS: &[Extra] = &[extra(SPEC, size), extra(SPEC, access_modes), extra(SPEC, sources)];

fn size(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let requests = at(spec, &["resources", "requests"]);
    match requests.and_then(|requests| requests.get("storage")) {
        None => {
            let hint = "add `resources:`, below it `requests:`, and below that `storage: 10Gi`";
            let node = requests.or_else(|| get(spec, "resources")).unwrap_or(spec);
            walk.missing(node, "resources.requests.storage", hint);
        }
        Some(value) => positive(walk, value, "resources.requests.storage"),
    }
}

fn sources(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let reference = get(spec, "dataSourceRef");
    // On its own, `dataSource` is dropped without a word where it is neither a claim nor a snapshot.
    let source = get(spec, "dataSource").filter(|source| {
        let kind = (text(*source, "apiGroup"), text(*source, "kind"));
        let is_kept = matches!(
            kind,
            (None, Some("PersistentVolumeClaim")) | (Some("snapshot.storage.k8s.io"), Some("VolumeSnapshot"))
        );
        reference.is_some() || is_kept
    });
    for (field, node) in [("dataSource", source), ("dataSourceRef", reference)] {
        if let Some(node) = node {
            data_source(walk, node, field);
        }
    }
    let (Some(source), Some(reference)) = (source, reference) else { return };
    if text(reference, "namespace").is_some() {
        let why = "must not be there beside a `dataSourceRef` with a namespace";
        return walk.forbidden(spec, "dataSource", why, "delete it");
    }
    let differs = |field| text(source, field) != text(reference, field) || has(source, field) != has(reference, field);
    if differs("apiGroup") || differs("kind") || differs("name") {
        walk.invalid(source, "dataSource", "is not the same as `dataSourceRef`", "delete one of the two");
    }
}

fn data_source(walk: &mut Walk<'_, '_>, node: Node<'_>, field: &str) {
    for part in ["name", "kind"] {
        if node.get(part).is_none_or(super::is_empty) {
            walk.missing(node, &format!("{field}.{part}"), "");
        }
    }
    let group = any_text(walk, node, "apiGroup").filter(|group| !group.is_empty());
    if let Some(fault) = group.and_then(texts::subdomain) {
        let at = node.get("apiGroup").unwrap_or(node);
        let fault = format!("is {}, which {fault}", quote(group.unwrap_or_default()));
        walk.invalid(at, &format!("{field}.apiGroup"), &fault, "");
    }
    if text(node, "apiGroup").is_none()
        && let Some(kind) = any_text(walk, node, "kind").filter(|kind| !matches!(*kind, "PersistentVolumeClaim" | ""))
    {
        let fault = format!("is {}, which is not in the core group", quote(kind));
        let hint = "add `apiGroup:`, such as `snapshot.storage.k8s.io` for a VolumeSnapshot";
        walk.invalid(node.get("kind").unwrap_or(node), &format!("{field}.kind"), &fault, hint);
    }
    if let Some(namespace) = any_text(walk, node, "namespace").filter(|namespace| !namespace.is_empty())
        && field == "dataSourceRef"
        && let Some(fault) = texts::dns_label(namespace)
    {
        let at = node.get("namespace").unwrap_or(node);
        walk.invalid(at, "dataSourceRef.namespace", &format!("is {}, which {fault}", quote(namespace)), "");
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn claims() {
        each_is_found(
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSourceRef: {kind: PersistentVolumeClaim, name: b}}}",
            &[
                ("accessModes: [ReadWriteOnce], ", "", "accessModes`"),
                ("[ReadWriteOnce]", "[ReadWriteOncePod, ReadWriteOnce]", "beside others"),
                ("storage: 1Gi", "cpu: 1", "`spec.resources.requests.storage`"),
                ("storage: 1Gi", "storage: -1", "must be more than 0"),
                ("accessModes", "storageClassName: A, accessModes", "upper-case"),
                ("kind: PersistentVolumeClaim, name: b", "kind: Pod, name: b", "not in the core group"),
                (", name: b", "", "dataSourceRef.name`"),
                ("name: b", "name: b, apiGroup: A", "upper-case"),
                (
                    "dataSourceRef",
                    "dataSource: {kind: PersistentVolumeClaim, name: c}, dataSourceRef",
                    "not the same as",
                ),
                ("name: b", "name: b, namespace: A", "upper-case"),
            ],
        );
    }
}
