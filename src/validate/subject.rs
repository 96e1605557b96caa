//! One object under the checks: how messages name it, and the findings about it.

use std::sync::Arc;

use super::consumers::Placeholders;
use super::options::Options;
use crate::finding::{Finding, Place, Rule};
use crate::object::{Key, Node, Object, Value};

/// An object, and what is found about it.
pub(super) struct Subject<'a> {
    pub(super) object: Object<'a>,
    pub(super) label: String,
    /// What the user decided about the checks.
    pub(super) options: &'a Options,
    pub(super) path: &'a Arc<str>,
    /// Which of its texts stand for others.
    pub(super) placeholders: Placeholders,
    /// No text of the file may be shown: a Secret is near.
    hide: bool,
    pub(super) findings: Vec<Finding>,
    /// It has no namespace, and its kind has one: told of all such objects together.
    pub(super) lacks_namespace: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn new(object: Object<'a>, options: &'a Options, path: &'a Arc<str>, hide: bool) -> Self {
        let label = label(object.kind(), object.namespace(), object.name());
        let placeholders = Placeholders::of(object.node, options);
        Self { object, label, options, path, placeholders, hide, findings: Vec::new(), lacks_namespace: false }
    }

    /// Whether its kind is known: neither that nor the version stands for another.
    pub(super) fn has_a_known_kind(&self) -> bool {
        let is_placeholder = |text: Option<&str>| text.is_some_and(|text| self.placeholders.have(text));
        !is_placeholder(self.object.api_version()) && !is_placeholder(self.object.kind())
    }

    /// The place of a node, with its line of text where that may be shown.
    pub(super) fn place(&self, node: Node<'_>) -> Place {
        if self.hide { node.place_without_text(self.path) } else { node.place(self.path) }
    }

    /// The place of a key.
    pub(super) fn key_place(&self, key: Key<'_>) -> Place {
        if self.hide { key.place_without_text(self.path) } else { key.place(self.path) }
    }

    /// How messages call a key of a map: not by its name where values may stand in the place of names.
    pub(super) fn key_in_words(&self, key: &str) -> String {
        if self.hide { "a key".to_owned() } else { format!("the key {}", quote(key)) }
    }

    /// Adds a finding, unless it is about a text that stands for another; a message about a text in the file quotes it with [`quote`].
    pub(super) fn find(&mut self, rule: &'static Rule, at: Node<'_>, message: String, hint: impl Into<String>) {
        if !at.as_str().is_some_and(|text| self.placeholders.have(text)) {
            self.find_at(rule, self.place(at), message, hint);
        }
    }
}

impl Subject<'_> {
    /// Adds a finding about a place of the object. Without a hint there is none.
    pub(super) fn find_at(&mut self, rule: &'static Rule, place: Place, message: String, hint: impl Into<String>) {
        // An object with more problems than this has been said enough about.
        if self.findings.len() >= 20 {
            return;
        }
        let (finding, hint) = (Finding::new(rule, place, message), hint.into());
        self.findings.push(if hint.is_empty() { finding } else { finding.hint(hint) });
    }

    /// The same about a key, unless it stands for another.
    pub(super) fn find_key(&mut self, rule: &'static Rule, at: Key<'_>, message: String, hint: impl Into<String>) {
        if !self.placeholders.have(at.as_str()) {
            self.find_at(rule, self.key_place(at), message, hint);
        }
    }
}

/// How messages name an object: `Deployment "shop/cart"`, or what of it is known.
fn label(kind: Option<&str>, namespace: Option<&str>, name: Option<&str>) -> String {
    let known = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(short);
    let name = known(name).map(|name| match known(namespace) {
        Some(namespace) => format!("\"{namespace}/{name}\""),
        None => format!("\"{name}\""),
    });
    match (known(kind), name) {
        (Some(kind), Some(name)) => format!("{kind} {name}"),
        (Some(kind), None) => format!("this {kind}"),
        (None, Some(name)) => format!("the object {name}"),
        (None, None) => "this object".to_owned(),
    }
}

/// A text of the file as messages quote it: at most 80 characters of it, between backticks.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", short(text))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What a value is, as a message says it.
pub(super) fn what(node: Node<'_>) -> &'static str {
    match node.value() {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::Sequence => "a list",
        Value::Mapping => "a map",
    }
}
