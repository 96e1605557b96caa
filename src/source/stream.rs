//! Standard input as a source: a YAML stream, kept in memory or, beyond some megabytes, in a file without a name; or a tar.

use std::io::{self, Cursor, Read};

use super::content::{self, Content};
use super::read::{Body, Held};
use super::{Options, Source, archive, one_file, spool};
use crate::error::{Error, Kind};

/// The most bytes that stay in memory.
const IN_MEMORY: u64 = 4 << 20;

const WHAT: &str = "standard input";

/// Reads a source to its end: a YAML stream, which goes into the bundle under [`Options::stdin_name`], or a tar, plain or gzip.
///
/// What [`open`](super::open) does for `-`, for any reader.
pub fn from_reader(mut reader: impl Read, options: &Options) -> Result<Source, Error> {
    check_name(&options.stdin_name)?;
    let cannot = |error: io::Error| Error::new(Kind::Local, format!("cannot read {WHAT}")).because(error);
    let mut head = Vec::new();
    reader.by_ref().take(content::ENOUGH as u64).read_to_end(&mut head).map_err(cannot)?;
    let content = content::tell(&head, WHAT)?;
    let mut whole = Cursor::new(head).chain(reader);
    match content {
        Content::Tar => {
            let file = spool::temporary()?;
            spool::copy(whole, &file, WHAT, options.max_size)?;
            archive::open(file, WHAT, options)
        }
        Content::Gzip => archive::open_unpacked(spool::gunzip(whole, WHAT, options.max_size)?, WHAT, options),
        Content::Other => {
            let mut memory = Vec::new();
            whole.by_ref().take(IN_MEMORY.min(options.max_size) + 1).read_to_end(&mut memory).map_err(cannot)?;
            let (size, body) = if memory.len() as u64 <= IN_MEMORY {
                (memory.len() as u64, Body::Memory(memory))
            } else {
                let file = spool::temporary()?;
                spool::copy(Cursor::new(memory).chain(whole), &file, WHAT, options.max_size)?;
                (file.metadata().map_err(cannot)?.len(), Body::Held(Held::new(file).map_err(cannot)?))
            };
            let selection = one_file::select(options.stdin_name.as_bytes(), size, WHAT, options)?;
            Ok(Source { selection, root: None, max_size: options.max_size, body })
        }
    }
}

/// A name that the user chose must be one that a consumer reads, and must need no cleaning.
fn check_name(name: &str) -> Result<(), Error> {
    let wrong = |why: &str| {
        Error::new(Kind::Usage, format!("--stdin-name `{name}` {why}"))
            .hint("give a relative name that ends in .yaml, .yml or .json, such as `envs/prod/all.yaml`")
    };
    if name.split('/').any(|component| matches!(component, "" | "." | "..")) {
        return Err(wrong("is not a clean relative path"));
    }
    if !one_file::is_manifest(name.rsplit('/').next().unwrap_or_default().as_bytes()) {
        return Err(wrong("is not the name of a YAML or JSON file"));
    }
    for (at, _) in name.match_indices('/').chain([(name.len(), "")]) {
        if let Some(finding) = super::names::check(&name.as_bytes()[..at]) {
            return Err(wrong(&format!("cannot be a name in a bundle: {}", finding.message)));
        }
        let component = name[..at].rsplit('/').next().unwrap_or_default();
        if let Some(pattern) = super::names::built_in(component.as_bytes()) {
            return Err(wrong(&format!("would never be packed: the built-in rule `{pattern}` keeps it out")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::super::testing::{contents, error, options};
    use super::*;
    use crate::tar;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn archive() -> Vec<u8> {
        let mut out = Vec::new();
        tar::file(&mut out, "a.yaml", 4);
        out.extend_from_slice(b"text");
        out.resize(1024, 0);
        out.extend_from_slice(&tar::END);
        out
    }

    #[test]
    fn yaml_is_stored_under_the_name_for_it_however_long() {
        for length in [0, 1, 511, 512, 513, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, IN_MEMORY + 200_000] {
            let text = "kind: Pod\n".repeat(500_000).as_bytes()[..usize::try_from(length).unwrap()].to_vec();
            let source = from_reader(&text[..], &Options::default()).unwrap();
            assert_eq!(source.entries()[0].size, length);
            let mut read = Vec::new();
            source.read(&source.entries()[0], u64::MAX, &mut read).unwrap();
            assert!(read == text, "{length}");
            assert_eq!(&*source.entries()[0].name, "manifests.yaml");
        }
        let named = Options { stdin_name: "envs/prod/all.json".to_owned(), ..Options::default() };
        assert_eq!(
            contents(&from_reader(&b"{}"[..], &named).unwrap()),
            [("envs/prod/all.json".into(), b"{}".to_vec())]
        );
    }

    #[test]
    fn a_name_that_no_consumer_reads_or_that_needs_cleaning_is_refused() {
        for (name, expected) in [
            ("", "is not a clean relative path"),
            ("/a.yaml", "is not a clean relative path"),
            ("../a.yaml", "is not a clean relative path"),
            ("a//b.yaml", "is not a clean relative path"),
            ("a.txt", "is not the name of a YAML or JSON file"),
            (".yaml", "is not the name of a YAML or JSON file"),
            ("a\\b.yaml", "cannot be a name in a bundle: the name `a\\b.yaml` holds a backslash"),
            ("x/.wh.d/a.yaml", "cannot be a name in a bundle: the name `.wh.d` begins with"),
            (".git/a.yaml", "would never be packed: the built-in rule `.git`"),
        ] {
            let named = Options { stdin_name: name.to_owned(), ..Options::default() };
            let (code, message) = error(from_reader(&b""[..], &named));
            assert_eq!(code, 2);
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_tar_on_standard_input_is_taken_for_one() {
        let (plain, expected) = (archive(), [("a.yaml".to_owned(), b"text".to_vec())]);
        // Several members in a row are one stream; people append them so.
        let two_members = [gzip(&plain[..700]), gzip(&plain[700..])].concat();
        for bytes in [plain.clone(), gzip(&plain), two_members] {
            assert_eq!(contents(&from_reader(&bytes[..], &options(&["*.md"])).unwrap()), expected);
        }
        let empty = [0; 1024];
        assert_eq!(contents(&from_reader(&empty[..], &Options::default()).unwrap()), []);
    }

    #[test]
    fn what_cannot_be_unpacked_whole_is_an_error() {
        let whole = gzip(&archive());
        let limited = Options { max_size: 2000, ..Options::default() };
        for (bytes, options, code, expected) in [
            (whole[..whole.len() - 1].to_vec(), &Options::default(), 1, "the gzip data was cut off"),
            (whole[..5].to_vec(), &Options::default(), 1, "the gzip data was cut off"),
            ([&whole[..], b"garbage"].concat(), &Options::default(), 1, "a few odd bytes stand behind it"),
            ([&whole[..], &[0; 512]].concat(), &Options::default(), 1, "something else stands behind it"),
            (gzip(b"kind: Pod"), &Options::default(), 2, "standard input is compressed with gzip, but holds no tar"),
            (
                gzip(&archive()[..1500]),
                &Options::default(),
                1,
                "standard input as a tar: at byte 1024: the archive does",
            ),
            (whole.clone(), &limited, 1, "standard input holds more than 2000 bytes"),
            (archive(), &limited, 1, "standard input holds more than 2000 bytes"),
            (vec![b'#'; 2001], &limited, 1, "standard input holds more than 2000 bytes"),
            (b"\x28\xb5\x2f\xfdzstd".to_vec(), &Options::default(), 2, "compressed with zstd"),
            (b"a: 1".to_vec(), &super::super::testing::options(&["x"]), 2, "--ignore has no meaning here"),
        ] {
            let (exit, message) = error(from_reader(&bytes[..], options));
            assert_eq!(exit, code, "{message}");
            assert!(message.contains(expected), "{message} instead of {expected}");
        }
    }
}
