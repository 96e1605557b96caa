//! A unified diff of a text and of what edits make of it.

use std::fmt::Write as _;
use std::ops::Range;

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// Bytes of a text, and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes; none where something is put in.
    pub(super) range: Range<usize>,
    /// What takes their place.
    pub(super) text: String,
}

/// The text with all edits done. They are in order, and none touches another.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Lines, and what takes their place.
struct Change<'t> {
    lines: Range<usize>,
    new: Vec<String>,
    old: Vec<&'t str>,
}

/// What the edits change, as `diff -u` writes it; nothing if they change nothing.
///
/// No line of a neighbouring document is shown: there may be secrets in it.
pub(super) fn unified(name: &str, text: &str, edits: &[Edit]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let changes = changes(text, &lines, edits);
    if changes.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {name}\n+++ {name}\n");
    let mut grown: isize = 0;
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let count =
            1 + rest.windows(2).take_while(|pair| pair[1].lines.start <= pair[0].lines.end + 2 * CONTEXT).count();
        let (hunk, behind) = rest.split_at(count);
        rest = behind;
        let end = hunk.last().map_or(first.lines.end, |last| last.lines.end);
        let above =
            lines[..first.lines.start].iter().rev().take(CONTEXT).take_while(|line| !is_separator(line)).count();
        let below = lines[end..].iter().take(CONTEXT).take_while(|line| !is_separator(line)).count();
        grown = write_hunk(&mut out, &lines, hunk, first.lines.start - above..end + below, grown);
    }
    out
}

fn is_separator(line: &str) -> bool {
    line.starts_with("---")
}

/// Writes one hunk; takes and gives by how many lines the text has grown so far.
fn write_hunk(out: &mut String, lines: &[&str], hunk: &[Change<'_>], shown: Range<usize>, grown: isize) -> isize {
    let more: isize = hunk.iter().map(|change| change.new.len().cast_signed() - change.old.len().cast_signed()).sum();
    let (old, new) = (shown.len(), shown.len().saturating_add_signed(more));
    let start =
        |count: usize, by: isize| if count == 0 { shown.start } else { shown.start + 1 }.saturating_add_signed(by);
    let _ = writeln!(out, "@@ -{},{old} +{},{new} @@", start(old, 0), start(new, grown));
    let mut put = |mark: char, line: &str| {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let _ = writeln!(out, "{mark}{}", content.strip_suffix('\r').unwrap_or(content));
        if content.len() == line.len() {
            out.push_str("\\ No newline at end of file\n");
        }
    };
    let mut at = shown.start;
    for change in hunk {
        lines[at..change.lines.start].iter().for_each(|line| put(' ', line));
        change.old.iter().for_each(|line| put('-', line));
        change.new.iter().for_each(|line| put('+', line));
        at = change.lines.end;
    }
    lines[at..shown.end].iter().for_each(|line| put(' ', line));
    grown + more
}

/// The edits by lines: those on the same lines together, without lines that stay.
fn changes<'t>(text: &str, lines: &[&'t str], edits: &[Edit]) -> Vec<Change<'t>> {
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        })
        .collect();
    let line_of = |at: usize| starts.partition_point(|start| *start <= at).saturating_sub(1);
    let mut all: Vec<Change<'t>> = Vec::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let start = line_of(first.range.start);
        let mut end = line_of(first.range.end);
        let mut count = 1;
        while let Some(next) = rest.get(count).filter(|next| line_of(next.range.start) <= end) {
            end = end.max(line_of(next.range.end));
            count += 1;
        }
        let (together, behind) = rest.split_at(count);
        rest = behind;
        let from = starts.get(start).copied().unwrap_or_default();
        let block = text.get(from..starts.get(end + 1).copied().unwrap_or(text.len())).unwrap_or_default();
        let moved: Vec<Edit> = together
            .iter()
            .map(|edit| Edit { range: edit.range.start - from..edit.range.end - from, text: edit.text.clone() })
            .collect();
        let new: Vec<String> = edited(block, &moved).split_inclusive('\n').map(str::to_owned).collect();
        let old = lines.get(start..=end).unwrap_or_default();
        let same_first = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let same_last = old[same_first..].iter().rev().zip(new[same_first..].iter().rev()).take_while(|(a, b)| a == b);
        let same_last = same_last.count();
        let (old, new) = (&old[same_first..old.len() - same_last], &new[same_first..new.len() - same_last]);
        if !(old.is_empty() && new.is_empty()) {
            let lines = start + same_first..start + same_first + old.len();
            all.push(Change { lines, new: new.to_vec(), old: old.to_vec() });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, what: &str, new: &str) -> Edit {
        let start = text.find(what).unwrap();
        Edit { range: start..start + what.len(), text: new.to_owned() }
    }

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            unified("f", text, &[edit(text, "5", "five")]),
            "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
        assert_eq!(unified("f", text, &[edit(text, "5", "5")]), "");
        assert_eq!(unified("f", text, &[]), "");
    }

    #[test]
    fn lines_that_are_put_in_move_what_follows() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
        let insert = Edit { range: 1..1, text: "\n1a".to_owned() };
        assert_eq!(
            unified("f", text, &[insert, edit(text, "12", "twelve")]),
            "--- f\n+++ f\n@@ -1,4 +1,5 @@\n 1\n+1a\n 2\n 3\n 4\n@@ -9,4 +10,4 @@\n 9\n 10\n 11\n-12\n\\ No newline at end of file\n\
             +twelve\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn neighbouring_documents_are_not_shown() {
        let text = "password: x\n---\na: 1\n--- # more\nb: 2\n";
        assert_eq!(unified("f", text, &[edit(text, "1", "2")]), "--- f\n+++ f\n@@ -3,1 +3,1 @@\n-a: 1\n+a: 2\n");
    }

    #[test]
    fn edits_on_one_line_are_one_change() {
        let text = "a: 1, b: 2\r\nc: 3\r\n";
        assert_eq!(
            unified("f", text, &[edit(text, "1", "x"), edit(text, "2", "y")]),
            "--- f\n+++ f\n@@ -1,2 +1,2 @@\n-a: 1, b: 2\n+a: x, b: y\n c: 3\n"
        );
    }
}
