//! Regular expressions in Go's syntax, which schemas and rules are written in, run by Rust's `regex`: `go_syntax` writes one as the other.

use std::fmt;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::go_syntax::{Refused, translate};

/// A pattern; compiled when it is first needed.
pub(super) struct Pattern {
    text: Box<str>,
    compiled: OnceLock<Option<Regex>>,
}

/// The most memory a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.into(), compiled: OnceLock::new() }
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether some part of `text` matches; none where that cannot be told.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        self.regex().map(|regex| regex.is_match(text))
    }

    /// The same as a regular expression of Rust's; none where there is none that means the same.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.text)).as_ref()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Why Go refuses a pattern, if that is certain.
pub(super) fn fault(text: &str) -> Option<String> {
    match translate(text) {
        Err(Refused::ByGo(fault)) => Some(fault),
        Err(Refused::Here) | Ok(_) => None,
    }
}

fn compile(text: &str) -> Option<Regex> {
    let translated = translate(text).ok()?;
    RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, yes, no) in [
            ("^[a-z]+$", "abc", "ABC"),
            ("b", "abc", "ac"),
            ("(?i)^abc$", "aBc", "ab"),
            (r"^\d+$", "12", "\u{665}"),
            (r"^[\d]+$", "12", "\u{665}"),
            (r"^\w$", "a", "é"),
            (r"^[^\s]$", "é", " "),
            (r"^[\S]$", "é", " "),
            ("^[[a]$", "[", "b"),
            ("^[a&&b]$", "&", "c"),
            ("^[]a]$", "]", "b"),
            ("^[[:alpha:]-]+$", "a-", "1"),
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^a\/b$", "a/b", "ab"),
            (r"^\<$", "<", "a"),
            ("^{a}$", "{a}", "a"),
            ("^a{2}$", "aa", "a"),
            ("^a{,2}$", "a{,2}", "aa"),
            (r"\bfoo\b", "a foo", "afoo"),
            (r"^[\w.-]+$", "a.b-c", "a b"),
            (r"^\x41$", "A", "B"),
            (r"^\101$", "A", "B"),
            (r"^\p{Greek}$", "α", "a"),
            ("^.$", "é", "\n"),
            (r"^[\w-_]+$", "a-b_1", "a.b"),
            (r"^[\w-.]+$", "a-.", "a+b"),
            (r"^[\w-z]+$", "a-z", "a{z"),
            (r"^[\s-_]+$", " -_", "a"),
            (r"^[\d-x]+$", "1-x", "a"),
            (r"^[\w-\.]+@([\w-]+\.)+[\w-]{2,4}$", "some-body@an-example.com", "somebody"),
            ("^[+--]+$", "+,-", "."),
            ("^[+--z]$", ",", "a"),
            (r"^\p{^Greek}$", "a", "α"),
            (r"^\P{^Greek}$", "α", "a"),
            (r"^[\p{^Greek}\d]$", "a", "α"),
            (r"^\_\-$", "_-", "a-"),
            (r"^[\101-\x{43}]$", "B", "D"),
            ("^a{01}$", "a{01}", "a"),
            ("^(?P<1>a)(?<b>b)$", "ab", "a"),
            ("^(?i-s:A)b$", "ab", "aB"),
            ("^(?ii)A$", "a", "b"),
            ("^(?)a$", "a", "b"),
            (r"^(?i)[\w]$", "\u{17f}", "é"),
            ("^(?:)*a(|b)$", "ab", "b"),
            (r"^a\Bb$", "ab", "a"),
            (r"^\Q+-\E+$", "+--", "+"),
            (r"^[[:^alpha:]x]$", "x", "a"),
        ] {
            let pattern = Pattern::new(pattern);
            assert_eq!(pattern.matches(yes), Some(true), "{pattern:?} {yes:?}");
            assert_eq!(pattern.matches(no), Some(false), "{pattern:?} {no:?}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [
            "(",
            "[a",
            "[]",
            "a{1001}",
            "(a{100}){100}",
            "((a{2,}){10}){60}",
            "a++",
            "a**",
            "a{2}{3}",
            "a{2}?+",
            "x*??",
            r"\u0041",
            "(?x)a b",
            "(?P=n)",
            "(?<>a)",
            "(?",
            "(?i",
            "(?-)",
            "(?i-:a)",
            "|*",
            "(*a)",
            r"[a-\d]",
            "[[:foo:]]",
            r"\pX",
            r"\p{Greek",
            r"\p",
            r"\C",
            r"\Z",
            r"\é",
            r"\x4",
            r"\x{110000}",
            r"\x{}",
            "(?>a)",
            "(?<=a)b",
            "a)",
            "(?=a)",
            "(?!a)",
            "*a",
            r"\8",
            r"(a)\1",
            "[b-a]",
            "a{3,2}",
            r"\k",
            "\\",
        ] {
            assert!(fault(pattern).is_some(), "{pattern}");
            assert_eq!(Pattern::new(pattern).matches("a"), None);
        }
        for pattern in [
            "^a$",
            "(a{100}){10}",
            "(?:a{2}){3}",
            "(a{0}){1000}",
            "(a*)*",
            "^*",
            "a*(?i)*",
            "(|a)",
            "(?<n>a)(?P<n>b)",
            "a{,2}{2}",
        ] {
            assert_eq!(fault(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_is_too_large_is_neither_wrong_nor_run() {
        let pattern = r"(\pL\PL\pN){1000}";
        assert_eq!(fault(pattern), None);
        assert_eq!(Pattern::new(pattern).matches("a"), None);
    }
}
