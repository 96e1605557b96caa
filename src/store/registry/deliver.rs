//! An image on its way into a repository, in as few requests as wait for one another.
//!
//! What the tags name is asked while the image is still in the making; its digest is looked up as soon as it is known. What these
//! show are hints: the manifest's PUT has the last word.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, join_all, select, try_join, try_join_all};

use super::manifests::{Put, after_tagging};
use super::uploads::WORTH_ASKING;
use super::{Hint, Registry};
use crate::error::Error;
use crate::http::Answer;
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
        let named = pin!(self.named_with(tags, early.as_ref()));
        let there = pin!(async {
            let Some(image) = coming.clone().await else { return Ok((false, HashSet::new())) };
            let manifest =
                async { Ok(self.look_up(&image.digest().to_string()).await? == Hint::Names(image.digest())) };
            try_join(manifest, self.large_blobs(&image)).await
        });
        let (named, there) = match select(named, there).await {
            Either::Left((named, there)) => (named?, Either::Left(there)),
            Either::Right((there, named)) => (named.await?, Either::Right(there?)),
        };
        let Some(image) = coming.clone().await else { return Ok(None) };
        let (manifest, blobs) = match there {
            // A tag that names it proves as much: no need to hear what the rest has to say.
            _ if named.contains(&Hint::Names(image.digest())) => (true, HashSet::new()),
            Either::Left(there) => there.await?,
            Either::Right(there) => there,
        };
        Ok(Some((image, Present { manifest, blobs, tags: named })))
    }

    /// What the tags name; of the first, `early` is the answer that was drawn already.
    async fn named_with(&self, tags: &[Tag], early: Option<&Answer>) -> Result<Vec<Hint>, Error> {
        try_join_all(tags.iter().enumerate().map(|(index, tag)| async move {
            match early.filter(|_| index == 0) {
                Some(answer) => self.hint(tag.as_str(), answer).await,
                None => self.look_up(tag.as_str()).await,
            }
        }))
        .await
    }

    /// The blobs that are there, of those whose size makes it worth asking. A registry that does not say so gets them again.
    async fn large_blobs(&self, image: &Image) -> Result<HashSet<Digest>, Error> {
        self.which_are_there(image.blobs.iter().filter(|blob| blob.descriptor.size >= WORTH_ASKING)).await
    }

    /// Asks for every blob, whatever the manifest proves.
    pub(crate) async fn recheck(&self, image: &Image) -> Result<HashSet<Digest>, Error> {
        self.which_are_there(image.blobs.iter()).await
    }

    async fn which_are_there(&self, blobs: impl Iterator<Item = &Blob>) -> Result<HashSet<Digest>, Error> {
        let there = try_join_all(blobs.map(|blob| async move {
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
        try_join_all(placed).await
    }

    /// What the tags name now.
    pub(crate) async fn named(&self, tags: &[Tag]) -> Result<Vec<Hint>, Error> {
        self.named_with(tags, None).await
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
        let mut done: Vec<(Tag, Placed)> = first.iter().map(|tag| ((*tag).clone(), Placed::Written)).collect();
        let further = waiting.get(1..).unwrap_or_default();
        let mut failed = None;
        for (tag, put) in further.iter().zip(join_all(further.iter().map(|tag| self.put(manifest, Some(tag)))).await) {
            match put {
                Ok(Put::Done) => done.push(((*tag).clone(), Placed::Written)),
                Ok(Put::BlobsMissing(error)) | Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let Some(error) = failed {
            return Err(after_tagging(error, &done));
        }
        let placed = |tag: &Tag| if waiting.contains(&tag) { Placed::Written } else { Placed::AlreadyThere };
        let tags: Vec<(Tag, Placed)> = tags.iter().map(|tag| (tag.clone(), placed(tag))).collect();
        let manifest = if waiting.is_empty() && !tags.is_empty() { Placed::AlreadyThere } else { Placed::Written };
        Ok(Ok(Tagged { manifest, tags }))
    }
}
