//! Files that end in `.json`, which Config Sync reads as JSON and nothing else: one object.

use std::sync::Arc;

use super::super::rules;
use crate::finding::{Finding, Place, Severity};
use crate::object::{Document, Node, Parsed};

/// A document of a `.json` file that is more or something else than one JSON object.
pub(in super::super) fn not_one_json(path: &Arc<str>, document: &Document<'_>, parsed: &Parsed<'_>) -> Option<Finding> {
    // What cannot be read at all, and a list, are told as such.
    let is_object = |root: Node<'_>| root.is_mapping() || root.is_null();
    let is_read = parsed.findings.iter().all(|finding| finding.severity != Severity::Error)
        && parsed.trees.iter().all(|tree| is_object(tree.root()));
    if !path.ends_with(".json") || !is_read || document.text().is_empty() {
        return None;
    }
    let (message, hint) = match parsed.trees.len() {
        _ if !parsed.is_json => {
            ("this is not JSON, and Config Sync reads it as such because of the file's name (KNV2001)", IN_YAML)
        }
        0 | 1 if !document.is_followed() => return None,
        _ => (
            "there is more than one JSON object, and Config Sync reads one from a file that ends in `.json` (KNV2001)",
            APART,
        ),
    };
    Some(Finding::new(&rules::JSON, Place::file(Arc::clone(path)), message).hint(hint))
}

const IN_YAML: &str = "give the file a name that ends in `.yaml`, or write JSON without comments and without `---`";
const APART: &str =
    "give each object a file of its own, put them into `items` of a `List`, or let the name end in `.yaml`";
