//! UTF-16 to UTF-8, a chunk at a time.

/// The byte order mark in UTF-8.
pub(super) const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Decodes UTF-16. Half of a surrogate pair becomes U+FFFD, and is remembered.
pub(super) struct Utf16 {
    big_endian: bool,
    /// The first byte of a unit whose second has not come yet.
    odd: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// Whether something was not UTF-16.
    pub(super) is_broken: bool,
}

impl Utf16 {
    /// A decoder if the bytes begin with a byte order mark of UTF-16.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let big_endian = match bytes {
            [0xFF, 0xFE, ..] => false,
            [0xFE, 0xFF, ..] => true,
            _ => return None,
        };
        Some(Self { big_endian, odd: None, high: None, is_broken: false })
    }

    /// Decodes more bytes; the mark itself comes out as U+FEFF.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(byte);
                continue;
            };
            let unit =
                if self.big_endian { u16::from_be_bytes([first, byte]) } else { u16::from_le_bytes([first, byte]) };
            self.unit(unit, out);
        }
    }

    /// Ends the text.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.odd.is_some() | self.high.take().is_some() {
            self.replace(out);
        }
    }

    fn unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        let high = self.high.take();
        if high.is_some() && !(0xDC00..0xE000).contains(&unit) {
            self.replace(out);
        }
        match (high, unit) {
            (_, 0xD800..0xDC00) => self.high = Some(unit),
            (Some(high), 0xDC00..0xE000) => {
                let code = 0x1_0000 + (u32::from(high - 0xD800) << 10) + u32::from(unit - 0xDC00);
                put(code, out);
            }
            (None, 0xDC00..0xE000) => self.replace(out),
            _ => put(u32::from(unit), out),
        }
    }

    fn replace(&mut self, out: &mut Vec<u8>) {
        self.is_broken = true;
        put(0xFFFD, out);
    }
}

fn put(code: u32, out: &mut Vec<u8>) {
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(units: &[u16], chunk: usize) -> (String, bool) {
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut decoder = Utf16::of(&[0xFF, 0xFE]).unwrap();
        let mut out = Vec::new();
        for part in bytes.chunks(chunk) {
            decoder.push(part, &mut out);
        }
        decoder.finish(&mut out);
        (String::from_utf8(out).unwrap(), decoder.is_broken)
    }

    #[test]
    fn pairs_and_broken_pairs() {
        let text = "aé\u{20ac}\u{1f600}b";
        let units: Vec<u16> = text.encode_utf16().collect();
        for chunk in 1..8 {
            assert_eq!(decode(&units, chunk), (text.to_owned(), false));
        }
        assert_eq!(decode(&[0xD800], 2), ("\u{fffd}".to_owned(), true));
        assert_eq!(decode(&[0xD800, 0x61], 2), ("\u{fffd}a".to_owned(), true));
        assert_eq!(decode(&[0xDC00, 0x61], 2), ("\u{fffd}a".to_owned(), true));
    }
}
