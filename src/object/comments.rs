//! Comments that are meant for a program: found by a word, told apart from text that only looks like one.

use std::sync::Arc;

use super::arena::Kind;
use super::tree::Tree;
use crate::finding::{Place, Span};

/// A comment of a YAML document.
#[derive(Clone, Copy)]
pub struct Comment<'t> {
    tree: &'t Tree<'t>,
    /// The byte of its `#`.
    start: usize,
    /// Just behind its last character.
    end: usize,
    /// What stands behind the word.
    pub text: &'t str,
    /// The line that it is about: its own, or if it has that for itself, the next with something else than comments, if there is one.
    pub line: Option<u32>,
}

impl Comment<'_> {
    /// Where it stands, with the text of the line unless that may be a secret.
    pub fn place(&self, path: &Arc<str>) -> Place {
        self.tree.text.place(path, self.start..self.end)
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.tree.text.span(self.start..self.end)
    }
}

impl Tree<'_> {
    /// The comments that begin with `word`, from top to bottom. Of JSON, which has none, nothing.
    pub fn comments<'t>(&'t self, word: &str) -> Vec<Comment<'t>> {
        let text = self.text.as_str();
        let mut starts: Vec<(usize, usize)> = memchr::memmem::find_iter(text.as_bytes(), word)
            .filter_map(|at| begin_of_comment(text, at).map(|start| (start, at + word.len())))
            .collect();
        starts.dedup_by_key(|(start, _)| *start);
        if starts.is_empty() {
            return Vec::new();
        }
        let inside = self.inside_scalars(&starts);
        // All that follows the first `#` of a line is one comment.
        let mut line_end = 0;
        let mut comments: Vec<Comment<'t>> = Vec::new();
        for ((start, behind), inside) in starts.into_iter().zip(inside) {
            if !inside && start >= line_end {
                line_end = end_of_line(text, behind);
                comments.push(self.comment(start, behind, line_end));
            }
        }
        self.look_below(&mut comments);
        comments
    }

    /// Finds the lines of the comments that have theirs for themselves. From the last to the first, so that of comments one below the
    /// other each looks only as far as the next.
    fn look_below(&self, comments: &mut [Comment<'_>]) {
        let text = self.text.as_str();
        let mut below: Option<(usize, Option<u32>)> = None;
        for comment in comments.iter_mut().rev().filter(|comment| comment.line.is_none()) {
            let found = next_content(text, comment.end, below.map_or(usize::MAX, |(start, _)| start));
            comment.line = match (found, below) {
                (Some(at), Some((start, line))) if at == start => line,
                (Some(at), _) => Some(self.text.position(at).line),
                (None, _) => None,
            };
            below = Some((comment.start, comment.line));
        }
    }

    /// Which of these bytes, which are sorted, are part of a key or value.
    fn inside_scalars(&self, starts: &[(usize, usize)]) -> Vec<bool> {
        let mut inside = vec![false; starts.len()];
        for cell in &self.arena.cells {
            if matches!(cell.kind, Kind::Sequence | Kind::Mapping | Kind::Resolved) {
                continue;
            }
            let first = starts.partition_point(|(start, _)| *start < cell.start as usize);
            let taken = starts.iter().zip(&mut inside).skip(first);
            for (_, inside) in taken.take_while(|((start, _), _)| *start < cell.end as usize) {
                *inside = true;
            }
        }
        inside
    }

    /// The comment, with its line if there is something else in it.
    fn comment(&self, start: usize, behind: usize, line_end: usize) -> Comment<'_> {
        let text = self.text.as_str();
        let rest = text.get(behind..line_end).unwrap_or_default().trim_end();
        let before = text.get(..start).unwrap_or_default();
        let line = before.get(before.rfind(['\n', '\r']).map_or(0, |at| at + 1)..).unwrap_or_default();
        let line = (!line.trim().is_empty()).then(|| self.text.position(start).line);
        Comment { tree: self, start, end: behind + rest.len(), text: rest, line }
    }
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |length| at + length)
}

/// The `#` before `at`, if only blanks stand between, and a blank or nothing before it.
fn begin_of_comment(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?.trim_end_matches([' ', '\t']).strip_suffix('#')?;
    before.ends_with([' ', '\t', '\n', '\r']).then_some(before.len()).or_else(|| before.is_empty().then_some(0))
}

/// The first byte behind the line of `at` that is neither blank nor in a line with nothing but a comment; or `known`, the `#` of such a
/// comment further down.
fn next_content(text: &str, at: usize, known: usize) -> Option<usize> {
    let mut next = at;
    loop {
        next = end_of_line(text, next);
        next += text.get(next..)?.find(|c: char| !c.is_whitespace())?;
        if next == known || !text.get(next..)?.starts_with('#') {
            return Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{documents, parse};

    /// The texts of the comments, and the lines they are about.
    fn found(text: &str) -> Vec<(String, Option<u32>)> {
        let path = "a.yaml".into();
        let (documents, _) = documents(&path, text.as_bytes());
        let mut all = Vec::new();
        for document in &documents {
            for tree in &parse(&path, document).trees {
                all.extend(tree.comments("mark:").iter().map(|c| (c.text.trim().to_owned(), c.line)));
            }
        }
        all
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_next_that_has_content() {
        for (text, expected) in [
            ("a: 1 # mark: x\n", vec![("x", Some(1))]),
            ("# mark: x\n\n# other\n\t\n  # mark: y\na: 1\n", vec![("x", Some(6)), ("y", Some(6))]),
            ("a: 1\r\n# mark: x y \r\nb: 2\r\n", vec![("x y", Some(3))]),
            ("a:\n  # mark: x\n  - b # mark: y", vec![("x", Some(3)), ("y", Some(3))]),
            ("a: 1\n# mark: x\n", vec![("x", None)]),
            ("b: 0\n---\n# mark: x\na: 1\n", vec![("x", Some(4))]),
            ("a: 1 #mark:x\n", vec![("x", Some(1))]),
            ("a: | # mark: x\n  text\n", vec![("x", Some(1))]),
            ("a: {b: 1, # mark: x\n c: 2}\n", vec![("x", Some(1))]),
            ("a: |\n  text\n# mark: x\nb: 1\n", vec![("x", Some(4))]),
            ("a: |+\n  text\n\n # mark: x\nb: 1\n", vec![("x", Some(5))]),
            (
                "a: >-\n    text\n  # mark: x\n  # mark: y\nb: 1 # mark: z\n",
                vec![("x", Some(5)), ("y", Some(5)), ("z", Some(5))],
            ),
        ] {
            let expected: Vec<(String, Option<u32>)> =
                expected.into_iter().map(|(text, line)| (text.to_owned(), line)).collect();
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn many_comments_take_no_longer_than_few_each() {
        let below = "# mark: x\n".repeat(200_000) + "a: 1\n";
        assert!(found(&below).iter().all(|(_, line)| *line == Some(200_001)));
        let beside = "a: 1".to_owned() + &" # mark: x".repeat(200_000);
        assert_eq!(found(&beside).len(), 1);
    }

    #[test]
    fn text_that_only_looks_like_a_comment_is_none() {
        for text in [
            "a: |\n  # mark: x\n  b: 1\n",
            "a: |\n  b: 1 # mark: x\n",
            "a: >+\n\n  b\n  # mark: x\n",
            "a: |2\n   b\n  # mark: x\n",
            "a: ' # mark: x'\n",
            "a: \"\n # mark: x\"\n",
            "a: b# mark: x\n",
            "a: b ## mark: x\n",
            "{\"a\": \" # mark: x\"}\n",
            "\"a # mark: x\": 1\n",
            "a: 1 # see mark: x\n",
            "? |\n  # mark: x\n: 1\n",
        ] {
            assert_eq!(found(text), [], "{text:?}");
        }
    }
}
