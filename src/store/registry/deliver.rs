//! An image on its way into a repository, in as few requests as wait for one another.
//!
//! What the tags name is asked while the image is still in the making; its digest is looked up as soon as it is known. What these
//! show are hints: the manifest's PUT has the last word.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{join_all, try_join, try_join_all};

use super::Registry;
use super::manifests::{Hint, Put};
use super::uploads::WORTH_ASKING;
use crate::error::Error;
use crate::oci::{Blob, Digest, Image, Tag};
use crate::store::{Placed, Tagged};

/// An image that may still be in the making; none if nothing comes of it.
pub trait Coming: Future<Output = Option<Arc<Image>>> + Clone {}

impl<F: Future<Output = Option<Arc<Image>>> + Clone> Coming for F {}

/// What is there already, as far as a store shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// The manifest is there, which proves that its blobs are.
    pub(crate) manifest: bool,
    /// Blobs that are there.
    pub(crate) blobs: HashSet<Digest>,
    /// What each tag names, in the order of the tags.
    pub(crate) tags: Vec<Hint>,
}

impl Registry {
    /// Looks at what is there, beginning before the image is known. Gives nothing if no image comes.
    pub(crate) async fn present(
        &self,
        tags: &[Tag],
        coming: impl Coming,
    ) -> Result<Option<(Arc<Image>, Present)>, Error> {
        // The first request finds out what the registry wants to see; only then does it help to send several at once.
        let probe = tags.first().map_or("latest", Tag::as_str);
        let early = self.session.login(&self.head(probe)?).await?;
        let first = Mutex::new(None);
        let named = try_join_all(tags.iter().enumerate().map(|(index, tag)| {
            let (first, early) = (&first, early.as_ref().filter(|_| index == 0));
            async move {
                let hint = match early {
                    Some(answer) => self.hint(tag.as_str(), answer).await?,
                    None => self.look_up(tag.as_str()).await?,
                };
                if index == 0 {
                    *first.lock().unwrap_or_else(PoisonError::into_inner) = Some(hint.clone());
                }
                Ok::<_, Error>(hint)
            }
        }));
        let there = async {
            let Some(image) = coming.await else { return Ok(None) };
            let ours = Hint::Names(image.digest());
            let known = first.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let manifest = async {
                Ok::<_, Error>(
                    known.as_ref() == Some(&ours) || self.look_up(&image.digest().to_string()).await? == ours,
                )
            };
            let (manifest, blobs) = try_join(manifest, self.large_blobs(&image, known.as_ref() == Some(&ours))).await?;
            Ok::<_, Error>(Some((image, manifest, blobs)))
        };
        let (tags, there) = try_join(named, there).await?;
        Ok(there.map(|(image, manifest, blobs)| {
            // A tag that names it proves as much.
            let manifest = manifest || tags.contains(&Hint::Names(image.digest()));
            (image, Present { manifest, blobs, tags })
        }))
    }

    /// The blobs that are there, of those whose size makes it worth asking. A registry that does not say so gets them again.
    async fn large_blobs(&self, image: &Image, known: bool) -> Result<HashSet<Digest>, Error> {
        let large = image.blobs.iter().filter(|blob| !known && blob.descriptor.size >= WORTH_ASKING);
        let there = try_join_all(large.map(|blob| async move {
            let there = self.has_blob(&blob.descriptor).await?;
            Ok::<_, Error>(there.then_some(blob.descriptor.digest))
        }));
        Ok(there.await?.into_iter().flatten().collect())
    }

    /// Asks for every blob, whatever the manifest proves.
    pub(crate) async fn recheck(&self, image: &Image) -> Result<HashSet<Digest>, Error> {
        let there = try_join_all(image.blobs.iter().map(|blob| async move {
            let there = self.has_blob(&blob.descriptor).await?;
            Ok::<_, Error>(there.then_some(blob.descriptor.digest))
        }));
        Ok(there.await?.into_iter().flatten().collect())
    }

    /// Brings the blobs that are not `there`, side by side.
    pub(crate) async fn place(
        &self,
        blobs: &[Blob],
        there: &HashSet<Digest>,
        source: Option<&str>,
    ) -> Result<Vec<Placed>, Error> {
        let placed = blobs.iter().map(|blob| self.upload(blob, there.contains(&blob.descriptor.digest), source));
        join_all(placed).await.into_iter().collect()
    }

    /// What the tags name now.
    pub(crate) async fn named(&self, tags: &[Tag]) -> Result<Vec<Hint>, Error> {
        try_join_all(tags.iter().map(|tag| self.look_up(tag.as_str()))).await
    }

    /// Puts the manifest under the tags that do not name it yet: under one first, then under the others.
    ///
    /// The error inside is the registry's word that it misses blobs.
    pub(crate) async fn put_manifest(
        &self,
        manifest: &Blob,
        tags: &[Tag],
        named: &[Hint],
    ) -> Result<Result<Tagged, Error>, Error> {
        let ours = Hint::Names(manifest.descriptor.digest);
        let waiting: Vec<&Tag> =
            tags.iter().enumerate().filter(|(index, _)| named.get(*index) != Some(&ours)).map(|(_, tag)| tag).collect();
        // Without tags it is put under its digest.
        let first = waiting.first().copied();
        if (first.is_some() || tags.is_empty())
            && let Put::BlobsMissing(error) = self.put(manifest, first).await?
        {
            return Ok(Err(error));
        }
        for put in join_all(waiting.iter().skip(1).map(|tag| self.put(manifest, Some(tag)))).await {
            if let Put::BlobsMissing(error) = put? {
                return Ok(Err(error));
            }
        }
        let placed = |tag: &Tag| if waiting.contains(&tag) { Placed::Written } else { Placed::AlreadyThere };
        let tags: Vec<(Tag, Placed)> = tags.iter().map(|tag| (tag.clone(), placed(tag))).collect();
        let manifest = if waiting.is_empty() && !tags.is_empty() { Placed::AlreadyThere } else { Placed::Written };
        Ok(Ok(Tagged { manifest, tags }))
    }
}
