//! What clusters are told about APIs, their own and others': `APIService`s, and migrations of what is stored.

use super::fields::{any_text, at};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const API: &[&str] = &["apiregistration.v1.APIService"];
const SPEC: &[&str] = &["apiregistration.v1.APIServiceSpec"];
const STORED: &[&str] = &["apiserverinternal.v1alpha1.StorageVersion"];
const SERVICE: &[&str] = &["apiregistration.v1.ServiceReference"];
const MIGRATION: &[&str] =
    &["storagemigration.v1.StorageVersionMigration", "storagemigration.v1beta1.StorageVersionMigration"];
const MIGRATION_SPEC: &[&str] =
    &["storagemigration.v1.StorageVersionMigrationSpec", "storagemigration.v1beta1.StorageVersionMigrationSpec"];

pub(super) static ROWS: &[Row] = &[
    needs(API, &["spec"]),
    needs(SPEC, &["version", "groupPriorityMinimum", "versionPriority"]),
    must(SPEC, &["group"], &[Must::Text(texts::subdomain)]),
    must(SPEC, &["version"], &[Must::Text(texts::dns_1035)]),
    must(SPEC, &["groupPriorityMinimum"], &[Must::Between(1, 20_000)]),
    must(SPEC, &["versionPriority"], &[Must::Between(1, 1000)]),
    needs(SERVICE, &["namespace", "name"]),
    must(SERVICE, &["port"], &[Must::Between(1, 65535)]),
    needs(MIGRATION, &["spec"]),
    needs(MIGRATION_SPEC, &["resource"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(API, name_fits),
    extra(SPEC, local_or_not),
    extra(MIGRATION_SPEC, resource),
    extra(STORED, nothing_is_meant),
];

/// The name is made of the version and the group.
fn name_fits(walk: &mut Walk<'_, '_>, api: Node<'_>) {
    let Some(node) = at(api, &["metadata", "name"]) else { return };
    let spec = get(api, "spec").unwrap_or(api);
    let part = |field| spec.get(field).and_then(Node::as_str).unwrap_or_default();
    let (Some(name), version, group) = (node.as_str(), part("version"), part("group")) else { return };
    if [name, version, group].iter().any(|text| walk.is_placeholder(text)) {
        return;
    }
    if name.strip_prefix(version).and_then(|rest| rest.strip_prefix('.')) != Some(group) {
        let fault = format!("is {}, and version and group make it `{version}.{group}`", quote(name));
        walk.invalid(node, "metadata.name", &fault, format!("write `name: {version}.{group}`"));
    }
}

fn local_or_not(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if text(spec, "group").is_none()
        && let Some(version) = any_text(walk, spec, "version").filter(|version| !matches!(*version, "v1" | ""))
    {
        let hint = format!("add `group:`: only `v1` has none, and this is {}", quote(version));
        walk.missing(spec, "group", hint);
    }
    let has_bundle = text(spec, "caBundle").is_some();
    if get(spec, "service").is_none() {
        if has_bundle {
            walk.forbidden(spec, "caBundle", "goes only with a `service`", "delete it, or add `service:`");
        }
        if is_true(spec, "insecureSkipTLSVerify") {
            let hint = "delete it, or add `service:`";
            walk.forbidden(spec, "insecureSkipTLSVerify", "goes only with a `service`", hint);
        }
    } else if has_bundle && is_true(spec, "insecureSkipTLSVerify") {
        let hint = "delete one of the two";
        walk.forbidden(spec, "insecureSkipTLSVerify", "must not be true beside a `caBundle`", hint);
    }
}

/// Versions that are stored are told by those who store: there is nothing that one could ask for.
fn nothing_is_meant(walk: &mut Walk<'_, '_>, stored: Node<'_>) {
    for (key, _) in get(stored, "spec").into_iter().flat_map(Node::entries) {
        walk.invalid_key(key, "spec", "is unknown: there is nothing to write here");
    }
}

fn resource(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(resource) = get(spec, "resource") else { return };
    match any_text(walk, resource, "resource") {
        None if text(resource, "resource").is_some() => {}
        None | Some("") => walk.missing(resource, "resource.resource", ""),
        Some(name) => form(walk, resource, ("resource", name), texts::dns_1035),
    }
    if let Some(group) = any_text(walk, resource, "group").filter(|group| !group.is_empty()) {
        form(walk, resource, ("group", group), texts::subdomain);
    }
}

fn form(walk: &mut Walk<'_, '_>, resource: Node<'_>, (field, text): (&str, &str), form: fn(&str) -> Option<String>) {
    if let Some(fault) = form(text) {
        let at = resource.get(field).unwrap_or(resource);
        walk.invalid(at, &format!("resource.{field}"), &format!("is {}, which {fault}", quote(text)), "");
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::{each_is_found, each_is_found_in};

    #[test]
    fn apis() {
        each_is_found(
            "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.a.b}, spec: {version: v1, group: a.b, groupPriorityMinimum: 1, versionPriority: 1, service: {name: a, namespace: b}}}",
            &[
                ("name: v1.a.b", "name: a", "make it `v1.a.b`"),
                ("version: v1, ", "", "`spec.version`"),
                ("group: a.b", "group: A", "upper-case"),
                ("Minimum: 1", "Minimum: 0", "not a number from 1"),
                ("versionPriority: 1", "versionPriority: 1001", "1000"),
                ("name: a, ", "", "`spec.service.name`"),
                ("name: a,", "name: a, port: 0,", "65535"),
                ("service: {name: a, namespace: b}", "insecureSkipTLSVerify: true", "goes only with a `service`"),
                ("v1, group: a.b", "v2", "`spec.group`"),
            ],
        );
    }

    #[test]
    fn stored_versions() {
        each_is_found(
            "{apiVersion: internal.apiserver.k8s.io/v1alpha1, kind: StorageVersion, metadata: {name: a.b}, spec: {}, status: {}}",
            &[("spec: {}", "spec: {a: b}", "nothing to write here")],
        );
    }

    #[test]
    fn migrations() {
        each_is_found_in(
            crate::validate::Version::parse("1.37").unwrap(),
            "{apiVersion: storagemigration.k8s.io/v1beta1, kind: StorageVersionMigration, metadata: {name: a}, spec: {resource: {group: apps, resource: deployments}}}",
            &[(", resource: deployments", "", "`spec.resource.resource`"), ("group: apps", "group: A", "upper-case")],
        );
    }
}
