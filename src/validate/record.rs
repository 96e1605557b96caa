//! Where all findings of a run go: here it is decided which of them count, and how bad they are.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::ignore::{Ignore, Ignores};
use super::options::Options;
use super::policy;
use crate::finding::{Finding, Findings, Rule};

/// The findings of a run that count.
#[derive(Debug)]
pub struct Record<'o> {
    /// None: nobody was asked, and everything counts as it is.
    options: Option<&'o Options>,
    ignores: Ignores,
    silenced: Option<&'o Silenced>,
    findings: Findings,
}

/// Findings that comments in the sources of rendered files silence: each with its rule, file and line.
pub type Silenced = HashSet<(&'static str, Arc<str>, u32)>;

/// The finding as [`Silenced`] holds it.
pub fn key(finding: &Finding) -> (&'static str, Arc<str>, u32) {
    let line = finding.place.span.map_or(0, |span| span.start.line);
    (finding.rule.id, Arc::clone(&finding.place.path), line)
}

impl<'o> Record<'o> {
    /// An empty one; without options everything counts as it comes.
    pub fn new(options: Option<&'o Options>) -> Self {
        Self { options, ignores: Ignores::default(), silenced: None, findings: Findings::default() }
    }

    /// Adds a finding, if it counts. The comments of its document must be [heeded](Self::heed) before.
    pub fn push(&mut self, mut finding: Finding) {
        if self.silenced.is_some_and(|silenced| silenced.contains(&key(&finding))) {
            return;
        }
        if let Some(options) = self.options {
            if policy::can_be_silenced(options, finding.rule) && self.ignores.silence(&finding) {
                return;
            }
            match policy::severity(options, &finding) {
                Some(severity) => finding.severity = severity,
                None => return,
            }
        }
        self.findings.push(finding);
    }

    /// Takes what comments of a document silence, then and later. Documents of one file come from top to bottom.
    pub fn heed(&mut self, path: &Arc<str>, ignores: Vec<Ignore>) {
        let too_many = self.ignores.add(path, ignores);
        self.extend(too_many);
    }

    /// Whether a comment on one of these lines silences the rule for all that is rendered from them.
    pub fn silences_rendered(&mut self, rule: &'static Rule, path: &str, lines: &RangeInclusive<u32>) -> bool {
        let may = self.options.is_some_and(|options| policy::can_be_silenced(options, rule));
        may && self.ignores.silence_rendered(rule, path, lines)
    }

    /// All was rendered that is made of the files that `is_read` names: a comment there that silenced nothing has no effect.
    pub fn was_rendered(&mut self, is_read: impl Fn(&str) -> bool) {
        self.ignores.was_rendered(is_read);
    }

    /// Leaves out findings that were silenced in another run, which had the same rendered files.
    #[must_use]
    pub const fn without(mut self, silenced: Option<&'o Silenced>) -> Self {
        self.silenced = silenced;
        self
    }

    /// Adds what is to be said when everything has been seen: which comments silenced nothing.
    pub fn close(&mut self) {
        let Some(options) = self.options else { return };
        for unused in std::mem::take(&mut self.ignores).unused(options) {
            self.push(unused);
        }
    }

    /// What was found so far.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What was found.
    pub fn into_findings(self) -> Findings {
        self.findings
    }
}

impl Extend<Finding> for Record<'_> {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        for finding in findings {
            self.push(finding);
        }
    }
}
