//! Folders for a while: private, and gone when they are dropped or when a signal ends the process.
//!
//! What can lie in a file without a name does (see `bundle` and `source`). A program that is run on files needs names for them.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Kind};

/// A folder that only this user can look into.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Scratch {
    /// Makes one where `TMPDIR` says.
    pub fn new() -> Result<Self, Error> {
        let make = || -> io::Result<Self> {
            let folder =
                tempfile::Builder::new().prefix("consign-").permissions(fs::Permissions::from_mode(0o700)).tempdir()?;
            // Programs tell of files by the path without links.
            let path = folder.path().canonicalize()?;
            Ok(Self { folder, path })
        };
        // Nobody may find it made and not yet known of.
        let mut known = folders();
        let scratch = make().map_err(|error| {
            Error::new(Kind::Local, "cannot make a temporary folder")
                .because(error)
                .hint("let TMPDIR name a folder that can be written to")
        })?;
        known.push(scratch.folder.path().to_owned());
        drop(known);
        Ok(scratch)
    }

    /// Where it is; no link leads there.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        folders().retain(|other| other != self.folder.path());
    }
}

/// Those that are there now.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn folders() -> MutexGuard<'static, Vec<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes them all, and lets nobody make another: for a process that is about to end itself.
pub fn remove_all() {
    let mut known = folders();
    for folder in known.drain(..) {
        // Somebody may still be writing into it, who fails once it is gone.
        for _ in 0..100 {
            if fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    std::mem::forget(known);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_is_private_and_goes_when_it_is_dropped() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(path.join("file"), "text").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
