//! What can go in, and what is said about what cannot.

mod common;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use common::{Folder, NAMESPACE, Transcript, config_map};

#[test]
fn everything_goes_in_but_what_is_left_out_by_name() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/.hidden.yaml", config_map("hidden"));
    folder.file("in/README.md", "# Not for a cluster\n");
    folder.file("in/.git/HEAD", "ref: refs/heads/main\n");
    folder.file("in/sub/.git", "gitdir: elsewhere\n");
    folder.file("in/.DS_Store", "");
    folder.file("in/namespace.yaml~", "");
    folder.file("in/.gitignore", "*.yaml\n");
    folder.file("in/.consignignore", "*.md\n!keep.md\ndrafts/\n");
    folder.file("in/keep.md", "kept\n");
    folder.file("in/drafts/one.yaml", "{{ not yaml");
    folder.file("in/sub/.consignignore", "# only here\n/local.yaml\n");
    folder.file("in/sub/local.yaml", "{{ not yaml");
    folder.file("in/sub/deeper/local.yaml", config_map("deeper"));
    folder.file("in/scratch/tmp.yaml", "{{ not yaml");
    folder.file(".consignignore", "*\n");
    fs::create_dir_all(folder.path().join("in/empty")).unwrap();
    let mut t = Transcript::new("sources-ignore");
    t.say("-v lists what went in and what was left out, and why");
    t.run(&folder, &["push", "in", "oci:out:v1", "-v", "--ignore", "scratch/"]);
    t.say("The built-in exclusions cannot be taken back");
    folder.file("in/.consignignore", "!.git\n*.md\ndrafts/\n");
    t.run(&folder, &["push", "in", "oci:out:v1", "-v", "--ignore", "scratch/", "--ignore", "!.git/"]);
    t.say("A pattern that is none");
    t.run(&folder, &["push", "in", "oci:out:v1", "--ignore", "a[b"]);
    folder.file("in/.consignignore", "ok\na[b\n");
    t.run(&folder, &["push", "in", "oci:out:v1", "--ignore", "scratch/"]);
    t.check();
}

#[test]
fn links_inside_the_tree_are_followed_and_all_others_are_errors() {
    let folder = Folder::new();
    folder.file("secret.txt", "outside\n");
    folder.file("in/base/namespace.yaml", NAMESPACE);
    folder.link("in/env/namespace.txt", "../base/namespace.yaml");
    let mut t = Transcript::new("sources-links");
    t.say("A link to a file inside is that file");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    t.say("Every other link is an error, all shown together");
    folder.link("in/absolute.yaml", "/etc/hostname");
    folder.link("in/dangling.yaml", "nowhere.yaml");
    folder.link("in/folder", "base");
    folder.link("in/loop-a.yaml", "loop-b.yaml");
    folder.link("in/loop-b.yaml", "loop-a.yaml");
    folder.link("in/outside.yaml", "../secret.txt");
    folder.file("in/.git/config", "[core]\n");
    folder.link("in/git.txt", ".git/config");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    t.say("... unless it is left out");
    t.run(&folder, &["push", "in", "oci:out:v2", "--ignore", "/*.yaml", "--ignore", "folder", "--ignore", "git.txt"]);
    t.check();
}

#[test]
fn files_that_cannot_go_in_are_named_together() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/back\\slash.yaml", "");
    folder.file("in/line\nfeed.yaml", "");
    folder.file("in/.wh.gone.yaml", "");
    folder.file("in/Case.txt", "");
    folder.file("in/case.txt", "");
    fs::write(folder.path().join("in").join(std::ffi::OsStr::from_bytes(b"latin-\xe9.yaml")), "").unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("in/pipe.yaml")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("in/socket")).unwrap();
    let mut t = Transcript::new("sources-files");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    assert!(!folder.path().join("out").exists());
    t.check();
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_names_it() {
    if rustix::process::geteuid().is_root() {
        // Root reads everything; the same is tried as another user where that can be had.
        let folder = Folder::new();
        folder.file("in/namespace.yaml", NAMESPACE);
        folder.file("in/closed.txt", "x");
        fs::set_permissions(folder.path().join("in/closed.txt"), fs::Permissions::from_mode(0o0)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let consign = folder.path().join("consign");
        fs::copy(env!("CARGO_BIN_EXE_consign"), &consign).unwrap();
        let output = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&consign)
            .args(["digest", "in"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("closed.txt") && said.contains("Permission denied"), "{said}");
        return;
    }
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/closed.txt", "x");
    fs::set_permissions(folder.path().join("in/closed.txt"), fs::Permissions::from_mode(0o0)).unwrap();
    let output = folder.run(&["digest", "in"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("closed.txt"));
}

#[test]
fn a_source_that_is_none_is_explained() {
    let folder = Folder::new();
    folder.file("README.md", "# Read me\n");
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("bundle.zip", b"PK\x03\x04rest");
    folder.file("bundle.tar.zst", b"\x28\xb5\x2f\xfdrest");
    folder.ok(&["push", "in", "oci:layout:v1", "oci-archive:archive.tar:v1", "-q"]);
    folder.ok(&["build", "in", "-o", "layer.tar.gz", "-q"]);
    let whole = folder.read("layer.tar.gz");
    folder.file("cut.tar.gz", &whole[..whole.len() - 20]);
    let mut t = Transcript::new("sources-none");
    t.say("Not there");
    t.run(&folder, &["digest", "missing"]);
    t.say("Of another kind");
    for source in ["README.md", "bundle.zip", "bundle.tar.zst", "/dev/null"] {
        t.run(&folder, &["digest", source]);
    }
    t.say("Images are copied, not packed");
    for source in ["layout", "archive.tar"] {
        t.run(&folder, &["digest", source]);
    }
    t.say("Cut off");
    t.run(&folder, &["digest", "cut.tar.gz"]);
    t.say("Larger than allowed");
    t.run(&folder, &["digest", "layer.tar.gz", "--max-size", "1KiB"]);
    t.run(&folder, &["digest", "in", "--max-size", "10B"]);
    t.run(&folder, &["digest", "in", "--max-files", "0"]);
    t.say("Nothing in it");
    fs::create_dir(folder.path().join("empty")).unwrap();
    t.run(&folder, &["push", "empty", "oci:out:v1"]);
    t.run(&folder, &["push", "empty", "oci:out:v1", "--allow-empty"]);
    t.run_with_input(&folder, &["push", "-", "oci:out:v1"], b"");
    t.say("Options that need something else");
    t.run(&folder, &["digest", "in/namespace.yaml", "--ignore", "x"]);
    t.run_with_input(&folder, &["digest", "-", "--stdin-name", "../up.yaml"], b"");
    t.run_with_input(&folder, &["digest", "-", "--stdin-name", "x.txt"], b"");
    t.check();
}

#[test]
fn a_tar_is_held_to_the_rules_of_a_directory() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/map.yaml", config_map("map"));
    fs::hard_link(folder.path().join("in/map.yaml"), folder.path().join("in/same.txt")).unwrap();
    folder.link("in/link.txt", "map.yaml");
    let tar = |args: &[&str]| {
        let status = Command::new("tar").args(args).current_dir(folder.path()).status().unwrap();
        assert!(status.success());
    };
    tar(&["-cf", "good.tar", "-C", "in", "."]);
    assert_eq!(
        folder.ok(&["digest", "good.tar", "-q"]),
        folder.ok(&["digest", "in", "-q"]),
        "hard links become copies"
    );
    tar(&["--format=pax", "--pax-option=globexthdr.name=g,comment=hello", "-cf", "pax.tar", "-C", "in", "."]);
    assert_eq!(folder.ok(&["digest", "pax.tar", "-q"]), folder.ok(&["digest", "in", "-q"]), "PAX globals are ignored");
    folder.link("in/outside.txt", "/etc/hostname");
    let mut t = Transcript::new("sources-tar");
    t.say("Links that lead outside");
    tar(&["-cf", "links.tar", "-C", "in", "."]);
    t.run(&folder, &["digest", "links.tar"]);
    t.say("Two members of one name");
    tar(&["-cf", "twice.tar", "-C", "in", "map.yaml"]);
    tar(&["-rf", "twice.tar", "-C", "in", "map.yaml"]);
    t.run(&folder, &["digest", "twice.tar"]);
    t.say("Names that lead out of the archive");
    tar(&["-cPf", "up.tar", "in/../in/map.yaml"]);
    t.run(&folder, &["digest", "up.tar"]);
    t.say("Sparse members");
    let sparse = fs::File::create(folder.path().join("hole.txt")).unwrap();
    sparse.set_len(1 << 20).unwrap();
    tar(&["--sparse", "--format=gnu", "-cf", "sparse.tar", "hole.txt"]);
    t.run(&folder, &["digest", "sparse.tar"]);
    t.check();
}
