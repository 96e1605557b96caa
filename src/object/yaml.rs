//! A YAML document becomes a tree: the parser's events, with the values of `kubectl`.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, Tag};

use super::build::{Builder, Exceeded, Extent};
use super::scalar::{self, Plain};
use super::split::Document;
use super::tree::{Data, Number};
use super::{Parsed, rules, syntax};

/// Reads a document as YAML.
pub(super) fn parse<'d>(path: &Arc<str>, document: &'d Document<'d>) -> Parsed<'d> {
    let text = document.text();
    let mut reader =
        Reader { builder: Builder::new(path, document), anchors: HashMap::new(), open: Vec::new(), ended: false };
    for event in Parser::new_from_str_with_options(text, options()) {
        let step = match event {
            Ok((event, span)) => reader.event(&event, &span),
            Err(error) => {
                let mut findings = reader.builder.into_findings();
                findings.push(syntax::explain(path, document, &error));
                return Parsed { trees: Vec::new(), findings };
            }
        };
        match step {
            Ok(true) => {}
            Ok(false) => break,
            Err(Exceeded) => return Parsed { trees: Vec::new(), findings: reader.builder.into_findings() },
        }
    }
    let (tree, findings) = reader.builder.finish(true);
    Parsed { trees: tree.into_iter().collect(), findings }
}

fn options() -> Options {
    let mut options = Options::default();
    options.emit_comments = false;
    // A key as long as an annotation may be, as go-yaml allows.
    options.simple_key_max_lookahead = 1024;
    options
}

struct Reader<'d> {
    builder: Builder<'d>,
    anchors: HashMap<usize, (u32, Extent)>,
    open: Vec<Container>,
    /// The first document of the text is over.
    ended: bool,
}

/// What the reader is inside of.
struct Container {
    /// The anchor, and the node that it names.
    anchor: (usize, u32),
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sequence,
    /// A mapping, and whether a key comes next.
    Mapping {
        key: bool,
    },
}

/// What counts of an event's place: bytes of the document.
fn range(span: &Span) -> (u32, u32) {
    let number = |offset: Option<usize>| offset.and_then(|offset| u32::try_from(offset).ok()).unwrap_or_default();
    (number(span.start.byte_offset()), number(span.end.byte_offset()))
}

impl Reader<'_> {
    /// Takes one event; false when nothing that follows counts.
    fn event(&mut self, event: &Event<'_>, span: &Span) -> Result<bool, Exceeded> {
        let (start, end) = range(span);
        match event {
            Event::DocumentStart(..) if self.ended => {
                self.builder.found(
                    &rules::AFTER_END,
                    start,
                    start + 1,
                    "what stands here, behind the end of the document, is lost: no reader looks at it",
                    "write `---` on a line of its own where a new document starts",
                );
                return Ok(false);
            }
            Event::DocumentEnd => self.ended = true,
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, *style, *anchor, tag.as_deref(), (start, end))?;
            }
            Event::Alias(anchor) => self.alias(*anchor, start, end)?,
            Event::SequenceStart(_, anchor, _) => self.container(start, *anchor, Kind::Sequence)?,
            Event::MappingStart(_, anchor, _) => self.container(start, *anchor, Kind::Mapping { key: true })?,
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close(end)?;
                if let Some(container) = self.open.pop() {
                    self.define(container.anchor.0, container.anchor.1);
                }
                self.value_done();
            }
            _ => {}
        }
        Ok(true)
    }

    /// Whether the next node is a key.
    fn at_key(&self) -> bool {
        matches!(self.open.last(), Some(Container { kind: Kind::Mapping { key: true }, .. }))
    }

    fn value_done(&mut self) {
        if let Some(Container { kind: Kind::Mapping { key }, .. }) = self.open.last_mut() {
            *key = !*key;
        }
    }

    fn define(&mut self, anchor: usize, node: u32) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node, self.builder.finished()));
        }
    }

    fn container(&mut self, start: u32, anchor: usize, kind: Kind) -> Result<(), Exceeded> {
        if self.at_key() {
            self.bad_key(start, start + 1, "a list or a mapping cannot be a key");
            return Err(Exceeded);
        }
        let node = self.builder.upcoming();
        self.open.push(Container { anchor: (anchor, node), kind });
        self.builder.open(start, if kind == Kind::Sequence { Data::Sequence } else { Data::Mapping })
    }

    fn bad_key(&mut self, start: u32, end: u32, message: &str) {
        self.builder.found(&rules::YAML_SYNTAX, start, end, message, "write a text as the key; quote it if need be");
    }

    fn alias(&mut self, anchor: usize, start: u32, end: u32) -> Result<(), Exceeded> {
        let Some(&(target, extent)) = self.anchors.get(&anchor) else {
            // Its anchor is a container that is still open.
            self.builder.found(
                &rules::ALIASES,
                start,
                end,
                "the alias stands inside of what it names",
                "write out what is meant",
            );
            return Err(Exceeded);
        };
        self.builder.alias(start, end, target, extent)?;
        self.value_done();
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        (start, end): (u32, u32),
    ) -> Result<(), Exceeded> {
        let at_key = self.at_key();
        let plain = style == ScalarStyle::Plain;
        if style == ScalarStyle::DoubleQuoted {
            self.refuse_escaped_slash(start, end);
        }
        let data = match self.value(text, plain, tag, (start, end)) {
            _ if at_key && text == "<<" && ((plain && tag.is_none()) || is_core(tag, "merge")) => {
                self.builder.merge_key(self.builder.upcoming());
                self.builder.text(text)
            }
            Resolved::Text(data) => data,
            Resolved::Plain(value) if at_key => {
                let Some(key) = scalar::key(value) else {
                    self.bad_key(start, end.max(start + 1), "the key is empty (null)");
                    return Err(Exceeded);
                };
                self.builder.text(&key)
            }
            Resolved::Plain(Plain::Null | Plain::Text) => Data::Null,
            Resolved::Plain(Plain::Bool(value)) => Data::Bool(value),
            Resolved::Plain(Plain::Number(number)) => {
                if matches!(number, Number::Float(value) if !value.is_finite()) {
                    let message = format!("`{text}` is a number that JSON does not have");
                    self.builder.found(&rules::NUMBER, start, end, message, "quote it if a text is meant");
                }
                self.builder.number(number)
            }
        };
        let node = self.builder.scalar(start, end, data);
        self.define(anchor, node);
        self.value_done();
        Ok(())
    }

    /// YAML 1.2 has the escape `\/`, but go-yaml does not.
    fn refuse_escaped_slash(&mut self, start: u32, end: u32) {
        let written = self.builder.tree.text.get(start as usize..end as usize).unwrap_or_default();
        let mut escaped = false;
        for (at, byte) in written.bytes().enumerate() {
            if escaped && byte == b'/' {
                let at = start + u32::try_from(at).unwrap_or_default();
                self.builder.found(
                    &rules::YAML_SYNTAX,
                    at - 1,
                    at + 1,
                    "the escape `\\/` is one that kubectl does not know",
                    "write `/`",
                );
                return;
            }
            escaped = byte == b'\\' && !escaped;
        }
    }

    /// The value of a scalar, its tag considered.
    fn value(&mut self, text: &str, plain: bool, tag: Option<&Tag>, (start, end): (u32, u32)) -> Resolved {
        let core = tag.and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"));
        let value = match core.as_deref() {
            Some("binary") => return self.binary(text, start, end),
            Some("null" | "bool" | "int" | "float") => scalar::resolve(text),
            // Other tags, `!` among them, make it a text.
            _ if tag.is_some() || !plain => Plain::Text,
            _ => scalar::resolve(text),
        };
        let value = match (core.as_deref(), value) {
            // go-yaml turns a whole number into a float where the tag asks for one; in JSON they look the same.
            (Some("float"), Plain::Number(_))
            | (Some("int"), Plain::Number(Number::Integer(_)))
            | (Some("null"), Plain::Null)
            | (Some("bool"), Plain::Bool(_)) => value,
            (Some(kind @ ("null" | "bool" | "int" | "float")), _) => {
                let message = format!("the tag `!!{kind}` does not fit the value");
                self.builder.found(
                    &rules::YAML_SYNTAX,
                    start,
                    end,
                    message,
                    "remove the tag, or write a value of that kind",
                );
                value
            }
            _ => value,
        };
        if value == Plain::Text { Resolved::Text(self.builder.text(text)) } else { Resolved::Plain(value) }
    }

    fn binary(&mut self, text: &str, start: u32, end: u32) -> Resolved {
        let Some(bytes) = base64(text) else {
            let message = "the tag `!!binary` stands before a value that is not base64";
            self.builder.found(&rules::YAML_SYNTAX, start, end, message, "write base64, or remove the tag");
            return Resolved::Text(self.builder.text(text));
        };
        Resolved::Text(self.builder.text(&String::from_utf8_lossy(&bytes)))
    }
}

enum Resolved {
    Text(Data),
    Plain(Plain),
}

fn is_core(tag: Option<&Tag>, suffix: &str) -> bool {
    tag.is_some_and(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some(suffix))
}

/// Standard base64 with padding; line ends count for nothing, as for Go.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    let groups = symbols.len() / 4;
    for (number, group) in symbols.chunks_exact(4).enumerate() {
        let padding = group.iter().rev().take_while(|&&symbol| symbol == b'=').count();
        if padding > 2 || (padding > 0 && number + 1 != groups) {
            return None;
        }
        let mut bits = 0u32;
        for &symbol in &group[..4 - padding] {
            let value = match symbol {
                b'A'..=b'Z' => symbol - b'A',
                b'a'..=b'z' => symbol - b'a' + 26,
                b'0'..=b'9' => symbol - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}
