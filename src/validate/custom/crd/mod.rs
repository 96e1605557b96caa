//! CustomResourceDefinitions themselves, as the API server's hand-written checks see them when one is created.
//!
//! `envelope` looks at group, scope, names and versions, `conversion` and `columns` at what belongs to them, `structural` and what it calls
//! at the schemas. What only a field's type says, such as a number in place of a text, is not looked at here: a definition is an object
//! of a built-in kind, too.

mod columns;
mod conversion;
mod defaults;
mod envelope;
#[cfg(feature = "cel")]
mod expressions;
mod keywords;
mod lists;
mod nested;
mod rules;
mod structural;
#[cfg(test)]
mod tests;

pub(super) use envelope::is_word;
pub(in crate::validate) use rules::RULES;

use super::definition::Definition;
use crate::finding::Rule;
use crate::object::{Node, Value};
use crate::validate::subject::Subject;

/// Checks a definition of the version `v1`. What is wrong goes to the findings of `subject`.
pub(in crate::validate) fn check(subject: &mut Subject<'_>, definition: Option<&Definition>) {
    if subject.object.api_version() != Some("apiextensions.k8s.io/v1") {
        return;
    }
    let Some(spec) = subject.object.node.get("spec").filter(|spec| spec.is_mapping()) else {
        let at = subject.object.node.get("spec").unwrap_or(subject.object.node);
        let message = format!("{} has no spec", subject.label);
        return subject.find(&rules::NAMES, at, message, "add `spec:` with group, scope, names and versions");
    };
    envelope::check(subject, spec);
    conversion::check(subject, spec);
    for version in present(spec, "versions").into_iter().flat_map(Node::items) {
        columns::check(subject, version);
        let status = has_status(version) || has_status(spec);
        if let Some(schema) = present(version, "schema").and_then(|schema| present(schema, "openAPIV3Schema")) {
            let before = subject.findings.len();
            structural::check(subject, schema, status);
            let name = text(version, "name");
            let read =
                definition.and_then(|definition| definition.versions.iter().find(|version| &*version.name == name));
            let read = read.and_then(|version| version.schema.as_ref());
            if let Some(read) = read.filter(|_| subject.findings.len() == before) {
                defaults::check(subject, schema, read);
                columns::selectable(subject, version, read);
                #[cfg(feature = "cel")]
                expressions::check(subject, schema, read);
            }
        }
    }
}

fn has_status(node: Node<'_>) -> bool {
    present(node, "subresources").is_some_and(|resources| present(resources, "status").is_some())
}

/// A field that is there and not null, which is the same as not there.
fn present<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.get(name).filter(|node| !node.is_null())
}

/// The text of a field; empty where it is none.
fn text<'t>(node: Node<'t>, name: &str) -> &'t str {
    node.get(name).and_then(Node::as_str).unwrap_or_default()
}

fn is_true(node: Node<'_>) -> bool {
    node.value() == Value::Bool(true)
}

/// Tells of something in a definition: `{what} of {definition} {fault}`.
fn find(
    subject: &mut Subject<'_>,
    rule: &'static Rule,
    at: Node<'_>,
    what: &str,
    fault: &str,
    hint: impl Into<String>,
) {
    let message = format!("{what} of {} {fault}", subject.label);
    subject.find(rule, at, message, hint);
}
