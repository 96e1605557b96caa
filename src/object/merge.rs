//! The keys of a mapping: duplicates found, merge keys `<<` resolved as go-yaml v2 does.
//!
//! go-yaml decodes a mapping key by key into one map. A merge key puts in the keys of its mapping where it stands, so it wins over the keys
//! before it and loses to those behind it; of a list of mappings the earlier win.

use std::collections::{HashMap, HashSet};

use super::arena::{Arena, Kind};

/// Up to this many keys are compared each with each; beyond, a set is quicker.
const FEW: usize = 16;

/// A mapping with its keys settled. All numbers are indexes of cells.
#[derive(Default)]
pub(super) struct Resolution {
    /// Keys and values.
    pub(super) entries: Vec<(u32, u32)>,
    /// Keys that are there already: the first and the later one.
    pub(super) duplicates: Vec<(u32, u32)>,
    /// Values of merge keys that are no mappings.
    pub(super) not_mappings: Vec<u32>,
    /// How many keys came through merge keys.
    pub(super) copied: usize,
}

fn key<'a>(arena: &'a Arena, text: &'a str, index: u32) -> &'a str {
    arena.string(text, arena.cell(arena.follow(index))).unwrap_or_default()
}

/// Whether a key comes twice among those written in the mapping itself.
pub(super) fn has_duplicates(arena: &Arena, text: &str, mapping: u32) -> bool {
    let keys = arena.pairs(mapping).map(|(index, _)| key(arena, text, index));
    let count = usize::try_from(arena.cell(mapping).payload).unwrap_or(0);
    if count > FEW {
        let mut seen = HashSet::with_capacity(count);
        return !keys.into_iter().all(|key| seen.insert(key));
    }
    let mut seen = [""; FEW];
    for (index, key) in keys.enumerate().take(FEW) {
        let (before, behind) = seen.split_at_mut(index);
        if before.contains(&key) {
            return true;
        }
        if let Some(slot) = behind.first_mut() {
            *slot = key;
        }
    }
    false
}

/// Settles the keys of a mapping; none if merge keys would copy more than `budget` keys.
pub(super) fn resolve(arena: &Arena, text: &str, mapping: u32, budget: usize) -> Option<Resolution> {
    let mut result = Resolution::default();
    // Where each key is in `entries`, and the cell that wrote it in this mapping itself.
    let mut slots: HashMap<&str, (usize, Option<u32>)> = HashMap::new();
    let mut children = arena.children(mapping);
    while let (Some(key_index), Some(value)) = (children.next(), children.next()) {
        if arena.cell(key_index).kind == Kind::MergeKey {
            for source in sources(arena, value, &mut result.not_mappings) {
                let mut inherited = arena.children(source);
                while let (Some(key_index), Some(value)) = (inherited.next(), inherited.next()) {
                    result.copied += 1;
                    if result.copied > budget {
                        return None;
                    }
                    set(&mut result.entries, &mut slots, key(arena, text, key_index), (key_index, value), false);
                }
            }
        } else if let Some(first) =
            set(&mut result.entries, &mut slots, key(arena, text, key_index), (key_index, value), true)
        {
            result.duplicates.push((first, key_index));
        }
    }
    Some(result)
}

/// Puts an entry in, over an earlier one of the same key. Gives that one's key if both are the mapping's own.
fn set<'a>(
    entries: &mut Vec<(u32, u32)>,
    slots: &mut HashMap<&'a str, (usize, Option<u32>)>,
    key: &'a str,
    entry: (u32, u32),
    own: bool,
) -> Option<u32> {
    let (at, first) = slots.entry(key).or_insert((entries.len(), None));
    match entries.get_mut(*at) {
        Some(slot) => *slot = entry,
        None => entries.push(entry),
    }
    if !own {
        return None;
    }
    let earlier = *first;
    *first = earlier.or(Some(entry.0));
    earlier
}

/// The mappings that a merge key's value names, in the order they are put in.
fn sources(arena: &Arena, value: u32, not_mappings: &mut Vec<u32>) -> Vec<u32> {
    let target = arena.follow(value);
    // A list that is reached through an alias is refused by go-yaml, although each of its items would be taken.
    let items: Vec<u32> = match arena.cell(value).kind {
        Kind::Sequence => arena.children(target).collect(),
        _ => vec![value],
    };
    let mut mappings = Vec::with_capacity(items.len());
    for item in items.into_iter().rev() {
        let target = arena.follow(item);
        if arena.cell(target).kind == Kind::Mapping { mappings.push(target) } else { not_mappings.push(item) }
    }
    mappings
}
