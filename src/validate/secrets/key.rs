//! Private keys, in PEM and in base64 of PEM.

use std::ops::Range;

use super::scan::Hit;
use super::token::{decode_beginning, is_base64, looks_random};

/// How PEM begins.
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";

/// The same in base64.
pub(super) const BEGIN_BASE64: &[u8] = b"LS0tLS1CRUdJTi";

/// A key has at least so many characters in a row; those that are cut short for a document have not.
const SHORTEST_BODY: usize = 40;

/// How OpenSSH's own format begins where no passphrase protects it.
const OPENSSH_UNPROTECTED: &[u8] = b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

/// The key whose first line begins at `at`, if it is a private one and there for all to see.
pub(super) fn pem(bytes: &[u8], at: usize) -> Option<Hit> {
    let label = label(bytes.get(at..(at + 80).min(bytes.len()))?)?;
    let behind = at + label.end;
    let rest = bytes.get(behind..(behind + 512).min(bytes.len()))?;
    let until = memchr::memmem::find(rest, b"-----").unwrap_or(rest.len());
    let rest = rest.get(..until)?;
    if memchr::memmem::find(rest, b"ENCRYPTED").is_some() {
        return None;
    }
    let body = rest.split(|byte| !is_base64(*byte)).find(|word| word.len() >= SHORTEST_BODY)?;
    // In JSON the line end before it is written `\n`.
    let body = body.strip_prefix(b"n").unwrap_or(body);
    let is_protected = label.is_openssh && !body.starts_with(OPENSSH_UNPROTECTED);
    (!is_protected && looks_random(body)).then_some(Hit { range: at..behind, what: "a private key", is_key: true })
}

/// The key in base64 that `text` begins with, as in a kubeconfig.
pub(super) fn base64(text: &[u8], start: usize) -> Option<Hit> {
    let head = decode_beginning(text.get(..text.len().min(64))?)?;
    label(&head)?;
    Some(Hit { range: start..start + text.len(), what: "a private key in base64", is_key: true })
}

struct Label {
    /// How long the whole line is.
    end: usize,
    is_openssh: bool,
}

/// The first line of PEM, if it promises a private key that no passphrase protects.
fn label(line: &[u8]) -> Option<Label> {
    let label = line.strip_prefix(BEGIN)?;
    let length = memchr::memmem::find(label, b"-----")?;
    let range = BEGIN.len()..BEGIN.len() + length + 5;
    let label = label.get(..length)?;
    let is_private = label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK";
    let Range { end, .. } = range;
    (is_private && !label.starts_with(b"ENCRYPTED")).then(|| Label { end, is_openssh: label.starts_with(b"OPENSSH") })
}
