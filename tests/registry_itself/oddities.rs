//! Registries that are not quite like the specification, encryption, and the proxy.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::client::{Client, OCI, manifest_of, with_digest};
use crate::registry::{Auth, Config, DigestHeader, Mode, Registry, Tls, Uploads, sha256};

fn open_google() -> Config {
    Config { auth: Auth::None, ..Config::artifact_registry("ya29") }
}

#[test]
fn artifact_registry_has_its_uploads_elsewhere_and_in_one_piece() {
    let registry = Registry::start(open_google());
    let mut client = Client::of(&registry);
    let location = client.open("acme/fleet/shop");
    assert!(location.starts_with("/artifacts-uploads/namespaces/acme/repositories/fleet/uploads/"), "{location}");
    assert!(location.len() > 1000 && !location.contains('?'), "{location}");
    assert_eq!(client.must("PATCH", &location, &[], b"hello").status, 405);
    let put = with_digest(&location, &sha256(b"hello"));
    assert_eq!(client.must("PUT", &put, &["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n").status, 400);
    assert_eq!(client.must("PUT", &put, &[], b"hello").status, 201);
    let mount = format!("/v2/acme/fleet/web/blobs/uploads/?mount={}&from=acme/fleet/shop", sha256(b"hello"));
    assert_eq!(client.must("POST", &mount, &[], b"").status, 202);
}

#[test]
fn artifact_registry_denies_in_few_words() {
    let mut config = Config::artifact_registry("ya29");
    config.repositories = Some(vec!["acme/fleet/shop".into()]);
    if let Auth::Token(tokens) = &mut config.auth {
        tokens.grant = |_, action| action == "pull";
    }
    let registry = Registry::start(config);
    let mut client = Client::of(&registry);
    let host = registry.host();
    let challenge = format!("Bearer realm=\"http://{host}/v2/token\",service=\"{host}\"");
    assert_eq!(client.manifest("HEAD", "acme/fleet/shop", "v1").header("WWW-Authenticate"), Some(challenge.as_str()));
    let target = format!("/v2/token?service={host}&scope=repository:acme/fleet/shop:pull,push");
    let reply = client.get(&target);
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("Unauthenticated request."), "{}", reply.text());
    client.authorization = Some("Basic b2F1dGgyYWNjZXNzdG9rZW46eWEyOQ==".into());
    let token = client.get(&target).json()["token"].as_str().expect("a token").to_owned();
    client.authorization = Some(format!("Bearer {token}"));
    let reply = client.must("POST", "/v2/acme/fleet/shop/blobs/uploads/", &[], b"");
    assert_eq!((reply.status, reply.code().as_str()), (403, "DENIED"));
    let resource = "denied on resource \"projects/acme/locations/us/repositories/fleet\" (or it may not exist)";
    let message = reply.json()["errors"][0]["message"].as_str().expect("a message").to_owned();
    assert!(
        message.starts_with("Permission \"artifactregistry.repositories.uploadArtifacts\"")
            && message.ends_with(resource),
        "{message}"
    );
    client.authorization = Some("Bearer ya29".into());
    assert_eq!(
        client.manifest("GET", "acme/other/shop", "v1").json()["errors"][0]["message"],
        "Repository \"other\" not found"
    );
}

#[test]
fn an_immutable_tag_stays() {
    let registry = Registry::start(Config { immutable_tags: true, ..open_google() });
    let mut client = Client::of(&registry);
    let (a, b) = (client.push_blob("p/r/n", b"{}"), client.push_blob("p/r/n", b"layer"));
    assert_eq!(client.push_manifest("p/r/n", "v1", &manifest_of(&a, &b)).status, 201);
    assert_eq!(client.push_manifest("p/r/n", "v1", &manifest_of(&a, &b)).status, 201, "the same once more");
    let reply = client.push_manifest("p/r/n", "v1", &manifest_of(&b, &a));
    assert_eq!((reply.status, reply.code().as_str()), (400, "MANIFEST_INVALID"));
    assert!(reply.text().contains("immutability"), "{}", reply.text());
    assert_eq!(registry.tag("p/r/n", "v1"), Some(sha256(manifest_of(&a, &b).as_bytes())));
}

#[test]
fn heads_may_be_answered_oddly() {
    let registry = Registry::start(Config { heads: Some(405), ..Config::default() });
    let mut client = Client::of(&registry);
    registry.put_manifest("one", Some("v1"), OCI, "{}");
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 405);
    assert_eq!(client.manifest("GET", "one", "v1").status, 200);
    assert_eq!(client.must("HEAD", "/v2/", &[], b"").status, 200);
}

#[test]
fn the_digest_header_may_be_missing_or_wrong() {
    let config =
        Config { digest_header: DigestHeader::Missing, put_digest_header: DigestHeader::Wrong, ..Config::default() };
    let registry = Registry::start(Config { mode: Mode::Lenient, ..config });
    let mut client = Client::of(&registry);
    let manifest = manifest_of(&sha256(b"a"), &sha256(b"b"));
    let reply = client.push_manifest("one", "v1", &manifest);
    assert_eq!(reply.status, 201, "a lenient registry takes it without its blobs");
    assert!(reply.header("Docker-Content-Digest").is_some_and(|digest| digest != sha256(manifest.as_bytes())));
    assert_eq!(client.manifest("HEAD", "one", "v1").header("Docker-Content-Digest"), None);
    assert_eq!((registry.incomplete(), registry.too_early()), (vec!["one:v1".to_owned()], vec!["one v1".to_owned()]));
    registry.put_blob("one", "a");
    registry.put_blob("one", "b");
    assert_eq!((registry.incomplete().len(), registry.too_early().len()), (0, 1), "mended, and yet it was too early");
    assert_eq!(client.get("/v2/one/manifests/v1").status, 200, "whatever is accepted");
}

#[test]
fn a_cache_shows_what_it_does_not_have() {
    let registry = Registry::start(Config { missing_blob: (404, "BLOB_UNKNOWN"), ..Config::default() });
    let mut client = Client::of(&registry);
    let (config, layer) = (client.push_blob("one", b"{}"), client.push_blob("one", b"layer"));
    registry.only_upstream("one");
    assert_eq!(client.must("HEAD", &format!("/v2/one/blobs/{layer}"), &[], b"").status, 200);
    let manifest = manifest_of(&config, &layer);
    let reply = client.push_manifest("one", "v1", &manifest);
    assert_eq!((reply.status, reply.code().as_str()), (404, "BLOB_UNKNOWN"));
    assert_eq!(registry.blobs_in("one").len(), 0);
    client.push_blob("one", b"{}");
    client.push_blob("one", b"layer");
    assert_eq!(client.push_manifest("one", "v1", &manifest).status, 201);
}

#[test]
fn sessions_may_be_stale_from_the_start() {
    let registry = Registry::start(Config { stale_sessions: 1, ..Config::default() });
    let mut client = Client::of(&registry);
    let put = with_digest(&client.open("one"), &sha256(b"hello"));
    assert_eq!(client.must("PUT", &put, &[], b"hello").code(), "BLOB_UPLOAD_UNKNOWN");
    client.push_blob("one", b"hello");
}

#[test]
fn uploads_may_go_on_anywhere() {
    let open = |uploads: Uploads| {
        let registry = Registry::start(Config { uploads, ..Config::default() });
        let reply = Client::of(&registry).must("POST", "/v2/one/blobs/uploads/", &[], b"");
        (registry, reply.header("Location").map(str::to_owned))
    };
    assert_eq!(open(Uploads::Missing).1, None);
    let (registry, location) = open(Uploads::Absolute);
    assert!(location.is_some_and(|location| location.starts_with(&format!("{}/v2/one/", registry.url()))));
    let (_registry, location) = open(Uploads::At("http://10.0.0.1".into()));
    assert!(location.is_some_and(|location| location.starts_with("http://10.0.0.1/v2/one/")));
    let mut config = Config::artifact_registry("ya29");
    config.uploads = Uploads::Side;
    let registry = Registry::start(config);
    let mut client = Client::of(&registry);
    client.authorization = Some("Bearer ya29".into());
    let location = client.open("p/r/n");
    let path = location.strip_prefix(&format!("http://{}", registry.side_host())).expect("the other host").to_owned();
    let mut side = Client::to(&registry.side_host());
    assert_eq!(
        side.must("PUT", &with_digest(&path, &sha256(b"hello")), &[], b"hello").status,
        201,
        "without credentials"
    );
    let entry = registry.journal().pop().expect("an entry");
    assert!(entry.side && entry.authorization().is_none());
}

#[test]
fn encrypted_with_a_certificate_for_both_sides() {
    for (tls, with_certificate, good) in
        [(Tls::On, false, true), (Tls::ClientCertificate, true, true), (Tls::ClientCertificate, false, false)]
    {
        let registry = Registry::start(Config { tls, ..Config::default() });
        let stream = TcpStream::connect(registry.host()).expect("a connection");
        let reply = Client::encrypted(stream, &registry.host(), with_certificate)
            .and_then(|mut client| client.ask("GET", "/v2/", &[], b""));
        assert_eq!(reply.is_ok_and(|reply| reply.status == 200), good, "{tls:?} {with_certificate}");
    }
}

#[test]
fn behind_its_proxy_it_is_any_host() {
    let registry = Registry::start(Config { tls: Tls::On, ..Config::artifact_registry("ya29") });
    let mut stream = TcpStream::connect(registry.proxy().trim_start_matches("http://")).expect("a connection");
    stream.write_all(b"CONNECT us-docker.pkg.dev:443 HTTP/1.1\r\nHost: us-docker.pkg.dev:443\r\n\r\n").expect("sent");
    let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        reader.read_line(&mut answer).expect("a line");
    }
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut client = Client::encrypted(stream, "us-docker.pkg.dev", false).expect("TLS");
    let challenge = "Bearer realm=\"https://us-docker.pkg.dev/v2/token\",service=\"us-docker.pkg.dev\"";
    assert_eq!(client.get("/v2/").header("WWW-Authenticate"), Some(challenge));
    assert_eq!(registry.requests(), ["CONNECT us-docker.pkg.dev:443 200", "GET /v2/ 401"]);
    let mut plain = Client::to(registry.proxy().trim_start_matches("http://"));
    assert_eq!(plain.get("http://registry.test/v2/").status, 401);
}

#[test]
fn a_client_that_goes_away_within_a_head_is_let_go() {
    let registry = Registry::start(Config::default());
    for sent in ["", "\x16\x03\x01", "GET /v2/ HTTP/1.1\r\n", "\x16\x03\n"] {
        let mut stream = TcpStream::connect(registry.host()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(sent.as_bytes()).expect("bytes");
        stream.shutdown(Shutdown::Write).expect("an end");
        stream.read_to_end(&mut Vec::new()).unwrap_or_else(|error| panic!("{sent:?}: the registry waits: {error}"));
    }
}
