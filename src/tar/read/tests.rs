use super::super::testing::{self, LONG};
use super::super::{END, directory, file};
use super::*;
use proptest::prelude::*;
use std::io::Cursor;

use MemberKind::{BlockDevice, CharacterDevice, Directory, Fifo, File, HardLink, Symlink, Unknown};

type Content = Vec<(String, MemberKind, Vec<u8>, String)>;

/// Everything in it, once read through and once sought through.
fn content(archive: &[u8]) -> Result<Content, String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let data = |member: &Member| {
        let start = usize::try_from(member.offset).unwrap();
        archive[start..start + usize::try_from(member.size).unwrap()].to_vec()
    };
    let mut read = Vec::new();
    let mut reader = Reader::new(archive);
    while let Some(member) = reader.next_member().map_err(|error| error.to_string())? {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        assert_eq!(bytes, data(&member));
        read.push((text(member.name), member.kind, bytes, text(member.link)));
    }
    reader.only_zeroes_follow().map_err(|error| error.to_string())?;
    let mut reader = Reader::seeking(Cursor::new(archive));
    let mut sought = Vec::new();
    while let Some(member) = reader.next_member().map_err(|error| error.to_string())? {
        let bytes = data(&member);
        sought.push((text(member.name), member.kind, bytes, text(member.link)));
    }
    assert_eq!(read, sought);
    Ok(read)
}

fn archive(members: &[(u8, &str, &str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, name, link, data) in members {
        testing::member(&mut out, *kind, name, link, data);
    }
    out.extend_from_slice(&END);
    out
}

#[test]
fn every_kind_of_member_is_told() {
    let found = content(&archive(&[
        (b'g', "pax_global_header", "", b"any comment"),
        (b'5', "d/", "", b""),
        (b'0', "d/f", "", b"text"),
        (0, "old", "", b"v7"),
        (b'7', "contiguous", "", b"c"),
        (b'0', "old-folder/", "", b""),
        (b'2', "link", "d/f", b""),
        (b'1', "hard", "d/f", b""),
        (b'3', "tty", "", b""),
        (b'4', "disk", "", b""),
        (b'6', "pipe", "", b""),
        (b'Z', "strange", "", b"data"),
    ]))
    .unwrap();
    let kinds: Vec<_> = found.iter().map(|(name, kind, _, link)| (name.as_str(), *kind, link.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("d/", Directory, ""),
            ("d/f", File, ""),
            ("old", File, ""),
            ("contiguous", File, ""),
            ("old-folder/", Directory, ""),
            ("link", Symlink, "d/f"),
            ("hard", HardLink, "d/f"),
            ("tty", CharacterDevice, ""),
            ("disk", BlockDevice, ""),
            ("pipe", Fifo, ""),
            ("strange", Unknown(b'Z'), ""),
        ]
    );
    assert_eq!(found[1].2, b"text");
}

#[test]
fn long_names_come_from_gnu_members_and_from_pax_records() {
    let found = content(&archive(&[
        (b'L', "././@LongLink", "", format!("{LONG}\0").as_bytes()),
        (b'0', "cut", "", b"one"),
        (b'K', "././@LongLink", "", LONG.as_bytes()),
        (b'2', "link", "cut", b""),
        (b'x', "PaxHeaders/x", "", &testing::record("linkpath", LONG)),
        (b'2', "link2", "cut", b""),
        (b'0', "next", "", b""),
    ]))
    .unwrap();
    let names: Vec<_> = found.iter().map(|(name, _, _, link)| (name.as_str(), link.as_str())).collect();
    assert_eq!(names, [(LONG, ""), ("link", LONG), ("link2", LONG), ("next", "")]);
}

#[test]
fn what_is_no_sound_tar_is_an_error_that_says_where() {
    let good = archive(&[(b'0', "a", "", b"text")]);
    let mut bad_sum = good.clone();
    bad_sum[0] = b'b';
    let mut lone_zero_block = archive(&[]);
    lone_zero_block[BLOCK] = 1;
    let big = archive(&[(b'L', "././@LongLink", "", &vec![b'n'; 1 << 20 | 1])]);
    for (bytes, expected) in [
        (bad_sum, "at byte 0: this is no header"),
        (good[..good.len() - 1024].to_vec(), "at byte 1024: the archive does not reach"),
        (good[..514].to_vec(), "the archive stops at byte 514, inside a member"),
        (good[..100].to_vec(), "at byte 0: the archive does not reach"),
        (Vec::new(), "at byte 0: the archive does not reach"),
        (lone_zero_block, "at byte 512: one block of zeroes"),
        ([&good[..], b"more"].concat(), "at byte 2048: more data"),
        (big, "at byte 0: an extended header of 1048577 bytes"),
        (archive(&[(b'S', "sparse", "", b"")]), "at byte 0: `sparse` is a sparse file"),
        (archive(&[(b'M', "rest", "", b"")]), "at byte 0: a file that began"),
        (archive(&[(b'x', "x", "", b"no record")]), "at byte 0: an extended header has a broken record"),
    ] {
        let error = content(&bytes).unwrap_err();
        assert!(error.starts_with(expected), "{error} instead of {expected}");
    }
}

#[test]
fn one_block_of_zeroes_is_end_enough_at_the_end_of_the_file() {
    let whole = archive(&[(b'0', "a", "", b"text")]);
    assert_eq!(content(&whole[..whole.len() - BLOCK]).unwrap().len(), 1);
}

#[test]
fn a_size_that_reaches_beyond_the_file_is_a_cut_archive() {
    let mut out = Vec::new();
    file(&mut out, "big", i64::MAX as u64);
    for result in [Reader::new(&out[..]).all(), Reader::seeking(Cursor::new(&out)).all()] {
        assert!(result.is_err());
    }
}

impl<R: Read> Reader<R> {
    fn all(mut self) -> Result<usize, ReadError> {
        let mut count = 0;
        while self.next_member()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_our_writer_wrote_is_read_back(
        names in proptest::collection::btree_map("[a-zé日/]{1,300}", proptest::collection::vec(any::<u8>(), 0..1200), 0..6)
    ) {
        let mut out = Vec::new();
        let mut expected = Content::new();
        for (name, data) in names {
            let name = format!("n{}", name.trim_end_matches('/'));
            file(&mut out, &name, data.len() as u64);
            out.extend_from_slice(&data);
            out.resize(out.len() + padding(data.len() as u64), 0);
            directory(&mut out, &format!("{name}/"));
            expected.push((name.clone(), MemberKind::File, data, String::new()));
            expected.push((format!("{name}/"), MemberKind::Directory, Vec::new(), String::new()));
        }
        out.extend_from_slice(&END);
        prop_assert_eq!(content(&out).unwrap(), expected);
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0usize..3000, byte: u8, cut in 0usize..4000) {
        let record = testing::record("path", LONG);
        let mut bytes = archive(&[(b'x', "x", "", &record), (b'0', "a", "", b"text"), (b'1', "b", "a", b"")]);
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(cut);
        let _ = Reader::new(&bytes[..]).all();
        let _ = Reader::seeking(Cursor::new(&bytes)).all();
    }
}
