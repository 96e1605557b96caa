//! Whose rules count: a bundle is checked for those who will read it.

use super::consumers::ALSO_BY_DEFAULT;
use crate::finding::Refuser::{self, ApiServer, ArgoCd, ConfigSync, Consign, Flux, Kubectl, ServerSideApply};
use crate::finding::Rule;

/// Who syncs or applies the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consumer {
    /// Config Sync, through a RootSync or a RepoSync.
    ConfigSync,
    /// Flux, through an OCIRepository and a Kustomization.
    Flux,
    /// Argo CD, through an Application.
    ArgoCd,
    /// `kubectl apply`.
    Kubectl,
}

impl Consumer {
    /// Who may refuse an object on this consumer's way to the cluster.
    pub const fn refusers(self) -> &'static [Refuser] {
        match self {
            Self::ConfigSync => &[Consign, ApiServer, ServerSideApply, ConfigSync],
            Self::Flux => &[Consign, ApiServer, ServerSideApply, Flux],
            Self::ArgoCd => &[Consign, ApiServer, Kubectl, ArgoCd],
            Self::Kubectl => &[Consign, ApiServer, Kubectl],
        }
    }
}

/// Whether a rule counts for these consumers; for none in particular: if this tool, the API server or `kubectl` refuse what it finds,
/// and a few more. What nobody refuses is advice, which counts for all.
pub(super) fn counts(rule: &Rule, consumers: &[Consumer]) -> bool {
    if consumers.is_empty() && ALSO_BY_DEFAULT.iter().any(|also| also.id == rule.id) {
        return true;
    }
    let consumers = if consumers.is_empty() { &[Consumer::Kubectl][..] } else { consumers };
    rule.refused_by.is_empty()
        || consumers.iter().flat_map(|consumer| consumer.refusers()).any(|who| rule.refused_by.contains(who))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    const fn rule(refused_by: &'static [Refuser]) -> Rule {
        Rule { id: "a/b", title: "", refused_by, severity: Severity::Error, help: "" }
    }

    #[test]
    fn without_a_consumer_a_few_rules_of_one_count_all_the_same() {
        for rule in ALSO_BY_DEFAULT {
            assert!(counts(rule, &[]) && counts(rule, &[Consumer::ConfigSync]), "{}", rule.id);
            assert!(!counts(rule, &[Consumer::Flux, Consumer::ArgoCd, Consumer::Kubectl]), "{}", rule.id);
        }
    }

    #[test]
    fn a_rule_counts_if_someone_on_the_way_refuses() {
        for (refused_by, consumers, is) in [
            (&[ConfigSync][..], &[][..], false),
            (&[ConfigSync], &[Consumer::ConfigSync], true),
            (&[ConfigSync], &[Consumer::Flux, Consumer::ConfigSync], true),
            (&[ConfigSync], &[Consumer::Flux, Consumer::ArgoCd, Consumer::Kubectl], false),
            (&[Flux], &[Consumer::Flux], true),
            (&[ServerSideApply], &[], false),
            (&[ServerSideApply], &[Consumer::Flux], true),
            (&[Kubectl], &[], true),
            (&[Kubectl], &[Consumer::ConfigSync], false),
            (&[Kubectl], &[Consumer::ArgoCd], true),
            (&[Consign, ConfigSync], &[], true),
            (&[], &[], true),
            (&[], &[Consumer::Flux], true),
        ] {
            assert_eq!(counts(&rule(refused_by), consumers), is, "{refused_by:?} for {consumers:?}");
        }
    }
}
