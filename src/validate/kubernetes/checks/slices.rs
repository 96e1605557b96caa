//! Slices of the devices that a driver offers.

use super::devices::{attribute, pool};
use super::fields::has;
use super::{Extra, Must, Row, Walk, extra, forms, get, is_true, must, needs};
use crate::object::{Node, Value};
use crate::validate::texts;

const SPEC: &[&str] = resource!("ResourceSliceSpec");
const POOL: &[&str] = resource!("ResourcePool");
const DEVICE: &[&str] = resource!("Device");
/// The first version has what describes a device one level below.
const DESCRIBED: &[&str] = &["resource.v1.Device", "resource.v1beta2.Device", "resource.v1beta1.BasicDevice"];
const VALUE: &[&str] = resource!("DeviceAttribute");

pub(super) static ROWS: &[Row] = &[
    needs(resource!("ResourceSlice"), &["spec"]),
    needs(SPEC, &["driver", "pool"]),
    must(SPEC, &["driver"], &[Must::Text(texts::csi_driver)]),
    must(SPEC, &["nodeName"], &[Must::Whole(texts::subdomain)]),
    must(SPEC, &["devices"], &[Must::AtMost(128), Must::UniqueBy("name")]),
    needs(POOL, &["name", "resourceSliceCount"]),
    must(POOL, &["name"], &[Must::Text(pool)]),
    must(POOL, &["resourceSliceCount"], &[Must::Between(1, i64::MAX)]),
    must(POOL, &["generation"], &[Must::Between(0, i64::MAX)]),
    needs(DEVICE, &["name"]),
    must(DEVICE, &["name"], &[Must::Text(texts::dns_label)]),
    must(DESCRIBED, &["attributes", "capacity"], &[Must::Keys(attribute)]),
    must(VALUE, &["string"], &[Must::Text(short)]),
    must(VALUE, &["version"], &[Must::Whole(version)]),
];

pub(super) static EXTRAS: &[Extra] = &[extra(SPEC, nodes), extra(DESCRIBED, attributes)];

fn short(text: &str) -> Option<String> {
    (text.len() > 64).then(|| format!("has {} characters, and 64 is the most", text.len()))
}

fn version(text: &str) -> Option<String> {
    forms::semantic_version(text).or_else(|| short(text))
}

/// Which nodes can reach the devices is said in one way. What each device says of that counts only where a feature is on.
fn nodes(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if spec.get("allNodes").is_some_and(|value| value.value() == Value::Bool(false)) {
        let at = spec.get("allNodes").unwrap_or(spec);
        walk.invalid(at, "allNodes", "must be true if it is there", "delete it");
    }
    let ways = [has(spec, "nodeName"), has(spec, "nodeSelector"), is_true(spec, "allNodes")];
    match ways.iter().filter(|way| **way).count() {
        0 if !is_true(spec, "perDeviceNodeSelection") => {
            walk.missing(spec, "nodeName", "add `nodeName:`, `nodeSelector:` or `allNodes: true`");
        }
        0 | 1 => {}
        _ => {
            let why = "is said in more than one way";
            let field = if has(spec, "nodeName") { "nodeName" } else { "nodeSelector" };
            walk.forbidden(spec, field, why, "keep one of `nodeName`, `nodeSelector` and `allNodes`");
        }
    }
    if let Some(terms) = get(spec, "nodeSelector").and_then(|selector| get(selector, "nodeSelectorTerms"))
        && terms.len() > 1
    {
        walk.invalid(terms, "nodeSelector.nodeSelectorTerms", "has more than one entry", "keep one of them");
    }
}

/// Each attribute has one value, and there are not too many of them.
fn attributes(walk: &mut Walk<'_, '_>, device: Node<'_>) {
    let count: usize =
        ["attributes", "capacity"].into_iter().filter_map(|field| device.get(field)).map(Node::len).sum();
    if count > 32 {
        let at = device.get("attributes").unwrap_or(device);
        walk.invalid(at, "attributes", &format!("has, with `capacity`, {count} entries, and 32 is the most"), "");
    }
    for (key, value) in device.get("attributes").into_iter().flat_map(Node::entries) {
        let hint = "write one of `bool:`, `int:`, `string:` and `version:`";
        match value.value() {
            Value::Null => {}
            Value::Mapping => match value.entries().filter(|(_, value)| !value.is_null()).count() {
                1 => continue,
                0 => {}
                _ => {
                    let below = format!("attributes[{}]", key.as_str());
                    walk.invalid(value, &below, "has more than one value", hint);
                    continue;
                }
            },
            _ => continue,
        }
        walk.invalid(value, &format!("attributes[{}]", key.as_str()), "has no value", hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    const GOOD: &str = "apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: node-1}
spec:
  driver: gpu.example.com
  nodeName: node-1
  pool: {name: node-1, generation: 1, resourceSliceCount: 1}
  devices:
  - name: gpu-0
    taints: [{key: a b, effect: Sometimes}]
    attributes:
      model: {string: large}
      gpu.example.com/version: {version: 1.2.3}
      cores: {int: 8}
    capacity: {memory: {value: 10Gi}}
  - {name: gpu-1}
";

    #[test]
    fn slices_and_their_devices() {
        let many: String = (0..33).map(|number| format!("      a{number}: {{int: 1}}\n")).collect();
        each_is_found(
            GOOD,
            &[
                ("  driver: gpu.example.com\n", "", "spec.driver"),
                ("driver: gpu.example.com", "driver: a_b", "underscore"),
                ("  nodeName: node-1\n", "", "spec.nodeName"),
                ("nodeName: node-1", "nodeName: \"\"", "is empty"),
                ("nodeName: node-1", "nodeName: node-1\n  allNodes: true", "more than one way"),
                ("nodeName: node-1", "nodeName: node-1\n  allNodes: false", "must be true"),
                (
                    "nodeName: node-1",
                    "nodeSelector:\n    nodeSelectorTerms:\n    - matchExpressions: [{key: a, operator: Exists}]\n    - \
                     matchExpressions: [{key: b, operator: Exists}]",
                    "more than one entry",
                ),
                ("  pool: {name: node-1, generation: 1, resourceSliceCount: 1}\n", "", "spec.pool"),
                ("{name: node-1, generation", "{generation", "spec.pool.name"),
                ("{name: node-1, generation", "{name: a//b, generation", "is empty"),
                ("generation: 1", "generation: -1", "0 is the least"),
                ("resourceSliceCount: 1", "resourceSliceCount: 0", "1 is the least"),
                ("{name: gpu-1}", "{name: gpu-0}", "once more"),
                ("{name: gpu-1}", "{name: gpu.1}", "has a `.`"),
                ("{name: gpu-1}", "{}", "spec.devices[1].name"),
                ("model:", "a-b:", "with a `-`"),
                ("memory:", "a/1:", "begin with a letter"),
                ("{string: large}", "{}", "has no value"),
                ("{string: large}", "{string: large, int: 1}", "more than one value"),
                ("string: large", &format!("string: {}", "a".repeat(65)), "64 is the most"),
                ("{version: 1.2.3}", "{version: v1}", "no version such as"),
                ("{int: 8}\n", &format!("{{int: 8}}\n{many}"), "32 is the most"),
            ],
        );
    }
}
