//! The client under the registry and the token requests: TLS, proxies, redirects, limits, retries, and what of it may be shown.
//!
//! It knows nothing of registries. One request goes out with [`Client::attempt`]; [`Client::send`] repeats it until there is an
//! answer that repeating would not change, or the patience of [`Options::retry_for`] is at its end. What consists of several
//! requests (an upload) repeats itself with [`Client::retry`].
//!
//! Whatever a server does, a request ends: an answer has a limit in bytes, a silent connection a limit in time.

mod address;
mod attempt;
mod body;
mod causes;
mod client;
mod clock;
mod exchange;
mod failure;
mod proxy;
mod redirect;
mod request;
mod retry;
mod secret;
#[cfg(test)]
mod testing;
mod tls;
mod ways;

pub use address::Address;
pub use client::{Client, ClientCertificate, Options};
pub use clock::Clock;
pub use failure::{Cause, Failure};
pub use request::{Answer, Body, Patience, Progress, Request};
pub use reqwest::{Method, StatusCode, header};
pub use retry::Retry;
pub use secret::Secret;
