//! Text of YAML and JSON becomes Kubernetes objects, with the line and column of every key and value.
//!
//! Values are those that `kubectl` reads, which are not those of the YAML 1.2 specification: `kubectl` reads with go-yaml v2 and turns
//! the result into JSON. `scalar` says what that means for `yes`, `0644` or `1e3`. Splitting into documents follows `kubectl` too.
//!
//! What is not here: what the fields of an object mean. That is `validate`'s.
//!
//! Nothing in a text can make this room panic, and memory and time stay in proportion to the text: nesting, aliases and the number of
//! findings are bounded.

mod build;
mod encoding;
mod json;
mod list;
mod rules;
mod scalar;
mod split;
mod syntax;
mod tree;
mod yaml;

use std::sync::Arc;

pub use list::{Object, objects};
pub use rules::RULES;
pub use split::{Document, MAX_DOCUMENT, Splitter, documents};
pub use tree::{Key, Node, Tree, Value};

use crate::finding::Finding;

/// What one document holds.
#[derive(Debug, Default)]
pub struct Parsed<'d> {
    /// One tree; several for several JSON objects in a row; none for an empty document or one that is no YAML.
    pub trees: Vec<Tree<'d>>,
    /// What is wrong with the text; bounded in number.
    pub findings: Vec<Finding>,
}

/// Reads one document.
///
/// A document that starts with `{` is read as JSON, and as YAML if it is none.
pub fn parse<'d>(path: &Arc<str>, document: &'d Document<'d>) -> Parsed<'d> {
    if !document.text().trim_start().starts_with('{') {
        return yaml::parse(path, document);
    }
    let as_json = json::parse(path, document);
    if as_json.findings.iter().all(|finding| finding.rule.id != rules::JSON_SYNTAX.id) {
        return as_json;
    }
    // `{a: b}` is YAML and no JSON. If it is neither, it was most likely meant to be JSON.
    let as_yaml = yaml::parse(path, document);
    if as_yaml.trees.is_empty() || path.ends_with(".json") { as_json } else { as_yaml }
}

#[cfg(test)]
mod tests;
