//! `consign digest`.

use super::args::{self, Format, Global};
use super::console::Console;
use super::push::warn;
use super::{Outcome, meaning, receipt};
use crate::bundle;
use crate::error::Error;
use crate::pack;

pub(super) fn run(args: &args::Digest, global: &Global, console: &Console) -> Result<Outcome, Error> {
    let compression = meaning::compression(&args.compress, args::Compression::Gzip)?;
    let source = meaning::open(&args.source)?;
    let dress = meaning::dress(&args.dress, &source)?;
    dress.check(compression)?;
    warn(console, &args.checks, compression);
    let options = meaning::pack(global.threads, &args.checks, compression, None);
    let packed = pack::pack(&source, &options, console)?;
    console.findings(&packed.findings);
    let image = packed.layer.as_ref().map(|layer| bundle::image(layer, &dress)).transpose()?;
    if args.format == Format::Json {
        console.result(&receipt::of_image(&packed, image.as_ref()))?;
    }
    let (Some(image), Some(layer)) = (image, &packed.layer) else { return Ok(Outcome::Failed(1)) };
    if args.format == Format::Text {
        let mut text = format!("{}\n", image.digest());
        if args.all {
            let row =
                |name: &str, digest: crate::oci::Digest, size: u64| format!("{name:<8}  {digest}  {size:>10} bytes\n");
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
