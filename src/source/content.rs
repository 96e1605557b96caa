//! What a file is, told by how it begins.

use crate::error::{Error, Kind};
use crate::tar;

/// So many bytes are enough to tell.
pub(super) const ENOUGH: usize = tar::BLOCK;

/// What a file holds.
pub(super) enum Content {
    Tar,
    Gzip,
    /// None of the kinds that are known by their content: text, perhaps.
    Other,
}

/// Tells by the first [`ENOUGH`] bytes, or all if there are fewer. Fails for what could be unpacked, but not by this tool.
pub(super) fn tell(head: &[u8], what: &str) -> Result<Content, Error> {
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Content::Gzip);
    }
    // An archive without members is two blocks of zeroes; no text begins with a NUL.
    if tar::begins_tar(head) || head.len() == ENOUGH && head.iter().all(|&byte| byte == 0) {
        return Ok(Content::Tar);
    }
    for &(magic, name, cure) in FOREIGN {
        // The three letters of bzip2 could also begin a text; its first block could not.
        if head.starts_with(magic) && (magic != b"BZh" || head.get(4..10) == Some(b"1AY&SY")) {
            return Err(Error::new(
                Kind::Usage,
                format!("{what} is compressed with {name}, which this tool does not read"),
            )
            .hint(cure));
        }
    }
    Ok(Content::Other)
}

/// How others begin, what they are called, and what to do with them.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"\x28\xb5\x2f\xfd", "zstd", "unpack it and pipe it in: `zstd -dc FILE | consign push - REF`"),
    (b"\xfd7zXZ\0", "xz", "unpack it and pipe it in: `xz -dc FILE | consign push - REF`"),
    (b"BZh", "bzip2", "unpack it and pipe it in: `bzip2 -dc FILE | consign push - REF`"),
    (b"\x04\x22\x4d\x18", "lz4", "unpack it and pipe it in: `lz4 -dc FILE | consign push - REF`"),
    (b"PK\x03\x04", "zip", "unpack it to a directory and give that as SOURCE"),
    (b"PK\x05\x06", "zip", "unpack it to a directory and give that as SOURCE"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "unpack it to a directory and give that as SOURCE"),
];
