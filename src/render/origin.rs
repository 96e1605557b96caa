//! Findings about a rendered stream, told of the files that a person can mend.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use super::affixes::Affixes;
use super::kustomization::content;
use super::{Copy, Rendered, Survey, shown};
use crate::finding::{EXCERPT_BYTES, Excerpt, Finding, Place, Position, Span};
use crate::object::{self, Node};

/// Knows which rendered object stands where in the stream, and from which documents it likely comes. It looks only when it is first asked.
#[derive(Debug)]
pub struct Origins<'a> {
    copy: &'a Copy,
    survey: &'a Survey,
    rendered: &'a Rendered,
    /// The kustomization of the folder.
    file: Arc<str>,
    known: Option<Known>,
}

/// Documents: the file of each, and its lines.
type Documents = Vec<(Arc<str>, RangeInclusive<u32>)>;

/// A finding about the stream, and what it is about in the sources.
#[derive(Debug)]
pub struct Told {
    /// The finding, with the rendered object named, at the file it comes from.
    pub finding: Finding,
    /// The documents that it is a matter of: those that the object comes from, or that of the line, if that is known. Files and lines.
    pub documents: Documents,
}

#[derive(Debug)]
struct Known {
    stream: String,
    /// Where its lines begin.
    lines: Vec<usize>,
    /// The objects of the stream by the line they begin on.
    objects: Vec<(u32, Id)>,
    sources: Vec<Source>,
    affixes: Affixes,
}

#[derive(Debug)]
struct Id {
    kind: String,
    name: String,
    namespace: String,
}

/// A document of the sources.
#[derive(Debug)]
struct Source {
    file: Arc<str>,
    what: What,
    text: String,
    lines: RangeInclusive<u32>,
}

/// What a document gives.
#[derive(Debug)]
enum What {
    /// An object.
    Object(Id),
    /// What is merged into an object.
    Patch(Id),
    /// Operations on any object.
    Operations,
    /// A kustomization: the objects that it generates, and patches within it.
    Kustomization(Vec<(&'static str, String)>),
}

impl<'a> Origins<'a> {
    /// For what a folder rendered to.
    pub fn new(copy: &'a Copy, survey: &'a Survey, rendered: &'a Rendered) -> Self {
        let node = survey.nodes.get(&rendered.folder);
        let file = node.map_or_else(|| Arc::from(&*rendered.folder), |node| Arc::clone(&node.file));
        Self { copy, survey, rendered, file, known: None }
    }

    /// The finding as it is told of the sources.
    pub fn tell(&mut self, mut finding: Finding) -> Told {
        let (place, label, documents) = self.origin(&finding.place);
        finding.place = place;
        let named = label.filter(|label| !finding.message.contains(label.as_str()));
        let whose = named.map_or_else(String::new, |label| format!("{label}, "));
        finding.message = format!("{} ({whose}as {} renders it)", finding.message, shown(&self.rendered.folder));
        for (place, _) in &mut finding.further {
            *place = self.origin(place).0;
        }
        Told { finding, documents }
    }

    /// Where what stands at this place of the stream comes from, or the kustomization; what to call the object; and its documents.
    fn origin(&mut self, at: &Place) -> (Place, Option<String>, Documents) {
        let whole = Place::file(Arc::clone(&self.file));
        let Some(span) = at.span else { return (whole, None, Vec::new()) };
        let known = self.known.get_or_insert_with(|| Known::look(self.copy, self.survey, self.rendered));
        let behind = known.objects.partition_point(|(first, _)| *first <= span.start.line);
        let Some((_, id)) = behind.checked_sub(1).and_then(|at| known.objects.get(at)) else {
            return (whole, None, Vec::new());
        };
        let line = known.line(span.start.line);
        let sources = known.of(id);
        let place = place(&sources, line.unwrap_or_default(), at.excerpt.is_some()).unwrap_or(whole);
        // Where the line itself is known, it is a matter of its document alone.
        let holds = |source: &&&Source| match place.span {
            Some(at) => source.file == place.path && source.lines.contains(&at.start.line),
            None => source.file == place.path || matches!(source.what, What::Patch(_)),
        };
        let documents = sources.iter().filter(holds).map(|source| (Arc::clone(&source.file), source.lines.clone()));
        let documents = documents.collect();
        (place, Some(id.label()), documents)
    }
}

impl Id {
    fn of(node: Node<'_>) -> Option<Self> {
        let metadata = node.get("metadata");
        let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)?.as_str()).unwrap_or_default().to_owned();
        Some(Self { kind: node.get("kind")?.as_str()?.to_owned(), name: text("name"), namespace: text("namespace") })
    }

    fn label(&self) -> String {
        match (&*self.namespace, &*self.name) {
            ("", name) => format!("{} \"{name}\"", self.kind),
            (namespace, name) => format!("{} \"{namespace}/{name}\"", self.kind),
        }
    }
}

impl Known {
    fn look(copy: &Copy, survey: &Survey, rendered: &Rendered) -> Self {
        let folder = rendered.folder.as_str();
        let path: Arc<str> = Arc::from(folder);
        // It was written a moment ago; without it, findings are told of the kustomization.
        let stream = std::fs::read(&rendered.file).unwrap_or_default();
        let (documents, _) = object::documents(&path, &stream);
        let objects = documents
            .iter()
            .filter_map(|document| {
                let parsed = object::parse(&path, document);
                Some((document.first_line(), Id::of(parsed.trees.first()?.root())?))
            })
            .collect();
        drop(documents);
        let stream = String::from_utf8(stream).unwrap_or_default();
        let starts = memchr::memchr_iter(b'\n', stream.as_bytes()).map(|end| end + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let mut known = Self { stream, lines, objects, sources: Vec::new(), affixes: Affixes::default() };
        let root = copy.root();
        for node in survey.closure(folder).into_iter().filter_map(|folder| survey.nodes.get(folder)) {
            known.affixes.add(&node.affixes);
            let is_operations = |node: Node<'_>| node.is_sequence();
            node.files.iter().for_each(|file| known.add(&root, file, &|node| Id::of(node).map(What::Object)));
            node.patches.iter().for_each(|file| {
                known.add(&root, file, &|node| match Id::of(node) {
                    Some(id) => Some(What::Patch(id)),
                    None => is_operations(node).then_some(What::Operations),
                });
            });
            known.add(&root, &node.file, &|_| Some(What::Kustomization(node.generated.clone())));
        }
        known
    }

    /// Adds the documents of a file, as far as they are what is looked for.
    fn add(&mut self, root: &Path, file: &str, what: &dyn Fn(Node<'_>) -> Option<What>) {
        let Some(bytes) = content(root, file, &mut Vec::new()) else { return };
        let file: Arc<str> = Arc::from(file);
        for document in &object::documents(&file, &bytes).0 {
            let parsed = object::parse(&file, document);
            let Some(what) = parsed.trees.first().and_then(|tree| what(tree.root())) else { continue };
            let text = document.text().to_owned();
            let count = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            let lines = document.first_line()..=document.first_line().saturating_add(count.saturating_sub(1));
            self.sources.push(Source { file: Arc::clone(&file), what, text, lines });
        }
    }

    /// A line of the stream; the first is 1.
    fn line(&self, number: u32) -> Option<&str> {
        let start = self.lines.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        self.stream.get(*start..)?.lines().next()
    }

    /// The documents that the object comes from: first the one that gives it, then those that may have changed it.
    fn of(&self, id: &Id) -> Vec<&Source> {
        let rank = |source: &Source| match &source.what {
            What::Object(of) if of.kind == id.kind => {
                let rank = self.affixes.rank(&of.name, &id.name, false)?;
                Some((rank, of.namespace != id.namespace))
            }
            What::Kustomization(generated) => {
                let of_kind = generated.iter().filter(|(kind, _)| *kind == id.kind);
                of_kind.filter_map(|(_, name)| Some((self.affixes.rank(name, &id.name, true)?, true))).min()
            }
            _ => None,
        };
        let ranked = self.sources.iter().filter_map(|source| Some((rank(source)?, source)));
        let giver = ranked.min_by_key(|(rank, _)| *rank).map(|(_, source)| source);
        let changes = self.sources.iter().filter(|source| match &source.what {
            What::Patch(of) => of.kind == id.kind && self.affixes.rank(&of.name, &id.name, false).is_some(),
            What::Operations => true,
            What::Object(_) | What::Kustomization(_) => false,
        });
        let kustomizations = self.sources.iter().filter(|source| matches!(source.what, What::Kustomization(_)));
        let others =
            changes.chain(kustomizations).filter(|other| giver.is_none_or(|giver| !std::ptr::eq(*other, giver)));
        giver.into_iter().chain(others).collect()
    }
}

/// The place of a rendered line in the first of these documents, which gives the object, or in one of the others, which may have changed
/// it.
fn place(sources: &[&Source], line: &str, is_shown: bool) -> Option<Place> {
    let line = bare(line);
    let key = line.split_once(':').map_or(line, |(key, _)| key);
    let (giver, others) = sources.split_first()?;
    let is_giver = !matches!(giver.what, What::Kustomization(_)) || is_generated(giver);
    let same = |text: &str| !line.is_empty() && bare(text) == line;
    if is_giver && let Some(place) = giver.place(same, is_shown) {
        return Some(place);
    }
    let has_key = |text: &str| bare(text).split_once(':').is_some_and(|(candidate, _)| candidate == key);
    let pointer = format!("/{key}");
    let points = |text: &str| bare(text).split(['"', '\'', ' ', ',', '}']).any(|word| word.ends_with(&pointer));
    let is_brought = !giver.text.lines().any(has_key);
    let brings = || others.iter().find_map(|other| other.place(same, is_shown));
    let points_there = || others.iter().filter(|_| is_brought).find_map(|other| other.place(points, false));
    let whole = || is_giver.then(|| Place::file(Arc::clone(&giver.file)));
    if line.is_empty() || key.is_empty() {
        return whole();
    }
    brings().or_else(points_there).or_else(whole)
}

/// A line without what differs between the sources and what is rendered: indentation, dashes, comments and quotes.
fn bare(line: &str) -> &str {
    let line = line.trim();
    let mut rest = line;
    while let Some(behind) = rest.strip_prefix("- ") {
        rest = behind.trim_start();
    }
    rest.split_once(" #").map_or(rest, |(before, _)| before).trim_end()
}

fn is_generated(source: &Source) -> bool {
    matches!(&source.what, What::Kustomization(generated) if !generated.is_empty())
}

impl Source {
    /// The place of the only line that is meant.
    fn place(&self, is_meant: impl Fn(&str) -> bool, is_shown: bool) -> Option<Place> {
        let mut meant = self.text.lines().zip(*self.lines.start()..).filter(|(text, _)| is_meant(text));
        let (text, line) = meant.next()?;
        if meant.next().is_some() {
            return None;
        }
        let content = bare(text);
        let start = text.find(content)?;
        let column = |bytes: usize| u32::try_from(text.get(..bytes).map_or(0, |text| text.chars().count()) + 1).ok();
        let end = start + content.len();
        let span =
            Span { start: Position { line, column: column(start)? }, end: Position { line, column: column(end)? } };
        let shown = text.get(..end).filter(|text| is_shown && text.len() <= EXCERPT_BYTES);
        let excerpt = shown.map(|text| Excerpt { text: text.to_owned(), marked: start..end });
        Some(Place { path: Arc::clone(&self.file), span: Some(span), excerpt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Position, Span};
    use crate::render::rules;
    use crate::render::testing::copy;

    #[test]
    fn a_finding_is_told_of_the_file_the_object_comes_from() {
        let object = |kind: &str, name: &str| format!("kind: {kind}\nmetadata:\n  name: {name}\n");
        let copy = copy(&[
            ("base/kustomization.yaml", "resources: [a.yaml, b.yaml]"),
            ("base/a.yaml", &object("Deployment", "web")),
            ("base/b.yaml", &object("Service", "web")),
            ("prod/kustomization.yaml", "resources: [../base]\nnamePrefix: prod-"),
        ]);
        let survey = Survey::of(&copy, ["base", "prod"].into_iter());
        let stream = format!(
            "{}---\n{}---\n{}",
            object("ConfigMap", "x-123"),
            object("Deployment", "prod-web"),
            object("Service", "web")
        );
        let rendered = copy.keep("prod", 0, stream.as_bytes()).unwrap();
        let mut origins = Origins::new(&copy, &survey, &rendered);
        for (line, path, found, label) in [
            (Some(2), "prod/kustomization.yaml", None, "(ConfigMap \"x-123\", as `prod` renders it)"),
            (Some(5), "base/a.yaml", Some(1), "(Deployment \"prod-web\", as `prod` renders it)"),
            (Some(11), "base/b.yaml", Some(3), "(Service \"web\", as `prod` renders it)"),
            (None, "prod/kustomization.yaml", None, "(as `prod` renders it)"),
        ] {
            let start = Position { line: line.unwrap_or_default(), column: 1 };
            let place = Place { span: line.map(|_| Span { start, end: start }), ..Place::file("x") };
            let told = origins.tell(Finding::new(&rules::FAILED, place, "wrong")).finding;
            assert_eq!((&*told.place.path, told.place.span.map(|span| span.start.line)), (path, found));
            assert_eq!(told.message, format!("wrong {label}"));
        }
    }
}
