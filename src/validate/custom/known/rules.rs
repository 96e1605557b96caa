//! The rules between the fields of the consumers' own kinds.

use crate::finding::Refuser::{ArgoCd, ConfigSync, Consign};
use crate::finding::Rule;
use crate::finding::Severity::Error;

pub(super) static SYNC: Rule = Rule::new(
    "config-sync/spec",
    Error,
    &[Consign, ConfigSync],
    "a RootSync or RepoSync that Config Sync does not take",
    "The API server takes it, and then Config Sync stops with KNV1061: the block of the source type is missing, the way to authenticate \
     wants a Secret or an account that is not there or does not want one that is, or the name, the namespace or an annotation does not fit.",
);

pub(super) static APPLICATION: Rule = Rule::new(
    "argocd/spec",
    Error,
    &[Consign, ArgoCd],
    "an Application that Argo CD does not take",
    "The API server takes it, and then Argo CD reports InvalidSpecError: the destination is named twice, or there is no source.",
);

/// All of them.
pub(in crate::validate) static RULES: &[&Rule] = &[&SYNC, &APPLICATION];
