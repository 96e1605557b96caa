//! Credential helpers, played by scripts: what they give, every way in which they fail, and when and how often they run.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::collections::HashMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::login::{Login, auth, prints, users};
use consign::credentials::{Keychain, Options};
use consign::error::Kind;
use consign::http::Clock;
use consign::notice::{Event, Notice};
use registry::{Config, Realm, Registry, Tls, Tokens};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

fn registry() -> Registry {
    Registry::start(Config::tokens(Tokens {
        users: users(&["helped", "stored", "other"]),
        refresh_token: Some("sesame-refresh".to_owned()),
        ..Tokens::default()
    }))
}

/// Somebody whose docker asks the helper `NAME` for this host.
fn with_helper(host: &str, name: &str) -> Login {
    Login::new().config("home/.docker/config.json", &json!({"credHelpers": {host: name}}))
}

fn source(login: &Login, name: &str) -> String {
    format!("credential helper docker-credential-{name} ({}/home/.docker/config.json)", login.folder.path().display())
}

#[test]
fn the_helper_of_a_host_comes_before_the_one_for_all_and_before_what_is_stored() {
    let registry = registry();
    let host = registry.host();
    let reference = format!("{host}/shop:v1");
    let login = |config: &Value| {
        let login = Login::new().config("home/.docker/config.json", config);
        login.helper("mine", &prints("helped")).helper("all", &prints("stored"))
    };
    let auths = json!({&host: auth("other")});
    for (config, user, asked) in [
        (json!({"credHelpers": {&host: "mine"}, "credsStore": "all", "auths": auths}), "helped", Some("mine")),
        (json!({"credHelpers": {"gcr.io": "mine"}, "credsStore": "all", "auths": auths}), "stored", Some("all")),
        (json!({"credHelpers": {&host: ""}, "credsStore": "all", "auths": auths}), "other", None),
        (json!({"auths": auths}), "other", None),
    ] {
        let login = login(&config);
        let source = match asked {
            Some(name) => source(&login, name),
            None => login.folder.path().join("home/.docker/config.json").display().to_string(),
        };
        assert_eq!(login.pushes(&[&reference]), [(Some(user.to_owned()), source)], "{config}");
        let expected: Vec<String> = asked.iter().map(|name| format!("{name} get {host}")).collect();
        assert_eq!(login.asked(), expected, "{config}");
    }
}

#[test]
fn a_helper_may_give_a_refresh_token() {
    let registry = registry();
    let login = with_helper(&registry.host(), "mine")
        .helper("mine", r#"printf '{"Username":"<token>","Secret":"sesame-refresh"}'"#);
    assert_eq!(login.pushes(&[&format!("{}/shop:v1", registry.host())]), [(None, source(&login, "mine"))]);
    assert!(registry.requests().contains(&"POST /token 200".to_owned()), "{:#?}", registry.requests());
}

#[test]
fn a_helper_that_has_nothing_lets_the_next_source_answer_with_a_warning() {
    const NOTHING: &str = "echo 'credentials not found in native keychain'; exit 1";
    const NOT_LOGGED_IN: &str = "echo 'ERROR: You do not currently have an active account selected.' >&2; exit 1";
    const EMPTY: &str = r#"printf '{"Username":"","Secret":""}'"#;
    let registry = registry();
    let host = registry.host();
    let reference = format!("{host}/shop:v1");
    for (script, why) in [
        (None, "it is not installed, or not on PATH"),
        (Some(NOTHING), "it has nothing for this host"),
        (Some(NOT_LOGGED_IN), "not logged in: ERROR: You do not currently have"),
        (Some(EMPTY), "empty secret"),
    ] {
        let config = json!({"credHelpers": {&host: "mine"}, "auths": {&host: auth("other")}});
        let install = |login: Login| match script {
            Some(script) => login.helper("mine", script),
            None => login,
        };
        let login = install(Login::new().config("home/.docker/config.json", &config));
        let said = login.run(&["push", "in", &reference, "--no-cache"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let warnings: Vec<&str> = said.stderr.lines().filter(|line| line.starts_with("warning:")).collect();
        let [warning] = warnings[..] else { panic!("one warning: {}", said.stderr) };
        for text in ["may be another account", "docker-credential-mine", why] {
            assert!(warning.contains(text), "{text} is not in {warning}");
        }
        // With nothing behind it nobody is left, and that is explained.
        let said = install(with_helper(&host, "mine")).run(&["push", "in", &reference, "--no-cache"]);
        said.fails(3, &["docker-credential-mine", why, "CONSIGN_USERNAME and CONSIGN_PASSWORD"]);
        // One that is asked for every host is expected to have nothing for most.
        let config = json!({"credsStore": "mine", "auths": {&host: auth("other")}});
        let login = install(Login::new().config("home/.docker/config.json", &config));
        let said = login.run(&["push", "in", &reference, "--no-cache"]);
        assert!(said.code == Some(0) && !said.stderr.contains("warning"), "{}", said.stderr);
    }
}

#[test]
fn a_helper_that_fails_ends_the_push_after_some_tries() {
    let failing = [
        ("echo 'the keychain is locked'; exit 1", "exit 1: the keychain is locked"),
        ("echo 'Traceback (most recent call last):' >&2; exit 3", "exit 3: Traceback"),
        ("exit 1", "exit 1"),
        ("kill -9 $$", "signal: 9"),
        ("", "printed nothing"),
        ("echo 'token: sesame'", "is not JSON with `Username` and `Secret`"),
        ("echo '{\"Username\": \"me\", \"Password\": \"sesame\"}'", "is not JSON with `Username` and `Secret`"),
        ("printf '\\377\\000sesame'", "is not JSON"),
        ("printf '{\"Username\":\"me\",\"Secret\":\"sesame\"}'; exit 1", "exit 1"),
        ("yes sesame", "it wrote more than 1048576 bytes"),
        ("yes sesame >&2", "it wrote more than 1048576 bytes"),
        // Its input is at its end by now.
        (
            "printf 'Password: ' >&2; read -r password || { echo 'no password was typed'; exit 1; }",
            "no password was typed",
        ),
    ];
    let registry = registry();
    thread::scope(|scope| {
        for (script, why) in failing {
            let registry = &registry;
            scope.spawn(move || {
                let host = registry.host();
                // What stands behind it is not asked: that may be somebody else.
                let config = json!({"credHelpers": {&host: "mine"}, "auths": {&host: auth("other")}});
                let login = Login::new().config("home/.docker/config.json", &config).helper("mine", script);
                let said = login.run(&["push", "in", &format!("{host}/shop:v1")]);
                said.fails(3, &["docker-credential-mine", "config.json", "failed 3 times", why, "hint:"]);
                assert_eq!(said.stderr.matches("retrying in").count(), 2, "{}", said.stderr);
                assert_eq!(login.asked().len(), 3, "{script}");
            });
        }
    });
    assert!(registry.requests().is_empty(), "{:#?}", registry.requests());
}

#[test]
fn a_helper_that_fails_by_chance_is_asked_again() {
    let registry = registry();
    let script = format!("[ $(wc -l < '../asked') -ge 2 ] || exit 1\n{}", prints("helped"));
    let login = with_helper(&registry.host(), "mine").helper("mine", &script.replace("'../asked'", "asked"));
    let said = login.run(&["push", "in", &format!("{}/shop:v1", registry.host())]);
    assert!(
        said.code == Some(0) && said.stderr.contains("the credential helper docker-credential-mine: exit 1"),
        "{said:?}"
    );
}

#[test]
fn a_helper_that_cannot_be_run_is_explained() {
    let registry = registry();
    let reference = format!("{}/shop:v1", registry.host());
    // Not executable: not a program.
    let login = with_helper(&registry.host(), "mine");
    login.folder.file("bin/docker-credential-mine", "#!/bin/sh\n");
    login.run(&["push", "in", &reference]).fails(3, &["docker-credential-mine", "not installed, or not on PATH"]);
    for (name, interpreter, texts) in [
        ("mine", "#!/no/such/python\n", &["interpreter", "docker-credential-mine"][..]),
        ("../mine", "#!/bin/sh\n", &["`../mine`", "config.json"]),
    ] {
        let login = with_helper(&registry.host(), name).helper("mine", "");
        let path = login.folder.path().join("bin/docker-credential-mine");
        std::fs::write(path, interpreter).unwrap();
        login.run(&["push", "in", &reference]).fails(if name == "mine" { 3 } else { 2 }, texts);
    }
}

#[test]
fn a_helper_runs_once_for_a_host_and_a_command() {
    let (one, two) = (registry(), registry());
    let config = json!({"credsStore": "all"});
    let login = Login::new().config("home/.docker/config.json", &config).helper("all", &prints("stored"));
    let references = ["shop:v1", "shop:v2", "team/app:v1"].map(|name| format!("{}/{name}", one.host()));
    let other = format!("{}/shop:v1", two.host());
    login.pushes(&[&references[0], &references[1], &other, &references[2]]);
    let mut asked = login.asked();
    asked.sort();
    let mut expected = [format!("all get {}", one.host()), format!("all get {}", two.host())];
    expected.sort();
    assert_eq!(asked, expected);
}

#[test]
fn the_helper_and_the_token_do_not_wait_for_the_bundle() {
    let registry = registry();
    let login = with_helper(&registry.host(), "mine").helper("mine", &prints("helped"));
    // Takes about a second to compress.
    let noise = (0u32..4_000_000).flat_map(|i| (i.wrapping_mul(2_654_435_761) ^ (i >> 3)).to_be_bytes());
    login.folder.file("in/noise.bin", noise.collect::<Vec<u8>>());
    let reference = format!("{}/shop:v1", registry.host());
    let said = login.run(&["push", "in", &reference, "--no-cache", "--level", "9", "--threads", "1"]);
    assert_eq!((said.code, registry.missing("shop", "v1")), (Some(0), None), "{}", said.stderr);
    let place = |text: &str| said.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", said.stderr));
    let (token, packed, upload) = (place("/token"), place("packed 2 files"), place("POST http"));
    assert!(token < packed && packed < upload, "{}", said.stderr);
}

#[test]
fn a_bundle_with_errors_does_not_wait_for_the_helper() {
    let registry = registry();
    let login = with_helper(&registry.host(), "mine").helper("mine", "sleep 20");
    login.folder.file("in/broken.yaml", "a: [\n");
    let began = Instant::now();
    let said = login.run(&["push", "in", &format!("{}/shop:v1", registry.host())]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(registry.requests().is_empty());
}

#[test]
fn a_signal_does_not_wait_for_the_helper() {
    let registry = registry();
    let login = with_helper(&registry.host(), "mine").helper("mine", "sleep 20");
    let mut command = login.command(&["push", "in", &format!("{}/shop:v1", registry.host())]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while login.asked().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10), "it is never asked");
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

const GOOGLE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";
const KEY: &str = r#"{"type":"service_account","client_email":"robot@shop.test","private_key":"sesame"}"#;

/// Google's registry behind a proxy, and somebody with Application Default Credentials and a helper of gcloud's.
fn google(script: Option<&str>) -> (Registry, Login) {
    let tokens = Tokens { users: vec![("_json_key".to_owned(), KEY.to_owned())], ..Tokens::default() };
    let registry =
        Registry::start(Config { tls: Tls::On, ..Config::tokens(Tokens { realm: Realm::Own("/v2/token"), ..tokens }) });
    let login = with_helper("us-docker.pkg.dev", "gcloud")
        .set("HTTPS_PROXY", registry.proxy())
        .set("CONSIGN_CA_FILE", "ca.pem")
        .set_path("GOOGLE_APPLICATION_CREDENTIALS", "key.json");
    login.folder.file("ca.pem", Registry::ca_pem());
    login.folder.file("key.json", KEY);
    match script {
        Some(script) => (registry, login.helper("gcloud", script)),
        None => (registry, login),
    }
}

#[test]
fn googles_own_credentials_stand_in_for_a_helper_that_has_nothing_and_never_for_one_that_fails() {
    const NOT_LOGGED_IN: &str = "echo 'You do not currently have an active account selected.'; exit 1";
    for (script, why) in [(None, "not installed"), (Some(NOT_LOGGED_IN), "not logged in")] {
        let (registry, login) = google(script);
        let said = login.run(&["push", "in", GOOGLE, "--format", "json"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let receipt: Value = serde_json::from_str(&said.stdout).unwrap();
        let target = &receipt["targets"][0];
        let path = login.folder.path().join("key.json").display().to_string();
        assert_eq!(
            (&target["account"], &target["credentialSource"]),
            (&json!("robot@shop.test"), &json!(format!("Application Default Credentials ({path})")))
        );
        let warning = said.stderr.lines().find(|line| line.starts_with("warning:")).unwrap_or_default();
        assert!(warning.contains("docker-credential-gcloud") && warning.contains(why), "{}", said.stderr);
        assert_eq!(registry.missing("shop/configs/prod", "v1"), None);
    }
    let (registry, login) = google(Some("echo 'Traceback: database is locked' >&2; exit 1"));
    let said = login.run(&["push", "in", GOOGLE]);
    said.fails(3, &["docker-credential-gcloud", "database is locked", "CONSIGN_AUTH=adc"]);
    assert!(registry.tags("shop/configs/prod").is_empty());
    // Who says so means it.
    let said = login.run(&["push", "in", GOOGLE, "--auth", "adc"]);
    assert!(said.code == Some(0) && !said.stderr.contains("warning"), "{}", said.stderr);
    assert_eq!(login.asked().len(), 3, "the helper is not asked then");
    let said = login.run(&["push", "in", "127.0.0.1:1/shop:v1", "--auth", "adc"]);
    said.fails(2, &["127.0.0.1:1 is none", "asks for `adc` alone"]);
}

#[test]
fn nothing_is_pushed_to_google_by_nobody() {
    let (registry, login) = google(Some("echo 'You do not currently have an active account selected.'; exit 1"));
    // No file, and a metadata server that is not there.
    let login = login.set("GOOGLE_APPLICATION_CREDENTIALS", "").set("GCE_METADATA_HOST", "127.0.0.1:1");
    let said = login.run(&["push", "in", GOOGLE]);
    said.fails(
        3,
        &[
            "docker-credential-gcloud",
            "not logged in",
            "Application Default Credentials",
            "hint: run `gcloud auth login`",
        ],
    );
    assert!(registry.requests().is_empty(), "{:#?}", registry.requests());
}

/// Remembers what is tried again.
#[derive(Default)]
struct Retries(Mutex<Vec<String>>);

impl Notice for Retries {
    fn notice(&self, event: &Event<'_>) {
        if let Event::Retrying { what, why, .. } = event {
            self.0.lock().unwrap().push(format!("{what}: {why}"));
        }
    }
}

#[tokio::test]
async fn a_helper_that_never_ends_is_ended_with_its_children() {
    // Its child holds the output open.
    let login = with_helper("registry.test", "mine").helper("mine", "sleep 60 & echo $! >> children; wait");
    let (bin, home) = (login.folder.path().join("bin"), login.folder.path().join("home"));
    let children = login.folder.path().join("children");
    let script = std::fs::read_to_string(bin.join("docker-credential-mine")).unwrap();
    let script = script.replace(">> children", &format!(">> '{}'", children.display()));
    std::fs::write(bin.join("docker-credential-mine"), script).unwrap();
    let environment = HashMap::from([("PATH".into(), bin.into()), ("HOME".into(), home.into())]);
    // Thirty seconds pass in one.
    let options = Options { environment, clock: Clock::faster(30), ..Options::default() };
    let retries = Arc::new(Retries::default());
    let keychain = Keychain::new(options, Arc::<Retries>::clone(&retries) as _);
    let error = keychain.credential("registry.test", "shop").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);
    let text = error.to_string();
    assert!(text.contains("docker-credential-mine") && text.contains("did not end within 30 s"), "{text}");
    assert_eq!(retries.0.lock().unwrap().len(), 1);
    let children = std::fs::read_to_string(children).unwrap();
    assert_eq!(children.lines().count(), 2);
    for child in children.lines() {
        // Gone, or dead and not yet buried by the machine's init.
        let lives = || std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        let began = Instant::now();
        while lives() {
            assert!(began.elapsed() < Duration::from_secs(5), "{child} goes on");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_helper_runs_while_standard_input_is_still_being_written() {
    let registry = registry();
    let login = with_helper(&registry.host(), "mine").helper("mine", &prints("helped"));
    let reference = format!("{}/shop:v1", registry.host());
    let mut child = login.command(&["push", "-", &reference, "--no-cache"]).stdin(Stdio::piped()).spawn().unwrap();
    // Not before the helper has been asked does the pipe end.
    let asked = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(10));
        !login.asked().is_empty()
    });
    assert!(asked);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(common::NAMESPACE.as_bytes()).unwrap();
    drop(pipe);
    assert!(child.wait().unwrap().success());
    assert_eq!(login.asked().len(), 1, "and not asked again");
}
