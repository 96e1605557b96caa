//! What a push asks of a registry, request by request. The fast paths are promises: docs/registries.md has them as a table.

mod common;
mod registry;

use std::time::Duration;

use common::User;
use registry::{Config, Pace, Registry, Tokens};

/// A registry whose requests come in waves: those of one wave do not wait for one another.
fn lockstep(config: Config) -> Registry {
    Registry::start(Config { pace: Pace::Lockstep(Duration::from_millis(120)), ..config })
}

fn with_tokens() -> Registry {
    lockstep(Config::tokens(Tokens::default()))
}

#[test]
fn the_first_push_takes_nine_requests_in_six_waves() {
    let (registry, user) = (with_tokens(), User::new());
    user.push(&[&format!("{}/shop:v1", registry.host())]);
    assert_eq!(
        registry.waves(),
        [
            vec!["HEAD /v2/shop/manifests/v1 401"],
            vec!["GET /token 200"],
            vec!["HEAD /v2/shop/manifests/MANIFEST 404", "HEAD /v2/shop/manifests/v1 404"],
            vec!["POST /v2/shop/blobs/uploads/ 202", "POST /v2/shop/blobs/uploads/ 202"],
            vec!["PUT /v2/shop/blobs/uploads/*?digest=CONFIG 201", "PUT /v2/shop/blobs/uploads/*?digest=LAYER 201"],
            vec!["PUT /v2/shop/manifests/v1 201"],
        ]
    );
    let puts: Vec<_> = registry.journal().into_iter().filter(|entry| entry.method == "PUT").collect();
    for put in puts {
        assert!(put.header("content-length").is_some() && put.header("transfer-encoding").is_none(), "{put:?}");
    }
}

#[test]
fn the_same_again_takes_four_requests_in_three_waves_and_writes_nothing() {
    let (registry, user) = (with_tokens(), User::new());
    let reference = format!("{}/shop:v1", registry.host());
    let first = user.push(&[&reference]);
    registry.clear_journal();
    assert_eq!(user.push(&[&reference]), first);
    let waves = registry.waves();
    assert_eq!(waves[..2], [["HEAD /v2/shop/manifests/v1 401"], ["GET /token 200"]]);
    // The tag alone may have told before the digest was known.
    assert!(waves[2].contains(&"HEAD /v2/shop/manifests/v1 200".to_owned()), "{waves:?}");
    assert!(waves.len() == 3 && waves.concat().len() <= 4, "{waves:?}");
}

#[test]
fn the_same_under_a_new_tag_takes_five_requests_in_four_waves_and_sends_no_blob() {
    let (registry, user) = (with_tokens(), User::new());
    user.push(&[&format!("{}/shop:v1", registry.host())]);
    registry.clear_journal();
    user.push(&[&format!("{}/shop:v2", registry.host())]);
    assert_eq!(
        registry.waves(),
        [
            vec!["HEAD /v2/shop/manifests/v2 401"],
            vec!["GET /token 200"],
            vec!["HEAD /v2/shop/manifests/MANIFEST 200", "HEAD /v2/shop/manifests/v2 404"],
            vec!["PUT /v2/shop/manifests/v2 201"],
        ]
    );
}

#[test]
fn a_realm_that_is_remembered_saves_a_request_and_a_wave() {
    let (registry, user) = (with_tokens(), User::new());
    let reference = |tag: &str| format!("{}/shop:{tag}", registry.host());
    user.ok(&["push", "in", &reference("v1")]);
    user.folder.file("in/b.yaml", common::config_map("b"));
    for (tag, requests, waves) in [("v2", 8, 5), ("v2", 3, 2), ("v3", 4, 3)] {
        registry.clear_journal();
        user.ok(&["push", "in", &reference(tag)]);
        assert_eq!(registry.requests()[0], "GET /token 200");
        assert!(registry.requests().len() <= requests, "{tag}: {:#?}", registry.waves());
        assert!(registry.waves().len() <= waves, "{tag}: {:#?}", registry.waves());
    }
    registry.clear_journal();
    user.push(&[&reference("v4")]);
    assert_eq!(registry.requests()[0], "HEAD /v2/shop/manifests/v4 401", "--no-cache");
}

#[test]
fn without_authentication_a_push_takes_seven_requests_and_the_same_again_at_most_two() {
    let (registry, user) = (lockstep(Config::default()), User::new());
    let reference = format!("{}/shop:v1", registry.host());
    user.push(&[&reference]);
    assert_eq!((registry.requests().len(), registry.waves().len()), (7, 5), "{:#?}", registry.waves());
    registry.clear_journal();
    user.push(&[&reference]);
    assert_eq!(registry.requests(), ["HEAD /v2/shop/manifests/v1 200"]);
}

#[test]
fn two_tags_and_two_repositories_take_the_blobs_once() {
    let (registry, user) = (with_tokens(), User::new());
    let reference = |name: &str| format!("{}/{name}", registry.host());
    let printed = user.push(&[&reference("shop:v1"), &reference("shop:v2"), &reference("team/copy:v1")]);
    assert_eq!(printed.lines().count(), 2, "{printed}");
    let requests = registry.requests();
    let count = |part: &str| requests.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("GET /token"), 1, "one token with all scopes: {requests:#?}");
    assert_eq!(count("PUT /v2/shop/blobs/uploads/"), 2);
    assert_eq!(count("PUT /v2/team/copy/blobs/"), 0);
    assert_eq!((count("mount=CONFIG&from=shop 201"), count("mount=LAYER&from=shop 201")), (1, 1), "{requests:#?}");
    for (repository, tag) in [("shop", "v1"), ("shop", "v2"), ("team/copy", "v1")] {
        assert_eq!(registry.missing(repository, tag), None, "{repository}:{tag}");
    }
}

#[test]
fn a_mount_that_is_not_granted_becomes_an_upload() {
    let registry = Registry::start(Config { mounts: false, ..Config::default() });
    let user = User::new();
    user.push(&[&format!("{}/one:v1", registry.host()), &format!("{}/two:v1", registry.host())]);
    let requests = registry.requests();
    assert!(requests.iter().any(|line| line.ends_with("mount=LAYER&from=one 202")), "{requests:#?}");
    let posts = requests.iter().filter(|line| line.starts_with("POST /v2/two/")).count();
    assert_eq!((posts, registry.missing("two", "v1")), (2, None), "its Location is used: {requests:#?}");
}

#[test]
fn a_large_layer_that_is_there_is_not_sent_again() {
    let (registry, user) = (with_tokens(), User::new());
    // Too random to become small.
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    user.folder.file("in/noise.bin", noise.take(250_000).flatten().collect::<Vec<u8>>());
    user.push(&[&format!("{}/shop:v1", registry.host())]);
    registry.clear_journal();
    user.ok(&["push", "in", "--no-cache", &format!("{}/shop:v2", registry.host()), "--annotation", "a=b"]);
    let waves = registry.waves();
    assert!(waves[2].contains(&"HEAD /v2/shop/blobs/LAYER 200".to_owned()), "{waves:#?}");
    assert!(!waves.concat().iter().any(|line| line.starts_with("PUT") && line.contains("LAYER")), "{waves:#?}");
    assert_eq!(waves.len(), 6, "and it costs no wave of its own: {waves:#?}");
}
