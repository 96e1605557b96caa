//! A document's text and where things are in it: byte offsets become lines and columns, and excerpts, when somebody asks.
//!
//! Nodes keep byte offsets only. Lines are counted once a document, at the first question, into a checkpoint every kibibyte, so that a
//! question costs the same in a document of one line as in one of a million.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::finding::{EXCERPT_BYTES, Excerpt, Place, Position, Span};

/// Bytes from one checkpoint to the next.
const STEP: usize = 1024;

/// How many bytes of a long line are shown before what is marked.
const LEAD: usize = 60;

/// Lines and columns that lie before a checkpoint; the column restarts at each line.
#[derive(Clone, Copy, Default)]
struct Checkpoint {
    line: u32,
    column: u32,
}

/// The text of a document, its place in the file, and what of it must not be shown.
pub(super) struct Text<'d> {
    source: &'d str,
    first_line: u32,
    checkpoints: OnceLock<Vec<Checkpoint>>,
    /// Byte ranges that may hold secrets, sorted, none touching another.
    hidden: OnceLock<Vec<Range<u32>>>,
}

impl<'d> Text<'d> {
    pub(super) fn new(text: &'d str, first_line: u32) -> Self {
        Self { source: text, first_line, checkpoints: OnceLock::new(), hidden: OnceLock::new() }
    }

    pub(super) fn as_str(&self) -> &'d str {
        self.source
    }

    /// Hides what may be secret; only the first call counts.
    pub(super) fn hide(&self, mut ranges: Vec<Range<u32>>) {
        ranges.sort_unstable_by_key(|range| range.start);
        ranges.dedup_by(|next, last| {
            let overlap = next.start <= last.end;
            if overlap {
                last.end = last.end.max(next.end);
            }
            overlap
        });
        // A second call would come from a second parse of the same text and say the same.
        let _ = self.hidden.set(ranges);
    }

    fn is_hidden(&self, range: &Range<usize>) -> bool {
        self.hidden.get().is_some_and(|hidden| {
            let behind = hidden.partition_point(|secret| (secret.start as usize) < range.end);
            hidden[..behind].last().is_some_and(|secret| range.start < secret.end as usize)
        })
    }

    /// The line and column of a byte, in the file's coordinates.
    pub(super) fn position(&self, offset: usize) -> Position {
        let bytes = self.source.as_bytes();
        let offset = offset.min(bytes.len());
        // What stands near the beginning, as names do, is not worth a look at all that follows.
        let index = offset / STEP;
        let mut at = if index == 0 {
            Checkpoint::default()
        } else {
            let checkpoints = self.checkpoints.get_or_init(|| checkpoints(bytes));
            checkpoints.get(index).copied().unwrap_or_default()
        };
        advance(&mut at, bytes, index * STEP..offset);
        Position { line: self.first_line.saturating_add(at.line), column: at.column.saturating_add(1) }
    }

    /// The span of a range of bytes.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span { start: self.position(range.start), end: self.position(range.end.max(range.start)) }
    }

    /// Path and span of a range of bytes, without its text.
    pub(super) fn place_without_text(&self, path: &Arc<str>, range: Range<usize>) -> Place {
        Place { path: Arc::clone(path), span: Some(self.span(range)), excerpt: None }
    }

    /// Path, span and the line's text, the text only where it cannot be a secret.
    pub(super) fn place(&self, path: &Arc<str>, range: Range<usize>) -> Place {
        let excerpt = self.excerpt(range.clone());
        Place { excerpt, ..self.place_without_text(path, range) }
    }

    fn excerpt(&self, range: Range<usize>) -> Option<Excerpt> {
        let bytes = self.source.as_bytes();
        let start = floor(self.source, range.start.min(bytes.len()));
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let before = bytes.get(start.saturating_sub(EXCERPT_BYTES)..start)?;
        let line_start =
            before.iter().rposition(is_break).map_or(start - before.len(), |at| start - before.len() + at + 1);
        let after = bytes.get(start..(start + EXCERPT_BYTES).min(bytes.len()))?;
        let line_end = after.iter().position(is_break).map_or(start + after.len(), |at| start + at);
        let from = if line_end - line_start <= EXCERPT_BYTES {
            line_start
        } else {
            line_start.max(start.saturating_sub(LEAD))
        };
        let from = ceil(self.source, from);
        let to = floor(self.source, line_end.min(from + EXCERPT_BYTES)).max(start);
        if self.is_hidden(&(from..to)) {
            return None;
        }
        let end = floor(self.source, range.end.clamp(start, to));
        Some(Excerpt { text: self.source.get(from..to)?.to_owned(), marked: start - from..end - from })
    }
}

/// The nearest character boundary at or before `at`.
pub(super) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The nearest character boundary at or behind `at`.
fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn checkpoints(bytes: &[u8]) -> Vec<Checkpoint> {
    let mut all = Vec::with_capacity(bytes.len() / STEP + 1);
    let mut at = Checkpoint::default();
    let mut start = 0;
    loop {
        all.push(at);
        let end = start + STEP;
        if end > bytes.len() {
            return all;
        }
        advance(&mut at, bytes, start..end);
        start = end;
    }
}

/// Moves over the bytes of `range`. A line ends with a line feed, or with a carriage return that no line feed follows.
fn advance(at: &mut Checkpoint, bytes: &[u8], range: Range<usize>) {
    let next = range.end;
    let Some(run) = bytes.get(range.clone()) else { return };
    for (index, &byte) in run.iter().enumerate() {
        let lone_return = byte == b'\r' && bytes.get(range.start + index + 1) != Some(&b'\n');
        if byte == b'\n' || lone_return {
            at.line = at.line.saturating_add(1);
            at.column = 0;
        } else if byte & 0xC0 != 0x80 {
            // One a character: continuation bytes of UTF-8 do not count.
            at.column = at.column.saturating_add(1);
        }
    }
    debug_assert!(next <= bytes.len());
}

/// How many lines end within the bytes, as [`Text::position`] counts them.
pub(super) fn count_lines(bytes: &[u8]) -> u32 {
    let mut at = Checkpoint::default();
    if memchr::memchr(b'\r', bytes).is_some() {
        advance(&mut at, bytes, 0..bytes.len());
        return at.line;
    }
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn lines_end_with_feed_return_or_both() {
        let text = Text::new("a\nb\r\nc\rdé\u{20ac}f", 10);
        let positions: Vec<Position> =
            "a\nb\r\nc\rdé\u{20ac}f".char_indices().map(|(offset, _)| text.position(offset)).collect();
        assert_eq!(
            positions,
            [
                at(10, 1),
                at(10, 2),
                at(11, 1),
                at(11, 2),
                at(11, 3),
                at(12, 1),
                at(12, 2),
                at(13, 1),
                at(13, 2),
                at(13, 3),
                at(13, 4)
            ]
        );
    }

    #[test]
    fn checkpoints_agree_with_counting_from_the_start() {
        let mut source = String::new();
        for n in 0..600 {
            source.push_str(["x", "\n", "é", "\r\n", "\r", "long line of text ", "\u{1f600}"][(n * n + n / 3) % 7]);
        }
        let text = Text::new(&source, 1);
        for (offset, _) in source.char_indices() {
            let mut plain = Checkpoint::default();
            advance(&mut plain, source.as_bytes(), 0..offset);
            assert_eq!(text.position(offset), at(1 + plain.line, 1 + plain.column));
        }
    }

    #[test]
    fn an_excerpt_is_the_line_with_the_range_marked() {
        let text = Text::new("one: 1\ntwo: zwei\nthree: 3\n", 1);
        assert_eq!(text.excerpt(12..16), Some(Excerpt { text: "two: zwei".into(), marked: 5..9 }));
        assert_eq!(text.excerpt(12..24), Some(Excerpt { text: "two: zwei".into(), marked: 5..9 }));
    }

    #[test]
    fn an_excerpt_of_a_long_line_is_a_window() {
        let line = "é".repeat(5000);
        let text = Text::new(&line, 1);
        for start in [0, 1, 99, 4000, 9999, 10000] {
            let excerpt = text.excerpt(start..start + 7).unwrap();
            assert!(excerpt.text.len() <= EXCERPT_BYTES);
            assert!(excerpt.text.get(excerpt.marked).is_some());
        }
    }

    #[test]
    fn hidden_text_is_not_shown() {
        let text = Text::new("a: 1\nb: hunter2\nc: 3\n", 1);
        text.hide(vec![100..101, 8..15]);
        assert_eq!(text.excerpt(5..6), None);
        assert!(text.excerpt(0..1).is_some());
        assert!(text.excerpt(16..17).is_some());
    }
}
