//! The tree of a document: what was read, with the place of every key and value.
//!
//! One vector of cells of 24 bytes, in the order of the text: a collection's cell, then its children, each with all below it. Strings
//! stay in the text where they stand there as they are; the others share one buffer. An alias is a cell that names another, so what it
//! stands for is there once however often it is used. The builder has seen to it that walking through all aliases ends soon.

use std::fmt;
use std::sync::Arc;

use super::text::Text;
use crate::finding::{Place, Span};

/// What a cell is. For a collection `payload` counts its children (of a mapping: its keys), else it is as said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    False,
    True,
    /// The bits of an `i64`.
    Integer,
    /// The bits of an `f64`.
    Float,
    /// Offset and length in the document's text.
    Borrowed,
    /// Offset and length in the tree's buffer.
    Owned,
    Sequence,
    Mapping,
    /// The index of the cell that is meant.
    Alias,
    /// A key `<<`.
    MergeKey,
    /// A mapping with merge keys or duplicates: the index of the plain mapping that results, which lies within this cell's subtree.
    Resolved,
}

/// One key or value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The byte of the document's text it starts at.
    pub(super) start: u32,
    /// Just behind its last byte.
    pub(super) end: u32,
    /// How many cells belong to it, itself included.
    pub(super) size: u32,
    pub(super) kind: Kind,
    pub(super) payload: u64,
}

impl Cell {
    /// Offset and length of a string, in one payload.
    pub(super) fn slice(offset: usize, len: usize) -> u64 {
        ((offset as u64) << 32) | len as u64
    }
}

/// The cells and strings of a tree, while it is built and after.
#[derive(Default)]
pub(super) struct Arena {
    pub(super) cells: Vec<Cell>,
    pub(super) buffer: String,
    /// Whether some value may be longer than its text.
    pub(super) has_aliases: bool,
    /// Whether some scalar means something else to other readers: see `ambiguous`.
    pub(super) has_ambiguous: bool,
}

impl Arena {
    /// The cell at `index`, which is always one that the builder made.
    pub(super) fn cell(&self, index: u32) -> &Cell {
        const NOTHING: &Cell = &Cell { start: 0, end: 0, size: 1, kind: Kind::Null, payload: 0 };
        self.cells.get(index as usize).unwrap_or(NOTHING)
    }

    /// Follows aliases and resolved mappings to the cell that holds the value.
    #[allow(clippy::cast_possible_truncation, reason = "the payload of these kinds is an index of 32 bits")]
    pub(super) fn follow(&self, mut index: u32) -> u32 {
        loop {
            let cell = self.cell(index);
            match cell.kind {
                Kind::Alias | Kind::Resolved => index = cell.payload as u32,
                _ => return index,
            }
        }
    }

    /// The string of a cell that is one.
    #[allow(clippy::cast_possible_truncation, reason = "offset and length are 32 bits each")]
    pub(super) fn string<'a>(&'a self, text: &'a str, cell: &Cell) -> Option<&'a str> {
        let (offset, len) = ((cell.payload >> 32) as usize, cell.payload as u32 as usize);
        match cell.kind {
            Kind::Borrowed => text.get(offset..offset + len),
            Kind::Owned => self.buffer.get(offset..offset + len),
            Kind::MergeKey => Some("<<"),
            _ => None,
        }
    }

    /// The indexes of the children of a collection, keys and values in turn.
    pub(super) fn children(&self, index: u32) -> Children<'_> {
        let cell = self.cell(index);
        let behind = match cell.kind {
            Kind::Sequence | Kind::Mapping => index + cell.size,
            _ => index + 1,
        };
        Children { arena: self, next: index + 1, behind }
    }

    /// The indexes of the keys and values of a mapping, at no cost where it is none.
    pub(super) fn pairs(&self, index: u32) -> Pairs<'_> {
        let cell = self.cell(index);
        let behind = if cell.kind == Kind::Mapping { index + cell.size } else { index };
        Pairs { arena: self, next: index + 1, behind }
    }

    /// The indexes of a key of a mapping and of its value; quicker than to ask each key for its string.
    #[allow(clippy::cast_possible_truncation, reason = "offset and length are 32 bits each")]
    fn find(&self, text: &str, mapping: u32, key: &str) -> Option<(u32, u32)> {
        self.pairs(mapping).find(|(index, _)| {
            let cell = self.cell(*index);
            match cell.kind {
                Kind::Borrowed => {
                    let (offset, len) = ((cell.payload >> 32) as usize, cell.payload as u32 as usize);
                    len == key.len() && text.as_bytes().get(offset..offset + len) == Some(key.as_bytes())
                }
                _ => self.string(text, self.cell(self.follow(*index))) == Some(key),
            }
        })
    }

    /// A bit that tells most keys of a mapping from each other.
    #[allow(clippy::cast_possible_truncation, reason = "offset and length are 32 bits each")]
    pub(super) fn key_bit(&self, text: &str, kind: Kind, payload: u64) -> u128 {
        let bytes = match kind {
            Kind::Borrowed => text.as_bytes(),
            Kind::Owned => self.buffer.as_bytes(),
            _ => &[],
        };
        let (offset, len) = ((payload >> 32) as usize, payload as u32 as usize);
        let byte = |at: usize| bytes.get(offset + at).copied().map_or(0, usize::from);
        let hash = len + byte(0) + 7 * byte(len / 2) + 31 * byte(len.saturating_sub(1));
        1 << (hash % 128)
    }
}

/// Walks over the keys of a mapping, each with the index of its value.
#[derive(Clone)]
pub(super) struct Pairs<'a> {
    arena: &'a Arena,
    next: u32,
    behind: u32,
}

impl Iterator for Pairs<'_> {
    type Item = (u32, u32);

    #[inline]
    fn next(&mut self) -> Option<(u32, u32)> {
        if self.next >= self.behind {
            return None;
        }
        // A key is a scalar or an alias: one cell.
        let (key, value) = (self.next, self.next + 1);
        self.next = value + self.arena.cell(value).size.max(1);
        Some((key, value))
    }
}

/// Walks over the children of a collection.
#[derive(Clone)]
pub(super) struct Children<'a> {
    arena: &'a Arena,
    next: u32,
    behind: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.next >= self.behind {
            return None;
        }
        let index = self.next;
        self.next += self.arena.cell(index).size.max(1);
        Some(index)
    }
}

/// What was read from one YAML document or one JSON object.
pub struct Tree<'d> {
    pub(super) text: Arc<Text<'d>>,
    pub(super) arena: Arena,
}

impl Tree<'_> {
    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// The bytes of memory that the tree takes beside the text.
    pub fn memory(&self) -> usize {
        self.arena.cells.capacity() * size_of::<Cell>() + self.arena.buffer.capacity()
    }

    pub(super) fn node(&self, index: u32) -> Node<'_> {
        Node { tree: self, index }
    }
}

/// Says how large it is only: what it holds may be secret.
impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("cells", &self.arena.cells.len()).finish_non_exhaustive()
    }
}

/// A value as kubectl reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A truth value; in YAML also `yes`, `no`, `on`, `off`, `y`, `n`.
    Bool(bool),
    /// A whole number of at most 64 bits, however it was written: `1e3` and `1000.0` become 1000 on their way to the cluster.
    Integer(i64),
    /// Any other number; always finite.
    Float(f64),
    /// A string.
    String(&'t str),
    /// A list: see [`Node::items`].
    Sequence,
    /// A mapping: see [`Node::entries`] and [`Node::get`].
    Mapping,
}

impl<'t> Value<'t> {
    /// The string, if it is one.
    pub const fn as_str(&self) -> Option<&'t str> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    /// What it is, for a message: `a number`, `a mapping`.
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::Sequence => "a list",
            Self::Mapping => "a mapping",
        }
    }
}

/// A value and its place. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree<'t>,
    /// The cell as it stands in the text; an alias is followed when the value is asked for.
    pub(super) index: u32,
}

impl<'t> Node<'t> {
    fn target(self) -> &'t Cell {
        self.tree.arena.cell(self.tree.arena.follow(self.index))
    }

    /// The value.
    pub fn value(self) -> Value<'t> {
        let cell = self.target();
        match cell.kind {
            Kind::False => Value::Bool(false),
            Kind::True => Value::Bool(true),
            Kind::Integer => Value::Integer(cell.payload.cast_signed()),
            Kind::Float => Value::Float(f64::from_bits(cell.payload)),
            Kind::Borrowed | Kind::Owned | Kind::MergeKey => {
                Value::String(self.tree.arena.string(self.tree.text.as_str(), cell).unwrap_or_default())
            }
            Kind::Sequence => Value::Sequence,
            Kind::Mapping => Value::Mapping,
            Kind::Null | Kind::Alias | Kind::Resolved => Value::Null,
        }
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<&'t str> {
        self.value().as_str()
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        self.target().kind == Kind::Mapping
    }

    /// Whether it is a list.
    pub fn is_sequence(self) -> bool {
        self.target().kind == Kind::Sequence
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        self.target().kind == Kind::Null
    }

    /// How many keys a mapping has, or a list items; 0 for others.
    pub fn len(self) -> usize {
        let cell = self.target();
        match cell.kind {
            Kind::Mapping | Kind::Sequence => usize::try_from(cell.payload).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    /// Whether it is anything but a mapping with keys or a list with items.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a key of a mapping; of duplicates the last, as kubectl has it.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and the value of `key` in a mapping.
    pub fn entry(self, key: &str) -> Option<(Key<'t>, Node<'t>)> {
        let arena = &self.tree.arena;
        let (key, value) = arena.find(self.tree.text.as_str(), arena.follow(self.index), key)?;
        Some((Key { tree: self.tree, index: key }, Node { tree: self.tree, index: value }))
    }

    /// Keys and values of a mapping as they stand in the text, merge keys resolved; nothing if it is none. No key comes twice.
    pub fn entries(self) -> impl Iterator<Item = (Key<'t>, Node<'t>)> + Clone + use<'t> {
        let tree = self.tree;
        let pairs = tree.arena.pairs(tree.arena.follow(self.index));
        pairs.map(move |(key, value)| (Key { tree, index: key }, Node { tree, index: value }))
    }

    /// The items of a list; nothing if it is none.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> + Clone + use<'t> {
        let tree = self.tree;
        let index = tree.arena.follow(self.index);
        let is_sequence = tree.arena.cell(index).kind == Kind::Sequence;
        let items = is_sequence.then(|| tree.arena.children(index)).into_iter().flatten();
        items.map(move |index| Node { tree, index })
    }

    /// Where it stands in the file. An alias stands where it is used.
    pub fn span(self) -> Span {
        let cell = self.tree.arena.cell(self.index);
        self.tree.text.span(cell.start as usize..cell.end as usize)
    }

    /// Where it stands, with the text of the line unless that may be a secret.
    pub fn place(self, path: &Arc<str>) -> Place {
        let cell = self.tree.arena.cell(self.index);
        self.tree.text.place(path, cell.start as usize..cell.end as usize)
    }

    /// Where it stands, without any text: smaller, and always safe to show.
    pub fn place_without_text(self, path: &Arc<str>) -> Place {
        let cell = self.tree.arena.cell(self.index);
        self.tree.text.place_without_text(path, cell.start as usize..cell.end as usize)
    }
}

/// Equal if they stand at the same place of the same tree.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

/// Its value, collections by their size only.
impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("value", &self.value()).field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A key of a mapping and its place. Always a string: other scalars are turned into one as kubectl does (`yes` into `true`).
#[derive(Clone, Copy)]
pub struct Key<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'t> Key<'t> {
    /// The key.
    pub fn as_str(self) -> &'t str {
        let cell = self.tree.arena.cell(self.tree.arena.follow(self.index));
        self.tree.arena.string(self.tree.text.as_str(), cell).unwrap_or_default()
    }

    /// Where it stands in the file.
    pub fn span(self) -> Span {
        self.node().span()
    }

    /// Where it stands, with the text of the line unless that may be a secret.
    pub fn place(self, path: &Arc<str>) -> Place {
        self.node().place(path)
    }

    /// Where it stands, without any text.
    pub fn place_without_text(self, path: &Arc<str>) -> Place {
        self.node().place_without_text(path)
    }

    fn node(self) -> Node<'t> {
        Node { tree: self.tree, index: self.index }
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
