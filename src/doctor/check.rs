//! What was looked at, what was found there, and how to mend it.

use crate::error::{Error, Kind};

/// What is looked at, in the order in which one thing needs the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The program `gcloud`.
    Gcloud,
    /// Its login.
    Login,
    /// docker's and podman's configuration.
    DockerConfig,
    /// As whom the registry is spoken to, and the helper that says so.
    Credential,
    /// Whether the registry answers.
    Registry,
    /// Whether the repository is there.
    Repository,
    /// Whether one may push to it.
    Push,
    /// Whether one may pull from it.
    Pull,
    /// The program `kubectl`.
    Kubectl,
    /// The context, and the cluster behind it.
    Cluster,
    /// The version of Config Sync there.
    ConfigSync,
    /// The kinds there that sync a bundle.
    SyncApi,
    /// Whether the cluster may pull.
    Binding,
}

impl Subject {
    /// What it is called, in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gcloud => "gcloud",
            Self::Login => "login",
            Self::DockerConfig => "docker-config",
            Self::Credential => "credential",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Kubectl => "kubectl",
            Self::Cluster => "cluster",
            Self::ConfigSync => "config-sync",
            Self::SyncApi => "sync-api",
            Self::Binding => "binding",
        }
    }
}

/// How it is with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It may be meant so.
    Warning,
    /// It stands in the way; the kind says what sort of failure it leads to.
    Problem(Kind),
    /// It could not be found out.
    NotChecked,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub subject: Subject,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, or why it was not checked.
    pub found: String,
    /// More of it, a line each.
    pub details: Vec<String>,
    /// How to mend it: a sentence, or a command to type.
    pub hint: Option<String>,
}

impl Check {
    fn new(subject: Subject, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { subject, verdict, found: found.into(), details: Vec::new(), hint: None }
    }

    pub(super) fn ok(subject: Subject, found: impl Into<String>) -> Self {
        Self::new(subject, Verdict::Ok, found)
    }

    pub(super) fn warning(subject: Subject, found: impl Into<String>) -> Self {
        Self::new(subject, Verdict::Warning, found)
    }

    pub(super) fn problem(subject: Subject, kind: Kind, found: impl Into<String>) -> Self {
        Self::new(subject, Verdict::Problem(kind), found)
    }

    pub(super) fn not_checked(subject: Subject, why: impl Into<String>) -> Self {
        Self::new(subject, Verdict::NotChecked, why)
    }

    /// A problem of which there is an error already.
    pub(super) fn error(subject: Subject, error: &Error) -> Self {
        let check = Self::problem(subject, error.kind(), error.headline());
        Self { details: error.what_was_tried().to_vec(), hint: error.hint_text().map(str::to_owned), ..check }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(super) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }

    #[must_use]
    pub(super) fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details = details.into_iter().collect();
        self
    }

    pub(super) const fn is_problem(&self) -> bool {
        matches!(self.verdict, Verdict::Problem(_))
    }
}
