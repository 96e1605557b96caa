//! An [OCI image layout](https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md) in a directory.
//!
//! Blobs are written without names first; they get them when the manifest is put, after everything that needs room on the disk
//! is written, the new `index.json` included. A disk that fills up, or a kill, thus leaves the layout as it was.
//!
//! `index.json` is read and written under a lock on the file `oci-layout`, which ends with the process; two pushes at once lose
//! no tag. Blobs need no lock: their name is their content.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::durable::{Draft, Existing, TEMPORARY, create_folders, failed, folder_of, nearest_folder};
use super::guard::{Guard, Hint};
use super::index::Index;
use super::{Placed, Tagged, copy_verified};
use crate::error::{Error, Kind};
use crate::notice::{Notice, Silent};
use crate::oci::{Blob, Descriptor, Digest, Tag};

/// What `oci-layout` says.
pub(super) const MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// An `index.json` of some 100,000 images; nobody has one.
const LARGEST_INDEX: u64 = 32 << 20;

/// An image layout in a directory.
#[derive(Debug)]
pub struct Layout {
    path: PathBuf,
    /// Blobs that wait for their manifest.
    drafts: Vec<(Digest, Draft)>,
}

impl Layout {
    /// The layout in the directory `path`; it is made when the first manifest is put.
    ///
    /// Fails with [`Kind::Refused`] where something is in its place: a file, a directory of something else, a layout of another
    /// version, an index that cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let layout = Self { path: path.to_owned(), drafts: Vec::new() };
        layout.check()?;
        layout.read_index()?;
        Ok(layout)
    }

    /// Makes sure that there is a layout of our version, or room for one.
    fn check(&self) -> Result<(), Error> {
        let refused =
            |what: &str| Error::new(Kind::Refused, format!("cannot write to `{}`: {what}", self.path.display()));
        match fs::metadata(&self.path) {
            Ok(there) if there.is_dir() => {}
            Ok(_) => {
                return Err(refused("it is a file, not a directory")
                    .hint("write `oci-archive:FILE:TAG` for an archive, or choose another path"));
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                return if self.path.is_symlink() {
                    Err(refused("it is a symbolic link to nothing")
                        .hint("remove the link, or make the directory it means"))
                } else {
                    Ok(())
                };
            }
            Err(cause) => return Err(read_failed(&self.path, cause)),
        }
        let marker = self.marker();
        let Some(bytes) = read_bounded(&marker, 1 << 16).map_err(|cause| read_failed(&marker, cause))? else {
            return if self.is_empty().map_err(|cause| read_failed(&self.path, cause))? {
                Ok(())
            } else {
                Err(refused("it is a directory with something in it, and not an image layout")
                    .hint("choose an empty or a new directory"))
            };
        };
        let version = serde_json::from_slice::<Value>(&bytes).ok();
        match version.as_ref().and_then(|marker| marker.get("imageLayoutVersion")) {
            Some(Value::String(version)) if version == "1.0.0" => Ok(()),
            Some(version) => Err(refused(&format!("`{}` says version {version}, not \"1.0.0\"", marker.display()))
                .hint("choose another directory")),
            None => Err(refused(&format!("`{}` does not say which version of a layout it is", marker.display()))
                .hint("choose another directory, or put the layout in order")),
        }
    }

    /// Whether nothing is in the directory but what another process is just beginning.
    fn is_empty(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.path)? {
            if !entry?.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
                // A marker that came meanwhile makes it a layout.
                return Ok(self.marker().exists());
            }
        }
        Ok(true)
    }

    fn marker(&self) -> PathBuf {
        self.path.join("oci-layout")
    }

    fn index_path(&self) -> PathBuf {
        self.path.join("index.json")
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        self.path.join("blobs").join("sha256").join(digest.hex())
    }

    /// Whether the blob is there and its bytes have its digest, or it waits for its manifest.
    pub(super) fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        if self.drafts.iter().any(|(digest, _)| *digest == descriptor.digest) {
            return Ok(true);
        }
        let path = self.blob_path(descriptor.digest);
        let whole = || match fs::metadata(&path) {
            Ok(there) if there.is_file() && there.len() == descriptor.size => {
                let there = Blob::in_file(descriptor.clone(), File::open(&path)?);
                copy_verified(&there, &mut io::sink(), &Silent).map(|()| true)
            }
            Ok(_) => Ok(false),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(cause),
        };
        whole().or_else(|cause| {
            let error = read_failed(&path, cause);
            // A corrupt blob counts as none, so that it is replaced.
            if error.kind() == Kind::Integrity { Ok(false) } else { Err(error) }
        })
    }

    pub(super) fn put_blob(&mut self, blob: &Blob, notice: &dyn Notice) -> Result<(), Error> {
        let path = self.blob_path(blob.descriptor.digest);
        let write = || {
            let mut draft = Draft::in_folder(&nearest_folder(folder_of(&path)))?;
            copy_verified(blob, draft.file(), notice)?;
            Ok(draft)
        };
        let draft = write().map_err(|cause| self.write_failed(cause))?;
        self.drafts.push((blob.descriptor.digest, draft));
        Ok(())
    }

    /// As it is typed: `oci:PATH`.
    pub(super) fn name(&self) -> String {
        format!("oci:{}", self.path.display())
    }

    /// What the tags name.
    pub(super) fn named(&self, tags: &[Tag]) -> Result<Vec<Hint>, Error> {
        let index = self.read_index()?.unwrap_or_default();
        Ok(tags.iter().map(|tag| named_in(&index, tag)).collect())
    }

    pub(super) fn put_manifest(&mut self, manifest: &Blob, tags: &[Tag], guard: &Guard) -> Result<Tagged, Error> {
        let placed = if self.has_blob(&manifest.descriptor)? {
            Placed::AlreadyThere
        } else {
            self.put_blob(manifest, &Silent)?;
            Placed::Written
        };
        self.create().map_err(|cause| self.write_failed(cause))?;
        let lock = self.lock().map_err(|cause| self.write_failed(cause))?;
        self.check()?;
        let index = self.read_index()?;
        let mut new_index = index.clone().unwrap_or_default();
        for tag in tags {
            let hint = named_in(&new_index, tag);
            guard.check(&format!("{}:{tag}", self.name()), &hint, manifest.descriptor.digest)?;
        }
        let tags = new_index.name(&manifest.descriptor, tags);
        let changed = (index.as_ref() != Some(&new_index)).then_some(new_index);
        self.publish(changed.as_ref()).map_err(|cause| self.write_failed(cause))?;
        drop(lock);
        Ok(Tagged { manifest: placed, tags })
    }

    /// Makes the directory, beginning with `oci-layout`, which the lock needs.
    fn create(&self) -> io::Result<()> {
        let marker = self.marker();
        if marker.exists() {
            return Ok(());
        }
        let mut draft = Draft::in_folder(&nearest_folder(&self.path))?;
        draft.file().write_all(MARKER)?;
        create_folders(&self.path)?;
        // Another process may be making the same layout: its marker is as good as ours, and may be locked already.
        draft.publish(&marker, Existing::Keep)
    }

    /// Waits until no other process changes the index. The lock ends when the file is dropped.
    fn lock(&self) -> io::Result<File> {
        let path = self.marker();
        loop {
            let file = match File::options().read(true).write(true).open(&path) {
                // Some network file systems lock only what is open for writing; elsewhere reading is enough.
                Err(cause) if cause.kind() == ErrorKind::PermissionDenied => File::open(&path),
                opened => opened,
            }?;
            file.lock()?;
            // Another tool may have put a new file in its place while we waited.
            let (locked, there) = (file.metadata()?, fs::metadata(&path)?);
            if (locked.dev(), locked.ino()) == (there.dev(), there.ino()) {
                return Ok(file);
            }
        }
    }

    /// The index, where there is one.
    fn read_index(&self) -> Result<Option<Index>, Error> {
        let path = self.index_path();
        let Some(bytes) = read_bounded(&path, LARGEST_INDEX).map_err(|cause| read_failed(&path, cause))? else {
            return Ok(None);
        };
        Index::parse(&bytes).map(Some).map_err(|why| {
            Error::new(Kind::Refused, format!("cannot change `{}`: {why}", path.display()))
                .hint("put the file in order, or choose another directory")
        })
    }

    /// Gives the blobs their names in the order in which they came, then changes the index. Called under the lock.
    fn publish(&mut self, index: Option<&Index>) -> io::Result<()> {
        let index = index
            .map(|index| {
                let mut draft = Draft::in_folder(&self.path)?;
                draft.file().write_all(&index.to_bytes())?;
                io::Result::Ok(draft)
            })
            .transpose()?;
        create_folders(&self.path.join("blobs").join("sha256"))?;
        for (digest, draft) in std::mem::take(&mut self.drafts) {
            draft.publish(&self.blob_path(digest), Existing::Replace)?;
        }
        match index {
            Some(draft) => draft.publish(&self.index_path(), Existing::Replace),
            None => Ok(()),
        }
    }

    fn write_failed(&self, cause: io::Error) -> Error {
        failed(&format!("cannot write to the layout `{}`", self.path.display()), cause)
    }
}

fn named_in(index: &Index, tag: &Tag) -> Hint {
    index.digest_of(tag).map_or(Hint::Absent, Hint::Names)
}

fn read_failed(path: &Path, cause: io::Error) -> Error {
    failed(&format!("cannot read `{}`", path.display()), cause)
}

/// The bytes of a file, where there is one; it must not have more than `largest`.
fn read_bounded(path: &Path, largest: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(io::Error::other(format!("it has more than {largest} bytes")));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
