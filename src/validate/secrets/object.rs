//! Objects of the kind Secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::subject::Subject;
use super::placeholder::is_harmless;
use super::rules;
use crate::finding::Span;
use crate::object::Node;

/// Tells of a Secret with at least one value that everyone can read, once; gives where it stands.
pub(in super::super) fn check(subject: &mut Subject<'_>) -> Option<Span> {
    if subject.object.kind() != Some("Secret") || subject.object.api_version() != Some("v1") {
        return None;
    }
    let object = subject.object.node;
    let is_plain = |field: Node<'_>, is_secret: fn(&str) -> bool| {
        field.entries().any(|(_, value)| value.as_str().is_some_and(is_secret))
    };
    let data = object.get("data").filter(|data| is_plain(*data, |value| !is_harmless_base64(value)));
    let text = || object.get("stringData").filter(|data| is_plain(*data, |value| !is_harmless(value)));
    let at = data.or_else(text)?;
    let message = format!("{} is packed in plain text: whoever can pull the bundle can read it", subject.label);
    let hint = "encrypt it with SOPS, seal it with Sealed Secrets, or let External Secrets fetch it in the cluster";
    subject.find(&rules::PLAINTEXT, at, message, hint);
    Some(object.span())
}

/// What is not base64 may have been put there by another tool before it is encoded.
fn is_harmless_base64(value: &str) -> bool {
    if is_harmless(value) {
        return true;
    }
    let compact: Vec<u8> = value.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let decoded = STANDARD.decode(compact).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| is_harmless(&text))
}
