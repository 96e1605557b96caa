//! What is to be prepared at Google Cloud, and for whom.

use super::place::reference;
use super::{args, usage};
use crate::error::Error;
use crate::oci::{ArtifactRegistry, Reference};
use crate::setup::{Member, Options, Plan};
use crate::sync::{ROOT_NAMESPACE, Sync, SyncKind};

const FORM: &str = "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY";

/// The plan, and what will be pushed, as far as it was typed.
pub(in crate::cli) fn setup(typed: &args::Setup) -> Result<(Plan, Reference), Error> {
    let reference = reference(&typed.repository).map_err(|error| match error.hint_text() {
        Some(_) => error,
        None => error.hint(format!("write `{FORM}`")),
    })?;
    let place = artifact_registry(&reference)?;
    let mut writers = members(&typed.writers)?;
    if let Some(pool) = &typed.workload_identity_pool {
        for repository in &typed.github {
            writers.push(Member::github(pool, repository)?);
        }
    }
    let plan = Plan::new(Options {
        place,
        immutable_tags: typed.immutable_tags,
        description: typed.description.clone(),
        writers,
        readers: members(&typed.readers)?,
        syncs: syncs(typed)?,
        flux: typed.consumer == Some(args::SharedConsumer::Flux),
        fleet_project: typed.fleet_project.clone(),
        service_account: typed.gsa.as_deref().map(str::parse).transpose()?,
    })?;
    Ok((plan, reference))
}

/// The place of a reference at Artifact Registry; no other registry is set up like this.
fn artifact_registry(reference: &Reference) -> Result<ArtifactRegistry, Error> {
    if let Some(place) = ArtifactRegistry::of(reference) {
        return Ok(place);
    }
    let (host, name) = (reference.host(), reference.name());
    Err(if host.ends_with("-docker.pkg.dev") {
        usage(format!("`{name}` names a project, and no repository in it")).hint(format!("write `{FORM}`"))
    } else if host.ends_with(".pkg.dev") {
        usage(format!("images of Artifact Registry are at `LOCATION-docker.pkg.dev`, not at `{host}`"))
            .hint(format!("write `{FORM}`"))
    } else if host == "gcr.io" || host.ends_with(".gcr.io") {
        usage(format!("`consign setup` prepares Artifact Registry, and `{host}` is Container Registry's host"))
            .hint(format!("choose a repository at Artifact Registry: `{FORM}`"))
    } else {
        usage(format!("`consign setup` prepares Google's Artifact Registry, and `{host}` is another registry")).hint(
            format!("at `{host}` there is nothing to prepare but the repository and a login: `docker login {host}`, then `consign push`"),
        )
    })
}

fn members(typed: &[String]) -> Result<Vec<Member>, Error> {
    typed.iter().map(|text| text.parse()).collect()
}

/// Those that were named, those of whole clusters first. They may also be written as other commands take them.
fn syncs(typed: &args::Setup) -> Result<Vec<Sync>, Error> {
    let rootsyncs = typed.rootsyncs.iter().map(|text| {
        let name = text.strip_prefix("rootsync/").unwrap_or(text);
        Sync::new(SyncKind::RootSync, ROOT_NAMESPACE, name)
    });
    let reposyncs = typed.reposyncs.iter().map(|text| {
        let parts = text.strip_prefix("reposync/").unwrap_or(text).split_once('/');
        let (namespace, name) = parts.ok_or_else(|| {
            usage(format!("`--reposync {}` names no namespace", text.escape_debug()))
                .hint(format!("write `--reposync NAMESPACE/{}`", text.escape_debug()))
        })?;
        Sync::new(SyncKind::RepoSync, namespace, name)
    });
    rootsyncs.chain(reposyncs).collect()
}
