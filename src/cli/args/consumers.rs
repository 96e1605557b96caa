//! For whom the bundle is checked.

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::CHECKS;

#[derive(Debug, Args)]
#[command(next_help_heading = CHECKS)]
pub(in crate::cli) struct Readers {
    /// Who reads the bundle: its rules count then, and those of others do not; repeat for more
    #[arg(long = "consumer", value_enum, value_name = "WHO", env = "CONSIGN_CONSUMER", value_delimiter = ',')]
    pub(in crate::cli) consumers: Vec<Consumer>,
    /// How Config Sync reads the bundle, spec.sourceFormat [default: unstructured]
    #[arg(long, value_enum, value_name = "FORMAT", env = "CONSIGN_SOURCE_FORMAT")]
    pub(in crate::cli) source_format: Option<SourceFormat>,
    /// The namespace of the RepoSync with which Config Sync reads the bundle
    #[arg(long, value_name = "NS", env = "CONSIGN_NAMESPACE")]
    pub(in crate::cli) namespace: Option<String>,
    /// The name of the RootSync or RepoSync with which Config Sync reads the bundle: it may not be in it
    #[arg(long, value_name = "NAME", env = "CONSIGN_SYNC_NAME")]
    pub(in crate::cli) sync_name: Option<String>,
    /// The most objects that Config Sync is meant to get from one folder [default: any number]
    #[arg(long, value_name = "N", env = "CONSIGN_MAX_OBJECTS")]
    pub(in crate::cli) max_objects: Option<usize>,
    /// Refuse an object that has no namespace although its kind has one
    #[arg(long, env = "CONSIGN_REQUIRE_NAMESPACE", value_parser = BoolishValueParser::new())]
    pub(in crate::cli) require_namespace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Consumer {
    /// Config Sync, with a RootSync or a RepoSync
    ConfigSync,
    /// Flux, with an OCIRepository and a Kustomization
    Flux,
    /// Argo CD, with an Application
    #[value(name = "argocd")]
    ArgoCd,
    /// kubectl apply
    Kubectl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SourceFormat {
    /// Any folders
    Unstructured,
    /// The folders system, cluster, clusterregistry and namespaces
    Hierarchy,
}
