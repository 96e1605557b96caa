//! Where secrets go: to the registry, to the realm that it names, and nowhere else, whatever a registry says.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::process::{Output, Stdio};

use common::User;
use registry::{Auth, Config, Direct, Entry, Fault, Match, Realm, Registry, Tls, Tokens, Uploads};

/// A header of the company, from docker's configuration.
const DOCKER: &str = r#"{"HttpHeaders": {"X-Team": "sesame", "X-Other": "open"}}"#;

struct Trusting {
    registry: Registry,
    user: User,
}

impl Trusting {
    fn new(config: Config) -> Self {
        let user = User::new();
        user.folder.file("ca.pem", Registry::ca_pem());
        user.folder.file("home/.docker/config.json", DOCKER);
        Self { registry: Registry::start(Config { tls: Tls::On, ..config }), user }
    }

    fn with_realm(realm: Realm) -> Self {
        Self::new(Config::tokens(Tokens { realm, ..Tokens::default() }))
    }

    /// Pushes to this machine.
    fn push(&self) -> Output {
        self.push_to(&format!("{}/shop:v1", self.registry.host()))
    }

    /// Pushes to a public name, which is the registry behind a proxy.
    fn push_to(&self, reference: &str) -> Output {
        let mut command = self.user.command(&["push", "in", reference, "--no-cache", "--retry-for", "0"]);
        command.args(["--ca-file", "ca.pem", "-vv"]).env("HTTPS_PROXY", self.registry.proxy());
        command.env("HTTP_PROXY", self.registry.proxy()).stdin(Stdio::null()).output().unwrap()
    }

    fn succeeds(&self, output: &Output) {
        assert!(output.status.success(), "{}", said(output));
        assert_eq!(self.registry.missing("shop", "v1"), None);
    }

    /// The requests but the proxy's CONNECTs.
    fn journal(&self) -> Vec<Entry> {
        self.registry.journal().into_iter().filter(|entry| entry.method != "CONNECT").collect()
    }
}

fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for secret in ["sesame", "cGFzc3dvcmQ", "dXNlcjpwYXNzd29yZA"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    said
}

fn fails(output: &Output, code: i32, texts: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for text in texts {
        assert!(said.contains(text), "{text:?} is not in: {said}");
    }
}

/// Whether a request has none of our secrets.
fn is_bare(entry: &Entry) -> bool {
    entry.authorization().is_none() && entry.header("x-team").is_none() && entry.header("x-other").is_none()
}

#[test]
fn headers_of_dockers_configuration_go_to_the_registry_with_every_request() {
    let pusher = Trusting::with_realm(Realm::Side);
    pusher.succeeds(&pusher.push());
    let entries = pusher.journal();
    assert!(entries.iter().any(|entry| entry.side), "the realm is elsewhere");
    for entry in entries {
        let expected = (!entry.side).then_some("sesame");
        assert_eq!(entry.header("x-team"), expected, "{} {}", entry.method, entry.path);
    }
}

#[test]
fn an_upload_elsewhere_gets_no_secret() {
    let pusher = Trusting::new(Config { uploads: Uploads::Side, ..Config::tokens(Tokens::default()) });
    pusher.succeeds(&pusher.push());
    let elsewhere: Vec<Entry> = pusher.journal().into_iter().filter(|entry| entry.side).collect();
    assert_eq!(elsewhere.len(), 2);
    assert!(elsewhere.iter().all(is_bare), "{elsewhere:#?}");
}

#[test]
fn a_redirect_elsewhere_is_followed_without_secrets() {
    for (method, path) in [("HEAD", "/manifests/v1"), ("POST", "/uploads/"), ("PUT", "/manifests/v1")] {
        let pusher = Trusting::new(Config { auth: Auth::Basic("user".into(), "password".into()), ..Config::default() });
        let to = format!("https://{}/v2/shop/elsewhere", pusher.registry.side_host());
        pusher.registry.fault(Match::new(method, path).always(), Fault::redirect(307, &to));
        said(&pusher.push());
        let elsewhere: Vec<Entry> = pusher.journal().into_iter().filter(|entry| entry.side).collect();
        assert!(!elsewhere.is_empty(), "{method} {path}: {:#?}", pusher.registry.requests());
        assert!(elsewhere.iter().all(is_bare), "{elsewhere:#?}");
    }
}

#[test]
fn an_upload_location_must_not_lead_out_of_tls_nor_into_a_private_network() {
    for (to, public, why) in [
        ("http://registry.test", true, "from https to http"),
        ("http://localhost:1", false, "from https to http"),
        ("https://10.0.0.1", true, "from a public host to a private address"),
        ("https://[fd00::1]", true, "from a public host to a private address"),
        ("https://169.254.169.254", true, "from a public host to a private address"),
        ("https://localhost:1", true, "from a public host to a private address"),
    ] {
        let pusher = Trusting::new(Config { uploads: Uploads::At(to.to_owned()), ..Config::tokens(Tokens::default()) });
        let output = if public { pusher.push_to("registry.test/shop:v1") } else { pusher.push() };
        fails(&output, 5, &["Location", why]);
        assert!(!pusher.journal().iter().any(|entry| entry.method == "PUT"), "{to}");
    }
}

#[test]
fn a_redirect_must_not_lead_out_of_tls_nor_into_a_private_network() {
    for (to, why) in [
        ("http://registry.test/v2/", "from https to http"),
        ("https://10.0.0.1/v2/", "from a public host to a private address"),
        ("https://[::ffff:127.0.0.1]/", "from a public host to a private address"),
    ] {
        let pusher = Trusting::new(Config::default());
        pusher.registry.fault(Match::new("POST", "/uploads/").always(), Fault::redirect(307, to));
        let output = pusher.push_to("registry.test/shop:v1");
        fails(&output, 5, &["redirect", why]);
        let went: Vec<_> = pusher
            .registry
            .journal()
            .into_iter()
            .filter(|entry| entry.method == "CONNECT")
            .map(|entry| entry.target)
            .collect();
        assert!(went.iter().all(|target| target == "registry.test:443"), "{went:?}");
    }
}

#[test]
fn a_realm_in_clear_text_or_in_a_private_network_gets_no_credential() {
    for (realm, why) in [
        ("http://realm.test/token", "from https to http"),
        ("http://registry.test/token", "from https to http"),
        ("https://10.0.0.1/token", "from a public host to a private address"),
        ("https://192.168.1.1:8443/token", "from a public host to a private address"),
        ("https://[::1]/token", "from a public host to a private address"),
        ("https://localhost/token", "from a public host to a private address"),
        ("https://user:password@realm.test/token", "user name or a password"),
        ("ftp://realm.test/token", "begins with"),
        ("/token", "not a URL"),
    ] {
        let pusher = Trusting::with_realm(Realm::Url(realm.to_owned()));
        let output = pusher.push_to("registry.test/shop:v1");
        fails(&output, 3, &["refused", why]);
        assert!(!pusher.journal().iter().any(|entry| entry.path == "/token"), "{realm}");
    }
}

#[test]
fn a_realm_at_another_public_host_gets_the_credential_and_no_other_header() {
    let pusher = Trusting::with_realm(Realm::Url("https://realm.test/token".to_owned()));
    pusher.succeeds(&pusher.push_to("registry.test/shop:v1"));
    let asked: Vec<Entry> = pusher.journal().into_iter().filter(|entry| entry.path == "/token").collect();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].credential().as_str(), asked[0].header("x-team")), ("basic", None));
    assert_eq!(asked[0].header("host"), Some("realm.test"));
}

#[test]
fn a_realm_that_redirects_does_not_pass_the_credential_on() {
    let pusher = Trusting::with_realm(Realm::Side);
    let to = format!("{}/token?service=x", pusher.registry.url());
    pusher.registry.fault(Match::new("GET", "/token"), Fault::redirect(302, &to));
    let output = pusher.push();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let asked: Vec<Entry> = pusher.journal().into_iter().filter(|entry| entry.path == "/token").collect();
    assert_eq!(asked.iter().map(Entry::credential).collect::<Vec<_>>(), ["basic", "none"]);
    assert!(is_bare(&asked[1]), "{asked:#?}");
}

#[test]
fn a_credential_of_googles_goes_to_no_other_realm() {
    const KEY: &str = r#"{"type":"service_account","client_email":"robot@p.iam.gserviceaccount.com"}"#;
    let tokens = |realm: &str| Tokens {
        realm: Realm::Url(realm.to_owned()),
        users: vec![("oauth2accesstoken".to_owned(), "ya29".to_owned()), ("_json_key".to_owned(), KEY.to_owned())],
        direct: Some(Direct { token: "ya29".to_owned(), refused: Some(401) }),
        ..Tokens::default()
    };
    for (realm, may) in [
        ("https://realm.test/token", false),
        ("https://us-docker.pkg.dev.realm.test/token", false),
        ("https://us-docker.pkg.dev/token", true),
        ("https://gcr.io/token", true),
    ] {
        for login in [&[("CONSIGN_TOKEN", "ya29")][..], &[("CONSIGN_USERNAME", "_json_key"), ("CONSIGN_PASSWORD", KEY)]]
        {
            let pusher = Trusting::new(Config::tokens(tokens(realm)));
            let args = ["push", "in", "us-docker.pkg.dev/shop/configs/prod:v1", "--ca-file", "ca.pem", "-vv"];
            let mut command = pusher.user.folder.consign();
            command.args(args).envs(login.iter().copied()).env("HTTPS_PROXY", pusher.registry.proxy());
            let output = command.stdin(Stdio::null()).output().unwrap();
            let said = said(&output);
            assert!(!said.contains("ya29") && !said.contains("robot@p.iam.gserviceaccount.com\""), "{said}");
            let asked = pusher.journal().iter().any(|entry| entry.path == "/token");
            assert_eq!((asked, output.status.code()), (may, Some(if may { 0 } else { 3 })), "{realm}: {said}");
        }
    }
}
