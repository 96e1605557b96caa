//! What only all documents together tell: which objects are defined twice, and whether there is anything to apply.
//!
//! The ledger is kept by one thread, which adds the documents in the order of the files. It remembers a hash and a position of each
//! object, some tens of bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::consumers;
use super::custom::{Definitions, Late};
use super::document::Checked;
use super::folder::{Folder, Seen};
use super::identity::Identity;
use super::options::Options;
use super::paths::within;
use super::plan::{Plan, Role};
use super::record::Record;
use super::{origin, rules, schema_rules};
use crate::finding::{Finding, Place, Rule};

/// Keeps count of the documents, in file order.
#[derive(Debug)]
pub struct Ledger<'p> {
    plan: &'p Plan,
    allow_empty: bool,
    dirs: Vec<Folder<'p>>,
    /// The files that hold objects.
    files: Vec<Arc<str>>,
    objects: usize,
    local: usize,
    unchecked: usize,
    /// The bytes of all files.
    bytes: u64,
    definitions: Definitions,
    /// The kinds that nobody knew in the file of the last of [`Ledger::add_late`].
    unknown: (Arc<str>, BTreeSet<String>),
    /// The rules that were told of the whole file in the file of the last of [`Ledger::add`].
    told: (Arc<str>, BTreeSet<&'static str>),
}

/// What the checks have seen, for the closing line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files in the bundle.
    pub files: usize,
    /// Objects that were checked, those with [`local`](Self::local) included.
    pub objects: usize,
    /// Objects that are not applied because of their annotation `config.kubernetes.io/local-config`.
    pub local: usize,
    /// Of these, those that nobody knew enough about to check more than what all objects have in common.
    pub unchecked_objects: usize,
    /// Files whose objects were not checked: below a kustomization (only their syntax was), in a chart, of a CI, or where no consumer
    /// reads them.
    pub unchecked_files: usize,
}

impl<'p> Ledger<'p> {
    /// An empty ledger.
    pub fn new(plan: &'p Plan, options: &Options) -> Self {
        let dirs = plan.sync_dirs.iter().map(|sync| Folder::new(sync, options)).collect();
        Self {
            plan,
            allow_empty: options.allow_empty,
            dirs,
            files: Vec::new(),
            objects: 0,
            local: 0,
            unchecked: 0,
            bytes: 0,
            definitions: Definitions::default(),
            unknown: (Arc::from(""), BTreeSet::new()),
            told: (Arc::from(""), BTreeSet::new()),
        }
    }

    /// Adds a file of this size, in any order.
    pub fn add_file(&mut self, path: &str, size: u64) {
        self.bytes += size;
        if self.plan.role(path) == Role::Objects {
            self.dirs.iter_mut().filter(|dir| within(path, &dir.sync.path)).for_each(|dir| dir.bytes += size);
        }
    }

    /// Adds what one document gave, and moves its findings and those that follow from it into `record`.
    ///
    /// Documents must come in the order of their files' names, and within a file from top to bottom.
    pub fn add(&mut self, path: &Arc<str>, checked: Checked, record: &mut Record<'_>) {
        self.objects += checked.objects.len() + checked.local;
        self.local += checked.local;
        self.unchecked += checked.unchecked;
        record.heed(path, checked.ignores);
        if self.told.0 != *path {
            self.told = (Arc::clone(path), BTreeSet::new());
        }
        let told = &mut self.told.1;
        let mut is_again = |rule: &'static Rule| consumers::is_told_once(rule) && !told.insert(rule.id);
        record.extend(checked.findings.into_iter().filter(|finding| !is_again(finding.rule)));
        for definition in checked.definitions {
            self.definitions.add(path, definition);
        }
        for dir in self.dirs.iter_mut().filter(|dir| within(path, &dir.sync.path)) {
            dir.local += checked.local;
        }
        if checked.objects.is_empty() {
            return;
        }
        if self.files.last() != Some(path) {
            self.files.push(Arc::clone(path));
            record.extend(consumers::check_file(&self.plan.options, path, self.plan.has_ignore_file));
        }
        for object in checked.objects {
            let mut found = Vec::new();
            for dir in self.dirs.iter_mut().filter(|dir| within(path, &dir.sync.path)) {
                dir.add(&object, &mut found);
            }
            record.extend(found);
            if let Some(first) = self.remember(&object).and_then(|first| first.place(&self.files)) {
                let finding = duplicate(object, first);
                record.push(match &checked.origin {
                    Some(origin) => origin::note(finding, origin),
                    None => finding,
                });
            }
        }
    }

    /// The definitions of custom resources in all that was added; asked for once, behind the last document.
    pub fn definitions(&mut self) -> Definitions {
        std::mem::take(&mut self.definitions)
    }

    /// Adds what the custom resources of one document gave; in the same order. Of a kind that nobody knows it is told once a file.
    pub fn add_late(&mut self, path: &Arc<str>, late: Late, record: &mut Record<'_>) {
        self.unchecked += late.unchecked;
        if self.unknown.0 != *path {
            self.unknown = (Arc::clone(path), BTreeSet::new());
        }
        for finding in late.findings {
            let again = finding.rule == &schema_rules::UNKNOWN_KIND && !self.unknown.1.insert(finding.message.clone());
            if !again {
                record.push(finding);
            }
        }
    }

    /// Says what is missing, and counts.
    pub fn finish(mut self, record: &mut Record<'_>) -> Summary {
        record.extend(self.plan.findings.iter().cloned());
        let sound = record.findings().errors() == 0;
        for dir in &mut self.dirs {
            record.extend(dir.finish(&self.plan.options, &self.files));
        }
        record.extend(consumers::check_all_bytes(&self.plan.options, self.bytes));
        // Where something else is wrong, that is the news: what could not be read may have held objects.
        record.extend(self.dirs.iter().filter(|_| sound).filter_map(|dir| dir.emptiness(self.allow_empty)));
        Summary {
            files: self.plan.files,
            objects: self.objects,
            local: self.local,
            unchecked_objects: self.unchecked,
            unchecked_files: self.plan.unchecked,
        }
    }

    /// Where the object was defined before, in any of the folders.
    fn remember(&mut self, object: &Identity) -> Option<Seen> {
        let file = u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let mut before = None;
        for dir in self.dirs.iter_mut().filter(|dir| within(&object.place.path, &dir.sync.path)) {
            before = before.or(dir.remember(object, file));
        }
        before
    }
}

fn duplicate(object: Identity, first: Place) -> Finding {
    let path = Arc::clone(&object.place.path);
    let label = &object.label;
    let mend = if object.is_definition {
        "delete one of them: a cluster has one definition of a kind, and its name follows from that kind"
    } else {
        "delete one of them, or give it another name"
    };
    match siblings(&first.path, &path) {
        Some((one, other)) => Finding::new(
            &rules::DUPLICATE,
            object.place,
            format!("{label} is defined in `{one}` and again in `{other}`"),
        )
        .hint(format!("{mend}; if these folders are synced apart, say so: `--sync-dir {one} --sync-dir {other}`")),
        None => Finding::new(&rules::DUPLICATE, object.place, format!("{label} is defined twice"))
            .hint(if object.is_definition { mend.to_owned() } else { format!("{mend} or namespace") }),
    }
    .also(first, "first defined here")
}

/// The folders in which two files lie where their paths part, if both paths part at folders.
fn siblings<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let mut start = 0;
    loop {
        let ends = [one, other].map(|path| path.get(start..).and_then(|rest| rest.find('/')).map(|at| start + at));
        let [Some(one_end), Some(other_end)] = ends else { return None };
        let folders = (one.get(..one_end)?, other.get(..other_end)?);
        if folders.0 != folders.1 {
            return Some(folders);
        }
        start = one_end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Findings, Position, Span};
    use crate::validate::Consumer;
    use crate::validate::identity::Key;

    /// One object of this key a file; the line is its number.
    fn run(files: &[(&str, Key)], options: &Options) -> (Summary, Findings) {
        let plan = Plan::new(files.iter().map(|(name, _)| *name), options).unwrap();
        let mut ledger = Ledger::new(&plan, options);
        let mut record = Record::new(Some(options));
        for (line, (name, key)) in (1..).zip(files) {
            let path: Arc<str> = Arc::from(*name);
            let start = Position { line, column: 9 };
            let place = Place { span: Some(Span { start, end: start }), ..Place::file(Arc::clone(&path)) };
            let objects = vec![Identity {
                key: *key,
                label: format!("Thing \"{key}\""),
                place,
                lacks_namespace: false,
                is_local: false,
                is_definition: false,
                facts: None,
            }];
            ledger.add(&path, Checked { objects, ..Checked::default() }, &mut record);
        }
        let summary = ledger.finish(&mut record);
        (summary, record.into_findings())
    }

    fn sync(dirs: &[&str]) -> Options {
        Options { sync_dirs: dirs.iter().map(ToString::to_string).collect(), ..Options::default() }
    }

    fn ids(findings: &Findings) -> Vec<(&str, &str)> {
        findings.sorted().iter().map(|f| (f.rule.id, &*f.place.path)).collect()
    }

    #[test]
    fn an_object_that_was_there_before_is_a_duplicate_and_both_places_are_shown() {
        let (summary, findings) = run(&[("a/x.yaml", 1), ("a/y.yaml", 2), ("a/z.yaml", 1)], &sync(&[]));
        assert_eq!(summary, Summary { files: 3, objects: 3, local: 0, unchecked_files: 0, ..Summary::default() });
        let all = findings.sorted();
        let [finding] = all[..] else { panic!("{all:?}") };
        assert_eq!(finding.message, "Thing \"1\" is defined twice");
        assert_eq!((&*finding.place.path, finding.place.span.unwrap().start.line), ("a/z.yaml", 3));
        let (first, why) = &finding.further[0];
        assert_eq!((&*first.path, first.span.unwrap().start.line, why.as_str()), ("a/x.yaml", 1, "first defined here"));
        assert!(finding.hint.as_ref().unwrap().starts_with("delete one"));
    }

    #[test]
    fn across_sibling_folders_the_hint_names_the_option() {
        let (_, findings) = run(&[("envs/prod/a/x.yaml", 1), ("envs/staging/a/x.yaml", 1)], &sync(&[]));
        let hint = findings.sorted()[0].hint.clone().unwrap();
        assert!(hint.contains("--sync-dir envs/prod --sync-dir envs/staging"), "{hint}");
    }

    #[test]
    fn each_folder_to_sync_is_a_world_of_its_own() {
        let files = [
            ("base/a.yaml", 1),
            ("base/b.yaml", 1),
            ("envs/prod/x.yaml", 1),
            ("envs/staging/x.yaml", 1),
            ("envs/staging/y.yaml", 1),
        ];
        let (_, findings) = run(&files, &sync(&["envs/prod", "envs/staging"]));
        assert_eq!(ids(&findings), [("object/duplicate", "envs/staging/y.yaml")]);
    }

    #[test]
    fn overlapping_folders_tell_a_duplicate_once() {
        let (_, findings) = run(&[("a/b/x.yaml", 1), ("a/b/y.yaml", 1)], &sync(&["a", "a/b"]));
        assert_eq!(ids(&findings), [("object/duplicate", "a/b/y.yaml")]);
    }

    #[test]
    fn a_folder_to_sync_without_objects_is_empty() {
        let (_, findings) = run(&[], &sync(&[]));
        assert_eq!(ids(&findings), [("bundle/empty", ".")]);
        let plan = Plan::new(["a/x.md", "b/x.yaml"].into_iter(), &sync(&["a", "b"])).unwrap();
        let mut record = Record::new(None);
        Ledger::new(&plan, &sync(&["a", "b"])).finish(&mut record);
        assert_eq!(ids(record.findings()), [("bundle/empty", "a"), ("bundle/empty", "b")]);
    }

    #[test]
    fn an_empty_bundle_can_be_meant() {
        let (_, findings) = run(&[], &Options { allow_empty: true, ..Options::default() });
        assert_eq!((findings.errors(), findings.warnings()), (0, 1));
        assert!(findings.sorted()[0].message.contains("delete everything"));
    }

    #[test]
    fn a_kustomization_or_a_chart_is_content() {
        for name in ["a/kustomization.yaml", "chart/Chart.yaml"] {
            let plan = Plan::new([name].into_iter(), &sync(&[])).unwrap();
            let mut record = Record::new(None);
            Ledger::new(&plan, &sync(&[])).finish(&mut record);
            assert!(record.findings().sorted().iter().all(|finding| finding.rule != &rules::EMPTY), "{name}");
        }
    }

    #[test]
    fn objects_that_are_not_applied_are_no_content_and_the_message_says_so() {
        let plan = Plan::new(["a.yaml"].into_iter(), &sync(&[])).unwrap();
        let mut ledger = Ledger::new(&plan, &sync(&[]));
        let mut record = Record::new(None);
        ledger.add(&Arc::from("a.yaml"), Checked { local: 2, ..Checked::default() }, &mut record);
        assert_eq!(
            ledger.finish(&mut record),
            Summary { files: 1, objects: 2, local: 2, unchecked_files: 0, ..Summary::default() }
        );
        assert!(record.findings().sorted()[0].message.contains("2 with the annotation"));
    }

    #[test]
    fn where_something_could_not_be_read_emptiness_is_not_told() {
        let plan = Plan::new(["a.yaml"].into_iter(), &sync(&[])).unwrap();
        let mut ledger = Ledger::new(&plan, &sync(&[]));
        let mut record = Record::new(None);
        let broken = Finding::new(&rules::KIND, Place::file("a.yaml"), "no kind");
        ledger.add(&Arc::from("a.yaml"), Checked { findings: vec![broken], ..Checked::default() }, &mut record);
        ledger.finish(&mut record);
        assert_eq!(ids(record.findings()), [("object/kind", "a.yaml")]);
    }

    #[test]
    fn objects_in_a_file_that_flux_drops_are_told_once_a_file() {
        let files = [("ci/cloudbuild.yaml", 1), ("ci/cloudbuild.yaml", 2)];
        let (_, findings) = run(&files, &Options { consumers: vec![Consumer::Flux], ..Options::default() });
        assert_eq!(ids(&findings), [("bundle/dropped-by-flux", "ci/cloudbuild.yaml")]);
        assert!(run(&files, &Options::default()).1.is_empty(), "others read it");
    }
}
