//! Secrets that would be packed in plain text. Whoever can pull a bundle can read all of it, and so can whoever reads the registry's storage.
//!
//! Two things are looked for: objects of the kind Secret whose data nobody encrypted, and, in any file whatever its kind, texts whose shape
//! says that they are private keys or tokens. The shapes are strict: what only looks random is not told, so passwords are not found here.
//! No finding ever holds the text it is about.

mod conceal;
mod key;
mod object;
mod placeholder;
mod rules;
mod scan;
mod shapes;
mod stream;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

pub use rules::RULES;
pub use stream::Scanner;

pub(super) use conceal::conceal;
pub(super) use object::check;
pub(super) use placeholder::is_encrypted;

use crate::finding::{Finding, Place, Rule, Span};
use crate::object::Document;
use scan::Hit;

/// The most findings about one document, or one file that is not read as YAML.
const MOST: usize = 20;

/// What is found in a file that is in memory as a whole and not read as YAML.
pub fn scan(path: &Arc<str>, bytes: &[u8]) -> Vec<Finding> {
    let mut scanner = Scanner::new(Arc::clone(path));
    scanner.look(bytes, bytes.len());
    scanner.finish()
}

/// Adds what is found in a document to its other `findings`, which then do not show it either; but not what is in the Secrets at `told`,
/// which have a finding of their own.
pub(super) fn scan_document(path: &Arc<str>, document: &Document<'_>, told: &[Span], findings: &mut Vec<Finding>) {
    let hits = scan::hits(document.text().as_bytes());
    conceal::conceal_hits(path, document, &hits, findings);
    let places = hits.into_iter().map(|hit| (document.place(path, hit.range.clone()), hit));
    let is_told = |place: &Place| {
        let start = place.span.unwrap_or_default().start;
        told.iter().any(|secret| secret.start <= start && start < secret.end)
    };
    findings.extend(places.filter(|(place, _)| !is_told(place)).map(|(place, hit)| finding(&hit, place)).take(MOST));
}

fn finding(hit: &Hit, place: Place) -> Finding {
    let (rule, remedy): (&'static Rule, _) = if hit.is_key {
        (&rules::PRIVATE_KEY, "keep it out of the bundle, and replace it by a new one if it was ever pushed")
    } else {
        (&rules::TOKEN, "keep it out of the bundle, and revoke it where it was issued if it was ever pushed")
    };
    Finding::new(rule, place, format!("this looks like {} in plain text", hit.what)).hint(remedy)
}
