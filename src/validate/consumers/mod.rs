//! What Config Sync, Flux, Argo CD and `kubectl` demand of a bundle beyond what the API server does.
//!
//! Which of these rules count is decided by `policy`; checks of one consumer alone are made only when it is asked for. What is said here
//! of the consumers is read from their own source or tried with them.

use super::options::Options;
use super::policy::Consumer;

/// Whether a string of an object may be other text by the time it is applied, so that nothing can be said of its form: Flux replaces
/// `${NAME}` after it has built a Kustomization.
pub(super) fn is_placeholder(options: &Options, text: &str) -> bool {
    text.contains("${") && options.consumers.contains(&Consumer::Flux)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flux_fills_in_placeholders() {
        let flux = Options { consumers: vec![Consumer::ArgoCd, Consumer::Flux], ..Options::default() };
        for (options, text, is) in [
            (&flux, "${replicas}", true),
            (&flux, "app-${env:=prod}", true),
            (&flux, "$replicas", false),
            (&Options::default(), "${replicas}", false),
        ] {
            assert_eq!(is_placeholder(options, text), is, "{text}");
        }
    }
}
