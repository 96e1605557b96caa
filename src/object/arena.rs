//! The cells of a tree.
//!
//! One vector of cells of 24 bytes, in the order of the text: a collection's cell, then its children, each with all below it. Strings
//! stay in the text where they stand there as they are; the others share one buffer. An alias is a cell that names another, so what it
//! stands for is there once however often it is used. The builder has seen to it that walking through all aliases ends soon.

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
    pub(super) fn find(&self, text: &str, mapping: u32, key: &str) -> Option<(u32, u32)> {
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
