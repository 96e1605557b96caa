//! What can be typed about preparing Google Cloud.

use clap::{Args, ValueEnum};

use super::Format;

pub(super) const SETUP_EXAMPLES: &str = "\
Examples:
  consign setup us-docker.pkg.dev/PROJECT/REPOSITORY --writer me@example.com --rootsync shop \\
    >setup.sh
  consign setup us-docker.pkg.dev/PROJECT/REPOSITORY --rootsync shop --reposync orders/prod --run
  consign setup us-docker.pkg.dev/PROJECT/REPOSITORY --rootsync shop --fleet-project FLEET \\
    --format terraform >setup.tf
  consign setup us-docker.pkg.dev/PROJECT/REPOSITORY --consumer flux --github OWNER/REPO \\
    --workload-identity-pool projects/NUMBER/locations/global/workloadIdentityPools/POOL

Without --run nothing is executed, and nobody is asked.";

const REPOSITORY: &str = "The repository";
const WRITERS: &str = "Who may push";
const READERS: &str = "Who may pull";

#[derive(Debug, Args)]
pub(in crate::cli) struct Setup {
    /// The repository at Artifact Registry, or an image in it: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY[/NAME][:TAG]
    #[arg(value_name = "REPO")]
    pub(in crate::cli) repository: String,
    /// Make the repository one in which no tag is ever moved or deleted
    #[arg(long, help_heading = REPOSITORY)]
    pub(in crate::cli) immutable_tags: bool,
    /// What the repository is for
    #[arg(long, help_heading = REPOSITORY, value_name = "TEXT")]
    pub(in crate::cli) description: Option<String>,
    /// A person or service account by its address, or user:…, serviceAccount:…, group:…, principal://…, principalSet://…; repeat for
    /// more
    #[arg(long = "writer", help_heading = WRITERS, value_name = "MEMBER")]
    pub(in crate::cli) writers: Vec<String>,
    /// The workflows of this repository of GitHub; repeat for more
    #[arg(long, help_heading = WRITERS, value_name = "OWNER/REPO", requires = "workload_identity_pool")]
    pub(in crate::cli) github: Vec<String>,
    /// The pool through which they log in: projects/NUMBER/locations/global/workloadIdentityPools/POOL
    #[arg(long, help_heading = WRITERS, value_name = "POOL", requires = "github")]
    pub(in crate::cli) workload_identity_pool: Option<String>,
    /// The RootSync of this name; repeat for more
    #[arg(long = "rootsync", help_heading = READERS, value_name = "NAME")]
    pub(in crate::cli) rootsyncs: Vec<String>,
    /// The RepoSync of this namespace and name; repeat for more
    #[arg(long = "reposync", help_heading = READERS, value_name = "NS/NAME")]
    pub(in crate::cli) reposyncs: Vec<String>,
    /// A consumer that pulls with one account for all it syncs
    #[arg(long = "consumer", help_heading = READERS, value_enum, value_name = "WHO")]
    pub(in crate::cli) consumer: Option<SharedConsumer>,
    /// Anybody else, written as for --writer; repeat for more
    #[arg(long = "reader", help_heading = READERS, value_name = "MEMBER")]
    pub(in crate::cli) readers: Vec<String>,
    /// The project of the fleet whose clusters pull, or without a fleet that of the cluster [default: the repository's]
    #[arg(long, help_heading = READERS, value_name = "PROJECT")]
    pub(in crate::cli) fleet_project: Option<String>,
    /// Let them pull as this service account (auth: gcpserviceaccount) instead of by themselves (auth: k8sserviceaccount, from Config
    /// Sync 1.17.2)
    #[arg(long, help_heading = READERS, value_name = "EMAIL")]
    pub(in crate::cli) gsa: Option<String>,
    /// What to print on standard output [default: sh; with --run: the repository]
    #[arg(long, help_heading = "What is done", value_enum, value_name = "FORMAT")]
    pub(in crate::cli) format: Option<SetupFormat>,
    /// Do it, with gcloud: step by step, what is there already is left alone
    #[arg(long, help_heading = "What is done")]
    pub(in crate::cli) run: bool,
}

impl Setup {
    /// How a failure is printed.
    pub(super) const fn failure_format(&self) -> Format {
        if matches!(self.format, Some(SetupFormat::Json)) { Format::Json } else { Format::Text }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SharedConsumer {
    /// Flux's source-controller
    Flux,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SetupFormat {
    /// A script of gcloud commands
    Sh,
    /// Resources for Terraform
    Terraform,
    /// The steps as JSON; with --run, what came of each
    Json,
}
