//! The objects of a tree: itself, or what a `List` holds.

use std::sync::Arc;

use super::rules;
use super::tree::{Node, Tree, Value};
use crate::finding::Finding;

/// A Kubernetes object, as far as its text goes.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t> {
    /// The mapping that it is.
    pub node: Node<'t>,
    /// From the list of one kind, such as `ConfigMapList`, whose item it is.
    typed_list: Option<TypedList<'t>>,
}

/// What a list of one kind gives to items that do not have it themselves.
#[derive(Clone, Copy, Debug)]
struct TypedList<'t> {
    api_version: Option<&'t str>,
    kind: Option<&'t str>,
}

impl<'t> Object<'t> {
    fn text(&self, key: &str) -> Option<&'t str> {
        self.node.get(key)?.as_str()
    }

    /// `apiVersion`, if it is a text.
    pub fn api_version(&self) -> Option<&'t str> {
        if self.inherits("apiVersion") { self.typed_list?.api_version } else { self.text("apiVersion") }
    }

    /// The group of `apiVersion`, if that is a text; empty for the core group.
    pub fn group(&self) -> Option<&'t str> {
        self.api_version().map(|version| version.split_once('/').map_or("", |(group, _)| group))
    }

    /// `kind`, if it is a text; for an item of a list of one kind that names none, the list's without its ending `List`.
    pub fn kind(&self) -> Option<&'t str> {
        if self.inherits("kind") { self.typed_list?.kind } else { self.text("kind") }
    }

    /// `metadata.name`, if it is a text.
    pub fn name(&self) -> Option<&'t str> {
        self.node.get("metadata")?.get("name")?.as_str()
    }

    /// `metadata.namespace`, if it is a text.
    pub fn namespace(&self) -> Option<&'t str> {
        self.node.get("metadata")?.get("namespace")?.as_str()
    }

    /// Whether it is a Secret, or may be meant as one: its text is nothing to show.
    pub fn is_secret(&self) -> bool {
        is_secret(self.node) || self.kind().is_some_and(|kind| kind.to_ascii_lowercase().contains("secret"))
    }

    /// Whether the object has no `key` of its own and takes that of the list of one kind it is an item of.
    pub fn inherits(&self, key: &str) -> bool {
        self.typed_list.is_some() && self.node.get(key).is_none()
    }
}

/// Whether it is a list of objects: of kind `List`, or of a kind that ends in `List` and has `items`.
fn is_list(node: Node<'_>) -> bool {
    match node.get("kind").and_then(Node::as_str) {
        Some("List") => node.get("apiVersion").is_none_or(|version| version.as_str() == Some("v1")),
        Some(kind) => kind.ends_with("List") && node.get("items").is_some_and(|items| items.value() == Value::Sequence),
        None => false,
    }
}

/// The objects of a tree: the items of a list, each by itself, or else the tree.
///
/// A document that is no mapping has none. `findings` gets to know of items that are none.
pub fn objects<'t>(tree: &'t Tree<'t>, path: &Arc<str>, findings: &mut Vec<Finding>) -> Vec<Object<'t>> {
    let root = tree.root();
    if !root.is_mapping() {
        return Vec::new();
    }
    if !is_list(root) {
        return vec![Object { node: root, typed_list: None }];
    }
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    let typed_list = match text("kind") {
        Some("List") => None,
        kind => {
            Some(TypedList { api_version: text("apiVersion"), kind: kind.and_then(|kind| kind.strip_suffix("List")) })
        }
    };
    let Some(items) = root.get("items").filter(|items| items.value() != Value::Null) else { return Vec::new() };
    if items.value() != Value::Sequence {
        let message = format!("the items of the List are {}, not a list", items.value().describe());
        findings.push(
            Finding::new(&rules::LIST_ITEMS, items.place(path), message)
                .hint("write `items:` and then each object behind `- `"),
        );
        return Vec::new();
    }
    let mut objects = Vec::new();
    for item in items.items() {
        if !item.is_mapping() {
            let message = format!("an item of the List is {}, not an object", item.value().describe());
            findings.push(Finding::new(&rules::LIST_ITEMS, item.place(path), message));
        } else if is_list(item) {
            let finding = Finding::new(&rules::NESTED_LIST, first_line(item, path), "a List stands inside a List");
            findings.push(finding.hint("put its items into the outer List"));
        } else {
            objects.push(Object { node: item, typed_list });
        }
    }
    objects
}

/// The place of a value that may go over many lines: its first entry, if it is a mapping.
fn first_line(node: Node<'_>, path: &Arc<str>) -> crate::finding::Place {
    node.entries().next().map_or_else(|| node.place(path), |(key, _)| key.place(path))
}

/// Whether any object of the tree may be a Secret. A List in a List is not looked into, so it may.
pub(super) fn holds_secret(tree: &Tree<'_>) -> bool {
    let may_be = |node: Node<'_>| is_list(node) || is_secret(node);
    let root = Tree::root(tree);
    is_secret(root) || is_list(root) && root.get("items").is_some_and(|items| items.items().any(may_be))
}

/// By its kind, or by what it has where that is wrong; a kustomization may hold the values of Secrets too.
fn is_secret(node: Node<'_>) -> bool {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    kind.to_ascii_lowercase().contains("secret")
        || node.get("stringData").is_some()
        || node.get("secretGenerator").is_some()
        || (kind != "ConfigMap" && node.get("data").is_some())
}
