//! The objects of a tree: itself, or the items of a list, as kubectl opens lists.

use std::sync::Arc;

use super::hints::quoted;
use super::tree::{Node, Tree};
use super::{rules, secret};
use crate::finding::Finding;

/// The most findings about the items of one list.
const MOST: usize = 20;

/// A Kubernetes object, as far as reading goes: a mapping. Whether it has a kind, a name and the rest is for others to check.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t> {
    /// The mapping itself.
    pub node: Node<'t>,
    /// From the list of one kind, such as `ConfigMapList`, whose item it is.
    typed_list: Option<TypedList<'t>>,
}

/// What a list of one kind gives to items that have neither kind nor version.
#[derive(Clone, Copy, Debug)]
struct TypedList<'t> {
    api_version: Option<&'t str>,
    kind: &'t str,
}

impl<'t> Object<'t> {
    fn text(&self, key: &str) -> Option<&'t str> {
        self.node.get(key)?.as_str()
    }

    /// `apiVersion`, if it is a string; for an item of a list of one kind that has none, the list's.
    pub fn api_version(&self) -> Option<&'t str> {
        self.typed_list.map_or_else(|| self.text("apiVersion"), |list| list.api_version)
    }

    /// The group of `apiVersion`, if that is a string; empty for the core group.
    pub fn group(&self) -> Option<&'t str> {
        self.api_version().map(|version| version.split_once('/').map_or("", |(group, _)| group))
    }

    /// `kind`, if it is a string; for an item of a list of one kind that has none, the list's without its ending `List`.
    pub fn kind(&self) -> Option<&'t str> {
        self.typed_list.map_or_else(|| self.text("kind"), |list| Some(list.kind))
    }

    /// `metadata.name`, if it is a string.
    pub fn name(&self) -> Option<&'t str> {
        self.node.get("metadata")?.get("name")?.as_str()
    }

    /// `metadata.namespace`, if it is a string.
    pub fn namespace(&self) -> Option<&'t str> {
        self.node.get("metadata")?.get("namespace")?.as_str()
    }

    /// Whether it is a Secret, or may be meant as one: its text is nothing to show.
    pub fn is_secret(&self) -> bool {
        let inherited = self.typed_list.is_some_and(|list| list.kind.to_ascii_lowercase().contains("secret"));
        let is_config_map = self.kind() == Some("ConfigMap");
        inherited || if is_config_map { secret::is_secret(self.node) } else { secret::is_secret_object(self.node) }
    }

    /// Whether the object takes `key`, which is `kind` or `apiVersion`, from the list of one kind it is an item of.
    pub fn inherits(&self, key: &str) -> bool {
        self.typed_list.is_some_and(|list| match key {
            "kind" => true,
            "apiVersion" => list.api_version.is_some(),
            _ => false,
        })
    }
}

/// The objects of a tree. What has a field `items` is a list to kubectl, whatever its kind: each of its items is an object.
///
/// A document that is no mapping has none. `findings` gets to know of items that are none.
pub fn objects<'t>(tree: &'t Tree<'t>, path: &Arc<str>, findings: &mut Vec<Finding>) -> Vec<Object<'t>> {
    let root = tree.root();
    if !root.is_mapping() {
        return Vec::new();
    }
    let Some(items) = root.get("items") else { return vec![Object { node: root, typed_list: None }] };
    if !items.is_sequence() {
        if !items.is_null() {
            let message = format!("the items of the List are {}, not a list", items.value().describe());
            let finding = Finding::new(&rules::LIST_ITEMS, items.place(path), message);
            findings.push(finding.hint("write `items:` and then each object behind `- `"));
        }
        return Vec::new();
    }
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    // A `List` as such says nothing of its items.
    let kind = text("kind").map(|kind| kind.strip_suffix("List").unwrap_or(kind)).filter(|kind| !kind.is_empty());
    let typed_list = kind.map(|kind| TypedList { api_version: text("apiVersion"), kind });
    let mut found = Vec::with_capacity(items.len());
    let mut told = 0;
    for item in items.items() {
        match opened(typed_list, item, path) {
            Ok(object) => found.push(object),
            Err(finding) if told < MOST => {
                told += 1;
                findings.push(*finding);
            }
            Err(_) => {}
        }
    }
    found
}

fn opened<'t>(list: Option<TypedList<'t>>, item: Node<'t>, path: &Arc<str>) -> Result<Object<'t>, Box<Finding>> {
    if !item.is_mapping() {
        let message = format!("an item of the List is {}, not an object", item.value().describe());
        return Err(Box::new(Finding::new(&rules::LIST_ITEMS, item.place(path), message)));
    }
    if let Some((key, _)) = item.entry("items").filter(|(_, items)| items.is_sequence()) {
        let kind = item.get("kind").and_then(Node::as_str).unwrap_or("List");
        let message = format!("a {} stands inside a List", quoted(kind));
        let finding = Finding::new(&rules::NESTED_LIST, key.place(path), message);
        return Err(Box::new(finding.hint("put its items into the outer List, or into documents of their own")));
    }
    let lacks = |field| item.get(field).and_then(Node::as_str).is_none_or(str::is_empty);
    let inherits = lacks("kind") && lacks("apiVersion");
    Ok(Object { node: item, typed_list: list.filter(|_| inherits) })
}
