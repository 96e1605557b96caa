//! A directory on disk.
//!
//! Its folder stays open, and all that is in it is opened from there without following links, so that nothing outside gets in even
//! while somebody moves things about.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Stat, readlinkat, statat};
use rustix::io::Errno;

use super::tree::{Child, Node, Thing, Tree};
use super::walk::walk;
use super::{Options, Origin, Selection, Source, beneath, image, read::Body};
use crate::error::{Error, Kind};

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    folder: OwnedFd,
    /// Its path, absolute and without links; for finding out where links lead.
    path: PathBuf,
}

/// Looks through a directory; it may be named by a link.
pub(super) fn open(path: &Path, what: &str, options: &Options) -> Result<Source, Error> {
    let cannot = |error: io::Error| Error::new(Kind::Local, format!("cannot read the folder {what}")).because(error);
    let directory =
        Directory { path: fs::canonicalize(path).map_err(cannot)?, folder: File::open(path).map_err(cannot)?.into() };
    image::refuse(&directory, what)?;
    let selection = walk(&directory, what, options, Selection::default())?;
    Ok(Source { selection, root: Some(path.to_owned()), max_size: options.max_size, body: Body::Directory(directory) })
}

impl Directory {
    /// Opens a file below it, by a path without links.
    pub(super) fn open_file(&self, path: &[u8]) -> io::Result<File> {
        Ok(beneath::open(self.folder.as_fd(), path, beneath::FILE)?.into())
    }
}

impl Tree for Directory {
    fn list(&self, folder: &str) -> io::Result<Vec<Child>> {
        let mut stream = Dir::new(beneath::open(self.folder.as_fd(), folder.as_bytes(), beneath::FOLDER)?)?;
        let mut found = Vec::new();
        while let Some(entry) = stream.read() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                found.push((name.to_vec(), entry.file_type()));
            }
        }
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let folder = stream.fd()?;
        Ok(found.into_iter().map(|(name, kind)| Child { node: node(folder, &name, kind), name }).collect())
    }

    fn small_file(&self, path: &str, size: u64, _: &Origin) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_file(path.as_bytes())?.take(size + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err(io::Error::other("it changed while it was read")) }
    }

    fn look_up(&self, path: &[u8]) -> io::Result<Option<Thing>> {
        let stat = match statat(&self.folder, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Thing::File { size: size(&stat), origin: Origin::Other(path.into()) },
            FileType::Directory => Thing::Folder,
            FileType::Symlink => Thing::Link(readlinkat(&self.folder, path, Vec::new())?.into_bytes()),
            kind => Thing::Special(special(kind).to_owned()),
        }))
    }

    fn back_inside(&self, path: &[u8]) -> Option<Vec<u8>> {
        let real = fs::canonicalize(self.path.join(OsStr::from_bytes(path))).ok()?;
        Some(real.strip_prefix(&self.path).ok()?.as_os_str().as_bytes().to_vec())
    }
}

/// What is under this name; only a file needs to be asked for more than the folder tells.
fn node(folder: BorrowedFd<'_>, name: &[u8], kind: FileType) -> Node {
    let stat = || statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    match kind {
        FileType::RegularFile | FileType::Unknown => match stat() {
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Node::File { size: size(&stat), origin: Origin::Itself },
                kind => other(kind),
            },
            Err(error) => Node::Unreadable(error.into()),
        },
        kind => other(kind),
    }
}

fn other(kind: FileType) -> Node {
    match kind {
        FileType::Directory => Node::Folder,
        FileType::Symlink => Node::Link,
        kind => Node::Special(special(kind).to_owned()),
    }
}

const fn special(kind: FileType) -> &'static str {
    match kind {
        FileType::Fifo => "a fifo",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        _ => "neither file, folder nor link",
    }
}

/// The size of a file is never negative.
fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::super::testing::{contents, findings, folder, left_out, names, options, put};
    use super::super::{Options, open};
    use super::*;

    #[test]
    fn a_link_to_a_file_inside_is_packed_as_that_file() {
        let folder = folder(&[
            ("base/a.yaml", "A"),
            ("base/secret.bak", "B"),
            ("one/plain", "-> ../base/a.yaml"),
            ("one/twice", "-> plain"),
            ("one/through", "-> ../by-folder.x/a.yaml"),
            ("by-folder.x", "-> base"),
            ("one/to-left-out", "-> ../base/secret.bak"),
            ("one/out.x", "-> /etc/passwd"),
        ]);
        symlink(folder.path().join("base/a.yaml"), folder.path().join("one/absolute")).unwrap();
        let source = open(folder.path(), &options(&["*.bak", "*.x"])).unwrap();
        assert_eq!(findings(&source), [], "a link that is left out may lead anywhere");
        let a = |name: &str| (name.to_owned(), b"A".to_vec());
        let expected = [a("base/a.yaml"), a("one/absolute"), a("one/plain"), a("one/through")];
        assert_eq!(contents(&source)[..4], expected);
        assert_eq!(contents(&source)[4..], [("one/to-left-out".to_owned(), b"B".to_vec()), a("one/twice")]);
        assert_eq!(left_out(&source).len(), 3);
    }

    #[test]
    fn every_other_link_is_an_error_that_names_target_and_cure() {
        let folder = folder(&[
            (".git/config", "token"),
            ("base/a.yaml", ""),
            ("l/absolute", "-> /etc/hostname"),
            ("l/circle", "-> round"),
            ("l/round", "-> circle"),
            ("l/dangling", "-> ../nothing"),
            ("l/folder", "-> ../base"),
            ("l/git", "-> ../.git/config"),
            ("l/outside", "-> ../../x/../"),
            ("l/self", "-> self"),
            ("l/slash", "-> ../base/a.yaml/"),
            ("l/source", "-> .."),
            ("l/special", "-> /dev/null"),
            ("l/via-file", "-> ../base/a.yaml/../b"),
        ]);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(names(&source), ["base/a.yaml"]);
        assert_eq!(
            findings(&source),
            [
                ("source/link-outside", "the link `l/absolute` leads to `/etc/hostname`, outside of the source"),
                ("source/link-loop", "the link `l/circle` leads to `round`, and so in a circle"),
                ("source/link-dangling", "the link `l/dangling` leads to `../nothing`, where no file is"),
                ("source/link-to-folder", "the link `l/folder` leads to `../base`, a folder"),
                (
                    "source/link-to-excluded",
                    "the link `l/git` leads to `../.git/config`, which `.git` keeps out of every bundle"
                ),
                ("source/link-outside", "the link `l/outside` leads to `../../x/../`, outside of the source"),
                ("source/link-loop", "the link `l/round` leads to `circle`, and so in a circle"),
                ("source/link-loop", "the link `l/self` leads to `self`, and so in a circle"),
                ("source/link-dangling", "the link `l/slash` leads to `../base/a.yaml/`, where no file is"),
                ("source/link-to-folder", "the link `l/source` leads to `..`, a folder"),
                ("source/link-outside", "the link `l/special` leads to `/dev/null`, outside of the source"),
                ("source/link-dangling", "the link `l/via-file` leads to `../base/a.yaml/../b`, where no file is"),
            ]
        );
        assert!(source.findings().iter().all(|finding| finding.hint.is_some()));
    }

    // Other systems make no fifo with this call, and no name that is not UTF-8.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_or_has_no_name_in_utf_8_is_told() {
        let folder = folder(&[("a", ""), ("link", "-> socket")]);
        let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, folder.path().join("fifo"), FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        std::fs::create_dir(folder.path().join(OsStr::from_bytes(b"d\xff"))).unwrap();
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(
            findings(&source),
            [
                ("source/name-not-utf8", "the name `d\\xff` is not UTF-8"),
                ("source/special-file", "`fifo` is a fifo"),
                ("source/special-file", "the link `link` leads to `socket`, a socket"),
                ("source/special-file", "`socket` is a socket"),
            ]
        );
    }

    #[test]
    fn a_source_may_be_named_by_a_link_and_stays_what_it_was() {
        let folder = folder(&[("real/a", "old"), ("link", "-> real"), ("other/a", "new")]);
        let link = folder.path().join("link");
        let source = open(&link, &Options::default()).unwrap();
        fs::remove_file(&link).unwrap();
        put(folder.path(), "link", "-> other");
        assert_eq!(contents(&source), [("a".to_owned(), b"old".to_vec())]);
        assert_eq!(source.root(), Some(&*link));
    }

    #[test]
    fn nothing_that_became_a_link_is_followed_later() {
        let outside = folder(&[("x", "secret"), ("d/x", "secret")]);
        let folder = folder(&[("a/d/x", "fine"), ("a/x", "fine"), ("b", "-> a/x"), ("c", "")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        fs::remove_dir_all(folder.path().join("a")).unwrap();
        symlink(outside.path(), folder.path().join("a")).unwrap();
        fs::remove_file(folder.path().join("c")).unwrap();
        symlink(outside.path().join("x"), folder.path().join("c")).unwrap();
        assert_eq!(names(&source), ["a/d/x", "a/x", "b", "c"]);
        for entry in source.entries() {
            let mut bytes = Vec::new();
            let finding = source.read(entry, 100, &mut bytes).unwrap_err();
            assert_eq!((finding.rule.id, &*bytes), ("source/unreadable", &b""[..]), "{}", entry.name);
        }
    }
}
