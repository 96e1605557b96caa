use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A `gcloud` of its own, in a folder that lasts as long as the first value.
fn scripted(script: &str) -> (tempfile::TempDir, Gcloud) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gcloud");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    (folder, Gcloud::new(path))
}

fn failing(code: u8, stderr: &str) -> Failure {
    let (_folder, gcloud) = scripted(&format!("cat >&2 <<'END'\n{stderr}\nEND\nexit {code}"));
    gcloud.run(["x"]).unwrap_err()
}

#[test]
fn it_is_asked_with_the_arguments_and_cannot_ask_back() {
    let (_folder, gcloud) = scripted("cat; echo \"$CLOUDSDK_CORE_DISABLE_PROMPTS\" \"$@\"; echo note >&2");
    assert_eq!(gcloud.run(["auth", "list it"]).unwrap(), b"1 auth list it\n");
}

/// Rows: exit code, standard error, and what that must be told as; the words by their beginning.
fn check(rows: &[(u8, &str, Reason, Kind, &str)]) {
    for (code, stderr, reason, kind, words) in rows {
        let failure = failing(*code, stderr);
        assert_eq!((failure.reason, failure.kind()), (*reason, *kind), "{stderr}");
        assert!(failure.words.starts_with(words) && !failure.words.contains("@type"), "{}", failure.words);
    }
}

const DISABLED: &str = "- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  metadata:\n    \
                        service: artifactregistry.googleapis.com\n  reason: SERVICE_DISABLED";

#[test]
fn what_google_says_has_its_reason_its_kind_and_its_words() {
    const DETAILS: &str = "- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  reason: IAM_PERMISSION_DENIED";
    let denied = "PERMISSION_DENIED: Permission 'p' denied on resource 'r' (or it may not exist)";
    let disabled = "PERMISSION_DENIED: Artifact Registry API has not been used in project 1 before or it is disabled";
    let error = |text: &str| format!("ERROR: (gcloud.a.b) {text}");
    check(&[
        (
            1,
            &error("ALREADY_EXISTS: the repository already exists"),
            Reason::Exists,
            Kind::Refused,
            "ALREADY_EXISTS: the",
        ),
        (1, &error("NOT_FOUND: Requested entity was not found."), Reason::NotFound, Kind::NotFound, "NOT_FOUND: R"),
        (1, &error(&format!("{denied}\n{DETAILS}")), Reason::Denied, Kind::Denied, denied),
        (1, &error(&format!("{disabled}\n{DISABLED}")), Reason::ApiDisabled, Kind::Denied, disabled),
        (
            1,
            &error(&format!("PERMISSION_DENIED: x\n{DISABLED}")),
            Reason::ApiDisabled,
            Kind::Denied,
            "PERMISSION_DENIED: x",
        ),
        (
            1,
            &error("INVALID_ARGUMENT: User a@b does not exist."),
            Reason::Invalid,
            Kind::Usage,
            "INVALID_ARGUMENT: User a@b",
        ),
        (
            1,
            &format!("ERROR: Policy modification failed. For a binding\n{}", error("INVALID_ARGUMENT: no pool")),
            Reason::Invalid,
            Kind::Usage,
            "INVALID_ARGUMENT: no pool",
        ),
        (
            1,
            &error("FAILED_PRECONDITION: Billing must be"),
            Reason::Precondition,
            Kind::Denied,
            "FAILED_PRECONDITION: B",
        ),
        (1, &error("UNAVAILABLE: try again"), Reason::Unreachable, Kind::Network, "UNAVAILABLE"),
    ]);
    let hint = failing(1, &error(&format!("PERMISSION_DENIED: off\n{DISABLED}"))).hint().unwrap();
    assert!(hint.contains("enable artifactregistry.googleapis.com"), "{hint}");
}

#[test]
fn what_gcloud_says_by_itself_has_its_reason_its_kind_and_its_words() {
    let login = "ERROR: (gcloud.a.b) You do not currently have an active account selected.\nPlease run:\n\n  $ gcloud auth login\n";
    let no_project = "ERROR: (gcloud.a.b) Error parsing [repository].\nThe [repository] resource is not properly specified.\n\
                      Failed to find attribute [project]. The attribute can be set in the following ways:";
    check(&[
        (1, login, Reason::NoAccount, Kind::Denied, "You do not currently have an active account selected"),
        (
            1,
            "ERROR: (gcloud.a) There was a problem refreshing your current auth tokens: x",
            Reason::NoAccount,
            Kind::Denied,
            "There",
        ),
        (
            1,
            "ERROR: (gcloud.a) The required property [project] is not currently set.\nYou",
            Reason::NoProject,
            Kind::Usage,
            "The r",
        ),
        (
            1,
            no_project,
            Reason::NoProject,
            Kind::Usage,
            "Error parsing [repository]. The [repository] resource is not properly",
        ),
        (
            1,
            "ERROR: gcloud crashed (ConnectionError): Max\n\nIf",
            Reason::Unreachable,
            Kind::Network,
            "gcloud crashed (C",
        ),
        (1, "ERROR: gcloud crashed (TypeError): None", Reason::Other, Kind::Local, "gcloud crashed (TypeError): None"),
        (
            2,
            "ERROR: (gcloud.a) unrecognized arguments:\n  --x (did",
            Reason::BadArgument,
            Kind::Local,
            "unrecognized arguments: --x",
        ),
        (
            2,
            "ERROR: (gcloud.a.b) argument --f: Must be specified.",
            Reason::BadArgument,
            Kind::Local,
            "argument --f: Must",
        ),
        (127, "sh: python3: not found", Reason::Other, Kind::Local, "sh: python3: not found"),
        (1, "", Reason::Other, Kind::Local, "it says nothing (exit status: 1)"),
    ]);
}

#[test]
fn an_error_says_what_was_tried_and_what_to_do() {
    let error = failing(1, "ERROR: (gcloud.a) You do not currently have an active account selected.").error("cannot x");
    assert_eq!(error.to_string(), "cannot x: `gcloud`: You do not currently have an active account selected");
    assert!(error.hint_text().unwrap().contains("gcloud auth login"));
}

#[test]
fn what_hangs_is_ended_what_is_missing_is_named_and_garbage_is_no_answer() {
    let (_folder, gcloud) = scripted("sleep 30");
    let failure = gcloud.deadline(Duration::from_millis(100)).run(["x"]).unwrap_err();
    assert_eq!((failure.reason, failure.kind()), (Reason::TimedOut, Kind::Network));
    let failure = Gcloud::new("/nowhere/gcloud").run(["x"]).unwrap_err();
    assert_eq!((failure.reason, failure.kind()), (Reason::NotInstalled, Kind::Local));
    let (_folder, gcloud) = scripted("echo '<html>'");
    let failure = gcloud.json(["x"]).unwrap_err();
    assert!(failure.reason == Reason::Other && failure.words.contains("not JSON"), "{failure:?}");
    let (_folder, gcloud) = scripted("printf 'ERROR: (gcloud.x) \\377%01000d' 0 >&2; exit 1");
    assert_eq!(gcloud.run(["x"]).unwrap_err().words.chars().count(), LONGEST_QUOTE + 1);
}
