//! Each fault once: what the client sees, and what the registry did.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use crate::client::{Client, manifest_of, with_digest};
use crate::registry::{Config, Fault, Match, Registry, Tokens, sha256};

fn start(fault: Fault) -> (Registry, Client) {
    let registry = Registry::start(Config::default());
    registry.fault(Match::any("/blobs/"), fault);
    let client = Client::of(&registry);
    (registry, client)
}

fn post(client: &mut Client) -> io::Result<crate::client::Reply> {
    client.ask("POST", "/v2/one/blobs/uploads/", &[], b"")
}

fn is_reset(reply: &io::Result<crate::client::Reply>) -> bool {
    reply.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
}

#[test]
fn a_status_comes_as_often_as_it_should() {
    let registry = Registry::start(Config::default());
    registry.fault(
        Match::new("POST", "/one/").times(2),
        Fault::status(503).header("Retry-After", "7").error("UNAVAILABLE", "not now"),
    );
    registry.fault(Match::new("POST", "/one/").nth(2), Fault::status(500));
    registry.fault(Match::any("digest=").after(1), Fault::status(429));
    let mut client = Client::of(&registry);
    let reply = post(&mut client).expect("an answer");
    assert_eq!((reply.status, reply.header("Retry-After"), reply.code().as_str()), (503, Some("7"), "UNAVAILABLE"));
    let all: Vec<u16> = (0..4).map(|_| post(&mut client).expect("an answer").status).collect();
    assert_eq!(all, [503, 202, 500, 202]);
    let all: Vec<u16> = (0..3).map(|_| client.get("/v2/?digest=x").status).collect();
    assert_eq!(all, [200, 429, 429]);
    assert_eq!(registry.faults_played(), 5);
    registry.clear_faults();
    assert_eq!(client.get("/v2/?digest=x").status, 200);
}

#[test]
fn an_early_answer_does_not_wait_for_the_body() {
    let (registry, mut client) = start(Fault::early(413));
    client.raw(b"PUT /v2/one/blobs/uploads/x HTTP/1.1\r\nContent-Length: 1000\r\n\r\n").expect("sent");
    let reply = client.receive("PUT").expect("an answer");
    assert_eq!((reply.status, reply.header("Connection"), registry.journal()[0].length), (413, Some("close"), 0));
}

#[test]
fn resets_are_resets() {
    for (fault, read) in [(Fault::Reset, 0), (Fault::ResetWithin(3), 0), (Fault::ResetAfter, 5)] {
        let registry = Registry::start(Config::default());
        registry.fault(Match::new("PUT", "/uploads/"), fault.clone());
        let mut client = Client::of(&registry);
        let put = with_digest(&client.open("one"), &sha256(b"hello"));
        let reply = client.ask("PUT", &put, &[], b"hello");
        assert!(is_reset(&reply), "{fault:?}: {reply:?}");
        assert!(registry.blobs_in("one").is_empty(), "{fault:?}");
        let entry = registry.journal().pop().expect("an entry");
        assert_eq!((entry.outcome.as_str(), entry.status, entry.length), ("reset", None, read), "{fault:?}");
        Client::of(&registry).push_blob("one", b"hello");
    }
}

#[test]
fn a_lost_answer_is_lost_and_the_blob_is_there() {
    let registry = Registry::start(Config::default());
    registry.fault(Match::new("PUT", "/manifests/"), Fault::LoseAnswer);
    registry.fault(Match::new("PUT", "/uploads/").nth(2), Fault::LoseAnswer);
    let mut client = Client::of(&registry);
    let config = client.push_blob("one", b"{}");
    let put = with_digest(&client.open("one"), &sha256(b"layer"));
    let reply = client.ask("PUT", &put, &[], b"layer");
    assert!(is_reset(&reply), "{reply:?}");
    assert_eq!(registry.blobs_in("one").len(), 2);
    let manifest = manifest_of(&config, &sha256(b"layer"));
    let content_type = format!("Content-Type: {}", crate::client::OCI);
    let reply = Client::of(&registry).ask("PUT", "/v2/one/manifests/v1", &[&content_type], manifest.as_bytes());
    assert!(is_reset(&reply), "{reply:?}");
    assert_eq!(registry.tag("one", "v1"), Some(sha256(manifest.as_bytes())));
    assert_eq!(registry.requests().pop().as_deref(), Some("PUT /v2/one/manifests/v1 201 lost"));
}

#[test]
fn connections_fail_before_a_word_is_said() {
    let registry = Registry::start(Config::default());
    registry.fault(Match::connection().times(2), Fault::Reset);
    let mut failed = 0;
    for _ in 0..3 {
        failed += usize::from(is_reset(&Client::of(&registry).ask("GET", "/v2/", &[], b"")));
    }
    assert_eq!((failed, registry.requests().len()), (2, 1));
}

#[test]
fn a_stall_says_nothing() {
    for (fault, read) in [(Fault::Stall, 0), (Fault::StallAfter, 5)] {
        let (registry, _) = start(fault);
        let stream = std::net::TcpStream::connect(registry.host()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_millis(60))).expect("a timeout");
        io::Write::write_all(&mut &stream, b"PUT /v2/one/blobs/uploads/x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
            .expect("sent");
        let error = (&stream).read(&mut [0; 1]).expect_err("silence");
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        assert_eq!((registry.journal()[0].outcome.as_str(), registry.journal()[0].length), ("stall", read));
        let start = Instant::now();
        drop(registry);
        assert!(start.elapsed() < Duration::from_secs(1), "a stalled connection ends with the registry");
    }
}

#[test]
fn truncated_answers_end_early() {
    for fault in [Fault::Truncate, Fault::TruncateHead] {
        let (registry, mut client) = start(fault.clone());
        let reply = post(&mut client);
        assert!(reply.as_ref().is_err_and(|error| error.kind() == ErrorKind::UnexpectedEof), "{fault:?}: {reply:?}");
        assert_eq!(registry.requests(), ["POST /v2/one/blobs/uploads/ 202 truncated"]);
    }
    let (registry, mut client) = start(Fault::Truncate);
    let digest = registry.put_blob("one", "0123456789");
    let reply = client.ask("GET", &format!("/v2/one/blobs/{digest}"), &[], b"");
    assert!(reply.is_err_and(|error| error.kind() == ErrorKind::UnexpectedEof));
}

#[test]
fn headers_are_changed_or_taken_away() {
    let (_registry, mut client) = start(Fault::Header("Location", Some("http://elsewhere.test/x".into())));
    assert_eq!(post(&mut client).expect("an answer").header("Location"), Some("http://elsewhere.test/x"));
    let (_registry, mut client) = start(Fault::Header("Location", None));
    let reply = post(&mut client).expect("an answer");
    assert_eq!((reply.status, reply.header("Location")), (202, None));
}

#[test]
fn slow_answers_are_slow() {
    let time = |fault: Fault| {
        let (_registry, mut client) = start(fault);
        let start = Instant::now();
        assert_eq!(post(&mut client).expect("an answer").status, 202);
        start.elapsed()
    };
    assert!(time(Fault::Drip(Duration::from_micros(500))) > Duration::from_millis(60));
    assert!(time(Fault::Delay(Duration::from_millis(60))) > Duration::from_millis(60));
}

#[test]
fn a_connection_may_end_after_its_answer() {
    let (_registry, mut client) = start(Fault::CloseAfter);
    let reply = post(&mut client).expect("an answer");
    assert_eq!((reply.status, reply.header("Connection")), (202, None));
    assert!(post(&mut client).is_err());
}

#[test]
fn floods_have_no_end() {
    for (fault, what) in [(Fault::Endless, "    "), (Fault::HeaderFlood, "X-Flood: x")] {
        let (registry, mut client) = start(fault);
        client.send("POST", "/v2/one/blobs/uploads/", &[], b"").expect("sent");
        let mut all = vec![0; 4 << 20];
        client.fill(&mut all).expect("as much as one likes");
        assert!(String::from_utf8_lossy(&all).contains(what));
        drop(client);
        drop(registry);
    }
}

#[test]
fn a_bomb_is_small_until_it_is_unpacked() {
    let (_registry, mut client) = start(Fault::GzipBomb);
    let reply = post(&mut client).expect("an answer");
    assert_eq!(reply.header("Content-Encoding"), Some("gzip"));
    assert!(reply.body.len() < 300_000, "{}", reply.body.len());
    let unpacked = io::copy(&mut flate2::read::GzDecoder::new(&reply.body[..]), &mut io::sink()).expect("gzip");
    assert_eq!(unpacked, 256 << 20);
}

#[test]
fn redirects_lead_where_they_say() {
    let (_registry, mut client) = start(Fault::redirect(302, "http://elsewhere.test/"));
    let reply = post(&mut client).expect("an answer");
    assert_eq!((reply.status, reply.header("Location")), (302, Some("http://elsewhere.test/")));
    let (_registry, mut client) = start(Fault::RedirectLoop);
    let reply = post(&mut client).expect("an answer");
    assert_eq!((reply.status, reply.header("Location")), (307, Some("/v2/one/blobs/uploads/")));
}

#[test]
fn a_401_can_come_anywhere() {
    let registry = Registry::start(Config::tokens(Tokens { open_reads: true, ..Tokens::default() }));
    registry.fault(Match::new("HEAD", "/manifests/"), Fault::Unauthorized);
    let mut client = Client::of(&registry);
    let reply = client.manifest("HEAD", "one", "v1");
    assert!(
        reply.header("WWW-Authenticate").is_some_and(|text| text.contains("scope=\"repository:one:pull\"")),
        "{reply:?}"
    );
    assert_eq!(client.manifest("HEAD", "one", "v1").status, 404);
}

#[test]
fn garbage_is_not_http() {
    let (_registry, mut client) = start(Fault::Garbage);
    assert!(post(&mut client).is_err());
}
