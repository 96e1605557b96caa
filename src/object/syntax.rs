//! Says what is wrong with a text that is no YAML, in words that lead to the cause.
//!
//! The parser says where it gave up. Tabs, merge conflicts and templates are recognised first: there the parser's words mislead.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use super::rules;
use super::split::Document;
use super::tree::excerpt;
use crate::finding::{Finding, Place, Position, Rule, Span};

/// The findings about a document that the parser gave up on.
pub(super) fn explain(path: &Arc<str>, document: &Document<'_>, error: &ScanError) -> Finding {
    let text = document.text();
    let at = Lines { path, document };
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ") || line == "<<<<<<<") {
        return at
            .line(&rules::MERGE_CONFLICT, line, "a merge conflict was left in the file")
            .hint("decide for one side, and remove the lines that start with <<<<<<<, ======= and >>>>>>>");
    }
    let failed = error.marker().line().saturating_sub(1);
    if let Some(line) = tab(text, failed) {
        return at
            .line(&rules::YAML_TAB, line, "the line is indented with a tab")
            .hint("use spaces: YAML allows no tab there");
    }
    if let Some(line) = text.lines().position(|line| line.starts_with('%')).filter(|line| *line <= failed) {
        return at
            .line(&rules::YAML_SYNTAX, line, "`%` starts a YAML directive, which kubectl does not read")
            .hint("remove the line");
    }
    let (message, hint) = words(error);
    let finding = at.offset(&rules::YAML_SYNTAX, error, message);
    let line = text.lines().nth(failed).unwrap_or_default();
    if line.contains("{{") {
        return finding.hint("this looks like a template: render it first, or quote the value that starts with `{{`");
    }
    if hint.is_empty() { finding } else { finding.hint(hint) }
}

/// The line, at or right before the one that failed, whose indentation has a tab.
fn tab(text: &str, failed: usize) -> Option<usize> {
    let has_tab = |line: &str| line[..line.len() - line.trim_start_matches([' ', '\t']).len()].contains('\t');
    let from = failed.saturating_sub(1);
    text.lines().enumerate().skip(from).take(3).find(|(_, line)| has_tab(line)).map(|(number, _)| number)
}

struct Lines<'a> {
    path: &'a Arc<str>,
    document: &'a Document<'a>,
}

impl Lines<'_> {
    /// A finding about a whole line of the document, counted from 0.
    fn line(&self, rule: &'static Rule, line: usize, message: &str) -> Finding {
        let text = self.document.text();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let length = text[start..].lines().next().unwrap_or_default().len();
        self.place(rule, line, 0, start, start + length.max(1), message)
    }

    fn offset(&self, rule: &'static Rule, error: &ScanError, message: &str) -> Finding {
        let marker = error.marker();
        let offset = marker.byte_offset().unwrap_or_default().min(self.document.text().len());
        self.place(rule, marker.line().saturating_sub(1), marker.col(), offset, offset + 1, message)
    }

    fn place(
        &self,
        rule: &'static Rule,
        line: usize,
        column: usize,
        start: usize,
        end: usize,
        message: &str,
    ) -> Finding {
        let text = self.document.text();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let line = self.document.first_line().saturating_add(number(line));
        let shown = excerpt(text, start, end);
        let width = shown.text[shown.marked.clone()].chars().count().max(1);
        let span = Span {
            start: Position { line, column: number(column) + 1 },
            end: Position { line, column: number(column + width) + 1 },
        };
        let excerpt = (!self.document.may_hold_secret()).then_some(shown);
        let place = Place { path: Arc::clone(self.path), span: Some(span), excerpt };
        Finding::new(rule, place, message)
    }
}

/// Whether a text that need not be YAML may hold a Secret: rather once too often, as what is shown cannot be taken back.
pub(super) fn names_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let any_case = |word: &[u8]| {
        let (first, rest) = (word[0], &word[1..]);
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
            .any(|at| bytes.get(at + 1..=at + rest.len()).is_some_and(|next| next.eq_ignore_ascii_case(rest)))
    };
    any_case(b"secret") || any_case(b"stringdata") || memchr::memmem::find(bytes, b"-----BEGIN").is_some()
}

/// The parser's error in plain words, and a hint.
fn words(error: &ScanError) -> (&'static str, &'static str) {
    match error.kind() {
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::UnclosedFlowCollection { open: '[' } => {
            ("a list that starts with `[` is not closed", "close it with `]`, or quote the value if it is a text")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnclosedFlowCollection { .. } => {
            ("a mapping that starts with `{` is not closed", "close it with `}`, or quote the value if it is a text")
        }
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::ExpectedFlowMappingSeparator => {
            ("`,` or the closing bracket is missing", "separate the items with `,` and close what is open")
        }
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            ("a bracket is closed that is not open here", "remove it, or quote the value if it is a text")
        }
        ErrorKind::UnclosedQuotedScalar => ("a quoted text is not closed", "add the closing quote"),
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => (
            "an escape that YAML does not know stands in double quotes",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows the closing quote", "put the whole value into quotes, and double or escape quotes inside it")
        }
        ErrorKind::UnknownAnchor => {
            ("an alias refers to an anchor that is not there", "define it with `&name` before, or quote the text")
        }
        ErrorKind::RecursionLimitExceeded => ("the nesting goes too deep", "no Kubernetes object needs that"),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("`-` cannot start a list here", "put the list on lines of its own, or quote the value")
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            ("a control character, which YAML does not allow", "remove it; most editors can show such characters")
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            ("a character that cannot start a value", "quote the value; `@`, `` ` `` and `%` cannot start a plain one")
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "a key with `:` was expected here",
            "check the indentation of this line and the one before, and that a space follows each `:`",
        ),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidBlockScalarIndent | ErrorKind::InvalidQuotedScalarIndent => {
            ("the indentation fits no line above", "line it up with the entries it belongs to")
        }
        ErrorKind::UndeclaredTagHandle => {
            ("a tag that is not declared", "quote the value if it is a text that starts with `!`")
        }
        ErrorKind::BomInsideDocument => ("a byte order mark inside the text", "remove the invisible character"),
        _ => ("the text is no YAML here", "check the indentation and the quotes of this line and the one before"),
    }
}
