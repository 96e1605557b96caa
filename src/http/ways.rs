//! The clients of reqwest: one for each way to a host, made when the first request goes that way.
//!
//! Reading the system's certificates takes longer than a request to this machine does, and without them `http` works all the same.

use std::sync::OnceLock;
use std::time::Duration;

use super::client::USER_AGENT;
use super::proxy::Proxies;
use super::tls::Tls;
use super::{Address, Options};
use crate::error::Error;

/// How long making a connection may take: the name, the proxy, TLS.
const CONNECT: Duration = Duration::from_secs(10);

/// How hosts are reached.
pub(super) struct Ways {
    tls: Tls,
    proxies: Proxies,
    connect: Duration,
    silence: Duration,
    plain: Once,
    direct: Once,
    proxied: Once,
}

type Once = OnceLock<(reqwest::Client, bool)>;

/// How one host is reached.
pub(super) struct Way<'a> {
    /// What sends the requests.
    pub(super) client: &'a reqwest::Client,
    /// The host and port of the proxy.
    pub(super) proxy: Option<&'a str>,
    /// Whether no certificate is trusted, because this machine has none.
    pub(super) no_roots: bool,
}

impl Ways {
    pub(super) fn new(proxies: Proxies, options: &Options) -> Result<Self, Error> {
        Ok(Self {
            tls: Tls::read(options)?,
            proxies,
            connect: options.clock.on_the_wall(CONNECT),
            silence: options.clock.on_the_wall(options.stall_timeout),
            plain: Once::new(),
            direct: Once::new(),
            proxied: Once::new(),
        })
    }

    /// The way to `address`.
    pub(super) fn to(&self, address: &Address) -> Result<Way<'_>, reqwest::Error> {
        let proxy = self.proxies.of(address);
        let (client, no_roots) = if proxy.is_some() {
            let list = self.proxies.for_reqwest()?;
            let builder = || list.iter().cloned().fold(self.builder(), reqwest::ClientBuilder::proxy);
            made(&self.proxied, || self.tls.build(builder))?
        } else if address.url().scheme() == "http" {
            made(&self.plain, || Ok((self.builder().tls_certs_only([]).build()?, false)))?
        } else {
            made(&self.direct, || self.tls.build(|| self.builder()))?
        };
        Ok(Way { client, proxy, no_roots: *no_roots })
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // An HTTP/2 connection that died silently must not be there for the next try.
            .http2_keep_alive_interval(self.silence / 2)
            .http2_keep_alive_timeout(self.silence / 3)
            .no_proxy()
    }
}

/// Where two make it at once, both have the first one's.
fn made(
    once: &Once,
    make: impl FnOnce() -> Result<(reqwest::Client, bool), reqwest::Error>,
) -> Result<&(reqwest::Client, bool), reqwest::Error> {
    if let Some(made) = once.get() {
        return Ok(made);
    }
    let new = make()?;
    Ok(once.get_or_init(|| new))
}
