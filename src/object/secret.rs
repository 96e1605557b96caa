//! What of a document may be a secret, so that no message ever shows it: rather too much than too little, as what was shown cannot be taken
//! back.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::arena::Kind;
use super::tree::{Node, Tree, Value};

/// Whether a text may hold secrets, as far as that can be told of one that need not be YAML.
pub(super) fn is_mentioned(text: &str) -> bool {
    static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN"));
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let block = bytes.get(at..(at + BLOCK + 2).min(bytes.len())).unwrap_or_default();
        if may_name_one(block) {
            let around = at.saturating_sub(LONGEST)..(at + BLOCK + LONGEST).min(bytes.len());
            let around = bytes.get(around).unwrap_or_default();
            let names = |word: &[u8]| around.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
            if names(b"secret") || names(b"stringdata") {
                return true;
            }
        }
        at += BLOCK;
    }
    BEGIN.find(bytes).is_some()
}

/// How many bytes are looked at together.
const BLOCK: usize = 512;

/// The longest word that is looked for.
const LONGEST: usize = b"stringdata".len();

/// Whether there are letters that hardly any other word has, `ecr` or `ngd`.
#[allow(clippy::needless_bitwise_bool, reason = "without branches, many bytes are looked at in one step")]
fn may_name_one(block: &[u8]) -> bool {
    let [first, second, third] = [0, 1, 2].map(|skip| block.get(skip..).unwrap_or_default());
    first.iter().zip(second).zip(third).fold(false, |any, ((a, b), c)| {
        let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
        any | ((a == b'e') & (b == b'c') & (c == b'r')) | ((a == b'n') & (b == b'g') & (c == b'd'))
    })
}

/// Whether a mapping is a Secret, or may be meant as one: by its kind, or by fields that only Secrets and their makers have.
pub(super) fn is_secret(node: Node<'_>) -> bool {
    let names_it = |(key, value): (super::Key<'_>, Node<'_>)| match key.as_str() {
        "kind" => value.as_str().is_some_and(|kind| kind.to_ascii_lowercase().contains("secret")),
        "stringData" | "secretGenerator" => true,
        _ => false,
    };
    node.entries().any(names_it)
}

/// Whether an object is a Secret, or may be one whose kind is wrong: only a `ConfigMap` has `data` that all may see.
pub(super) fn is_secret_object(node: Node<'_>) -> bool {
    let kind = node.get("kind").map(Node::value);
    is_secret(node) || kind != Some(Value::String("ConfigMap")) && node.get("data").is_some()
}

/// The byte ranges of a tree that may be secret: each mapping, at any depth, that is one, and each object that may be one. Where there are
/// aliases as well, a value may stand anywhere: all of it. `is_mentioned` is what [`is_mentioned`] says of the whole document.
pub(super) fn ranges(tree: &Tree<'_>, is_mentioned: bool) -> Vec<Range<u32>> {
    let root = tree.root();
    let items = root.get("items").into_iter().flat_map(Node::items);
    let objects =
        std::iter::once(root).chain(items).filter(|object| is_secret_object(*object)).map(|object| object.index);
    let mut found: Vec<u32> = objects.collect();
    if is_mentioned {
        let mappings = (0u32..).zip(&tree.arena.cells).filter(|(_, cell)| cell.kind == Kind::Mapping);
        found.extend(mappings.map(|(index, _)| index).filter(|index| is_secret(tree.node(*index))));
    }
    if !found.is_empty() && tree.arena.has_aliases {
        return std::iter::once(0..u32::MAX).collect();
    }
    found.into_iter().map(|index| tree.arena.cell(index)).map(|cell| cell.start..cell.end).collect()
}
