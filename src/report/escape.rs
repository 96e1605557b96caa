//! Text from a file, made safe to show.
//!
//! A file name or a line of YAML can hold characters that move the cursor, change colours, reorder what stands beside them or cannot
//! be seen at all. They are shown by their number, as Rust and many languages write it: `\u{1b}`.

use std::borrow::Cow;
use std::ops::Range;

use crate::finding::Excerpt;

/// Replaces every character that a terminal would act on, or a person could not see, by its number in braces: `\u{1b}`.
///
/// Line feeds and tabs count among them: what comes back is one line.
///
/// ```
/// assert_eq!(consign::report::escape("plain"), "plain");
/// assert_eq!(consign::report::escape("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
/// ```
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(&mut escaped, c);
    }
    Cow::Owned(escaped)
}

/// Replaces what stands before the `@` of a URL, or of what was meant as one, where it has a password: `***@host`.
///
/// ```
/// assert_eq!(consign::report::without_passwords("no `https://me:pw@host/x`"), "no `https://***@host/x`");
/// assert_eq!(consign::report::without_passwords("host/shop:v1@sha256:00"), "host/shop:v1@sha256:00");
/// ```
pub fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, behind) = rest.split_at(at);
        let start = before.rfind(|c: char| c.is_whitespace() || "/`'\"(=".contains(c)).map_or(0, |index| index + 1);
        let is_digest = behind.starts_with("@sha256:") || behind.starts_with("@sha512:");
        if before[start..].contains(':') && !is_digest {
            out.push_str(&before[..start]);
            out.push_str("***");
        } else {
            out.push_str(before);
        }
        out.push('@');
        rest = &behind[1..];
    }
    out.push_str(rest);
    out
}

/// The excerpt's line, escaped but for tabs (which are laid out later), and the marked bytes of that.
pub(super) fn excerpt(excerpt: &Excerpt) -> (String, Range<usize>) {
    let mut line = String::with_capacity(excerpt.text.len() + 16);
    let (mut start, mut end) = (None, None);
    for (at, c) in excerpt.text.char_indices() {
        if start.is_none() && at >= excerpt.marked.start {
            start = Some(line.len());
        }
        if end.is_none() && at >= excerpt.marked.end {
            end = Some(line.len());
        }
        if c == '\t' { line.push(c) } else { push(&mut line, c) }
    }
    let start = start.unwrap_or(line.len());
    let end = end.unwrap_or(line.len()).max(start);
    (line, start..end)
}

fn push(to: &mut String, c: char) {
    if is_unsafe(c) { to.extend(c.escape_unicode()) } else { to.push(c) }
}

/// Control characters (C0, DEL, C1), those that change the direction of text, those without width, and spaces and line ends that look
/// like others.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_by_its_number() {
        for (given, expected) in [
            ("\u{1b}]0;owned\u{7}", "\\u{1b}]0;owned\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\rb\nc\td", "a\\u{d}b\\u{a}c\\u{9}d"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("na\u{200b}me:\u{a0}x", "na\\u{200b}me:\\u{a0}x"),
        ] {
            assert_eq!(escape(given), expected);
        }
    }

    #[test]
    fn letters_of_any_script_stay() {
        for text in ["Grüße", "名前", "🦀", "e\u{301}", "back\\slash"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn the_marked_bytes_move_with_the_text_before_them() {
        let given = Excerpt { text: "\u{1b}\tkey: v".into(), marked: 2..5 };
        assert_eq!(excerpt(&given), ("\\u{1b}\tkey: v".into(), 7..10));
    }

    #[test]
    fn marks_beyond_the_text_or_inside_a_character_do_no_harm() {
        for marked in [40..50, 1..2, 3..3, 0..99] {
            let (line, range) = excerpt(&Excerpt { text: "名前".into(), marked });
            assert!(range.start <= range.end && line.get(range).is_some());
        }
    }
}
