//! From a layer to an image: config, manifest, and the flavours of their media types.

use std::collections::BTreeMap;

use serde::Serialize;

use super::layer::{Compression, Layer};
use crate::error::{Error, Kind};
use crate::oci::{Blob, Descriptor, Digest, Image, Manifest, annotation, media_type};

/// The flavour of an image: which media types its parts are called by. The bytes of the layer are the same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaTypes {
    /// Those of the OCI image specification: Config Sync, Flux and Argo CD all take them.
    #[default]
    Oci,
    /// Those of `flux push artifact`, for an `OCIRepository` whose layer selector asks for them. Argo CD refuses them.
    Flux,
    /// Those of `crane append`. Argo CD refuses them; there are no annotations.
    Docker,
    /// Those of `oras push`: an artifact with an empty config.
    Oras,
}

impl MediaTypes {
    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oci => "oci",
            Self::Flux => "flux",
            Self::Docker => "docker",
            Self::Oras => "oras",
        }
    }

    const fn manifest(self) -> &'static str {
        match self {
            Self::Oci | Self::Flux | Self::Oras => media_type::OCI_MANIFEST,
            Self::Docker => media_type::DOCKER_MANIFEST,
        }
    }

    const fn config(self) -> &'static str {
        match self {
            Self::Oci => media_type::OCI_CONFIG,
            Self::Flux => media_type::FLUX_CONFIG,
            Self::Docker => media_type::DOCKER_CONFIG,
            Self::Oras => media_type::OCI_EMPTY,
        }
    }

    /// The layer's media type; none where the flavour has no name for an uncompressed tar.
    const fn layer(self, compression: Compression) -> Option<&'static str> {
        match (self, compression) {
            (Self::Oci | Self::Oras, Compression::Gzip(_)) => Some(media_type::OCI_LAYER_GZIP),
            (Self::Oci | Self::Oras, Compression::None) => Some(media_type::OCI_LAYER),
            (Self::Flux, Compression::Gzip(_)) => Some(media_type::FLUX_LAYER_GZIP),
            (Self::Flux, Compression::None) => None,
            (Self::Docker, Compression::Gzip(_)) => Some(media_type::DOCKER_LAYER_GZIP),
            (Self::Docker, Compression::None) => Some(media_type::DOCKER_LAYER),
        }
    }
}

/// How an image is dressed: all that changes its digest without changing its content, nothing of it by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dress {
    /// The flavour.
    pub media_types: MediaTypes,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// When the content was made, in RFC 3339 and UTC; goes into the config and the annotations.
    pub created: Option<String>,
}

impl Dress {
    /// Finds contradictions before any work is done: a flavour that cannot be dressed so, or not compressed so.
    pub fn check(&self, compression: Compression) -> Result<(), Error> {
        if self.media_types == MediaTypes::Docker && !self.annotations.is_empty() {
            return Err(Error::new(Kind::Usage, "an image with `--media-types docker` has no annotations")
                .hint("leave out `--annotation`, `--source`, `--revision` and `--git`, or use `--media-types oci`"));
        }
        if self.media_types.layer(compression).is_none() {
            return Err(Error::new(
                Kind::Usage,
                format!(
                    "there is no media type for `--media-types {}` with `--compression none`",
                    self.media_types.as_str()
                ),
            )
            .hint("Flux refuses a layer that is not gzipped: leave out `--compression none`"));
        }
        Ok(())
    }
}

/// The image config; its fields stand in the order they are written.
///
/// No consumer reads it. It makes `docker pull` and `crane validate` mean something, and the platform is fixed so that a consumer
/// that picks one finds it wherever the bundle was made.
#[derive(Serialize)]
struct Config<'a> {
    created: &'a str,
    architecture: &'static str,
    os: &'static str,
    #[serde(rename = "config")]
    settings: Empty,
    rootfs: RootFs,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct RootFs {
    r#type: &'static str,
    diff_ids: [Digest; 1],
}

const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Makes the image of `layer`.
///
/// Fails as [`Dress::check`] does.
pub fn image(layer: &Layer, dress: &Dress) -> Result<Image, Error> {
    dress.check(layer.compression)?;
    let kind = dress.media_types;
    let config = config(layer, dress)?;
    let mut layer_blob = layer.blob.clone();
    layer_blob.descriptor = layer_descriptor(layer, kind)?;
    let mut annotations = dress.annotations.clone();
    if let (Some(created), true) = (&dress.created, kind != MediaTypes::Docker) {
        annotations.insert(annotation::CREATED.to_owned(), created.clone());
    }
    let manifest = Manifest {
        schema_version: 2,
        media_type: kind.manifest().to_owned(),
        artifact_type: (kind == MediaTypes::Oras).then(|| media_type::ORAS_UNKNOWN_ARTIFACT.to_owned()),
        config: config.descriptor.clone(),
        layers: vec![layer_blob.descriptor.clone()],
        annotations,
    };
    Ok(Image { manifest: Blob::from_bytes(kind.manifest(), json(&manifest)?), blobs: vec![config, layer_blob] })
}

fn config(layer: &Layer, dress: &Dress) -> Result<Blob, Error> {
    let media_type = dress.media_types.config();
    if dress.media_types == MediaTypes::Oras {
        let mut blob = Blob::from_bytes(media_type, *b"{}");
        blob.descriptor.data = Some("e30=".to_owned());
        return Ok(blob);
    }
    let config = Config {
        created: dress.created.as_deref().unwrap_or(EPOCH),
        architecture: "amd64",
        os: "linux",
        settings: Empty {},
        rootfs: RootFs { r#type: "layers", diff_ids: [layer.diff_id] },
    };
    Ok(Blob::from_bytes(media_type, json(&config)?))
}

/// The layer's descriptor; a gzipped layer tells `oras pull`, which otherwise writes nothing, to unpack it in place.
fn layer_descriptor(layer: &Layer, kind: MediaTypes) -> Result<Descriptor, Error> {
    let media_type = kind
        .layer(layer.compression)
        .ok_or_else(|| Error::new(Kind::Usage, "this flavour has no media type for an uncompressed layer"))?;
    let mut descriptor = layer.blob.descriptor.clone();
    media_type.clone_into(&mut descriptor.media_type);
    if kind != MediaTypes::Docker && layer.compression != Compression::None {
        descriptor.annotations = BTreeMap::from([
            (annotation::TITLE.to_owned(), ".".to_owned()),
            (annotation::ORAS_UNPACK.to_owned(), "true".to_owned()),
            (annotation::ORAS_DIGEST.to_owned(), layer.diff_id.to_string()),
        ]);
    }
    Ok(descriptor)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::new(Kind::Local, "cannot write the manifest as JSON").because(error))
}
