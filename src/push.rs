//! A push: check and pack, make the image, deliver it to every target.
//!
//! Nothing is written anywhere before the bundle is whole and free of errors. One target that fails does not keep the others from
//! getting theirs; each delivery tells how it went.

use std::path::Path;

use crate::bundle::{self, Dress};
use crate::error::Error;
use crate::notice::{Event, Notice, human_count};
use crate::oci::{Image, Tag, Target};
use crate::pack::{self, Packed};
use crate::source::Source;
use crate::store::{Placed, Store};
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
}

/// What a push gave.
#[derive(Debug)]
pub struct Pushed {
    /// What was packed, and what was found.
    pub packed: Packed,
    /// The image; none if there was any error in the content.
    pub image: Option<Image>,
    /// One for each repository; empty if there was any error in the content.
    pub deliveries: Vec<Delivery>,
}

/// How the delivery to one repository went.
#[derive(Debug)]
pub struct Delivery {
    /// The repository: `oci:PATH`, `oci-archive:FILE` or `HOST/REPOSITORY`.
    pub repository: String,
    /// The tags that name the image there, in the order they were asked for.
    pub tags: Vec<Tag>,
    /// What was written; none in a dry run.
    pub outcome: Result<Option<Transferred>, Error>,
}

/// Checks, packs and delivers.
///
/// Fails where packing does ([`pack::pack`]) or the image cannot be dressed as asked; how each delivery went is in [`Pushed`].
pub fn push(request: &Request<'_>, notice: &dyn Notice) -> Result<Pushed, Error> {
    request.dress.check(request.pack.compression)?;
    let packed = pack::pack(request.source, request.pack, notice)?;
    let Some(layer) = &packed.layer else {
        return Ok(Pushed { packed, image: None, deliveries: Vec::new() });
    };
    let image = bundle::image(layer, request.dress)?;
    let deliveries = repositories(request.targets, request.tags)
        .into_iter()
        .map(|(target, tags)| Delivery {
            repository: target.name(),
            // Opening writes nothing, but says whether writing would be refused.
            outcome: Store::open(target).and_then(|store| {
                if request.dry_run { Ok(None) } else { deliver(&image, store, target, &tags, notice).map(Some) }
            }),
            tags,
        })
        .collect();
    Ok(Pushed { packed, image: Some(image), deliveries })
}

/// The targets, those of one repository together, each with all of its tags.
fn repositories<'a>(targets: &'a [Target], further: &[Tag]) -> Vec<(&'a Target, Vec<Tag>)> {
    let mut repositories: Vec<(&Target, Vec<Tag>)> = Vec::new();
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

fn deliver(
    image: &Image,
    mut store: Store,
    target: &Target,
    tags: &[Tag],
    notice: &dyn Notice,
) -> Result<Transferred, Error> {
    let total = image.blobs.iter().chain([&image.manifest]).map(|blob| blob.descriptor.size).sum();
    notice.notice(&Event::Started { step: "wrote", total });
    let transferred = transfer::copy(image, &mut store, tags, notice)?;
    let written = transferred.blobs.iter().filter(|(_, placed)| *placed == Placed::Written).count();
    let there = transferred.blobs.len() - written;
    let summary = match (written, there) {
        (0, _) => format!("{}: all blobs were there already", target.name()),
        (_, 0) => format!("{}: {}", target.name(), human_count(written, "blob")),
        _ => format!("{}: {}, {there} already there", target.name(), human_count(written, "blob")),
    };
    notice.notice(&Event::Finished(&summary));
    Ok(transferred)
}
