//! Where the files are that findings are about, as whoever reads them would open them.

use std::borrow::Cow;
use std::path::{Component, Path};

use crate::finding::Finding;

/// Where the files of a source are found on this disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// What stands before a name in the bundle; none if the files are not on this disk.
    before: Option<String>,
}

impl Origin {
    /// The files lie below this folder; without one they are on no disk, and their names in the bundle must do.
    pub fn below(folder: Option<&Path>) -> Self {
        let Some(folder) = folder else { return Self::default() };
        let mut before = String::new();
        for part in folder.components().filter(|part| *part != Component::CurDir) {
            before.push_str(&part.as_os_str().to_string_lossy());
            if part != Component::RootDir {
                before.push('/');
            }
        }
        Self { before: Some(before) }
    }

    /// The path to open, if there is a file on this disk. `.` is the folder itself.
    pub fn file(&self, name: &str) -> Option<String> {
        let before = self.before.as_deref()?;
        Some(match (name, before) {
            (".", "" | "/") => format!("{before}."),
            (".", _) => before.trim_end_matches('/').to_owned(),
            _ => format!("{before}{name}"),
        })
    }

    /// The path to show: the one to open, or else the name in the bundle.
    pub fn path<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.before.as_deref() {
            None | Some("") => Cow::Borrowed(name),
            Some(_) => self.file(name).map_or(Cow::Borrowed(name), Cow::Owned),
        }
    }
}

/// A finding, and where its files are.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// What was found.
    pub finding: &'a Finding,
    /// Where the files are that it names.
    pub origin: &'a Origin,
}

impl<'a> Reported<'a> {
    /// Findings of one source.
    pub fn all(findings: &[&'a Finding], origin: &'a Origin) -> Vec<Self> {
        findings.iter().map(|finding| Self { finding, origin }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_that_can_be_opened_from_here() {
        for (folder, name, path) in [
            ("deploy", "a/b.yaml", "deploy/a/b.yaml"),
            ("./deploy/", "b.yaml", "deploy/b.yaml"),
            (".", "b.yaml", "b.yaml"),
            ("", "b.yaml", "b.yaml"),
            ("../other", "b.yaml", "../other/b.yaml"),
            ("/srv/deploy", "b.yaml", "/srv/deploy/b.yaml"),
            ("/", "b.yaml", "/b.yaml"),
            ("deploy", ".", "deploy"),
            (".", ".", "."),
        ] {
            let origin = Origin::below(Some(Path::new(folder)));
            assert_eq!(origin.path(name), path, "{folder}");
            assert_eq!(origin.file(name).as_deref(), Some(path), "{folder}");
        }
        assert_eq!((Origin::below(None).path("a.yaml"), Origin::default().file("a.yaml")), ("a.yaml".into(), None));
    }
}
