//! From YAML text to a tree: the parser's events, read as go-yaml v2 reads them.
//!
//! granit-parser finds the structure; what a scalar means is `scalar`'s matter. The few things that granit takes and go-yaml does not are
//! refused here. What keeps to the plain `subset` is read without it.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};

use super::arena::Kind;
use super::builder::{Builder, MAX_DEPTH, Stop};
use super::report::Report;
use super::scalar::{self, Misfit, Scalar};
use super::strict::{self, Strict};
use super::subset::{self, Outcome};
use super::tree::Tree;
use super::{ambiguous, conflict, control, hints, number, rules};

/// Reads the one document that a text holds; none where it holds none or cannot be read.
pub(super) fn parse<'d>(report: &mut Report<'_, 'd>) -> Option<Tree<'d>> {
    match subset::read(report) {
        Outcome::Read(tree) => tree,
        Outcome::ForTheParser => parse_fully(report),
    }
}

/// Reads the document with the parser, whatever it is.
fn parse_fully<'d>(report: &mut Report<'_, 'd>) -> Option<Tree<'d>> {
    let text = report.text.as_str();
    let characters = control::characters(text);
    if let Some((at, char)) = characters.forbidden {
        control_character(report, at, char);
        return None;
    }
    let strict = Strict::new(text, characters.line_separator);
    let mut reader = Reader { text, builder: Builder::new(report).expect(text.len()), strict };
    let complete = reader.read(&mut Parser::new_from_str_with_options(text, options())).is_ok();
    reader.strict.finish(reader.builder.report, if complete { text.len() } else { 0 });
    if complete { finished(reader.builder) } else { None }
}

/// The tree, if there is anything in it.
pub(super) fn finished<'d>(builder: Builder<'_, '_, 'd>) -> Option<Tree<'d>> {
    let tree = builder.is_complete().then(|| builder.finish())?;
    (!tree.root().is_null()).then_some(tree)
}

fn options() -> Options {
    granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH as usize + 1,
        block_nesting_limit: MAX_DEPTH as usize + 1,
    }
}

fn control_character(report: &mut Report<'_, '_>, at: usize, char: char) {
    let message = format!("control character U+{:04X}", u32::from(char));
    let mut finding = report.at(&rules::CONTROL_CHARACTER, at..at + char.len_utf8(), message);
    finding = finding.hint(if char == '\0' {
        "text with NUL characters is often UTF-16: save the file as UTF-8"
    } else {
        "remove it; most editors can show such characters"
    });
    report.add(finding);
}

type Events<'d> = Parser<'d, StrInput<'d>>;

struct Reader<'a, 'r, 'd> {
    text: &'d str,
    builder: Builder<'a, 'r, 'd>,
    strict: Strict<'d>,
}

impl<'d> Reader<'_, '_, 'd> {
    fn read(&mut self, parser: &mut Events<'d>) -> Result<(), Stop> {
        // Whether the document, the only one that kubectl sees, has ended.
        let mut ended = false;
        while let Some(event) = parser.next_event() {
            match event {
                Ok((Event::StreamEnd, _)) => break,
                Ok((Event::DocumentEnd, _)) => ended = true,
                Ok((Event::StreamStart, _)) => {}
                Ok((Event::DocumentStart(..), span)) if !ended => {
                    self.strict.start(self.builder.report, range(span).start);
                }
                Ok((_, span)) if ended => {
                    self.after_end(range(span).start);
                    break;
                }
                Ok((event, span)) => self.event(event, span)?,
                Err(error) if ended => {
                    self.after_end(error.marker().byte_offset().unwrap_or(self.text.len()));
                    break;
                }
                Err(error) => {
                    return self.syntax(error.kind(), error.marker().byte_offset().unwrap_or(self.text.len()));
                }
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'d>, span: Span) -> Result<(), Stop> {
        let at = range(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let is_key = self.builder.at_key();
                self.strict.scalar(self.builder.report, style, is_key, &at, span.start.col());
                self.scalar(&value, matches!(value, Cow::Owned(_)), style, anchor, tag.as_deref(), at)
            }
            Event::SequenceStart(style, anchor, _) => self.open(style, false, anchor, span),
            Event::MappingStart(style, anchor, _) => self.open(style, true, anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                self.strict.close(self.builder.report, at.start);
                // The end of a flow collection is its bracket, that of a block collection an empty range somewhere behind it.
                self.builder.close((at.end > at.start).then_some(at.end))
            }
            Event::Alias(anchor) => {
                self.anchor_name(at.clone());
                self.builder.alias(at.start, at.end, anchor)
            }
            Event::Anchor(..) => {
                self.anchor_name(at);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, style: StructureStyle, is_mapping: bool, anchor: usize, span: Span) -> Result<(), Stop> {
        let mut start = range(span).start;
        let is_flow = style == StructureStyle::Flow;
        self.strict.open(self.builder.report, is_flow, is_mapping, start, span.start.col());
        if !is_flow && !is_mapping {
            // A list at the column of its key begins for the parser behind its first dash.
            let before = self.text.get(..start).unwrap_or_default().trim_end_matches(' ');
            start = if before.ends_with('-') { before.len() - 1 } else { start };
        }
        self.builder.open(is_mapping, start, anchor)
    }

    fn anchor_name(&mut self, at: Range<usize>) {
        if let Some(finding) = strict::anchor(self.builder.report, at) {
            self.builder.report.add(finding);
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        is_owned: bool,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        mut at: Range<usize>,
    ) -> Result<(), Stop> {
        let raw = self.text.get(at.clone()).unwrap_or_default();
        if raw.is_empty() && !self.builder.at_key() && self.text.as_bytes().get(at.start) == Some(&b':') {
            // A value that is not there stands behind its colon.
            at = at.start + 1..at.start + 1;
        }
        if style == ScalarStyle::DoubleQuoted
            && is_owned
            && let Some(finding) = strict::escapes(self.builder.report, raw, at.start)
        {
            self.builder.report.add(finding);
        }
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            // The parser counts the white space behind it in.
            at.end = at.start + raw.trim_ascii_end().len();
        }
        let resolved = match tag {
            Some(tag) => scalar::tagged(&uri(tag), text),
            None if style == ScalarStyle::Plain => Ok(scalar::plain(text)),
            None => Ok(Scalar::Text),
        };
        let resolved = resolved.unwrap_or_else(|Misfit(message)| {
            let finding = self.builder.report.at(&rules::TAG, at.clone(), message);
            self.builder.report.add(finding);
            Scalar::Text
        });
        let (kind, payload) = cell(&mut self.builder, &resolved, text, &at);
        self.builder.scalar(at.start, at.end, kind, payload, anchor)
    }

    fn after_end(&mut self, at: usize) {
        let report = &mut *self.builder.report;
        let end = self.text.get(at..).map_or(at, |rest| at + rest.find(['\n', '\r']).unwrap_or(rest.len()));
        let message = "this is behind the end of the document, so kubectl drops it without a word";
        report.add(report.at(&rules::AFTER_END, at..end, message).hint("separate documents with a line `---`"));
    }

    fn syntax(&mut self, kind: &ErrorKind, at: usize) -> Result<(), Stop> {
        let report = &mut *self.builder.report;
        let conflicts = conflict::find(report, self.text);
        if conflicts.is_empty() {
            let finding = hints::explain(report, self.text, kind, at, self.strict.pending_tab(at));
            report.add(finding);
        }
        for finding in conflicts {
            report.add(finding);
        }
        Err(Stop)
    }
}

/// The cell of a key or a value, whichever is next: `text` is the scalar's own, which is in the document's if it stands there as it is.
pub(super) fn cell(
    builder: &mut Builder<'_, '_, '_>,
    resolved: &Scalar<'_>,
    text: &str,
    at: &Range<usize>,
) -> (Kind, u64) {
    if ambiguous::is_ambiguous(text, resolved) {
        builder.note_ambiguous();
    }
    let of = if builder.at_key() { key } else { value };
    of(builder, resolved, text, at)
}

fn value(builder: &mut Builder<'_, '_, '_>, resolved: &Scalar<'_>, text: &str, at: &Range<usize>) -> (Kind, u64) {
    match resolved {
        Scalar::Null => (Kind::Null, 0),
        Scalar::Bool(false) => (Kind::False, 0),
        Scalar::Bool(true) => (Kind::True, 0),
        Scalar::Integer(integer) => (Kind::Integer, integer.cast_unsigned()),
        #[allow(clippy::cast_precision_loss, reason = "kubectl's reader loses it too")]
        Scalar::Unsigned(integer) => (Kind::Float, (*integer as f64).to_bits()),
        Scalar::Float(float) => number::float(*float).unwrap_or_else(|| {
            let message = "infinity and not-a-number have no place in a Kubernetes object";
            let finding = builder.report.at(&rules::NUMBER, at.clone(), message);
            builder.report.add(finding.hint("put it in quotes if it is text"));
            (Kind::Null, 0)
        }),
        Scalar::Text | Scalar::Merge => builder.string(text),
        Scalar::Other(other) => builder.keep(other),
    }
}

fn key(builder: &mut Builder<'_, '_, '_>, resolved: &Scalar<'_>, text: &str, at: &Range<usize>) -> (Kind, u64) {
    match resolved {
        Scalar::Text => builder.string(text),
        Scalar::Merge => (Kind::MergeKey, 0),
        Scalar::Bool(bool) => builder.keep(if *bool { "true" } else { "false" }),
        Scalar::Integer(integer) => builder.keep(&integer.to_string()),
        Scalar::Float(float) => builder.keep(&number::key(*float)),
        Scalar::Other(other) => builder.keep(other),
        Scalar::Null | Scalar::Unsigned(_) => {
            let (message, hint) = match resolved {
                Scalar::Null => {
                    ("a key is null", "a key must stand before the `:`; `null` and `~` as keys need quotes")
                }
                _ => ("a key is a number that is too large", "put the key in quotes"),
            };
            let finding = builder.report.at(&rules::KEY, at.clone(), message);
            builder.report.add(finding.hint(hint));
            builder.string(text)
        }
    }
}

fn range(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

/// The tag in full.
fn uri(tag: &Tag) -> Cow<'_, str> {
    let (handle, suffix) = tag.parts();
    if handle.is_empty() { Cow::Borrowed(suffix) } else { Cow::Owned(format!("{handle}{suffix}")) }
}

#[cfg(test)]
mod tests;
