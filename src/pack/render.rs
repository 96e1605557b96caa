//! Bundles with kustomizations: what is applied is what they render to, so that is made of the packed bytes and checked, as a source of
//! its own. With `--render` it is also what is packed.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write as _};
use std::sync::Arc;

use super::{Context, Options, Packed, Pass, go_through};
use crate::error::{Error, Kind};
use crate::finding::{Finding, Findings, Severity};
use crate::notice::{Event, Notice, Silent};
use crate::render::{
    Choice, Copy, HELM, Origins, Parts, Rendered, Renderer, Survey, Told, Wanted, choose, not_rendered,
};
use crate::source::{self, Entry, ReadOutcome, Source};
use crate::tar;
use crate::validate::{self, Consumer, Definitions, Plan, Record, Role, Silenced, SourceFormat, Summary};

/// The name of what a folder renders to, within the folder.
const NAME: &str = "rendered.yaml";

/// The most programs that run at once: each may give many megabytes.
const AT_ONCE: usize = 4;

/// What the kustomizations of a source name that is no object by itself. They are small, so they are read before all else.
pub(super) fn parts(source: &Source, plan: &Plan) -> HashSet<String> {
    let folders: HashSet<&str> = plan.kustomized().into_iter().collect();
    if folders.is_empty() {
        return HashSet::new();
    }
    // What cannot be read is told when it is packed.
    let read = |entry: &Entry| {
        let mut bytes = Vec::new();
        let outcome = source.read(entry, super::WHOLE_FILE, &mut bytes);
        matches!(outcome, Ok(ReadOutcome::Whole(_))).then_some(bytes)
    };
    let mut all = HashSet::new();
    let mut plugins: HashMap<String, Vec<&str>> = HashMap::new();
    for entry in source.entries() {
        let (folder, file) = entry.name.rsplit_once('/').unwrap_or(("", &entry.name));
        if !crate::render::NAMES.contains(&file) || !folders.contains(folder) {
            continue;
        }
        let parts = read(entry).map(|bytes| Parts::of_kustomization(folder, &bytes)).unwrap_or_default();
        all.extend(parts.files);
        parts.plugins.into_iter().for_each(|plugin| plugins.entry(plugin).or_default().push(folder));
    }
    for entry in source.entries().iter().filter(|_| !plugins.is_empty()) {
        let Some((folders, bytes)) = plugins.get(&*entry.name).and_then(|folders| Some((folders, read(entry)?))) else {
            continue;
        };
        all.extend(folders.iter().flat_map(|folder| Parts::of_plugins(folder, &bytes).files));
    }
    all
}

/// A bundle that was packed, and what is to be done with its kustomizations.
pub(super) struct Kustomized<'a> {
    pub(super) source: &'a Source,
    pub(super) plan: &'a Plan,
    pub(super) checks: &'a validate::Options,
    pub(super) options: &'a Options,
    pub(super) notice: &'a dyn Notice,
}

/// What was rendered, by folder.
struct Outcome {
    copy: Copy,
    survey: Survey,
    rendered: Vec<Rendered>,
    /// Nothing was left out that should have been rendered.
    is_whole: bool,
}

/// What kustomizations gave, and what was found in it.
pub(super) struct Rendering {
    /// None if nothing may be run.
    outcome: Option<Outcome>,
    /// What is to be said of the kustomizations themselves.
    about: Findings,
    /// What was found in what was rendered, told of the files that it comes from.
    found: Findings,
    /// What comments in these files silence, as it is in what was rendered.
    silenced: Silenced,
    /// What was counted there; none if nothing was rendered.
    summary: Option<Summary>,
    /// All definitions of custom resources: in plain files, and in what was rendered.
    pub(super) definitions: Arc<Definitions>,
}

impl Rendering {
    /// How many errors there were.
    pub(super) const fn errors(&self) -> usize {
        self.about.errors() + self.found.errors()
    }
}

impl Kustomized<'_> {
    /// Renders what consumers would render of `tar`, and checks it.
    ///
    /// `known` are the definitions of custom resources in plain files, `before` is what was found there.
    pub(super) fn check(
        &self,
        tar: impl Read,
        mut known: Definitions,
        before: &mut Record<'_>,
    ) -> Result<Rendering, Error> {
        let (outcome, about) = self.render(tar, before.findings())?;
        if !outcome.as_ref().is_some_and(|outcome| outcome.is_whole) {
            known.lack_some();
        }
        let definitions = Arc::new(known);
        let (found, silenced) = (Findings::default(), Silenced::new());
        let mut rendering = Rendering { outcome, about, found, silenced, summary: None, definitions };
        let Some(outcome) = rendering.outcome.as_ref().filter(|outcome| !outcome.rendered.is_empty()) else {
            return Ok(rendering);
        };
        let source = outcome.alone()?;
        // Each folder is synced apart from the others.
        let folders: Vec<String> = outcome.rendered.iter().map(|rendered| rendered.folder.clone()).collect();
        let source_format = SourceFormat::Unstructured;
        let checks = validate::Options { sync_dirs: folders, source_format, ..self.checks.clone() };
        let options = Options { checks: Some(checks), render: false, ..self.options.clone() };
        let context = Context { known: Some(&rendering.definitions), ..Context::default() };
        let pass = go_through(&source, &options, false, context, &Silent)?;
        let mut origins = outcome.origins();
        rendering.found.absorb(pass.packed.findings, |finding| {
            let key = validate::key(&finding);
            let Told { finding, documents } = told(&mut origins, finding);
            let is_heeded = |(path, lines): &(Arc<str>, _)| before.silences_rendered(finding.rule, path, lines);
            // All of them, as each has an effect.
            if documents.iter().map(is_heeded).fold(false, std::ops::BitOr::bitor) {
                rendering.silenced.insert(key);
                return None;
            }
            (!is_told(before.findings(), &finding)).then_some(finding)
        });
        if outcome.is_whole {
            let folders = || outcome.rendered.iter().map(|rendered| rendered.folder.as_str());
            before.was_rendered(|path| folders().any(|folder| outcome.survey.reads(folder, path)));
        }
        rendering.summary = pass.packed.summary;
        rendering.definitions = pass.definitions;
        Ok(rendering)
    }

    /// Adds what was rendered to what was packed.
    pub(super) fn add(&self, rendering: Rendering, packed: &mut Packed) {
        let taken_in = rendering.outcome.as_ref().map_or(0, |outcome| self.taken_in(outcome));
        if let Some(sum) = &mut packed.summary {
            if rendering.outcome.is_some_and(|outcome| outcome.is_whole) {
                sum.unchecked_files = sum.unchecked_files.saturating_sub(self.plan.syntax_only() + taken_in);
            }
            if let Some(more) = rendering.summary {
                sum.objects += more.objects;
                sum.local += more.local;
                sum.unchecked_objects += more.unchecked_objects;
            }
        }
        for findings in [rendering.about, rendering.found] {
            packed.findings.absorb(findings, Some);
        }
        if packed.findings.errors() > 0 {
            packed.layer = None;
        }
    }

    /// Goes through the bundle once more with the rendered files in place of those they were rendered from. `before` is what was found
    /// in these.
    pub(super) fn replace(&self, rendering: &Rendering, before: &Findings, with_layer: bool) -> Result<Pass, Error> {
        let Some(outcome) = rendering.outcome.as_ref().filter(|outcome| outcome.is_whole) else {
            return Err(cannot_render(&rendering.about));
        };
        outcome.refuse_nested()?;
        let replaced = self.replaced(&outcome.survey);
        let is_replaced = |name: &str| replaced.contains(name);
        for entry in self.source.entries().iter().filter(|entry| is_replaced(&entry.name)) {
            self.notice.notice(&Event::LeftOut { name: &entry.name, why: "rendered" });
        }
        let names = self.source.entries().iter().map(|entry| &*entry.name).filter(|name| !is_replaced(name));
        let source = outcome.beside(names)?;
        let options = Options { render: false, ..self.options.clone() };
        let context = Context { silenced: Some(&rendering.silenced), ..Context::default() };
        let mut pass = go_through(&source, &options, with_layer, context, self.notice)?;
        let mut origins = outcome.origins();
        let found = std::mem::take(&mut pass.packed.findings);
        pass.packed.findings.absorb(found, |finding| {
            let finding = told(&mut origins, finding).finding;
            (!is_told(before, &finding)).then_some(finding)
        });
        let before = before.sorted().into_iter().chain(rendering.about.sorted());
        for finding in before.filter(|finding| is_replaced(&finding.place.path)) {
            pass.packed.findings.push(finding.clone());
        }
        Ok(pass)
    }

    /// How many files that no consumer reads where they lie are checked in what was rendered.
    fn taken_in(&self, outcome: &Outcome) -> usize {
        let rendered = outcome.rendered.iter();
        let read: HashSet<&str> = rendered.flat_map(|rendered| outcome.survey.read_for(&rendered.folder)).collect();
        read.into_iter().filter(|name| self.plan.role(name) == Role::Unread).count()
    }

    /// The files that are not packed but rendered: a kustomization names them, or they are below one and would be read as objects
    /// without it.
    fn replaced<'s>(&'s self, survey: &'s Survey) -> HashSet<&'s str> {
        let folders = self.plan.kustomized();
        let is_below = |name: &str| folders.iter().any(|folder| validate::within(name, folder));
        let names = self.source.entries().iter().map(|entry| &*entry.name);
        names.filter(|name| self.plan.is_read_below(name) && is_below(name)).chain(survey.files()).collect()
    }

    /// Renders the folders that consumers would render, and says what is wrong with them. No outcome if nothing may be run.
    fn render(&self, tar: impl Read, before: &Findings) -> Result<(Option<Outcome>, Findings), Error> {
        let mut record = Record::new(Some(self.checks));
        let limits = crate::bundle::Limits { bytes: u64::MAX, members: u64::MAX };
        let copy = match Copy::unpack(tar, limits) {
            Ok(copy) => copy,
            // A file that could not be read is missing in the tar; that is told.
            Err(error) if before.errors() == 0 => return Err(error),
            Err(_) => return Ok((None, Findings::default())),
        };
        let survey = Survey::of(&copy, self.plan.kustomized().into_iter());
        let choice = self.choose(&survey);
        let inflated = |chart: &str| survey.inflated().any(|folder| folder == chart);
        record.extend(self.plan.charts(inflated));
        let about = survey.findings.iter().chain(&choice.findings).cloned();
        record.extend(about.map(|finding| if finding.rule == &HELM { self.plan.inflated(finding) } else { finding }));
        // Where Config Sync refuses the folder, what is in it is nobody's matter, unless the user says otherwise.
        let is_refused = !choice.findings.is_empty() && record.findings().errors() > 0;
        let outcome = if survey.is_sound() && !is_refused {
            let mut outcome = Outcome { copy, survey, rendered: Vec::new(), is_whole: true };
            self.run(choice, &mut outcome, before, &mut record)?;
            Some(outcome)
        } else {
            if before.errors() == 0 && record.findings().errors() == 0 {
                record.extend(survey.not_run());
            }
            None
        };
        Ok((outcome, record.into_findings()))
    }

    fn choose(&self, survey: &Survey) -> Choice {
        let sync_dirs: Vec<&str> = self.plan.sync_dirs().collect();
        choose(
            survey,
            &Wanted {
                sync_dirs: &sync_dirs,
                are_given: !self.checks.sync_dirs.is_empty(),
                // What is packed rendered has no kustomization that Config Sync could miss.
                config_sync: self.checks.consumers.contains(&Consumer::ConfigSync) && !self.options.render,
                hierarchy: self.checks.source_format == SourceFormat::Hierarchy,
            },
        )
    }

    /// Runs the program for each folder, some at once.
    fn run(
        &self,
        choice: Choice,
        outcome: &mut Outcome,
        before: &Findings,
        record: &mut Record<'_>,
    ) -> Result<(), Error> {
        let all = choice.folders.len();
        let folders: Vec<String> =
            choice.folders.into_iter().filter(|folder| !outcome.survey.takes_helm(folder)).collect();
        outcome.is_whole = folders.len() == all;
        if folders.is_empty() {
            return Ok(());
        }
        let consumers = &self.checks.consumers;
        let is_free = !consumers.is_empty()
            && consumers.iter().all(|consumer| matches!(consumer, Consumer::ConfigSync | Consumer::Flux));
        let Some(renderer) = Renderer::find(is_free, self.options.render_limit) else {
            outcome.is_whole = false;
            record.extend(not_rendered(&outcome.survey, &folders));
            return Ok(());
        };
        for some in folders.chunks(AT_ONCE.min(self.options.threads.get())) {
            let copy = &outcome.copy;
            let results: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = some.iter().map(|folder| scope.spawn(|| renderer.render(copy, folder))).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            for (folder, result) in some.iter().zip(results) {
                match result {
                    Ok(stream) => {
                        let number = outcome.rendered.len();
                        outcome.rendered.push(outcome.copy.keep(folder, number, &stream)?);
                    }
                    Err(finding) => {
                        outcome.is_whole = false;
                        // It fails for a reason that is told already.
                        let is_known = before.sorted().iter().any(|known| {
                            known.severity == Severity::Error && outcome.survey.reads(folder, &known.place.path)
                        });
                        record.extend(Some(*finding).filter(|_| !is_known));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The path of what a folder renders to.
fn name(folder: &str) -> String {
    if folder.is_empty() { NAME.to_owned() } else { format!("{folder}/{NAME}") }
}

impl Outcome {
    /// What was rendered, and nothing else.
    fn alone(&self) -> Result<Source, Error> {
        self.beside(std::iter::empty())
    }

    /// What was rendered, beside these files of the copy.
    fn beside<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Source, Error> {
        let cannot = |error: std::io::Error| {
            Error::new(Kind::Local, "cannot keep what was rendered in a temporary file").because(error)
        };
        let files = names.map(|name| (name.to_owned(), self.copy.file(name)));
        let rendered = self.rendered.iter().map(|rendered| (name(&rendered.folder), rendered.file.clone()));
        let mut out = crate::bundle::Spool::new(None);
        for (name, path) in files.chain(rendered) {
            let mut file = std::fs::File::open(path).map_err(cannot)?;
            let size = file.metadata().map_err(cannot)?.len();
            let mut header = Vec::new();
            tar::file(&mut header, &name, size);
            out.write_all(&header).map_err(cannot)?;
            std::io::copy(&mut file, &mut out).map_err(cannot)?;
            out.write_all(&vec![0; tar::padding(size)]).map_err(cannot)?;
        }
        out.write_all(&tar::END).map_err(cannot)?;
        let options = source::Options { max_size: u64::MAX, max_files: u64::MAX, ..source::Options::default() };
        source::from_reader(out.into_reader().map_err(cannot)?, &options)
    }

    /// Where the objects in the rendered files come from, by file.
    fn origins(&self) -> Vec<(Arc<str>, Origins<'_>)> {
        let origins = |rendered| Origins::new(&self.copy, &self.survey, rendered);
        self.rendered.iter().map(|rendered| (Arc::from(name(&rendered.folder)), origins(rendered))).collect()
    }

    /// A folder to sync within another would be applied twice once both are plain.
    fn refuse_nested(&self) -> Result<(), Error> {
        let folders = || self.rendered.iter().map(|rendered| &rendered.folder);
        let nested = folders().find_map(|inner| {
            folders().find(|outer| *outer != inner && validate::within(inner, outer)).map(|outer| (outer, inner))
        });
        let Some((outer, inner)) = nested else { return Ok(()) };
        let outer = if outer.is_empty() { "the root" } else { outer };
        Err(Error::new(
            Kind::Usage,
            format!("`{inner}` lies within {outer}, and both are to be rendered: what is in it would be applied twice"),
        )
        .hint("give only one of them as --sync-dir"))
    }
}

/// The finding as it is told of the sources, where it is about a rendered file.
fn told(origins: &mut [(Arc<str>, Origins<'_>)], finding: Finding) -> Told {
    match origins.iter_mut().find(|(path, _)| *path == finding.place.path) {
        Some((_, origins)) => origins.tell(finding),
        None => Told { finding, documents: Vec::new() },
    }
}

/// Whether it was found in the bytes of the file already, such as a token.
fn is_told(before: &Findings, finding: &Finding) -> bool {
    let line = |finding: &Finding| finding.place.span.map(|span| span.start.line);
    let is_same = |known: &Finding| known.rule == finding.rule && known.place.path == finding.place.path;
    line(finding).is_some() && before.sorted().into_iter().any(|known| is_same(known) && line(known) == line(finding))
}

/// What was not rendered is a warning among the findings.
fn cannot_render(findings: &Findings) -> Error {
    let why = findings.sorted().into_iter().find(|finding| finding.rule.id.starts_with("render/"));
    let why = why.map_or_else(|| "not everything can be rendered".to_owned(), |finding| finding.message.clone());
    Error::new(Kind::Local, format!("cannot pack what kustomizations render to: {why}"))
        .hint("install kustomize or kubectl; where a chart is inflated, `kustomize build --enable-helm DIR | consign push - REF`")
}
