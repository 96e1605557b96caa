//! One header block, taken apart.
//!
//! Knows the fields of v7, ustar and GNU headers and nothing of what stands before or behind the block.

use super::BLOCK;

/// A block of 512 bytes, looked at as a header.
pub(super) struct Header<'a>(pub(super) &'a [u8; BLOCK]);

impl<'a> Header<'a> {
    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|&byte| byte == 0)
    }

    /// Whether the sum of the bytes is the one that the header names. Some old writers summed signed bytes.
    pub(super) fn sum_holds(&self) -> bool {
        let Some(named) = octal(self.field(148, 8)) else { return false };
        let bytes = || self.0.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte });
        let unsigned: u64 = bytes().map(u64::from).sum();
        let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        named == unsigned || i64::try_from(named) == Ok(signed)
    }

    /// Whether it calls itself ustar; GNU's own format has other bytes behind the word.
    fn is_ustar(&self) -> bool {
        self.field(257, 6) == b"ustar\0"
    }

    pub(super) fn kind(&self) -> u8 {
        self.0[156]
    }

    /// The size of the content; none if the field holds no number, or a negative one.
    pub(super) fn size(&self) -> Option<u64> {
        number(self.field(124, 12))
    }

    /// The name, with its prefix where the format has one.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(self.field(0, 100));
        // GNU keeps times where ustar has its prefix.
        let prefix = if self.is_ustar() { text(self.field(345, 155)) } else { b"" };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    pub(super) fn link(&self) -> &'a [u8] {
        text(self.field(157, 100))
    }

    fn field(&self, start: usize, length: usize) -> &'a [u8] {
        // Every caller names a field of the 512 bytes.
        &self.0[start..start + length]
    }
}

/// Whether these bytes begin a tar: told by its magic word or, for the oldest form, which has none, by the sum of its header.
pub fn begins_tar(bytes: &[u8]) -> bool {
    if bytes.get(257..262) == Some(b"ustar") {
        return true;
    }
    bytes.first_chunk::<BLOCK>().is_some_and(|block| Header(block).sum_holds())
}

/// Up to the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Octal digits, or GNU's base-256 where the first bit is set. At most what a signed 64-bit offset can hold.
fn number(field: &[u8]) -> Option<u64> {
    let value = match field {
        [first, rest @ ..] if first & 0x80 != 0 => {
            if first & 0x40 != 0 {
                return None; // negative
            }
            rest.iter().try_fold(u64::from(first & 0x3f), |value, &byte| {
                value.checked_mul(256).map(|value| value | u64::from(byte))
            })?
        }
        _ => octal(field)?,
    };
    i64::try_from(value).is_ok().then_some(value)
}

/// Octal digits between blanks; an empty field is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let blank = |byte: &u8| *byte == b' ' || *byte == 0;
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let digits = field[start..].iter().position(blank).map_or(&field[start..], |end| &field[start..start + end]);
    digits.iter().try_fold(0u64, |value, &digit| match digit {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value | u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_tar_writes_them() {
        for (field, expected) in [
            (&b"00000000017\0"[..], Some(15)),
            (b"         17 ", Some(15)),
            (b"777777777777", Some(0o7777_7777_7777)),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0", Some(0)),
            (b"0000000008\0\0", None),
            (b"-0000000001\0", None),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(1 << 33)),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX as u64)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }

    #[test]
    fn what_begins_a_tar_is_told_by_its_content() {
        let mut header = Vec::new();
        super::super::file(&mut header, "a", 1);
        assert!(begins_tar(&header));
        // The v7 form: no magic word, only the sum.
        header[257..265].fill(0);
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        assert!(begins_tar(&header));
        header[0] = b'b';
        assert!(!begins_tar(&header));
        assert!(!begins_tar(b"kind: Pod"));
        assert!(!begins_tar(&[b'0'; BLOCK]));
    }
}
