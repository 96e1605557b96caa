//! Manifests in and out, and the tags that name them.

use super::api::with_digest;
use super::config::Mode;
use super::server::{Call, World};
use super::store::Manifest;
use super::wire::{Answer, Framing, Head, sha256};

/// The longest manifest.
const LIMIT: u64 = 4 << 20;

/// HEAD and GET, by tag or digest. The stored type must be one that the client takes.
pub fn get(world: &World, head: &Head, name: &str, reference: &str) -> Result<Answer, Answer> {
    let store = world.store();
    let unknown = |message: &str| Answer::error(404, "MANIFEST_UNKNOWN", message, "");
    let (digest, manifest) = store.manifest(name, reference).ok_or_else(|| unknown("manifest unknown"))?;
    let accepted = head
        .headers
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case("accept"))
        .flat_map(|(_, value)| value.split(','));
    let mut accepted = accepted.map(|value| value.split(';').next().unwrap_or_default().trim());
    if world.config.mode != Mode::Lenient && !accepted.any(|media_type| media_type == manifest.media_type) {
        return Err(unknown(&format!(
            "the manifest is of type {}, which the Accept header does not have",
            manifest.media_type
        )));
    }
    let answer = Answer::new(200).body(&manifest.media_type, manifest.bytes.clone());
    Ok(with_digest(answer, digest, world.config.digest_header))
}

/// PUT, under a tag or its digest.
pub fn put(world: &World, call: &Call<'_>, name: &str, reference: &str) -> Result<Answer, Answer> {
    let invalid = |message: &str| Answer::error(400, "MANIFEST_INVALID", message, "");
    match call.body.framing {
        Framing::Length(length) if length > LIMIT => {
            return Err(Answer::error(413, "SIZE_INVALID", "a manifest has 4 MiB at most", ""));
        }
        Framing::Length(_) => {}
        Framing::None | Framing::Chunked => return Err(Answer::new(411)),
    }
    let bytes = &call.body.bytes;
    let manifest: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| invalid(&error.to_string()))?;
    let digest = sha256(bytes);
    let media_type = call.head.header("content-type").unwrap_or_default();
    let tag = if reference.contains(':') {
        if reference != digest {
            return Err(Answer::error(
                400,
                "DIGEST_INVALID",
                "provided digest did not match uploaded content",
                &digest,
            ));
        }
        None
    } else {
        Some(reference)
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err(Answer::error(400, "TAG_INVALID", "the tag is not one", ""));
    }
    let mut store = world.store();
    if world.config.mode != Mode::Lenient {
        if manifest["schemaVersion"] != 2 {
            return Err(invalid("schemaVersion is not 2"));
        }
        if manifest.get("mediaType").is_some_and(|inside| inside != media_type) || media_type.is_empty() {
            return Err(invalid(&format!(
                "the Content-Type is {media_type:?}, the mediaType {}",
                manifest["mediaType"]
            )));
        }
        if let Some(missing) = store.missing(name, &manifest) {
            let (status, code) = world.config.missing_blob;
            return Err(Answer::error(status, code, "blob unknown to registry", &missing));
        }
    }
    let named = tag.and_then(|tag| store.repositories.get(name)?.tags.get(tag).map(|digest| (tag, digest)));
    if let Some((tag, _)) = named.filter(|(_, now)| world.config.immutable_tags && **now != digest) {
        return Err(invalid(&format!("cannot update tag {tag}. The repository has enabled tag immutability")));
    }
    if store.missing(name, &manifest).is_some() {
        store.early.push((name.to_owned(), reference.to_owned()));
    }
    store.put_manifest(name, tag, &digest, Manifest { media_type: media_type.to_owned(), bytes: bytes.clone() });
    let answer = Answer::new(201).header("Location", format!("/v2/{name}/manifests/{digest}"));
    let answer = match manifest["subject"]["digest"].as_str() {
        Some(subject) => answer.header("OCI-Subject", subject),
        None => answer,
    };
    Ok(with_digest(answer, &digest, world.config.put_digest_header))
}

fn is_tag(text: &str) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.len() <= 128
        && text.as_bytes().first().is_some_and(word)
        && text.bytes().all(|byte| word(&byte) || byte == b'.' || byte == b'-')
}
