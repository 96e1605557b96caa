//! The parser's messages in plain words, each with what is probably meant.

use granit_parser::ErrorKind;

use super::report::Report;
use super::rules;
use crate::finding::{Finding, Rule};

/// The most characters of a name that a message quotes.
const QUOTED: usize = 60;

/// A name for a message: in backquotes, short, nothing that upsets a terminal.
pub(super) fn quoted(name: &str) -> String {
    let mut shown: String = name.chars().take(QUOTED).flat_map(char::escape_debug).collect();
    if name.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    format!("`{}`", shown.replace("\\'", "'").replace("\\\"", "\""))
}

/// The finding for an error of the YAML parser at a byte of the text. `tab` is one that the parser may have stumbled over.
pub(super) fn explain(report: &Report<'_, '_>, text: &str, kind: &ErrorKind, at: usize, tab: Option<usize>) -> Finding {
    let at = super::text::floor(text, at);
    let line = Line::around(text, at);
    let char = text[at..].chars().next().filter(|char| !matches!(char, '\n' | '\r'));
    let range = at..at + char.map_or(0, char::len_utf8);
    let in_quotes = matches!(
        kind,
        ErrorKind::UnclosedQuotedScalar
            | ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::DocumentIndicatorInQuotedScalar
    );
    if let Some(tab) = tab.or(line.leading_tab()).filter(|_| !in_quotes) {
        return tab_finding(report, tab);
    }
    let (rule, message, hint) = words(kind, &line, text.get(line.start..at).unwrap_or_default(), char);
    // The parser points at the text before the tab.
    let tab = (rule == &rules::TAB).then(|| text[at..].find('\t')).flatten();
    let range = tab.map_or(range, |index| at + index..at + index + 1);
    let range = if rule == &rules::DIRECTIVE { line.start..line.start + line.text.len() } else { range };
    let finding = report.at(rule, range, message);
    match line.template_hint().or(hint) {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

fn tab_finding(report: &Report<'_, '_>, at: usize) -> Finding {
    report.at(&rules::TAB, at..at + 1, "a tab in the indentation").hint("replace each tab by spaces")
}

/// A hint for text that looks like a template of Helm's.
pub(super) fn template(text: &str, at: usize) -> Option<&'static str> {
    Line::around(text, super::text::floor(text, at)).template_hint()
}

/// The line an error is on, and where it starts.
struct Line<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |index| index + 1);
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |index| at + index);
        Self { text: &text[start..end], start }
    }

    fn leading_tab(&self) -> Option<usize> {
        let indentation = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        self.text[..indentation].find('\t').map(|index| self.start + index)
    }

    fn template_hint(&self) -> Option<&'static str> {
        self.text
            .contains("{{")
            .then_some("`{{` looks like a template, which is no YAML yet: render it first, or put the value in quotes")
    }
}

type Words = (&'static Rule, String, Option<&'static str>);

fn words(kind: &ErrorKind, line: &Line<'_>, before: &str, char: Option<char>) -> Words {
    let syntax = |message: &str, hint: &'static str| (&rules::SYNTAX, message.to_owned(), Some(hint));
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            (&rules::TAB, "a tab where only spaces are allowed".to_owned(), Some("replace the tab by spaces"))
        }
        ErrorKind::RecursionLimitExceeded => {
            (&rules::TOO_DEEP, format!("nested more than {} levels deep", super::builder::MAX_DEPTH), None)
        }
        ErrorKind::UnknownAnchor => (
            &rules::ANCHOR,
            "an alias to an anchor that is not defined before it".to_owned(),
            Some("text that begins with `*` needs quotes"),
        ),
        ErrorKind::DirectiveDisallowed => (&rules::DIRECTIVE, "a YAML directive".to_owned(), Some("delete the line")),
        ErrorKind::BomInsideDocument => (
            &rules::CONTROL_CHARACTER,
            "an invisible byte order mark (U+FEFF) within the document".to_owned(),
            Some("delete it; it stays behind when files are joined"),
        ),
        ErrorKind::UnexpectedCharacter { .. } => unexpected(char),
        ErrorKind::MappingValueNotAllowed if before.contains(": ") => syntax(
            "a `:` where no key can end",
            "a value that holds `: ` needs quotes; a nested key needs a line of its own",
        ),
        ErrorKind::MappingValueNotAllowed => syntax(
            "a `:` where no key can end",
            "the line before is read as text that goes on here: its `:` or the space behind that is missing, or this line is indented too far",
        ),
        ErrorKind::InvalidColonPlacement => {
            syntax("a `:` where no key can end", "a bracket before it is not closed, or the value needs quotes")
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => syntax(
            "the line does not fit the indentation of those before it",
            "keys of one mapping start in the same column; an unclosed quote or bracket above can cause this too",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => syntax(
            "a list ends here without its indentation ending",
            "items of one list start with `- ` in the same column",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::MappingKeyNotAllowed => {
            syntax("a line that is neither `key: value` nor a list item", key_hint(line))
        }
        ErrorKind::UnclosedQuotedScalar => syntax("a quote that is never closed", "add the missing quote"),
        ErrorKind::UnclosedFlowCollection { open } => (
            &rules::SYNTAX,
            format!("`{open}` is never closed"),
            Some("add the closing bracket, or put the value in quotes"),
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (&rules::SYNTAX, format!("`{open}` is closed by `{close}`"), Some("use the bracket that belongs to it"))
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            syntax("a closing bracket that nothing opened", "delete it, or put the value in quotes")
        }
        ErrorKind::ExpectedFlowMappingSeparator => {
            syntax("`,` or `}` is missing", "separate the entries of `{…}` with commas")
        }
        ErrorKind::ExpectedFlowSequenceSeparator => {
            syntax("`,` or `]` is missing", "separate the items of `[…]` with commas")
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            syntax("the document ends within `{…}`", "add the closing `}`")
        }
        ErrorKind::UnexpectedEofFlowSequence => syntax("the document ends within `[…]`", "add the closing `]`"),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => syntax(
            "text behind a closing quote",
            "put the whole value in quotes; a quote within is doubled (`''`) or escaped (`\\\"`)",
        ),
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            syntax("an unknown escape in double quotes", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::CommentInterceptedScalar => {
            syntax("a comment within a text of several lines", "move the comment, or put the text in quotes")
        }
        ErrorKind::CommentNotSeparated => {
            syntax("`#` directly behind a value", "a comment needs a space before its `#`")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            syntax("a list item where none can stand", "start the list on a line of its own, below its key")
        }
        ErrorKind::InvalidBlockScalarIndent => syntax(
            "the text below `|` or `>` is indented unevenly",
            "indent all its lines at least as far as the first",
        ),
        ErrorKind::UndeclaredTagHandle => {
            syntax("a tag that is not declared", "text that begins with `!` needs quotes")
        }
        ErrorKind::MissingAnchorOrAliasName => syntax(
            "a `*` or `&` without a name",
            "a value that begins with `*` or `&`, such as a schedule, needs quotes",
        ),
        other => (&rules::SYNTAX, other.to_string(), None),
    }
}

fn key_hint(line: &Line<'_>) -> &'static str {
    let text = line.text.trim_start();
    let no_space = text.split_once(':').is_some_and(|(_, value)| value.starts_with(|char: char| !char.is_whitespace()));
    if no_space {
        "a space is missing behind the `:`"
    } else {
        "add the `:` or the `- `; text that goes on from the line before must be indented more than its key"
    }
}

fn unexpected(char: Option<char>) -> Words {
    let shown = char.map_or_else(|| "the end of the line".to_owned(), |char| quoted(&char.to_string()));
    let hint = match char {
        Some('@' | '`' | '%') => Some("a value that begins with this character needs quotes"),
        _ => None,
    };
    (&rules::SYNTAX, format!("{shown} cannot stand here"), hint)
}
