//! What a version-control merge leaves behind, recognised where a document cannot be read.

use super::report::Report;
use super::rules;
use crate::finding::Finding;

/// A line that git writes between the versions; the kind is its first character.
struct Mark {
    kind: u8,
    start: usize,
    end: usize,
}

fn marks(text: &str) -> impl Iterator<Item = Mark> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let kind = *line.as_bytes().first()?;
        let run = line.bytes().take_while(|byte| *byte == kind).count();
        let is_mark = run == 7
            && match kind {
                b'=' => line.len() == 7,
                b'<' | b'>' | b'|' => line.len() == 7 || line.as_bytes().get(7) == Some(&b' '),
                _ => false,
            };
        is_mark.then_some(Mark { kind, start: at, end: at + line.len() })
    })
}

/// One finding a conflict, each with its other marks; nothing where no line looks like one.
pub(super) fn find(report: &Report<'_, '_>, text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut certain = false;
    let mut expects_more = false;
    for mark in marks(text) {
        certain |= mark.kind != b'=';
        let range = mark.start..mark.end;
        let why = match mark.kind {
            b'|' => "what both sides started from",
            b'=' => "the other side",
            _ => "the end of the conflict",
        };
        if mark.kind != b'<'
            && expects_more
            && let Some(last) = findings.last_mut()
        {
            last.further.push((report.place(range), why.to_owned()));
        } else if findings.len() < super::report::MOST {
            let message = "merge conflict that was not resolved";
            let finding = report.at(&rules::MERGE_CONFLICT, range, message);
            findings.push(finding.hint("keep the lines that are right and delete the marks"));
        } else {
            break;
        }
        expects_more = mark.kind != b'>';
    }
    // A row of `=` alone may underline a title.
    if certain { findings } else { Vec::new() }
}
