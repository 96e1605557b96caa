//! What the user decides about the checks.

use std::collections::BTreeMap;

use super::custom::Given;
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
    /// The name of the RootSync or RepoSync that reads the bundle, if it is known.
    pub sync_name: Option<String>,
    /// The most objects of a folder to sync that Config Sync is meant to get.
    pub max_objects: Option<usize>,
    /// The versions of Kubernetes that it must be valid for, all of them; none: [`Version::DEFAULT`].
    pub kubernetes: Vec<Version>,
    /// An object without a namespace whose kind has one is an error, not a warning.
    pub require_namespace: bool,
    /// Definitions of custom resources that are on the cluster already. Those in the bundle come first.
    pub definitions: Given,
    /// How bad it is that nobody knows a kind.
    pub unknown_kinds: UnknownKinds,
    /// Kinds whose objects are not checked.
    pub skip: Vec<Skip>,
}

impl Options {
    /// Whether an object of this kind is not checked.
    pub(super) fn skips(&self, group: &str, kind: &str) -> bool {
        self.skip.iter().any(|skip| skip.kind == kind && skip.group.as_deref().is_none_or(|wanted| wanted == group))
    }

    /// Whether this consumer reads the bundle.
    pub(super) fn is_for(&self, consumer: Consumer) -> bool {
        self.consumers.contains(&consumer)
    }

    /// Whether this consumer is the only one that is named. What it alone takes is a fault wherever others read the bundle, too.
    pub(super) fn is_only_for(&self, consumer: Consumer) -> bool {
        !self.consumers.is_empty() && self.consumers.iter().all(|other| *other == consumer)
    }

    /// The versions that are meant.
    pub(super) fn targets(&self) -> Targets {
        Targets::new(&self.kubernetes)
    }
}

/// How bad it is that nobody knows a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownKinds {
    /// An error.
    Error,
    /// A warning.
    #[default]
    Warn,
    /// Nothing to tell.
    Ignore,
}

/// Objects that are not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Their kind.
    pub kind: String,
    /// Their group; none: any.
    pub group: Option<String>,
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
