//! `consign validate`: the checks of a push, and nothing else.

use std::ffi::OsStr;
use std::time::Instant;

use serde::Serialize;

use super::args::{self, Format, Global};
use super::console::{Console, seconds};
use super::{Outcome, meaning};
use crate::bundle::Compression;
use crate::error::{Error, Kind};
use crate::finding::Finding;
use crate::notice::{Event, Notice, human_count};
use crate::pack::{self, Packed};
use crate::report;

pub(super) fn run(args: &args::Validate, global: &Global, console: &Console) -> Result<Outcome, Error> {
    let checks = meaning::checks(&args.checks, None)?;
    if args.paths.iter().filter(|path| *path == OsStr::new("-")).count() > 1 {
        return Err(Error::new(Kind::Usage, "`-` is given twice, and standard input can be read once")
            .hint("give `-` once; what is piped in may hold any number of objects"));
    }
    let options = meaning::pack(global.threads, checks, args.checks.allow_empty, Compression::None, None);
    // A source that is not there is told before anything is checked.
    let started = Instant::now();
    let sources = args.paths.iter().map(|path| meaning::open(path, &args.source)).collect::<Result<Vec<_>, _>>()?;
    let all = sources
        .iter()
        .map(|source| pack::check(source, &options, &WithoutLines(console)))
        .collect::<Result<Vec<_>, _>>()?;
    let findings: Vec<&Finding> = all.iter().flat_map(|checked| checked.findings.sorted()).collect();
    let summary = Summary::of(&all);
    match args.format {
        Format::Text => {
            console.result(&report::text(&findings, console.style()))?;
        }
        Format::Json => {
            console.result(&report::safe_json(&Validated { summary: &summary, findings: report::rows(&findings) }))?;
        }
    }
    console.status(&summary.in_words(&seconds(started.elapsed())));
    Ok(if summary.errors > 0 { Outcome::Failed(1) } else { Outcome::Done })
}

/// Of several sources each has a bar, but one line tells of all of them.
struct WithoutLines<'a>(&'a Console);

impl Notice for WithoutLines<'_> {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::Finished(_) => self.0.clear(),
            other => self.0.notice(other),
        }
    }
}

/// What is printed for machines; the shape is described in `docs/json.md` and stays as it is.
#[derive(Serialize)]
struct Validated<'a, R> {
    summary: &'a Summary,
    findings: R,
}

/// What was counted, over all sources.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    files: usize,
    objects: usize,
    checked: usize,
    not_checked: usize,
    files_not_checked: usize,
    errors: usize,
    warnings: usize,
}

impl Summary {
    fn of(all: &[Packed]) -> Self {
        let mut sum = Self::default();
        for one in all {
            let counted = one.summary.unwrap_or_default();
            sum.files += one.files;
            sum.objects += counted.objects;
            sum.not_checked += counted.unchecked_objects;
            sum.files_not_checked += counted.unchecked_files;
            sum.errors += one.findings.errors();
            sum.warnings += one.findings.warnings();
        }
        sum.checked = sum.objects.saturating_sub(sum.not_checked);
        sum
    }

    /// `checked 12 files, 14 objects in 0.02 s: 1 error, 2 warnings; not checked: 1 object, 3 files`.
    fn in_words(&self, time: &str) -> String {
        let some = |count: usize, one: &str| (count > 0).then(|| human_count(count, one));
        let joined = |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let mut found = joined([some(self.errors, "error"), some(self.warnings, "warning")]);
        if found.is_empty() {
            "no errors".clone_into(&mut found);
        }
        let not = joined([some(self.not_checked, "object"), some(self.files_not_checked, "file")]);
        let not = if not.is_empty() { not } else { format!("; not checked: {not}") };
        let (files, objects) = (human_count(self.files, "file"), human_count(self.objects, "object"));
        format!("checked {files}, {objects} in {time}: {found}{not}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_tells_what_was_not_checked_only_where_there_is_some() {
        let mut summary = Summary { files: 12, objects: 14, checked: 14, ..Summary::default() };
        assert_eq!(summary.in_words("1 s"), "checked 12 files, 14 objects in 1 s: no errors");
        summary = Summary { not_checked: 1, checked: 13, files_not_checked: 2, errors: 1, warnings: 3, ..summary };
        let expected = "checked 12 files, 14 objects in 1 s: 1 error, 3 warnings; not checked: 1 object, 2 files";
        assert_eq!(summary.in_words("1 s"), expected);
    }
}
