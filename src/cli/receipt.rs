//! The receipt of a push as JSON. Its shape is described in `docs/json.md` and stays as it is.

use serde::Serialize;

use crate::error::Error;
use crate::oci::{Descriptor, Digest, Image};
use crate::pack::Packed;
use crate::push::{Delivery, Pushed};
use crate::store::Placed;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipt {
    dry_run: bool,
    digest: Option<Digest>,
    media_type: Option<String>,
    size: Option<u64>,
    config: Option<Part>,
    layer: Option<Layer>,
    files: usize,
    objects: Option<usize>,
    errors: usize,
    warnings: usize,
    targets: Vec<Target>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    media_type: String,
    digest: Digest,
    size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    #[serde(flatten)]
    part: Part,
    diff_id: Digest,
    tar_size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    repository: String,
    reference: String,
    tags: Vec<String>,
    blobs: Vec<Blob>,
    error: Option<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    #[serde(flatten)]
    part: Part,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    exit_code: u8,
    message: String,
    hint: Option<String>,
}

impl From<&Descriptor> for Part {
    fn from(descriptor: &Descriptor) -> Self {
        Self { media_type: descriptor.media_type.clone(), digest: descriptor.digest, size: descriptor.size }
    }
}

impl Receipt {
    pub(super) fn new(pushed: &Pushed, dry_run: bool) -> Self {
        let mut receipt = Self::of_image(&pushed.packed, pushed.image.as_ref());
        receipt.dry_run = dry_run;
        if let Some(image) = &pushed.image {
            receipt.targets = pushed.deliveries.iter().map(|delivery| Target::new(delivery, image.digest())).collect();
        }
        receipt
    }

    /// The receipt of an image that goes nowhere.
    pub(super) fn of_image(packed: &Packed, image: Option<&Image>) -> Self {
        let manifest = image.map(|image| &image.manifest.descriptor);
        let blob =
            |index: usize| image.and_then(|image| image.blobs.get(index)).map(|blob| Part::from(&blob.descriptor));
        let layer = blob(1).zip(packed.layer.as_ref());
        Self {
            dry_run: true,
            digest: manifest.map(|manifest| manifest.digest),
            media_type: manifest.map(|manifest| manifest.media_type.clone()),
            size: manifest.map(|manifest| manifest.size),
            config: blob(0),
            layer: layer.map(|(part, layer)| Layer { part, diff_id: layer.diff_id, tar_size: layer.tar_size }),
            files: packed.files,
            objects: packed.summary.as_ref().map(|summary| summary.objects),
            errors: packed.findings.errors(),
            warnings: packed.findings.warnings(),
            targets: Vec::new(),
        }
    }

    pub(super) fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| Error::new(crate::error::Kind::Local, "cannot write the receipt as JSON").because(error))
    }
}

impl Target {
    fn new(delivery: &Delivery, digest: Digest) -> Self {
        let (blobs, error) = match &delivery.outcome {
            Ok(Some(transferred)) => (transferred.blobs.iter().map(Blob::new).collect(), None),
            Ok(None) => (Vec::new(), None),
            Err(error) => (
                Vec::new(),
                Some(Failure {
                    exit_code: error.kind().exit_code(),
                    message: error.to_string(),
                    hint: error.hint_text().map(ToOwned::to_owned),
                }),
            ),
        };
        Self {
            repository: delivery.repository.clone(),
            reference: format!("{}@{digest}", delivery.repository),
            tags: delivery.tags.iter().map(ToString::to_string).collect(),
            blobs,
            error,
        }
    }
}

impl Blob {
    fn new((descriptor, placed): &(Descriptor, Placed)) -> Self {
        let status = match placed {
            Placed::Written => "uploaded",
            Placed::AlreadyThere => "alreadyThere",
        };
        Self { part: Part::from(descriptor), status }
    }
}
