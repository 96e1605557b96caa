//! The limits of a source, as errors.

use crate::error::{Error, Kind};

/// More files and folders than allowed.
pub(super) fn too_many(what: &str, max_files: u64) -> Error {
    Error::new(Kind::Input, format!("{what} holds more than {max_files} files and folders"))
        .hint("leave some out, or raise the limit with --max-files")
}

/// More bytes than allowed.
pub(super) fn too_large(what: &str, max_size: u64) -> Error {
    Error::new(Kind::Input, format!("{what} holds more than {}", bytes(max_size)))
        .hint("leave something out, or raise the limit with --max-size")
}

fn bytes(count: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if count >= unit && count.is_multiple_of(unit) {
            return format!("{} {name}", count / unit);
        }
    }
    format!("{count} bytes")
}
