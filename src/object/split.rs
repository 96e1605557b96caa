//! A file's bytes become documents: decoded, cut, numbered by line.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::cut::{Cutter, Piece};
use super::encoding::{UTF8_MARK, Utf16};
use super::rules;
use super::text::Text;
use crate::finding::{Finding, Place};

/// The largest document that is read, in bytes. No cluster stores an object of a twentieth of that.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// The text between two separators, and where it is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'t> {
    text: Cow<'t, str>,
    first_line: u32,
    may_be_json: bool,
    is_followed: bool,
    is_torn: bool,
}

/// A document without its text, which is kept elsewhere for the time being.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    first_line: u32,
    may_be_json: bool,
    is_followed: bool,
    is_torn: bool,
}

impl Frame {
    /// The document again; `text` must be that of the document that the frame came from.
    pub const fn with(self, text: String) -> Document<'static> {
        let Self { first_line, may_be_json, is_followed, is_torn } = self;
        Document { text: Cow::Owned(text), first_line, may_be_json, is_followed, is_torn }
    }
}

impl Document<'_> {
    /// The text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same with a text of its own.
    pub fn into_owned(self) -> Document<'static> {
        let frame = self.frame();
        frame.with(self.text.into_owned())
    }

    /// What is needed beside the text to read it again later.
    pub const fn frame(&self) -> Frame {
        let &Self { first_line, may_be_json, is_followed, is_torn, .. } = self;
        Frame { first_line, may_be_json, is_followed, is_torn }
    }

    /// The line of the file that the text begins with, from 1.
    pub const fn first_line(&self) -> u32 {
        self.first_line
    }

    /// Where a range of bytes of the text is in the file, without the text itself.
    pub fn place(&self, path: &Arc<str>, range: Range<usize>) -> Place {
        Text::new(&self.text, self.first_line).place_without_text(path, range)
    }

    /// Whether kubectl would try to read it as JSON: only a file's first document, and only if it begins with `{`.
    pub(super) fn may_be_json(&self) -> bool {
        self.may_be_json && self.text.trim_start().starts_with('{')
    }

    /// Whether it may be part of a document that a line like a separator tore apart.
    pub(super) const fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Whether a separator comes after it.
    pub const fn is_followed(&self) -> bool {
        self.is_followed
    }
}

const MARKED: &str = "the file begins with a byte order mark";

/// Cuts a file into documents while its bytes arrive, so that a large file is never in memory as a whole.
pub struct Splitter {
    cutter: Cutter,
    buffer: Vec<u8>,
    encoding: Encoding,
}

enum Encoding {
    /// Too few bytes to tell.
    Unknown,
    Utf8,
    /// UTF-8 that began with a byte order mark.
    MarkedUtf8,
    Utf16(Utf16),
}

impl Splitter {
    /// For the file of this name.
    pub fn new(path: Arc<str>) -> Self {
        Self::with_limit(path, MAX_DOCUMENT)
    }

    pub(super) fn with_limit(path: Arc<str>, limit: usize) -> Self {
        Self { cutter: Cutter::new(path, limit), buffer: Vec::new(), encoding: Encoding::Unknown }
    }

    /// Takes the next bytes of the file, and gives the documents that they complete.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<Document<'static>>) {
        self.decode(bytes);
        if matches!(self.encoding, Encoding::Unknown) {
            if self.buffer.len() < UTF8_MARK.len() {
                return;
            }
            self.detect();
        }
        self.cut(false, out);
    }

    /// Ends the file: gives its last document, and what is wrong with how it is split and encoded.
    pub fn finish(mut self, out: &mut Vec<Document<'static>>) -> Vec<Finding> {
        if matches!(self.encoding, Encoding::Unknown) {
            self.detect();
        }
        if let Encoding::Utf16(decoder) = &mut self.encoding {
            decoder.finish(&mut self.buffer);
            if decoder.is_broken {
                self.cutter.tell_file(&rules::ENCODING, "the file begins as UTF-16 but is not UTF-16 throughout");
            }
        }
        self.cut(true, out);
        self.cutter.finish()
    }

    /// The bytes that wait for the end of their document.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    fn decode(&mut self, bytes: &[u8]) {
        match &mut self.encoding {
            Encoding::Utf16(decoder) => decoder.push(bytes, &mut self.buffer),
            _ => self.buffer.extend_from_slice(bytes),
        }
    }

    fn detect(&mut self) {
        if let Some(mut decoder) = Utf16::of(&self.buffer) {
            self.cutter.tell_file(&rules::UTF16, "the file is in UTF-16");
            let bytes = std::mem::take(&mut self.buffer);
            decoder.push(bytes.get(2..).unwrap_or_default(), &mut self.buffer);
            self.encoding = Encoding::Utf16(decoder);
        } else if self.buffer.starts_with(UTF8_MARK) {
            self.cutter.tell_file(&rules::MARK, MARKED);
            self.buffer.drain(..UTF8_MARK.len());
            self.encoding = Encoding::MarkedUtf8;
        } else {
            self.encoding = Encoding::Utf8;
        }
    }

    fn cut(&mut self, is_end: bool, out: &mut Vec<Document<'static>>) {
        let is_plain = matches!(self.encoding, Encoding::Utf8);
        while let Some(piece) = self.cutter.next(&self.buffer, is_end) {
            let bytes = self.buffer.get(piece.range.clone()).unwrap_or_default();
            if let Some(document) = document(&mut self.cutter, bytes, &piece, is_plain) {
                out.push(Document { text: Cow::Owned(document.text.into_owned()), ..document });
            }
        }
        self.buffer.drain(..self.cutter.forget());
    }
}

/// Cuts a file that is in memory as a whole; where it is UTF-8, nothing is copied.
pub fn documents<'t>(path: &Arc<str>, bytes: &'t [u8]) -> (Vec<Document<'t>>, Vec<Finding>) {
    if Utf16::of(bytes).is_some() {
        let mut decoded = Vec::new();
        let mut splitter = Splitter::new(Arc::clone(path));
        splitter.push(bytes, &mut decoded);
        let findings = splitter.finish(&mut decoded);
        return (decoded, findings);
    }
    let mut out = Vec::new();
    let unmarked = bytes.strip_prefix(UTF8_MARK);
    let mut cutter = Cutter::new(Arc::clone(path), MAX_DOCUMENT);
    if unmarked.is_some() {
        cutter.tell_file(&rules::MARK, MARKED);
    }
    let text = unmarked.unwrap_or(bytes);
    while let Some(piece) = cutter.next(text, true) {
        let slice = text.get(piece.range.clone()).unwrap_or_default();
        out.extend(document(&mut cutter, slice, &piece, unmarked.is_none()));
    }
    (out, cutter.finish())
}

/// The document of a piece; none, but a finding, if it is not UTF-8: what a reader would make of it is not what was written.
fn document<'t>(cutter: &mut Cutter, bytes: &'t [u8], piece: &Piece, is_plain: bool) -> Option<Document<'t>> {
    let marked = bytes.strip_prefix(UTF8_MARK);
    let bytes = marked.unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let at = error.valid_up_to();
            let mark = marked.map_or(0, |_| UTF8_MARK.len());
            cutter.not_text(bytes, piece.first_line, at, piece.offset + (mark + at) as u64);
            return None;
        }
    };
    // kubectl ends every line. It matters where the last holds only blanks, which a block scalar above may count as a line.
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    let is_open = !last_line.is_empty() && last_line.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    let text = if is_open { Cow::Owned(text.into_owned() + "\n") } else { text };
    let may_be_json = piece.is_first && is_plain && marked.is_none();
    Some(Document {
        text,
        first_line: piece.first_line,
        may_be_json,
        is_followed: piece.is_followed,
        is_torn: piece.is_torn,
    })
}
