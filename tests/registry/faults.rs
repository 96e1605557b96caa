//! What goes wrong, when: a script of faults for requests and connections.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::wire::Answer;

/// Which requests a fault is for. Of several faults for one request the one that was added first is played; each counts the
/// requests that it matches itself, and not those that an earlier fault took.
#[derive(Clone, Debug)]
pub struct Match {
    method: Option<String>,
    path: String,
    which: Which,
    seen: usize,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    First(usize),
    Nth(usize),
    After(usize),
}

impl Match {
    /// The first request with this method whose path and query, as they were sent, contain `path`.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), which: Which::First(1), seen: 0 }
    }

    /// The same, whatever the method.
    pub fn any(path: &str) -> Self {
        Self { method: None, ..Self::new("", path) }
    }

    /// The first connection, before anything is read from it (and before TLS). It takes [`Fault::Reset`] and [`Fault::Stall`].
    pub fn connection() -> Self {
        Self::new("(connection)", "")
    }

    /// The first `n` of them.
    #[must_use]
    pub const fn times(mut self, n: usize) -> Self {
        self.which = Which::First(n);
        self
    }

    /// The `n`th alone, counted from 1.
    #[must_use]
    pub const fn nth(mut self, n: usize) -> Self {
        self.which = Which::Nth(n);
        self
    }

    /// All but the first `n`.
    #[must_use]
    pub const fn after(mut self, n: usize) -> Self {
        self.which = Which::After(n);
        self
    }

    /// All of them.
    #[must_use]
    pub const fn always(self) -> Self {
        self.after(0)
    }

    fn fires(&mut self, method: &str, target: &str) -> bool {
        if self.method.as_deref().is_some_and(|wanted| wanted != method) || !target.contains(&self.path) {
            return false;
        }
        self.seen += 1;
        match self.which {
            Which::First(n) => self.seen <= n,
            Which::Nth(n) => self.seen == n,
            Which::After(n) => self.seen > n,
        }
    }
}

/// What goes wrong. Where nothing else is said the request has no effect.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer, after the body was read. Made with [`Fault::status`].
    Answer(Answer),
    /// This answer, before the body is read; what comes of that is thrown away, and the connection ends. Made with [`Fault::early`].
    Early(Answer),
    /// 401 with the challenge that the registry has for the request.
    Unauthorized,
    /// A redirect to the very same place.
    RedirectLoop,
    /// A reset instead of reading the body.
    Reset,
    /// A reset after so many bytes of the body.
    ResetWithin(u64),
    /// A reset after the whole body.
    ResetAfter,
    /// The request takes effect, and its answer is lost in a reset.
    LoseAnswer,
    /// Nothing is read any more, and nothing ever answered.
    Stall,
    /// The body is read, and nothing ever answered.
    StallAfter,
    /// The request takes effect; half of the answer's body goes out (at most 64 bytes), then the connection ends. An answer
    /// without a body pretends that it has one, and a HEAD's is whole.
    Truncate,
    /// The request takes effect; the answer ends within its headers.
    TruncateHead,
    /// The request takes effect; the answer has this header instead of its own, or none of that name.
    Header(&'static str, Option<String>),
    /// The request takes effect; its answer goes out byte by byte, with that much time before each.
    Drip(Duration),
    /// The request takes effect, and its answer comes that much later.
    Delay(Duration),
    /// The request takes effect and is answered; then the connection ends, unannounced.
    CloseAfter,
    /// 200 with a body that never ends.
    Endless,
    /// 200 with headers that never end.
    HeaderFlood,
    /// 200 with `Content-Encoding: gzip` and 256 MiB of zeros within 300 KB.
    GzipBomb,
    /// Something that is not HTTP.
    Garbage,
}

impl Fault {
    /// An answer with this status instead of the right one.
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer::new(status))
    }

    /// An answer with this status before the body is read.
    pub fn early(status: u16) -> Self {
        Self::Early(Answer::new(status))
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// Another header of a made-up answer.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|answer| answer.header(name, value))
    }

    /// The body of a made-up answer.
    #[must_use]
    pub fn body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.with(|answer| answer.body(media_type, body))
    }

    /// The body of a made-up answer: one error as the distribution specification writes it.
    #[must_use]
    pub fn error(self, code: &str, message: &str) -> Self {
        let body = Answer::error(0, code, message, "").body;
        self.with(|answer| answer.body("application/json", body))
    }

    fn with(self, change: impl FnOnce(Answer) -> Answer) -> Self {
        match self {
            Self::Answer(answer) => Self::Answer(change(answer)),
            Self::Early(answer) => Self::Early(change(answer)),
            other => panic!("{other:?} is no answer that a test makes up"),
        }
    }
}

/// All faults that are still to come.
#[derive(Debug, Default)]
pub struct Script {
    rules: Mutex<Vec<(Match, Fault)>>,
}

impl Script {
    pub fn add(&self, which: Match, fault: Fault) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push((which, fault));
    }

    pub fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault for this request, if any.
    pub fn pick(&self, method: &str, target: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.iter_mut().find_map(|(which, fault)| which.fires(method, target).then(|| fault.clone()))
    }

    /// The fault for a new connection, if any.
    pub fn pick_connection(&self) -> Option<Fault> {
        self.pick("(connection)", "")
    }
}
