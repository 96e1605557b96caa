//! Reading the files of a source, so that no torn file gets into a bundle.
//!
//! A file's size and times are compared before and after, and its bytes counted. Files of a directory are opened without following
//! any link: what the walk decided about one file must not be read from another.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::Duration;

use super::directory::Directory;
use super::{Entry, Origin, Source, one_file, rules};
use crate::finding::{Finding, Place};

/// How often a file that changes is read before it is given up.
const ATTEMPTS: u32 = 3;

/// How long to wait for the writer in between.
const PAUSE: Duration = Duration::from_millis(30);

/// What is behind a source.
#[derive(Debug)]
pub(super) enum Body {
    Directory(Directory),
    /// The only file, by its path.
    OneFile(PathBuf),
    /// A file that stays open: an archive, or what was too much for memory.
    Held(Held),
    Memory(Vec<u8>),
}

/// A file that stays open, and how it was when it was opened.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) file: File,
    stamp: Stamp,
}

impl Held {
    pub(super) fn new(file: File) -> io::Result<Self> {
        Ok(Self { stamp: Stamp::of(&file)?, file })
    }
}

/// What tells that a file was written to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Fails if this is no regular file.
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file any more"));
        }
        Ok(Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// What became of [`Source::read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// The whole file was appended; it has so many bytes.
    Whole(u64),
    /// The file has so many bytes, more than the limit. Nothing was appended.
    TooLarge(u64),
}

impl Source {
    /// Appends the file's bytes to `into` if they are at most `limit`.
    ///
    /// A file that changes while it is read is read again, three times in all. If it still changes, or cannot be read, that is a
    /// finding, and `into` is as it was.
    pub fn read(&self, entry: &Entry, limit: u64, into: &mut Vec<u8>) -> Result<ReadOutcome, Finding> {
        let start = into.len();
        let mut attempt = 1;
        loop {
            let mut file = self.open(entry)?;
            if file.len > limit {
                return Ok(ReadOutcome::TooLarge(file.len));
            }
            let len = file.len;
            let again = file.can_be_read_again();
            let failed = match file.read_whole(into) {
                Ok(()) => file.unchanged().err(),
                Err(error) => Some(unreadable(entry, &error)),
            };
            match failed {
                None => return Ok(ReadOutcome::Whole(len)),
                Some(finding) => {
                    into.truncate(start);
                    if !again || attempt == ATTEMPTS || finding.rule != &rules::CHANGED {
                        return Err(finding);
                    }
                }
            }
            attempt += 1;
            std::thread::sleep(PAUSE);
        }
    }

    /// Opens a file that is too large to be read at once. [`OpenFile::finish`] tells whether it changed meanwhile.
    pub fn open(&self, entry: &Entry) -> Result<OpenFile<'_>, Finding> {
        let (content, len) = self.content(entry).map_err(|error| unreadable(entry, &error))?;
        if len > self.max_size {
            let message = format!("`{}` grew to {len} bytes, more than --max-size allows", entry.name);
            return Err(Finding::new(&rules::CHANGED, Place::file(&*entry.name), message));
        }
        Ok(OpenFile { name: entry.name.clone(), content, len, read: 0 })
    }

    /// The finding about a file that is not what it was when the source was opened.
    pub fn changed(&self, entry: &Entry) -> Finding {
        changed(&entry.name)
    }

    fn content(&self, entry: &Entry) -> io::Result<(Content<'_>, u64)> {
        let own = |file: File| {
            let stamp = Stamp::of(&file)?;
            Ok((Content::Own { file, stamp }, stamp.size))
        };
        match &self.body {
            Body::Directory(directory) => own(match &entry.origin {
                Origin::Other(path) => directory.open_file(path)?,
                _ => directory.open_file(entry.name.as_bytes())?,
            }),
            Body::OneFile(path) => own(one_file::open_to_read(path)?),
            Body::Held(held) => {
                let offset = if let Origin::At(offset) = entry.origin { offset } else { 0 };
                Ok((Content::Part { held, offset }, entry.size))
            }
            Body::Memory(bytes) => Ok((Content::Memory(bytes), bytes.len() as u64)),
        }
    }
}

/// A file of a source, being read.
#[derive(Debug)]
pub struct OpenFile<'a> {
    name: Box<str>,
    content: Content<'a>,
    len: u64,
    read: u64,
}

#[derive(Debug)]
enum Content<'a> {
    Own { file: File, stamp: Stamp },
    Part { held: &'a Held, offset: u64 },
    Memory(&'a [u8]),
}

impl Content<'_> {
    /// Reads what comes behind the first `read` bytes, which were read before.
    fn read(&mut self, read: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Content::Own { file, .. } => file.read(buffer),
            Content::Part { held, offset } => held.file.read_at(buffer, *offset + read),
            Content::Memory(bytes) => {
                let start = usize::try_from(read).unwrap_or(usize::MAX);
                bytes.get(start..).unwrap_or_default().read(buffer)
            }
        }
    }
}

impl OpenFile<'_> {
    /// Its size in bytes when it was opened: as many will be read, if it does not change.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends all of it. `read_to_end` would fill all the room that the buffer has with zeros first.
    ///
    /// A file of its own is asked for one byte more than it has: a read that leaves it out has come to the end, and nobody need
    /// ask again, which is a system call less for each of many small files.
    fn read_whole(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        let start = into.len();
        let own = matches!(self.content, Content::Own { .. });
        let len = usize::try_from(self.len).unwrap_or(usize::MAX);
        into.resize(start.saturating_add(len).saturating_add(usize::from(own)), 0);
        let mut rest = into.get_mut(start..).unwrap_or_default();
        loop {
            match self.content.read(self.read, rest) {
                Ok(0) => break,
                Ok(count) => {
                    self.read += count as u64;
                    if self.read >= self.len {
                        break;
                    }
                    rest = rest.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        into.truncate(start.saturating_add(len));
        Ok(())
    }

    /// To be called when all is read: whether the file stayed as it was. Also a finding if less than all was read.
    pub fn finish(self) -> Result<(), Finding> {
        match &self.content {
            // Some file systems tell no true size.
            Content::Own { file, .. } if self.read == self.len => match { file }.read(&mut [0]) {
                Ok(0) => {}
                Ok(_) => return Err(changed(&self.name)),
                Err(error) => return Err(unreadable_name(&self.name, &error)),
            },
            _ => {}
        }
        self.unchanged()
    }

    /// Whether as much was read as there was, and the file is as it was when it was opened.
    fn unchanged(&self) -> Result<(), Finding> {
        if self.read != self.len {
            return Err(changed(&self.name));
        }
        let (file, before) = match &self.content {
            Content::Own { file, stamp } => (file, stamp),
            Content::Part { held, .. } => (&held.file, &held.stamp),
            Content::Memory(_) => return Ok(()),
        };
        match Stamp::of(file) {
            Ok(after) if after == *before => Ok(()),
            Ok(_) => Err(changed(&self.name)),
            Err(error) => Err(unreadable_name(&self.name, &error)),
        }
    }

    /// The finding about an error that reading gave.
    pub fn failed(&self, error: &io::Error) -> Finding {
        unreadable_name(&self.name, error)
    }

    /// Whether opening it once more would show what a writer made of it.
    const fn can_be_read_again(&self) -> bool {
        matches!(self.content, Content::Own { .. })
    }
}

/// At most [`len`](OpenFile::len) bytes; fewer if the file shrank.
impl Read for OpenFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.len - self.read).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let buffer = &mut buffer[..wanted];
        let count = self.content.read(self.read, buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

fn changed(name: &str) -> Finding {
    Finding::new(&rules::CHANGED, Place::file(name), format!("`{name}` changed while it was read"))
        .hint("try again when whatever writes it is done")
}

fn unreadable(entry: &Entry, error: &io::Error) -> Finding {
    unreadable_name(&entry.name, error)
}

fn unreadable_name(name: &str, error: &io::Error) -> Finding {
    Finding::new(&rules::UNREADABLE, Place::file(name), format!("`{name}` cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::testing::folder;
    use super::super::{Options, Selection, open};
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_only_measured() {
        let folder = folder(&[("a", "12345")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        let mut into = b"before".to_vec();
        let entry = &source.entries()[0];
        assert_eq!(source.read(entry, 4, &mut into), Ok(ReadOutcome::TooLarge(5)));
        assert_eq!(into, b"before");
        assert_eq!(source.read(entry, 5, &mut into), Ok(ReadOutcome::Whole(5)));
        assert_eq!(into, b"before12345");
    }

    #[test]
    fn a_file_that_changed_since_it_was_listed_is_read_as_it_is() {
        let folder = folder(&[("a", "12345")]);
        let source = open(folder.path(), &Options { max_size: 10, ..Options::default() }).unwrap();
        let path = folder.path().join("a");
        let mut into = Vec::new();
        std::fs::write(&path, "longer").unwrap();
        assert_eq!(source.read(&source.entries()[0], 100, &mut into), Ok(ReadOutcome::Whole(6)));
        std::fs::write(&path, "over the limit").unwrap();
        let finding = source.read(&source.entries()[0], 100, &mut into).unwrap_err();
        assert_eq!(finding.message, "`a` grew to 14 bytes, more than --max-size allows");
        std::fs::remove_file(&path).unwrap();
        let finding = source.read(&source.entries()[0], 100, &mut into).unwrap_err();
        assert_eq!(finding.rule.id, "source/unreadable");
        assert_eq!(into, b"longer");
    }

    /// Opens a file of 10 bytes, reads 5, does `meanwhile`, reads on, and says what `finish` says.
    fn finish_after(meanwhile: impl FnOnce(&std::path::Path)) -> Result<(), Finding> {
        let folder = folder(&[("a", "0123456789")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        let mut file = source.open(&source.entries()[0]).unwrap();
        file.read_exact(&mut [0; 5]).unwrap();
        meanwhile(&folder.path().join("a"));
        io::copy(&mut file, &mut io::sink()).unwrap();
        file.finish()
    }

    /// Opens a file of 10 bytes, does `meanwhile`, reads it in one go, and says whether it is unchanged.
    fn whole_after(meanwhile: impl FnOnce(&std::path::Path)) -> Result<(), Finding> {
        let folder = folder(&[("a", "0123456789")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        let mut file = source.open(&source.entries()[0]).unwrap();
        meanwhile(&folder.path().join("a"));
        let mut into = b"before".to_vec();
        file.read_whole(&mut into).unwrap();
        assert_eq!(into.len(), b"before0123456789".len());
        file.unchanged()
    }

    #[test]
    fn any_change_between_open_and_finish_is_told() {
        assert_eq!(finish_after(|_| {}), Ok(()));
        assert_eq!(whole_after(|_| {}), Ok(()));
        let append = |path: &_| File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
        let cut = |path: &_| File::options().write(true).open(path).unwrap().set_len(7).unwrap();
        let same_size = |path: &_| {
            let mut file = File::options().write(true).open(path).unwrap();
            file.write_all(b"9876543210").unwrap();
            // The clock of the file system may be too coarse to show two writes at once.
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        };
        let in_pieces = [finish_after(append), finish_after(cut), finish_after(same_size)];
        for finding in in_pieces.into_iter().chain([whole_after(append), whole_after(cut), whole_after(same_size)]) {
            assert_eq!(finding.unwrap_err().message, "`a` changed while it was read");
        }
        let half = folder(&[("a", "0123456789")]);
        let source = open(half.path(), &Options::default()).unwrap();
        assert!(source.open(&source.entries()[0]).unwrap().finish().is_err(), "not all was read");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_keeps_changing_is_given_up_after_three_times() {
        // Its size is said to be 0, and then there is more: as with a file that grows all the time.
        let growing = PathBuf::from("/proc/self/status");
        let entry = Entry { name: "a".into(), size: 0, origin: Origin::Itself };
        let source = Source { selection: Selection::default(), root: None, max_size: 10, body: Body::OneFile(growing) };
        let start = std::time::Instant::now();
        let mut into = b"before".to_vec();
        let finding = source.read(&entry, 100, &mut into).unwrap_err();
        assert_eq!((finding.rule.id, &*into), ("source/changed", &b"before"[..]));
        assert!(start.elapsed() >= 2 * PAUSE, "{:?}", start.elapsed());
    }
}
