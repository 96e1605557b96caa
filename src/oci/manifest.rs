//! Descriptors and manifests, as the [OCI image specification](https://github.com/opencontainers/image-spec/tree/v1.1.1) has them.
//!
//! The structs serialise in the order of their fields, and annotations in the order of their keys: equal values give equal bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Digest;

/// Media types that this tool writes or recognises.
pub mod media_type {
    /// An OCI image manifest.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An OCI image index.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// An OCI image config.
    pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// The empty JSON object, as a config that says nothing.
    pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
    /// A layer: a gzipped tar.
    pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A layer: a tar as it is.
    pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
    /// Docker's manifest, version 2 schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's list of manifests, version 2: its index.
    pub const DOCKER_MANIFEST_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker's image config.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// Docker's layer: a gzipped tar.
    pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// Docker's layer: a tar as it is.
    pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
    /// The config of `flux push artifact`.
    pub const FLUX_CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
    /// The layer of `flux push artifact`: a gzipped tar.
    pub const FLUX_LAYER_GZIP: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
    /// The artifact type that `oras push` writes when none is given.
    pub const ORAS_UNKNOWN_ARTIFACT: &str = "application/vnd.unknown.artifact.v1";
}

/// Annotation keys that this tool writes.
pub mod annotation {
    /// When the content was made.
    pub const CREATED: &str = "org.opencontainers.image.created";
    /// Where its source is.
    pub const SOURCE: &str = "org.opencontainers.image.source";
    /// Which revision of the source it is.
    pub const REVISION: &str = "org.opencontainers.image.revision";
    /// A name for the content; on a layer, the file name that `oras pull` gives it.
    pub const TITLE: &str = "org.opencontainers.image.title";
    /// In an image layout's index: the tag.
    pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
    /// Tells `oras pull` to unpack the layer.
    pub const ORAS_UNPACK: &str = "io.deis.oras.content.unpack";
    /// The digest of the tar inside a gzipped layer, which `oras pull` checks.
    pub const ORAS_DIGEST: &str = "io.deis.oras.content.digest";
}

/// What names a blob: its media type, digest and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the bytes are.
    pub media_type: String,
    /// Their digest.
    pub digest: Digest,
    /// Their number.
    pub size: u64,
    /// Notes on this use of the blob.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The bytes themselves in base64, for tiny blobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// An image manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// The manifest's own media type.
    pub media_type: String,
    /// What kind of artifact it is, where it is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The config blob.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// Notes on the image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}
