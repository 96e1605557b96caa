//! The specification's ways: blobs, manifests, tags.

use crate::client::{Client, OCI, manifest_of, with_digest};
use crate::registry::{Config, Registry, sha256};

fn start() -> (Registry, Client) {
    let registry = Registry::start(Config::default());
    let client = Client::of(&registry);
    (registry, client)
}

#[test]
fn a_pushed_image_is_there_by_tag_and_by_digest() {
    let (registry, mut client) = start();
    assert_eq!(client.get("/v2/").status, 200);
    let (config, layer) = (client.push_blob("shop/configs", b"{}"), client.push_blob("shop/configs", b"layer"));
    let manifest = manifest_of(&config, &layer);
    let reply = client.push_manifest("shop/configs", "v1", &manifest);
    let digest = sha256(manifest.as_bytes());
    assert_eq!((reply.status, reply.header("Docker-Content-Digest")), (201, Some(digest.as_str())));
    for reference in ["v1", &digest] {
        let reply = client.manifest("HEAD", "shop/configs", reference);
        assert_eq!((reply.status, reply.header("Docker-Content-Digest")), (200, Some(digest.as_str())));
        assert_eq!(reply.header("Content-Length"), Some(manifest.len().to_string().as_str()));
        let reply = client.manifest("GET", "shop/configs", reference);
        assert_eq!((reply.text(), reply.header("Content-Type")), (manifest.clone(), Some(OCI)));
    }
    assert_eq!(registry.tag("shop/configs", "v1"), Some(digest));
    assert_eq!(registry.missing("shop/configs", "v1"), None);
    assert_eq!(registry.blob("shop/configs", &layer).as_deref(), Some(&b"layer"[..]));
    assert_eq!(registry.blobs_in("shop/configs").len(), 2);
    assert!(registry.delete_blob("shop/configs", &layer));
    assert_eq!(registry.missing("shop/configs", "v1"), Some(layer));
}

#[test]
fn a_blob_is_visible_only_where_it_was_put_or_mounted_to() {
    let (registry, mut client) = start();
    let digest = client.push_blob("one", b"hello");
    assert_eq!(client.must("HEAD", &format!("/v2/one/blobs/{digest}"), &[], b"").status, 200);
    assert_eq!(client.get(&format!("/v2/two/blobs/{digest}")).code(), "BLOB_UNKNOWN");
    let mount = |from| format!("/v2/two/blobs/uploads/?mount={}&from={from}", digest.replace(':', "%3A"));
    assert_eq!(client.must("POST", &mount("nowhere"), &[], b"").status, 202);
    assert_eq!(client.must("POST", &mount("one"), &[], b"").status, 201);
    assert_eq!(client.get(&format!("/v2/two/blobs/{digest}")).text(), "hello");
    assert_eq!(registry.blobs_in("two"), [digest]);
}

#[test]
fn part_of_a_blob_can_be_had() {
    let (registry, mut client) = start();
    let digest = registry.put_blob("one", "0123456789");
    let mut part =
        |range: &str| client.must("GET", &format!("/v2/one/blobs/{digest}"), &[&format!("Range: bytes={range}")], b"");
    let reply = part("2-4");
    assert_eq!(
        (reply.status, reply.text().as_str(), reply.header("Content-Range")),
        (206, "234", Some("bytes 2-4/10"))
    );
    assert_eq!(part("7-").text(), "789");
    assert_eq!(part("10-").status, 416);
}

#[test]
fn an_upload_must_be_what_it_says() {
    let (registry, mut client) = start();
    let location = client.open("one");
    let reply = client.must("PUT", &with_digest(&location, &sha256(b"other")), &[], b"hello");
    assert_eq!((reply.status, reply.code().as_str()), (400, "DIGEST_INVALID"));
    let reply = client.must("PUT", &with_digest(&location, &sha256(b"hello")), &[], b"hello");
    assert_eq!((reply.status, reply.code().as_str()), (404, "BLOB_UPLOAD_UNKNOWN"), "the session is over");
    let location = client.open("one");
    let (bare, _) = location.split_once('?').expect("a query that must come back");
    let reply = client.must("PUT", &with_digest(bare, &sha256(b"hello")), &[], b"hello");
    assert_eq!((reply.status, reply.code().as_str()), (400, "BLOB_UPLOAD_INVALID"));
    registry.expire_sessions();
    let reply = client.must("PUT", &with_digest(&location, &sha256(b"hello")), &[], b"hello");
    assert_eq!(reply.status, 404);
    assert!(registry.blobs_in("one").is_empty());
}

#[test]
fn a_body_needs_a_length() {
    let (_registry, mut client) = start();
    let put = with_digest(&client.open("one"), &sha256(b"hello"));
    let chunked = client.must("PUT", &put, &["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(chunked.status, 411);
    client.raw(b"POST /v2/one/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    assert_eq!(client.receive("POST").expect("an answer").status, 411);
}

#[test]
fn pieces_must_follow_one_another() {
    let (registry, mut client) = start();
    let first = client.open("one");
    let reply = client.must("PATCH", &first, &["Content-Range: 0-4"], b"hello");
    assert_eq!((reply.status, reply.header("Range")), (202, Some("0-4")));
    let second = reply.header("Location").expect("a location").to_owned();
    assert_eq!(client.must("PATCH", &first, &[], b"x").status, 400, "the old location is not good any more");
    assert_eq!(client.must("PATCH", &second, &["Content-Range: 7-8"], b"xx").status, 416);
    let reply = client.must("PATCH", &second, &["Transfer-Encoding: chunked"], b"3\r\n wo\r\n3\r\nrld\r\n0\r\n\r\n");
    let third = reply.header("Location").expect("a location").to_owned();
    assert_eq!(client.must("GET", &third, &[], b"").header("Range"), Some("0-10"));
    let digest = sha256(b"hello world");
    assert_eq!(client.must("PUT", &with_digest(&third, &digest), &[], b"").status, 201);
    assert_eq!(registry.blob("one", &digest).as_deref(), Some(&b"hello world"[..]));
}

#[test]
fn a_client_that_waits_for_the_go_ahead_hears_it() {
    let (registry, mut client) = start();
    let put = with_digest(&client.open("one"), &sha256(b"hello"));
    client
        .raw(format!("PUT {put} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").as_bytes())
        .expect("sent");
    assert_eq!(client.line().expect("a line"), "HTTP/1.1 100 Continue");
    assert_eq!(client.line().expect("a line"), "");
    client.raw(b"hello").expect("sent");
    assert_eq!(client.receive("PUT").expect("an answer").status, 201);
    assert_eq!(registry.blobs_in("one").len(), 1);
}

#[test]
fn a_manifest_is_refused_where_something_is_wrong_with_it() {
    let (registry, mut client) = start();
    let (config, layer) = (client.push_blob("one", b"{}"), client.push_blob("one", b"layer"));
    let good = manifest_of(&config, &layer);
    let other_type = good.replace(OCI, "application/vnd.docker.distribution.manifest.v2+json");
    let missing = sha256(b"nowhere");
    let gone = manifest_of(&config, &missing);
    for (reference, text, code) in [
        ("v1", "{", "MANIFEST_INVALID"),
        ("v1", "{}", "MANIFEST_INVALID"),
        ("v1", &other_type, "MANIFEST_INVALID"),
        ("v1", &gone, "MANIFEST_BLOB_UNKNOWN"),
        ("-v1", &good, "TAG_INVALID"),
        (missing.as_str(), &good, "DIGEST_INVALID"),
    ] {
        let reply = client.push_manifest("one", reference, text);
        assert_eq!((reply.status, reply.code().as_str()), (400, code), "{text}");
    }
    assert_eq!(client.push_manifest("one", "v1", &gone).json()["errors"][0]["detail"]["digest"], missing);
    assert!(registry.manifests_in("one").is_empty());
    assert_eq!(
        client.push_manifest("two", "v1", &good).code(),
        "MANIFEST_BLOB_UNKNOWN",
        "the blobs are in another repository"
    );
    assert_eq!(client.push_manifest("one", &sha256(good.as_bytes()), &good).status, 201);
    assert!(registry.tags("one").is_empty());
}

#[test]
fn a_manifest_is_given_to_those_who_take_its_type() {
    let (registry, mut client) = start();
    registry.put_manifest("one", Some("v1"), OCI, "{}");
    for accept in ["Accept: application/json", "Accept: */*", "X-Nothing: x"] {
        assert_eq!(client.must("HEAD", "/v2/one/manifests/v1", &[accept], b"").status, 404, "{accept}");
    }
    let two = ["Accept: application/json", &format!("Accept: text/plain, {OCI};q=0.5")];
    assert_eq!(client.must("HEAD", "/v2/one/manifests/v1", &two, b"").status, 200);
}

#[test]
fn tags_come_in_pages() {
    let registry = Registry::start(Config { page: 3, ..Config::default() });
    let mut client = Client::of(&registry);
    assert_eq!(client.get("/v2/one/tags/list").code(), "NAME_UNKNOWN");
    for tag in ["a", "b", "c", "d"] {
        registry.put_manifest("one", Some(tag), OCI, "{}");
    }
    let reply = client.get("/v2/one/tags/list");
    assert_eq!(reply.json()["tags"], serde_json::json!(["a", "b", "c"]));
    let link = reply.header("Link").expect("a link").to_owned();
    let next = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a URL").0.to_owned();
    let reply = client.get(&next);
    assert_eq!((reply.json()["tags"].clone(), reply.header("Link")), (serde_json::json!(["d"]), None));
    assert_eq!(client.get("/v2/one/tags/list?n=1").json()["tags"], serde_json::json!(["a"]));
}

#[test]
fn a_blob_too_long_to_keep_is_hashed_all_the_same() {
    let registry = Registry::start(Config { keep: 10, ..Config::default() });
    let mut client = Client::of(&registry);
    let digest = client.push_blob("one", &vec![7; 100_000]);
    assert_eq!(
        client.must("HEAD", &format!("/v2/one/blobs/{digest}"), &[], b"").header("Content-Length"),
        Some("100000")
    );
    assert_eq!(client.get(&format!("/v2/one/blobs/{digest}")).status, 500);
}
