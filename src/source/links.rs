//! Symbolic links: packed as the file they lead to, if that is one and inside the source.
//!
//! Links are followed here, step by step as a kernel does, so that a link means the same on disk and in an archive.

use std::io;

use super::names::{MAX_PATH, built_in, shown};
use super::tree::{Thing, Tree};
use super::{Origin, rules};
use crate::finding::{Finding, Place};

/// The most links from one to the next, as Linux has it.
const MAX_LINKS: usize = 40;

/// The most components looked up for one link, so that many long chains take no hours.
const MAX_STEPS: usize = 1000;

/// Where a link leads, all links on the way followed.
enum Target {
    /// A file of the tree; `path` is its own, without any link in it.
    File {
        path: Vec<u8>,
        size: u64,
        origin: Origin,
    },
    Folder,
    Outside,
    Nowhere,
    Loop,
    Special(String),
}

/// The size and origin of the file that a link leads to, or what is wrong with the link.
pub(super) fn judge(tree: &impl Tree, link: &str) -> Result<(u64, Origin), Finding> {
    const COPY: &str = "put a copy of the file in its place, or leave the link out";
    const MEND: &str = "mend the target, or delete the link";
    let mut to = String::new();
    let (rule, what, cure) = match follow(tree, link, &mut to) {
        Ok(Target::File { path, size, origin }) => match path.split(|&byte| byte == b'/').find_map(built_in) {
            None => return Ok((size, origin)),
            Some(pattern) => (&rules::LINK_EXCLUDED, format!("which `{pattern}` keeps out of every bundle"), COPY),
        },
        Ok(Target::Folder) => {
            let cure = "link to the files one by one, or let a kustomization name the folder";
            (&rules::LINK_TO_FOLDER, "a folder".to_owned(), cure)
        }
        Ok(Target::Outside) => (&rules::LINK_OUTSIDE, "outside of the source".to_owned(), COPY),
        Ok(Target::Nowhere) => (&rules::LINK_DANGLING, "where no file is".to_owned(), MEND),
        Ok(Target::Loop) => (&rules::LINK_LOOP, "and so in a circle".to_owned(), MEND),
        Ok(Target::Special(what)) => (&rules::SPECIAL_FILE, what, "delete the link, or leave it out"),
        Err(error) => {
            let cure = "give yourself the right to read it, or leave the link out";
            (&rules::UNREADABLE, format!("which cannot be read: {error}"), cure)
        }
    };
    let message = format!("the link `{link}` leads to `{to}`, {what}");
    Err(Finding::new(rule, Place::file(link), message).hint(cure))
}

/// Follows a link; `to` becomes its target as written.
fn follow(tree: &impl Tree, link: &str, to: &mut String) -> io::Result<Target> {
    // How far it got, and the components still to go, the next one last.
    let mut path: Vec<u8> = Vec::new();
    let mut ahead = components(link.as_bytes());
    let mut links = 0;
    for _ in 0..MAX_STEPS {
        let Some(component) = ahead.pop() else { return Ok(Target::Folder) };
        let before = path.len();
        match &*component {
            b"" | b"." => continue,
            b".." if path.is_empty() => {
                let Some(inside) = tree.back_inside(&joined(b"..", &ahead)) else { return Ok(Target::Outside) };
                ahead = components(&inside);
                continue;
            }
            b".." => {
                path.truncate(path.iter().rposition(|&byte| byte == b'/').unwrap_or(0));
                continue;
            }
            name => {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
            }
        }
        match tree.look_up(&path)? {
            Some(Thing::Folder) => {}
            Some(Thing::Link(written)) => {
                links += 1;
                if links == 1 {
                    *to = shown(&written);
                }
                if links > MAX_LINKS {
                    return Ok(Target::Loop);
                }
                if written.len() > MAX_PATH {
                    return Ok(Target::Nowhere);
                }
                path.truncate(before);
                ahead.extend(components(&written));
                if written.starts_with(b"/") {
                    let Some(inside) = tree.back_inside(&joined(b"", &ahead)) else { return Ok(Target::Outside) };
                    path.clear();
                    ahead = components(&inside);
                }
            }
            // Behind a file nothing may follow, not even a slash.
            Some(_) if !ahead.is_empty() => return Ok(Target::Nowhere),
            Some(Thing::File { size, origin }) => return Ok(Target::File { path, size, origin }),
            Some(Thing::Special(what)) => return Ok(Target::Special(what)),
            None => return Ok(Target::Nowhere),
        }
    }
    Ok(Target::Loop)
}

/// The components of a path, the first one last.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.rsplit(|&byte| byte == b'/').map(<[u8]>::to_vec).collect()
}

/// The path that begins so and goes on with what is still ahead.
fn joined(start: &[u8], ahead: &[Vec<u8>]) -> Vec<u8> {
    let mut path = start.to_vec();
    for component in ahead.iter().rev() {
        path.push(b'/');
        path.extend_from_slice(component);
    }
    path
}
