//! The registry that everybody pushes to, and what they must know to get in: the same for all.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::registry::{Config, Pace, Registry, Tls, Tokens};

/// A registry far away, empty at first.
pub(crate) struct Remote {
    registry: Registry,
    docker_config: PathBuf,
    authority: PathBuf,
    /// Where `consign` remembers realms.
    pub(crate) cache: PathBuf,
}

impl Remote {
    /// `keep`: longer bodies are hashed and thrown away.
    pub(crate) fn start(folder: &Path, pace: Pace, keep: u64) -> Result<Self, Box<dyn Error>> {
        let registry = Registry::start(Config { tls: Tls::On, pace, keep, ..Config::tokens(Tokens::default()) });
        let docker_config = folder.join("docker");
        fs::create_dir_all(&docker_config)?;
        let auth = BASE64_STANDARD.encode("user:password");
        let config = serde_json::json!({ "auths": { registry.host(): { "auth": auth } } });
        fs::write(docker_config.join("config.json"), config.to_string())?;
        let authority = folder.join("ca.pem");
        fs::write(&authority, Registry::ca_pem())?;
        Ok(Self { registry, docker_config, authority, cache: folder.join("cache") })
    }

    pub(crate) fn reference(&self, repository: &str) -> String {
        format!("{}/{repository}:v1", self.registry.host())
    }

    /// Tells a command whom to trust and as whom to push.
    pub(crate) fn introduce(&self, command: &mut Command) {
        command
            .env("DOCKER_CONFIG", &self.docker_config)
            .env_remove("DOCKER_AUTH_CONFIG")
            .env("SSL_CERT_FILE", &self.authority)
            // Without it, `consign` speaks http to this machine.
            .env("CONSIGN_CA_FILE", &self.authority)
            .env("XDG_CACHE_HOME", &self.cache);
    }

    /// How many requests came since the last call, and over how many connections.
    pub(crate) fn counted(&self) -> (usize, usize) {
        let journal = self.registry.journal();
        self.registry.clear_journal();
        let mut connections: Vec<usize> = journal.iter().map(|entry| entry.connection).collect();
        connections.sort_unstable();
        connections.dedup();
        (journal.len(), connections.len())
    }

    /// Whether the tag names an image that is whole.
    pub(crate) fn holds(&self, repository: &str) -> bool {
        self.registry.tag(repository, "v1").is_some() && self.registry.missing(repository, "v1").is_none()
    }
}
