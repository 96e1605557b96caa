//! What was found, in any format, to standard output or into files.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::args::FindingsFormat;
use crate::error::Error;
use crate::finding::Finding;
use crate::notice::human_count;
use crate::pack::Packed;
use crate::report::{self, Origin, Reported, Style, Suite};
use crate::source::Source;
use crate::store;

/// A file that findings are to be written to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) format: FindingsFormat,
    pub(super) file: PathBuf,
}

/// What came of the checks, source by source.
pub(super) struct Found<'a>(Vec<OfSource<'a>>);

struct OfSource<'a> {
    name: String,
    origin: Origin,
    packed: &'a Packed,
    findings: Vec<&'a Finding>,
}

impl<'a> Found<'a> {
    /// Of sources, each with what it was called on the command line.
    pub(super) fn new(sources: impl IntoIterator<Item = (&'a OsStr, &'a Source, &'a Packed)>) -> Self {
        let each = sources.into_iter().map(|(name, source, packed)| OfSource {
            name: if name == "-" { "standard input".to_owned() } else { name.to_string_lossy().into_owned() },
            origin: Origin::below(source.base()),
            packed,
            findings: packed.findings.sorted(),
        });
        Self(each.collect())
    }

    /// All findings, a source after another.
    pub(super) fn reported(&self) -> Vec<Reported<'_>> {
        self.0.iter().flat_map(|source| Reported::all(&source.findings, &source.origin)).collect()
    }

    /// The whole report.
    pub(super) fn write(&self, format: FindingsFormat, style: Style) -> String {
        match format {
            FindingsFormat::Text => report::text(&self.reported(), style),
            FindingsFormat::Json => {
                let findings = report::rows(&self.reported());
                report::safe_json(&Validated { summary: &self.summary(), findings })
            }
            FindingsFormat::Sarif => report::sarif(&self.reported()),
            FindingsFormat::Junit => report::junit(&self.suites()),
            FindingsFormat::Github => report::github(&self.reported()),
        }
    }

    /// Writes the reports that were asked for.
    pub(super) fn save(&self, reports: &[Report]) -> Result<(), Error> {
        for Report { format, file } in reports {
            let mut text = self.write(*format, Style::default());
            if *format == FindingsFormat::Text {
                text += &format!("{}\n", self.summary().found());
            }
            store::write_file(file, |out| out.write_all(text.as_bytes()))?;
        }
        Ok(())
    }

    fn suites(&self) -> Vec<Suite<'_>> {
        let suite = |source: &'_ OfSource<'a>| (source.name.clone(), source.packed.files);
        self.0
            .iter()
            .map(|source| {
                let (name, files) = suite(source);
                Suite { name, files, findings: Reported::all(&source.findings, &source.origin) }
            })
            .collect()
    }

    /// What was counted, over all sources.
    pub(super) fn summary(&self) -> Summary {
        let mut sum = Summary::default();
        for packed in self.0.iter().map(|source| source.packed) {
            let counted = packed.summary.unwrap_or_default();
            sum.files += packed.files;
            sum.objects += counted.objects;
            sum.not_checked += counted.unchecked_objects;
            sum.files_not_checked += counted.unchecked_files;
            sum.errors += packed.findings.errors();
            sum.warnings += packed.findings.warnings();
        }
        sum.checked = sum.objects.saturating_sub(sum.not_checked);
        sum
    }
}

/// What is printed for machines; the shape is described in `docs/json.md` and stays as it is.
#[derive(Serialize)]
struct Validated<'a, R> {
    summary: &'a Summary,
    findings: R,
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) files: usize,
    pub(super) objects: usize,
    pub(super) checked: usize,
    pub(super) not_checked: usize,
    pub(super) files_not_checked: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
}

impl Summary {
    /// `1 error, 2 warnings`, or `no errors`.
    pub(super) fn found(&self) -> String {
        let found = joined([(self.errors, "error"), (self.warnings, "warning")]);
        if found.is_empty() { "no errors".to_owned() } else { found }
    }

    /// `checked 12 files, 14 objects in 0.02 s: 1 error, 2 warnings; not checked: 1 object, 3 files`.
    pub(super) fn in_words(&self, time: &str) -> String {
        let not = joined([(self.not_checked, "object"), (self.files_not_checked, "file")]);
        let not = if not.is_empty() { not } else { format!("; not checked: {not}") };
        let (files, objects) = (human_count(self.files, "file"), human_count(self.objects, "object"));
        format!("checked {files}, {objects} in {time}: {}{not}", self.found())
    }
}

/// Counts that are not 0.
fn joined(counts: [(usize, &str); 2]) -> String {
    let some = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, one)| human_count(count, one));
    some.collect::<Vec<_>>().join(", ")
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
