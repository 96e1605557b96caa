//! Comments that are meant for a program: found by a word, told apart from text that only looks like one.

use std::ops::Range;
use std::sync::Arc;

use super::arena::{Cell, Kind};
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
    /// A byte in the line that it is about: its own, or if it has that for itself, the next with something else than comments.
    content: Option<usize>,
    /// The lines that it is about, if there are any.
    pub lines: Option<Lines>,
}

/// What a comment is about: a line, and where a key or value that begins there has several lines, or the value of a key that does, all of
/// them. Text in there has no room for a comment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The first, counted from 1.
    pub first: u32,
    /// The last, often the same.
    pub last: u32,
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
        self.find_lines(&mut comments);
        comments
    }

    /// Finds what is below the comments that have a line for themselves. From the last to the first, so that of comments one below the
    /// other each looks only as far as the next.
    fn look_below(&self, comments: &mut [Comment<'_>]) {
        let text = self.text.as_str();
        let mut below: Option<(usize, Option<usize>)> = None;
        for comment in comments.iter_mut().rev().filter(|comment| comment.content.is_none()) {
            let found = next_content(text, comment.end, below.map_or(usize::MAX, |(start, _)| start));
            comment.content = match (found, below) {
                (Some(at), Some((start, content))) if at == start => content,
                _ => found,
            };
            below = Some((comment.start, comment.content));
        }
    }

    /// Says which lines the comments are about, once their content is known.
    fn find_lines(&self, comments: &mut [Comment<'_>]) {
        let text = self.text.as_str();
        // The bytes of each line, and the byte up to which a comment on it counts.
        let mut ranges: Vec<(Range<usize>, usize)> = Vec::new();
        for content in comments.iter().filter_map(|comment| comment.content) {
            if ranges.last().is_none_or(|(line, _)| content >= line.end) {
                ranges.push((begin_of_line(text, content)..end_of_line(text, content), content));
            }
        }
        self.reach(&mut ranges);
        let lines = |(line, to): &(Range<usize>, usize)| Lines {
            first: self.text.position(line.start).line,
            last: self.text.position(*to).line,
        };
        let mut at = 0;
        let mut current = ranges.first().map(lines);
        for comment in comments {
            let Some(content) = comment.content else { continue };
            while ranges.get(at).is_some_and(|(line, _)| content >= line.end) {
                at += 1;
                current = ranges.get(at).map(lines);
            }
            comment.lines = current;
        }
    }

    /// Has each line reach to the end of the scalars of several lines that begin in it, or whose keys do.
    fn reach(&self, lines: &mut [(Range<usize>, usize)]) {
        let text = self.text.as_str();
        let mut before = 0..0;
        for cell in &self.arena.cells {
            let (start, end) = (cell.start as usize, cell.end as usize);
            // What stands further up is a copy, made for a merge key.
            let Some(gap) = text.get(before.end..start) else { continue };
            let is_scalar = is_scalar(cell);
            // Behind the beginning of a collection comes the first thing in it.
            let last = std::mem::replace(&mut before, start..if is_scalar { end } else { start });
            let begin = indicator(gap).map_or(start, |at| last.end + at);
            let is_long = || text.get(begin..end).is_some_and(|raw| raw.contains(['\n', '\r']));
            if is_scalar && is_long() {
                let from = if gap.trim_start().starts_with(':') { last.start } else { begin };
                let first = lines.partition_point(|(line, _)| line.end <= from);
                for (_, to) in lines.iter_mut().skip(first).take_while(|(line, _)| line.start <= begin) {
                    *to = (*to).max(end);
                }
            }
        }
    }

    /// Which of these bytes, which are sorted, are part of a key or value.
    fn inside_scalars(&self, starts: &[(usize, usize)]) -> Vec<bool> {
        let mut inside = vec![false; starts.len()];
        for cell in &self.arena.cells {
            if !is_scalar(cell) {
                continue;
            }
            let first = starts.partition_point(|(start, _)| *start < cell.start as usize);
            let behind = starts.iter().skip(first).take_while(|(start, _)| *start < cell.end as usize).count();
            if let Some(taken) = inside.get_mut(first..first + behind) {
                taken.fill(true);
            }
        }
        inside
    }

    /// The comment, with its content if there is something else in its line.
    fn comment(&self, start: usize, behind: usize, line_end: usize) -> Comment<'_> {
        let text = self.text.as_str();
        let rest = text.get(behind..line_end).unwrap_or_default().trim_end();
        let before = text.get(begin_of_line(text, start)..start).unwrap_or_default();
        let content = (!before.trim().is_empty()).then_some(start);
        Comment { tree: self, start, end: behind + rest.len(), text: rest, content, lines: None }
    }
}

/// Whether it is a key or value without anything in it. An alias is none: it may be a copy of what has.
const fn is_scalar(cell: &Cell) -> bool {
    !matches!(cell.kind, Kind::Sequence | Kind::Mapping | Kind::Resolved | Kind::Alias)
}

/// Of what stands before a block scalar, where its `|` or `>` is; nothing if what follows is no block scalar.
fn indicator(before: &str) -> Option<usize> {
    let (above, blanks) = before.rsplit_once(['\n', '\r'])?;
    let above = above.trim_end();
    let line = above.get(begin_of_line(above, above.len())..)?;
    let is_blank = |at: usize| line.as_bytes().get(at.wrapping_sub(1)).is_none_or(u8::is_ascii_whitespace);
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| is_blank(*at));
    let line = line.get(..comment.unwrap_or(line.len()))?.trim_end();
    let at =
        line.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')).strip_suffix(['|', '>'])?.len();
    (is_blank(at) && blanks.trim().is_empty()).then(|| begin_of_line(above, above.len()) + at)
}

fn begin_of_line(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |at| at + 1)
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
    use super::Lines;

    /// The texts of the comments, and the lines they are about.
    fn found(text: &str) -> Vec<(String, Option<(u32, u32)>)> {
        let path = "a.yaml".into();
        let (documents, _) = documents(&path, text.as_bytes());
        let mut all = Vec::new();
        for document in &documents {
            for tree in &parse(&path, document).trees {
                all.extend(tree.comments("mark:").iter().map(|c| (c.text.trim().to_owned(), c.lines)));
            }
        }
        all.into_iter().map(|(text, lines)| (text, lines.map(|Lines { first, last }| (first, last)))).collect()
    }

    /// The first line of each comment, which must be its last, too.
    fn found_alone(text: &str) -> Vec<(String, Option<u32>)> {
        let alone = |(first, last)| {
            assert_eq!(first, last, "{text:?}");
            first
        };
        found(text).into_iter().map(|(comment, lines)| (comment, lines.map(alone))).collect()
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
            assert_eq!(found_alone(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_comment_is_about_all_lines_of_a_scalar_that_begins_there_or_whose_key_does() {
        for (text, expected) in [
            ("a: | # mark: x\n  text\n", (1, 2)),
            ("b: 0\n# mark: x\na: |\n  text\n\n  more\n\nc: 1\n", (3, 6)),
            ("# mark: x\na: >-\n  text\n  more\n# other\nc: 1\n", (2, 4)),
            ("# mark: x\r\na: |\r\n  text\r\n  more\r\nc: 1\r\n", (2, 4)),
            ("# mark: x\na: \"text\n\n  more\"\nc: 1\n", (2, 4)),
            ("# mark: x\na: 'text\n  more' \nc: 1\n", (2, 3)),
            ("# mark: x\na: text\n  more\n  yet\nc: 1\n", (2, 4)),
            ("# mark: x\na:\n  text\n  more\nc: 1\n", (2, 4)),
            ("# mark: x\na: &b !!str\n\n  |\n  text\nc: 1\n", (2, 5)),
            ("# mark: x\n- |\n  text\n- b\n", (2, 3)),
            ("a:\n  # mark: x\n  - - |-\n      text\n    - b\n", (3, 4)),
            ("# mark: x\n- a: |\n    text\n  b: c\n", (2, 3)),
            ("{b: 1, a: \"text\n  more\", # mark: x\n c: 1}\n", (2, 2)),
            ("# mark: x\n{b: 1, a: \"text\n  more\", c: 1}\n", (2, 3)),
            ("# mark: x\n? |\n  text\n: 1\n", (2, 3)),
            ("x: &x {a: 1}\nb:\n  <<: *x\n  # mark: x\n  a: |\n    text\n  c: 1\n", (5, 6)),
            // What is below a key is something else.
            ("# mark: x\na:\n  b: |\n    text\n", (2, 2)),
            ("# mark: x\na:\n- |\n  text\n", (2, 2)),
            ("a: # mark: x\n\n  text\n", (1, 1)),
            ("a: |\n  text\nb: 1 # mark: x\n", (3, 3)),
            ("x: &x |\n  text\n# mark: x\nb: *x\nc: 1\n", (4, 4)),
            ("- # mark: x\n  # |\n  text\n", (1, 1)),
            ("[a, # mark: x\n # |\n b, \"c\n  d\"]\n", (1, 1)),
            ("# mark: x\n- !<tag:yaml.org,2002:str>\n  text\n", (2, 2)),
            ("# mark: x\n- a\n- |\n  text\n", (2, 2)),
            ("x: &x {a: 1}\nb:\n  <<: *x\n  # mark: x\n  c:\n    d: |\n      text\n", (5, 5)),
            ("x: &x {a: 1}\nb:\n  <<: *x\n  c:\n    # mark: x\n    d: |\n      text\n  e: f\n", (6, 7)),
        ] {
            assert_eq!(found(text), [("x".to_owned(), Some(expected))], "{text:?}");
        }
        let both = "# mark: x\na: # mark: y\n  # mark: z\n  |\n  text\n# mark: w\nb: 1\n";
        let expected = [("x", (2, 5)), ("y", (2, 5)), ("z", (4, 5)), ("w", (7, 7))];
        assert_eq!(found(both), expected.map(|(text, lines)| (text.to_owned(), Some(lines))));
    }

    #[test]
    fn many_comments_take_no_longer_than_few_each() {
        let below = "# mark: x\n".repeat(200_000) + "a: 1\n";
        assert!(found_alone(&below).iter().all(|(_, line)| *line == Some(200_001)));
        let beside = "a: 1".to_owned() + &" # mark: x".repeat(200_000);
        assert_eq!(found(&beside).len(), 1);
        let long = "# mark: x\na: |\n  text\n".repeat(40_000).replacen("a:", "a: 1\nb:", 1);
        let list = long.replace("a: |", "- |").replacen("a: 1\nb:", "-", 1);
        assert_eq!(found(&list).last().unwrap().1, Some((119_999, 120_000)));
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
            assert!(found(text).is_empty(), "{text:?}");
        }
    }
}
