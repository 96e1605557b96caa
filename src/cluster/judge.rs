//! Whether a sync runs the digest that is expected, may still come to it, or never will by itself.

use super::images::are_of_one_repository;
use super::state::{Idle, Problem, Source, State, Unready, Word, short};
use crate::oci::{Digest, Reference};
use crate::sync::SyncKind;

/// What is expected of syncs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The image as it was named, by tag, by digest or by both.
    pub reference: Reference,
    /// Its digest.
    pub digest: Digest,
    /// Whether all that is managed must be well, too.
    pub ready: bool,
}

/// What the image of a spec is at the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its digest.
    pub digest: Digest,
    /// Whether it is an index of images.
    pub is_index: bool,
}

/// What a state means for what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs the digest.
    Runs,
    /// It does not yet, and may by itself.
    Waits {
        /// What it does instead.
        why: String,
        /// What may help, where something is wrong.
        hint: Option<String>,
    },
    /// It will not unless somebody does something.
    Failed {
        /// Why not.
        why: String,
        /// What to do.
        hint: Option<String>,
    },
}

/// Judges a state. `named` is what the image of its spec is at the registry now, where that is known.
pub fn judge(state: &State, expected: &Expected, named: Option<Named>) -> Verdict {
    if state.applied == Some(expected.digest) {
        return match state.unready.as_ref().filter(|_| expected.ready) {
            Some(Unready::Yet(why)) => waits(why.clone()),
            Some(Unready::Untold(why)) => failed(
                format!("it runs the digest, and whether all that it manages is well cannot be told: {why}"),
                "leave out `--ready`, or have it written again",
            ),
            None => Verdict::Runs,
        };
    }
    deleted(state)
        .or_else(|| cannot_come(state, expected, named))
        .or_else(|| has_failed(state, expected))
        .or_else(|| not_fetched(state, expected, named))
        .unwrap_or_else(|| waiting(state, expected))
}

fn waits(why: String) -> Verdict {
    Verdict::Waits { why, hint: None }
}

fn failed(why: impl Into<String>, hint: impl Into<String>) -> Verdict {
    Verdict::Failed { why: why.into(), hint: Some(hint.into()) }
}

fn deleted(state: &State) -> Option<Verdict> {
    (state.idle == Some(Idle::Deleted)).then(|| failed("it is being deleted", "apply it again once it is gone"))
}

/// Its spec cannot give the digest.
fn cannot_come(state: &State, expected: &Expected, named: Option<Named>) -> Option<Verdict> {
    let Expected { reference, digest, .. } = expected;
    let is_config_sync = matches!(state.sync.kind(), SyncKind::RootSync | SyncKind::RepoSync);
    let update = |reference: &dyn std::fmt::Display| {
        format!("`consign deploy update FILE {reference}` changes the file, then `kubectl apply -f FILE`")
    };
    let pinned = format!("{}@{digest}", reference.name());
    let wanted = if reference.tag().is_some() { reference.to_string() } else { pinned.clone() };
    let spec = state.source.reference.as_ref()?;
    if !are_of_one_repository(spec, reference) {
        return Some(failed(format!("it syncs another repository, `{}`", spec.name()), update(&wanted)));
    }
    if let Some(other) = spec.digest().filter(|other| other != digest) {
        return Some(failed(format!("its spec is pinned to another digest, {}", short(other)), update(&pinned)));
    }
    let is_index = named.is_some_and(|named| named.digest == *digest && named.is_index)
        // Pinned to this one, it runs another: that is one of its images.
        || (spec.digest().is_some() && state.applied.is_some());
    if is_config_sync && is_index {
        return Some(failed(
            "the expected digest is that of an index: Config Sync runs one of its images, and shows the digest of that one",
            "expect the digest of the image for linux/amd64; what `consign push` makes is never an index",
        ));
    }
    if spec.digest().is_some() {
        return None;
    }
    let (tag, other) = (spec.tag()?, named.map(|named| named.digest).filter(|named| named != digest)?);
    Some(if reference.tag() == Some(tag) {
        failed(
            format!("superseded: the tag `{tag}` names {other} by now"),
            format!("expect that one, or move the tag back: `consign tag {pinned} {tag}`"),
        )
    } else {
        failed(
            format!("it follows the tag `{tag}`, which names {}", short(other)),
            format!("`consign tag {pinned} {tag}` moves the tag; or {}", update(&wanted)),
        )
    })
}

/// It came to an end that is for good.
fn has_failed(state: &State, expected: &Expected) -> Option<Verdict> {
    let told = |problem: &Problem| Verdict::Failed { why: told(problem), hint: problem.hint.clone() };
    if state.word == Word::Stalled && state.observed {
        let why = state.message.clone().unwrap_or_else(|| "it does not say why".to_owned());
        return Some(state.problems.first().map_or(Verdict::Failed { why, hint: None }, told));
    }
    let is_final = |problem: &&Problem| !problem.retried && problem.about == Some(expected.digest);
    if state.word == Word::Error
        && state.observed
        && let Some(problem) = state.problems.iter().find(is_final)
    {
        return Some(told(problem));
    }
    (state.idle == Some(Idle::Suspended)).then(|| {
        let kind = if state.sync.kind() == SyncKind::OciRepository { "source oci" } else { state.sync.kind().word() };
        failed(
            "it is suspended (`spec.suspend`)",
            format!("`flux resume {kind} {} -n {}`", state.sync.name(), state.sync.namespace()),
        )
    })
}

/// What fetches for it has not got the digest: then it is that which tells why.
fn not_fetched(state: &State, expected: &Expected, named: Option<Named>) -> Option<Verdict> {
    let fetcher = state.fetcher.as_deref().filter(|_| state.fetched != Some(expected.digest))?;
    let told = |why: &str| format!("its OCIRepository `{}`: {why}", fetcher.sync.name());
    match judge(fetcher, expected, named) {
        Verdict::Runs => None,
        Verdict::Waits { why, hint } => Some(Verdict::Waits { why: told(&why), hint }),
        Verdict::Failed { why, hint } => Some(Verdict::Failed { why: told(&why), hint }),
    }
}

/// `KNV2009: failed to apply …`, in one line.
fn told(problem: &Problem) -> String {
    let line = problem.message.split_whitespace().collect::<Vec<_>>().join(" ");
    problem.code.as_ref().map_or_else(|| line.clone(), |code| format!("{code}: {line}"))
}

/// What it does instead.
fn waiting(state: &State, expected: &Expected) -> Verdict {
    if !state.observed {
        return waits("its controller has not looked at its spec yet".to_owned());
    }
    let digest = Some(expected.digest);
    // Errors about another digest are of the past.
    let problem = state.problems.iter().find(|problem| problem.about.is_none() || problem.about == digest);
    if let Some(problem) = problem.filter(|_| state.word == Word::Error) {
        return Verdict::Waits { why: told(problem), hint: problem.hint.clone() };
    }
    let at = state.at.map_or_else(String::new, |at| format!(" at {}", short(at)));
    let message = state.message.as_deref().map_or_else(String::new, |message| format!(": {message}"));
    let is_there = state.at == digest || state.fetched == digest;
    Verdict::Waits {
        why: match (state.word, is_there) {
            (Word::Reconciling | Word::Stalled, _) => format!("{}{message}", state.word),
            (word, true) => format!("has fetched it, and is {word}{at}{message}"),
            (word, false) if state.sync.kind() == SyncKind::Kustomization => {
                format!("its OCIRepository has not fetched it yet, and it is {word}{at}{message}")
            }
            (word, false) => format!("has not fetched it yet, and is {word}{at}{message}"),
        },
        hint: (state.idle == Some(Idle::ByHand))
            .then(|| format!("it syncs only by hand: `argocd app sync {}`", state.sync.name())),
    }
}

/// Whether a source is of the repository that is expected.
pub(super) fn is_of(source: &Source, reference: &Reference) -> bool {
    source.reference.as_ref().is_some_and(|spec| are_of_one_repository(spec, reference))
}

#[cfg(test)]
mod tests;
