//! The part of YAML that most manifests keep to, read without the parser.
//!
//! Block mappings and block lists, one key or value a line, plain or simply quoted, `{}` and `[]`. Whatever else a text has, a single
//! character of it outside of this, and the text is left to the parser: nothing is guessed here. What is found is told as the parser tells it,
//! so that all that follows (values, duplicate keys, places) is the same; a test compares the two.

use granit_parser::ScalarStyle;

/// What the parser would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A collection begins at a byte.
    Open { is_mapping: bool, at: usize },
    /// A collection ends; one of brackets at a byte.
    Close(Option<usize>),
    /// A key or a value, its quotes included.
    Scalar { style: ScalarStyle, start: usize, end: usize },
    /// A text of several lines behind `|` or, if its last line end is to be dropped, `|-`; its lines are indented by so many columns.
    Literal { start: usize, end: usize, indent: usize, strip: bool },
}

/// A longer text gains nothing from a list of its tokens.
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

struct Lines<'d> {
    text: &'d [u8],
    levels: Vec<Level>,
    tokens: Vec<Token>,
    /// Where the next line begins.
    next: usize,
}

/// The tokens of a text that keeps to the subset.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    if bytes.len() > LONGEST || !bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return None;
    }
    let mut lines = Lines { text: bytes, levels: Vec::new(), tokens: Vec::with_capacity(bytes.len() / 12), next: 0 };
    while lines.next < bytes.len() {
        let start = lines.next;
        let end = line_end(bytes, start);
        lines.next = end + 1;
        lines.line(start, end)?;
    }
    lines.close_down_to(0)?;
    (!lines.tokens.is_empty()).then_some(lines.tokens)
}

impl Lines<'_> {
    fn line(&mut self, start: usize, end: usize) -> Option<()> {
        let line = self.text.get(start..end)?;
        let column = line.iter().take_while(|byte| **byte == b' ').count();
        let end = end - line.iter().rev().take_while(|byte| **byte == b' ').count().min(line.len() - column);
        match self.text.get(start + column..end)? {
            [] | [b'#', ..] => Some(()),
            [b'-', b' ', rest @ ..] => {
                let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
                self.item(column, start + column)?;
                let (column, at) = (column + 2 + blanks, start + column + 2 + blanks);
                match self.key_end(at, end) {
                    Some(key_end) => {
                        self.open(true, column, at)?;
                        self.entry(at, key_end, end)
                    }
                    None => self.value(at, end),
                }
            }
            _ => {
                let at = start + column;
                let key_end = self.key_end(at, end)?;
                self.in_mapping(column, at)?;
                self.entry(at, key_end, end)
            }
        }
    }

    /// Where the key that begins at `at` ends, if one does.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let rest = self.text.get(at..end)?;
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
        let length = rest.iter().take_while(|byte| is_word(byte)).count();
        let fits = rest.first()?.is_ascii_alphabetic() && length <= LONGEST_KEY;
        (fits && matches!(rest.get(length..)?, [b':'] | [b':', b' ', ..])).then_some(at + length)
    }

    /// A line of a list at `column`.
    fn item(&mut self, column: usize, at: usize) -> Option<()> {
        self.close_down_to(column + 1)?;
        match self.levels.last_mut() {
            Some(level) if !level.is_mapping && level.column == column => Some(()),
            // A list may stand at the column of its key.
            Some(level) if level.is_mapping && level.is_waiting && level.column <= column => {
                level.is_waiting = false;
                self.open(false, column, at)
            }
            None if self.tokens.is_empty() && column == 0 => self.open(false, column, at),
            _ => None,
        }
    }

    /// A line of a mapping at `column`.
    fn in_mapping(&mut self, column: usize, at: usize) -> Option<()> {
        self.close_down_to(column + 1)?;
        if self.levels.last().is_some_and(|level| !level.is_mapping && level.column == column) {
            self.close()?;
        }
        match self.levels.last_mut() {
            Some(level) if level.is_mapping && level.column == column && !level.is_waiting => Some(()),
            Some(level) if level.is_mapping && level.is_waiting && level.column < column => {
                level.is_waiting = false;
                self.open(true, column, at)
            }
            None if self.tokens.is_empty() && column == 0 => self.open(true, column, at),
            _ => None,
        }
    }

    fn entry(&mut self, at: usize, key_end: usize, end: usize) -> Option<()> {
        self.tokens.push(Token::Scalar { style: ScalarStyle::Plain, start: at, end: key_end });
        let rest = self.text.get(key_end + 1..end)?;
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        if blanks == rest.len() {
            self.levels.last_mut()?.is_waiting = true;
            return Some(());
        }
        match rest.get(blanks..)? {
            b"|" => self.literal(false),
            b"|-" => self.literal(true),
            _ => self.value(key_end + 1 + blanks, end),
        }
    }

    /// The lines of a text behind a `|`, which are the next ones. The first decides how far all are indented.
    fn literal(&mut self, strip: bool) -> Option<()> {
        let start = self.next;
        let indent = self.text.get(start..)?.iter().take_while(|byte| **byte == b' ').count();
        if indent <= self.levels.last()?.column || self.text.get(start + indent) == Some(&b'\n') {
            return None;
        }
        let mut end = start;
        while self.next < self.text.len() {
            let line_end = line_end(self.text, self.next);
            let line = self.text.get(self.next..line_end)?;
            let spaces = line.iter().take_while(|byte| **byte == b' ').count();
            if spaces == line.len() {
                // Spaces that stand too far to the right would be text.
                (spaces <= indent).then_some(())?;
            } else if spaces < indent {
                // What is neither in the text nor before it is the parser's to judge.
                (spaces <= self.levels.last()?.column).then_some(())?;
                break;
            } else {
                end = line_end;
            }
            self.next = line_end + 1;
        }
        // A text that ends with the file, in the middle of a line, has no line end to keep.
        (end < self.text.len()).then_some(())?;
        self.tokens.push(Token::Literal { start: start + indent, end, indent, strip });
        Some(())
    }

    /// A value that ends with its line.
    fn value(&mut self, at: usize, end: usize) -> Option<()> {
        let value = self.text.get(at..end)?;
        let style = match value {
            b"{}" | b"[]" => {
                self.tokens.push(Token::Open { is_mapping: value == b"{}", at });
                self.tokens.push(Token::Close(Some(end)));
                return Some(());
            }
            [b'"', inside @ .., b'"'] if !inside.iter().any(|byte| matches!(byte, b'"' | b'\\')) => {
                ScalarStyle::DoubleQuoted
            }
            [b'\'', inside @ .., b'\''] if !inside.contains(&b'\'') => ScalarStyle::SingleQuoted,
            _ if is_plain(value) => ScalarStyle::Plain,
            _ => return None,
        };
        self.tokens.push(Token::Scalar { style, start: at, end });
        Some(())
    }

    fn open(&mut self, is_mapping: bool, column: usize, at: usize) -> Option<()> {
        self.tokens.push(Token::Open { is_mapping, at });
        self.levels.push(Level { column, is_mapping, is_waiting: false });
        (self.levels.len() <= DEEPEST).then_some(())
    }

    /// Closes what stands at `column` or to the right of it.
    fn close_down_to(&mut self, column: usize) -> Option<()> {
        while self.levels.last().is_some_and(|level| level.column >= column) {
            self.close()?;
        }
        Some(())
    }

    /// A key without a value is left to the parser: where its null stands is the parser's to say.
    fn close(&mut self) -> Option<()> {
        let level = self.levels.pop()?;
        self.tokens.push(Token::Close(None));
        (!level.is_waiting).then_some(())
    }
}

fn line_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |length| start + length)
}

/// Whether a text that fills the rest of its line is a plain scalar and nothing else.
fn is_plain(value: &[u8]) -> bool {
    let begins = match value {
        [first, ..] if first.is_ascii_alphanumeric() => true,
        [b'/' | b'.' | b'_' | b'$' | b'=' | b'(' | b'+' | b'^' | b';', ..] => true,
        [b'-', b'-', third, ..] => third.is_ascii_alphanumeric(),
        [b'-', second, ..] => second.is_ascii_alphanumeric(),
        _ => false,
    };
    begins && !value.ends_with(b":") && !value.windows(2).any(|pair| matches!(pair, b": " | b" #"))
}
