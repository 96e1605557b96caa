//! Where a request goes, and how much of that may be shown.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::error::{Error, Kind};

/// An absolute `http` or `https` URL.
///
/// Printing it hides the values of its query, and of an upload location everything but the host: such a location lets whoever has
/// it write.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    upload: bool,
}

/// A host, taken apart once.
enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Address {
    /// `path` (with its leading slash, and a query where there is one) at `host`, which may have a port.
    pub fn new(scheme: &str, host: &str, path_and_query: &str) -> Result<Self, Error> {
        let wrong = host.is_empty() || host.contains(['/', '\\', '?', '#', '@']) || !path_and_query.starts_with('/');
        if wrong {
            return Err(Error::new(Kind::Usage, format!("`{}` is no host of a URL", host.escape_debug())));
        }
        Self::parse(&format!("{scheme}://{host}{path_and_query}"))
    }

    /// Parses an absolute URL; refuses other schemes than `http` and `https`, and user names and passwords in it.
    ///
    /// The text is not in the error: it may be a secret.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|cause| Error::new(Kind::Network, "not a URL").because(cause))?;
        Self::checked(url, false)
    }

    /// What `location` means in an answer that came from here: absolute, relative to the host, or relative to the path.
    ///
    /// Where this address is an upload location, that one is as well.
    pub fn join(&self, location: &str) -> Result<Self, Error> {
        let url = self.url.join(location).map_err(|cause| {
            Error::new(Kind::Network, format!("{self}: the answer's Location is no URL")).because(cause)
        })?;
        Self::checked(url, self.upload)
    }

    fn checked(mut url: Url, upload: bool) -> Result<Self, Error> {
        let why = if !matches!(url.scheme(), "http" | "https") {
            "a URL begins with `https://` or `http://`"
        } else if !url.username().is_empty() || url.password().is_some() {
            "a URL must not have a user name or a password in it"
        } else if url.host_str().is_none_or(str::is_empty) {
            "a URL must have a host"
        } else {
            url.set_fragment(None);
            return Ok(Self { url, upload });
        };
        Err(Error::new(Kind::Network, why))
    }

    /// The same address, its path a secret: it is shown as `https://HOST/…/uploads/…`.
    #[must_use]
    pub fn upload(mut self) -> Self {
        self.upload = true;
        self
    }

    /// With one more query parameter, percent-encoded.
    #[must_use]
    pub fn with_query(mut self, key: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(key, value);
        self
    }

    /// The URL itself.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Whether both are at one scheme, host and port: what may have the other's credentials.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Whether the host is `localhost`, a name below it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.host() {
            Host::Name(name) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => {
                address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
            }
        }
    }

    /// Whether the host is an IP literal of a private, loopback, link-local or otherwise not public range.
    pub fn is_private_literal(&self) -> bool {
        match self.host() {
            Host::Name(_) => false,
            Host::V4(address) => is_private_v4(address),
            Host::V6(address) => is_private_v6(address),
        }
    }

    /// Why an answer from here must not send us to `next`; nothing where it may: from `https` to `http`, or from a host that is not
    /// private (a name counts as public, `localhost` and names below it do not) to `localhost` or a private IP literal.
    pub fn refuses(&self, next: &Self) -> Option<&'static str> {
        let private = |address: &Self| address.is_private_literal() || address.is_loopback();
        if self.url.scheme() == "https" && next.url.scheme() == "http" {
            Some("from https to http")
        } else if private(next) && !private(self) {
            Some("from a public host to a private address")
        } else {
            None
        }
    }

    /// The host with its port, where that is not the scheme's own: `localhost:5000`.
    pub(super) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    fn host(&self) -> Host<'_> {
        // What stands in brackets was parsed as an IPv6 address when the URL was.
        let text = self.url.host_str().unwrap_or_default();
        if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse().ok()) {
            return Host::V6(address);
        }
        text.parse().map_or(Host::Name(text), Host::V4)
    }
}

/// See the [registry of special-purpose addresses](https://www.iana.org/assignments/iana-ipv4-special-registry).
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a, b, c) == (192, 0, 0)
}

/// Addresses that hold an IPv4 address (mapped, compatible, NAT64, 6to4) are what that one is.
#[allow(clippy::cast_possible_truncation, reason = "32 of the 128 bits are meant")]
fn is_private_v6(address: Ipv6Addr) -> bool {
    let held = |at: u32| is_private_v4(Ipv4Addr::from_bits((address.to_bits() >> at) as u32));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => held(0),
        [0x2002, ..] => held(80),
        [first, ..] => address.is_multicast() || first & 0xfe00 == 0xfc00 || first & 0xff80 == 0xfe80,
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.authority();
        if self.upload {
            return write!(f, "{}://{authority}/…/uploads/…", self.url.scheme());
        }
        write!(f, "{}://{authority}{}", self.url.scheme(), self.url.path())?;
        for (at, pair) in self.url.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
            let before = if at == 0 { '?' } else { '&' };
            match pair.split_once('=') {
                Some((key, _)) => write!(f, "{before}{key}=…")?,
                None => write!(f, "{before}…")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
