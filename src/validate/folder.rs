//! What the ledger keeps of one folder to sync: where each object was first defined, and what only all of them tell.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::consumers::{self, Bundle, lacking_namespace};
use super::identity::{Identity, Key};
use super::options::Options;
use super::plan::SyncDir;
use super::rules;
use crate::finding::{Finding, Place, Position, Severity, Span};

/// What is known of one folder to sync.
#[derive(Debug)]
pub(super) struct Folder<'p> {
    pub(super) sync: &'p SyncDir,
    seen: HashMap<Key, Seen>,
    /// Objects that someone or everyone leaves out.
    pub(super) local: usize,
    /// All others.
    applied: usize,
    /// Someone leaves out what has the annotation for that.
    is_left_out: bool,
    /// The first object without a namespace whose kind has one, and how many there are.
    lacks_namespace: Option<(String, Place)>,
    lacking: usize,
    /// The bytes of the files that hold objects.
    pub(super) bytes: u64,
    /// What a consumer's own checks remember.
    bundle: Option<Bundle>,
}

impl<'p> Folder<'p> {
    pub(super) fn new(sync: &'p SyncDir, options: &Options) -> Self {
        let bundle = Bundle::new(options, &sync.path);
        let is_left_out = consumers::that_apply_local(options).len() < options.consumers.len();
        Self {
            sync,
            seen: HashMap::new(),
            local: 0,
            applied: 0,
            is_left_out,
            lacks_namespace: None,
            lacking: 0,
            bytes: 0,
            bundle,
        }
    }

    /// What an object tells together with those before.
    pub(super) fn add(&mut self, object: &Identity, found: &mut Vec<Finding>) {
        // To whom leaves it out there is nothing.
        let count = if object.is_local && self.is_left_out { &mut self.local } else { &mut self.applied };
        *count += 1;
        if object.lacks_namespace {
            self.lacking += 1;
            self.lacks_namespace.get_or_insert_with(|| (object.label.clone(), object.place.clone()));
        }
        if let Some(bundle) = &mut self.bundle {
            bundle.add(object, found);
        }
    }

    /// Where the object was defined before, if it was; `file` is the number of its file.
    pub(super) fn remember(&mut self, object: &Identity, file: u32) -> Option<Seen> {
        match self.seen.entry(object.key) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                let at = object.place.span.map_or(Position::default(), |span| span.start);
                free.insert(Seen { file, at });
                None
            }
        }
    }

    /// That there is nothing to apply, if there is not; `allowed`: the user means it.
    pub(super) fn emptiness(&self, allowed: bool) -> Option<Finding> {
        (self.applied == 0 && !self.sync.rendered).then(|| empty(&self.sync.path, self.local, allowed))
    }

    /// What all objects together tell. `files` are those of `Ledger::files`.
    pub(super) fn finish(&mut self, options: &Options, files: &[Arc<str>]) -> Vec<Finding> {
        let everywhere = |key| self.seen.get(&key).and_then(|seen| seen.place(files));
        let bundle = self.bundle.take();
        let mut found = bundle.map_or(Vec::new(), |bundle| bundle.finish(everywhere, !self.sync.rendered));
        if let Some((label, place)) = self.lacks_namespace.take().filter(|_| !options.require_namespace) {
            found.push(lacking_namespace(&label, place, self.lacking.saturating_sub(1)));
        }
        found.extend(consumers::check_bytes(options, &self.sync.path, self.bytes));
        found
    }
}

/// Where an object was first defined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Its number in `Ledger::files`.
    file: u32,
    at: Position,
}

impl Seen {
    pub(super) fn place(self, files: &[Arc<str>]) -> Option<Place> {
        let span = Some(Span { start: self.at, end: self.at });
        files.get(self.file as usize).map(|file| Place { path: Arc::clone(file), span, excerpt: None })
    }
}

fn empty(dir: &str, local: usize, allowed: bool) -> Finding {
    let place = Place::file(if dir.is_empty() { "." } else { dir });
    let what = if dir.is_empty() { "the bundle".to_owned() } else { format!("the folder to sync `{dir}`") };
    let why = match local {
        0 => String::new(),
        n => format!(" ({n} with the annotation config.kubernetes.io/local-config, which are not applied)"),
    };
    let message = format!("{what} has no Kubernetes object to apply{why}");
    if allowed {
        let message = format!("{message}: a consumer would delete everything that it manages");
        Finding { severity: Severity::Warning, ..Finding::new(&rules::EMPTY, place, message) }
    } else {
        Finding::new(&rules::EMPTY, place, message).hint(
            "objects are read from files that end in .yaml, .yml or .json; if a consumer shall delete everything that it manages, say --allow-empty",
        )
    }
}
