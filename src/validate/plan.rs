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
mod tests {
    use super::*;

    fn plan(names: &[&str], sync_dirs: &[&str]) -> Result<Plan, Error> {
        let options = Options { sync_dirs: sync_dirs.iter().map(ToString::to_string).collect(), ..Options::default() };
        Plan::new(names.iter().copied(), &options)
    }

    fn told(plan: &Plan) -> Vec<(&str, &str)> {
        plan.findings.iter().map(|f| (f.rule.id, &*f.place.path)).collect()
    }

    #[test]
    fn a_file_has_the_role_its_name_and_its_neighbours_give_it() {
        let names = [
            ".github/workflows/ci.yaml",
            ".gitlab-ci.yml",
            "README.md",
            "app/Kustomization",
            "app/base/a.yaml",
            "apple/a.yaml",
            "chart/Chart.yaml",
            "chart/templates/a.yaml",
            "chart/values.yaml",
            "a.json",
            "b.yml",
        ];
        let plan = plan(&names, &[]).unwrap();
        for (name, role) in names.into_iter().zip([
            Role::Unchecked(Reason::Ci),
            Role::Unchecked(Reason::Ci),
            Role::Unchecked(Reason::NotYaml),
            Role::SyntaxOnly,
            Role::SyntaxOnly,
            Role::Objects,
            Role::Unchecked(Reason::Chart),
            Role::Unchecked(Reason::Chart),
            Role::Unchecked(Reason::Chart),
            Role::Objects,
            Role::Objects,
        ]) {
            assert_eq!(plan.role(name), role, "{name}");
            assert_eq!(role.reads_yaml(), matches!(role, Role::Objects | Role::SyntaxOnly));
        }
        assert_eq!((plan.files, plan.unchecked), (11, 7));
        assert_eq!(told(&plan), [("bundle/ci-file", ".github"), ("bundle/ci-file", ".gitlab-ci.yml")]);
    }

    #[test]
    fn a_kustomization_at_the_root_is_above_everything() {
        let plan = plan(&["a/b/c.yaml", "kustomization.yml"], &[]).unwrap();
        assert_eq!(plan.role("a/b/c.yaml"), Role::SyntaxOnly);
        assert!(plan.sync_dirs[0].rendered);
    }

    #[test]
    fn a_chart_that_a_kustomization_may_inflate_is_not_told_of_nor_one_inside_another() {
        let inside = plan(&["charts/x/Chart.yaml", "kustomization.yaml"], &[]).unwrap();
        assert!(told(&inside).is_empty());
        let nested = plan(&["c/Chart.yaml", "c/charts/d/Chart.yaml", "c/charts/d/values.yaml"], &[]).unwrap();
        assert_eq!(told(&nested), [("bundle/helm-chart", "c/Chart.yaml")]);
    }

    #[test]
    fn beside_a_kustomization_a_chart_is_told_of_unless_it_is_inflated() {
        let plan = plan(&["app/kustomization.yaml", "charts/x/Chart.yaml", "charts/y/Chart.yaml"], &[]).unwrap();
        assert!(told(&plan).is_empty());
        let charts: Vec<Finding> = plan.charts(|folder| folder == "charts/x").collect();
        assert_eq!(charts.iter().map(|finding| &*finding.place.path).collect::<Vec<_>>(), ["charts/y/Chart.yaml"]);
    }

    #[test]
    fn a_chart_that_nobody_syncs_is_not_told_of() {
        let names = ["charts/x/Chart.yaml", "charts/x/templates/a.yaml", "envs/prod/a.yaml"];
        for (dir, is_told) in [("", true), ("charts", true), ("charts/x/templates", true), ("envs/prod", false)] {
            assert_eq!(told(&plan(&names, &[dir]).unwrap()).len(), usize::from(is_told), "{dir}");
        }
    }

    #[test]
    fn a_chart_is_refused_unless_argo_cd_alone_reads_the_bundle() {
        for (consumers, severity) in [
            (vec![], Severity::Error),
            (vec![Consumer::ConfigSync], Severity::Error),
            (vec![Consumer::ArgoCd], Severity::Warning),
            (vec![Consumer::ArgoCd, Consumer::Flux], Severity::Error),
        ] {
            let options = Options { consumers, ..Options::default() };
            let plan = Plan::new(["c/Chart.yaml"].into_iter(), &options).unwrap();
            assert_eq!(plan.findings[0].severity, severity, "{:?}", options.consumers);
        }
    }

    #[test]
    fn kustomizations_of_charts_and_of_a_ci_are_not_rendered() {
        let names = [".github/kustomization.yaml", "a/kustomization.yaml", "c/Chart.yaml", "c/x/kustomization.yaml"];
        assert_eq!(plan(&names, &[]).unwrap().kustomized(), ["a"]);
    }

    #[test]
    fn names_that_only_look_like_yaml_are_told() {
        for (name, is) in [
            ("a.YAML", true),
            ("a.Yml", true),
            ("a.yml.txt", true),
            ("a.yaml.bak", true),
            ("A.JSON.orig", true),
            ("a.yalm", true),
            ("a.txt", false),
            ("a.yaml.tpl", false),
            ("yaml", false),
            ("notes.bak", false),
            ("a.yaml", false),
        ] {
            assert_eq!(!told(&plan(&[name], &[]).unwrap()).is_empty(), is, "{name}");
        }
    }

    #[test]
    fn a_folder_to_sync_may_be_written_in_many_ways() {
        for (given, path) in [(".", ""), ("", ""), ("./envs/prod/", "envs/prod"), ("/envs//prod", "envs/prod")] {
            let plan = plan(&["envs/prod/a.yaml"], &[given, given]).unwrap();
            assert_eq!(plan.sync_dirs.len(), 1);
            assert_eq!(plan.sync_dirs[0].path, path);
        }
    }

    #[test]
    fn a_folder_to_sync_counts_as_rendered_when_a_kustomization_is_in_it() {
        let names = ["a/b/c/x.yaml", "a/b/kustomization.yaml", "a/d/x.yaml"];
        for (dir, rendered) in [("a", true), ("a/b", true), ("a/b/c", false), ("a/d", false)] {
            assert_eq!(plan(&names, &[dir]).unwrap().sync_dirs[0].rendered, rendered, "{dir}");
        }
    }

    #[test]
    fn what_a_file_is_depends_on_the_folder_that_is_synced() {
        let names = ["app/extra/x.yaml", "app/kustomization.yaml", "app/y.yaml", "common/z.yaml", "other/w.yaml"];
        for (dirs, objects) in [
            (&[""][..], &["common/z.yaml", "other/w.yaml"][..]),
            (&["app"], &[]),
            (&["app/extra"], &["app/extra/x.yaml"]),
            (&["app", "app/extra"], &["app/extra/x.yaml"]),
            (&["app", "other"], &["other/w.yaml"]),
            (&["common"], &["common/z.yaml"]),
        ] {
            let plan = plan(&names, dirs).unwrap();
            let judged: Vec<&str> = names.into_iter().filter(|name| plan.role(name) == Role::Objects).collect();
            assert_eq!(judged, objects, "{dirs:?}");
            let is_outside = |name: &&str| !dirs.iter().any(|dir| within(name, dir));
            let unread = names.into_iter().filter(|name| plan.role(name) == Role::Unread);
            assert!(unread.eq(names.into_iter().filter(is_outside)), "{dirs:?}");
        }
    }
}
