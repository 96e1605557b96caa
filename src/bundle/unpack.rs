//! The safe unpacker: the tar of a bundle becomes files below a folder.
//!
//! It trusts nothing. A name that is not plainly below the folder, anything but files and directories, a name that comes twice and
//! more than was agreed on are errors. It follows no link, because it makes none and the folder is its own.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::error::{Error, Kind};
use crate::tar::{MemberKind, ReadError, Reader};

/// How much may come out of a tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files and directories.
    pub members: u64,
}

impl Default for Limits {
    /// 4 GiB and 1,000,000, as a source may have.
    fn default() -> Self {
        Self { bytes: 4 << 30, members: 1_000_000 }
    }
}

/// Unpacks `tar` below `folder`, which exists, is empty, and which nobody else writes to.
///
/// Files are readable by this user alone. Where it fails, what was unpacked before stays.
pub fn unpack(tar: impl Read, folder: &Path, limits: Limits) -> Result<(), Error> {
    let mut reader = Reader::new(tar);
    let (mut bytes, mut members) = (0u64, 0u64);
    while let Some(member) = reader.next_member().map_err(broken)? {
        members += 1;
        bytes = bytes.saturating_add(member.size);
        if members > limits.members || bytes > limits.bytes {
            let message = format!("the bundle holds more than {} bytes or {} files", limits.bytes, limits.members);
            return Err(Error::new(Kind::Input, message));
        }
        let shown = String::from_utf8_lossy(&member.name).into_owned();
        let Some(name) = plain(&member.name) else {
            return Err(Error::new(Kind::Input, format!("the name `{shown}` leads out of the bundle, or is none")));
        };
        let path = folder.join(name);
        let made = match member.kind {
            MemberKind::Directory => fs::DirBuilder::new().mode(0o700).create(&path),
            MemberKind::File => new_file(&path).and_then(|mut file| io::copy(&mut reader, &mut file).map(drop)),
            _ => return Err(Error::new(Kind::Input, format!("`{shown}` is neither a file nor a directory"))),
        };
        made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(Kind::Input, format!("the bundle holds `{shown}` twice")),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                Error::new(Kind::Input, format!("no directory comes before `{shown}` in the bundle"))
            }
            io::ErrorKind::UnexpectedEof => broken(ReadError::Io(error)),
            _ => Error::new(Kind::Local, format!("cannot unpack `{shown}`"))
                .because(error)
                .hint("make room there, or let TMPDIR name a folder with more"),
        })?;
    }
    reader.only_zeroes_follow().map_err(broken)
}

fn new_file(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

fn broken(error: ReadError) -> Error {
    let kind = match &error {
        ReadError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Kind::Local,
        _ => Kind::Input,
    };
    Error::new(kind, "cannot read the bundle as a tar").because(error)
}

/// The name as a relative path, if each of its components is one that a bundle may have.
fn plain(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.strip_suffix('/').unwrap_or(name);
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\');
    name.split('/').all(is_plain).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tar;

    fn archive(members: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, text) in members {
            if name.ends_with('/') {
                tar::directory(&mut out, name);
            } else {
                tar::file(&mut out, name, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
                out.resize(out.len() + tar::padding(text.len() as u64), 0);
            }
        }
        out.extend_from_slice(&tar::END);
        out
    }

    fn unpacked(tar: &[u8], limits: Limits) -> Result<Scratch, String> {
        let scratch = Scratch::new().unwrap();
        unpack(tar, scratch.path(), limits).map(|()| scratch).map_err(|error| error.to_string())
    }

    #[test]
    fn files_and_directories_come_out_as_they_went_in() {
        let tar = archive(&[("a/", ""), ("a/b/", ""), ("a/b/c.yaml", "text"), ("d", "")]);
        let scratch = unpacked(&tar, Limits { bytes: 4, members: 4 }).unwrap();
        assert_eq!(fs::read(scratch.path().join("a/b/c.yaml")).unwrap(), b"text");
        assert_eq!(fs::read(scratch.path().join("d")).unwrap(), b"");
    }

    #[test]
    fn what_is_not_plainly_a_bundle_is_refused() {
        let limits = Limits::default();
        for (members, expected) in [
            (&[("../x", "")][..], "leads out"),
            (&[("a/", ""), ("a/../../x", "")], "leads out"),
            (&[("/etc/x", "")], "leads out"),
            (&[("a//b", "")], "leads out"),
            (&[("./a", "")], "leads out"),
            (&[("a\\b", "")], "leads out"),
            (&[("a", "1"), ("a", "2")], "holds `a` twice"),
            (&[("a/", ""), ("a/", "")], "twice"),
            (&[("a/b", "")], "no directory comes before `a/b`"),
            (&[("a", ""), ("a/b", "")], "no directory comes before"),
        ] {
            let error = unpacked(&archive(members), limits).unwrap_err();
            assert!(error.contains(expected), "{members:?}: {error}");
        }
        let mut link = Vec::new();
        tar::testing::member(&mut link, b'2', "a", "/etc/passwd", b"");
        link.extend_from_slice(&tar::END);
        let error = unpacked(&link, limits).unwrap_err();
        assert!(error.contains("neither a file nor a directory"), "{error}");
        let whole = archive(&[("a", "12345")]);
        assert!(unpacked(&whole[..600], limits).unwrap_err().contains("as a tar"));
    }

    #[test]
    fn more_than_agreed_on_is_refused_before_it_is_written() {
        let tar = archive(&[("a", "12345"), ("b", "1")]);
        for limits in [Limits { bytes: 5, members: 9 }, Limits { bytes: 9, members: 1 }] {
            assert!(unpacked(&tar, limits).unwrap_err().contains("more than"), "{limits:?}");
        }
    }
}
