//! Environment variables, where their values come from, and what a pod can tell of itself.

use super::fields::{any_text, at_most_one, has};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::scalar::{BILLION, quantity};
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const KEYS: &[&str] = &["core.v1.ConfigMapKeySelector", "core.v1.SecretKeySelector"];

const ENV_NAME: &[Must] = &[Must::Text(texts::env_name), Must::Before("1.32", &Must::Text(texts::old_env_name))];

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.EnvVar"], &["name"]),
    must(&["core.v1.EnvVar"], &["name"], ENV_NAME),
    must(&["core.v1.EnvFromSource"], &["prefix"], ENV_NAME),
    needs(&["core.v1.ConfigMapEnvSource", "core.v1.SecretEnvSource"], &["name"]),
    needs(KEYS, &["name", "key"]),
    must(KEYS, &["name"], &[Must::Text(texts::subdomain)]),
    must(KEYS, &["key"], &[Must::Text(texts::config_key)]),
    needs(&["core.v1.FileKeySelector"], &["key", "volumeName", "path"]),
    must(&["core.v1.FileKeySelector"], &["key"], &[Must::Text(texts::env_name)]),
    must(&["core.v1.FileKeySelector"], &["volumeName"], &[Must::Text(texts::dns_label)]),
    must(&["core.v1.FileKeySelector"], &["path"], &[Must::Text(texts::no_backsteps)]),
    needs(&["core.v1.ObjectFieldSelector"], &["fieldPath"]),
    must(&["core.v1.ObjectFieldSelector"], &["apiVersion"], &[Must::OneOf(&["v1"])]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.EnvVar"], one_value),
    extra(&["core.v1.EnvVarSource"], one_source),
    extra(&["core.v1.EnvFromSource"], one_map),
    extra(&["core.v1.ConfigMapEnvSource", "core.v1.SecretEnvSource"], name_of_map),
    extra(&["core.v1.ObjectFieldSelector"], field_of_pod),
    extra(&["core.v1.ResourceFieldSelector"], resource_of_container),
];

fn one_value(walk: &mut Walk<'_, '_>, variable: Node<'_>) {
    if text(variable, "value").is_some() && has(variable, "valueFrom") {
        walk.forbidden(variable, "valueFrom", "stands beside `value`", "delete `value` or `valueFrom`");
    }
}

const SOURCES: &[&str] = &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

fn one_source(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    if at_most_one(walk, source, SOURCES) == 0 {
        let hint = "add `configMapKeyRef:`, `secretKeyRef:`, `fieldRef:` or `resourceFieldRef:`, or delete `valueFrom`";
        walk.invalid(source, "", "does not say where the value comes from", hint);
    }
    // 1.34 drops the field unread, and nothing is left; older ones do not have it.
    if has(source, "fileKeyRef") && walk.meets("1.34", "1.35") {
        let hint = "use another source; Kubernetes 1.35 and newer take it";
        walk.forbidden(source, "fileKeyRef", "is dropped by Kubernetes 1.34, which then finds no source", hint);
    }
}

fn one_map(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    if at_most_one(walk, source, &["configMapRef", "secretRef"]) == 0 {
        let hint = "add `configMapRef:` or `secretRef:` with a `name:`";
        walk.invalid(source, "", "does not say where the variables come from", hint);
    }
}

/// These names may end in `-`, as generated ones do before their end is added.
fn name_of_map(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    let Some(name) = any_text(walk, source, "name").filter(|name| !name.is_empty()) else { return };
    let start = name.strip_suffix('-').and_then(|start| start.get(..start.len().saturating_sub(1)));
    let fault = match start {
        Some(start) if name.len() > 1 => texts::subdomain(&format!("{start}a")),
        _ => texts::subdomain(name),
    };
    if let Some(fault) = fault {
        let at = source.get("name").unwrap_or(source);
        walk.invalid(at, "name", &format!("is {}, which {fault}", quote(name)), "");
    }
}

const IN_ENVIRONMENT: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "spec.host",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const IN_VOLUME: &[&str] =
    &["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];

/// Whether the walk is in an environment variable, not in a file of a volume.
fn in_environment(walk: &Walk<'_, '_>) -> bool {
    walk.path.iter().any(|step| matches!(step, Step::Key("valueFrom")))
}

fn field_of_pod(walk: &mut Walk<'_, '_>, selector: Node<'_>) {
    let Some(path) = any_text(walk, selector, "fieldPath").filter(|path| !path.is_empty()) else { return };
    let at = selector.get("fieldPath").unwrap_or(selector);
    if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        let fault = match map {
            "" => None,
            "metadata.labels" => texts::qualified_name(key),
            "metadata.annotations" => texts::annotation_key(key),
            _ => Some("is of a field that has no keys".to_owned()),
        };
        if let Some(fault) = fault {
            walk.invalid(at, "fieldPath", &format!("has the key {}, which {fault}", quote(key)), "");
        }
        return;
    }
    let allowed = if in_environment(walk) { IN_ENVIRONMENT } else { IN_VOLUME };
    if !allowed.contains(&path) {
        walk.unsupported(at, "fieldPath", path, allowed);
    }
}

const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

fn resource_of_container(walk: &mut Walk<'_, '_>, selector: Node<'_>) {
    if !in_environment(walk) && text(selector, "containerName").is_none() {
        return walk.missing(
            selector,
            "containerName",
            "add `containerName:`, the container whose resources are meant",
        );
    }
    let Some(resource) = text(selector, "resource") else {
        return walk.missing(selector, "resource", "add `resource:`, such as `limits.memory`");
    };
    if walk.is_placeholder(resource) {
        return;
    }
    let is_huge = ["limits.hugepages-", "requests.hugepages-"].iter().any(|prefix| resource.starts_with(prefix));
    if !RESOURCES.contains(&resource) && !is_huge {
        let at = selector.get("resource").unwrap_or(selector);
        return walk.unsupported(at, "resource", resource, RESOURCES);
    }
    divisor(walk, selector, resource);
}

fn divisor(walk: &mut Walk<'_, '_>, selector: Node<'_>, resource: &str) {
    let Some(node) = get(selector, "divisor") else { return };
    let Some(divisor) = quantity(node).filter(|divisor| *divisor != 0) else { return };
    let power_of = |base: i128| {
        let mut unit = BILLION;
        (0..=6).any(|_| {
            let same = unit == divisor;
            unit *= base;
            same
        })
    };
    let (is_fine, allowed) = match resource {
        "limits.cpu" | "requests.cpu" => (divisor == BILLION || divisor == BILLION / 1000, "`1` or `1m`"),
        _ => (power_of(1000) || power_of(1024), "`1`, `1k`, `1M`, `1G`, …, `1Ki`, `1Mi`, `1Gi`, …"),
    };
    if !is_fine {
        let fault = format!("is not one that `{resource}` can be divided by");
        walk.invalid(node, "divisor", &fault, format!("write {allowed}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn variables() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i, env: [{name: A, value: x}, {name: B, valueFrom: {configMapKeyRef: {name: m, key: k}}}, {name: C, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a']\"}}}, {name: D, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}, {name: E, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: f}}}], envFrom: [{prefix: P_, secretRef: {name: s}}]}], volumes: [{name: v, emptyDir: {}}]}}",
            &[
                ("{name: A, ", "{", "`spec.containers[0].env[0].name` of Pod \"p\" is missing"),
                ("name: A", "name: A=B", "has a `=`"),
                ("value: x", "value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}", "stands beside `value`"),
                ("{configMapKeyRef: {name: m, key: k}}", "{}", "does not say where the value comes from"),
                ("{configMapKeyRef:", "{secretKeyRef: {name: s, key: k}, configMapKeyRef:", "stands beside `secretKeyRef`"),
                ("{name: m, key", "{key", "configMapKeyRef.name` of Pod \"p\" is missing"),
                ("key: k}", "key: \"\"}", "configMapKeyRef.key` of Pod \"p\" is empty"),
                ("name: m,", "name: M,", "has an upper-case `M`"),
                ("key: k}", "key: a/b}", "has a `/`"),
                ("{fieldPath: \"metadata.labels['a']\"}", "{}", "fieldPath` of Pod \"p\" is missing"),
                ("{fieldPath: ", "{apiVersion: v2, fieldPath: ", "did you mean `v1`?"),
                ("metadata.labels['a']", "metadata.labels['a b']", "has the key `a b`"),
                ("metadata.labels['a']", "metadata.name['a']", "that has no keys"),
                ("metadata.labels['a']", "metadata.labels", "is not supported"),
                ("resource: limits.cpu", "resource: \"\"", "is empty"),
                ("resource: limits.cpu", "resource: limit.cpu", "did you mean `limits.cpu`?"),
                ("divisor: 1m", "divisor: 1k", "is not one that `limits.cpu` can be divided by"),
                ("key: K, ", "", "fileKeyRef.key` of Pod \"p\" is missing"),
                ("key: K, ", "key: \"=\", ", "has a `=`"),
                ("volumeName: v, ", "", "volumeName` of Pod \"p\" is missing"),
                ("volumeName: v", "volumeName: V", "upper-case"),
                ("volumeName: v", "volumeName: w", "names no volume of the pod"),
                ("emptyDir: {}", "hostPath: {path: /a}", "is `v`, which is no `emptyDir`"),
                ("path: f", "path: ../f", "goes up with `..`"),
                ("prefix: P_", "prefix: P=", "has a `=`"),
                ("{name: s}", "{}", "secretRef.name` of Pod \"p\" is missing"),
                ("name: s", "name: S", "has an upper-case `S`"),
                (", secretRef: {name: s}", "", "does not say where the variables come from"),
                ("secretRef:", "configMapRef: {name: c}, secretRef:", "stands beside `configMapRef`"),
            ],
        );
    }

    #[test]
    #[rustfmt::skip]
    fn files_of_volumes() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], volumes: [{name: v, downwardAPI: {items: [{path: e, resourceFieldRef: {containerName: a, resource: requests.memory, divisor: 1Mi}}, {path: f, fieldRef: {fieldPath: metadata.labels}}]}}]}}",
            &[
                ("containerName: a, ", "", "containerName` of Pod \"p\" is missing"),
                ("divisor: 1Mi", "divisor: 2Mi", "can be divided by"),
                ("metadata.labels", "status.podIP", "is not supported"),
            ],
        );
    }
}
