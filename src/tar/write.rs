//! Writes headers: the same bytes for the same name and size, always.
//!
//! Every file is 0644, every directory 0755, owned by 0:0 with no names, and dates from 1970. A PAX record appears only where a
//! ustar header cannot hold the path or the size, so plain trees stay readable by the oldest of readers.

/// The unit of a tar.
pub const BLOCK: usize = 512;

/// What ends an archive: two blocks of zeroes and nothing behind them.
///
/// The usual padding to 10,240 bytes is left out: `oras pull` does not read it and then finds another digest than the layer's.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The largest size that fits the eleven octal digits of a ustar header.
const USTAR_MAX_SIZE: u64 = 0o777_7777_7777;

/// How many zeroes follow `size` bytes of content.
pub const fn padding(size: u64) -> usize {
    // The remainder is below 512, so it fits.
    #[allow(clippy::cast_possible_truncation)]
    let over = (size % BLOCK as u64) as usize;
    if over == 0 { 0 } else { BLOCK - over }
}

/// Appends the header of a regular file of `size` bytes; the caller appends the bytes and their [`padding`].
pub fn file(out: &mut Vec<u8>, name: &str, size: u64) {
    header(out, name, size, Type::File);
}

/// Appends the header of a directory; `name` ends in `/`.
pub fn directory(out: &mut Vec<u8>, name: &str) {
    debug_assert!(name.ends_with('/'));
    header(out, name, 0, Type::Directory);
}

#[derive(Clone, Copy, PartialEq)]
enum Type {
    File,
    Directory,
    Pax,
}

fn header(out: &mut Vec<u8>, name: &str, size: u64, kind: Type) {
    let split = split(name);
    let mut records = Vec::new();
    if split.is_none() {
        pax_record(&mut records, "path", name);
    }
    if size > USTAR_MAX_SIZE {
        pax_record(&mut records, "size", &size.to_string());
    }
    if !records.is_empty() {
        // Readers that know PAX never show this name; the others would make a file of it.
        ustar(out, ("", "././@PaxHeader"), records.len() as u64, Type::Pax);
        out.extend_from_slice(&records);
        out.resize(out.len() + padding(records.len() as u64), 0);
    }
    // Where PAX gives the path, the header's own is only for readers that know no PAX: cut, at a character's boundary.
    let names = split.unwrap_or_else(|| ("", &name[..name.floor_char_boundary(NAME)]));
    ustar(out, names, size.min(USTAR_MAX_SIZE), kind);
}

const NAME: usize = 100;
const PREFIX: usize = 155;

/// The prefix and the name of a ustar header, where the path fits: pure ASCII, cut at a slash.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        // ustar leaves the encoding of other names open; PAX says UTF-8.
        return None;
    }
    if path.len() <= NAME {
        return Some(("", path));
    }
    // The first slash that leaves a name short enough; the name must not be empty, not even a directory's.
    let from = path.len() - NAME - 1;
    let cut = from + path[from..path.len() - 1].find('/')?;
    (0 < cut && cut <= PREFIX).then(|| (&path[..cut], &path[cut + 1..]))
}

/// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
fn pax_record(out: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length += 1;
    }
    out.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

fn ustar(out: &mut Vec<u8>, (prefix, name): (&str, &str), size: u64, kind: Type) {
    let mut block = [0u8; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(if kind == Type::Directory { b"0000755\0" } else { b"0000644\0" });
    block[108..116].copy_from_slice(b"0000000\0"); // uid
    block[116..124].copy_from_slice(b"0000000\0"); // gid
    octal(&mut block[124..135], size);
    block[136..148].copy_from_slice(b"00000000000\0"); // mtime
    block[148..156].copy_from_slice(b"        "); // the checksum counts as spaces
    block[156] = match kind {
        Type::File => b'0',
        Type::Directory => b'5',
        Type::Pax => b'x',
    };
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[329..337].copy_from_slice(b"0000000\0"); // devmajor
    block[337..345].copy_from_slice(b"0000000\0"); // devminor
    block[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    octal(&mut block[148..154], sum);
    block[154] = 0;
    out.extend_from_slice(&block);
}

/// Fills `field` with the octal digits of `value`.
fn octal(field: &mut [u8], mut value: u64) {
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (value & 7) as u8;
        value >>= 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_takes_one_block() {
        let mut out = Vec::new();
        file(&mut out, "a/b.yaml", 5);
        assert_eq!(out.len(), BLOCK);
        assert_eq!(&out[..9], b"a/b.yaml\0");
        assert_eq!(&out[124..136], b"00000000005\0");
    }

    #[test]
    fn a_long_path_is_split_at_a_slash_and_then_needs_pax() {
        let folder = "f".repeat(90);
        let path = format!("{folder}/{folder}.yaml");
        assert_eq!(split(&path), Some((folder.as_str(), &path[91..])));
        assert_eq!(split(&format!("{}.yaml", "n".repeat(120))), None, "no slash to cut at");
        assert_eq!(split(&format!("{folder}/{folder}/{folder}/x")), None, "the prefix is over 155 bytes");
        assert_eq!(split("é.yaml"), None, "not ASCII");
        assert_eq!(split(&format!("{}/", "d".repeat(100))), None, "a directory's own slash is no place to cut");
        let mut out = Vec::new();
        file(&mut out, "é.yaml", 1);
        assert_eq!(out.len(), 3 * BLOCK);
        assert!(out[BLOCK..].starts_with(b"16 path=\xc3\xa9.yaml\n"));
    }

    #[test]
    fn a_pax_record_counts_its_own_length() {
        for length in 80..120 {
            let mut out = Vec::new();
            pax_record(&mut out, "path", &"p".repeat(length));
            let text = String::from_utf8(out).unwrap();
            let (count, _) = text.split_once(' ').unwrap();
            assert_eq!(count.parse::<usize>().unwrap(), text.len());
        }
    }

    #[test]
    fn a_size_over_8_gib_goes_to_pax() {
        let mut out = Vec::new();
        file(&mut out, "big", USTAR_MAX_SIZE + 1);
        assert!(out[BLOCK..].starts_with(b"19 size=8589934592\n"));
    }
}
