//! `consign build`.

use std::io::{self, BufReader, Write as _};
use std::path::Path;

use super::args::{self, Global};
use super::console::Console;
use super::findings::Found;
use super::push::{nearest_folder, warn};
use super::{Outcome, meaning};
use crate::error::{Error, Kind};
use crate::pack;
use crate::store;

pub(super) fn run(args: &args::Build, global: &Global, console: &Console) -> Result<Outcome, Error> {
    let compression = meaning::compression_of_file(&args.compress, &args.output)?;
    let checks = meaning::checks(&args.checks, Some(&args.unseen), std::slice::from_ref(&args.path))?;
    let to_stdout = args.output == Path::new("-");
    let source = meaning::open(&args.path, &args.source)?;
    meaning::refuse_inside(&source, &args.output)?;
    let reports = meaning::reports(&args.checks.reports, std::slice::from_ref(&source))?;
    warn(console, &args.unseen, compression);
    let spool_folder = if to_stdout { None } else { nearest_folder(&args.output) };
    let options = meaning::pack(global.threads, checks, args.checks.allow_empty, compression, spool_folder);
    let options = pack::Options { render: args.unseen.render, ..options };
    let packed = pack::pack(&source, &options, console)?;
    let found = Found::new([(args.path.as_os_str(), &source, &packed)]);
    console.findings(&found);
    found.save(&reports)?;
    let Some(layer) = &packed.layer else {
        console.status("nothing was written");
        return Ok(Outcome::Failed(1));
    };
    // `io::copy` alone would take 8 KiB at a time.
    let mut bytes = BufReader::with_capacity(1 << 20, layer.blob.open());
    if to_stdout {
        let mut out = io::stdout().lock();
        match io::copy(&mut bytes, &mut out).and_then(|_| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Error::new(Kind::Local, "cannot write the layer to standard output").because(error));
            }
            _ => {}
        }
    } else {
        store::write_file(&args.output, |file| io::copy(&mut bytes, file).map(|_| ()))?;
    }
    Ok(Outcome::Done)
}
