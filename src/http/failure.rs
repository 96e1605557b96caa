//! Why an attempt got no answer.

use std::time::Duration;

use crate::error::{Error, Kind};

/// What an attempt failed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The name of the host does not exist.
    NoSuchName,
    /// No connection: refused, no route, no answer in time, the proxy refuses.
    Unreachable,
    /// TLS will not be had from this host: its certificate is not trusted, or it speaks no TLS at all.
    Untrusted,
    /// The connection broke: reset, closed, a truncated answer, a TLS hiccup.
    Interrupted,
    /// Nothing moved for longer than it may.
    Stalled,
    /// The answer is larger than it may be, or no HTTP.
    Malformed,
    /// A redirect that must not be followed, or one too many.
    Redirect,
    /// Our own side: the body could not be read.
    Local,
}

/// An attempt that got no answer.
#[derive(Debug)]
pub struct Failure {
    /// What sort of failure.
    pub cause: Cause,
    /// `PUT https://host/…/uploads/…: the connection was reset`: what was tried on what, and why it failed, on one line.
    pub message: String,
    /// What to do, where something can be advised.
    pub hint: Option<String>,
    /// For how long before the end nothing had moved, on the client's clock.
    pub idle: Duration,
    /// Whether the host has answered anything in this command; one that never did is not waited for as long.
    pub host_answered: bool,
}

impl Failure {
    /// Whether trying again may help.
    pub const fn is_transient(&self) -> bool {
        matches!(self.cause, Cause::NoSuchName | Cause::Unreachable | Cause::Interrupted | Cause::Stalled)
    }
}

/// [`Kind::Network`]; of kind [`Kind::Local`] where it was our side.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let kind = if failure.cause == Cause::Local { Kind::Local } else { Kind::Network };
        let error = Self::new(kind, failure.message);
        match failure.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
