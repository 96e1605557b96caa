//! Formats of names: of hosts, of mailboxes, of Kubernetes' own objects. What counts is what the API server's library takes.

use std::sync::LazyLock;

use super::pattern::Pattern;

/// As Go's `mail.ParseAddress`, where a text has none of the signs that quote, comment or group; more is let pass where it has.
pub(super) fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    if text.contains('(') || (text.contains(':') && text.ends_with(';')) {
        return text.contains('@');
    }
    let address = match (text.rfind('<'), text.strip_suffix('>')) {
        (Some(open), Some(inside)) => inside.get(open + 1..).unwrap_or_default(),
        (None, None) => text,
        _ => return false,
    };
    let Some((user, host)) = address.rsplit_once('@') else { return false };
    let is_user = user.starts_with('"') || is_dotted_atom(user);
    let host = host.trim_start_matches([' ', '\t']);
    is_user && (host.starts_with('[') || is_dotted_atom(host))
}

fn is_dotted_atom(text: &str) -> bool {
    let is_of_atom = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_of_atom))
}

/// One label, which may have one `-` behind its first letter, or several with a word at the end.
pub(super) fn is_hostname(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    if text.len() > 255 || labels.iter().any(|label| label.len() > 63) {
        return false;
    }
    let [before @ .., last] = &labels[..] else { return false };
    if before.is_empty() {
        let mut rest = last.chars();
        let begins = rest.next().is_some_and(is_of_label);
        let rest = rest.as_str();
        return begins && rest.strip_prefix('-').unwrap_or(rest).chars().all(is_of_label);
    }
    let is_label = |label: &&str| {
        label.starts_with(is_of_label)
            && label.ends_with(is_of_label)
            && label.chars().all(|c| is_of_label(c) || c == '-')
    };
    before.iter().all(is_label) && last.chars().count() >= 2 && last.chars().all(is_letter)
}

fn is_letter(c: char) -> bool {
    static LETTER: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"^\pL$"));
    c.is_ascii_alphabetic() || (!c.is_ascii() && LETTER.matches(c.encode_utf8(&mut [0; 4])) != Some(false))
}

/// A letter, a digit or a symbol.
fn is_of_label(c: char) -> bool {
    static SYMBOL: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"^\pS$"));
    c.is_ascii_digit() || is_letter(c) || SYMBOL.matches(c.encode_utf8(&mut [0; 4])) != Some(false)
}

/// `k8s-short-name`.
pub(super) fn is_short_name(text: &str) -> bool {
    text.len() <= 63 && is_name_part(text)
}

/// `k8s-long-name`: its parts may be longer than a label of DNS.
pub(super) fn is_long_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_name_part)
}

fn is_name_part(text: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(is_end) && text.ends_with(is_end) && text.chars().all(|c| is_end(c) || c == '-')
}
