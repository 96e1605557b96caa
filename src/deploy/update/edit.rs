//! Which bytes of the file become which.

use std::ops::Range;

use super::super::diff::Edit;
use super::super::yaml::{quoted, scalar};
use super::sites::{Revision, Shape, Site};
use crate::finding::{Position, Span};
use crate::object::{Key, Node};
use crate::oci::Reference;

const SEVERAL_LINES: &str = "it is written over several lines";
const UNUSUAL: &str = "it stands in an unusual place";

/// What of the file must change for the sync to have this image; nothing where it has it.
pub(super) fn edits(page: &Page<'_>, site: &Site<'_>, image: &Reference) -> Result<Vec<Edit>, &'static str> {
    let mut edits = Vec::new();
    match &site.shape {
        Shape::Whole { holder, image: node } => {
            edits.extend(page.set(*node, &image.to_string(), page.is_flow(*holder))?);
        }
        Shape::Split { holder, url, revision } => {
            let is_flow = page.is_flow(*holder);
            edits.extend(page.set(url.1, &format!("oci://{}", image.name()), is_flow)?);
            match revision {
                Revision::Target(Some(node)) => edits.extend(page.set(*node, &target(image), is_flow)?),
                Revision::Target(None) => edits.push(page.insert(*url, is_flow, "targetRevision", &target(image))?),
                Revision::Ref(Some((_, node))) if node.is_mapping() && !node.is_empty() => {
                    let is_flow = page.is_flow(*node);
                    for (old, new, value) in reference_parts(Some(*node), image) {
                        let (key, node) = node.entry(old).ok_or(UNUSUAL)?;
                        edits.extend(page.set(node, &value, is_flow)?);
                        if old != new {
                            edits.push(page.rename(key, new)?);
                        }
                    }
                }
                // That it is there and holds nothing.
                Revision::Ref(Some(_)) => return Err("its `ref` is empty"),
                Revision::Ref(None) => {
                    for (_, new, value) in reference_parts(None, image) {
                        edits.push(page.insert_ref(*url, is_flow, new, &value)?);
                    }
                }
            }
        }
    }
    // An edit that puts in what stands there already is none.
    Ok(edits.into_iter().filter(|edit| page.text.get(edit.range.clone()) != Some(edit.text.as_str())).collect())
}

/// The revision as Argo CD takes it.
pub(super) fn target(image: &Reference) -> String {
    match (image.digest(), image.tag()) {
        (Some(digest), _) => digest.to_string(),
        (None, tag) => tag.map(|tag| tag.as_str().to_owned()).unwrap_or_default(),
    }
}

/// The keys of Flux's `ref` that change: what the key is called so far, how it is called then, and its value.
///
/// There digest counts before semver, and semver before tag.
pub(super) fn reference_parts(
    reference: Option<Node<'_>>,
    image: &Reference,
) -> Vec<(&'static str, &'static str, String)> {
    let has = |name: &str| reference.is_some_and(|node| node.get(name).is_some());
    let tag = image.tag().map(|tag| tag.as_str().to_owned());
    let Some(digest) = image.digest() else {
        let old = ["digest", "semver", "tag"].into_iter().find(|name| has(name)).unwrap_or("tag");
        // Where a tag stands beside what counts, the two keys would become one: `expect` then differs, and it is refused.
        return vec![(old, "tag", tag.unwrap_or_default())];
    };
    if has("digest") {
        let beside = tag.filter(|_| has("tag")).map(|tag| ("tag", "tag", tag));
        return std::iter::once(("digest", "digest", digest.to_string())).chain(beside).collect();
    }
    let old = ["semver", "tag"].into_iter().find(|name| has(name)).unwrap_or("digest");
    vec![(old, "digest", digest.to_string())]
}

/// The text of a file, whose places are lines and columns.
pub(super) struct Page<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'t> Page<'t> {
    /// Lines end as `object` counts them.
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let is_end = |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let ends = (0..bytes.len()).filter(|at| is_end(*at));
        Self { text, starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect() }
    }

    /// The byte of a position.
    fn offset(&self, position: Position) -> Option<usize> {
        let line = usize::try_from(position.line).ok()?.checked_sub(1)?;
        let at = *self.starts.get(line)?;
        let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
        let rest = self.text.get(at..)?;
        let within = rest.char_indices().nth(column).map_or(rest.len(), |(within, _)| within);
        Some(at + within)
    }

    fn range(&self, span: Span) -> Result<Range<usize>, &'static str> {
        match (self.offset(span.start), self.offset(span.end)) {
            (Some(start), Some(end)) if start <= end => Ok(start..end),
            _ => Err(UNUSUAL),
        }
    }

    fn raw(&self, span: Span) -> Result<(Range<usize>, &str), &'static str> {
        let range = self.range(span)?;
        let raw = self.text.get(range.clone()).ok_or(UNUSUAL)?;
        Ok((range, raw))
    }

    /// Whether a mapping is written in braces.
    fn is_flow(&self, mapping: Node<'_>) -> bool {
        self.raw(mapping.span()).is_ok_and(|(_, raw)| raw.starts_with('{'))
    }

    /// Puts another text in the place of a scalar, in quotes like its own.
    fn set(&self, node: Node<'_>, text: &str, is_flow: bool) -> Result<Option<Edit>, &'static str> {
        if node.as_str() == Some(text) {
            return Ok(None);
        }
        if node.is_mapping() || node.is_sequence() {
            return Err("it is no text");
        }
        let (range, raw) = self.raw(node.span())?;
        if raw.contains(['\n', '\r']) || raw.starts_with(['|', '>']) {
            return Err(SEVERAL_LINES);
        }
        let new = match raw.bytes().next() {
            Some(b'"') => quoted(text),
            Some(b'\'') => format!("'{text}'"),
            _ if self.is_block(range.start) => text.to_owned(),
            // Some readers stumble over a colon in braces.
            _ if is_flow && text.contains(':') && !raw.contains(':') => quoted(text),
            _ => scalar(text),
        };
        let new = if raw.is_empty() { format!(" {new}") } else { new };
        Ok(Some(Edit { range, text: new }))
    }

    /// Whether a text stands below its `|` or `>`.
    fn is_block(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or_default().trim_end_matches(' ');
        let Some(head) = before.strip_suffix('\n') else { return false };
        let head = head.lines().next_back().unwrap_or_default();
        let head = head.split(" #").next().unwrap_or_default().trim_end();
        head.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')).ends_with(['|', '>'])
    }

    /// Gives a key another name.
    fn rename(&self, key: Key<'_>, name: &str) -> Result<Edit, &'static str> {
        let (range, raw) = self.raw(key.span())?;
        let text = match raw.bytes().next() {
            Some(quote @ (b'"' | b'\'')) => format!("{0}{name}{0}", char::from(quote)),
            _ => name.to_owned(),
        };
        Ok(Edit { range, text })
    }

    /// Puts `key: value` behind another entry of the same mapping.
    fn insert(&self, behind: (Key<'_>, Node<'_>), is_flow: bool, key: &str, value: &str) -> Result<Edit, &'static str> {
        if is_flow {
            return self.insert_flow(behind, &[key], value);
        }
        let (at, line_end, indent) = self.below(behind)?;
        Ok(Edit { range: at..at, text: format!("{line_end}{indent}{key}: {}", scalar(value)) })
    }

    /// Puts `ref: {key: value}` there, a line each.
    fn insert_ref(
        &self,
        behind: (Key<'_>, Node<'_>),
        is_flow: bool,
        key: &str,
        value: &str,
    ) -> Result<Edit, &'static str> {
        if is_flow {
            return self.insert_flow(behind, &["ref", key], value);
        }
        let (at, line_end, indent) = self.below(behind)?;
        let value = scalar(value);
        Ok(Edit { range: at..at, text: format!("{line_end}{indent}ref:{line_end}{indent}  {key}: {value}") })
    }

    /// In braces; where the other key has quotes, with quotes.
    fn insert_flow(&self, behind: (Key<'_>, Node<'_>), keys: &[&str], value: &str) -> Result<Edit, &'static str> {
        let (_, raw) = self.raw(behind.0.span())?;
        let is_quoted = raw.starts_with('"');
        let key = |key: &str| if is_quoted { quoted(key) } else { key.to_owned() };
        let mut entry = quoted(value);
        for (number, name) in keys.iter().rev().enumerate() {
            entry = if number == 0 { format!("{}: {entry}", key(name)) } else { format!("{}: {{{entry}}}", key(name)) };
        }
        let at = self.range(behind.1.span())?.end;
        Ok(Edit { range: at..at, text: format!(", {entry}") })
    }

    /// The end of the line of an entry, how lines end there, and its indentation.
    fn below(&self, (key, value): (Key<'_>, Node<'_>)) -> Result<(usize, &'static str, String), &'static str> {
        let (start, end) = (self.range(key.span())?.start, self.range(value.span())?.end);
        let line = self.text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let lead = &self.text[line..start];
        if lead.contains(|c: char| !matches!(c, ' ' | '-')) || self.text[start..end].contains(['\n', '\r']) {
            return Err(UNUSUAL);
        }
        let at = self.text[end..].find(['\n', '\r']).map_or(self.text.len(), |at| end + at);
        let line_end = if self.text[at..].starts_with("\r\n") { "\r\n" } else { "\n" };
        Ok((at, line_end, " ".repeat(lead.len())))
    }
}
