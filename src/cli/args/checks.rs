//! What is typed about checks, by every command that makes them, and `consign validate`, which does nothing else.

use std::ffi::OsString;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::{CHECKS, Format, Source};
use crate::validate;

pub(super) const VALIDATE_EXAMPLES: &str = "\
Examples:
  consign validate deploy/
  consign validate base.yaml envs/prod envs/staging
  kustomize build overlays/prod | consign validate -
  consign validate deploy/ --consumer flux --strict
  consign validate deploy/ --format github --report sarif=consign.sarif --report junit=consign.xml";

pub(super) const RULES_EXAMPLES: &str = "\
Examples:
  consign rules
  consign rules yaml/duplicate-key
  consign rules schema
  consign rules --format json";

#[derive(Debug, Args)]
pub(in crate::cli) struct Rules {
    /// A rule to explain, as it stands in brackets in a finding; or the first part of ids, to list all that have it
    #[arg(value_name = "ID")]
    pub(in crate::cli) ids: Vec<String>,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Validate {
    /// Directories, .yaml, .yml or .json files, tars (plain or gzipped), or - for YAML on standard input
    #[arg(required = true, value_name = "SOURCE")]
    pub(in crate::cli) paths: Vec<OsString>,
    #[command(flatten)]
    pub(in crate::cli) source: Source,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: FindingsFormat,
    #[command(flatten)]
    pub(in crate::cli) checks: Checks,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FindingsFormat {
    /// For people
    #[default]
    Text,
    /// For machines, with what was counted
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// For CI systems that show tests
    Junit,
    /// Annotations of GitHub Actions
    Github,
}

// What every command that checks can be told.
#[derive(Debug, Args)]
#[command(next_help_heading = CHECKS)]
pub(in crate::cli) struct Checks {
    /// A folder that a consumer syncs; no two objects in it may be the same, and what is outside is not checked; repeat for more
    /// (default: the root)
    #[arg(long = "sync-dir", value_name = "DIR", env = "CONSIGN_SYNC_DIR", value_delimiter = ',')]
    pub(in crate::cli) sync_dirs: Vec<String>,
    /// A version of Kubernetes that the objects must be valid for, 1.30 to 1.37; repeat for a fleet: valid means valid for all of them
    /// (default: 1.35)
    #[arg(
        long = "kubernetes-version",
        value_name = "1.NN",
        env = "CONSIGN_KUBERNETES_VERSION",
        value_delimiter = ',',
        value_parser = kubernetes_version
    )]
    pub(in crate::cli) kubernetes_versions: Vec<validate::Version>,
    /// Allow a bundle with nothing to apply
    #[arg(long)]
    pub(in crate::cli) allow_empty: bool,
    #[command(flatten)]
    pub(in crate::cli) kinds: super::Kinds,
    #[command(flatten)]
    pub(in crate::cli) readers: super::Readers,
    /// How bad it is what a rule finds: error, warn or off; repeat for more (`consign rules` lists all)
    #[arg(long = "rule", value_name = "ID=LEVEL", env = "CONSIGN_RULE", value_delimiter = ',')]
    pub(in crate::cli) rules: Vec<String>,
    /// Take warnings for errors, but for those of a --rule ID=warn
    #[arg(long, env = "CONSIGN_STRICT", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) strict: bool,
    /// Take secrets in plain text for errors
    #[arg(long, env = "CONSIGN_DENY_SECRETS", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) deny_secrets: bool,
    /// Also write the findings to a file, as text, json, sarif, junit or github; repeat for more
    #[arg(long = "report", value_name = "FORMAT=FILE", env = "CONSIGN_REPORT", value_delimiter = '\n')]
    pub(in crate::cli) reports: Vec<OsString>,
}

// What only commands that pack can be told: to leave the checks, or to pack what the checks see.
#[derive(Debug, Args)]
#[command(next_help_heading = CHECKS)]
pub(in crate::cli) struct Unseen {
    /// Pack unseen: check nothing
    #[arg(
        long,
        env = "CONSIGN_NO_VALIDATE",
        value_parser = BoolishValueParser::new(),
        conflicts_with_all = ["sync_dirs", "consumers", "rules", "strict", "deny_secrets", "crds", "unknown_kinds", "skip"]
    )]
    pub(in crate::cli) no_validate: bool,
    /// Pack what kustomizations render to, in place of their files
    #[arg(long, env = "CONSIGN_RENDER", value_parser = BoolishValueParser::new(), conflicts_with = "no_validate")]
    pub(in crate::cli) render: bool,
}

/// A version of Kubernetes whose kinds are known.
fn kubernetes_version(text: &str) -> Result<validate::Version, String> {
    let known = validate::Version::known();
    let parsed = validate::Version::parse(text);
    parsed.filter(|version| known.contains(version)).ok_or_else(|| match known {
        [first, .., last] if parsed.is_some() => format!("known are {first} to {last}"),
        _ => "write it like 1.35".to_owned(),
    })
}
