use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use proptest::prelude::*;

use super::super::testing::{contents, error, findings, folder, left_out, names, options, put};
use super::super::{self as source, from_reader};
use super::*;
use crate::tar::testing::{LONG, member, record};

type Members<'a> = &'a [(u8, &'a str, &'a str, &'a [u8])];

fn archive(members: Members<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, name, link, data) in members {
        member(&mut out, *kind, name, link, data);
    }
    out.extend_from_slice(&tar::END);
    out
}

fn opened(members: Members<'_>) -> Source {
    from_reader(&archive(members)[..], &Options::default()).unwrap()
}

#[test]
fn members_stand_in_any_order_and_folders_need_none() {
    let source = opened(&[
        (b'0', "b/c/d", "", b"D"),
        (b'0', "./a", "", b"A"),
        (b'0', "b.bak", "", b""),
        (b'0', "b/c/.consignignore", "", b"!*.bak"),
        (b'0', "b/c/e.bak", "", b"E"),
        (b'0', ".consignignore", "", b"*.bak"),
        (b'5', "b/", "", b""),
        (b'5', "./", "", b""),
        (b'5', "empty/x.bak/", "", b""),
    ]);
    let (a, d, e) = (("a".into(), b"A".to_vec()), ("b/c/d".into(), b"D".to_vec()), ("b/c/e.bak".into(), b"E".to_vec()));
    assert_eq!(contents(&source), [a, d, e]);
    assert_eq!(
        left_out(&source),
        [
            (".consignignore", "ignore file"),
            ("b.bak", "`*.bak` in `.consignignore:1`"),
            ("b/c/.consignignore", "ignore file"),
            ("empty/x.bak/", "`*.bak` in `.consignignore:1`"),
        ]
    );
    assert_eq!(findings(&source), []);
}

#[test]
fn a_hard_link_is_a_copy_of_its_file() {
    let source = opened(&[
        (b'0', ".git/config", "", b"text"),
        (b'1', "one", "./.git/config", b""),
        (b'1', "d/two", "one", b""),
        (b'2', "link", "d/two", b""),
        (b'1', "d/link", "link", b""),
        (b'1', "lost", "nothing", b""),
        (b'1', "out", "/etc/passwd", b""),
        (b'1', "self", "self", b""),
        (b'5', "folder/", "", b""),
        (b'1', "to-folder", "folder", b""),
    ]);
    let text = |name: &str| (name.to_owned(), b"text".to_vec());
    assert_eq!(contents(&source), [text("d/two"), text("link"), text("one")]);
    assert_eq!(
        findings(&source),
        [
            ("source/link-dangling", "the link `d/link` leads to `d/two`, where no file is"),
            ("source/hard-link", "`lost` is a hard link to `nothing`, which is not in the archive"),
            ("source/hard-link", "`out` is a hard link to `/etc/passwd`, which is not in the archive"),
            ("source/hard-link", "`self` is a hard link to `self`, which is not in the archive"),
            ("source/hard-link", "`to-folder` is a hard link to `folder`, which is not in the archive"),
        ]
    );
}

#[test]
fn names_that_stand_twice_or_lead_outside_are_errors() {
    let long = format!("{}/x", "n".repeat(4000));
    let source = opened(&[
        (b'0', "a", "", b"1"),
        (b'0', "./a", "", b"2"),
        (b'0', "b", "", b""),
        (b'0', "b/c", "", b""),
        (b'5', "d", "", b""),
        (b'5', "d/", "", b""),
        (b'0', "d", "", b""),
        (b'0', "/etc/passwd", "", b""),
        (b'0', "x/../../y", "", b""),
        (b'0', "./", "", b""),
        (b'0', ".", "", b""),
        (b'3', "tty", "", b""),
        (b'Z', "odd", "", b""),
        (b'x', "", "", &record("path", &long)),
        (b'0', "cut", "", b""),
        (b'0', ".git/x", "", b"nobody minds"),
        (b'0', ".git/x", "", b"nobody minds"),
    ]);
    assert_eq!(names(&source), [] as [&str; 0]);
    let told = findings(&source);
    assert_eq!(
        told[..8],
        [
            ("source/name-outside", "a member of the archive that is no folder has the folder's name"),
            ("source/name-outside", "the name `/etc/passwd` in the archive is absolute"),
            ("source/duplicate-name", "`a` stands in the archive more than once"),
            ("source/duplicate-name", "`b` stands in the archive more than once"),
            ("source/duplicate-name", "`d` stands in the archive more than once"),
            ("source/name-too-long", "the path has 4002 bytes; 3900 are the most"),
            ("source/special-file", "`odd` is of a kind that no standard knows, `Z`"),
            ("source/special-file", "`tty` is a character device"),
        ]
    );
    assert_eq!(told[8..], [("source/name-outside", "the name `x/../../y` in the archive has `..` in it")]);
}

#[test]
fn limits_hold_and_images_are_refused() {
    let file = archive(&[(b'0', "a", "", b"12345"), (b'0', "b/c", "", b"12345"), (b'0', "d.bak", "", b"1")]);
    let limited = |max_size, max_files| from_reader(&file[..], &Options { max_size, max_files, ..options(&["*.bak"]) });
    assert!(limited(file.len() as u64, 4).is_ok());
    assert_eq!(error(limited(file.len() as u64, 3)).0, 1, "the folder counts, as it does on disk");
    assert_eq!(error(limited(file.len() as u64, 2)).0, 1);
    for members in [
        &[(b'0', "oci-layout", "", &b"{}"[..]), (b'0', "index.json", "", b"{}"), (b'5', "blobs/", "", b"")][..],
        &[(b'0', "abc.json", "", b"{}"), (b'0', "manifest.json", "", br#"[{"Config":"abc.json","Layers":[]}]"#)],
    ] {
        let (code, message) = error(from_reader(&archive(members)[..], &Options::default()));
        assert_eq!(code, 2);
        assert!(message.contains("it holds an image"), "{message}");
    }
}

#[test]
fn a_tar_that_changes_while_it_is_read_is_told_at_once() {
    let folder = folder(&[]);
    let path = folder.path().join("x.tar");
    fs::write(&path, archive(&[(b'0', "a", "", b"12345")])).unwrap();
    let source = source::open(&path, &Options::default()).unwrap();
    assert_eq!(contents(&source).len(), 1);
    fs::File::options().write(true).open(&path).unwrap().set_len(700).unwrap();
    let finding = source.read(&source.entries()[0], 100, &mut Vec::new()).unwrap_err();
    assert_eq!(finding.rule.id, "source/changed");
}

#[test]
fn long_chains_of_links_end() {
    let names: Vec<String> = (0..=100).map(|number| format!("l{number}")).collect();
    let mut members: Vec<(u8, &str, &str, &[u8])> =
        names.windows(2).map(|pair| (b'2', pair[0].as_str(), pair[1].as_str(), &b""[..])).collect();
    members.push((b'0', "l100", "", b"x"));
    let source = opened(&members);
    assert_eq!(source.entries().len(), 41, "the file and the last 40 links");
    assert!(source.findings().iter().all(|finding| finding.rule.id == "source/link-loop"));
}

/// What is in a folder on disk, as members: a path, its kind, and its content or target.
fn members_of(root: &Path, folder: &str, into: &mut Vec<(String, u8, Vec<u8>)>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            members_of(root, &format!("{path}/"), into);
            into.push((format!("{path}/"), b'5', Vec::new()));
        } else if kind.is_symlink() {
            into.push((path, b'2', fs::read_link(entry.path()).unwrap().as_os_str().as_bytes().to_vec()));
        } else {
            into.push((path, b'0', fs::read(entry.path()).unwrap()));
        }
    }
}

/// A tar of a folder, its members in an order that the seed decides.
fn packed(root: &Path, seed: u64) -> Vec<u8> {
    let mut members = Vec::new();
    members_of(root, "", &mut members);
    members.sort_by_key(|(path, ..)| {
        let mut hasher = DefaultHasher::new();
        (seed, path).hash(&mut hasher);
        hasher.finish()
    });
    let mut out = Vec::new();
    for (path, kind, content) in &members {
        let path = if seed.is_multiple_of(2) { format!("./{path}") } else { path.clone() };
        match kind {
            b'2' => member(&mut out, b'2', &path, str::from_utf8(content).unwrap(), b""),
            _ => member(&mut out, *kind, &path, "", content),
        }
    }
    out.extend_from_slice(&tar::END);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_tar_of_a_folder_is_the_same_source_as_the_folder(
        files in proptest::collection::btree_map(
            "((a|b|A|d\\.bak|\\.git|é|\\.wh\\.x)/){0,3}(a|b|x\\.yaml|y\\.bak|z~|A|q\\\\)",
            "[a-z]{0,600}|-> (\\.\\./){0,2}(a|b|A|\\.|\\.git)(/(a|b|x\\.yaml|y\\.bak))?(/(a|x\\.yaml))?",
            0..25,
        ),
        ignores in proptest::collection::btree_map(
            "((a|b|A)/){0,2}\\.consignignore",
            "((!?/?(\\*\\.bak|a|b/?|a/b|\\*\\*/A|x\\.\\*|\\*))\\n){0,3}",
            0..4,
        ),
        seed: u64,
        ignore in proptest::collection::vec("!?(a|/b|\\*\\.yaml|A/)", 0..2),
    ) {
        let disk = folder(&[]);
        let all: BTreeMap<String, String> = files.into_iter().chain(ignores).collect();
        for (path, content) in &all {
            // A file that is already there is no folder for others, nor is a link.
            let blocked = path.match_indices('/').any(|(at, _)| {
                fs::symlink_metadata(disk.path().join(&path[..at])).is_ok_and(|found| !found.is_dir())
            });
            if !blocked && fs::symlink_metadata(disk.path().join(path)).is_err() {
                put(disk.path(), path, content);
            }
        }
        let options = Options { ignore, ..Options::default() };
        let on_disk = source::open(disk.path(), &options).unwrap();
        let in_tar = from_reader(&packed(disk.path(), seed)[..], &options).unwrap();
        prop_assert_eq!(contents(&on_disk), contents(&in_tar));
        prop_assert_eq!(on_disk.left_out(), in_tar.left_out());
        prop_assert_eq!(on_disk.findings(), in_tar.findings());
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0usize..6000, byte: u8, cut in 1usize..8000) {
        let long = record("path", LONG);
        let mut bytes = archive(&[
            (b'x', "x", "", &long),
            (b'0', "a", "", b"text"),
            (b'2', "l", "a", b""),
            (b'1', "b", "a", b""),
            (b'0', ".consignignore", "", b"*.bak"),
        ]);
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(cut);
        if let Ok(source) = from_reader(&bytes[..], &Options::default()) {
            for entry in source.entries() {
                let _ = source.read(entry, 10_000, &mut Vec::new());
            }
        }
    }
}
