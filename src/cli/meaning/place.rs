//! What a text on the command line names: something on this disk, an image at a registry, a repository, or a registry.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use super::usage;
use crate::error::{Error, Kind};
use crate::oci::{Reference, is_meant_as_host};

/// What `consign digest` is asked about.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) enum Subject {
    /// Something to pack: a path, or `-`.
    Source,
    /// An image at a registry.
    Image(Reference),
}

/// A path that exists (or `-`) is a SOURCE; otherwise what reads as a reference with its host is a REF.
pub(in crate::cli) fn subject(text: &OsStr) -> Result<Subject, Error> {
    if text == "-" || text.is_empty() || exists(Path::new(text)) {
        return Ok(Subject::Source);
    }
    let Some(text) = text.to_str().filter(|text| starts_with_host(text)) else {
        return Err(Error::new(
            Kind::NotFound,
            format!("there is no SOURCE `{}`, and it names no image at a registry", Path::new(text).display()),
        )
        .hint(
            "SOURCE is a directory, a .yaml, .yml or .json file, a tar (plain or gzip), or `-` for standard input; \
             an image at a registry is written with its host: HOST/REPOSITORY:TAG",
        ));
    };
    image(text).map(Subject::Image).map_err(|error| {
        let both = usage(format!("{error} (and there is no SOURCE of this name)"));
        match error.hint_text() {
            Some(hint) => both.hint(hint),
            None => both,
        }
    })
}

/// Whether there is anything under this name, were it only a broken link.
fn exists(path: &Path) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    match fs::symlink_metadata(path) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput),
    }
}

/// Whether a text that is no path starts as a reference does.
fn starts_with_host(text: &str) -> bool {
    let path = ["/", "./", "../", "~"].iter().any(|start| text.starts_with(start));
    let first = text.split('/').next().unwrap_or(text);
    !path && is_meant_as_host(first) && text.contains('/')
}

/// REF: an image at a registry, with its tag or digest.
pub(in crate::cli) fn image(text: &str) -> Result<Reference, Error> {
    let reference = reference(text)?;
    if reference.tag().is_none() && reference.digest().is_none() {
        let name = reference.name();
        return Err(usage(format!("`{name}` names a repository, and no image in it"))
            .hint(format!("write `{name}:TAG` or `{name}@DIGEST`; `consign ls {name}` lists the tags")));
    }
    Ok(reference)
}

/// REPO: a repository, without tag and digest.
pub(in crate::cli) fn repository(text: &str) -> Result<Reference, Error> {
    let reference = reference(text)?;
    if reference.tag().is_some() || reference.digest().is_some() {
        return Err(usage(format!("`{reference}` names an image, and a repository is asked for"))
            .hint(format!("write `{}`", reference.name())));
    }
    Ok(reference)
}

/// A registry, or a repository there: its host, and the repository where one is written.
pub(in crate::cli) fn host(text: &str) -> Result<(String, Option<Reference>), Error> {
    let alone = text.strip_suffix('/').unwrap_or(text);
    if !alone.contains('/') {
        // Any repository: only the host is of interest.
        if let Ok(reference) = format!("{alone}/any").parse::<Reference>() {
            return Ok((reference.host().to_owned(), None));
        }
        return Err(usage(format!("`{text}` is not the host of a registry")).hint(HOSTS));
    }
    let reference = repository(text);
    let reference = reference.map_err(|error| if error.hint_text().is_some() { error } else { error.hint(HOSTS) })?;
    Ok((reference.host().to_owned(), Some(reference)))
}

const HOSTS: &str = "write HOST or HOST/REPOSITORY: `us-docker.pkg.dev`, `localhost:5000`, `docker.io/library/alpine`";

/// An image at a registry, or a repository there.
pub(in crate::cli) fn reference(text: &str) -> Result<Reference, Error> {
    for local in ["oci-archive:", "oci:"] {
        if text.starts_with(local) && !text.starts_with("oci://") {
            return Err(usage(format!("`{text}` is not at a registry")).hint("write HOST/REPOSITORY:TAG"));
        }
    }
    text.strip_prefix("oci://").unwrap_or(text).parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_is_a_source_and_what_has_a_host_is_an_image() {
        for source in ["-", "", "src", "Cargo.toml"] {
            assert_eq!(subject(OsStr::new(source)).unwrap(), Subject::Source, "{source}");
        }
        for image in ["r.io/a:v1", "oci://r.io/a:v1", "localhost/a:v1", "r:5000/a:v1"] {
            let Subject::Image(reference) = subject(OsStr::new(image)).unwrap() else { panic!("{image}") };
            assert_eq!(reference.repository(), "a");
        }
    }

    #[test]
    fn a_path_wins_over_a_reference() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.io");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a:v1"), "").unwrap();
        assert!(exists(&path.join("a:v1")));
        std::os::unix::fs::symlink("nowhere", path.join("broken")).unwrap();
        assert!(exists(&path.join("broken")), "its error is that of a broken link");
        assert!(!exists(&path.join("a:v1/below")) && !exists(Path::new(&"x".repeat(5000))));
    }

    #[test]
    fn what_is_neither_is_told_so() {
        for (text, kind) in [
            ("missing", Kind::NotFound),
            ("./r.io/a:v1", Kind::NotFound),
            ("team/app:v1", Kind::NotFound),
            ("missing.yaml", Kind::NotFound),
            ("r.io/A:v1", Kind::Usage),
            ("r.io/a", Kind::Usage),
            ("oci:out/x:v1", Kind::Usage),
        ] {
            let error = subject(OsStr::new(text)).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains("no SOURCE"), "{error}");
            assert!(error.hint_text().is_some());
        }
    }

    #[test]
    fn a_repository_has_no_tag_and_an_image_has_one() {
        assert!(repository("r.io/a").is_ok() && image("r.io/a:v1").is_ok());
        assert_eq!(repository("r.io/a:v1").unwrap_err().hint_text(), Some("write `r.io/a`"));
        assert!(image("r.io/a").unwrap_err().hint_text().unwrap().contains("`r.io/a:TAG`"));
    }

    #[test]
    fn a_registry_is_a_host_with_or_without_a_repository() {
        for (text, host_part, repository) in [
            ("r.io", "r.io", None),
            ("r.io/", "r.io", None),
            ("localhost:5000", "localhost:5000", None),
            ("r.io/a/b", "r.io", Some("a/b")),
        ] {
            let (host, reference) = host(text).unwrap();
            assert_eq!((host.as_str(), reference.as_ref().map(Reference::repository)), (host_part, repository));
        }
        for text in ["", "r", "r.io/a:v1", "https://r.io", "r.io:port", "a b.io"] {
            assert_eq!(host(text).unwrap_err().kind(), Kind::Usage, "{text}");
        }
    }
}
