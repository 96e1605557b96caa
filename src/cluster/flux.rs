//! What Flux's OCIRepository, which fetches, and Kustomization, which applies, say of themselves.
//!
//! A revision is `TAG@sha256:HEX`, or only `sha256:HEX`. The HEX is the registry's. `artifact.digest` is that of Flux's own tarball.

use serde_json::Value;

use super::fields::{self, Condition, digest_behind, list, text};
use super::images;
use super::knv;
use super::state::{Idle, Problem, Resource, Source, State, Word};
use crate::oci::Digest;
use crate::sync::{Sync, SyncKind};

/// The reasons with which Flux gives up on what it has: the content itself is at fault, and only other content will do.
const FINAL: [&str; 1] = ["BuildFailed"];

/// What an OCIRepository says.
pub(super) fn repository(object: &Value) -> State {
    let fetched = text(object, "/status/artifact/revision").and_then(digest_behind);
    let state = State {
        source: source(object),
        fetched,
        digest: fetched,
        time: text(object, "/status/artifact/lastUpdateTime").map(ToOwned::to_owned),
        ..common(object, SyncKind::OciRepository, fetched)
    };
    State { applied: fetched.filter(|_| state.word == Word::Synced), ..state }
}

/// What a Kustomization says; `repositories` are all there are. None where it applies something else than an image.
pub(super) fn kustomization(object: &Value, repositories: &[&Value]) -> Option<State> {
    if text(object, "/spec/sourceRef/kind") != Some("OCIRepository") {
        return None;
    }
    let named = |object: &Value, name: &str| text(object, name).unwrap_or_default().to_owned();
    let namespace = text(object, "/spec/sourceRef/namespace").or_else(|| text(object, "/metadata/namespace"));
    let from = repositories.iter().find(|repository| {
        text(repository, "/metadata/namespace") == namespace
            && named(repository, "/metadata/name") == named(object, "/spec/sourceRef/name")
    });
    let applied = text(object, "/status/lastAppliedRevision").and_then(digest_behind);
    let attempted = text(object, "/status/lastAttemptedRevision").and_then(digest_behind).or(applied);
    let dir = text(object, "/spec/path").map(ToOwned::to_owned);
    let fetcher = from.map(|from| repository(from));
    let state = State {
        source: Source { dir, ..fetcher.as_ref().map_or_else(Source::default, |fetcher| fetcher.source.clone()) },
        digest: applied,
        fetched: fetcher.as_ref().map_or(attempted, |fetcher| fetcher.fetched),
        resources: object.pointer("/status/inventory").map(|_| entries(object)),
        fetcher: fetcher.map(Box::new),
        ..common(object, SyncKind::Kustomization, attempted)
    };
    Some(State { applied: applied.filter(|_| state.word == Word::Synced), ..state })
}

/// What both have in common; `at` is the digest that the conditions are about.
fn common(object: &Value, kind: SyncKind, at: Option<Digest>) -> State {
    let of = |pointer: &str| text(object, pointer).unwrap_or_default();
    let condition = |kind: &str| Condition::of(object, kind).filter(|condition| !condition.is_outdated(object));
    let observed = fields::is_observed(object);
    let is_true = |kind: &str| condition(kind).is_some_and(Condition::is_true);
    let ready = condition("Ready");
    let failed =
        ["FetchFailed", "StorageOperationFailed"].into_iter().filter_map(condition).find(|failed| failed.is_true());
    let word = if !observed {
        Word::Pending
    } else if is_true("Stalled") {
        Word::Stalled
    } else if failed.is_some() || ready.is_some_and(Condition::is_false) {
        Word::Error
    } else if is_true("Reconciling") {
        Word::Reconciling
    } else if ready.is_some_and(Condition::is_true) {
        Word::Synced
    } else {
        Word::Pending
    };
    let told = if word == Word::Stalled { condition("Stalled") } else { failed.or(ready) };
    let problems: Vec<Problem> = told
        .filter(|_| matches!(word, Word::Stalled | Word::Error))
        .map(|told| problem(told, word == Word::Stalled, if failed.is_some() { None } else { at }))
        .into_iter()
        .collect();
    State {
        sync: Sync::found(kind, of("/metadata/namespace"), of("/metadata/name")),
        source: Source::default(),
        word,
        message: told
            .filter(|_| problems.is_empty() && word != Word::Synced)
            .and_then(Condition::message)
            .map(knv::cleaned),
        digest: None,
        fetched: None,
        applied: None,
        at,
        time: ready.and_then(|ready| text(ready.value(), "/lastTransitionTime")).map(ToOwned::to_owned),
        observed,
        idle: idle(object),
        problem_count: problems.len(),
        problems,
        resources: None,
        unready: None,
        fetcher: None,
    }
}

fn idle(object: &Value) -> Option<Idle> {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        Some(Idle::Deleted)
    } else {
        fields::is_on(object, "/spec/suspend").then_some(Idle::Suspended)
    }
}

fn problem(condition: Condition<'_>, stalled: bool, about: Option<Digest>) -> Problem {
    let reason = condition.reason().unwrap_or_default();
    let message = condition.message().map_or_else(|| "it does not say what".to_owned(), knv::cleaned);
    let (meaning, hint) = explained(reason);
    Problem {
        code: (!reason.is_empty()).then(|| reason.to_owned()),
        message,
        objects: Vec::new(),
        meaning,
        hint: hint.map(ToOwned::to_owned),
        retried: !stalled && !FINAL.contains(&reason),
        about,
    }
}

fn explained(reason: &str) -> (Option<&'static str>, Option<&'static str>) {
    let (meaning, hint) = match reason {
        "OCIArtifactPullFailed" => (
            "the image could not be fetched; tried again",
            "is it pushed under this name and tag, and may Flux read it? `spec.provider` or `spec.secretRef` says as whom it asks",
        ),
        "AuthenticationFailed" => (
            "Flux has no login for the registry; tried again",
            "set `spec.provider: gcp` for Google's hosts, or `spec.secretRef` to a Secret with a docker configuration",
        ),
        "URLInvalid" => ("the URL is not that of a repository", "write `oci://HOST/REPOSITORY`, without a tag"),
        "OCIArtifactLayerOperationFailed" => (
            "the image was fetched, and its layer could not be read; tried again",
            "Flux reads one gzipped layer: push it with `consign push`",
        ),
        "BuildFailed" => (
            "the bundle's own fault: it cannot be built",
            "`consign validate --consumer flux` finds most of that; `spec.path` must be a folder of the image",
        ),
        "ReconciliationFailed" => (
            "an object could not be applied; tried again",
            "read why: a missing right, a missing kind, an invalid object",
        ),
        "HealthCheckFailed" => {
            ("it is applied, and what was applied does not become well", "look at the objects that it names")
        }
        "PruneFailed" => (
            "what is no longer in the bundle could not be deleted; tried again",
            "read why: a missing right, a finalizer",
        ),
        "ArtifactFailed" => {
            ("what the OCIRepository fetched could not be had; tried again", "look at the OCIRepository first")
        }
        "DependencyNotReady" => ("it waits for another Kustomization (`spec.dependsOn`)", "look at that one first"),
        _ => return (None, Some("read why; `kubectl describe` of the object tells more")),
    };
    (Some(meaning), Some(hint))
}

/// The URL with what `spec.ref` chooses: a digest before a range before a tag.
fn source(object: &Value) -> Source {
    let Some(url) = text(object, "/spec/url") else { return Source::default() };
    let of = |pointer: &str| text(object, pointer);
    let (behind, range) = match (of("/spec/ref/digest"), of("/spec/ref/semver"), of("/spec/ref/tag")) {
        (Some(digest), _, _) => (format!("@{digest}"), None),
        (None, Some(range), _) => (String::new(), Some(range.to_owned())),
        (None, None, tag) => (format!(":{}", tag.unwrap_or("latest")), None),
    };
    let image = range.as_ref().map_or_else(|| format!("{url}{behind}"), |range| format!("{url} ({range})"));
    Source { reference: images::of_url(url, &behind), image: Some(image), range, dir: None }
}

/// `NAMESPACE_NAME_GROUP_KIND`, of which Flux tells no state.
fn entries(object: &Value) -> Vec<Resource> {
    let entry = |entry: &Value| {
        let mut parts = text(entry, "/id")?.splitn(2, '_');
        let (namespace, rest) = (parts.next()?, parts.next()?);
        // Names of roles may have an underscore.
        let mut parts = rest.rsplitn(3, '_');
        let (kind, group, name) = (parts.next()?, parts.next()?, parts.next()?);
        let [group, kind, namespace, name] = [group, kind, namespace, name].map(ToOwned::to_owned);
        Some(Resource {
            group,
            kind,
            namespace,
            name,
            status: None,
            is_well: true,
            messages: Vec::new(),
            source_hash: None,
        })
    };
    list(object, "/status/inventory/entries").iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests;
