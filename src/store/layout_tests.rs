use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::notice::Event;
use crate::oci::{Image, Target, annotation, media_type};
use crate::store::Store;
use crate::store::test_image::copy;
use crate::store::test_image::{corrupt, image, image_of};
use crate::transfer::Transferred;

fn tags(texts: &[&str]) -> Vec<Tag> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn open(path: &Path) -> Result<Store, Error> {
    Store::open(&Target::Layout { path: path.to_owned(), tag: None })
}

fn push(path: &Path, image: &Image, texts: &[&str]) -> Result<Transferred, Error> {
    copy(image, &mut open(path)?, &tags(texts), &Silent)
}

/// Every file below a folder and its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file())
        .map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

/// What each tag names.
fn named(layout: &Path) -> BTreeMap<String, String> {
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let tag = entry["annotations"][annotation::REF_NAME].as_str().unwrap();
            (tag.to_owned(), entry["digest"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn blob_path(layout: &Path, blob: &Blob) -> PathBuf {
    layout.join("blobs/sha256").join(blob.descriptor.digest.hex())
}

#[test]
fn a_push_makes_a_layout_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/layout");
    let image = image("layer");
    let done = push(&path, &image, &["v1", "v2"]).unwrap();
    assert!(done.blobs.iter().all(|(_, placed)| *placed == Placed::Written));
    let mut index = Index::default();
    index.name(&image.manifest.descriptor, &tags(&["v1", "v2"]));
    let mut expected = BTreeMap::from([
        (PathBuf::from("oci-layout"), MARKER.to_vec()),
        (PathBuf::from("index.json"), index.to_bytes()),
    ]);
    for blob in image.blobs.iter().chain([&image.manifest]) {
        expected.insert(blob_path(Path::new(""), blob), blob.as_bytes().unwrap().to_vec());
    }
    assert_eq!(files(&path), expected);
}

#[test]
fn opening_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layout");
    let mut store = open(&path).unwrap();
    let Store::Layout(layout) = &mut store else { panic!("{store:?}") };
    layout.put_blob(&image("a").blobs[1], &Silent).unwrap();
    drop(store);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_second_push_of_the_same_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("layer");
    push(folder.path(), &image, &["v1"]).unwrap();
    let inode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().ino();
    let before = (inode("index.json"), inode("oci-layout"));
    let done = push(folder.path(), &image, &["v1"]).unwrap();
    assert!(done.blobs.iter().all(|(_, placed)| *placed == Placed::AlreadyThere));
    assert_eq!((done.manifest, done.tags[0].1.clone()), (Placed::AlreadyThere, Placed::AlreadyThere));
    assert_eq!((inode("index.json"), inode("oci-layout")), before);
}

#[test]
fn a_tag_moves_to_the_new_image() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (image("old"), image("new"));
    push(folder.path(), &old, &["v1", "latest"]).unwrap();
    push(folder.path(), &new, &["v2", "latest"]).unwrap();
    let expected = [("latest", &new), ("v1", &old), ("v2", &new)];
    assert_eq!(named(folder.path()), expected.map(|(tag, image)| (tag.to_owned(), image.digest().to_string())).into());
}

#[test]
fn a_corrupt_or_short_blob_is_found_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let image = image("layer");
    push(folder.path(), &image, &["v1"]).unwrap();
    let whole = files(folder.path());
    for (wrong, blob) in [("lay", &image.blobs[1]), ("LAYER", &image.blobs[1]), ("{}", &image.manifest)] {
        fs::write(blob_path(folder.path(), blob), wrong).unwrap();
        let done = push(folder.path(), &image, &["v1"]).unwrap();
        let written = done.blobs.iter().filter(|(_, placed)| *placed == Placed::Written).count();
        assert_eq!((written, done.manifest == Placed::Written), if wrong == "{}" { (0, true) } else { (1, false) });
        assert_eq!(files(folder.path()), whole);
    }
}

#[test]
fn wrong_bytes_are_not_stored_and_the_tag_stays() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh");
    let layout = folder.path().join("layout");
    push(&layout, &image("old"), &["v1"]).unwrap();
    let before = files(folder.path());
    for path in [&layout, &fresh] {
        let error = push(path, &image_of(corrupt("new")), &["v1"]).unwrap_err();
        assert_eq!(error.kind(), Kind::Integrity);
        assert!(error.to_string().contains("3 bytes with the digest sha256:"), "{error}");
    }
    assert_eq!(files(folder.path()), before);
    assert!(!fresh.exists());
}

#[test]
fn progress_counts_every_byte() {
    struct Count(AtomicU64);
    impl Notice for Count {
        fn notice(&self, event: &Event<'_>) {
            if let Event::Advanced(bytes) = event {
                self.0.fetch_add(*bytes, Ordering::Relaxed);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let count = Count(AtomicU64::new(0));
    let image = image(&"x".repeat(300_000));
    copy(&image, &mut open(folder.path()).unwrap(), &tags(&["v1"]), &count).unwrap();
    assert_eq!(count.0.into_inner(), 300_002);
}

#[test]
fn a_blob_in_a_file_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = vec![7; 300_000];
    let descriptor = Blob::from_bytes(media_type::OCI_LAYER_GZIP, bytes.clone()).descriptor;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let image = image_of(Blob::in_file(descriptor, file));
    push(folder.path(), &image, &["v1"]).unwrap();
    assert_eq!(fs::read(blob_path(folder.path(), &image.blobs[1])).unwrap(), bytes);
}

#[test]
fn what_is_in_the_place_of_a_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("file"), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
    for (name, files) in [
        ("other", &[("notes.txt", "x")][..]),
        ("version", &[("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#)]),
        ("no-version", &[("oci-layout", "[]")]),
        ("no-json", &[("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#), ("index.json", "{")]),
        ("no-object", &[("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#), ("index.json", "[]")]),
    ] {
        fs::create_dir(path(name)).unwrap();
        for (file, content) in files {
            fs::write(path(name).join(file), content).unwrap();
        }
    }
    let before = files(folder.path());
    for (name, why) in [
        ("file", "it is a file, not a directory"),
        ("link", "it is a symbolic link to nothing"),
        ("other", "it is a directory with something in it, and not an image layout"),
        ("version", "version/oci-layout` says version \"2.0.0\", not \"1.0.0\""),
        ("no-version", "no-version/oci-layout` does not say which version"),
        ("no-json", "no-json/index.json`: it is not JSON"),
        ("no-object", "no-object/index.json`: it is not a JSON object"),
    ] {
        let error = open(&path(name)).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        assert!(error.to_string().contains(why) && error.hint_text().is_some(), "{error}");
    }
    assert_eq!(files(folder.path()), before);
    fs::create_dir(path("empty")).unwrap();
    push(&path("empty"), &image("a"), &["v1"]).unwrap();
}

#[test]
fn pushes_from_several_threads_lose_no_tag() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layout");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..10 {
                    let tag = format!("t{thread}-{round}");
                    push(path, &image(&format!("{}", (thread + round) % 5)), &[&tag, "shared"]).unwrap();
                }
            });
        }
    });
    assert_eq!(named(&path).len(), 41);
    assert_eq!(files(&path).len(), 2 + 1 + 2 * 5, "marker, index, config, and a layer and a manifest of each image");
}

/// Pushes as another process would; see `child`.
#[test]
#[ignore = "a part of other tests, which run it in a process of its own"]
fn pushes_as_told() {
    let Ok(told) = std::env::var("CONSIGN_TEST_PUSH") else { return };
    let (tag, path) = told.split_once(' ').unwrap();
    if let Err(error) = push(Path::new(path), &image(&tag.repeat(1 << 20)), &[tag]) {
        panic!("{:?}: {error}", error.kind());
    }
}

/// Pushes an image of a megabyte and more in another process, started by a shell that first does `prepare`.
fn child(prepare: &str, layout: &Path, tag: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!(r#"{prepare} exec "$0" --exact store::layout::tests::pushes_as_told --ignored --nocapture"#))
        .arg(std::env::current_exe().unwrap())
        .env("CONSIGN_TEST_PUSH", format!("{tag} {}", layout.display()));
    command
}

#[test]
fn pushes_from_several_processes_lose_no_tag() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layout");
    let children: Vec<_> =
        (0..4).map(|number| child("", &path, &number.to_string()).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(named(&path).len(), 4);
}

#[test]
fn the_umask_decides_who_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    assert!(child("umask 027;", &layout, "1").output().unwrap().status.success());
    for entry in walkdir::WalkDir::new(&layout) {
        let entry = entry.unwrap().metadata().unwrap();
        assert_eq!(entry.mode() & 0o7777, if entry.is_dir() { 0o750 } else { 0o640 });
    }
}

#[test]
fn a_full_disk_leaves_the_old_state_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, fresh) = (folder.path().join("layout"), folder.path().join("fresh"));
    push(&layout, &image("old"), &["1"]).unwrap();
    let before = files(folder.path());
    for path in [&layout, &fresh] {
        // No file may grow over some 100 kB, which fails as a full disk does.
        let output = child("trap '' XFSZ; ulimit -f 100;", path, "1").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(said.contains(&format!("Local: cannot write to the layout `{}`: ", path.display())), "{said}");
    }
    assert_eq!(files(folder.path()), before);
    assert!(!fresh.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_kill_leaves_the_old_state_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, fresh) = (folder.path().join("layout"), folder.path().join("fresh"));
    push(&layout, &image("old"), &["1"]).unwrap();
    let before = files(folder.path());
    for path in [&layout, &fresh] {
        // Here the same limit kills the process in the middle of writing the layer.
        let output = child("ulimit -c 0; ulimit -f 100;", path, "1").output().unwrap();
        assert_eq!(output.status.signal(), Some(rustix::process::Signal::XFSZ.as_raw()), "{output:?}");
    }
    assert_eq!(files(folder.path()), before);
    assert!(!fresh.exists());
}
