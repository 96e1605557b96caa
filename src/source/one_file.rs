//! One regular file as a source: YAML or JSON, told by its name, or a tar, told by its content.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::content::{self, Content};
use super::read::Body;
use super::{Entry, Options, Origin, Selection, Source, WHAT_A_SOURCE_IS, archive, limits, names, spool};
use crate::error::{Error, Kind};

/// Looks at a file; it may be named by a link.
pub(super) fn open(path: &Path, what: &str, options: &Options) -> Result<Source, Error> {
    let cannot = |error: io::Error| Error::new(Kind::Local, format!("cannot read {what}")).because(error);
    let file = open_to_read(path).map_err(cannot)?;
    let mut head = Vec::new();
    (&file).take(content::ENOUGH as u64).read_to_end(&mut head).map_err(cannot)?;
    match content::tell(&head, what)? {
        Content::Tar => archive::open(file, what, options),
        Content::Gzip => {
            let packed = io::Cursor::new(head).chain(file);
            let unpacked = spool::gunzip(packed, what, options.max_size)?;
            archive::open_unpacked(unpacked, what, options)
        }
        Content::Other => {
            let name = path.file_name().unwrap_or_default().as_bytes();
            if !is_manifest(name) {
                return Err(Error::new(Kind::Usage, format!("{what} is no SOURCE")).hint(WHAT_A_SOURCE_IS));
            }
            let size = file.metadata().map_err(cannot)?.len();
            let selection = select(name, size, what, options)?;
            Ok(Source { selection, root: None, max_size: options.max_size, body: Body::OneFile(path.to_owned()) })
        }
    }
}

/// Opens a file whose path the user gave, links and all. Does not wait for the other end of what turns out to be a fifo.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Whether consumers read a file of this name.
pub(super) fn is_manifest(name: &[u8]) -> bool {
    [b".yaml".as_slice(), b".yml", b".json"].iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

/// The selection of a source that is one file of this name. `what` names the source in errors.
pub(super) fn select(name: &[u8], size: u64, what: &str, options: &Options) -> Result<Selection, Error> {
    if !options.ignore.is_empty() {
        return Err(Error::new(Kind::Usage, format!("--ignore has no meaning here: {what} is one file"))
            .hint("give a directory or a tar to pack only some of its files"));
    }
    let base = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    if let Some(pattern) = names::built_in(base) {
        let message = format!("`{}` is never packed: the built-in rule `{pattern}` keeps it out", names::shown(name));
        return Err(Error::new(Kind::Usage, message).hint("rename the file"));
    }
    if size > options.max_size {
        return Err(limits::too_large(what, options.max_size));
    }
    let mut selection = Selection::default();
    match (names::check(name), std::str::from_utf8(name)) {
        (None, Ok(name)) => selection.entries.push(Entry { name: name.into(), size, origin: Origin::Itself }),
        (finding, _) => selection.findings.extend(finding),
    }
    Ok(selection)
}
