//! Builds a tree, from whatever reads the text.
//!
//! All limits are here: how deep, how many nodes once aliases are written out, how many findings.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::rules;
use super::split::Document;
use super::tree::{Data, Number, Raw, Tree};
use crate::finding::{Finding, Rule};

/// The deepest nesting, aliases included. Readers of the tree may call themselves for each level.
pub(super) const MAX_DEPTH: u32 = 500;

/// The most nodes that a document may have once aliases are written out and mappings merged.
const MAX_EXPANDED: u64 = 20_000_000;

/// The most entries that merge keys may bring.
const MAX_MERGED: usize = 2_000_000;

/// A document with more problems than this has been said enough about.
const MAX_FINDINGS: usize = 20;

/// A mapping with more entries than this is searched for duplicates through a table.
const FEW_KEYS: usize = 12;

/// A tree that grows.
pub(super) struct Builder<'d> {
    pub(super) tree: Tree<'d>,
    path: Arc<str>,
    open: Vec<Open>,
    /// The subtree that was finished last.
    finished: Extent,
    /// What was found; the places get their text when it is known whether it may be shown.
    found: Vec<Found>,
    merged_entries: usize,
}

/// A container that is not finished yet.
struct Open {
    node: u32,
    /// The indices of merge keys among its children; only for mappings.
    merges: Vec<u32>,
    extent: Extent,
}

/// How deep and how large a subtree is once aliases are written out.
#[derive(Clone, Copy, Default)]
pub(super) struct Extent {
    depth: u32,
    nodes: u64,
}

/// The document went over a limit; what was found says which.
pub(super) struct Exceeded;

/// A finding whose places are still bytes of the document.
struct Found {
    rule: &'static Rule,
    at: (u32, u32),
    also: Option<((u32, u32), &'static str)>,
    message: String,
    hint: &'static str,
}

impl<'d> Builder<'d> {
    pub(super) fn new(path: &Arc<str>, document: &'d Document<'d>) -> Self {
        let tree = Tree {
            document,
            text: document.text(),
            nodes: Vec::new(),
            more: String::new(),
            numbers: Vec::new(),
            merged: HashMap::new(),
            has_aliases: false,
            // Until the objects are known.
            secret: document.may_hold_secret(),
            known: Cell::default(),
        };
        Self {
            tree,
            path: Arc::clone(path),
            open: Vec::new(),
            finished: Extent::default(),
            found: Vec::new(),
            merged_entries: 0,
        }
    }

    pub(super) fn found(
        &mut self,
        rule: &'static Rule,
        start: u32,
        end: u32,
        message: impl Into<String>,
        hint: &'static str,
    ) {
        self.push_found(Found { rule, at: (start, end), also: None, message: message.into(), hint });
    }

    fn push_found(&mut self, found: Found) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(found);
        }
    }

    fn range(&self, index: u32) -> (u32, u32) {
        self.tree.nodes.get(index as usize).map_or((0, 0), |raw| (raw.start, raw.end))
    }

    /// What was found, where the text is no tree.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let place = |(start, end)| self.tree.place(&self.path, start, end);
        let finding = |found: Found| {
            let mut finding = Finding::new(found.rule, place(found.at), found.message);
            if let Some((at, why)) = found.also {
                finding = finding.also(place(at), why);
            }
            if found.hint.is_empty() { finding } else { finding.hint(found.hint) }
        };
        self.found.into_iter().map(finding).collect()
    }

    fn next_index(&self) -> u32 {
        // A document is at most 64 MiB and every node takes a byte of it.
        u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX)
    }

    fn push(&mut self, start: u32, end: u32, data: Data) -> u32 {
        let index = self.next_index();
        self.tree.nodes.push(Raw { start, end, size: 1, data });
        index
    }

    /// The index that the next node will have.
    pub(super) fn upcoming(&self) -> u32 {
        self.next_index()
    }

    pub(super) fn scalar(&mut self, start: u32, end: u32, data: Data) -> u32 {
        let index = self.push(start, end, data);
        self.child(Extent { depth: 1, nodes: 1 });
        index
    }

    pub(super) fn number(&mut self, number: Number) -> Data {
        if let Number::Integer(value) = number
            && let Ok(value) = i32::try_from(value)
        {
            return Data::Small(value);
        }
        let index = u32::try_from(self.tree.numbers.len()).unwrap_or(u32::MAX);
        self.tree.numbers.push(number);
        Data::Number(index)
    }

    /// Keeps a text: as a slice of the document if it is one.
    pub(super) fn text(&mut self, text: &str) -> Data {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let document = self.tree.text;
        let offset = (text.as_ptr() as usize).wrapping_sub(document.as_ptr() as usize);
        if offset.checked_add(text.len()).is_some_and(|end| end <= document.len()) {
            return Data::Text { start: number(offset), length: number(text.len()) };
        }
        let start = number(self.tree.more.len());
        self.tree.more.push_str(text);
        Data::More { start, length: number(text.len()) }
    }

    pub(super) fn alias(&mut self, start: u32, end: u32, target: u32, extent: Extent) -> Result<(), Exceeded> {
        self.tree.has_aliases = true;
        self.push(start, end, Data::Alias(target));
        self.child(extent);
        self.check_limits(start, end)
    }

    /// What is told about a finished subtree to an alias of it.
    pub(super) const fn finished(&self) -> Extent {
        self.finished
    }

    pub(super) fn open(&mut self, start: u32, data: Data) -> Result<(), Exceeded> {
        let node = self.push(start, start, data);
        self.open.push(Open { node, merges: Vec::new(), extent: Extent { depth: 1, nodes: 1 } });
        if self.open.len() > MAX_DEPTH as usize {
            self.too_deep(start, start + 1);
            return Err(Exceeded);
        }
        Ok(())
    }

    /// Remembers that the key `index` is a merge key.
    pub(super) fn merge_key(&mut self, index: u32) {
        if let Some(open) = self.open.last_mut() {
            open.merges.push(index);
        }
    }

    pub(super) fn close(&mut self, end: u32) -> Result<(), Exceeded> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let size = self.next_index() - open.node;
        if let Some(raw) = self.tree.nodes.get_mut(open.node as usize) {
            raw.size = size;
            raw.end = end.max(raw.start);
            let (start, data) = (raw.start, raw.data);
            if matches!(data, Data::Mapping) {
                self.check_keys(open.node, &open.merges);
                if !open.merges.is_empty() {
                    self.merge(open.node, &open.merges)?;
                }
            }
            self.child(open.extent);
            return self.check_limits(start, end);
        }
        Ok(())
    }

    /// Adds a finished subtree to the container around it.
    fn child(&mut self, extent: Extent) {
        self.finished = extent;
        if let Some(parent) = self.open.last_mut() {
            parent.extent.depth = parent.extent.depth.max(extent.depth + 1);
            parent.extent.nodes = parent.extent.nodes.saturating_add(extent.nodes);
        }
    }

    fn check_limits(&mut self, start: u32, end: u32) -> Result<(), Exceeded> {
        if self.finished.depth as usize + self.open.len() > MAX_DEPTH as usize {
            self.too_deep(start, end);
            return Err(Exceeded);
        }
        if self.finished.nodes > MAX_EXPANDED {
            self.too_many(start, end);
            return Err(Exceeded);
        }
        Ok(())
    }

    fn too_deep(&mut self, start: u32, end: u32) {
        let message = format!("the nesting goes deeper than {MAX_DEPTH} levels");
        self.found(
            &rules::TOO_DEEP,
            start,
            end,
            message,
            "no Kubernetes object needs that; leave the file out if it is none",
        );
    }

    fn too_many(&mut self, start: u32, end: u32) {
        self.found(
            &rules::ALIASES,
            start,
            end,
            "the aliases stand for more than a cluster could take",
            "write out what is meant",
        );
    }

    fn key(&self, index: u32) -> &str {
        match self.tree.nodes.get(index as usize).map(|raw| raw.data) {
            Some(Data::Text { start, length }) => {
                self.tree.text.get(start as usize..(start + length) as usize).unwrap_or_default()
            }
            Some(Data::More { start, length }) => {
                self.tree.more.get(start as usize..(start + length) as usize).unwrap_or_default()
            }
            // An alias as a key.
            Some(Data::Alias(target)) if target < index => self.key(target),
            _ => "",
        }
    }

    /// The keys and values that are written in a mapping, one behind the other.
    fn children(&self, node: u32) -> Vec<(u32, u32)> {
        let size = |index: u32| self.tree.nodes.get(index as usize).map_or(1, |raw| raw.size);
        let (mut next, end) = (node + 1, node + size(node));
        let mut children = Vec::new();
        while next < end {
            let value = next + size(next);
            children.push((next, value));
            next = value + size(value);
        }
        children
    }

    /// Finds keys that stand twice.
    fn check_keys(&mut self, node: u32, merges: &[u32]) {
        let children = self.children(node);
        let mut twice: Vec<(u32, u32)> = Vec::new();
        let written = || children.iter().map(|(key, _)| *key).filter(|key| merges.binary_search(key).is_err());
        if children.len() <= FEW_KEYS {
            for (number, key) in written().enumerate() {
                let text = self.key(key);
                twice.extend(written().take(number).find(|&other| self.key(other) == text).map(|first| (first, key)));
            }
        } else {
            let mut seen = HashMap::with_capacity(children.len());
            for key in written() {
                match seen.entry(self.key(key)) {
                    Entry::Occupied(first) => twice.push((*first.get(), key)),
                    Entry::Vacant(free) => {
                        free.insert(key);
                    }
                }
            }
        }
        for (first, second) in twice.into_iter().take(MAX_FINDINGS) {
            let key: String = self.key(second).chars().take(100).collect();
            self.push_found(Found {
                rule: &rules::DUPLICATE_KEY,
                at: self.range(second),
                also: Some((self.range(first), "first here")),
                message: format!("the key `{key}` stands twice in this mapping"),
                hint: "keep one of them; readers take the last and drop the others without a word",
            });
        }
    }

    /// Writes out merge keys in the order of the text: what comes later wins, as it does in go-yaml v2.
    fn merge(&mut self, node: u32, merges: &[u32]) -> Result<(), Exceeded> {
        let mut entries: Vec<(u32, u32)> = Vec::new();
        let mut by_key: HashMap<String, usize> = HashMap::new();
        for (key, value) in self.children(node) {
            let is_merge = merges.binary_search(&key).is_ok();
            let brought = if is_merge { self.merged_from(value) } else { Some(vec![(key, value)]) };
            let Some(brought) = brought else {
                let (start, end) = self.range(key);
                let hint = "give it an alias of a mapping, or quote the key";
                self.found(&rules::YAML_SYNTAX, start, end, "`<<` merges mappings only", hint);
                continue;
            };
            // Even a merge that brings nothing is counted.
            self.merged_entries += brought.len() + 1;
            if self.merged_entries > MAX_MERGED {
                let (start, _) = self.range(node);
                self.too_many(start, start + 1);
                return Err(Exceeded);
            }
            for (key, value) in brought {
                match by_key.entry(self.key(key).to_owned()) {
                    Entry::Occupied(at) => {
                        if let Some(entry) = entries.get_mut(*at.get()) {
                            *entry = (key, value);
                        }
                    }
                    Entry::Vacant(free) => {
                        free.insert(entries.len());
                        entries.push((key, value));
                    }
                }
            }
        }
        if let Some(raw) = self.tree.nodes.get_mut(node as usize) {
            raw.data = Data::Merged;
        }
        self.tree.merged.insert(node, entries);
        Ok(())
    }

    /// The entries that the value of a merge key brings; none if it is no mapping and no list of mappings.
    fn merged_from(&mut self, value: u32) -> Option<Vec<(u32, u32)>> {
        let value = self.target(value);
        let raw = *self.tree.nodes.get(value as usize)?;
        if !matches!(raw.data, Data::Sequence) {
            return self.merged_mapping(value);
        }
        let mut items = Vec::new();
        let (mut next, end) = (value + 1, value + raw.size);
        while next < end {
            items.push(self.target(next));
            next += self.tree.nodes.get(next as usize)?.size;
        }
        self.merged_entries += items.len();
        let mut entries = Vec::new();
        // The first of the list wins.
        for item in items.into_iter().rev() {
            entries.extend(self.merged_mapping(item)?);
            if self.merged_entries + entries.len() > MAX_MERGED {
                break;
            }
        }
        Some(entries)
    }

    fn merged_mapping(&self, value: u32) -> Option<Vec<(u32, u32)>> {
        match self.tree.nodes.get(value as usize)?.data {
            Data::Mapping => Some(self.children(value)),
            Data::Merged => self.tree.merged.get(&value).cloned(),
            _ => None,
        }
    }

    /// What an alias stands for, or else the node itself.
    fn target(&self, index: u32) -> u32 {
        match self.tree.nodes.get(index as usize).map(|raw| raw.data) {
            Some(Data::Alias(target)) => target,
            _ => index,
        }
    }

    /// The tree, if anything was put into it, and what was found. `only` says that the document holds nothing else.
    pub(super) fn finish(mut self, only: bool) -> (Option<Tree<'d>>, Vec<Finding>) {
        if self.tree.secret && only && !self.tree.document.is_torn() {
            self.tree.secret = super::list::holds_secret(&self.tree);
        }
        let tree = Tree {
            nodes: std::mem::take(&mut self.tree.nodes),
            more: std::mem::take(&mut self.tree.more),
            numbers: std::mem::take(&mut self.tree.numbers),
            merged: std::mem::take(&mut self.tree.merged),
            known: Cell::default(),
            ..self.tree
        };
        let findings = self.into_findings();
        ((!tree.nodes.is_empty()).then_some(tree), findings)
    }
}
