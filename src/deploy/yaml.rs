//! Writes YAML with comments: block style, two spaces, keys in the order in which they were put.
//!
//! A text is quoted wherever some reader of YAML could take it for anything but this text. Comments are broken to lines.

use std::fmt::Write as _;

/// No line of a comment is longer, unless a word is.
const WIDTH: usize = 100;

/// Words that are no texts to one reader or another.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A mapping in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    fields: Vec<Field>,
    /// What the next field gets.
    comment: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    comment: String,
    key: &'static str,
    value: Value,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Number(u32),
    Map(Map),
    List(Vec<Map>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Map>> for Value {
    fn from(maps: Vec<Map>) -> Self {
        Self::List(maps)
    }
}

impl Map {
    /// A comment above the field that comes next; several stand below each other.
    pub(super) fn say(mut self, comment: &str) -> Self {
        if !self.comment.is_empty() {
            self.comment.push('\n');
        }
        self.comment.push_str(comment);
        self
    }

    /// A field.
    pub(super) fn put(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        let comment = std::mem::take(&mut self.comment);
        self.fields.push(Field { comment, key, value: value.into() });
        self
    }

    /// A field, if there is a value; else its comment goes too.
    pub(super) fn put_some(mut self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            return self.put(key, value);
        }
        self.comment.clear();
        self
    }

    /// A field, if the mapping or list that it holds is not empty.
    pub(super) fn put_filled(self, key: &'static str, value: impl Into<Value>) -> Self {
        let value = Some(value.into()).filter(|value| match value {
            Value::Map(map) => !map.fields.is_empty(),
            Value::List(maps) => !maps.is_empty(),
            _ => true,
        });
        self.put_some(key, value)
    }

    /// All fields of another mapping, the comment so far above the first of them.
    pub(super) fn append(mut self, other: Self) -> Self {
        let comment = std::mem::take(&mut self.comment);
        let count = self.fields.len();
        self.fields.extend(other.fields);
        if let Some(first) = self.fields.get_mut(count) {
            first.comment = comment;
        }
        self
    }

    fn write(&self, out: &mut String, indent: usize, on_first: &str) {
        for (number, field) in self.fields.iter().enumerate() {
            comment(out, &field.comment, indent);
            let lead = if number == 0 { on_first } else { "" };
            let _ = write!(out, "{:width$}{lead}{}:", "", field.key, width = indent.saturating_sub(lead.len()));
            match &field.value {
                Value::Text(text) => out.push_str(&format!(" {}\n", scalar(text))),
                Value::Flag(flag) => out.push_str(&format!(" {flag}\n")),
                Value::Number(number) => out.push_str(&format!(" {number}\n")),
                Value::Map(map) => {
                    out.push('\n');
                    map.write(out, indent + 2, "");
                }
                Value::List(maps) => {
                    out.push('\n');
                    for map in maps {
                        map.write(out, indent + 4, "- ");
                    }
                }
            }
        }
    }
}

/// The documents, one below the other.
pub(super) fn write(documents: &[Map]) -> String {
    let mut out = String::new();
    for (number, document) in documents.iter().enumerate() {
        if number > 0 {
            out.push_str("---\n");
        }
        document.write(&mut out, 0, "");
    }
    out
}

fn comment(out: &mut String, text: &str, indent: usize) {
    for line in text.lines() {
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && indent + column + 1 + length <= WIDTH {
                out.push(' ');
                column += 1;
            } else {
                let _ = write!(out, "{}{:indent$}# ", if column > 0 { "\n" } else { "" }, "");
                column = 2;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
}

/// A text as it stands in YAML: plain where every reader takes it for this text, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    // JSON's strings are YAML's, but for the line ends beyond ASCII.
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"._/@-".contains(&byte);
    let mut bytes = text.bytes().peekable();
    let mut all_harmless = true;
    while let Some(byte) = bytes.next() {
        // A colon is part of the text unless a space or the end follows it.
        let colon_within =
            byte == b':' && bytes.peek().is_some_and(|next| next.is_ascii_alphanumeric() || b"_/".contains(next));
        all_harmless &= is_harmless(byte) || colon_within;
    }
    let starts_well = text == "." || text.starts_with("./") || text.starts_with(|c: char| c.is_ascii_alphabetic());
    // No number and no date has a slash.
    let starts_well = starts_well || text.contains('/') && text.starts_with(|c: char| c.is_ascii_digit());
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    all_harmless && (starts_well && !is_word || is_measure(text))
}

/// A number with a unit that makes no number of it: `15s`, `1h30m`, `64Mi`.
fn is_measure(text: &str) -> bool {
    let mut rest = text;
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let units = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        match ["ms", "s", "m", "h", "Ki", "Mi", "Gi", "Ti"].iter().find_map(|unit| units.strip_prefix(unit)) {
            Some("") => return true,
            Some(next) => rest = next,
            None => return false,
        }
    }
    false
}

/// In double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            ' '..='~' => out.push(char),
            char => {
                let _ = write!(out, "\\U{:08x}", u32::from(char));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::object;

    fn read(text: &str) -> serde_json::Value {
        let path: Arc<str> = Arc::from("a.yaml");
        let (documents, findings) = object::documents(&path, text.as_bytes());
        assert!(findings.is_empty(), "{text}: {findings:?}");
        let parsed = object::parse(&path, &documents[0]);
        assert!(parsed.findings.is_empty(), "{text}: {:?}", parsed.findings);
        parsed.trees[0].root().to_json()
    }

    #[test]
    fn what_another_reader_could_take_for_something_else_is_quoted() {
        for text in [
            "shop",
            "r.io/a:v1",
            "localhost:5000/a",
            "127.0.0.1:5000/a:v1",
            "oci://r.io/a",
            ".",
            "./",
            "15s",
            "1h30m",
            "64Mi",
            "100m",
            "v1.0",
        ] {
            assert_eq!(scalar(text), text);
        }
        for text in [
            "",
            "yes",
            "No",
            "on",
            "y",
            "true",
            "NULL",
            "null",
            "~",
            "1",
            "1.10",
            "1e3",
            "0x1F",
            "0b1",
            "1_000",
            "1:30",
            "2024-01-01",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#",
            "*a",
            "&a",
            "[::1]:5000/a",
            "{a}",
            "é",
            "a\nb",
            "..",
            ".5",
            ".inf",
            "=",
            "<<",
            "@a",
            "1s2",
            "12",
            "500",
            "1G",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }

    #[test]
    fn comments_are_broken_and_stand_above_their_field() {
        let words = "word ".repeat(30);
        let map = Map::default().say("one").say(words.trim_end()).put("a", Map::default().say("two").put("b", true));
        let text = write(&[map, Map::default().put("c", vec![Map::default().put("d", 1).put("e", "x")])]);
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(
            text.starts_with("# one\n# word word")
                && text.ends_with("a:\n  # two\n  b: true\n---\nc:\n  - d: 1\n    e: x\n"),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_what_it_is(text in any::<String>(), other in "[-a-zA-Z0-9.:/@_~ ]{0,8}") {
            let map = Map::default().put("a", text.clone()).put("b", vec![Map::default().put("c", other.clone())]);
            prop_assert_eq!(read(&write(&[map])), json!({"a": text, "b": [{"c": other}]}));
        }
    }
}
