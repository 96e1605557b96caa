//! Files that appear whole or not at all.
//!
//! A file is written without a name, brought to the disk, and only then given its name: whatever is killed or fills up before
//! that leaves no trace, since the kernel frees a file that has no name when its last descriptor closes. Where a file system
//! cannot do this (NFS, some FUSE ones), the file has a temporary name meanwhile, which a kill leaves behind.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::error::{Error, Kind};

/// How temporary names start.
pub(super) const TEMPORARY: &str = ".consign-";

/// Writes `path` whole or not at all, replacing a file that is there. Through a symbolic link, what it points to is replaced.
/// The mode is that of any newly created file.
///
/// A device or a pipe cannot be replaced and is written to as the bytes come.
///
/// An [`Error`] that `write` hands out inside an [`io::Error`] (with [`io::Error::other`]) comes back as it is; anything else
/// that fails is [`Kind::Local`] and names `path`.
///
/// ```
/// use std::io::Write as _;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("layer.tar.gz");
/// consign::store::write_file(&path, |file| file.write_all(b"bytes"))?;
/// assert_eq!(std::fs::read(&path)?, b"bytes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_file(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let attempt = || match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory)),
        Ok(there) if !there.is_file() => write(&mut File::options().write(true).open(path)?),
        Ok(_) => replace(&fs::canonicalize(path)?, write),
        Err(cause) if cause.kind() == ErrorKind::NotFound => replace(path, write),
        Err(cause) => Err(cause),
    };
    attempt().map_err(|cause| failed(&format!("cannot write `{}`", path.display()), cause))
}

fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut draft = Draft::in_folder(folder_of(path))?;
    write(draft.file())?;
    draft.publish(path, Existing::Replace)
}

/// The error for local input or output that failed: what was tried, and what helps against this cause.
pub(super) fn failed(what: &str, cause: io::Error) -> Error {
    let cause = match cause.downcast::<Error>() {
        Ok(ours) => return ours,
        Err(cause) => cause,
    };
    let hint = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "nothing was changed; free some space there, or choose a place that has room"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "choose a place where you may write",
        ErrorKind::NotFound => "make its folder first, or correct the path",
        ErrorKind::IsADirectory => "give the path of a file, not of a folder",
        _ => return Error::new(Kind::Local, what).because(cause),
    };
    Error::new(Kind::Local, what).because(cause).hint(hint)
}

/// What happens to a file that already has the name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Existing {
    /// It gives way, in one step: whoever opens the name sees the old file or the new.
    Replace,
    /// It stays, and the draft is dropped.
    Keep,
}

/// A file that is being written and that nobody else sees yet.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// Its temporary name, where it could not do without; removed on drop.
    name: Option<TempPath>,
}

impl Draft {
    /// An empty draft on the file system of `folder`, which exists.
    pub(super) fn in_folder(folder: &Path) -> io::Result<Self> {
        match unnamed(folder)? {
            Some(file) => Ok(Self { file, name: None }),
            None => Self::named(folder),
        }
    }

    /// A draft with a temporary name, for where files without one are not supported.
    fn named(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let (file, name) = tempfile::Builder::new()
            .prefix(TEMPORARY)
            // The umask applies, as it does to any new file.
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)?
            .into_parts();
        Ok(Self { file, name: Some(name) })
    }

    pub(super) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Brings the bytes to the disk and then gives them the name `path`, in a folder on the file system that the draft is on.
    pub(super) fn publish(self, path: &Path, existing: Existing) -> io::Result<()> {
        self.file.sync_all()?;
        let published = match (self.name, existing) {
            (None, _) => link(&self.file, path, existing),
            (Some(name), Existing::Replace) => name.persist(path).map_err(|refused| refused.error),
            (Some(name), Existing::Keep) => name.persist_noclobber(path).map_err(|refused| refused.error),
        };
        match published {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists && existing == Existing::Keep => Ok(()),
            Err(cause) => Err(cause),
            Ok(()) => sync_folder(folder_of(path)),
        }
    }
}

/// A file without a name on the file system of `folder`; `None` where that is not supported.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;
    if !Path::new("/proc/self/fd").exists() {
        // Only through there can it get a name later.
        return Ok(None);
    }
    match rustix::fs::open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::from_raw_mode(0o666)) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_folder: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Gives a file without a name its name.
///
/// The kernel links only to a free name. Where there is a file to replace, the new one gets a temporary name for the moment
/// before it is renamed: the one moment in which a kill leaves something behind.
#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path, existing: Existing) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{AtFlags, CWD, linkat};
    use rustix::io::Errno;

    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link_to = |path: &Path| linkat(CWD, &source, CWD, path, AtFlags::SYMLINK_FOLLOW);
    match link_to(path) {
        Err(Errno::EXIST) if existing == Existing::Replace => {}
        other => return Ok(other?),
    }
    let folder = folder_of(path);
    // Names that are taken are leftovers of kills, or of processes that have the same number in another container.
    let temporary = (0u64..)
        .map(|number| folder.join(format!("{TEMPORARY}{}-{number}", std::process::id())))
        .find_map(|name| match link_to(&name) {
            Ok(()) => Some(Ok(name)),
            Err(Errno::EXIST) => None,
            Err(errno) => Some(Err(errno)),
        })
        .unwrap_or(Err(Errno::EXIST))?;
    fs::rename(&temporary, path).inspect_err(|_| {
        // The rename's failure is the one to tell.
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(not(target_os = "linux"))]
fn link(_file: &File, _path: &Path, _existing: Existing) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// The folder that a file of this path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// The folder itself, or the nearest one above it, that exists: what will be made below is on the same file system.
pub(super) fn nearest_folder(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
        .find(|folder| folder.is_dir())
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// Makes a folder and those above it, and brings their names to the disk.
pub(super) fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    if above != folder {
        create_folders(above)?;
    }
    match fs::create_dir(folder) {
        // Another process was faster.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(cause) => Err(cause),
        Ok(()) => sync_folder(above),
    }
}

/// Brings the names in a folder to the disk, where the file system has such a thing.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(cause) if matches!(cause.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_and_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for content in ["old", "new"] {
            let before = fs::read(&path).ok();
            write_file(&path, |file| {
                file.write_all(content.as_bytes())?;
                assert_eq!(fs::read(&path).ok(), before, "nothing is seen before it is whole");
                Ok(())
            })
            .unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, "old").unwrap();
        let error = write_file(&path, |file| {
            file.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(error.kind(), Kind::Local);
        assert!(error.to_string().starts_with(&format!("cannot write `{}`: ", path.display())), "{error}");
        assert!(error.hint_text().unwrap().contains("free some space"), "{error:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn an_error_of_ours_passes_through() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(&folder.path().join("f"), |_| {
            Err(io::Error::other(Error::new(Kind::Integrity, "the bytes are wrong")))
        })
        .unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Integrity, "the bytes are wrong"));
    }

    #[test]
    fn the_mode_is_that_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o7777;
        File::create(folder.path().join("usual")).unwrap();
        write_file(&folder.path().join("ours"), |_| Ok(())).unwrap();
        Draft::named(folder.path()).unwrap().publish(&folder.path().join("named"), Existing::Keep).unwrap();
        assert_eq!(mode("ours"), mode("usual"));
        assert_eq!(mode("named"), mode("usual"));
    }

    #[test]
    fn a_draft_with_a_temporary_name_does_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for (content, existing, then) in
            [("1", Existing::Keep, "1"), ("2", Existing::Keep, "1"), ("3", Existing::Replace, "3")]
        {
            for named in [true, false] {
                let mut draft =
                    if named { Draft::named(folder.path()) } else { Draft::in_folder(folder.path()) }.unwrap();
                draft.file().write_all(content.as_bytes()).unwrap();
                draft.publish(&path, existing).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), then);
            }
        }
        drop(Draft::named(folder.path()).unwrap());
        assert_eq!(names(folder.path()), ["f"]);
    }

    #[test]
    fn what_a_link_points_to_is_replaced_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (real, linked) = (folder.path().join("real"), folder.path().join("linked"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink("real", &linked).unwrap();
        write_file(&linked, |file| file.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&linked).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        write_file(Path::new("/dev/null"), |file| file.write_all(b"gone")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let error = write_file(Path::new("/dev/full"), |file| file.write_all(b"no room")).unwrap_err();
        assert_eq!(error.kind(), Kind::Local);
        assert!(error.to_string().starts_with("cannot write `/dev/full`: No space left on device"), "{error}");
    }

    #[test]
    fn a_folder_that_is_missing_or_in_the_place_of_the_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(&folder.path().join("no/f"), |_| Ok(())).unwrap_err();
        assert!(error.hint_text().unwrap().contains("make its folder"), "{error:?}");
        let error = write_file(folder.path(), |_| Ok(())).unwrap_err();
        assert!(error.hint_text().unwrap().contains("not of a folder"), "{error:?}");
    }
}
