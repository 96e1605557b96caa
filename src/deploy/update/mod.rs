//! Gives syncs in a YAML file another image, and leaves every other byte of the file as it is.
//!
//! `sites` finds the syncs, `edit` says which bytes become which. Then the new text is read again, and must hold the old objects with the
//! new image and nothing else that is different: a file that cannot be changed in this way is refused, never guessed at.

mod edit;
mod sites;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::diff::{Edit, edited, unified};
use super::usage;
use crate::error::{Error, Kind};
use crate::finding::{Finding, Severity};
use crate::object::{self, Document};
use crate::oci::Reference;
use crate::sync::{Sync, SyncKind};

/// The byte order mark in UTF-8.
const MARK: &str = "\u{feff}";

/// A sync in a file, with the image that it has there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// What kind of object it is.
    pub kind: SyncKind,
    /// Its namespace, where the file tells.
    pub namespace: Option<String>,
    /// Its name; empty where there is none.
    pub name: String,
    /// The repository of its image, as it stands there.
    pub repository: String,
    /// Its image as it stands there, `HOST/REPOSITORY`, `…:TAG` or `…@DIGEST`, or anything that somebody wrote instead.
    pub image: String,
    /// The line of the image.
    pub line: u32,
}

/// `rootsync/shop`, `reposync/shop/prod`, and `application/shop` where the namespace is not told.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.kind.word())?;
        match self.namespace.as_deref().filter(|_| self.kind != SyncKind::RootSync) {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What becomes of a file.
#[derive(Clone, Debug)]
pub struct Update {
    /// The syncs that have the image now, as they were before.
    pub syncs: Vec<Found>,
    /// The text before, without a byte order mark.
    before: String,
    /// What changes in it.
    edits: Vec<Edit>,
    /// The bytes of the file.
    pub after: Vec<u8>,
}

impl Update {
    /// What changes in the file `name`, as `diff -u` writes it; nothing where the syncs have the image already.
    ///
    /// No line of a neighbouring document is shown: there may be secrets in it.
    pub fn diff(&self, name: &str) -> String {
        unified(name, &self.before, &self.edits)
    }
}

/// Gives the syncs of the file `name` this image: those of the same repository, or these.
///
/// Fails with [`Kind::Input`] where the file is not YAML or cannot be changed in place, with [`Kind::NotFound`] where there is no such
/// sync, and with [`Kind::Usage`] where several are there and have different images.
pub fn update(name: &str, bytes: &[u8], image: &Reference, wanted: &[Sync]) -> Result<Update, Error> {
    let path: Arc<str> = Arc::from(name);
    let text = text(name, bytes)?;
    let (mark, text) = text.strip_prefix(MARK).map_or(("", text), |rest| (MARK, rest));
    values(&path, text).map_err(|finding| unreadable(name, &finding))?;
    let (documents, _) = object::documents(&path, text.as_bytes());
    let all: Vec<Found> = documents.iter().flat_map(|document| found_in(&path, document)).collect();
    let syncs = choose(name, &all, image, wanted).map_err(|error| pointed_out(error, text, &all, image))?;
    let (edits, after) = changed(&path, text, image, &syncs)?;
    let after = [mark.as_bytes(), after.as_bytes()].concat();
    Ok(Update { syncs, before: text.to_owned(), edits, after })
}

/// The edits that give these syncs this image, and the text after them.
fn changed(path: &Arc<str>, text: &str, image: &Reference, syncs: &[Found]) -> Result<(Vec<Edit>, String), Error> {
    let mut expected = values(path, text).map_err(|finding| unreadable(path, &finding))?;
    let (documents, _) = object::documents(path, text.as_bytes());
    let mut roots = expected.iter_mut();
    let mut edits = Vec::new();
    let page = edit::Page::new(text);
    let meant: HashSet<&Found> = syncs.iter().collect();
    for document in &documents {
        // In the order of `values`.
        for (tree, root) in object::parse(path, document).trees.iter().zip(&mut roots) {
            for site in sites::of(tree, path).into_iter().filter(|site| meant.contains(&site.found)) {
                edits.extend(edit::edits(&page, &site, image).map_err(|why| refused(path, &site.found, image, why))?);
                site.expect(root, image);
            }
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    let after = edited(text, &edits);
    if values(path, &after).ok() == Some(expected) {
        return Ok((edits, after));
    }
    if let [_, _, ..] = syncs {
        // Which of them it is.
        syncs.iter().try_for_each(|one| changed(path, text, image, std::slice::from_ref(one)).map(drop))?;
    }
    let why = "an anchor shares it, or it is written in an unusual way";
    Err(match syncs.first() {
        Some(first) => refused(path, first, image, why),
        None => Error::new(Kind::Input, format!("`{path}` cannot be changed in place: {why}")),
    })
}

fn found_in(path: &Arc<str>, document: &Document<'_>) -> Vec<Found> {
    let parsed = object::parse(path, document);
    parsed.trees.iter().flat_map(|tree| sites::of(tree, path).into_iter().map(|site| site.found)).collect()
}

/// The file as text.
fn text<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, Error> {
    std::str::from_utf8(bytes).map_err(|_| {
        let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let what = if is_utf16 { "is in UTF-16" } else { "is not UTF-8 text" };
        Error::new(Kind::Input, format!("`{name}` {what}, and only UTF-8 is changed")).hint("save it as UTF-8")
    })
}

/// The values of all documents; or what is wrong with one.
fn values(path: &Arc<str>, text: &str) -> Result<Vec<Value>, Box<Finding>> {
    let (documents, mut findings) = object::documents(path, text.as_bytes());
    let mut values = Vec::new();
    for document in &documents {
        let parsed = object::parse(path, document);
        values.extend(parsed.trees.iter().map(|tree| tree.root().to_json()));
        findings.extend(parsed.findings);
    }
    match findings.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Box::new(finding)),
        None => Ok(values),
    }
}

fn unreadable(name: &str, finding: &Finding) -> Error {
    let line = finding.place.span.map(|span| format!(", line {}", span.start.line)).unwrap_or_default();
    let error = Error::new(Kind::Input, format!("cannot read `{name}`{line}: {}", finding.message));
    match &finding.hint {
        Some(hint) => error.hint(hint),
        None => error.hint(format!("`consign validate {name}` shows where")),
    }
}

fn refused(name: &str, found: &Found, image: &Reference, why: &str) -> Error {
    let message = format!("the image of {found} in `{name}`, line {}, cannot be changed in place: {why}", found.line);
    Error::new(Kind::Input, message).hint(format!("write `{image}` there by hand"))
}

/// The syncs that are meant.
fn choose(name: &str, all: &[Found], image: &Reference, wanted: &[Sync]) -> Result<Vec<Found>, Error> {
    if let Some(wrong) = wanted.iter().find(|sync| sync.kind() == SyncKind::Kustomization) {
        let repository = format!("ocirepository/{}/{}", wrong.namespace(), wrong.name());
        return Err(usage(format!("`{wrong}` has no image: a Kustomization applies what an OCIRepository fetches"))
            .hint(format!("name that one, as in `--sync {repository}`")));
    }
    if all.is_empty() {
        let message = format!("there is no RootSync, RepoSync, OCIRepository or Application with an image in `{name}`");
        return Err(Error::new(Kind::NotFound, message).hint("`consign deploy` writes one"));
    }
    if !wanted.is_empty() {
        return named(name, all, image, wanted);
    }
    let same: Vec<Found> = all.iter().filter(|found| is_of(found, image)).cloned().collect();
    let Some(first) = same.first() else {
        let message = format!("nothing in `{name}` has an image of `{}`", image.name());
        return Err(Error::new(Kind::NotFound, message)
            .hint(format!("there is {}; `--sync SYNC` gives one of them another repository", list(all))));
    };
    if same.iter().any(|other| other.image != first.image) {
        let message = format!("several syncs in `{name}` have different images of `{}`: {}", image.name(), list(&same));
        return Err(usage(message).hint(format!("say which, as in `--sync {first}`; repeat it for more")));
    }
    Ok(same)
}

/// The repository may stand in the file all the same: in a patch of a kustomization, in a values file.
fn pointed_out(error: Error, text: &str, all: &[Found], image: &Reference) -> Error {
    let name = image.name();
    let is_all = |at: usize| {
        let behind = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
        behind.is_none_or(|c| !(c.is_ascii_alphanumeric() || "._-/".contains(c)))
    };
    let Some((at, _)) = text.match_indices(&name).find(|(at, _)| is_all(*at)) else { return error };
    if error.kind() != Kind::NotFound || all.iter().any(|found| is_of(found, image)) {
        return error;
    }
    let line = 1 + text.get(..at).unwrap_or_default().matches('\n').count();
    error.hint(format!("`{name}` stands in line {line}, but not as the image of a sync: change it by hand"))
}

/// Those that the user names.
fn named(name: &str, all: &[Found], image: &Reference, wanted: &[Sync]) -> Result<Vec<Found>, Error> {
    let mut chosen = Vec::new();
    for sync in wanted {
        let is_meant = |found: &&Found| {
            let namespace = found.namespace.as_deref().is_none_or(|namespace| namespace == sync.namespace());
            found.kind == sync.kind() && found.name == sync.name() && namespace
        };
        let meant: Vec<&Found> = all.iter().filter(is_meant).collect();
        let same: Vec<&Found> = meant.iter().filter(|found| is_of(found, image)).copied().collect();
        // An Application may have several sources; which of them becomes another repository cannot be guessed.
        let meant = if same.is_empty() { meant } else { same };
        match meant.as_slice() {
            [] => {
                return Err(Error::new(Kind::NotFound, format!("there is no `{sync}` in `{name}`"))
                    .hint(format!("there is {}", list(all))));
            }
            [first, others @ ..] if others.iter().any(|other| other.image != first.image) => {
                let message = format!("`{sync}` in `{name}` has several images: {}", list(meant.iter().copied()));
                return Err(usage(message).hint("write the new one by hand"));
            }
            found => chosen.extend(found.iter().copied().cloned()),
        }
    }
    Ok(chosen)
}

/// Whether its image is of this repository.
fn is_of(found: &Found, image: &Reference) -> bool {
    found.repository.parse::<Reference>().is_ok_and(|other| other.name() == image.name())
}

fn list<'f>(all: impl IntoIterator<Item = &'f Found>) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = Vec::new();
    let mut more = 0;
    for found in all {
        if shown.len() == MOST {
            more += 1;
        } else {
            let image = if found.image.is_empty() { "no image".to_owned() } else { format!("`{}`", found.image) };
            shown.push(format!("{found} with {image} (line {})", found.line));
        }
    }
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}
