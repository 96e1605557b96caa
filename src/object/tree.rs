//! The tree of one document: values, and where each stands in the file.
//!
//! A node takes 24 bytes. Nodes stand in the order of the text, each with the size of its subtree, so that a container's children are
//! found without a list of them. Texts are slices of the document wherever it holds them literally.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use super::split::{Document, MAX_DOCUMENT};
use crate::finding::{EXCERPT_BYTES, Excerpt, Place, Position, Span};

/// A value, as `kubectl` reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, `~` or nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits 64 bits, signed or unsigned.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// A text.
    String(&'t str),
    /// A list; see [`Node::items`].
    Sequence,
    /// A mapping; see [`Node::entries`].
    Mapping,
}

impl Value<'_> {
    /// What it is, for a message: `a number`, `a mapping`.
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(_) => "a truth value",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a text",
            Self::Sequence => "a list",
            Self::Mapping => "a mapping",
        }
    }
}

/// One node as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw {
    /// Where it starts in the document's text, in bytes.
    pub(super) start: u32,
    pub(super) end: u32,
    /// How many nodes it is, with all below it.
    pub(super) size: u32,
    pub(super) data: Data,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    Null,
    Bool(bool),
    /// A slice of the document.
    Text {
        start: u32,
        length: u32,
    },
    /// A slice of `Tree::more`.
    More {
        start: u32,
        length: u32,
    },
    /// A whole number that is small enough to stand here.
    Small(i32),
    /// An index into `Tree::numbers`.
    Number(u32),
    Sequence,
    Mapping,
    /// A mapping with merge keys; its entries are in `Tree::merged`.
    Merged,
    /// Another node, by its index.
    Alias(u32),
}

/// The tree of one document.
#[derive(Debug)]
pub struct Tree<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) text: &'d str,
    pub(super) nodes: Vec<Raw>,
    /// Texts that the document does not hold literally.
    pub(super) more: String,
    pub(super) numbers: Vec<Number>,
    /// The entries of mappings with merge keys: key and value.
    pub(super) merged: HashMap<u32, Vec<(u32, u32)>>,
    pub(super) has_aliases: bool,
    /// Some object in it is a Secret: no text of it is shown.
    pub(super) secret: bool,
    /// A place of the text whose line and column are known: places are mostly asked for in order.
    pub(super) known: Cell<Known>,
}

/// An offset with its line, from 0, and its column, from 0 and in characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    offset: u32,
    line: usize,
    column: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

impl Tree<'_> {
    /// The value that the document is.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, at: 0, value: 0 }
    }

    fn raw(&self, index: u32) -> Raw {
        const NOTHING: Raw = Raw { start: 0, end: 0, size: 1, data: Data::Null };
        self.nodes.get(index as usize).copied().unwrap_or(NOTHING)
    }

    fn position(&self, offset: u32) -> Position {
        let lines = self.document.lines();
        let line = lines.partition_point(|&start| start <= offset).saturating_sub(1);
        let mut known = self.known.get();
        if known.line != line || known.offset > offset {
            known = Known { offset: lines.get(line).copied().unwrap_or_default(), line, column: 0 };
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let between = self.text.get(known.offset as usize..offset as usize).unwrap_or_default();
        known = Known { offset, line, column: known.column.saturating_add(number(between.chars().count())) };
        self.known.set(known);
        Position {
            line: self.document.first_line().saturating_add(number(line)),
            column: known.column.saturating_add(1),
        }
    }

    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span { start: self.position(start), end: self.position(end.max(start)) }
    }

    pub(super) fn place(&self, path: &Arc<str>, start: u32, end: u32) -> Place {
        let excerpt = (!self.secret).then(|| excerpt(self.text, start as usize, end as usize));
        Place { path: Arc::clone(path), span: Some(self.span(start, end)), excerpt }
    }
}

/// The line that `start` is on, cut to a window around it, with the part up to `end` marked.
pub(super) fn excerpt(text: &str, start: usize, end: usize) -> Excerpt {
    let start = text.floor_char_boundary(start.min(text.len()));
    let bytes = text.as_bytes();
    // A line may be as long as the text, so no more of it is looked at than is shown.
    let near = start.saturating_sub(EXCERPT_BYTES);
    let line_start = memchr::memrchr(b'\n', &bytes[near..start]).map_or(near, |feed| near + feed + 1);
    let far = text.len().min(start + EXCERPT_BYTES);
    let line_end = memchr::memchr2(b'\n', b'\r', &bytes[start..far]).map_or(far, |feed| start + feed);
    // Where the line is too long, the window starts a little before the place.
    let window_start = if line_end - line_start <= EXCERPT_BYTES {
        line_start
    } else {
        start.saturating_sub(EXCERPT_BYTES / 4).max(line_start)
    };
    let window_start = text.floor_char_boundary(window_start);
    let window_end = text.floor_char_boundary(line_end.min(window_start + EXCERPT_BYTES)).max(start);
    let end = text.floor_char_boundary(end.min(text.len())).clamp(start, window_end);
    Excerpt { text: text[window_start..window_end].to_owned(), marked: start - window_start..end - window_start }
}

/// A value in a tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    /// Where it is written: for an alias, the alias.
    at: u32,
    value: u32,
}

impl<'t> Node<'t> {
    fn new(tree: &'t Tree<'t>, at: u32) -> Self {
        let value = if let Data::Alias(target) = tree.raw(at).data { target } else { at };
        Self { tree, at, value }
    }

    /// What it is.
    pub fn value(self) -> Value<'t> {
        match self.tree.raw(self.value).data {
            Data::Null | Data::Alias(_) => Value::Null,
            Data::Bool(value) => Value::Bool(value),
            Data::Text { start, length } => Value::String(slice(self.tree.text, start, length)),
            Data::More { start, length } => Value::String(slice(&self.tree.more, start, length)),
            Data::Small(value) => Value::Integer(value.into()),
            Data::Number(index) => match self.tree.numbers.get(index as usize) {
                Some(Number::Integer(value)) => Value::Integer(*value),
                Some(Number::Float(value)) => Value::Float(*value),
                None => Value::Null,
            },
            Data::Sequence => Value::Sequence,
            Data::Mapping | Data::Merged => Value::Mapping,
        }
    }

    /// The text, if it is one.
    pub fn as_str(self) -> Option<&'t str> {
        if let Value::String(text) = self.value() { Some(text) } else { None }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        self.value() == Value::Mapping
    }

    /// Where it stands in the file.
    pub fn span(self) -> Span {
        let raw = self.tree.raw(self.at);
        self.tree.span(raw.start, raw.end)
    }

    /// Its place, with the source line; without it where a Secret is near.
    pub fn place(self, path: &Arc<str>) -> Place {
        let raw = self.tree.raw(self.at);
        self.tree.place(path, raw.start, raw.end)
    }

    /// Its place, without the source line.
    pub fn place_without_text(self, path: &Arc<str>) -> Place {
        Place { path: Arc::clone(path), span: Some(self.span()), excerpt: None }
    }

    /// The entries of a mapping, in the order of the text; none for anything else.
    pub fn entries(self) -> Entries<'t> {
        let raw = self.tree.raw(self.value);
        match raw.data {
            Data::Mapping => Entries { tree: self.tree, rest: Rest::Plain(self.value + 1, self.value + raw.size) },
            Data::Merged => {
                let merged = self.tree.merged.get(&self.value).map(Vec::as_slice).unwrap_or_default();
                Entries { tree: self.tree, rest: Rest::Merged(merged.iter()) }
            }
            _ => Entries { tree: self.tree, rest: Rest::Plain(0, 0) },
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Self> + 't {
        let raw = self.tree.raw(self.value);
        let (tree, end) = (self.tree, self.value + raw.size);
        let mut next = if matches!(raw.data, Data::Sequence) { self.value + 1 } else { end };
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let item = Node::new(tree, next);
                next += tree.raw(next).size;
                item
            })
        })
    }

    /// The value of the key `key`, if it is a mapping that has it.
    pub fn get(self, key: &str) -> Option<Self> {
        // Of keys that stand twice the last one counts, as it does for `kubectl`.
        self.entries().filter(|(name, _)| name.as_str() == key).last().map(|(_, value)| value)
    }

    /// [`json_len`](Self::json_len), if it is more than `limit`. Costs nothing where the text is far too short for that.
    pub fn json_len_over(self, limit: u64) -> Option<u64> {
        let raw = self.tree.raw(self.value);
        // One byte of text gives at most six of JSON, as `<` does; an alias may give any number.
        let most = u64::from(raw.end.saturating_sub(raw.start)).saturating_mul(8);
        if most <= limit && !self.tree.has_aliases {
            return None;
        }
        Some(self.json_len()).filter(|length| *length > limit)
    }

    /// The bytes of its JSON without any white space: about what a cluster stores. Counting ends soon after [`MAX_DOCUMENT`]:
    /// aliases may stand for any number.
    pub fn json_len(self) -> u64 {
        let mut length = 0;
        self.add_json_len(&mut length);
        length
    }

    fn add_json_len(self, sum: &mut u64) {
        if *sum > MAX_DOCUMENT as u64 {
            return;
        }
        *sum += match self.value() {
            Value::Null => 4,
            Value::Bool(value) => 5 - u64::from(value),
            Value::Integer(value) => value.to_string().len() as u64,
            // As short as Go writes it: with an exponent where that is shorter.
            Value::Float(value) => format!("{value:?}").len() as u64,
            Value::String(text) => quoted_len(text),
            Value::Sequence => {
                // Brackets, and a comma after each item but the last.
                let mut items = 0;
                for item in self.items() {
                    item.add_json_len(sum);
                    items += 1;
                }
                (items + 1).max(2)
            }
            Value::Mapping => {
                let mut around = 1;
                for (key, value) in self.entries() {
                    value.add_json_len(sum);
                    around += quoted_len(key.as_str()) + 2;
                }
                around.max(2)
            }
        };
    }

    /// The value as JSON. Aliases are written out, so it may be much larger than the text: look at [`json_len`](Self::json_len) first.
    pub fn to_json(self) -> serde_json::Value {
        match self.value() {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => value.into(),
            Value::Integer(value) => {
                i64::try_from(value).map_or_else(|_| u64::try_from(value).unwrap_or(u64::MAX).into(), Into::into)
            }
            Value::Float(value) => value.into(),
            Value::String(text) => text.into(),
            Value::Sequence => self.items().map(Node::to_json).collect(),
            Value::Mapping => self
                .entries()
                .map(|(key, value)| (key.as_str().to_owned(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

fn slice(text: &str, start: u32, length: u32) -> &str {
    text.get(start as usize..start as usize + length as usize).unwrap_or_default()
}

/// The bytes of a text in JSON, as Go writes it.
fn quoted_len(text: &str) -> u64 {
    let escaped: u64 = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
            0..=0x1f | b'<' | b'>' | b'&' => 5,
            _ => 0,
        })
        .sum();
    text.len() as u64 + 2 + escaped
}

/// Equal if they are written at the same place.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.at == other.at
    }
}

/// A key of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Key<'t>(Node<'t>);

impl<'t> Key<'t> {
    /// The key's text; `kubectl` makes texts of all keys.
    pub fn as_str(&self) -> &'t str {
        self.0.as_str().unwrap_or_default()
    }

    /// Where it stands in the file.
    pub fn span(&self) -> Span {
        self.0.span()
    }

    /// Its place, with the source line; without it where a Secret is near.
    pub fn place(&self, path: &Arc<str>) -> Place {
        self.0.place(path)
    }
}

/// The entries of a mapping.
#[derive(Debug)]
pub struct Entries<'t> {
    tree: &'t Tree<'t>,
    rest: Rest<'t>,
}

#[derive(Debug)]
enum Rest<'t> {
    /// The next key, and the end.
    Plain(u32, u32),
    Merged(std::slice::Iter<'t, (u32, u32)>),
}

impl<'t> Iterator for Entries<'t> {
    type Item = (Key<'t>, Node<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = match &mut self.rest {
            Rest::Plain(next, end) => {
                if next >= end {
                    return None;
                }
                let key = *next;
                let value = key + self.tree.raw(key).size;
                *next = value + self.tree.raw(value).size;
                (key, value)
            }
            Rest::Merged(entries) => *entries.next()?,
        };
        Some((Key(Node::new(self.tree, key)), Node::new(self.tree, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_a_window_of_one_line() {
        let text = "first\nkey: value\r\nlast";
        let line = excerpt(text, 11, 16);
        assert_eq!((line.text.as_str(), line.marked), ("key: value", 5..10));
        let long = format!("k: {}x{}", "ä".repeat(500), "b".repeat(500));
        let at = long.find('x').unwrap();
        let line = excerpt(&long, at, at + 1);
        assert!(line.text.len() <= EXCERPT_BYTES);
        assert_eq!(&line.text[line.marked], "x");
        for offset in 0..=text.len() + 1 {
            excerpt(text, offset.min(text.len()), text.len() + 5);
        }
    }

    #[test]
    fn a_node_is_small() {
        assert!(size_of::<Raw>() <= 24, "{}", size_of::<Raw>());
    }
}
