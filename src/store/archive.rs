//! An [OCI image layout](https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md) in a tar: one file that
//! skopeo, podman and crane read.
//!
//! An archive holds the one image that was put into it, under all its tags; what an archive in its place held is gone. The same
//! image under the same tags gives the same bytes. It appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::durable::{Draft, Existing, failed, folder_of};
use super::index::Index;
use super::layout::MARKER;
use super::{Placed, Tagged, copy_verified};
use crate::error::{Error, Kind};
use crate::notice::{Notice, Silent};
use crate::oci::{Blob, Descriptor, Digest, Tag};
use crate::tar;

/// An image layout in a tar.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    /// The tar so far, and what is in it.
    begun: Option<(Draft, Vec<Digest>)>,
}

impl Archive {
    /// The archive in the file `path`; it is written when the manifest is put.
    ///
    /// Fails with [`Kind::Refused`] where there is something that is not an image archive: only such a one, or an empty file,
    /// is replaced.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        // Through a symbolic link, what it points to is replaced.
        let real = if path.is_symlink() { fs::canonicalize(path).ok() } else { None };
        let archive = Self { path: real.unwrap_or_else(|| path.to_owned()), begun: None };
        archive.check()?;
        Ok(archive)
    }

    fn check(&self) -> Result<(), Error> {
        let shown = self.path.display();
        let what = match fs::metadata(&self.path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
            Ok(there) if there.is_dir() => "it is a directory",
            Ok(there) if !there.is_file() => "it is not a regular file",
            Ok(there) if there.len() == 0 => return Ok(()),
            Ok(_) => match File::open(&self.path).and_then(is_image_archive) {
                Ok(true) => return Ok(()),
                Ok(false) => "it is a file that is not an image archive",
                Err(cause) => return Err(failed(&format!("cannot read `{shown}`"), cause)),
            },
            Err(cause) => return Err(failed(&format!("cannot read `{shown}`"), cause)),
        };
        Err(Error::new(Kind::Refused, format!("cannot replace `{shown}`: {what}"))
            .hint("choose another path, or remove what is there"))
    }

    pub(super) fn has_blob(&self, descriptor: &Descriptor) -> bool {
        self.begun.as_ref().is_some_and(|(_, blobs)| blobs.contains(&descriptor.digest))
    }

    pub(super) fn put_blob(&mut self, blob: &Blob, notice: &dyn Notice) -> Result<(), Error> {
        self.append(blob, notice).map_err(|cause| self.write_failed(cause))
    }

    pub(super) fn put_manifest(&mut self, manifest: &Blob, tags: &[Tag]) -> Result<Tagged, Error> {
        if !self.has_blob(&manifest.descriptor) {
            self.put_blob(manifest, &Silent)?;
        }
        self.check()?;
        let mut index = Index::default();
        let tags = index.name(&manifest.descriptor, tags);
        self.finish(&index).map_err(|cause| self.write_failed(cause))?;
        Ok(Tagged { manifest: Placed::Written, tags })
    }

    /// Appends a blob, behind the folders if it is the first. A failure ends the archive that was begun.
    fn append(&mut self, blob: &Blob, notice: &dyn Notice) -> io::Result<()> {
        let (mut draft, mut blobs) = match self.begun.take() {
            Some(begun) => begun,
            None => (self.begin()?, Vec::new()),
        };
        let Descriptor { digest, size, .. } = blob.descriptor;
        let mut header = Vec::new();
        tar::file(&mut header, &format!("blobs/sha256/{}", digest.hex()), size);
        draft.file().write_all(&header)?;
        copy_verified(blob, draft.file(), notice)?;
        draft.file().write_all(&tar::END[..tar::padding(size)])?;
        blobs.push(digest);
        self.begun = Some((draft, blobs));
        Ok(())
    }

    fn begin(&self) -> io::Result<Draft> {
        let mut draft = Draft::in_folder(folder_of(&self.path))?;
        let mut header = Vec::new();
        tar::directory(&mut header, "blobs/");
        tar::directory(&mut header, "blobs/sha256/");
        draft.file().write_all(&header)?;
        Ok(draft)
    }

    fn finish(&mut self, index: &Index) -> io::Result<()> {
        let Some((mut draft, _)) = self.begun.take() else {
            return Err(io::Error::other("nothing was put into it"));
        };
        let mut rest = Vec::new();
        for (name, bytes) in [("index.json", index.to_bytes().as_slice()), ("oci-layout", MARKER)] {
            let size = bytes.len() as u64;
            tar::file(&mut rest, name, size);
            rest.extend_from_slice(bytes);
            rest.extend_from_slice(&tar::END[..tar::padding(size)]);
        }
        rest.extend_from_slice(&tar::END);
        draft.file().write_all(&rest)?;
        draft.publish(&self.path, Existing::Replace)
    }

    fn write_failed(&self, cause: io::Error) -> Error {
        failed(&format!("cannot write the archive `{}`", self.path.display()), cause)
    }
}

/// Whether a file is a tar with an OCI layout's `oci-layout` or a `manifest.json` as `docker save` writes it.
///
/// Nothing is unpacked: headers are read, contents skipped, and only so many of them that a large tar of something else costs
/// little.
fn is_image_archive(mut file: File) -> io::Result<bool> {
    const MOST_ENTRIES: usize = 10_000;
    let mut header = [0; tar::BLOCK];
    for _ in 0..MOST_ENTRIES {
        match file.read_exact(&mut header) {
            Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        if &header[257..262] != b"ustar" {
            return Ok(false);
        }
        let name = header[..100].split(|byte| *byte == 0).next().unwrap_or_default();
        if matches!(name.strip_prefix(b"./").unwrap_or(name), b"oci-layout" | b"manifest.json") {
            return Ok(true);
        }
        let digits = header[124..136].trim_ascii().split(|byte| *byte == 0).next().unwrap_or_default();
        let Some(size) = str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 8).ok()) else {
            return Ok(false);
        };
        // Twelve octal digits are below 2^36.
        let skip = size.cast_signed() + i64::try_from(tar::padding(size)).unwrap_or_default();
        file.seek(SeekFrom::Current(skip))?;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{Target, media_type};
    use crate::store::Store;
    use crate::store::test_image::copy;
    use crate::store::test_image::{corrupt, image, image_of};

    fn tags(texts: &[&str]) -> Vec<Tag> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn open(path: &Path) -> Result<Store, Error> {
        Store::open(&Target::Archive { path: path.to_owned(), tag: None })
    }

    /// Every entry's name and content. Only for what this tool writes: no PAX.
    fn entries(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut entries = Vec::new();
        while bytes[0] != 0 {
            let (header, rest) = bytes.split_at(tar::BLOCK);
            let name =
                String::from_utf8(header[..100].iter().copied().take_while(|byte| *byte != 0).collect()).unwrap();
            let size = usize::from_str_radix(str::from_utf8(&header[124..135]).unwrap(), 8).unwrap();
            entries.push((name, rest[..size].to_vec()));
            bytes = &rest[size + tar::padding(size as u64)..];
        }
        assert_eq!(bytes, tar::END);
        entries
    }

    #[test]
    fn an_archive_is_a_layout_in_a_tar() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar");
        let image = image("layer");
        let done = copy(&image, &mut open(&path).unwrap(), &tags(&["v1", "v2"]), &Silent).unwrap();
        assert_eq!(done.manifest, Placed::Written);
        let entries = entries(&fs::read(&path).unwrap());
        let blob =
            |blob: &Blob| (format!("blobs/sha256/{}", blob.descriptor.digest.hex()), blob.as_bytes().unwrap().to_vec());
        let mut index = Index::default();
        index.name(&image.manifest.descriptor, &tags(&["v1", "v2"]));
        assert_eq!(
            entries,
            [
                ("blobs/".to_owned(), vec![]),
                ("blobs/sha256/".to_owned(), vec![]),
                blob(&image.blobs[0]),
                blob(&image.blobs[1]),
                blob(&image.manifest),
                ("index.json".to_owned(), index.to_bytes()),
                ("oci-layout".to_owned(), MARKER.to_vec()),
            ]
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn the_same_image_gives_the_same_bytes_and_replaces_an_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar");
        let mut written = Vec::new();
        for text in ["one", "two", "one"] {
            copy(&image(text), &mut open(&path).unwrap(), &tags(&["v1"]), &Silent).unwrap();
            written.push(fs::read(&path).unwrap());
        }
        assert_eq!(written[0], written[2]);
        assert_ne!(written[0], written[1]);
    }

    #[test]
    fn a_blob_that_is_named_twice_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar");
        let config_as_layer = Blob::from_bytes(media_type::OCI_LAYER, b"{}".as_slice());
        let done = copy(&image_of(config_as_layer), &mut open(&path).unwrap(), &tags(&["v1"]), &Silent).unwrap();
        assert_eq!(
            done.blobs.iter().map(|(_, placed)| placed.clone()).collect::<Vec<_>>(),
            [Placed::Written, Placed::AlreadyThere]
        );
        assert_eq!(entries(&fs::read(&path).unwrap()).len(), 6);
    }

    #[test]
    fn only_an_image_archive_or_an_empty_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar");
        let mut other_tar = Vec::new();
        tar::file(&mut other_tar, "manifests/a.yaml", 0);
        other_tar.extend_from_slice(&tar::END);
        let mut docker = Vec::new();
        tar::file(&mut docker, "layer.tar", 700);
        docker.resize(docker.len() + 1024, b'x');
        tar::file(&mut docker, "manifest.json", 0);
        let mut cut = Vec::new();
        tar::file(&mut cut, "big", 1 << 30);
        for (content, taken) in [
            (b"".to_vec(), true),
            (docker, true),
            (other_tar, false),
            (cut, false),
            (b"apiVersion: v1".to_vec(), false),
            (vec![0; 2048], false),
            (vec![0xff; 2048], false),
        ] {
            fs::write(&path, &content).unwrap();
            match open(&path) {
                Ok(_) => assert!(taken),
                Err(error) => {
                    assert!(!taken, "{error}");
                    assert_eq!(error.kind(), Kind::Refused);
                    assert!(error.to_string().ends_with("it is a file that is not an image archive"), "{error}");
                }
            }
            assert_eq!(fs::read(&path).unwrap(), content, "opening changes nothing");
        }
        assert_eq!(open(folder.path()).unwrap_err().kind(), Kind::Refused);
        assert_eq!(open(Path::new("/dev/null")).unwrap_err().kind(), Kind::Refused);
    }

    #[test]
    fn wrong_bytes_leave_the_old_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar");
        copy(&image("old"), &mut open(&path).unwrap(), &tags(&["v1"]), &Silent).unwrap();
        let before = fs::read(&path).unwrap();
        let error = copy(&image_of(corrupt("new")), &mut open(&path).unwrap(), &tags(&["v1"]), &Silent).unwrap_err();
        assert_eq!(error.kind(), Kind::Integrity);
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(&folder.path().join("no/b.tar")).unwrap();
        let error = copy(&image("a"), &mut store, &tags(&["v1"]), &Silent).unwrap_err();
        assert_eq!(error.kind(), Kind::Local);
        assert!(error.to_string().contains("no/b.tar") && error.hint_text().unwrap().contains("folder"), "{error:?}");
    }
}
