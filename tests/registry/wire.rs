//! HTTP/1.1 as bytes on a socket: heads and bodies read, answers written. Nothing here knows what a registry is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::pace::Clock;

/// The longest head that is read.
const HEAD_LIMIT: usize = 256 << 10;

/// A connection's bytes, encrypted or not.
pub trait Socket: Read + Write + Send {}
impl<T: Read + Write + Send> Socket for T {}

/// A connection on which requests arrive.
pub struct Wire {
    reader: BufReader<Box<dyn Socket>>,
    /// The same socket below any encryption.
    raw: TcpStream,
}

/// A request without its body.
#[derive(Clone, Debug)]
pub struct Head {
    pub method: String,
    /// As it was sent.
    pub target: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
}

/// What a request brought along.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Empty where it was longer than what is kept.
    pub bytes: Bytes,
    pub length: u64,
    /// `sha256:…` of all of it.
    pub digest: String,
    pub framing: Framing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    #[default]
    None,
    Length(u64),
    Chunked,
}

/// What goes back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

pub fn sha256(bytes: &[u8]) -> String {
    digest_text(Sha256::new_with_prefix(bytes))
}

pub fn digest_text(hasher: Sha256) -> String {
    let hex: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Wire {
    pub fn new(socket: Box<dyn Socket>, raw: TcpStream) -> Self {
        Self { reader: BufReader::with_capacity(64 << 10, socket), raw }
    }

    /// The next request's head; none where the client has closed.
    pub fn read_head(&mut self, clock: &Clock) -> io::Result<Option<Head>> {
        let mut text = Vec::new();
        loop {
            let before = text.len();
            (&mut self.reader).take(HEAD_LIMIT as u64).read_until(b'\n', &mut text)?;
            clock.touch();
            if text.len() == before && before == 0 {
                return Ok(None);
            }
            // Also where the client went away behind a whole line, as one does that speaks TLS and is not understood.
            if text.len() == before || text.len() > HEAD_LIMIT || !text.ends_with(b"\n") {
                return Err(io::Error::other("a head that is too long or has no end"));
            }
            if matches!(&text[before..], b"\r\n" | b"\n") {
                return parse_head(&String::from_utf8_lossy(&text)).map(Some);
            }
        }
    }

    /// The body, all of it; `keep` is how much of it is worth memory.
    pub fn read_body(&mut self, head: &Head, keep: u64, clock: &Clock) -> io::Result<Body> {
        let framing = head.framing()?;
        if framing != Framing::None
            && head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let room = match framing {
            Framing::Length(length) if length <= keep => length.min(256 << 20),
            _ => 0,
        };
        let bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
        let mut sink = Sink { keep, clock, bytes, length: 0, hasher: Sha256::new() };
        match framing {
            Framing::None => {}
            Framing::Length(length) => copy_exactly(&mut self.reader, length, &mut sink)?,
            Framing::Chunked => loop {
                let size = read_line(&mut self.reader)?;
                let size = size.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
                copy_exactly(&mut self.reader, size, &mut sink)?;
                if size == 0 {
                    while !read_line(&mut self.reader)?.is_empty() {}
                    break;
                }
                read_line(&mut self.reader)?;
            },
        }
        let Sink { bytes, length, hasher, .. } = sink;
        Ok(Body { bytes: bytes.into(), length, digest: digest_text(hasher), framing })
    }

    /// Reads so many bytes and throws them away.
    pub fn discard(&mut self, bytes: u64) -> io::Result<u64> {
        io::copy(&mut (&mut self.reader).take(bytes), &mut io::sink())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let socket = self.reader.get_mut();
        socket.write_all(bytes)?;
        socket.flush()
    }

    /// Ends the connection with a reset: the client sees `ECONNRESET` instead of an end.
    pub fn reset(self) {
        // Where it fails the connection just ends, and the test that waits for a reset says so.
        let _ = socket2::SockRef::from(&self.raw).set_linger(Some(Duration::ZERO));
    }
}

/// Where a body goes.
struct Sink<'a> {
    keep: u64,
    clock: &'a Clock,
    bytes: Vec<u8>,
    length: u64,
    hasher: Sha256,
}

impl Sink<'_> {
    fn take(&mut self, piece: &[u8]) {
        self.clock.touch();
        self.hasher.update(piece);
        self.length += piece.len() as u64;
        if self.length <= self.keep {
            self.bytes.extend_from_slice(piece);
        } else {
            self.bytes = Vec::new();
        }
    }
}

fn copy_exactly(reader: &mut impl BufRead, length: u64, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        sink.take(&piece[..count]);
        reader.consume(count);
        left -= count as u64;
    }
    Ok(())
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(1024).read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn parse_head(text: &str) -> io::Result<Head> {
    let broken = || io::Error::other(format!("no HTTP request: {text:?}"));
    let mut lines = text.lines();
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1"] = words[..] else { return Err(broken()) };
    let mut headers = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(broken)?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    // A proxy is sent the whole URL.
    let local = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => target,
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    Ok(Head {
        method: method.to_owned(),
        target: target.to_owned(),
        path: path.to_owned(),
        query: parse_query(query),
        headers,
    })
}

/// `a=b&c=d` of a query or a form.
pub fn parse_query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (unescape(key), unescape(value)))
        .collect()
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Body {
    /// Both, one after the other; none where they are too long to be kept.
    pub fn followed_by(&self, next: &Self) -> Option<Self> {
        let kept = |body: &Self| body.bytes.len() as u64 == body.length;
        if self.length == 0 {
            return Some(next.clone());
        }
        if next.length == 0 {
            return Some(self.clone());
        }
        if !kept(self) || !kept(next) {
            return None;
        }
        let bytes = [&self.bytes[..], &next.bytes[..]].concat();
        Some(Self { length: bytes.len() as u64, digest: sha256(&bytes), bytes: bytes.into(), framing: next.framing })
    }
}

impl Head {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A parameter of the query.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn framing(&self) -> io::Result<Framing> {
        let chunked = self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        match self.header("content-length") {
            Some(_) if chunked => Err(io::Error::other("both Content-Length and Transfer-Encoding")),
            Some(length) => length.parse().map(Framing::Length).map_err(io::Error::other),
            None if chunked => Ok(Framing::Chunked),
            None => Ok(Framing::None),
        }
    }
}

/// A header's value, whatever the case of its name.
pub fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Answer {
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status).body("application/json", value.to_string())
    }

    /// An error as the distribution specification writes it.
    pub fn error(status: u16, code: &str, message: &str, detail: &str) -> Self {
        let mut error = serde_json::json!({ "code": code, "message": message });
        if !detail.is_empty() {
            error["detail"] = serde_json::json!({ "digest": detail });
        }
        Self::json(status, &serde_json::json!({ "errors": [error] }))
    }

    /// Sets a header, or takes it away.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        if let Some(value) = value {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The status line and the headers, `Content-Length` among them.
    pub fn head_bytes(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if self.status != 204
            && find(&self.headers, "content-length").is_none()
            && find(&self.headers, "transfer-encoding").is_none()
        {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        text += "\r\n";
        text.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Whatever",
    }
}
