//! `consign setup`: what it prints, and what it does with a `gcloud` that records how it is called.

// A panic here is a test that fails.
#![allow(clippy::expect_used)]

mod common;

use std::process::Command;

use common::{Folder, Transcript};

const REPOSITORY: &str = "europe-west1-docker.pkg.dev/shop-prod/configs";
const POOL: &str = "projects/123456789012/locations/global/workloadIdentityPools/github";

/// A `gcloud` that keeps what it is told in files, and writes down how it was called. `failures` are further branches of its `case`.
fn with_gcloud(failures: &str) -> Folder {
    let folder = Folder::new();
    folder.file("state/policy", "");
    folder.file("state/account-policy", "");
    folder.file("home/.docker/other", "");
    folder.program("gcloud", &GCLOUD.replace("FAILURES", failures));
    folder
}

/// Only what the shell has by itself: no other program is on PATH.
const GCLOUD: &str = r#"
echo "$*" >>calls
[ "$CLOUDSDK_CORE_DISABLE_PROMPTS" = 1 ] || exit 9
for word in "$@"; do
  case $word in --member=*) member=${word#--member=};; --role=*) role=${word#--role=};; esac
done
policy() {
  printf '{"bindings":['
  while read -r binding; do printf '%s' "$binding"; done <"$1"
  printf '{"role":"roles/viewer","members":["user:other@example.com"]}],"etag":"BwY="}\n'
}
case "$*" in
FAILURES
'services list '*) if [ -e state/api ]; then echo '[{"config":{"name":"artifactregistry.googleapis.com"}}]'; else echo '[]'; fi;;
'services enable '*) : >state/api; echo 'Operation finished successfully.' >&2;;
'artifacts repositories describe '*)
  [ -e state/repository ] || { echo 'ERROR: (gcloud.artifacts.repositories.describe) NOT_FOUND: Requested entity was not found.' >&2; exit 1; }
  echo 'Encryption: Google-managed key' >&2; echo '{"format":"DOCKER","mode":"STANDARD_REPOSITORY"}';;
'artifacts repositories list '*) echo '[{"name":"projects/shop-prod/locations/us/repositories/other"}]';;
'artifacts repositories create '*) : >state/repository; echo 'Created repository.' >&2;;
'artifacts repositories get-iam-policy '*) policy state/policy;;
'artifacts repositories add-iam-policy-binding '*) echo "{\"role\":\"$role\",\"members\":[\"$member\"]}," >>state/policy;;
'iam service-accounts get-iam-policy '*) policy state/account-policy;;
'iam service-accounts add-iam-policy-binding '*) echo "{\"role\":\"$role\",\"members\":[\"$member\"]}," >>state/account-policy;;
'auth configure-docker '*) echo "{\"credHelpers\":{\"$3\":\"gcloud\"}}" >"$HOME/.docker/config.json";;
*) echo "ERROR: (gcloud) Invalid choice: '$1'." >&2; exit 2;;
esac"#;

fn calls(folder: &Folder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The calls that change something.
fn changes(folder: &Folder) -> Vec<String> {
    let changing = ["enable", "create", "add-iam-policy-binding", "configure-docker"];
    calls(folder).into_iter().filter(|call| call.split(' ').any(|word| changing.contains(&word))).collect()
}

const EVERYTHING: &[&str] = &[
    "setup",
    REPOSITORY,
    "--immutable-tags",
    "--description",
    "Bundles of the shop's clusters",
    "--writer",
    "me@example.com",
    "--writer",
    "ci@shop-prod.iam.gserviceaccount.com",
    "--github",
    "shop/configs",
    "--workload-identity-pool",
    POOL,
    "--reader",
    "group:ops@example.com",
    "--rootsync",
    "shop",
    "--reposync",
    "orders/prod",
    "--consumer",
    "flux",
    "--fleet-project",
    "shop-fleet",
];

const AS_AN_ACCOUNT: &[&str] = &[
    "setup",
    "us-docker.pkg.dev/example.com/shop-prod/configs/prod:v3",
    "--rootsync",
    "root-sync",
    "--reposync",
    "orders/repo-sync",
    "--gsa",
    "syncer@shop-prod.iam.gserviceaccount.com",
];

#[test]
fn what_is_to_be_done_in_three_formats() {
    let folder = with_gcloud("");
    let mut t = Transcript::new("setup-formats");
    t.say("A script");
    t.run(&folder, EVERYTHING);
    t.say("As an account of the project; the project is that of a domain, and what will be pushed is known");
    t.run(&folder, AS_AN_ACCOUNT);
    t.say("For nobody");
    t.run(&folder, &["setup", REPOSITORY]);
    t.say("Terraform");
    t.run(&folder, &[EVERYTHING, &["--format", "terraform"]].concat());
    t.run(&folder, &[AS_AN_ACCOUNT, &["--format", "terraform"]].concat());
    t.say("For programs");
    t.run(&folder, &["setup", REPOSITORY, "--rootsync", "shop", "--format", "json"]);
    assert!(calls(&folder).is_empty(), "nothing is executed without --run");
    t.check();
}

#[test]
fn the_options() {
    let mut t = Transcript::new("setup-help");
    t.run(&Folder::new(), &["setup", "--help"]);
    t.check();
}

/// What goes wrong, and the words behind `consign setup` that show it.
const REFUSED: &[(&str, &[&[&str]])] = &[
    (
        "Other registries",
        &[
            &["ghcr.io/shop/configs"],
            &["gcr.io/shop-prod/configs"],
            &["us-npm.pkg.dev/shop-prod/configs"],
            &["us-docker.pkg.dev/shop-prod"],
            &["us-docker.pkg.dev"],
            &["oci:out:v1"],
        ],
    ),
    (
        "Places",
        &[
            &["eu-docker.pkg.dev/shop-prod/configs"],
            &["us-central1-a-docker.pkg.dev/shop-prod/configs"],
            &["us-central-docker.pkg.dev/shop-prod/configs"],
            &["us-docker.pkg.dev/123456789012/configs"],
            &["us-docker.pkg.dev/shop/configs"],
            &["us-docker.pkg.dev/shop-prod/my_configs"],
            &["us-docker.pkg.dev/Shop-prod/configs"],
        ],
    ),
    (
        "Who may push",
        &[
            &[REPOSITORY, "--writer", "me"],
            &[REPOSITORY, "--writer", "allUsers"],
            &[REPOSITORY, "--writer", "user:ci@shop-prod.iam.gserviceaccount.com"],
            &[REPOSITORY, "--github", "shop/configs"],
            &[REPOSITORY, "--github", "shop", "--workload-identity-pool", POOL],
            &[
                REPOSITORY,
                "--github",
                "shop/configs",
                "--workload-identity-pool",
                "projects/shop-prod/locations/global/workloadIdentityPools/github",
            ],
        ],
    ),
    (
        "Who may pull",
        &[
            &[REPOSITORY, "--rootsync", "Shop"],
            &[REPOSITORY, "--rootsync", "a-name-with-one-character-more-than-38x"],
            &[REPOSITORY, "--reposync", "prod"],
            &[REPOSITORY, "--reposync", "a-namespace-of-a-team/a-name-with-25-characters"],
            &[REPOSITORY, "--reposync", "config-management-system/prod"],
            &[REPOSITORY, "--rootsync", "shop", "--fleet-project", "123456789012"],
            &[REPOSITORY, "--rootsync", "shop", "--gsa", "syncer"],
            &[REPOSITORY, "--rootsync", "shop", "--gsa", "sync@shop-prod.iam.gserviceaccount.com"],
            &[REPOSITORY, "--gsa", "syncer@shop-prod.iam.gserviceaccount.com"],
        ],
    ),
    (
        "What is done",
        &[
            &[REPOSITORY, "--run", "--format", "terraform"],
            &[REPOSITORY, "--description", "two\nlines"],
            &["eu-docker.pkg.dev/shop-prod/configs", "--format", "json"],
        ],
    ),
];

#[test]
fn a_bad_name_is_told_with_the_rule_that_it_breaks() {
    let folder = with_gcloud("");
    let mut t = Transcript::new("setup-refused");
    for (what, commands) in REFUSED {
        t.say(what);
        for words in *commands {
            t.run(&folder, &[&["setup"], *words].concat());
            assert_eq!(folder.run(&[&["setup"], *words, &["--run"]].concat()).status.code(), Some(2), "{words:?}");
        }
    }
    assert!(calls(&folder).is_empty(), "nobody is asked");
    t.check();
}

const RUN: &[&str] = &[
    "setup",
    REPOSITORY,
    "--writer",
    "me@example.com",
    "--rootsync",
    "shop",
    "--fleet-project",
    "shop-fleet",
    "--run",
];

#[test]
fn a_run_does_each_step_once() {
    let folder = with_gcloud("");
    let mut t = Transcript::new("setup-run");
    t.run(&folder, RUN);
    let done = calls(&folder);
    t.say("Again");
    t.run(&folder, RUN);
    assert_eq!(changes(&folder).len(), 5, "{:?}", calls(&folder));
    t.say("One more reader, for a program");
    t.run(&folder, &[RUN, &["--reposync", "orders/prod", "--format", "json"]].concat());
    assert_eq!(changes(&folder).len(), 6);
    t.say("As an account of the project");
    t.run(&folder, &[AS_AN_ACCOUNT, &["--run"]].concat());
    t.run(&folder, &[AS_AN_ACCOUNT, &["--run", "--quiet"]].concat());
    t.say("Immutable tags are asked for, and the repository has none");
    t.run(&folder, &[RUN, &["--immutable-tags"]].concat());
    t.check();
    let member = "serviceAccount:shop-fleet.svc.id.goog[config-management-system/root-reconciler-shop]";
    assert_eq!(
        done,
        [
            "services list --enabled --project=shop-prod --filter=config.name=artifactregistry.googleapis.com --format=json",
            "services enable artifactregistry.googleapis.com --project=shop-prod",
            "artifacts repositories describe configs --location=europe-west1 --project=shop-prod --format=json",
            "artifacts repositories list --project=shop-prod --format=json",
            "artifacts repositories create configs --location=europe-west1 --project=shop-prod --repository-format=docker",
            "artifacts repositories get-iam-policy configs --location=europe-west1 --project=shop-prod --format=json",
            "artifacts repositories add-iam-policy-binding configs --location=europe-west1 --project=shop-prod \
             --member=user:me@example.com --role=roles/artifactregistry.writer --condition=None",
            "artifacts repositories get-iam-policy configs --location=europe-west1 --project=shop-prod --format=json",
            &format!(
                "artifacts repositories add-iam-policy-binding configs --location=europe-west1 --project=shop-prod \
                 --member={member} --role=roles/artifactregistry.reader --condition=None"
            ),
            "auth configure-docker europe-west1-docker.pkg.dev",
        ]
    );
}

#[test]
fn the_script_does_what_a_run_does_and_as_often_as_one_likes() {
    let [by_script, by_run] = [with_gcloud(""), with_gcloud("")];
    let script = by_script.file("setup.sh", by_script.ok(EVERYTHING));
    for _ in 0..2 {
        let mut sh = Command::new("/bin/sh");
        sh.arg(&script).current_dir(by_script.path()).env("HOME", by_script.path().join("home"));
        let output = sh.env("PATH", by_script.path().join("bin")).output().expect("sh runs");
        assert!(output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(by_run.run(&[EVERYTHING, &["--run"]].concat()).status.success());
    let (twice, once) = (changes(&by_script), changes(&by_run));
    assert_eq!(twice[..once.len()], once);
    assert_eq!(twice.iter().filter(|call| call.contains("repositories create")).count(), 1, "{twice:?}");
}

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

#[test]
#[ignore = "needs $SHELLCHECK"]
fn shellcheck_finds_nothing_in_the_script() {
    let shellcheck = std::env::var_os("SHELLCHECK").expect("SHELLCHECK names the program shellcheck");
    let folder = Folder::new();
    let check = |script: &str| {
        let path = folder.file("setup.sh", script);
        Command::new(&shellcheck).arg(path).output().expect("shellcheck runs")
    };
    for args in [EVERYTHING, AS_AN_ACCOUNT] {
        let script = folder.ok(args);
        let output = check(&script);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(!check(&format!("{script}echo $1\n")).status.success(), "it does look");
    }
}
