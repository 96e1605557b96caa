//! The network's side of a push: all registries side by side, each with one login for all of its repositories.

use futures_util::future::{Either, join_all, select};

use super::{Delivery, Repository, Request};
use crate::error::Error;
use crate::notice::Notice;
use crate::oci::{Reference, Target};
use crate::runtime;
use crate::store::Store;
use crate::store::registry::{Access, Coming, Registries, Registry};
use crate::transfer::{self, Transferred};

/// A repository to deliver to, with its place among all.
type Numbered<'a> = (usize, &'a Reference, &'a Repository<'a>);

/// Delivers to the registries among `repositories`.
///
/// If no image comes, only what failed until then is told.
pub(super) fn deliver(
    request: &Request<'_>,
    registries: &Registries,
    repositories: &[Repository<'_>],
    coming: &(impl Coming + Unpin),
    notice: &dyn Notice,
) -> Result<Vec<(usize, Delivery)>, Error> {
    let mut hosts: Vec<(&str, Vec<Numbered<'_>>)> = Vec::new();
    for (index, repository) in repositories.iter().enumerate() {
        let Target::Registry(reference) = repository.0 else { continue };
        match hosts.iter_mut().find(|(host, _)| *host == reference.host()) {
            Some((_, there)) => there.push((index, reference, repository)),
            None => hosts.push((reference.host(), vec![(index, reference, repository)])),
        }
    }
    runtime::block_on(async {
        let hosts = hosts.iter().map(|(_, there)| deliver_to_host(request, registries, there, coming, notice));
        join_all(hosts).await.into_iter().flatten().collect()
    })
}

/// Delivers to the repositories of one host: to the first, and from there to the others.
async fn deliver_to_host(
    request: &Request<'_>,
    registries: &Registries,
    repositories: &[Numbered<'_>],
    coming: &(impl Coming + Unpin),
    notice: &dyn Notice,
) -> Vec<(usize, Delivery)> {
    // All of them are opened before the first request, so that one token serves them all.
    let opening = async {
        let mut opened = Vec::with_capacity(repositories.len());
        for (_, reference, _) in repositories {
            opened.push(registries.open(reference, Access::Push).await);
        }
        opened
    };
    let Some(opened) = unless_in_vain(opening, coming).await else { return Vec::new() };
    let mut deliveries = Vec::with_capacity(repositories.len());
    let mut source = None;
    for ((index, _, (target, tags)), opened) in repositories.iter().zip(opened) {
        let (identity, outcome) = match opened {
            Ok(registry) => {
                let path = registry.path().to_owned();
                let copied = copy(request, registry, tags, source.clone(), coming, notice).await;
                if let (None, Ok(Some(_))) = (&source, &copied.1) {
                    source = Some(path);
                }
                copied
            }
            Err(error) => (None, Err(error)),
        };
        let delivery = Delivery { repository: target.name(), tags: tags.clone(), identity, outcome };
        deliveries.push((*index, delivery));
    }
    if coming.clone().await.is_none() {
        deliveries.retain(|(_, delivery)| delivery.outcome.is_err());
    }
    deliveries
}

async fn copy(
    request: &Request<'_>,
    registry: Registry,
    tags: &[crate::oci::Tag],
    source: Option<String>,
    coming: &(impl Coming + Unpin),
    notice: &dyn Notice,
) -> (Option<crate::store::registry::Identity>, Result<Option<Transferred>, Error>) {
    let mut store = Store::from(registry);
    let options = request.copying(source);
    let copying = transfer::copy_coming(coming.clone(), &mut store, tags, &options, notice);
    let copied = unless_in_vain(copying, coming).await.unwrap_or(Ok(None));
    // As whom in the end: what expired was renewed.
    let identity = if let Store::Registry(registry) = &store { Some(registry.identity().await) } else { None };
    (identity, copied)
}

/// What `work` gives; nothing as soon as it is known that no image comes.
async fn unless_in_vain<T>(work: impl Future<Output = T>, coming: &(impl Coming + Unpin)) -> Option<T> {
    let work = std::pin::pin!(work);
    match select(work, coming.clone()).await {
        Either::Left((done, _)) => Some(done),
        Either::Right((Some(_), work)) => Some(work.await),
        Either::Right((None, _)) => None,
    }
}
