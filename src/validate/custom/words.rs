//! What is wrong with a value and what to do, in words.
//!
//! Each function gives the end of a sentence that begins with the field, such as "is a string, not a whole number", and a hint.

use serde_json::Value as Json;

use super::effective::{Is, Value};
use super::format::Format;
use super::problem::Problem;
use super::schema::{Additional, Schema, Type};
use crate::object::Key;
use crate::validate::similar::similar;
use crate::validate::subject::quote;

type Told = (String, String);

/// What a value is, as a message says it.
fn what(value: &Value<'_>) -> &'static str {
    match value.is {
        Is::Null => "empty",
        Is::Bool(_) => "a boolean",
        Is::Integer(_) => "a number",
        Is::Float(_) => "a number with a fraction",
        Is::String(_) => "a string",
        Is::List(_) => "a list",
        Is::Map(_) => "a map",
    }
}

/// A value as a message quotes it.
fn shown(value: &Value<'_>) -> String {
    match &value.is {
        Is::String(text) => quote(text),
        Is::Integer(number) => format!("`{number}`"),
        Is::Float(number) => format!("`{number}`"),
        Is::Bool(flag) => format!("`{flag}`"),
        _ => what(value).to_owned(),
    }
}

pub(super) fn wrong_type(value: &Value<'_>, schema: &Schema) -> Told {
    let kind = schema.kind.filter(|_| !schema.int_or_string);
    let wanted = match kind {
        Some(kind) => kind.describe(),
        None if schema.int_or_string => "a whole number or a string",
        None => "of the type that its format has",
    };
    let hint = match (&value.is, kind) {
        (Is::Null, _) => "write a value, or delete the line".to_owned(),
        (Is::Bool(_) | Is::Integer(_) | Is::Float(_), Some(Type::String)) => "put it in quotes".to_owned(),
        (Is::String(text), Some(Type::Integer | Type::Number)) if text.parse::<f64>().is_ok() => {
            format!("leave out the quotes: {}", quote(text))
        }
        (Is::String(text), Some(Type::Boolean)) if matches!(*text, "true" | "false") => {
            format!("leave out the quotes: {}", quote(text))
        }
        (Is::String(_) | Is::Bool(_) | Is::Integer(_) | Is::Float(_), Some(Type::Array)) => {
            "write it on a line of its own behind `- `".to_owned()
        }
        (Is::Map(_), Some(Type::Array)) => {
            "write `- ` before its first key, and indent the others below that".to_owned()
        }
        (Is::List(_), Some(Type::Object)) => "write its fields without `- `".to_owned(),
        (_, Some(Type::Boolean)) => "write `true` or `false`".to_owned(),
        _ => format!("write {wanted}"),
    };
    if matches!(value.is, Is::Null) {
        return (format!("is empty, and must be {wanted}"), hint);
    }
    (format!("is {}, not {wanted}", what(value)), hint)
}

pub(super) fn not_allowed(value: &Value<'_>, allowed: &[Json]) -> Told {
    let text = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    let all: Vec<String> = allowed.iter().filter(|json| !json.is_null()).map(text).collect();
    let meant = match &value.is {
        Is::String(given) => similar(given, all.iter().map(String::as_str)),
        _ => None,
    };
    let hint = match meant {
        Some(meant) => format!("did you mean {}? Allowed are {}", quote(meant), listed(&all)),
        None => format!("allowed are {}", listed(&all)),
    };
    (format!("is {}, which is not allowed", shown(value)), hint)
}

/// Some of the names, in quotes.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const MOST: usize = 12;
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| quote(name.as_ref())).collect();
    if names.len() > MOST {
        shown.push(format!("{} more", names.len() - MOST));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}

pub(super) fn length(of: &str, is: usize, bound: &str, limit: i64) -> Told {
    let hint = if bound == "at most" { "make it shorter" } else { "make it longer" };
    let hint = match (of, is) {
        ("characters", 0) => "write a text",
        ("items", 0) => "add an item",
        ("keys", 0) => "add a field",
        _ => hint,
    };
    (format!("has {is} {of}, and {bound} {limit} are allowed"), hint.to_owned())
}

pub(super) fn no_match(text: &str, pattern: &str) -> Told {
    (format!("is {}, which does not match its pattern", quote(text)), format!("it must match {}", quote(pattern)))
}

pub(super) fn not_of_format(text: &str, format: Format) -> Told {
    (format!("is {}, which has not the format it must have", quote(text)), format!("write {}", format.describe()))
}

pub(super) fn out_of_range(value: &Value<'_>, how: &str, limit: f64) -> Told {
    let hint = match how {
        "not a multiple of" => format!("write a multiple of {limit}"),
        "more than" => format!("write {limit} or less"),
        "not less than" => format!("write less than {limit}"),
        "less than" => format!("write {limit} or more"),
        _ => format!("write more than {limit}"),
    };
    (format!("is {}, {how} {limit}", shown(value)), hint)
}

pub(super) fn missing(name: &str, value: &Value<'_>, schema: &Schema) -> Told {
    let misspelt = match &value.is {
        Is::Map(fields) => {
            similar(name, fields.iter().map(|field| field.name).filter(|other| schema.property(other).is_none()))
        }
        _ => None,
    };
    let hint = match misspelt {
        Some(other) => format!("rename {} to {}", quote(other), quote(name)),
        None => format!("add `{name}:`"),
    };
    (lacks(name), hint)
}

/// That a field is missing.
pub(super) fn lacks(name: &str) -> String {
    format!("has no {}", quote(name))
}

pub(super) fn duplicate(what: &str, shown: &str, first: usize) -> Told {
    (format!("has the {what} {shown} of the item [{first}] again"), "delete one of the two, or change it".to_owned())
}

pub(super) fn excluded(not: &Schema) -> Told {
    let what = match &not.required[..] {
        [] => "has a form that is ruled out".to_owned(),
        names => format!("must not have {} at once", listed(names)),
    };
    let what = if not.required.len() == 1 { format!("must not have {}", listed(&not.required)) } else { what };
    (what, "see the kind's documentation: its schema rules this out with `not`".to_owned())
}

/// `wants`: what is wrong by the form that fits best.
pub(super) fn fits_none(parts: &[Schema], wants: &[Problem<'_>]) -> Told {
    if let Some(fields) = alternatives_of_fields(parts) {
        return (format!("has none of {}", listed(&fields)), "add one of them".to_owned());
    }
    let hint = match wants.first() {
        Some(problem) if problem.path.is_empty() => {
            format!("by the nearest form, it {}: {}", problem.fault, problem.hint)
        }
        Some(problem) => format!("by the nearest form, `{}` {}: {}", problem.path, problem.fault, problem.hint),
        None => "see the kind's documentation for the forms it may have".to_owned(),
    };
    (format!("fits none of the {} forms that it may have", parts.len()), hint)
}

pub(super) fn fits_several(fitting: &[&Schema], of: usize) -> Told {
    let names: Vec<&str> = fitting
        .iter()
        .filter_map(|schema| match &schema.required[..] {
            [one] => Some(&**one),
            _ => None,
        })
        .collect();
    if names.len() == fitting.len() {
        return (format!("has {} at once", listed(&names)), "keep exactly one of them".to_owned());
    }
    (
        format!("fits {} of {of} forms of which exactly one must fit", fitting.len()),
        "see the kind's documentation: most often a field must go".to_owned(),
    )
}

/// The fields of which one is needed, if that is what the forms say and no more.
fn alternatives_of_fields(parts: &[Schema]) -> Option<Vec<&str>> {
    parts
        .iter()
        .map(|part| match &part.required[..] {
            [one] if part.properties.is_empty() && part.limits.is_none() && part.logic.is_none() => Some(&**one),
            _ => None,
        })
        .collect()
}

/// The field that was meant by a name that the schema does not have.
pub(super) fn meant<'s>(name: &str, schema: &'s Schema) -> Option<&'s str> {
    similar(name, schema.names())
}

/// What an unknown field may have been meant to be. `root` is the schema of the object, `above` the names of the fields above it.
pub(super) fn unknown(key: Key<'_>, schema: Option<&Schema>, root: &Schema, above: &str) -> Told {
    let name = key.as_str();
    let fault = "is not a field of this kind".to_owned();
    let Some(schema) = schema else { return (fault, "delete it; the kind's schema ends above it".to_owned()) };
    if let Some(written) = key.misread().filter(|written| schema.property(written).is_some()) {
        return (fault, format!("put the key `{written}` in quotes: without them it is `{name}` to kubectl"));
    }
    if let Some(meant) = meant(name, schema) {
        return (fault, format!("did you mean {}?", quote(meant)));
    }
    let mut places = Vec::new();
    elsewhere(root, name, &mut String::new(), &mut places);
    places.retain(|place| place != above);
    let hint = match &places[..] {
        [] if schema.properties.is_empty() => "nothing is known to stand here: delete it".to_owned(),
        [] => {
            let names: Vec<&str> = schema.names().collect();
            format!("delete it; known here are {}", listed(&names))
        }
        [place] if place.is_empty() => format!("{} belongs to the outermost level, beside `spec`", quote(name)),
        [place, ..] => format!("{} belongs below `{place}`", quote(name)),
    };
    (fault, hint)
}

/// Where a field of this name is known, the nearest to the root first; at most three places.
fn elsewhere(schema: &Schema, name: &str, path: &mut String, places: &mut Vec<String>) {
    if places.len() >= 3 || path.len() > 200 {
        return;
    }
    if schema.property(name).is_some() {
        places.push(path.clone());
    }
    for (field, below) in &schema.properties {
        // What status holds is not for people to write.
        if path.is_empty() && &**field == "status" {
            continue;
        }
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(field);
        elsewhere(below, name, path, places);
        path.truncate(length);
    }
    if let Some(items) = &schema.items {
        let length = path.len();
        path.push_str("[]");
        elsewhere(items, name, path, places);
        path.truncate(length);
    }
    if let Additional::Like(like) = &schema.additional {
        let length = path.len();
        path.push_str("[…]");
        elsewhere(like, name, path, places);
        path.truncate(length);
    }
}
