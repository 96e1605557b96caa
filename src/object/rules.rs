//! What can be wrong with a text before it is known what its objects mean.

use crate::finding::Refuser::{ApiServer, ArgoCd, ConfigSync, Consign, Flux, Kubectl};
use crate::finding::{Refuser, Rule, Severity};

const ALL: &[Refuser] = &[Kubectl, ConfigSync, Flux, ArgoCd];

const fn error(id: &'static str, title: &'static str, refused_by: &'static [Refuser], help: &'static str) -> Rule {
    Rule { id, title, refused_by, severity: Severity::Error, help }
}

pub(super) static YAML_SYNTAX: Rule = error(
    "yaml/syntax",
    "text that is no YAML",
    ALL,
    "No reader can make objects of it. The place is where the reader gave up; the cause is often a line or two before it.",
);
pub(super) static YAML_TAB: Rule = error(
    "yaml/tab",
    "a tab in the indentation",
    ALL,
    "YAML allows only spaces there. Set the editor to insert spaces.",
);
pub(super) static MERGE_CONFLICT: Rule = error(
    "yaml/merge-conflict",
    "the markers of a merge conflict",
    ALL,
    "git left both sides in the file. Decide for one, and remove the lines with <<<<<<<, ======= and >>>>>>>.",
);
pub(super) static DUPLICATE_KEY: Rule = error(
    "yaml/duplicate-key",
    "a key that stands twice in one mapping",
    &[Consign, Flux],
    "kubectl keeps the last one and says nothing, so that half of what was written is lost before a cluster sees it.",
);
pub(super) static AFTER_END: Rule = error(
    "yaml/after-end",
    "content behind the end of a document",
    &[Consign],
    "Readers drop what stands between `...` and the next `---` without a word. Write `---` where a new document starts.",
);
pub(super) static SEPARATOR: Rule = error(
    "yaml/separator",
    "text on the line of a document separator",
    &[Kubectl],
    "A line that starts with `---` separates documents, even inside a quoted text. Only a comment may follow it.",
);
pub(super) static ENCODING: Rule = error(
    "yaml/encoding",
    "bytes that are not UTF-8",
    &[Consign],
    "kubectl replaces them by U+FFFD without a word, so that another text arrives than was written. Save the file as UTF-8.",
);
pub(super) static UTF16: Rule = Rule {
    id: "yaml/utf16",
    title: "a file in UTF-16",
    refused_by: &[],
    severity: Severity::Warning,
    help: "kubectl reads it, other tools may not. Save the file as UTF-8.",
};
pub(super) static TOO_DEEP: Rule = error(
    "yaml/too-deep",
    "nesting that no object needs",
    &[Consign],
    "The limit keeps hostile files from exhausting a reader. No Kubernetes object comes near it.",
);
pub(super) static ALIASES: Rule = error(
    "yaml/aliases",
    "aliases that multiply out of proportion",
    &[Kubectl],
    "A short text with nested aliases can stand for gigabytes. Write out what is meant.",
);
pub(super) static NUMBER: Rule = error(
    "yaml/number",
    "a number that JSON does not have",
    &[Kubectl],
    "Objects are sent as JSON, which knows no infinity and no not-a-number. Quote it if a text is meant.",
);
pub(super) static DOCUMENT_SIZE: Rule = error(
    "yaml/document-size",
    "a document over 64 MiB",
    &[Consign, ApiServer],
    "No cluster could store such an object, and reading it would take hundreds of megabytes. Split it.",
);
pub(super) static JSON_SYNTAX: Rule =
    error("json/syntax", "text that is no JSON", ALL, "A file that starts with `{` is read as JSON first.");
pub(super) static NESTED_LIST: Rule =
    error("object/nested-list", "a List inside a List", &[Kubectl], "kubectl unpacks one level only.");
pub(super) static LIST_ITEMS: Rule = error(
    "object/list-items",
    "a List whose items are no objects",
    ALL,
    "`items` of a List is a list of objects, each with apiVersion, kind and metadata.",
);

/// All rules of this room.
pub static RULES: &[&Rule] = &[
    &YAML_SYNTAX,
    &YAML_TAB,
    &MERGE_CONFLICT,
    &DUPLICATE_KEY,
    &AFTER_END,
    &SEPARATOR,
    &ENCODING,
    &UTF16,
    &TOO_DEEP,
    &ALIASES,
    &NUMBER,
    &DOCUMENT_SIZE,
    &JSON_SYNTAX,
    &NESTED_LIST,
    &LIST_ITEMS,
];
