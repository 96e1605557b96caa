//! What can be typed about clusters, and `consign status`.

use std::time::Duration;

use clap::Args;

use super::super::meaning;
use super::{Format, Registry};

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  consign status
  consign status rootsync/shop reposync/shop/prod -v
  consign status --context staging --context prod
  consign status --expect us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1
  consign status rootsync/shop --expect \"$(consign push deploy/ REF)\" --ready
  consign status application/argocd/shop --watch";

const CLUSTER: &str = "The cluster";
const EXPECTED: &str = "What is expected";

#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// Only these: rootsync/NAME, reposync/NAMESPACE/NAME, ocirepository/NAMESPACE/NAME, kustomization/NAMESPACE/NAME or
    /// application/NAMESPACE/NAME (default: all that sync an image)
    #[arg(value_name = "SYNC")]
    pub(in crate::cli) syncs: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) contexts: Contexts,
    /// Look in all contexts of kubectl, whatever --context says
    #[arg(long, help_heading = CLUSTER)]
    pub(in crate::cli) all_contexts: bool,
    /// Look in this namespace only; every `RootSync` is in config-management-system
    #[arg(short, long, help_heading = CLUSTER, value_name = "NS", conflicts_with = "syncs")]
    pub(in crate::cli) namespace: Option<String>,
    /// Only syncs of this name
    #[arg(long, help_heading = CLUSTER, value_name = "NAME", conflicts_with = "syncs")]
    pub(in crate::cli) name: Option<String>,
    /// Wait until every sync in question runs the image REF, by tag or by digest: those named, or all of its repository
    #[arg(long, help_heading = EXPECTED, value_name = "REF")]
    pub(in crate::cli) expect: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) patience: Patience,
    /// Report again whenever something changes, until Ctrl-C
    #[arg(long, help_heading = "What is printed", conflicts_with = "expect")]
    pub(in crate::cli) watch: bool,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}

// Which clusters.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = CLUSTER)]
pub(in crate::cli) struct Contexts {
    /// A context of kubectl; repeat for more (default: the current one)
    #[arg(long = "context", id = "contexts", value_name = "CONTEXT", env = "CONSIGN_CONTEXT", value_delimiter = ',')]
    pub(in crate::cli) names: Vec<String>,
}

// How long to wait for a cluster, and for what.
#[derive(Debug, Args)]
#[command(next_help_heading = EXPECTED)]
pub(in crate::cli) struct Patience {
    /// Wait for all that it manages to be well, too
    #[arg(long)]
    pub(in crate::cli) ready: bool,
    /// How long to wait: 90s, 10m, 1h
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10m",
        value_parser = meaning::some_time,
        env = "CONSIGN_WAIT_TIMEOUT"
    )]
    pub(in crate::cli) wait_timeout: Duration,
}

// What `consign push` waits for afterwards.
#[derive(Debug, Args)]
#[command(next_help_heading = EXPECTED)]
pub(in crate::cli) struct AfterPush {
    /// Then wait until this sync runs what was pushed, as `consign status SYNC --expect` does; repeat for more
    #[arg(long = "wait", value_name = "SYNC", conflicts_with = "dry_run")]
    pub(in crate::cli) wait: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) patience: Patience,
    #[command(flatten)]
    pub(in crate::cli) contexts: Contexts,
}
