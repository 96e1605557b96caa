//! What the rules are applied to: folders with things in them, on disk or in an archive.
//!
//! Both kinds of source answer the same few questions, so one walk (`walk`) decides for both, and the same files give the same bundle
//! whichever way they come.

use std::io;

use super::Origin;

/// A thing in a folder.
pub(super) struct Child {
    /// One component, in no known encoding.
    pub(super) name: Vec<u8>,
    pub(super) node: Node,
}

/// What a thing is.
pub(super) enum Node {
    File {
        size: u64,
        origin: Origin,
    },
    Folder,
    /// A symbolic link; [`Tree::follow`] says where it leads.
    Link,
    /// A hard link whose other name, given here, is not in the archive.
    LostHardLink(Vec<u8>),
    /// Neither; with its article, such as `a fifo`.
    Special(String),
    /// Several things of one name.
    Twice,
    Unreadable(io::Error),
}

/// What stands under a path when a link is followed.
pub(super) enum Thing {
    File {
        size: u64,
        origin: Origin,
    },
    Folder,
    /// A symbolic link, with its target as written.
    Link(Vec<u8>),
    Special(String),
}

/// A source that has folders.
pub(super) trait Tree {
    /// What is in a folder, sorted by name; the path is empty or ends in `/`.
    fn list(&self, folder: &str) -> io::Result<Vec<Child>>;

    /// The content of a file that [`list`](Self::list) told of, with its size. Fails if that is not its size any more.
    fn small_file(&self, path: &str, size: u64, origin: &Origin) -> io::Result<Vec<u8>>;

    /// What stands under a clean path, in a folder to which no link led.
    fn look_up(&self, path: &[u8]) -> io::Result<Option<Thing>>;

    /// The clean path, without links, of what a path leads to that begins outside: absolute, or with `..` relative to the source.
    /// None if that stays outside.
    fn back_inside(&self, path: &[u8]) -> Option<Vec<u8>>;
}
