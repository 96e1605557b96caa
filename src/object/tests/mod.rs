//! The behaviour of the room as a whole; what one file does alone is tested beside it.

mod documents;
mod findings;
mod hostile;
mod lists;
mod places;
mod properties;
mod scalars;

use std::sync::Arc;

use super::{Document, documents, parse};
use crate::finding::Finding;

fn path() -> Arc<str> {
    "dir/file.yaml".into()
}

/// All values of a text, and all findings.
fn read(text: &str) -> (Vec<serde_json::Value>, Vec<Finding>) {
    read_bytes(text.as_bytes())
}

fn read_bytes(bytes: &[u8]) -> (Vec<serde_json::Value>, Vec<Finding>) {
    let (documents, mut findings) = documents(&path(), bytes);
    let mut values = Vec::new();
    for document in &documents {
        let parsed = parse(&path(), document);
        values.extend(parsed.trees.iter().map(|tree| tree.root().to_json()));
        findings.extend(parsed.findings);
    }
    (values, findings)
}

/// The only value of a text without findings.
fn value(text: &str) -> serde_json::Value {
    let (mut values, findings) = read(text);
    assert!(findings.is_empty(), "{text:?}: {findings:?}");
    assert_eq!(values.len(), 1, "{text:?}");
    values.remove(0)
}

/// Each finding as `line:column rule`.
fn told(text: &str) -> Vec<String> {
    summary(&read(text).1)
}

fn summary(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let start = finding.place.span.unwrap_or_default().start;
            format!("{}:{} {}", start.line, start.column, finding.rule.id)
        })
        .collect()
}

fn texts(documents: &[Document<'_>]) -> Vec<(u32, String)> {
    documents.iter().map(|document| (document.first_line(), document.text().to_owned())).collect()
}
