use std::io::Write;
use std::sync::Arc;

use super::super::testing::{Ear, Server, answer, be_silent, client, fast, reset, run};
use super::super::{Address, Method, Options, Request};
use super::*;

const BUSY: &str = "503 Service Unavailable";

/// Sends a request, and gives the answer or error with what was told.
fn send_with(options: &Options, request: &Request) -> (Result<Answer, Error>, Arc<Ear>) {
    let (client, ear) = client(options);
    (run(client.send(request)), ear)
}

fn send(request: &Request) -> (Result<Answer, Error>, Arc<Ear>) {
    send_with(&fast(), request)
}

/// With so many seconds of patience.
fn patient(seconds: u64) -> Options {
    Options { retry_for: Duration::from_secs(seconds), ..fast() }
}

/// Answers `first` a number of times, then 200.
fn after(count: usize, first: String) -> Server {
    Server::http(move |number, _, stream| {
        let text = if number < count { first.clone() } else { answer("200 OK", &[], "") };
        stream.write_all(text.as_bytes()).unwrap();
    })
}

fn failed(cause: Cause, host_answered: bool) -> Failure {
    let message = "GET https://r.example/v2/: it broke".to_owned();
    Failure { cause, message, hint: None, idle: Duration::ZERO, host_answered }
}

#[test]
fn only_answers_that_may_change_are_asked_for_again() {
    for (status, again) in [
        (200, false),
        (401, false),
        (404, false),
        (408, true),
        (409, false),
        (429, true),
        (500, true),
        (501, false),
        (502, true),
        (503, true),
        (504, true),
        (505, false),
        (522, true),
        (599, true),
    ] {
        let server = after(1, answer(&format!("{status} Something"), &[], ""));
        let (found, ear) = send(&server.get("/"));
        let (expected, retries, tries) = if again { (200, 1, 2) } else { (status, 0, 1) };
        assert_eq!((found.as_ref().unwrap().status.as_u16(), ear.retries()), (expected, retries), "{status}");
        assert_eq!(found.unwrap().tries.is_some(), again, "{status}");
        assert_eq!(server.heads().len(), tries, "{status}");
    }
}

#[test]
fn each_wait_is_told_with_its_reason() {
    let server = after(1, answer(BUSY, &[], ""));
    let (found, ear) = send(&server.get("/v2/"));
    let told: Vec<_> = ear.lines().into_iter().filter(|line| line.starts_with("retry")).collect();
    assert_eq!(told, [format!("retry GET http://{}/v2/: {BUSY}", server.authority())]);
    let tries = found.unwrap().tries.unwrap();
    assert!(tries.starts_with("after 2 tries in "), "{tries}");
}

#[test]
fn a_connection_that_broke_is_made_again() {
    let server = Server::raw(|number, mut stream| {
        if number < 2 {
            return reset(stream);
        }
        super::super::testing::read_head(&mut stream);
        stream.write_all(answer("200 OK", &[], "").as_bytes()).unwrap();
    });
    // The host has not answered yet: all of that within its ten seconds.
    let (found, ear) = send(&server.get("/"));
    assert_eq!((found.unwrap().status.as_u16(), ear.retries()), (200, 2));
}

#[test]
fn a_persistent_error_is_given_back_when_the_patience_is_at_its_end() {
    let server = after(usize::MAX, answer(BUSY, &[], "busy"));
    let (found, ear) = send_with(&patient(15), &server.get("/"));
    let found = found.unwrap();
    assert_eq!((found.status.as_u16(), &found.body[..]), (503, &b"busy"[..]));
    assert!(ear.retries() >= 3, "the first three waits have 3.5 s at most, not {}", ear.retries());
    let tries = found.tries.unwrap();
    assert!(tries.starts_with(&format!("after {} tries in 1", ear.retries() + 1)), "{tries}");
}

#[test]
fn brief_patience_has_three_tries_of_5xx_and_all_of_the_rest() {
    let server = after(usize::MAX, answer("500 Internal Server Error", &[], ""));
    let (found, ear) = send(&server.get("/").patience(Patience::Brief));
    assert_eq!((found.unwrap().status.as_u16(), ear.retries()), (500, 2));
    let server = after(4, answer("429 Too Many Requests", &[], ""));
    let (found, ear) = send(&server.get("/").patience(Patience::Brief));
    assert_eq!((found.unwrap().status.as_u16(), ear.retries()), (200, 4));
}

#[test]
fn a_host_that_never_answered_has_ten_seconds() {
    let server = Server::raw(|_, stream| reset(stream));
    let (found, ear) = send(&server.get("/"));
    let error = found.unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    let text = error.to_string();
    assert!(text.contains(&format!("(after {} tries in 1", ear.retries() + 1)) && text.ends_with(" s)"), "{text}");
    assert!(!text.contains("min"), "{text}");
    assert!(error.hint_text().unwrap().contains("--retry-for"));
}

#[test]
fn a_host_that_answered_before_has_all_the_patience() {
    let server = Server::raw(|number, mut stream| {
        if number > 0 {
            return reset(stream);
        }
        super::super::testing::read_head(&mut stream);
        stream.write_all(answer("200 OK", &[], "").as_bytes()).unwrap();
    });
    let (client, _) = client(&patient(16));
    run(async {
        client.send(&server.get("/")).await.unwrap();
        let began = Instant::now();
        client.send(&server.get("/")).await.unwrap_err();
        let passed = client.clock().since(began);
        assert!(passed >= Duration::from_secs(15), "{passed:?}");
    });
}

#[test]
fn silence_spends_the_patience() {
    let server = Server::http(|number, _, stream| {
        if number > 0 {
            return be_silent();
        }
        stream.write_all(answer("200 OK", &[], "").as_bytes()).unwrap();
    });
    let (client, ear) = client(&Options { stall_timeout: Duration::from_secs(10), ..patient(15) });
    run(async {
        client.send(&server.get("/")).await.unwrap();
        client.send(&server.get("/")).await.unwrap_err();
    });
    // Each try takes 10 s: the second ends after more than the 15 s.
    assert_eq!(ear.retries(), 1);
}

#[test]
fn a_name_that_does_not_exist_has_two_tries() {
    let (client, ear) = client(&fast());
    let mut retry = client.retry("GET https://r.example/v2/");
    run(async {
        retry.after_failure(failed(Cause::NoSuchName, false)).await.unwrap();
        let error = retry.after_failure(failed(Cause::NoSuchName, false)).await.unwrap_err();
        assert!(error.to_string().starts_with("GET https://r.example/v2/: it broke (after 2 tries in "), "{error}");
    });
    assert_eq!(ear.lines(), ["retry GET https://r.example/v2/: it broke"], "the request is named once");
}

#[test]
fn what_no_other_try_can_mend_ends_at_once() {
    for cause in [Cause::Untrusted, Cause::Malformed, Cause::Redirect, Cause::Local] {
        let (client, ear) = client(&fast());
        let mut failure = failed(cause, true);
        failure.hint = Some("do this".to_owned());
        let error = run(client.retry("the upload").after_failure(failure)).unwrap_err();
        assert_eq!(error.to_string(), "GET https://r.example/v2/: it broke");
        assert_eq!((error.hint_text(), ear.retries()), (Some("do this"), 0));
    }
}

#[test]
fn what_the_server_asks_for_is_waited_in_full() {
    for (headers, least) in [
        (vec!["Retry-After: 5"], 5),
        (vec!["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:42 GMT"], 5),
        (vec!["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], 0),
        (vec!["Retry-After: soon"], 0),
    ] {
        let server = after(1, answer("429 Too Many Requests", &headers, ""));
        let began = Instant::now();
        let (found, ear) = send(&server.get("/"));
        assert_eq!((found.unwrap().status.as_u16(), ear.retries()), (200, 1), "{headers:?}");
        let waited = fast().clock.since(began);
        assert!(waited >= Duration::from_secs(least), "{headers:?} {waited:?}");
    }
}

#[test]
fn a_date_counts_from_now_where_the_server_does_not_tell_its_own() {
    let at = |seconds: i64| {
        let then = Timestamp::from_second(Timestamp::now().as_second() + seconds).unwrap();
        let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&then).unwrap();
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        let address = Address::parse("https://r.example/").unwrap();
        let (method, status, body) = (Method::GET, StatusCode::SERVICE_UNAVAILABLE, bytes::Bytes::new());
        asked_to_wait(&Answer { method, address, status, headers, body, idle: Duration::ZERO, tries: None })
            .unwrap()
            .as_secs()
    };
    assert!((98..=100).contains(&at(100)));
    assert_eq!(at(-100), 0);
}

#[test]
fn a_wait_longer_than_the_patience_is_not_begun() {
    for (wait, told) in [("3600", "3600"), ("99999999999999999999999", "18446744073709551615")] {
        let server = after(1, answer("429 Too Many Requests", &[&format!("Retry-After: {wait}")], ""));
        let (found, ear) = send(&server.get("/"));
        let found = found.unwrap();
        assert_eq!((found.status.as_u16(), ear.retries()), (429, 0));
        let expected = format!("the server asks to wait {told} s, longer than --retry-for 120 s");
        assert_eq!(found.tries, Some(expected));
    }
}

#[test]
fn durations_are_written_for_people() {
    for (millis, text) in
        [(0, "0.0 s"), (420, "0.4 s"), (59_999, "59 s"), (60_000, "1 min 0 s"), (123_000, "2 min 3 s")]
    {
        assert_eq!(human_duration(Duration::from_millis(millis)), text);
    }
}
