//! Any tree that is packed and unpacked again gives the same files, on any number of threads.

#![allow(clippy::unwrap_used)] // A panic here is a test that fails.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::num::NonZeroUsize;

use consign::notice::Silent;
use consign::{pack, source};
use proptest::prelude::*;

/// Paths and bytes: nested folders, names that sort around `/`, long ones, ones beyond ASCII, empty and repetitive files.
fn tree() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let part = prop_oneof![
        prop::sample::select(vec!["a", "a-b", "a.b", "b", "grüße", " x", "日本"]).prop_map(ToOwned::to_owned),
        "[a-z]{90,120}".prop_map(|name| name),
    ];
    let path = prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        (any::<u8>(), 0usize..300_000).prop_map(|(byte, length)| vec![byte; length]),
    ];
    prop::collection::btree_map(path, bytes, 1..12).prop_map(|mut files| {
        // A name cannot be a file and a folder.
        let names: Vec<String> = files.keys().cloned().collect();
        files.retain(|name, _| !names.iter().any(|other| other.starts_with(&format!("{name}/"))));
        files
    })
}

fn packed(files: &BTreeMap<String, Vec<u8>>, threads: usize) -> (Vec<u8>, consign::oci::Digest) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let source = source::open(folder.path(), &source::Options::default()).unwrap();
    let options =
        pack::Options { threads: NonZeroUsize::new(threads).unwrap(), checks: None, ..pack::Options::default() };
    let layer = pack::pack(&source, &options, &Silent).unwrap().layer.unwrap();
    let mut gzip = Vec::new();
    layer.blob.open().read_to_end(&mut gzip).unwrap();
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut tar).unwrap();
    assert_eq!(consign::oci::Digest::of(&tar), layer.diff_id);
    (tar, layer.blob.descriptor.digest)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_comes_out_again(files in tree(), threads in 1usize..9) {
        let (tar, digest) = packed(&files, threads);
        prop_assert_eq!(packed(&files, 1).1, digest);
        let mut reader = consign::tar::Reader::new(&tar[..]);
        let mut unpacked = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(member) = reader.next_member().unwrap() {
            let name = String::from_utf8(member.name.clone()).unwrap();
            let (parent, _) = name.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
            prop_assert!(folders.iter().any(|folder| folder.trim_end_matches('/') == parent), "{} before its folder", name);
            if name.ends_with('/') {
                folders.push(name);
            } else {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).unwrap();
                unpacked.insert(name, bytes);
            }
        }
        prop_assert_eq!(unpacked, files);
    }
}
