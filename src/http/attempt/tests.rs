use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::testing::{
    Server, answer, attempt, attempt_with, be_silent, client, fast, header, read_body, read_head, reset, run,
    stalling_after,
};
use super::super::{Body, Clock, Options, Progress, Secret};
use super::*;
use crate::oci::Blob;

const OK: &str = "200 OK";

fn failure(request: &Request) -> Failure {
    attempt(request).unwrap_err()
}

fn large_body(size: usize) -> Body {
    Body::Blob(Blob::from_bytes("text/plain", vec![b'x'; size]))
}

#[test]
fn an_answer_has_status_headers_and_body() {
    let server = Server::answering(answer("404 Not Found", &["X-One: 1"], "no such thing"));
    let found = attempt(&server.get("/v2/?n=1").header(reqwest::header::ACCEPT, "text/plain")).unwrap();
    assert_eq!(
        (found.status.as_u16(), found.header("x-one"), &found.body[..]),
        (404, Some("1"), &b"no such thing"[..])
    );
    let head = &server.heads()[0];
    assert!(head.starts_with("GET /v2/?n=1 HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(head, "accept"), Some("text/plain"));
    assert!(header(head, "user-agent").unwrap().starts_with("consign/"));
    for absent in ["accept-encoding", "content-length", "transfer-encoding", "referer"] {
        assert_eq!(header(head, absent), None, "{absent}");
    }
}

#[test]
fn the_answer_to_head_has_no_body() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
    let found = attempt(&Request::new(Method::HEAD, server.address("/"))).unwrap();
    assert_eq!((found.status.as_u16(), found.body.len()), (200, 0));
}

#[test]
fn bodies_are_sent_with_their_length_and_never_chunked() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let server = Server::http(move |_, head, stream| {
        let mut body = Vec::new();
        let length = header(head, "content-length").unwrap().parse().unwrap();
        stream.take(length).read_to_end(&mut body).unwrap();
        sink.lock().unwrap().push(body);
        stream.write_all(answer("201 Created", &[], "").as_bytes()).unwrap();
    });
    let bytes: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let bodies =
        [Body::Empty, Body::Bytes(bytes.clone().into()), Body::Blob(Blob::from_bytes("text/plain", bytes.clone()))];
    let framing = reqwest::header::HeaderName::from_static("transfer-encoding");
    for body in bodies {
        attempt(&server.put("/").header(framing.clone(), "chunked").body(body)).unwrap();
    }
    assert!(*received.lock().unwrap() == [vec![], bytes.clone(), bytes]);
    for (head, length) in server.heads().iter().zip(["0", "300000", "300000"]) {
        assert_eq!((header(head, "content-length"), header(head, "transfer-encoding")), (Some(length), None));
    }
}

#[test]
fn progress_is_told_from_nothing_to_all() {
    let server = Server::answering(answer("201 Created", &[], ""));
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let progress = Progress(Arc::new(move |sent| sink.lock().unwrap().push(sent)));
    attempt(&server.put("/").body(large_body(1_000_000)).progress(progress)).unwrap();
    let told = told.lock().unwrap();
    assert_eq!((told.first(), told.last()), (Some(&0), Some(&1_000_000)));
    assert!(told.is_sorted(), "{told:?}");
}

#[test]
fn a_blob_with_fewer_bytes_than_it_says_is_our_own_fault() {
    let server = Server::answering(answer("201 Created", &[], ""));
    let mut blob = Blob::from_bytes("text/plain", b"short".to_vec());
    blob.descriptor.size = 9;
    let failure = failure(&server.put("/").body(Body::Blob(blob)));
    assert_eq!(failure.cause, Cause::Local);
    assert!(failure.message.contains("it has 5 bytes, not the 9 "), "{}", failure.message);
    assert_eq!(crate::error::Error::from(failure).kind(), crate::error::Kind::Local);
}

/// Whatever breaks, the cause says whether another try may help.
#[test]
fn connections_that_break_are_told_apart() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    let garbled = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
    let say = |text: &'static str| Server::answering(text);
    let flood = format!("HTTP/1.1 200 OK\r\n{}", "X-A: b\r\n".repeat(10_000));
    let long = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "b".repeat(1 << 20));
    for (server, cause, text) in [
        (Server::raw(|_, stream| reset(stream)), Cause::Interrupted, "the connection was "),
        (say(""), Cause::Interrupted, "the connection was closed before the answer"),
        (say("HTTP/1.1 200 O"), Cause::Interrupted, "the connection was closed before the answer"),
        (say(half), Cause::Interrupted, "the answer was cut short"),
        (say(chunk), Cause::Interrupted, "the answer was cut short"),
        (say(garbled), Cause::Malformed, "the answer is no HTTP"),
        (say("SSH-2.0-OpenSSH_9.2\r\n\r\n"), Cause::Malformed, "the answer is no HTTP"),
        (Server::answering(flood), Cause::Malformed, "the headers of the answer are too large"),
        (Server::answering(long), Cause::Malformed, "the headers of the answer are too large"),
    ] {
        let failure = failure(&server.get("/"));
        assert_eq!(failure.cause, cause, "{}", failure.message);
        let told = failure.message.strip_prefix(&format!("GET http://{}/: ", server.authority())).unwrap();
        assert!(told.starts_with(text), "{told}");
    }
}

#[test]
fn a_port_where_nobody_listens_refuses() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let request = Request::new(Method::GET, Address::new("http", &format!("127.0.0.1:{port}"), "/v2/").unwrap());
    let failure = failure(&request);
    assert_eq!(failure.message, format!("GET http://127.0.0.1:{port}/v2/: the connection was refused"));
    assert_eq!((failure.cause, failure.host_answered), (Cause::Unreachable, false));
}

#[test]
fn a_reset_in_the_middle_of_a_body_interrupts() {
    let server = Server::http(|_, _, stream| reset(stream.try_clone().unwrap()));
    let failure = failure(&server.put("/").body(large_body(8 << 20)));
    assert_eq!(failure.cause, Cause::Interrupted, "{}", failure.message);
}

#[test]
fn an_answer_that_comes_before_the_end_of_the_body_counts() {
    let came = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&came);
    let server = Server::http(move |_, head, stream| {
        stream.read_exact(&mut [0; 1000]).unwrap();
        stream.write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        count.store(read_body(head, stream), Ordering::SeqCst);
    });
    let size = 24 << 20;
    let (client, _) = client(&fast());
    let found = run(async {
        let found = client.attempt(&server.put("/").body(large_body(size))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        found
    });
    assert_eq!((found.status.as_u16(), &found.body[..]), (413, &b"too much"[..]));
    let came = came.load(Ordering::SeqCst);
    assert!(came > 0 && came < size as u64 / 2, "nobody waits for the rest, which is not sent: {came}");
}

#[test]
fn a_server_that_answers_and_hangs_up_is_heard() {
    let server = Server::http(|_, _, stream| {
        stream.write_all(answer("401 Unauthorized", &[], "who are you").as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // What lies there unread when it is closed becomes a reset.
        std::thread::sleep(Duration::from_millis(50));
    });
    assert_eq!(attempt(&server.put("/").body(large_body(16 << 20))).unwrap().status, 401);
}

#[test]
fn silence_has_an_end() {
    let silent = Server::http(|_, _, _| be_silent());
    let half = Server::http(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
        be_silent();
    });
    let never_final = Server::http(|_, _, stream| {
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    for (server, text) in [
        (silent, "no byte for 10 s"),
        (half, "no byte for 10 s in the middle of the answer"),
        (never_final, "no byte for 10 s"),
    ] {
        let failure = attempt_with(&stalling_after(10), &server.get("/")).unwrap_err();
        assert_eq!(failure.cause, Cause::Stalled, "{}", failure.message);
        assert!(failure.message.ends_with(text), "{}", failure.message);
        assert!(failure.idle >= Duration::from_secs(10), "{:?}", failure.idle);
    }
}

#[test]
fn a_body_that_nobody_takes_stalls() {
    let server = Server::http(|_, _, _| be_silent());
    let failure = attempt_with(&stalling_after(6), &server.put("/").body(large_body(16 << 20))).unwrap_err();
    assert!(failure.cause == Cause::Stalled && failure.message.ends_with("no byte for 6 s"), "{}", failure.message);
}

#[test]
fn a_body_that_moves_has_all_the_time_it_needs() {
    let server = Server::http(|_, _, stream| {
        // Longer in all than the 500 ms of silence that the clock allows.
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(80));
            stream.read_exact(&mut vec![0; 4 << 20]).unwrap();
        }
        stream.write_all(answer("201 Created", &[], "").as_bytes()).unwrap();
    });
    assert_eq!(attempt_with(&stalling_after(10), &server.put("/").body(large_body(32 << 20))).unwrap().status, 201);
}

#[test]
fn after_a_large_body_the_answer_may_take_longer() {
    let server = Server::http(|_, head, stream| {
        read_body(head, stream);
        std::thread::sleep(Duration::from_millis(750));
        let _ = stream.write_all(answer("201 Created", &[], "").as_bytes());
    });
    // 500 ms of silence on the wall; 50 MiB have 5 s, or 500 ms, more.
    let options = Options { clock: Clock::faster(10), ..stalling_after(5) };
    let failure = attempt_with(&options, &server.put("/").body(large_body(1 << 20))).unwrap_err();
    assert!(failure.message.ends_with("no answer for 5 s after the body"), "{}", failure.message);
    assert_eq!(attempt_with(&options, &server.put("/").body(large_body(50 << 20))).unwrap().status, 201);
}

#[test]
fn a_slow_drip_does_not_go_on_for_ever() {
    let server = Server::http(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").unwrap();
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let failure = attempt_with(&stalling_after(5), &server.get("/")).unwrap_err();
    assert_eq!(failure.cause, Cause::Stalled);
    assert!(failure.message.ends_with("the answer did not come to its end in 20 s"), "{}", failure.message);
    assert!(failure.idle >= Duration::from_secs(19), "a drip gets nobody anywhere: {:?}", failure.idle);
}

#[test]
fn answers_have_a_limit() {
    let endless = |status: &'static str| {
        Server::http(move |_, _, stream| {
            stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).unwrap();
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        })
    };
    let server = endless(OK);
    let failure = failure(&server.get("/").answer_limit(100_000));
    assert_eq!(failure.cause, Cause::Malformed);
    assert!(failure.message.ends_with("the answer has more than 100000 bytes"), "{}", failure.message);
    let known = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
    assert_eq!(attempt(&known.get("/").answer_limit(10)).unwrap_err().cause, Cause::Malformed);
    let exact = Server::answering(answer(OK, &[], "0123456789"));
    assert_eq!(attempt(&exact.get("/").answer_limit(10)).unwrap().body.len(), 10);
    let error = attempt(&endless("500 Internal Server Error").get("/").answer_limit(10)).unwrap();
    assert_eq!((error.status.as_u16(), error.body.len()), (500, ERROR_LIMIT));
}

#[test]
fn of_an_error_that_is_cut_short_what_came_is_given() {
    let server = Server::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{\"errors\":");
    let found = attempt(&server.get("/")).unwrap();
    assert_eq!((found.status.as_u16(), &found.body[..]), (403, &b"{\"errors\":"[..]));
}

#[test]
fn a_gzip_bomb_stays_packed() {
    let server = Server::answering(answer(OK, &["Content-Encoding: gzip"], "\u{1f}never unpacked"));
    assert!(attempt(&server.get("/")).unwrap().body.starts_with(b"\x1fnever"));
}

#[test]
fn each_request_on_the_wire_is_told_without_secrets() {
    let location = "Location: /uploads/sesame?state=sesame";
    let server = Server::http(move |number, _, stream| {
        let cookie = ["Set-Cookie: sesame", location];
        let text =
            if number == 0 { answer("307 Temporary Redirect", &cookie, "") } else { answer(OK, &cookie[..1], "") };
        stream.write_all(text.as_bytes()).unwrap();
    });
    let (client, ear) = client(&fast());
    let request = Request::new(Method::GET, server.address("/token?account=sesame").upload());
    run(client.attempt(&request.authorization(&Secret::new("Bearer sesame")))).unwrap();
    let lines = ear.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let begin = format!("GET http://{}/…/uploads/…", server.authority());
    assert!(
        lines[0].starts_with(&format!("{begin} 307 ")) && lines[1].starts_with(&format!("{begin} 200 ")),
        "{lines:?}"
    );
    assert!(
        lines[0].contains(r#"("authorization", "***")"#) && lines[0].contains(r#"("set-cookie", "***")"#),
        "{lines:?}"
    );
    assert!(!lines.concat().contains("sesame"), "{lines:?}");
}

#[test]
fn connections_are_used_again() {
    let server = Server::raw(|number, mut stream| {
        loop {
            let head = read_head(&mut stream);
            if head.is_empty() {
                return;
            }
            let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
            stream.write_all(text.as_bytes()).unwrap();
        }
    });
    let (client, _) = client(&fast());
    run(async {
        for _ in 0..3 {
            assert_eq!(&client.attempt(&server.get("/")).await.unwrap().body[..], b"0");
        }
    });
}
