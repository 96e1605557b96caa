//! `consign ls`.

use std::sync::Arc;

use super::args::{self, Format};
use super::console::Console;
use super::{Outcome, meaning, receipt};
use crate::error::Error;
use crate::store::registry::{Access, Registries};
use crate::{report, runtime};

pub(super) fn run(args: &args::Ls, console: &Arc<Console>) -> Result<Outcome, Error> {
    let repository = meaning::repository(&args.repository)?;
    let remote = meaning::remote(&args.registry, &[repository.host()], false)?;
    let registries = Registries::new(&remote, Arc::clone(console) as _)?;
    let tags = runtime::block_on(async { registries.open(&repository, Access::Pull).await?.tags().await })??;
    console.result(&match args.format {
        // What a registry calls a tag may be anything.
        Format::Text => tags.iter().map(|tag| format!("{}\n", report::escape(tag))).collect(),
        Format::Json => receipt::of_tags(&repository, &tags),
    })?;
    Ok(Outcome::Done)
}
