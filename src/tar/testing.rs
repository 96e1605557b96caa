//! Archives as others write them, for tests: every kind of member, none of the writer's own discipline.

use super::{BLOCK, padding};

/// A path of 211 characters: too long for every field of a header.
pub(crate) const LONG: &str = "a-folder-whose-name-is-long/another-folder-whose-name-is-long/and-one-more-whose-name-is-even-longer/\
    a-file-whose-name-is-so-very-long-that-no-header-of-the-old-kind-has-room-for-it/and-a-last-component.yaml";

/// Appends a member; a `name` or `link` over 100 bytes is cut.
pub(crate) fn member(out: &mut Vec<u8>, kind: u8, name: &str, link: &str, data: &[u8]) {
    let mut block = [0u8; BLOCK];
    let cut = |text: &str| text.as_bytes()[..text.len().min(100)].to_vec();
    block[..name.len().min(100)].copy_from_slice(&cut(name));
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[157..157 + link.len().min(100)].copy_from_slice(&cut(link));
    block[257..265].copy_from_slice(b"ustar  \0");
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    out.extend_from_slice(&block);
    out.extend_from_slice(data);
    out.resize(out.len() + padding(data.len() as u64), 0);
}

/// One record of a PAX header.
pub(crate) fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let length = (rest.len()..rest.len() + 20).find(|length| length.to_string().len() + rest.len() == *length).unwrap();
    format!("{length}{rest}").into_bytes()
}
