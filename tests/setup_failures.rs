//! What `consign setup --run` says where gcloud fails.

mod common;

use common::gcloud::{REPOSITORY, RUN, calls, with_gcloud};
use common::{Folder, Transcript};

/// What a `gcloud` says that fails, by the command that fails, and the exit code that consign ends with.
const FAILURES: &[(&str, &str, &str, i32)] = &[
    (
        "nobody is logged in",
        "*",
        "ERROR: (gcloud.services.list) You do not currently have an active account selected.\nPlease run:\n\n  $ gcloud auth login",
        3,
    ),
    (
        "the login has run out",
        "*",
        "ERROR: (gcloud.services.list) There was a problem refreshing your current auth tokens: ('invalid_grant: Bad Request')",
        3,
    ),
    (
        "no project",
        "*",
        "ERROR: (gcloud.services.list) The required property [project] is not currently set.\nYou may set it",
        2,
    ),
    (
        "not allowed to enable the API",
        "'services enable '*",
        "ERROR: (gcloud.services.enable) PERMISSION_DENIED: Permission denied to enable service [artifactregistry.googleapis.com]\n- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  reason: AUTH_PERMISSION_DENIED",
        3,
    ),
    (
        "no billing account",
        "'services enable '*",
        "ERROR: (gcloud.services.enable) FAILED_PRECONDITION: Billing account for project '1' is not found. Billing must be enabled for activation of service(s)",
        3,
    ),
    (
        "not allowed to create the repository",
        "'artifacts repositories create '*",
        "ERROR: (gcloud.artifacts.repositories.create) PERMISSION_DENIED: Permission 'artifactregistry.repositories.create' denied on resource '//artifactregistry.googleapis.com/projects/shop-prod/locations/europe-west1' (or it may not exist).\n- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  reason: IAM_PERMISSION_DENIED",
        3,
    ),
    (
        "the API is off",
        "'artifacts repositories describe '*",
        "ERROR: (gcloud.artifacts.repositories.describe) PERMISSION_DENIED: Artifact Registry API has not been used in project shop-prod before or it is disabled.\n- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  metadata:\n    service: artifactregistry.googleapis.com\n  reason: SERVICE_DISABLED",
        3,
    ),
    (
        "no such location",
        "'artifacts repositories create '*",
        "ERROR: (gcloud.artifacts.repositories.create) INVALID_ARGUMENT: The request was invalid: the location is not valid",
        2,
    ),
    (
        "no such member",
        "'artifacts repositories add-iam-policy-binding '*user:*",
        "ERROR: Policy modification failed. For a binding with condition, run \"gcloud alpha iam policies lint-condition\" to identify issues in condition.\nERROR: (gcloud.artifacts.repositories.add-iam-policy-binding) INVALID_ARGUMENT: User me@example.com does not exist.",
        2,
    ),
    (
        "no such pool",
        "'artifacts repositories add-iam-policy-binding '*svc.id.goog*",
        "ERROR: Policy modification failed. For a binding with condition, run \"gcloud alpha iam policies lint-condition\" to identify issues in condition.\nERROR: (gcloud.artifacts.repositories.add-iam-policy-binding) INVALID_ARGUMENT: Identity Pool does not exist (shop-fleet.svc.id.goog).",
        2,
    ),
    (
        "no such repository any more",
        "'artifacts repositories add-iam-policy-binding '*",
        "ERROR: (gcloud.artifacts.repositories.add-iam-policy-binding) NOT_FOUND: Requested entity was not found.",
        4,
    ),
    (
        "no network",
        "'artifacts repositories describe '*",
        "ERROR: gcloud crashed (ConnectionError): HTTPSConnectionPool(host='artifactregistry.googleapis.com', port=443): Max retries exceeded",
        5,
    ),
    (
        "a crash",
        "'artifacts repositories create '*",
        "ERROR: gcloud crashed (TypeError): expected string or bytes-like object\n\nIf you would like to report this issue, please run",
        8,
    ),
];

fn branch(pattern: &str, stderr: &str, code: i32) -> String {
    format!("{pattern}) echo '{}' >&2; exit {code};;", stderr.replace('\'', r"'\''"))
}

#[test]
fn a_run_stops_at_the_first_failure_with_the_words_of_gcloud() {
    let mut t = Transcript::new("setup-failures");
    for (what, pattern, stderr, code) in FAILURES {
        let enabled = if pattern.contains("services") || *pattern == "*" { "" } else { "state/api" };
        let folder = with_gcloud(&branch(pattern, stderr, 1));
        if !enabled.is_empty() {
            folder.file(enabled, "");
        }
        t.say(what);
        t.run(&folder, RUN);
        let (calls, output) = (calls(&folder), folder.run(RUN));
        assert_eq!(output.status.code(), Some(*code), "{what}");
        assert!(output.stdout.is_empty(), "{what}");
        assert!(
            !calls.iter().any(|call| call.starts_with("auth configure-docker")),
            "nothing is done after a failure: {calls:?}"
        );
    }
    t.check();
}

#[test]
fn other_failures() {
    let mut t = Transcript::new("setup-failures-other");
    t.say("An option that this gcloud does not know");
    let pattern = "'artifacts repositories create '*";
    let said = "ERROR: (gcloud.artifacts.repositories.create) unrecognized arguments: --immutable-tags \n\nTo search";
    let folder = with_gcloud(&branch(pattern, said, 2));
    t.run(&folder, &[RUN, &["--immutable-tags"]].concat());
    t.say("An answer that makes no sense");
    t.run(&with_gcloud("'services list '*) echo '<html>';;"), RUN);
    t.say("No word");
    t.run(&with_gcloud("'services enable '*) exit 1;;"), RUN);
    t.say("Somebody else was quicker");
    let said = "ERROR: (gcloud.artifacts.repositories.create) ALREADY_EXISTS: the repository already exists";
    t.run(&with_gcloud(&branch(pattern, said, 1)), RUN);
    t.say("Who may not look may still do it");
    let said = "ERROR: (gcloud) PERMISSION_DENIED: Permission denied (or it may not exist)";
    t.run(&with_gcloud(&branch("*get-iam-policy*|'services list'*", said, 1)), RUN);
    t.say("Who looks after the repository need not look after the project's APIs");
    let branch_of_apis = branch("'services '*", said, 1);
    t.run(&with_gcloud(&branch_of_apis), RUN);
    t.say("The location may be a mistake");
    let elsewhere = "[{\"name\":\"projects/shop-prod/locations/us/repositories/configs\"},{\"name\":\"projects/shop-prod/locations/asia/repositories/configs\"},{}]";
    t.run(&with_gcloud(&format!("'artifacts repositories list '*) echo '{elsewhere}';;")), RUN);
    t.say("A repository for something else");
    t.run(&with_gcloud("'artifacts repositories describe '*) echo '{\"format\":\"MAVEN\"}';;"), RUN);
    t.say("For a program");
    let said =
        "ERROR: (gcloud.artifacts.repositories.create) PERMISSION_DENIED: Permission denied (or it may not exist)";
    t.run(&with_gcloud(&branch(pattern, said, 1)), &["setup", REPOSITORY, "--run", "--format", "json", "--quiet"]);
    t.say("No gcloud");
    let folder = Folder::new();
    folder.without_programs();
    t.run(&folder, RUN);
    t.check();
}
