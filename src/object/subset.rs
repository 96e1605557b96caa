//! The part of YAML that most manifests keep to, read without the parser.
//!
//! Block mappings and block lists, one key or value a line, plain or simply quoted, `{}`, `[]` and short lists in brackets, texts behind `|`, and
//! comments. Whatever else a text
//! has, a single character of it outside of this, and the text is left to the parser: nothing is guessed here. The builder gets the calls that
//! the parser's events would lead to, so that all that follows (values, duplicate keys, places) is the same; a test compares the two.

use super::arena::{Cell, Kind};
use super::builder::{Builder, Stop};
use super::control;
use super::encoding::UTF8_MARK;
use super::report::Report;
use super::scalar::{self, Scalar};
use super::tree::Tree;
use super::yaml::{cell, finished};

/// What became of a text.
pub(super) enum Outcome<'d> {
    /// It is of the subset; none if something in it is wrong, which is in the report.
    Read(Option<Tree<'d>>),
    /// It is not of the subset. The report is as it was.
    ForTheParser,
}

/// Why a text is not read further.
enum Out {
    ForTheParser,
    Stopped,
}

impl From<Stop> for Out {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

type Step<T = ()> = Result<T, Out>;

/// A longer text is seldom of the subset as a whole, and to find that out at its end costs.
const LONGEST: usize = 1 << 20;

/// The parser has limits for these; whoever comes near them gets its words.
const DEEPEST: usize = 40;
const LONGEST_KEY: usize = 200;

/// A collection that is not closed yet.
struct Level {
    column: usize,
    is_mapping: bool,
    /// A key waits for its value.
    is_waiting: bool,
}

struct Lines<'a, 'r, 'd> {
    text: &'d str,
    bytes: &'d [u8],
    levels: Vec<Level>,
    builder: Builder<'a, 'r, 'd>,
    /// Where the next line begins.
    next: usize,
    /// Whether anything has been read.
    has_begun: bool,
}

/// Reads the document if it keeps to the subset.
pub(super) fn read<'d>(report: &mut Report<'_, 'd>) -> Outcome<'d> {
    let text = report.text.as_str();
    let bytes = text.as_bytes();
    if bytes.len() > LONGEST || !is_of_plain_characters(text) {
        return Outcome::ForTheParser;
    }
    let before = report.len();
    let builder = Builder::new(report).expect(bytes.len());
    let mut lines = Lines { text, bytes, levels: Vec::with_capacity(16), builder, next: 0, has_begun: false };
    match lines.all() {
        Ok(()) => Outcome::Read(finished(lines.builder)),
        Err(Out::Stopped) => Outcome::Read(None),
        Err(Out::ForTheParser) => {
            report.truncate(before);
            Outcome::ForTheParser
        }
    }
}

/// Whether there is nothing in the text but line feeds and what can be seen, in any script.
fn is_of_plain_characters(text: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    let bytes = text.as_bytes();
    if bytes.iter().fold(true, |all, byte| all & is_plain(byte)) {
        return true;
    }
    let is_text = |byte: &u8| is_plain(byte) || !byte.is_ascii();
    bytes.iter().fold(true, |all, byte| all & is_text(byte))
        && control::characters(text) == control::Characters::default()
        && memchr::memmem::find(bytes, UTF8_MARK).is_none()
}

/// What is not so is the parser's.
fn only_if(is_so: bool) -> Step {
    if is_so { Ok(()) } else { Err(Out::ForTheParser) }
}

impl Lines<'_, '_, '_> {
    fn all(&mut self) -> Step {
        while self.next < self.bytes.len() {
            let start = self.next;
            let end = line_end(self.bytes, start);
            self.next = end + 1;
            self.line(start, end)?;
        }
        self.close_down_to(0)?;
        only_if(self.has_begun)
    }

    fn line(&mut self, start: usize, end: usize) -> Step {
        let line = self.bytes.get(start..end).unwrap_or_default();
        let column = spaces(line);
        let end = end - line.iter().rev().take_while(|byte| **byte == b' ').count().min(line.len() - column);
        let at = start + column;
        match self.bytes.get(at..end).unwrap_or_default() {
            [] | [b'#', ..] => Ok(()),
            [b'-', b' ', rest @ ..] => {
                let blanks = spaces(rest);
                self.item(column, at)?;
                let (column, at) = (column + 2 + blanks, at + 2 + blanks);
                match self.key_end(at, end) {
                    Some(key_end) => {
                        self.open(true, column, at)?;
                        self.entry(at, key_end, end)
                    }
                    None => self.value(at, end),
                }
            }
            _ => {
                let key_end = self.key_end(at, end).ok_or(Out::ForTheParser)?;
                self.in_mapping(column, at)?;
                self.entry(at, key_end, end)
            }
        }
    }

    /// Where the key that begins at `at` ends, if one does.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let rest = self.bytes.get(at..end)?;
        let length = rest.iter().take_while(|byte| IS_WORD[usize::from(**byte)]).count();
        let fits = rest.first()?.is_ascii_alphabetic() && length <= LONGEST_KEY;
        (fits && matches!(rest.get(length..)?, [b':'] | [b':', b' ', ..])).then_some(at + length)
    }

    /// A line of a list at `column`.
    fn item(&mut self, column: usize, at: usize) -> Step {
        self.close_down_to(column + 1)?;
        match self.levels.last_mut() {
            Some(level) if !level.is_mapping && level.column == column => Ok(()),
            // A list may stand at the column of its key.
            Some(level) if level.is_mapping && level.is_waiting && level.column <= column => {
                level.is_waiting = false;
                self.open(false, column, at)
            }
            None if !self.has_begun && column == 0 => self.open(false, column, at),
            _ => Err(Out::ForTheParser),
        }
    }

    /// A line of a mapping at `column`.
    fn in_mapping(&mut self, column: usize, at: usize) -> Step {
        self.close_down_to(column + 1)?;
        if self.levels.last().is_some_and(|level| !level.is_mapping && level.column == column) {
            self.close()?;
        }
        match self.levels.last_mut() {
            Some(level) if level.is_mapping && level.column == column && !level.is_waiting => Ok(()),
            Some(level) if level.is_mapping && level.is_waiting && level.column < column => {
                level.is_waiting = false;
                self.open(true, column, at)
            }
            None if !self.has_begun && column == 0 => self.open(true, column, at),
            _ => Err(Out::ForTheParser),
        }
    }

    fn entry(&mut self, at: usize, key_end: usize, end: usize) -> Step {
        let name = self.text.get(at..key_end).unwrap_or_default();
        let (kind, payload) = match scalar::plain(name) {
            Scalar::Text => borrowed(at, key_end),
            resolved => cell(&mut self.builder, &resolved, name, &(at..key_end)),
        };
        self.builder.scalar(at, key_end, kind, payload, 0)?;
        let rest = self.bytes.get(key_end + 1..end).unwrap_or_default();
        let blanks = spaces(rest);
        match rest.get(blanks..).unwrap_or_default() {
            [] | [b'#', ..] => self.levels.last_mut().into_iter().for_each(|level| level.is_waiting = true),
            b"|" => self.literal(false)?,
            b"|-" => self.literal(true)?,
            _ => self.value(key_end + 1 + blanks, end)?,
        }
        Ok(())
    }

    /// The lines of a text behind a `|`, which are the next ones. The first decides how far all are indented.
    fn literal(&mut self, strip: bool) -> Step {
        let start = self.next;
        let indent = spaces(self.bytes.get(start..).unwrap_or_default());
        let outer = self.levels.last().map_or(0, |level| level.column);
        only_if(indent > outer && self.bytes.get(start + indent) != Some(&b'\n'))?;
        let mut end = start;
        let offset = self.builder.begin_lines();
        let mut blank = 0;
        while self.next < self.bytes.len() {
            let line_end = line_end(self.bytes, self.next);
            let line = self.bytes.get(self.next..line_end).unwrap_or_default();
            let spaces = spaces(line);
            if spaces == line.len() {
                // Spaces that stand too far to the right would be text.
                only_if(spaces <= indent)?;
                blank += 1;
            } else if spaces < indent {
                // What is neither in the text nor before it is the parser's to judge.
                only_if(spaces <= outer)?;
                break;
            } else {
                self.builder.keep_line(blank, self.text.get(self.next + indent..line_end).unwrap_or_default());
                (end, blank) = (line_end, 0);
            }
            self.next = line_end + 1;
        }
        // A text that ends with the file, in the middle of a line, has no line end to keep.
        only_if(end < self.bytes.len())?;
        let (kind, payload) = self.builder.end_lines(offset, !strip);
        let last = self.bytes.get(start + indent..end).unwrap_or_default();
        self.builder.scalar(start + indent, start + indent + last.trim_ascii_end().len(), kind, payload, 0)?;
        Ok(())
    }

    /// A value that ends with its line, but for a comment.
    fn value(&mut self, at: usize, end: usize) -> Step {
        let end = self.before_comment(at, end);
        let (kind, payload) = match self.bytes.get(at..end).unwrap_or_default() {
            both @ (b"{}" | b"[]") => {
                self.builder.open(both == b"{}", at, 0)?;
                return Ok(self.builder.close(Some(end))?);
            }
            [b'"', inside @ .., b'"'] if memchr::memchr2(b'"', b'\\', inside).is_none() => borrowed(at + 1, end - 1),
            [b'\'', inside @ .., b'\''] if memchr::memchr(b'\'', inside).is_none() => borrowed(at + 1, end - 1),
            [b'[', inside @ .., b']'] => return self.brackets(at, inside),
            bytes if is_plain(bytes) => {
                let text = self.text.get(at..end).unwrap_or_default();
                match scalar::plain(text) {
                    Scalar::Text => borrowed(at, end),
                    resolved => cell(&mut self.builder, &resolved, text, &(at..end)),
                }
            }
            _ => return Err(Out::ForTheParser),
        };
        Ok(self.builder.scalar(at, end, kind, payload, 0)?)
    }

    /// Where a value ends that a comment may follow.
    fn before_comment(&self, at: usize, end: usize) -> usize {
        let text = self.bytes.get(at..end).unwrap_or_default();
        let quoted = match text {
            [quote @ (b'"' | b'\''), inside @ ..] => memchr::memchr(*quote, inside).map_or(end, |length| length + 2),
            _ => 0,
        };
        let mut marks = memchr::memchr_iter(b'#', text).filter(|mark| *mark >= quoted);
        let comment = marks.find(|mark| text.get(mark.wrapping_sub(1)) == Some(&b' '));
        comment.map_or(end, |mark| at + text.get(..mark).unwrap_or_default().trim_ascii_end().len())
    }

    /// A list in brackets, of words and simply quoted texts.
    fn brackets(&mut self, at: usize, inside: &[u8]) -> Step {
        self.builder.open(false, at, 0)?;
        let (mut from, end) = (at + 1, at + 1 + inside.len());
        loop {
            from += spaces(self.bytes.get(from..end).unwrap_or_default());
            let rest = self.bytes.get(from..end).unwrap_or_default();
            let length = match rest {
                [quote @ (b'"' | b'\''), rest @ ..] => {
                    let length = memchr::memchr2(*quote, b'\\', rest).ok_or(Out::ForTheParser)?;
                    only_if(rest.get(length) == Some(quote))?;
                    length + 2
                }
                _ => rest.iter().take_while(|byte| IS_WORD[usize::from(**byte)] || **byte == b'=').count(),
            };
            self.item_in_brackets(from, from + length)?;
            from += length;
            from += spaces(self.bytes.get(from..end).unwrap_or_default());
            match self.bytes.get(from..end) {
                Some([b',', ..]) => from += 1,
                Some([]) => break,
                _ => return Err(Out::ForTheParser),
            }
        }
        Ok(self.builder.close(Some(end + 1))?)
    }

    fn item_in_brackets(&mut self, at: usize, end: usize) -> Step {
        let text = self.text.get(at..end).unwrap_or_default();
        let (kind, payload) = match text.as_bytes() {
            [b'"' | b'\'', ..] => borrowed(at + 1, end - 1),
            bytes if is_plain(bytes) => match scalar::plain(text) {
                Scalar::Text => borrowed(at, end),
                resolved => cell(&mut self.builder, &resolved, text, &(at..end)),
            },
            _ => return Err(Out::ForTheParser),
        };
        Ok(self.builder.scalar(at, end, kind, payload, 0)?)
    }

    fn open(&mut self, is_mapping: bool, column: usize, at: usize) -> Step {
        self.has_begun = true;
        self.builder.open(is_mapping, at, 0)?;
        self.levels.push(Level { column, is_mapping, is_waiting: false });
        only_if(self.levels.len() <= DEEPEST)
    }

    /// Closes what stands at `column` or to the right of it.
    fn close_down_to(&mut self, column: usize) -> Step {
        while self.levels.last().is_some_and(|level| level.column >= column) {
            self.close()?;
        }
        Ok(())
    }

    /// A key without a value is left to the parser: where its null stands is the parser's to say.
    fn close(&mut self) -> Step {
        let is_waiting = self.levels.pop().is_some_and(|level| level.is_waiting);
        only_if(!is_waiting)?;
        Ok(self.builder.close(None)?)
    }
}

/// What a key may consist of.
static IS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128u8 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
        byte += 1;
    }
    table
};

fn borrowed(start: usize, end: usize) -> (Kind, u64) {
    (Kind::Borrowed, Cell::slice(start, end - start))
}

fn spaces(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

fn line_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |length| start + length)
}

/// Whether a text that fills the rest of its line is a plain scalar and nothing else.
fn is_plain(value: &[u8]) -> bool {
    let begins = match value {
        [first, ..] if first.is_ascii_alphanumeric() || !first.is_ascii() => true,
        [b'/' | b'.' | b'_' | b'$' | b'=' | b'(' | b'+' | b'^' | b';', ..] => true,
        [b'-', b'-', third, ..] => third.is_ascii_alphanumeric(),
        [b'-', second, ..] => second.is_ascii_alphanumeric(),
        _ => false,
    };
    let is_text = |space: usize| value.get(space + 1) != Some(&b'#') && value.get(space.wrapping_sub(1)) != Some(&b':');
    begins && value.last() != Some(&b':') && memchr::memchr_iter(b' ', value).all(is_text)
}
