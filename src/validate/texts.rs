//! Forms of texts that the API server demands in many places: keys and values of labels, names of ports, domains, addresses.
//!
//! Each function tells what keeps a text from having the form, as the end of a sentence ("has a space"); none if it has it.

use super::names::Form;

/// Words of CEL itself, which a name in an expression cannot be.
///
/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules>
pub(super) const CEL_WORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

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
pub(super) fn subdomain(text: &str) -> Option<String> {
    Form::Subdomain.fault(text)
}

/// A name as most objects have it.
pub(super) fn name(text: &str) -> Option<String> {
    if text.is_empty() { Some("is empty".to_owned()) } else { Form::Subdomain.fault(text) }
}

/// A name of a CSI driver: a subdomain in any case, of up to 63 characters.
pub(super) fn csi_driver(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some(format!("has {} characters, and 63 is the most", text.len()));
    }
    Form::Subdomain.fault(&text.to_lowercase())
}

/// A text that can be one segment of a URL's path.
pub(super) fn path_segment(text: &str) -> Option<String> {
    Form::PathSegment.fault(text)
}

/// A DNS-1123 label.
pub(super) fn dns_label(text: &str) -> Option<String> {
    Form::Label.fault(text)
}

/// A DNS-1035 label: as a DNS-1123 label, with a letter at the start.
pub(super) fn dns_1035(text: &str) -> Option<String> {
    Form::Label.fault(text).or_else(|| {
        (!text.starts_with(|c: char| c.is_ascii_lowercase())).then(|| "does not begin with a letter".to_owned())
    })
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

/// Anything but nothing.
pub(super) fn not_blank(text: &str) -> Option<String> {
    text.is_empty().then(|| "is empty".to_owned())
}

/// A name of a port: up to 15 lower-case letters, digits and `-`, at least one of them a letter.
pub(super) fn port_name(text: &str) -> Option<String> {
    let is_hyphen = |c: char| c == '-';
    Some(if text.len() > 15 {
        format!("has {} characters, and 15 is the most", text.len())
    } else if let Some(c) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        format!("has a `{}`; allowed are lower-case letters, digits and `-`", c.escape_debug())
    } else if !text.contains(|c: char| c.is_ascii_lowercase()) {
        "has no letter; a number is written without quotes".to_owned()
    } else if text.contains("--") || text.starts_with(is_hyphen) || text.ends_with(is_hyphen) {
        "has a `-` at its start or end, or two in a row".to_owned()
    } else {
        return None;
    })
}

/// A name of an environment variable: printable ASCII without `=`.
pub(super) fn env_name(text: &str) -> Option<String> {
    let c = text.chars().find(|c| !matches!(c, ' '..='~') || *c == '=')?;
    Some(format!("has a `{}`", c.escape_debug()))
}

/// The name of a variable as servers before 1.32 take it.
pub(super) fn old_env_name(text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        return Some(format!("has a `{}`; allowed are letters, digits, `-`, `_` and `.`", c.escape_debug()));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("begins with a digit".to_owned());
    }
    (text == "." || text.starts_with("..")).then(|| "is or begins like a path: `.` or `..`".to_owned())
}

/// A key in a ConfigMap or a Secret.
pub(super) fn config_key(text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        return Some(format!("has a `{}`; allowed are letters, digits, `-`, `_` and `.`", c.escape_debug()));
    }
    if text.len() > 253 {
        return Some(format!("has {} characters, and 253 is the most", text.len()));
    }
    (text == "." || text.starts_with("..")).then(|| "is or begins like a path: `.` or `..`".to_owned())
}

/// A name of an HTTP header.
pub(super) fn header_name(text: &str) -> Option<String> {
    let c = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-')?;
    Some(format!("has a `{}`; allowed are letters, digits and `-`", c.escape_debug()))
}

/// A path that does not go up.
pub(super) fn no_backsteps(text: &str) -> Option<String> {
    text.split('/').any(|part| part == "..").then(|| "goes up with `..`".to_owned())
}

/// A path that stays below where it begins.
pub(super) fn relative_path(text: &str) -> Option<String> {
    if text.starts_with('/') { Some("begins with a `/`".to_owned()) } else { no_backsteps(text) }
}

/// A path of a file that is put into a volume: it stays there and does not look like those that the node makes.
pub(super) fn file_path(text: &str) -> Option<String> {
    relative_path(text).or_else(|| text.starts_with("..").then(|| "begins with `..`".to_owned()))
}

/// A percentage: `25%`.
pub(super) fn percentage(text: &str) -> Option<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    let is_percentage = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (!is_percentage).then(|| "is no percentage such as `25%`; a number is written without quotes".to_owned())
}

/// A percentage of at most 100.
pub(super) fn part(text: &str) -> Option<String> {
    percentage(text).or_else(|| {
        let digits = text.trim_end_matches('%').trim_start_matches('0');
        (digits.len() > 3 || digits.parse::<u16>().is_ok_and(|number| number > 100))
            .then(|| "is more than `100%`".to_owned())
    })
}

/// An address, IPv4 or IPv6; the server overlooks zeros at the start of numbers, as old clients write them.
pub(super) fn old_ip(text: &str) -> Option<String> {
    let is_number = |part: &str| {
        let digits = part.trim_start_matches('0');
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.is_empty() || digits.parse::<u8>().is_ok())
    };
    let is_v4 = text.split('.').count() == 4 && text.split('.').all(is_number);
    let is_ip = is_v4 || text.contains(':') && text.parse::<std::net::Ipv6Addr>().is_ok();
    (!is_ip).then(|| "is no IP address".to_owned())
}

/// A subdomain whose labels may have underscores, with or without a dot at its end.
pub(super) fn search_domain(text: &str) -> Option<String> {
    if text == "." {
        return None;
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    // An underscore may stand wherever a letter may.
    if text.is_empty() { Some("is empty".to_owned()) } else { Form::Subdomain.fault(&text.replace('_', "x")) }
}

/// A domain to search as servers before 1.33 take it: without underscores, and not the root.
pub(super) fn old_search_domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() { Some("is the root, `.`".to_owned()) } else { Form::Subdomain.fault(text) }
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

    #[test]
    fn forms_of_texts() {
        type Row = (fn(&str) -> Option<String>, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (
                port_name,
                &["http", "a", "h2-c", "1a"],
                &["8080", "HTTP", "a--b", "-a", "a-", "", "sixteen-letters-", "a b"],
            ),
            (env_name, &["A", "a.b", "A B", "1", "$x"], &["A=B", "ä", "a\tb"]),
            (config_key, &["a", "A_b.c-d", ".a"], &["a/b", "a b", ".", "..", "..a", "ä"]),
            (header_name, &["X-Header", "a1"], &["a b", "a:", "a_b"]),
            (relative_path, &["a", "a/b", "..a", "a/..b", ""], &["/a", "..", "a/..", "a/../b"]),
            (file_path, &["a", "a/b", ".a", "a/..b"], &["/a", "..", "..a", "a/../b"]),
            (percentage, &["0%", "25%", "250%"], &["", "%", "25", "a%", "-1%", "1.5%", "25%%"]),
            (part, &["0%", "100%", "0100%"], &["101%", "1000%", "99999999999999999999%", "25"]),
            (
                old_ip,
                &["10.0.0.1", "010.000.000.001", "::1", "2001:db8::1", "::ffff:1.2.3.4"],
                &["", "10.0.0", "256.0.0.1", "a", "::1%eth0", "1.2.3.4.5", "10.0.0.1/8"],
            ),
            (search_domain, &["a.b", "a.b.", ".", "_tcp.a"], &["", "..", "a..b", "A.b", "-a"]),
            (not_blank, &["a"], &[""]),
        ];
        for (form, good, bad) in table {
            for text in *good {
                assert_eq!(form(text), None, "{text}");
            }
            for text in *bad {
                assert!(form(text).is_some(), "{text}");
            }
        }
    }
}
