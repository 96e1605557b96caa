//! What a registry shows is a hint: a push goes on whatever a HEAD says, and ends well where a PUT would.

mod common;
mod registry;

use common::User;
use registry::{Config, DigestHeader, Fault, Match, Registry, Tokens, sha256};

/// A registry, somebody at it, and where to push to.
fn at(config: Config) -> (Registry, User, String) {
    let registry = Registry::start(config);
    let reference = format!("{}/shop:v1", registry.host());
    (registry, User::new(), reference)
}

/// Whether the tag names what was printed, and nothing of it is missing.
fn is_whole(registry: &Registry, repository: &str, tag: &str, printed: &str) {
    let digest = printed.trim().rsplit_once('@').map(|(_, digest)| digest.to_owned());
    assert_eq!(registry.tag(repository, tag), digest, "{printed}");
    assert_eq!(registry.missing(repository, tag), None);
}

fn with_tokens(tokens: Tokens) -> Config {
    Config::tokens(tokens)
}

#[test]
fn a_head_that_is_refused_does_not_end_a_push() {
    for status in [400, 403, 404, 405, 501] {
        let (registry, user, reference) = at(Config { heads: Some(status), ..Config::default() });
        is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
        is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
    }
}

#[test]
fn a_refusal_is_quoted_from_the_answer_to_the_upload() {
    let (registry, user, reference) = at(Config { heads: Some(403), ..Config::default() });
    registry.fault(
        Match::new("POST", "/uploads/").always(),
        Fault::status(403).error("DENIED", "quota of the project is used up"),
    );
    let stderr = user.fails(3, &["push", "in", &reference]);
    assert!(stderr.contains("DENIED: quota of the project is used up"), "{stderr}");
}

#[test]
fn a_digest_that_a_head_does_not_tell_is_found_by_hashing() {
    let (registry, user, reference) = at(Config { digest_header: DigestHeader::Missing, ..Config::default() });
    user.push(&[&reference]);
    registry.clear_journal();
    user.push(&[&reference]);
    let requests = registry.requests();
    assert!(requests.contains(&"GET /v2/shop/manifests/v1 200".to_owned()), "{requests:#?}");
    assert!(!requests.iter().any(|line| line.starts_with('P')), "nothing is written: {requests:#?}");
}

#[test]
fn a_digest_that_is_another_is_not_ours() {
    let (registry, user, reference) = at(Config::default());
    let printed = user.push(&[&reference]);
    registry.clear_journal();
    let other = sha256(b"something else");
    registry.fault(Match::new("HEAD", "/manifests/").always(), Fault::Header("Docker-Content-Digest", Some(other)));
    is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
    assert!(registry.requests().iter().any(|line| line.starts_with("PUT /v2/shop/manifests/v1")), "{printed}");
}

#[test]
fn a_challenge_that_only_v2_has_is_asked_for() {
    let (registry, user, reference) = at(with_tokens(Tokens { challenge_everywhere: false, ..Tokens::default() }));
    is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
    assert_eq!(registry.requests()[..3], ["HEAD /v2/shop/manifests/v1 401", "GET /v2/ 401", "GET /token 200"]);
}

#[test]
fn where_anyone_may_read_the_upload_draws_the_challenge() {
    let (registry, user, reference) = at(with_tokens(Tokens { open_reads: true, ..Tokens::default() }));
    is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
    let requests = registry.requests();
    assert_eq!(requests[0], "HEAD /v2/shop/manifests/v1 404");
    assert_eq!(requests.iter().filter(|line| line.starts_with("GET /token")).count(), 1, "{requests:#?}");
}

#[test]
fn what_a_cache_shows_of_its_upstream_is_uploaded_when_it_is_missed() {
    for missing_blob in [(400, "MANIFEST_BLOB_UNKNOWN"), (404, "BLOB_UNKNOWN"), (404, "MANIFEST_UNKNOWN")] {
        let (registry, user, reference) = at(Config { missing_blob, ..Config::default() });
        user.push(&[&reference]);
        registry.only_upstream("shop");
        registry.clear_journal();
        let printed = user.push(&[&format!("{}/shop:v2", registry.host())]);
        is_whole(&registry, "shop", "v2", &printed);
        let requests = registry.requests();
        assert_eq!(requests.iter().filter(|line| line.contains("manifests/v2 201")).count(), 1, "{requests:#?}");
    }
}

#[test]
fn recheck_finds_and_mends_what_a_manifest_only_promises() {
    let (registry, user, reference) = at(Config::default());
    let printed = user.push(&[&reference]);
    let layer = registry.blobs_in("shop").into_iter().next().unwrap_or_default();
    assert!(registry.delete_blob("shop", &layer));
    user.push(&[&reference]);
    assert_eq!(registry.missing("shop", "v1").as_deref(), Some(layer.as_str()), "believed without --recheck");
    user.ok(&["push", "in", "--recheck", &reference]);
    is_whole(&registry, "shop", "v1", &printed);
}

#[test]
fn a_manifest_is_never_put_before_its_blobs() {
    // This registry would take it.
    let (registry, user, reference) = at(Config { mode: registry::Mode::Lenient, ..Config::default() });
    registry.fault(Match::new("PUT", "digest=").always(), Fault::status(403).error("DENIED", "no"));
    user.fails(3, &["push", "in", &reference]);
    assert!(!registry.requests().iter().any(|line| line.contains("PUT /v2/shop/manifests")));
    assert_eq!(registry.tag("shop", "v1"), None);
}

#[test]
fn the_digest_of_a_manifest_that_was_put_is_checked() {
    let (_registry, user, reference) = at(Config { put_digest_header: DigestHeader::Wrong, ..Config::default() });
    let stderr = user.fails(7, &["push", "in", &reference]);
    assert!(stderr.contains("the registry has the digest sha256:"), "{stderr}");

    let (registry, user, reference) = at(Config { put_digest_header: DigestHeader::Missing, ..Config::default() });
    is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
    assert_eq!(registry.requests().last().map(String::as_str), Some("HEAD /v2/shop/manifests/v1 200"));
}

#[test]
fn every_manifest_request_takes_all_four_types() {
    let (registry, user, reference) = at(Config::default());
    user.push(&[&reference]);
    user.ok(&["digest", &reference]);
    user.ok(&["tag", &reference, "v2"]);
    let asked: Vec<_> = registry
        .journal()
        .into_iter()
        .filter(|entry| entry.path.contains("/manifests/") && entry.method != "PUT")
        .collect();
    assert!(asked.len() > 3);
    for entry in asked {
        let accept = entry.header("accept").unwrap_or_default();
        for kind in ["oci.image.manifest.v1", "oci.image.index.v1", "manifest.v2+json", "manifest.list.v2+json"] {
            assert!(accept.contains(kind), "{} {}: {accept}", entry.method, entry.path);
        }
    }
}

#[test]
fn an_upload_location_may_be_absolute_and_elsewhere_but_gets_no_credentials_there() {
    use registry::Uploads;
    for uploads in [Uploads::Absolute, Uploads::Side] {
        let elsewhere = uploads == Uploads::Side;
        let (registry, user, reference) = at(Config { uploads, ..with_tokens(Tokens::default()) });
        is_whole(&registry, "shop", "v1", &user.push(&[&reference]));
        let puts: Vec<_> = registry
            .journal()
            .into_iter()
            .filter(|entry| entry.method == "PUT" && entry.path.contains("uploads"))
            .collect();
        assert_eq!(puts.len(), 2);
        for put in puts {
            assert_eq!(put.authorization().is_none(), elsewhere, "{put:?}");
        }
    }
    let (_registry, user, reference) = at(Config { uploads: Uploads::Missing, ..Config::default() });
    let stderr = user.fails(5, &["push", "in", &reference]);
    assert!(stderr.contains("no Location"), "{stderr}");
}
