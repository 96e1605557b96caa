//! Bytes become text: UTF-8, with or without a byte order mark, and UTF-16 with one.

use std::sync::Arc;

use super::rules;
use super::syntax::names_secret;
use super::tree::excerpt;
use crate::finding::{Finding, Place, Position, Span};

/// Which encoding the first bytes of a file announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] => Self::Utf16Big,
            _ => Self::Utf8,
        }
    }

    /// The warning that this is not what people expect.
    pub(super) fn warning(self, path: &Arc<str>) -> Option<Finding> {
        (self != Self::Utf8).then(|| {
            Finding::new(&rules::UTF16, Place::file(Arc::clone(path)), "the file is in UTF-16").hint("save it as UTF-8")
        })
    }
}

/// Turns UTF-16 into UTF-8 as it comes.
#[derive(Debug)]
pub(super) struct Transcoder {
    encoding: Encoding,
    /// The first byte of a unit whose second has not come yet.
    half: Option<u8>,
    /// The first half of a pair whose second has not come yet.
    high: Option<u16>,
}

impl Transcoder {
    pub(super) const fn new(encoding: Encoding) -> Self {
        Self { encoding, half: None, high: None }
    }

    /// Appends the text of `bytes` to `out`; a unit that stands alone becomes U+FFFD, as it does for `kubectl`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let pair = [first, byte];
            let unit =
                if self.encoding == Encoding::Utf16Big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
            let units: &[u16] = match self.high.take() {
                Some(high) => &[high, unit],
                None if (0xd800..0xdc00).contains(&unit) => {
                    self.high = Some(unit);
                    continue;
                }
                None => &[unit],
            };
            append(units, out);
        }
    }

    /// The end of the file: whatever stands alone.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.half.take().is_some() | self.high.take().is_some() {
            append(&[0xdfff], out);
        }
    }
}

fn append(units: &[u16], out: &mut Vec<u8>) {
    for character in char::decode_utf16(units.iter().copied()) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// The finding about the first byte of `bytes` that is not UTF-8; `bytes` start at `first_line` of the file.
pub(super) fn not_utf8(path: &Arc<str>, bytes: &[u8], first_line: u32) -> Option<Finding> {
    let error = std::str::from_utf8(bytes).err()?;
    let valid = &bytes[..error.valid_up_to()];
    let line_start = valid.iter().rposition(|&byte| byte == b'\n').map_or(0, |feed| feed + 1);
    let lines = memchr::memchr_iter(b'\n', &valid[..line_start]).count();
    let column = String::from_utf8_lossy(&valid[line_start..]).chars().count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let start = Position { line: first_line.saturating_add(number(lines)), column: number(column).saturating_add(1) };
    let span = Span { start, end: Position { column: start.column.saturating_add(1), ..start } };
    let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
    let text = String::from_utf8_lossy(bytes);
    // What is not UTF-8 shows as U+FFFD, and the text before it is as it was.
    let excerpt = (!names_secret(&text)).then(|| excerpt(&text, valid.len(), valid.len() + '\u{fffd}'.len_utf8()));
    let place = Place { path: Arc::clone(path), span: Some(span), excerpt };
    Some(
        Finding::new(&rules::ENCODING, place, format!("the byte 0x{byte:02X} is not UTF-8"))
            .hint("save the file as UTF-8, or leave it out if it is no text"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_comes_out_as_utf8_however_it_is_cut() {
        let text = "a: grüße 🎉\n";
        for big in [false, true] {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            for cut in 0..bytes.len() {
                let mut transcoder = Transcoder::new(if big { Encoding::Utf16Big } else { Encoding::Utf16Little });
                let mut out = Vec::new();
                transcoder.push(&bytes[..cut], &mut out);
                transcoder.push(&bytes[cut..], &mut out);
                transcoder.finish(&mut out);
                assert_eq!(String::from_utf8(out).unwrap(), text);
            }
        }
    }

    #[test]
    fn lone_units_become_the_replacement_character() {
        for bytes in [&[0x00, 0xd8, 0x41, 0x00][..], &[0x41, 0x00, 0x42], &[0x00, 0xdc], &[0x00, 0xd8]] {
            let mut transcoder = Transcoder::new(Encoding::Utf16Little);
            let mut out = Vec::new();
            transcoder.push(bytes, &mut out);
            transcoder.finish(&mut out);
            assert!(String::from_utf8(out).unwrap().contains('\u{fffd}'), "{bytes:?}");
        }
    }

    #[test]
    fn the_place_of_a_wrong_byte_is_told_in_characters() {
        let finding = not_utf8(&Arc::from("a.yaml"), b"ok\n\xc3\xbc\xff", 5).unwrap();
        assert_eq!(finding.place.span.unwrap().start, Position { line: 6, column: 2 });
        assert!(finding.message.contains("0xFF"));
    }
}
