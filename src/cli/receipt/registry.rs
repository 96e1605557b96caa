//! What the commands that only speak to a registry print for machines.

use serde::Serialize;

use super::{Part, TagStatus};
use crate::credentials::Credential;
use crate::oci::{Descriptor, Reference, Tag};
use crate::report;
use crate::store::Placed;
use crate::store::registry::Identity;

/// An image at a registry: `consign digest REF`.
pub(in crate::cli) fn of_descriptor(reference: &Reference, descriptor: &Descriptor) -> String {
    #[derive(Serialize)]
    struct Resolved {
        reference: String,
        #[serde(flatten)]
        part: Part,
    }
    report::safe_json(&Resolved { reference: pinned(reference, descriptor), part: descriptor.into() })
}

/// What became of the tags: `consign tag`.
pub(in crate::cli) fn of_tagged(
    reference: &Reference,
    descriptor: &Descriptor,
    identity: &Identity,
    tags: &[(Tag, Placed)],
) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Tagged<'a> {
        repository: String,
        reference: String,
        #[serde(flatten)]
        part: Part,
        tags: Vec<&'a str>,
        tag_status: Vec<TagStatus>,
        account: Option<&'a str>,
        credential_source: &'a str,
    }
    report::safe_json(&Tagged {
        repository: reference.name(),
        reference: pinned(reference, descriptor),
        part: descriptor.into(),
        tags: tags.iter().map(|(tag, _)| tag.as_str()).collect(),
        tag_status: tags.iter().map(TagStatus::from).collect(),
        account: identity.account.as_deref(),
        credential_source: &identity.source,
    })
}

/// The tags of a repository: `consign ls`.
pub(in crate::cli) fn of_tags(repository: &Reference, tags: &[String]) -> String {
    #[derive(Serialize)]
    struct Listed<'a> {
        repository: String,
        tags: &'a [String],
    }
    report::safe_json(&Listed { repository: repository.name(), tags })
}

/// As whom a registry would be spoken to: `consign auth`. The secret is no part of it.
pub(in crate::cli) fn of_credential(host: &str, repository: Option<&Reference>, credential: &Credential) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Found<'a> {
        host: &'a str,
        repository: Option<String>,
        account: Option<&'a str>,
        credential_source: &'a str,
        expires: Option<String>,
        tried: Vec<Tried<'a>>,
    }
    #[derive(Serialize)]
    struct Tried<'a> {
        source: &'a str,
        outcome: &'a str,
    }
    report::safe_json(&Found {
        host,
        repository: repository.map(Reference::name),
        account: credential.account.as_deref(),
        credential_source: &credential.source,
        expires: credential.expires.map(|expires| expires.to_string()),
        tried: credential.tried.iter().map(|step| Tried { source: &step.source, outcome: &step.outcome }).collect(),
    })
}

/// The image by digest: what a deployment pins.
fn pinned(reference: &Reference, descriptor: &Descriptor) -> String {
    format!("{}@{}", reference.name(), descriptor.digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Blob;
    use serde_json::json;

    fn parsed(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_image_is_pinned_by_its_digest() {
        let reference: Reference = "r.io/a:v1".parse().unwrap();
        let image = Blob::from_bytes("m", b"{}".as_slice()).descriptor;
        let pinned = format!("r.io/a@{}", image.digest);
        assert_eq!(
            parsed(&of_descriptor(&reference, &image)),
            json!({"reference": pinned, "mediaType": "m", "digest": image.digest.to_string(), "size": 2})
        );
        let identity = Identity { account: None, source: "anonymous".into() };
        let tags = [("v2".parse().unwrap(), Placed::Written)];
        assert_eq!(
            parsed(&of_tagged(&reference, &image, &identity, &tags)),
            json!({
                "repository": "r.io/a", "reference": pinned,
                "mediaType": "m", "digest": image.digest.to_string(), "size": 2,
                "tags": ["v2"], "tagStatus": [{"tag": "v2", "status": "written"}],
                "account": null, "credentialSource": "anonymous"
            })
        );
    }

    #[test]
    fn a_list_of_tags_holds_what_the_registry_says() {
        let repository = "r.io/a".parse().unwrap();
        let text = of_tags(&repository, &["v1".into(), "odd\u{1b}".into()]);
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(parsed(&text), json!({"repository": "r.io/a", "tags": ["v1", "odd\u{1b}"]}));
    }
}
