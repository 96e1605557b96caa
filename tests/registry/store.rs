//! What a test registry holds: repositories with their blobs, manifests and tags, and the uploads under way.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use super::wire::Body;

/// A blob is visible only in the repository it was uploaded or mounted to.
#[derive(Debug, Default)]
pub struct Store {
    pub repositories: BTreeMap<String, Repository>,
    pub sessions: HashMap<String, Session>,
    /// How many sessions were opened.
    pub opened: usize,
    /// Every manifest that was put, in that order: repository and digest.
    pub put: Vec<(String, String)>,
    /// The manifests that came before their blobs, and were taken all the same: repository and reference.
    pub early: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub struct Repository {
    pub blobs: BTreeMap<String, Blob>,
    pub manifests: BTreeMap<String, Manifest>,
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct Blob {
    /// Empty where it was too long to be kept.
    pub bytes: Bytes,
    pub length: u64,
    /// Whether it is here, or only seen at the upstream of a pull-through cache.
    pub here: bool,
}

#[derive(Clone, Debug)]
pub struct Manifest {
    pub media_type: String,
    pub bytes: Bytes,
}

/// An upload under way.
#[derive(Clone, Debug)]
pub struct Session {
    pub repository: String,
    pub content: Body,
    /// What the query of its location must say.
    pub state: String,
}

impl Store {
    /// Opens a session; gives its id.
    pub fn open(&mut self, repository: &str, id_length: usize) -> String {
        self.opened += 1;
        let id = long_id(id_length);
        let session = Session { repository: repository.to_owned(), content: Body::default(), state: long_id(24) };
        self.sessions.insert(id.clone(), session);
        id
    }

    pub fn blob(&self, repository: &str, digest: &str) -> Option<&Blob> {
        self.repositories.get(repository)?.blobs.get(digest)
    }

    pub fn put_blob(&mut self, repository: &str, digest: &str, bytes: Bytes, length: u64) {
        let blob = Blob { bytes, length, here: true };
        self.repositories.entry(repository.to_owned()).or_default().blobs.insert(digest.to_owned(), blob);
    }

    /// The manifest that a tag or a digest names, with its digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<(&str, &Manifest)> {
        let repository = self.repositories.get(repository)?;
        let digest = if reference.contains(':') { reference } else { repository.tags.get(reference)? };
        repository.manifests.get_key_value(digest).map(|(digest, manifest)| (digest.as_str(), manifest))
    }

    pub fn put_manifest(&mut self, repository: &str, tag: Option<&str>, digest: &str, manifest: Manifest) {
        self.put.push((repository.to_owned(), digest.to_owned()));
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        repository.manifests.insert(digest.to_owned(), manifest);
        if let Some(tag) = tag {
            repository.tags.insert(tag.to_owned(), digest.to_owned());
        }
    }

    /// What `manifest` refers to and `repository` does not have.
    pub fn missing(&self, repository: &str, manifest: &serde_json::Value) -> Option<String> {
        let known = self.repositories.get(repository);
        let listed = |key: &str| manifest[key].as_array().cloned().unwrap_or_default();
        let blobs =
            std::iter::once(manifest["config"].clone()).filter(|config| !config.is_null()).chain(listed("layers"));
        let blob = blobs
            .map(|blob| digest_of(&blob))
            .find(|digest| !known.and_then(|repository| repository.blobs.get(digest)).is_some_and(|blob| blob.here));
        let child = || {
            let children = listed("manifests");
            let mut digests = children.iter().map(digest_of);
            digests.find(|digest| !known.is_some_and(|repository| repository.manifests.contains_key(digest)))
        };
        blob.or_else(child)
    }
}

fn digest_of(descriptor: &serde_json::Value) -> String {
    descriptor["digest"].as_str().unwrap_or_default().to_owned()
}

/// Letters and digits that nobody guesses.
pub fn long_id(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}
