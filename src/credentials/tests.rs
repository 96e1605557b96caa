//! The search as a whole, with helpers that are scripts.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use super::*;
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice};

mod helpers;

const GOOGLE: &str = "us-docker.pkg.dev";

/// A machine: a home, a folder of programs, and its environment. There is no metadata server.
struct Machine {
    folder: tempfile::TempDir,
    options: Options,
    heard: Arc<Heard>,
}

/// Warnings, and what was retried.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Notice for Heard {
    fn notice(&self, event: &Event<'_>) {
        let text = match event {
            Event::Warning(text) => format!("warning: {text}"),
            Event::Retrying { what, why, .. } => format!("retrying {what}: {why}"),
            Event::Waiting { on } => format!("waiting for {on}"),
            other => panic!("{other:?}"),
        };
        self.0.lock().unwrap().push(text);
    }
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", ".docker"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
        let environment = HashMap::from([
            ("HOME".into(), folder.path().into()),
            ("PATH".into(), path.into()),
            ("GCE_METADATA_HOST".into(), "127.0.0.1:1".into()),
        ]);
        let options = Options { explicit: None, config: None, only: None, environment, clock: Clock::faster(10) };
        Self { folder, options, heard: Arc::default() }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.options.environment.insert(name.into(), value.into());
        self
    }

    fn config(self, json: &str) -> Self {
        fs::write(self.path(".docker/config.json"), json).unwrap();
        self
    }

    /// With a helper. A child writes it, so that no process that another test starts meanwhile holds it open for writing: the kernel
    /// would not run it then.
    fn helper(self, name: &str, script: &str) -> Self {
        let path = self.path("bin").join(format!("docker-credential-{name}"));
        let mut child = Command::new("sh")
            .args(["-c", r#"cat > "$1" && chmod +x "$1""#, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let count = self.path("runs");
        let script = format!("#!/bin/sh\necho \"$0 $* $(cat)\" >> '{}'\n{script}\n", count.display());
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        self
    }

    /// With gcloud's user file, which a server that does not exist would have to exchange; and with a key that needs no exchange.
    fn adc(self) -> Self {
        let folder = self.path(".config/gcloud");
        fs::create_dir_all(&folder).unwrap();
        let key = r#"{"type":"service_account","client_email":"adc@p.iam.gserviceaccount.com","private_key":"k"}"#;
        fs::write(folder.join("application_default_credentials.json"), key).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keychain(&self) -> Keychain {
        Keychain::new(self.options.clone(), Arc::clone(&self.heard) as Arc<dyn Notice>)
    }

    async fn credential(&self, host: &str) -> Result<Credential, Error> {
        self.keychain().credential(host, "p/r/i").await
    }

    async fn error(&self, host: &str) -> (Kind, String, String) {
        let error = self.credential(host).await.unwrap_err();
        (error.kind(), self.shown(&error.to_string()), self.shown(error.hint_text().unwrap_or_default()))
    }

    /// What helpers were asked, in order.
    fn runs(&self) -> Vec<String> {
        let runs = fs::read_to_string(self.path("runs")).unwrap_or_default();
        let folder = format!("{}/", self.path("bin").display());
        runs.lines().map(|line| line.replace(&folder, "")).collect()
    }

    fn heard(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().iter().map(|text| self.shown(text)).collect()
    }

    fn shown(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "~")
    }

    fn tried(&self, tried: &[Step]) -> Vec<String> {
        tried.iter().map(|step| self.shown(&format!("{}: {}", step.source, step.outcome))).collect()
    }
}

fn shown(credential: &Credential) -> String {
    let secret = |kind: &str, secret: &Secret| format!("{kind} {}", secret.expose());
    match &credential.login {
        Login::Anonymous => "anonymous".to_owned(),
        Login::Basic(user, password) => format!("basic {user}:{}", password.expose()),
        Login::IdentityToken(token) => secret("identity", token),
        Login::AccessToken(token) => secret("access", token),
        Login::RegistryToken(token) => secret("registry", token),
    }
}

/// A helper that works.
fn answer(user: &str, secret: &str) -> String {
    format!(r#"echo '{{"ServerURL":"x","Username":"{user}","Secret":"{secret}"}}'"#)
}

#[tokio::test]
async fn what_the_user_gives_ends_the_search() {
    let machine = Machine::new().adc().config(r#"{"auths":{"r.io":{"username":"file","password":"p"}}}"#);
    for (login, host, expected, google, account) in [
        (ExplicitLogin::Token(Secret::new("t")), GOOGLE, "access t", true, None),
        (ExplicitLogin::Token(Secret::new("t")), "r.io", "registry t", false, None),
        (ExplicitLogin::Password("me".into(), Secret::new("p")), "r.io", "basic me:p", false, Some("me")),
        (ExplicitLogin::Password("oauth2accesstoken".into(), Secret::new("p")), GOOGLE, "access p", true, None),
    ] {
        let explicit = Some(Explicit { login, origin: "--token-stdin".to_owned() });
        let options = Options { explicit, ..machine.options.clone() };
        let keychain = Keychain::new(options, Arc::clone(&machine.heard) as Arc<dyn Notice>);
        for credential in [keychain.credential(host, "a").await.unwrap(), keychain.renewed(host, "a").await.unwrap()] {
            assert_eq!(shown(&credential), expected);
            assert_eq!((credential.google, credential.account.as_deref()), (google, account));
            assert_eq!(credential.source, "--token-stdin");
            assert!(credential.tried.is_empty());
        }
    }
    let machine = machine.set("CONSIGN_USERNAME", "me");
    let (kind, message, _) = machine.error("r.io").await;
    assert_eq!((kind, message.as_str()), (Kind::Usage, "CONSIGN_USERNAME is set, but CONSIGN_PASSWORD is not"));
    let machine = machine.set("CONSIGN_PASSWORD", "p");
    assert_eq!(shown(&machine.credential("r.io").await.unwrap()), "basic me:p");
    let (kind, message, _) = machine.set("CONSIGN_USERNAME", "a:b").error("r.io").await;
    assert_eq!(kind, Kind::Usage);
    assert_eq!(
        message,
        "the user name of CONSIGN_USERNAME and CONSIGN_PASSWORD has a `:` in it, which ends a user name"
    );
}

#[tokio::test]
async fn the_first_place_with_something_for_the_host_wins() {
    let entry = |user: &str| format!(r#"{{"auths":{{"r.io":{{"username":"{user}","password":"p"}},"x.io":{{}}}}}}"#);
    let machine = Machine::new().config(&entry("docker"));
    fs::create_dir_all(machine.path("run/containers")).unwrap();
    fs::write(machine.path("run/containers/auth.json"), entry("podman").replace("x.io", "y.io")).unwrap();
    let machine = machine.set("DOCKER_AUTH_CONFIG", &entry("variable"));
    let credential = machine.credential("r.io").await.unwrap();
    assert_eq!((shown(&credential).as_str(), credential.source.as_str()), ("basic variable:p", "DOCKER_AUTH_CONFIG"));
    let machine = machine.set("DOCKER_AUTH_CONFIG", r#"{"auths":{"x.io":{}}}"#);
    let credential = machine.credential("r.io").await.unwrap();
    assert_eq!(machine.shown(&credential.source), "~/.docker/config.json");
    let run = machine.path("run").display().to_string();
    let machine = machine.config(r#"{"auths":{"r.io":{}}}"#).set("XDG_RUNTIME_DIR", &run);
    let credential = machine.credential("r.io").await.unwrap();
    assert_eq!(shown(&credential), "basic podman:p");
    assert_eq!(
        machine.tried(&credential.tried),
        [
            "CONSIGN_USERNAME and CONSIGN_TOKEN: not set",
            "DOCKER_AUTH_CONFIG: nothing for r.io",
            "~/.docker/config.json: nothing for r.io"
        ]
    );
    assert_eq!(machine.heard(), [""; 0]);
}

#[tokio::test]
async fn where_nothing_is_found_every_step_is_told() {
    let machine = Machine::new();
    let credential = machine.credential("r.io").await.unwrap();
    assert_eq!((shown(&credential).as_str(), credential.source.as_str()), ("anonymous", "anonymous"));
    let message = machine.shown(&nothing_found("r.io", &credential.tried).to_string());
    assert_eq!(
        message,
        "there are no credentials for r.io; tried, in this order: CONSIGN_USERNAME and CONSIGN_TOKEN: not set; \
         DOCKER_AUTH_CONFIG: not set; ~/.docker/config.json: not there; ~/.config/containers/auth.json: not there"
    );
}

#[tokio::test]
async fn with_adc_alone_nothing_else_is_asked() {
    let mut machine = Machine::new()
        .adc()
        .set("CONSIGN_TOKEN", "t")
        .config(r#"{"credHelpers":{"us-docker.pkg.dev":"gcloud"}}"#)
        .helper("gcloud", "exit 1");
    machine.options.only = Some(Only::Adc);
    let credential = machine.credential(GOOGLE).await.unwrap();
    assert_eq!((credential.google, credential.tried.len()), (true, 0));
    assert_eq!((machine.runs().len(), machine.heard().len()), (0, 0));
    let (kind, message, _) = machine.error("r.io").await;
    assert_eq!(kind, Kind::Usage);
    assert_eq!(message, "Application Default Credentials are for Google's registries, and r.io is none");
    fs::remove_file(machine.path(".config/gcloud/application_default_credentials.json")).unwrap();
    let (kind, message, hint) = machine.error(GOOGLE).await;
    assert_eq!(kind, Kind::Denied);
    assert!(
        message.starts_with("there are no credentials for us-docker.pkg.dev; tried, in this order: Application"),
        "{message}"
    );
    assert!(hint.starts_with("run `gcloud auth application-default login`"), "{hint}");
}

#[tokio::test]
async fn headers_come_from_dockers_configuration() {
    let machine = Machine::new().config(r#"{"HttpHeaders":{"X-Team":"shop","X-Empty":null}}"#);
    let headers = machine.keychain().headers().await.unwrap();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(headers, [("X-Empty", ""), ("X-Team", "shop")]);
    for bad in [r#"{"HttpHeaders":{"X Team":"shop"}}"#, r#"{"HttpHeaders":{"X Team":"a\nhunter2"}}"#] {
        let error = Machine::new().config(bad).keychain().headers().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.to_string().contains("`X Team` in `HttpHeaders`") && !error.to_string().contains("hunter2"));
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_not_passed_over() {
    let machine = Machine::new().adc().config("{\n hunter2");
    let (kind, message, _) = machine.error(GOOGLE).await;
    assert_eq!(kind, Kind::Usage);
    assert_eq!(message, "~/.docker/config.json is not the JSON it should be: key must be a string at line 2 column 2");
}
