//! Findings about other things must not show a secret that happens to stand where they point, or that they quote.

use std::sync::Arc;

use super::key;
use super::scan::{self, Hit};
use super::token::is_base64;
use crate::finding::{Finding, Place};
use crate::object::Document;

/// So many bytes of a secret are told from all other text.
const TELLING: usize = 16;

/// Takes what looks like a key or token out of findings about this document.
pub(in crate::validate) fn conceal(path: &Arc<str>, document: &Document<'_>, findings: &mut [Finding]) {
    if !findings.is_empty() {
        conceal_hits(path, document, &scan::hits(document.text().as_bytes()), findings);
    }
}

/// The same of secrets that are found already.
pub(super) fn conceal_hits(path: &Arc<str>, document: &Document<'_>, hits: &[Hit], findings: &mut [Finding]) {
    if findings.is_empty() {
        return;
    }
    for hit in hits {
        let range = key::whole(document.text().as_bytes(), hit);
        let place = document.place(path, range.clone());
        let starts = starts(document.text().get(range.clone()).unwrap_or_default(), range.end > hit.range.end);
        for finding in &mut *findings {
            let further = finding.further.iter_mut().map(|(place, _)| place);
            for shown in further.chain([&mut finding.place]).filter(|shown| touch(shown, &place)) {
                shown.excerpt = None;
            }
            for start in &starts {
                finding.message = without(std::mem::take(&mut finding.message), start);
                finding.hint = finding.hint.take().map(|hint| without(hint, start));
            }
        }
    }
}

/// How the words begin that nothing may show; of a text of one word, that one.
fn starts(text: &str, has_words: bool) -> Vec<&str> {
    if !has_words {
        return vec![text.get(..TELLING).unwrap_or(text)];
    }
    // The first character may belong to an escaped line end before the word.
    let words = text.split(|c: char| !u8::try_from(c).is_ok_and(is_base64));
    words.filter_map(|word| word.get(1..=TELLING)).collect()
}

/// Whether two places have a line in common. The excerpt of a place shows its first line.
fn touch(shown: &Place, secret: &Place) -> bool {
    let Some((shown, secret)) = shown.span.zip(secret.span) else { return false };
    (secret.start.line..=secret.end.line).contains(&shown.start.line)
}

/// The text with an ellipsis for each word that begins with `start`.
fn without(text: String, start: &str) -> String {
    if start.is_empty() || !text.contains(start) {
        return text;
    }
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('…');
        out.push_str(part.trim_start_matches(|c: char| !c.is_whitespace() && c != '`'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Excerpt, Rule, Severity};
    use crate::object::documents;

    static RULE: Rule = Rule { id: "a/b", title: "", refused_by: &[], severity: Severity::Error, help: "" };

    #[test]
    fn neither_a_line_with_a_secret_nor_the_secret_is_shown() {
        let token = format!("ghp_{}", "0123456789abcdefghijABCDEFGHIJ012345");
        let text = format!("a: 1\nb: {token}\n");
        let path = Arc::from("a.yaml");
        let (documents, _) = documents(&path, text.as_bytes());
        let document = &documents[0];
        let at = |from: usize, to: usize| Place {
            excerpt: Some(Excerpt { text: "x".into(), marked: 0..1 }),
            ..document.place(&path, from..to)
        };
        let message = format!("`b` is `{token}`, which is wrong");
        let mut findings = [
            Finding::new(&RULE, at(5, 6), message).hint(token.clone()).also(at(8, 9), "here"),
            Finding::new(&RULE, at(0, 1), "fine"),
        ];
        conceal(&path, document, &mut findings);
        assert_eq!(findings[0].message, "`b` is `…`, which is wrong");
        assert_eq!(findings[0].hint.as_deref(), Some("…"));
        assert!(findings[0].place.excerpt.is_none() && findings[0].further[0].0.excerpt.is_none());
        assert!(findings[1].place.excerpt.is_some());
    }
}
