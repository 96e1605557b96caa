//! Manifests and tags of a repository: what names what, and putting a manifest under a name.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode, header};

use super::explain;
use super::{Guard, Registry};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Body, Patience, Request};
use crate::oci::{Blob, Descriptor, Digest, Tag, media_type};
use crate::store::Placed;

/// What a manifest request takes: images and indexes, OCI's and Docker's. A registry may say 404 to whoever does not take what it has.
const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                      application/vnd.docker.distribution.manifest.v2+json, \
                      application/vnd.docker.distribution.manifest.list.v2+json";

/// The [specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests) asks registries to take 4 MiB.
const LARGEST_MANIFEST: usize = 4 << 20;

const DIGEST: &str = "docker-content-digest";

/// What a look at a name showed. A hint: whoever writes must be able to live with its being wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// It names this manifest.
    Names(Digest),
    /// It names nothing.
    Absent,
    /// The registry would not say.
    Unknown,
}

/// What became of a manifest that was put.
pub(super) enum Put {
    Done,
    /// The registry misses blobs: its words.
    BlobsMissing(Error),
}

impl Registry {
    /// Asks what `name`, a tag or a digest, names. The one request that may come before any other, so it also finds out what the
    /// registry wants to see (see [`Registry::login`]).
    pub(super) fn head(&self, name: &str) -> Result<Request, Error> {
        let request = Request::new(Method::HEAD, self.manifest_address(name)?);
        Ok(request.header(header::ACCEPT, ACCEPT).patience(Patience::Brief))
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
        let answer = self.get(name).await?;
        Ok(if answer.status == StatusCode::OK { Hint::Names(Digest::of(&answer.body)) } else { Hint::Unknown })
    }

    async fn get(&self, name: &str) -> Result<Answer, Error> {
        let request = Request::new(Method::GET, self.manifest_address(name)?);
        self.session.send(&request.header(header::ACCEPT, ACCEPT).answer_limit(LARGEST_MANIFEST)).await
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
            return Err(if error.kind() == Kind::NotFound { self.not_found(&name, error) } else { error });
        }
        let media_type = answer.header("content-type").unwrap_or(media_type::OCI_MANIFEST);
        let blob = Blob::from_bytes(media_type.split(';').next().unwrap_or_default().trim(), answer.body.to_vec());
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
                Err(Error::new(Kind::Integrity, format!("`{}:{name}` names {found}, not {expected}", self.name()))
                    .hint("the tag was moved, or the reference is wrong"))
            }
            _ => Ok(()),
        }
    }

    fn not_found(&self, name: &str, error: Error) -> Error {
        let separator = if name.starts_with("sha256:") { '@' } else { ':' };
        let hint =
            error.hint_text().map_or_else(|| format!("`consign ls {}` lists the tags", self.name()), ToOwned::to_owned);
        Error::new(Kind::NotFound, format!("there is no `{}{separator}{name}`", self.name())).because(error).hint(hint)
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
        // An earlier attempt may have worked though its answer was lost; a tag that cannot be moved then refuses the next.
        if self.look_up(&name).await? == Hint::Names(ours) {
            return Ok(Put::Done);
        }
        let error = self.refused("cannot push to", &answer).await;
        Err(if explain::is_immutable(&answer) {
            error.hint(format!(
                "`{}:{name}` names another image and may not be moved: push under a new tag",
                self.name()
            ))
        } else {
            error
        })
    }

    async fn check_put(&self, name: &str, ours: Digest, answer: &Answer) -> Result<(), Error> {
        let theirs = match stated_digest(answer) {
            Some(digest) => digest,
            None => match self.look_up(name).await? {
                Hint::Names(digest) => digest,
                Hint::Absent | Hint::Unknown => {
                    let message = format!(
                        "{} {}: the registry took the manifest but does not have it",
                        answer.method, answer.address
                    );
                    return Err(Error::new(Kind::Integrity, message).hint("push again"));
                }
            },
        };
        if theirs == ours {
            return Ok(());
        }
        let message =
            format!("{} {}: the registry has the digest {theirs} instead of {ours}", answer.method, answer.address);
        Err(Error::new(Kind::Integrity, message)
            .hint("the registry, or something before it, changes manifests; what the tag names cannot be trusted"))
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
            guard.check(&format!("{}:{tag}", self.name()), &hint, ours)?;
            match self.put(manifest, Some(tag)).await? {
                Put::Done => done.push((tag.clone(), Placed::Written)),
                Put::BlobsMissing(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

impl Guard {
    /// Whether a tag, shown as `name`, may be written, given what it names now.
    pub(in crate::store) fn check(&self, name: &str, hint: &Hint, ours: Digest) -> Result<(), Error> {
        let refuse = |message: String| Err(Error::new(Kind::Refused, message));
        match hint {
            _ if !self.no_clobber && self.expect.is_none() => Ok(()),
            Hint::Names(digest) if *digest == ours => Ok(()),
            Hint::Unknown => refuse(format!("the registry does not say what `{name}` names, so it is left alone")),
            Hint::Names(digest) if self.no_clobber => {
                refuse(format!("`{name}` exists and names {digest}; it is left alone (--no-clobber)"))
                    .map_err(|error| error.hint("push under another tag"))
            }
            Hint::Names(digest) if self.expect != Some(*digest) => {
                let expected = self.expect.map(|expected| expected.to_string()).unwrap_or_default();
                refuse(format!("`{name}` names {digest}, not {expected}; it is left alone (--expect-digest)"))
            }
            Hint::Absent if self.expect.is_some() && !self.no_clobber => {
                refuse(format!("`{name}` does not exist; it was to be moved from another digest (--expect-digest)"))
            }
            Hint::Absent | Hint::Names(_) => Ok(()),
        }
    }
}

fn name_of(tag: Option<&Tag>, digest: Option<Digest>) -> Result<String, Error> {
    match (tag, digest) {
        (Some(tag), _) => Ok(tag.to_string()),
        (None, Some(digest)) => Ok(digest.to_string()),
        (None, None) => Err(Error::new(Kind::Usage, "a tag or a digest is needed").hint("write `HOST/REPOSITORY:TAG`")),
    }
}

/// What a registry says the digest is.
pub(super) fn stated_digest(answer: &Answer) -> Option<Digest> {
    answer.header(DIGEST)?.parse().ok()
}
