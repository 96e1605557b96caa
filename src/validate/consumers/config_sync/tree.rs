//! The folders of a source in the format `hierarchy`: which are namespaces, and what is inherited from above.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rules;
use super::bundle::Spot;
use super::facts::{Facts, GroupKind, Sort};
use super::hierarchy::{NAMESPACES, folder_of, top};
use crate::finding::{Finding, Place};
use crate::validate::identity::{Identity, Key};
use crate::validate::rules as validate_rules;

/// What is known of the folders.
#[derive(Debug)]
pub(super) struct Tree {
    /// The folder of the bundle that the source is.
    root: String,
    /// Those with objects, below `namespaces` and itself.
    folders: BTreeMap<String, Folder>,
    repos: usize,
    /// The kinds that are not inherited.
    not_inherited: BTreeSet<GroupKind>,
    /// The selectors of namespaces by name, and those who ask for them.
    selectors: BTreeMap<String, Spot>,
    selected: Vec<(String, Spot)>,
    /// Objects by what they are wherever they stand, and then by folder.
    objects: BTreeMap<Key, BTreeMap<String, Spot>>,
    count: usize,
}

/// What is known of one folder.
#[derive(Debug, Default)]
struct Folder {
    namespace: Option<Spot>,
    /// The first object that is neither a namespace nor a selector of such, of each kind.
    kinds: BTreeMap<GroupKind, Spot>,
    selector: Option<Spot>,
}

/// The most objects with a selector whose place is compared with the selector's.
const MOST_SELECTED: usize = 10_000;

/// The most objects that are compared with those of folders above.
const MOST_INHERITED: usize = 20_000;

impl Tree {
    pub(super) fn new(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            folders: BTreeMap::new(),
            repos: 0,
            not_inherited: BTreeSet::new(),
            selectors: BTreeMap::new(),
            selected: Vec::new(),
            objects: BTreeMap::new(),
            count: 0,
        }
    }

    /// Whether Config Sync reads the object's file.
    pub(super) fn add(&mut self, identity: &Identity, facts: &Facts, findings: &mut Vec<Finding>) -> bool {
        let Some(path) = relative(&identity.place.path, &self.root) else { return false };
        let Some(top) = top(path) else { return false };
        let spot = || Spot::of(identity);
        match &facts.sort {
            Sort::Repo => {
                self.repos += 1;
                if self.repos == 2 {
                    let message = "there is a second Repo (KNV2012)".to_owned();
                    findings.push(Finding::new(&rules::SINGLE, identity.place.clone(), message).hint("delete one"));
                }
            }
            Sort::HierarchyConfig(kinds) => self.not_inherited.extend(kinds.iter().cloned()),
            _ => {}
        }
        if top != NAMESPACES {
            return true;
        }
        let folder = self.folders.entry(folder_of(path).to_owned()).or_default();
        match &facts.sort {
            // That it cannot be there is told of it alone.
            Sort::Namespace(_) if folder_of(path) == NAMESPACES => {}
            Sort::Namespace(_) => match &folder.namespace {
                None => folder.namespace = Some(spot()),
                Some(first) => {
                    let message = format!("the folder of {} has another Namespace already (KNV2012)", identity.label);
                    let finding = Finding::new(&rules::SINGLE, identity.place.clone(), message);
                    let hint = "give each Namespace a folder of its own, of the same name";
                    findings.push(finding.hint(hint).also(first.place.clone(), "the other Namespace"));
                }
            },
            Sort::NamespaceSelector(name) => {
                folder.selector.get_or_insert_with(spot);
                self.selectors.entry(name.clone()).or_insert_with(spot);
            }
            _ => _ = folder.kinds.entry(facts.group_kind.clone()).or_insert_with(spot),
        }
        if let Some(name) = facts.namespace_selector.as_ref().filter(|_| self.selected.len() < MOST_SELECTED) {
            self.selected.push((name.clone(), spot()));
        }
        // Which namespaces a selector chooses is not known here.
        let is_comparable = facts.sort == Sort::Other && facts.namespace_selector.is_none();
        if let Some(key) = facts.anywhere.filter(|_| is_comparable && self.count < MOST_INHERITED) {
            self.count += 1;
            self.objects.entry(key).or_default().entry(folder_of(path).to_owned()).or_insert_with(spot);
        }
        true
    }

    /// `whole`: whether all objects of the source were seen.
    pub(super) fn finish(self, whole: bool, findings: &mut Vec<Finding>) {
        if self.repos == 0 && whole {
            let place = Place::file(if self.root.is_empty() { "." } else { &*self.root });
            let message = "the source has no Repo, which the format `hierarchy` begins with (KNV1017)";
            let hint = "add `system/repo.yaml` with `apiVersion: configmanagement.gke.io/v1`, `kind: Repo`, a name and `spec: {version: 1.0.0}`; or say `--source-format unstructured`";
            findings.push(Finding::new(&rules::NO_REPO, place, message).hint(hint));
        }
        for (path, folder) in &self.folders {
            if let Some(namespace) = &folder.namespace {
                self.below_namespace(path, namespace, findings);
                if let Some(selector) = &folder.selector {
                    let message = format!("{} is in the folder of a namespace (KNV1038)", selector.label);
                    let finding = Finding::new(&rules::SELECTOR_IN_NAMESPACE, selector.place.clone(), message);
                    findings.push(finding.hint("move it to the folder above, which it selects from"));
                }
            } else if !self.is_below_namespace(path) {
                self.abstract_folder(path, folder, whole, findings);
            }
        }
        self.selected_from_below(findings);
        for places in self.objects.values().filter(|places| places.len() > 1) {
            self.inherited_twice(places, findings);
        }
    }

    /// One object in a folder and in one above, so that a namespace gets both.
    fn inherited_twice(&self, places: &BTreeMap<String, Spot>, findings: &mut Vec<Finding>) {
        let is_abstract = |path: &str| self.folders.get(path).is_some_and(|folder| folder.namespace.is_none());
        for (path, spot) in places.iter().filter(|(path, _)| !self.is_below_namespace(path)) {
            let above = path.rmatch_indices('/').filter_map(|(at, _)| places.get_key_value(path.get(..at)?));
            let Some((above, first)) = above.into_iter().find(|(above, _)| is_abstract(above)) else { continue };
            let mut inside = self.folders.iter().filter(|(folder, _)| *folder == path || is_below(folder, path));
            if inside.any(|(_, folder)| folder.namespace.is_some()) {
                let message = format!(
                    "{} is defined in `{path}`, which inherits another of this name from `{above}` (KNV1029)",
                    spot.label
                );
                let finding = Finding::new(&validate_rules::DUPLICATE, spot.place.clone(), message);
                let hint = "delete one of them, or give it another name";
                findings.push(finding.hint(hint).also(first.place.clone(), "inherited from here"));
            }
        }
    }

    /// The folder of a namespace has no folders.
    fn below_namespace(&self, path: &str, namespace: &Spot, findings: &mut Vec<Finding>) {
        for (_, below) in self.folders.iter().filter(|(below, _)| is_below(below, path)) {
            let Some(spot) = below.any() else { continue };
            let message = format!("{} is below `{path}`, the folder of {} (KNV1003)", spot.label, namespace.label);
            let finding = Finding::new(&rules::BELOW_NAMESPACE, spot.place.clone(), message);
            let hint = format!("move it to `{path}` itself, or to a folder beside it");
            findings.push(finding.hint(hint).also(namespace.place.clone(), "the Namespace"));
        }
    }

    /// A folder without a Namespace hands its objects down.
    fn abstract_folder(&self, path: &str, folder: &Folder, whole: bool, findings: &mut Vec<Finding>) {
        for (kind, spot) in folder.kinds.iter().filter(|(kind, _)| self.not_inherited.contains(*kind)) {
            let message = format!(
                "{} is in `{path}`, which is no namespace, and a HierarchyConfig says that a {} is not inherited (KNV1007)",
                spot.label, kind.1
            );
            let finding = Finding::new(&rules::NOT_INHERITED, spot.place.clone(), message);
            findings.push(finding.hint("move it to the folder of a namespace"));
        }
        let below = || self.folders.iter().filter(|(below, _)| is_below(below, path));
        if whole
            && let Some(spot) = folder.kinds.values().next()
            && below().all(|(_, folder)| folder.namespace.is_none())
        {
            let message = format!("{} is in `{path}`, and there is no Namespace in it or below (KNV1044)", spot.label);
            let finding = Finding::new(&rules::NEVER_IN_A_NAMESPACE, spot.place.clone(), message);
            let hint = format!("add a Namespace `NAME` in `{path}/NAME`, or move the object to the folder of one");
            findings.push(finding.hint(hint));
        }
    }

    /// A selector is in a folder above those who ask for it.
    fn selected_from_below(&self, findings: &mut Vec<Finding>) {
        for (name, spot) in &self.selected {
            let Some(selector) = self.selectors.get(name) else { continue };
            let above = folder_of(&selector.place.path);
            if !spot.place.path.starts_with(above) {
                let message = format!(
                    "{} asks for the NamespaceSelector `{name}`, which is not in a folder above it (KNV1013)",
                    spot.label
                );
                let finding = Finding::new(&rules::UNKNOWN_SELECTOR, spot.place.clone(), message);
                let hint = format!("move the selector to a folder above both, or the object below `{above}`");
                findings.push(finding.hint(hint).also(selector.place.clone(), "the selector"));
            }
        }
    }

    fn is_below_namespace(&self, path: &str) -> bool {
        path.match_indices('/')
            .filter_map(|(at, _)| path.get(..at))
            .any(|above| self.folders.get(above).is_some_and(|folder| folder.namespace.is_some()))
    }
}

impl Folder {
    fn any(&self) -> Option<&Spot> {
        self.namespace.as_ref().or_else(|| self.kinds.values().next()).or(self.selector.as_ref())
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The path below the root of the source.
pub(super) fn relative<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') }
}
