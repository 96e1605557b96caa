//! What is said about a command line that makes no sense at registries: before anything is sent, packed or read.

mod common;

use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Folder, NAMESPACE, Transcript};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder
}

const IMAGE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";

/// What goes wrong, and commands that show it.
const COMMANDS: &[(&str, &[&[&str]])] = &[
    (
        "A user has a password, a token says whose it is",
        &[
            &["push", "in", IMAGE, "--username", "me"],
            &["push", "in", IMAGE, "--password-stdin"],
            &["push", "in", IMAGE, "--username", "me", "--token-stdin"],
        ],
    ),
    (
        "Standard input is read once",
        &[
            &["push", "in", IMAGE, "--username", "me", "--password-stdin", "--token-stdin"],
            &["push", "-", IMAGE, "--username", "me", "--password-stdin"],
            &["push", "-", IMAGE, "--token-stdin"],
        ],
    ),
    ("Nothing on standard input", &[&["push", "in", IMAGE, "--token-stdin"]]),
    (
        "A login that is given is for one registry",
        &[
            &["push", "in", IMAGE, "ghcr.io/shop/prod:v1", "--token-stdin"],
            &["push", "in", "oci:out:v1", "--token-stdin"],
            &["digest", "in", "--token-stdin"],
            &["push", "in", IMAGE, "--token-stdin", "--auth", "adc"],
        ],
    ),
    (
        "Guards",
        &[
            &["push", "in", IMAGE, "oci-archive:out.tar:v1", "--no-clobber"],
            &["push", "in", IMAGE, "--expect-digest", "v1"],
            &[
                "tag",
                IMAGE,
                "v2",
                "--no-clobber",
                "--expect-digest",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ],
        ],
    ),
    (
        "Certificates, numbers and times",
        &[
            &["push", "in", IMAGE, "--cert-file", "me.pem"],
            &["push", "in", IMAGE, "--key-file", "me.key"],
            &["push", "in", IMAGE, "--jobs", "0"],
            &["push", "in", IMAGE, "--retry-for", "2 minutes"],
            &["push", "in", IMAGE, "--retry-for", "1m30s"],
            &["push", "in", IMAGE, "--timeout", "0"],
        ],
    ),
    (
        "A digest: of a SOURCE, or of an image",
        &[
            &["digest", "missing"],
            &["digest", "team/app:v1"],
            &["digest", "us-docker.pkg.dev/shop/configs/Prod:v1"],
            &["digest", "us-docker.pkg.dev/shop/configs/prod"],
            &["digest", "oci:out/layout:v1"],
            &["digest", IMAGE, "--level", "9"],
            &["digest", IMAGE, "--no-validate"],
            &["digest", IMAGE, "--all"],
        ],
    ),
    (
        "Tags",
        &[
            &["tag", IMAGE],
            &["tag", IMAGE, "v2+build"],
            &["tag", "us-docker.pkg.dev/shop/configs/prod", "v2"],
            &["tag", "oci:out:v1", "v2"],
        ],
    ),
    ("A list of tags", &[&["ls", IMAGE], &["ls", "us-docker.pkg.dev"], &["ls", "shop/configs"]]),
    (
        "As whom",
        &[
            &["auth", "shop"],
            &["auth", IMAGE],
            &["auth", "https://us-docker.pkg.dev"],
            &["auth", "us-docker.pkg.dev", "--token"],
            &["auth", "us-docker.pkg.dev", "--username", "me"],
        ],
    ),
    (
        "For machines",
        &[
            &["push", "missing", "oci:out:v1", "--format", "json"],
            &["push", "in", "team/app:v1", "--format", "json"],
            &["ls", IMAGE, "--format", "json", "-q"],
        ],
    ),
];

#[test]
fn a_command_line_that_makes_no_sense_is_explained() {
    let folder = folder();
    let mut t = Transcript::new("usage-registry");
    for (about, commands) in COMMANDS.iter().copied() {
        t.say(about);
        for command in commands {
            t.run(&folder, command);
        }
    }
    t.check();
}

#[test]
fn the_help_of_the_commands_for_registries() {
    let folder = Folder::new();
    let mut t = Transcript::new("help-registry");
    for command in ["digest", "tag", "ls", "auth", "doctor"] {
        t.run(&folder, &[command, "-h"]);
    }
    t.check();
}

#[test]
fn variables_that_give_a_login_are_for_one_registry_and_are_never_shown() {
    let folder = folder();
    for (variables, named) in [
        (&[("CONSIGN_USERNAME", "me"), ("CONSIGN_PASSWORD", "hunter2")][..], "CONSIGN_USERNAME"),
        (&[("CONSIGN_TOKEN", "hunter2")], "CONSIGN_TOKEN"),
    ] {
        for args in [
            &["push", "in", "a.example/x:v1", "b.example/x:v1"][..],
            &["push", "in", "a.example/x:v1", "--auth", "adc"],
            &["push", "--help"],
        ] {
            let output = folder.consign().envs(variables.iter().copied()).args(args).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains(named) && !said.contains("hunter2"), "{said}");
            assert_eq!(output.status.code(), Some(if args.contains(&"--help") { 0 } else { 2 }), "{said}");
        }
        let output = folder
            .consign()
            .envs(variables.iter().copied())
            .args(["push", "in", "oci:out:v1", "-q"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "a layout needs no login");
    }
}

#[test]
fn a_switch_that_a_variable_turns_off_is_not_given() {
    let folder = folder();
    for (variable, args) in [
        ("CONSIGN_QUIET", &["-v", "digest", "in"][..]),
        ("CONSIGN_NO_VALIDATE", &["digest", "in", "--sync-dir", "."]),
        ("CONSIGN_NO_CLOBBER", &["push", "in", "oci-archive:out.tar:v1"]),
    ] {
        for no in ["false", "0", "No", ""] {
            let output = folder.consign().env(variable, no).args(args).stdin(Stdio::null()).output().unwrap();
            assert!(output.status.success(), "{variable}={no}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let output = folder.consign().env(variable, "yes").args(args).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}");
    }
}

#[test]
fn a_command_ends_when_its_time_is_up() {
    let folder = folder();
    for (args, json) in [
        (&["push", "-", "oci:out:v1", "--timeout", "300ms"][..], false),
        (&["digest", "-", "--timeout", "300ms", "--format", "json", "-q"], true),
    ] {
        let started = Instant::now();
        let mut child = folder
            .consign()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Standard input stays open for long, and nothing comes.
        let input = child.stdin.take();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(20));
            drop(input);
        });
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(5));
        assert!(started.elapsed() >= Duration::from_millis(300));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("time ran out") && said.contains("300ms"), "{said}");
        if json {
            let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(result["error"]["exitCode"], 5);
        } else {
            assert!(output.stdout.is_empty());
        }
    }
    assert!(!folder.path().join("out").exists());
    folder.ok(&["push", "in", "oci:out:v1", "--timeout", "1h", "-q"]);
}

#[test]
fn a_failure_behind_the_receipt_does_not_print_a_second_object() {
    let folder = folder();
    folder.file("taken/by/a.folder", "");
    let output = folder.run(&["push", "in", "oci:out:v1", "--format", "json", "--digest-file", "taken/by"]);
    assert!(!output.status.success());
    let receipt: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(receipt["targets"][0]["repository"], "oci:out");
}
