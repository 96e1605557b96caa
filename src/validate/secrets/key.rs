//! Private keys, in PEM and in base64 of PEM.

use std::ops::Range;

use super::scan::{Hit, REACH};
use super::token::{decode_beginning, is_base64, looks_random};

/// How PEM begins.
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";

/// The same in base64.
pub(super) const BEGIN_BASE64: &[u8] = b"LS0tLS1CRUdJTi";

/// A key has at least so many characters in a row; those that are cut short for a document have not.
const SHORTEST_BODY: usize = 40;

/// How the lines begin that may stand before the key itself.
const HEADERS: &[&[u8]] =
    &[b"Comment:", b"Version:", b"Hash:", b"Charset:", b"MessageID:", b"Proc-Type:", b"DEK-Info:"];

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
    let body = body(rest)?;
    let is_protected = label.is_openssh && !body.starts_with(OPENSSH_UNPROTECTED);
    (!is_protected && looks_random(body)).then_some(Hit { range: at..behind, what: "a private key", is_key: true })
}

/// All bytes of a key of which a hit tells the first line; those of the hit itself if it is something else.
pub(super) fn whole(bytes: &[u8], hit: &Hit) -> Range<usize> {
    let Range { start, end } = hit.range;
    let rest = bytes.get(end..(end + REACH).min(bytes.len())).unwrap_or_default();
    let is_pem = hit.is_key && bytes.get(start..).is_some_and(|key| key.starts_with(BEGIN));
    let more = if is_pem { memchr::memmem::find(rest, b"-----").unwrap_or(rest.len()) } else { 0 };
    start..end + more
}

/// The beginning of what stands encoded below the first line: what comes in between has to be of PEM or of how a text is written, so
/// that prose which mentions that line is none, whatever it goes on with.
fn body(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let word = rest.iter().take_while(|byte| is_base64(**byte)).count();
        let (token, behind) = rest.split_at_checked(word)?;
        if word >= SHORTEST_BODY {
            return Some(token);
        }
        let is_glue = token.iter().all(|byte| matches!(byte, b'+' | b'/' | b'='));
        rest = match behind {
            _ if HEADERS.iter().any(|header| rest.starts_with(header)) => {
                rest.get(memchr::memchr2(b'\n', b'\\', rest)?..)?
            }
            _ if !is_glue => return None,
            // Line ends as JSON, addresses and XML write them, and items of a list.
            [b'\\', b'n' | b'r' | b't', behind @ ..] | [b'%', b'0', _, behind @ ..] | [b'-', b' ', behind @ ..] => {
                behind
            }
            [b'&', b'#', behind @ ..] => behind.get(memchr::memchr(b';', behind.get(..5)?)? + 1..)?,
            [byte, behind @ ..] if byte.is_ascii_whitespace() || b"\"'`\\#*>|,;".contains(byte) => behind,
            _ => return None,
        }
    }
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
