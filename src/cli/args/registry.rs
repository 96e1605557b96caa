//! What can be typed about registries: how they are reached, as whom, and the commands that do nothing else.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::super::meaning;
use super::{Format, Guard};

#[derive(Debug, Args)]
#[command(next_help_heading = "The registry")]
pub(in crate::cli) struct Registry {
    /// Speak http instead of https; registries on this machine (localhost) need no asking
    #[arg(long, env = "CONSIGN_PLAIN_HTTP", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) plain_http: bool,
    /// Trust the certificates in this PEM file too; repeat for more
    #[arg(long = "ca-file", value_name = "FILE", env = "CONSIGN_CA_FILE", value_delimiter = ',')]
    pub(in crate::cli) ca_files: Vec<PathBuf>,
    /// Trust any certificate: whoever is in between can read and change everything
    #[arg(long, env = "CONSIGN_INSECURE_SKIP_TLS_VERIFY", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) insecure_skip_tls_verify: bool,
    /// A client certificate (PEM), for registries that ask for one; with --key-file
    #[arg(long, value_name = "FILE", env = "CONSIGN_CERT_FILE")]
    pub(in crate::cli) cert_file: Option<PathBuf>,
    /// The private key (PEM) of --cert-file
    #[arg(long, value_name = "FILE", env = "CONSIGN_KEY_FILE")]
    pub(in crate::cli) key_file: Option<PathBuf>,
    /// How many blobs are on their way at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64), env = "CONSIGN_JOBS")]
    pub(in crate::cli) jobs: u16,
    /// How long to try again without getting anywhere: 90s, 2m, 1h; 0 for never
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = meaning::duration, env = "CONSIGN_RETRY_FOR")]
    pub(in crate::cli) retry_for: Duration,
    /// How long a connection may be silent
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = meaning::some_time, env = "CONSIGN_STALL_TIMEOUT")]
    pub(in crate::cli) stall_timeout: Duration,
    /// How long the whole command may take (default: as long as it needs)
    #[arg(long, value_name = "DURATION", value_parser = meaning::some_time, env = "CONSIGN_TIMEOUT")]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Neither use nor keep what is known of registries from earlier commands
    #[arg(long, env = "CONSIGN_NO_CACHE", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) no_cache: bool,
    #[command(flatten)]
    pub(in crate::cli) login: Login,
}

// Passwords and tokens are never arguments: those are for all to see.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "As whom (also: CONSIGN_USERNAME with CONSIGN_PASSWORD, or CONSIGN_TOKEN)")]
pub(in crate::cli) struct Login {
    /// The user whose password --password-stdin gives
    #[arg(long, value_name = "USER")]
    pub(in crate::cli) username: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(in crate::cli) password_stdin: bool,
    /// Read a token from standard input
    #[arg(long)]
    pub(in crate::cli) token_stdin: bool,
    /// docker's configuration: its directory, or its file (default: where docker and podman look)
    #[arg(long, value_name = "PATH", env = "CONSIGN_CONFIG")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Ask nothing but this source
    #[arg(long, value_enum, value_name = "SOURCE", env = "CONSIGN_AUTH")]
    pub(in crate::cli) auth: Option<AuthSource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AuthSource {
    /// Google's Application Default Credentials
    Adc,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Tag {
    /// The image: HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST
    #[arg(value_name = "REF")]
    pub(in crate::cli) reference: String,
    /// The tags that it gets
    #[arg(required = true, value_name = "TAG")]
    pub(in crate::cli) tags: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) guard: Guard,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Ls {
    /// The repository: HOST/REPOSITORY
    #[arg(value_name = "REPO")]
    pub(in crate::cli) repository: String,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Auth {
    /// The registry, or a repository there
    #[arg(value_name = "HOST[/REPOSITORY]")]
    pub(in crate::cli) place: String,
    /// Print only a token that the registry takes, a secret: for reading and writing in REPOSITORY, as far as the account may
    #[arg(long, help_heading = "What is printed")]
    pub(in crate::cli) token: bool,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}
