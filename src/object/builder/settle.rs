//! What keys that come twice, and merge keys, make of a mapping.

use super::super::arena::{Cell, Kind};
use super::super::{hints, merge, rules};
use super::{Builder, Stop, offset32};

/// The most keys that merge keys may copy in one document.
const MAX_MERGED: usize = 500_000;

impl<'d> Builder<'_, '_, 'd> {
    /// Checks the keys of a mapping and, if one comes twice or is `<<`, adds the mapping that results.
    pub(super) fn settle(&mut self, index: u32) -> Result<(), Stop> {
        // A slice of its own lifetime, so that it does not hold on to the builder.
        let text: &'d str = self.text.as_str();
        let merges = self.arena.pairs(index).any(|(key, _)| self.arena.cell(key).kind == Kind::MergeKey);
        if !merges && !merge::has_duplicates(&self.arena, text, index) {
            return Ok(());
        }
        let budget = MAX_MERGED - self.merged;
        let start = self.arena.cell(index).start as usize;
        let Some(result) = merge::resolve(&self.arena, text, index, budget) else {
            return self.too_many_aliases(start);
        };
        self.merged += result.copied;
        for &(first, second) in &result.duplicates {
            self.duplicate(first, second);
        }
        for &value in &result.not_mappings {
            let cell = self.arena.cell(value);
            let message = "the value of a merge key `<<` is not a mapping";
            let finding = self.report.at(&rules::MERGE_KEY, cell.start as usize..cell.end as usize, message);
            self.report.add(finding);
        }
        self.reserve(1 + 2 * result.entries.len(), start)?;
        self.add_resolved(index, &result.entries);
        Ok(())
    }

    fn add_resolved(&mut self, index: u32, entries: &[(u32, u32)]) {
        let own = *self.arena.cell(index);
        let resolved = offset32(self.arena.cells.len());
        let size = 1 + 2 * offset32(entries.len());
        self.arena.cells.push(Cell { size, kind: Kind::Mapping, payload: entries.len() as u64, ..own });
        for &(key, value) in entries {
            let key = *self.arena.cell(key);
            let target = *self.arena.cell(value);
            let value = match target.kind {
                Kind::Alias => target,
                _ => Cell { size: 1, kind: Kind::Alias, payload: u64::from(value), ..target },
            };
            self.arena.cells.extend([key, value]);
        }
        if let Some(cell) = self.arena.cells.get_mut(index as usize) {
            *cell = Cell { size: own.size + size, kind: Kind::Resolved, payload: u64::from(resolved), ..own };
        }
    }

    fn duplicate(&mut self, first: u32, second: u32) {
        if self.report.is_full() {
            return;
        }
        let range = |index: u32| {
            let cell = self.arena.cell(index);
            cell.start as usize..cell.end as usize
        };
        let second_cell = self.arena.cell(self.arena.follow(second));
        let name = self.arena.string(self.text.as_str(), second_cell).unwrap_or_default();
        let message = format!("key {} stands twice in the same mapping", hints::quoted(name));
        let finding = self
            .report
            .at(&rules::DUPLICATE_KEY, range(second), message)
            .also(self.report.place(range(first)), "first here; kubectl would drop this value")
            .hint("keep one of them");
        self.report.add(finding);
    }
}
