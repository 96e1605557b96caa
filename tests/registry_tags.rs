//! Tags at a registry: guards, further tags, listing, resolving.

mod common;
mod registry;

use common::{User, config_map};
use registry::{Config, Fault, Match, Registry};

/// A registry with `shop:v1`, somebody at it, and the digest.
fn with_image() -> (Registry, User, String) {
    let (registry, user) = (Registry::start(Config::default()), User::new());
    let printed = user.push(&[&format!("{}/shop:v1", registry.host())]);
    let digest = printed.trim().rsplit_once('@').map(|(_, digest)| digest.to_owned()).unwrap_or_default();
    (registry, user, digest)
}

#[test]
fn no_clobber_leaves_a_tag_alone_that_names_something_else() {
    let (registry, user, digest) = with_image();
    let reference = format!("{}/shop:v1", registry.host());
    user.ok(&["push", "in", &reference, "--no-clobber"]);
    user.folder.file("in/b.yaml", config_map("b"));
    registry.clear_journal();
    let stderr = user.fails(6, &["push", "in", &reference, "--no-clobber"]);
    assert!(stderr.contains(&format!("exists and names {digest}")), "{stderr}");
    assert!(registry.requests().iter().all(|line| line.starts_with("HEAD")), "{:#?}", registry.requests());
    assert_eq!(registry.tag("shop", "v1"), Some(digest));
    user.ok(&["push", "in", &format!("{}/shop:v2", registry.host()), "--no-clobber"]);
}

#[test]
fn expect_digest_moves_a_tag_only_from_there() {
    let (registry, user, digest) = with_image();
    let reference = format!("{}/shop:v1", registry.host());
    user.folder.file("in/b.yaml", config_map("b"));
    let wrong = format!("sha256:{}", "0".repeat(64));
    let stderr = user.fails(6, &["push", "in", &reference, "--expect-digest", &wrong]);
    assert!(stderr.contains("--expect-digest"), "{stderr}");
    user.ok(&["push", "in", &reference, "--expect-digest", &digest]);
    assert_ne!(registry.tag("shop", "v1"), Some(digest.clone()));
    // Again: it names this bundle by now.
    user.ok(&["push", "in", &reference, "--expect-digest", &digest]);
    let stderr = user.fails(6, &["push", "in", &format!("{}/shop:new", registry.host()), "--expect-digest", &digest]);
    assert!(stderr.contains("does not exist"), "{stderr}");
}

#[test]
fn a_guard_looks_again_right_before_it_writes() {
    let (registry, user, _) = with_image();
    user.folder.file("in/b.yaml", config_map("b"));
    registry.clear_journal();
    user.ok(&["push", "in", &format!("{}/shop:v2", registry.host()), "--no-clobber"]);
    let requests = registry.requests();
    let [.., look, put] = requests.as_slice() else { panic!("{requests:#?}") };
    assert_eq!((look.as_str(), put.as_str()), ("HEAD /v2/shop/manifests/v2 404", "PUT /v2/shop/manifests/v2 201"));
}

#[test]
fn a_guard_is_not_satisfied_by_a_registry_that_does_not_say() {
    let (registry, user, _) = with_image();
    registry.fault(Match::new("HEAD", "/manifests/").always(), Fault::status(403));
    user.folder.file("in/b.yaml", config_map("b"));
    let stderr = user.fails(6, &["push", "in", &format!("{}/shop:v1", registry.host()), "--no-clobber"]);
    assert!(stderr.contains("does not say"), "{stderr}");
}

#[test]
fn an_immutable_tag_takes_the_same_again_and_refuses_another() {
    let (registry, user) = (Registry::start(Config { immutable_tags: true, ..Config::default() }), User::new());
    let reference = format!("{}/shop:v1", registry.host());
    user.push(&[&reference]);
    user.push(&[&reference]);
    user.folder.file("in/b.yaml", config_map("b"));
    let stderr = user.fails(6, &["push", "in", &reference]);
    assert!(stderr.contains("push under a new tag"), "{stderr}");
}

#[test]
fn tags_are_added_without_moving_a_byte() {
    let (registry, user, digest) = with_image();
    let reference = format!("{}/shop:v1", registry.host());
    registry.clear_journal();
    let printed = user.ok(&["tag", &reference, "v2", "stable"]);
    assert_eq!(printed, format!("{}/shop@{digest}\n", registry.host()));
    assert!(!registry.requests().iter().any(|line| line.contains("/blobs/")), "{:#?}", registry.requests());
    assert_eq!(registry.tags("shop"), ["stable", "v1", "v2"]);
    // By digest, and one of them again.
    user.ok(&["tag", &format!("{}/shop@{digest}", registry.host()), "v2", "v3"]);
    assert_eq!(registry.tag("shop", "v3"), Some(digest));
    let stderr = user.fails(4, &["tag", &format!("{}/shop:none", registry.host()), "v9"]);
    assert!(stderr.contains("there is no") && stderr.contains("consign ls"), "{stderr}");
}

#[test]
fn digest_resolves_a_reference_and_checks_the_pinned_one() {
    let (registry, user, digest) = with_image();
    let name = format!("{}/shop", registry.host());
    for reference in [format!("{name}:v1"), format!("{name}@{digest}"), format!("{name}:v1@{digest}")] {
        assert_eq!(user.ok(&["digest", &reference]), format!("{digest}\n"), "{reference}");
    }
    assert_eq!(user.ok(&["digest", "in"]), format!("{digest}\n"), "of the same files");
    user.fails(4, &["digest", &format!("{name}:v2")]);
    let other = format!("sha256:{}", "0".repeat(64));
    user.fails(7, &["digest", &format!("{name}:v1@{other}")]);
}

#[test]
fn ls_lists_the_tags_of_all_pages() {
    let (registry, user) = (Registry::start(Config { page: 3, ..Config::default() }), User::new());
    let name = format!("{}/shop", registry.host());
    let tags: Vec<String> = (10..20).map(|number| format!("v{number}")).collect();
    let more: Vec<&str> = tags.iter().flat_map(|tag| ["--tag", tag.as_str()]).collect();
    user.ok(&[&["push", "in", &name][..], &more].concat());
    assert_eq!(user.ok(&["ls", &name]).lines().collect::<Vec<_>>(), tags);
    user.fails(4, &["ls", &format!("{}/nothing", registry.host())]);
}

#[test]
fn a_list_of_tags_that_never_ends_or_leads_elsewhere_is_an_error() {
    let (registry, user, _) = with_image();
    let name = format!("{}/shop", registry.host());
    for link in ["</v2/shop/tags/list?n=1000>; rel=\"next\"", "<http://elsewhere.invalid/v2/>; rel=\"next\""] {
        registry.clear_faults();
        registry.fault(Match::new("GET", "/tags/list").always(), Fault::Header("Link", Some(link.to_owned())));
        user.fails(5, &["ls", &name]);
    }
}

#[test]
fn one_target_that_fails_does_not_keep_the_others_from_theirs() {
    let (good, bad) = (Registry::start(Config::default()), Registry::start(Config::default()));
    bad.fault(Match::new("POST", "/uploads/").always(), Fault::status(403).error("DENIED", "not yours"));
    let user = User::new();
    let (bad_one, good_one) = (format!("{}/shop:v1", bad.host()), format!("{}/shop:v1", good.host()));
    let mut command = user.folder.consign();
    let output = command.args(["push", "in", &bad_one, &good_one, "oci:out:v1", "--format", "json"]).output();
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let receipt: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let targets = receipt["targets"].as_array().cloned().unwrap_or_default();
    assert_eq!(targets.len(), 3, "{receipt:#}");
    assert_eq!(targets[0]["error"]["exitCode"], 3);
    assert!(targets[1]["error"].is_null() && targets[2]["error"].is_null(), "{receipt:#}");
    assert_eq!(good.missing("shop", "v1"), None);
}
