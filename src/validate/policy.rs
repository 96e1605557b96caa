//! Whose rules count, and how bad what they find is: a bundle is checked for those who will read it, and the user has the last word.

use super::consumers::ALSO_BY_DEFAULT;
use super::options::Options;
use crate::finding::Refuser::{self, ApiServer, ArgoCd, ConfigSync, Consign, Flux, Kubectl, ServerSideApply};
use crate::finding::{Finding, Rule, Severity};

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

/// What the user says of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What it finds is not told.
    Off,
    /// It is told, and the work goes on.
    Warning,
    /// The bundle must not be delivered.
    Error,
}

/// How bad a finding is; none if it does not count.
pub(super) fn severity(options: &Options, finding: &Finding) -> Option<Severity> {
    let rule = finding.rule;
    if is_fixed(rule) {
        return Some(finding.severity);
    }
    if let Some(level) = options.levels.get(rule.id) {
        return match level {
            Level::Off => None,
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        };
    }
    if !counts(rule, &options.consumers) {
        return None;
    }
    // What an option allows is no error for another option's sake.
    let is_allowed = options.allow_empty && *rule == super::rules::EMPTY;
    let is_raised = (options.strict && !is_allowed) || (options.deny_secrets && is_about_secrets(rule));
    Some(if is_raised { Severity::Error } else { finding.severity })
}

/// Whether a comment in the file may silence the rule: not where the command line says what becomes of it.
pub(super) fn can_be_silenced(options: &Options, rule: &Rule) -> bool {
    let is_denied = options.deny_secrets && is_about_secrets(rule);
    !is_fixed(rule) && !is_denied && !options.levels.contains_key(rule.id)
}

/// Whether what the rule finds would be told at all.
pub(super) fn is_told(options: &Options, rule: &Rule) -> bool {
    match options.levels.get(rule.id) {
        Some(level) => *level != Level::Off,
        None => counts(rule, &options.consumers),
    }
}

/// Whether nothing can be done about the rule: without what it asks for there is no bundle.
pub fn is_fixed(rule: &Rule) -> bool {
    rule.id.starts_with("source/") && rule.severity == Severity::Error
}

fn is_about_secrets(rule: &Rule) -> bool {
    rule.id.starts_with("secret/")
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
    use crate::finding::Place;

    const fn rule(refused_by: &'static [Refuser]) -> Rule {
        Rule { id: "a/b", title: "", refused_by, severity: Severity::Error, help: "" }
    }

    fn judged(rule: &'static Rule, severity: Severity, options: &Options) -> Option<Severity> {
        super::severity(options, &Finding { severity, ..Finding::new(rule, Place::file("a"), "x") })
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        static RULE: Rule =
            Rule { id: "a/b", title: "", refused_by: &[ConfigSync], severity: Severity::Warning, help: "" };
        let set = |level| Options { levels: [("a/b", level)].into(), strict: true, ..Options::default() };
        for (level, expected) in
            [(Level::Off, None), (Level::Warning, Some(Severity::Warning)), (Level::Error, Some(Severity::Error))]
        {
            assert_eq!(
                judged(&RULE, Severity::Warning, &set(level)),
                expected,
                "{level:?}, although it does not count"
            );
            assert!(!can_be_silenced(&set(level), &RULE));
            assert_eq!(is_told(&set(level), &RULE), level != Level::Off);
        }
    }

    #[test]
    fn strict_makes_errors_of_warnings_but_not_of_what_was_allowed() {
        static ADVICE: Rule = Rule { id: "a/b", title: "", refused_by: &[], severity: Severity::Warning, help: "" };
        let strict = Options { strict: true, allow_empty: true, ..Options::default() };
        assert_eq!(judged(&ADVICE, Severity::Warning, &strict), Some(Severity::Error));
        assert_eq!(judged(&ADVICE, Severity::Warning, &Options::default()), Some(Severity::Warning));
        assert_eq!(judged(&crate::validate::rules::EMPTY, Severity::Warning, &strict), Some(Severity::Warning));
        assert!(can_be_silenced(&strict, &ADVICE));
    }

    #[test]
    fn secrets_can_be_denied_and_then_no_comment_helps() {
        static SECRET: Rule =
            Rule { id: "secret/b", title: "", refused_by: &[], severity: Severity::Warning, help: "" };
        let denied = Options { deny_secrets: true, ..Options::default() };
        assert_eq!(judged(&SECRET, Severity::Warning, &denied), Some(Severity::Error));
        assert!(!can_be_silenced(&denied, &SECRET) && can_be_silenced(&Options::default(), &SECRET));
    }

    #[test]
    fn what_leaves_no_bundle_stays_an_error() {
        static UNREADABLE: Rule = Rule { id: "source/b", ..rule(&[Consign]) };
        let options = Options { levels: [("source/b", Level::Off)].into(), ..Options::default() };
        assert_eq!(judged(&UNREADABLE, Severity::Error, &options), Some(Severity::Error));
        assert!(!can_be_silenced(&options, &UNREADABLE));
    }

    #[test]
    fn without_a_consumer_a_few_rules_of_some_count_all_the_same() {
        for rule in ALSO_BY_DEFAULT {
            assert!(counts(rule, &[]) && counts(rule, &[Consumer::ConfigSync]), "{}", rule.id);
            assert!(!counts(rule, &[Consumer::ArgoCd, Consumer::Kubectl]), "{}", rule.id);
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
