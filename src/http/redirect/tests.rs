use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::super::testing::{Server, answer, attempt, header, read_body};
use super::super::{Body, Secret};
use super::*;
use crate::oci::Blob;

const OK: &str = "200 OK";

#[test]
fn redirects_are_followed_with_the_method_and_the_body() {
    let target = Server::http(|_, head, stream| {
        let sent = read_body(head, stream);
        stream.write_all(answer(OK, &[], &sent.to_string()).as_bytes()).unwrap();
    });
    for (status, method, body, followed) in [
        ("301 Moved Permanently", Method::GET, 0, true),
        ("302 Found", Method::HEAD, 0, true),
        ("303 See Other", Method::GET, 0, true),
        ("307 Temporary Redirect", Method::PUT, 200_000, true),
        ("308 Permanent Redirect", Method::POST, 200_000, true),
        ("302 Found", Method::PUT, 200_000, false),
        ("303 See Other", Method::POST, 0, false),
        ("304 Not Modified", Method::GET, 0, false),
        ("300 Multiple Choices", Method::GET, 0, false),
    ] {
        let location = format!("Location: {}", target.address("/there?a=b").url());
        let server = Server::answering(answer(status, &[&location], ""));
        let request = Request::new(method.clone(), server.address("/here"))
            .body(Body::Blob(Blob::from_bytes("text/plain", vec![b'x'; body])));
        let found = attempt(&request).unwrap();
        assert_eq!(found.address == target.address("/there?a=b"), followed, "{status} {method}");
        if followed {
            let last = target.heads().pop().unwrap();
            assert!(last.starts_with(&format!("{method} /there?a=b ")), "{last}");
            assert!(method == Method::HEAD || found.body == body.to_string(), "{status} {method} {:?}", found.body);
        }
    }
}

#[test]
fn a_redirect_to_another_origin_gets_no_secrets() {
    let ask = |from: &Server, to: &Server| {
        let own = reqwest::header::HeaderName::from_static("x-own");
        let request = from
            .get("/")
            .authorization(&Secret::new("Bearer sesame"))
            .secret_header(own, &Secret::new("sesame"))
            .header(reqwest::header::ACCEPT, "text/plain");
        attempt(&request).unwrap();
        to.heads().pop().unwrap()
    };
    let target = Server::answering(answer(OK, &[], ""));
    let location = format!("Location: {}", target.address("/").url());
    let other = Server::answering(answer("307 Temporary Redirect", &[&location], ""));
    let seen = ask(&other, &target);
    assert!(!seen.contains("sesame") && header(&seen, "accept") == Some("text/plain"), "{seen}");
    assert!(other.heads()[0].contains("authorization: Bearer sesame"), "{}", other.heads()[0]);

    let same = Server::http(|number, _, stream| {
        let text =
            if number == 0 { answer("307 Temporary Redirect", &["Location: /b"], "") } else { answer(OK, &[], "") };
        stream.write_all(text.as_bytes()).unwrap();
    });
    let seen = ask(&same, &same);
    assert!(seen.starts_with("GET /b ") && seen.contains("Bearer sesame") && seen.contains("x-own: sesame"), "{seen}");
}

#[test]
fn redirects_have_an_end() {
    let server = Server::answering(answer("307 Temporary Redirect", &["Location: /again"], ""));
    let failure = attempt(&server.get("/")).unwrap_err();
    assert_eq!((failure.cause, server.heads().len()), (Cause::Redirect, 11));
    assert!(failure.message.contains("more than 10 redirects"), "{}", failure.message);
}

#[test]
fn a_redirect_to_nowhere_is_an_error_and_one_without_a_location_an_answer() {
    let server = Server::answering(answer("307 Temporary Redirect", &["Location: ftp://sesame/"], ""));
    let failure = attempt(&server.get("/")).unwrap_err();
    assert!(failure.cause == Cause::Redirect && !failure.message.contains("sesame"), "{}", failure.message);
    let server = Server::answering(answer("307 Temporary Redirect", &[], ""));
    assert_eq!(attempt(&server.get("/")).unwrap().status, 307);
}

#[test]
fn a_redirect_that_is_refused_is_not_followed() {
    let answer = |from: &str, location: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static(location));
        let (method, status) = (Method::GET, StatusCode::TEMPORARY_REDIRECT);
        let (body, idle) = (Bytes::new(), Duration::ZERO);
        Answer { method, address: Address::parse(from).unwrap(), status, headers, body, idle, tries: None }
    };
    for (from, location, text) in [
        (
            "https://r.example/a",
            "http://r.example/b?sesame",
            "a redirect from https to http, r.example, is not followed",
        ),
        (
            "https://r.example/a",
            "https://169.254.169.254/sesame",
            "a redirect from a public host to a private address, 169.254.169.254, is not followed",
        ),
    ] {
        let request = Request::new(Method::GET, Address::parse(from).unwrap());
        assert_eq!(redirect(&request, &answer(from, location)).unwrap_err(), Why::new(Cause::Redirect, text));
    }
}
