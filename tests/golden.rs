//! The bytes that must never change.
//!
//! If a test here fails, the same files would get another digest than from earlier versions of this tool: every consumer would sync
//! again, and tags in registries that are immutable would refuse the push of an unchanged bundle. Do not just write down the new
//! values. Find what changed the bytes and take it back; if it must be, it is a change for the users' eyes, told in `CHANGELOG.md`.

mod common;

use std::io::Read as _;

use common::{Folder, NAMESPACE, config_map};

/// A tree with all that decides bytes: folders in folders, names that sort around `/`, a long path, a name beyond ASCII.
fn tree() -> Folder {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/a/b/deep.yaml", config_map("deep"));
    folder.file("in/a-b.yaml", config_map("dash"));
    folder.file("in/a.yaml", config_map("dot"));
    folder.file("in/grüße.txt", "hello\n");
    folder.file(&format!("in/{}/long.yaml", "f".repeat(120)), config_map("long"));
    folder.file(&format!("in/{}.txt", "n".repeat(120)), "");
    folder.file("in/large.txt", "0123456789abcdef".repeat(20_000));
    folder
}

#[test]
fn the_digests_of_a_known_tree_stay_as_they_are() {
    let folder = tree();
    let all = folder.ok(&["digest", "in", "--all", "-q"]);
    assert_eq!(
        all,
        "\
manifest  sha256:8f88dd22654902fba4aafbe4f7680c63a147b99c4d9db5a47afbaff8a9284dfb         596 bytes
config    sha256:8ece26035860988119686ff87131c3560ca69be0dcd835151738a5eaeb09fad1         196 bytes
layer     sha256:c0485a1e0c8e0dcc19220a8ce9e5df30928bf42a0bb4c6ab83cfd2267c33c9d4        2544 bytes
diff ID   sha256:0185ae146d95939fbcabff615578929a0c35aa069e1663a3c71c83fff5b341f7      332800 bytes
"
    );
}

#[test]
fn the_manifest_and_the_config_stay_as_they_are_to_the_letter() {
    let folder = tree();
    folder.ok(&["push", "in", "oci:out:v1", "-q"]);
    let index: serde_json::Value = serde_json::from_slice(&folder.read("out/index.json")).unwrap();
    let blob = |digest: &serde_json::Value| {
        let hex = digest.as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
        String::from_utf8(folder.read(&format!("out/blobs/sha256/{hex}"))).unwrap()
    };
    let manifest = blob(&index["manifests"][0]["digest"]);
    assert_eq!(
        manifest,
        concat!(
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","#,
            r#""config":{"mediaType":"application/vnd.oci.image.config.v1+json","#,
            r#""digest":"sha256:8ece26035860988119686ff87131c3560ca69be0dcd835151738a5eaeb09fad1","size":196},"#,
            r#""layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","#,
            r#""digest":"sha256:c0485a1e0c8e0dcc19220a8ce9e5df30928bf42a0bb4c6ab83cfd2267c33c9d4","size":2544,"#,
            r#""annotations":{"io.deis.oras.content.digest":"sha256:0185ae146d95939fbcabff615578929a0c35aa069e1663a3c71c83fff5b341f7","#,
            r#""io.deis.oras.content.unpack":"true","org.opencontainers.image.title":"."}}]}"#
        )
    );
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(
        blob(&manifest["config"]["digest"]),
        concat!(
            r#"{"created":"1970-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","#,
            r#""diff_ids":["sha256:0185ae146d95939fbcabff615578929a0c35aa069e1663a3c71c83fff5b341f7"]}}"#
        )
    );
}

#[test]
fn the_tar_has_directories_before_their_files_and_no_padding() {
    let folder = tree();
    folder.ok(&["build", "in", "-o", "layer.tar", "-q"]);
    let tar = folder.read("layer.tar");
    let names: Vec<String> = tar
        .chunks(512)
        .filter(|block| &block[257..262] == b"ustar" && block[156] != b'x')
        .map(|block| String::from_utf8_lossy(&block[..100]).trim_end_matches('\0').chars().take(12).collect())
        .collect();
    let expected = [
        "a-b.yaml",
        "a.yaml",
        "a/",
        "a/b/",
        "a/b/deep.yaml",
        "ffffffffffff",
        "long.yaml",
        "grüße.txt",
        "large.txt",
        "namespace.ya",
        "nnnnnnnnnnnn",
    ];
    let expected: Vec<String> = expected.iter().map(|name| name.chars().take(12).collect()).collect();
    assert_eq!(names, expected);
    assert!(tar.ends_with(&[0; 1024]));
    assert!(!tar.ends_with(&[0; 1024 + 512]), "the archive ends after exactly two blocks of zeroes");
    for header in tar.chunks(512).filter(|block| &block[257..262] == b"ustar") {
        let mode = if header[156] == b'5' { b"0000755\0" } else { b"0000644\0" };
        assert_eq!(&header[100..108], mode);
        assert_eq!(&header[108..124], b"0000000\x000000000\0", "owner");
        assert_eq!(&header[136..148], b"00000000000\0", "time");
        assert_eq!(&header[265..329], [0; 64], "names of the owner");
    }
}

#[test]
fn the_gzip_header_says_nothing_of_time_name_or_machine() {
    let folder = tree();
    folder.ok(&["build", "in", "-o", "layer.tar.gz", "-q"]);
    let gzip = folder.read("layer.tar.gz");
    assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    folder.ok(&["build", "in", "-o", "layer.tar", "-q"]);
    let mut tar = Vec::new();
    // `GzDecoder` reads one member; that this is all of it shows that there is only one.
    flate2::bufread::GzDecoder::new(&gzip[..]).read_to_end(&mut tar).unwrap();
    assert!(tar == folder.read("layer.tar"));
}
