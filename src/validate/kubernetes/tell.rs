//! What a walk says of what it found: one function for each kind of error that the server has.
//!
//! `below` is the path of the value from where the walk is: `ports[0].name`, or nothing for that value itself.

use super::walk::Walk;
use crate::object::{Key, Node};
use crate::validate::schema_rules as rules;
use crate::validate::similar::similar;
use crate::validate::subject::quote;

impl Walk<'_, '_> {
    /// A field of `node` that must be there and is not. `below` is its path from here; without a hint a plain one is given.
    pub(super) fn missing(&mut self, node: Node<'_>, below: &str, hint: impl Into<String>) {
        let hint = hint.into();
        let last = below.rsplit('.').next().unwrap_or(below);
        let hint = if hint.is_empty() { format!("add `{last}:`") } else { hint };
        let at = node.get(last).unwrap_or(node);
        let state = if node.get(last).is_some() { "is empty" } else { "is missing" };
        let message = format!("{} {state}", self.subject_of_sentence(below));
        self.subject.find(&rules::REQUIRED, at, message, hint);
    }

    /// A value that is wrong: `fault` ends the sentence ("is -1, and 0 is the least").
    pub(super) fn invalid(&mut self, at: Node<'_>, below: &str, fault: &str, hint: impl Into<String>) {
        let message = format!("{} {fault}", self.subject_of_sentence(below));
        self.subject.find(&rules::INVALID, at, message, hint);
    }

    /// A key of the map `below` that is wrong.
    pub(super) fn invalid_key(&mut self, key: Key<'_>, below: &str, fault: &str) {
        let message =
            format!("{} in {} {fault}", self.subject.key_in_words(key.as_str()), self.subject_of_sentence(below));
        self.subject.find_key(&rules::INVALID, key, message, "");
    }

    /// A text that is none of those that are allowed.
    pub(super) fn unsupported(&mut self, at: Node<'_>, below: &str, text: &str, allowed: &[&'static str]) {
        let message = format!("{} is {}, which is not supported", self.subject_of_sentence(below), quote(text));
        let hint = match similar(text, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("supported are {}", allowed.join(", ")),
        };
        self.subject.find(&rules::ENUM, at, message, hint);
    }

    /// A field that holds more than it may: `fault` ends the sentence ("have 300 bytes, and 200 is the most").
    pub(super) fn too_long(&mut self, field: Key<'_>, fault: &str, hint: &str) {
        let message = format!("{} {fault}", self.subject_of_sentence(field.as_str()));
        self.subject.find_key(&rules::LENGTH, field, message, hint);
    }

    /// A text that stands in the same list before.
    pub(super) fn duplicate(&mut self, at: Node<'_>, below: &str, text: &str) {
        let message = format!("{} is {} once more", self.subject_of_sentence(below), quote(text));
        self.subject.find(&rules::DUPLICATE_ITEM, at, message, "delete one of the two, or change it");
    }

    /// A field of `node` that must not be there: `why` ends the sentence ("must not be there beside `value`").
    pub(super) fn forbidden(&mut self, node: Node<'_>, below: &str, why: &str, hint: impl Into<String>) {
        let last = below.rsplit('.').next().unwrap_or(below);
        let at = node.get(last).unwrap_or(node);
        let message = format!("{} {why}", self.subject_of_sentence(below));
        self.subject.find(&rules::FORBIDDEN, at, message, hint);
    }

    /// A name that nothing has: `what` ends the sentence ("names no volume of this pod").
    pub(super) fn not_found(&mut self, at: Node<'_>, below: &str, text: &str, what: &str, hint: impl Into<String>) {
        let message = format!("{} is {}, which {what}", self.subject_of_sentence(below), quote(text));
        self.subject.find(&rules::NOT_FOUND, at, message, hint);
    }
}
