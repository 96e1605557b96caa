//! What the journal makes of requests: lines with names, and waves.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, manifest_of, with_digest};
use crate::registry::{Config, Pace, Registry, sha256};

#[test]
fn lines_name_what_the_manifest_names() {
    let registry = Registry::start(Config::default());
    let mut client = Client::of(&registry);
    let (config, layer) = (client.push_blob("shop", b"{}"), client.push_blob("shop", b"layer"));
    client.must("HEAD", &format!("/v2/shop/blobs/{}", sha256(b"stranger")), &[], b"");
    client.push_manifest("shop", "v1", &manifest_of(&config, &layer));
    client.must("POST", &format!("/v2/web/blobs/uploads/?mount={layer}&from=shop"), &[], b"");
    assert_eq!(
        registry.requests(),
        [
            "POST /v2/shop/blobs/uploads/ 202",
            "PUT /v2/shop/blobs/uploads/*?digest=CONFIG 201",
            "POST /v2/shop/blobs/uploads/ 202",
            "PUT /v2/shop/blobs/uploads/*?digest=LAYER 201",
            "HEAD /v2/shop/blobs/DIGEST1 404",
            "PUT /v2/shop/manifests/v1 201",
            "POST /v2/web/blobs/uploads/?mount=LAYER&from=shop 201",
        ]
    );
    registry.clear_journal();
    client.manifest("HEAD", "shop", &sha256(manifest_of(&config, &layer).as_bytes()));
    assert_eq!(registry.requests(), ["HEAD /v2/shop/manifests/MANIFEST 200"]);
}

/// Two blobs side by side, then the manifest: five requests, of which three wait for one another.
fn push_side_by_side(registry: &Registry) {
    thread::scope(|scope| {
        for (bytes, late) in [("{}", 0), ("layer", 15)] {
            scope.spawn(move || {
                let mut client = Client::of(registry);
                // A client is never quite simultaneous.
                thread::sleep(Duration::from_millis(late));
                let location = client.open("shop");
                client.must("PUT", &with_digest(&location, &sha256(bytes.as_bytes())), &[], bytes.as_bytes());
            });
        }
    });
    let manifest = manifest_of(&sha256(b"{}"), &sha256(b"layer"));
    assert_eq!(Client::of(registry).push_manifest("shop", "v1", &manifest).status, 201);
}

#[test]
fn in_lockstep_what_runs_side_by_side_is_one_wave() {
    let registry = Registry::start(Config { pace: Pace::Lockstep(Duration::from_millis(60)), ..Config::default() });
    push_side_by_side(&registry);
    assert_eq!(
        registry.waves(),
        [
            vec!["POST /v2/shop/blobs/uploads/ 202", "POST /v2/shop/blobs/uploads/ 202"],
            vec!["PUT /v2/shop/blobs/uploads/*?digest=CONFIG 201", "PUT /v2/shop/blobs/uploads/*?digest=LAYER 201"],
            vec!["PUT /v2/shop/manifests/v1 201"],
        ]
    );
}

#[test]
fn far_away_each_answer_and_each_connection_takes_its_time() {
    let registry = Registry::start(Config { pace: Pace::RoundTrip(Duration::from_millis(30)), ..Config::default() });
    let start = Instant::now();
    let mut client = Client::of(&registry);
    client.get("/v2/");
    client.get("/v2/");
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(90), "connection, answer, answer: {took:?}");
    assert_eq!(registry.waves().len(), 2);
    assert!(registry.journal().iter().all(|entry| entry.took.is_some_and(|took| took >= Duration::from_millis(30))));
}

#[test]
fn it_ends_when_it_is_dropped() {
    let registry = Registry::start(Config::default());
    let host = registry.host();
    let mut idle = Client::of(&registry);
    idle.get("/v2/");
    let start = Instant::now();
    drop(registry);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(idle.ask("GET", "/v2/", &[], b"").is_err());
    assert!(std::net::TcpStream::connect(host).is_err());
}

#[test]
fn two_hundred_pushes_at_once_lose_nothing() {
    let registry = Registry::start(Config::default());
    thread::scope(|scope| {
        for number in 0..200 {
            let registry = &registry;
            scope.spawn(move || {
                let mut client = Client::of(registry);
                let (config, layer) =
                    (client.push_blob("shop", b"{}"), client.push_blob("shop", format!("{number}").as_bytes()));
                assert_eq!(
                    client.push_manifest("shop", &format!("v{number}"), &manifest_of(&config, &layer)).status,
                    201
                );
            });
        }
    });
    assert_eq!(
        (registry.tags("shop").len(), registry.blobs_in("shop").len(), registry.incomplete().len()),
        (200, 201, 0)
    );
}

#[test]
fn it_starts_at_once() {
    drop(Registry::start(Config::default()));
    let start = Instant::now();
    for _ in 0..20 {
        drop(Registry::start(Config::default()));
    }
    assert!(start.elapsed() < Duration::from_millis(20 * 20), "start and end: {:?} for twenty", start.elapsed());
}
