//! How the entries are cut into pieces of work.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::{TREE_FACTOR, WHOLE_FILE};
use crate::source::Entry;
use crate::tar;
use crate::validate::Plan;

/// Entries that are read in one go, or one that is too large for that.
pub(super) enum Unit {
    Batch(Batch),
    Large(usize),
}

/// Entries that are read in one go, and what they take meanwhile, in bytes.
pub(super) struct Batch {
    pub(super) entries: Range<usize>,
    /// About their part of the tar.
    pub(super) tar: usize,
    /// About the largest tree that checking one of them builds.
    pub(super) tree: usize,
}

impl Batch {
    fn new(all: &[Entry], entries: Range<usize>, plan: Option<&Plan>) -> Self {
        let number = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let own = &all[entries.clone()];
        let tar = own.iter().map(|entry| entry.size + 3 * tar::BLOCK as u64).sum();
        let is_read = |entry: &&Entry| plan.is_some_and(|plan| plan.role(&entry.name).reads_yaml());
        let largest = own.iter().filter(is_read).map(|entry| entry.size).max().unwrap_or_default();
        Self { entries, tar: number(tar), tree: number(largest * TREE_FACTOR) }
    }

    /// All that it takes.
    pub(super) const fn cost(&self) -> usize {
        self.tar.saturating_add(self.tree)
    }
}

/// The most entries in a batch.
const BATCH_ENTRIES: usize = 64;
/// The most bytes in a batch of more than one entry.
const BATCH_BYTES: u64 = 128 << 10;

/// How many batches each thread gets at least, where there are entries enough.
const BATCHES_A_THREAD: usize = 2;

/// Cuts the entries into units, in order.
pub(super) fn units(entries: &[Entry], plan: Option<&Plan>, threads: NonZeroUsize) -> Vec<Unit> {
    let most = entries.len().div_ceil(BATCHES_A_THREAD * threads.get()).clamp(1, BATCH_ENTRIES);
    let mut units = Vec::new();
    let mut start = 0;
    while start < entries.len() {
        if entries[start].size > WHOLE_FILE {
            units.push(Unit::Large(start));
            start += 1;
            continue;
        }
        let mut end = start + 1;
        let mut bytes = entries[start].size;
        while end < entries.len() && end - start < most && bytes + entries[end].size <= BATCH_BYTES {
            bytes += entries[end].size;
            end += 1;
        }
        units.push(Unit::Batch(Batch::new(entries, start..end, plan)));
        start = end;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Options, from_reader};

    #[test]
    fn the_units_cover_all_entries_in_order() {
        let sizes = [1, WHOLE_FILE + 1, 5, BATCH_BYTES, BATCH_BYTES - 1, 1, 1, WHOLE_FILE];
        let mut tar = Vec::new();
        for (number, &size) in sizes.iter().chain([&1; 3 * BATCH_ENTRIES]).enumerate() {
            crate::tar::file(&mut tar, &format!("{number:04}"), size);
            tar.resize(tar.len() + usize::try_from(size).unwrap() + crate::tar::padding(size), 0);
        }
        tar.extend(crate::tar::END);
        let source = from_reader(&tar[..], &Options::default()).unwrap();
        let mut next = 0;
        for unit in units(source.entries(), None, NonZeroUsize::MIN) {
            let entries = match unit {
                Unit::Large(entry) => entry..entry + 1,
                Unit::Batch(Batch { entries, .. }) => {
                    let bytes: u64 = source.entries()[entries.clone()].iter().map(|entry| entry.size).sum();
                    assert!(entries.len() == 1 || (entries.len() <= BATCH_ENTRIES && bytes <= BATCH_BYTES));
                    entries
                }
            };
            assert_eq!(entries.start, next);
            next = entries.end;
        }
        assert_eq!(next, source.entries().len());
    }

    #[test]
    fn a_few_small_files_are_work_for_all_threads() {
        let mut tar = Vec::new();
        for number in 0..13 {
            crate::tar::file(&mut tar, &format!("{number:04}"), 0);
        }
        tar.extend(crate::tar::END);
        let source = from_reader(&tar[..], &Options::default()).unwrap();
        for (threads, count) in [(1, 2), (2, 4), (4, 7), (32, 13)] {
            let threads = NonZeroUsize::new(threads).unwrap();
            assert_eq!(units(source.entries(), None, threads).len(), count, "{threads}");
        }
        assert_eq!(units(&[], None, NonZeroUsize::MIN).len(), 0);
    }
}
