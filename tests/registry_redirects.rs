//! A redirect leads elsewhere, and elsewhere is nobody: it gets no secret, and what it asks for is not answered.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use common::User;
use registry::{Config, Entry, Fault, Match, Realm, Registry, Tokens, sha256};

#[test]
fn a_challenge_from_where_a_redirect_led_is_not_answered() {
    let registry = Registry::start(Config::default());
    let elsewhere = Registry::start(Config::tokens(Tokens::default()));
    let user = User::new();
    for method in ["HEAD", "POST"] {
        registry.clear_faults();
        let path = if method == "HEAD" { "/manifests/" } else { "/uploads/" };
        let to = format!("{}/v2/shop/manifests/v1", elsewhere.url());
        registry.fault(Match::new(method, path).always(), Fault::redirect(307, &to));
        user.run(&["push", "in", &format!("{}/shop:{}", registry.host(), method.to_lowercase())]);
        let asked = elsewhere.journal();
        assert!(!asked.is_empty(), "{method}: the redirect was followed");
        assert!(asked.iter().all(|entry| entry.authorization().is_none()), "{method}: {asked:#?}");
        assert!(!asked.iter().any(|entry| entry.path == "/token"), "{method}: {asked:#?}");
    }
}

#[test]
fn a_refresh_token_is_not_sent_on() {
    let tokens = Tokens { refresh_token: Some("sesame".to_owned()), realm: Realm::Own("/token"), ..Tokens::default() };
    let registry = Registry::start(Config::tokens(tokens));
    let elsewhere = Registry::start(Config::default());
    registry.fault(Match::new("POST", "/token"), Fault::redirect(307, &format!("{}/token", elsewhere.url())));
    let user = User::new();
    let config = serde_json::json!({"auths": {registry.host(): {"identitytoken": "sesame"}}});
    user.folder.file("home/.docker/config.json", config.to_string());
    let reference = format!("{}/shop:v1", registry.host());
    let output = user.folder.consign().args(["push", "in", &reference, "-vv"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("is not followed") && !stderr.contains("sesame"), "{stderr}");
    assert!(elsewhere.journal().is_empty());
    // Without the redirect it is taken.
    user.folder.consign().args(["push", "in", &reference]).output().unwrap();
    assert_eq!(registry.missing("shop", "v1"), None);
}

#[test]
fn a_token_that_no_header_can_hold_does_not_become_an_anonymous_push() {
    let registry = Registry::start(Config::default());
    let user = User::new();
    let reference = format!("{}/shop:v1", registry.host());
    let mut command = user.folder.consign();
    let output = command.args(["push", "in", &reference]).env("CONSIGN_TOKEN", "sesame\nopen").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && !stderr.contains("sesame"), "{stderr}");
    assert!(registry.requests().is_empty(), "{:#?}", registry.requests());
}

#[test]
fn what_a_registry_repeats_of_a_secret_is_not_shown() {
    let registry = Registry::start(Config::tokens(Tokens::default()));
    let user = User::new();
    let echo = Fault::status(403)
        .header("Warning", "you sent Basic dXNlcjpwYXNzd29yZA==")
        .error("DENIED", "no token for user:password, dXNlcjpwYXNzd29yZA==");
    registry.fault(Match::new("GET", "/token").always(), echo);
    let stderr = user.fails(3, &["push", "in", &format!("{}/shop:v1", registry.host()), "-vv"]);
    assert!(stderr.contains("DENIED: no token for user:***, ***"), "{stderr}");
    assert!(stderr.contains("warning: you sent Basic ***"), "{stderr}");
}

#[test]
fn a_secret_that_was_typed_is_not_shown_again() {
    let user = User::new();
    for args in [
        &["auth", "me:sesame@r.example"][..],
        &["auth", "r.example/me:sesame@x", "--format", "json"],
        &["push", "https://me:sesame@r.example/x", "oci:out:v1"],
        &["push", "in", "oci:https://me:sesame@r.example/x"],
        &["push", "in", "r.example/x:v1", "--config", "https://me:sesame@r.example"],
        &["push", "in", "r.example/x:v1", "--password-stdin=sesame"],
        &["auth", "r.example/x", "--token=sesame"],
        &["push", "in", "oci:out:v1", "--source", "https://me:sesame@r.example/x"],
        &["push", "in", "oci:out:v1", "--nothing", "me:sesame@r.example"],
    ] {
        let output = user.run(args);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success() && !said.contains("sesame"), "{args:?}: {said}");
    }
    assert_eq!(
        String::from_utf8_lossy(&user.run(&["tag", "r.example/shop:v1@sha256:0", "v2"]).stderr).matches("***").count(),
        0
    );
}

#[test]
fn what_is_no_manifest_is_not_taken_for_one() {
    let registry = Registry::start(Config::default());
    let user = User::new();
    let page = || Fault::status(200).body("text/html", "<h1>Log in</h1>");
    registry.fault(Match::new("GET", "/manifests/").always(), page());
    let head = Fault::status(200).header("Content-Type", "text/html").header("Docker-Content-Digest", &sha256(b"x"));
    registry.fault(Match::new("HEAD", "/manifests/").always(), head);
    let reference = format!("{}/shop:v1", registry.host());
    for command in [&["digest", &reference][..], &["tag", &reference, "v2"]] {
        let stderr = user.fails(5, command);
        assert!(stderr.contains("text/html") && stderr.contains("login page"), "{stderr}");
    }
    assert!(!registry.journal().iter().any(|entry: &Entry| entry.method == "PUT"));
}

#[test]
fn a_guard_looks_again_before_a_manifest_that_is_put_a_second_time() {
    let registry = Registry::start(Config::default());
    let user = User::new();
    user.push(&[&format!("{}/shop:v1", registry.host())]);
    registry.only_upstream("shop");
    let other = registry.put_manifest("shop", None, "application/vnd.oci.image.manifest.v1+json", "{}");
    registry.clear_journal();
    // Somebody takes the tag while the blobs are sent again: from the second look on it names something else.
    let taken = Fault::status(200).header("Docker-Content-Digest", &other);
    registry.fault(Match::new("HEAD", "/manifests/v2").after(1), taken);
    let stderr = user.fails(6, &["push", "in", &format!("{}/shop:v2", registry.host()), "--no-clobber", "--no-cache"]);
    assert!(stderr.contains("--no-clobber"), "{stderr}");
    let puts = registry.requests().iter().filter(|line| line.starts_with("PUT /v2/shop/manifests/v2")).count();
    assert!(puts <= 1, "{:#?}", registry.requests());
}

#[test]
fn a_failure_between_tags_says_which_were_written() {
    let registry = Registry::start(Config::default());
    let user = User::new();
    let reference = format!("{}/shop:v1", registry.host());
    registry.fault(Match::new("PUT", "/manifests/two").always(), Fault::status(403).error("DENIED", "not two"));
    let stderr = user.fails(3, &["push", "in", &reference, "--tag", "two", "--tag", "three"]);
    assert!(stderr.contains("(tagged before: v1, three)"), "{stderr}");
    let stderr = user.fails(3, &["tag", &reference, "four", "two", "five"]);
    assert!(stderr.contains("(tagged before: four)"), "{stderr}");
    assert_eq!(registry.tags("shop"), ["four", "three", "v1"]);
}
