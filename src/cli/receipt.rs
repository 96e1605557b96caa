//! The receipt of a push as JSON, and what else is printed for machines. The shapes are described in `docs/json.md` and stay as they are.

mod registry;
mod status;

pub(super) use registry::{of_credential, of_descriptor, of_tagged, of_tags};
pub(super) use status::{Waited, of_expected, of_status};

use serde::Serialize;

use crate::error::Error;
use crate::finding::Rule;
use crate::oci::{Descriptor, Digest, Image, Tag};
use crate::pack::Packed;
use crate::push::{Delivery, Pushed};
use crate::report::{self, Origin, Reported};
use crate::store::Placed;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<'a, R> {
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
    wait: Option<Waited<'a>>,
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
    tag_status: Vec<TagStatus>,
    account: Option<String>,
    credential_source: Option<String>,
    blobs: Vec<Blob>,
    error: Option<Failure>,
}

/// What became of a tag.
#[derive(Serialize)]
struct TagStatus {
    tag: String,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    #[serde(flatten)]
    part: Part,
    status: &'static str,
    mounted_from: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    exit_code: u8,
    message: String,
    hint: Option<String>,
}

impl From<&Descriptor> for Part {
    fn from(descriptor: &Descriptor) -> Self {
        Self { media_type: descriptor.media_type.clone(), digest: descriptor.digest, size: descriptor.size }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            exit_code: error.kind().exit_code(),
            message: report::without_passwords(&error.to_string()),
            hint: error.hint_text().map(report::without_passwords),
        }
    }
}

impl From<&(Tag, Placed)> for TagStatus {
    fn from((tag, placed): &(Tag, Placed)) -> Self {
        let status = if *placed == Placed::AlreadyThere { "alreadyThere" } else { "written" };
        Self { tag: tag.to_string(), status }
    }
}

/// A failure that leaves nothing else to print.
pub(super) fn of_failure(error: &Error) -> String {
    #[derive(Serialize)]
    struct Failed {
        error: Failure,
    }
    report::safe_json(&Failed { error: error.into() })
}

/// Rules, as `consign rules` tells them.
pub(super) fn of_rules(rules: &[&Rule]) -> String {
    #[derive(Serialize)]
    struct Rules<'a> {
        rules: Vec<Row<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Row<'a> {
        id: &'a str,
        severity: &'a str,
        title: &'a str,
        help: &'a str,
        refused_by: Vec<&'a str>,
    }
    let rules = rules.iter().map(|rule| Row {
        id: rule.id,
        severity: rule.severity.as_str(),
        title: rule.title,
        help: rule.help,
        refused_by: rule.refused_by.iter().map(|who| who.as_str()).collect(),
    });
    report::safe_json(&Rules { rules: rules.collect() })
}

/// The receipt of a push.
pub(super) fn of_push(pushed: &Pushed, origin: &Origin, dry_run: bool, wait: Option<Waited<'_>>) -> String {
    let targets = pushed
        .image
        .iter()
        .flat_map(|image| pushed.deliveries.iter().map(|delivery| Target::new(delivery, &image.manifest.descriptor)));
    write(&pushed.packed, origin, pushed.image.as_deref(), dry_run, targets.collect(), wait)
}

/// The receipt of an image that goes nowhere.
pub(super) fn of_image(packed: &Packed, origin: &Origin, image: Option<&Image>) -> String {
    write(packed, origin, image, true, Vec::new(), None)
}

fn write(
    packed: &Packed,
    origin: &Origin,
    image: Option<&Image>,
    dry_run: bool,
    targets: Vec<Target>,
    wait: Option<Waited<'_>>,
) -> String {
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
        findings: report::rows(&Reported::all(&packed.findings.sorted(), origin)),
        targets,
        wait,
    })
}

impl Target {
    fn new(delivery: &Delivery, manifest: &Descriptor) -> Self {
        let (transferred, error) = match &delivery.outcome {
            Ok(transferred) => (transferred.as_ref(), None),
            Err(error) => (None, Some(error.into())),
        };
        let identity = delivery.identity.as_ref();
        Self {
            repository: delivery.repository.clone(),
            reference: format!("{}@{}", delivery.repository, manifest.digest),
            digest: manifest.digest,
            media_type: manifest.media_type.clone(),
            size: manifest.size,
            tags: delivery.tags.iter().map(ToString::to_string).collect(),
            tag_status: transferred.iter().flat_map(|done| &done.tags).map(TagStatus::from).collect(),
            account: identity.and_then(|identity| identity.account.clone()),
            credential_source: identity.map(|identity| identity.source.clone()),
            blobs: transferred.iter().flat_map(|done| &done.blobs).map(Blob::new).collect(),
            error,
        }
    }
}

impl Blob {
    fn new((descriptor, placed): &(Descriptor, Placed)) -> Self {
        let (status, mounted_from) = match placed {
            Placed::Written => ("uploaded", None),
            Placed::AlreadyThere => ("alreadyThere", None),
            Placed::Mounted(from) => ("mounted", Some(from.clone())),
        };
        Self { part: Part::from(descriptor), status, mounted_from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::oci::Blob;
    use crate::store::registry::Identity;
    use crate::transfer::Transferred;

    fn delivery(outcome: Result<Option<Transferred>, Error>) -> serde_json::Value {
        let identity = Identity { account: Some("me@r.io".into()), source: "CONSIGN_TOKEN".into() };
        let tags = vec!["v1".parse().unwrap(), "v2".parse().unwrap()];
        let delivery = Delivery { repository: "r.io/a".into(), tags, identity: Some(identity), outcome };
        let manifest = Blob::from_bytes("m", b"{}".as_slice()).descriptor;
        serde_json::to_value(Target::new(&delivery, &manifest)).unwrap()
    }

    #[test]
    fn a_delivery_tells_as_whom_and_what_became_of_everything() {
        let blob = |text: &'static str| Blob::from_bytes("b", text.as_bytes()).descriptor;
        let target = delivery(Ok(Some(Transferred {
            blobs: vec![
                (blob("1"), Placed::Written),
                (blob("2"), Placed::AlreadyThere),
                (blob("3"), Placed::Mounted("b".into())),
            ],
            manifest: Placed::Written,
            tags: vec![("v1".parse().unwrap(), Placed::AlreadyThere), ("v2".parse().unwrap(), Placed::Written)],
        })));
        assert_eq!((&target["account"], &target["credentialSource"]), (&"me@r.io".into(), &"CONSIGN_TOKEN".into()));
        let statuses = target["blobs"].as_array().unwrap().iter().map(|blob| (&blob["status"], &blob["mountedFrom"]));
        let null = &serde_json::Value::Null;
        let expected = [(&"uploaded".into(), null), (&"alreadyThere".into(), null), (&"mounted".into(), &"b".into())];
        assert!(statuses.eq(expected), "{target}");
        assert_eq!(target["tags"], serde_json::json!(["v1", "v2"]));
        assert_eq!(
            target["tagStatus"],
            serde_json::json!([{"tag": "v1", "status": "alreadyThere"}, {"tag": "v2", "status": "written"}])
        );
    }

    #[test]
    fn a_delivery_that_failed_tells_why_and_as_whom() {
        let target = delivery(Err(Error::new(Kind::Denied, "no").hint("log in")));
        assert_eq!(target["error"], serde_json::json!({"exitCode": 3, "message": "no", "hint": "log in"}));
        assert_eq!(target["account"], "me@r.io");
        assert_eq!((&target["blobs"], &target["tagStatus"]), (&serde_json::json!([]), &serde_json::json!([])));
    }

    #[test]
    fn a_failure_by_itself_is_an_object_too() {
        let text = of_failure(&Error::new(Kind::Network, "GET https://r.io: \u{1b}"));
        assert!(!text.contains('\u{1b}'));
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["error"]["exitCode"], 5);
        assert_eq!(json["error"]["hint"], serde_json::Value::Null);
    }
}
