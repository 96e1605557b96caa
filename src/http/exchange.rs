//! What may be shown of a request and its answer.
//!
//! Names are listed whose values may be seen. Whatever is not listed may be a secret: nobody knows what headers a company's registry
//! has.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};

use super::Address;

const HARMLESS: &[&str] = &[
    "accept",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "docker-content-digest",
    "docker-distribution-api-version",
    "etag",
    "keep-alive",
    "last-modified",
    "oci-chunk-min-length",
    "oci-filters-applied",
    "oci-subject",
    "oci-tag",
    "proxy-authenticate",
    "range",
    "ratelimit-limit",
    "ratelimit-remaining",
    "retry-after",
    "server",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-amz-request-id",
    "x-cloud-trace-context",
    "x-github-request-id",
    "x-ms-request-id",
    "x-request-id",
];

/// The most that is shown of a value, in bytes.
const LONGEST: usize = 1024;

/// The headers, the values of all but harmless ones replaced by `***`. `at` is where they were sent to or came from.
///
/// Of what is shown, `secrets` are left out: there are servers that repeat what they were sent.
pub(super) fn shown(headers: &HeaderMap, at: &Address, secrets: &[String]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let shown = value_shown(name, value.as_bytes(), value.is_sensitive(), at);
            (name.to_string(), without(shown, secrets))
        })
        .collect()
}

fn value_shown(name: &HeaderName, value: &[u8], sensitive: bool, at: &Address) -> String {
    if sensitive {
        "***".to_owned()
    } else if *name == LOCATION {
        location_shown(value, at)
    } else if name == "link" {
        link_shown(value, at)
    } else if HARMLESS.contains(&name.as_str()) {
        let text = value.get(..LONGEST).unwrap_or(value);
        String::from_utf8_lossy(text).into_owned()
    } else {
        "***".to_owned()
    }
}

/// The words of a refusal without what we showed.
pub(super) fn without_secrets(words: Bytes, sent: &HeaderMap) -> Bytes {
    let secrets = secrets(sent);
    if secrets.iter().all(|secret| memchr::memmem::find(&words, secret.as_bytes()).is_none()) {
        return words;
    }
    without(String::from_utf8_lossy(&words).into_owned(), &secrets).into()
}

fn without(text: String, secrets: &[String]) -> String {
    secrets.iter().fold(text, |text, secret| if text.contains(secret) { text.replace(secret, "***") } else { text })
}

/// What the headers of a request show of us, the longest first: one may be a part of another.
pub(super) fn secrets(sent: &HeaderMap) -> Vec<String> {
    let mut secrets: Vec<String> = sent.values().filter(|value| value.is_sensitive()).flat_map(secrets_in).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// A header's value without its scheme; of `Basic`, the password too. What is shorter may be any word.
fn secrets_in(value: &HeaderValue) -> Vec<String> {
    const SHORTEST: usize = 4;
    let text = value.to_str().unwrap_or_default();
    let proof = text.split_once(' ').map_or(text, |(_, proof)| proof);
    let decoded = BASE64_STANDARD.decode(proof).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
    [Some(proof), password].into_iter().flatten().filter(|text| text.len() >= SHORTEST).map(ToOwned::to_owned).collect()
}

/// Of a place to go to, only the host: the path may be an upload's.
fn location_shown(value: &[u8], at: &Address) -> String {
    let next = std::str::from_utf8(value).ok().and_then(|location| at.join(location).ok());
    next.map_or_else(|| "***".to_owned(), |next| format!("{}://{}/…", next.url().scheme(), next.authority()))
}

/// `<URL>; rel="next"`, the values of the URL's query hidden.
fn link_shown(value: &[u8], at: &Address) -> String {
    let parts = std::str::from_utf8(value).ok().and_then(|text| text.strip_prefix('<')?.split_once('>'));
    match parts.and_then(|(target, rest)| Some((at.join(target).ok()?, rest))) {
        Some((target, rest)) if rest.len() < LONGEST => format!("<{target}>{rest}"),
        _ => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_known_to_be_harmless_are_shown() {
        let at = Address::parse("https://r.example/v2/").unwrap();
        let shown = |name: &'static str, value: &str, sensitive: bool| {
            let mut headers = HeaderMap::new();
            let mut value = reqwest::header::HeaderValue::from_str(value).unwrap();
            value.set_sensitive(sensitive);
            headers.insert(name, value);
            shown(&headers, &at, &[]).remove(0).1
        };
        for (name, value, expected) in [
            ("content-type", "text/plain", "text/plain"),
            ("www-authenticate", "Bearer realm=\"https://a/\"", "Bearer realm=\"https://a/\""),
            ("authorization", "Bearer sesame", "***"),
            ("x-our-own", "sesame", "***"),
            ("set-cookie", "sesame", "***"),
            ("location", "/uploads/sesame?state=sesame", "https://r.example/…"),
            ("location", "https://user:sesame@s.example/", "***"),
            (
                "link",
                "</v2/a/tags/list?n=1&last=b>; rel=\"next\"",
                "<https://r.example/v2/a/tags/list?n=…&last=…>; rel=\"next\"",
            ),
            ("link", "sesame", "***"),
        ] {
            assert_eq!(shown(name, value, false), expected, "{name}");
        }
        assert_eq!(shown("content-type", "sesame", true), "***", "what is marked as secret stays secret");
        assert_eq!(shown("server", &"x".repeat(5000), false).len(), LONGEST);
    }

    #[test]
    fn a_server_that_repeats_what_it_was_sent_is_not_quoted() {
        let mut sent = HeaderMap::new();
        for (name, value) in [("authorization", "Basic bWU6c2VzYW1l"), ("x-key", "Bearer opensesame")] {
            let mut value = HeaderValue::from_static(value);
            value.set_sensitive(true);
            sent.insert(name, value);
        }
        sent.insert("accept", HeaderValue::from_static("harmless"));
        let words = Bytes::from_static(b"harmless: bWU6c2VzYW1l is me:sesame, and opensesame");
        assert_eq!(without_secrets(words, &sent), "harmless: *** is me:***, and ***");
        assert_eq!(without_secrets(Bytes::from_static(b"no"), &sent), "no");
    }
}
