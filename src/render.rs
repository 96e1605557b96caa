//! A kustomization as its consumer would render it, from an unpacked copy of the packed bytes.
//!
//! What a kustomization names can be anything: a repository on the network, a file of this machine, a program. So before anything is
//! run, a [`Survey`] reads all kustomizations of the [`Copy`](struct@Copy) and finds what leads out of it; where it finds anything wrong,
//! nothing is run. Then a [`Renderer`] lets `kustomize` or `kubectl kustomize` build the folders, cut off from the network, the user's
//! configuration and the rest of the environment. What comes out is judged as any other object is; that is `pack`'s matter.

#![allow(
    clippy::result_large_err,
    reason = "a finding instead of a rendered folder is rare, and its caller keeps it as it is"
)]

mod affixes;
mod choose;
mod fields;
mod kustomization;
mod lead;
mod origin;
mod parts;
mod plugin;
mod program;
mod rules;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod words;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::bundle::{self, Limits};
use crate::error::{Error, Kind};
use crate::scratch::Scratch;

pub use choose::{Choice, Wanted, choose};
pub use origin::{Origins, Told};
pub use parts::Parts;
pub use program::{Limit, Renderer, not_rendered};
pub use rules::{HELM, RULES};
pub use survey::Survey;

/// The packed files, unpacked into a folder of their own. There are no links among them.
#[derive(Debug)]
pub struct Copy {
    scratch: Scratch,
}

impl Copy {
    /// Unpacks the tar of a bundle.
    pub fn unpack(tar: impl Read, limits: Limits) -> Result<Self, Error> {
        let copy = Self { scratch: Scratch::new()? };
        for folder in [copy.root(), copy.home()] {
            std::fs::create_dir(folder)
                .map_err(|error| Error::new(Kind::Local, "cannot make a temporary folder").because(error))?;
        }
        bundle::unpack(tar, &copy.root(), limits)?;
        Ok(copy)
    }

    /// Where a file of the bundle is now.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Puts what a folder rendered to beside the copy, under a number of its own.
    pub fn keep(&self, folder: &str, number: usize, stream: &[u8]) -> Result<Rendered, Error> {
        let file = self.scratch.path().join(format!("{number}.yaml"));
        std::fs::write(&file, stream).map_err(|error| {
            Error::new(Kind::Local, "cannot keep what was rendered in a temporary file").because(error)
        })?;
        Ok(Rendered { folder: folder.to_owned(), file })
    }

    /// Where the bundle's root is.
    fn root(&self) -> PathBuf {
        self.scratch.path().join("bundle")
    }

    /// An empty folder: what programs take for the user's own.
    fn home(&self) -> PathBuf {
        self.scratch.path().join("home")
    }
}

/// What a folder rendered to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The folder, `""` for the root.
    pub folder: String,
    /// Where the stream is kept, as long as the copy is.
    pub file: PathBuf,
}

/// A path below a folder of the bundle, `""` being the root.
fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// How messages name a folder of the bundle.
fn shown(folder: &str) -> String {
    if folder.is_empty() { "the bundle's root".to_owned() } else { format!("`{folder}`") }
}

/// The names that a kustomization may have.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The name of the kustomization in a folder of the copy.
fn kustomization_in(root: &Path, folder: &str) -> Option<String> {
    NAMES.iter().map(|name| below(folder, name)).find(|path| root.join(path).is_file())
}
