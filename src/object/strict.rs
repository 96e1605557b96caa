//! What the YAML parser takes and go-yaml v2 does not.
//!
//! The parser follows YAML 1.2, go-yaml YAML 1.1 and its own habits. Where they differ, a file that looks sound here would fail in kubectl, or
//! mean something else. Each such place is told; nothing is read differently.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::conflict;
use super::report::Report;
use super::rules;
use super::text::floor;
use crate::finding::{Finding, Severity};

/// Follows the events of one document.
pub(super) struct Strict<'d> {
    text: &'d str,
    levels: Vec<Level>,
    /// Tabs among the white space that lines begin with, those not yet accounted for.
    tabs: std::vec::IntoIter<Tab>,
    separator: Option<Separator>,
    /// Whether the marks of a merge conflict have become part of a text within brackets.
    swallowed_conflict: bool,
}

#[derive(Clone, Copy)]
struct Level {
    /// Columns that text within it must be indented by.
    indent: usize,
    is_flow: bool,
}

#[derive(Clone, Copy)]
struct Tab {
    at: usize,
    column: usize,
    /// Whether a `-` is before it in its line.
    behind_dash: bool,
}

/// An invisible line separator.
struct Separator {
    at: usize,
    char: char,
    /// Whether it is within quotes, where both readers see the same value.
    is_harmless: bool,
}

impl<'d> Strict<'d> {
    pub(super) fn new(text: &'d str, separator: Option<(usize, char)>) -> Self {
        let tabs = if text.contains('\t') { leading_tabs(text) } else { Vec::new() };
        let separator = separator.map(|(at, char)| Separator { at, char, is_harmless: false });
        Self { text, levels: Vec::new(), tabs: tabs.into_iter(), separator, swallowed_conflict: false }
    }

    fn in_flow(&self) -> bool {
        self.levels.last().is_some_and(|level| level.is_flow)
    }

    fn indent(&self) -> usize {
        self.levels.last().map_or(0, |level| level.indent)
    }

    /// The document begins at a byte.
    pub(super) fn start(&mut self, report: &mut Report<'_, '_>, at: usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let mut lines = before.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some((*end - line.len(), line))
        });
        if let Some((end, _)) = lines.find(|(_, line)| line.starts_with("...")) {
            let message = "`...` ends a document that has not begun";
            report.add(report.at(&rules::SYNTAX, end..end + 3, message).hint("delete the line"));
        }
    }

    /// A collection begins at a byte and a column.
    pub(super) fn open(
        &mut self,
        report: &mut Report<'_, '_>,
        is_flow: bool,
        is_mapping: bool,
        at: usize,
        column: usize,
    ) {
        self.gap(report, at);
        // A list at the column of its key does not indent anew, and begins behind its first dash here.
        let is_indented = is_mapping || self.text.as_bytes().get(at) == Some(&b'-');
        let indent = if is_flow || !is_indented { self.indent() } else { column + 1 };
        self.levels.push(Level { indent, is_flow });
    }

    pub(super) fn close(&mut self, report: &mut Report<'_, '_>, at: usize) {
        self.gap(report, at);
        self.levels.pop();
    }

    pub(super) fn scalar(
        &mut self,
        report: &mut Report<'_, '_>,
        style: ScalarStyle,
        is_key: bool,
        at: &Range<usize>,
        column: usize,
    ) {
        self.gap(report, at.start);
        if is_key && self.in_flow() && self.text.get(at.clone()).is_some_and(|key| key.contains(['\n', '\r'])) {
            let message = "kubectl takes no key of several lines";
            report.add(report.at(&rules::SYNTAX, at.clone(), message).hint("write the key in one line"));
        }
        match style {
            ScalarStyle::Plain => {
                if !self.tabs.as_slice().is_empty() {
                    let rest = self.text.get(at.end..).unwrap_or_default();
                    let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
                    self.within(report, at.end + blank, self.indent());
                }
                if self.in_flow() && !at.is_empty() {
                    self.plain_in_flow(report, at);
                }
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // Where the first line decides how far the text is indented, it cannot begin with a tab.
                let is_first = self.tabs.as_slice().first().is_some_and(|tab| tab.at == at.start);
                let decides = is_first && !self.has_indentation_indicator(at.start);
                self.within(report, at.end, if decides { usize::MAX } else { column });
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                self.within(report, at.end, 0);
                self.separator_in_quotes(at);
            }
        }
    }

    /// The document ends; `at` is where.
    pub(super) fn finish(&mut self, report: &mut Report<'_, '_>, at: usize) {
        self.gap(report, at);
        if self.swallowed_conflict {
            for finding in conflict::find(report, self.text) {
                report.add(finding);
            }
        }
        let Some(Separator { at, char, is_harmless }) = self.separator.take() else { return };
        let message = format!("invisible line separator U+{:04X}", u32::from(char));
        let mut finding = report.at(&rules::LINE_SEPARATOR, at..at + char.len_utf8(), message);
        if is_harmless {
            finding.severity = Severity::Warning;
        }
        report.add(finding.hint("delete it, or write it as an escape in double quotes"));
    }

    /// Tabs before `to` stand between values: only within brackets may they begin a line.
    fn gap(&mut self, report: &mut Report<'_, '_>, to: usize) {
        let least = if self.in_flow() { 0 } else { usize::MAX };
        self.check_tabs(report, to, least, false);
    }

    /// Tabs before `to` belong to a scalar whose lines must be indented so many columns.
    fn within(&mut self, report: &mut Report<'_, '_>, to: usize, least: usize) {
        self.check_tabs(report, to, least, true);
    }

    /// A tab before `at` that nothing has accounted for yet.
    pub(super) fn pending_tab(&self, at: usize) -> Option<usize> {
        self.tabs.as_slice().first().map(|tab| tab.at).filter(|tab| *tab <= at)
    }

    fn check_tabs(&mut self, report: &mut Report<'_, '_>, to: usize, least: usize, dash_is_text: bool) {
        while let Some(tab) = self.tabs.as_slice().first().copied().filter(|tab| tab.at < to) {
            self.tabs.next();
            if tab.column >= least || dash_is_text && tab.behind_dash {
                continue;
            }
            let message = "a tab where kubectl allows only spaces";
            report.add(report.at(&rules::TAB, tab.at..tab.at + 1, message).hint("replace each tab by spaces"));
            // One is enough: a file has tabs everywhere or nowhere.
            self.tabs = Vec::new().into_iter();
        }
    }

    /// Whether the header of the block scalar whose text begins here says how far it is indented, as `|2` does.
    fn has_indentation_indicator(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or_default();
        let header = before.rfind(['|', '>']).and_then(|index| before.get(index + 1..)).unwrap_or_default();
        header.bytes().take_while(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')).any(|byte| byte.is_ascii_digit())
    }

    fn plain_in_flow(&mut self, report: &mut Report<'_, '_>, at: &Range<usize>) {
        let scalar = self.text.get(at.clone()).unwrap_or_default();
        let behind = self.text.as_bytes().get(at.end..).unwrap_or_default();
        self.swallowed_conflict |= scalar.contains("<<<<<<<");
        let (message, found) = if scalar.starts_with(':') {
            ("within brackets, kubectl takes no text that begins with `:`", at.start)
        } else if let Some(index) = scalar.find('?') {
            ("within brackets, kubectl takes no text with a `?`", at.start + index)
        } else if matches!(behind, [b':', b',' | b'[' | b']' | b'{' | b'}', ..]) {
            ("kubectl reads this `:` as part of the text", at.end)
        } else {
            return;
        };
        report.add(report.at(&rules::SYNTAX, found..found + 1, message).hint("put the text in quotes"));
    }

    fn separator_in_quotes(&mut self, at: &Range<usize>) {
        let Some(separator) = self.separator.as_mut().filter(|separator| at.contains(&separator.at)) else { return };
        let behind = separator.at + separator.char.len_utf8();
        let is_blank = |char: Option<char>| char.is_none_or(|char| char.is_ascii_whitespace());
        let blank_around =
            is_blank(self.text[..separator.at].chars().next_back()) || is_blank(self.text[behind..].chars().next());
        separator.is_harmless = separator.char != '\u{85}' && !blank_around;
    }
}

/// The first tab in each line's leading white space; dashes of lists do not end that.
fn leading_tabs(text: &str) -> Vec<Tab> {
    let mut tabs = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let leading = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'?')).count();
        if let Some(column) = line.bytes().take(leading).position(|byte| byte == b'\t') {
            let behind_dash = line.bytes().take(column).any(|byte| byte != b' ');
            tabs.push(Tab { at: start + column, column, behind_dash });
        }
        start += line.len();
    }
    tabs
}

/// Escapes of double quotes that are YAML 1.2 and JSON, but not go-yaml's. `raw` begins at the byte `start` of the document.
pub(super) fn escapes(report: &Report<'_, '_>, raw: &str, start: usize) -> Option<Finding> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(index) = bytes.get(at..)?.iter().position(|byte| *byte == b'\\') {
        at += index;
        let (len, message, hint) = match bytes.get(at + 1..)? {
            [b'/', ..] => (2, "escape `\\/` is not known to kubectl", "write `/` without a backslash"),
            [b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => (
                6,
                "half of a surrogate pair is not a character to kubectl",
                "write the character itself, or `\\U` and eight digits",
            ),
            _ => {
                at += 2;
                continue;
            }
        };
        let end = floor(raw, at + len);
        return Some(report.at(&rules::SYNTAX, start + at..start + end, message).hint(hint));
    }
    None
}

/// Names of anchors and aliases that YAML 1.2 allows and go-yaml does not. `at` is the whole of `&name` or `*name`.
pub(super) fn anchor(report: &Report<'_, '_>, at: Range<usize>) -> Option<Finding> {
    let text = report.text.as_str();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name_is_sound = text.as_bytes().get(at.start + 1..at.end)?.iter().copied().all(is_word);
    let behind = text.as_bytes().get(at.end).copied().unwrap_or(b'\n');
    let end_is_sound =
        matches!(behind, b' ' | b'\t' | b'\n' | b'\r' | b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
    if name_is_sound && end_is_sound {
        return None;
    }
    let message = "kubectl allows only letters, digits, `-` and `_` in the name of an anchor, and a space behind it";
    Some(report.at(&rules::ANCHOR, at, message).hint("text that begins with `&` or `*` needs quotes"))
}
