//! The same paths and bytes give the same digest: on any number of threads, whatever the clock, the locale, the umask, the order on
//! disk, and whichever way the files come in.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use common::{Folder, NAMESPACE, config_map, stdout_of};

fn tree(folder: &Folder, root: &str, names: impl IntoIterator<Item = usize>) {
    folder.file(&format!("{root}/namespace.yaml"), NAMESPACE);
    for number in names {
        folder.file(&format!("{root}/team-{}/map-{number}.yaml", number % 7), config_map(&format!("map-{number}")));
    }
    // Several blocks, so that several threads have something to do.
    folder.file(
        &format!("{root}/noise.txt"),
        (0u32..200_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<u8>>(),
    );
    // Too large to be read in one go.
    let document =
        |number: usize| format!("---\n{}  text: {}\n", config_map(&format!("large-{number}")), "text ".repeat(1000));
    let documents: String = (0..900).map(document).collect();
    assert!(documents.len() > 4 << 20);
    folder.file(&format!("{root}/large.yaml"), documents);
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let folder = Folder::new();
    tree(&folder, "in", 0..100);
    let digest = folder.ok(&["digest", "in", "--all", "-q", "--threads", "1"]);
    for threads in ["2", "3", "64"] {
        assert_eq!(folder.ok(&["digest", "in", "--all", "-q", "--threads", threads]), digest, "{threads} threads");
    }
}

#[test]
fn order_modes_times_umask_clock_and_locale_leave_no_trace() {
    let folder = Folder::new();
    tree(&folder, "a", 0..50);
    tree(&folder, "b", (0..50).rev());
    for (index, name) in ["b/namespace.yaml", "b/team-1/map-1.yaml"].iter().enumerate() {
        let path = folder.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(if index == 0 { 0o700 } else { 0o444 })).unwrap();
        fs::File::options().read(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    fs::create_dir_all(folder.path().join("b/empty/folder")).unwrap();
    let digest = folder.ok(&["digest", "a", "-q"]);
    let script = "umask 077; LC_ALL=tr_TR.UTF-8 TZ=Pacific/Kiritimati exec \"$0\" digest b -q";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_consign")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(stdout_of(&["digest", "b"], &output), digest);
}

#[test]
fn a_directory_and_a_tar_of_it_give_the_same_digest() {
    let folder = Folder::new();
    tree(&folder, "in", 0..20);
    folder.file("in/notes.md", "left out\n");
    folder.file("in/.consignignore", "*.md\n");
    let digest = folder.ok(&["digest", "in", "-q"]);
    // What this tool builds.
    for output in ["layer.tar", "layer.tar.gz", "layer.tgz"] {
        folder.ok(&["build", "in", "-o", output, "-q"]);
        assert_eq!(folder.ok(&["digest", output, "-q"]), digest, "{output}");
    }
    let built = folder.read("layer.tar.gz");
    assert_eq!(stdout_of(&["digest", "-"], &folder.run_with_input(&["digest", "-", "-q"], &built)), digest);
    // What people hand to other tools today.
    for (output, flags) in [("gnu.tar", "-cf"), ("gnu.tar.gz", "-czf")] {
        let status =
            Command::new("tar").args([flags, output, "-C", "in", "."]).current_dir(folder.path()).status().unwrap();
        assert!(status.success());
        assert_eq!(folder.ok(&["digest", output, "-q"]), digest, "{output}");
    }
}

#[test]
fn one_file_and_standard_input_give_what_a_directory_with_that_file_gives() {
    let folder = Folder::new();
    folder.file("in/manifests.yaml", NAMESPACE);
    let digest = folder.ok(&["digest", "in", "-q"]);
    assert_eq!(folder.ok(&["digest", "in/manifests.yaml", "-q"]), digest);
    let output = folder.run_with_input(&["digest", "-", "-q"], NAMESPACE.as_bytes());
    assert_eq!(stdout_of(&["digest", "-"], &output), digest);
}

#[test]
fn digest_push_and_every_kind_of_target_agree() {
    let folder = Folder::new();
    tree(&folder, "in", 0..5);
    let digest = folder.ok(&["digest", "in", "-q"]);
    let digest = digest.trim();
    let printed =
        folder.ok(&["push", "in", "oci:out:v1", "oci-archive:out.tar:v1", "-q", "--digest-file", "digest.txt"]);
    assert_eq!(printed, format!("oci:out@{digest}\noci-archive:out.tar@{digest}\n"));
    assert_eq!(folder.read("digest.txt"), format!("{digest}\n").into_bytes());
    assert_eq!(folder.ok(&["push", "in", "oci:other:v1", "--dry-run", "-q"]), format!("oci:other@{digest}\n"));
    assert!(!folder.path().join("other").exists(), "a dry run writes nothing");
}
