//! `consign validate`: the checks of a push, and nothing else.

use std::ffi::OsStr;
use std::time::Instant;

use super::args::{self, Global};
use super::console::{Console, seconds};
use super::findings::Found;
use super::{Outcome, meaning};
use crate::bundle::Compression;
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice};
use crate::pack;
use crate::report;

pub(super) fn run(args: &args::Validate, global: &Global, console: &Console) -> Result<Outcome, Error> {
    let checks = meaning::checks(&args.checks, None, &args.paths)?;
    if args.paths.iter().filter(|path| *path == OsStr::new("-")).count() > 1 {
        return Err(Error::new(Kind::Usage, "`-` is given twice, and standard input can be read once")
            .hint("give `-` once; what is piped in may hold any number of objects"));
    }
    let options = meaning::pack(global.threads, checks, args.checks.allow_empty, Compression::None, None);
    // A source that is not there is told before anything is checked.
    let started = Instant::now();
    let sources = args.paths.iter().map(|path| meaning::open(path, &args.source)).collect::<Result<Vec<_>, _>>()?;
    let reports = meaning::reports(&args.checks.reports, &sources)?;
    let all = sources
        .iter()
        .map(|source| pack::check(source, &options, &WithoutLines(console)))
        .collect::<Result<Vec<_>, _>>()?;
    let each = args.paths.iter().zip(&sources).zip(&all);
    let found = Found::new(each.map(|((path, source), checked)| (path.as_os_str(), source, checked)));
    console.result(&found.write(args.format, console.style()))?;
    found.save(&reports)?;
    let summary = found.summary();
    console.status(&summary.in_words(&seconds(started.elapsed())));
    Ok(if summary.errors > 0 { Outcome::Failed(1) } else { Outcome::Done })
}

/// Of several sources each has a bar, but one line tells of all of them.
struct WithoutLines<'a>(&'a Console);

impl Notice for WithoutLines<'_> {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::Finished(_) => self.0.clear(),
            Event::Packed { name, size } => {
                self.0.detail(|| format!("checked {} ({size} bytes)", report::escape(name)));
            }
            other => self.0.notice(other),
        }
    }
}
