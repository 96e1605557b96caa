//! `consign digest`: of what a push would make, or of what is at a registry.

use std::sync::Arc;

use super::args::{self, Format, Global, Typed};
use super::console::Console;
use super::findings::Found;
use super::push::warn;
use super::{Outcome, meaning, receipt};
use crate::error::{Error, Kind};
use crate::oci::{Digest, Reference};
use crate::report::Origin;
use crate::store::registry::{Access, Registries};
use crate::{bundle, pack, runtime};

pub(super) fn run(
    args: &args::Digest,
    typed: &Typed,
    global: &Global,
    console: &Arc<Console>,
) -> Result<Outcome, Error> {
    match meaning::subject(&args.subject)? {
        meaning::Subject::Source => of_source(args, global, console),
        meaning::Subject::Image(reference) => of_image(args, typed, &reference, console),
    }
}

/// Asks the registry.
fn of_image(
    args: &args::Digest,
    typed: &Typed,
    reference: &Reference,
    console: &Arc<Console>,
) -> Result<Outcome, Error> {
    let about_source = typed.under(&args::ABOUT_SOURCE).or(args.all.then_some("--all"));
    if let Some(option) = about_source {
        return Err(Error::new(
            Kind::Usage,
            format!("`{option}` is for a SOURCE, and `{reference}` is an image that is made already"),
        )
        .hint(format!("leave out `{option}`")));
    }
    let remote = meaning::remote(&args.registry, &[reference.host()], false)?;
    let registries = Registries::new(&remote, Arc::clone(console) as _)?;
    let image = runtime::block_on(async {
        let registry = registries.open(reference, Access::Pull).await?;
        registry.resolve(reference.tag(), reference.digest()).await
    })??;
    console.result(&match args.format {
        Format::Text => format!("{}\n", image.digest),
        Format::Json => receipt::of_descriptor(reference, &image),
    })?;
    Ok(Outcome::Done)
}

/// Packs.
fn of_source(args: &args::Digest, global: &Global, console: &Console) -> Result<Outcome, Error> {
    // A login for nothing is refused.
    meaning::remote(&args.registry, &[], args.subject == "-")?;
    let compression = meaning::compression(&args.compress, args::Compression::Gzip)?;
    meaning::image_for(&args.checks.readers, meaning::media_types(args.dress.media_types), compression)?;
    let checks = meaning::checks(&args.checks, Some(&args.unseen), std::slice::from_ref(&args.subject))?;
    let source = meaning::open(&args.subject, &args.source)?;
    let dress = meaning::dress(&args.dress, &source)?;
    dress.check(compression)?;
    let reports = meaning::reports(&args.checks.reports, std::slice::from_ref(&source))?;
    warn(console, &args.unseen, compression);
    let options = meaning::pack(global.threads, checks, args.checks.allow_empty, compression, None);
    let options = pack::Options { render: args.unseen.render, ..options };
    let packed = pack::pack(&source, &options, console)?;
    let found = Found::new([(args.subject.as_os_str(), &source, &packed)]);
    console.findings(&found);
    found.save(&reports)?;
    let image = packed.layer.as_ref().map(|layer| bundle::image(layer, &dress)).transpose()?;
    if args.format == Format::Json {
        console.result(&receipt::of_image(&packed, &Origin::below(source.base()), image.as_ref()))?;
    }
    let (Some(image), Some(layer)) = (image, &packed.layer) else { return Ok(Outcome::Failed(1)) };
    if args.format == Format::Text {
        let mut text = format!("{}\n", image.digest());
        if args.all {
            let row = |name: &str, digest: Digest, size: u64| format!("{name:<8}  {digest}  {size:>10} bytes\n");
            text = row("manifest", image.digest(), image.manifest.descriptor.size);
            for (name, blob) in ["config", "layer"].iter().zip(&image.blobs) {
                text += &row(name, blob.descriptor.digest, blob.descriptor.size);
            }
            text += &row("diff ID", layer.diff_id, layer.tar_size);
        }
        console.result(&text)?;
    }
    Ok(Outcome::Done)
}
