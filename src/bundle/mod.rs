//! The bytes of a bundle: the deterministic layer, its gzip, the image config and the manifest.
//!
//! The format, and the reason for each part of it, is in `docs/architecture.md`. Nothing here reads files or checks objects; `pack`
//! brings the content in order.

mod gzip;
mod image;
mod layer;
mod spool;
mod unpack;

pub use gzip::{BLOCK_SIZE, Deflater, Level};
pub use image::{Dress, MediaTypes, image};
pub use layer::{Block, Compression, Cutter, End, Joiner, Layer};
pub(crate) use spool::Spool;
pub use unpack::{Limits, unpack};
