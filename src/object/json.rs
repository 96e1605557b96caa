//! A document of JSON becomes trees: several objects in a row give several.
//!
//! Strict, as Go's reader is; but a key that stands twice is an error here, where Go keeps the last.

use std::sync::Arc;

use super::build::{Builder, Exceeded};
use super::split::Document;
use super::tree::{Data, Number};
use super::{Parsed, rules};

/// A document with more problems than this has been said enough about.
const MAX_FINDINGS: usize = 20;

/// Reads a document as JSON.
pub(super) fn parse<'d>(path: &Arc<str>, document: &'d Document<'d>) -> Parsed<'d> {
    let mut parsed = Parsed::default();
    let mut at = 0;
    loop {
        let mut reader = Reader { builder: Builder::new(path, document), at };
        reader.space();
        if reader.peek().is_none() {
            return parsed;
        }
        let done = reader.value();
        reader.space();
        // Where several values share a line, one must not show another.
        let only = parsed.trees.is_empty() && reader.peek().is_none();
        at = reader.at;
        let (tree, findings) = reader.builder.finish(only);
        parsed.findings.extend(findings);
        match done {
            Ok(()) if parsed.findings.len() < MAX_FINDINGS => parsed.trees.extend(tree),
            _ => return parsed,
        }
    }
}

struct Reader<'d> {
    builder: Builder<'d>,
    /// The next byte.
    at: usize,
}

fn number(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

impl<'d> Reader<'d> {
    fn text(&self) -> &'d str {
        self.builder.tree.text
    }

    fn peek(&self) -> Option<u8> {
        self.text().as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn wrong<T>(&mut self, message: &str, hint: &'static str) -> Result<T, Exceeded> {
        let start = number(self.at);
        self.builder.found(&rules::JSON_SYNTAX, start, start + 1, message, hint);
        Err(Exceeded)
    }

    /// One value with all that is in it. Keeps its own stack, so that nesting cannot exhaust the program's.
    fn value(&mut self) -> Result<(), Exceeded> {
        // What is open: true for a mapping.
        let mut open: Vec<bool> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    let mapping = bracket == b'{';
                    self.builder.open(number(self.at), if mapping { Data::Mapping } else { Data::Sequence })?;
                    self.at += 1;
                    self.space();
                    if self.peek() == Some(closing(mapping)) {
                        self.close()?;
                    } else {
                        open.push(mapping);
                        if mapping {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't' | b'f' | b'n') => self.word()?,
                Some(_) => return self.wrong("a value was expected here", "texts need double quotes in JSON"),
                None => return self.wrong("the text ends in the middle of a value", "close what is open"),
            }
            // What follows a value.
            loop {
                let Some(&mapping) = open.last() else { return Ok(()) };
                self.space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if mapping {
                            self.key()?;
                        }
                        break;
                    }
                    Some(byte) if byte == closing(mapping) => {
                        open.pop();
                        self.close()?;
                    }
                    Some(_) if mapping => {
                        return self.wrong("`,` or `}` was expected here", "separate the entries with `,`");
                    }
                    Some(_) => return self.wrong("`,` or `]` was expected here", "separate the items with `,`"),
                    None => return self.wrong("the text ends in the middle of a value", "close what is open"),
                }
            }
        }
    }

    fn close(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        self.builder.close(number(self.at))
    }

    fn key(&mut self) -> Result<(), Exceeded> {
        self.space();
        if self.peek() != Some(b'"') {
            return self.wrong(
                "a key in double quotes was expected here",
                "remove a `,` before a closing bracket; quote the key",
            );
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return self.wrong("`:` was expected here", "write `\"key\": value`");
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self) -> Result<(), Exceeded> {
        for (word, data) in [("true", Data::Bool(true)), ("false", Data::Bool(false)), ("null", Data::Null)] {
            if self.text()[self.at..].starts_with(word) {
                let start = self.at;
                self.at += word.len();
                self.builder.scalar(number(start), number(self.at), data);
                return Ok(());
            }
        }
        self.wrong("a value was expected here", "texts need double quotes in JSON")
    }

    fn number(&mut self) -> Result<(), Exceeded> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let text = &self.text()[start..self.at];
        let parsed = text
            .parse::<i64>()
            .map(i128::from)
            .or_else(|_| text.parse::<u64>().map(i128::from))
            .map(Number::Integer)
            .ok()
            .or_else(|| text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Number::Float));
        if let Some(value) = parsed.filter(|_| is_number(text)) {
            let data = self.builder.number(value);
            self.builder.scalar(number(start), number(self.at), data);
            Ok(())
        } else {
            self.at = start;
            self.wrong("this is no number of JSON", "write it like -1.5e3, or quote it")
        }
    }

    fn string(&mut self) -> Result<(), Exceeded> {
        let start = self.at;
        self.at += 1;
        let content = self.at;
        let mut owned: Option<String> = None;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let so_far = &self.text()[content..self.at];
                    let mut unescaped = owned.take().unwrap_or_else(|| so_far.to_owned());
                    let character = self.escape()?;
                    unescaped.push(character);
                    owned = Some(unescaped);
                }
                Some(0..=0x1f) => {
                    return self.wrong("a control character stands in a text", "write it as an escape, such as `\\n`");
                }
                Some(_) => {
                    let rest = &self.text()[self.at..];
                    let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
                    if let Some(owned) = &mut owned {
                        owned.push_str(&rest[..end]);
                    }
                    self.at += end;
                }
                None => {
                    self.at = start;
                    return self.wrong("a text is not closed", "add the closing quote");
                }
            }
        }
        let data = if let Some(text) = &owned {
            self.builder.text(text)
        } else {
            let text = self.text();
            self.builder.text(&text[content..self.at])
        };
        self.at += 1;
        self.builder.scalar(number(start), number(self.at), data);
        Ok(())
    }

    /// The character that an escape stands for. Half a pair becomes U+FFFD, as it does for Go.
    fn escape(&mut self) -> Result<char, Exceeded> {
        let simple = match self.text().as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.wrong("an escape that JSON does not know", "write `\\\\` for a backslash"),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char, Exceeded> {
        let Some(unit) = self.unit(self.at) else {
            return self.wrong("four hexadecimal digits must follow `\\u`", "write it like `\\u00e9`");
        };
        self.at += 6;
        if let 0xd800..0xdc00 = unit
            && let Some(low @ 0xdc00..0xe000) = self.unit(self.at)
        {
            self.at += 6;
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The `\uXXXX` at `at`.
    fn unit(&self, at: usize) -> Option<u32> {
        let bytes = self.text().as_bytes().get(at..at + 6)?;
        let digits = std::str::from_utf8(bytes.strip_prefix(b"\\u")?).ok()?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}

const fn closing(mapping: bool) -> u8 {
    if mapping { b'}' } else { b']' }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}
