//! The proxy variables: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in upper or lower case.
//!
//! They mean what they mean to Go's programs, crane and docker among them: this machine itself is never reached through a proxy. On
//! top of that comes curl's `ALL_PROXY`. The decision is made here and not in reqwest so that an error can name the proxy.

use std::net::IpAddr;

use reqwest::Url;

use super::Address;
use crate::error::{Error, Kind};

/// The proxies of this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: Vec<Exempt>,
}

#[derive(Clone)]
struct Proxy {
    url: Url,
    /// Without user name and password.
    shown: String,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// One entry of `NO_PROXY`: which hosts, and which of their ports.
#[derive(Clone, Debug)]
struct Exempt {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    /// The name, and names below it.
    Domain(String),
    /// The first so many bits of an address.
    Network(IpAddr, u8),
}

impl Proxies {
    /// As the environment says.
    pub(super) fn from_environment() -> Result<Self, Error> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// As variables say.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        // Behind a web server HTTP_PROXY is a header of the request: https://httpoxy.org.
        let in_cgi = variable("REQUEST_METHOD").is_some();
        let first = |names: [&'static str; 2]| {
            names.into_iter().filter(|name| !(in_cgi && *name == "HTTP_PROXY")).find_map(|name| {
                let text = variable(name).filter(|text| !text.trim().is_empty())?;
                Some((name, text))
            })
        };
        let proxy = |names| first(names).map(|(name, text)| Proxy::read(name, &text)).transpose();
        let all = proxy(["ALL_PROXY", "all_proxy"])?;
        let exempt = first(["NO_PROXY", "no_proxy"]).map(|(_, text)| text).unwrap_or_default();
        Ok(Self {
            http: proxy(["HTTP_PROXY", "http_proxy"])?.or_else(|| all.clone()),
            https: proxy(["HTTPS_PROXY", "https_proxy"])?.or(all),
            exempt: exempt.split([',', ' ']).filter_map(Exempt::read).collect(),
        })
    }

    /// The host and port of the proxy through which `address` is reached.
    pub(super) fn of(&self, address: &Address) -> Option<&str> {
        let proxy = if address.url().scheme() == "http" { &self.http } else { &self.https };
        let direct = address.is_loopback() || self.exempt.iter().any(|exempt| exempt.covers(address));
        proxy.as_ref().filter(|_| !direct).map(|proxy| proxy.shown.as_str())
    }

    /// What reqwest is to use for the addresses that are reached through one.
    pub(super) fn for_reqwest(&self) -> Result<Vec<reqwest::Proxy>, reqwest::Error> {
        let http = self.http.iter().map(|proxy| reqwest::Proxy::http(proxy.url.clone()));
        http.chain(self.https.iter().map(|proxy| reqwest::Proxy::https(proxy.url.clone()))).collect()
    }
}

impl Proxy {
    /// The value is not in the error: it may have a password in it.
    fn read(variable: &str, text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
        let wrong = |why: &str| {
            Error::new(Kind::Usage, format!("{variable}: {why}"))
                .hint("it is written http://HOST:PORT, or https://HOST:PORT")
        };
        let url = url.map_err(|cause| wrong(&format!("not a URL: {cause}")))?;
        let (Some(host), "http" | "https") = (url.host_str(), url.scheme()) else {
            return Err(wrong(&format!("a proxy of the kind `{}` is not supported", url.scheme())));
        };
        let shown = url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { url, shown })
    }
}

impl Exempt {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(network) = network(&text) {
            return Some(Self { hosts: network, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text.as_str(), None),
        };
        let domain = host.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
        let hosts = match network(host.trim_start_matches('[').trim_end_matches(']')) {
            Some(network) => network,
            None if host == "*" => Hosts::All,
            None if domain.is_empty() => return None,
            None => Hosts::Domain(domain.to_owned()),
        };
        Some(Self { hosts, port })
    }

    fn covers(&self, address: &Address) -> bool {
        let host = address.url().host_str().unwrap_or_default().trim_end_matches('.');
        let port = address.url().port_or_known_default();
        let covered = match &self.hosts {
            Hosts::All => true,
            Hosts::Domain(domain) => {
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Hosts::Network(network, bits) => {
                let host = host.trim_start_matches('[').trim_end_matches(']').parse();
                host.is_ok_and(|host| is_within(host, *network, *bits))
            }
        };
        covered && (self.port.is_none() || self.port == port)
    }
}

/// An address, or one with the number of bits that count.
fn network(text: &str) -> Option<Hosts> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
    Some(Hosts::Network(address, bits))
}

fn is_within(host: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (left, right, width) = match (host.to_canonical(), network) {
        (IpAddr::V4(left), IpAddr::V4(right)) => (u128::from(left.to_bits()), u128::from(right.to_bits()), 32),
        (IpAddr::V6(left), IpAddr::V6(right)) => (left.to_bits(), right.to_bits(), 128),
        _ => return false,
    };
    // A shift by all 128 bits overflows: then none of them counts.
    (left ^ right).checked_shr(width - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests;
