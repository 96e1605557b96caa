//! What of a document may be a secret, so that no message ever shows it.

use std::ops::Range;

use super::tree::{Kind, Tree};

/// Whether a text names the kind `Secret`. Asked of text that could not be read, so it rather says yes too often.
pub(super) fn is_mentioned(text: &str) -> bool {
    text.match_indices("Secret").any(|(at, word)| {
        let before = text[..at].chars().next_back();
        let behind = &text[at + word.len()..];
        let behind = behind.strip_prefix("List").unwrap_or(behind).chars().next();
        let is_word = |char: Option<char>| {
            char.is_some_and(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.' | '/'))
        };
        !is_word(before) && !is_word(behind)
    })
}

/// The byte ranges of the values in a tree that may be secret (asked only where [`is_mentioned`] says so): `data`, `stringData` and the annotations (one of them may repeat the whole
/// object) of every mapping, at any depth, whose kind is Secret. Where there are aliases as well, a value may stand anywhere: all of it.
pub(super) fn ranges(tree: &Tree<'_>) -> Vec<Range<u32>> {
    let cells = &tree.arena.cells;
    let mut ranges = Vec::new();
    let mut aliases = false;
    for (index, cell) in (0u32..).zip(cells) {
        aliases |= cell.kind == Kind::Alias;
        if cell.kind != Kind::Mapping {
            continue;
        }
        let node = tree.node(index);
        let kind = node.get("kind").and_then(super::Node::as_str);
        match kind {
            Some("Secret") => ranges.extend(secret_fields(tree, index)),
            // Its items may leave out their kind.
            Some("SecretList") => ranges.push(cell.start..cell.end),
            _ => {}
        }
    }
    if aliases && !ranges.is_empty() {
        ranges.insert(0, 0..u32::MAX);
    }
    ranges
}

fn secret_fields<'t>(tree: &'t Tree<'t>, index: u32) -> impl Iterator<Item = Range<u32>> + 't {
    let node = tree.node(index);
    let annotations = node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    [node.get("data"), node.get("stringData"), annotations].into_iter().flatten().map(|value| {
        let cell = tree.arena.cell(value.index);
        cell.start..cell.end
    })
}
