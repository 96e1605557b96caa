//! Bytes that must be read more than once, or from the middle, put into a file without a name.
//!
//! Such a file is gone when the process is, however it ends.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use flate2::bufread::MultiGzDecoder;

use super::limits;
use crate::error::{Error, Kind};

/// Copies all of `input`, at most `max_size` bytes, behind what is in `file`. `what` names the input in errors.
pub(super) fn copy(mut input: impl Read, mut file: &File, what: &str, max_size: u64) -> Result<(), Error> {
    let mut buffer = vec![0; 128 << 10];
    let mut left = max_size;
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(reading(what, error)),
        };
        left = left.checked_sub(count as u64).ok_or_else(|| limits::too_large(what, max_size))?;
        file.write_all(&buffer[..count]).map_err(writing)?;
    }
}

/// Unpacks all gzip members of `input`, at most `max_size` bytes in all.
pub(super) fn gunzip(input: impl Read, what: &str, max_size: u64) -> Result<File, Error> {
    let file = temporary()?;
    copy(MultiGzDecoder::new(BufReader::with_capacity(64 << 10, input)), &file, what, max_size)?;
    Ok(file)
}

/// A file without a name, where `TMPDIR` says.
pub(super) fn temporary() -> Result<File, Error> {
    tempfile::tempfile().map_err(writing)
}

/// What it means that the input of a copy cannot be read; of gzip, that may be its content.
pub(super) fn reading(what: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            let message =
                format!("cannot unpack {what}: the gzip data was cut off, or a few odd bytes stand behind it");
            Error::new(Kind::Input, message)
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            let message = format!("cannot unpack {what}: the gzip data is damaged, or something else stands behind it");
            Error::new(Kind::Input, message).because(error)
        }
        _ => Error::new(Kind::Local, format!("cannot read {what}")).because(error),
    }
}

fn writing(error: io::Error) -> Error {
    let folder = std::env::temp_dir();
    Error::new(Kind::Local, format!("cannot write to a temporary file in `{}`", folder.display()))
        .because(error)
        .hint("free some space there, or set TMPDIR to a folder that has room")
}
