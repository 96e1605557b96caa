//! A push that is stopped half way leaves no half image, no moved tag and no litter.

#![allow(clippy::unwrap_used)] // A panic here is a test that fails.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use common::{Folder, NAMESPACE};

/// All files below `root`.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { all.push(path) }
        }
    }
    all.sort();
    all
}

/// Content that takes a while to compress, and does not shrink.
fn noise(folder: &Folder) {
    folder.file("in/namespace.yaml", NAMESPACE);
    let noise: Vec<u8> =
        (0u32..8_000_000).flat_map(|i| (i.wrapping_mul(2_654_435_761) ^ (i >> 3)).to_be_bytes()).collect();
    folder.file("in/noise.bin", noise);
}

fn start(folder: &Folder, reference: &str) -> Child {
    folder
        .consign()
        .args(["push", "in", reference, "--level", "9", "--threads", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_signal_ends_the_command_with_a_sentence_and_its_code() {
    let folder = Folder::new();
    noise(&folder);
    for (kind, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let child = start(&folder, "oci:out:v1");
        std::thread::sleep(Duration::from_millis(300));
        signal(&child, kind);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("stopped"), "{said}");
        assert!(output.stdout.is_empty());
        assert!(!folder.path().join("out/index.json").exists());
    }
    assert_eq!(files(folder.path()).len(), 2, "only the source is there: {:?}", files(folder.path()));
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_state_or_the_new_one() {
    let folder = Folder::new();
    noise(&folder);
    folder.ok(&["push", "in/namespace.yaml", "oci:out:v1", "-q"]);
    let before = files(&folder.path().join("out"));
    let index = folder.read("out/index.json");
    for wait in [20, 200, 500, 900, 1400] {
        let mut child = start(&folder, "oci:out:v1");
        std::thread::sleep(Duration::from_millis(wait));
        signal(&child, rustix::process::Signal::KILL);
        child.wait().unwrap();
        if folder.read("out/index.json") == index {
            let now: Vec<PathBuf> = files(&folder.path().join("out"));
            // Whole blobs that nothing names yet may be there; names of other kinds may not.
            for path in now.iter().filter(|path| !before.contains(path)) {
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(
                    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
                    "litter: {}",
                    path.display()
                );
            }
        }
        // Whatever is there is whole: the same push goes through, and the tag names a complete image.
    }
    folder.ok(&["push", "in", "oci:out:v1", "-q"]);
}

#[test]
fn a_full_disk_is_named_and_leaves_nothing() {
    let folder = Folder::new();
    noise(&folder);
    // No file may grow over 1 MiB: what a full disk does, for this process only.
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" push in oci:out:v1";
    let output = std::process::Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_consign")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(8), "{said}");
    assert!(said.contains("cannot write") && said.contains(&folder.path().display().to_string()), "{said}");
    assert_eq!(files(folder.path()).len(), 2, "{:?}", files(folder.path()));
}

#[test]
fn pushes_at_once_into_one_layout_lose_no_tag() {
    let folder = Folder::new();
    for number in 0..8 {
        folder.file(&format!("in-{number}/namespace.yaml"), NAMESPACE.replace("test", &format!("test-{number}")));
    }
    let children: Vec<Child> = (0..8)
        .map(|number| {
            let (source, reference) = (format!("in-{number}"), format!("oci:out:v{number}"));
            folder.consign().args(["push", &source, &reference, "-q"]).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let index: serde_json::Value = serde_json::from_slice(&folder.read("out/index.json")).unwrap();
    let mut tags: Vec<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|manifest| manifest["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap())
        .collect();
    tags.sort_unstable();
    assert_eq!(tags, ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"]);
}
