//! Why a request failed, told for people.
//!
//! What reqwest gives is a chain of errors of the crates below it. The innermost one that says something decides.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::Cause;

/// Why an attempt failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) cause: Cause,
    pub(super) text: String,
    pub(super) hint: Option<String>,
}

impl Why {
    pub(super) fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What the error alone does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Circumstances<'a> {
    /// The host and port of the proxy that was used.
    pub(super) proxy: Option<&'a str>,
    /// Whether no root certificate was found on this machine.
    pub(super) no_roots: bool,
}

/// Sorts and translates an error of reqwest.
pub(super) fn why(error: &(dyn StdError + 'static), circumstances: Circumstances<'_>) -> Why {
    let chain: Vec<_> = chain(error).collect();
    let connecting =
        chain.iter().any(|link| link.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect));
    let mut why = of_request(&chain)
        .or_else(|| of_proxy(&chain))
        .or_else(|| of_names(&chain))
        .or_else(|| chain.iter().find_map(|link| Some(of_tls(link.downcast_ref()?, connecting, circumstances))))
        .or_else(|| chain.iter().find_map(|link| of_http(link.downcast_ref()?)))
        .or_else(|| of_timeout(&chain, connecting))
        .or_else(|| chain.iter().rev().find_map(|link| of_system(link.downcast_ref()?, connecting)))
        .unwrap_or_else(|| of_text(&chain));
    if let Some(proxy) = circumstances.proxy.filter(|_| connecting) {
        why.text = format!("through the proxy {proxy}: {}", why.text);
    }
    why
}

/// The error and what it stems from. What an [`io::Error`] wraps is not its source but its inner error.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
    .take(32)
}

/// Nothing was sent: reqwest does not take the request. Only a URL from a server can be that odd.
fn of_request(chain: &[&(dyn StdError + 'static)]) -> Option<Why> {
    let is_builder = chain.first()?.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_builder);
    is_builder.then(|| Why::new(Cause::Malformed, "no request can be made of this URL"))
}

/// hyper-util keeps the type of these to itself; the texts are all there is.
fn of_proxy(chain: &[&(dyn StdError + 'static)]) -> Option<Why> {
    let text = chain.iter().map(ToString::to_string).find(|text| text.starts_with("tunnel error"))?;
    if text.contains("authorization required") {
        Some(proxy_wants_credentials())
    } else if text.contains("unsuccessful") {
        let why = Why::new(Cause::Unreachable, "it refuses to connect to the host");
        Some(why.hint("ask who runs the proxy to let the host pass, or name the host in NO_PROXY"))
    } else {
        None
    }
}

/// Also what an answer of 407 means.
pub(super) fn proxy_wants_credentials() -> Why {
    Why::new(Cause::Unreachable, "it wants a user name and a password (407)")
        .hint("write them into the proxy's URL: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT")
}

/// The resolver's errors have no codes here, but texts in English, whatever the locale: of glibc, musl and macOS.
fn of_names(chain: &[&(dyn StdError + 'static)]) -> Option<Why> {
    const UNKNOWN: [&str; 5] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
    ];
    let is_dns = chain.iter().any(|link| link.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_dns));
    let texts: Vec<_> = chain.iter().map(ToString::to_string).collect();
    if texts.iter().any(|text| UNKNOWN.iter().any(|unknown| text.contains(unknown))) {
        Some(Why::new(Cause::NoSuchName, "there is no host of this name").hint("check the spelling of the host"))
    } else if is_dns || texts.iter().any(|text| text.contains("failed to lookup address")) {
        Some(Why::new(Cause::Unreachable, "the name of the host cannot be looked up at the moment"))
    } else {
        None
    }
}

fn of_tls(error: &rustls::Error, connecting: bool, circumstances: Circumstances<'_>) -> Why {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(error) => of_certificate(error, circumstances),
        E::InvalidMessage(InvalidMessage::InvalidContentType) if connecting => {
            Why::new(Cause::Untrusted, "the server does not speak TLS")
                .hint("for a registry that speaks plain HTTP: --plain-http")
        }
        E::AlertReceived(alert) => of_alert(*alert),
        E::PeerIncompatible(_) | E::NoApplicationProtocol => {
            Why::new(Cause::Untrusted, format!("the TLS handshake failed: {error}"))
        }
        _ => Why::new(Cause::Interrupted, format!("TLS failed: {error}")),
    }
}

fn of_certificate(error: &CertificateError, circumstances: Circumstances<'_>) -> Why {
    use CertificateError as E;
    let text = match error {
        E::UnknownIssuer => "it is signed by nobody whom this machine trusts".to_owned(),
        E::Expired | E::ExpiredContext { .. } => "it has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is for another host".to_owned(),
        E::Revoked => "it has been revoked".to_owned(),
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is an authority's own, which cannot serve as a server's".to_owned()
        }
        // The library's own words, for those that know them.
        other => other.to_string(),
    };
    let why = Why::new(Cause::Untrusted, format!("the server's certificate is not trusted: {text}"));
    match error {
        E::UnknownIssuer if circumstances.no_roots => why.hint(
            "this machine has no root certificates: install the package ca-certificates, or name a file with them (--ca-file)",
        ),
        E::UnknownIssuer => why.hint(
            "name the file with the certificate of who signed it (--ca-file), or, at your own risk, --insecure-skip-tls-verify",
        ),
        E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
            why.hint("check this machine's clock; if it is right, the server needs a new certificate")
        }
        E::Other(_) => why.hint(
            "sign a certificate for the server with it, or make it anew with basicConstraints=CA:FALSE; at your own risk: \
             --insecure-skip-tls-verify",
        ),
        _ => why.hint("check the host; at your own risk: --insecure-skip-tls-verify"),
    }
}

/// What the server told before it hung up.
fn of_alert(alert: AlertDescription) -> Why {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired | A::NoCertificate => {
            Why::new(Cause::Untrusted, "the server wants a client certificate")
                .hint("name one and its private key: --cert-file and --key-file")
        }
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => {
            Why::new(Cause::Untrusted, format!("the server refuses the client certificate ({alert:?})"))
        }
        A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity | A::UnrecognisedName => {
            Why::new(Cause::Untrusted, format!("the server refuses the TLS handshake ({alert:?})"))
        }
        _ => Why::new(Cause::Interrupted, format!("the server ended TLS ({alert:?})")),
    }
}

fn of_http(error: &hyper::Error) -> Option<Why> {
    if error.is_parse() && error.to_string().contains("too large") {
        Some(Why::new(Cause::Malformed, "the headers of the answer are too large"))
    } else if error.is_parse() {
        Some(Why::new(Cause::Malformed, "the answer is no HTTP"))
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(Why::new(Cause::Interrupted, "the connection was closed before the answer"))
    } else {
        None
    }
}

fn of_timeout(chain: &[&(dyn StdError + 'static)], connecting: bool) -> Option<Why> {
    chain.iter().any(|link| link.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)).then(|| {
        if connecting {
            Why::new(Cause::Unreachable, "no connection came about in time")
        } else {
            Why::new(Cause::Interrupted, "the connection timed out")
        }
    })
}

fn of_system(error: &io::Error, connecting: bool) -> Option<Why> {
    use io::ErrorKind as E;
    let (cause, text) = match error.kind() {
        E::ConnectionRefused => (Cause::Unreachable, "the connection was refused"),
        E::HostUnreachable | E::NetworkUnreachable | E::NetworkDown | E::AddrNotAvailable => {
            (Cause::Unreachable, "there is no way to the host")
        }
        E::PermissionDenied => (Cause::Unreachable, "this machine does not permit the connection"),
        E::TimedOut if connecting => (Cause::Unreachable, "no connection came about in time"),
        E::TimedOut => (Cause::Interrupted, "the connection timed out"),
        E::ConnectionReset | E::ConnectionAborted | E::BrokenPipe | E::NotConnected => {
            (Cause::Interrupted, "the connection was reset")
        }
        E::UnexpectedEof if connecting => (Cause::Interrupted, "the connection was closed while it was being made"),
        E::UnexpectedEof => (Cause::Interrupted, "the answer was cut short"),
        E::InvalidData | E::InvalidInput => (Cause::Malformed, "the answer is no HTTP"),
        _ => return None,
    };
    Some(Why::new(cause, text))
}

/// What nothing above knows: HTTP/2 above all, whose errors have no public type here. What our side of it "detected" was against
/// the protocol; what it "received" was the server ending the stream.
fn of_text(chain: &[&(dyn StdError + 'static)]) -> Why {
    let text = chain.last().map_or_else(String::new, ToString::to_string);
    if text.starts_with("stream error detected") || text.starts_with("connection error detected") {
        return Why::new(Cause::Malformed, "the answer is no HTTP/2");
    }
    Why::new(Cause::Interrupted, format!("the connection broke: {text}"))
}

#[cfg(test)]
mod tests;
