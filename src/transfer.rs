//! Copies an image into a store.
//!
//! The order is what this room is for: all blobs, then the manifest, then the tags. A tag that this tool wrote never names an
//! incomplete image, whatever is killed when. A blob that is already there is not sent again.

use crate::error::Error;
use crate::notice::Notice;
use crate::oci::{Descriptor, Image, Tag};
use crate::store::{Placed, Store};

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

/// Copies `image` into `store` and makes `tags` name it. Bytes that are written are told to `notice`.
///
/// Fails with the store's errors, and with [`Kind::Integrity`](crate::error::Kind::Integrity) where a blob has other bytes than
/// its descriptor says; the tags then name what they named before.
pub fn copy(image: &Image, store: &mut Store, tags: &[Tag], notice: &dyn Notice) -> Result<Transferred, Error> {
    let mut blobs = Vec::with_capacity(image.blobs.len());
    for blob in &image.blobs {
        let placed = if store.has_blob(&blob.descriptor)? {
            Placed::AlreadyThere
        } else {
            store.put_blob(blob, notice)?;
            Placed::Written
        };
        blobs.push((blob.descriptor.clone(), placed));
    }
    let tagged = store.put_manifest(&image.manifest, tags)?;
    Ok(Transferred { blobs, manifest: tagged.manifest, tags: tagged.tags })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::notice::Silent;
    use crate::oci::Target;
    use crate::store::test_image::{corrupt, image, image_of};

    #[test]
    fn a_tag_is_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Layout { path: folder.path().join("layout"), tag: None };
        let tags = ["v1".parse().unwrap()];
        let mut broken = image("good");
        broken.blobs.push(corrupt("the last of the blobs"));
        let error = copy(&broken, &mut Store::open(&target).unwrap(), &tags, &Silent).unwrap_err();
        assert_eq!(error.kind(), Kind::Integrity);
        assert!(!folder.path().join("layout").exists(), "neither tag nor manifest");
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Layout { path: folder.path().to_owned(), tag: None };
        let (v1, v2) = (["v1".parse().unwrap()], ["v2".parse().unwrap()]);
        let first = image("layer");
        copy(&first, &mut Store::open(&target).unwrap(), &v1, &Silent).unwrap();
        let second = image_of(crate::oci::Blob::from_bytes("text/plain", b"other".as_slice()));
        let done = copy(&second, &mut Store::open(&target).unwrap(), &v2, &Silent).unwrap();
        let [(config, there), (layer, new)] = done.blobs.as_slice() else { panic!("{done:?}") };
        assert_eq!((config, there), (&first.blobs[0].descriptor, &Placed::AlreadyThere));
        assert_eq!((layer, new), (&second.blobs[1].descriptor, &Placed::Written));
        assert_eq!((done.manifest, &done.tags), (Placed::Written, &vec![("v2".parse().unwrap(), Placed::Written)]));
    }
}
