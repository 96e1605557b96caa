//! A tar as a source.
//!
//! One pass reads the headers and remembers where each file's content is; a second look-up, by name, makes a tree of what may stand
//! in any order. From then on the same rules hold as for a directory. Folders that no member names are there all the same.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, Seek};
use std::os::unix::fs::FileExt;

use super::content::{self, Content};
use super::names::{MAX_PATH, shown};
use super::read::{Body, Held};
use super::tree::{Child, Node, Thing, Tree};
use super::walk::walk;
use super::{Options, Origin, Selection, Source, image, limits, rules};
use crate::error::{Error, Kind};
use crate::finding::{Finding, Place};
use crate::tar::{self, MemberKind, ReadError};

/// The most bytes of all names together, so that a small archive of long names does not fill the memory.
const MAX_NAMES: usize = 256 << 20;

/// The most hard links from one to the next. Writers of archives make one.
const MAX_HARD_LINKS: usize = 8;

/// Looks through a tar; `file` is read from its start, whatever its position.
pub(super) fn open(file: File, what: &str, options: &Options) -> Result<Source, Error> {
    let cannot = |error: io::Error| Error::new(Kind::Local, format!("cannot read {what}")).because(error);
    let held = Held::new(file).map_err(cannot)?;
    let mut selection = Selection::default();
    let members = scan(&held.file, what, options, &mut selection)?;
    let archive = Archive { file: &held.file, members };
    image::refuse(&archive, what)?;
    let selection = walk(&archive, what, options, selection)?;
    Ok(Source { selection, root: None, max_size: options.max_size, body: Body::Held(held) })
}

/// Looks through what came out of gzip.
pub(super) fn open_unpacked(file: File, what: &str, options: &Options) -> Result<Source, Error> {
    let mut head = vec![0; content::ENOUGH];
    let count = file
        .read_at(&mut head, 0)
        .map_err(|error| Error::new(Kind::Local, format!("cannot read {what}")).because(error))?;
    match content::tell(&head[..count], what)? {
        Content::Tar => open(file, what, options),
        _ => Err(Error::new(Kind::Usage, format!("{what} is compressed with gzip, but holds no tar"))
            .hint("a YAML stream can be piped in: `gzip -dc FILE | consign push - REF`")),
    }
}

/// A member of the archive, under its clean name.
struct Member {
    path: Box<[u8]>,
    what: What,
}

/// What a member is.
enum What {
    File {
        offset: u64,
        size: u64,
    },
    Folder,
    Link(Box<[u8]>),
    /// The other name, as written.
    HardLink(Box<[u8]>),
    Special(MemberKind),
}

/// All members, sorted so that a folder's come right behind it.
struct Archive<'a> {
    file: &'a File,
    members: Vec<Member>,
}

fn scan(file: &File, what: &str, options: &Options, selection: &mut Selection) -> Result<Vec<Member>, Error> {
    let cannot = |error: ReadError| {
        let kind = match &error {
            ReadError::Broken { .. } => Kind::Input,
            ReadError::Io(_) => Kind::Local,
        };
        Error::new(kind, format!("cannot read {what} as a tar")).because(error)
    };
    let mut start = file;
    start.rewind().map_err(|error| cannot(error.into()))?;
    let mut reader = tar::Reader::seeking(BufReader::with_capacity(64 << 10, start));
    let mut members = Vec::new();
    let (mut count, mut names) = (0, 0);
    while let Some(member) = reader.next_member().map_err(cannot)? {
        count += 1;
        names += member.name.len() + member.link.len();
        if count > options.max_files {
            return Err(limits::too_many(what, options.max_files));
        }
        if names > MAX_NAMES {
            return Err(Error::new(Kind::Input, format!("the names in {what} take more than 256 MiB")));
        }
        match judge(member) {
            Ok(Some(member)) => members.push(member),
            Ok(None) => {}
            Err(finding) => selection.found(finding),
        }
    }
    reader.only_zeroes_follow().map_err(cannot)?;
    members.sort_by(|a, b| folder_order(&a.path, &b.path));
    Ok(members)
}

/// The member under its clean name, or none for the root.
fn judge(member: tar::Member) -> Result<Option<Member>, Finding> {
    let name = shown(&member.name);
    if member.name.len() > MAX_PATH {
        let message = format!("the path has {} bytes; {MAX_PATH} are the most", member.name.len());
        return Err(Finding::new(&rules::NAME_LENGTH, Place::file(name), message));
    }
    let Some(path) = clean(&member.name) else {
        let why = if member.name.starts_with(b"/") { "is absolute" } else { "has `..` in it" };
        let message = format!("the name `{name}` in the archive {why}");
        return Err(Finding::new(&rules::NAME_OUTSIDE, Place::file(name), message));
    };
    let what = match member.kind {
        MemberKind::File => What::File { offset: member.offset, size: member.size },
        MemberKind::Directory => What::Folder,
        MemberKind::Symlink => What::Link(member.link.into()),
        MemberKind::HardLink => What::HardLink(member.link.into()),
        kind => What::Special(kind),
    };
    match (path.is_empty(), &what) {
        (false, _) => Ok(Some(Member { path: path.into(), what })),
        (true, What::Folder) => Ok(None),
        (true, _) => {
            let message = "a member of the archive that is no folder has the folder's name".to_owned();
            Err(Finding::new(&rules::NAME_OUTSIDE, Place::file("."), message))
        }
    }
}

/// The name without `.` and empty components; none if it leads outside.
fn clean(name: &[u8]) -> Option<Vec<u8>> {
    if name.starts_with(b"/") {
        return None;
    }
    let mut path = Vec::with_capacity(name.len());
    for component in name.split(|&byte| byte == b'/').filter(|component| !matches!(*component, b"" | b".")) {
        if component == b".." {
            return None;
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(component);
    }
    Some(path)
}

/// As if `/` came before all other bytes, so that nothing gets between a folder and what is in it. No name has a NUL.
fn folder_order(a: &[u8], b: &[u8]) -> Ordering {
    let key = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    a.iter().map(key).cmp(b.iter().map(key))
}

/// Whether `path` is this one, or below it.
fn within(folder: &[u8], path: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
}

impl Archive<'_> {
    /// What a member is in the end: for a hard link, what it is a link to.
    fn settled<'a>(&'a self, mut what: &'a What) -> Option<&'a What> {
        for _ in 0..MAX_HARD_LINKS {
            let What::HardLink(written) = what else { return Some(what) };
            let path = clean(written)?;
            let at = self.members.partition_point(|member| folder_order(&member.path, &path).is_lt());
            what = &self.members.get(at).filter(|member| *member.path == *path)?.what;
        }
        None
    }

    /// What the members are together that stand under one path or below it.
    fn node(&self, length: usize, group: &[Member]) -> Node {
        let own = group.iter().take_while(|member| member.path.len() == length).count();
        match &group[..own] {
            members if members.iter().all(|member| matches!(member.what, What::Folder)) => Node::Folder,
            [member] if group.len() == 1 => match self.settled(&member.what) {
                Some(What::File { offset, size }) => Node::File { size: *size, origin: Origin::At(*offset) },
                Some(What::Link(_)) => Node::Link,
                Some(What::Special(kind)) => Node::Special(special(*kind)),
                Some(What::Folder | What::HardLink(_)) | None => Node::LostHardLink(match &member.what {
                    What::HardLink(written) => written.to_vec(),
                    _ => Vec::new(),
                }),
            },
            _ => Node::Twice,
        }
    }
}

impl Tree for Archive<'_> {
    fn list(&self, folder: &str) -> io::Result<Vec<Child>> {
        let folder = folder.as_bytes();
        let start = self.members.partition_point(|member| folder_order(&member.path, folder).is_lt());
        let rest = &self.members[start..];
        let mut rest = &rest[..rest.partition_point(|member| member.path.starts_with(folder))];
        let mut children = Vec::new();
        while let Some(first) = rest.first() {
            let name = first.path[folder.len()..].split(|&byte| byte == b'/').next().unwrap_or_default();
            let path = &first.path[..folder.len() + name.len()];
            let (group, behind) = rest.split_at(rest.partition_point(|member| within(path, &member.path)));
            children.push(Child { name: name.to_vec(), node: self.node(path.len(), group) });
            rest = behind;
        }
        Ok(children)
    }

    fn small_file(&self, _: &str, size: u64, origin: &Origin) -> io::Result<Vec<u8>> {
        let Origin::At(offset) = origin else { return Err(io::ErrorKind::NotFound.into()) };
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, *offset)?;
        Ok(bytes)
    }

    fn look_up(&self, path: &[u8]) -> io::Result<Option<Thing>> {
        let at = self.members.partition_point(|member| folder_order(&member.path, path).is_lt());
        let Some(member) = self.members.get(at).filter(|member| within(path, &member.path)) else { return Ok(None) };
        if member.path.len() > path.len() {
            return Ok(Some(Thing::Folder));
        }
        Ok(self.settled(&member.what).map(|what| match what {
            What::File { offset, size } => Thing::File { size: *size, origin: Origin::At(*offset) },
            What::Folder | What::HardLink(_) => Thing::Folder,
            What::Link(written) => Thing::Link(written.to_vec()),
            What::Special(kind) => Thing::Special(special(*kind)),
        }))
    }

    /// Where an archive will be unpacked is not known.
    fn back_inside(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// What to call it.
fn special(kind: MemberKind) -> String {
    match kind {
        MemberKind::Fifo => "a fifo".to_owned(),
        MemberKind::CharacterDevice => "a character device".to_owned(),
        MemberKind::BlockDevice => "a block device".to_owned(),
        MemberKind::Unknown(letter) => format!("of a kind that no standard knows, `{}`", letter.escape_ascii()),
        _ => "neither file, folder nor link".to_owned(),
    }
}

#[cfg(test)]
mod tests;
