//! Artifact Registry's ways, played by the test registry behind a proxy, under its real name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::process::{Command, Output};
use std::time::Duration;

use common::{Folder, NAMESPACE, Transcript};
use registry::{Auth, Config, Direct, Fault, Match, Pace, Registry, Tls, Tokens};

const REFERENCE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";
const REPOSITORY: &str = "shop/configs/prod";

/// Artifact Registry, and somebody with an access token.
struct Google {
    registry: Registry,
    folder: Folder,
}

impl Google {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { tls: Tls::On, ..Config::artifact_registry("ya29.token") };
        change(&mut config);
        let folder = Folder::new();
        folder.file("in/a.yaml", NAMESPACE);
        folder.file("ca.pem", Registry::ca_pem());
        Self { registry: Registry::start(config), folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.folder.consign();
        command.args(args).args(["--ca-file", "ca.pem"]).env("HTTPS_PROXY", self.registry.proxy());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).env("CONSIGN_TOKEN", "ya29.token").output().unwrap()
    }

    fn push(&self) -> String {
        let args = ["push", "in", REFERENCE];
        common::stdout_of(&args, &self.run(&args))
    }
}

fn tokens(config: &mut Config) -> &mut Tokens {
    match &mut config.auth {
        Auth::Token(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_access_token_is_taken_as_it_is() {
    let google = Google::new(|config| config.pace = Pace::Lockstep(Duration::from_millis(120)));
    google.push();
    let mut waves = google.registry.waves();
    waves.retain(|wave| !wave.iter().all(|line| line.starts_with("CONNECT")));
    assert_eq!(
        waves,
        [
            vec!["HEAD /v2/shop/configs/prod/manifests/MANIFEST 404", "HEAD /v2/shop/configs/prod/manifests/v1 404"],
            vec!["POST /v2/shop/configs/prod/blobs/uploads/ 202", "POST /v2/shop/configs/prod/blobs/uploads/ 202"],
            vec![
                "PUT /artifacts-uploads/namespaces/shop/repositories/configs/uploads/*?digest=CONFIG 201",
                "PUT /artifacts-uploads/namespaces/shop/repositories/configs/uploads/*?digest=LAYER 201"
            ],
            vec!["PUT /v2/shop/configs/prod/manifests/v1 201"],
        ]
    );
    google.registry.clear_journal();
    google.push();
    let requests: Vec<_> = google.registry.requests().into_iter().filter(|line| !line.starts_with("CONNECT")).collect();
    assert!(requests.len() <= 2, "{requests:#?}");
}

#[test]
fn where_it_is_not_taken_as_it_is_one_exchange_follows() {
    for status in [401, 403] {
        let google = Google::new(|config| {
            tokens(config).direct = Some(Direct { token: "ya29.token".to_owned(), refused: Some(status) });
        });
        google.push();
        assert_eq!(google.registry.missing(REPOSITORY, "v1"), None);
        let exchanges: Vec<_> =
            google.registry.journal().into_iter().filter(|entry| entry.path == "/v2/token").collect();
        assert_eq!(exchanges.len(), 1, "{status}: {:#?}", google.registry.requests());
        assert!(exchanges[0].credential().starts_with("basic"), "{:?}", exchanges[0].credential());
    }
}

#[test]
fn immutable_tags_take_the_same_again() {
    let google = Google::new(|config| config.immutable_tags = true);
    assert_eq!(google.push(), google.push());
    google.folder.file("in/b.yaml", common::config_map("b"));
    let output = google.run(&["push", "in", REFERENCE]);
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn upload_locations_and_tokens_are_never_shown() {
    let google = Google::new(|_| ());
    let output = google.run(&["push", "in", REFERENCE, "-vv"]);
    assert!(output.status.success());
    let shown = [output.stdout, output.stderr].concat();
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("https://us-docker.pkg.dev/…/uploads/… 201"), "{shown}");
    for secret in ["ya29", "artifacts-uploads"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn refusals_say_what_may_be_wrong_and_how_to_find_out() {
    let denied = |code: &'static str, message: &'static str, status| {
        let google = Google::new(|_| ());
        google.registry.fault(Match::any("/v2/shop").always(), Fault::status(status).error(code, message));
        google
    };
    let mut transcript = Transcript::new("registry-google");
    let mut show = |google: &Google, about: &str| {
        transcript.say(about);
        let args = ["push", "in", REFERENCE];
        transcript.note(&google.folder, &args, "", &google.run(&args));
    };
    show(
        &denied(
            "DENIED",
            "Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource \
             \"projects/shop/locations/us/repositories/configs\" (or it may not exist)",
            403,
        ),
        "Denied, for whatever reason",
    );
    show(&denied("NAME_UNKNOWN", "Repository \"configs\" not found", 404), "No such repository");
    show(
        &denied("DENIED", "Artifact Registry API has not been used in project 123 before or it is disabled.", 403),
        "The API is not enabled",
    );
    let google = Google::new(|_| ());
    transcript.say("Nobody is logged in");
    let args = ["push", "in", REFERENCE];
    // A metadata server that is not there.
    let output = google.command(&args).env("GCE_METADATA_HOST", "127.0.0.1:1").output().unwrap();
    transcript.note(&google.folder, &args, "", &output);
    assert!(google.registry.requests().is_empty(), "nothing is pushed anonymously");
    transcript.check();
}
