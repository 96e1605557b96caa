//! The body of a request on its way: its pieces, and how far it has come.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::Body;

/// The most that is handed over at once. HTTP/1 buffers a few of them, so what was handed over has nearly been sent.
const PIECE: usize = 64 << 10;

/// What is known, on both ends, of a body on its way.
#[derive(Debug)]
pub(super) struct Flow {
    began: Instant,
    size: u64,
    sent: AtomicU64,
    /// When something moved last: microseconds after `began`.
    moved: AtomicU64,
    stopped: AtomicBool,
    fault: Mutex<Option<String>>,
}

impl Flow {
    pub(super) fn new(size: u64) -> Self {
        Self {
            began: Instant::now(),
            size,
            sent: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            fault: Mutex::new(None),
        }
    }

    pub(super) const fn began(&self) -> Instant {
        self.began
    }

    /// The bytes of the body that have been handed over.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether all of a body has been handed over; never where there is none.
    pub(super) fn is_through(&self) -> bool {
        self.size > 0 && self.sent() >= self.size
    }

    /// When something moved last.
    pub(super) fn moved(&self) -> Instant {
        self.began + Duration::from_micros(self.moved.load(Ordering::Relaxed))
    }

    /// Something moves now.
    pub(super) fn touch(&self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.moved.store(micros, Ordering::Relaxed);
    }

    /// Nobody wants the rest: the connection is not to be kept busy with it.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Why the body could not be read.
    pub(super) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fail(&self, why: String) -> io::Error {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        io::Error::other("the body cannot be read")
    }
}

/// The pieces of a body, one after another.
pub(super) struct Pieces {
    body: Body,
    at: u64,
    flow: Arc<Flow>,
}

impl Pieces {
    pub(super) const fn new(body: Body, flow: Arc<Flow>) -> Self {
        Self { body, at: 0, flow }
    }

    fn piece(&self, rest: u64) -> io::Result<Bytes> {
        let most = usize::try_from(rest).map_or(PIECE, |rest| rest.min(PIECE));
        match &self.body {
            Body::Empty => Ok(Bytes::new()),
            Body::Bytes(bytes) => {
                // `at` and `most` end within the bytes: their sum is at most `Body::size`.
                let at = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes.slice(at..at.saturating_add(most).min(bytes.len())))
            }
            Body::Blob(blob) => {
                let mut buffer = vec![0; most];
                let read = loop {
                    match blob.read_at(&mut buffer, self.at) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        result => break result,
                    }
                };
                buffer.truncate(read.map_err(|error| self.flow.fail(error.to_string()))?);
                Ok(buffer.into())
            }
        }
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.body.size().saturating_sub(self.at);
        if rest == 0 {
            return None;
        }
        if self.flow.stopped.load(Ordering::Relaxed) {
            return Some(Err(io::Error::other("an answer came before the end of the body")));
        }
        Some(self.piece(rest).and_then(|piece| {
            if piece.is_empty() {
                let why = format!("it has {} bytes, not the {} that its descriptor says", self.at, self.body.size());
                return Err(self.flow.fail(why));
            }
            self.at += piece.len() as u64;
            self.flow.touch();
            self.flow.sent.store(self.at, Ordering::Relaxed);
            Ok(piece)
        }))
    }
}
