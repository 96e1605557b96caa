//! What is said of kinds that nobody knows here, and of versions of which our own definitions do not tell.
//!
//! `--unknown-kinds` decides how bad that is. What is known of a kind and wrong in an object is not said here.

use super::definition::Definition;
use super::registry::Definitions;
use crate::finding::{Finding, Severity};
use crate::object::Node;
use crate::validate::options::UnknownKinds;
use crate::validate::plan::Plan;
use crate::validate::similar::similar;
use crate::validate::subject::{Subject, quote};
use crate::validate::{kubernetes, schema_rules as rules};

/// Tells that nobody knows the kind.
pub(super) fn kind(subject: &mut Subject<'_>, plan: &Plan, definitions: &Definitions) {
    let (group, kind) = (subject.object.group().unwrap_or_default(), subject.object.kind().unwrap_or_default());
    let at = subject.object.node.get("kind").unwrap_or(subject.object.node);
    let message = format!("nobody here knows the kind {} of the group {}: not checked", quote(kind), quote(group));
    // It may be defined in what was not rendered.
    let custom = if definitions.may_lack() {
        "see to what was not rendered, which may define it, or give its CustomResourceDefinition with `--crds PATH`"
    } else {
        "pack its CustomResourceDefinition, too, or give it with `--crds PATH`, or ask the cluster with `--crds cluster`"
    };
    let own = definitions.kinds(plan, group);
    let hint = match (similar(kind, own.iter().copied()), kubernetes::elsewhere(kind, subject.options.targets())) {
        (Some(near), _) => format!("did you mean {}? Else {custom}", quote(near)),
        // A definition's group has a dot in it.
        (None, Some(version)) if !group.contains('.') => format!("write `apiVersion: {version}`"),
        (None, Some(version)) => format!("if Kubernetes' own is meant, write `apiVersion: {version}`; else {custom}"),
        (None, None) => custom.to_owned(),
    };
    tell(subject, at, message, hint);
}

/// Tells that a definition of our own lacks the version, or does not know its fields.
pub(super) fn version(subject: &mut Subject<'_>, definition: &Definition, name: &str) {
    let at = subject.object.node.get("apiVersion").unwrap_or(subject.object.node);
    let with_fields = |version: &&super::definition::Version| version.schema.is_some();
    let known: Vec<String> = definition
        .versions
        .iter()
        .filter(with_fields)
        .map(|version| format!("`apiVersion: {}/{}`", definition.group, version.name))
        .collect();
    let known = known.join(" or ");
    let ask = "give its CustomResourceDefinition with `--crds PATH`, or ask the cluster with `--crds cluster`";
    let label = &subject.label;
    let (message, hint) = if definition.version(name).is_some() {
        let message = format!("the fields of {label} in the version {} are not known here: not checked", quote(name));
        (message, format!("write {known}, which newer releases serve, or {ask}"))
    } else {
        let message = format!("nobody here knows the version {} of {label}: not checked", quote(name));
        (message, format!("write {known}; if the cluster does serve {}, {ask}", quote(name)))
    };
    tell(subject, at, message, hint);
}

fn tell(subject: &mut Subject<'_>, at: Node<'_>, message: String, hint: String) {
    let severity = match subject.options.unknown_kinds {
        UnknownKinds::Error => Severity::Error,
        UnknownKinds::Warn => Severity::Warning,
        UnknownKinds::Ignore => return,
    };
    let finding = Finding::new(&rules::UNKNOWN_KIND, subject.place(at), message).hint(hint);
    subject.findings.push(Finding { severity, ..finding });
}
