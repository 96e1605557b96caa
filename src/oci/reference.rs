//! References into a registry: `host[:port]/repository[:tag][@digest]`.
//!
//! The grammar is that of the [distribution project](https://github.com/distribution/reference) with two differences: the host
//! must be written, since `shop` silently meaning `docker.io/library/shop` has surprised enough people; and no tag means no tag,
//! never `latest`.

use std::fmt;
use std::str::FromStr;

use super::fault::{Fault, explain, user_info};
use super::{Digest, Tag, host};
use crate::error::Error;

/// Names a repository of a registry and, with a tag or a digest, an image in it.
///
/// ```
/// use consign::oci::Reference;
///
/// let reference: Reference = "us-docker.pkg.dev/shop/configs/prod:v1".parse()?;
/// assert_eq!(reference.host(), "us-docker.pkg.dev");
/// assert_eq!(reference.repository(), "shop/configs/prod");
/// assert_eq!(reference.tag().map(|tag| tag.as_str()), Some("v1"));
/// assert_eq!(reference.name(), "us-docker.pkg.dev/shop/configs/prod");
///
/// let error = "https://us-docker.pkg.dev/shop/Configs:v1".parse::<Reference>().unwrap_err();
/// assert_eq!(error.hint_text(), Some("write `us-docker.pkg.dev/shop/configs:v1`"));
/// # Ok::<(), consign::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    host: String,
    repository: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// The registry's host and, where one was written, its port; in lower case, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path of the repository at the host.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, where one was written.
    pub const fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where one was written.
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Host and repository, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        check_characters(text)?;
        check_scheme(text)?;
        let (host, rest) = split_host(text)?;
        let host_end = &text[host.len()..];
        let host = host::read(host).map_err(|fault| fault.within("", host_end))?;

        let before = &text[..text.len() - rest.len()];
        let (path, digest) = match rest.split_once('@') {
            Some((path, digest)) => {
                let at = before.len() + path.len() + 1;
                let digest = digest.parse().map_err(|error| Fault::new(at, format!("{error}")))?;
                (path, Some(digest))
            }
            None => (rest, None),
        };
        let behind = &rest[path.len()..];
        let (repository, tag) = split_tag(path);
        let tag = tag.map(Tag::read).transpose().map_err(|fault| {
            let before_tag = before.len() + repository.len() + 1;
            fault.within(&text[..before_tag], behind)
        })?;
        check_repository(repository).map_err(|fault| fault.within(before, &rest[repository.len()..]))?;
        Ok(Self { host, repository: repository.to_owned(), tag, digest })
    }
}

/// What no reference has anywhere.
fn check_characters(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::new(0, "the reference is empty").advice("write `HOST/REPOSITORY:TAG`"));
    }
    if let Some((start, at)) = user_info(text) {
        let why = "a reference holds no user and no password";
        return Err(Fault::new(start, why).mended([&text[..start], &text[at + 1..]].concat()));
    }
    match text.char_indices().find(|(_, character)| character.is_whitespace() || character.is_control()) {
        Some((at, ' ')) => Err(Fault::new(at, "a reference has no spaces").mended(text.trim())),
        Some((at, character)) => {
            let why = format!("a reference has no `{}`", character.escape_debug());
            Err(Fault::new(at, why).mended(text.trim()))
        }
        None => Ok(()),
    }
}

fn check_scheme(text: &str) -> Result<(), Fault> {
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) => {
            let why = format!("a reference starts with its host, without `{scheme}://`");
            Err(Fault::new(0, why).mended(rest.trim_start_matches('/')))
        }
        _ => Ok(()),
    }
}

/// The host, and what follows its slash.
fn split_host(text: &str) -> Result<(&str, &str), Fault> {
    let Some((first, rest)) = text.split_once('/') else {
        let name = if text.starts_with('[') { text } else { text.split([':', '@']).next().unwrap_or(text) };
        return Err(if host::is_meant(name) {
            Fault::new(text.len(), "after the host comes `/` and a repository")
        } else {
            without_host(text, name)
        });
    };
    if first.is_empty() {
        return Err(
            Fault::new(0, "a reference starts with its host, not with `/`").mended(text.trim_start_matches('/'))
        );
    }
    if !host::is_meant(first) {
        return Err(without_host(text, first));
    }
    Ok((first, rest))
}

fn without_host(text: &str, first: &str) -> Fault {
    if text.parse::<Digest>().is_ok() {
        return Fault::new(0, "that is a digest, and no repository that has it")
            .advice("its repository stands before it: `HOST/REPOSITORY@DIGEST`");
    }
    let why = match first {
        "" => "the name and its host are missing".to_owned(),
        _ => format!("the host is missing: `{}` has neither a dot nor a port", first.escape_debug()),
    };
    Fault::new(0, why)
        .mended(format!("docker.io/{text}"))
        .advice("that is Docker Hub; any other registry's host goes in front in the same way")
}

/// The tag is behind the last colon, unless a slash follows it.
fn split_tag(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (path, None),
    }
}

/// Lower-case words, joined by `.`, `_`, `__` or dashes into components, joined by slashes. A fault's mended text is the
/// repository alone.
fn check_repository(repository: &str) -> Result<(), Fault> {
    const LONGEST: usize = 255;
    if repository.is_empty() {
        return Err(Fault::new(0, "the repository is missing"));
    }
    for (at, character) in repository.char_indices() {
        match character {
            'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/' => {}
            'A'..='Z' => {
                let why = format!("a repository is all lower case, not `{character}`");
                return Err(Fault::new(at, why).mended(repository.to_ascii_lowercase()));
            }
            ':' => {
                let (name, tag) = (&repository[..at], &repository[at + 1..]);
                return Err(if tag.contains('/') && !tag.contains(':') {
                    let why = "behind the `:` is the tag, and a tag has no `/`";
                    Fault::new(at, why).mended(format!("{name}:{}", tag.replace('/', "-")))
                } else {
                    Fault::new(at, "a reference has one `:`, before the tag")
                });
            }
            other => {
                let why =
                    format!("a repository has a-z, 0-9, `.`, `_`, `-` and `/` only, not `{}`", other.escape_debug());
                return Err(Fault::new(at, why));
            }
        }
    }
    if let Some(at) = repository.find("//") {
        let parts: Vec<_> = repository.split('/').filter(|part| !part.is_empty()).collect();
        return Err(Fault::new(at + 1, "a `/` follows another `/`").mended(parts.join("/")));
    }
    if let Some(mended) = repository.strip_suffix('/') {
        return Err(Fault::new(mended.len(), "a repository does not end with `/`").mended(mended));
    }
    if let Some(mended) = repository.strip_prefix('/') {
        return Err(Fault::new(0, "a `/` follows another `/`").mended(mended));
    }
    let mut at = 0;
    for component in repository.split('/') {
        check_component(component)
            .map_err(|fault| fault.within(&repository[..at], &repository[at + component.len()..]))?;
        at += component.len() + 1;
    }
    if repository.len() > LONGEST {
        let why = format!("a repository has at most {LONGEST} characters, this one has {}", repository.len());
        return Err(Fault::new(LONGEST, why));
    }
    Ok(())
}

/// A component starts and ends with a letter or digit; between these stand one dot, one or two underscores, or dashes.
fn check_component(component: &str) -> Result<(), Fault> {
    let is_separator = |character: char| matches!(character, '.' | '_' | '-');
    let trimmed = component.trim_matches(is_separator);
    if trimmed.len() < component.len() {
        let at = if component.starts_with(is_separator) { 0 } else { trimmed.len() };
        let why = format!("`{component}` starts or ends with `.`, `_` or `-`");
        return Err(Fault::new(at, why).mended(trimmed));
    }
    let mut at = 0;
    for piece in component.split_inclusive(|character| !is_separator(character)) {
        // Separators, then one letter or digit.
        let separator = &piece[..piece.len() - 1];
        if !matches!(separator, "" | "." | "_" | "__") && !separator.bytes().all(|byte| byte == b'-') {
            let why = format!("`{separator}` joins nothing: use `.`, `_`, `__` or dashes");
            return Err(Fault::new(at, why));
        }
        at += piece.len();
    }
    Ok(())
}

impl FromStr for Reference {
    type Err = Error;

    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage); the error says what is wrong at which column, and its hint what
    /// was probably meant.
    fn from_str(text: &str) -> Result<Self, Error> {
        explain(text, Self::read)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_reference_comes_apart_at_its_host_tag_and_digest() {
        let digest: Digest = EMPTY.parse().unwrap();
        for (text, host, repository, tag, with_digest) in [
            ("localhost/a", "localhost", "a", None, false),
            ("localhost:5000/a/b:v1", "localhost:5000", "a/b", Some("v1"), false),
            ("us-docker.pkg.dev/p/r/n:v1", "us-docker.pkg.dev", "p/r/n", Some("v1"), false),
            ("10.0.0.1/a__b-c---d.e:1", "10.0.0.1", "a__b-c---d.e", Some("1"), false),
            ("[::1]:5000/a:v1", "[::1]:5000", "a", Some("v1"), false),
            ("r.example/a@DIGEST", "r.example", "a", None, true),
            ("r.example/a:V_1@DIGEST", "r.example", "a", Some("V_1"), true),
        ] {
            let text = text.replace("DIGEST", EMPTY);
            let reference: Reference = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((reference.host(), reference.repository()), (host, repository), "{text}");
            assert_eq!(reference.tag().map(Tag::as_str), tag, "{text}");
            assert_eq!(reference.digest(), with_digest.then_some(digest), "{text}");
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn every_mistake_is_named_at_its_column_and_mended_where_it_can_be() {
        let long = "l".repeat(64);
        let path = "r".repeat(256);
        for (text, column, why, mended) in [
            (" r.io/a:v1", 1, "no spaces", "r.io/a:v1"),
            ("r.io/my app:v1", 8, "no spaces", ""),
            ("r.io/a\t:v1", 7, "no `\\t`", ""),
            ("https://r.io/a:v1", 1, "without `https://`", "r.io/a:v1"),
            ("docker://r.io/A:v1", 1, "without `docker://`", "r.io/a:v1"),
            ("http://me:pw@r.io/a:v1", 8, "no password", "r.io/a:v1"),
            ("shop:v1", 1, "the host is missing: `shop`", "docker.io/shop:v1"),
            ("Acme/shop:v1", 1, "the host is missing: `Acme`", "docker.io/acme/shop:v1"),
            (":v1", 1, "the name and its host are missing", ""),
            (EMPTY, 1, "that is a digest, and no repository that has it", ""),
            ("/r.io/a", 1, "not with `/`", "r.io/a"),
            ("r.io", 5, "and a repository", ""),
            ("localhost:5000", 15, "and a repository", ""),
            ("[::1]:5000", 11, "and a repository", ""),
            ("r.io/", 6, "the repository is missing", ""),
            ("r.io/:v1", 6, "the repository is missing", ""),
            ("r.io/a/", 7, "does not end with `/`", "r.io/a"),
            ("r.io/a/:v1", 7, "does not end with `/`", "r.io/a:v1"),
            ("r.io//a:v1", 6, "follows another", "r.io/a:v1"),
            ("r.io/a//b//c:v1", 8, "follows another", "r.io/a/b/c:v1"),
            ("r.io/a/MyShop:v1", 8, "lower case, not `M`", "r.io/a/myshop:v1"),
            ("r.io/ä:v1", 6, "not `ä`", ""),
            ("r.io/a$b", 7, "not `$`", ""),
            ("r.io/_a:v1", 6, "starts or ends", "r.io/a:v1"),
            ("r.io/a/b-:v1", 9, "starts or ends", "r.io/a/b:v1"),
            ("r.io/a..b", 7, "`..` joins nothing", ""),
            ("r.io/a___b", 7, "`___` joins nothing", ""),
            ("r.io/a:", 8, "the tag is empty", ""),
            ("r.io/a:v1:v2", 7, "one `:`", ""),
            ("r.io/a:feature/x", 7, "a tag has no `/`", "r.io/a:feature-x"),
            ("r.io/a:1.0+2", 11, "not `+`", "r.io/a:1.0_2"),
            ("r.io/a@sha256:00", 8, "64 hexadecimal digits", ""),
            ("r.io/a@v1", 8, "starts with `sha256:`", ""),
            ("[::1/a:v1", 1, "not closed", "[::1]/a:v1"),
            ("[::1:5000/a:v1", 1, "not closed", "[::1]:5000/a:v1"),
            ("::1/a:v1", 1, "in brackets", "[::1]/a:v1"),
            ("fe80::1:5000/a:v1", 1, "in brackets", "[fe80::1]:5000/a:v1"),
            ("[::g]/a", 2, "not an IPv6 address", ""),
            ("[::1]5000/a", 6, "after the bracket", ""),
            ("r.io:/a", 6, "the port after `:` is empty", ""),
            ("r.io:70000/a", 6, "from 1 to 65535", ""),
            ("r.io:0/a", 6, "from 1 to 65535", ""),
            ("r.io:+80/a", 6, "from 1 to 65535", ""),
            (":5000/a", 1, "the host is empty", ""),
            ("256.0.0.1/a", 1, "not an IPv4 address", ""),
            ("my_host.io/a", 3, "a host has letters", ""),
            ("-r.io/a", 1, "starts or ends with `-`", ""),
            ("r.io./a", 6, "before and behind", "r.io/a"),
            ("r..io/a", 3, "before and behind", "r.io/a"),
            (&format!("{long}.io/a"), 64, "at most 63", ""),
            (&format!("r.io/{path}"), 261, "at most 255 characters, this one has 256", ""),
        ] {
            let error = text.parse::<Reference>().unwrap_err();
            let message = error.to_string();
            assert!(message.contains(&format!("column {column}: ")) && message.contains(why), "{text}: {message}");
            let hint = error.hint_text().unwrap_or_default();
            let offered =
                hint.strip_prefix("write `").and_then(|rest| rest.split_once('`')).map_or("", |(text, _)| text);
            assert_eq!(offered, mended, "{text}: {message}");
        }
        assert_eq!("".parse::<Reference>().unwrap_err().to_string(), "the reference is empty");
    }

    #[test]
    fn a_password_is_not_repeated() {
        for text in ["https://me:hunter2@r.io/a:v1", "me:hunter2@r.io/a:v1", "me:hunter2@r.io"] {
            let error = text.parse::<Reference>().unwrap_err();
            assert!(!format!("{error} {:?}", error.hint_text()).contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in any::<String>()) {
            let _ = text.parse::<Reference>();
        }

        #[test]
        fn what_parses_is_shown_as_it_was(text in "(localhost|[a-z]{1,3}[.][a-z]{2}|\\[::1\\])(:[1-9][0-9]{1,3})?(/[a-z0-9]{1,3}([.]|_|__|-|//|[A-Z])?[a-z0-9]){1,3}(:[\\w.-]{1,5})?") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
