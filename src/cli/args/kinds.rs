//! What is typed about kinds: whose definitions are known, and what is not checked.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

// What every command that checks can be told about kinds.
#[derive(Debug, Args)]
#[command(next_help_heading = super::CHECKS)]
pub(in crate::cli) struct Kinds {
    /// `CustomResourceDefinitions` that are on the cluster already: a directory, a file, - for standard input, or cluster[:CONTEXT] to
    /// ask kubectl; repeat for more. Those in the bundle come first
    #[arg(long = "crds", value_name = "PATH", env = "CONSIGN_CRDS", value_delimiter = ',')]
    pub(in crate::cli) crds: Vec<OsString>,
    /// How bad it is that nobody knows a kind
    #[arg(
        long = "unknown-kinds",
        id = "unknown_kinds",
        value_enum,
        default_value_t,
        value_name = "LEVEL",
        env = "CONSIGN_UNKNOWN_KINDS"
    )]
    pub(in crate::cli) unknown: UnknownKinds,
    /// A kind whose objects are not checked, KIND or KIND.GROUP; repeat for more
    #[arg(long = "skip", value_name = "KIND", env = "CONSIGN_SKIP", value_delimiter = ',')]
    pub(in crate::cli) skip: Vec<String>,
}

/// How bad it is that nobody knows a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum UnknownKinds {
    /// An error
    Error,
    /// A warning
    #[default]
    Warn,
    /// Nothing to tell
    Ignore,
}
