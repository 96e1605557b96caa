//! What can be typed behind `consign doctor`.

use clap::{Arg, Args};

use super::{Format, Registry};

pub(super) const EXAMPLES: &str = "\
Examples:
  consign doctor
  consign doctor us-docker.pkg.dev/PROJECT/REPOSITORY/NAME:v1
  consign doctor us-docker.pkg.dev/PROJECT/REPOSITORY/NAME --rootsync NAME --context CONTEXT
  consign doctor ghcr.io/OWNER/NAME --format json

What is looked at, in this order:
  gcloud         the program, where Google's registries matter
  login          its account
  docker-config  where docker's or podman's configuration is, and its helper for the registry
  credential     the helper, and as whom it answers
  registry       whether it answers at all
  repository     whether it is there
  push, pull     whether one may
  kubectl        the program
  cluster        the context, and whether its cluster answers
  sync-api       the kinds there that sync a bundle: of Config Sync, Flux and Argo CD
  config-sync    its version, and what that lacks
  binding        whether the reconciler of each RootSync and RepoSync may pull

Each is ok, warning, problem or not checked. Exit code 0 if nothing is a problem, else that of the first one.";

/// It has little time, and says how much.
fn in_short(argument: Arg) -> Arg {
    match argument.get_id().as_str() {
        "jobs" => argument.hide(true),
        "timeout" => argument.help("How long all of it may take (default: 20s)"),
        "retry_for" => argument.help("How long to try again, 4s at most; 0 for never").hide_default_value(true),
        "stall_timeout" => argument.help("How long a connection may be silent, 8s at most").hide_default_value(true),
        _ => argument,
    }
}

#[derive(Debug, Args)]
#[command(mut_args(in_short))]
pub(in crate::cli) struct Doctor {
    /// The image, or only its repository: HOST/REPOSITORY:TAG (default: look at this machine and the cluster alone)
    #[arg(value_name = "REF")]
    pub(in crate::cli) reference: Option<String>,
    /// The context of kubectl's configuration (default: the current one)
    #[arg(long, help_heading = "The cluster", value_name = "NAME")]
    pub(in crate::cli) context: Option<String>,
    /// Look whether the reconciler of this RootSync may pull, even if it is not there yet; repeat for more
    #[arg(long = "rootsync", help_heading = "The cluster", value_name = "NAME")]
    pub(in crate::cli) root_syncs: Vec<String>,
    /// The same for a RepoSync; repeat for more
    #[arg(long = "reposync", help_heading = "The cluster", value_name = "NAMESPACE/NAME")]
    pub(in crate::cli) repo_syncs: Vec<String>,
    /// The project of the cluster's fleet (default: as the cluster tells)
    #[arg(long, help_heading = "The cluster", value_name = "PROJECT")]
    pub(in crate::cli) fleet_project: Option<String>,
    /// What to print on standard output
    #[arg(long, help_heading = "What is printed", value_enum, default_value_t, env = "CONSIGN_FORMAT")]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}
