//! The receipt of a push as JSON. Its shape is described in `docs/json.md` and stays as it is.

use serde::Serialize;

use crate::oci::{Descriptor, Digest, Image};
use crate::pack::Packed;
use crate::push::{Delivery, Pushed};
use crate::report;
use crate::store::Placed;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<R> {
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
    findings: R,
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
    digest: Digest,
    media_type: String,
    size: u64,
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

/// The receipt of a push.
pub(super) fn of_push(pushed: &Pushed, dry_run: bool) -> String {
    let targets = pushed
        .image
        .iter()
        .flat_map(|image| pushed.deliveries.iter().map(|delivery| Target::new(delivery, &image.manifest.descriptor)));
    write(&pushed.packed, pushed.image.as_ref(), dry_run, targets.collect())
}

/// The receipt of an image that goes nowhere.
pub(super) fn of_image(packed: &Packed, image: Option<&Image>) -> String {
    write(packed, image, true, Vec::new())
}

fn write(packed: &Packed, image: Option<&Image>, dry_run: bool, targets: Vec<Target>) -> String {
    let manifest = image.map(|image| &image.manifest.descriptor);
    let blob = |index: usize| image.and_then(|image| image.blobs.get(index)).map(|blob| Part::from(&blob.descriptor));
    let layer = blob(1).zip(packed.layer.as_ref());
    report::safe_json(&Receipt {
        dry_run,
        digest: manifest.map(|manifest| manifest.digest),
        media_type: manifest.map(|manifest| manifest.media_type.clone()),
        size: manifest.map(|manifest| manifest.size),
        config: blob(0),
        layer: layer.map(|(part, layer)| Layer { part, diff_id: layer.diff_id, tar_size: layer.tar_size }),
        files: packed.files,
        objects: packed.summary.as_ref().map(|summary| summary.objects),
        errors: packed.findings.errors(),
        warnings: packed.findings.warnings(),
        findings: report::rows(&packed.findings.sorted()),
        targets,
    })
}

impl Target {
    fn new(delivery: &Delivery, manifest: &Descriptor) -> Self {
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
            reference: format!("{}@{}", delivery.repository, manifest.digest),
            digest: manifest.digest,
            media_type: manifest.media_type.clone(),
            size: manifest.size,
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
