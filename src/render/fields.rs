//! The fields of a kustomization that name files, folders and repositories.
//!
//! kustomize reads its files with Go's JSON decoder, which takes a key in any case: `Resources` is `resources`. So does this.

use crate::object::Node;

/// What a field's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A file with objects, or a folder with a kustomization.
    Resource,
    /// A folder with a component.
    Component,
    /// A file that is only read.
    File,
    /// The same, perhaps with `KEY=` before it.
    KeyedFile,
    /// A file with a patch, or a patch.
    Patch,
    /// A file or a folder with the configuration of plugins, or that configuration itself.
    Plugin,
}

/// A field: its path in small letters, `*` standing for every item of a list.
pub(super) struct Field {
    path: &'static [&'static str],
    pub(super) how: How,
    /// Its neighbours are secrets.
    pub(super) hidden: bool,
}

const fn field(path: &'static [&'static str], how: How) -> Field {
    Field { path, how, hidden: false }
}

const fn hidden(path: &'static [&'static str], how: How) -> Field {
    Field { path, how, hidden: true }
}

/// All fields of a kustomization that name something, those of older versions included.
pub(super) static FIELDS: &[Field] = &[
    field(&["resources", "*"], How::Resource),
    field(&["bases", "*"], How::Resource),
    field(&["components", "*"], How::Component),
    field(&["crds", "*"], How::File),
    field(&["configurations", "*"], How::File),
    field(&["generators", "*"], How::Plugin),
    field(&["transformers", "*"], How::Plugin),
    field(&["validators", "*"], How::Plugin),
    field(&["patches", "*"], How::Patch),
    field(&["patches", "*", "path"], How::File),
    field(&["patchesstrategicmerge", "*"], How::Patch),
    field(&["patchesjson6902", "*", "path"], How::File),
    field(&["replacements", "*", "path"], How::File),
    field(&["configmapgenerator", "*", "files", "*"], How::KeyedFile),
    field(&["configmapgenerator", "*", "envs", "*"], How::File),
    field(&["configmapgenerator", "*", "env"], How::File),
    hidden(&["secretgenerator", "*", "files", "*"], How::KeyedFile),
    hidden(&["secretgenerator", "*", "envs", "*"], How::File),
    hidden(&["secretgenerator", "*", "env"], How::File),
    field(&["openapi", "path"], How::File),
    field(&["helmcharts", "*", "valuesfile"], How::File),
    field(&["helmcharts", "*", "additionalvaluesfiles", "*"], How::File),
    field(&["helmchartinflationgenerator", "*", "values"], How::File),
];

impl Field {
    /// Whether it holds patches, or names files with them.
    pub(super) fn is_patch(&self) -> bool {
        self.path.first().is_some_and(|key| key.starts_with("patches"))
    }

    /// Calls `each` for every text that the field has below `root`.
    pub(super) fn texts<'t>(&self, root: Node<'t>, each: &mut impl FnMut(Node<'t>, &'t str)) {
        walk(root, self.path, &mut |node| {
            if let Some(text) = node.as_str() {
                each(node, text);
            }
        });
    }
}

/// Calls `each` for every node at `path` below `node`.
pub(super) fn walk<'t>(node: Node<'t>, path: &[&str], each: &mut impl FnMut(Node<'t>)) {
    match path {
        [] => each(node),
        ["*", rest @ ..] => node.items().for_each(|item| walk(item, rest, each)),
        [key, rest @ ..] => get(node, key).for_each(|value| walk(value, rest, each)),
    }
}

/// The values of a key, which is given in small letters.
pub(super) fn get<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> {
    node.entries().filter(move |(candidate, _)| fold(candidate.as_str()) == key).map(|(_, value)| value)
}

/// The text of a key.
pub(super) fn text<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    get(node, key).find_map(Node::as_str)
}

/// A key as Go's decoder compares it: two letters beyond ASCII count as `k` and `s`.
pub(super) fn fold(key: &str) -> String {
    key.replace('\u{212a}', "k").replace('\u{17f}', "s").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::object;

    #[test]
    fn a_field_is_found_in_any_case_and_wherever_it_stands() {
        let text = "\
            resources: [a, {b: c}, 1]\nResource\u{17f}: [d]\npatches:\n- path: e\n- PATH: f\n- g\n\
            secretGenerator:\n- files: [h=i]\n  envs: [j]\n  env: k\nopenapi: {path: l}\nother: [m]\n";
        let path: Arc<str> = Arc::from("kustomization.yaml");
        let (documents, _) = object::documents(&path, text.as_bytes());
        let parsed = object::parse(&path, &documents[0]);
        let mut found = Vec::new();
        for field in FIELDS {
            field.texts(parsed.trees[0].root(), &mut |_, text| found.push(text));
        }
        assert_eq!(found, ["a", "d", "g", "e", "f", "h=i", "j", "k", "l"]);
    }
}
