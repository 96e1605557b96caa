//! Many pushes at once: nothing is lost, and whoever comes second is not in anybody's way.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use common::{User, config_map};
use registry::{Config, Pace, Registry, Tokens};

#[test]
fn the_same_push_at_once_is_the_same_as_once() {
    // A tag that is there may be put again only as it is.
    let registry = Registry::start(Config { immutable_tags: true, ..Config::tokens(Tokens::default()) });
    let user = User::new();
    let reference = format!("{}/shop:v1", registry.host());
    let printed: Vec<String> = thread::scope(|scope| {
        let pushes: Vec<_> = (0..8).map(|_| scope.spawn(|| user.push(&[&reference]))).collect();
        pushes.into_iter().map(|push| push.join().unwrap()).collect()
    });
    assert!(printed.iter().all(|line| *line == printed[0]), "{printed:?}");
    assert_eq!((registry.missing("shop", "v1"), registry.manifests_in("shop").len()), (None, 1));
}

#[test]
fn fifty_pushes_at_once_into_one_repository_lose_nothing() {
    const PUSHES: usize = 50;
    const AT_ONCE: usize = 8;
    let registry = Registry::start(Config {
        pace: Pace::RoundTrip(Duration::from_millis(2)),
        ..Config::tokens(Tokens::default())
    });
    let user = User::new();
    for number in 0..PUSHES {
        user.folder.file(&format!("in-{number}/a.yaml"), config_map(&format!("number-{number}")));
    }
    let push = &|number: usize| {
        let reference = format!("{}/shop:v{number}", registry.host());
        // One tag that all of them want.
        user.ok(&["push", &format!("in-{number}"), &reference, "--tag", "latest", "-q"])
    };
    let printed: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|worker| {
                scope.spawn(move || (worker..PUSHES).step_by(AT_ONCE).map(|n| (n, push(n))).collect::<Vec<_>>())
            })
            .collect();
        let mut all: Vec<(usize, String)> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        all.sort();
        all.into_iter().map(|(_, printed)| printed).collect()
    });
    let digest = |printed: &str| printed.trim().rsplit_once('@').map(|(_, digest)| digest.to_owned());
    for (number, printed) in printed.iter().enumerate() {
        assert_eq!(registry.tag("shop", &format!("v{number}")), digest(printed), "v{number}");
    }
    let latest = registry.tag("shop", "latest");
    assert!(printed.iter().any(|printed| digest(printed) == latest), "{latest:?}");
    assert_eq!((registry.tags("shop").len(), registry.incomplete().len()), (PUSHES + 1, 0));
    assert_eq!(registry.manifests_in("shop").len(), PUSHES);

    // What all of them remembered is whole, too.
    let realms = user.folder.path().join("home/.cache/consign/realms.json");
    assert_eq!(realms.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let realms: serde_json::Value = serde_json::from_slice(&std::fs::read(realms).unwrap()).unwrap();
    assert!(realms.to_string().contains(&registry.host()), "{realms}");
}
