//! Findings as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::origin::{Origin, Reported};
use crate::finding::{Place, Refuser};

/// One finding as JSON has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Where<'a>,
    hint: Option<&'a str>,
    refused_by: Vec<&'a str>,
    further: Vec<Further<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Where<'a> {
    path: &'a str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

#[derive(Serialize)]
struct Further<'a> {
    #[serde(flatten)]
    place: Where<'a>,
    message: &'a str,
}

/// All of `findings` as a JSON array, with a line feed at the end.
///
/// The shape is stable: fields may be added, none will go away or change its meaning. Every field is always there.
///
/// ```json
/// [
///   {
///     "rule": "object/duplicate",
///     "severity": "error",
///     "message": "Deployment \"shop/cart\" is defined twice",
///     "path": "shop/b.yaml",
///     "file": "deploy/shop/b.yaml",
///     "line": 4,
///     "column": 9,
///     "endLine": 4,
///     "endColumn": 13,
///     "hint": null,
///     "refusedBy": ["Config Sync"],
///     "further": [
///       {"path": "shop/a.yaml", "file": "deploy/shop/a.yaml", "line": 4, "column": 9, "endLine": 4, "endColumn": 13, "message": "first defined here"}
///     ]
///   }
/// ]
/// ```
///
/// - `rule`: the rule's stable name. `severity`: `error` or `warning`. `message`: one sentence without a full stop.
/// - `path`: the file's name in the bundle. `file`: the path to open, or null where it is on no disk. `line`, `column`: from 1, a column is one Unicode character; `endLine`, `endColumn`: just
///   behind the last character. All four are null where the finding is about the file as a whole.
/// - `hint`: what to do about it, or null. `refusedBy`: who would refuse it (`kubectl`, `API server`, `Config Sync`, …).
/// - `further`: further places it is about, each with a few words on why.
///
/// The source line is not part of it. Characters that a terminal would act on are written as `\u` escapes, so that the text is safe to
/// show as it is.
pub fn json(findings: &[Reported<'_>]) -> String {
    safe_json(&rows(findings))
}

/// The findings as [`json`] writes them, to be part of a larger JSON text.
pub fn rows<'a>(findings: &[Reported<'a>]) -> impl Serialize + use<'a> {
    findings.iter().map(row).collect::<Vec<Row<'a>>>()
}

/// Any value as indented JSON with a line feed at the end, without characters that a terminal would act on.
pub fn safe_json(value: &impl Serialize) -> String {
    // Only strings are written, and only to memory: there is nothing that could fail.
    let plain = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut safe = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        // serde_json escapes what is below 0x20; outside strings only spaces and line feeds stand, so the rest is inside one.
        if matches!(c, '\u{7f}'..='\u{9f}') {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

fn row<'a>(reported: &Reported<'a>) -> Row<'a> {
    let Reported { finding, origin } = reported;
    Row {
        rule: finding.rule.id,
        severity: finding.severity.as_str(),
        message: &finding.message,
        place: place(&finding.place, origin),
        hint: finding.hint.as_deref(),
        refused_by: finding.rule.refused_by.iter().copied().map(Refuser::as_str).collect(),
        further: finding.further.iter().map(|(at, why)| Further { place: place(at, origin), message: why }).collect(),
    }
}

fn place<'a>(place: &'a Place, origin: &Origin) -> Where<'a> {
    let span = place.span;
    Where {
        path: &place.path,
        file: origin.file(&place.path),
        line: span.map(|s| s.start.line),
        column: span.map(|s| s.start.column),
        end_line: span.map(|s| s.end.line),
        end_column: span.map(|s| s.end.column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, Position, Rule, Severity, Span};

    static RULE: Rule = Rule {
        id: "group/what",
        title: "a title",
        refused_by: &[Refuser::ApiServer, Refuser::ConfigSync],
        severity: Severity::Warning,
        help: "help",
    };

    fn written(findings: &[&Finding]) -> String {
        json(&Reported::all(findings, &Origin::below(Some(std::path::Path::new("in")))))
    }

    fn span() -> Span {
        Span { start: Position { line: 3, column: 5 }, end: Position { line: 3, column: 9 } }
    }

    #[test]
    fn every_field_is_there_in_a_stable_order() {
        let place = Place { span: Some(span()), ..Place::file("a.yaml") };
        let finding =
            Finding::new(&RULE, place, "it is wrong").hint("mend it").also(Place::file("b.yaml"), "first seen here");
        let expected = r#"[
  {
    "rule": "group/what",
    "severity": "warning",
    "message": "it is wrong",
    "path": "a.yaml",
    "file": "in/a.yaml",
    "line": 3,
    "column": 5,
    "endLine": 3,
    "endColumn": 9,
    "hint": "mend it",
    "refusedBy": [
      "API server",
      "Config Sync"
    ],
    "further": [
      {
        "path": "b.yaml",
        "file": "in/b.yaml",
        "line": null,
        "column": null,
        "endLine": null,
        "endColumn": null,
        "message": "first seen here"
      }
    ]
  }
]
"#;
        assert_eq!(written(&[&finding]), expected);
    }

    #[test]
    fn no_findings_are_an_empty_array() {
        assert_eq!(json(&[]), "[]\n");
    }

    #[test]
    fn control_characters_are_escaped_and_come_back() {
        let message = "\u{1b}[2J \u{9b}31m \u{7f} \"ü\"\n";
        let text = written(&[&Finding::new(&RULE, Place::file("\u{1b}.yaml"), message)]);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0]["message"], message);
        assert_eq!(back[0]["path"], "\u{1b}.yaml");
    }
}
