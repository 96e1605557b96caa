//! Kinds of the consumers that are known out of the box: from schemas of our own, and rules between their fields that no schema has.
//!
//! A definition in the bundle, or one that was given, comes first; the rules between the fields hold with it, too.

mod argocd;
mod config_sync;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

pub(crate) use config_sync::{LONGEST_REPO_SYNC, LONGEST_ROOT_SYNC, ROOT_NAMESPACE, is_google_account};
pub(in crate::validate) use rules::RULES;

use super::definition::Definition;
use crate::object;
use crate::validate::subject::Subject;

/// Group, kind and definition.
type Known = (&'static str, &'static str, LazyLock<Option<Arc<Definition>>>);

static KNOWN: [Known; 5] = [
    ("configsync.gke.io", "RootSync", LazyLock::new(|| read(include_str!("rootsync.yaml")))),
    ("configsync.gke.io", "RepoSync", LazyLock::new(|| read(include_str!("reposync.yaml")))),
    ("source.toolkit.fluxcd.io", "OCIRepository", LazyLock::new(|| read(include_str!("ocirepository.yaml")))),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", LazyLock::new(|| read(include_str!("kustomization.yaml")))),
    ("argoproj.io", "Application", LazyLock::new(|| read(include_str!("application.yaml")))),
];

fn read(text: &str) -> Option<Arc<Definition>> {
    let path = Arc::from("known");
    let (documents, _) = object::documents(&path, text.as_bytes());
    let parsed = object::parse(&path, documents.first()?);
    let definition = Definition::read(parsed.trees.first()?.root())?;
    Some(Arc::new(Definition { is_ours: true, ..definition }))
}

/// The definition of a kind that is known out of the box.
pub(super) fn find(group: &str, kind: &str) -> Option<Arc<Definition>> {
    let (.., definition) = KNOWN.iter().find(|known| (known.0, known.1) == (group, kind))?;
    definition.as_ref().map(Arc::clone)
}

/// The kinds of a group that are known out of the box.
pub(super) fn kinds<'k>(group: &str) -> impl Iterator<Item = &'k str> {
    KNOWN.iter().filter(move |known| known.0 == group).map(|known| known.1)
}

/// Checks what no schema says.
pub(super) fn check(subject: &mut Subject<'_>, group: &str, kind: &str) {
    match (group, kind) {
        ("configsync.gke.io", "RootSync") => config_sync::check(subject, true),
        ("configsync.gke.io", "RepoSync") => config_sync::check(subject, false),
        ("argoproj.io", "Application") => argocd::check(subject),
        _ => {}
    }
}
