//! As whom a registry is spoken to: what the user says, docker's and podman's configuration, credential helpers, and Google's
//! Application Default Credentials.
//!
//! The sources are asked in a fixed order, and each step is recorded: when all give nothing, the user learns what was tried and why it
//! gave nothing. What a credential is exchanged for at a registry is not this room's matter.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::http::{Clock, Secret};

mod adc;
mod config;
mod environment;
mod explain;
mod file;
mod google;
mod helper;
mod keychain;
mod outcome;
mod places;
mod survey;
#[cfg(test)]
mod tests;

pub use explain::{nothing_found, passed_over};
pub use google::is_google;
pub use keychain::Keychain;
pub use survey::Surveyed;

/// Where credentials may come from.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the user gave for this command; nothing else is asked then.
    pub explicit: Option<Explicit>,
    /// docker's configuration: a directory with a `config.json`, or such a file. Without it: where docker and podman look.
    pub config: Option<PathBuf>,
    /// Ask only this source.
    pub only: Option<Only>,
    /// The environment: variables and their values.
    pub environment: HashMap<OsString, OsString>,
    /// Time.
    pub clock: Clock,
}

/// As the environment of this process says.
impl Default for Options {
    fn default() -> Self {
        Self {
            explicit: None,
            config: None,
            only: None,
            environment: std::env::vars_os().collect(),
            clock: Clock::default(),
        }
    }
}

/// A credential that the user gave.
#[derive(Clone, Debug)]
pub struct Explicit {
    /// The credential; never [`Login::Anonymous`].
    pub login: ExplicitLogin,
    /// Where it was given: `--username and --password-stdin`, `CONSIGN_TOKEN`.
    pub origin: String,
}

/// The forms in which a user gives a credential.
#[derive(Clone, Debug)]
pub enum ExplicitLogin {
    /// A user name and a password.
    Password(String, Secret),
    /// A token.
    Token(Secret),
}

/// A single source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Google's Application Default Credentials.
    Adc,
}

/// As whom to speak to a registry.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What to show to the registry, or to the realm that it names.
    pub login: Login,
    /// As whom, where the source tells it.
    pub account: Option<String>,
    /// Where it comes from: `credential helper docker-credential-gcloud (/home/me/.docker/config.json)`; for an anonymous one: `anonymous`.
    pub source: String,
    /// When it ends, where the source tells it.
    pub expires: Option<jiff::Timestamp>,
    /// It is Google's (from Application Default Credentials or gcloud): it goes to no realm but those of `*.pkg.dev`, `gcr.io` and `*.gcr.io`.
    pub google: bool,
    /// What was asked before, in order, and gave nothing.
    pub tried: Vec<Step>,
}

/// A source that gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The source, with its file, helper or variable.
    pub source: String,
    /// Why it gave nothing.
    pub outcome: String,
}

/// The forms of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// None.
    Anonymous,
    /// A user name and a password: `Basic`, at the registry or at the realm it names.
    Basic(String, Secret),
    /// A refresh token, to be exchanged at the realm with `grant_type=refresh_token`.
    IdentityToken(Secret),
    /// An OAuth access token of Google's: `Bearer` at the registry itself, or `Basic` with the user `oauth2accesstoken` at the realm.
    AccessToken(Secret),
    /// A token that the registry takes as it is, and that nobody exchanges.
    RegistryToken(Secret),
}
