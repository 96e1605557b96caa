//! All definitions that are known when the custom resources of a bundle are checked.
//!
//! Those of the bundle come first: of the same sync directory, then of others. Then those that were given beside it, then
//! those known out of the box.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::definition::{Definition, is_definition};
use super::known;
use crate::error::{Error, Kind};
use crate::object::{self, Document, Node};
use crate::validate::paths::within;
use crate::validate::plan::Plan;

type Key = (Box<str>, Box<str>);

/// Definitions by group and kind.
#[derive(Debug, Default)]
pub struct Definitions {
    bundled: HashMap<Key, Vec<Bundled>>,
    lacks_some: bool,
}

/// A definition, and the file of the bundle that holds it.
#[derive(Clone, Debug)]
struct Bundled {
    path: Arc<str>,
    definition: Arc<Definition>,
}

impl Definitions {
    /// Adds a definition from a file of the bundle.
    pub(in crate::validate) fn add(&mut self, path: &Arc<str>, definition: Arc<Definition>) {
        let key = (definition.group.clone(), definition.kind.clone());
        self.bundled.entry(key).or_default().push(Bundled { path: Arc::clone(path), definition });
    }

    /// Adds definitions that stand elsewhere in the same bundle.
    pub fn add_all(&mut self, others: &Self) {
        for (key, bundled) in &others.bundled {
            self.bundled.entry(key.clone()).or_default().extend(bundled.iter().cloned());
        }
        self.lacks_some |= others.lacks_some;
    }

    /// Notes that the bundle may hold definitions that are not among these, because not all of it was rendered.
    pub const fn lack_some(&mut self) {
        self.lacks_some = true;
    }

    /// Whether [`lack_some`](Self::lack_some) was noted.
    pub(super) const fn may_lack(&self) -> bool {
        self.lacks_some
    }

    /// Those that an object of this kind in the file `path` may be meant for: one, or several of which none is nearer than the others.
    pub(super) fn find(&self, plan: &Plan, path: &str, group: &str, kind: &str) -> Vec<Arc<Definition>> {
        let key = (Box::from(group), Box::from(kind));
        let Some(all) = self.bundled.get(&key) else {
            let given = plan.options.definitions.by_kind.get(&key).map(Arc::clone);
            return given.or_else(|| known::find(group, kind)).into_iter().collect();
        };
        let near = |bundled: &&Bundled| {
            plan.sync_dirs.iter().any(|dir| within(path, &dir.path) && within(&bundled.path, &dir.path))
        };
        let mut found: Vec<_> = all.iter().filter(near).map(|bundled| Arc::clone(&bundled.definition)).collect();
        if found.is_empty() {
            found.extend(all.iter().map(|bundled| Arc::clone(&bundled.definition)));
        }
        found
    }

    /// The names of all kinds of a group that are known, wherever from.
    pub(super) fn kinds<'k>(&'k self, plan: &'k Plan, group: &str) -> BTreeSet<&'k str> {
        let keys = self.bundled.keys().chain(plan.options.definitions.by_kind.keys());
        let of_group = keys.filter(|key| *key.0 == *group).map(|key| &*key.1);
        of_group.chain(known::kinds(group)).collect()
    }
}

/// Definitions that are on the cluster already. Cheap to clone.
#[derive(Clone, Default)]
pub struct Given {
    by_kind: Arc<HashMap<Key, Arc<Definition>>>,
}

impl Given {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_kind.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_kind.keys().map(|(group, kind)| format!("{kind}.{group}"))).finish()
    }
}

/// The same definitions, not others that are alike.
impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.by_kind, &other.by_kind) || (self.is_empty() && other.is_empty())
    }
}

impl Eq for Given {}

/// Takes definitions from one source after another. What an earlier source defines, a later one does not change.
#[derive(Debug, Default)]
pub struct Giver {
    earlier: HashMap<Key, Taken>,
    /// Of the source that is being read.
    current: HashMap<Key, Taken>,
}

/// A definition that was given.
#[derive(Debug)]
struct Taken {
    path: Arc<str>,
    definition: Arc<Definition>,
    /// Of what it says, in whatever order and form.
    sum: [u8; 32],
}

impl Giver {
    /// Takes the definitions in a document of the file `path`, and lets all else in it be. Gives how many there were. Fails where it
    /// cannot be read, and where the source defines a kind twice.
    pub fn read(&mut self, path: &Arc<str>, document: &Document<'_>) -> Result<usize, Error> {
        let parsed = object::parse(path, document);
        if let Some(finding) =
            parsed.findings.iter().find(|finding| finding.severity == crate::finding::Severity::Error)
        {
            let line = finding.place.span.map_or(0, |span| span.start.line);
            let message = format!("cannot read definitions from `{path}`, line {line}: {}", finding.message);
            return Err(Error::new(Kind::Input, message));
        }
        let mut count = 0;
        for tree in &parsed.trees {
            for object in object::objects(tree, path, &mut Vec::new()).into_iter().filter(is_definition) {
                if let Some(definition) = Definition::read(object.node) {
                    count += 1;
                    let (path, definition) = (Arc::clone(path), Arc::new(definition));
                    self.take(Taken { path, definition, sum: sum(object.node.get("spec")) })?;
                }
            }
        }
        Ok(count)
    }

    fn take(&mut self, taken: Taken) -> Result<(), Error> {
        let key = (taken.definition.group.clone(), taken.definition.kind.clone());
        let path = Arc::clone(&taken.path);
        match self.current.insert(key, taken) {
            None => Ok(()),
            Some(first) => Err(twice(&first, &path, "")),
        }
    }

    /// Ends a source of files. Fails where it defines a kind otherwise than an earlier one.
    pub fn end_of_files(&mut self) -> Result<(), Error> {
        let differs = |(key, now): (&Key, &Taken)| {
            let first = self.earlier.get(key).filter(|first| first.sum != now.sum)?;
            Some((first.definition.kind.clone(), twice(first, &now.path, ", and not alike")))
        };
        // Of several the one that comes first by its name, whatever the order of the map.
        let first = self.current.iter().filter_map(differs).min_by(|(one, _), (other, _)| one.cmp(other));
        if let Some((_, error)) = first {
            return Err(error);
        }
        self.end();
        Ok(())
    }

    /// Ends a source, of which only that counts that no earlier one has: what a cluster has may be older than what is given beside it.
    pub fn end(&mut self) {
        for (key, taken) in self.current.drain() {
            self.earlier.entry(key).or_insert(taken);
        }
    }

    /// All that were given.
    pub fn finish(mut self) -> Given {
        self.end();
        let by_kind = self.earlier.into_iter().map(|(key, taken)| (key, taken.definition)).collect();
        Given { by_kind: Arc::new(by_kind) }
    }
}

fn twice(first: &Taken, path: &str, how: &str) -> Error {
    let (Definition { kind, group, .. }, first) = (&*first.definition, &first.path);
    let message =
        format!("the kind `{kind}` of the group `{group}` is defined twice{how}: in `{first}` and in `{path}`");
    Error::new(Kind::Input, message).hint("keep the one that the cluster has")
}

fn sum(spec: Option<Node<'_>>) -> [u8; 32] {
    let mut json = spec.map(Node::to_json).unwrap_or_default();
    json.sort_all_objects();
    Sha256::digest(json.to_string()).into()
}
