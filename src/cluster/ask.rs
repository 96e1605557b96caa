//! Asking a cluster about its syncs, with two calls of `kubectl`: which kinds it has, and all objects of them at once.

use std::time::Duration;

use serde_json::Value;

use super::read::{self, Look};
use crate::error::{Error, Kind};
use crate::kubectl::{Cluster, Question};
use crate::sync::SyncKind;

/// What Config Sync's syncs manage.
const GROUPS: &str = "resourcegroups.kpt.dev";

/// Where the version of Config Sync stands, which hardly ever matters.
const VERSION: &str = "configmanagements.configmanagement.gke.io";

/// What a cluster has of the kinds that are of interest here, as `kubectl` calls them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// Whether there is any kind of sync.
    pub fn is_empty(&self) -> bool {
        !SyncKind::ALL.into_iter().any(|kind| self.has(kind))
    }

    /// Whether there is this one.
    pub fn has(&self, kind: SyncKind) -> bool {
        let resource = kind.resource();
        self.0.contains(&resource)
    }
}

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The only namespace; all where none is named.
    pub namespace: Option<String>,
    /// The only kinds; all where none is named.
    pub kinds: Vec<SyncKind>,
}

impl Scope {
    /// Whether this resource is of interest.
    fn holds(&self, resource: &str) -> bool {
        let any = |kinds: &[SyncKind]| self.kinds.is_empty() || kinds.iter().any(|kind| self.kinds.contains(kind));
        match SyncKind::ALL.into_iter().find(|kind| kind.resource() == resource) {
            // What a Kustomization applies stands in its repository.
            Some(SyncKind::OciRepository) => any(&[SyncKind::OciRepository, SyncKind::Kustomization]),
            Some(kind) => any(&[kind]),
            None => any(&[SyncKind::RootSync, SyncKind::RepoSync]),
        }
    }
}

const KINDS: Question<'_> = Question {
    subject: "the kinds that it has",
    if_denied: "log in to the cluster first, as for any use of kubectl",
    if_missing: "install kubectl",
    attempt: "kubectl api-resources",
};

const SYNCS: Question<'_> = Question {
    subject: "its syncs",
    if_denied: "the right to list them is needed: ask for it, or say `--namespace` with one in which you have it",
    if_missing: "install kubectl",
    attempt: "kubectl get rootsyncs.configsync.gke.io --all-namespaces",
};

const CONTEXTS: Question<'_> = Question {
    subject: "its contexts",
    if_denied: "",
    if_missing: "install kubectl",
    attempt: "kubectl config get-contexts",
};

/// All contexts that `kubectl` has.
pub fn contexts() -> Result<Vec<String>, Error> {
    let names = Cluster::default().ask(&CONTEXTS, &["config", "get-contexts", "--output=name"])?;
    let names: Vec<String> = String::from_utf8_lossy(&names).lines().map(ToOwned::to_owned).collect();
    if names.is_empty() {
        return Err(Error::new(Kind::NotFound, "kubectl has no contexts").hint("is KUBECONFIG set as it should be?"));
    }
    Ok(names)
}

/// The context that counts where none is named; none where there is none, as within a cluster.
///
/// Fails where there is no `kubectl`.
pub fn current_context() -> Result<Option<String>, Error> {
    match Cluster::default().ask(&CONTEXTS, &["config", "current-context"]) {
        Ok(name) => Ok(Some(String::from_utf8_lossy(&name).trim().to_owned()).filter(|name| !name.is_empty())),
        Err(error) if error.kind() == Kind::Local => Err(error),
        Err(_) => Ok(None),
    }
}

/// Which kinds the cluster has. What cannot be told of others does not matter.
pub fn kinds(cluster: &Cluster, within: Duration) -> Result<Kinds, Error> {
    let answer = cluster.answer(&KINDS, &["api-resources", "--verbs=list", "--output=name"], within)?;
    let wanted = |line: &&str| {
        [GROUPS, VERSION].contains(line) || SyncKind::ALL.into_iter().any(|kind| kind.resource() == *line)
    };
    let text = String::from_utf8_lossy(&answer.stdout);
    let kinds = Kinds(text.lines().map(str::trim).filter(wanted).map(ToOwned::to_owned).collect());
    match answer.refusal {
        // The API of something else is out of order, as a broken metrics server is.
        Some(error) if kinds.is_empty() => Err(error),
        _ => Ok(kinds),
    }
}

/// All syncs that the cluster has, with what helps to understand them.
///
/// What may not be read is told in [`Look::denied`], unless nothing may be.
pub fn look(cluster: &Cluster, kinds: &Kinds, scope: &Scope, within: Duration) -> Result<Look, Error> {
    let asked: Vec<&str> = kinds.0.iter().map(String::as_str).filter(|resource| scope.holds(resource)).collect();
    let syncs = || SyncKind::ALL.into_iter().filter(|kind| asked.contains(&kind.resource().as_str()));
    if syncs().next().is_none() {
        return Ok(Look::default());
    }
    let all = asked.join(",");
    let place =
        scope.namespace.as_ref().map_or_else(|| "--all-namespaces".to_owned(), |name| format!("--namespace={name}"));
    let answer = cluster.answer(&SYNCS, &["get", &all, &place, "--output=json"], within)?;
    let denied = |kind: &str| answer.stderr.lines().find(|line| line.contains(&format!("{kind} is forbidden")));
    let denied_kinds: Vec<SyncKind> = syncs().filter(|kind| denied(&kind.resource()).is_some()).collect();
    let mut objects = match (cluster.read(&SYNCS, &answer.stdout), answer.refusal) {
        (Ok(objects), None) => objects,
        // What is there of an answer counts where the rest may not be read.
        (Ok(objects), Some(error)) if error.kind() == Kind::Denied => objects,
        (_, Some(error)) | (Err(error), None) => return Err(error),
    };
    if syncs().count() == denied_kinds.len() {
        let why = answer.stderr.trim().lines().next().unwrap_or_default();
        let message = format!("{} lets you read no syncs: {why}", cluster.called());
        return Err(Error::new(Kind::Denied, message).hint(SYNCS.if_denied));
    }
    let items = objects.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
    // One object by itself is what kubectl prints where only one was asked for.
    let items = items.unwrap_or_else(|| vec![objects]);
    let told = asked.iter().filter(|resource| **resource != VERSION).filter_map(|resource| denied(resource));
    let denied = told.map(|line| line.trim().to_owned()).collect();
    Ok(Look { denied, denied_kinds, ..read::read(&items) })
}
