//! Findings about a rendered stream, told of the files that a person can mend.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::kustomization::{content, each_document};
use super::{Copy, Rendered, Survey, shown};
use crate::finding::{Finding, Place};
use crate::object::{self, Node};

/// Knows which rendered object stands where in the stream, and from which file it likely comes. It looks only when it is first asked.
#[derive(Debug)]
pub struct Origins<'a> {
    copy: &'a Copy,
    survey: &'a Survey,
    rendered: &'a Rendered,
    /// The kustomization of the folder.
    file: Arc<str>,
    known: Option<Known>,
}

#[derive(Debug)]
struct Known {
    /// The objects of the stream by the line they begin on.
    objects: Vec<(u32, Id)>,
    /// The objects of the sources by kind: name and file.
    sources: HashMap<String, Vec<(String, Arc<str>)>>,
}

#[derive(Debug)]
struct Id {
    kind: String,
    name: String,
    namespace: String,
}

impl<'a> Origins<'a> {
    /// For what a folder rendered to.
    pub fn new(copy: &'a Copy, survey: &'a Survey, rendered: &'a Rendered) -> Self {
        let node = survey.nodes.get(&rendered.folder);
        let file = node.map_or_else(|| Arc::from(&*rendered.folder), |node| Arc::clone(&node.file));
        Self { copy, survey, rendered, file, known: None }
    }

    /// The finding with the rendered object named, at the file it comes from.
    pub fn tell(&mut self, mut finding: Finding) -> Finding {
        let line = finding.place.span.map(|span| span.start.line);
        let (place, label) = self.origin(line);
        finding.place = place;
        let named = label.filter(|label| !finding.message.contains(label.as_str()));
        let whose = named.map_or_else(String::new, |label| format!("{label}, "));
        finding.message = format!("{} ({whose}as {} renders it)", finding.message, shown(&self.rendered.folder));
        for (place, _) in &mut finding.further {
            *place = self.origin(place.span.map(|span| span.start.line)).0;
        }
        finding
    }

    /// The file from which the object on a line of the stream comes, or the kustomization; and what to call it.
    fn origin(&mut self, line: Option<u32>) -> (Place, Option<String>) {
        let whole = Place::file(Arc::clone(&self.file));
        let Some(line) = line else { return (whole, None) };
        let known = self.known.get_or_insert_with(|| Known::look(self.copy, self.survey, self.rendered));
        let behind = known.objects.partition_point(|(first, _)| *first <= line);
        let Some((_, id)) = behind.checked_sub(1).and_then(|at| known.objects.get(at)) else { return (whole, None) };
        let place = known.source(id).map_or(whole, Place::file);
        (place, Some(id.label()))
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
        let mut known = Self { objects, sources: HashMap::new() };
        for node in survey.closure(folder).into_iter().filter_map(|folder| survey.nodes.get(folder)) {
            node.files.iter().for_each(|file| known.add(&copy.root(), file));
        }
        known
    }

    fn add(&mut self, root: &Path, file: &str) {
        let Some(bytes) = content(root, file, &mut Vec::new()) else { return };
        let file: Arc<str> = Arc::from(file);
        each_document(&file, &bytes, &mut |node| {
            if let Some(id) = Id::of(node) {
                self.sources.entry(id.kind).or_default().push((id.name, Arc::clone(&file)));
            }
        });
    }

    /// The file of the source with this kind and name; or, as names get prefixes and suffixes, the one whose name is the longest part of
    /// it.
    fn source(&self, id: &Id) -> Option<Arc<str>> {
        let of_kind = self.sources.get(&id.kind)?;
        let exact = of_kind.iter().find(|(name, _)| *name == id.name);
        let part = || {
            of_kind
                .iter()
                .filter(|(name, _)| !name.is_empty() && id.name.contains(name))
                .max_by_key(|(name, _)| name.len())
        };
        exact.or_else(part).map(|(_, file)| Arc::clone(file))
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
        for (line, path, label) in [
            (Some(2), "prod/kustomization.yaml", "(ConfigMap \"x-123\", as `prod` renders it)"),
            (Some(6), "base/a.yaml", "(Deployment \"prod-web\", as `prod` renders it)"),
            (Some(11), "base/b.yaml", "(Service \"web\", as `prod` renders it)"),
            (None, "prod/kustomization.yaml", "(as `prod` renders it)"),
        ] {
            let start = Position { line: line.unwrap_or_default(), column: 1 };
            let place = Place { span: line.map(|_| Span { start, end: start }), ..Place::file("x") };
            let told = origins.tell(Finding::new(&rules::FAILED, place, "wrong"));
            assert_eq!((&*told.place.path, told.place.span), (path, None));
            assert_eq!(told.message, format!("wrong {label}"));
        }
    }
}
