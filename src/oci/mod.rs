//! The vocabulary of the OCI specifications: reference, digest, descriptor, manifest, image and blob.

mod artifact_registry;
mod digest;
mod fault;
mod host;
mod image;
mod manifest;
mod reference;
mod tag;
mod target;

pub(crate) use host::is_meant as is_meant_as_host;

pub use artifact_registry::ArtifactRegistry;
pub use digest::{Digest, Hasher, NotADigest};
pub use image::{Blob, BlobReader, Image};
pub use manifest::{Descriptor, Manifest, annotation, media_type};
pub use reference::Reference;
pub use tag::Tag;
pub use target::Target;
