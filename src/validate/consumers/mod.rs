//! What Config Sync, Flux, Argo CD and `kubectl` demand of a bundle beyond what the API server does.
//!
//! Which of these rules count is decided by `policy`; checks of one consumer alone are made only when it is asked for. What is said here
//! of the consumers is read from their own source or tried with them.

mod config_sync;
mod rules;
mod server_set;
#[cfg(test)]
mod tests;

pub(super) use config_sync::{CLUSTER_NAMES, CLUSTER_SELECTOR, NAMESPACE_SELECTOR};
pub(super) use rules::{ALSO_BY_DEFAULT, RULES};

use super::options::Options;
use super::policy::Consumer;
use super::subject::Subject;

/// Checks an object that is applied.
pub(super) fn check(on: &mut Subject<'_>) {
    server_set::status(on);
    server_set::metadata(on);
    if config_sync::is_asked_for(on.options) {
        for check in config_sync::CHECKS {
            check(on);
        }
    }
}

/// Whether a string of an object may be other text by the time it is applied, so that nothing can be said of its form: Flux replaces
/// `${NAME}` after it has built a Kustomization.
pub(super) fn is_placeholder(options: &Options, text: &str) -> bool {
    text.contains("${") && options.consumers.contains(&Consumer::Flux)
}
