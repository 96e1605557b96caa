//! The client.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::proxy::Proxies;
use super::ways::Ways;
use super::{Address, Answer, Clock, Failure, Request, Retry, attempt};
use crate::error::Error;
use crate::notice::{Event, Notice};

/// What we call ourselves.
pub(super) const USER_AGENT: &str = concat!("consign/", env!("CARGO_PKG_VERSION"));

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// PEM files with certificates to trust beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// Who we are, to servers that ask for a certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Trust any certificate. A warning says so each time.
    pub skip_tls_verify: bool,
    /// How long a connection may be silent.
    pub stall_timeout: Duration,
    /// How long to try again without getting anywhere.
    pub retry_for: Duration,
    /// Time.
    pub clock: Clock,
}

impl Default for Options {
    /// 30 seconds of silence, 2 minutes of retries.
    fn default() -> Self {
        Self {
            ca_files: Vec::new(),
            client_certificate: None,
            skip_tls_verify: false,
            stall_timeout: Duration::from_secs(30),
            retry_for: Duration::from_mins(2),
            clock: Clock::default(),
        }
    }
}

/// A client certificate and its key, in PEM files.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The certificate, and those between it and the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Sends requests. Clones share connections, and what is known of hosts.
///
/// It works in one tokio runtime: the one in which the first request is sent.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) options: Options,
    pub(super) notice: Arc<dyn Notice>,
    pub(super) ways: Ways,
    /// The origins that have answered.
    answered: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client. Fails where a certificate or key cannot be read, or the proxy variables make no sense.
    pub fn new(options: &Options, notice: Arc<dyn Notice>) -> Result<Self, Error> {
        Self::through(Proxies::from_environment()?, options, notice)
    }

    /// As [`Client::new`], with these proxies.
    pub(super) fn through(proxies: Proxies, options: &Options, notice: Arc<dyn Notice>) -> Result<Self, Error> {
        let ways = Ways::new(proxies, options)?;
        if options.skip_tls_verify {
            let text = "certificates are not verified (--insecure-skip-tls-verify): whoever is on the way can read and change what is sent";
            notice.notice(&Event::Warning(text));
        }
        let inner = Inner { options: options.clone(), notice, ways, answered: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }
    /// The client's clock.
    pub fn clock(&self) -> Clock {
        self.inner.options.clock
    }
    /// How long it tries again without getting anywhere.
    pub(super) fn patience(&self) -> Duration {
        self.inner.options.retry_for
    }
    /// Whom it tells.
    pub fn notice(&self) -> &Arc<dyn Notice> {
        &self.inner.notice
    }
    /// Sends a request, again and again while that may help, and gives the answer, whatever its status.
    pub async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let mut retry = self.retry(format!("{} {}", request.method, request.address));
        loop {
            match self.attempt(request).await {
                Ok(answer) => {
                    if let Some(answer) = retry.after_answer(answer, request.patience).await {
                        return Ok(answer);
                    }
                }
                Err(failure) => retry.after_failure(failure).await?,
            }
        }
    }
    /// Sends a request once (following redirects that may be followed).
    pub async fn attempt(&self, request: &Request) -> Result<Answer, Failure> {
        attempt::attempt(&self.inner, request).await
    }
    /// The patience for an operation of several requests; `what` names it when it is tried again: `the upload of sha256:…`.
    pub fn retry(&self, what: impl Into<String>) -> Retry {
        Retry::new(self.clone(), what.into())
    }
}

impl Inner {
    /// Remembers that there is somebody at `address`.
    pub(super) fn has_answered(&self, address: &Address) {
        let origin = address.url().origin().ascii_serialization();
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(origin);
    }

    /// Whether there ever was an answer from there.
    pub(super) fn did_answer(&self, address: &Address) -> bool {
        let origin = address.url().origin().ascii_serialization();
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).contains(&origin)
    }
}
