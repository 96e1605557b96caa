//! Helpers in every way to answer and to fail, and gcloud's own.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn a_helper_is_asked_once_for_a_host() {
    let machine = Machine::new()
        .config(r#"{"credHelpers":{"r.io":"slow","s.io":"slow"}}"#)
        .helper("slow", &format!("sleep 0.05; {}", answer("me", "pw")));
    let keychain = machine.keychain();
    let all = [("r.io", "a"), ("r.io", "b"), ("s.io", "a"), ("r.io", "a")]
        .map(|(host, path)| keychain.credential(host, path));
    for credential in futures_util::future::join_all(all).await {
        let credential = credential.unwrap();
        assert_eq!((shown(&credential).as_str(), credential.account.as_deref()), ("basic me:pw", Some("me")));
        assert_eq!(
            machine.shown(&credential.source),
            "credential helper docker-credential-slow (~/.docker/config.json)"
        );
        assert!(!credential.google);
    }
    let mut runs = machine.runs();
    runs.sort();
    assert_eq!(runs, ["docker-credential-slow get r.io", "docker-credential-slow get s.io"]);
    keychain.renewed("r.io", "a").await.unwrap();
    assert_eq!(machine.runs().len(), 3);
}

#[tokio::test]
async fn gclouds_helper_hands_out_an_access_token() {
    let machine = Machine::new()
        .config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcloud","r.io":"gcloud"}}"#)
        .helper("gcloud", &answer("_dcgcloud_token", "t"));
    let credential = machine.credential(GOOGLE).await.unwrap();
    assert_eq!((shown(&credential).as_str(), credential.google, credential.account), ("access t", true, None));
    assert!(machine.credential("r.io").await.unwrap().google, "whatever gcloud hands out is Google's");
}

#[tokio::test]
async fn docker_hub_is_known_to_helpers_by_its_old_address() {
    let machine = Machine::new().config(r#"{"credsStore":"desktop"}"#).helper("desktop", &answer("<token>", "t"));
    let credential = machine.keychain().credential("docker.io", "library/x").await.unwrap();
    assert_eq!(shown(&credential), "identity t");
    assert_eq!(machine.runs(), ["docker-credential-desktop get https://index.docker.io/v1/"]);
}

#[tokio::test]
async fn a_helper_that_has_nothing_lets_others_answer_and_that_is_said() {
    for (script, why) in [
        (None, "it is not installed, or not on PATH"),
        (Some("echo 'credentials not found in native keychain'; exit 1"), "it has nothing for this host"),
        (Some("echo 'Credentials not found' >&2; exit 1"), "it has nothing for this host"),
        (
            Some(
                "echo 'ERROR: (gcloud.auth.docker-helper) Repository url [us-docker.pkg.dev] is not supported' >&2; exit 1",
            ),
            "it has nothing for this host",
        ),
        (
            Some("echo 'You do not currently have an active account selected.'; exit 1"),
            "not logged in: You do not currently have an active account selected.",
        ),
        (Some(r#"echo '{"Username":"","Secret":""}'"#), "it answered with an empty secret"),
    ] {
        let mut machine = Machine::new().adc().config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcr"}}"#);
        if let Some(script) = script {
            machine = machine.helper("gcr", script);
        }
        let keychain = machine.keychain();
        let credential = keychain.credential(GOOGLE, "p/r/i").await.unwrap();
        keychain.credential(GOOGLE, "p/r/other").await.unwrap();
        assert_eq!((credential.google, credential.account.as_deref()), (true, Some("adc@p.iam.gserviceaccount.com")));
        let helper = "credential helper docker-credential-gcr (~/.docker/config.json)";
        let source = "Application Default Credentials (~/.config/gcloud/application_default_credentials.json)";
        let warning = format!(
            "warning: {source} answers for {GOOGLE}, which may be another account: nothing came from the {helper}: {why}"
        );
        assert_eq!(machine.heard(), [warning], "once for the command");
        assert!(machine.tried(&credential.tried).contains(&format!("{helper}: {why}")), "{:?}", credential.tried);
        assert!(machine.runs().len() <= 1);
    }
}

#[tokio::test]
async fn without_adc_the_helpers_reason_decides_the_hint() {
    let machine = Machine::new()
        .config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcloud"}}"#)
        .helper("gcloud", "echo 'You do not currently have an active account selected.'; exit 1");
    let machine = Machine { options: Options { clock: Clock::default(), ..machine.options.clone() }, ..machine };
    let credential = machine.credential(GOOGLE).await.unwrap();
    assert!(matches!(credential.login, Login::Anonymous));
    let tried = machine.tried(&credential.tried);
    assert!(
        tried.last().unwrap().starts_with("Application Default Credentials: GOOGLE_APPLICATION_CREDENTIALS is not set")
    );
    assert_eq!(nothing_found(GOOGLE, &credential.tried).hint_text(), Some("run `gcloud auth login`"));
    assert_eq!(machine.heard(), [""; 0], "nobody answered instead");
}

#[tokio::test]
async fn a_store_for_all_hosts_that_has_nothing_is_no_surprise() {
    let machine = Machine::new()
        .config(r#"{"credsStore":"desktop","auths":{"r.io":{"username":"me","password":"pw"}}}"#)
        .helper("desktop", "echo 'credentials not found in native keychain'; exit 1");
    assert_eq!(shown(&machine.credential("r.io").await.unwrap()), "basic me:pw");
    assert_eq!(machine.heard(), [""; 0]);
    let machine = machine.adc();
    assert!(machine.credential(GOOGLE).await.unwrap().google);
    assert_eq!(machine.heard().len(), 1, "but at Google's hosts it is");
}

#[tokio::test]
async fn a_helper_that_crashes_twice_is_asked_a_third_time() {
    let script = format!(
        "test -e $0.2 && {} && exit; test -e $0.1 && touch $0.2; touch $0.1; echo 'database is locked' >&2; exit 1",
        answer("me", "pw")
    );
    let machine = Machine::new().config(r#"{"credHelpers":{"r.io":"flaky"}}"#).helper("flaky", &script);
    assert_eq!(shown(&machine.credential("r.io").await.unwrap()), "basic me:pw");
    let retrying = "retrying the credential helper docker-credential-flaky: exit 1: database is locked";
    assert_eq!(machine.heard(), [retrying; 2]);
}

#[tokio::test]
async fn a_helper_that_keeps_failing_ends_the_search() {
    for (script, why, runs) in [
        ("echo out; echo err >&2; exit 2", "failed 3 times for r.io: exit 2: out err", 3),
        ("exit 2", "failed 3 times for r.io: exit 2", 3),
        ("kill -9 $$", "failed 3 times for r.io: signal: 9 (SIGKILL)", 3),
        (
            "echo 'hunter2 is no JSON'",
            "failed 3 times for r.io: what it printed (19 bytes) is not JSON with `Username` and `Secret`",
            3,
        ),
        ("exit 0", "failed 3 times for r.io: it ended well but printed nothing", 3),
        (r#"echo '{"Username":"me","Secret":"hunter2"}'; exit 1"#, "failed 3 times for r.io: exit 1", 3),
        ("yes", "failed 3 times for r.io: it wrote more than 1048576 bytes", 3),
        // Its input ends behind the server: there is nobody to answer.
        (
            "read -r answer || { echo 'Password: no input' >&2; exit 1; }",
            "failed 3 times for r.io: exit 1: Password: no input",
            3,
        ),
    ] {
        let machine = Machine::new().adc().config(r#"{"credHelpers":{"r.io":"bad"}}"#).helper("bad", script);
        let (kind, message, hint) = machine.error("r.io").await;
        assert_eq!(kind, Kind::Denied);
        assert_eq!(message, format!("the credential helper docker-credential-bad (~/.docker/config.json) {why}"));
        assert!(hint.contains("CONSIGN_USERNAME"), "{hint}");
        assert_eq!(machine.runs().len(), runs, "{script}");
    }
}

#[tokio::test]
async fn a_helper_that_hangs_is_asked_twice_and_not_passed_over() {
    let mut machine = Machine::new()
        .adc()
        .config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcloud"}}"#)
        .helper("gcloud", "sleep 60 & sleep 60");
    machine.options.clock = Clock::faster(30);
    let started = Instant::now();
    let keychain = machine.keychain();
    let error = keychain.credential(GOOGLE, "a").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.to_string().ends_with("failed 2 times for us-docker.pkg.dev: it did not end within 30 s"), "{error}");
    assert!(error.hint_text().unwrap().contains("`CONSIGN_AUTH=adc`"));
    assert!(keychain.credential(GOOGLE, "b").await.is_err());
    assert_eq!(machine.runs().len(), 2, "nobody waits for it again");
    assert!(machine.heard()[0].starts_with("waiting for credential helper docker-credential-gcloud"));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn only_a_programs_name_is_a_helpers_name() {
    for name in ["../x", "a/b", "a b", "a;b", "é"] {
        let machine = Machine::new().config(&format!(r#"{{"credHelpers":{{"r.io":"{name}"}}}}"#));
        let (kind, message, _) = machine.error("r.io").await;
        assert_eq!(kind, Kind::Usage);
        assert_eq!(
            message,
            format!(
                "the credential helper `{name}` of ~/.docker/config.json has a name that no program `docker-credential-NAME` has"
            )
        );
    }
}

#[tokio::test]
async fn a_helper_without_its_interpreter_is_not_missing() {
    let machine = Machine::new().config(r#"{"credHelpers":{"r.io":"x"}}"#);
    let path = machine.path("bin/docker-credential-x");
    let write =
        Command::new("sh").args(["-c", r#"echo '#!/no/such/sh' > "$1" && chmod +x "$1""#, "sh"]).arg(&path).status();
    assert!(write.unwrap().success());
    let (kind, message, _) = machine.error("r.io").await;
    assert_eq!(kind, Kind::Denied);
    assert!(message.ends_with("what its first line names as its interpreter is not there"), "{message}");
}

/// The helper of google-cloud-cli itself, with a configuration of its own.
fn with_gcloud(setting: &str) -> Machine {
    let mut machine = Machine::new().config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcloud"}}"#);
    machine.options.clock = Clock::default();
    let path = std::env::var_os("PATH").unwrap();
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("docker-credential-gcloud"));
    let real = programs.find(|path| path.is_file()).expect("google-cloud-cli is needed").display().to_string();
    let own = machine.path("gcloud").display().to_string();
    // The line before took its input.
    machine.helper("gcloud", &format!("export CLOUDSDK_CONFIG='{own}' {setting}; echo {GOOGLE} | '{real}' \"$@\""))
}

#[tokio::test]
#[ignore = "needs google-cloud-cli"]
async fn gclouds_own_helper_hands_out_a_token() {
    let token = tempfile::NamedTempFile::new().unwrap();
    fs::write(token.path(), "ya29.hunter2").unwrap();
    let machine = with_gcloud(&format!("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE={}", token.path().display()));
    let credential = machine.credential(GOOGLE).await.unwrap();
    assert_eq!((shown(&credential).as_str(), credential.google), ("access ya29.hunter2", true));
    assert_eq!(machine.heard(), [""; 0]);
}

#[tokio::test]
#[ignore = "needs google-cloud-cli"]
async fn gclouds_own_helper_says_that_nobody_is_logged_in() {
    let machine = with_gcloud("");
    let credential = machine.credential(GOOGLE).await.unwrap();
    let tried = machine.tried(&credential.tried);
    let start = "credential helper docker-credential-gcloud (~/.docker/config.json): not logged in: You do not currently have an active account";
    assert!(tried.iter().any(|step| step.starts_with(start)), "{tried:?}");
    assert_eq!(nothing_found(GOOGLE, &credential.tried).hint_text(), Some("run `gcloud auth login`"));
}
