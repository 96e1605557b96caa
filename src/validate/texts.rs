//! Forms of texts that the API server demands in many places: keys and values of labels, names of ports, domains, addresses.
//!
//! Each function tells what keeps a text from having the form, as the end of a sentence ("has a space"); none if it has it.

use super::names::Form;

/// A key of a label: a name of up to 63 characters, with an optional domain and a `/` before it.
///
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
pub(super) fn qualified_name(text: &str) -> Option<String> {
    let (prefix, name) = match text.split_once('/') {
        Some((_, rest)) if rest.contains('/') => return Some("has more than one `/`".to_owned()),
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return Some("has nothing before its `/`".to_owned());
        }
        if let Some(fault) = Form::Subdomain.fault(prefix) {
            return Some(format!("{fault} before its `/`, where a domain stands"));
        }
    }
    if name.is_empty() {
        return Some(if prefix.is_some() { "has nothing behind its `/`" } else { "is empty" }.to_owned());
    }
    word(name)
}

/// A key of an annotation: as of a label, in any case.
pub(super) fn annotation_key(text: &str) -> Option<String> {
    qualified_name(&text.to_lowercase())
}

/// A DNS-1123 subdomain.
#[allow(dead_code, reason = "checks on their way use it")]
pub(super) fn subdomain(text: &str) -> Option<String> {
    Form::Subdomain.fault(text)
}

/// A DNS-1123 label.
#[allow(dead_code, reason = "checks on their way use it")]
pub(super) fn dns_label(text: &str) -> Option<String> {
    Form::Label.fault(text)
}

/// A value of a label: empty, or up to 63 letters, digits, `-`, `_` and `.`.
pub(super) fn label_value(text: &str) -> Option<String> {
    if text.is_empty() { None } else { word(text) }
}

/// Up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn word(text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        return Some(match c {
            ' ' => "has a space".to_owned(),
            _ => format!("has a `{}`", c.escape_debug()),
        });
    }
    if text.len() > 63 {
        return Some(format!("has {} characters, and 63 is the most", text.len()));
    }
    let ends = |c: char| c.is_ascii_alphanumeric();
    if text.starts_with(ends) && text.ends_with(ends) {
        None
    } else {
        Some("does not begin and end with a letter or digit".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_labels() {
        for text in ["app", "app.kubernetes.io/name", "a.b/C_d.e-f", "9", &"a".repeat(63)] {
            assert_eq!(qualified_name(text), None, "{text}");
        }
        for text in ["", "/", "a/", "/a", "a/b/c", "-a", "a-", "a b", "A.b/c", "ä", &"a".repeat(64)] {
            assert!(qualified_name(text).is_some(), "{text}");
        }
        assert_eq!(annotation_key("Example.com/Key"), None);
    }

    #[test]
    fn values_of_labels() {
        for text in ["", "a", "1.0", "A_b-c", &"a".repeat(63)] {
            assert_eq!(label_value(text), None, "{text}");
        }
        for text in ["a b", "a/b", ".a", "a.", "-", &"a".repeat(64)] {
            assert!(label_value(text).is_some(), "{text}");
        }
    }
}
