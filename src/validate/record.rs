//! Where all findings of a run go: here it is decided which of them count, and how bad they are.

use std::sync::Arc;

use super::ignore::{Ignore, Ignores};
use super::options::Options;
use super::policy;
use crate::finding::{Finding, Findings};

/// The findings of a run that count.
#[derive(Debug)]
pub struct Record<'o> {
    /// None: nobody was asked, and everything counts as it is.
    options: Option<&'o Options>,
    ignores: Ignores,
    findings: Findings,
}

impl<'o> Record<'o> {
    /// An empty one; without options everything counts as it comes.
    pub fn new(options: Option<&'o Options>) -> Self {
        Self { options, ignores: Ignores::default(), findings: Findings::default() }
    }

    /// Adds a finding, if it counts. The comments of its document must be [heeded](Self::heed) before.
    pub fn push(&mut self, mut finding: Finding) {
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
