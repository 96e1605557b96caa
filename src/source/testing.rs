//! Trees to try the rules on, and what became of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::{Options, ReadOutcome, Source};

/// A folder with these things in it: a path that ends in `/` is a folder, a content that begins with `-> ` a link.
pub(super) fn folder(things: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in things {
        put(folder.path(), path, content);
    }
    folder
}

pub(super) fn put(folder: &Path, path: &str, content: &str) {
    let full = folder.join(path);
    if path.ends_with('/') {
        return fs::create_dir_all(full).unwrap();
    }
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    match content.strip_prefix("-> ") {
        Some(target) => symlink(target, full).unwrap(),
        None => fs::write(full, content).unwrap(),
    }
}

pub(super) fn options(ignore: &[&str]) -> Options {
    Options { ignore: ignore.iter().map(|&pattern| pattern.to_owned()).collect(), ..Options::default() }
}

pub(super) fn names(source: &Source) -> Vec<&str> {
    source.entries().iter().map(|entry| &*entry.name).collect()
}

/// Names and contents, each read in both ways.
pub(super) fn contents(source: &Source) -> Vec<(String, Vec<u8>)> {
    let content = |entry| {
        let mut whole = Vec::new();
        let outcome = source.read(entry, u64::MAX, &mut whole).unwrap();
        assert_eq!(outcome, ReadOutcome::Whole(whole.len() as u64));
        let mut pieces = Vec::new();
        let mut file = source.open(entry).unwrap();
        io_read(&mut file, &mut pieces);
        file.finish().unwrap();
        assert_eq!(whole, pieces);
        assert_eq!(entry.size, whole.len() as u64);
        (entry.name.to_string(), whole)
    };
    source.entries().iter().map(content).collect()
}

fn io_read(file: &mut impl std::io::Read, into: &mut Vec<u8>) {
    let mut piece = [0; 7];
    while let count @ 1.. = file.read(&mut piece).unwrap() {
        into.extend_from_slice(&piece[..count]);
    }
}

pub(super) fn left_out(source: &Source) -> Vec<(&str, &str)> {
    source.left_out().iter().map(|left| (left.name.as_str(), left.why.as_str())).collect()
}

pub(super) fn findings(source: &Source) -> Vec<(&str, &str)> {
    source.findings().iter().map(|finding| (finding.rule.id, finding.message.as_str())).collect()
}

/// An error as a user sees it, with the folder of the test cut away.
pub(super) fn error(result: Result<Source, crate::error::Error>) -> (u8, String) {
    let error = result.unwrap_err();
    (error.kind().exit_code(), error.to_string().replace(std::env::temp_dir().to_str().unwrap(), ""))
}
