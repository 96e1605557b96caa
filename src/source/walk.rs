//! The one walk: decides for each thing in a tree whether it is packed, left out, or an error.
//!
//! In this order: what is built in stays out; then what the user's patterns leave out stays out, whatever is wrong with it; then the
//! name is judged, then the kind. A folder that stays out is not looked into.

use std::io;
use std::rc::Rc;

use super::ignore_files::{self, Layer, Overrides};
use super::names::{self, IGNORE_FILE, shown};
use super::tree::{Child, Node, Tree};
use super::{Entry, LeftOut, Options, Origin, Selection, limits, links, rules};
use crate::error::Error;
use crate::finding::{Finding, Place};

/// Walks a tree and adds what it finds to `selection`. `what` names the source in errors.
pub(super) fn walk(tree: &impl Tree, what: &str, options: &Options, selection: Selection) -> Result<Selection, Error> {
    let overrides = Overrides::new(&options.ignore)?;
    let mut walk = Walk { tree, what, options, overrides, seen: 0, size: 0, selection };
    let mut folders = vec![Folder { path: String::new(), above: None }];
    while let Some(folder) = folders.pop() {
        walk.folder(&folder, &mut folders)?;
    }
    Ok(walk.selection.finish())
}

/// A folder that is still to be looked into.
struct Folder {
    /// Empty for the source itself, else ending in `/`.
    path: String,
    /// The ignore files above it.
    above: Option<Rc<Layer>>,
}

struct Walk<'a, T> {
    tree: &'a T,
    what: &'a str,
    options: &'a Options,
    overrides: Overrides,
    seen: u64,
    size: u64,
    selection: Selection,
}

impl<T: Tree> Walk<'_, T> {
    fn folder(&mut self, folder: &Folder, folders: &mut Vec<Folder>) -> Result<(), Error> {
        let children = match self.tree.list(&folder.path) {
            Ok(children) => children,
            Err(error) => {
                self.unreadable(folder.path.trim_end_matches('/'), &error);
                return Ok(());
            }
        };
        let layer = self.ignore_file(folder, &children);
        for child in children {
            self.seen += 1;
            if self.seen > self.options.max_files {
                return Err(limits::too_many(self.what, self.options.max_files));
            }
            if let Some(path) = self.keep(&folder.path, layer.as_deref(), &child) {
                if matches!(child.node, Node::Folder) {
                    folders.push(Folder { path: path + "/", above: layer.clone() });
                } else {
                    self.take(path, child.node)?;
                }
            }
        }
        Ok(())
    }

    /// The ignore file of a folder on top of those above it.
    fn ignore_file(&mut self, folder: &Folder, children: &[Child]) -> Option<Rc<Layer>> {
        let above = folder.above.clone();
        let Some(child) = children.iter().find(|child| child.name == IGNORE_FILE.as_bytes()) else { return above };
        let path = format!("{}{IGNORE_FILE}", folder.path);
        let problem = match &child.node {
            Node::File { size, .. } if *size > ignore_files::MAX_BYTES => {
                format!("it has {size} bytes; {} are the most", ignore_files::MAX_BYTES)
            }
            Node::File { size, origin } => match self.tree.small_file(&path, *size, origin) {
                Ok(text) => {
                    let selection = &mut self.selection;
                    return Layer::parse(&folder.path, &text, above.clone(), |finding| selection.found(finding))
                        .or(above);
                }
                Err(error) => {
                    self.unreadable(&path, &error);
                    return above;
                }
            },
            Node::Folder => "it is a folder, not a file".to_owned(),
            Node::Link => "it is a link; an ignore file must be a regular file".to_owned(),
            Node::Twice | Node::LostHardLink(_) => "the archive does not say what is in it".to_owned(),
            Node::Special(what) => format!("it is {what}, not a file"),
            Node::Unreadable(error) => error.to_string(),
        };
        let message = format!("`{path}` cannot be used: {problem}");
        self.selection.found(Finding::new(&rules::IGNORE_FILE, Place::file(path), message));
        above
    }

    /// The path of a child that neither a rule nor its name keeps out.
    fn keep(&mut self, folder: &str, layer: Option<&Layer>, child: &Child) -> Option<String> {
        let is_folder = matches!(child.node, Node::Folder);
        let path = [folder.as_bytes(), &child.name].concat();
        let why = if let Some(pattern) = names::built_in(&child.name) {
            Some(format!("built-in rule `{pattern}`"))
        } else if child.name == IGNORE_FILE.as_bytes() {
            Some("ignore file".to_owned())
        } else {
            self.overrides.leave_out(layer, &path, is_folder)
        };
        if let Some(why) = why {
            let name = shown(&path) + if is_folder { "/" } else { "" };
            self.selection.left_out.push(LeftOut { name, why });
            return None;
        }
        if let Some(finding) = names::check(&path) {
            self.selection.found(finding);
            return None;
        }
        // Whatever passed the check is UTF-8.
        String::from_utf8(path).ok()
    }

    /// Packs what is a file in the end.
    fn take(&mut self, path: String, node: Node) -> Result<(), Error> {
        let finding = |rule, message: String| Finding::new(rule, Place::file(path.as_str()), message);
        match node {
            Node::File { size, origin } => return self.pack(path, size, origin),
            Node::Folder => {}
            Node::Link => match links::judge(self.tree, &path) {
                Ok((size, origin)) => return self.pack(path, size, origin),
                Err(finding) => self.selection.found(finding),
            },
            Node::LostHardLink(target) => {
                let target = shown(&target);
                let message = format!("`{path}` is a hard link to `{target}`, which is not in the archive");
                self.selection.found(finding(&rules::HARD_LINK, message));
            }
            Node::Special(what) => self.selection.found(finding(&rules::SPECIAL_FILE, format!("`{path}` is {what}"))),
            Node::Twice => {
                let message = format!("`{path}` stands in the archive more than once");
                self.selection.found(finding(&rules::NAME_TWICE, message));
            }
            Node::Unreadable(error) => self.unreadable(&path, &error),
        }
        Ok(())
    }

    fn pack(&mut self, path: String, size: u64, origin: Origin) -> Result<(), Error> {
        self.size = self.size.saturating_add(size);
        if self.size > self.options.max_size {
            return Err(limits::too_large(self.what, self.options.max_size));
        }
        self.selection.entries.push(Entry { name: path.into(), size, origin });
        Ok(())
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        let shown = if path.is_empty() { "." } else { path };
        let message = format!("`{shown}` cannot be read: {error}");
        self.selection.found(Finding::new(&rules::UNREADABLE, Place::file(shown), message));
    }
}
