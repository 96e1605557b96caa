//! What a push survives, and how it ends where it cannot. Time runs forty times faster here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Folder, NAMESPACE};
use consign::bundle::Dress;
use consign::credentials::{self, Explicit, ExplicitLogin};
use consign::error::{Error, Kind};
use consign::http::{self, Clock, Secret};
use consign::notice::{Event, Notice};
use consign::oci::Target;
use consign::store::Guard;
use consign::store::registry::{Registries, Remote};
use consign::transfer::Transferred;
use consign::{pack, push, source};
use registry::{Config, Fault, Match, Registry, Tokens};

const SPEED: u32 = 40;

/// Remembers why something was tried again.
#[derive(Default)]
struct Retries(Mutex<Vec<String>>);

impl Notice for Retries {
    fn notice(&self, event: &Event<'_>) {
        if let Event::Retrying { what, why, .. } = event {
            self.0.lock().unwrap().push(format!("{what}: {why}"));
        }
    }
}

/// Somebody who pushes from Rust.
struct Pusher {
    folder: Folder,
    remote: Remote,
    retries: Arc<Retries>,
}

impl Pusher {
    fn new() -> Self {
        let folder = Folder::new();
        folder.file("in/a.yaml", NAMESPACE);
        let clock = Clock::faster(SPEED);
        let login = ExplicitLogin::Password("user".to_owned(), Secret::new("password"));
        let credentials = credentials::Options {
            explicit: Some(Explicit { login, origin: "a test".to_owned() }),
            config: None,
            only: None,
            environment: HashMap::new(),
            clock,
        };
        let http = http::Options { clock, ..http::Options::default() };
        let jobs = NonZeroUsize::new(4).unwrap();
        let remote = Remote { http, credentials, plain_http: false, jobs, realms: None };
        Self { folder, remote, retries: Arc::default() }
    }

    fn push(&self, registry: &Registry) -> Result<Transferred, Error> {
        self.push_to(&format!("{}/shop:v1", registry.host()))
    }

    fn push_to(&self, reference: &str) -> Result<Transferred, Error> {
        let source = source::open(self.folder.path().join("in"), &source::Options::default())?;
        let notice: Arc<dyn Notice> = Arc::<Retries>::clone(&self.retries);
        let registries = Registries::new(&self.remote, Arc::clone(&notice))?;
        let request = push::Request {
            source: &source,
            pack: &pack::Options::default(),
            dress: &Dress::default(),
            targets: &[Target::parse_push(reference, false)?],
            tags: &[],
            dry_run: false,
            registries: Some(&registries),
            guard: &Guard::default(),
            recheck: false,
        };
        let mut pushed = push::push(&request, &notice)?;
        pushed.deliveries.remove(0).outcome.map(Option::unwrap)
    }

    fn retries(&self) -> Vec<String> {
        self.retries.0.lock().unwrap().clone()
    }
}

fn with_tokens() -> Registry {
    Registry::start(Config::tokens(Tokens::default()))
}

/// How much time passed on the fast clock.
fn passed(since: Instant) -> Duration {
    since.elapsed() * SPEED
}

/// The requests of a first push, each by its method and a part of its path.
const REQUESTS: [(&str, &str); 5] =
    [("HEAD", "/manifests/v1"), ("GET", "/token"), ("POST", "/uploads/"), ("PUT", "digest="), ("PUT", "/manifests/v1")];

fn survives(fault: &Fault, requests: &[(&str, &str)]) {
    for (method, path) in requests {
        let (registry, user) = (with_tokens(), Pusher::new());
        registry.fault(Match::new(method, path), fault.clone());
        let outcome = user.push(&registry);
        assert!(outcome.is_ok(), "{method} {path}, {fault:?}: {}", outcome.unwrap_err());
        assert_eq!(registry.faults_played(), 1, "{method} {path}, {fault:?}");
        assert_eq!(registry.missing("shop", "v1"), None, "{method} {path}, {fault:?}");
        assert!(!user.retries().is_empty(), "{method} {path}, {fault:?}: it is said that something is tried again");
    }
}

#[test]
fn every_request_is_tried_again_after_these_statuses() {
    for status in [408, 429, 500, 502, 503, 504] {
        survives(&Fault::status(status), &REQUESTS);
    }
}

#[test]
fn every_request_is_tried_again_after_a_broken_connection() {
    for fault in [Fault::Reset, Fault::ResetAfter, Fault::LoseAnswer, Fault::TruncateHead] {
        survives(&fault, &REQUESTS);
    }
}

#[test]
fn a_token_that_arrives_cut_off_is_fetched_again() {
    survives(&Fault::Truncate, &REQUESTS[1..2]);
}

#[test]
fn every_request_is_tried_again_when_nothing_moves() {
    for fault in [Fault::Stall, Fault::StallAfter] {
        // A host that was silent from the first is given up sooner: see below.
        survives(&fault, &REQUESTS[1..]);
    }
}

#[test]
fn a_connection_that_closes_unannounced_is_opened_again() {
    for (method, path) in REQUESTS {
        let (registry, user) = (with_tokens(), Pusher::new());
        registry.fault(Match::new(method, path), Fault::CloseAfter);
        user.push(&registry).unwrap();
        assert_eq!(registry.missing("shop", "v1"), None);
    }
}

#[test]
fn a_blob_is_sent_again_from_its_start_in_a_new_session() {
    let (registry, user) = (with_tokens(), Pusher::new());
    user.folder.file("in/large.bin", noise(500_000));
    registry.fault(Match::new("PUT", "digest=").times(3), Fault::ResetWithin(100));
    user.push(&registry).unwrap();
    let requests = registry.requests();
    let count = |part: &str| requests.iter().filter(|line| line.starts_with(part)).count();
    assert_eq!(count("POST"), 5, "two, and one for each that broke: {requests:#?}");
    assert_eq!(registry.missing("shop", "v1"), None);
}

#[test]
fn a_session_that_has_expired_is_opened_again() {
    let registry = Registry::start(Config { stale_sessions: 2, ..Config::default() });
    Pusher::new().push(&registry).unwrap();
    assert_eq!(registry.missing("shop", "v1"), None);
}

#[test]
fn a_put_whose_answer_was_lost_is_found_to_have_worked() {
    // The tag cannot be moved, not even to what it names: only a look shows that it is there.
    let config = Config { immutable_tags: true, ..Config::default() };
    let (registry, user) = (Registry::start(config), Pusher::new());
    registry.fault(Match::new("PUT", "/manifests/v1"), Fault::LoseAnswer);
    registry.fault(Match::new("PUT", "/manifests/v1").nth(1), Fault::status(400).error("TAG_INVALID", "immutable"));
    user.push(&registry).unwrap();

    let (registry, user) = (with_tokens(), Pusher::new());
    registry.fault(Match::new("PUT", "digest=").times(2), Fault::LoseAnswer);
    user.push(&registry).unwrap();
    let requests = registry.requests();
    assert_eq!(requests.iter().filter(|line| line.starts_with("PUT /v2/shop/blobs")).count(), 2, "{requests:#?}");
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed() {
    // With fewer, the other blob's upload could use up a token before whoever fetched it.
    for uses in 3..8 {
        let tokens = Tokens { uses: Some(uses), ..Tokens::default() };
        let (registry, user) = (Registry::start(Config::tokens(tokens)), Pusher::new());
        user.push(&registry).unwrap_or_else(|error| panic!("{uses}: {error}: {:#?}", registry.requests()));
        assert_eq!(registry.missing("shop", "v1"), None);
    }
    for (method, path) in REQUESTS {
        let (registry, user) = (with_tokens(), Pusher::new());
        registry.fault(Match::new(method, path).nth(if path == "/manifests/v1" { 2 } else { 1 }), Fault::Unauthorized);
        let outcome = user.push(&registry);
        assert!(outcome.is_ok() || path == "/token", "{method} {path}: {}", outcome.unwrap_err());
    }
}

#[test]
fn retry_after_is_obeyed_in_full() {
    let date = jiff::Timestamp::now() + Duration::from_secs(25);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (header, least) in [("20", 20), (date.as_str(), 15)] {
        let (registry, user) = (with_tokens(), Pusher::new());
        registry.fault(Match::new("POST", "/uploads/"), Fault::status(429).header("Retry-After", header));
        let began = Instant::now();
        user.push(&registry).unwrap();
        assert!(passed(began) >= Duration::from_secs(least), "{header}: {:?}", passed(began));
    }
}

#[test]
fn a_registry_that_asks_for_too_long_a_wait_is_not_waited_for() {
    let (registry, user) = (with_tokens(), Pusher::new());
    registry.fault(Match::new("POST", "/uploads/").always(), Fault::status(429).header("Retry-After", "3600"));
    let error = user.push(&registry).unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    assert!(error.to_string().contains("3600"), "{error}");
    assert!(registry.requests().iter().filter(|line| line.starts_with("POST")).count() <= 2);
}

#[test]
fn patience_ends_and_the_error_says_how_long_it_was() {
    let (registry, user) = (with_tokens(), Pusher::new());
    registry.fault(Match::new("PUT", "/manifests/").always(), Fault::status(503).body("text/plain", "maintenance"));
    let began = Instant::now();
    let error = user.push(&registry).unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    let text = error.to_string();
    assert!(text.contains("503") && text.contains("maintenance") && text.contains("tries"), "{text}");
    assert!(passed(began) > Duration::from_mins(1) && passed(began) < Duration::from_mins(5), "{:?}", passed(began));
    assert_eq!(registry.tag("shop", "v1"), None);
}

#[test]
fn what_is_no_accident_is_not_tried_again() {
    for (status, kind) in [(400, Kind::Network), (403, Kind::Denied), (404, Kind::NotFound), (405, Kind::Network)] {
        let (registry, user) = (with_tokens(), Pusher::new());
        registry.fault(Match::new("PUT", "/manifests/").always(), Fault::status(status));
        let error = user.push(&registry).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let puts = registry.requests().iter().filter(|line| line.starts_with("PUT /v2/shop/manifests")).count();
        // A 404 may be about the blobs: they are sent, and it is tried once more.
        assert!(puts <= if status == 404 { 2 } else { 1 }, "{status}: {:#?}", registry.requests());
    }
}

#[test]
fn a_host_that_never_answered_does_not_cost_minutes() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let began = Instant::now();
    let error = Pusher::new().push_to(&format!("{closed}/shop:v1")).unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(passed(began) < Duration::from_mins(1), "{:?}", passed(began));
}

#[test]
fn whatever_a_registry_sends_ends_in_an_error() {
    let hostile = [
        Fault::Endless,
        Fault::HeaderFlood,
        Fault::GzipBomb,
        Fault::RedirectLoop,
        Fault::Garbage,
        Fault::Drip(Duration::from_millis(50)),
    ];
    // Side by side: most of it is waiting.
    std::thread::scope(|scope| {
        for fault in &hostile {
            for (method, path) in [("GET", "/token"), ("POST", "/uploads/"), ("PUT", "/manifests/v1")] {
                scope.spawn(move || {
                    let (registry, user) = (with_tokens(), Pusher::new());
                    registry.fault(Match::new(method, path).always(), fault.clone());
                    let began = Instant::now();
                    // A slow or odd answer may still be one.
                    let _ = user.push(&registry);
                    assert!(
                        began.elapsed() < Duration::from_secs(20),
                        "{method} {path}, {fault:?}: {:?}",
                        began.elapsed()
                    );
                });
            }
        }
    });
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}
