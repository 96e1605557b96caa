//! What goes into a bundle: a directory, one file, standard input, or a tar of any of these.
//!
//! The same paths and bytes give the same entries whichever way they come. A source is looked through when it is opened: then it is
//! known what is packed, what is left out and why, and everything that is wrong with the files as files. What is in them is read
//! later, by many threads at once, and is nobody's business here.
//!
//! What stays out: the names that are built in, which cannot be taken back; what `--ignore` patterns leave out; and what
//! `.consignignore` files leave out, which are written and nest as `.gitignore` files do. One file and a YAML stream have nothing to
//! leave out; `--ignore` with them is an error rather than without effect.

#![allow(clippy::result_large_err, reason = "a finding instead of a file is rare, and its caller keeps it as it is")]

mod archive;
mod beneath;
mod content;
mod directory;
pub mod git;
mod ignore_files;
mod ignored;
mod image;
mod limits;
mod links;
mod names;
mod one_file;
mod read;
pub mod rules;
mod spool;
mod stream;
#[cfg(test)]
mod testing;
mod tree;
mod walk;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};
use crate::finding::Finding;

pub use ignored::Ignored;
pub use read::{OpenFile, ReadOutcome};
pub use rules::RULES;
pub use stream::from_reader;

/// The most findings that a source keeps: nobody mends more in one go.
const MAX_FINDINGS: usize = 10_000;

/// What decides about a source besides its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Patterns as in a `.gitignore`, relative to the source; they win over the ignore files in it.
    pub ignore: Vec<String>,
    /// The most bytes of all packed files together, and of a tar after it is unpacked.
    pub max_size: u64,
    /// The most files and folders, packed or not.
    pub max_files: u64,
    /// The name in the bundle of what comes from standard input.
    pub stdin_name: String,
}

impl Default for Options {
    /// 4 GiB, 1,000,000 files and folders, `manifests.yaml`.
    fn default() -> Self {
        Self { ignore: Vec::new(), max_size: 4 << 30, max_files: 1_000_000, stdin_name: "manifests.yaml".to_owned() }
    }
}

/// A file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the bundle: relative, clean, with `/` between folders.
    pub name: Box<str>,
    /// Its size in bytes when the source was opened.
    pub size: u64,
    origin: Origin,
}

/// Where the bytes of a file are, within its source.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// Under the entry's own name.
    Itself,
    /// Under this other name, to which a link leads.
    Other(Box<[u8]>),
    /// So many bytes into the one file that the source is.
    At(u64),
}

/// A file or folder that is not packed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its path below the source; a folder's, which stands for all that is in it, ends in `/`.
    pub name: String,
    /// The rule: ``built-in rule `*~` ``, ``--ignore `*.md` ``, `` `*.bak` in `envs/.consignignore:3` ``, `ignore file`.
    pub why: String,
}

/// Files to be packed, looked through and not yet read.
#[derive(Debug)]
pub struct Source {
    selection: Selection,
    root: Option<PathBuf>,
    max_size: u64,
    body: read::Body,
}

impl Source {
    /// The files to be packed: regular files only, sorted by the bytes of their names, each name once.
    pub fn entries(&self) -> &[Entry] {
        &self.selection.entries
    }

    /// What is not packed, and why, sorted by name.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.selection.left_out
    }

    /// What is wrong with the files as files, at most 10,000 of it. With an error among them, [`entries`](Self::entries) is not
    /// what the user means.
    pub fn findings(&self) -> &[Finding] {
        &self.selection.findings
    }

    /// The name of a file that is packed and lies at or below `path`, a place that something is to be written to.
    pub fn packs_below(&self, path: &Path) -> Option<&str> {
        let root = self.root.as_deref()?.canonicalize().ok()?;
        let inside = path.canonicalize().ok()?.strip_prefix(root).ok()?.to_str()?.to_owned();
        let folder = if inside.is_empty() { String::new() } else { format!("{inside}/") };
        let entries = self.entries().iter().map(|entry| &*entry.name);
        entries.into_iter().find(|name| *name == inside || name.starts_with(&folder))
    }

    /// The folder on this disk, as it was given, below which the files have the names that they have in the bundle: the source itself
    /// or what it lies in. None for standard input and archives.
    pub fn base(&self) -> Option<&Path> {
        match &self.body {
            read::Body::OneFile(path) => path.parent(),
            _ => self.root(),
        }
    }

    /// The folder, as it was given, if the source is a directory.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }
}

/// What a walk found.
#[derive(Debug, Default)]
struct Selection {
    entries: Vec<Entry>,
    left_out: Vec<LeftOut>,
    findings: Vec<Finding>,
}

impl Selection {
    fn found(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Brings all into its final order, and says which names clash in it.
    fn finish(mut self) -> Self {
        self.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        self.left_out.sort_unstable();
        let Self { entries, findings, .. } = &mut self;
        names::case_clashes(entries, |finding| {
            if findings.len() < MAX_FINDINGS {
                findings.push(finding);
            }
        });
        findings
            .sort_by(|a, b| (&a.place.path, a.place.span, a.rule.id).cmp(&(&b.place.path, b.place.span, b.rule.id)));
        self
    }
}

/// Opens a source as a user types it: a directory, a `.yaml`, `.yml` or `.json` file, a tar (plain or gzip, told by its content), or
/// `-` for standard input, which may hold YAML or a tar.
///
/// Problems with single files become [findings](Source::findings). An error is what leaves no source at all: it does not exist, is of
/// another kind, is over a limit, or is an archive that cannot be read.
pub fn open(source: impl AsRef<OsStr>, options: &Options) -> Result<Source, Error> {
    let source = source.as_ref();
    if source == "-" {
        let source = from_reader(io::stdin().lock(), options)?;
        if source.entries().iter().any(|entry| entry.size == 0) && source.entries().len() == 1 {
            return Err(Error::new(Kind::Input, "standard input is empty").hint(
                "the program before the pipe printed nothing: look at what it said; in scripts `set -o pipefail` stops there",
            ));
        }
        return Ok(source);
    }
    let path = Path::new(source);
    let what = format!("`{}`", names::shown(source.as_encoded_bytes()));
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::new(Kind::NotFound, format!("there is no SOURCE {what}")).hint(WHAT_A_SOURCE_IS)
        }
        _ => Error::new(Kind::Local, format!("cannot look at {what}")).because(error),
    })?;
    if metadata.is_dir() {
        directory::open(path, &what, options)
    } else if metadata.is_file() {
        one_file::open(path, &what, options)
    } else {
        Err(Error::new(Kind::Usage, format!("{what} is neither a directory nor a regular file"))
            .hint("to pack what another program writes, pipe it in and give `-` as SOURCE"))
    }
}

const WHAT_A_SOURCE_IS: &str =
    "SOURCE is a directory, a .yaml, .yml or .json file, a tar (plain or gzip), or `-` for standard input";

#[cfg(test)]
mod tests {
    use super::testing::{contents, error, findings, folder, left_out, names, options};
    use super::*;

    #[test]
    fn all_but_droppings_and_ignored_files_is_packed_in_order() {
        let folder = folder(&[
            ("b.yaml", "b"),
            ("a/z.yaml", "z"),
            ("a-b.yaml", ""),
            ("a/.hidden/x", "x"),
            ("README.md", ""),
            (".gitignore", "*"),
            (".git/config", ""),
            ("sub/.git", "gitdir: elsewhere"),
            ("a/.DS_Store", ""),
            ("a/z.yaml~", ""),
            ("empty/", ""),
            ("empty/empty/", ""),
            (".consignignore", "*.md\n"),
        ]);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(names(&source), [".gitignore", "a-b.yaml", "a/.hidden/x", "a/z.yaml", "b.yaml"]);
        assert_eq!(contents(&source)[3], ("a/z.yaml".to_owned(), b"z".to_vec()));
        assert_eq!(
            left_out(&source),
            [
                (".consignignore", "ignore file"),
                (".git/", "built-in rule `.git`"),
                ("README.md", "`*.md` in `.consignignore:1`"),
                ("a/.DS_Store", "built-in rule `.DS_Store`"),
                ("a/z.yaml~", "built-in rule `*~`"),
                ("sub/.git", "built-in rule `.git`"),
            ]
        );
        assert_eq!(findings(&source), []);
        assert_eq!(source.root(), Some(folder.path()));
    }

    #[test]
    fn all_problems_are_told_together() {
        let folder =
            folder(&[("a\\b", ""), ("x/.wh.y", ""), ("x/c\u{7}", ""), ("link", "-> nowhere"), ("A", ""), ("a", "")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(
            findings(&source),
            [
                ("source/name-case", "`a` and `A` differ only in case"),
                ("source/name-character", "the name `a\\b` holds a backslash"),
                ("source/link-dangling", "the link `link` leads to `nowhere`, where no file is"),
                ("source/name-whiteout", "the name `.wh.y` begins with `.wh.`, which in an image layer deletes `y`"),
                ("source/name-character", "the name `c\\u{7}` holds a control character"),
            ]
        );
        let source = open(folder.path(), &options(&["*\\\\*", "x", "link", "A"])).unwrap();
        assert_eq!(findings(&source), [], "what is left out is nobody's problem");
        assert_eq!(names(&source), ["a"]);
    }

    #[test]
    fn the_limits_hold_for_what_is_packed_and_for_what_is_seen() {
        let folder = folder(&[("a", "12345"), ("b/c", "12345"), ("b/d.bak", "12345")]);
        let limits = |max_size, max_files| Options { max_size, max_files, ..options(&["*.bak"]) };
        assert!(open(folder.path(), &limits(10, 4)).is_ok());
        let what = format!("`{}`", folder.path().display());
        let error = |options| open(folder.path(), &options).unwrap_err().to_string();
        assert_eq!(error(limits(9, 4)), format!("{what} holds more than 9 bytes"));
        assert_eq!(error(limits(10, 3)), format!("{what} holds more than 3 files and folders"));
    }

    #[test]
    fn what_is_no_source_is_refused_with_a_sentence() {
        let folder = folder(&[
            ("README.md", "# text"),
            ("layout/oci-layout", "{}"),
            ("layout/index.json", "{}"),
            ("saved/manifest.json", r#"[{"Config":"abc.json","RepoTags":[],"Layers":["l/layer.tar"]}]"#),
            ("saved/abc.json", "{}"),
            ("fine/manifest.json", r#"{"kind":"Pod"}"#),
            ("fine/index.json", "{}"),
            ("zip.yaml", "PK\u{3}\u{4}"),
            (".#lock.yaml", ""),
            ("text.yaml", "BZh91"),
        ]);
        let refused = |name: &str| error(open(folder.path().join(name), &Options::default()));
        for (name, code, expected) in [
            ("nothing", 4, "there is no SOURCE"),
            ("README.md/x", 4, "there is no SOURCE"),
            ("README.md", 2, "is no SOURCE"),
            ("layout", 2, "is an OCI image layout: it holds an image"),
            ("saved", 2, "is a docker image archive: it holds an image"),
            ("zip.yaml", 2, "is compressed with zip, which this tool does not read"),
            (".#lock.yaml", 2, "is never packed"),
        ] {
            let (exit, message) = refused(name);
            assert_eq!(exit, code, "{name}: {message}");
            assert!(message.contains(expected), "{name}: {message}");
        }
        assert_eq!(error(open("/dev/null", &Options::default())).0, 2);
        assert!(open(folder.path().join("fine"), &Options::default()).is_ok());
        assert!(open(folder.path().join("text.yaml"), &Options::default()).is_ok());
    }

    #[test]
    fn one_file_is_packed_under_its_own_name() {
        let folder =
            folder(&[("a.yaml", "kind: Pod"), ("b.json", "-> a.yaml"), ("c.yml", ""), (".consignignore", "*")]);
        let open = |name: &str, ignore: &[&str]| open(folder.path().join(name), &options(ignore));
        for (name, content) in [("a.yaml", "kind: Pod"), ("b.json", "kind: Pod"), ("c.yml", "")] {
            assert_eq!(contents(&open(name, &[]).unwrap()), [(name.to_owned(), content.into())]);
        }
        assert_eq!(error(open("a.yaml", &["*.md"])).0, 2, "nothing to ignore");
        let limited = Options { max_size: 8, ..Options::default() };
        assert_eq!(error(super::open(folder.path().join("a.yaml"), &limited)).0, 1);
    }
}
