//! The vocabulary of the OCI specifications: reference, digest, descriptor, manifest, image and blob.

mod digest;
mod image;
mod manifest;

pub use digest::{Digest, Hasher, NotADigest};
pub use image::{Blob, BlobReader, Image};
pub use manifest::{Descriptor, Manifest, annotation, media_type};
