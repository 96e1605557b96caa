//! What can be wrong with the files of a source, before anybody looks into them.

use crate::finding::{Refuser, Rule, Severity};

const CONSIGN: &[Refuser] = &[Refuser::Consign];

/// A name that is not UTF-8.
pub static NAME_ENCODING: Rule = Rule {
    id: "source/name-not-utf8",
    title: "a name is not UTF-8",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "Names in a bundle are UTF-8: in any other encoding they mean something else on the next machine. Rename the file, or leave \
           it out with an ignore pattern.",
};

/// A backslash or a control character in a name.
pub static NAME_CHARACTER: Rule = Rule {
    id: "source/name-character",
    title: "a name holds a backslash or a control character",
    refused_by: &[Refuser::Consign, Refuser::ConfigSync],
    severity: Severity::Error,
    help: "Some consumers take a backslash for a folder separator and refuse the whole bundle; a control character hides what a name \
           is. Rename the file.",
};

/// A name that an image layer reads as the order to delete another file.
pub static NAME_WHITEOUT: Rule = Rule {
    id: "source/name-whiteout",
    title: "a name begins with `.wh.`",
    refused_by: &[Refuser::Consign, Refuser::ConfigSync],
    severity: Severity::Error,
    help: "In an image layer `.wh.NAME` is no file: it means that NAME is deleted, and consumers drop both. Rename the file.",
};

/// A name longer than file systems hold.
pub static NAME_LENGTH: Rule = Rule {
    id: "source/name-too-long",
    title: "a name is too long to be unpacked",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A consumer unpacks the bundle to disk, where a name has at most 255 bytes and a path 4,095 with the folder it is \
           unpacked to. Shorten the name.",
};

/// A member of an archive that would land outside the folder it is unpacked to.
pub static NAME_OUTSIDE: Rule = Rule {
    id: "source/name-outside",
    title: "a name in the archive leads outside of it",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "An absolute name, or one with `..` in it, would be unpacked to a place of its own choice. Pack the archive again from \
           inside the folder: `tar -C FOLDER -cf FILE.tar .`",
};

/// One name twice in an archive.
pub static NAME_TWICE: Rule = Rule {
    id: "source/duplicate-name",
    title: "a name stands twice in the archive",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "Some consumers take the first of two files with one name, others the last. Pack the archive again; `tar -r` and `tar -u` \
           add a changed file without removing the old one.",
};

/// Names that are one on macOS and Windows.
pub static NAME_CASE: Rule = Rule {
    id: "source/name-case",
    title: "names differ only in case",
    refused_by: CONSIGN,
    severity: Severity::Warning,
    help: "On a disk that does not tell upper from lower case, as on macOS and Windows, one of the two is lost when the bundle is \
           unpacked or its repository is cloned.",
};

/// A link that leads out of the source.
pub static LINK_OUTSIDE: Rule = Rule {
    id: "source/link-outside",
    title: "a link leads outside",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A bundle holds what is in its source and nothing else of the machine that packs it. Put a copy of the file in the place of \
           the link, or leave the link out.",
};

/// A link to nothing.
pub static LINK_DANGLING: Rule = Rule {
    id: "source/link-dangling",
    title: "a link leads nowhere",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "There is no file where the link leads. Mend its target, delete the link, or leave it out.",
};

/// A link that leads back to itself.
pub static LINK_LOOP: Rule = Rule {
    id: "source/link-loop",
    title: "links lead in a circle",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "The link leads back to itself, perhaps through others, so there is no file to pack. Mend its target or delete it.",
};

/// A link to a folder.
pub static LINK_TO_FOLDER: Rule = Rule {
    id: "source/link-to-folder",
    title: "a link leads to a folder",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A bundle holds no links, and packing the folder a second time would give its objects twice. Link to the files one by one, \
           or let a kustomization name the folder.",
};

/// A link to something that is never packed.
pub static LINK_EXCLUDED: Rule = Rule {
    id: "source/link-to-excluded",
    title: "a link leads to something that is never packed",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "What lies in `.git` and its like may hold credentials and stays out of every bundle, by whatever name. Put a copy of the \
           file in the place of the link, or leave the link out.",
};

/// A hard link in an archive whose other name is not there.
pub static HARD_LINK: Rule = Rule {
    id: "source/hard-link",
    title: "a hard link's file is not in the archive",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "In an archive a hard link only names another member, which holds the content. Pack the archive again with that file in it, \
           or with `--hard-dereference`.",
};

/// Neither file, folder nor link.
pub static SPECIAL_FILE: Rule = Rule {
    id: "source/special-file",
    title: "something that is neither file, folder nor link",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A fifo, a socket or a device has no content that could be packed. Delete it, or leave it out.",
};

/// Something that cannot be read.
pub static UNREADABLE: Rule = Rule {
    id: "source/unreadable",
    title: "something cannot be read",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "A bundle without it would not be what the source is. Give yourself the right to read it, or leave it out.",
};

/// A file that is being written.
pub static CHANGED: Rule = Rule {
    id: "source/changed",
    title: "a file changed while it was read",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "Half of an old and half of a new file must not be delivered. Wait until whatever writes the file is done.",
};

/// An ignore file that cannot be taken as one.
pub static IGNORE_FILE: Rule = Rule {
    id: "source/ignore-file",
    title: "a `.consignignore` cannot be used",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "Nothing is packed while it is unclear what must stay out. A `.consignignore` is a regular file, no link, in UTF-8, of at \
           most 64 KiB.",
};

/// A line of an ignore file that is no pattern.
pub static IGNORE_PATTERN: Rule = Rule {
    id: "source/ignore-pattern",
    title: "a line of a `.consignignore` is no pattern",
    refused_by: CONSIGN,
    severity: Severity::Error,
    help: "Patterns are written as in a `.gitignore`: <https://git-scm.com/docs/gitignore#_pattern_format>. A backslash before a \
           special character takes its meaning away.",
};

/// All of them.
pub static RULES: &[&Rule] = &[
    &NAME_ENCODING,
    &NAME_CHARACTER,
    &NAME_WHITEOUT,
    &NAME_LENGTH,
    &NAME_OUTSIDE,
    &NAME_TWICE,
    &NAME_CASE,
    &LINK_OUTSIDE,
    &LINK_DANGLING,
    &LINK_LOOP,
    &LINK_TO_FOLDER,
    &LINK_EXCLUDED,
    &HARD_LINK,
    &SPECIAL_FILE,
    &UNREADABLE,
    &CHANGED,
    &IGNORE_FILE,
    &IGNORE_PATTERN,
];
