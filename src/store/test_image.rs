//! An image for the tests of this room and of the transfer.

use std::sync::Arc;

use super::Store;
use crate::error::Error;
use crate::notice::Notice;
use crate::oci::{Blob, Descriptor, Image, Manifest, Tag, media_type};
use crate::runtime;
use crate::transfer::{self, Options, Transferred};

/// Copies an image without much ado.
pub(crate) fn copy(image: &Image, store: &mut Store, tags: &[Tag], notice: &dyn Notice) -> Result<Transferred, Error> {
    let image = Arc::new(image.clone());
    let options = Options::default();
    let copying = transfer::copy(&image, store, tags, &options, notice);
    runtime::block_on(copying).unwrap().map(Option::unwrap)
}

/// An image whose layer is `text`.
pub(crate) fn image(text: &str) -> Image {
    image_of(Blob::from_bytes(media_type::OCI_LAYER_GZIP, text.as_bytes()))
}

/// An image with this layer.
pub(crate) fn image_of(layer: Blob) -> Image {
    let config = Blob::from_bytes(media_type::OCI_CONFIG, b"{}".as_slice());
    let manifest = Manifest {
        schema_version: 2,
        media_type: media_type::OCI_MANIFEST.to_owned(),
        artifact_type: None,
        config: config.descriptor.clone(),
        layers: vec![layer.descriptor.clone()],
        annotations: std::collections::BTreeMap::new(),
    };
    let bytes = serde_json::to_vec(&manifest).unwrap();
    Image { manifest: Blob::from_bytes(media_type::OCI_MANIFEST, bytes), blobs: vec![config, layer] }
}

/// A layer that claims to be `text` and has other bytes of the same length.
pub(crate) fn corrupt(text: &str) -> Blob {
    let Descriptor { media_type, digest, size, .. } =
        Blob::from_bytes(media_type::OCI_LAYER_GZIP, text.as_bytes()).descriptor;
    let descriptor =
        Descriptor { media_type, digest, size, annotations: std::collections::BTreeMap::new(), data: None };
    Blob::in_memory(descriptor, "x".repeat(text.len()).into_bytes())
}
