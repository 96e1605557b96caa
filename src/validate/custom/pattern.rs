//! Regular expressions in Go's syntax, which schemas are written in, run by Rust's `regex`.
//!
//! The two are nearly the same. What differs is translated: Go's `\d`, `\s`, `\w` and `\b` mean ASCII, `[` in a class is itself, `\Q…\E`
//! quotes, and a `{` that begins no repetition is itself.

use std::fmt;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

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
        let compiled = self.compiled.get_or_init(|| compile(&self.text).ok());
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Why Go refuses a pattern, if that is certain: the last line of what the parser says.
pub(super) fn fault(text: &str) -> Option<String> {
    match compile(text) {
        Err(regex::Error::Syntax(message)) => {
            let last = message.lines().rev().find_map(|line| line.strip_prefix("error: "))?;
            Some(last.to_owned())
        }
        _ => None,
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&translate(text)).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).octal(true).build()
}

/// The same pattern in Rust's syntax.
fn translate(go: &str) -> String {
    let mut out = String::with_capacity(go.len() + 16);
    let mut rest = go;
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '\\' => escape(behind, false, &mut out),
            '[' => class(behind, &mut out),
            '{' if !begins_repetition(behind) => {
                out.push_str("\\{");
                behind
            }
            _ => {
                out.push(c);
                behind
            }
        };
    }
    out
}

/// Whether `{` before this begins a repetition: `3}`, `3,}` or `3,5}`.
fn begins_repetition(text: &str) -> bool {
    let Some((inside, _)) = text.split_once('}') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match inside.split_once(',') {
        Some((from, to)) => digits(from) && (to.is_empty() || digits(to)),
        None => digits(inside),
    }
}

/// Writes what `\` and the text behind it mean; gives what is left.
fn escape<'t>(behind: &'t str, in_class: bool, out: &mut String) -> &'t str {
    let Some(c) = behind.chars().next() else {
        out.push('\\');
        return behind;
    };
    let rest = behind.get(c.len_utf8()..).unwrap_or_default();
    match (c, in_class) {
        ('d', true) => out.push_str("0-9"),
        ('d', false) => out.push_str("[0-9]"),
        ('D', _) => out.push_str("[^0-9]"),
        ('s', true) => out.push_str("\\t\\n\\f\\r "),
        ('s', false) => out.push_str("[\\t\\n\\f\\r ]"),
        ('S', _) => out.push_str("[^\\t\\n\\f\\r ]"),
        ('w', true) => out.push_str("0-9A-Za-z_"),
        ('w', false) => out.push_str("[0-9A-Za-z_]"),
        ('W', _) => out.push_str("[^0-9A-Za-z_]"),
        ('b', false) => out.push_str("(?-u:\\b)"),
        ('Q', false) => {
            let (quoted, left) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&regex::escape(quoted));
            return left;
        }
        // In Go a single digit would refer back to a group, which it refuses; two or more are octal.
        ('1'..='7', _) if !rest.starts_with(|next: char| ('0'..='7').contains(&next)) => out.push_str("\\8"),
        ('p' | 'P' | 'x', _) if rest.starts_with('{') => {
            let end = rest.find('}').map_or(rest.len(), |at| at + 1);
            out.push('\\');
            out.push(c);
            out.push_str(rest.get(..end).unwrap_or_default());
            return rest.get(end..).unwrap_or_default();
        }
        // Rust gives these two a meaning.
        ('<' | '>', _) => out.push(c),
        _ => {
            out.push('\\');
            out.push(c);
        }
    }
    rest
}

/// Writes the class whose `[` stands before the text; gives what is left.
fn class<'t>(behind: &'t str, out: &mut String) -> &'t str {
    out.push('[');
    let mut rest = behind;
    if let Some(left) = rest.strip_prefix('^') {
        out.push('^');
        rest = left;
    }
    let mut first = true;
    while let Some(c) = rest.chars().next() {
        let left = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            ']' if first => {
                out.push_str("\\]");
                left
            }
            ']' => {
                out.push(']');
                return left;
            }
            '\\' => escape(left, true, out),
            '[' if left.starts_with(':') && left.contains(":]") => {
                let end = left.find(":]").map_or(left.len(), |at| at + 2);
                out.push('[');
                out.push_str(left.get(..end).unwrap_or_default());
                left.get(end..).unwrap_or_default()
            }
            // In Rust, `[` nests, and two of these in a row combine classes.
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(c);
                left
            }
            '-' if left.starts_with('-') => {
                out.push_str("\\-");
                left
            }
            _ => {
                out.push(c);
                left
            }
        };
        first = false;
    }
    rest
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
        ] {
            let pattern = Pattern::new(pattern);
            assert_eq!(pattern.matches(yes), Some(true), "{pattern:?} {yes:?}");
            assert_eq!(pattern.matches(no), Some(false), "{pattern:?} {no:?}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in
            ["(", "[a", "a)", "(?=a)", "(?!a)", "*a", r"\8", r"(a)\1", "[b-a]", "(?<n>a)(?<n>b)", "a{3,2}", r"\k", "\\"]
        {
            assert!(fault(pattern).is_some(), "{pattern}");
            assert_eq!(Pattern::new(pattern).matches("a"), None);
        }
        assert_eq!(fault("^a$"), None);
    }

    #[test]
    fn a_pattern_that_is_too_large_is_neither_wrong_nor_run() {
        let pattern = "((a{1000}){1000}){1000}";
        assert_eq!(fault(pattern), None);
        assert_eq!(Pattern::new(pattern).matches("a"), None);
    }
}
