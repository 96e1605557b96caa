//! The configuration of generators, transformers and validators: kustomize's own, or programs.

use std::path::Path;
use std::sync::Arc;

use super::fields::{fold, text};
use super::kustomization::{Chart, content, each_document, outside, outside_inline, remote};
use super::lead::{Lead, follow, within_bundle};
use super::rules;
use crate::finding::{Finding, Place};
use crate::object::Node;

/// What is found in configurations of plugins.
pub(super) struct Plugins<'a> {
    root: &'a Path,
    folder: &'a str,
    pub(super) findings: Vec<Finding>,
    /// The folders of the bundle's charts that they inflate.
    pub(super) charts: Vec<String>,
}

/// Reads a file of such configurations, which a kustomization in `folder` names.
pub(super) fn read<'a>(root: &'a Path, folder: &'a str, file: &str) -> Plugins<'a> {
    let mut plugins = Plugins::new(root, folder);
    let Some(bytes) = content(root, file, &mut plugins.findings) else { return plugins };
    let file: Arc<str> = Arc::from(file);
    let is_broken = each_document(&file, &bytes, &mut |node| plugins.take(node, &|at| at.place_without_text(&file)));
    if is_broken {
        let message = "this configuration of a plugin cannot be read";
        plugins.findings.push(Finding::new(&rules::PLUGIN, Place::file(file), message));
    }
    plugins
}

impl<'a> Plugins<'a> {
    pub(super) const fn new(root: &'a Path, folder: &'a str) -> Self {
        Self { root, folder, findings: Vec::new(), charts: Vec::new() }
    }

    /// Takes one document: a configuration, or a list of them.
    pub(super) fn take(&mut self, node: Node<'_>, place: &dyn Fn(Node<'_>) -> Place) {
        self.paths(node, place);
        self.kinds(node, place);
    }

    /// What kinds of plugins there are. `apiVersion`, `kind` and `items` are read in just this case, unlike all other fields.
    fn kinds(&mut self, node: Node<'_>, place: &dyn Fn(Node<'_>) -> Place) {
        node.items().for_each(|item| self.kinds(item, place));
        if !node.is_mapping() {
            return;
        }
        let named = |key: &str| node.get(key).and_then(Node::as_str);
        let kind = named("kind").unwrap_or_default();
        if kind.ends_with("List") && node.get("items").is_some() {
            node.get("items").into_iter().flat_map(Node::items).for_each(|item| self.kinds(item, place));
        } else if runs_a_function(node) {
            self.program(kind, "runs a container or a program", place(node));
        } else if named("apiVersion") != Some("builtin") {
            self.program(kind, "is none of kustomize's own", place(node));
        } else if kind == "HelmChartInflationGenerator" {
            self.chart(node, place(node));
        }
    }

    fn program(&mut self, kind: &str, what: &str, place: Place) {
        let message = format!("the plugin `{kind}` {what}: nothing is run");
        self.findings.push(Finding::new(&rules::PLUGIN, place, message).hint(
            "use kustomize's own fields instead, or pack what is rendered: `kustomize build --enable-alpha-plugins DIR | consign push - REF`",
        ));
    }

    fn chart(&mut self, node: Node<'_>, place: Place) {
        let chart = Chart {
            home: text(node, "charthome").unwrap_or("charts"),
            name: text(node, "name").or_else(|| text(node, "chartname")).unwrap_or_default(),
            version: text(node, "version").unwrap_or_default(),
            is_remote: ["repo", "chartrepourl"].into_iter().any(|key| text(node, key).is_some()),
        };
        match chart.find(self.root, self.folder, place) {
            Ok((folder, finding)) => {
                self.charts.push(folder);
                self.findings.push(finding);
            }
            Err(finding) => self.findings.push(finding),
        }
    }

    /// The paths that kustomize's own plugins read; and whatever leads out by its dots, in any field.
    fn paths(&mut self, node: Node<'_>, place: &dyn Fn(Node<'_>) -> Place) {
        each_text(node, &mut |is_path, value, text| {
            if is_path {
                self.path(text, &place(value));
            } else if !text.starts_with('/') && within_bundle(self.folder, text).is_none() {
                self.findings.push(outside_inline(place(value)));
            }
        });
    }

    fn path(&mut self, text: &str, place: &Place) {
        for path in std::iter::once(text).chain(text.split_once('=').map(|(_, path)| path)) {
            match follow(self.root, self.folder, path, false) {
                Lead::Remote => self.findings.push(remote("what this plugin names", self.folder, place.clone())),
                Lead::Outside => self.findings.push(outside(path, place.clone())),
                _ => {}
            }
        }
    }
}

/// Calls `each` for every path that kustomize's own plugins read, with the value it stands in.
pub(super) fn each_path<'t>(node: Node<'t>, each: &mut impl FnMut(Node<'t>, &'t str)) {
    each_text(node, &mut |is_path, value, text| {
        if is_path {
            each(value, text);
        }
    });
}

/// Calls `each` for every text, and says whether its field, by its name, holds a path that kustomize's own plugins read.
fn each_text<'t>(node: Node<'t>, each: &mut impl FnMut(bool, Node<'t>, &'t str)) {
    const PATHS: [&str; 9] = ["path", "paths", "file", "files", "env", "envs", "crds", "valuesfile", "targetfilepath"];
    for (key, value) in node.entries() {
        let key = fold(key.as_str());
        let is_path = PATHS.contains(&&*key);
        for text in value.as_str().into_iter().chain(value.items().filter_map(Node::as_str)) {
            each(is_path, value, text);
        }
        // These are paths within objects.
        if !matches!(&*key, "fieldspecs" | "fieldpaths" | "metadata") {
            each_text(value, each);
        }
    }
    node.items().for_each(|item| each_text(item, each));
}

/// Whether annotations make it a function: a container, a program or a script.
fn runs_a_function(node: Node<'_>) -> bool {
    let metadata = node.entries().filter(|(key, _)| fold(key.as_str()) == "metadata").map(|(_, value)| value);
    metadata.clone().flat_map(Node::entries).any(|(key, _)| fold(key.as_str()) == "configfn")
        || metadata
            .flat_map(Node::entries)
            .filter(|(key, _)| fold(key.as_str()) == "annotations")
            .flat_map(|(_, annotations)| annotations.entries())
            .any(|(key, _)| key.as_str().ends_with("/function"))
}
