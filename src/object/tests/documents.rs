//! How files are decoded and cut.

use proptest::prelude::*;

use super::super::{Document, Splitter, documents};
use super::{path, read_bytes, summary, texts};
use crate::finding::Finding;

fn cut(text: &str) -> Vec<(u32, String)> {
    texts(&documents(&path(), text.as_bytes()).0)
}

fn told(bytes: &[u8]) -> Vec<String> {
    summary(&documents(&path(), bytes).1)
}

fn pieces(expected: &[(u32, &str)]) -> Vec<(u32, String)> {
    expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect()
}

#[test]
fn documents_are_cut_at_lines_that_begin_with_three_dashes() {
    for (text, expected) in [
        ("", &[][..]),
        ("a: 1", &[(1, "a: 1")]),
        ("---\na: 1\n---\nb: 2\n", &[(2, "a: 1\n"), (4, "b: 2\n")]),
        ("a: 1\n--- # comment\nb: 2\n---", &[(1, "a: 1\n"), (3, "b: 2\n")]),
        ("a: 1\r\n---\r\nb: 2\r\n", &[(1, "a: 1\r\n"), (3, "b: 2\r\n")]),
        ("a: 1\n--- \t \n\n---\n--\n", &[(1, "a: 1\n"), (3, "\n"), (5, "--\n")]),
        ("a: |\n  ---\n  x\n ---\n", &[(1, "a: |\n  ---\n  x\n ---\n")]),
        ("a: 1\r---\rb: 2\n", &[(1, "a: 1\r---\rb: 2\n")]),
        ("a\rb\n---\nc\n", &[(1, "a\rb\n"), (4, "c\n")]),
    ] {
        assert_eq!(cut(text), pieces(expected), "{text:?}");
        assert!(told(text.as_bytes()).is_empty(), "{text:?}");
    }
}

#[test]
fn byte_order_marks_are_no_text() {
    assert_eq!(cut("\u{feff}a: 1\n---\n\u{feff}b: 2\n"), pieces(&[(1, "a: 1\n"), (3, "b: 2\n")]));
    assert_eq!(cut("\u{feff}---\na: 1\n"), pieces(&[(2, "a: 1\n")]));
    let (values, findings) = super::read("\u{feff}a: 1\n");
    assert_eq!(values, [serde_json::json!({ "a": 1 })]);
    assert_eq!(super::summary(&findings), ["0:0 yaml/byte-order-mark"]);
}

#[test]
fn a_separator_with_text_is_told_and_still_separates_where_yaml_says_so() {
    let text = "a: 1\n--- b: 2\nc: 3\n";
    assert_eq!(cut(text), pieces(&[(1, "a: 1\n"), (3, "c: 3\n")]));
    assert_eq!(told(text.as_bytes()), ["2:1 yaml/separator"]);
    let pem = "a: \"\n-----BEGIN KEY\"\nb: 1\n";
    assert_eq!(cut(pem), pieces(&[(1, pem)]));
    assert_eq!(told(pem.as_bytes()), ["2:1 yaml/separator"]);
    assert_eq!(told(b"---#x\na: 1\n"), ["1:1 yaml/separator"]);
    assert!(told(b"a: 1\n---#x\nb: 1\n").is_empty());
}

#[test]
fn utf16_is_read_with_a_warning() {
    let text = "\u{feff}a: é\n---\nb: \u{1f600}\n";
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [little, big] {
        let (values, findings) = read_bytes(&bytes);
        assert_eq!(values, [serde_json::json!({ "a": "é" }), serde_json::json!({ "b": "\u{1f600}" })]);
        assert_eq!(summary(&findings), ["0:0 yaml/utf16"]);
        assert_eq!(findings[0].severity, crate::finding::Severity::Warning);
        assert_eq!(summary(&read_bytes(&bytes[..bytes.len() - 1]).1), ["0:0 yaml/utf16", "0:0 yaml/encoding"]);
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_offset() {
    let (_, findings) = documents(&path(), b"a: 1\n---\nb: \xc3\xa9\xff\n---\nc: \xed\xa0\x80\n");
    assert_eq!(summary(&findings), ["3:5 yaml/encoding", "5:4 yaml/encoding"]);
    assert!(findings[0].message.contains("offset 14"), "{}", findings[0].message);
}

#[test]
fn a_document_over_the_limit_is_skipped_with_bounded_memory() {
    let mut splitter = Splitter::with_limit(path(), 1000);
    let mut out = Vec::new();
    splitter.push(b"a: 1\n---\n", &mut out);
    for _ in 0..100 {
        splitter.push(b"big: text\n  more text that goes on\n", &mut out);
        assert!(splitter.buffered() <= 1100);
    }
    splitter.push(b"-", &mut out);
    splitter.push(b"--\nb: 2\n", &mut out);
    let findings = splitter.finish(&mut out);
    assert_eq!(texts(&out), pieces(&[(1, "a: 1\n"), (204, "b: 2\n")]));
    assert_eq!(summary(&findings), ["3:1 yaml/document-size"]);
}

fn streamed(bytes: &[u8], sizes: &[usize]) -> (Vec<Document<'static>>, Vec<Finding>) {
    let mut splitter = Splitter::new(path());
    let mut out = Vec::new();
    let mut rest = bytes;
    let mut sizes = sizes.iter().copied().cycle();
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
        splitter.push(chunk, &mut out);
        rest = behind;
    }
    let findings = splitter.finish(&mut out);
    (out, findings)
}

fn chunky_bytes() -> impl Strategy<Value = Vec<u8>> {
    let tokens: Vec<&[u8]> = vec![
        b"---",
        b"\n",
        b"\n---",
        b"\r\n",
        b"\r",
        b" ",
        b"# c",
        b"a: 1",
        b"-",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff",
        b"\xc3\xa9",
        b"{",
        b"\x00",
        b"...",
    ];
    prop::collection::vec(prop::sample::select(tokens), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn a_stream_gives_the_same_documents_however_it_is_chunked(
        bytes in chunky_bytes(),
        sizes in prop::collection::vec(1usize..9, 1..5),
    ) {
        let whole = documents(&path(), &bytes);
        let parts = streamed(&bytes, &sizes);
        prop_assert_eq!(texts(&whole.0), texts(&parts.0));
        prop_assert_eq!(whole, parts);
    }
}
