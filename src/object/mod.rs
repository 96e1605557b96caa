//! Text of YAML and JSON becomes Kubernetes objects, read exactly as kubectl reads them, with the line and column of every key and value.
//!
//! A file's bytes are cut into documents ([`documents`], or [`Splitter`] for what is too large to hold), each document is read into a
//! [`Tree`] ([`parse`]), and a tree gives its [`objects`]. Each step tells what is wrong as findings and goes on where it can. What an object
//! must look like to be accepted by a cluster is not this room's matter; neither are the tool's own files.
//!
//! "As kubectl" means go-yaml v2 and the readers of Kubernetes' API machinery (sigs.k8s.io/yaml), which Config Sync shares: `yes` is true,
//! `0644` is 420, `1:30` is a string. No serde YAML library reads those values, and none tells where they stand.
//!
//! ```
//! use consign::object;
//!
//! let path = "cm.yaml".into();
//! let (documents, findings) = object::documents(&path, b"kind: ConfigMap\nmetadata:\n  name: settings\n");
//! assert!(findings.is_empty());
//! let parsed = object::parse(&path, &documents[0]);
//! let mut findings = parsed.findings;
//! let objects = object::objects(&parsed.trees[0], &path, &mut findings);
//! let name = objects[0].node.get("metadata").unwrap().get("name").unwrap();
//! assert_eq!(name.as_str(), Some("settings"));
//! assert_eq!((name.span().start.line, name.span().start.column), (3, 9));
//! ```

mod ambiguous;
mod arena;
mod builder;
mod comments;
mod conflict;
mod control;
mod cut;
mod encoding;
mod hints;
mod json;
mod json_out;
mod list;
mod merge;
mod number;
mod report;
pub mod rules;
mod scalar;
mod secret;
mod split;
mod strict;
mod subset;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod yaml;

use std::sync::Arc;

pub use ambiguous::Ambiguous;
pub use comments::{Comment, Lines};
pub use list::{Object, objects};
pub use rules::RULES;
pub use split::{Document, Frame, MAX_DOCUMENT, Splitter, documents};
pub use tree::{Key, Node, Tree, Value};

use crate::finding::Finding;
use json::{Broken, Outcome};
use report::Report;
use text::Text;

/// What a document holds.
#[derive(Debug)]
pub struct Parsed<'d> {
    /// Usually one. None if the document is empty or cannot be read; several where it is several JSON objects in a row.
    pub trees: Vec<Tree<'d>>,
    /// Whether it was read as JSON, and is nothing else.
    pub is_json: bool,
    /// What is wrong with it, at most twenty.
    pub findings: Vec<Finding>,
}

/// Reads a document. Never panics; takes time and memory in proportion to the text, whatever the text is.
pub fn parse<'d>(path: &Arc<str>, document: &'d Document<'_>) -> Parsed<'d> {
    let text = Arc::new(Text::new(document.text(), document.first_line()));
    let is_mentioned = secret::is_mentioned(document.text());
    // What cannot be read may be the rest of a Secret that was torn apart.
    let may_show = !is_mentioned && !document.is_torn();
    let parsed = if document.may_be_json() {
        json_or_yaml(path, &text, document, may_show)
    } else {
        yaml(path, &text, may_show)
    };
    if document.is_torn() {
        text.hide(std::iter::once(0..u32::MAX).collect());
    } else {
        text.hide(parsed.trees.iter().flat_map(|tree| secret::ranges(tree, is_mentioned)).collect());
    }
    parsed
}

fn yaml<'d>(path: &Arc<str>, text: &Arc<Text<'d>>, may_show: bool) -> Parsed<'d> {
    let mut report = Report::new(path, Arc::clone(text), may_show);
    let tree = yaml::parse(&mut report);
    // Marks of a merge can make a document one long string.
    if let Some(tree) = &tree
        && tree.root().as_str().is_some()
    {
        let conflicts = conflict::find(&report, text.as_str());
        if !conflicts.is_empty() {
            for finding in conflicts {
                report.add(finding);
            }
            return Parsed { trees: Vec::new(), is_json: false, findings: report.finish() };
        }
    }
    Parsed { trees: tree.into_iter().collect(), is_json: false, findings: report.finish() }
}

/// As kubectl does: JSON first, and if it is none, YAML, which much that is meant to be JSON is.
fn json_or_yaml<'d>(path: &Arc<str>, text: &Arc<Text<'d>>, document: &Document<'_>, may_show: bool) -> Parsed<'d> {
    let mut report = Report::new(path, Arc::clone(text), may_show);
    let Broken { at, message, hint } = match json::parse(&mut report) {
        Outcome::Trees(trees) => {
            if trees.len() > 1 && document.is_followed() {
                let end = text.as_str().len();
                let message = "kubectl reads several JSON objects in a row, but no `---` after them";
                let finding = report.at(&rules::SEPARATOR, end..end, message);
                report.add(finding.hint("separate all objects with `---`, or none"));
            }
            return Parsed { trees, is_json: true, findings: report.finish() };
        }
        Outcome::Stopped => return Parsed { trees: Vec::new(), is_json: true, findings: report.finish() },
        Outcome::Broken(broken) => broken,
    };
    let as_yaml = yaml(path, text, may_show);
    let is_conflict = as_yaml.findings.iter().any(|finding| finding.rule == &rules::MERGE_CONFLICT);
    let inside = text.as_str().trim_start().trim_start_matches('{').trim_start();
    if !as_yaml.trees.is_empty() || is_conflict || !inside.starts_with('"') {
        return as_yaml;
    }
    let mut report = Report::new(path, Arc::clone(text), may_show);
    let len = text.as_str().get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let finding = report.at(&rules::JSON_SYNTAX, at..at + len, message);
    report.add(match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    });
    Parsed { trees: Vec::new(), is_json: false, findings: report.finish() }
}
