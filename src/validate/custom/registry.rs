//! All definitions that are known when the custom resources of a bundle are checked.
//!
//! Those of the bundle come first: of the same sync directory, then of others. Then those that were given, then those known out of the box.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::Definition;
use crate::validate::plan::{Plan, within};

/// Definitions by group and kind.
#[derive(Debug, Default)]
pub struct Definitions {
    bundled: HashMap<(Box<str>, Box<str>), Vec<Bundled>>,
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
    }

    /// Those that an object of this kind in the file `path` may be meant for: one, or several of which none is nearer than the others.
    pub(super) fn find(&self, plan: &Plan, path: &str, group: &str, kind: &str) -> Vec<Arc<Definition>> {
        let key = (Box::from(group), Box::from(kind));
        let Some(all) = self.bundled.get(&key) else { return Vec::new() };
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
