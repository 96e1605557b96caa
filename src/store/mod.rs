//! Where images live: a repository of a registry, or an OCI image layout, as a directory or as an archive.
//!
//! A store is small: is this blob there, put this blob, put this manifest under these tags. What must hold of the order in which
//! this happens is [`transfer`](crate::transfer)'s; that nothing is ever seen half written is the store's own.

mod archive;
mod durable;
mod guard;
mod index;
mod layout;
pub mod registry;
#[cfg(test)]
pub(crate) mod test_image;

pub use archive::Archive;
pub use durable::write_file;
pub use guard::Guard;
pub use layout::Layout;

use guard::Hint;
use registry::{Coming, Present, Registry};

use std::collections::HashSet;
use std::io::{self, Read as _, Write};
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::notice::{Event, Notice};
use crate::oci::{Blob, Digest, Hasher, Image, Tag, Target};

/// Holds images.
#[derive(Debug)]
pub enum Store {
    /// An OCI image layout in a directory.
    Layout(Layout),
    /// An OCI image layout in a tar.
    Archive(Archive),
    /// A repository of a registry.
    Registry(Registry),
}

/// What became of something that was to be put into a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It was not there and has been written.
    Written,
    /// It was there already, whole.
    AlreadyThere,
    /// The registry took it from this repository of its own.
    Mounted(String),
}

/// What became of a manifest and its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The manifest.
    pub manifest: Placed,
    /// Each tag; [`Placed::AlreadyThere`] where it named this manifest before.
    pub tags: Vec<(Tag, Placed)>,
}

impl From<Registry> for Store {
    fn from(registry: Registry) -> Self {
        Self::Registry(registry)
    }
}

impl Store {
    /// Opens the layout or archive that `target` names, without writing anything: what is not there yet is made when the manifest
    /// is put. A registry's repository is opened with [`Registries::open`](registry::Registries::open).
    ///
    /// Fails with [`Kind::Refused`] where something else is in its place.
    pub fn open(target: &Target) -> Result<Self, Error> {
        match target {
            Target::Layout { path, .. } => Layout::open(path).map(Self::Layout),
            Target::Archive { path, .. } => Archive::open(path).map(Self::Archive),
            Target::Registry(reference) => {
                Err(Error::new(Kind::Usage, format!("`{reference}` is in a registry, which must be opened as such")))
            }
        }
    }

    /// Looks at what is there, beginning before the image is known. Gives nothing if no image comes.
    pub(crate) async fn present(
        &mut self,
        tags: &[Tag],
        coming: impl Coming,
    ) -> Result<Option<(Arc<Image>, Present)>, Error> {
        match self {
            Self::Registry(registry) => registry.present(tags, coming).await,
            Self::Layout(_) | Self::Archive(_) => {
                let Some(image) = coming.await else { return Ok(None) };
                let tags = self.named(tags).await?;
                Ok(Some((image, Present { tags, ..Present::default() })))
            }
        }
    }

    /// What the tags name now.
    pub(crate) async fn named(&self, tags: &[Tag]) -> Result<Vec<Hint>, Error> {
        match self {
            Self::Layout(layout) => layout.named(tags),
            Self::Archive(_) => Ok(vec![Hint::Absent; tags.len()]),
            Self::Registry(registry) => registry.named(tags).await,
        }
    }

    /// Whether all tags, which are known to name `named`, may be written.
    pub(crate) fn check(&self, guard: &Guard, tags: &[Tag], named: &[Hint], ours: Digest) -> Result<(), Error> {
        let name = match self {
            Self::Layout(layout) => layout.name(),
            // It is replaced as a whole.
            Self::Archive(_) => return Ok(()),
            Self::Registry(registry) => registry.name().to_owned(),
        };
        tags.iter().zip(named).try_for_each(|(tag, hint)| guard.check(&format!("{name}:{tag}"), hint, ours))
    }

    /// Which blobs are there, asked one by one where a manifest would be proof enough.
    pub(crate) async fn recheck(&self, image: &Image) -> Result<HashSet<Digest>, Error> {
        match self {
            // These look at every blob anyway.
            Self::Layout(_) | Self::Archive(_) => Ok(HashSet::new()),
            Self::Registry(registry) => registry.recheck(image).await,
        }
    }

    /// Takes blobs, but for those that are `there`. They need not be visible to others before a manifest is put.
    ///
    /// Fails with [`Kind::Integrity`] where the bytes are not those of the descriptor.
    pub(crate) async fn place(
        &mut self,
        blobs: &[Blob],
        there: &HashSet<Digest>,
        source: Option<&str>,
        notice: &dyn Notice,
    ) -> Result<Vec<Placed>, Error> {
        let mut placed = Vec::with_capacity(blobs.len());
        for blob in blobs {
            let is_there = match self {
                Self::Registry(registry) => return registry.place(blobs, there, source).await,
                Self::Layout(layout) => layout.has_blob(&blob.descriptor)?,
                Self::Archive(archive) => archive.has_blob(&blob.descriptor),
            };
            match self {
                _ if is_there => {}
                Self::Layout(layout) => layout.put_blob(blob, notice)?,
                Self::Archive(archive) => archive.put_blob(blob, notice)?,
                Self::Registry(_) => {}
            }
            placed.push(if is_there { Placed::AlreadyThere } else { Placed::Written });
        }
        Ok(placed)
    }

    /// Puts a manifest, whose blobs are there, and makes `tags`, which are known to name `named`, name it.
    ///
    /// The error inside is a registry's word that it misses blobs.
    pub(crate) async fn put_manifest(
        &mut self,
        manifest: &Blob,
        tags: &[Tag],
        named: &[Hint],
        guard: &Guard,
    ) -> Result<Result<Tagged, Error>, Error> {
        match self {
            Self::Layout(layout) => layout.put_manifest(manifest, tags, guard).map(Ok),
            Self::Archive(archive) => archive.put_manifest(manifest, tags).map(Ok),
            Self::Registry(registry) => registry.put_manifest(manifest, tags, named).await,
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
