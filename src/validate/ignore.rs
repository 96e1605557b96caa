//! Comments that silence a rule on one line, or in a text of several lines: `# consign-ignore: RULE reason`.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::options::Options;
use super::policy;
use super::similar::similar;
use super::subject::quote;
use super::{TABLES, plan::Role};
use crate::finding::Severity::Warning;
use crate::finding::{Finding, Place, Position, Rule, Span};
use crate::object::{self, Document, Lines, Tree};

const WORD: &str = "consign-ignore";

pub(super) static UNUSED: Rule = Rule::new(
    "ignore/unused",
    Warning,
    &[],
    "a comment `# consign-ignore` without effect",
    "The comment silences a rule on its own line, or where it stands alone on the next line with content; where the key of a text of \
     several lines stands there, in all of that text; below a kustomization, in all that is rendered from its document. There is nothing to \
     silence there. What was wrong may have been mended, or moved to another line: the one that the finding names counts. A rule that \
     `--rule` sets cannot be silenced. Delete the comment, so that it does not hide the next mistake.",
);

pub(super) static UNKNOWN: Rule = Rule::new(
    "ignore/unknown-rule",
    Warning,
    &[],
    "a comment `# consign-ignore` that names no rule",
    "The comment is written `# consign-ignore: RULE reason`. RULE is what stands in brackets behind `error` or `warning`; \
     `consign rules` lists all. Those named `source/…` and `render/…` are not about a text, so no comment silences them; `--rule` does.",
);

pub(super) static RULES: &[&Rule] = &[&UNUSED, &UNKNOWN];

/// What one comment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignore {
    rule: &'static Rule,
    /// The lines that it is about, if any.
    lines: Option<Lines>,
    at: Position,
    scope: Scope,
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Its line.
    Line,
    /// Its line, and what is rendered from its document. Not everything was rendered, so it may well have an effect.
    Unknown,
    /// The same, and it is known what is rendered.
    Rendered,
}

/// The comments of a document; those that name no rule become findings.
pub(super) fn read(
    document: &Document<'_>,
    trees: &[Tree<'_>],
    path: &Arc<str>,
    role: Role,
    findings: &mut Vec<Finding>,
) -> Vec<Ignore> {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WORD));
    if FINDER.find(document.text().as_bytes()).is_none() {
        return Vec::new();
    }
    let mut ignores = Vec::new();
    let mut take = |text: &str, lines: Option<Lines>, at: Position, place: &dyn Fn() -> Place| {
        let word = text.strip_prefix(':').and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        match known().get(word) {
            Some(named) => {
                let scope = if role == Role::Objects { Scope::Line } else { Scope::Unknown };
                ignores.push(Ignore { rule: named, lines, at, scope });
            }
            None if findings.len() < MOST => findings.push(unknown(place(), word)),
            None => {}
        }
    };
    for comment in trees.iter().flat_map(|tree| tree.comments(WORD)) {
        take(comment.text, comment.lines, comment.span().start, &|| comment.place(path));
    }
    if trees.is_empty() {
        for (text, range) in about_nothing(document.text()).into_iter().take(MOST) {
            let place = document.place(path, range);
            take(text, None, place.span.unwrap_or_default().start, &|| place.clone());
        }
    }
    ignores
}

/// The comments of a document that holds nothing else, as one above the first `---` does: what stands behind the word, and where.
fn about_nothing(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut end = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        end += line.len();
        let line = line.trim_start();
        let Some(comment) = line.strip_prefix('#') else {
            if line.is_empty() {
                continue;
            }
            return Vec::new();
        };
        if let Some(rest) = comment.trim_start().strip_prefix(WORD) {
            let start = end - line.len();
            found.push((rest.trim_end(), start..start + line.trim_end().len()));
        }
    }
    found
}

/// A document with more findings than this has been said enough about.
const MOST: usize = 50;

fn unknown(place: Place, word: &str) -> Finding {
    let elsewhere = word.split_once('/').map(|(group, _)| group).filter(|group| ELSEWHERE.contains(group));
    let message = if word.is_empty() {
        "this comment does not say which rule it silences".to_owned()
    } else if let Some(group) = elsewhere {
        format!("no comment silences a rule named `{group}/…`")
    } else {
        format!("there is no rule {} that a comment could silence", quote(word))
    };
    if let Some(group) = elsewhere {
        let hint = format!(
            "say it on the command line, with `--rule ID=off` or `--rule ID=warn`; `consign rules {group}` tells more"
        );
        return Finding::new(&UNKNOWN, place, message).hint(hint);
    }
    let hint = match similar(word, known().keys().copied()) {
        Some(meant) => format!("did you mean `# {WORD}: {meant}`?"),
        None => format!("write `# {WORD}: RULE reason`; `consign rules` lists the rules"),
    };
    Finding::new(&UNKNOWN, place, message).hint(hint)
}

/// The groups of rules that are not about what stands in a text, but about files and what kustomizations make of them.
const ELSEWHERE: &[&str] = &["source", "render"];

/// Whether a comment can silence the rule, as long as the command line does not say what becomes of it.
pub fn is_for_comments(rule: &Rule) -> bool {
    known().contains_key(rule.id)
}

/// The rules about what stands in a text.
fn known() -> &'static HashMap<&'static str, &'static Rule> {
    static KNOWN: LazyLock<HashMap<&'static str, &'static Rule>> = LazyLock::new(|| {
        let tables = std::iter::once(object::RULES).chain(TABLES.iter().copied());
        tables.flatten().map(|rule| (rule.id, *rule)).collect()
    });
    &KNOWN
}

/// All comments of a run: which finding they silence, and which silenced none.
#[derive(Debug, Default)]
pub(super) struct Ignores {
    files: HashMap<Arc<str>, Vec<Kept>>,
    count: usize,
}

/// A comment among those of its file.
#[derive(Debug)]
struct Kept {
    ignore: Ignore,
    /// Whether it silenced something.
    is_used: bool,
    /// The last line that it or one before it is about.
    reach: u32,
}

/// The most comments that are kept, some tens of bytes each.
const KEPT: usize = 100_000;

impl Ignores {
    /// Takes the comments of a document. Those of one file come from top to bottom. Says so, once, when there are too many.
    pub(super) fn add(&mut self, path: &Arc<str>, mut ignores: Vec<Ignore>) -> Option<Finding> {
        let room = KEPT.saturating_sub(self.count);
        let first_left_out = ignores.get(room).copied();
        // Once there is no room, it has been said.
        let told = first_left_out.filter(|_| self.count <= KEPT).map(|ignore| ignore.one_too_many(path));
        self.count = self.count.saturating_add(ignores.len());
        ignores.truncate(room);
        if ignores.is_empty() {
            return told;
        }
        let kept = self.files.entry(Arc::clone(path)).or_default();
        let mut reach = kept.last().map_or(0, |before| before.reach);
        for ignore in ignores {
            reach = reach.max(ignore.lines.map_or(0, |lines| lines.last));
            kept.push(Kept { ignore, is_used: false, reach });
        }
        told
    }

    /// Whether a comment silences the finding.
    pub(super) fn silence(&mut self, finding: &Finding) -> bool {
        if self.files.is_empty() {
            return false;
        }
        let Some((all, span)) = self.files.get_mut(&finding.place.path).zip(finding.place.span) else {
            return false;
        };
        let line = span.start.line;
        let behind = all.partition_point(|kept| kept.ignore.first_line() <= line);
        let mut silenced = false;
        // A text has no room for comments, so but for those about its own lines few reach as far.
        for kept in all.iter_mut().take(behind).rev().take_while(|kept| kept.reach >= line) {
            if kept.ignore.is_about(line) && kept.ignore.rule == finding.rule {
                kept.is_used = true;
                silenced = true;
            }
        }
        silenced
    }

    /// Whether a comment on one of these lines silences the rule.
    pub(super) fn silence_rendered(&mut self, rule: &'static Rule, path: &str, lines: &RangeInclusive<u32>) -> bool {
        let all = self.files.get_mut(path).into_iter().flatten();
        let mut silenced = false;
        for kept in all.filter(|kept| kept.ignore.rule == rule && lines.contains(&kept.ignore.at.line)) {
            kept.is_used = true;
            silenced = true;
        }
        silenced
    }

    /// All is known that is made of the files that `is_read` names.
    pub(super) fn was_rendered(&mut self, is_read: impl Fn(&str) -> bool) {
        let read = self.files.iter_mut().filter(|(path, _)| is_read(path));
        for kept in read.flat_map(|(_, all)| all).filter(|kept| kept.ignore.scope == Scope::Unknown) {
            kept.ignore.scope = Scope::Rendered;
        }
    }

    /// What did not matter, by file and line, as far as `options` have its rule told at all.
    pub(super) fn unused(self, options: &Options) -> Vec<Finding> {
        let mut files: Vec<_> = self.files.into_iter().collect();
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        let each = files.into_iter().flat_map(|(path, ignores)| {
            ignores.into_iter().filter(|kept| !kept.is_used).map(move |kept| (Arc::clone(&path), kept.ignore))
        });
        let unused = each.filter(|(_, ignore)| ignore.scope != Scope::Unknown && policy::is_told(options, ignore.rule));
        unused.map(|(path, ignore)| ignore.unused(path, policy::can_be_silenced(options, ignore.rule))).collect()
    }
}

impl Ignore {
    /// Where it belongs among the others of its file. One without lines is the last of its document: nothing in it would be found below.
    fn first_line(self) -> u32 {
        self.lines.map_or(self.at.line, |lines| lines.first)
    }

    fn is_about(self, line: u32) -> bool {
        self.lines.is_some_and(|lines| (lines.first..=lines.last).contains(&line))
    }

    fn one_too_many(self, path: &Arc<str>) -> Finding {
        let message = format!("there are more than {KEPT} such comments: this one and those after it silence nothing");
        let place = Place { path: Arc::clone(path), span: Some(Span { start: self.at, end: self.at }), excerpt: None };
        Finding::new(&UNUSED, place, message).hint("say it once for all, with `--rule ID=off` or `--rule ID=warn`")
    }

    fn unused(self, path: Arc<str>, can_be_silenced: bool) -> Finding {
        let id = self.rule.id;
        let message = match self.lines {
            _ if !can_be_silenced => {
                format!("this comment silences nothing: the command line says what becomes of `{id}`")
            }
            _ if self.scope == Scope::Rendered => {
                format!("this comment silences nothing: `{id}` has nothing to tell of what is rendered from here")
            }
            Some(Lines { first, last }) if first == last => {
                format!("this comment silences nothing: `{id}` has nothing to tell of line {first}")
            }
            Some(Lines { first, last }) => {
                format!("this comment silences nothing: `{id}` has nothing to tell of lines {first} to {last}")
            }
            None => "this comment silences nothing: no line with content follows it in its document".to_owned(),
        };
        let span = Span { start: self.at, end: self.at };
        Finding::new(&UNUSED, Place { path, span: Some(span), excerpt: None }, message)
            .hint(match self.scope {
                Scope::Rendered => "delete it, or put it into the document that the finding names",
                Scope::Line | Scope::Unknown => {
                    "delete it, or put it on or above the line that the finding names; for a text of several lines, that of its key"
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(count: usize) -> Vec<Ignore> {
        let at = Position { line: 1, column: 1 };
        vec![Ignore { rule: &UNKNOWN, lines: Some(Lines { first: 2, last: 2 }), at, scope: Scope::Line }; count]
    }

    #[test]
    fn of_too_many_comments_the_first_are_kept_and_it_is_said_once() {
        let path = Arc::from("a.yaml");
        let mut all = Ignores::default();
        assert!(all.add(&path, ignores(KEPT)).is_none());
        assert!(all.add(&path, Vec::new()).is_none());
        assert!(all.add(&path, ignores(2)).is_some_and(|finding| finding.message.contains("more than 100000")));
        assert!(all.add(&path, ignores(2)).is_none());
        assert_eq!(all.unused(&Options::default()).len(), KEPT);
    }
}
