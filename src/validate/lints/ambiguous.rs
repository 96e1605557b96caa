//! Scalars without quotes that mean one thing to kubectl and another to other readers.

use std::sync::Arc;

use super::super::rules::NOT_KUBERNETES;
use super::rules;
use crate::finding::{Finding, Span};
use crate::object::{Ambiguous, Tree, Value};

/// The most findings of one document.
const MOST: usize = 20;

/// Tells of them where it is news: a value of the wrong type has been told, and what is no object need not be mended.
pub(in super::super) fn check(trees: &[Tree<'_>], path: &Arc<str>, findings: &mut Vec<Finding>) {
    let ambiguous = trees.iter().flat_map(Tree::ambiguous).filter(|found| !found.field.is_some_and(is_mode));
    let is_told = |found: &Ambiguous<'_>| {
        let mut others = findings.iter().filter(|other| is_at(other, found.node.span()));
        others.any(|other| !found.is_key || other.rule == &NOT_KUBERNETES)
    };
    let new = ambiguous.take(MOST).filter(|found| !is_told(found)).map(|found| finding(&found, path));
    // What must not be shown is not quoted either.
    let new: Vec<Finding> = new.filter(|finding| finding.place.excerpt.is_some()).collect();
    findings.extend(new);
}

fn is_at(finding: &Finding, span: Span) -> bool {
    finding.place.span.is_some_and(|other| other.start == span.start)
}

/// File modes are written in octal, and meant so.
fn is_mode(field: &str) -> bool {
    matches!(field, "mode" | "defaultMode") || field.ends_with("Mode")
}

fn finding(found: &Ambiguous<'_>, path: &Arc<str>) -> Finding {
    let text = found.text;
    let (message, hint) = match (found.is_key, found.node.value()) {
        (true, read) => {
            let read = read.as_str().unwrap_or_default();
            (
                format!("the key `{text}` without quotes is `{read}` to kubectl, and `{text}` to others"),
                "put it in quotes".into(),
            )
        }
        (false, Value::Bool(value)) => (
            format!("`{text}` without quotes is {value} to kubectl, and text to kustomize"),
            format!("write `{value}`, or put it in quotes if it is text"),
        ),
        (false, Value::Integer(value)) => (
            format!("`{text}` without quotes is {value} to kubectl: a number that begins with `0` is octal"),
            format!("write `{value}`, or put it in quotes if it is text"),
        ),
        _ => (format!("`{text}` without quotes is read in different ways"), "put it in quotes".into()),
    };
    Finding::new(&rules::AMBIGUOUS, found.node.place(path), message).hint(hint)
}
