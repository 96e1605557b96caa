//! What the names of a bundle's files tell before any of them is read: which hold objects, which lie under a kustomization or belong
//! to a chart, and which are something else.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::consumers::{self, IGNORE_FILE};
use super::options::Options;
use super::paths::{
    ci_path, existing_folder, file_of, folder_of, folders, has_yaml_extension, is_kustomization, look_alike, within,
};
use super::policy::Consumer;
use super::rules;
use crate::error::Error;
use crate::finding::{Finding, KEPT_FINDINGS, Place, Severity};

/// What a file is to the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Consumers read Kubernetes objects from it.
    Objects,
    /// A kustomization, or a file below one, or one that it names as a patch or the like: what it means only the rendered output tells, so only its syntax is checked.
    SyntaxOnly,
    /// No consumer reads it, as it lies in no folder that is synced, or in none that the format `hierarchy` knows. Secrets in it are told
    /// all the same, and the kinds that it defines are known.
    Unread,
    /// It is not read.
    Unchecked(Reason),
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its name does not end in `.yaml`, `.yml` or `.json`.
    NotYaml,
    /// It belongs to a Helm chart.
    Chart,
    /// It belongs to a CI system or code host, and those who read the bundle skip it.
    Ci,
    /// Patterns in the bundle say that those who read it leave this out.
    Ignored,
}

impl Role {
    /// Whether the file's text is read by the checks.
    pub const fn reads_yaml(self) -> bool {
        matches!(self, Self::Objects | Self::SyntaxOnly | Self::Unread)
    }
}

/// A folder that a consumer syncs.
#[derive(Clone, Debug)]
pub(super) struct SyncDir {
    /// Its path, `""` for the root.
    pub(super) path: String,
    /// Whether a kustomization or a chart is in it, or it is in a chart.
    pub(super) rendered: bool,
}

/// What is known from the names alone.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the user decided.
    pub(super) options: Options,
    kustomizations: HashSet<String>,
    charts: HashSet<String>,
    pub(super) sync_dirs: Vec<SyncDir>,
    pub(super) files: usize,
    pub(super) unchecked: usize,
    /// Whether there is a file that tells Flux what to leave out.
    pub(super) has_ignore_file: bool,
    /// What it leaves out.
    ignored: HashSet<Box<str>>,
    /// What kustomizations name that is no object by itself, such as patches.
    parts: HashSet<String>,
    /// No file is left out by anybody because of its name.
    leaves_none_out: bool,
    /// Every file lies where a consumer reads it.
    is_all_synced: bool,
    /// Of these files, those at or below a kustomization, of which only the syntax is checked.
    syntax_only: usize,
    /// The folders of charts that lie below no kustomization.
    lone_charts: Vec<String>,
    /// About names; at most [`KEPT_FINDINGS`].
    pub(super) findings: Vec<Finding>,
}

impl Plan {
    /// A plan for the files of these names, which are sorted. It is a usage error when a folder to sync does
    /// not exist among them.
    pub fn new<'a>(names: impl Iterator<Item = &'a str> + Clone, options: &Options) -> Result<Self, Error> {
        Self::with_ignored(names, |_| false, options)
    }

    /// The same where the bundle's [`IGNORE_FILE`]s leave out some files.
    pub fn with_ignored<'a>(
        names: impl Iterator<Item = &'a str> + Clone,
        is_ignored: impl Fn(&str) -> bool,
        options: &Options,
    ) -> Result<Self, Error> {
        Self::with_parts(names, is_ignored, HashSet::new(), options)
    }

    /// The same where kustomizations name these files as what is no object by itself, such as patches.
    pub fn with_parts<'a>(
        names: impl Iterator<Item = &'a str> + Clone,
        is_ignored: impl Fn(&str) -> bool,
        parts: HashSet<String>,
        options: &Options,
    ) -> Result<Self, Error> {
        let only_flux = options.is_only_for(Consumer::Flux);
        let read = names.clone().filter(|name| !only_flux || !is_ignored(name));
        let mut plan = Self {
            options: options.clone(),
            kustomizations: folders_that_hold(read.clone(), is_kustomization),
            charts: folders_that_hold(read, |file| file == "Chart.yaml"),
            ignored: names.clone().filter(|name| is_ignored(name)).map(Box::from).collect(),
            parts,
            leaves_none_out: !names.clone().any(|name| is_ignored(name) || ci_path(name).is_some()),
            is_all_synced: false,
            sync_dirs: Vec::new(),
            files: 0,
            unchecked: 0,
            has_ignore_file: names.clone().any(|name| file_of(name) == IGNORE_FILE),
            syntax_only: 0,
            lone_charts: Vec::new(),
            findings: Vec::new(),
        };
        let roots = [String::new()];
        for dir in if options.sync_dirs.is_empty() { &roots[..] } else { &options.sync_dirs } {
            let path = existing_folder(dir, names.clone())?;
            if plan.sync_dirs.iter().all(|known| known.path != path) {
                let in_it = plan.kustomizations.iter().chain(&plan.charts).any(|folder| within(folder, &path));
                let rendered = in_it || plan.charts.iter().any(|chart| within(&path, chart));
                plan.sync_dirs.push(SyncDir { path, rendered });
            }
        }
        plan.is_all_synced = names.clone().all(|name| plan.lies_in_a_folder_to_sync(name));
        let folders = plan.sync_dirs.iter().filter_map(|dir| {
            let objects = names.clone().filter(|name| within(name, &dir.path) && plan.role(name) == Role::Objects);
            let objects = objects.filter(|name| ci_path(name).is_none());
            consumers::check_folder(options, &dir.path, objects)
        });
        plan.findings = folders.collect();
        let mut told = BTreeSet::new();
        for name in names {
            plan.files += 1;
            plan.tell(name, &mut told);
        }
        if plan.kustomized().is_empty() {
            // Otherwise it takes a look into the kustomizations: one may inflate the chart.
            let charts: Vec<Finding> = plan.charts(|_| false).collect();
            plan.findings.extend(charts);
        }
        Ok(plan)
    }

    /// What the file of this name is.
    pub fn role(&self, name: &str) -> Role {
        let file = file_of(name);
        let kustomization = is_kustomization(file);
        if !kustomization && !has_yaml_extension(file) {
            return Role::Unchecked(Reason::NotYaml);
        }
        if self.readers(name).is_some_and(|readers| readers.is_empty()) {
            let is_ignored = self.ignored.contains(name);
            return Role::Unchecked(if is_ignored { Reason::Ignored } else { Reason::Ci });
        }
        if !self.charts.is_empty() && folders(name).any(|folder| self.charts.contains(folder)) {
            return Role::Unchecked(Reason::Chart);
        }
        if !self.is_synced(name) {
            return Role::Unread;
        }
        if self.is_kustomized(name) || self.parts.contains(name) { Role::SyntaxOnly } else { Role::Objects }
    }

    /// Those of the consumers that read the file of this name; none if all do.
    fn readers(&self, name: &str) -> Option<Vec<Consumer>> {
        if self.leaves_none_out {
            return None;
        }
        let is_ignored = self.ignored.contains(name);
        if !is_ignored && ci_path(name).is_none() {
            return None;
        }
        let consumers = self.options.consumers.iter().copied();
        let reads = |consumer: &Consumer| consumers::reads(*consumer, name, is_ignored, self.has_ignore_file);
        Some(consumers.filter(reads).collect())
    }

    /// What the user decided, for those who read the file of this name.
    pub(super) fn options_for(&self, name: &str) -> Cow<'_, Options> {
        match self.readers(name) {
            Some(consumers) => Cow::Owned(Options { consumers, ..self.options.clone() }),
            None => Cow::Borrowed(&self.options),
        }
    }

    /// Whether a consumer reads the file where it lies.
    fn is_synced(&self, name: &str) -> bool {
        self.is_all_synced || self.lies_in_a_folder_to_sync(name)
    }

    fn lies_in_a_folder_to_sync(&self, name: &str) -> bool {
        self.sync_dirs.iter().any(|dir| {
            let below = name.strip_prefix(dir.path.as_str()).map(|below| below.trim_start_matches('/'));
            within(name, &dir.path) && below.is_some_and(|below| consumers::reads_at(&self.options, below))
        })
    }

    /// Whether no consumer reads the file by itself, but only through a kustomization. A consumer sees those above the folder that it
    /// syncs as little as anything else there.
    fn is_kustomized(&self, name: &str) -> bool {
        if self.kustomizations.is_empty() {
            return false;
        }
        let below_one_in =
            |dir: &str| folders(name).any(|folder| within(folder, dir) && self.kustomizations.contains(folder));
        self.sync_dirs.iter().filter(|dir| within(name, &dir.path)).all(|dir| below_one_in(&dir.path))
    }

    /// Counts the file, and says what its name alone tells; of a folder once.
    fn tell<'a>(&mut self, name: &'a str, told: &mut BTreeSet<&'a str>) {
        match self.role(name) {
            Role::Objects => {}
            Role::SyntaxOnly => {
                self.unchecked += 1;
                self.syntax_only += 1;
            }
            Role::Unchecked(Reason::NotYaml) => {
                if let Some(meant) = look_alike(file_of(name)).filter(|_| self.is_synced(name)) {
                    let message = format!("no consumer reads this file: its name does not end in `.{meant}`");
                    let hint = format!("rename it to end in `.{meant}`, or leave it out with a line in .consignignore");
                    self.push(Finding::new(&rules::EXTENSION, Place::file(name), message).hint(hint));
                }
            }
            Role::Unread | Role::Unchecked(Reason::Ignored) => self.unchecked += 1,
            Role::Unchecked(Reason::Ci) => {
                self.unchecked += 1;
                if let Some(path) = ci_path(name).filter(|path| self.is_synced(name) && told.insert(path)) {
                    let message = format!("`{path}` is for a code host or CI, not for a cluster: it is not applied");
                    let hint =
                        format!("leave it out with the line `/{path}` in .consignignore, or `--ignore '/{path}'`");
                    self.push(Finding::new(&rules::CI_FILE, Place::file(path), message).hint(hint));
                }
            }
            Role::Unchecked(Reason::Chart) => {
                self.unchecked += 1;
                let chart = folders(name).find(|folder| self.charts.contains(*folder)).unwrap_or_default();
                let rendered = folders(name).any(|folder| self.kustomizations.contains(folder));
                // One that is synced by nobody is nobody's matter.
                let synced = self.sync_dirs.iter().any(|dir| within(chart, &dir.path) || within(&dir.path, chart));
                if synced && !rendered && told.insert(chart) && self.lone_charts.len() < KEPT_FINDINGS {
                    self.lone_charts.push(chart.to_owned());
                }
            }
        }
    }

    /// The folders with a kustomization that a consumer may render, sorted.
    pub fn kustomized(&self) -> Vec<&str> {
        let in_chart = |folder: &str| folders(folder).any(|above| self.charts.contains(above));
        let all = self.kustomizations.iter().map(String::as_str);
        let mut all: Vec<&str> = all.filter(|folder| ci_path(folder).is_none() && !in_chart(folder)).collect();
        all.sort_unstable();
        all
    }

    /// Whether a file below a kustomization would be read as objects, or as a chart, if the kustomization was not there.
    pub fn is_read_below(&self, name: &str) -> bool {
        matches!(self.role(name), Role::SyntaxOnly | Role::Unread | Role::Unchecked(Reason::Chart))
    }

    /// The folders that consumers sync; the root is `""`.
    pub fn sync_dirs(&self) -> impl Iterator<Item = &str> {
        self.sync_dirs.iter().map(|dir| dir.path.as_str())
    }

    /// How many files are checked in what they are rendered to, and by themselves for their syntax only.
    pub const fn syntax_only(&self) -> usize {
        self.syntax_only
    }

    /// What is to be said of the charts that lie below no kustomization, but for those that one inflates all the same.
    pub fn charts(&self, is_inflated: impl Fn(&str) -> bool) -> impl Iterator<Item = Finding> {
        let argo_cd = self.options.is_only_for(Consumer::ArgoCd);
        let lone = self.lone_charts.iter().filter(move |folder| !is_inflated(folder));
        lone.map(move |folder| chart_finding(folder, argo_cd))
    }

    /// The finding that a kustomization inflates a chart, with how bad that is to those who read the bundle.
    pub fn inflated(&self, finding: Finding) -> Finding {
        let Some(who) = consumers::inflates_no_chart(&self.options) else { return finding };
        Finding {
            severity: Severity::Error,
            message: format!("{}, and {who} does not inflate charts", finding.message),
            ..finding
        }
    }

    fn push(&mut self, finding: Finding) {
        if self.findings.len() < KEPT_FINDINGS {
            self.findings.push(finding);
        }
    }
}

fn chart_finding(folder: &str, argo_cd: bool) -> Finding {
    let path = if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
    let shown = if folder.is_empty() { "the bundle's root".to_owned() } else { format!("`{folder}`") };
    let typed = if folder.is_empty() { "." } else { folder };
    let hint = format!("pack what it renders: `helm template RELEASE {typed} | consign push - REF`");
    if argo_cd {
        let message = format!("{shown} is a Helm chart: what Argo CD makes of it is not checked");
        let hint = format!("to have it checked, {hint}");
        let finding = Finding::new(&rules::HELM_CHART, Place::file(path), message).hint(hint);
        return Finding { severity: Severity::Warning, ..finding };
    }
    let message = format!("{shown} is a Helm chart, and Config Sync, Flux and kubectl do not render it");
    Finding::new(&rules::HELM_CHART, Place::file(path), message).hint(hint)
}

fn folders_that_hold<'a>(names: impl Iterator<Item = &'a str>, is: impl Fn(&str) -> bool) -> HashSet<String> {
    names.filter(|name| is(file_of(name))).map(|name| folder_of(name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
