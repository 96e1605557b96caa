//! Storage of a cluster: classes of volumes, drivers, nodes that have them, and attachments.

use std::collections::{BTreeSet, HashSet};

use super::fields::{has, items};
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs, text};
use crate::object::{Node, Value};
use crate::validate::kubernetes::scalar::quantity;
use crate::validate::texts;

const CLASS: &[&str] = &["storage.v1.StorageClass"];
const ATTRIBUTES: &[&str] = &[
    "storage.v1.VolumeAttributesClass",
    "storage.v1beta1.VolumeAttributesClass",
    "storage.v1alpha1.VolumeAttributesClass",
];
const PARAMETERS: &[&str] = &[
    "storage.v1.StorageClass",
    "storage.v1.VolumeAttributesClass",
    "storage.v1beta1.VolumeAttributesClass",
    "storage.v1alpha1.VolumeAttributesClass",
];
const REQUIREMENT: &[&str] = &["core.v1.TopologySelectorLabelRequirement"];
const DRIVER: &[&str] = &["storage.v1.CSIDriverSpec"];
const NODE: &[&str] = &["storage.v1.CSINodeSpec"];
const NODE_DRIVER: &[&str] = &["storage.v1.CSINodeDriver"];
const CAPACITY: &[&str] = &["storage.v1.CSIStorageCapacity"];
const ATTACHMENT: &[&str] = &["storage.v1.VolumeAttachmentSpec"];
const SOURCE: &[&str] = &["storage.v1.VolumeAttachmentSource"];

pub(super) static ROWS: &[Row] = &[
    needs(CLASS, &["provisioner"]),
    must(CLASS, &["provisioner"], &[Must::Text(forms::caseless_name)]),
    must(CLASS, &["reclaimPolicy"], &[Must::Text(not_recycled)]),
    must(CLASS, &["volumeBindingMode"], &[Must::Whole(texts::not_blank)]),
    must(PARAMETERS, &["parameters"], &[Must::Keys(texts::not_blank), Must::AtMost(512)]),
    needs(REQUIREMENT, &["key", "values"]),
    must(REQUIREMENT, &["key"], &[Must::Text(texts::qualified_name)]),
    must(REQUIREMENT, &["values"], &[Must::Unique]),
    needs(ATTRIBUTES, &["driverName", "parameters"]),
    must(ATTRIBUTES, &["driverName"], &[Must::Text(forms::caseless_name)]),
    must(
        DRIVER,
        &["fsGroupPolicy"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["ReadWriteOnceWithFSType", "File", "None"])],
    ),
    must(
        DRIVER,
        &["volumeLifecycleModes"],
        &[Must::Each(&Must::Whole(texts::not_blank)), Must::Each(&Must::OneOf(&["Persistent", "Ephemeral"]))],
    ),
    must(DRIVER, &["nodeAllocatableUpdatePeriodSeconds"], &[Must::Between(10, i64::MAX)]),
    must(&["storage.v1.TokenRequest"], &["expirationSeconds"], &[Must::Between(600, 1 << 32)]),
    must(NODE, &["drivers"], &[Must::UniqueBy("name")]),
    needs(NODE_DRIVER, &["name", "nodeID"]),
    must(NODE_DRIVER, &["name"], &[Must::Text(texts::csi_driver)]),
    must(NODE_DRIVER, &["nodeID"], &[Must::Text(short_id)]),
    must(NODE_DRIVER, &["topologyKeys"], &[Must::Each(&Must::Whole(texts::qualified_name)), Must::Unique]),
    must(&["storage.v1.VolumeNodeResources"], &["count"], &[Must::Between(0, i64::MAX)]),
    needs(CAPACITY, &["storageClassName"]),
    must(CAPACITY, &["storageClassName"], &[Must::Text(texts::subdomain)]),
    needs(&["storage.v1.VolumeAttachment"], &["spec"]),
    needs(ATTACHMENT, &["attacher", "nodeName"]),
    must(ATTACHMENT, &["attacher"], &[Must::Text(texts::csi_driver)]),
    must(ATTACHMENT, &["nodeName"], &[Must::Text(texts::subdomain)]),
    must(SOURCE, &["persistentVolumeName"], &[Must::Whole(texts::subdomain)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(CLASS, topologies),
    extra(&["core.v1.TopologySelectorTerm"], keys_differ),
    extra(DRIVER, tokens),
    extra(CAPACITY, capacity),
    extra(ATTACHMENT, one_source),
];

fn not_recycled(text: &str) -> Option<String> {
    (text == "Recycle").then(|| "classes cannot have: write `Delete` or `Retain`".to_owned())
}

fn short_id(text: &str) -> Option<String> {
    (text.len() > 256).then(|| format!("has {} characters, and 256 is the most", text.len()))
}

/// What a term of a topology allows, so that it can be compared.
fn meaning(term: Node<'_>) -> BTreeSet<(&str, BTreeSet<&str>)> {
    let values = |item| items(item, "values").filter_map(|(_, value)| value.as_str()).collect();
    items(term, "matchLabelExpressions")
        .map(|(_, item)| (text(item, "key").unwrap_or_default(), values(item)))
        .collect()
}

fn topologies(walk: &mut Walk<'_, '_>, class: Node<'_>) {
    let mut seen = HashSet::new();
    for (index, term) in items(class, "allowedTopologies") {
        let below = format!("allowedTopologies[{index}].matchLabelExpressions");
        if term.get("matchLabelExpressions").is_none_or(super::is_empty) {
            walk.missing(term, &below, "add `- key:` and `values:`, or delete the term");
        } else if !seen.insert(meaning(term)) {
            walk.invalid(term, &below, "allows the same as a term before it", "delete one of the two");
        }
    }
}

fn keys_differ(walk: &mut Walk<'_, '_>, term: Node<'_>) {
    let mut seen = HashSet::new();
    for (index, item) in items(term, "matchLabelExpressions") {
        if let Some(key) = text(item, "key").filter(|key| !seen.insert(*key)) {
            let at = item.get("key").unwrap_or(item);
            walk.duplicate(at, &format!("matchLabelExpressions[{index}].key"), key);
        }
    }
}

fn tokens(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if has(spec, "serviceAccountTokenInSecrets") && spec.get("tokenRequests").is_none_or(super::is_empty) {
        let at = spec.get("serviceAccountTokenInSecrets").unwrap_or(spec);
        let hint = "add `tokenRequests:`, or delete it";
        walk.invalid(at, "serviceAccountTokenInSecrets", "must not be there without `tokenRequests`", hint);
    }
    let mut seen = HashSet::new();
    for (index, request) in items(spec, "tokenRequests") {
        let audience = text(request, "audience").unwrap_or_default();
        if !seen.insert(audience) {
            let at = request.get("audience").unwrap_or(request);
            walk.duplicate(at, &format!("tokenRequests[{index}].audience"), audience);
        }
    }
}

fn capacity(walk: &mut Walk<'_, '_>, object: Node<'_>) {
    if let Some(capacity) = object.get("capacity")
        && quantity(capacity).is_some_and(|amount| amount < 0)
    {
        walk.invalid(capacity, "capacity", "is less than 0", "write 0 or more");
    }
}

fn one_source(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let hint = "add `persistentVolumeName:`";
    let Some(source) = get(spec, "source") else {
        return walk.missing(spec, "source", "add `source:` and below it `persistentVolumeName:`");
    };
    if source.value() != Value::Mapping {
        return;
    }
    match (has(source, "persistentVolumeName"), has(source, "inlineVolumeSpec")) {
        (false, false) => walk.missing(source, "source.persistentVolumeName", hint),
        (true, true) => {
            let why = "must not be there beside `persistentVolumeName`";
            walk.forbidden(source, "source.inlineVolumeSpec", why, "delete one of the two");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn classes() {
        let good = "apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: Disk.example.com/Fast
reclaimPolicy: Retain
volumeBindingMode: WaitForFirstConsumer
parameters: {type: ssd}
allowedTopologies:
- matchLabelExpressions: [{key: zone, values: [a, b]}, {key: rack, values: [c]}]
- matchLabelExpressions: [{key: zone, values: [c]}]
";
        each_is_found(
            good,
            &[
                ("provisioner: Disk.example.com/Fast\n", "", "`provisioner`"),
                ("Disk.example.com/Fast", "a b", "has a space"),
                ("Retain", "Recycle", "cannot have"),
                ("WaitForFirstConsumer", "\"\"", "is empty"),
                ("{type: ssd}", "{\"\": ssd}", "is empty"),
                ("key: zone, values: [a, b]", "values: [a, b]", "matchLabelExpressions[0].key"),
                ("key: zone, values: [a, b]", "key: zone, values: [a, a]", "once more"),
                ("key: zone, values: [a, b]", "key: zone", "matchLabelExpressions[0].values"),
                ("key: zone, values: [a, b]", "key: a b, values: [a, b]", "has a space"),
                ("key: rack", "key: zone", "once more"),
                (
                    "[{key: zone, values: [a, b]}, {key: rack, values: [c]}]",
                    "[{key: zone, values: [c]}]",
                    "a term before it",
                ),
                ("[{key: zone, values: [c]}]", "[]", "allowedTopologies[1].matchLabelExpressions"),
            ],
        );
        let good = "apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: {name: fast}
driverName: disk.example.com
parameters: {iops: \"100\"}
";
        each_is_found(
            good,
            &[
                ("driverName: disk.example.com\n", "", "`driverName`"),
                ("disk.example.com", "a b", "has a space"),
                ("{iops: \"100\"}", "{}", "`parameters`"),
            ],
        );
    }

    #[test]
    fn drivers() {
        let good = "apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: disk.example.com}
spec:
  fsGroupPolicy: File
  volumeLifecycleModes: [Persistent, Ephemeral]
  tokenRequests: [{audience: a, expirationSeconds: 3600}, {audience: \"\"}]
";
        each_is_found(
            good,
            &[
                ("fsGroupPolicy: File", "fsGroupPolicy: file", "did you mean `File`"),
                ("fsGroupPolicy: File", "fsGroupPolicy: \"\"", "is empty"),
                ("Ephemeral]", "ephemeral]", "did you mean `Ephemeral`"),
                ("Ephemeral]", "\"\"]", "is empty"),
                ("3600", "1", "from 600"),
                ("audience: a, ", "", "once more"),
                ("  fsGroup", "  nodeAllocatableUpdatePeriodSeconds: 5\n  fsGroup", "10 is the least"),
                (
                    "  tokenRequests: [{audience: a, expirationSeconds: 3600}, {audience: \"\"}]",
                    "  serviceAccountTokenInSecrets: true",
                    "without `tokenRequests`",
                ),
            ],
        );
        let good = "apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: {name: node-1}
spec:
  drivers:
  - {name: Disk.example.com, nodeID: one, topologyKeys: [zone, rack], allocatable: {count: 8}}
  - {name: other.example.com, nodeID: two}
";
        each_is_found(
            good,
            &[
                ("name: other.example.com, ", "", "drivers[1].name"),
                ("name: other.example.com", "name: Disk.example.com", "once more"),
                ("name: other.example.com", "name: a_b", "underscore"),
                ("nodeID: two", "nodeID: \"\"", "nodeID"),
                ("[zone, rack]", "[zone, zone]", "once more"),
                ("[zone, rack]", "[zone, a b]", "has a space"),
                ("count: 8", "count: -1", "0 is the least"),
                ("nodeID: two", &format!("nodeID: {}", "a".repeat(257)), "256 is the most"),
            ],
        );
    }

    #[test]
    fn capacities_and_attachments() {
        let good = "apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: {name: a, namespace: storage}
storageClassName: fast
capacity: 10Gi
";
        each_is_found(
            good,
            &[
                ("storageClassName: fast\n", "", "`storageClassName`"),
                ("storageClassName: fast", "storageClassName: Fast", "upper-case"),
                ("10Gi", "-1", "less than 0"),
            ],
        );
        let good = "apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: a}
spec:
  attacher: disk.example.com
  nodeName: node-1
  source: {persistentVolumeName: volume}
";
        each_is_found(
            good,
            &[
                ("  attacher: disk.example.com\n", "", "spec.attacher"),
                ("disk.example.com", "a_b", "underscore"),
                ("nodeName: node-1", "nodeName: Node", "upper-case"),
                ("  source: {persistentVolumeName: volume}\n", "", "spec.source"),
                ("{persistentVolumeName: volume}", "{}", "spec.source.persistentVolumeName"),
                ("Name: volume", "Name: volume, inlineVolumeSpec: {}", "beside `persistentVolumeName`"),
                ("Name: volume", "Name: \"\"", "is empty"),
            ],
        );
    }
}
