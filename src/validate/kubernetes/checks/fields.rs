//! Looking at fields that depend on each other: what the checks beside this file share.

use super::{Walk, get, text};
use crate::object::{Node, Value};

/// The items of a list and their numbers; nothing if there is no list.
pub(super) fn items<'t>(node: Node<'t>, field: &str) -> impl Iterator<Item = (usize, Node<'t>)> + use<'t> {
    node.get(field).into_iter().flat_map(Node::items).enumerate()
}

/// The containers of a pod and where they are, those that run first included.
pub(super) fn containers(spec: Node<'_>) -> impl Iterator<Item = (&'static str, usize, Node<'_>)> {
    ["containers", "initContainers"]
        .into_iter()
        .flat_map(move |field| items(spec, field).map(move |(index, container)| (field, index, container)))
}

/// How many of these fields are there. More than one is told of.
pub(super) fn at_most_one(walk: &mut Walk<'_, '_>, node: Node<'_>, fields: &[&str]) -> usize {
    let mut first: Option<&str> = None;
    let mut count = 0;
    for (key, value) in node.entries() {
        let name = key.as_str();
        if value.is_null() || !fields.contains(&name) {
            continue;
        }
        count += 1;
        match first {
            None => first = Some(name),
            Some(first) => {
                let fault = format!("stands beside `{first}`, and only one of them can be there");
                walk.forbidden(node, name, &fault, format!("delete `{first}` or `{name}`"));
            }
        }
    }
    count
}

/// Whether a field is there and not null.
pub(super) fn has(node: Node<'_>, field: &str) -> bool {
    get(node, field).is_some()
}

/// A field within fields: `security.windowsOptions.hostProcess`.
pub(super) fn at<'t>(node: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(node, |node, field| get(node, field))
}

/// The text of a field, empty or not, unless the consumer fills it in.
pub(super) fn any_text<'t>(walk: &Walk<'_, '_>, node: Node<'t>, field: &str) -> Option<&'t str> {
    node.get(field).and_then(Node::as_str).filter(|text| !walk.is_placeholder(text))
}

/// Whether the consumer fills in a field.
pub(super) fn has_placeholder(walk: &Walk<'_, '_>, node: Node<'_>, field: &str) -> bool {
    text(node, field).is_some_and(|text| walk.is_placeholder(text))
}

/// Whether any item of a list may have this name: one has, or the consumer fills in that of one.
pub(super) fn may_have(walk: &Walk<'_, '_>, node: Node<'_>, list: &str, name: &str) -> bool {
    items(node, list).any(|(_, own)| text(own, "name") == Some(name)) || has_open_name(walk, node.get(list), &["name"])
}

/// Whether the consumer fills in the name of an item of a list, at `path` in the item.
pub(super) fn has_open_name(walk: &Walk<'_, '_>, list: Option<Node<'_>>, path: &[&str]) -> bool {
    let mut names = list.into_iter().flat_map(Node::items).filter_map(|item| at(item, path)?.as_str());
    names.any(|name| walk.is_placeholder(name))
}

/// The text of an item of a list, where null is an empty text, unless the consumer fills it in.
pub(super) fn item_text<'t>(walk: &Walk<'_, '_>, item: Node<'t>) -> Option<&'t str> {
    match item.value() {
        Value::Null => Some(""),
        Value::String(text) if !walk.is_placeholder(text) => Some(text),
        _ => None,
    }
}

/// A whole number or a percentage as a number; `None` for anything else.
pub(super) fn number_or_percent(node: Node<'_>) -> Option<i64> {
    match node.value() {
        Value::Integer(number) => Some(number),
        Value::String(text) => text.strip_suffix('%').and_then(|number| number.parse().ok()),
        _ => None,
    }
}

/// Names that are looked for again and again, without a copy of them.
pub(super) enum Names<'t> {
    /// Few: the list itself, and the field that holds the name.
    Few(Node<'t>, &'static [&'static str]),
    Many(std::collections::HashSet<&'t str>),
}

impl<'t> Names<'t> {
    /// The names of the items of a list, each at `path` in its item.
    pub(super) fn of(list: Option<Node<'t>>, path: &'static [&'static str]) -> Option<Self> {
        let list = list?;
        Some(if list.len() <= 16 {
            Self::Few(list, path)
        } else {
            Self::Many(list.items().filter_map(|item| at(item, path).and_then(Node::as_str)).collect())
        })
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        match self {
            Self::Few(list, path) => {
                list.items().any(|item| at(item, path).and_then(Node::as_str).is_some_and(|own| own == name))
            }
            Self::Many(names) => names.contains(name),
        }
    }
}
