//! What Config Sync, Flux, Argo CD and `kubectl` demand of a bundle beyond what the API server does.
//!
//! Which of these rules count is decided by `policy`; checks of one consumer alone are made only when it is asked for. What is said here
//! of the consumers is read from their own source or tried with them.

mod argocd;
mod config_sync;
mod flux;
mod rules;
mod scope;
mod server_set;
#[cfg(test)]
mod tests;

pub(super) use argocd::makes_a_name;
pub(super) use config_sync::{Bundle, CLUSTER_NAMES, CLUSTER_SELECTOR, Facts, NAMESPACE_SELECTOR, facts};
pub use flux::IGNORE_FILE;
pub(super) use flux::{Placeholders, not_decrypted};
pub(super) use rules::{ALSO_BY_DEFAULT, RULES};
pub(super) use scope::lacking_namespace;

use std::sync::Arc;

use super::kubernetes::Scope;
use super::options::Options;
use super::paths::ci_path;
use super::policy::Consumer;
use super::subject::Subject;
use crate::finding::{Finding, Rule, Severity};
use crate::object::{Document, Parsed};

/// Checks an object that is applied.
pub(super) fn check(on: &mut Subject<'_>) {
    server_set::status(on);
    server_set::metadata(on);
    if config_sync::is_asked_for(on.options) {
        config_sync::check(on);
    }
    if let Some(scope) = known_scope(on) {
        check_scope(on, scope);
    }
    let is_asked_for = on.options.levels.contains_key(rules::LAST_APPLIED.id);
    if is_asked_for || [Consumer::Kubectl, Consumer::ArgoCd].into_iter().any(|consumer| on.options.is_for(consumer)) {
        argocd::last_applied(on);
    }
}

/// Checks an object that is not applied because of its annotation `config.kubernetes.io/local-config`.
pub(super) fn check_local(on: &mut Subject<'_>) {
    if argocd::is_asked_for(on.options) {
        argocd::local(on);
    }
}

/// Checks a document of a file that holds objects, as a text. What is found is told [once a file](is_told_once), if it is about the file.
pub(super) fn check_document(
    options: &Options,
    path: &Arc<str>,
    document: &Document<'_>,
    parsed: &Parsed<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if argocd::is_asked_for(options) {
        findings.extend(argocd::skipped(path, document));
    }
    if config_sync::is_asked_for(options) {
        findings.extend(config_sync::not_one_json(path, document, parsed));
        findings.extend(config_sync::unread(options, path, parsed));
    }
    findings
}

/// Checks a document of a file that no consumer reads.
pub(super) fn check_unread(options: &Options, path: &Arc<str>, parsed: &Parsed<'_>) -> Option<Finding> {
    config_sync::is_asked_for(options).then(|| config_sync::unread(options, path, parsed)).flatten()
}

/// Whether what the rule finds in a document is about the whole file.
pub(super) fn is_told_once(rule: &Rule) -> bool {
    [&rules::JSON, &rules::OUTSIDE_HIERARCHY].iter().any(|once| once.id == rule.id)
}

/// Whether a consumer reads a file at this path below the folder that it syncs.
pub(super) fn reads_at(options: &Options, below: &str) -> bool {
    config_sync::reads_at(options, below)
}

/// Checks the name of a file that was found to hold objects.
///
/// `has_ignore_file`: the bundle says itself what Flux shall leave out.
pub(super) fn check_file(options: &Options, path: &str, has_ignore_file: bool) -> Option<Finding> {
    flux::is_asked_for(options).then(|| flux::file(path, has_ignore_file)).flatten()
}

/// Checks a file that holds no objects, by its bytes. `below_source` is its path below each folder to sync that it is in.
pub(super) fn check_other_file<'p>(
    options: &Options,
    path: &Arc<str>,
    mut below_source: impl Iterator<Item = &'p str>,
    bytes: &[u8],
) -> Option<Finding> {
    if !config_sync::is_asked_for(options) {
        return None;
    }
    below_source.find_map(|below| config_sync::check_other_file(path, below, bytes))
}

/// Checks a folder to sync, `""` for the root, by the names of the files that hold objects.
pub(super) fn check_folder<'a>(options: &Options, dir: &str, names: impl Iterator<Item = &'a str>) -> Option<Finding> {
    argocd::is_asked_for(options).then(|| argocd::folder(dir, names)).flatten()
}

/// Checks a folder to sync by the bytes of the files that hold objects.
pub(super) fn check_bytes(options: &Options, dir: &str, bytes: u64) -> Option<Finding> {
    argocd::is_asked_for(options).then(|| argocd::too_many_bytes(dir, bytes)).flatten()
}

/// Checks a bundle by the bytes of all files.
pub(super) fn check_all_bytes(options: &Options, bytes: u64) -> Option<Finding> {
    argocd::is_asked_for(options).then(|| argocd::too_many_bytes_unpacked(bytes)).flatten()
}

/// Whether a consumer reads a file that is ignored by the bundle's [`IGNORE_FILE`]s, or belongs to a CI system or code host.
pub(super) fn reads(consumer: Consumer, path: &str, is_ignored: bool, has_ignore_file: bool) -> bool {
    match consumer {
        Consumer::ConfigSync => ci_path(path).is_none(),
        Consumer::Flux => !is_ignored && (has_ignore_file || !flux::skips(path)),
        Consumer::ArgoCd | Consumer::Kubectl => true,
    }
}

/// Those of the consumers that apply an object with the annotation `config.kubernetes.io/local-config`. Config Sync and kustomize, and
/// so Flux, leave it out.
pub(super) fn that_apply_local(options: &Options) -> Vec<Consumer> {
    let apply = |consumer: &Consumer| matches!(consumer, Consumer::ArgoCd | Consumer::Kubectl);
    options.consumers.iter().copied().filter(apply).collect()
}

/// How bad it is that a file holds something else than objects; none if nobody reads the file.
pub(super) fn severity_of_other_content(options: &Options, path: &str, has_ignore_file: bool) -> Option<Severity> {
    if options.consumers.is_empty() {
        return Some(Severity::Error);
    }
    let severity = |consumer: &Consumer| match consumer {
        Consumer::Flux if flux::leaves_out(path, has_ignore_file) => None,
        // It passes over what is no object.
        Consumer::ArgoCd => Some(Severity::Warning),
        _ => Some(Severity::Error),
    };
    options.consumers.iter().filter_map(severity).max()
}

/// Checks a custom resource whose definition says that it is of this scope.
pub(super) fn check_custom_scope(on: &mut Subject<'_>, scope: Scope) {
    if known_scope(on).is_none() {
        check_scope(on, scope);
    }
}

/// The namespace that the object is in by what it says itself, `own`, and by where a consumer puts it; none: it is up to whoever applies it.
pub(super) fn namespace<'a>(on: &Subject<'a>, own: Option<&'a str>) -> Option<&'a str> {
    let is_in_one = known_scope(on) != Some(Scope::Cluster);
    if is_in_one { config_sync::namespace(on, own) } else { own }
}

fn known_scope(on: &Subject<'_>) -> Option<Scope> {
    scope::of(on.object.group()?, on.object.kind()?)
}

fn check_scope(on: &mut Subject<'_>, scope: Scope) {
    scope::check(on, scope);
    if config_sync::is_asked_for(on.options) {
        config_sync::check_scope(on, scope);
    }
}

/// Who of those that are named does not inflate the charts of a kustomization.
pub(super) fn inflates_no_chart(options: &Options) -> Option<&'static str> {
    let refusers = [(Consumer::Flux, "Flux"), (Consumer::Kubectl, "`kubectl apply -k`")];
    refusers.into_iter().find(|(consumer, _)| options.is_for(*consumer)).map(|(_, name)| name)
}

/// Whether annotations of Config Sync's may keep objects of one name apart. To others they mean nothing.
pub(super) fn may_be_for_clusters(options: &Options) -> bool {
    options.consumers.is_empty() || options.is_only_for(Consumer::ConfigSync)
}

/// Whether a kind that no definition is needed for is checked here: one that a consumer reads, and does not apply.
pub(super) fn knows(options: &Options, group: &str, kind: &str) -> bool {
    options.is_only_for(Consumer::ConfigSync) && config_sync::reads(group, kind)
}
