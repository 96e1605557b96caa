//! What Argo CD's Application says of itself.
//!
//! `status.sync.revision` is what was compared with the cluster; only where `status.sync.status` is `Synced` is it applied. An Application
//! has no `observedGeneration`: that the status is about the spec as it is shows in `status.sync.comparedTo`.

use serde_json::Value;

use super::fields::{digest_behind, list, text};
use super::images;
use super::inventory;
use super::knv;
use super::state::{Idle, Problem, Resource, Source, State, Unready, Word};
use crate::oci::Digest;
use crate::sync::{Sync, SyncKind};

/// What an Application says, once for each of its sources that is an image.
pub(super) fn applications(object: &Value) -> Vec<State> {
    if let Some(spec) = object.pointer("/spec/source").filter(|source| is_image(source)) {
        let revision = text(object, "/status/sync/revision").and_then(digest_behind);
        let compared = object.pointer("/status/sync/comparedTo/source");
        return vec![application(object, spec, compared, revision, ran(object, None))];
    }
    let all = list(object, "/spec/sources").iter().enumerate().filter(|(_, source)| is_image(source));
    let states = all.map(|(index, spec)| {
        let revision = text(object, &format!("/status/sync/revisions/{index}")).and_then(digest_behind);
        let compared = object.pointer(&format!("/status/sync/comparedTo/sources/{index}"));
        application(object, spec, compared, revision, ran(object, Some(index)))
    });
    states.collect()
}

/// A chart's revision is its version.
fn is_image(source: &Value) -> bool {
    text(source, "/repoURL").is_some_and(|url| url.starts_with("oci://")) && text(source, "/chart").is_none()
}

/// What it ran last, by its history.
fn ran(object: &Value, index: Option<usize>) -> Option<Digest> {
    let last = list(object, "/status/history").last()?;
    let pointer = index.map_or_else(|| "/revision".to_owned(), |index| format!("/revisions/{index}"));
    text(last, &pointer).and_then(digest_behind)
}

/// What the operation that ran last was about.
fn attempted(object: &Value) -> Vec<Digest> {
    let result = "/status/operationState/syncResult";
    let one = text(object, &format!("{result}/revision")).and_then(digest_behind);
    let several = list(object, &format!("{result}/revisions")).iter().filter_map(|text| digest_behind(text.as_str()?));
    one.into_iter().chain(several).collect()
}

fn application(
    object: &Value,
    spec: &Value,
    compared: Option<&Value>,
    revision: Option<Digest>,
    ran: Option<Digest>,
) -> State {
    let of = |pointer: &str| text(object, pointer).unwrap_or_default();
    let sync = Sync::found(SyncKind::Application, of("/metadata/namespace"), of("/metadata/name"));
    let is_same = |compared: &Value| {
        ["/repoURL", "/targetRevision", "/path"].iter().all(|field| text(compared, field) == text(spec, field))
    };
    let observed = compared.is_none_or(is_same);
    let phase = of("/status/operationState/phase");
    let is_synced = of("/status/sync/status") == "Synced";
    let mut problems: Vec<Problem> = list(object, "/status/conditions").iter().filter_map(condition).collect();
    let about = attempted(object);
    if matches!(phase, "Failed" | "Error")
        && !is_synced
        && (about.is_empty() || revision.is_none_or(|revision| about.contains(&revision)))
    {
        problems.push(operation(object, revision.filter(|revision| about.contains(revision))));
    }
    let word = if matches!(phase, "Running" | "Terminating") {
        Word::Reconciling
    } else if !problems.is_empty() {
        Word::Error
    } else if is_synced && observed {
        Word::Synced
    } else {
        Word::Pending
    };
    let resources = object.pointer("/status/resources").map(|_| resources(object));
    State {
        source: source(spec),
        word,
        message: message(object, word),
        digest: if is_synced { revision } else { ran },
        fetched: revision,
        applied: revision.filter(|_| is_synced && observed),
        at: revision,
        time: text(object, "/status/operationState/finishedAt").map(ToOwned::to_owned),
        observed,
        idle: idle(object),
        problem_count: problems.len(),
        problems,
        unready: unready(of("/status/health/status"), resources.as_deref()),
        resources,
        fetcher: None,
        sync,
    }
}

fn message(object: &Value, word: Word) -> Option<String> {
    match word {
        Word::Pending => text(object, "/status/sync/status").map(|status| format!("compared: {status}")),
        Word::Reconciling => text(object, "/status/operationState/message").map(knv::cleaned),
        _ => None,
    }
}

fn idle(object: &Value) -> Option<Idle> {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return Some(Idle::Deleted);
    }
    let automated = object.pointer("/spec/syncPolicy/automated").filter(|automated| automated.is_object());
    let is_off = automated.is_some_and(|automated| automated.get("enabled") == Some(&Value::Bool(false)));
    (automated.is_none() || is_off).then_some(Idle::ByHand)
}

/// A condition of Argo CD has no status: that it is there counts. Those that end in `Warning` stop nothing.
fn condition(condition: &Value) -> Option<Problem> {
    let kind = text(condition, "/type").filter(|kind| kind.ends_with("Error"))?;
    let message = text(condition, "/message").map_or_else(|| "it does not say what".to_owned(), knv::cleaned);
    let (meaning, hint) = match kind {
        "ComparisonError" => (
            Some("the image could not be fetched, or not be read as manifests; tried again"),
            Some("is it pushed, and does Argo CD have a login for the repository (a Secret with `type: oci`)?"),
        ),
        "InvalidSpecError" => (
            Some("the Application's own spec is not valid"),
            Some("correct it: its project must exist, and allow the source and the destination"),
        ),
        _ => (None, Some("read why; `argocd app get` of the Application tells more")),
    };
    Some(Problem {
        code: Some(kind.to_owned()),
        message,
        objects: Vec::new(),
        meaning,
        hint: hint.map(ToOwned::to_owned),
        // They have no generation and no revision: nothing tells whether they are about the spec and the image as they are now.
        retried: true,
        about: None,
    })
}

/// The operation that ran last, and failed. Argo CD does not try the same revision again once its own retries are over.
fn operation(object: &Value, about: Option<Digest>) -> Problem {
    let message =
        text(object, "/status/operationState/message").map_or_else(|| "it does not say why".to_owned(), knv::cleaned);
    Problem {
        code: Some("SyncFailed".to_owned()),
        message,
        objects: Vec::new(),
        meaning: Some("it could not be applied; Argo CD does not try this revision again by itself"),
        hint: Some("read why; `argocd app sync` tries once more".to_owned()),
        retried: false,
        about,
    }
}

fn source(spec: &Value) -> Source {
    let url = text(spec, "/repoURL").unwrap_or_default();
    let revision = text(spec, "/targetRevision").unwrap_or_default();
    let dir = text(spec, "/path").map(ToOwned::to_owned);
    let behind = match revision {
        "" => ":latest".to_owned(),
        digest if digest.starts_with("sha256:") => format!("@{digest}"),
        tag => format!(":{tag}"),
    };
    let image = Some(format!("{url}{behind}"));
    match images::of_url(url, &behind) {
        Some(reference) => Source { image, reference: Some(reference), range: None, dir },
        // A range of versions is no tag.
        None => Source {
            image: Some(format!("{url} ({revision})")),
            reference: images::of_url(url, ""),
            range: Some(revision.to_owned()),
            dir,
        },
    }
}

fn resources(object: &Value) -> Vec<Resource> {
    let resource = |resource: &Value| {
        let of = |pointer: &str| text(resource, pointer);
        let [group, kind, namespace, name] =
            ["/group", "/kind", "/namespace", "/name"].map(|pointer| of(pointer).unwrap_or_default().to_owned());
        let (synced, health) = (of("/status").unwrap_or("Unknown"), of("/health/status"));
        let status = if synced == "Synced" { health.unwrap_or(synced) } else { synced };
        Resource {
            group,
            kind,
            namespace,
            name,
            status: Some(status.to_owned()),
            is_well: matches!(status, "Synced" | "Healthy"),
            messages: of("/health/message").map(knv::cleaned).into_iter().collect(),
            source_hash: None,
        }
    };
    list(object, "/status/resources").iter().map(resource).collect()
}

fn unready(health: &str, resources: Option<&[Resource]>) -> Option<Unready> {
    if health == "Healthy" {
        return None;
    }
    let health = if health.is_empty() { "Unknown" } else { health };
    let of = resources.and_then(inventory::unwell).map_or_else(String::new, |why| format!(": {why}"));
    Some(Unready::Yet(format!("its health is {health}{of}")))
}

#[cfg(test)]
mod tests;
