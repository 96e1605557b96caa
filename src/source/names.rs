//! What names may be: those that never go into a bundle, those that must not, and those that clash.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use super::{Entry, rules};
use crate::finding::{Finding, Place};

/// The name of an ignore file.
pub(super) const IGNORE_FILE: &str = ".consignignore";

/// Names, of files as of folders, that stay out of every bundle and cannot be taken back in: `*` stands for any characters, once in
/// a pattern, `?` for one.
const BUILT_IN: &[&str] = &[
    // Version control: history, and credentials in its configuration.
    ".git",
    ".hg",
    ".svn",
    ".jj",
    // What macOS and Windows drop into folders they show.
    ".DS_Store",
    "._*",
    "Thumbs.db",
    "desktop.ini",
    // Backups, swap and lock files of vi and Emacs.
    "*~",
    ".*.sw?",
    "#*#",
    ".#*",
];

/// The most bytes of one component of a path: what Linux and macOS can hold.
const MAX_COMPONENT: usize = 255;

/// The most bytes of a path: what Linux can open, less some for the folder that a consumer unpacks to.
pub(super) const MAX_PATH: usize = 3900;

/// The built-in pattern that keeps this name (one component) out.
pub(super) fn built_in(name: &[u8]) -> Option<&'static str> {
    BUILT_IN.iter().copied().find(|pattern| fits(pattern.as_bytes(), name))
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let same = |pattern: &[u8], name: &[u8]| pattern.iter().zip(name).all(|(p, n)| p == n || *p == b'?');
    match pattern.iter().position(|&byte| byte == b'*') {
        None => pattern.len() == name.len() && same(pattern, name),
        Some(star) => {
            let (head, tail) = (&pattern[..star], &pattern[star + 1..]);
            // Without a character for the star nothing is left of a name such as `##` or `._`.
            name.len() > head.len() + tail.len() && same(head, name) && same(tail, &name[name.len() - tail.len()..])
        }
    }
}

/// What is wrong with the last component of this path, if anything is.
pub(super) fn check(path: &[u8]) -> Option<Finding> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    let place = || Place::file(shown(path));
    let Ok(text) = std::str::from_utf8(name) else {
        let message = format!("the name `{}` is not UTF-8", shown(name));
        return Some(Finding::new(&rules::NAME_ENCODING, place(), message));
    };
    if let Some(character) = text.chars().find(|&character| character == '\\' || character.is_control()) {
        let what = if character == '\\' { "a backslash" } else { "a control character" };
        let message = format!("the name `{}` holds {what}", shown(name));
        return Some(Finding::new(&rules::NAME_CHARACTER, place(), message));
    }
    if let Some(deleted) = text.strip_prefix(".wh.") {
        let message = format!("the name `{text}` begins with `.wh.`, which in an image layer deletes `{deleted}`");
        return Some(Finding::new(&rules::NAME_WHITEOUT, place(), message));
    }
    let (length, most, what) =
        if name.len() > MAX_COMPONENT { (name.len(), MAX_COMPONENT, "name") } else { (path.len(), MAX_PATH, "path") };
    (length > most).then(|| {
        let message = format!("the {what} has {length} bytes; {most} are the most");
        Finding::new(&rules::NAME_LENGTH, Place::file(shown(path)), message)
    })
}

/// A name as it can be shown: what is not UTF-8 or would act on a terminal is written as an escape.
pub(super) fn shown(name: &[u8]) -> String {
    let mut out = String::new();
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                out.extend(character.escape_default());
            } else {
                out.push(character);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Warns of names that differ only in case: files, and folders that hold files. `entries` are sorted.
pub(super) fn case_clashes(entries: &[Entry], mut found: impl FnMut(Finding)) {
    // Of each name only a hash and where it stands, so that a million of them stay small.
    let hasher = RandomState::new();
    let mut seen: HashMap<u64, (usize, usize)> = HashMap::with_capacity(entries.len());
    let mut before = "";
    for (index, entry) in entries.iter().enumerate() {
        let name = &*entry.name;
        let known = shared_folders(before, name);
        for end in name.match_indices('/').map(|(at, _)| at).chain([name.len()]).filter(|&end| end > known) {
            match seen.entry(hasher.hash_one(folded(&name[..end]))) {
                Slot::Vacant(slot) => drop(slot.insert((index, end))),
                Slot::Occupied(slot) => {
                    let (other, other_end) = *slot.get();
                    let other = &entries[other].name[..other_end];
                    if other != &name[..end] && folded(other) == folded(&name[..end]) {
                        let message = format!("`{}` and `{other}` differ only in case", &name[..end]);
                        let finding = Finding::new(&rules::NAME_CASE, Place::file(&name[..end]), message);
                        found(finding.also(Place::file(other), "the other name"));
                    }
                }
            }
        }
        before = name;
    }
}

/// The folder as it is, the last component in lower case: two folders that clash are told once, not again for all they hold.
fn folded(path: &str) -> (&str, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, name.to_lowercase())
}

/// How many bytes at the start of two paths are folders of both.
fn shared_folders(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    other.as_bytes()[..same].iter().rposition(|&byte| byte == b'/').unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::*;

    #[test]
    fn droppings_are_told_by_their_names() {
        for (name, expected) in [
            (".git", Some(".git")),
            (".github", None),
            (".gitignore", None),
            ("._x.yaml", Some("._*")),
            ("x.yaml~", Some("*~")),
            ("~", None),
            (".x.yaml.swp", Some(".*.sw?")),
            ("x.swp", None),
            ("#x#", Some("#*#")),
            ("#x", None),
            ("##", None),
            (".#x", Some(".#*")),
            ("Thumbs.db", Some("Thumbs.db")),
            ("", None),
        ] {
            assert_eq!(built_in(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn each_kind_of_bad_name_has_its_rule() {
        let long = "n".repeat(256);
        let deep = format!("{}x", "folder/".repeat(600));
        for (path, expected) in [
            (&b"a/b\xff.yaml"[..], Some(("source/name-not-utf8", "the name `b\\xff.yaml` is not UTF-8"))),
            (b"a\\b", Some(("source/name-character", "the name `a\\b` holds a backslash"))),
            (b"a\nb", Some(("source/name-character", "the name `a\\nb` holds a control character"))),
            (
                b"a/.wh.b",
                Some((
                    "source/name-whiteout",
                    "the name `.wh.b` begins with `.wh.`, which in an image layer deletes `b`",
                )),
            ),
            (long.as_bytes(), Some(("source/name-too-long", "the name has 256 bytes; 255 are the most"))),
            (deep.as_bytes(), Some(("source/name-too-long", "the path has 4201 bytes; 3900 are the most"))),
            (b"a/.wh", None),
            ("é/日本.yaml".as_bytes(), None),
            (b"C:/a b", None),
        ] {
            let found = check(path);
            let told = found.as_ref().map(|finding| (finding.rule.id, finding.message.as_str()));
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn names_that_differ_in_case_are_told_once() {
        let mut names = ["A/x", "a/X", "a/x", "b/É", "b/é", "c", "c/C"];
        names.sort_unstable();
        let entries: Vec<Entry> =
            names.iter().map(|&name| Entry { name: name.into(), size: 0, origin: Origin::Itself }).collect();
        let mut told = Vec::new();
        case_clashes(&entries, |finding| told.push(finding.message));
        assert_eq!(
            told,
            [
                "`a` and `A` differ only in case",
                "`a/x` and `a/X` differ only in case",
                "`b/é` and `b/É` differ only in case"
            ]
        );
    }
}
