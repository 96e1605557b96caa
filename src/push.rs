//! A push: check and pack, make the image, deliver it to every target.
//!
//! Nothing is written anywhere before the bundle is whole and free of errors. One target that fails does not keep the others from
//! getting theirs; each delivery tells how it went.

mod remote;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use crate::bundle::{self, Dress};
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice, human_count};
use crate::oci::{Image, Tag, Target};
use crate::pack::{self, Packed};
use crate::runtime;
use crate::source::Source;
use crate::store::registry::{Identity, Registries};
use crate::store::{Guard, Placed, Store};
use crate::transfer::{self, Transferred};

/// What to push, and where.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What goes in.
    pub source: &'a Source,
    /// How it is checked and packed.
    pub pack: &'a pack::Options,
    /// How the image is dressed.
    pub dress: &'a Dress,
    /// Where it goes.
    pub targets: &'a [Target],
    /// Tags that every target gets beside its own.
    pub tags: &'a [Tag],
    /// Do everything but write.
    pub dry_run: bool,
    /// The registries among the targets; needed only if there are any.
    pub registries: Option<&'a Registries>,
    /// What must hold of a tag for it to be written.
    pub guard: &'a Guard,
    /// Ask for each blob even where the registry has the manifest, and send what is missing.
    pub recheck: bool,
}

/// What a push gave.
#[derive(Debug)]
pub struct Pushed {
    /// What was packed, and what was found.
    pub packed: Packed,
    /// The image; none if there was any error in the content.
    pub image: Option<Arc<Image>>,
    /// One for each repository; if there was any error in the content, only those that failed by themselves.
    pub deliveries: Vec<Delivery>,
}

/// How the delivery to one repository went.
#[derive(Debug)]
pub struct Delivery {
    /// The repository: `oci:PATH`, `oci-archive:FILE` or `HOST/REPOSITORY`.
    pub repository: String,
    /// The tags that name the image there, in the order they were asked for.
    pub tags: Vec<Tag>,
    /// As whom, at a registry.
    pub identity: Option<Identity>,
    /// What was written; nothing in a dry run.
    pub outcome: Result<Option<Transferred>, Error>,
}

/// Checks, packs and delivers. Must not be called from within a tokio runtime.
///
/// While the files are read and packed, registries are asked for all that can be asked before the image is known: the credential
/// helper, the connection and the token take their time meanwhile.
///
/// Fails where packing does ([`pack::pack`]) or the image cannot be dressed as asked; how each delivery went is in [`Pushed`].
pub fn push(request: &Request<'_>, notice: &Arc<dyn Notice>) -> Result<Pushed, Error> {
    request.dress.check(request.pack.compression)?;
    let repositories = repositories(request.targets, request.tags);
    if let (None, Some(target)) = (request.registries, request.targets.iter().find(|target| is_remote(target))) {
        return Err(Error::new(Kind::Usage, format!("`{target}` is at a registry, and none can be reached from here")));
    }
    let (announce, coming) = oneshot::channel::<Option<Arc<Image>>>();
    let coming = coming.map(|image| image.ok().flatten()).shared();
    thread::scope(|scope| {
        let remote = request
            .registries
            .map(|registries| scope.spawn(|| remote::deliver(request, registries, &repositories, &coming, &**notice)));
        let made = make(request, &**notice);
        let image = made.as_ref().ok().and_then(|(_, image)| image.clone());
        // Whoever does not listen any more has failed and says so.
        let _ = announce.send(image.clone());
        let local = image.as_ref().map(|image| deliver_here(request, &repositories, image, &**notice));
        let remote = remote.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let (packed, image) = made?;
        let mut deliveries = local.unwrap_or_default();
        deliveries.extend(remote.transpose()?.unwrap_or_default());
        deliveries.sort_by_key(|(index, _)| *index);
        let deliveries = deliveries.into_iter().map(|(_, delivery)| delivery).collect();
        Ok(Pushed { packed, image, deliveries })
    })
}

fn is_remote(target: &Target) -> bool {
    matches!(target, Target::Registry(_))
}

/// Checks and packs; no image if there was any error in the content.
fn make(request: &Request<'_>, notice: &dyn Notice) -> Result<(Packed, Option<Arc<Image>>), Error> {
    let packed = pack::pack(request.source, request.pack, notice)?;
    let image = packed.layer.as_ref().map(|layer| bundle::image(layer, request.dress)).transpose()?;
    Ok((packed, image.map(Arc::new)))
}

/// A target and all of its tags.
type Repository<'a> = (&'a Target, Vec<Tag>);

/// Delivers to layouts and archives, one after another. Each delivery comes with its place among the repositories.
fn deliver_here(
    request: &Request<'_>,
    repositories: &[Repository<'_>],
    image: &Arc<Image>,
    notice: &dyn Notice,
) -> Vec<(usize, Delivery)> {
    let local = repositories.iter().enumerate().filter(|(_, (target, _))| !is_remote(target));
    local
        .map(|(index, (target, tags))| {
            let outcome = write_here(request, target, tags, image, notice);
            (index, Delivery { repository: target.name(), tags: tags.clone(), identity: None, outcome })
        })
        .collect()
}

fn write_here(
    request: &Request<'_>,
    target: &Target,
    tags: &[Tag],
    image: &Arc<Image>,
    notice: &dyn Notice,
) -> Result<Option<Transferred>, Error> {
    // Opening writes nothing, but says whether writing would be refused.
    let mut store = Store::open(target)?;
    if !request.dry_run {
        let total = image.blobs.iter().chain([&image.manifest]).map(|blob| blob.descriptor.size).sum();
        notice.notice(&Event::Started { step: "wrote", total });
    }
    let copied = runtime::block_on(transfer::copy(image, &mut store, tags, &request.copying(None), notice))??;
    if let Some(transferred) = &copied {
        notice.notice(&Event::Finished(&summary(&target.name(), transferred)));
    }
    Ok(copied)
}

fn summary(name: &str, transferred: &Transferred) -> String {
    let written = transferred.blobs.iter().filter(|(_, placed)| *placed == Placed::Written).count();
    let there = transferred.blobs.len() - written;
    match (written, there) {
        (0, _) => format!("{name}: all blobs were there already"),
        (_, 0) => format!("{name}: {}", human_count(written, "blob")),
        _ => format!("{name}: {}, {there} already there", human_count(written, "blob")),
    }
}

impl Request<'_> {
    fn copying(&self, source: Option<String>) -> transfer::Options {
        transfer::Options { guard: self.guard.clone(), recheck: self.recheck, dry_run: self.dry_run, source }
    }
}

/// The targets, those of one repository together, each with all of its tags.
fn repositories<'a>(targets: &'a [Target], further: &[Tag]) -> Vec<Repository<'a>> {
    let mut repositories: Vec<Repository<'_>> = Vec::new();
    for target in targets {
        let known = repositories.iter().position(|(other, _)| same_repository(other, target));
        let index = known.unwrap_or_else(|| {
            repositories.push((target, Vec::new()));
            repositories.len() - 1
        });
        if let Some((_, tags)) = repositories.get_mut(index) {
            tags.extend(target.tag().cloned());
        }
    }
    for (_, tags) in &mut repositories {
        tags.extend_from_slice(further);
        let mut seen = std::collections::HashSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
    }
    repositories
}

/// Whether two targets are one, also where their paths are written in different ways.
fn same_repository(one: &Target, other: &Target) -> bool {
    let place =
        |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    match (one, other) {
        (Target::Layout { path: one, .. }, Target::Layout { path: other, .. })
        | (Target::Archive { path: one, .. }, Target::Archive { path: other, .. }) => place(one) == place(other),
        _ => one.name() == other.name(),
    }
}
