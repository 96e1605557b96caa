//! What can be typed about making a cluster sync a bundle. An option is only there where the consumer has what it sets.

mod config_sync;

pub(in crate::cli) use config_sync::{
    Deletion, NamespaceStrategy, Oci, Reconciler, RepoSync, RootSync, StatusMode, SyncAuth,
};

use std::path::PathBuf;

use clap::{Arg, Args, Subcommand, ValueEnum};

use super::Registry;
use crate::deploy;

// Which consumer, or which file.
#[derive(Debug, Args)]
pub(in crate::cli) struct Deploy {
    #[command(subcommand)]
    pub(in crate::cli) what: What,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum What {
    /// Print a RootSync: Config Sync applies the bundle to the whole cluster
    #[command(name = "rootsync", after_long_help = ROOT_SYNC_EXAMPLES)]
    RootSync(Box<RootSync>),
    /// Print a RepoSync: Config Sync applies the bundle to one namespace
    #[command(name = "reposync", after_long_help = REPO_SYNC_EXAMPLES)]
    RepoSync(Box<RepoSync>),
    /// Print an OCIRepository and a Kustomization: Flux applies the bundle
    #[command(after_long_help = FLUX_EXAMPLES)]
    Flux(Box<Flux>),
    /// Print an Application: Argo CD, 3.1 or newer, applies the bundle
    #[command(name = "argocd", after_long_help = ARGO_CD_EXAMPLES)]
    ArgoCd(Box<ArgoCd>),
    /// Give the syncs in a YAML file another image, and leave the rest of it as it is; prints the difference
    #[command(after_long_help = UPDATE_EXAMPLES)]
    Update(Box<Update>),
}

impl What {
    pub(in crate::cli) const fn registry(&self) -> &Registry {
        match self {
            Self::RootSync(args) => &args.asked.registry,
            Self::RepoSync(args) => &args.asked.registry,
            Self::Flux(args) => &args.asked.registry,
            Self::ArgoCd(args) => &args.asked.registry,
            Self::Update(args) => &args.asked.registry,
        }
    }

    pub(in crate::cli) const fn pulled(&self) -> &Pulled {
        match self {
            Self::RootSync(args) => &args.pulled,
            Self::RepoSync(args) => &args.pulled,
            Self::Flux(args) => &args.pulled,
            Self::ArgoCd(args) => &args.pulled,
            Self::Update(args) => &args.pulled,
        }
    }
}

pub(super) const EXAMPLES: &str = "\
A tag or a digest:
  By tag, the consumer asks for it again and again, and applies what it names then.
  By digest, it applies this content and nothing else, until the YAML has another digest:
  `deploy update` writes it, in CI or into a GitOps repository. `push` prints a digest, and
  --pin asks the registry for that of a tag. It costs this: Config Sync syncs a digest once
  and then stops polling, and an admission webhook that verifies signatures before the sync
  (the annotation configsync.gke.io/image-to-sync) cannot read the image of a pinned sync.

Examples:
  consign deploy rootsync shop us-docker.pkg.dev/PROJECT/configs/shop:v1 | kubectl apply -f -
  consign deploy rootsync shop \"$(consign push deploy/ us-docker.pkg.dev/PROJECT/configs/shop:v1)\"
  consign deploy flux shop ghcr.io/OWNER/shop:v1 --secret ghcr
  consign deploy update clusters/prod/shop.yaml us-docker.pkg.dev/PROJECT/configs/shop:v2 --pin";

const ROOT_SYNC_EXAMPLES: &str = "\
By digest the image is synced once and polled no more, and a webhook that verifies signatures
before the sync cannot read it: `consign deploy --help` has more on this.

Examples:
  consign deploy rootsync shop us-docker.pkg.dev/PROJECT/configs/shop:v1 | kubectl apply -f -
  consign deploy rootsync shop us-docker.pkg.dev/PROJECT/configs/shop:v1 --pin --dir clusters/prod
  consign deploy rootsync shop ghcr.io/OWNER/shop:v1 --auth token --secret ghcr
  consign deploy rootsync shop us-docker.pkg.dev/PROJECT/configs/shop:v1 \\
    --resources oci-sync:memory-request=64Mi,memory-limit=256Mi --log-level reconciler=3";

const REPO_SYNC_EXAMPLES: &str = "\
By digest the image is synced once and polled no more, and a webhook that verifies signatures
before the sync cannot read it: `consign deploy --help` has more on this.

Examples:
  consign deploy reposync team/shop us-docker.pkg.dev/PROJECT/configs/shop:v1 \\
    --with-namespace --with-rbac | kubectl apply -f -
  consign deploy reposync team/shop us-docker.pkg.dev/PROJECT/configs/shop:v1 \\
    --with-rbac --role Role/deployer";

const FLUX_EXAMPLES: &str = "\
Examples:
  consign deploy flux shop us-docker.pkg.dev/PROJECT/configs/shop:v1 | kubectl apply -f -
  consign deploy flux shop ghcr.io/OWNER/shop --semver '1.x' --secret ghcr
  consign deploy flux shop ghcr.io/OWNER/shop:v1 --target-namespace shop --with-namespace";

const ARGO_CD_EXAMPLES: &str = "\
Examples:
  consign deploy argocd shop us-docker.pkg.dev/PROJECT/configs/shop:v1 | kubectl apply -f -
  consign deploy argocd shop ghcr.io/OWNER/shop:v1 --dest-name prod --dest-namespace shop --manual
  consign deploy argocd shop ghcr.io/OWNER/shop:v1 --path overlays/prod --no-recurse";

const UPDATE_EXAMPLES: &str = "\
Without --sync the syncs of the file that have an image of REF's repository are meant. If they
have different ones, or there is none, nothing is written. Exit code 1 with --check means that
the file would change.

Examples:
  consign deploy update clusters/prod/shop.yaml \\
    \"$(consign push deploy/ us-docker.pkg.dev/PROJECT/configs/shop:v2)\"
  consign deploy update syncs.yaml us-docker.pkg.dev/PROJECT/configs/shop:v2 --pin --check
  consign deploy update syncs.yaml ghcr.io/OWNER/shop:v2 \\
    --sync rootsync/shop --sync reposync/team/shop";

const BESIDE: &str = "What is printed";
const PULL: &str = "The image";

/// The image.
#[derive(Debug, Args)]
pub(in crate::cli) struct Pulled {
    /// HOST/REPOSITORY:TAG, HOST/REPOSITORY@DIGEST or both, as push prints it
    #[arg(value_name = "REF")]
    pub(in crate::cli) reference: String,
    /// Ask the registry which digest the tag names, and write that
    #[arg(long, help_heading = PULL)]
    pub(in crate::cli) pin: bool,
}

/// How the registry is asked for a digest.
#[derive(Debug, Args)]
#[command(mut_args(for_pin))]
pub(in crate::cli) struct Asked {
    #[command(flatten)]
    pub(in crate::cli) registry: Registry,
}

const ASKED_AS: &str = "As whom the registry is asked (also: CONSIGN_USERNAME with CONSIGN_PASSWORD, or CONSIGN_TOKEN)";

/// What is about registries says what it is for, and leaves `--auth` to the consumer.
fn for_pin(argument: Arg) -> Arg {
    match (argument.get_id().as_str(), argument.get_help_heading()) {
        ("jobs", _) => argument.hide(true),
        ("auth", _) => argument.long("registry-auth").help_heading(ASKED_AS),
        (_, Some("The registry")) => argument.help_heading("The registry, with --pin"),
        (_, Some(heading)) if heading.starts_with("As whom") => argument.help_heading(ASKED_AS),
        _ => argument,
    }
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(in crate::cli) struct Flux {
    /// The name of both
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) pulled: Pulled,
    /// The newest tag in this range of versions; REF then has no tag
    #[arg(long, help_heading = PULL, value_name = "RANGE", conflicts_with = "pin", value_parser = deploy::range)]
    pub(in crate::cli) semver: Option<String>,
    /// The folder of the bundle that is applied
    #[arg(long, help_heading = PULL, value_name = "DIR", default_value = ".", value_parser = deploy::dir)]
    pub(in crate::cli) path: String,
    /// Whose accounts pull [default: gcp at Google's registries without --secret, else generic]
    #[arg(long, help_heading = PULL, value_enum, value_name = "WHO")]
    pub(in crate::cli) provider: Option<Provider>,
    /// The Secret to pull with, as `kubectl create secret docker-registry` makes it
    #[arg(long, help_heading = PULL, value_name = "NAME", value_parser = deploy::name)]
    pub(in crate::cli) secret: Option<String>,
    /// A Secret with a certificate to trust under the key ca.crt
    #[arg(long, help_heading = PULL, value_name = "NAME", value_parser = deploy::name)]
    pub(in crate::cli) ca_cert_secret: Option<String>,
    /// Flux speaks http to the registry
    #[arg(long, help_heading = PULL)]
    pub(in crate::cli) insecure: bool,
    /// The namespace of both
    #[arg(long, help_heading = FLUX, value_name = "NS", default_value = "flux-system")]
    pub(in crate::cli) namespace: String,
    /// How often a tag is asked for, and put right what was changed on the cluster
    #[arg(long, help_heading = FLUX, value_name = "DURATION", default_value = "5m")]
    pub(in crate::cli) interval: deploy::Interval,
    /// Keep on the cluster what is no longer in the bundle
    #[arg(long, help_heading = FLUX)]
    pub(in crate::cli) no_prune: bool,
    /// Ready only when all that was applied is ready
    #[arg(long, help_heading = FLUX)]
    pub(in crate::cli) wait: bool,
    /// The namespace of every object, whatever the bundle says
    #[arg(long, help_heading = FLUX, value_name = "NS")]
    pub(in crate::cli) target_namespace: Option<String>,
    /// The service account that applies [default there: that of Flux]
    #[arg(long, help_heading = FLUX, value_name = "NAME", value_parser = deploy::name)]
    pub(in crate::cli) service_account: Option<String>,
    /// Print the Namespace of --target-namespace too
    #[arg(long, help_heading = BESIDE, requires = "target_namespace")]
    pub(in crate::cli) with_namespace: bool,
    #[command(flatten)]
    pub(in crate::cli) asked: Asked,
}

const FLUX: &str = "Flux";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Provider {
    /// Nobody's: a Secret, or anonymous
    Generic,
    /// Google's
    Gcp,
    /// Amazon's
    Aws,
    /// Microsoft's
    Azure,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(in crate::cli) struct ArgoCd {
    /// Its name
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) pulled: Pulled,
    /// The folder of the bundle that is applied
    #[arg(long, help_heading = PULL, value_name = "DIR", default_value = ".", value_parser = deploy::dir)]
    pub(in crate::cli) path: String,
    /// Read only what is directly in --path; a kustomization or a chart there is rendered
    #[arg(long, help_heading = PULL)]
    pub(in crate::cli) no_recurse: bool,
    /// Its namespace
    #[arg(long, help_heading = ARGO_CD, value_name = "NS", default_value = "argocd")]
    pub(in crate::cli) namespace: String,
    /// Its AppProject
    #[arg(long, help_heading = ARGO_CD, value_name = "NAME", default_value = "default", value_parser = deploy::name)]
    pub(in crate::cli) project: String,
    /// The API server of the cluster to apply to [default: that of Argo CD's own cluster]
    #[arg(long, help_heading = ARGO_CD, value_name = "URL")]
    pub(in crate::cli) dest_server: Option<String>,
    /// The cluster to apply to, by the name that Argo CD has for it
    #[arg(long, help_heading = ARGO_CD, value_name = "NAME", conflicts_with = "dest_server")]
    pub(in crate::cli) dest_name: Option<String>,
    /// The namespace of objects that name none
    #[arg(long, help_heading = ARGO_CD, value_name = "NS", default_value = "default")]
    pub(in crate::cli) dest_namespace: String,
    /// Sync only when somebody asks for it
    #[arg(long, help_heading = ARGO_CD)]
    pub(in crate::cli) manual: bool,
    /// Keep on the cluster what is no longer in the bundle
    #[arg(long, help_heading = ARGO_CD, conflicts_with = "manual")]
    pub(in crate::cli) no_prune: bool,
    /// Leave alone what was changed on the cluster
    #[arg(long, help_heading = ARGO_CD, conflicts_with = "manual")]
    pub(in crate::cli) no_self_heal: bool,
    /// Print the Namespace of --dest-namespace too
    #[arg(long, help_heading = BESIDE, requires = "dest_namespace")]
    pub(in crate::cli) with_namespace: bool,
    #[command(flatten)]
    pub(in crate::cli) asked: Asked,
}

const ARGO_CD: &str = "Argo CD";

#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// A YAML file with syncs
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) pulled: Pulled,
    /// The sync that gets the image, whatever it has: rootsync/NAME, reposync/NS/NAME, ocirepository/NS/NAME or application/NS/NAME; repeat for more
    #[arg(long = "sync", value_name = "SYNC")]
    pub(in crate::cli) syncs: Vec<String>,
    /// Write nothing; exit with 1 if the file would change
    #[arg(long)]
    pub(in crate::cli) check: bool,
    #[command(flatten)]
    pub(in crate::cli) asked: Asked,
}
