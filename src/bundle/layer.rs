//! The layer: the tar stream, cut into blocks on one side and joined again on the other.
//!
//! [`Cutter`] takes the tar in order and gives blocks to compress; [`Joiner`] takes the compressed blocks in order and gives the
//! [`Layer`]. Between them any number of threads may work.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::gzip::{self, BLOCK_SIZE, DICTIONARY};
use super::spool::Spool;
use crate::oci::{Blob, Descriptor, Digest, Hasher, media_type};

/// Whether, and how hard, the layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// One gzip member.
    Gzip(gzip::Level),
    /// The tar as it is. Flux refuses such a layer; `oras pull` and `crane validate` cannot read it.
    None,
}

impl Default for Compression {
    fn default() -> Self {
        Self::Gzip(gzip::Level::default())
    }
}

/// A piece of the tar stream, to be compressed by itself.
#[derive(Debug)]
pub struct Block {
    /// Its place among the blocks, from 0.
    pub index: u64,
    /// The dictionary, then the block.
    bytes: Vec<u8>,
    /// Where the block starts in `bytes`.
    start: usize,
    last: bool,
}

impl Block {
    /// The bytes that stand for this block in the layer; `out`, which is empty, is used for them. Without a compressor they are the
    /// block itself.
    ///
    /// Fails only where the compressor does, which no content makes it do.
    pub fn encode(mut self, deflater: Option<&mut gzip::Deflater>, mut out: Vec<u8>) -> io::Result<Vec<u8>> {
        let Some(deflater) = deflater else {
            self.bytes.drain(..self.start);
            return Ok(self.bytes);
        };
        let (dictionary, block) = self.bytes.split_at(self.start);
        deflater.deflate(dictionary, block, self.last, &mut out).map(|()| out)
    }
}

/// The end of a tar stream, as the [`Cutter`] saw it.
#[derive(Clone, Copy, Debug)]
pub struct End {
    diff_id: Digest,
    size: u64,
    crc: u32,
}

/// Cuts the tar stream into blocks and hashes it.
#[derive(Debug)]
pub struct Cutter {
    bytes: Vec<u8>,
    start: usize,
    index: u64,
    hasher: Hasher,
    crc: crc32fast::Hasher,
}

impl Default for Cutter {
    fn default() -> Self {
        Self { bytes: new_buffer(), start: 0, index: 0, hasher: Hasher::default(), crc: crc32fast::Hasher::new() }
    }
}

fn new_buffer() -> Vec<u8> {
    Vec::with_capacity(DICTIONARY + BLOCK_SIZE)
}

impl Cutter {
    /// Takes the next bytes of the tar; `each` gets every block that is full.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Block)) {
        self.hasher.update(bytes);
        self.crc.update(bytes);
        while !bytes.is_empty() {
            let room = self.start + BLOCK_SIZE - self.bytes.len();
            if room == 0 {
                // Only now is it sure that the full block is not the last.
                each(self.cut(false));
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.bytes.extend_from_slice(now);
            bytes = later;
        }
    }

    fn cut(&mut self, last: bool) -> Block {
        let mut next = new_buffer();
        next.extend_from_slice(&self.bytes[self.bytes.len().saturating_sub(DICTIONARY)..]);
        let block = Block { index: self.index, start: self.start, last, bytes: std::mem::take(&mut self.bytes) };
        self.index += 1;
        self.start = next.len();
        self.bytes = next;
        block
    }

    /// The last block, and what is known of the whole.
    pub fn finish(mut self) -> (Block, End) {
        let block = self.cut(true);
        let (diff_id, size) = self.hasher.finish();
        (block, End { diff_id, size, crc: self.crc.finalize() })
    }
}

/// Joins encoded blocks to the layer and hashes it.
#[derive(Debug)]
pub struct Joiner {
    compression: Compression,
    spool: Spool,
    hasher: Hasher,
}

impl Joiner {
    /// A layer that is kept in memory while it is small and in an unlinked file in `folder` (default: the temporary folder) beyond.
    pub fn new(compression: Compression, folder: Option<PathBuf>) -> io::Result<Self> {
        let mut joiner = Self { compression, spool: Spool::new(folder), hasher: Hasher::default() };
        if let Compression::Gzip(_) = compression {
            joiner.push(&gzip::HEADER)?;
        }
        Ok(joiner)
    }

    /// Takes the next encoded block.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.spool.write_all(bytes)
    }

    /// The layer, after the last block.
    pub fn finish(mut self, end: End) -> io::Result<Layer> {
        let media_type = match self.compression {
            Compression::Gzip(_) => {
                self.push(&gzip::trailer(end.crc, end.size))?;
                media_type::OCI_LAYER_GZIP
            }
            Compression::None => media_type::OCI_LAYER,
        };
        let (digest, size) = self.hasher.finish();
        let descriptor = Descriptor {
            media_type: media_type.to_owned(),
            digest,
            size,
            annotations: std::collections::BTreeMap::new(),
            data: None,
        };
        Ok(Layer {
            blob: self.spool.into_blob(descriptor)?,
            diff_id: end.diff_id,
            tar_size: end.size,
            compression: self.compression,
        })
    }
}

/// A packed directory, ready to become the layer of an image.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The bytes; the descriptor has the media type of the OCI specification.
    pub blob: Blob,
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The size of the uncompressed tar in bytes.
    pub tar_size: u64,
    /// How it is compressed.
    pub compression: Compression,
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn layer(compression: Compression, pieces: &[&[u8]]) -> Layer {
        let mut cutter = Cutter::default();
        let mut blocks = Vec::new();
        for piece in pieces {
            cutter.push(piece, |block| blocks.push(block));
        }
        let (last, end) = cutter.finish();
        blocks.push(last);
        let mut joiner = Joiner::new(compression, None).unwrap();
        for block in blocks {
            let mut deflater = match compression {
                Compression::Gzip(level) => Some(gzip::Deflater::new(level)),
                Compression::None => None,
            };
            let bytes = block.encode(deflater.as_mut(), Vec::new());
            joiner.push(&bytes.unwrap()).unwrap();
        }
        joiner.finish(end).unwrap()
    }

    fn read(layer: &Layer) -> Vec<u8> {
        let mut bytes = Vec::new();
        layer.blob.open().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn how_the_tar_arrives_leaves_no_trace() {
        let content: Vec<u8> = (0..3 * BLOCK_SIZE + 5).map(|i| i.to_le_bytes()[0] / 7).collect();
        let whole = layer(Compression::default(), &[&content]);
        let pieces: Vec<&[u8]> = content.chunks(1000).collect();
        let in_pieces = layer(Compression::default(), &pieces);
        assert_eq!(whole.blob.descriptor, in_pieces.blob.descriptor);
        assert_eq!(whole.diff_id, Digest::of(&content));
        assert_eq!(whole.blob.descriptor.digest, Digest::of(&read(&whole)));
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&read(&whole)[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == content);
    }

    #[test]
    fn without_compression_the_layer_is_the_tar() {
        for length in [0, 1, BLOCK_SIZE, BLOCK_SIZE + 1, 5 * BLOCK_SIZE] {
            let content = vec![7; length];
            let layer = layer(Compression::None, &[&content]);
            assert_eq!(layer.blob.descriptor.digest, layer.diff_id);
            assert!(read(&layer) == content, "{length} bytes");
        }
    }
}
