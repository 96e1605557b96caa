//! Custom resources: their definitions, and the objects checked against them as the API server does it.
//!
//! A definition may stand anywhere in the bundle, so objects of kinds that are not Kubernetes' own wait until all files were seen; then
//! [`check_waiting`] looks at them. In the order of the work: `definition` and `schema` hold what a CustomResourceDefinition says, `effective`
//! makes of an object what the server would make of it before it validates, `walk` and `structure` find what is wrong, `words` says it.
//!
//! Not here: what all objects have in common (`metadata`), and Kubernetes' own kinds.

#[cfg(feature = "cel")]
mod cel;
mod check;
mod crd;
mod definition;
mod effective;
mod format;
mod format_codes;
mod format_names;
mod go_syntax;
mod go_url;
mod known;
mod numbers;
mod pattern;
mod problem;
mod registry;
mod schema;
mod structure;
#[cfg(test)]
pub(super) mod tests;
mod unknown;
mod walk;
mod words;

use std::sync::Arc;

#[cfg(feature = "cel")]
pub(super) use cel::{Expression, Gives, faults};
pub(super) use crd::RULES as CRD_RULES;
pub(super) use definition::{Definition, is_definition};
pub(super) use known::RULES as KNOWN_RULES;
pub(crate) use known::{LONGEST_REPO_SYNC, LONGEST_ROOT_SYNC, ROOT_NAMESPACE, is_google_account};
pub use registry::{Definitions, Given, Giver};

use super::document::{appliers, keep_told};
use super::options::Options;
use super::plan::Plan;
use super::subject::Subject;
use super::{kubernetes, lints, origin, secrets};
use crate::finding::Finding;
use crate::object::{self, Document, Object};
use check::Outcome;
use crd::is_word;

/// What a document gave that had to wait.
#[derive(Clone, Debug, Default)]
pub struct Late {
    /// What is wrong with its custom resources.
    pub findings: Vec<Finding>,
    /// How many of them were not checked, because nobody knows their kind or its fields.
    pub unchecked: usize,
}

/// Checks an object that is a definition, and gives what it defines.
pub(super) fn define(subject: &mut Subject<'_>) -> Option<Definition> {
    let definition = Definition::read(subject.object.node);
    crd::check(subject, definition.as_ref());
    definition
}

/// Whether an object is of a kind that only a CustomResourceDefinition can tell of.
pub(super) fn is_custom(object: &Object<'_>) -> bool {
    let (version, kind) = (object.api_version().unwrap_or_default(), object.kind().unwrap_or_default());
    !version.is_empty() && !kind.is_empty() && kubernetes::is_custom(version, kind)
}

/// Checks the custom resources of a document of the file `path`, now that all definitions are known.
pub fn check_waiting(plan: &Plan, definitions: &Definitions, path: &Arc<str>, document: &Document<'_>) -> Late {
    let mut late = Late::default();
    let parsed = object::parse(path, document);
    let options = &*plan.options_for(path);
    for tree in &parsed.trees {
        let objects = object::objects(tree, path, &mut Vec::new());
        let hide = objects.iter().any(Object::is_secret);
        for object in objects.into_iter().filter(is_custom) {
            let (group, kind) = (object.group().unwrap_or_default(), object.kind().unwrap_or_default());
            let appliers = appliers(&object, options);
            let Some(appliers) = appliers.filter(|_| !options.skips(group, kind)) else { continue };
            let mut found = check_one(plan, definitions, path, object, &appliers, hide);
            keep_told(options, &appliers, &mut found.findings);
            late.findings.append(&mut found.findings);
            late.unchecked += found.unchecked;
        }
    }
    lints::check_trees(&parsed.trees, path, &mut late.findings);
    secrets::conceal(path, document, &mut late.findings);
    keep_told(&plan.options, options, &mut late.findings);
    if let Some(origin) = origin::of(document).map(Arc::from) {
        late.findings = late.findings.into_iter().map(|finding| origin::note(finding, &origin)).collect();
    }
    late
}

fn check_one(
    plan: &Plan,
    definitions: &Definitions,
    path: &Arc<str>,
    object: Object<'_>,
    options: &Options,
    hide: bool,
) -> Late {
    let (group, kind) = (object.group().unwrap_or_default(), object.kind().unwrap_or_default());
    let candidates = definitions.find(plan, path, group, kind);
    if candidates.is_empty() && super::consumers::knows(options, group, kind) {
        return Late::default();
    }
    if candidates.is_empty() {
        let mut subject = Subject::new(object, options, path, hide);
        if subject.has_a_known_kind() {
            unknown::kind(&mut subject, plan, definitions);
        }
        return Late { findings: subject.findings, unchecked: 1 };
    }
    let mut first: Option<(Vec<Finding>, Outcome)> = None;
    for definition in candidates {
        let mut subject = Subject::new(object, options, path, hide);
        let outcome = check::check(&mut subject, &definition);
        known::check(&mut subject, group, kind);
        // Where several clusters may be meant, one that accepts it is enough.
        let accepted = subject.findings.is_empty();
        if first.is_none() || accepted {
            first = Some((subject.findings, outcome));
        }
        if accepted {
            break;
        }
    }
    let found =
        first.map(|(findings, outcome)| Late { findings, unchecked: usize::from(outcome == Outcome::NotChecked) });
    found.unwrap_or_default()
}
