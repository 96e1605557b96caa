//! Gzip whose bytes depend on the content alone, made on many threads.
//!
//! The content is cut every [`BLOCK_SIZE`] bytes. Each block is deflated by itself, with the 32 KiB before it as the dictionary, and
//! ends on a byte boundary (a sync flush), so that the blocks, joined in order, are one deflate stream in one gzip member. Who
//! compresses which block, and when, leaves no trace. `pigz` works the same way.
//!
//! The block size, the dictionary, the header and the version of the compressor are part of the bundle's format: another value gives
//! other bytes and so another digest for the same files.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

/// How many bytes of content make a block.
pub const BLOCK_SIZE: usize = 256 * 1024;

/// How many bytes before a block serve as its dictionary: deflate's window.
pub(super) const DICTIONARY: usize = 32 * 1024;

/// One member, deflate, no name, no time, "unknown" operating system.
///
/// See [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952#section-2.3).
pub(super) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// How hard to compress, from 1 (fast) to 9 (small).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(u8);

impl Level {
    /// The level, if it is from 1 to 9.
    pub fn new(level: u8) -> Option<Self> {
        (1..=9).contains(&level).then_some(Self(level))
    }
}

impl Default for Level {
    /// The fastest level whose output is no larger than that of `gzip` at its own default, 6.
    fn default() -> Self {
        Self(5)
    }
}

/// Compresses one block, and then is spent.
///
/// Used again it would save some 50 µs a block, but zlib-rs 0.6.8 leaves old bytes in its tables when it is reset, and now and then
/// a block comes out otherwise than from a fresh compressor: the digest would depend on which thread compressed what before.
#[derive(Debug)]
pub struct Deflater {
    state: Compress,
}

impl Deflater {
    /// About the bytes that it holds.
    pub const MEMORY: usize = 376 << 10;

    /// A compressor for one block.
    pub fn new(level: Level) -> Self {
        Self { state: Compress::new(Compression::new(level.0.into()), false) }
    }

    /// Appends the compressed form of `block`, which stands behind `dictionary` in the content, to the empty `out`.
    ///
    /// `last` closes the stream; a last block may be empty.
    pub(super) fn deflate(&mut self, dictionary: &[u8], block: &[u8], last: bool, out: &mut Vec<u8>) -> io::Result<()> {
        debug_assert_eq!(self.state.total_in(), 0, "a compressor is for one block");
        if !dictionary.is_empty() {
            self.state.set_dictionary(dictionary).map_err(io::Error::other)?;
        }
        let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
        out.reserve(block.len() / 3 + 256);
        loop {
            let taken = usize::try_from(self.state.total_in()).map_err(io::Error::other)?;
            let status = self.state.compress_vec(block.get(taken..).unwrap_or_default(), out, flush)?;
            let all_taken = self.state.total_in() == block.len() as u64;
            // Room left in the output means that the compressor had nothing more to say.
            let done = if last { status == Status::StreamEnd } else { all_taken && out.len() < out.capacity() };
            if done {
                return Ok(());
            }
            out.reserve(block.len() / 3 + 256);
        }
    }
}

/// What ends the member: the CRC-32 of the content and its size modulo 2^32.
pub(super) fn trailer(crc: u32, size: u64) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&crc.to_le_bytes());
    bytes[4..].copy_from_slice(&size.to_le_bytes()[..4]);
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn gzip(content: &[u8], level: Level) -> Vec<u8> {
        let mut out = HEADER.to_vec();
        let mut start = 0;
        loop {
            let end = content.len().min(start + BLOCK_SIZE);
            let last = end == content.len();
            let dictionary = &content[start.saturating_sub(DICTIONARY)..start];
            let mut packed = Vec::new();
            Deflater::new(level).deflate(dictionary, &content[start..end], last, &mut packed).unwrap();
            out.extend(packed);
            start = end;
            if last {
                break;
            }
        }
        out.extend(trailer(crc32fast::hash(content), content.len() as u64));
        out
    }

    #[test]
    fn the_blocks_make_one_member_that_any_reader_takes() {
        let noise: Vec<u8> = (0u64..300_000).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
        let text = b"apiVersion: v1\nkind: Namespace\n".repeat(20_000);
        for content in [&b""[..], b"x", &noise, &text, &noise[..BLOCK_SIZE], &noise[..=BLOCK_SIZE]] {
            for level in 1..=9 {
                let packed = gzip(content, Level::new(level).unwrap());
                let mut unpacked = Vec::new();
                flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
                assert!(unpacked == content, "{} bytes at level {level}", content.len());
            }
        }
    }

    /// zlib-rs gets it wrong when one compressor is used again: of these blocks the one at 37 comes out otherwise after the one
    /// at 32.
    #[test]
    fn what_was_compressed_before_leaves_no_trace() {
        let document = |number: u32| {
            format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large-{number}\n  namespace: test\ndata:\n  key: value\n"
            )
        };
        let mut content: Vec<u8> = Vec::new();
        for number in 0..2000 {
            crate::tar::file(&mut content, &format!("team-{}/map-{number}.yaml", number % 7), 93);
            content.extend(document(number).into_bytes());
            content.resize(content.len().next_multiple_of(512), 0);
        }
        content.extend((0..30_000).flat_map(|number| document(number).into_bytes()));
        let blocks: Vec<(&[u8], &[u8])> = content
            .chunks(128 << 10)
            .scan(&[][..], |before: &mut &[u8], block| Some((std::mem::replace(before, block), block)))
            .collect();
        let pack = |(dictionary, block): (&[u8], &[u8])| {
            let mut out = Vec::new();
            Deflater::new(Level::default()).deflate(dictionary, block, false, &mut out).unwrap();
            out
        };
        let alone = pack(blocks[37]);
        for (number, &before) in blocks.iter().enumerate() {
            pack(before);
            assert!(pack(blocks[37]) == alone, "after block {number}");
        }
    }
}
