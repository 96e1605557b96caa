//! Builds a tree from the bottom of a parser's hands: open, scalar, alias, close.
//!
//! It keeps the promises the tree makes to its readers: no key twice, merge keys resolved, nesting bounded with all aliases followed, and
//! aliases that stand for no more than kubectl's YAML library allows.

mod settle;

use std::sync::Arc;

use super::arena::{Arena, Cell, Kind};
use super::report::Report;
use super::rules;
use super::text::Text;
use super::tree::Tree;

/// The deepest nesting, aliases followed. Go's readers stop at 10,000; nothing real comes near either.
pub(super) const MAX_DEPTH: u32 = 255;

/// The most keys and values of one document: what a document of 64 MiB holds, short of lists of single digits.
const MAX_CELLS: usize = 8_000_000;

/// The most bytes of text that the aliases of one document may stand for. More than an object may have altogether.
const MAX_ALIAS_BYTES: u64 = 16 << 20;

/// The document is given up; why is in the report.
pub(super) struct Stop;

/// A collection that is not closed yet.
struct Open {
    cell: u32,
    is_mapping: bool,
    /// Whether the next child is a key.
    at_key: bool,
    /// The bits of its keys: see [`Arena::key_bit`].
    key_bits: u128,
    /// Whether one of the keys is `<<`, or may be there already.
    is_doubtful: bool,
    children: u32,
    /// Levels below it so far.
    height: u32,
    anchor: usize,
    before: Usage,
}

/// What reading cost so far, aliases written out.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// Values and keys, as go-yaml counts its decoding steps.
    decoded: u64,
    /// Bytes that aliases stand for.
    alias_bytes: u64,
}

/// A finished value that has an anchor.
#[derive(Clone, Copy)]
struct Anchored {
    cell: u32,
    height: u32,
    decoded: u64,
    bytes: u64,
}

/// A tree in the making.
pub(super) struct Builder<'a, 'r, 'd> {
    pub(super) report: &'a mut Report<'r, 'd>,
    text: Arc<Text<'d>>,
    arena: Arena,
    open: Vec<Open>,
    /// By the parser's number of the anchor.
    anchors: Vec<Option<Anchored>>,
    usage: Usage,
    by_alias: u64,
    merged: usize,
}

impl<'a, 'r, 'd> Builder<'a, 'r, 'd> {
    pub(super) fn new(report: &'a mut Report<'r, 'd>) -> Self {
        let text = Arc::clone(&report.text);
        Self {
            report,
            text,
            arena: Arena::default(),
            open: Vec::new(),
            anchors: Vec::new(),
            usage: Usage::default(),
            by_alias: 0,
            merged: 0,
        }
    }

    /// Makes room for what a document of so many bytes usually holds.
    pub(super) fn expect(mut self, bytes: usize) -> Self {
        self.arena.cells.reserve((bytes / 10).min(1 << 20));
        self.open.reserve(16);
        self
    }

    /// Whether the next value is the key of a mapping.
    pub(super) fn at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.at_key)
    }

    /// Whether a value is complete and nothing is open.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty() && !self.arena.cells.is_empty()
    }

    /// Whether a mapping is what is open innermost; none if nothing is open.
    pub(super) fn in_mapping(&self) -> Option<bool> {
        self.open.last().map(|open| open.is_mapping)
    }

    pub(super) fn finish(self) -> Tree<'d> {
        let mut arena = self.arena;
        // A vector that grew by doubling may be half empty. Of a small one that is not worth the copy.
        if arena.cells.capacity() > 4096 {
            arena.cells.shrink_to_fit();
        }
        arena.buffer.shrink_to_fit();
        Tree { text: self.text, arena }
    }

    /// Begins a list or a mapping. `anchor` is 0 where there is none, here and below.
    pub(super) fn open(&mut self, is_mapping: bool, start: usize, anchor: usize) -> Result<(), Stop> {
        if self.at_key() {
            let what = if is_mapping { "a mapping" } else { "a list" };
            let message = format!("{what} cannot be the key of a mapping");
            let mut finding = self.report.at(&rules::KEY, start..start + 1, message);
            finding.hint = super::hints::template(self.text.as_str(), start).map(str::to_owned);
            self.report.add(finding);
            return Err(Stop);
        }
        let before = self.usage;
        self.decode(1, start)?;
        self.reserve(1, start)?;
        if self.open.len() >= MAX_DEPTH as usize {
            return self.too_deep(start);
        }
        let kind = if is_mapping { Kind::Mapping } else { Kind::Sequence };
        let cell = self.cell(start, start, kind, 0);
        self.open.push(Open {
            cell,
            is_mapping,
            at_key: is_mapping,
            key_bits: 0,
            is_doubtful: false,
            children: 0,
            height: 0,
            anchor,
            before,
        });
        Ok(())
    }

    /// Ends the innermost collection. `end` is just behind its closing bracket; a block ends with its last child.
    pub(super) fn close(&mut self, end: Option<usize>) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let len = self.arena.cells.len();
        let end = end.map_or_else(|| self.last_end(open.cell), offset32);
        if let Some(cell) = self.arena.cells.get_mut(open.cell as usize) {
            cell.size = offset32(len) - open.cell;
            cell.end = end.max(cell.start);
            cell.payload = u64::from(if open.is_mapping { open.children / 2 } else { open.children });
        }
        if open.is_doubtful {
            self.settle(open.cell)?;
        }
        self.anchor(open.anchor, open.cell, open.height + 1, open.before);
        self.added(open.height + 1);
        Ok(())
    }

    /// Adds a scalar: as a key it must already be a string.
    pub(super) fn scalar(
        &mut self,
        start: usize,
        end: usize,
        kind: Kind,
        payload: u64,
        anchor: usize,
    ) -> Result<(), Stop> {
        let before = self.usage;
        self.decode(1, start)?;
        self.reserve(1, start)?;
        if let Some(open) = self.open.last_mut().filter(|open| open.at_key) {
            let bit = self.arena.key_bit(self.text.as_str(), kind, payload);
            open.is_doubtful |= open.key_bits & bit != 0 || kind == Kind::MergeKey;
            open.key_bits |= bit;
        }
        let cell = self.cell(start, end, kind, payload);
        self.anchor(anchor, cell, 0, before);
        self.added(0);
        Ok(())
    }

    /// Puts a string that does not stand in the text as it is into the buffer.
    pub(super) fn keep(&mut self, string: &str) -> (Kind, u64) {
        let offset = self.arena.buffer.len();
        self.arena.buffer.push_str(string);
        (Kind::Owned, Cell::slice(offset, string.len()))
    }

    /// Begins a string that is put into the buffer line by line.
    pub(super) fn begin_lines(&self) -> usize {
        self.arena.buffer.len()
    }

    /// Its next line, behind so many empty ones.
    pub(super) fn keep_line(&mut self, empty: usize, line: &str) {
        self.arena.buffer.extend(std::iter::repeat_n('\n', empty));
        self.arena.buffer.push_str(line);
        self.arena.buffer.push('\n');
    }

    /// Ends the string that began at `offset`, with the last line's end or without.
    pub(super) fn end_lines(&mut self, offset: usize, ends: bool) -> (Kind, u64) {
        if !ends {
            self.arena.buffer.pop();
        }
        (Kind::Owned, Cell::slice(offset, self.arena.buffer.len() - offset))
    }

    /// Notes that a scalar means something else to other readers.
    pub(super) fn note_ambiguous(&mut self) {
        self.arena.has_ambiguous = true;
    }

    /// Where a string is: in the text, if it stands there as it is.
    pub(super) fn string(&mut self, string: &str) -> (Kind, u64) {
        let text = self.text.as_str();
        let offset = (string.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let found = text.get(offset..offset.saturating_add(string.len()));
        match found {
            Some(found) if found.as_ptr() == string.as_ptr() => (Kind::Borrowed, Cell::slice(offset, string.len())),
            _ => self.keep(string),
        }
    }

    /// Adds an alias to the anchor of that number.
    pub(super) fn alias(&mut self, start: usize, end: usize, anchor: usize) -> Result<(), Stop> {
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            let message = "an alias stands within the value it repeats";
            self.report.add(self.report.at(&rules::ANCHOR, start..end, message));
            return Err(Stop);
        };
        self.decode(1, start)?;
        self.by_alias += target.decoded;
        self.usage.alias_bytes += target.bytes;
        self.decode(target.decoded, start)?;
        if self.usage.alias_bytes > MAX_ALIAS_BYTES {
            return self.too_many_aliases(start);
        }
        if offset32(self.open.len()) + target.height > MAX_DEPTH {
            return self.too_deep(start);
        }
        self.reserve(1, start)?;
        if self.at_key() {
            return self.alias_key(start, end, target.cell);
        }
        self.arena.has_aliases = true;
        self.cell(start, end, Kind::Alias, u64::from(target.cell));
        self.added(target.height);
        Ok(())
    }

    fn alias_key(&mut self, start: usize, end: usize, target: u32) -> Result<(), Stop> {
        let target_cell = *self.arena.cell(target);
        let number = target_cell.payload;
        let (kind, payload) = match target_cell.kind {
            Kind::Borrowed | Kind::Owned => (Kind::Alias, u64::from(target)),
            Kind::MergeKey => self.keep("<<"),
            Kind::True => self.keep("true"),
            Kind::False => self.keep("false"),
            Kind::Integer => self.keep(&number.cast_signed().to_string()),
            Kind::Float => self.keep(&super::number::key(f64::from_bits(number))),
            Kind::Null | Kind::Sequence | Kind::Mapping | Kind::Alias | Kind::Resolved => {
                let message = "this key stands for a value that is not a string";
                self.report.add(self.report.at(&rules::KEY, start..end, message));
                return Err(Stop);
            }
        };
        if let Some(open) = self.open.last_mut() {
            open.is_doubtful = true;
        }
        self.cell(start, end, kind, payload);
        self.added(0);
        Ok(())
    }

    fn cell(&mut self, start: usize, end: usize, kind: Kind, payload: u64) -> u32 {
        let index = offset32(self.arena.cells.len());
        self.arena.cells.push(Cell { start: offset32(start), end: offset32(end.max(start)), size: 1, kind, payload });
        index
    }

    /// Where the last value below an open collection ends.
    fn last_end(&self, from: u32) -> u32 {
        self.arena.cells.get(from as usize..).and_then(<[Cell]>::last).map_or(0, |cell| cell.end)
    }

    fn added(&mut self, height: u32) {
        if let Some(parent) = self.open.last_mut() {
            parent.children += 1;
            parent.height = parent.height.max(height);
            parent.at_key = parent.is_mapping && !parent.at_key;
        }
    }

    fn anchor(&mut self, number: usize, cell: u32, height: u32, before: Usage) {
        if number == 0 {
            return;
        }
        let own = self.arena.cell(cell);
        let bytes = u64::from(own.end - own.start) + (self.usage.alias_bytes - before.alias_bytes);
        let decoded = self.usage.decoded - before.decoded;
        if self.anchors.len() <= number {
            self.anchors.resize(number + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(number) {
            *slot = Some(Anchored { cell, height, decoded, bytes });
        }
    }

    /// Counts values as they are decoded and refuses what go-yaml v2 refuses: aliases that make up more than 99 % of a document of up to
    /// 400,000 values, falling to 10 % of one of 4,000,000.
    #[allow(clippy::cast_precision_loss, reason = "go-yaml reckons in floats too")]
    fn decode(&mut self, values: u64, at: usize) -> Result<(), Stop> {
        self.usage.decoded += values;
        let (decoded, by_alias) = (self.usage.decoded, self.by_alias);
        if by_alias <= 100 || decoded <= 1000 {
            return Ok(());
        }
        let over = (decoded.clamp(400_000, 4_000_000) - 400_000) as f64 / 3_600_000.0;
        let allowed = 0.99 - 0.89 * over;
        if by_alias as f64 / decoded as f64 > allowed {
            return self.too_many_aliases(at);
        }
        Ok(())
    }

    fn reserve(&mut self, cells: usize, at: usize) -> Result<(), Stop> {
        if self.arena.cells.len() + cells <= MAX_CELLS {
            return Ok(());
        }
        let message = format!("the document holds more than {MAX_CELLS} keys and values");
        self.report.add(self.report.at(&rules::DOCUMENT_SIZE, at..at, message));
        Err(Stop)
    }

    fn too_deep(&mut self, at: usize) -> Result<(), Stop> {
        let message = format!("nested more than {MAX_DEPTH} levels deep");
        self.report.add(self.report.at(&rules::TOO_DEEP, at..at + 1, message));
        Err(Stop)
    }

    fn too_many_aliases(&mut self, at: usize) -> Result<(), Stop> {
        let message = "aliases stand for too much content";
        self.report.add(self.report.at(&rules::ALIASES, at..at + 1, message));
        Err(Stop)
    }
}

/// Offsets and indexes fit into 32 bits: a document is at most 64 MiB, and so many cells.
pub(super) fn offset32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
