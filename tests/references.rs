//! What is said about a REF that is wrong.

mod common;

use common::{Folder, NAMESPACE, Transcript};

#[test]
fn a_wrong_reference_is_explained() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("file", "not a layout");
    folder.file("full/of.txt", "other things");
    folder.file("notes.tar", "not an archive");
    let mut t = Transcript::new("references");
    for (about, references) in [
        ("Upper case in a repository", &["us-docker.pkg.dev/proj/Repo/App:v1"][..]),
        ("No tag", &["us-docker.pkg.dev/proj/repo/app", "oci:out", "oci-archive:out.tar"]),
        (
            "A digest is the result of a push, not its target",
            &[
                "us-docker.pkg.dev/proj/repo/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "oci:out@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ],
        ),
        ("No host", &["app:v1", "team/app:v1"]),
        ("An IPv6 address without its bracket", &["[::1:5000/app:v1"]),
        ("A scheme", &["https://us-docker.pkg.dev/proj/repo/app:v1", "docker://us-docker.pkg.dev/proj/repo/app:v1"]),
        ("Spaces", &["us-docker.pkg.dev/proj/repo/app :v1", " ", ""]),
        ("A path with a colon", &["oci:a:b:v1"]),
        ("oci:// is always a registry", &["oci:///tmp/out:v1"]),
        ("Odd tags", &["oci:out:-v1", "oci:out:v1+build", "us-docker.pkg.dev/proj/repo/app:"]),
        (
            "Odd ports and slashes",
            &["localhost:port/app:v1", "localhost:5000//app:v1", "localhost:5000/app/:v1", "localhost:5000"],
        ),
        ("What is there is not ours to overwrite", &["oci:file:v1", "oci:full:v1", "oci-archive:notes.tar:v1"]),
    ] {
        t.say(about);
        for reference in references {
            t.run(&folder, &["push", "in", reference]);
        }
    }
    t.say("A tag on the command line");
    t.run(&folder, &["push", "in", "oci:out", "--tag", "no good"]);
    t.run(&folder, &["push", "in", "oci:out", "--tag", "v1"]);
    t.say("Media types that a layout cannot hold");
    t.run(&folder, &["push", "in", "oci:out:v1", "--media-types", "docker"]);
    t.check();
    assert!(folder.read("file") == b"not a layout" && folder.read("notes.tar") == b"not an archive");
}
