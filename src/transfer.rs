//! Copies an image into a store.
//!
//! The order is what this room is for: all blobs, then the manifest under its tag, then further tags. A tag that this tool wrote
//! never names an incomplete image, whatever is killed when. A blob that is already there is not sent again.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Error;
use crate::notice::Notice;
use crate::oci::{Descriptor, Image, Tag};
use crate::store::registry::Coming;
use crate::store::{Guard, Placed, Store};

/// What a copy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// What became of the config and of each layer.
    pub blobs: Vec<(Descriptor, Placed)>,
    /// What became of the manifest.
    pub manifest: Placed,
    /// What became of each tag; [`Placed::AlreadyThere`] where it named this image before.
    pub tags: Vec<(Tag, Placed)>,
}

/// How to copy.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What must hold of a tag for it to be written.
    pub guard: Guard,
    /// Ask for each blob even where the store has the manifest, and bring what is missing.
    pub recheck: bool,
    /// Look, but write nothing.
    pub dry_run: bool,
    /// A repository of the same registry that has the blobs.
    pub source: Option<String>,
}

/// Copies `image` into `store` and makes `tags` name it. Bytes that are written are told to `notice`.
///
/// Fails with the store's errors; with [`Kind::Integrity`](crate::error::Kind::Integrity) where a blob has other bytes than its
/// descriptor says; with [`Kind::Refused`](crate::error::Kind::Refused) where [`Options::guard`] protects a tag. The tags then name
/// what they named before, but for those of several that were written first; the error says which.
pub async fn copy(
    image: &Arc<Image>,
    store: &mut Store,
    tags: &[Tag],
    options: &Options,
    notice: &dyn Notice,
) -> Result<Option<Transferred>, Error> {
    copy_coming(std::future::ready(Some(Arc::clone(image))), store, tags, options, notice).await
}

/// The same for an image that may still be in the making; what the store can be asked before is asked meanwhile.
///
/// Gives nothing if nothing was to be done: no image came, or it is a dry run.
pub async fn copy_coming(
    coming: impl Coming,
    store: &mut Store,
    tags: &[Tag],
    options: &Options,
    notice: &dyn Notice,
) -> Result<Option<Transferred>, Error> {
    let guard = &options.guard;
    let Some((image, present)) = store.present(tags, coming).await? else { return Ok(None) };
    store.check(guard, tags, &present.tags, image.digest())?;
    if options.dry_run {
        return Ok(None);
    }
    let proven = present.manifest && !options.recheck;
    let there = if proven {
        image.blobs.iter().map(|blob| blob.descriptor.digest).collect()
    } else if options.recheck {
        store.recheck(&image).await?
    } else {
        present.blobs
    };
    let mut blobs = store.place(&image.blobs, &there, options.source.as_deref(), notice).await?;
    let mut named = present.tags;
    if !proven && !guard.is_open() {
        // Much may have happened while the blobs were on their way.
        named = store.named(tags).await?;
        store.check(guard, tags, &named, image.digest())?;
    }
    let mut put = store.put_manifest(&image.manifest, tags, &named, guard).await?;
    if put.is_err() {
        // What the registry showed before is not its own: a pull-through cache shows its upstream's.
        blobs = store.place(&image.blobs, &HashSet::new(), None, notice).await?;
        if !guard.is_open() {
            named = store.named(tags).await?;
            store.check(guard, tags, &named, image.digest())?;
        }
        put = store.put_manifest(&image.manifest, tags, &named, guard).await?;
    }
    let tagged = put?;
    let blobs = image.blobs.iter().map(|blob| blob.descriptor.clone()).zip(blobs).collect();
    Ok(Some(Transferred { blobs, manifest: tagged.manifest, tags: tagged.tags }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::notice::Silent;
    use crate::oci::Target;
    use crate::store::test_image::{copy as copy_now, corrupt, image, image_of};

    #[test]
    fn a_tag_is_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Layout { path: folder.path().join("layout"), tag: None };
        let tags = ["v1".parse().unwrap()];
        let mut broken = image("good");
        broken.blobs.push(corrupt("the last of the blobs"));
        let error = copy_now(&broken, &mut Store::open(&target).unwrap(), &tags, &Silent).unwrap_err();
        assert_eq!(error.kind(), Kind::Integrity);
        assert!(!folder.path().join("layout").exists(), "neither tag nor manifest");
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Layout { path: folder.path().to_owned(), tag: None };
        let (v1, v2) = (["v1".parse().unwrap()], ["v2".parse().unwrap()]);
        let first = image("layer");
        copy_now(&first, &mut Store::open(&target).unwrap(), &v1, &Silent).unwrap();
        let second = image_of(crate::oci::Blob::from_bytes("text/plain", b"other".as_slice()));
        let done = copy_now(&second, &mut Store::open(&target).unwrap(), &v2, &Silent).unwrap();
        let [(config, there), (layer, new)] = done.blobs.as_slice() else { panic!("{done:?}") };
        assert_eq!((config, there), (&first.blobs[0].descriptor, &Placed::AlreadyThere));
        assert_eq!((layer, new), (&second.blobs[1].descriptor, &Placed::Written));
        assert_eq!((done.manifest, &done.tags), (Placed::Written, &vec![("v2".parse().unwrap(), Placed::Written)]));
    }
}
