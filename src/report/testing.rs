//! Findings for the tests of the formats.

use crate::finding::{Finding, Place, Position, Refuser, Rule, Severity, Span};

pub(super) static RULE: Rule = Rule {
    id: "group/what",
    title: "a title",
    refused_by: &[Refuser::ApiServer, Refuser::ConfigSync],
    severity: Severity::Error,
    help: "Help.",
};

/// Four characters on a line.
pub(super) fn at(path: &str, line: u32, column: u32) -> Place {
    let (start, end) = (Position { line, column }, Position { line, column: column + 4 });
    Place { span: Some(Span { start, end }), ..Place::file(path) }
}

pub(super) fn finding(place: Place, message: &str) -> Finding {
    Finding::new(&RULE, place, message)
}
