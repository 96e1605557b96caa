//! What goes where: the result on standard output, everything else on standard error.

mod common;

use std::process::Stdio;

use common::{Folder, NAMESPACE, Transcript, config_map};

fn shop() -> Folder {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/apps/cart.yaml", config_map("cart"));
    folder
}

#[test]
fn a_push_reads_like_this() {
    let folder = shop();
    let mut t = Transcript::new("push");
    t.say("The first push");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    t.say("Again");
    t.run(&folder, &["push", "in", "oci:out:v1"]);
    t.say("Two targets, two tags, one line for each repository");
    t.run(&folder, &["push", "in", "oci:out:v2", "oci:out:v3", "oci-archive:out.tar:v2", "--tag", "stable"]);
    t.say("Quiet");
    t.run(&folder, &["push", "in", "oci:out:v1", "-q"]);
    t.say("A dry run");
    t.run(&folder, &["push", "in", "oci:dry:v1", "--dry-run"]);
    t.say("Only the digest, and all of them");
    t.run(&folder, &["digest", "in"]);
    t.run(&folder, &["digest", "in", "--all"]);
    t.say("Only the layer");
    t.run(&folder, &["build", "in", "-o", "layer.tar.gz"]);
    t.run(&folder, &["build", "in", "-o", "layer.zip"]);
    t.run(&folder, &["build", "in", "-o", "layer.tar", "--compression", "gzip"]);
    t.run(&folder, &["build", "in", "-o", "missing/folder/layer.tar"]);
    t.say("Unseen");
    t.run(&folder, &["push", "in", "oci:out:v1", "--no-validate"]);
    t.say("Into the source itself");
    t.run(&folder, &["build", "in", "-o", "in/layer.tar.gz"]);
    t.run(&folder, &["build", "in", "-o", "in/layer.tar.gz"]);
    std::fs::remove_file(folder.path().join("in/layer.tar.gz")).unwrap();
    t.say("For machines");
    folder.file("full/of.txt", "other things");
    t.run(&folder, &["push", "in", "oci:new:v1", "oci:full:v1", "--format", "json"]);
    folder.file("in/twice.yaml", config_map("cart"));
    t.say("For machines, with errors");
    t.run(&folder, &["push", "in", "oci:new:v2", "--format", "json"]);
    t.check();
    assert!(!folder.path().join("dry").exists());
}

#[test]
fn help_tells_what_there_is() {
    let folder = Folder::new();
    let mut t = Transcript::new("help");
    t.run(&folder, &["--help"]);
    t.run(&folder, &["push", "--help"]);
    t.run(&folder, &[]);
    t.run(&folder, &["pusch"]);
    t.run(&folder, &["push", "in"]);
    t.check();
}

#[test]
fn commands_stand_in_the_order_of_the_road_and_no_example_is_broken_by_wrapping() {
    let folder = Folder::new();
    let help = folder.ok(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()).collect();
    let road = "validate rules push build digest tag ls auth setup deploy status doctor help";
    assert_eq!(names.join(" "), road);
    let deployed = ["rootsync", "reposync", "flux", "argocd", "update"].map(|what| vec!["deploy", what]);
    for command in names.iter().filter(|name| **name != "help").map(|name| vec![*name]).chain(deployed) {
        let help = folder.ok(&[&command[..], &["--help"]].concat());
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
        let mut before = "";
        let mut count = 0;
        for line in examples {
            let is_begun = line.contains("consign ");
            assert!(is_begun || before.ends_with('\\'), "{command:?}: {line}");
            (before, count) = (line, count + 1);
        }
        assert!(count > 0, "{command:?} has no examples");
    }
}

#[test]
fn variables_stand_for_options() {
    let folder = shop();
    let with = |key: &str, value: &str, args: &[&str]| {
        let output = folder.consign().env(key, value).args(args).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{key}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let digest = folder.ok(&["digest", "in", "-q"]);
    assert!(with("CONSIGN_FORMAT", "json", &["digest", "in", "-q"]).starts_with('{'));
    assert_ne!(with("CONSIGN_LEVEL", "9", &["digest", "in", "-q"]), digest);
    assert_ne!(with("CONSIGN_ANNOTATION", "a=1\nb=2", &["digest", "in", "-q"]), digest);
    with("CONSIGN_TAG", "one,two", &["push", "in", "oci:out", "-q"]);
    let index = String::from_utf8(folder.read("out/index.json")).unwrap();
    assert!(index.contains("\"one\"") && index.contains("\"two\""), "{index}");
}

#[test]
fn colour_comes_only_when_asked_for() {
    let folder = shop();
    folder.file("in/bad.yaml", "a: [\n");
    let plain = folder.run(&["digest", "in"]).stderr;
    assert!(!plain.contains(&0x1b));
    let always = folder.run(&["digest", "in", "--color", "always"]).stderr;
    assert!(always.contains(&0x1b));
    let never = folder.consign().args(["digest", "in"]).env("NO_COLOR", "1").output().unwrap().stderr;
    assert!(!never.contains(&0x1b));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = shop();
    folder.file(
        "in/noise.bin",
        (0u32..2_000_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<u8>>(),
    );
    let mut child = folder
        .consign()
        .args(["build", "in", "-o", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_hostile_file_name_does_not_drive_the_terminal() {
    let folder = shop();
    folder.file("in/\u{1b}[2Jwiped.yaml", "a: [\n");
    let output = folder.run(&["push", "in", "oci:out:v1", "-v"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b));
}
