//! Manifests and tags of a repository: what names what, and putting a manifest under a name.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode, header};

use super::explain;
use super::{Guard, Hint, Registry};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Body, Patience, Request};
use crate::notice::Event;
use crate::oci::{Blob, Descriptor, Digest, Tag, media_type};
use crate::store::Placed;

/// What a manifest request takes: images and indexes, OCI's and Docker's. A registry may say 404 to whoever does not take what it has.
const ACCEPTED: [&str; 4] =
    [media_type::OCI_MANIFEST, media_type::OCI_INDEX, media_type::DOCKER_MANIFEST, media_type::DOCKER_MANIFEST_LIST];

/// The [specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests) asks registries to take 4 MiB.
const LARGEST_MANIFEST: usize = 4 << 20;

const DIGEST: &str = "docker-content-digest";

/// What became of a manifest that was put.
pub(super) enum Put {
    Done,
    /// The registry misses blobs: its words.
    BlobsMissing(Error),
}

impl Registry {
    /// The request that asks what `name`, a tag or a digest, names. It may come before any other: [`Session::login`] finds out with it
    /// what the registry wants to see.
    ///
    /// [`Session::login`]: super::session::Session::login
    pub(super) fn head(&self, name: &str) -> Result<Request, Error> {
        Ok(self.request(Method::HEAD, name)?.patience(Patience::Brief))
    }

    fn request(&self, method: Method, name: &str) -> Result<Request, Error> {
        Ok(Request::new(method, self.manifest_address(name)?).header(header::ACCEPT, &ACCEPTED.join(", ")))
    }

    fn manifest_address(&self, name: &str) -> Result<Address, Error> {
        self.address(&format!("manifests/{name}"))
    }

    /// Asks what `name` names.
    pub(super) async fn look_up(&self, name: &str) -> Result<Hint, Error> {
        let answer = self.session.send(&self.head(name)?).await?;
        self.hint(name, &answer).await
    }

    /// What the answer to a HEAD of `name` shows.
    pub(super) async fn hint(&self, name: &str, answer: &Answer) -> Result<Hint, Error> {
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(Hint::Absent),
            StatusCode::TOO_MANY_REQUESTS => return Err(self.refused("cannot look at", answer).await),
            _ => return Ok(Hint::Unknown),
        }
        if let Some(digest) = stated_digest(answer) {
            return Ok(Hint::Names(digest));
        }
        self.hashed(name).await
    }

    async fn get(&self, name: &str) -> Result<Answer, Error> {
        self.session.send(&self.request(Method::GET, name)?.answer_limit(LARGEST_MANIFEST)).await
    }

    /// What `name` names, found by hashing it.
    async fn hashed(&self, name: &str) -> Result<Hint, Error> {
        let answer = self.get(name).await?;
        Ok(if answer.status == StatusCode::OK { Hint::Names(Digest::of(&answer.body)) } else { Hint::Unknown })
    }

    /// What the tag or the digest of a reference names: the manifest's media type, digest and size.
    ///
    /// Fails with [`Kind::NotFound`] where there is none, and with [`Kind::Integrity`] where both are given and the tag names
    /// something else.
    pub async fn resolve(&self, tag: Option<&Tag>, digest: Option<Digest>) -> Result<Descriptor, Error> {
        let name = name_of(tag, digest)?;
        let answer = self.session.send(&self.head(&name)?).await?;
        let media_type = answer.header("content-type").map(ToOwned::to_owned);
        let size = answer.header("content-length").and_then(|size| size.parse().ok());
        if let (StatusCode::OK, Some(found), Some(media_type), Some(size)) =
            (answer.status, stated_digest(&answer), media_type, size)
            && is_manifest(&media_type)
        {
            self.expect(&name, found, digest)?;
            return Ok(Descriptor { media_type, digest: found, size, annotations: BTreeMap::new(), data: None });
        }
        // Whatever the HEAD left open, or refused without a word.
        Ok(self.manifest(tag, digest).await?.descriptor)
    }

    /// The manifest or index itself, its digest verified; otherwise as [`Registry::resolve`].
    pub async fn manifest(&self, tag: Option<&Tag>, digest: Option<Digest>) -> Result<Blob, Error> {
        let name = name_of(tag, digest)?;
        let answer = self.get(&name).await?;
        if answer.status != StatusCode::OK {
            let error = self.refused("cannot get", &answer).await;
            return Err(if error.kind() == Kind::NotFound { self.not_found(&name, &error) } else { error });
        }
        let media_type = answer.header("content-type").unwrap_or("nothing that says what it is");
        if !is_manifest(media_type) {
            let message =
                format!("GET {}: the answer is {}, not an image manifest", answer.address, media_type.escape_debug());
            return Err(Error::new(Kind::Network, message).hint(format!(
                "does {} speak the distribution specification? A proxy or a login page may have answered",
                self.session.host()
            )));
        }
        let blob = Blob::from_bytes(essence(media_type), answer.body.to_vec());
        let found = blob.descriptor.digest;
        if let Some(stated) = stated_digest(&answer).filter(|stated| *stated != found) {
            return Err(Error::new(
                Kind::Integrity,
                format!("GET {}: the answer says its digest is {stated}, but it is {found}", answer.address),
            ));
        }
        self.expect(&name, found, digest)?;
        Ok(blob)
    }

    fn expect(&self, name: &str, found: Digest, expected: Option<Digest>) -> Result<(), Error> {
        match expected {
            Some(expected) if expected != found => {
                Err(Error::new(Kind::Integrity, format!("`{}` names {found}, not {expected}", self.shown(name)))
                    .hint("the tag was moved, or the reference is wrong"))
            }
            _ => Ok(()),
        }
    }

    fn not_found(&self, name: &str, error: &Error) -> Error {
        let hint =
            error.hint_text().map_or_else(|| format!("`consign ls {}` lists the tags", self.name()), ToOwned::to_owned);
        Error::new(Kind::NotFound, format!("there is no `{}`: {}", self.shown(name), error.headline())).hint(hint)
    }

    /// `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`.
    fn shown(&self, name: &str) -> String {
        format!("{}{}{name}", self.name(), if name.starts_with("sha256:") { '@' } else { ':' })
    }

    /// Puts a manifest under a tag, or under its digest alone, and makes sure that the registry has understood it so.
    pub(super) async fn put(&self, manifest: &Blob, tag: Option<&Tag>) -> Result<Put, Error> {
        let ours = manifest.descriptor.digest;
        let name = tag.map_or_else(|| ours.to_string(), ToString::to_string);
        let bytes = manifest.as_bytes().unwrap_or_default().to_vec();
        let request = Request::new(Method::PUT, self.manifest_address(&name)?)
            .header(header::CONTENT_TYPE, &manifest.descriptor.media_type)
            .body(Body::Bytes(bytes.into()));
        let answer = self.session.send(&request).await?;
        if answer.status.is_success() {
            return self.check_put(&name, ours, &answer).await.map(|()| Put::Done);
        }
        if answer.status == StatusCode::NOT_FOUND
            || explain::has_code(&answer, &["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"])
        {
            return Ok(Put::BlobsMissing(self.refused("cannot push to", &answer).await));
        }
        let error = self.refused("cannot push to", &answer).await;
        if !answer.status.is_client_error() || matches!(answer.status.as_u16(), 401 | 403 | 408 | 429) {
            return Err(error);
        }
        // An earlier attempt may have worked though its answer was lost; a tag that cannot be moved then refuses the next.
        if self.look_up(&name).await? == Hint::Names(ours) {
            return Ok(Put::Done);
        }
        if tag.is_none() || !explain::is_immutable(&answer, &self.repository) {
            return Err(error);
        }
        let error = Error::new(Kind::Refused, error.headline());
        Err(error
            .hint(format!("`{}:{name}` names another image and may not be moved: push under a new tag", self.name())))
    }

    /// Makes sure that a registry that took a manifest has understood it.
    async fn check_put(&self, name: &str, ours: Digest, answer: &Answer) -> Result<(), Error> {
        let theirs = match stated_digest(answer) {
            Some(digest) => Hint::Names(digest),
            None => match self.look_up(name).await? {
                Hint::Unknown => self.hashed(name).await?,
                hint => hint,
            },
        };
        let request = format!("{} {}", answer.method, answer.address);
        match theirs {
            Hint::Names(theirs) if theirs == ours => Ok(()),
            Hint::Names(theirs) => {
                let message = format!("{request}: the registry has the digest {theirs} instead of {ours}");
                Err(Error::new(Kind::Integrity, message).hint(
                    "the registry, or something before it, changes manifests; what the tag names cannot be trusted",
                ))
            }
            Hint::Absent => {
                let message = format!("{request}: the registry took the manifest but does not have it");
                Err(Error::new(Kind::Integrity, message).hint("push again"))
            }
            Hint::Unknown => {
                let text = format!("{request}: the registry took the manifest, and does not say what it has now");
                self.session.client.notice().notice(&Event::Warning(&text));
                Ok(())
            }
        }
    }

    /// Makes `tags` name a manifest that is in this repository. Tags that name it already are left alone.
    ///
    /// Fails with [`Kind::Refused`] where `guard` does not let a tag be written; tags before it have been.
    pub async fn tag(&self, manifest: &Blob, tags: &[Tag], guard: &Guard) -> Result<Vec<(Tag, Placed)>, Error> {
        let ours = manifest.descriptor.digest;
        let mut done = Vec::with_capacity(tags.len());
        for tag in tags {
            let hint = self.look_up(tag.as_str()).await?;
            if hint == Hint::Names(ours) {
                done.push((tag.clone(), Placed::AlreadyThere));
                continue;
            }
            let put = match guard.check(&format!("{}:{tag}", self.name()), &hint, ours) {
                Ok(()) => self.put(manifest, Some(tag)).await,
                Err(error) => Err(error),
            };
            match put {
                Ok(Put::Done) => done.push((tag.clone(), Placed::Written)),
                Ok(Put::BlobsMissing(error)) | Err(error) => return Err(after_tagging(error, &done)),
            }
        }
        Ok(done)
    }
}

/// A failure that came after some tags had been written.
pub(super) fn after_tagging(error: Error, done: &[(Tag, Placed)]) -> Error {
    let written: Vec<&str> =
        done.iter().filter(|(_, placed)| *placed == Placed::Written).map(|(tag, _)| tag.as_str()).collect();
    if written.is_empty() {
        return error;
    }
    let after = Error::new(error.kind(), format!("{} (tagged before: {})", error.headline(), written.join(", ")));
    match error.hint_text() {
        Some(hint) => after.hint(hint),
        None => after,
    }
}

fn name_of(tag: Option<&Tag>, digest: Option<Digest>) -> Result<String, Error> {
    match (tag, digest) {
        (Some(tag), _) => Ok(tag.to_string()),
        (None, Some(digest)) => Ok(digest.to_string()),
        (None, None) => Err(Error::new(Kind::Usage, "a tag or a digest is needed").hint("write `HOST/REPOSITORY:TAG`")),
    }
}

/// Whether it is one of the types that we ask for.
fn is_manifest(media_type: &str) -> bool {
    ACCEPTED.iter().any(|accepted| accepted.eq_ignore_ascii_case(essence(media_type)))
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// What a registry says the digest is.
pub(super) fn stated_digest(answer: &Answer) -> Option<Digest> {
    answer.header(DIGEST)?.parse().ok()
}
