//! Targets: where a bundle is to go, as typed on the command line.
//!
//! `oci:PATH:TAG` and `oci-archive:FILE:TAG` are written and split as skopeo and podman do; everything else, with or without
//! `oci://`, is a reference into a registry.

use std::fmt;
use std::path::PathBuf;

use super::fault::{Fault, explain};
use super::{Reference, Tag};
use crate::error::Error;

/// Where a bundle is to go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `oci:PATH[:TAG]`: an OCI image layout in a directory.
    Layout {
        /// The directory. No colon can be in it.
        path: PathBuf,
        /// The tag, where one was written.
        tag: Option<Tag>,
    },
    /// `oci-archive:FILE[:TAG]`: an OCI image layout in a tar.
    Archive {
        /// The file. No colon can be in it.
        path: PathBuf,
        /// The tag, where one was written.
        tag: Option<Tag>,
    },
    /// `[oci://]HOST/REPOSITORY[:TAG]`: a repository of a registry.
    Registry(Reference),
}

const LAYOUT: &str = "oci:";
const ARCHIVE: &str = "oci-archive:";
const REGISTRY: &str = "oci://";

/// What skopeo can name and this tool cannot write to.
const FOREIGN: [&str; 4] = ["docker-archive:", "docker-daemon:", "containers-storage:", "dir:"];

const TAG_ADVICE: &str = "or give the tag with `--tag`; nothing goes to `latest` unless it is written";

impl Target {
    /// Reads a target to push to. Without a tag in it there must be `extra_tags`, tags given elsewhere.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage); the error says what is wrong at which column, and its hint what
    /// was probably meant.
    ///
    /// ```
    /// use consign::oci::Target;
    ///
    /// let target = Target::parse_push("oci:out/bundle:v1", false)?;
    /// assert_eq!(target.name(), "oci:out/bundle");
    /// assert_eq!(target.to_string(), "oci:out/bundle:v1");
    /// # Ok::<(), consign::error::Error>(())
    /// ```
    pub fn parse_push(text: &str, extra_tags: bool) -> Result<Self, Error> {
        explain(text, |text| read_push(text, extra_tags))
    }

    /// The target without its tag: what stands before the `@` when an image in it is named by digest.
    pub fn name(&self) -> String {
        match self {
            Self::Layout { path, .. } => format!("{LAYOUT}{}", path.display()),
            Self::Archive { path, .. } => format!("{ARCHIVE}{}", path.display()),
            Self::Registry(reference) => reference.name(),
        }
    }

    /// The tag, where one was written.
    pub const fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Layout { tag, .. } | Self::Archive { tag, .. } => tag.as_ref(),
            Self::Registry(reference) => reference.tag(),
        }
    }
}

/// As it would be typed.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => reference.fmt(f),
            Self::Layout { tag, .. } | Self::Archive { tag, .. } => {
                f.write_str(&self.name())?;
                tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
            }
        }
    }
}

fn read_push(text: &str, extra_tags: bool) -> Result<Target, Fault> {
    if text.trim().is_empty() {
        let advice = "write `oci:PATH:TAG`, `oci-archive:FILE.tar:TAG` or `HOST/REPOSITORY:TAG`";
        return Err(Fault::new(0, "the target is empty").advice(advice));
    }
    if text.trim().len() < text.len() {
        let at = if text.starts_with(char::is_whitespace) { 0 } else { text.trim_end().len() };
        return Err(Fault::new(at, "a target has no space before or behind it").mended(text.trim()));
    }
    if let Some((at, character)) = text.char_indices().find(|(_, character)| character.is_control()) {
        return Err(Fault::new(at, format!("a target has no `{}`", character.escape_debug())));
    }
    if let Some(rest) = text.strip_prefix(ARCHIVE) {
        let (path, tag) = local(ARCHIVE, rest, extra_tags)?;
        return Ok(Target::Archive { path, tag });
    }
    if let Some(rest) = text.strip_prefix(REGISTRY) {
        return if rest.starts_with('/') {
            Err(three_slashes(LAYOUT, text))
        } else {
            registry(rest, extra_tags).map_err(|fault| fault.within(REGISTRY, ""))
        };
    }
    if let Some(rest) = text.strip_prefix(LAYOUT) {
        let (path, tag) = local(LAYOUT, rest, extra_tags)?;
        return Ok(Target::Layout { path, tag });
    }
    check_foreign(text)?;
    registry(text, extra_tags)
}

/// Splits as skopeo does: the path ends at the first colon.
fn local(prefix: &str, rest: &str, extra_tags: bool) -> Result<(PathBuf, Option<Tag>), Fault> {
    let text = [prefix, rest].concat();
    if rest.starts_with("//") {
        return Err(three_slashes(prefix, &text));
    }
    if let Some(at) = rest.find("@sha256:").or_else(|| rest.find("@sha512:")) {
        return Err(digest_given(&text, prefix.len() + at, rest[..at].contains(':')));
    }
    let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    if path.is_empty() {
        return Err(Fault::new(prefix.len(), format!("the path behind `{prefix}` is empty")));
    }
    let at = prefix.len() + path.len();
    let tag = match tag {
        None if extra_tags => None,
        None => return Err(tag_missing(&text, at)),
        Some(tag) if tag.contains([':', '/']) => {
            let why = format!("the path ends at the first colon, and `{tag}` behind it is not a tag");
            return Err(
                Fault::new(at, why).advice("a path with a colon cannot be named: rename it, or make a link to it")
            );
        }
        Some(tag) => Some(Tag::read(tag).map_err(|fault| fault.within(&text[..=at], ""))?),
    };
    Ok((PathBuf::from(path), tag))
}

fn registry(text: &str, extra_tags: bool) -> Result<Target, Fault> {
    let reference = Reference::read(text)?;
    if reference.digest().is_some() {
        let at = text.find('@').unwrap_or(text.len());
        return Err(digest_given(text, at, reference.tag().is_some()));
    }
    if reference.tag().is_none() && !extra_tags {
        return Err(tag_missing(text, text.len()));
    }
    Ok(Target::Registry(reference))
}

fn three_slashes(prefix: &str, text: &str) -> Fault {
    let path = text[prefix.len()..].trim_start_matches('/');
    let root = if text[prefix.len()..].starts_with("///") { "/" } else { "" };
    let why = format!("a path follows `{prefix}` directly, without `//`");
    Fault::new(prefix.len(), why).mended(format!("{prefix}{root}{path}"))
}

fn digest_given(text: &str, at: usize, has_tag: bool) -> Fault {
    let fault = Fault::new(at, "a push has no digest to go to: the digest follows from the content");
    if has_tag { fault.mended(&text[..at]) } else { fault.mended(format!("{}:TAG", &text[..at])).advice(TAG_ADVICE) }
}

fn tag_missing(text: &str, at: usize) -> Fault {
    Fault::new(at, "the tag is missing").mended(format!("{text}:TAG")).advice(TAG_ADVICE)
}

/// What is meant for another tool, or as a plain path.
fn check_foreign(text: &str) -> Result<(), Fault> {
    if let Some(prefix) = FOREIGN.iter().find(|prefix| text.starts_with(**prefix)) {
        return Err(Fault::new(0, format!("`{prefix}` is nothing that this tool writes to"))
            .advice("write `oci:PATH:TAG` for a layout directory, `oci-archive:FILE.tar:TAG` for an archive"));
    }
    if ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start)) {
        let path = text.split(':').next().unwrap_or(text);
        let is_archive = std::path::Path::new(path).extension().is_some_and(|extension| extension == "tar");
        let (prefix, what) = if is_archive { (ARCHIVE, "an archive") } else { (LAYOUT, "a layout directory") };
        return Err(
            Fault::new(0, format!("a path needs `{prefix}` in front to mean {what}")).mended(format!("{prefix}{text}"))
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Kind;

    fn layout(path: &str, tag: &str) -> Target {
        Target::Layout { path: path.into(), tag: tag.parse().ok() }
    }

    #[test]
    fn targets_are_split_as_skopeo_splits_them() {
        for (text, target) in [
            ("oci:out:v1", layout("out", "v1")),
            ("oci:/a/b c:v1", layout("/a/b c", "v1")),
            ("oci:a@b:v1", layout("a@b", "v1")),
            ("oci:.:v1", layout(".", "v1")),
            ("oci-archive:b.tar:v1", Target::Archive { path: "b.tar".into(), tag: "v1".parse().ok() }),
            ("r.io/a:v1", Target::Registry("r.io/a:v1".parse().unwrap())),
        ] {
            assert_eq!(Target::parse_push(text, false).unwrap(), target);
            assert_eq!(target.to_string(), text);
        }
        assert_eq!(Target::parse_push("oci://r.io/a:v1", false).unwrap().to_string(), "r.io/a:v1");
        assert_eq!(Target::parse_push("oci:out", true).unwrap(), layout("out", ""));
        assert_eq!(Target::parse_push("r.io/a", true).unwrap().tag(), None);
    }

    #[test]
    fn a_name_has_no_tag() {
        for (text, name) in [
            ("oci:out:v1", "oci:out"),
            ("oci-archive:b.tar:v1", "oci-archive:b.tar"),
            ("oci://r.io:1/a:v1", "r.io:1/a"),
        ] {
            assert_eq!(Target::parse_push(text, false).unwrap().name(), name);
        }
    }

    #[test]
    fn every_mistake_is_named_at_its_column_and_mended_where_it_can_be() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, column, why, hint) in [
            (" oci:out:v1", 1, "no space before or behind", "write `oci:out:v1`"),
            ("oci:out:v1\n", 11, "no space before or behind", "write `oci:out:v1`"),
            ("oci:a\u{0}b:v1", 6, "no `\\0`", ""),
            ("oci:out", 8, "the tag is missing", "write `oci:out:TAG`; or give the tag with `--tag`"),
            ("oci:out:", 9, "the tag is empty", ""),
            ("oci:out:-1", 9, "a tag starts with", "write `oci:out:1`"),
            ("oci::v1", 5, "the path behind `oci:` is empty", ""),
            ("oci-archive:", 13, "the path behind `oci-archive:` is empty", ""),
            (
                "oci:a:b/c:v1",
                6,
                "the path ends at the first colon, and `b/c:v1`",
                "a path with a colon cannot be named",
            ),
            ("oci:///tmp/out:v1", 5, "without `//`", "write `oci:/tmp/out:v1`"),
            ("oci-archive:///b.tar:v1", 13, "without `//`", "write `oci-archive:/b.tar:v1`"),
            ("oci-archive://b.tar:v1", 13, "without `//`", "write `oci-archive:b.tar:v1`"),
            ("oci:out@DIGEST", 8, "the digest follows from the content", "write `oci:out:TAG`"),
            ("oci:out:v1@DIGEST", 11, "the digest follows from the content", "write `oci:out:v1`"),
            ("r.io/a@DIGEST", 7, "the digest follows from the content", "write `r.io/a:TAG`"),
            ("oci://r.io/a:v1@DIGEST", 16, "the digest follows from the content", "write `oci://r.io/a:v1`"),
            ("oci://r.io/Shop", 12, "lower case", "write `oci://r.io/shop:TAG`"),
            ("r.io/a", 7, "the tag is missing", "write `r.io/a:TAG`"),
            ("https://r.io/Shop", 1, "without `https://`", "write `r.io/shop:TAG`"),
            ("OCI://r.io/a:v1", 1, "without `OCI://`", "write `r.io/a:v1`"),
            ("docker-archive:x.tar:v1", 1, "nothing that this tool writes to", "write `oci:PATH:TAG`"),
            ("./out:v1", 1, "needs `oci:` in front", "write `oci:./out:v1`"),
            ("/tmp/b.tar", 1, "needs `oci-archive:` in front", "write `oci-archive:/tmp/b.tar:TAG`"),
            ("shop", 1, "the host is missing", "write `docker.io/shop:TAG`; that is Docker Hub"),
        ] {
            let error = Target::parse_push(&text.replace("DIGEST", &digest), false).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(&format!("column {column}: ")) && message.contains(why), "{text}: {message}");
            assert!(error.hint_text().unwrap_or_default().starts_with(hint), "{text}: {:?}", error.hint_text());
            assert_eq!(error.hint_text().is_none(), hint.is_empty(), "{text}: {:?}", error.hint_text());
            assert_eq!(error.kind(), Kind::Usage);
        }
        assert_eq!(Target::parse_push("", false).unwrap_err().to_string(), "the target is empty");
    }

    /// Texts that come near to being targets.
    fn near() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "oci:",
            "oci-archive:",
            "oci://",
            "//",
            "/",
            ":",
            "@",
            "sha256:",
            "r.io",
            "localhost",
            "[::1",
            "]",
            "[",
            ":5000",
            "a",
            "Bc",
            ".",
            "-",
            "_",
            " ",
            "v1",
            "+",
            "é",
            "\n",
            "~/",
            ".tar",
            "https",
        ]);
        prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>(), extra_tags: bool) {
            let _ = Target::parse_push(&text, extra_tags);
        }

        #[test]
        fn what_parses_is_shown_as_what_parses_to_the_same(text in near(), extra_tags: bool) {
            if let Ok(target) = Target::parse_push(&text, extra_tags) {
                prop_assert_eq!(Target::parse_push(&target.to_string(), extra_tags).unwrap(), target);
            }
        }

        #[test]
        fn an_error_is_one_line_with_a_column(text in near()) {
            if let Err(error) = Target::parse_push(&text, false) {
                let message = error.to_string();
                prop_assert!(!message.contains('\n'), "{}", message);
                prop_assert!(text.trim().is_empty() || message.contains(", column "), "{}", message);
            }
        }
    }
}
