//! What is wrong with a custom resource, before it becomes a finding.

use super::effective::{Step, Value, path_text};
use super::format::Format;
use super::schema::Schema;
use crate::finding::Rule;
use crate::object::{Key, Node};
use crate::validate::consumers::Placeholders;
use crate::validate::kubernetes::Targets;

/// Where a problem is.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'t> {
    Node(Node<'t>),
    Key(Key<'t>),
}

/// One thing that is wrong.
#[derive(Debug)]
pub(super) struct Problem<'t> {
    pub(super) rule: &'static Rule,
    pub(super) at: At<'t>,
    /// Where in the object, and what of it: the message is `{path} of {object} {fault}`.
    pub(super) path: String,
    pub(super) fault: String,
    pub(super) hint: String,
}

/// Collects problems while a value is walked through; or only counts them.
#[derive(Debug)]
pub(super) struct Problems<'t> {
    pub(super) path: Vec<Step<'t>>,
    /// The nodes above; a default stands nowhere, so what is wrong with one is told at the last of these.
    above: Vec<Node<'t>>,
    found: Vec<Problem<'t>>,
    /// How deep in alternatives that are only tried.
    trying: usize,
    /// How many problems there were, those included that were only counted.
    pub(super) count: usize,
    /// The ways to the metadata of objects inside the object.
    pub(super) metadata: Vec<Vec<Step<'t>>>,
    /// The texts of which nothing is known.
    placeholders: Placeholders,
    /// Whether the API server knows the formats that came with 1.35.
    has_name_formats: bool,
    /// What may still be looked at: the work of a hostile definition ends.
    steps_left: u64,
}

/// The most problems of one object that are kept.
const MOST: usize = 20;

/// How many pairs of a value and a schema are looked at for one object. A large object with a rich schema takes some hundred thousand.
const STEPS: u64 = 20_000_000;

impl<'t> Problems<'t> {
    /// `targets` are the versions of Kubernetes that are meant.
    pub(super) fn new(root: Node<'t>, placeholders: Placeholders, targets: Targets) -> Self {
        Self {
            path: Vec::new(),
            above: vec![root],
            found: Vec::new(),
            trying: 0,
            count: 0,
            metadata: Vec::new(),
            placeholders,
            // The server counts a format only from the version after the one that brought it, so that it can be rolled back.
            has_name_formats: targets.reach("1.35"),
            steps_left: STEPS,
        }
    }

    /// Counts one step; false when there have been too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps_left = self.steps_left.saturating_sub(1);
        self.steps_left > 0
    }

    /// The format that a schema demands, if the API server knows it.
    pub(super) fn format_of(&self, schema: &Schema) -> Option<Format> {
        schema.format.filter(|format| self.has_name_formats || !matches!(format, Format::Name { .. }))
    }

    /// Whether nothing is known of this text.
    pub(super) fn is_placeholder(&self, text: &str) -> bool {
        self.placeholders.have(text)
    }

    /// Whether not everything could be looked at.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps_left == 0
    }

    /// Does something one step below.
    pub(super) fn below(&mut self, step: Step<'t>, value: &Value<'t>, act: impl FnOnce(&mut Self)) {
        self.path.push(step);
        self.above.extend(value.node);
        act(self);
        self.path.pop();
        if value.node.is_some() {
            self.above.pop();
        }
    }

    /// Does something some fields below, at whatever node.
    pub(super) fn at_path(&mut self, steps: &[Step<'t>], act: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.extend_from_slice(steps);
        act(self);
        self.path.truncate(length);
    }

    /// Tries something: how many problems it has.
    pub(super) fn attempt(&mut self, act: impl FnOnce(&mut Self)) -> usize {
        let before = self.count;
        self.trying += 1;
        act(self);
        self.trying -= 1;
        let count = self.count - before;
        self.count = before;
        count
    }

    /// What something finds, apart from what was found before.
    pub(super) fn apart(&mut self, act: impl FnOnce(&mut Self)) -> Vec<Problem<'t>> {
        let before = (std::mem::take(&mut self.found), self.count, std::mem::take(&mut self.trying));
        act(self);
        let found = std::mem::replace(&mut self.found, before.0);
        (self.count, self.trying) = (before.1, before.2);
        found
    }

    /// Adds a problem at the current place. `tell` gives what is wrong and what to do, and is only asked if somebody will read it.
    pub(super) fn find(&mut self, rule: &'static Rule, tell: impl FnOnce() -> (String, String)) {
        let at = self.above.last().map(|node| At::Node(*node));
        self.find_at(rule, at, tell);
    }

    /// The same at another place.
    pub(super) fn find_at(&mut self, rule: &'static Rule, at: Option<At<'t>>, tell: impl FnOnce() -> (String, String)) {
        self.count += 1;
        if self.trying > 0 || self.found.len() >= MOST {
            return;
        }
        let Some(at) = at else { return };
        let (fault, hint) = tell();
        self.found.push(Problem { rule, at, path: path_text(&self.path), fault, hint });
    }

    /// Whether problems are only counted, and one is enough.
    pub(super) fn only_counts(&self) -> bool {
        self.trying > 0
    }

    pub(super) fn into_found(self) -> Vec<Problem<'t>> {
        self.found
    }
}
