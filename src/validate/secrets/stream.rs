//! A file that is not read as YAML, looked through while its bytes arrive.

use std::sync::Arc;

use super::scan::{self, BEHIND, REACH};
use super::{MOST, finding};
use crate::finding::{Finding, Place, Position, Span};

/// So many bytes are looked through together.
const WINDOW: usize = 64 << 10;

/// Looks through a file of any size, holding some tens of KiB of it.
#[derive(Debug)]
pub struct Scanner {
    path: Arc<str>,
    buffer: Vec<u8>,
    /// Hits before this byte of the buffer have been told.
    told: usize,
    /// Where the buffer begins in the file.
    at: Position,
    findings: Vec<Finding>,
}

impl Scanner {
    /// For the file of this name.
    pub fn new(path: Arc<str>) -> Self {
        Self { path, buffer: Vec::new(), told: 0, at: Position { line: 1, column: 1 }, findings: Vec::new() }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.findings.len() >= MOST {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < WINDOW {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        // What begins later may not be complete yet.
        let until = buffer.len().saturating_sub(REACH);
        self.look(&buffer, until);
        let drop = until.saturating_sub(BEHIND);
        self.at = advance(self.at, buffer.get(..drop).unwrap_or_default());
        self.told = until - drop;
        self.buffer = buffer;
        self.buffer.drain(..drop);
    }

    /// Ends the file: what was found in it.
    pub fn finish(mut self) -> Vec<Finding> {
        let buffer = std::mem::take(&mut self.buffer);
        self.look(&buffer, buffer.len());
        self.findings
    }

    /// Tells what begins before `until`.
    pub(super) fn look(&mut self, bytes: &[u8], until: usize) {
        for hit in scan::hits(bytes) {
            let is_new = (self.told..until).contains(&hit.range.start);
            if !is_new || self.findings.len() >= MOST {
                continue;
            }
            let start = advance(self.at, bytes.get(..hit.range.start).unwrap_or_default());
            let end = advance(start, bytes.get(hit.range.clone()).unwrap_or_default());
            let place = Place { path: Arc::clone(&self.path), span: Some(Span { start, end }), excerpt: None };
            self.findings.push(finding(&hit, place));
        }
    }
}

/// Where one is behind some bytes.
fn advance(from: Position, bytes: &[u8]) -> Position {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (lines, column, rest) = match memchr::memrchr(b'\n', bytes) {
        Some(last) => (memchr::memchr_iter(b'\n', bytes).count(), 1, bytes.get(last + 1..).unwrap_or_default()),
        None => (0, from.column, bytes),
    };
    let characters = rest.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    Position { line: from.line.saturating_add(count(lines)), column: u32::saturating_add(column, count(characters)) }
}
