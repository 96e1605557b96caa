//! Where documents begin and end in a file's bytes, as kubectl has it.
//!
//! kubectl splits before it parses: at every line that begins with `---`, whatever stands around it. A line that holds more than the
//! separator and a comment makes it refuse the file; here it is told and, where YAML would see a separator too, taken for one, so that the
//! other documents are checked as well.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::rules;
use super::text::{Text, count_lines};
use crate::finding::{Finding, Place, Position, Rule, Span};

const SEPARATOR: &[u8] = b"---";

/// The most findings about how one file is split and encoded.
const MOST: usize = 20;

/// The longest line that may turn out to be a separator while a document that is too large is skipped.
const LONGEST_SEPARATOR: usize = 64 << 10;

/// A document within the bytes at hand.
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) first_line: u32,
    /// Where it begins in the file (in its UTF-8 form).
    pub(super) offset: u64,
    /// Whether nothing but space comes before it.
    pub(super) is_first: bool,
    /// Whether a separator ends it.
    pub(super) is_followed: bool,
    /// Whether it stands beside or behind a separator that may be none, so that it may be part of a Secret.
    pub(super) is_torn: bool,
}

/// Finds documents in bytes that may still be growing.
#[allow(clippy::struct_excessive_bools, reason = "each is told what it means, and none excludes another")]
pub(super) struct Cutter {
    path: Arc<str>,
    limit: usize,
    findings: Vec<Finding>,
    /// Where the current document begins in the bytes; what is before it is done with.
    position: usize,
    /// Up to where no separator is.
    scanned: usize,
    /// Whether `position` is within a line.
    mid_line: bool,
    /// Whether the current document is too large and is only looked through for its end.
    skipping: bool,
    started: bool,
    /// Whether some separator held more than it should.
    torn: bool,
    line: u32,
    offset: u64,
}

enum Found {
    /// A line from and up to here.
    Separator(Range<usize>),
    /// More bytes are needed.
    Wait,
    /// The file ends first.
    End,
}

impl Cutter {
    pub(super) fn new(path: Arc<str>, limit: usize) -> Self {
        Self {
            path,
            limit,
            findings: Vec::new(),
            position: 0,
            scanned: 0,
            mid_line: false,
            skipping: false,
            started: false,
            torn: false,
            line: 1,
            offset: 0,
        }
    }

    /// The next document that ends in the bytes.
    pub(super) fn next(&mut self, bytes: &[u8], is_end: bool) -> Option<Piece> {
        loop {
            let (end, behind, is_followed) = match self.find(bytes, is_end) {
                Found::Separator(line) => (line.start, line.end, true),
                Found::End if self.position < bytes.len() => (bytes.len(), bytes.len(), false),
                Found::End => return None,
                Found::Wait => {
                    self.shed(bytes);
                    return None;
                }
            };
            if let Some(piece) = self.piece(bytes, end, behind, is_followed) {
                return Some(piece);
            }
        }
    }

    /// Ends the current document at `end` and begins the next at `behind`.
    fn piece(&mut self, bytes: &[u8], end: usize, behind: usize, is_followed: bool) -> Option<Piece> {
        let range = self.position..end;
        let piece = Piece {
            range: range.clone(),
            first_line: self.line,
            offset: self.offset,
            is_first: !std::mem::replace(&mut self.started, true),
            is_followed,
            is_torn: self.torn,
        };
        let mut skipped = std::mem::take(&mut self.skipping);
        if !skipped && range.len() > self.limit {
            self.too_large();
            skipped = true;
        }
        self.mid_line = false;
        if is_followed {
            self.advance(bytes, behind);
        } else {
            // Nothing comes that has a line.
            self.position = behind;
            self.scanned = behind;
        }
        (!skipped && !range.is_empty()).then_some(piece)
    }

    /// Moves the beginning of what is left.
    fn advance(&mut self, bytes: &[u8], to: usize) {
        let passed = bytes.get(self.position..to).unwrap_or_default();
        self.line = self.line.saturating_add(count_lines(passed));
        self.offset += passed.len() as u64;
        self.position = to;
        self.scanned = self.scanned.max(to);
    }

    fn find(&mut self, bytes: &[u8], is_end: bool) -> Found {
        let mut at = self.scanned;
        loop {
            if is_end {
                match self.candidate(bytes, at) {
                    Some(next) => at = next,
                    None => return Found::End,
                }
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let at_line_start = if at == self.position { !self.mid_line } else { bytes.get(at - 1) == Some(&b'\n') };
            let line_end = memchr::memchr(b'\n', rest).map(|len| at + len + 1);
            if at_line_start && rest.starts_with(SEPARATOR) {
                let end = match line_end {
                    Some(end) => end,
                    None if is_end => bytes.len(),
                    None => {
                        self.scanned = at;
                        return Found::Wait;
                    }
                };
                if self.is_separator(bytes, at..end) {
                    return Found::Separator(at..end);
                }
            } else if at_line_start && !is_end && line_end.is_none() && SEPARATOR.starts_with(rest) {
                self.scanned = at;
                return Found::Wait;
            }
            match line_end {
                Some(end) => at = end,
                None if is_end => return Found::End,
                None => {
                    self.scanned = bytes.len();
                    return Found::Wait;
                }
            }
        }
    }

    /// Where the next line begins, at `at` or behind, that may separate. All of the file is there.
    fn candidate(&self, bytes: &[u8], at: usize) -> Option<usize> {
        static LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\n---"));
        let is_behind = at > self.position;
        let rest = bytes.get(at - usize::from(is_behind)..)?;
        if !is_behind && !self.mid_line && rest.starts_with(SEPARATOR) {
            return Some(at);
        }
        let length = LINE.find(rest)?;
        Some(at - usize::from(is_behind) + length + 1)
    }

    /// Whether a line that begins with `---` separates; tells if kubectl would stumble over it.
    fn is_separator(&mut self, bytes: &[u8], line: Range<usize>) -> bool {
        let behind = bytes.get(line.start + SEPARATOR.len()..line.end).unwrap_or_default();
        let text = behind.trim_ascii();
        let for_yaml_too = behind.first().is_none_or(u8::is_ascii_whitespace);
        // The first line of a file is kept by kubectl, and YAML wants a space before the comment.
        let is_kept = !self.started && line.start == self.position;
        if text.is_empty() || text.starts_with(b"#") && (for_yaml_too || !is_kept) {
            return true;
        }
        let message = "a line that begins with `---` holds more than a comment";
        let hint = if for_yaml_too {
            "move what stands behind `---` to the next line"
        } else {
            "kubectl ends the document here, even within quotes: indent the line"
        };
        // The line is not shown: it may be one of a Secret.
        let shown = String::from_utf8_lossy(bytes.get(line.clone()).unwrap_or_default()).trim_ascii_end().to_owned();
        let before = bytes.get(self.position..line.start).unwrap_or_default();
        let text = Text::new(&shown, self.line.saturating_add(count_lines(before)));
        let place = text.place_without_text(&self.path, 0..shown.len());
        self.add(Finding::new(&rules::SEPARATOR, place, message).hint(hint));
        self.torn |= for_yaml_too;
        for_yaml_too
    }

    /// Lets go of a document that has grown too large, all but what may be the beginning of a separator.
    fn shed(&mut self, bytes: &[u8]) {
        if !self.skipping && bytes.len() - self.position <= self.limit {
            return;
        }
        if !std::mem::replace(&mut self.skipping, true) {
            self.too_large();
        }
        let mut keep = if bytes.len() - self.scanned > LONGEST_SEPARATOR { bytes.len() } else { self.scanned };
        // A carriage return is half a line end until the next byte is known.
        if keep > self.position && bytes.get(keep - 1) == Some(&b'\r') {
            keep -= 1;
        }
        if keep > self.position {
            self.mid_line = bytes.get(keep - 1) != Some(&b'\n');
            self.advance(bytes, keep);
            self.scanned = keep;
        }
    }

    /// Forgets the bytes before the current document; gives how many they are.
    pub(super) fn forget(&mut self) -> usize {
        self.scanned -= self.position;
        std::mem::take(&mut self.position)
    }

    fn too_large(&mut self) {
        let position = Position { line: self.line, column: 1 };
        let message = format!("a document of more than {} MiB is not read", self.limit >> 20);
        let span = Some(Span { start: position, end: position });
        self.add(Finding::new(&rules::DOCUMENT_SIZE, Place { span, ..Place::file(Arc::clone(&self.path)) }, message));
    }

    /// Tells of a byte of a piece that is not UTF-8.
    pub(super) fn not_text(&mut self, bytes: &[u8], first_line: u32, at: usize, offset: u64) {
        let before = bytes.get(..at).unwrap_or_default();
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let start = before.iter().rposition(is_break).map_or(0, |index| index + 1);
        let rest = bytes.get(at..).unwrap_or_default();
        let end = at + rest.iter().position(is_break).unwrap_or(rest.len());
        let line = String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default());
        // What comes before the byte is text and stands in the line as it is.
        let mark = at - start..at - start + char::REPLACEMENT_CHARACTER.len_utf8();
        let text = Text::new(&line, first_line.saturating_add(count_lines(before)));
        let place = if super::secret::is_mentioned(&String::from_utf8_lossy(bytes)) {
            text.place_without_text(&self.path, mark)
        } else {
            text.place(&self.path, mark)
        };
        let byte = bytes.get(at).copied().unwrap_or_default();
        let message = format!("the byte 0x{byte:02X} at offset {offset} is not valid UTF-8");
        self.add(
            Finding::new(&rules::ENCODING, place, message)
                .hint("save the file as UTF-8, or leave it out if it is no text"),
        );
    }

    /// Tells of the encoding of the file as a whole.
    pub(super) fn tell_file(&mut self, rule: &'static Rule, message: &str) {
        let hint = if *rule == rules::MARK { "save it as UTF-8 without a mark" } else { "save it as UTF-8" };
        self.add(Finding::new(rule, Place::file(Arc::clone(&self.path)), message).hint(hint));
    }

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        }
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.findings
    }
}
