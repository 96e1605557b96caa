//! Collects what is wrong with one document: bounded, and without text where the document may be a Secret.

use std::ops::Range;
use std::sync::Arc;

use super::text::Text;
use crate::finding::{Finding, Place, Rule};

/// The most findings of one document.
pub(super) const MOST: usize = 20;

/// The findings of one document so far.
pub(super) struct Report<'r, 'd> {
    path: &'r Arc<str>,
    pub(super) text: Arc<Text<'d>>,
    may_show: bool,
    findings: Vec<Finding>,
}

impl<'r, 'd> Report<'r, 'd> {
    /// `may_show`: the text holds no secret.
    pub(super) fn new(path: &'r Arc<str>, text: Arc<Text<'d>>, may_show: bool) -> Self {
        Self { path, text, may_show, findings: Vec::new() }
    }

    /// A finding about a range of bytes, to be completed and added.
    pub(super) fn at(&self, rule: &'static Rule, range: Range<usize>, message: impl Into<String>) -> Finding {
        Finding::new(rule, self.place(range), message)
    }

    pub(super) fn place(&self, range: Range<usize>) -> Place {
        if self.may_show { self.text.place(self.path, range) } else { self.text.place_without_text(self.path, range) }
    }

    /// Adds a finding while there are fewer than [`MOST`].
    pub(super) fn add(&mut self, finding: Finding) {
        if !self.is_full() {
            self.findings.push(finding);
        }
    }

    /// Whether no more findings are taken, so that nobody need make them.
    pub(super) fn is_full(&self) -> bool {
        self.findings.len() >= MOST
    }

    /// How many findings there are.
    pub(super) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Takes back all findings but the first so many.
    pub(super) fn truncate(&mut self, len: usize) {
        self.findings.truncate(len);
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.findings
    }
}
