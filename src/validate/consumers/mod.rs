//! What Config Sync, Flux, Argo CD and `kubectl` demand of a bundle beyond what the API server does.
//!
//! Which of these rules count is decided by `policy`; checks of one consumer alone are made only when it is asked for. What is said here
//! of the consumers is read from their own source or tried with them.

mod config_sync;
mod rules;
mod scope;
mod server_set;
#[cfg(test)]
mod tests;

pub(super) use config_sync::{Bundle, CLUSTER_NAMES, CLUSTER_SELECTOR, Facts, NAMESPACE_SELECTOR, facts};
pub(super) use rules::{ALSO_BY_DEFAULT, RULES};
pub(super) use scope::lacking_namespace;

use super::kubernetes::Scope;
use super::options::Options;
use super::policy::Consumer;
use super::subject::Subject;

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
}

/// Checks a custom resource whose definition says that it is of this scope.
pub(super) fn check_custom_scope(on: &mut Subject<'_>, scope: Scope) {
    if known_scope(on).is_none() {
        check_scope(on, scope);
    }
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

/// Whether a kind that no definition is needed for is checked here: one that a consumer reads, and does not apply.
pub(super) fn knows(options: &Options, group: &str, kind: &str) -> bool {
    config_sync::is_asked_for(options) && config_sync::reads(group, kind)
}

/// Whether a string of an object may be other text by the time it is applied, so that nothing can be said of its form: Flux replaces
/// `${NAME}` after it has built a Kustomization.
pub(super) fn is_placeholder(options: &Options, text: &str) -> bool {
    text.contains("${") && options.consumers.contains(&Consumer::Flux)
}
