//! What other tools make of what `consign` writes: skopeo and crane and oras and GNU tar, each at its own job.
//!
//! `.ci/run` installs them and names them in `CRANE`, `ORAS` and `SKOPEO`; without these variables they are looked for in `PATH`.
//! A missing one fails its tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::Folder;
use serde_json::Value;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shop");

/// Runs a peer, which must succeed, and gives what it printed.
fn peer<A: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = A>) -> String {
    let mut command = Command::new(std::env::var_os(name.to_uppercase()).unwrap_or_else(|| name.into()));
    command.args(args).env("TZ", "UTC").stdin(Stdio::null());
    let output = command.output().unwrap_or_else(|error| panic!("{name}: {error}: .ci/run installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Pushes the shop, and gives the digest that `consign` printed.
fn push_shop(folder: &Folder, args: &[&str]) -> String {
    let line = folder.ok(&[&["push", SHOP], args].concat());
    let (_, digest) = line.trim_end().rsplit_once('@').expect("NAME@DIGEST");
    digest.to_owned()
}

/// The folder, or a file in it, as an argument.
fn path(folder: &Folder, name: &str) -> String {
    folder.path().join(name).to_str().expect("UTF-8").to_owned()
}

/// What a layout's only tag names.
fn tagged_digest(layout: &Path) -> Value {
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    index["manifests"][0]["digest"].clone()
}

/// Every file below a folder, by its path there, but for those that the shop leaves out of its bundle.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let left_out = [".consignignore", "README.md"];
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a readable tree"))
        .filter(|entry| entry.file_type().is_file() && !left_out.iter().any(|name| entry.file_name() == *name))
        .map(|entry| (entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// `crane registry serve` on a free port, ended with the value.
struct Registry {
    child: Child,
    address: String,
}

impl Registry {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let crane = std::env::var_os("CRANE").unwrap_or_else(|| "crane".into());
        let child = Command::new(crane)
            .args(["registry", "serve", "--address", &address])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("crane: {error}: .ci/run installs it"));
        // From here on the child is ended even where the test panics.
        let registry = Self { child, address };
        let started = Instant::now();
        while TcpStream::connect(&registry.address).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "crane registry serve does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        registry
    }

    fn reference(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs skopeo; .ci/run installs it"]
fn skopeo_reads_a_layout_and_copies_it_unchanged() {
    for flavour in ["oci", "flux", "oras"] {
        let folder = Folder::new();
        let digest = push_shop(&folder, &["oci:out:v1", "--media-types", flavour]);
        let from = format!("oci:{}:v1", path(&folder, "out"));
        let raw = peer("skopeo", ["inspect", "--raw", &from]);
        assert_eq!(consign::oci::Digest::of(raw.as_bytes()).to_string(), digest, "{flavour}");

        let to = format!("oci:{}:v1", path(&folder, "copy"));
        peer("skopeo", ["--insecure-policy", "copy", "--preserve-digests", &from, &to]);
        assert_eq!(tagged_digest(&folder.path().join("copy")), digest, "{flavour}");
    }
}

#[test]
#[ignore = "needs skopeo; .ci/run installs it"]
fn skopeo_inspects_the_default_image_as_an_image() {
    let folder = Folder::new();
    let digest = push_shop(&folder, &["oci:out:v1"]);
    let image: Value =
        serde_json::from_str(&peer("skopeo", ["inspect", &format!("oci:{}:v1", path(&folder, "out"))])).unwrap();
    assert_eq!(image["Digest"], digest);
    assert_eq!((&image["Os"], &image["Architecture"]), (&"linux".into(), &"amd64".into()));
    assert_eq!(image["Layers"].as_array().map(Vec::len), Some(1));
}

#[test]
#[ignore = "needs skopeo; .ci/run installs it"]
fn skopeo_copies_an_archive_unchanged() {
    let folder = Folder::new();
    let digest = push_shop(&folder, &["oci-archive:out.tar:v1"]);
    let from = format!("oci-archive:{}:v1", path(&folder, "out.tar"));
    peer("skopeo", ["--insecure-policy", "copy", &from, &format!("oci:{}:v1", path(&folder, "copy"))]);
    assert_eq!(tagged_digest(&folder.path().join("copy")), digest);
}

#[test]
#[ignore = "needs crane; .ci/run installs it"]
fn crane_pushes_a_layout_and_finds_the_image_valid() {
    let registry = Registry::start();
    for flavour in ["oci", "flux"] {
        let folder = Folder::new();
        let digest = push_shop(&folder, &["oci:out:v1", "--media-types", flavour]);
        let reference = registry.reference(&format!("{flavour}:v1"));
        peer("crane", ["push", &path(&folder, "out"), &reference]);
        assert_eq!(peer("crane", ["digest", &reference]).trim_end(), digest);
        peer("crane", ["validate", "--remote", &reference]);

        let exported = path(&folder, "exported.tar");
        peer("crane", ["export", &reference, &exported]);
        fs::create_dir(folder.path().join("exported")).unwrap();
        peer("tar", ["-xf", &exported, "-C", &path(&folder, "exported")]);
        assert_eq!(files(&folder.path().join("exported")), files(Path::new(SHOP)), "{flavour}");
    }
}

#[test]
#[ignore = "needs crane and oras; .ci/run installs them"]
fn oras_pull_unpacks_the_same_tree() {
    let registry = Registry::start();
    for flavour in ["oci", "flux", "oras"] {
        let folder = Folder::new();
        let digest = push_shop(&folder, &["oci:out:v1", "--media-types", flavour]);
        let reference = registry.reference(&format!("{flavour}:v2"));
        let from = format!("{}:v1", path(&folder, "out"));
        peer("oras", ["copy", "--from-oci-layout", &from, "--to-plain-http", &reference]);
        assert_eq!(peer("crane", ["digest", &reference]).trim_end(), digest);

        peer("oras", ["pull", "--plain-http", "-o", &path(&folder, "pulled"), &reference]);
        assert_eq!(files(&folder.path().join("pulled")), files(Path::new(SHOP)), "{flavour}");
    }
}

#[test]
#[ignore = "needs oras; .ci/run installs it"]
fn oras_pulls_from_the_layout_itself() {
    let folder = Folder::new();
    push_shop(&folder, &["oci:out:v1"]);
    let layout = format!("{}:v1", path(&folder, "out"));
    peer("oras", ["pull", "--oci-layout", "-o", &path(&folder, "pulled"), &layout]);
    assert_eq!(files(&folder.path().join("pulled")), files(Path::new(SHOP)));
}

#[test]
#[ignore = "needs GNU tar; .ci/run installs it"]
fn gnu_tar_lists_folders_first_and_unpacks_with_fixed_modes() {
    let folder = Folder::new();
    folder.ok(&["build", SHOP, "-o", "layer.tar.gz"]);
    let layer = path(&folder, "layer.tar.gz");
    let listed = peer("tar", ["--numeric-owner", "--full-time", "-tvzf", &layer]);
    let mut seen: Vec<&str> = Vec::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [mode, owner, _size, date, time, name] = words[..] else { panic!("{line}") };
        assert_eq!((owner, date, time), ("0/0", "1970-01-01", "00:00:00"), "{line}");
        assert_eq!(mode, if name.ends_with('/') { "drwxr-xr-x" } else { "-rw-r--r--" }, "{line}");
        assert!(!name.starts_with("./") && !name.starts_with('/'), "{line}");
        if let Some((parent, _)) = name.trim_end_matches('/').rsplit_once('/') {
            assert!(
                seen.iter().any(|earlier| earlier.strip_suffix('/') == Some(parent)),
                "{line}: its folder comes later"
            );
        }
        seen.push(name);
    }
    assert!(seen.is_sorted() && seen.len() > files(Path::new(SHOP)).len(), "{seen:?}");

    let unpacked = folder.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    peer("tar", ["-xpzf", &layer, "-C", &path(&folder, "unpacked")]);
    assert_eq!(files(&unpacked), files(Path::new(SHOP)));
    for entry in walkdir::WalkDir::new(&unpacked).min_depth(1) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, if entry.file_type().is_dir() { 0o755 } else { 0o644 }, "{}", entry.path().display());
    }
}
