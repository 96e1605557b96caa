//! What the reader of objects can find wrong with a text.

use crate::finding::{Refuser, Rule, Severity};

/// Everyone who reads files with objects; they read them with the same few libraries.
const READERS: &[Refuser] = &[Refuser::Kubectl, Refuser::ConfigSync, Refuser::Flux, Refuser::ArgoCd];
const CONSIGN: &[Refuser] = &[Refuser::Consign];

/// The text is not YAML.
pub static SYNTAX: Rule = Rule {
    id: "yaml/syntax",
    title: "text that is not valid YAML",
    refused_by: READERS,
    severity: Severity::Error,
    help: "The document cannot be read, so nothing in it can be applied. The mistake is at the place shown or just before it.",
};

/// A tab where only spaces may stand.
pub static TAB: Rule = Rule {
    id: "yaml/tab",
    title: "a tab where YAML allows only spaces",
    refused_by: READERS,
    severity: Severity::Error,
    help: "YAML is indented with spaces only. Set the editor to write spaces, and replace the tabs that are there.",
};

/// Marks that a version-control merge left behind.
pub static MERGE_CONFLICT: Rule = Rule {
    id: "yaml/merge-conflict",
    title: "an unresolved merge conflict",
    refused_by: READERS,
    severity: Severity::Error,
    help: "The marks `<<<<<<<`, `=======` and `>>>>>>>` show two versions of the same lines. Keep what is right and delete the marks.",
};

/// One key twice in a mapping.
pub static DUPLICATE_KEY: Rule = Rule {
    id: "yaml/duplicate-key",
    title: "a key that stands twice in one mapping",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "kubectl takes the last value and drops the others without a word, so the cluster would get less than the file says.",
};

/// Content that kubectl drops silently.
pub static AFTER_END: Rule = Rule {
    id: "yaml/after-end",
    title: "content behind the end of its document",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "kubectl reads a document up to `...` and drops what follows without a word. Objects are separated by a line `---` that follows a line feed.",
};

/// A separator line that holds more than the separator.
pub static SEPARATOR: Rule = Rule {
    id: "yaml/separator",
    title: "a line that begins with `---` and holds more than a comment",
    refused_by: READERS,
    severity: Severity::Error,
    help: "kubectl takes every line that begins with `---` for the end of a document, even within quotes, and refuses text behind it.",
};

/// Bytes that are not text.
pub static ENCODING: Rule = Rule {
    id: "yaml/encoding",
    title: "bytes that are not valid UTF-8",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "kubectl replaces such bytes by U+FFFD without a word. Save the file as UTF-8.",
};

/// UTF-16 instead of UTF-8.
pub static UTF16: Rule = Rule {
    id: "yaml/utf16",
    title: "a file in UTF-16",
    refused_by: &[],
    severity: Severity::Warning,
    help: "kubectl reads only the first document of such a file, and most other tools do not read it at all. Save it as UTF-8.",
};

/// A byte order mark before the text.
pub static MARK: Rule = Rule {
    id: "yaml/byte-order-mark",
    title: "a byte order mark at the beginning of a file",
    refused_by: &[],
    severity: Severity::Warning,
    help: "kubectl skips the mark, yet takes what follows it for YAML even where it is JSON, and other tools read it as a part of the \
           first key. Save the file as UTF-8 without a mark.",
};

/// Characters that YAML forbids.
pub static CONTROL_CHARACTER: Rule = Rule {
    id: "yaml/control-character",
    title: "a control character",
    refused_by: READERS,
    severity: Severity::Error,
    help: "Only tab, line feed and carriage return may stand in YAML. In a double-quoted string others can be written as `\\x1b` or `\\u0007`.",
};

/// Line separators that only old YAML knows.
pub static LINE_SEPARATOR: Rule = Rule {
    id: "yaml/line-separator",
    title: "an invisible line separator (U+0085, U+2028 or U+2029)",
    refused_by: READERS,
    severity: Severity::Error,
    help: "kubectl ends the line there, editors do not, so the value may not be the one that is seen. Delete the character, or write it as `\\u2028` in double quotes.",
};

/// Nested too deep.
pub static TOO_DEEP: Rule = Rule {
    id: "yaml/too-deep",
    title: "mappings and lists nested too deep",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "No Kubernetes object is nested hundreds of levels deep; a text that is may be meant to exhaust its reader.",
};

/// Aliases that stand for too much.
pub static ALIASES: Rule = Rule {
    id: "yaml/aliases",
    title: "aliases that stand for too much content",
    refused_by: READERS,
    severity: Severity::Error,
    help: "Aliases that repeat aliases make a small text stand for a huge one. kubectl refuses such a document.",
};

/// An alias without its anchor.
pub static ANCHOR: Rule = Rule {
    id: "yaml/anchor",
    title: "an alias whose anchor does not exist or contains the alias",
    refused_by: READERS,
    severity: Severity::Error,
    help: "`*name` repeats the value that `&name` marks earlier in the same document. Text that begins with `*` needs quotes.",
};

/// A merge key without a mapping.
pub static MERGE_KEY: Rule = Rule {
    id: "yaml/merge-key",
    title: "a merge key `<<` whose value is not a mapping",
    refused_by: READERS,
    severity: Severity::Error,
    help: "`<<` takes over the keys of a mapping, or of each mapping in a list. As an ordinary key it needs quotes.",
};

/// A key that cannot be a string.
pub static KEY: Rule = Rule {
    id: "yaml/key",
    title: "a key that is null, a mapping, a list or too large a number",
    refused_by: READERS,
    severity: Severity::Error,
    help: "Keys of Kubernetes objects are strings. Put the key in quotes.",
};

/// A number that JSON cannot hold.
pub static NUMBER: Rule = Rule {
    id: "yaml/number",
    title: "a number that JSON does not have",
    refused_by: READERS,
    severity: Severity::Error,
    help: "Objects travel as JSON, which has neither infinity nor not-a-number. If it is meant as text, put it in quotes.",
};

/// A tag that its value contradicts.
pub static TAG: Rule = Rule {
    id: "yaml/tag",
    title: "a value that does not fit its tag",
    refused_by: READERS,
    severity: Severity::Error,
    help: "A tag such as `!!int` or `!!binary` says how the value is to be read. Correct the value or leave the tag out.",
};

/// A directive.
pub static DIRECTIVE: Rule = Rule {
    id: "yaml/directive",
    title: "a YAML directive",
    refused_by: READERS,
    severity: Severity::Error,
    help: "kubectl does not understand `%YAML` and `%TAG` lines. Delete the line.",
};

/// Too much in one document.
pub static DOCUMENT_SIZE: Rule = Rule {
    id: "yaml/document-size",
    title: "a document that is too large",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A cluster stores objects of at most about 1.5 MiB, and one document is read up to 64 MiB. Split it with `---` lines.",
};

/// The text is not JSON.
pub static JSON_SYNTAX: Rule = Rule {
    id: "json/syntax",
    title: "text that is not valid JSON",
    refused_by: READERS,
    severity: Severity::Error,
    help: "The text begins like JSON but is neither JSON nor YAML, so nothing in it can be applied.",
};

/// A list of lists.
pub static NESTED_LIST: Rule = Rule {
    id: "object/nested-list",
    title: "a List within a List",
    refused_by: READERS,
    severity: Severity::Error,
    help: "kubectl opens the items of a List, but not a List among them. Move the inner items up.",
};

/// `items` that hold something else than objects.
pub static LIST_ITEMS: Rule = Rule {
    id: "object/list-items",
    title: "items of a List that are not objects",
    refused_by: READERS,
    severity: Severity::Error,
    help: "kubectl takes everything with a field `items` for a List; each item must be an object.",
};

/// All rules of this room.
pub static RULES: &[&Rule] = &[
    &SYNTAX,
    &TAB,
    &MERGE_CONFLICT,
    &DUPLICATE_KEY,
    &AFTER_END,
    &SEPARATOR,
    &ENCODING,
    &UTF16,
    &MARK,
    &CONTROL_CHARACTER,
    &LINE_SEPARATOR,
    &TOO_DEEP,
    &ALIASES,
    &ANCHOR,
    &MERGE_KEY,
    &KEY,
    &NUMBER,
    &TAG,
    &DIRECTIVE,
    &DOCUMENT_SIZE,
    &JSON_SYNTAX,
    &NESTED_LIST,
    &LIST_ITEMS,
];
