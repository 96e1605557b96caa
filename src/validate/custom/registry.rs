//! All definitions that are known when the custom resources of a bundle are checked.
//!
//! Those of the bundle come first: of the same sync directory, then of others. Then those that were given beside it, then
//! those known out of the box.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::definition::{Definition, is_definition};
use super::known;
use crate::error::{Error, Kind};
use crate::object::{self, Document};
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
    earlier: HashMap<Key, Arc<Definition>>,
    /// Of the source that is being read, with the file of each.
    current: HashMap<Key, (Arc<str>, Arc<Definition>)>,
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
                    self.take(path, definition)?;
                }
            }
        }
        Ok(count)
    }

    fn take(&mut self, path: &Arc<str>, definition: Definition) -> Result<(), Error> {
        let key = (definition.group.clone(), definition.kind.clone());
        match self.current.insert(key, (Arc::clone(path), Arc::new(definition))) {
            None => Ok(()),
            Some((first, definition)) => {
                let (kind, group) = (&definition.kind, &definition.group);
                let message =
                    format!("the kind `{kind}` of the group `{group}` is defined twice: in `{first}` and in `{path}`");
                Err(Error::new(Kind::Input, message).hint("keep the one that the cluster has"))
            }
        }
    }

    /// Ends a source.
    pub fn next_source(&mut self) {
        for (key, (_, definition)) in self.current.drain() {
            self.earlier.entry(key).or_insert(definition);
        }
    }

    /// All that were given.
    pub fn finish(mut self) -> Given {
        self.next_source();
        Given { by_kind: Arc::new(self.earlier) }
    }
}
