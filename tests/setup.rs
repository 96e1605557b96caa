//! `consign setup`: what it prints, and what it does with a `gcloud` that records how it is called.

// A panic here is a test that fails.
#![allow(clippy::expect_used)]

mod common;

use std::process::Command;

use common::documented::{documented, has_the_shape};
use common::gcloud::{REPOSITORY, RUN, calls, changes, with_gcloud};
use common::{Folder, Transcript};

const POOL: &str = "projects/123456789012/locations/global/workloadIdentityPools/github";

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
fn the_commands_that_come_next_are_such_that_consign_knows() {
    let folder = Folder::new();
    let mut count = 0;
    for args in [EVERYTHING, AS_AN_ACCOUNT] {
        let script = folder.ok(args).replace("NAME", "name");
        let next = script
            .lines()
            .filter_map(|line| line.strip_prefix("#   consign deploy ")?.strip_suffix(" | kubectl apply -f -"));
        for line in next {
            let words: Vec<&str> = ["deploy"].into_iter().chain(line.split(' ')).collect();
            assert!(folder.ok(&words).contains("docker.pkg.dev"), "{line}");
            count += 1;
        }
    }
    assert_eq!(count, 5);
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

#[test]
fn what_machines_get_is_as_documented() {
    let folder = with_gcloud("");
    let [.., setup, _status, _failure, _finding] = documented();
    let said = folder.run(&[RUN, &["--format", "json"]].concat());
    has_the_shape(&serde_json::from_slice(&said.stdout).unwrap(), &setup, "setup");
}
