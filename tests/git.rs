//! `--git` and `--created git`: what the image says of its source, and when it refuses to.

#![allow(clippy::unwrap_used)] // A panic here is a test that fails.

mod common;

use std::process::Command;

use common::{Folder, NAMESPACE, Transcript};

/// A repository whose folder `deploy` is the source, with a commit of known name and time.
fn repository() -> Folder {
    let folder = Folder::new();
    git(&folder, &["init", "-q", "-b", "main", "."]);
    folder.file("deploy/namespace.yaml", NAMESPACE);
    folder.file("deploy/old.txt", "old");
    folder.file(".gitignore", "*.local\nbuild/\n");
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    git(&folder, &["remote", "add", "origin", "https://token:SECRET@github.com/org/repo.git"]);
    folder
}

fn git(folder: &Folder, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-01-31T12:00:00+02:00")
        .env("GIT_COMMITTER_DATE", "2026-01-31T12:00:00+02:00")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The manifest of the image `oci:out`.
fn manifest(folder: &Folder) -> serde_json::Value {
    let index: serde_json::Value = serde_json::from_slice(&folder.read("out/index.json")).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap().replace("sha256:", "");
    serde_json::from_slice(&folder.read(&format!("out/blobs/sha256/{digest}"))).unwrap()
}

const COMMIT: &str = "main@sha1:40 DIGITS";

#[test]
#[ignore = "needs git"]
fn source_revision_and_time_come_from_the_commit_and_never_a_credential() {
    let folder = repository();
    folder.ok(&["push", "deploy", "oci:out:v1", "-q", "--git", "--created", "git"]);
    let annotations = &manifest(&folder)["annotations"];
    assert_eq!(annotations["org.opencontainers.image.source"], "https://github.com/org/repo.git");
    assert_eq!(annotations["org.opencontainers.image.created"], "2026-01-31T10:00:00Z");
    let revision = annotations["org.opencontainers.image.revision"].as_str().unwrap();
    assert!(
        revision.starts_with("main@sha1:") && revision.len() == COMMIT.len() - "40 DIGITS".len() + 40,
        "{revision}"
    );
    // The digest is of the commit: it is the same next time.
    let first = folder.ok(&["digest", "deploy", "--git", "--created", "git", "-q"]);
    assert_eq!(folder.ok(&["digest", "deploy", "--git", "--created", "git", "-q"]), first);
    assert_ne!(folder.ok(&["digest", "deploy", "-q"]), first);
}

#[test]
#[ignore = "needs git"]
fn a_tag_names_the_revision_where_no_branch_is_checked_out() {
    let folder = repository();
    git(&folder, &["tag", "v1.2.3"]);
    git(&folder, &["checkout", "-q", "v1.2.3"]);
    folder.ok(&["push", "deploy", "oci:out:v1", "-q", "--git"]);
    let revision = manifest(&folder)["annotations"]["org.opencontainers.image.revision"].as_str().unwrap().to_owned();
    assert!(revision.starts_with("v1.2.3@sha1:"), "{revision}");
}

#[test]
#[ignore = "needs git"]
fn a_source_that_is_not_as_committed_is_refused() {
    let folder = repository();
    let refused = |about: &str| {
        let output = folder.run(&["digest", "deploy", "--git"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{about}: {said}");
        assert!(said.contains(about), "{about}: {said}");
        folder.ok(&["digest", "deploy", "--git", "--allow-dirty", "-q"]);
    };
    folder.file("deploy/new.txt", "new");
    refused("new.txt (untracked)");
    std::fs::remove_file(folder.path().join("deploy/new.txt")).unwrap();
    folder.file("deploy/secret.local", "x");
    refused("secret.local (ignored by git)");
    std::fs::remove_file(folder.path().join("deploy/secret.local")).unwrap();
    folder.file("deploy/build/x.txt", "x");
    refused("build/ (ignored by git)");
    std::fs::remove_dir_all(folder.path().join("deploy/build")).unwrap();
    folder.file("deploy/old.txt", "changed");
    refused("old.txt (modified)");
    std::fs::remove_file(folder.path().join("deploy/old.txt")).unwrap();
    refused("old.txt (deleted)");
    git(&folder, &["checkout", "-q", "deploy/old.txt"]);
    // What is not packed does not count: outside the source, or left out.
    folder.file("elsewhere.txt", "x");
    folder.file("deploy/notes.md", "x");
    folder.file("deploy/.consignignore", "*.md\n");
    folder.ok(&["digest", "deploy", "--git", "-q"]);
}

#[test]
fn options_of_the_image_that_make_no_sense_are_explained() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    let mut t = Transcript::new("image-options");
    t.say("Contradictions and wrong values");
    for args in [
        &["--allow-dirty"][..],
        &["--git", "--revision", "v1"],
        &["--annotation", "novalue"],
        &["--annotation", "a=1", "--annotation", "a=2"],
        &["--created", "yesterday"],
        &["--created", "source-date-epoch"],
        &["--media-types", "docker", "--annotation", "a=1"],
        &["--media-types", "flux", "--compression", "none"],
        &["--compression", "none", "--level", "3"],
        &["--level", "0"],
    ] {
        t.run(&folder, &[&["digest", "in"], args].concat());
    }
    t.say("No directory for git to look at");
    t.run_with_input(&folder, &["digest", "-", "--git"], NAMESPACE.as_bytes());
    t.say("What each flavour gives");
    for flavour in ["oci", "flux", "docker", "oras"] {
        t.run(&folder, &["digest", "in", "-q", "--media-types", flavour]);
    }
    t.run(&folder, &["digest", "in", "-q", "--created", "2026-01-31T12:00:00+02:00", "--annotation", "team=shop"]);
    t.run(&folder, &["digest", "in", "-q", "--compression", "none", "--all"]);
    t.check();
}

#[test]
#[ignore = "needs git"]
fn without_a_repository_it_is_explained() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    // Whatever the temporary folder stands in.
    let output = folder
        .consign()
        .args(["digest", "in", "--git"])
        .env("GIT_CEILING_DIRECTORIES", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(8));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("not a git repository") && said.contains("hint: SOURCE must be in a git repository"),
        "{said}"
    );
}
