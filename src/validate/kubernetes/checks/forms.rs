//! Forms of texts that only some kinds want. As in `texts`, each function tells what keeps a text from having the form.

use crate::validate::names::Form;
use crate::validate::{addresses, texts};

/// Any text that can be one segment of a URL's path.
pub(super) fn segment(text: &str) -> Option<String> {
    Form::PathSegment.fault(text)
}

/// A name with a domain before it or not, in any case.
pub(super) fn caseless_name(text: &str) -> Option<String> {
    texts::qualified_name(&text.to_lowercase())
}

/// A kind: a label in any case.
pub(super) fn caseless_label(text: &str) -> Option<String> {
    texts::dns_1035(&text.to_lowercase())
}

/// A name of a host, perhaps with `*` for its first part.
pub(super) fn host(text: &str) -> Option<String> {
    if let Some((scheme, _)) = text.split_once("://") {
        return Some(format!("is a URL: write the name of the host alone, without `{scheme}://`, port and path"));
    }
    if addresses::parse(text).is_some() {
        return Some("is an address, not the name of a host".to_owned());
    }
    tls_host(text)
}

/// The same, or an address of IPv4.
pub(super) fn tls_host(text: &str) -> Option<String> {
    if text.contains('*') {
        let Some(rest) = text.strip_prefix("*.") else {
            return Some("has a `*` that is not the whole first part, as in `*.example.com`".to_owned());
        };
        return texts::subdomain(rest);
    }
    texts::subdomain(text)
}

/// A domain of two parts or more.
pub(super) fn full_domain(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if let Some(fault) = texts::subdomain(name) {
        return Some(fault);
    }
    if !name.contains('.') {
        return Some("has no dot: write a domain such as `example.com`".to_owned());
    }
    name.split('.').find_map(texts::dns_label)
}

/// A name of three parts or more.
pub(super) fn full_name(text: &str) -> Option<String> {
    texts::subdomain(text).or_else(|| {
        let count = text.split('.').count();
        (count < 3).then(|| format!("has {count} of the 3 parts that it needs, as in `check.shop.example.com`"))
    })
}

/// A domain, `/` and a path.
pub(super) fn domain_path(text: &str) -> Option<String> {
    let Some((domain, path)) = text.split_once('/').filter(|(domain, path)| !domain.is_empty() && !path.is_empty())
    else {
        return Some("is no domain with a path, such as `example.com/ingress`".to_owned());
    };
    texts::subdomain(domain).or_else(|| {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
        path.chars().find(|c| !is_fine(*c)).map(|c| format!("has a `{}` in its path", c.escape_debug()))
    })
}

/// The path of a webhook: parts of lower-case letters, digits, `-` and `.`.
pub(super) fn webhook_path(text: &str) -> Option<String> {
    if text == "/" {
        return None;
    }
    let Some(rest) = text.strip_prefix('/') else { return Some("does not begin with `/`".to_owned()) };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.split('/').any(str::is_empty) {
        return Some("has two `/` in a row".to_owned());
    }
    rest.split('/').find_map(texts::subdomain)
}

/// A version such as `1.30.0`, as semantic versioning has it.
pub(super) fn semantic_version(text: &str) -> Option<String> {
    let wanted = || Some("is no version such as `1.30.0`".to_owned());
    let (core, build) = text.split_once('+').map_or((text, None), |(core, build)| (core, Some(build)));
    let (numbers, pre) = core.split_once('-').map_or((core, None), |(numbers, pre)| (numbers, Some(pre)));
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let pre_is_fine =
        pre.is_none_or(|pre| pre.split('.').all(|part| is_word(part) && (!is_digits(part) || is_number(part))));
    let build_is_fine = build.is_none_or(|build| build.split('.').all(is_word));
    if numbers.split('.').count() == 3 && numbers.split('.').all(is_number) && pre_is_fine && build_is_fine {
        None
    } else {
        wanted()
    }
}

/// A signer of certificates: `example.com/signer`.
pub(super) fn signer(text: &str) -> Option<String> {
    let Some((domain, path)) = text.split_once('/').filter(|(_, path)| !path.contains('/')) else {
        return Some("is no domain with one `/` and a name, such as `example.com/signer`".to_owned());
    };
    if let Some(fault) = texts::subdomain(domain) {
        return Some(fault);
    }
    if !domain.contains('.') {
        return Some("has no dot in its domain".to_owned());
    }
    texts::subdomain(path)
}

/// A URL of a webhook: https, a host and perhaps a path.
pub(super) fn webhook_url(text: &str) -> Option<String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Some("is no URL such as `https://example.com/check`".to_owned());
    };
    if !scheme.eq_ignore_ascii_case("https") {
        return Some("does not begin with `https://`".to_owned());
    }
    if text.contains('#') {
        return Some("has a `#`".to_owned());
    }
    if text.contains('?') {
        return Some("has a `?`".to_owned());
    }
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() {
        return Some("has no host".to_owned());
    }
    if host.contains('@') {
        return Some("names a user".to_owned());
    }
    host.contains(' ').then(|| "has a space".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_good_and_bad_texts() {
        type Row = (fn(&str) -> Option<String>, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (segment, &["a:b", "A b"], &["a/b", "..", "", "5%"]),
            (caseless_name, &["Example.com/Disk", "disk"], &["", "a/b/c", "-"]),
            (caseless_label, &["Deployment"], &["9a", "a.b", ""]),
            (host, &["example.com", "*.example.com", "a"], &["10.0.0.1", "*", "a.*.b", "*a.b", "A.b", "::1"]),
            (tls_host, &["example.com", "10.0.0.1"], &["", "*"]),
            (full_domain, &["example.com", "example.com."], &["com", "", "a..b", "A.b"]),
            (full_name, &["a.b.c", "a.b.c.d"], &["a.b", "a", "", "A.b.c"]),
            (domain_path, &["example.com/a/b", "a/B_c"], &["example.com", "/a", "a/", "A/b", "a/b c", "a/?"]),
            (webhook_path, &["/", "/a", "/a/b/", "/a.b"], &["a", "//", "/a//b", "/A", "/a_b"]),
            (
                semantic_version,
                &["1.30.0", "0.0.0", "1.2.3-rc.1+build.5"],
                &["1.30", "v1.30.0", "1.30.01", "", "1.2.3-", "1.2.3-01"],
            ),
            (
                signer,
                &["example.com/a", "kubernetes.io/kube-apiserver-client"],
                &["a", "a/b", "example.com/", "example.com/a/b", "example.com/A"],
            ),
            (
                webhook_url,
                &["https://a", "https://a:8443/b", "HTTPS://a"],
                &["http://a", "a", "https://", "https://a?b", "https://a#b", "https://u@a", ""],
            ),
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
