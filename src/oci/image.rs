//! Images and blobs: the bytes behind descriptors.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Descriptor, Digest};

/// A blob: its descriptor, and how to open it.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Memory(Arc<[u8]>),
    /// The whole of a file that nobody else writes to, usually one without a name.
    File(Arc<File>),
}

impl Blob {
    /// A blob of bytes in memory.
    pub fn from_bytes(media_type: &str, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let descriptor = Descriptor {
            media_type: media_type.to_owned(),
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
            annotations: std::collections::BTreeMap::new(),
            data: None,
        };
        Self { descriptor, content: Content::Memory(bytes) }
    }

    /// A blob whose bytes, already counted and hashed for `descriptor`, are in memory.
    pub fn in_memory(descriptor: Descriptor, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { descriptor, content: Content::Memory(bytes.into()) }
    }

    /// A blob whose bytes, already counted and hashed for `descriptor`, are `file`, from its start.
    pub fn in_file(descriptor: Descriptor, file: File) -> Self {
        Self { descriptor, content: Content::File(Arc::new(file)) }
    }

    /// Reads the blob from its start. Several readers of one blob do not disturb each other.
    pub fn open(&self) -> BlobReader<'_> {
        BlobReader { blob: self, offset: 0 }
    }

    /// Reads some of the blob's bytes from `offset` on; 0 at its end.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.content {
            Content::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
            Content::File(file) => file.read_at(buffer, offset),
        }
    }

    /// The bytes, where they are in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Memory(bytes) => Some(bytes),
            Content::File(_) => None,
        }
    }
}

/// Reads a blob.
#[derive(Debug)]
pub struct BlobReader<'a> {
    blob: &'a Blob,
    offset: u64,
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.blob.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// An image: a manifest and the blobs it names.
#[derive(Clone, Debug)]
pub struct Image {
    /// The manifest; its bytes are in memory.
    pub manifest: Blob,
    /// The config, then the layers.
    pub blobs: Vec<Blob>,
}

impl Image {
    /// The digest of the manifest, which is the image's.
    pub const fn digest(&self) -> Digest {
        self.manifest.descriptor.digest
    }
}
