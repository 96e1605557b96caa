//! What can be typed about a RootSync and a RepoSync.

use clap::{Args, ValueEnum};

use super::super::SourceFormat;
use super::{Asked, BESIDE, PULL, Pulled};
use crate::deploy;

const RECONCILER: &str = "Config Sync";

#[derive(Debug, Args)]
pub(in crate::cli) struct RootSync {
    /// Its name, of at most 38 characters
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) pulled: Pulled,
    #[command(flatten)]
    pub(in crate::cli) source: Oci,
    /// How the bundle is read
    #[arg(long, help_heading = PULL, value_enum, value_name = "FORMAT", default_value = "unstructured")]
    pub(in crate::cli) source_format: SourceFormat,
    #[command(flatten)]
    pub(in crate::cli) reconciler: Reconciler,
    /// Who makes a namespace that is used and not declared: Config Sync, or nobody [default there: implicit]
    #[arg(long, help_heading = RECONCILER, value_enum, value_name = "HOW")]
    pub(in crate::cli) namespace_strategy: Option<NamespaceStrategy>,
    /// What the reconciler may, in place of everything: ClusterRole/NAME or Role/NAME:NAMESPACE; repeat for more
    #[arg(long = "role-ref", help_heading = RECONCILER, value_name = "ROLE")]
    pub(in crate::cli) role_refs: Vec<deploy::RoleRef>,
    #[command(flatten)]
    pub(in crate::cli) asked: Asked,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RepoSync {
    /// Its namespace, to which the bundle is applied, and its name
    #[arg(value_name = "NS/NAME")]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) pulled: Pulled,
    #[command(flatten)]
    pub(in crate::cli) source: Oci,
    #[command(flatten)]
    pub(in crate::cli) reconciler: Reconciler,
    /// Print the Namespace too
    #[arg(long, help_heading = BESIDE)]
    pub(in crate::cli) with_namespace: bool,
    /// Print a RoleBinding too, without which Config Sync may apply nothing there
    #[arg(long, help_heading = BESIDE)]
    pub(in crate::cli) with_rbac: bool,
    /// The role of --with-rbac: ClusterRole/NAME or Role/NAME [default: ClusterRole/admin, which may all but change the namespace itself and its quota]
    #[arg(long, help_heading = BESIDE, value_name = "ROLE", requires = "with_rbac")]
    pub(in crate::cli) role: Option<deploy::RoleRef>,
    #[command(flatten)]
    pub(in crate::cli) asked: Asked,
}

/// `spec.oci`.
#[derive(Debug, Args)]
#[command(next_help_heading = PULL)]
pub(in crate::cli) struct Oci {
    /// The folder of the bundle that is applied
    #[arg(long, value_name = "DIR", default_value = ".", value_parser = deploy::dir)]
    pub(in crate::cli) dir: String,
    /// How often a tag is asked for [default there: 15s]
    #[arg(long, value_name = "DURATION")]
    pub(in crate::cli) period: Option<deploy::Interval>,
    /// As whom Config Sync pulls [default: k8sserviceaccount at Google's registries]
    #[arg(long = "auth", id = "sync_auth", value_enum, value_name = "HOW")]
    pub(in crate::cli) auth: Option<SyncAuth>,
    /// The account of --auth gcpserviceaccount: NAME@PROJECT.iam.gserviceaccount.com
    #[arg(long, value_name = "EMAIL", value_parser = deploy::account)]
    pub(in crate::cli) gcp_service_account: Option<String>,
    /// The Secret of --auth token, with the keys username and password
    #[arg(long, value_name = "NAME", value_parser = deploy::name)]
    pub(in crate::cli) secret: Option<String>,
    /// A Secret with a certificate to trust under the key cert
    #[arg(long, value_name = "NAME", value_parser = deploy::name)]
    pub(in crate::cli) ca_cert_secret: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SyncAuth {
    /// As the reconciler's Kubernetes service account (Config Sync 1.17.2 and newer)
    #[value(name = "k8sserviceaccount")]
    K8sServiceAccount,
    /// As a Google service account
    #[value(name = "gcpserviceaccount")]
    GcpServiceAccount,
    /// As the node
    #[value(name = "gcenode")]
    GceNode,
    /// With the user and password of a Secret (Config Sync 1.24.0 and newer)
    Token,
    /// As nobody
    None,
}

/// `spec.override`, and what else is Config Sync's.
#[derive(Debug, Args)]
#[command(next_help_heading = RECONCILER)]
pub(in crate::cli) struct Reconciler {
    /// Its version, 1.N or 1.N.P: what that cannot do is refused
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) config_sync_version: Option<deploy::Version>,
    /// What becomes of the applied objects when the sync is deleted [default there: orphan]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(in crate::cli) deletion_propagation: Option<Deletion>,
    /// Resources of a container of the reconciler: CONTAINER:cpu-request=50m,cpu-limit=1,memory-request=64Mi,memory-limit=256Mi, or some of these; repeat for more
    #[arg(long, value_name = "RESOURCES")]
    pub(in crate::cli) resources: Vec<deploy::Resources>,
    /// How much a container of the reconciler logs, from 0 to 10: CONTAINER=N; repeat for more
    #[arg(long = "log-level", value_name = "LEVEL")]
    pub(in crate::cli) log_levels: Vec<deploy::LogLevel>,
    /// Whether the status of every object is kept [default there: enabled]
    #[arg(long, value_enum, value_name = "MODE")]
    pub(in crate::cli) status_mode: Option<StatusMode>,
    /// How long to wait for objects to become current [default there: 5m]
    #[arg(long, value_name = "DURATION")]
    pub(in crate::cli) reconcile_timeout: Option<deploy::Interval>,
    /// How long to wait for the API server [default there: 15s]
    #[arg(long, value_name = "DURATION")]
    pub(in crate::cli) api_server_timeout: Option<deploy::Interval>,
    /// Let kustomizations name remote bases
    #[arg(long)]
    pub(in crate::cli) enable_shell_in_rendering: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Deletion {
    /// They are deleted too
    Foreground,
    /// They stay
    Orphan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum StatusMode {
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum NamespaceStrategy {
    /// Config Sync does
    Implicit,
    /// Nobody does: it must be declared, or be there
    Explicit,
}
