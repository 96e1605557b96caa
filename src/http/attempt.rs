//! One try of a request: over the wire once for each redirect, with a limit on everything a server can make us wait for or hold.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use reqwest::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT as USER_AGENT_NAME,
};
use reqwest::{Method, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::body::{Flow, Pieces};
use super::causes::{Circumstances, Why, proxy_wants_credentials, why};
use super::client::{Inner, USER_AGENT};
use super::redirect::redirect;
use super::ways::Way;
use super::{Address, Answer, Cause, Failure, Request, exchange};
use crate::notice::{Event, Exchange};

/// The most redirects that are followed.
const REDIRECTS: usize = 10;
/// The most that is read of an answer that is no success.
const ERROR_LIMIT: usize = 64 << 10;
/// How often progress is told, on the wall.
const TICK: Duration = Duration::from_millis(100);
/// An answer takes at most so many times the time that a connection may be silent.
const WHOLE_ANSWER: u32 = 4;

/// Sends a request once, and follows the redirects that may be followed.
pub(super) async fn attempt(inner: &Inner, request: &Request) -> Result<Answer, Failure> {
    let mut address = request.address.clone();
    for _ in 0..=REDIRECTS {
        let trip = Trip::new(inner, request, &address);
        let answer = trip.run().await?;
        let next = redirect(request, &answer).map_err(|why| trip.failure(why))?;
        drop(trip);
        match next {
            None => return Ok(answer),
            Some(next) => address = next,
        }
    }
    let why =
        Why::new(Cause::Redirect, format!("more than {REDIRECTS} redirects, the last to {}", address.authority()));
    Err(Trip::new(inner, request, &request.address).failure(why))
}

/// One request on the wire.
struct Trip<'a> {
    inner: &'a Inner,
    request: &'a Request,
    address: &'a Address,
    flow: Arc<Flow>,
}

/// However it ends, the connection is not to go on sending a body that nobody waits for.
impl Drop for Trip<'_> {
    fn drop(&mut self) {
        self.flow.stop();
    }
}

impl<'a> Trip<'a> {
    fn new(inner: &'a Inner, request: &'a Request, address: &'a Address) -> Self {
        Self { inner, request, address, flow: Arc::new(Flow::new(request.body.size())) }
    }

    async fn run(&self) -> Result<Answer, Failure> {
        if let Some(name) = &self.request.unsendable {
            let why = Why::new(Cause::Local, format!("the value for `{name}` has characters that no header may have"));
            return Err(self.failure(why.hint("look for a line end or a space in the token or password")));
        }
        let headers = self.headers();
        let sent = exchange::shown(&headers, self.address, &[]);
        let secrets = exchange::secrets(&self.request.headers);
        let result = self.exchange(headers).await;
        self.inner.notice.notice(&Event::Exchange(&Exchange {
            method: self.request.method.to_string(),
            url: self.address.to_string(),
            status: result.as_ref().ok().map(|answer| answer.status.as_u16()),
            failure: result.as_ref().err().map(|why| why.text.clone()),
            elapsed: self.inner.options.clock.since(self.flow.began()),
            sent,
            received: result
                .as_ref()
                .map_or_else(|_| Vec::new(), |answer| exchange::shown(&answer.headers, self.address, &secrets)),
        }));
        result.map_err(|why| self.failure(why))
    }

    /// The request's headers, without secrets where they are not for this origin.
    fn headers(&self) -> HeaderMap {
        let at_home = self.address.same_origin(&self.request.address);
        let mut headers = HeaderMap::new();
        for (name, value) in self.request.headers.iter().filter(|(_, value)| at_home || !value.is_sensitive()) {
            headers.append(name, value.clone());
        }
        // How a body is framed is decided here alone.
        for name in [TRANSFER_ENCODING, CONNECTION, CONTENT_LENGTH] {
            headers.remove(name);
        }
        if self.request.body.size() > 0 || matches!(self.request.method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(self.request.body.size()));
        }
        headers.entry(USER_AGENT_NAME).or_insert(HeaderValue::from_static(USER_AGENT));
        headers
    }

    async fn exchange(&self, headers: HeaderMap) -> Result<Answer, Why> {
        let unmade = |error: reqwest::Error| Why::new(Cause::Local, format!("cannot prepare for HTTP: {error}"));
        let way = self.inner.ways.to(self.address).map_err(unmade)?;
        self.tell();
        let head = self.head(&way, headers).await;
        self.tell();
        let response = head?;
        self.inner.has_answered(self.address);
        let clock = self.inner.options.clock;
        let idle = clock.since(self.flow.moved());
        self.flow.touch();
        let status = response.status();
        if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) = (status, way.proxy) {
            let mut why = proxy_wants_credentials();
            why.text = format!("through the proxy {proxy}: {}", why.text);
            return Err(why);
        }
        let headers = response.headers().clone();
        let body = self.body(&way, response).await?;
        let body = if status.is_success() { body } else { exchange::without_secrets(body, &self.request.headers) };
        let (method, address) = (self.request.method.clone(), self.address.clone());
        Ok(Answer { method, address, status, headers, body, idle, tries: None })
    }

    /// Sends the request and waits for the head of the answer.
    async fn head(&self, way: &Way<'_>, headers: HeaderMap) -> Result<Response, Why> {
        let mut request = reqwest::Request::new(self.request.method.clone(), self.address.url().clone());
        *request.headers_mut() = headers;
        if self.request.body.size() > 0 {
            let pieces = Pieces::new(self.request.body.clone(), Arc::clone(&self.flow));
            *request.body_mut() = Some(reqwest::Body::wrap_stream(stream::iter(pieces)));
        }
        let clock = self.inner.options.clock;
        let mut answer = pin!(way.client.execute(request));
        loop {
            let deadline = self.flow.moved() + clock.on_the_wall(self.silence());
            match timeout_at(deadline.min(Instant::now() + TICK), answer.as_mut()).await {
                Ok(answer) => return answer.map_err(|error| self.why(way, error)),
                // The limit may have moved meanwhile, with the last piece.
                Err(_) if Instant::now() >= self.flow.moved() + clock.on_the_wall(self.silence()) => {
                    return Err(Why::new(Cause::Stalled, self.silence_told()));
                }
                Err(_) => self.tell(),
            }
        }
    }

    /// How long nothing may move now: longer after a large body, which the server may have to hash and store.
    fn silence(&self) -> Duration {
        let stall = self.inner.options.stall_timeout;
        if self.flow.is_through() { stall + Duration::from_secs(self.flow.sent() / (10 << 20)) } else { stall }
    }

    fn silence_told(&self) -> String {
        let seconds = self.silence().as_secs_f64();
        if self.flow.is_through() {
            format!("no answer for {seconds} s after the body")
        } else {
            format!("no byte for {seconds} s")
        }
    }

    /// Reads the body of the answer. All of it that counts, or why not.
    async fn body(&self, way: &Way<'_>, mut response: Response) -> Result<Bytes, Why> {
        let strict = response.status().is_success();
        let limit = if strict { self.request.answer_limit } else { ERROR_LIMIT };
        let mut body = BytesMut::new();
        if self.request.method == Method::HEAD {
            return Ok(body.freeze());
        }
        let too_large = || Why::new(Cause::Malformed, format!("the answer has more than {limit} bytes"));
        if strict && response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let end =
            Instant::now() + self.inner.options.clock.on_the_wall(self.inner.options.stall_timeout * WHOLE_ANSWER);
        loop {
            match self.chunk(way, &mut response, end).await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body.freeze()),
                // An error is worth more than what is missing of it.
                Err(_) if !strict => return Ok(body.freeze()),
                Err(why) => return Err(why),
            }
            if body.len() > limit {
                if strict {
                    return Err(too_large());
                }
                body.truncate(limit);
                return Ok(body.freeze());
            }
        }
    }

    async fn chunk(&self, way: &Way<'_>, response: &mut Response, end: Instant) -> Result<Option<Bytes>, Why> {
        let stall = self.inner.options.stall_timeout;
        let silent = Instant::now() + self.inner.options.clock.on_the_wall(stall);
        match timeout_at(silent.min(end), response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| self.why(way, error)),
            Err(_) if silent < end => Err(Why::new(
                Cause::Stalled,
                format!("no byte for {} s in the middle of the answer", stall.as_secs_f64()),
            )),
            Err(_) => {
                let limit = (stall * WHOLE_ANSWER).as_secs_f64();
                Err(Why::new(Cause::Stalled, format!("the answer did not come to its end in {limit} s")))
            }
        }
    }

    fn tell(&self) {
        if let Some(progress) = self.request.progress.as_ref().filter(|_| self.request.body.size() > 0) {
            (progress.0)(self.flow.sent());
        }
    }

    fn why(&self, way: &Way<'_>, error: reqwest::Error) -> Why {
        match self.flow.fault() {
            Some(fault) => Why::new(Cause::Local, format!("cannot read what is to be sent: {fault}")),
            None => why(&error.without_url(), Circumstances { proxy: way.proxy, no_roots: way.no_roots }),
        }
    }

    fn failure(&self, why: Why) -> Failure {
        Failure {
            cause: why.cause,
            message: format!("{} {}: {}", self.request.method, self.address, why.text),
            hint: why.hint,
            idle: self.inner.options.clock.since(self.flow.moved()),
            host_answered: self.inner.did_answer(self.address),
        }
    }
}

#[cfg(test)]
mod tests;
