//! How the entries are cut into pieces of work.

use std::ops::Range;

use super::WHOLE_FILE;
use crate::source::Entry;

/// Entries that are read in one go, or one that is too large for that.
pub(super) enum Unit {
    Batch(Range<usize>),
    Large(usize),
}

/// The most entries in a batch.
const BATCH_ENTRIES: usize = 64;
/// The most bytes in a batch of more than one entry.
const BATCH_BYTES: u64 = 128 << 10;

/// Cuts the entries into units, in order.
pub(super) fn units(entries: &[Entry]) -> Vec<Unit> {
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
        while end < entries.len() && end - start < BATCH_ENTRIES && bytes + entries[end].size <= BATCH_BYTES {
            bytes += entries[end].size;
            end += 1;
        }
        units.push(Unit::Batch(start..end));
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
        for unit in units(source.entries()) {
            let entries = match unit {
                Unit::Large(entry) => entry..entry + 1,
                Unit::Batch(entries) => {
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
}
