//! The tree of a document: what was read, with the place of every key and value. How it is kept is in `arena`.

use std::fmt;
use std::sync::Arc;

use super::arena::{Arena, Cell, Kind};
use super::scalar::{self, Scalar};
use super::text::Text;
use crate::finding::{Place, Span};

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

    /// How it is written, where that stands without quotes and is no string to kubectl: `n`, which becomes `false`.
    pub fn misread(self) -> Option<&'t str> {
        let cell = self.tree.arena.cell(self.index);
        let written = self.tree.text.as_str().get(cell.start as usize..cell.end as usize)?;
        let is_text = matches!(scalar::plain(written), Scalar::Text | Scalar::Merge);
        (cell.kind == Kind::Owned && !is_text && written != self.as_str()).then_some(written)
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
