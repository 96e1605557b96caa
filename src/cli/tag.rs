//! `consign tag`.

use std::sync::Arc;

use super::args::{self, Format};
use super::console::Console;
use super::{Outcome, meaning, receipt};
use crate::error::Error;
use crate::runtime;
use crate::store::registry::{Access, Registries};

pub(super) fn run(args: &args::Tag, console: &Arc<Console>) -> Result<Outcome, Error> {
    let reference = meaning::image(&args.reference)?;
    let tags = meaning::tags(&args.tags)?;
    let guard = meaning::guard(&args.guard);
    let remote = meaning::remote(&args.registry, &[reference.host()], false)?;
    let registries = Registries::new(&remote, Arc::clone(console) as _)?;
    let (identity, image, tagged) = runtime::block_on(async {
        let registry = registries.open(&reference, Access::Push).await?;
        let manifest = registry.manifest(reference.tag(), reference.digest()).await?;
        let tagged = registry.tag(&manifest, &tags, &guard).await?;
        Ok::<_, Error>((registry.identity().await, manifest.descriptor, tagged))
    })??;
    super::push::tagged(&reference.name(), &tagged, console);
    console.result(&match args.format {
        Format::Text => format!("{}@{}\n", reference.name(), image.digest),
        Format::Json => receipt::of_tagged(&reference, &image, &identity, &tagged),
    })?;
    Ok(Outcome::Done)
}
