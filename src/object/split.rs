//! A file's bytes become documents, by `kubectl`'s rule: a line that starts with `---` separates, wherever it stands.
//!
//! Only a comment may follow on that line. The rule comes before YAML: not even a quoted text can hold such a line.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::encoding::{Encoding, Transcoder, not_utf8};
use super::{rules, syntax};
use crate::finding::{Finding, Place, Position, Span};

/// The longest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// The text of one document, and where it stands in its file.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    text: Cow<'t, str>,
    first_line: u32,
    /// It stands behind a separator that was none: what it is part of may be a Secret.
    torn: bool,
    /// Where each line starts, in bytes, once somebody asked.
    lines: OnceLock<Vec<u32>>,
    secret: OnceLock<bool>,
}

impl Document<'_> {
    /// The text, without the separator before it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of the file, from 1, that the text starts on.
    pub const fn first_line(&self) -> u32 {
        self.first_line
    }

    /// Where each line starts in the text, in bytes.
    pub(super) fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            // A document is at most 64 MiB, so offsets fit.
            starts.extend(
                memchr::memchr_iter(b'\n', self.text.as_bytes()).filter_map(|feed| u32::try_from(feed + 1).ok()),
            );
            starts
        })
    }

    /// Whether it stands behind a separator that was none, so that it may be the rest of a Secret.
    pub(super) const fn is_torn(&self) -> bool {
        self.torn
    }

    /// Whether it may hold a Secret, as far as that can be told of a text that need not be YAML: rather once too often.
    pub(super) fn may_hold_secret(&self) -> bool {
        *self.secret.get_or_init(|| self.torn || syntax::names_secret(&self.text))
    }
}

/// The documents of a file that is in memory as a whole; nothing is copied where it is UTF-8.
pub fn documents<'t>(path: &Arc<str>, bytes: &'t [u8]) -> (Vec<Document<'t>>, Vec<Finding>) {
    if Encoding::of(bytes) != Encoding::Utf8 {
        let mut documents = Vec::new();
        let mut splitter = Splitter::new(Arc::clone(path));
        splitter.push(bytes, &mut documents);
        let findings = splitter.finish(&mut documents);
        return (documents, findings);
    }
    let mut documents = Vec::new();
    let mut cutter = Cutter::new(Arc::clone(path));
    let mut rest = bytes;
    while let Some((end, next)) = separator(rest, 0, true) {
        cutter.cut(&rest[..end], &mut documents);
        cutter.separator(&rest[end..next]);
        rest = &rest[next..];
    }
    cutter.cut(rest, &mut documents);
    (documents, cutter.findings)
}

/// Cuts a file into documents as its bytes come; for files that are too large to be in memory as a whole.
#[derive(Debug)]
pub struct Splitter {
    cutter: Cutter,
    transcoder: Option<Transcoder>,
    started: bool,
    buffer: Vec<u8>,
    /// Where the search for the next separator goes on.
    scanned: usize,
    /// The rest of a document that is too long is being skipped.
    skipping: bool,
}

impl Splitter {
    /// A splitter for the file `path`.
    pub fn new(path: Arc<str>) -> Self {
        Self {
            cutter: Cutter::new(path),
            transcoder: None,
            started: false,
            buffer: Vec::new(),
            scanned: 0,
            skipping: false,
        }
    }

    /// Takes the next bytes; appends the documents that are whole to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Document<'static>>) {
        if !self.started {
            self.buffer.extend_from_slice(bytes);
            if self.buffer.len() >= 3 {
                self.start();
                self.drain(out);
            }
            return;
        }
        match &mut self.transcoder {
            Some(transcoder) => transcoder.push(bytes, &mut self.buffer),
            None => self.buffer.extend_from_slice(bytes),
        }
        self.drain(out);
    }

    /// The first bytes decide the encoding.
    fn start(&mut self) {
        self.started = true;
        let encoding = Encoding::of(&self.buffer);
        self.cutter.findings.extend(encoding.warning(&self.cutter.path));
        if encoding != Encoding::Utf8 {
            let mut transcoder = Transcoder::new(encoding);
            let bytes = std::mem::take(&mut self.buffer);
            transcoder.push(&bytes, &mut self.buffer);
            self.transcoder = Some(transcoder);
        }
    }

    fn drain(&mut self, out: &mut Vec<Document<'static>>) {
        let mut start = 0;
        while let Some((end, next)) = separator(&self.buffer[start..], self.scanned.saturating_sub(start), false) {
            self.cutter.cut_owned(&self.buffer[start..start + end], self.skipping, out);
            self.skipping = false;
            self.cutter.separator(&self.buffer[start + end..start + next]);
            start += next;
            self.scanned = start;
        }
        self.buffer.drain(..start);
        // The next search begins where a separator waits for the end of its line, or may have begun in the last bytes.
        let searched = if start == 0 { self.scanned } else { 0 };
        self.scanned =
            start_of_separator(&self.buffer, searched).unwrap_or_else(|| self.buffer.len().saturating_sub(SEPARATOR));
        if self.buffer.len() > MAX_DOCUMENT + SEPARATOR {
            let keep = self.buffer.len() - SEPARATOR;
            if !self.skipping {
                self.cutter.too_long();
            }
            self.skipping = true;
            self.cutter.skip(&self.buffer[..keep]);
            self.buffer.drain(..keep);
            // What is left does not start a line.
            self.scanned = 1;
        }
    }

    /// The end of the file: the last document, and what was found while cutting.
    pub fn finish(mut self, out: &mut Vec<Document<'static>>) -> Vec<Finding> {
        if !self.started {
            self.start();
        }
        if let Some(transcoder) = &mut self.transcoder {
            transcoder.finish(&mut self.buffer);
        }
        self.drain(out);
        let mut rest = &self.buffer[..];
        while let Some((end, next)) = separator(rest, 0, true) {
            self.cutter.cut_owned(&rest[..end], self.skipping, out);
            self.skipping = false;
            self.cutter.separator(&rest[end..next]);
            rest = &rest[next..];
        }
        self.cutter.cut_owned(rest, self.skipping, out);
        self.cutter.findings
    }

    /// How many bytes wait for the end of their document.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }
}

/// What a separator starts with: a line feed and three dashes.
const SEPARATOR: usize = 4;

/// The first separator at or behind `from`: where its line starts, and where the next line does.
///
/// `bytes` start at the start of a line. Unless they are `complete`, a separator counts only with the end of its line.
fn separator(bytes: &[u8], from: usize, complete: bool) -> Option<(usize, usize)> {
    let start = start_of_separator(bytes, from)?;
    match bytes[start..].iter().position(|&byte| byte == b'\n') {
        Some(feed) => Some((start, start + feed + 1)),
        None if complete => Some((start, bytes.len())),
        None => None,
    }
}

/// Where the line of the first separator at or behind `from` starts, whether its end is there or not.
fn start_of_separator(bytes: &[u8], from: usize) -> Option<usize> {
    if from == 0 && bytes.starts_with(b"---") {
        return Some(0);
    }
    let from = from.saturating_sub(1).min(bytes.len());
    memchr::memmem::find(&bytes[from..], b"\n---").map(|at| from + at + 1)
}

/// Turns pieces of a file into documents and keeps count of its lines.
#[derive(Debug)]
struct Cutter {
    path: Arc<str>,
    line: u32,
    torn: bool,
    findings: Vec<Finding>,
}

/// A file with more problems than this has been said enough about.
const MAX_FINDINGS: usize = 20;

impl Cutter {
    fn new(path: Arc<str>) -> Self {
        Self { path, line: 1, torn: false, findings: Vec::new() }
    }

    fn found(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    fn skip(&mut self, bytes: &[u8]) {
        let feeds = memchr::memchr_iter(b'\n', bytes).count();
        self.line = self.line.saturating_add(u32::try_from(feeds).unwrap_or(u32::MAX));
    }

    fn too_long(&mut self) {
        let place = self.place(1, 1);
        self.found(Finding::new(&rules::DOCUMENT_SIZE, place, "the document is longer than 64 MiB").hint("split it"));
    }

    fn place(&self, column: u32, end: u32) -> Place {
        let at = |column| Position { line: self.line, column };
        Place { span: Some(Span { start: at(column), end: at(end) }), ..Place::file(Arc::clone(&self.path)) }
    }

    fn document<'t>(&self, text: Cow<'t, str>) -> Document<'t> {
        Document { text, first_line: self.line, torn: self.torn, lines: OnceLock::new(), secret: OnceLock::new() }
    }

    fn cut<'t>(&mut self, bytes: &'t [u8], out: &mut Vec<Document<'t>>) {
        if bytes.len() > MAX_DOCUMENT {
            self.too_long();
        } else if let Some(text) = self.text(bytes) {
            out.push(self.document(Cow::Borrowed(text)));
        }
        self.skip(bytes);
    }

    fn cut_owned(&mut self, bytes: &[u8], skipping: bool, out: &mut Vec<Document<'static>>) {
        if !skipping {
            if bytes.len() > MAX_DOCUMENT {
                self.too_long();
            } else if let Some(text) = self.text(bytes) {
                out.push(self.document(Cow::Owned(text.to_owned())));
            }
        }
        self.skip(bytes);
    }

    /// The text, without a byte order mark; none if there is nothing in it, or if it is not UTF-8.
    fn text<'t>(&mut self, bytes: &'t [u8]) -> Option<&'t str> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            if let Some(finding) = not_utf8(&self.path, bytes, self.line) {
                self.found(finding);
            }
            return None;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        (!text.trim().is_empty()).then_some(text)
    }

    /// The line of a separator.
    fn separator(&mut self, line: &[u8]) {
        let rest = String::from_utf8_lossy(line.get(3..).unwrap_or_default()).into_owned();
        let words = rest.trim();
        if !words.is_empty() && !words.starts_with('#') {
            self.torn = true;
            // The line is not shown: it may be one of a Secret.
            let end = u32::try_from(rest.trim_end().chars().count()).unwrap_or_default().saturating_add(4);
            let finding =
                Finding::new(&rules::SEPARATOR, self.place(1, end), "text follows `---`, which separates documents")
                    .hint("put the text on a line of its own; indent it if it belongs to a quoted or block text");
            self.found(finding);
        }
        self.skip(line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(bytes: &[u8]) -> (Vec<(String, u32)>, Vec<Finding>) {
        let path = Arc::from("a.yaml");
        let (documents, findings) = documents(&path, bytes);
        (documents.iter().map(|document| (document.text().to_owned(), document.first_line())).collect(), findings)
    }

    fn streamed(bytes: &[u8], size: usize) -> (Vec<(String, u32)>, Vec<Finding>) {
        let mut splitter = Splitter::new(Arc::from("a.yaml"));
        let mut documents = Vec::new();
        for chunk in bytes.chunks(size.max(1)) {
            splitter.push(chunk, &mut documents);
        }
        let findings = splitter.finish(&mut documents);
        (documents.iter().map(|document| (document.text().to_owned(), document.first_line())).collect(), findings)
    }

    #[test]
    fn documents_are_split_where_kubectl_splits_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("a: 1\n", &[("a: 1\n", 1)]),
            ("---\na: 1\n", &[("a: 1\n", 2)]),
            ("a: 1\n---\nb: 2\n", &[("a: 1\n", 1), ("b: 2\n", 3)]),
            ("a: 1\n--- # two\nb: 2\n---\n", &[("a: 1\n", 1), ("b: 2\n", 3)]),
            ("\u{feff}a: 1\n---\n\u{feff}b: 2", &[("a: 1\n", 1), ("b: 2", 3)]),
            ("a: 1\r\n---\r\nb: 2\r\n", &[("a: 1\r\n", 1), ("b: 2\r\n", 3)]),
            ("a: |\n  ---\n  b\n", &[("a: |\n  ---\n  b\n", 1)]),
        ] {
            let (documents, findings) = whole(text.as_bytes());
            let documents: Vec<(&str, u32)> = documents.iter().map(|(text, line)| (text.as_str(), *line)).collect();
            assert_eq!(documents, expected, "{text:?}");
            assert!(findings.is_empty(), "{text:?}: {findings:?}");
        }
    }

    #[test]
    fn text_behind_a_separator_is_an_error() {
        let (_, findings) = whole(b"a: 1\n-----BEGIN CERTIFICATE-----\n");
        assert_eq!(findings[0].rule.id, "yaml/separator");
        assert_eq!(findings[0].place.span.unwrap().start, Position { line: 2, column: 1 });
    }

    #[test]
    fn a_document_over_the_limit_is_refused_and_the_rest_is_read() {
        let mut splitter = Splitter::new(Arc::from("a.yaml"));
        let mut documents = Vec::new();
        let chunk = "# 0123456789012345678901234567890123456789\n".repeat(100_000);
        splitter.push(b"a: 1\n---\n", &mut documents);
        for _ in 0..20 {
            splitter.push(chunk.as_bytes(), &mut documents);
            assert!(splitter.buffered() <= MAX_DOCUMENT + chunk.len() + SEPARATOR);
        }
        splitter.push(b"\n---\nb: 2\n", &mut documents);
        let findings = splitter.finish(&mut documents);
        assert_eq!(findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(), ["yaml/document-size"]);
        assert_eq!(documents.iter().map(Document::text).collect::<Vec<_>>(), ["a: 1\n", "b: 2\n"]);
        assert_eq!(documents[1].first_line(), 20 * 100_000 + 5);
    }

    proptest! {
        #[test]
        fn a_stream_gives_the_same_documents_however_it_is_cut(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["a: 1\n", "---", "\n", "--- # c\n", "\n---\n", "-", "---x", "\u{feff}", "ü", "\r\n", "b: |\n  -"]), 0..20),
            size in 1usize..9,
        ) {
            let text = pieces.concat();
            prop_assert_eq!(streamed(text.as_bytes(), size), whole(text.as_bytes()));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1usize..50) {
            prop_assert_eq!(streamed(&bytes, size), whole(&bytes));
        }
    }
}
