//! Group, scope, names and versions.

use std::collections::HashSet;

use super::{find, is_true, present, rules, text};
use crate::object::Node;
use crate::validate::names::Form;
use crate::validate::subject::{Subject, quote};

pub(super) fn check(subject: &mut Subject<'_>, spec: Node<'_>) {
    group_and_scope(subject, spec);
    names(subject, spec);
    name(subject, spec);
    approval(subject, spec);
    versions(subject, spec);
}

fn group_and_scope(subject: &mut Subject<'_>, spec: Node<'_>) {
    let group = text(spec, "group");
    let at = spec.get("group").unwrap_or(spec);
    let hint = "write a domain of yours, such as `group: example.com`";
    if group.is_empty() {
        find(subject, &rules::NAMES, at, "the group", "is missing", hint);
    } else if let Some(fault) = Form::Subdomain.fault(group) {
        find(subject, &rules::NAMES, at, &format!("the group {}", quote(group)), &fault, hint);
    } else if !group.contains('.') {
        find(subject, &rules::NAMES, at, &format!("the group {}", quote(group)), "has no dot", hint);
    }
    let scope = text(spec, "scope");
    let at = spec.get("scope").unwrap_or(spec);
    let hint = "write `scope: Namespaced` or `scope: Cluster`";
    match scope {
        "Namespaced" | "Cluster" => {}
        "" => find(subject, &rules::NAMES, at, "the scope", "is missing", hint),
        other => find(subject, &rules::NAMES, at, &format!("the scope {}", quote(other)), "does not exist", hint),
    }
    if let Some(node) = spec.get("preserveUnknownFields").filter(|node| is_true(*node)) {
        let hint =
            "delete it, and write `x-kubernetes-preserve-unknown-fields: true` into the schema where it is meant";
        find(subject, &rules::SCHEMA, node, "`preserveUnknownFields`", "must not be true", hint);
    }
}

/// Whether a text is a lower-case word: a DNS-1035 label.
pub(in crate::validate::custom) fn is_word(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn names(subject: &mut Subject<'_>, spec: Node<'_>) {
    let names = present(spec, "names").unwrap_or(spec);
    for (field, required) in [("plural", true), ("singular", false), ("kind", true), ("listKind", false)] {
        let name = text(names, field);
        let at = names.get(field).unwrap_or(names);
        let capitals = field.to_ascii_lowercase().ends_with("kind");
        let word = if capitals { name.to_ascii_lowercase() } else { name.to_owned() };
        if name.is_empty() {
            if required {
                let hint = format!("add `{field}:` below `spec.names`");
                find(subject, &rules::NAMES, at, &format!("`spec.names.{field}`"), "is missing", hint);
            }
        } else if !is_word(&word) {
            not_a_word(subject, at, &format!("`spec.names.{field}`"), name, capitals);
        }
    }
    for field in ["shortNames", "categories"] {
        for item in names.get(field).into_iter().flat_map(Node::items) {
            if let Some(name) = item.as_str().filter(|name| !is_word(name)) {
                not_a_word(subject, item, &format!("`spec.names.{field}`"), name, false);
            }
        }
    }
    if !text(names, "kind").is_empty() && text(names, "kind") == text(names, "listKind") {
        let at = names.get("listKind").unwrap_or(names);
        let hint = format!("write `listKind: {}List`", text(names, "kind"));
        find(subject, &rules::NAMES, at, "`spec.names.listKind`", "is the same as `kind`", hint);
    }
}

fn not_a_word(subject: &mut Subject<'_>, at: Node<'_>, what: &str, name: &str, capitals: bool) {
    let letters = if capitals { "letters, digits and `-`" } else { "lower-case letters, digits and `-`" };
    let hint = format!("write at most 63 {letters}, a letter first");
    find(subject, &rules::NAMES, at, what, &format!("is {}, which is not a word", quote(name)), hint);
}

fn name(subject: &mut Subject<'_>, spec: Node<'_>) {
    let names = spec.get("names").unwrap_or(spec);
    let (plural, group) = (text(names, "plural"), text(spec, "group"));
    let Some(node) = subject.object.node.get("metadata").and_then(|metadata| metadata.get("name")) else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    let wanted = format!("{plural}.{group}");
    if name != wanted && !plural.is_empty() && !group.is_empty() {
        let fault = "is not `spec.names.plural`, a dot and `spec.group`";
        find(
            subject,
            &rules::NAME,
            node,
            &format!("the name {}", quote(name)),
            fault,
            format!("write `name: {wanted}`"),
        );
    }
}

fn approval(subject: &mut Subject<'_>, spec: Node<'_>) {
    const ANNOTATION: &str = "api-approved.kubernetes.io";
    let group = text(spec, "group");
    let protected = ["k8s.io", "kubernetes.io"]
        .into_iter()
        .any(|own| group.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    if !protected {
        return;
    }
    let metadata = subject.object.node.get("metadata");
    let found = metadata.and_then(|metadata| metadata.get("annotations")?.get(ANNOTATION));
    let approval = found.and_then(Node::as_str).unwrap_or_default();
    let is_url = approval
        .split_once("://")
        .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/'));
    if approval.starts_with("unapproved") || is_url {
        return;
    }
    let at = found.or_else(|| spec.get("group")).unwrap_or(spec);
    let fault = if approval.is_empty() { "is missing" } else { "is neither a URL nor begins with `unapproved`" };
    let hint = "give the URL of the approval; if it has none, choose a group of your own";
    find(subject, &rules::APPROVAL, at, &format!("the annotation `{ANNOTATION}`"), fault, hint);
}

fn versions(subject: &mut Subject<'_>, spec: Node<'_>) {
    let at = present(spec, "versions").unwrap_or(spec);
    let mut seen = HashSet::new();
    let mut storage = Vec::new();
    for version in at.items() {
        let name = text(version, "name");
        let name_at = version.get("name").unwrap_or(version);
        if !is_word(name) {
            let fault = format!("is {}, which is not a word", quote(name));
            find(
                subject,
                &rules::VERSIONS,
                name_at,
                "the name of a version",
                &fault,
                "write a name such as `v1` or `v1beta1`",
            );
        }
        if !seen.insert(name) {
            let what = format!("the version {}", quote(name));
            find(subject, &rules::VERSIONS, name_at, &what, "is there twice", "delete one of the two, or rename it");
        }
        if version.get("storage").is_some_and(is_true) {
            storage.push(version.get("storage").unwrap_or(version));
        }
        if present(version, "schema").and_then(|schema| present(schema, "openAPIV3Schema")).is_none() {
            let hint =
                "add `schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}` at least";
            find(subject, &rules::VERSIONS, version, &format!("the version {}", quote(name)), "has no schema", hint);
        }
        deprecation(subject, version);
    }
    match &storage[..] {
        [_] => {}
        [] => find(
            subject,
            &rules::VERSIONS,
            at,
            "no version",
            "is the one that is stored",
            "write `storage: true` into one of them, and `storage: false` into the others",
        ),
        [.., last] => find(
            subject,
            &rules::VERSIONS,
            *last,
            "more than one version",
            "is the one that is stored",
            "leave `storage: true` in one of them, and write `storage: false` into the others",
        ),
    }
}

fn deprecation(subject: &mut Subject<'_>, version: Node<'_>) {
    let Some(warning) = present(version, "deprecationWarning") else { return };
    let text = warning.as_str().unwrap_or_default();
    let fault = if !version.get("deprecated").is_some_and(is_true) {
        "stands in a version that is not deprecated"
    } else if text.is_empty() {
        "is empty"
    } else if text.len() > 256 {
        "has more than 256 bytes"
    } else if text.chars().any(char::is_control) {
        "has a control character"
    } else {
        return;
    };
    let hint = "write one short line, and `deprecated: true` beside it; or delete it";
    find(subject, &rules::VERSIONS, warning, "`deprecationWarning`", fault, hint);
}
