//! Where images live: an OCI image layout, as a directory or as an archive.
//!
//! A store is small: is this blob there, put this blob, put this manifest under these tags. What must hold of the order in which
//! this happens is [`transfer`](crate::transfer)'s; that nothing is ever seen half written is the store's own.

mod archive;
mod durable;
mod index;
mod layout;
#[cfg(test)]
pub(crate) mod test_image;

pub use archive::Archive;
pub use durable::write_file;
pub use layout::Layout;

use std::io::{self, Read as _, Write};

use crate::error::{Error, Kind};
use crate::notice::{Event, Notice};
use crate::oci::{Blob, Descriptor, Hasher, Tag, Target};

/// Holds images.
#[derive(Debug)]
pub enum Store {
    /// An OCI image layout in a directory.
    Layout(Layout),
    /// An OCI image layout in a tar.
    Archive(Archive),
}

/// What became of something that was to be put into a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was not there and has been written.
    Written,
    /// It was there already, whole.
    AlreadyThere,
}

/// What became of a manifest and its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The manifest.
    pub manifest: Placed,
    /// Each tag; [`Placed::AlreadyThere`] where it named this manifest before.
    pub tags: Vec<(Tag, Placed)>,
}

impl Store {
    /// Opens the store that `target` names, without writing anything: a layout or archive that is not there yet is made when
    /// the manifest is put.
    ///
    /// Fails with [`Kind::Refused`] where something else is in its place.
    pub fn open(target: &Target) -> Result<Self, Error> {
        match target {
            Target::Layout { path, .. } => Layout::open(path).map(Self::Layout),
            Target::Archive { path, .. } => Archive::open(path).map(Self::Archive),
            Target::Registry(reference) => Err(Error::new(
                Kind::Usage,
                format!("cannot deliver to `{reference}`: registries are not supported yet"),
            )
            .hint("deliver to a layout directory, `oci:PATH:TAG`, and copy it from there with skopeo, crane or oras")),
        }
    }

    /// Whether the blob is there, whole: its bytes are read and hashed.
    pub fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        match self {
            Self::Layout(layout) => layout.has_blob(descriptor),
            Self::Archive(archive) => Ok(archive.has_blob(descriptor)),
        }
    }

    /// Takes a blob. It need not be visible to others before a manifest is put.
    ///
    /// Fails with [`Kind::Integrity`] where the bytes are not those of the descriptor.
    pub fn put_blob(&mut self, blob: &Blob, notice: &dyn Notice) -> Result<(), Error> {
        match self {
            Self::Layout(layout) => layout.put_blob(blob, notice),
            Self::Archive(archive) => archive.put_blob(blob, notice),
        }
    }

    /// Puts a manifest, whose blobs are there, and makes `tags` name it.
    pub fn put_manifest(&mut self, manifest: &Blob, tags: &[Tag]) -> Result<Tagged, Error> {
        match self {
            Self::Layout(layout) => layout.put_manifest(manifest, tags),
            Self::Archive(archive) => archive.put_manifest(manifest, tags),
        }
    }
}

/// How many bytes are moved at a time.
const BUFFER: usize = 128 * 1024;

/// Writes the bytes of a blob to `out` and makes sure that they are those of its descriptor. An [`Error`] of
/// [`Kind::Integrity`] comes inside the [`io::Error`].
fn copy_verified(blob: &Blob, out: &mut impl Write, notice: &dyn Notice) -> io::Result<()> {
    let expected = &blob.descriptor;
    // One byte more than there should be is enough to see that there is too much.
    let mut reader = blob.open().take(expected.size.saturating_add(1));
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        hasher.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
        notice.notice(&Event::Advanced(count as u64));
    }
    let (digest, size) = hasher.finish();
    if (digest, size) == (expected.digest, expected.size) {
        return Ok(());
    }
    let message = format!(
        "the bytes of the blob {} have changed: {size} bytes with the digest {digest} instead of {}",
        expected.digest, expected.size
    );
    Err(io::Error::other(
        Error::new(Kind::Integrity, message)
            .hint("nothing was written; try again, and suspect the disk if it happens again"),
    ))
}
