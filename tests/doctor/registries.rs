//! What Google's API and other registries tell, and what they are told.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::clinic::{Clinic, REFERENCE, google_error};
use crate::common::login::Said;
use crate::registry::{Auth, Config, Fault, Match, Registry, Tokens};

#[test]
fn what_googles_api_refuses_is_not_taken_for_something_else() {
    let disabled = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]);
    let page = || Fault::status(200).body("text/html", "<html>");
    for (repository, permissions, check, code, status, text) in [
        (
            google_error(403, "off", &disabled),
            None,
            "repository",
            3,
            "problem",
            "gcloud services enable artifactregistry.googleapis.com --project=shop-prod",
        ),
        (google_error(403, "denied", &json!([])), Some(&["downloadArtifacts"][..]), "repository", 3, "ok", "is there"),
        (
            google_error(403, "denied", &json!([])),
            Some(&[]),
            "repository",
            3,
            "notChecked",
            "does not tell whether it is there: 403 Forbidden: denied",
        ),
        (google_error(403, "denied", &json!([])), None, "push", 0, "notChecked", "does not tell what one may: 403"),
        (
            Fault::status(200).body("application/json", r#"{"format":"MAVEN"}"#),
            None,
            "repository",
            4,
            "problem",
            "for maven, not for images",
        ),
        (
            Fault::status(200).body("application/json", r#"{"format":"DOCKER","mode":"REMOTE_REPOSITORY"}"#),
            Some(&["uploadArtifacts", "downloadArtifacts"]),
            "push",
            3,
            "problem",
            "a remote repository, which takes no pushes",
        ),
        (
            Fault::status(200).body("application/json", r#"{"format":"DOCKER","dockerConfig":{"immutableTags":true}}"#),
            Some(&["uploadArtifacts", "downloadArtifacts"]),
            "repository",
            0,
            "ok",
            "its tags are immutable",
        ),
        (page(), Some(&["uploadArtifacts"]), "repository", 5, "problem", "the answer is not what Google's API gives"),
    ] {
        let clinic = Clinic::healthy();
        clinic.registry.clear_faults();
        match permissions {
            Some(permissions) => clinic.permits(permissions),
            None => clinic.api("POST", google_error(403, "denied", &json!([]))),
        }
        clinic.api("GET", repository);
        let (ended, is, found) = clinic.check(check, &[REFERENCE]);
        assert_eq!((ended, is.as_str()), (Some(code), status), "{text}: {found}");
        assert!(found.contains(text), "{text} is not in: {found}");
    }
}

#[test]
fn an_access_token_goes_to_googles_api_only_where_nobody_can_look_into_it() {
    let api = |clinic: &Clinic| clinic.registry.journal().iter().filter(|entry| entry.path.starts_with("/v1/")).count();
    let clinic = Clinic::healthy();
    let (_, status, found) = clinic.check("push", &[REFERENCE, "--insecure-skip-tls-verify"]);
    assert_eq!((status.as_str(), api(&clinic)), ("notChecked", 0), "{found}");
    // What is no access token of Google's is not shown to its API, either.
    let clinic = Clinic::healthy();
    clinic.helper(r#"echo '{"Username":"me","Secret":"sesame-me"}'"#);
    clinic.checks(&[REFERENCE]);
    assert_eq!(api(&clinic), 0);
}

#[test]
fn elsewhere_the_token_tells_what_one_may() {
    let users = || vec![("me".to_owned(), "sesame-me".to_owned())];
    let registry = |change: fn(&mut Tokens)| {
        let mut tokens = Tokens { users: users(), ..Tokens::default() };
        change(&mut tokens);
        let mut clinic = Clinic::healthy();
        clinic.registry = Registry::start(Config::tokens(tokens));
        clinic.registry.put_manifest("shop", Some("v1"), "application/vnd.oci.image.manifest.v1+json", "{}");
        clinic
    };
    let run = |clinic: &Clinic, args: &[&str], password: &str| {
        let reference = format!("{}/shop:v1", clinic.registry.host());
        let output = clinic
            .command(&[&[reference.as_str(), "--format", "json", "--plain-http"], args].concat())
            .env("CONSIGN_USERNAME", "me")
            .env("CONSIGN_PASSWORD", password)
            .output()
            .unwrap();
        let said = Said::of(&output);
        said.keeps_secrets();
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
        let status = |name: &str| {
            let checks = report["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["check"] == name);
            check.map(|check| check["status"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
        };
        (said.code.unwrap(), ["registry", "credential", "repository", "push", "pull", "gcloud", "binding"].map(status))
    };
    let clinic = registry(|_| ());
    let (code, statuses) = run(&clinic, &[], "sesame-me");
    assert_eq!((code, statuses.each_ref().map(String::as_str)), (0, ["ok", "ok", "ok", "notChecked", "ok", "", ""]));
    assert_eq!(
        clinic.requests(),
        [
            "GET /token 200",
            "GET /v2/ 401",
            "GET /v2/shop/tags/list?n=1 200",
            "GET /v2/shop/tags/list?n=1 401",
            "HEAD /v2/shop/manifests/v1 200"
        ]
    );
    // Not even the realm is remembered.
    assert!(!clinic.folder.path().join("home/.cache").exists());
    // The realm gives no token to whoever asks for more than it grants.
    let clinic = registry(|_| ());
    clinic.registry.fault(Match::new("GET", "push").always(), Fault::status(403).error("DENIED", "no push"));
    let (code, statuses) = run(&clinic, &[], "sesame-me");
    assert_eq!((code, statuses.each_ref().map(String::as_str)), (3, ["ok", "ok", "ok", "problem", "ok", "", ""]));
    // The password is wrong.
    let (code, statuses) = run(&registry(|_| ()), &[], "sesame-wrong");
    assert_eq!(
        (code, statuses.each_ref().map(String::as_str)),
        (3, ["ok", "ok", "notChecked", "problem", "problem", "", ""])
    );
    // Nothing is there yet.
    let clinic = registry(|_| ());
    let reference = format!("{}/other:v1", clinic.registry.host());
    let output = clinic.command(&[&reference, "--username", "me", "--password-stdin", "--plain-http"]);
    let (code, checks) = with_input(output, "sesame-me");
    assert_eq!(code, Some(0), "{checks}");
    assert!(checks.contains("warning      repository") && checks.contains("/other is not there"), "{checks}");
}

#[test]
fn a_registry_that_takes_a_password_tells_nothing_before_a_push() {
    let mut clinic = Clinic::healthy();
    clinic.registry =
        Registry::start(Config { auth: Auth::Basic("me".into(), "sesame-me".into()), ..Config::default() });
    let reference = format!("{}/shop", clinic.registry.host());
    let command = clinic.command(&[&reference, "--username", "me", "--password-stdin", "--plain-http"]);
    let (code, text) = with_input(command, "sesame-me");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("not checked  push") && text.contains("not known before a push"), "{text}");
    // Nobody is logged in.
    let (code, status, found) = clinic.check("push", &[&reference, "--plain-http"]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
    assert!(found.contains("docker login"), "{found}");
}

fn with_input(mut command: Command, input: &str) -> (Option<i32>, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let said = Said::of(&child.wait_with_output().unwrap());
    (said.code, said.stdout)
}
