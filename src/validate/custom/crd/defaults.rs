//! Defaults against their own schemas.

use super::super::effective::{Step, from_json, path_text};
use super::super::problem::Problems;
use super::super::schema::{Additional, Schema};
use super::super::{check, effective, structure, walk};
use super::rules;
use crate::object::Node;
use crate::validate::consumers::Placeholders;
use crate::validate::subject::Subject;
use serde_json::Value as Json;

/// Checks all defaults in a schema whose text is `node`.
pub(super) fn check<'a>(subject: &mut Subject<'a>, node: Node<'a>, schema: &Schema) {
    let mut path = Vec::new();
    below(subject, node, schema, &mut path);
}

fn below<'a>(subject: &mut Subject<'a>, node: Node<'a>, schema: &Schema, path: &mut Vec<Step<'a>>) {
    if let (Some(default), Some(at)) = (&schema.default, node.get("default")) {
        one(subject, at, default, schema, path);
    }
    if let (Some(items), Some(node)) = (&schema.items, node.get("items")) {
        path.push(Step::Field("[]"));
        below(subject, node, items, path);
        path.pop();
    }
    // The server does not look at those below `additionalProperties`.
    for (key, property) in node.get("properties").into_iter().flat_map(Node::entries) {
        if let Some(schema) = schema.property(key.as_str()) {
            path.push(Step::Field(key.as_str()));
            below(subject, property, schema, path);
            path.pop();
        }
    }
}

fn one(subject: &mut Subject<'_>, at: Node<'_>, default: &Json, schema: &Schema, path: &[Step<'_>]) {
    // Outermost it is the default of a whole object.
    let is_root = path.is_empty();
    let of = if is_root { "outermost default".to_owned() } else { format!("default of `{}`", path_text(path)) };
    if let Some(unknown) = unknown(default, Some(schema), is_root) {
        let message =
            format!("the {of} in {} has the field `{unknown}`, which its schema does not have", subject.label);
        return subject.find(&rules::DEFAULT, at, message, "delete it, or add it to the schema");
    }
    let value = from_json(default, None);
    let mut problems = Problems::new(at, Placeholders::default(), subject.options.targets());
    walk::walk(&value, schema, &mut problems);
    structure::walk(&value, schema, &mut problems);
    if is_root && matches!(value.is, effective::Is::Map(_)) {
        structure::embedded(&value, &mut problems);
    }
    if problems.count == 0 {
        // What could not be evaluated is nobody's object, and so not counted.
        let _ = check::rules_hold(&value, schema, &mut problems);
    }
    if let Some(problem) = problems.into_found().into_iter().next() {
        let place = if problem.path.is_empty() { String::new() } else { format!(": `{}` in it", problem.path) };
        let message = format!("the {of} in {}{place} {}", subject.label, problem.fault);
        subject.find(&rules::DEFAULT, at, message, problem.hint);
    }
}

/// A field that would be pruned.
fn unknown<'j>(value: &'j Json, schema: Option<&Schema>, is_root: bool) -> Option<&'j str> {
    match value {
        Json::Object(entries) => entries.iter().find_map(|(name, value)| {
            let Some(schema) = schema else { return Some(name.as_str()) };
            let meta = (schema.embedded || is_root) && effective::META_FIELDS.contains(&name.as_str());
            match (schema.field(name), &schema.additional) {
                _ if meta => None,
                (Some(below), _) => unknown(value, Some(below), false),
                (None, Additional::Absent) if schema.preserve => None,
                (None, Additional::Absent) => Some(name.as_str()),
                (None, _) => unknown(value, None, false),
            }
        }),
        Json::Array(items) => {
            let below = schema.and_then(|schema| schema.items.as_deref());
            if schema.is_some_and(|schema| schema.preserve) && below.is_none() {
                return None;
            }
            items.iter().find_map(|item| unknown(item, below, false))
        }
        _ => None,
    }
}
