//! What the user decides about the checks.

use std::collections::BTreeMap;

use super::kubernetes::{Targets, Version};
use super::policy::{Consumer, Level};

/// What the user decides about the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Options {
    /// The folders that consumers sync, each on its own, below the bundle's root. None means the root, as does `""` or `.`.
    pub sync_dirs: Vec<String>,
    /// A bundle without objects is a warning, not an error.
    pub allow_empty: bool,
    /// Whose rules count; none: those that hold for everyone.
    pub consumers: Vec<Consumer>,
    /// How bad what single rules find is, by their ids; others are as they come.
    pub levels: BTreeMap<&'static str, Level>,
    /// Warnings are errors, but for those that an option allows.
    pub strict: bool,
    /// Secrets in plain text are errors.
    pub deny_secrets: bool,
    /// How Config Sync is told to read the bundle.
    pub source_format: SourceFormat,
    /// The namespace of the `RepoSync` that reads the bundle; none if a `RootSync` does.
    pub namespace: Option<String>,
    /// The versions of Kubernetes that it must be valid for, all of them; none: [`Version::DEFAULT`].
    pub kubernetes: Vec<Version>,
    /// An object without a namespace whose kind has one is an error, not a warning.
    pub require_namespace: bool,
}

impl Options {
    /// The versions that are meant.
    pub(super) fn targets(&self) -> Targets {
        Targets::new(&self.kubernetes)
    }
}

/// The layouts that Config Sync knows (`spec.sourceFormat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceFormat {
    /// Any folders.
    #[default]
    Unstructured,
    /// `system`, `cluster`, `clusterregistry` and `namespaces`, whose folders are namespaces.
    Hierarchy,
}
