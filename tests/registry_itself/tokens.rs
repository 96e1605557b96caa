//! Who gets in: Basic, tokens and their scopes, refresh tokens, direct tokens, and what a challenge says.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::{Client, Reply};
use crate::registry::{Auth, Config, Direct, Realm, Registry, Tokens};

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn start(tokens: Tokens) -> (Registry, Client) {
    let registry = Registry::start(Config::tokens(tokens));
    let client = Client::of(&registry);
    (registry, client)
}

/// Asks the realm at the registry's own host.
fn token(registry: &Registry, client: &mut Client, scope: &str) -> Reply {
    let target = format!("/token?service={}&scope={scope}", registry.host());
    client.get(&target)
}

/// Logs in as the user there is, for `scope`.
fn log_in(registry: &Registry, client: &mut Client, scope: &str) {
    client.authorization = Some(basic("user", "password"));
    let reply = token(registry, client, scope);
    client.authorization = Some(format!("Bearer {}", reply.json()["token"].as_str().expect("a token")));
}

#[test]
fn basic_takes_the_one_password() {
    let registry = Registry::start(Config { auth: Auth::Basic("me".into(), "pass:word".into()), ..Config::default() });
    let mut client = Client::of(&registry);
    assert_eq!(client.get("/v2/").header("WWW-Authenticate"), Some("Basic realm=\"test registry\""));
    client.authorization = Some(basic("me", "wrong"));
    assert_eq!(client.get("/v2/").status, 401);
    client.authorization = Some(basic("me", "pass:word"));
    assert_eq!(client.get("/v2/").status, 200);
    let kinds: Vec<String> = registry.journal().iter().map(super::registry::Entry::credential).collect();
    assert_eq!(kinds, ["none", "basic", "basic"]);
}

#[test]
fn a_challenge_names_realm_service_and_scope() {
    let (registry, mut client) = start(Tokens::default());
    let host = registry.host();
    let begin = format!("Bearer realm=\"http://{host}/token\",service=\"{host}\"");
    let head = client.must("HEAD", "/v2/a/b/manifests/v1", &[], b"");
    assert_eq!(head.header("WWW-Authenticate"), Some(format!("{begin},scope=\"repository:a/b:pull\"").as_str()));
    let post = client.must("POST", "/v2/a/b/blobs/uploads/", &[], b"");
    assert_eq!(post.header("WWW-Authenticate"), Some(format!("{begin},scope=\"repository:a/b:pull,push\"").as_str()));
    assert_eq!(client.get("/v2/").header("WWW-Authenticate"), Some(begin.as_str()));
}

#[test]
fn a_token_is_good_for_its_scopes() {
    let (registry, mut client) = start(Tokens::default());
    log_in(&registry, &mut client, "repository:one:pull,push&scope=repository:two:pull");
    client.push_blob("one", b"hello");
    assert_eq!(client.get("/v2/").status, 200);
    assert_eq!(client.manifest("HEAD", "two", "v1").status, 404);
    let reply = client.must("POST", "/v2/two/blobs/uploads/", &[], b"");
    assert!(
        reply.header("WWW-Authenticate").is_some_and(|text| text.ends_with("error=\"insufficient_scope\"")),
        "{reply:?}"
    );
    assert_eq!(client.manifest("HEAD", "three", "v1").status, 401);
}

#[test]
fn a_token_needs_credentials_and_a_service() {
    let (registry, mut client) = start(Tokens::default());
    assert_eq!(token(&registry, &mut client, "repository:one:pull").status, 401);
    client.authorization = Some(basic("user", "wrong"));
    assert_eq!(token(&registry, &mut client, "repository:one:pull").status, 401);
    client.authorization = Some(basic("user", "password"));
    assert_eq!(client.get("/token?scope=repository:one:pull").status, 400);
    assert_eq!(client.get("/token?service=elsewhere&scope=repository:one:pull").status, 400);
    assert_eq!(token(&registry, &mut client, "repository:one:pull").status, 200);
}

#[test]
fn anyone_may_pull_where_that_is_so() {
    let (registry, mut client) = start(Tokens { anonymous_pull: true, forbidden: true, ..Tokens::default() });
    let reply = token(&registry, &mut client, "repository:one:pull,push");
    client.authorization = Some(format!("Bearer {}", reply.json()["token"].as_str().expect("a token")));
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
    let reply = client.must("POST", "/v2/one/blobs/uploads/", &[], b"");
    assert_eq!((reply.status, reply.code().as_str()), (403, "DENIED"));
}

#[test]
fn open_reads_draw_no_challenge_and_the_post_does() {
    let (_registry, mut client) = start(Tokens { open_reads: true, ..Tokens::default() });
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
    assert_eq!(client.must("POST", "/v2/one/blobs/uploads/", &[], b"").status, 401);
}

#[test]
fn a_challenge_may_be_at_the_ping_only() {
    let (_registry, mut client) = start(Tokens { challenge_everywhere: false, ..Tokens::default() });
    let reply = client.manifest("HEAD", "one", "v1");
    assert_eq!((reply.status, reply.header("WWW-Authenticate")), (401, None));
    assert!(client.get("/v2/").header("WWW-Authenticate").is_some());
}

#[test]
fn a_refresh_token_is_exchanged_by_post() {
    let fields = &["access_token", "token"];
    let (registry, mut client) =
        start(Tokens { refresh_token: Some("r+1".into()), expires_in: None, fields, ..Tokens::default() });
    let form = |secret: &str| {
        format!(
            "grant_type=refresh_token&refresh_token={secret}&service={}&scope=repository:one:pull+repository:two:pull,push",
            registry.host()
        )
    };
    assert_eq!(client.must("POST", "/token", &[], form("wrong").as_bytes()).status, 401);
    let reply = client.must("POST", "/token", &[], form("r%2B1").as_bytes());
    let answer = reply.json();
    assert_eq!((answer.get("expires_in"), &answer["token"]), (None, &answer["access_token"]));
    client.authorization = Some(format!("Bearer {}", answer["token"].as_str().expect("a token")));
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
    client.push_blob("two", b"hello");
    let form = form("r%2B1").replace("refresh_token&", "authorization_code&");
    assert_eq!(client.must("POST", "/token", &[], form.as_bytes()).status, 400);
}

#[test]
fn a_token_dies_of_use_of_age_or_at_once() {
    let (registry, mut client) = start(Tokens { uses: Some(2), ..Tokens::default() });
    log_in(&registry, &mut client, "repository:one:pull");
    let all: Vec<u16> = (0..3).map(|_| client.manifest("HEAD", "one", "v1").status).collect();
    assert_eq!(all, [404, 404, 401]);
    let (registry, mut client) = start(Tokens { lives: Some(Duration::from_millis(40)), ..Tokens::default() });
    log_in(&registry, &mut client, "repository:one:pull");
    std::thread::sleep(Duration::from_millis(50));
    let reply = client.manifest("HEAD", "one", "v1");
    assert!(
        reply.header("WWW-Authenticate").is_some_and(|text| text.ends_with("error=\"invalid_token\"")),
        "{reply:?}"
    );
    let (registry, mut client) = start(Tokens::default());
    log_in(&registry, &mut client, "repository:one:pull");
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
    registry.expire_tokens();
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 401);
}

#[test]
fn grants_may_be_partial() {
    let grant = |name: &str, action: &str| name == "one" || action == "pull";
    let (registry, mut client) = start(Tokens { grant, ..Tokens::default() });
    log_in(&registry, &mut client, "repository:one:pull,push&scope=repository:two:pull,push");
    client.push_blob("one", b"hello");
    assert_eq!(client.must("POST", "/v2/two/blobs/uploads/", &[], b"").status, 401);
}

#[test]
fn a_direct_token_is_taken_or_refused() {
    for (refused, status) in [(None, 404), (Some(401), 401), (Some(403), 403)] {
        let (_registry, mut client) =
            start(Tokens { direct: Some(Direct { token: "ya29".into(), refused }), ..Tokens::default() });
        client.authorization = Some("Bearer ya29".into());
        assert_eq!(client.manifest("HEAD", "one", "v1").status, status);
    }
}

#[test]
fn the_realm_may_be_another_host() {
    let (registry, mut client) = start(Tokens { realm: Realm::Side, ..Tokens::default() });
    let challenge = client.get("/v2/").header("WWW-Authenticate").expect("a challenge").to_owned();
    assert!(challenge.starts_with(&format!("Bearer realm=\"http://{}/token\"", registry.side_host())), "{challenge}");
    let mut realm = Client::to(&registry.side_host());
    log_in(&registry, &mut realm, "repository:one:pull");
    client.authorization = realm.authorization;
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
    assert_eq!(registry.requests(), ["GET /v2/ 401", "GET side:/token 200", "HEAD /v2/one/manifests/v1 404"]);
}
