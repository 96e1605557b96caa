//! Where syncs have their image.

use std::sync::Arc;

use serde_json::Value;

use super::Found;
use crate::object::{self, Key, Node, Object, Tree};
use crate::oci::Reference;
use crate::sync::SyncKind;

/// A sync whose image may be changed.
pub(super) struct Site<'t> {
    pub(super) found: Found,
    pub(super) shape: Shape<'t>,
    /// The way from the document to the mapping that holds the image.
    way: Vec<Step>,
}

/// How the image is written.
pub(super) enum Shape<'t> {
    /// All of it in one value: `image`.
    Whole { holder: Node<'t>, image: Node<'t> },
    /// `url` or `repoURL`, and beside it the revision.
    Split { holder: Node<'t>, url: (Key<'t>, Node<'t>), revision: Revision<'t> },
}

/// What stands beside the URL.
pub(super) enum Revision<'t> {
    /// `targetRevision` of Argo CD, which may be missing.
    Target(Option<Node<'t>>),
    /// `ref` of Flux, which may be missing or hold nothing.
    Ref(Option<(Key<'t>, Node<'t>)>),
}

#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    Index(usize),
}

/// The syncs with an image in a tree.
pub(super) fn of<'t>(tree: &'t Tree<'t>, path: &Arc<str>) -> Vec<Site<'t>> {
    let objects = object::objects(tree, path, &mut Vec::new());
    let root = tree.root();
    let in_list = root.get("items").is_some();
    let mut sites = Vec::new();
    for object in objects {
        let mut way = Vec::new();
        if in_list && object.node != root {
            let Some(index) = root.get("items").and_then(|items| items.items().position(|item| item == object.node))
            else {
                continue;
            };
            way.extend([Step::Key("items"), Step::Index(index)]);
        }
        of_object(&object, way, &mut sites);
    }
    sites
}

fn of_object<'t>(object: &Object<'t>, mut way: Vec<Step>, sites: &mut Vec<Site<'t>>) {
    let kind = SyncKind::ALL
        .into_iter()
        .find(|kind| object.kind() == Some(kind.kind()) && object.group() == Some(kind.group()));
    let (Some(kind), Some(spec)) = (kind, object.node.get("spec")) else { return };
    way.push(Step::Key("spec"));
    let found = |repository: &str, behind: String, at: Node<'t>| Found {
        kind,
        namespace: object.namespace().filter(|namespace| !namespace.is_empty()).map(str::to_owned),
        name: object.name().unwrap_or_default().to_owned(),
        repository: repository.to_owned(),
        image: format!("{repository}{behind}"),
        line: at.span().start.line,
    };
    match kind {
        SyncKind::RootSync | SyncKind::RepoSync => sites.extend(of_config_sync(spec, way, found)),
        SyncKind::OciRepository => sites.extend(of_flux(spec, way, found)),
        SyncKind::Application => of_argo_cd(spec, &way, found, sites),
        SyncKind::Kustomization => {}
    }
}

/// `found` makes the sync of a repository, what stands behind that, and where.
fn of_config_sync<'t>(
    spec: Node<'t>,
    mut way: Vec<Step>,
    found: impl Fn(&str, String, Node<'t>) -> Found,
) -> Option<Site<'t>> {
    let holder = spec.get("oci")?;
    let image = holder.get("image")?;
    way.push(Step::Key("oci"));
    let (repository, behind) = split(image.as_str().unwrap_or_default());
    let found = found(repository, behind.to_owned(), image);
    Some(Site { found, shape: Shape::Whole { holder, image }, way })
}

fn of_flux<'t>(spec: Node<'t>, way: Vec<Step>, found: impl Fn(&str, String, Node<'t>) -> Found) -> Option<Site<'t>> {
    let url = spec.entry("url")?;
    let reference = spec.entry("ref");
    let part = |name: &str| reference.and_then(|(_, at)| at.get(name)?.as_str()).filter(|text| !text.is_empty());
    let behind = match (part("digest"), part("semver"), part("tag")) {
        (Some(digest), _, _) => format!("@{digest}"),
        (None, Some(range), _) => format!(" {range}"),
        (None, None, Some(tag)) => format!(":{tag}"),
        _ => String::new(),
    };
    let shape = Shape::Split { holder: spec, url, revision: Revision::Ref(reference) };
    Some(Site { found: found(name_of(url.1), behind, url.1), shape, way })
}

/// An Application may have several sources.
fn of_argo_cd<'t>(
    spec: Node<'t>,
    way: &[Step],
    found: impl Fn(&str, String, Node<'t>) -> Found,
    sites: &mut Vec<Site<'t>>,
) {
    let one = spec.get("source").map(|source| (source, vec![Step::Key("source")]));
    let several = spec.get("sources").into_iter().flat_map(Node::items).enumerate();
    let several = several.map(|(index, source)| (source, vec![Step::Key("sources"), Step::Index(index)]));
    for (source, steps) in one.into_iter().chain(several) {
        let Some(url) = source.entry("repoURL").filter(|(_, url)| is_oci(*url)) else { continue };
        let target = source.get("targetRevision");
        let behind = match target.and_then(Node::as_str).filter(|text| !text.is_empty()) {
            Some(text) if text.contains(':') => format!("@{text}"),
            Some(text) => format!(":{text}"),
            None => String::new(),
        };
        let found = found(name_of(url.1), behind, url.1);
        let shape = Shape::Split { holder: source, url, revision: Revision::Target(target) };
        sites.push(Site { found, shape, way: way.iter().copied().chain(steps).collect() });
    }
}

fn is_oci(url: Node<'_>) -> bool {
    url.as_str().is_some_and(|url| url.starts_with("oci://"))
}

/// The repository of an image, and tag and digest with what stands before them.
fn split(image: &str) -> (&str, &str) {
    let name = image.split('@').next().unwrap_or(image);
    let at = name.rfind(':').filter(|at| !name[*at..].contains('/')).unwrap_or(name.len());
    image.split_at(at)
}

/// The repository of a URL.
fn name_of(url: Node<'_>) -> &str {
    let url = url.as_str().unwrap_or_default();
    url.strip_prefix("oci://").unwrap_or(url)
}

impl Site<'_> {
    /// Makes of the values of its document those that are expected once it has this image.
    pub(super) fn expect(&self, root: &mut Value, image: &Reference) {
        let holder = self.way.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
        });
        let Some(holder) = holder else { return };
        let url = format!("oci://{}", image.name());
        match &self.shape {
            Shape::Whole { .. } => holder["image"] = image.to_string().into(),
            Shape::Split { revision: Revision::Target(_), .. } => {
                holder["repoURL"] = url.into();
                holder["targetRevision"] = super::edit::target(image).into();
            }
            Shape::Split { revision: Revision::Ref(reference), .. } => {
                holder["url"] = url.into();
                for (old, new, value) in super::edit::reference_parts(reference.map(|(_, at)| at), image) {
                    let map = &mut holder["ref"];
                    if let Some(map) = map.as_object_mut().filter(|_| old != new) {
                        map.remove(old);
                    }
                    map[new] = value.into();
                }
            }
        }
    }
}
