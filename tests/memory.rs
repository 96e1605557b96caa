//! Memory does not grow with the size of the source, nor much with the number of threads.

#![allow(clippy::expect_used)] // A panic here is a test that fails.

mod common;
mod registry;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use common::Folder;
use registry::{Config, Registry};

const BOUND: u64 = 64 << 10;

/// The most resident memory, in KiB, that a command had; it must do its work.
fn peak(folder: &Folder, args: &[&str]) -> u64 {
    let mut child =
        folder.consign().args(args).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("consign starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak).max(peak);
        if let Some(status) = child.try_wait().expect("its status") {
            assert!(status.success(), "consign {args:?}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// So many files of 512 KiB: links to one, which take no room on disk but are files like any others.
fn tree(count: usize) -> Folder {
    let folder = Folder::new();
    let entry = |number: usize| format!("  key-{number}: \"{}\"\n", number.wrapping_mul(2_654_435_761));
    let map: String = (0..)
        .map(entry)
        .scan(0, |size, line| {
            *size += line.len();
            (*size < 512 << 10).then_some(line)
        })
        .collect();
    let first =
        folder.file("in/map-0.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map}}\ndata:\n{map}"));
    for number in 1..count {
        fs::hard_link(&first, folder.path().join(format!("in/map-{number}.yaml"))).expect("a link");
    }
    // The files are then parts of a kustomization, and need not be different objects.
    folder.file("in/kustomization.yaml", "resources: []\n");
    folder.without_programs();
    folder
}

#[test]
#[ignore = "packs 1 GiB, twice"]
fn a_gibibyte_packs_in_64_mebibytes() {
    let folder = tree(2048);
    for threads in ["2", "32"] {
        let peak = peak(&folder, &["build", "in", "-o", "out.tar.gz", "-q", "--no-validate", "--threads", threads]);
        assert!(peak > 0 && peak <= BOUND, "{threads} threads: {peak} KiB");
    }
}

#[test]
#[ignore = "pushes 1 GiB, twice"]
fn a_gibibyte_is_pushed_in_64_mebibytes() {
    let folder = tree(2048);
    // A file that does not compress, so that what is sent is large too.
    let mut noise = 1u64;
    let mut random = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 32) as u32
    };
    folder.file("in/noise.bin", (0..64 << 18).flat_map(|_| random().to_le_bytes()).collect::<Vec<u8>>());
    for threads in ["2", "32"] {
        let registry = Registry::start(Config { keep: 64 << 10, ..Config::default() });
        let reference = format!("{}/large:v1", registry.host());
        let peak =
            peak(&folder, &["push", "in", &reference, "-q", "--no-validate", "--no-cache", "--threads", threads]);
        assert!(registry.missing("large", "v1").is_none());
        assert!(peak > 0 && peak <= BOUND, "{threads} threads: {peak} KiB");
    }
}

#[test]
#[ignore = "parses 256 MiB, twice"]
fn checks_stay_within_the_same_bound() {
    let folder = tree(512);
    for threads in ["2", "32"] {
        let peak = peak(&folder, &["build", "in", "-o", "out.tar.gz", "-q", "--threads", threads]);
        assert!(peak > 0 && peak <= BOUND, "{threads} threads: {peak} KiB");
    }
}

#[test]
#[ignore = "packs a file of 1 GiB"]
fn one_large_file_is_streamed() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", common::NAMESPACE);
    let large = fs::File::create(folder.path().join("in/large.bin")).expect("a file");
    large.set_len(1 << 30).expect("a size");
    let peak = peak(&folder, &["build", "in", "-o", "out.tar.gz", "-q"]);
    assert!(peak > 0 && peak <= BOUND, "{peak} KiB");
}
