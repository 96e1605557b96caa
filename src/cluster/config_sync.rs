//! What a RootSync or a RepoSync says of itself, read by the rules of `nomos status`: the first that fits counts.
//!
//! Its status is written by two programs. The reconciler-manager sets `observedGeneration`, which alone does not mean that anything is
//! synced; the reconciler writes what it fetched, rendered and applied. A commit is the digest of the image without its algorithm.

use serde_json::Value;

use super::fields::{self, Condition, list, number, text};
use super::images;
use super::inventory;
use super::knv;
use super::state::{Idle, Problem, Source, State, Word};
use crate::deploy::Version;
use crate::oci::Digest;
use crate::sync::{Sync, SyncKind};

/// What else there is in a cluster that says how to read a sync.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The version of Config Sync, where the `ConfigManagement` object tells it.
    pub(super) version: Option<&'a str>,
    /// The ResourceGroup of the same name.
    pub(super) inventory: Option<&'a Value>,
}

/// The sync, unless it syncs from elsewhere than an image.
pub(super) fn read(object: &Value, kind: SyncKind, around: Around<'_>) -> Option<State> {
    if text(object, "/spec/sourceType") != Some("oci") {
        return None;
    }
    let of = |pointer: &str| text(object, pointer).unwrap_or_default();
    let sync = Sync::found(kind, of("/metadata/namespace"), of("/metadata/name"));
    let observed = fields::is_observed(object);
    let Reading { word, message, at, problems, count } = Reading::of(object, &sync, around.version);
    let resources = around.inventory.map(inventory::resources);
    Some(State {
        source: source(object),
        word,
        message,
        digest: text(object, "/status/lastSyncedCommit").and_then(fields::commit),
        fetched: fetched(object),
        applied: applied(object),
        at,
        time: text(object, "/status/sync/lastUpdate").map(ToOwned::to_owned),
        observed,
        idle: object.pointer("/metadata/deletionTimestamp").is_some().then_some(Idle::Deleted),
        problems,
        problem_count: count,
        unready: inventory::unready(around.inventory),
        resources,
        fetcher: None,
        sync,
    })
}

fn source(object: &Value) -> Source {
    let image = text(object, "/spec/oci/image").map(ToOwned::to_owned);
    Source {
        reference: image.as_deref().and_then(images::of_config_sync),
        image,
        range: None,
        dir: text(object, "/spec/oci/dir").map(ToOwned::to_owned),
    }
}

/// The annotation that is written at each fetch, `SPEC_IMAGE@sha256:HEX`; one of another image is outdated.
fn fetched(object: &Value) -> Option<Digest> {
    let image = text(object, "/spec/oci/image").unwrap_or_default();
    let noted = fields::annotation(object, "configsync.gke.io/image-to-sync")
        .and_then(|noted| noted.strip_prefix(image))
        .and_then(|behind| behind.strip_prefix('@'));
    match noted {
        Some(digest) => digest.parse().ok(),
        None => text(object, "/status/source/commit").and_then(fields::commit),
    }
}

/// The digest of which all of the status says that it is applied, and that nothing is left to do.
fn applied(object: &Value) -> Option<Digest> {
    let is_true = |kind: &str| Condition::of(object, kind).is_some_and(Condition::is_true);
    let syncing = Condition::of(object, "Syncing").filter(|syncing| syncing.is_false())?;
    let commit = text(syncing.value(), "/commit")?;
    let is_done = !is_true("Stalled")
        && !is_true("Reconciling")
        && has_no_errors(syncing)
        && text(object, "/status/lastSyncedCommit") == Some(commit)
        && fields::is_observed(object)
        // Else it is what was synced before the image was changed in the spec.
        && text(object, "/status/sync/ociStatus/image") == text(object, "/spec/oci/image");
    if is_done { fields::commit(commit) } else { None }
}

fn has_no_errors(condition: Condition<'_>) -> bool {
    match condition.value().get("errorSummary").filter(|summary| summary.is_object()) {
        Some(summary) => number(summary, "/totalCount").unwrap_or_default() == 0,
        None => list(condition.value(), "/errors").is_empty(),
    }
}

/// What the conditions come to.
struct Reading {
    word: Word,
    message: Option<String>,
    at: Option<Digest>,
    problems: Vec<Problem>,
    count: usize,
}

impl Reading {
    fn of(object: &Value, sync: &Sync, version: Option<&str>) -> Self {
        let condition = |kind| Condition::of(object, kind);
        let alone = |word, condition: Condition<'_>| Self {
            word,
            message: condition.message().map(knv::cleaned),
            at: None,
            problems: Vec::new(),
            count: 0,
        };
        if let Some(stalled) = condition("Stalled").filter(|condition| condition.is_true()) {
            let problems: Vec<_> =
                stalled.message().map(|message| knv::problem_of_spec(message, sync)).into_iter().collect();
            return Self { message: None, count: problems.len(), problems, ..alone(Word::Stalled, stalled) };
        }
        if let Some(reconciling) = condition("Reconciling").filter(|condition| condition.is_true()) {
            return alone(Word::Reconciling, reconciling);
        }
        let Some(syncing) = condition("Syncing") else {
            return if version.and_then(Version::told).is_some_and(|version| version >= Version::WITH_SYNCING) {
                Self { word: Word::Pending, message: None, at: None, problems: Vec::new(), count: 0 }
            } else {
                Self::without_condition(object, sync)
            };
        };
        let word = match (syncing.is_true(), has_no_errors(syncing)) {
            (true, _) => Word::Pending,
            (false, true) => Word::Synced,
            (false, false) => Word::Error,
        };
        let at = text(syncing.value(), "/commit").and_then(fields::commit);
        let (problems, count) =
            if word == Word::Synced { (Vec::new(), 0) } else { errors_of(object, syncing, at, sync) };
        // `Sync Completed` says no more than the word.
        let message = syncing.message().filter(|_| word == Word::Pending).map(knv::cleaned);
        Self { word, message, at, problems, count }
    }

    /// As it was read before there was a condition `Syncing`.
    fn without_condition(object: &Value, sync: &Sync) -> Self {
        let commit = |section: &str| text(object, &format!("/status/{section}/commit"));
        let at = commit("sync").and_then(fields::commit);
        let (mut problems, mut count) = (Vec::new(), 0);
        for section in ["source", "rendering", "sync"] {
            let (more, counted) = errors_in(object, section, sync);
            problems.extend(more);
            count += counted;
        }
        let word = match (commit("source"), commit("rendering"), commit("sync")) {
            _ if count > 0 => Word::Error,
            (source, rendered, Some(synced))
                if source == Some(synced) && rendered.is_none_or(|rendered| rendered == synced) =>
            {
                Word::Synced
            }
            _ => Word::Pending,
        };
        Self { word, message: None, at, problems, count }
    }
}

/// The errors that the condition points at, and those that it has itself.
fn errors_of(object: &Value, syncing: Condition<'_>, at: Option<Digest>, sync: &Sync) -> (Vec<Problem>, usize) {
    let (mut problems, mut count) = (Vec::new(), 0);
    for pointed in list(syncing.value(), "/errorSourceRefs").iter().filter_map(Value::as_str) {
        let section =
            ["source", "rendering", "sync"].into_iter().find(|section| pointed == format!("status.{section}.errors"));
        let (more, counted) = section.map(|section| errors_in(object, section, sync)).unwrap_or_default();
        problems.extend(more);
        count += counted;
    }
    if count == 0 {
        problems = list(syncing.value(), "/errors").iter().map(|error| knv::problem(error, at, sync)).collect();
        count = problems.len();
    }
    let told = number(syncing.value(), "/errorSummary/totalCount").and_then(|count| usize::try_from(count).ok());
    (problems, count.max(told.unwrap_or_default()))
}

/// The errors of a part of the status, which are about its commit if they are about the image of the spec.
fn errors_in(object: &Value, section: &str, sync: &Sync) -> (Vec<Problem>, usize) {
    let at = |field: &str| format!("/status/{section}/{field}");
    let is_current = text(object, &at("ociStatus/image")) == text(object, "/spec/oci/image");
    let about = text(object, &at("commit")).filter(|_| is_current).and_then(fields::commit);
    let problems: Vec<Problem> =
        list(object, &at("errors")).iter().map(|error| knv::problem(error, about, sync)).collect();
    let told = number(object, &at("errorSummary/totalCount")).and_then(|count| usize::try_from(count).ok());
    let count = told.unwrap_or_default().max(problems.len());
    (problems, count)
}

#[cfg(test)]
mod tests;
