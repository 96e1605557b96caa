//! Paths into the objects: printer columns, the scale subresource, selectable fields.

use std::collections::HashSet;

use super::super::schema::{Additional, Schema, Type};
use super::{find, present, rules, text};
use crate::object::Node;
use crate::validate::subject::{Subject, quote};

pub(super) fn check(subject: &mut Subject<'_>, version: Node<'_>) {
    for column in present(version, "additionalPrinterColumns").into_iter().flat_map(Node::items) {
        printer_column(subject, column);
    }
    let scale = present(version, "subresources").and_then(|resources| present(resources, "scale"));
    if let Some(scale) = scale {
        scale_path(subject, scale, "specReplicasPath", &[".spec."], true);
        scale_path(subject, scale, "statusReplicasPath", &[".status."], true);
        scale_path(subject, scale, "labelSelectorPath", &[".spec.", ".status."], false);
    }
}

fn printer_column(subject: &mut Subject<'_>, column: Node<'_>) {
    const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
    const FORMATS: [&str; 8] = ["int32", "int64", "float", "double", "byte", "date", "date-time", "password"];
    let what = match text(column, "name") {
        "" => {
            let at = column.get("name").unwrap_or(column);
            find(subject, &rules::COLUMNS, at, "a printer column", "has no name", "add `name:`, which is its heading");
            "a printer column".to_owned()
        }
        name => format!("the printer column {}", quote(name)),
    };
    let kind = text(column, "type");
    if !TYPES.contains(&kind) {
        let at = column.get("type").unwrap_or(column);
        let fault = if kind.is_empty() { "has no type".to_owned() } else { format!("has the type {}", quote(kind)) };
        find(
            subject,
            &rules::COLUMNS,
            at,
            &what,
            &fault,
            "allowed are `boolean`, `date`, `integer`, `number` and `string`",
        );
    }
    let format = text(column, "format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        let at = column.get("format").unwrap_or(column);
        let hint = format!("allowed are {}", FORMATS.map(quote).join(", "));
        find(subject, &rules::COLUMNS, at, &what, &format!("has the format {}", quote(format)), hint);
    }
    let path = text(column, "jsonPath");
    if !path.starts_with('.') {
        let at = column.get("jsonPath").unwrap_or(column);
        let fault =
            if path.is_empty() { "has no `jsonPath`" } else { "has a `jsonPath` that does not begin with a dot" };
        find(subject, &rules::COLUMNS, at, &what, fault, "write a path such as `.spec.size`");
    }
}

fn scale_path(subject: &mut Subject<'_>, scale: Node<'_>, field: &str, below: &[&str], required: bool) {
    let path = text(scale, field);
    if (path.is_empty() && !required) || below.iter().any(|prefix| path.starts_with(prefix)) {
        return;
    }
    let at = scale.get(field).unwrap_or(scale);
    let fault = if path.is_empty() { "is missing".to_owned() } else { format!("is {}", quote(path)) };
    let hint =
        format!("write a path below {}", below.iter().map(|prefix| quote(prefix)).collect::<Vec<_>>().join(" or "));
    find(subject, &rules::COLUMNS, at, &format!("`scale.{field}`"), &fault, hint);
}

/// The most selectable fields of a version.
const MOST_SELECTABLE: usize = 8;

/// Fields that objects can be selected by.
pub(super) fn selectable(subject: &mut Subject<'_>, version: Node<'_>, schema: &Schema) {
    let Some(list) = present(version, "selectableFields") else { return };
    let mut seen = HashSet::new();
    for field in list.items() {
        let path = text(field, "jsonPath");
        let at = field.get("jsonPath").unwrap_or(field);
        let fault = if path.is_empty() {
            "has no `jsonPath`"
        } else if path.starts_with(".metadata.") || path == ".metadata" {
            "leads into the metadata"
        } else if !seen.insert(path) {
            "is there twice"
        } else {
            match field_at(schema, path).map(|schema| schema.kind) {
                None => "does not lead to a field of the schema",
                Some(Some(Type::String | Type::Boolean | Type::Integer)) => continue,
                Some(_) => "leads to a field that is not a string, a boolean or a whole number",
            }
        };
        let what = format!("the selectable field {}", quote(path));
        find(subject, &rules::COLUMNS, at, &what, fault, "write the path of a field, such as `.spec.color`");
    }
    if seen.len() > MOST_SELECTABLE {
        let fault = format!("are {}, and at most {MOST_SELECTABLE} are allowed", seen.len());
        find(subject, &rules::COLUMNS, list, "the selectable fields", &fault, "delete some");
    }
}

/// The schema that a path such as `.spec.color` or `.spec['a.b']` leads to.
pub(super) fn field_at<'s>(schema: &'s Schema, path: &str) -> Option<&'s Schema> {
    let mut at = schema;
    let mut rest = path;
    while !rest.is_empty() {
        let (name, left) = if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            (behind.get(..end)?.to_owned(), behind.get(end..)?)
        } else {
            let behind = rest.strip_prefix("['")?;
            let (name, left) = behind.split_once("']")?;
            (name.replace("\\'", "'").replace("\\\\", "\\"), left)
        };
        at = if at.properties.is_empty() {
            match &at.additional {
                Additional::Like(like) => like,
                _ => return None,
            }
        } else {
            at.property(&name)?
        };
        rest = left;
    }
    Some(at)
}
