//! Requests and answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};

use super::{Address, Secret};
use crate::oci::Blob;

/// A request, to be sent as often as needed.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) address: Address,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) answer_limit: usize,
    pub(super) patience: Patience,
    pub(super) progress: Option<Progress>,
    pub(super) body_is_secret: bool,
    /// A header whose value no header may have.
    pub(super) unsendable: Option<HeaderName>,
}

/// What a request brings along.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing; `Content-Length: 0` with POST and PUT.
    #[default]
    Empty,
    /// Bytes.
    Bytes(Bytes),
    /// A blob, read from its start at every attempt; `Content-Length` is its size, never chunked.
    Blob(Blob),
}

impl Body {
    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob(blob) => blob.descriptor.size,
        }
    }
}

/// How long an answer of 5xx is worth another try. What is no answer at all is always worth the whole of `retry_for`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// For `retry_for`.
    #[default]
    Full,
    /// Three attempts in all: there is another way to find out.
    Brief,
}

/// Hears how many bytes of the body have been sent in this attempt, beginning with 0.
#[derive(Clone)]
pub struct Progress(pub Arc<dyn Fn(u64) + Send + Sync>);

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

impl Request {
    /// A request without headers and body, whose answer may have 4 MiB.
    pub fn new(method: Method, address: Address) -> Self {
        Self {
            method,
            address,
            headers: HeaderMap::new(),
            body: Body::Empty,
            answer_limit: 4 << 20,
            patience: Patience::Full,
            progress: None,
            body_is_secret: false,
            unsendable: None,
        }
    }
    /// Adds a header; a value that is no valid header value is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
    /// `Authorization`, marked as sensitive. It goes to the origin of the request's address only, whatever redirects say.
    #[must_use]
    pub fn authorization(self, value: &Secret) -> Self {
        self.secret_header(AUTHORIZATION, value)
    }
    /// A header whose value is never shown, and that goes to the origin of the request's address only. Without a value that a header
    /// can have the request fails: it must not go out as somebody else's.
    #[must_use]
    pub fn secret_header(mut self, name: HeaderName, value: &Secret) -> Self {
        match HeaderValue::from_str(value.expose()) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(name, value);
            }
            Err(_) => self.unsendable = Some(name),
        }
        self
    }
    /// What it brings along.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }
    /// What it brings along goes to the origin of the request's address only, whatever redirects say.
    #[must_use]
    pub const fn secret_body(mut self) -> Self {
        self.body_is_secret = true;
        self
    }

    /// The most bytes that the answer may have; of an error's (4xx, 5xx) only the first 64 KiB are read, and no more is no failure.
    #[must_use]
    pub const fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }
    /// See [`Patience`].
    #[must_use]
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }
    /// Who hears of the progress of the body.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }
    /// Its method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// See [`Patience`].
    pub const fn how_patient(&self) -> Patience {
        self.patience
    }

    /// Where it goes.
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The method that was used.
    pub method: Method,
    /// Where it came from: the request's address, or where redirects led.
    pub address: Address,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// For how long nothing had moved when it began, on the client's clock.
    pub idle: Duration,
    /// `after 5 tries in 1 min 58 s`, where it took more than one; for errors.
    pub tries: Option<String>,
}

impl Answer {
    /// A header's text; none where it is missing or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
