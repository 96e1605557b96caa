//! Servers that do with each connection whatever a test says, and an ear for events.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::proxy::Proxies;
use super::{Address, Answer, Client, Clock, Failure, Method, Options, Request};
use crate::notice::{Event, Notice};

/// A server on a port of its own. Its threads end with the process.
pub(super) struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Calls `script` for each connection, with its number from 0 on.
    pub(super) fn raw(script: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(number, stream));
            }
        });
        Self { port, heads: Arc::default() }
    }

    /// Reads the head of one request from each connection, remembers it, and then calls `script`.
    pub(super) fn http(script: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let remembered = Arc::clone(&heads);
        let server = Self::raw(move |number, mut stream| {
            let head = read_head(&mut stream);
            remembered.lock().unwrap().push(head.clone());
            script(number, &head, &mut stream);
        });
        Self { heads, ..server }
    }

    /// Always gives this answer, after the body of the request.
    pub(super) fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::http(move |_, head, stream| {
            read_body(head, stream);
            stream.write_all(answer.as_bytes()).unwrap();
        })
    }

    pub(super) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn address(&self, path: &str) -> Address {
        Address::new("http", &self.authority(), path).unwrap()
    }

    pub(super) fn get(&self, path: &str) -> Request {
        Request::new(Method::GET, self.address(path))
    }

    pub(super) fn put(&self, path: &str) -> Request {
        Request::new(Method::PUT, self.address(path))
    }

    /// The heads of the requests so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// An answer with a length, after which the connection is closed.
pub(super) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        write!(text, "{header}\r\n").unwrap();
    }
    text + "\r\n" + body
}

/// Reads up to the empty line.
pub(super) fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Reads as much as the head says; how much that was.
pub(super) fn read_body(head: &str, stream: &mut impl Read) -> u64 {
    let length = header(head, "content-length").map_or(0, |text| text.parse().unwrap());
    std::io::copy(&mut stream.take(length), &mut std::io::sink()).unwrap_or(0)
}

/// A header of a request's head.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Closes a connection so that the client sees a reset: there is something that was never read.
pub(super) fn reset(stream: TcpStream) {
    stream.peek(&mut [0]).unwrap();
    drop(stream);
}

/// Neither reads nor writes for longer than any test takes.
pub(super) fn be_silent() {
    std::thread::sleep(Duration::from_mins(1));
}

/// What was told, a line each.
#[derive(Default)]
pub(super) struct Ear(Mutex<Vec<String>>);

impl Ear {
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The retries alone.
    pub(super) fn retries(&self) -> usize {
        self.lines().iter().filter(|line| line.starts_with("retry ")).count()
    }
}

impl Notice for Ear {
    fn notice(&self, event: &Event<'_>) {
        let line = match event {
            Event::Warning(text) => format!("warning {text}"),
            Event::Retrying { what, why, .. } => format!("retry {what}: {why}"),
            Event::Exchange(exchange) => {
                let end =
                    exchange.status.map(|status| status.to_string()).or_else(|| exchange.failure.clone()).unwrap();
                format!("{} {} {end} {:?} {:?}", exchange.method, exchange.url, exchange.sent, exchange.received)
            }
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// Options whose clock is twenty times as fast. On a busy machine a thread may wait for its turn for a tenth of a second.
pub(super) fn fast() -> Options {
    Options { clock: Clock::faster(20), ..Options::default() }
}

/// As [`fast`], and a connection may be silent for no longer than so many seconds.
pub(super) fn stalling_after(seconds: u64) -> Options {
    Options { stall_timeout: Duration::from_secs(seconds), ..fast() }
}

/// A client without proxies, and what it tells.
pub(super) fn client(options: &Options) -> (Client, Arc<Ear>) {
    let ear = Arc::new(Ear::default());
    (Client::through(Proxies::default(), options, Arc::clone(&ear) as Arc<dyn Notice>).unwrap(), ear)
}

/// One attempt of a client with fast time.
pub(super) fn attempt(request: &Request) -> Result<Answer, Failure> {
    attempt_with(&fast(), request)
}

pub(super) fn attempt_with(options: &Options, request: &Request) -> Result<Answer, Failure> {
    run(async { client(options).0.attempt(request).await })
}

pub(super) fn run<F: Future>(future: F) -> F::Output {
    crate::runtime::block_on(future).unwrap()
}
