//! All kustomizations of a bundle, read before anything is run: what is wrong with them, and which takes in which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::kustomization::{self, Kustomization, short};
use super::{Copy, kustomization_in, plugin, rules};
use crate::finding::{Finding, Place, Severity};

/// What was read.
#[derive(Debug, Default)]
pub struct Survey {
    pub(super) nodes: BTreeMap<String, Kustomization>,
    /// What is wrong with them, in the order of the folders.
    pub findings: Vec<Finding>,
}

impl Survey {
    /// Reads the kustomizations in these folders of the copy, and those that they take in.
    pub fn of<'a>(copy: &Copy, folders: impl Iterator<Item = &'a str>) -> Self {
        let root = copy.root();
        let mut survey = Self::default();
        let mut waiting: Vec<String> = folders.map(ToOwned::to_owned).collect();
        while let Some(folder) = waiting.pop() {
            if survey.nodes.contains_key(&folder) {
                continue;
            }
            let Some(file) = kustomization_in(&root, &folder) else { continue };
            let node = kustomization::read(&root, &folder, file);
            waiting.extend(node.folders.iter().chain(&node.plugin_folders).cloned());
            survey.nodes.insert(folder, node);
        }
        for node in survey.nodes.values_mut() {
            survey.findings.append(&mut node.findings);
        }
        survey.read_plugins(&root);
        survey
    }

    /// What a folder gives that is named as a generator are plugins. So all of its files are read as such, for the kustomization that
    /// names it: their paths are relative to that one. Nothing else may have a say in what they give.
    fn read_plugins(&mut self, root: &Path) {
        let (mut findings, mut charts) = (Vec::new(), Vec::new());
        let mut told = BTreeSet::new();
        for (namer, node) in self.nodes.iter().filter(|(_, node)| !node.plugin_folders.is_empty()) {
            for folder in self.reached(node.plugin_folders.iter().map(String::as_str).collect(), false) {
                let Some(given) = self.nodes.get(folder) else { continue };
                for file in &given.files {
                    let plugins = plugin::read(root, namer, file);
                    findings.extend(plugins.findings);
                    charts.extend(plugins.charts.into_iter().map(|chart| (namer.clone(), chart)));
                }
                if told.insert(folder) {
                    findings.extend(given.changes.first().map(|(field, at)| changed(field, at, &node.file)));
                }
            }
        }
        self.findings.append(&mut findings);
        for (namer, chart) in charts {
            self.nodes.entry(namer).and_modify(|node| node.charts.push(chart));
        }
    }

    /// Whether something may be run: nothing is wrong with any kustomization.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
            && self.nodes.values().all(|node| !node.is_broken)
    }

    /// Says that nothing was run, for where the reason is told as no error, or not at all.
    pub fn not_run(&self) -> Option<Finding> {
        let reason = self.findings.iter().find(|finding| finding.severity == Severity::Error);
        let broken = self.nodes.values().find(|node| node.is_broken).map(|node| &node.file);
        let file = reason.map(|finding| &finding.place.path).or(broken)?;
        let message =
            format!("nothing was rendered, because of `{file}`: what the kustomizations give was not checked");
        Some(Finding::new(&rules::NOT_RUN, Place::file(Arc::clone(file)), message))
    }

    /// Whether rendering the folder would run helm.
    pub fn takes_helm(&self, folder: &str) -> bool {
        self.closure(folder).iter().any(|folder| self.nodes.get(*folder).is_some_and(|node| !node.charts.is_empty()))
    }

    /// Whether rendering the folder reads this file.
    pub fn reads(&self, folder: &str, path: &str) -> bool {
        self.read_for(folder).any(|file| file == path)
    }

    /// The files that rendering the folder reads.
    pub fn read_for<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = &'s str> {
        let nodes = self.closure(folder).into_iter().filter_map(|folder| self.nodes.get(folder));
        nodes.flat_map(|node| node.files.iter().chain(&node.read).map(String::as_str).chain([&*node.file]))
    }

    /// The folders of the charts that kustomizations inflate.
    pub fn inflated(&self) -> impl Iterator<Item = &str> {
        self.nodes.values().flat_map(|node| &node.charts).map(String::as_str)
    }

    /// All files that the kustomizations read, wherever they stand.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.nodes.values().flat_map(|node| node.files.iter().chain(&node.read)).map(String::as_str)
    }

    /// The folder and all that it takes in, directly or not.
    pub(super) fn closure<'s>(&'s self, folder: &'s str) -> BTreeSet<&'s str> {
        self.reached(vec![folder], true)
    }

    /// The folders and all that they take in, directly or not, what they take for plugins included or not.
    fn reached<'s>(&'s self, mut waiting: Vec<&'s str>, with_plugins: bool) -> BTreeSet<&'s str> {
        let mut seen = BTreeSet::new();
        while let Some(folder) = waiting.pop() {
            if let Some(node) = self.nodes.get(folder).filter(|_| seen.insert(folder)) {
                let plugins = node.plugin_folders.iter().filter(|_| with_plugins);
                waiting.extend(node.folders.iter().chain(plugins).map(String::as_str));
            }
        }
        seen
    }

    /// The kustomizations at or below a folder that no other takes in, but no component, and of folders within one another only the
    /// outermost. Of those that take in each other in a circle, the first.
    pub(super) fn roots(&self, within_folder: &str) -> Vec<&str> {
        let taken: BTreeSet<&str> = self
            .nodes
            .iter()
            .flat_map(|(folder, node)| node.folders.iter().chain(&node.plugin_folders).filter(move |to| *to != folder))
            .map(String::as_str)
            .collect();
        let mut roots: Vec<&str> = Vec::new();
        let mut reached = BTreeSet::new();
        let all = || self.nodes.keys().map(String::as_str).filter(|folder| within(folder, within_folder));
        let free = all().filter(|folder| !taken.contains(folder));
        let circles = all().filter(|folder| taken.contains(folder));
        for folder in free.chain(circles) {
            let is_component = self.nodes.get(folder).is_some_and(|node| node.is_component);
            if is_component || reached.contains(folder) || roots.iter().any(|root| within(folder, root)) {
                continue;
            }
            reached.extend(self.closure(folder));
            roots.push(folder);
        }
        roots.sort_unstable();
        roots
    }
}

/// A field that changes what is read as the configuration of plugins of the kustomization `namer`.
fn changed(field: &str, at: &Place, namer: &str) -> Finding {
    let message = format!("`{}` has a say in the plugins of `{namer}`: nothing is run", short(field));
    Finding::new(&rules::PLUGIN, at.clone(), message).hint(
        "a folder that gives configurations of plugins may have `resources` only: write into its files what they shall say",
    )
}

/// Whether `path` is `folder` or below it.
pub(super) fn within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
