//! Whether a run of letters, digits, `_`, `-` and `.` is a token, or stands beside one.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::key;
use super::scan::{BEHIND, Hit, REACH};
use super::shapes::{self, SHAPES, Shape, WEBHOOKS};

/// What the run in `bytes` holds.
pub(super) fn hit(bytes: &[u8], run: Range<usize>) -> Option<Hit> {
    let before = bytes.get(run.start.saturating_sub(BEHIND)..run.start)?;
    // In JSON and in double quotes a token may stand behind `\n`.
    let escape = usize::from(before.ends_with(b"\\"));
    let start = run.start + escape;
    let text = bytes.get(start..run.end)?;
    if !may_begin(text) && !may_end(text) && !before.ends_with(b"/") {
        return None;
    }
    let token = |length: usize, what| Some(Hit { range: start..start + length, what, is_key: false });
    match text.first()? {
        b'e' if text.starts_with(b"eyJ") && is_jwt(text) => return token(text.len(), "a JSON web token"),
        b'S' if is_sendgrid(text) => return token(text.len(), "a SendGrid API key"),
        b's' if is_openai(text) => return token(text.len(), "an OpenAI API key"),
        b'L' if text.starts_with(key::BEGIN_BASE64) => return key::base64(text, start),
        b'D' if text == b"DefaultEndpointsProtocol" => return azure(bytes, run.end),
        _ => {}
    }
    if text.last_chunk().is_some_and(|end: &[u8; 21]| end.eq_ignore_ascii_case(b"aws_secret_access_key")) {
        return aws_secret(bytes, run.end);
    }
    if let Some((shape, length)) = by_prefix(text) {
        let is_key = shape.prefix == shapes::AGE.prefix;
        return Some(Hit { range: start..start + length, what: shape.what, is_key });
    }
    let webhook = WEBHOOKS.iter().find(|(_, length, _)| *length == text.len() && before.ends_with(b"/"));
    let (address, length, what) = *webhook?;
    memchr::memmem::find(before, address.as_bytes())?;
    looks_random(text).then(|| token(length, what)).flatten()
}

/// Whether something that is looked for begins with these two bytes.
fn may_begin(text: &[u8]) -> bool {
    const SECOND: [u64; 256] = {
        let mut table = [0; 256];
        let mut number = 0;
        while number < SHAPES.len() + OTHERS.len() {
            let prefix = match number.checked_sub(SHAPES.len()) {
                Some(other) => OTHERS[other],
                None => SHAPES[number].prefix,
            };
            table[prefix.as_bytes()[0] as usize] |= 1 << (prefix.as_bytes()[1] % 64);
            number += 1;
        }
        table
    };
    matches!(text, [first, second, ..] if SECOND[usize::from(*first)] >> (second % 64) & 1 == 1)
}

/// How those begin that have no shape of their own.
const OTHERS: &[&str] = &["eyJ", "SG.", "sk-", "LS0", "DefaultEndpointsProtocol"];

/// Whether it may be the name of a variable behind which a key stands.
fn may_end(text: &[u8]) -> bool {
    matches!(text, [.., b'e' | b'E', b'y' | b'Y'])
}

fn by_prefix(text: &[u8]) -> Option<(&'static Shape, usize)> {
    let first = *text.first()?;
    let from = SHAPES.partition_point(|shape| shape.prefix.as_bytes().first() < Some(&first));
    let alike = SHAPES.get(from..)?.iter().take_while(|shape| shape.prefix.as_bytes().first() == Some(&first));
    for shape in alike {
        let Some(rest) = text.strip_prefix(shape.prefix.as_bytes()) else { continue };
        let length = rest.iter().take_while(|byte| shape.body.holds(**byte)).count();
        let ends = rest.get(length).is_none_or(|next| matches!(next, b'.' | b'-'));
        let body = rest.get(..length)?;
        if ends && (shape.least..=shape.most).contains(&length) && looks_random(body) {
            return Some((shape, shape.prefix.len() + length));
        }
    }
    None
}

/// Whether a text may have been made by a machine, and not as an example for people.
pub(super) fn looks_random(text: &[u8]) -> bool {
    let mut seen = 0u128;
    for byte in text {
        seen |= 1 << (byte & 0x7F);
    }
    let lower = text.to_ascii_lowercase();
    let names = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    seen.count_ones() >= 8 && !names("example") && !names("xxxx") && !names("your")
}

/// Three parts, of which the first says how the last was made.
fn is_jwt(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_json = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).is_ok_and(|json| json.starts_with(b"{"));
    let algorithm = || {
        let header = URL_SAFE_NO_PAD.decode(header.get(..header.len().min(REACH))?).ok()?;
        memchr::memmem::find(&header, b"\"alg\"")
    };
    parts.next().is_none_or(<[u8]>::is_empty)
        && signature.len() >= SHORTEST_SIGNATURE
        && claims.starts_with(b"eyJ")
        && algorithm().is_some()
        && is_json(claims)
}

/// HMAC with SHA-256 gives 32 bytes.
const SHORTEST_SIGNATURE: usize = 42;

fn is_sendgrid(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.splitn(4, |byte| *byte == b'.').collect();
    matches!(parts[..], [b"SG", id, secret] if id.len() == 22 && secret.len() == 43 && looks_random(secret))
}

/// Keys of all times hold `OpenAI` in base64.
fn is_openai(text: &[u8]) -> bool {
    text.starts_with(b"sk-") && memchr::memmem::find(text, b"T3BlbkFJ").is_some() && looks_random(text)
}

/// What stands behind the name of the variable: at once, or as the value of an entry of `env`.
fn aws_secret(bytes: &[u8], from: usize) -> Option<Hit> {
    let rest = bytes.get(from..(from + 160).min(bytes.len()))?;
    let is_between = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\r' | b'\n' | b':' | b'=' | b'"' | b'\'' | b',');
    let mut skipped = rest.iter().take_while(is_between).count();
    if let Some(value) = rest.get(skipped..)?.strip_prefix(b"value") {
        skipped += b"value".len() + value.iter().take_while(is_between).count();
    }
    let value = rest.get(skipped..)?;
    let length = value.iter().take_while(|byte| is_base64(**byte)).count();
    let start = from + skipped;
    (skipped > 0 && length == 40 && looks_random(value.get(..length)?)).then(|| Hit {
        range: start..start + length,
        what: "an AWS secret access key",
        is_key: false,
    })
}

/// The key in a connection string of Azure Storage.
fn azure(bytes: &[u8], from: usize) -> Option<Hit> {
    const NAME: &[u8] = b"AccountKey=";
    let rest = bytes.get(from..(from + 512).min(bytes.len()))?;
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let at = memchr::memmem::find(line, NAME)? + NAME.len();
    let value = line.get(at..)?;
    let length = value.iter().take_while(|byte| is_base64(**byte)).count();
    let start = from + at;
    (length == 88 && looks_random(value.get(..length)?)).then(|| Hit {
        range: start..start + length,
        what: "an Azure Storage key",
        is_key: false,
    })
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// As many bytes as the beginning of a base64 text gives.
pub(super) fn decode_beginning(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.get(..text.len() / 4 * 4)?).ok()
}
