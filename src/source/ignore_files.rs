//! Ignore files: what the user wants left out.
//!
//! They are written and mean what a `.gitignore` does, under the name `.consignignore`, and none but those inside the source count. The
//! patterns of `--ignore` stand above all of them, relative to the source.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::names::IGNORE_FILE;
use super::rules;
use crate::error::{Error, Kind};
use crate::finding::{EXCERPT_BYTES, Excerpt, Finding, Place, Position, Span};

/// The most bytes of an ignore file: thousands of patterns, and still quick to compile.
pub(super) const MAX_BYTES: u64 = 64 << 10;

/// The most ignore files from the source down to one folder: each is asked about each file below it.
const MAX_DEPTH: u32 = 32;

/// The most bytes that these have together; compiled, patterns take up to a thousand times as much.
pub(super) const MAX_BYTES_TOGETHER: usize = 128 << 10;

/// The patterns of one ignore file, and those of the folders above it.
pub(super) struct Layer {
    patterns: Gitignore,
    /// How many bytes of a path are the folder of this file.
    base: usize,
    /// How many files there are from the source down to this one, and how many bytes they have.
    depth: u32,
    bytes: usize,
    above: Option<Rc<Layer>>,
}

impl Layer {
    /// Reads the ignore file of `folder`, which is empty or ends in `/`. Lines that are no pattern are told to `found`.
    pub(super) fn parse(
        folder: &str,
        text: &[u8],
        above: Option<Rc<Self>>,
        mut found: impl FnMut(Finding),
    ) -> Option<Rc<Self>> {
        let path = format!("{folder}{IGNORE_FILE}");
        let whole = |message: String| Finding::new(&rules::IGNORE_FILE, Place::file(path.as_str()), message);
        let (depth, bytes) = above.as_ref().map_or((0, 0), |layer| (layer.depth, layer.bytes));
        let (depth, bytes) = (depth + 1, bytes + text.len());
        if depth > MAX_DEPTH || bytes > MAX_BYTES_TOGETHER {
            let most = format!("{MAX_DEPTH} of them, or {} KiB", MAX_BYTES_TOGETHER >> 10);
            found(whole(format!("too many ignore files, one below the other: {most} together, are the most")));
            return None;
        }
        let mut builder = builder();
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        for (line, number) in text.split(|&byte| byte == b'\n').zip(1u32..) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let added = match std::str::from_utf8(line) {
                Ok(line) => add(&mut builder, format!("`{}` in `{path}:{number}`", line.trim_end()), line),
                Err(_) => Err("is not UTF-8".to_owned()),
            };
            if let Err(why) = added {
                found(bad_line(&path, number, line, &why));
            }
        }
        match builder.build() {
            Ok(patterns) => Some(Rc::new(Self { patterns, base: folder.len(), depth, bytes, above })),
            Err(error) => {
                found(whole(format!("the patterns in `{path}` cannot be compiled: {}", short(&error.to_string()))));
                None
            }
        }
    }
}

impl Layer {
    /// Whether a file is left out by these patterns or those of the folders above, for who looks at each file by itself: one in a
    /// folder that is left out may be taken back.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let mut next = Some(self);
        while let Some(layer) = next {
            let mut part = path.get(layer.base..).map(|file| (file, false));
            while let Some((path, is_folder)) = part {
                match matched(&layer.patterns, path.as_bytes(), is_folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => part = path.rsplit_once('/').map(|(folder, _)| (folder, true)),
                }
            }
            next = layer.above.as_deref();
        }
        false
    }
}

/// The patterns of `--ignore`.
pub(super) struct Overrides(Gitignore);

impl Overrides {
    /// Fails on what is no pattern.
    pub(super) fn new(patterns: &[String]) -> Result<Self, Error> {
        let mut builder = builder();
        for pattern in patterns {
            let wrong = |why: &str| {
                Error::new(Kind::Usage, format!("--ignore `{pattern}` {why}"))
                    .hint("patterns are written as in a .gitignore: `*.md`, `/docs/`, `!keep.md`")
            };
            if pattern.trim().is_empty() || pattern.starts_with('#') || pattern.contains('\n') {
                return Err(wrong("is no pattern"));
            }
            add(&mut builder, format!("--ignore `{pattern}`"), pattern).map_err(|why| wrong(&why))?;
        }
        let compiled = builder
            .build()
            .map_err(|error| Error::new(Kind::Usage, "the patterns of --ignore cannot be compiled").because(error))?;
        Ok(Self(compiled))
    }

    /// Why the user wants this path left out, if so. `layer` belongs to the folder that the path is in.
    pub(super) fn leave_out(&self, layer: Option<&Layer>, path: &[u8], is_folder: bool) -> Option<String> {
        let mut verdict = matched(&self.0, path, is_folder);
        let mut below = layer;
        while let (Match::None, Some(layer)) = (&verdict, below) {
            verdict = matched(&layer.patterns, path.get(layer.base..)?, is_folder);
            below = layer.above.as_deref();
        }
        match verdict {
            Match::Ignore(pattern) => Some(pattern.from().unwrap_or(Path::new("")).to_string_lossy().into_owned()),
            Match::Whitelist(_) | Match::None => None,
        }
    }
}

fn builder() -> GitignoreBuilder {
    // Paths are given relative to the folder of the patterns: nothing is to be cut from them.
    let mut builder = GitignoreBuilder::new(".");
    // git takes `[ab` for a pattern that fits nothing; a user wants to know.
    builder.allow_unclosed_class(false);
    builder
}

/// Adds a line; `why` is what to tell of a file that it leaves out.
fn add(builder: &mut GitignoreBuilder, why: String, line: &str) -> Result<(), String> {
    if matches!(line.trim_end(), "!" | "/" | "!/") {
        return Err("is no pattern".to_owned());
    }
    // The library carries a path for each pattern and does not look at it.
    match builder.add_line(Some(why.into()), &translated(line)) {
        Ok(_) => Ok(()),
        Err(ignore::Error::Glob { err, .. }) => Err(format!("is no pattern: {}", short(&err))),
        Err(error) => Err(format!("is no pattern: {}", short(&error.to_string()))),
    }
}

/// The line as the library must have it to mean what it means to git.
///
/// To git, braces are characters like any other, to the library a choice, which may nest until the stack is full. To git, no class
/// fits a `/`, to the library `[!a]` does.
fn translated(line: &str) -> String {
    if line.starts_with('#') {
        return line.to_owned();
    }
    let (negation, pattern) = line.strip_prefix('!').map_or(("", line), |pattern| ("!", pattern));
    let mut out = String::with_capacity(line.len());
    let mut rest = pattern.chars().peekable();
    let mut slash_added = false;
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' => out.extend(['\\', character]),
            '\\' => {
                out.push(character);
                out.extend(rest.next());
            }
            '[' => {
                out.push(character);
                let negated = rest.next_if(|&next| matches!(next, '!' | '^'));
                out.extend(negated);
                // A `]` that comes first is a member of the class and not its end.
                out.extend(rest.next_if_eq(&']'));
                if negated.is_some() {
                    out.push('/');
                    slash_added = true;
                }
                for member in rest.by_ref() {
                    out.push(member);
                    if member == ']' {
                        break;
                    }
                }
            }
            _ => out.push(character),
        }
    }
    // A slash of its own ties a pattern to its folder; ours must not.
    let anywhere = if slash_added && !pattern.trim_end().trim_end_matches('/').contains('/') { "**/" } else { "" };
    format!("{negation}{anywhere}{out}")
}

/// The first line of an explanation, which may go on to quote the whole pattern.
fn short(why: &str) -> &str {
    let line = why.lines().next().unwrap_or_default();
    &line[..line.floor_char_boundary(EXCERPT_BYTES)]
}

fn matched<'a>(patterns: &'a Gitignore, path: &[u8], is_folder: bool) -> Match<&'a ignore::gitignore::Glob> {
    patterns.matched(Path::new(OsStr::from_bytes(path)), is_folder)
}

fn bad_line(path: &str, number: u32, line: &[u8], why: &str) -> Finding {
    let text = super::names::shown(line);
    let text = &text[..text.floor_char_boundary(EXCERPT_BYTES)];
    let columns = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let span = Span {
        start: Position { line: number, column: 1 },
        end: Position { line: number, column: columns.saturating_add(1) },
    };
    let place = Place {
        path: path.into(),
        span: Some(span),
        excerpt: Some(Excerpt { text: text.to_owned(), marked: 0..text.len() }),
    };
    Finding::new(&rules::IGNORE_PATTERN, place, format!("the line `{text}` {why}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{findings, folder, left_out, names, options};
    use super::super::{Options, open};

    #[test]
    fn the_last_pattern_of_the_deepest_file_wins() {
        let folder = folder(&[
            (".consignignore", "# comment\n\n*.bak\n!important.bak\n/only-here\ndocs/\n\\#odd\r\n"),
            ("envs/.consignignore", "!*.bak\nold.bak\n/rooted/*.tmp\n"),
            ("a.bak", ""),
            ("important.bak", ""),
            ("#odd", ""),
            ("envs/b.bak", ""),
            ("envs/old.bak", ""),
            ("envs/rooted/x.tmp", ""),
            ("rooted/x.tmp", ""),
            ("only-here", ""),
            ("envs/only-here", ""),
            ("docs/x", ""),
            ("envs/docs", "a file"),
        ]);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(names(&source), ["envs/b.bak", "envs/docs", "envs/only-here", "important.bak", "rooted/x.tmp"]);
        assert_eq!(
            left_out(&source),
            [
                ("#odd", "`\\#odd` in `.consignignore:7`"),
                (".consignignore", "ignore file"),
                ("a.bak", "`*.bak` in `.consignignore:3`"),
                ("docs/", "`docs/` in `.consignignore:6`"),
                ("envs/.consignignore", "ignore file"),
                ("envs/old.bak", "`old.bak` in `envs/.consignignore:2`"),
                ("envs/rooted/x.tmp", "`/rooted/*.tmp` in `envs/.consignignore:3`"),
                ("only-here", "`/only-here` in `.consignignore:5`"),
            ]
        );
    }

    #[test]
    fn what_lies_in_a_folder_that_is_left_out_cannot_be_taken_back() {
        let folder = folder(&[
            (".consignignore", "docs/\n!docs/keep.md\n!.git\n"),
            ("docs/keep.md", ""),
            ("docs/.consignignore", "!*"),
            (".git/config", ""),
        ]);
        let source = open(folder.path(), &options(&["!docs/keep.md", "!.git", "!.consignignore"])).unwrap();
        assert_eq!(names(&source), [] as [&str; 0]);
    }

    #[test]
    fn the_command_line_wins_over_the_files() {
        let folder = folder(&[(".consignignore", "*.md\n!b.txt"), ("a.md", ""), ("b.txt", ""), ("x/b.txt", "")]);
        let source = open(folder.path(), &options(&["*.txt", "!*.md", "!x/*.txt"])).unwrap();
        assert_eq!(names(&source), ["a.md", "x/b.txt"]);
        assert_eq!(left_out(&source)[1], ("b.txt", "--ignore `*.txt`"));
    }

    #[test]
    fn braces_are_characters_as_they_are_to_git() {
        let nested = "{a,".repeat(15_000) + &"}".repeat(15_000);
        let patterns = format!("*.{{md,txt}}\nx\\{{\n[{{]]y\n[^]}}]z\n{nested}\n");
        let mut things: Vec<_> = ["a.{md,txt}", "a.md", "x{", "{]y", "az", "]z", "}z"].map(|name| (name, "")).into();
        things.push((".consignignore", &patterns));
        let folder = folder(&things);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(names(&source), ["]z", "a.md", "}z"]);
        assert_eq!(findings(&source), []);
        assert_eq!(left_out(&source)[1], ("a.{md,txt}", "`*.{md,txt}` in `.consignignore:1`"));
    }

    #[test]
    fn no_class_fits_a_slash() {
        let text = "x[!a]b\n#[!z]\n[^]]c/\n";
        let folder =
            folder(&[(".consignignore", text), ("x/b", ""), ("d/xcb", ""), ("yc/z", ""), ("]c/z", ""), ("#a", "")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        assert_eq!(names(&source), ["#a", "]c/z", "x/b"]);
        assert_eq!(
            left_out(&source)[1..],
            [("d/xcb", "`x[!a]b` in `.consignignore:1`"), ("yc/", "`[^]]c/` in `.consignignore:3`")]
        );
    }

    #[test]
    fn neither_gitignore_nor_anything_above_the_source_counts() {
        let folder = folder(&[(".consignignore", "*"), ("in/a", ""), ("in/.gitignore", "*"), ("in/.ignore", "*")]);
        let source = open(folder.path().join("in"), &Options::default()).unwrap();
        assert_eq!(names(&source), [".gitignore", ".ignore", "a"]);
    }

    #[test]
    fn a_line_that_is_no_pattern_is_told_with_its_place() {
        let folder = folder(&[(".consignignore", "*.md\n[ab\n[b-a]\n!\n"), ("a.md", "")]);
        let source = open(folder.path(), &Options::default()).unwrap();
        let told: Vec<_> = source.findings().iter().map(|f| (f.place.span.unwrap().start.line, &*f.message)).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0].0, 2);
        assert!(told[0].1.starts_with("the line `[ab` is no pattern: unclosed character class"), "{told:?}");
        assert_eq!((told[1].0, told[2]), (3, (4, "the line `!` is no pattern")));
        assert_eq!(left_out(&source)[1].0, "a.md", "the other lines hold");
        for pattern in ["", " ", "#x", "!", "[", "a\nb"] {
            assert_eq!(open(folder.path(), &options(&[pattern])).unwrap_err().kind().exit_code(), 2, "{pattern:?}");
        }
    }

    #[test]
    fn an_ignore_file_that_is_no_plain_text_is_an_error() {
        let large = "x\n".repeat(40_000);
        let half = "x\n".repeat(25_000);
        let deep: String = (0..33).map(|_| "d/").collect();
        let mut things: Vec<(String, &str)> = vec![
            ("a/.consignignore".into(), "-> ../patterns"),
            ("b/.consignignore/".into(), ""),
            ("c/.consignignore".into(), &large),
            ("g/.consignignore".into(), &half),
            ("g/g/.consignignore".into(), &half),
            ("g/g/g/.consignignore".into(), &half),
            ("e/.consignignore".into(), "-> ../patterns"),
            ("e/.consignignore~".into(), ""),
            ("patterns".into(), "*"),
        ];
        things.extend((0..33).map(|depth| (format!("{}.consignignore", &deep[..2 * depth]), "*.x\n")));
        let things: Vec<(&str, &str)> = things.iter().map(|(path, content)| (path.as_str(), *content)).collect();
        let folder = folder(&things);
        std::fs::create_dir(folder.path().join("f")).unwrap();
        std::fs::write(folder.path().join("f/.consignignore"), b"x\n\xff\n").unwrap();
        let source = open(folder.path(), &options(&["/e"])).unwrap();
        assert_eq!(
            findings(&source),
            [
                (
                    "source/ignore-file",
                    "`a/.consignignore` cannot be used: it is a link; an ignore file must be a regular file"
                ),
                ("source/ignore-file", "`b/.consignignore` cannot be used: it is a folder, not a file"),
                ("source/ignore-file", "`c/.consignignore` cannot be used: it has 80000 bytes; 65536 are the most"),
                (
                    "source/ignore-file",
                    "too many ignore files, one below the other: 32 of them, or 128 KiB together, are the most"
                ),
                ("source/ignore-pattern", "the line `\\xff` is not UTF-8"),
                (
                    "source/ignore-file",
                    "too many ignore files, one below the other: 32 of them, or 128 KiB together, are the most"
                ),
            ]
        );
    }
}
