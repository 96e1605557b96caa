//! From JSON text to the same tree as YAML's, read as Go reads JSON.
//!
//! One pass without recursion. Several values in a row are several objects.

use super::arena::{Cell, Kind};
use super::builder::{Builder, Stop};
use super::report::Report;
use super::tree::Tree;
use super::{number, rules};

/// What can be wrong with JSON text: where, and what.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) message: &'static str,
    pub(super) hint: Option<&'static str>,
}

/// What became of a text.
pub(super) enum Outcome<'d> {
    /// It is JSON.
    Trees(Vec<Tree<'d>>),
    /// It is not.
    Broken(Broken),
    /// It is, but was given up; why is in the report.
    Stopped,
}

enum Failure {
    Broken(Broken),
    Stop,
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Stop
    }
}

/// Reads all objects of a text.
pub(super) fn parse<'d>(report: &mut Report<'_, 'd>) -> Outcome<'d> {
    let text = report.text.as_str();
    let mut reader = Reader { text, at: 0 };
    let mut trees = Vec::new();
    loop {
        reader.skip_space();
        if reader.at >= text.len() {
            return Outcome::Trees(trees);
        }
        let mut builder = Builder::new(report);
        match reader.read(&mut builder) {
            Ok(()) => {
                let tree = builder.finish();
                if !tree.root().is_null() {
                    trees.push(tree);
                }
            }
            Err(Failure::Broken(broken)) => return Outcome::Broken(broken),
            Err(Failure::Stop) => return Outcome::Stopped,
        }
    }
}

struct Reader<'d> {
    text: &'d str,
    at: usize,
}

impl<'d> Reader<'d> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn broken<T>(&self, message: &'static str, hint: Option<&'static str>) -> Result<T, Failure> {
        Err(Failure::Broken(Broken { at: self.at, message, hint }))
    }

    /// Reads one value, whatever it holds.
    fn read(&mut self, builder: &mut Builder<'_, '_, 'd>) -> Result<(), Failure> {
        // Whether a collection was just opened, so that it may end before its first child.
        let mut fresh = self.value(builder)?;
        while let Some(in_mapping) = builder.in_mapping() {
            self.skip_space();
            let closing = if in_mapping { b'}' } else { b']' };
            match self.peek() {
                Some(byte) if byte == closing => {
                    self.at += 1;
                    builder.close(Some(self.at))?;
                    fresh = false;
                    continue;
                }
                Some(b',') if !fresh => {
                    self.at += 1;
                    self.skip_space();
                    if self.peek() == Some(closing) {
                        return self.broken("a comma before a closing bracket", Some("delete the comma"));
                    }
                }
                None => {
                    return self.broken("the text ends within an object or a list", Some("add the closing bracket"));
                }
                Some(_) if !fresh => return self.broken("a comma or a closing bracket is missing", None),
                Some(_) => {}
            }
            if in_mapping {
                self.key(builder)?;
            }
            fresh = self.value(builder)?;
        }
        Ok(())
    }

    fn key(&mut self, builder: &mut Builder<'_, '_, 'd>) -> Result<(), Failure> {
        if self.peek() != Some(b'"') {
            return self.broken("a key in double quotes is missing", Some("quote the key, or remove a comma too many"));
        }
        self.string(builder)?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.broken("a `:` is missing behind the key", None);
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Reads a scalar, or the opening bracket of a collection: then true.
    fn value(&mut self, builder: &mut Builder<'_, '_, 'd>) -> Result<bool, Failure> {
        self.skip_space();
        match self.peek() {
            Some(bracket @ (b'{' | b'[')) => {
                builder.open(bracket == b'{', self.at, 0)?;
                self.at += 1;
                return Ok(true);
            }
            Some(b'"') => self.string(builder)?,
            Some(b'-' | b'0'..=b'9') => self.number(builder)?,
            Some(b't') => self.word(builder, "true", Kind::True)?,
            Some(b'f') => self.word(builder, "false", Kind::False)?,
            Some(b'n') => self.word(builder, "null", Kind::Null)?,
            None => return self.broken("the text ends where a value is missing", None),
            Some(_) => return self.broken("a value is missing, or is not JSON", Some("strings need double quotes")),
        }
        Ok(false)
    }

    fn word(&mut self, builder: &mut Builder<'_, '_, 'd>, word: &str, kind: Kind) -> Result<(), Failure> {
        let start = self.at;
        if !self.text[start..].starts_with(word) {
            return self.broken("a value that is not JSON", Some("strings need double quotes"));
        }
        self.at += word.len();
        Ok(builder.scalar(start, self.at, kind, 0, 0)?)
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self, builder: &mut Builder<'_, '_, 'd>) -> Result<(), Failure> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let whole_start = self.at;
        if !self.digits() || zero && self.at > whole_start + 1 {
            return self.broken("a number that is not JSON", None);
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            is_integer = false;
            if !self.digits() {
                return self.broken("digits are missing behind the point", None);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            is_integer = false;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return self.broken("digits are missing in the exponent", None);
            }
        }
        let (kind, payload) = self.number_value(start, is_integer, builder);
        Ok(builder.scalar(start, self.at, kind, payload, 0)?)
    }

    fn number_value(&self, start: usize, is_integer: bool, builder: &mut Builder<'_, '_, 'd>) -> (Kind, u64) {
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_integer && let Ok(integer) = text.parse::<i64>() {
            return (Kind::Integer, integer.cast_unsigned());
        }
        text.parse().ok().and_then(number::float).unwrap_or_else(|| {
            let finding = builder.report.at(&rules::NUMBER, start..self.at, "a number that is too large");
            builder.report.add(finding.hint("put it in quotes if it is text"));
            (Kind::Null, 0)
        })
    }

    fn string(&mut self, builder: &mut Builder<'_, '_, 'd>) -> Result<(), Failure> {
        let start = self.at;
        let inner = start + 1;
        let rest = &self.text.as_bytes()[inner..];
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
        self.at = inner + stop;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(builder.scalar(start, self.at, Kind::Borrowed, Cell::slice(inner, stop), 0)?);
        }
        let mut string = self.text[inner..self.at].to_owned();
        self.escaped(&mut string)?;
        let (kind, payload) = builder.keep(&string);
        Ok(builder.scalar(start, self.at, kind, payload, 0)?)
    }

    /// The rest of a string, from its first escape to behind its closing quote.
    fn escaped(&mut self, string: &mut String) -> Result<(), Failure> {
        loop {
            let rest = &self.text[self.at..];
            let stop = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
            string.push_str(&rest[..stop]);
            self.at += stop;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(string)?,
                None => return self.broken("a string that is never closed", Some("add the missing quote")),
                Some(_) => {
                    return self
                        .broken("a line end or control character within a string", Some("write a line end as `\\n`"));
                }
            }
        }
    }

    fn escape(&mut self, string: &mut String) -> Result<(), Failure> {
        let char = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(string),
            _ => return self.broken("an unknown escape in a string", Some("write `\\\\` for a backslash")),
        };
        string.push(char);
        self.at += 2;
        Ok(())
    }

    /// `\uXXXX`, or two that make a surrogate pair; half a pair becomes U+FFFD as in Go.
    fn unicode(&mut self, string: &mut String) -> Result<(), Failure> {
        let Some(first) = self.hex() else { return self.broken("`\\u` needs four hexadecimal digits", None) };
        self.at += 6;
        let pair = (0xD800..0xDC00).contains(&first).then(|| self.hex()).flatten();
        if let Some(second) = pair.filter(|second| (0xDC00..0xE000).contains(second)) {
            self.at += 6;
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            string.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        } else {
            string.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(())
    }

    fn hex(&self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 6)?.strip_prefix("\\u")?;
        let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| all_hex)
    }
}
