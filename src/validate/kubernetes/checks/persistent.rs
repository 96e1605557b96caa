//! Volumes of a cluster (`PersistentVolume`) and their sources.

use super::fields::{at_most_one, has, items};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::{Node, Value};
use crate::validate::kubernetes::scalar::quantity;
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const SPEC: &[&str] = &["core.v1.PersistentVolumeSpec"];
const CSI: &[&str] = &["core.v1.CSIPersistentVolumeSource"];
const ISCSI: &[&str] = &["core.v1.ISCSIPersistentVolumeSource"];

pub(super) const SOURCES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.PersistentVolume"], &["spec"]),
    needs(SPEC, &["accessModes"]),
    must(SPEC, &["accessModes"], &[Must::Each(&Must::Whole(texts::not_blank))]),
    must(SPEC, &["volumeMode"], &[Must::Whole(texts::not_blank)]),
    must(SPEC, &["volumeAttributesClassName"], &[Must::Whole(texts::subdomain)]),
    must(SPEC, &["storageClassName"], &[Must::Text(texts::subdomain)]),
    needs(&["core.v1.VolumeNodeAffinity"], &["required"]),
    needs(&["core.v1.LocalVolumeSource"], &["path"]),
    must(&["core.v1.LocalVolumeSource"], &["path"], &[Must::Text(texts::no_backsteps)]),
    needs(CSI, &["driver", "volumeHandle"]),
    must(CSI, &["driver"], &[Must::Text(texts::csi_driver)]),
    needs(ISCSI, &["targetPortal", "iqn"]),
    must(ISCSI, &["lun"], &[Must::Between(0, 255)]),
    must(ISCSI, &["iqn"], &[Must::Text(iscsi_name)]),
    must(ISCSI, &["initiatorName"], &[Must::Whole(iscsi_name)]),
    needs(&["core.v1.GlusterfsPersistentVolumeSource"], &["endpoints", "path"]),
    must(&["core.v1.GlusterfsPersistentVolumeSource"], &["endpointsNamespace"], &[Must::Whole(texts::dns_label)]),
    needs(&["core.v1.RBDPersistentVolumeSource"], &["monitors", "image"]),
    needs(&["core.v1.CinderPersistentVolumeSource"], &["volumeID"]),
    needs(&["core.v1.CephFSPersistentVolumeSource"], &["monitors"]),
    needs(&["core.v1.FlexPersistentVolumeSource"], &["driver"]),
    needs(&["core.v1.AzureFilePersistentVolumeSource"], &["secretName", "shareName"]),
    must(&["core.v1.AzureFilePersistentVolumeSource"], &["secretNamespace"], &[Must::Whole(texts::not_blank)]),
    needs(&["core.v1.ScaleIOPersistentVolumeSource"], &["gateway", "system", "volumeName"]),
    needs(&["core.v1.StorageOSPersistentVolumeSource"], &["volumeName"]),
    must(
        &["core.v1.StorageOSPersistentVolumeSource"],
        &["volumeName", "volumeNamespace"],
        &[Must::Text(texts::dns_label)],
    ),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(SPEC, capacity),
    extra(SPEC, one_source),
    extra(SPEC, access_modes),
    extra(SPEC, class_of_attributes),
    extra(SPEC, recycled_root),
    extra(CSI, csi_secrets),
    extra(ISCSI, iscsi),
    extra(&["core.v1.CinderPersistentVolumeSource", "core.v1.StorageOSPersistentVolumeSource"], secret),
    extra(&["core.v1.FlexPersistentVolumeSource"], flex_options),
];

/// Whether this stands in a `VolumeAttachment`, where less of it can be there.
fn is_inline(walk: &Walk<'_, '_>) -> bool {
    matches!(walk.path.last(), Some(Step::Key("inlineVolumeSpec")))
}

fn capacity(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if is_inline(walk) {
        for field in ["claimRef", "nodeAffinity", "storageClassName"] {
            if spec
                .get(field)
                .is_some_and(|value| !super::is_empty(value) || (value.is_mapping() && field != "storageClassName"))
            {
                walk.forbidden(spec, field, "does not go with a volume inline", "delete it");
            }
        }
        if spec.get("capacity").is_some_and(|value| !value.is_empty()) {
            walk.forbidden(spec, "capacity", "does not go with a volume inline", "delete it");
        }
        if !has(spec, "csi") {
            walk.missing(spec, "csi", "");
        }
        return;
    }
    let Some(map) = get(spec, "capacity").filter(|map| !map.is_empty()) else {
        return walk.missing(spec, "capacity", "add `capacity:` and below it `storage: 10Gi`");
    };
    if map.get("storage").is_none() {
        walk.missing(map, "capacity.storage", "add `storage: 10Gi`");
    }
    for (key, value) in map.entries() {
        if key.as_str() != "storage" {
            walk.invalid_key(key, "capacity", "is nothing that a volume has: `storage` is the only one");
        }
        let below = format!("capacity.{}", key.as_str());
        positive(walk, value, &below);
        if is_negative_in_64_bits(value) {
            walk.invalid(value, &below, "is more than the server can count", "write a smaller amount");
        }
    }
}

/// An amount of bytes that is more than nothing.
pub(super) fn positive(walk: &mut Walk<'_, '_>, value: Node<'_>, below: &str) {
    let amount = if value.is_null() { Some(0) } else { quantity(value) };
    if amount.is_some_and(|amount| amount <= 0) {
        walk.invalid(value, below, "must be more than 0", "write an amount such as `10Gi`");
    }
}

/// The server keeps the last 64 bits of a whole number, of which the first is the sign.
fn is_negative_in_64_bits(value: Node<'_>) -> bool {
    let digits = value.as_str().map(str::trim).and_then(|text| text.parse::<u128>().ok());
    digits.is_some_and(|digits| digits >> 63 & 1 == 1)
}

fn one_source(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if at_most_one(walk, spec, SOURCES) == 0 {
        walk.missing(spec, "csi", "add what the volume is: `csi:`, `nfs:`, `local:`, `hostPath:` or another");
    }
    if has(spec, "local") && !has(spec, "nodeAffinity") {
        walk.missing(spec, "nodeAffinity", "add the node that has it: a local volume needs `nodeAffinity.required`");
    }
}

/// `ReadWriteOncePod` stands alone.
pub(super) fn access_modes(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let is_alone = |(_, mode): (usize, Node<'_>)| mode.as_str() == Some("ReadWriteOncePod");
    if items(spec, "accessModes").any(is_alone) && !items(spec, "accessModes").all(is_alone) {
        let at = spec.get("accessModes").unwrap_or(spec);
        let hint = "keep `ReadWriteOncePod` alone, or delete it";
        walk.invalid(at, "accessModes", "has `ReadWriteOncePod` beside others", hint);
    }
}

fn class_of_attributes(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if has(spec, "volumeAttributesClassName") && !has(spec, "csi") && !is_inline(walk) {
        let why = "goes only with `csi`";
        walk.forbidden(spec, "volumeAttributesClassName", why, "delete it, or add `csi:`");
    }
}

fn recycled_root(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let path = get(spec, "hostPath").and_then(|host| text(host, "path"));
    if path.is_some_and(|path| path.starts_with('/') && path.split('/').all(|part| matches!(part, "" | ".")))
        && text(spec, "persistentVolumeReclaimPolicy") == Some("Recycle")
    {
        let why = "must not be `Recycle` for the root of a node";
        walk.forbidden(spec, "persistentVolumeReclaimPolicy", why, "write `Retain`");
    }
}

fn csi_secrets(walk: &mut Walk<'_, '_>, csi: Node<'_>) {
    for field in
        ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"]
    {
        let Some(secret) = get(csi, field) else { continue };
        for part in ["name", "namespace"] {
            let form = if part == "name" { texts::subdomain } else { texts::dns_label };
            match secret.get(part).map(Node::value) {
                Some(Value::String(text)) if walk.is_placeholder(text) => {}
                Some(Value::String(text)) if !text.is_empty() => {
                    if let Some(fault) = form(text) {
                        let at = secret.get(part).unwrap_or(secret);
                        let fault = format!("is {}, which {fault}", quote(text));
                        walk.invalid(at, &format!("{field}.{part}"), &fault, "");
                    }
                }
                _ => walk.missing(secret, &format!("{field}.{part}"), ""),
            }
        }
    }
}

fn secret(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    let Some(secret) = get(source, "secretRef") else { return };
    for part in ["name", "namespace"] {
        if secret.get(part).is_none_or(super::is_empty) {
            walk.missing(secret, &format!("secretRef.{part}"), "");
        }
    }
}

fn iscsi(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    match get(source, "secretRef") {
        None if is_true(source, "chapAuthDiscovery") || is_true(source, "chapAuthSession") => {
            walk.missing(source, "secretRef", "add the Secret with the names and passwords");
        }
        Some(secret) if secret.get("name").is_none_or(super::is_empty) => {
            walk.missing(secret, "secretRef.name", "");
        }
        _ => {}
    }
    let portal = text(source, "targetPortal").unwrap_or_default();
    let name = get(walk.object(), "metadata").and_then(|metadata| text(metadata, "name")).unwrap_or_default();
    if has(source, "initiatorName") && name.len() + 1 + portal.len() > 64 {
        let at = source.get("targetPortal").unwrap_or(source);
        walk.invalid(at, "targetPortal", "and the name of the volume together have more than 63 characters", "");
    }
}

/// A name of a target or an initiator: `iqn.2026-01.com.example:disk`, `eui.` and 16 digits, or `naa.` and 32.
fn iscsi_name(text: &str) -> Option<String> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_fine = if let Some(digits) = text.strip_prefix("eui.") {
        digits.len() == 16 && is_hex(digits)
    } else if let Some(digits) = text.strip_prefix("naa.") {
        digits.len() == 32 && is_hex(digits)
    } else if let Some(rest) = text.strip_prefix("iqn.") {
        is_qualified(rest)
    } else {
        false
    };
    (!is_fine).then(|| "is no name such as `iqn.2026-01.com.example:disk`".to_owned())
}

/// `2026-01.com.example`, with something behind a `:` or not.
fn is_qualified(text: &str) -> bool {
    let Some((date, domain)) = text.split_once('.') else { return false };
    let (domain, rest) = domain.split_once(':').map_or((domain, None), |(domain, rest)| (domain, Some(rest)));
    let is_date = date.len() == 7
        && date.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() });
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_rest = |rest: &str| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,:*#@\"!%^&$+=|~".contains(c))
    };
    is_date && !domain.is_empty() && domain.chars().all(is_word) && rest.is_none_or(is_rest)
}

fn flex_options(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    for (key, _) in source.get("options").into_iter().flat_map(Node::entries) {
        let domain = format!(".{}", key.as_str().split('/').next().unwrap_or_default().to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            walk.invalid_key(key, "options", "has a domain of Kubernetes itself, which drivers cannot use");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn volumes() {
        each_is_found(
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: a}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: a.b, volumeHandle: h, nodePublishSecretRef: {name: a, namespace: b}}}}",
            &[
                ("capacity: {storage: 1Gi}, ", "", "`spec.capacity`"),
                ("storage: 1Gi", "storage: 0", "must be more than 0"),
                ("storage: 1Gi", "storage: \"18446744073709551615\"", "more than the server can count"),
                ("storage: 1Gi", "cpu: 1", "`storage` is the only one"),
                ("accessModes: [ReadWriteOnce], ", "", "accessModes`"),
                ("[ReadWriteOnce]", "[ReadWriteOnce, ReadWriteOncePod]", "beside others"),
                ("csi: {", "nfs: {server: a, path: /}, csi: {", "only one of them"),
                (
                    "csi: {driver: a.b, volumeHandle: h, nodePublishSecretRef: {name: a, namespace: b}}",
                    "volumeMode: Block",
                    "add what the volume is",
                ),
                ("driver: a.b, ", "", "`spec.csi.driver`"),
                ("driver: a.b", "driver: a_b", "underscore"),
                ("namespace: b", "namespace: B", "upper-case"),
                ("name: a, namespace", "namespace", "nodePublishSecretRef.name"),
                ("capacity", "storageClassName: A, capacity", "upper-case"),
                ("capacity", "volumeAttributesClassName: \"\", capacity", "is empty"),
            ],
        );
    }

    #[test]
    fn sources() {
        each_is_found(
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: a}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}}}",
            &[
                ("targetPortal: a, ", "", "targetPortal`"),
                ("iqn.2026-01.com.example:disk", "a", "is no name such as"),
                ("targetPortal: a", "targetPortal: a, lun: 256", "255"),
                ("targetPortal: a", "targetPortal: a, chapAuthSession: true", "secretRef`"),
                (
                    "iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}",
                    "local: {path: /a}",
                    "nodeAffinity`",
                ),
                (
                    "iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}",
                    "local: {path: /a/../b}",
                    "goes up",
                ),
                (
                    "iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}",
                    "flexVolume: {driver: a, options: {kubernetes.io/a: b}}",
                    "a domain of Kubernetes itself",
                ),
                (
                    "iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}",
                    "cinder: {volumeID: a, secretRef: {name: a}}",
                    "secretRef.namespace`",
                ),
                (
                    "iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}",
                    "hostPath: {path: /}, persistentVolumeReclaimPolicy: Recycle",
                    "the root of a node",
                ),
                ("iscsi: {targetPortal: a, iqn: \"iqn.2026-01.com.example:disk\"}", "cephfs: {path: /}", "monitors`"),
            ],
        );
    }
}
