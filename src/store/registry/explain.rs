//! What an answer that is a refusal means, in the registry's own words and ours.

use reqwest::StatusCode;
use serde::Deserialize;

use crate::error::{Error, Kind};
use crate::http::Answer;

/// As much of a server's words as a message quotes.
const LONGEST_QUOTE: usize = 500;

/// The error body of the
/// [distribution specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes).
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

/// Whether the answer's body has one of these codes.
pub(super) fn has_code(answer: &Answer, codes: &[&str]) -> bool {
    faults(answer).iter().any(|fault| codes.contains(&fault.code.as_str()))
}

fn faults(answer: &Answer) -> Vec<Fault> {
    serde_json::from_slice::<Envelope>(&answer.body).map(|envelope| envelope.errors).unwrap_or_default()
}

/// The server's words on one line; none if it said nothing to people.
pub(super) fn words(answer: &Answer) -> Option<String> {
    let faults = faults(answer);
    let text = if faults.is_empty() {
        oauth_error(answer).or_else(|| plain(answer))?
    } else {
        let texts =
            faults.iter().map(|fault| match (fault.code.as_str(), fault.message.as_deref().unwrap_or_default()) {
                (code, "") => code.to_owned(),
                ("", message) => message.to_owned(),
                (code, message) => format!("{code}: {message}"),
            });
        texts.collect::<Vec<_>>().join("; ")
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quote: String = line.chars().take(LONGEST_QUOTE).collect();
    if quote.len() < line.len() {
        quote.push('…');
    }
    (!quote.is_empty()).then_some(quote)
}

/// Token endpoints speak OAuth, or `{"details": …}` as Docker Hub does.
fn oauth_error(answer: &Answer) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
    match (text("error"), text("error_description")) {
        (Some(error), Some(description)) => Some(format!("{error}: {description}")),
        (error, description) => error.or(description).or(text("details")).or(text("message")).map(ToOwned::to_owned),
    }
}

/// A body that is text for people; a page of HTML is not.
fn plain(answer: &Answer) -> Option<String> {
    let kind = answer.header("content-type").unwrap_or("text/plain");
    let text = std::str::from_utf8(&answer.body).ok()?;
    (kind.starts_with("text/plain") || kind.starts_with("application/json")).then(|| text.to_owned())
}

/// The error for an answer that refuses; `doing` says what was being done: `cannot push to HOST/REPOSITORY`.
pub(super) fn refused(doing: &str, answer: &Answer) -> Error {
    let mut message = format!("{doing}: {} {}: {}", answer.method, answer.address, answer.status);
    if let Some(words) = words(answer) {
        message = format!("{message}: {words}");
    }
    if let Some(tries) = &answer.tries {
        message = format!("{message} ({tries})");
    }
    let error = Error::new(kind(answer), message);
    match hint(answer) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The kind of failure that an answer is.
fn kind(answer: &Answer) -> Kind {
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::NOT_FOUND => Kind::NotFound,
        _ if has_code(answer, &["DIGEST_INVALID"]) => Kind::Integrity,
        _ => Kind::Network,
    }
}

/// Whether the answer to a tag's PUT refuses to move it. There is no code for it; each registry has words of its own. Those that name
/// `repository` do not count.
pub(super) fn is_immutable(answer: &Answer, repository: &str) -> bool {
    let text = words(answer).unwrap_or_default().to_ascii_lowercase().replace(repository, "");
    let said = ["immutab", "already exists", "cannot be overwritten", "tagalreadyexists"];
    answer.status == StatusCode::CONFLICT || said.iter().any(|word| text.contains(word))
}

fn hint(answer: &Answer) -> Option<&'static str> {
    match answer.status {
        StatusCode::PAYLOAD_TOO_LARGE => Some("the registry, or a proxy before it, limits the size of a request"),
        StatusCode::TOO_MANY_REQUESTS => Some("wait, or give it more time with `--retry-for`"),
        StatusCode::BAD_REQUEST if plain(answer).is_some_and(|text| text.contains("HTTPS server")) => {
            Some("it speaks https: give its certificate with `--ca-file`, or `--insecure-skip-tls-verify`")
        }
        StatusCode::METHOD_NOT_ALLOWED => Some("the registry may be read-only, or no registry for images"),
        status if status.is_success() || status.is_redirection() => {
            Some("does it speak the distribution specification? A proxy or a login page may have answered")
        }
        status if status.is_server_error() => {
            Some("the registry has trouble; try again later, or give it more time with `--retry-for`")
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use bytes::Bytes;
    use reqwest::Method;
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::http::Address;

    /// An answer to the PUT of a tag.
    pub(in crate::store::registry) fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            method: Method::PUT,
            address: Address::parse("https://r.example/v2/shop/manifests/v1").unwrap(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            idle: std::time::Duration::ZERO,
            tries: None,
        }
    }

    #[test]
    fn the_registrys_words_are_quoted_whatever_form_they_have() {
        for (body, quoted) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"}]}"#, Some("DENIED: no")),
            (r#"{"errors":[{"code":"DENIED"},{"message":"b"}]}"#, Some("DENIED; b")),
            (r#"{"errors":[]}"#, Some(r#"{"errors":[]}"#)),
            (
                r#"{"error":"invalid_scope","error_description":"no such repository"}"#,
                Some("invalid_scope: no such repository"),
            ),
            (r#"{"details":"incorrect username or password"}"#, Some("incorrect username or password")),
            ("  too many\n requests ", Some("too many requests")),
            ("", None),
        ] {
            assert_eq!(words(&answer(400, body)).as_deref(), quoted, "{body}");
        }
        let long = "x".repeat(600).leak();
        assert_eq!(words(&answer(400, long)).unwrap().chars().count(), LONGEST_QUOTE + 1);
    }

    #[test]
    fn the_status_and_the_words_decide_the_exit_code() {
        for (status, body, kind) in [
            (401, "", Kind::Denied),
            (403, r#"{"errors":[{"code":"DENIED"}]}"#, Kind::Denied),
            (404, r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#, Kind::NotFound),
            (400, r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#, Kind::Integrity),
            (400, r#"{"errors":[{"code":"MANIFEST_INVALID"}]}"#, Kind::Network),
            (503, "", Kind::Network),
        ] {
            let error = refused("cannot push", &answer(status, body));
            assert_eq!(error.kind(), kind, "{error}");
        }
    }

    #[test]
    fn an_immutable_tag_is_known_by_its_words() {
        let says = |status, body| is_immutable(&answer(status, body), "shop/immutable");
        assert!(says(400, r#"{"errors":[{"code":"MANIFEST_INVALID","message":"tag v1 is immutable"}]}"#));
        assert!(says(409, "") && says(412, "tag already exists"));
        assert!(!says(400, r#"{"errors":[{"code":"X","message":"cannot write to shop/immutable"}]}"#));
    }

    #[test]
    fn a_refusal_names_the_request_and_what_was_being_done() {
        let mut denied = answer(503, "busy");
        denied.tries = Some("after 4 tries in 9 s".to_owned());
        assert_eq!(
            refused("cannot push to r.example/shop", &denied).to_string(),
            "cannot push to r.example/shop: PUT https://r.example/v2/shop/manifests/v1: 503 Service Unavailable: busy \
             (after 4 tries in 9 s)"
        );
    }
}
