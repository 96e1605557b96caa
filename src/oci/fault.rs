//! What is wrong with a reference as it was typed: where, why, and what was probably meant.
//!
//! The parsers of this room stop at the first fault. A guess at the right text is parsed again before anybody sees it, so that
//! one message mends everything that can be mended, and never offers a text that would be refused in its turn.

use crate::error::{Error, Kind};

/// The first thing wrong with a text.
#[derive(Debug)]
pub(super) struct Fault {
    /// Byte offset in the text.
    at: usize,
    why: String,
    mended: Option<String>,
    advice: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(at: usize, why: impl Into<String>) -> Self {
        Self { at, why: why.into(), mended: None, advice: None }
    }

    /// The whole text as it was probably meant.
    pub(super) fn mended(mut self, text: impl Into<String>) -> Self {
        self.mended = Some(text.into());
        self
    }

    /// What to do, beside or in place of typing the mended text.
    pub(super) fn advice(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    /// The same fault, where what was parsed stands between `before` and `after`.
    pub(super) fn within(mut self, before: &str, after: &str) -> Self {
        self.at += before.len();
        self.mended = self.mended.map(|text| format!("{before}{text}{after}"));
        self
    }
}

/// Parses `text`, and makes an error that teaches out of what is wrong with it.
pub(super) fn explain<T>(text: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Result<T, Error> {
    parse(text).map_err(|fault| {
        let message = if text.is_empty() {
            fault.why
        } else {
            let column = text.get(..fault.at).unwrap_or(text).chars().count() + 1;
            format!("`{}`, column {column}: {}", shown(text), fault.why)
        };
        let error = Error::new(Kind::Usage, message);
        let mended = fault.mended.and_then(|text| mend(text, parse));
        match (mended, fault.advice) {
            (Some(text), Some(advice)) => error.hint(format!("write `{text}`; {advice}")),
            (Some(text), None) => error.hint(format!("write `{text}`")),
            (None, Some(advice)) => error.hint(advice),
            (None, None) => error,
        }
    })
}

/// Follows the guesses until one of them parses. Every guess removes one fault; few texts have more than three.
fn mend<T>(mut text: String, parse: impl Fn(&str) -> Result<T, Fault>) -> Option<String> {
    for _ in 0..8 {
        match parse(&text) {
            Ok(_) => return Some(text),
            Err(fault) => text = fault.mended?,
        }
    }
    None
}

/// The text as an error may show it: one line, not endless, and without a password.
fn shown(text: &str) -> String {
    const LONGEST: usize = 300;
    let text = match user_info(text) {
        Some((start, end)) => format!("{}***{}", &text[..start], &text[end..]),
        None => text.to_owned(),
    };
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Where `user:password` stands in `[scheme://]user:password@host/...`: its start, and the place of the `@`.
pub(super) fn user_info(text: &str) -> Option<(usize, usize)> {
    let scheme = text.find("://").map(|colon| colon + 3);
    if scheme.is_none() && ["oci:", "oci-archive:"].iter().any(|prefix| text.starts_with(prefix)) {
        // A path may have an `@`.
        return None;
    }
    let start = scheme.unwrap_or(0);
    let end = text[start..].find('/').map_or(text.len(), |slash| start + slash);
    let at = start + text[start..end].rfind('@')?;
    // `name@sha256:...`, a name without a host.
    let digest = text[at + 1..].starts_with("sha256:") || text[at + 1..].starts_with("sha512:");
    (!digest).then_some((start, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_that_cannot_be_mended_to_the_end_is_not_offered() {
        let parse = |text: &str| -> Result<(), Fault> {
            match text {
                "good" => Ok(()),
                "better" => Err(Fault::new(0, "almost").mended("good")),
                "hopeless" => Err(Fault::new(0, "no")),
                other => Err(Fault::new(1, "bad").mended(if other == "a" { "better" } else { "hopeless" })),
            }
        };
        let error = explain("a", parse).unwrap_err();
        assert_eq!(error.to_string(), "`a`, column 2: bad");
        assert_eq!(error.hint_text(), Some("write `good`"));
        assert_eq!(explain("b", parse).unwrap_err().hint_text(), None);
    }

    #[test]
    fn what_is_shown_is_one_short_line_without_a_password() {
        assert_eq!(shown("a\nb\u{7}"), "a\\nb\\u{7}");
        assert_eq!(shown(&"x".repeat(5000)).chars().count(), 301);
        assert_eq!(shown("https://me:hunter2@host/repo"), "https://***@host/repo");
        assert_eq!(shown("me:hunter2@host/repo"), "***@host/repo");
        assert_eq!(shown("app@sha256:00"), "app@sha256:00");
        assert_eq!(shown("oci:a@b"), "oci:a@b");
    }
}
