//! A value against its schema, keyword by keyword, as the API server's OpenAPI library does it: its oddities included, for what it accepts
//! is what counts.

use super::effective::{Is, Step, Value};
use super::numbers::{above_maximum, below_minimum, is_multiple, is_whole};
use super::problem::Problems;
use super::schema::{Additional, Limits, Logic, Schema, Type};
use super::words;
use crate::validate::schema_rules as rules;

/// Looks at a value and all below it.
pub(super) fn walk<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>) {
    if !problems.step() {
        return;
    }
    if matches!(&value.is, Is::String(text) if problems.is_placeholder(text)) || !has_type(value, schema, problems) {
        return;
    }
    if let Some(limits) = &schema.limits {
        enumerated(value, limits, problems);
    }
    if matches!(value.is, Is::Null) {
        return;
    }
    if let Some(limits) = &schema.limits {
        match &value.is {
            Is::String(text) => string(text, limits, problems),
            Is::Integer(_) | Is::Float(_) => number(value, limits, problems),
            Is::List(items) => list(items, limits, problems),
            Is::Map(fields) => size_of_map(fields.len(), limits, problems),
            Is::Null | Is::Bool(_) => {}
        }
    }
    if let (Some(format), Is::String(text)) = (problems.format_of(schema), &value.is)
        && !format.accepts(text)
    {
        problems.find(&rules::FORMAT, || words::not_of_format(text, format));
    }
    match &value.is {
        Is::List(items) => {
            if let Some(below) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    problems.below(Step::Index(index), item, |problems| walk(item, below, problems));
                }
            }
        }
        Is::Map(_) => map(value, schema, problems),
        _ => {}
    }
    if let Some(logic) = &schema.logic {
        combined(value, logic, problems);
    }
}

/// Whether the type is right.
fn has_type<'t>(value: &Value<'t>, schema: &Schema, problems: &mut Problems<'t>) -> bool {
    let mut wanted = [schema.kind, None];
    if schema.int_or_string {
        wanted = [Some(Type::Integer), Some(Type::String)];
    }
    let takes = |kind: Type| wanted.contains(&Some(kind));
    let format = problems.format_of(schema);
    let untyped = wanted == [None, None];
    let fits = match &value.is {
        Is::Null => untyped || schema.nullable,
        _ if untyped && format.is_none() => true,
        // The server looks only at the format then.
        Is::String(_) | Is::List(_) if format.is_some() && !takes(Type::Number) && !takes(Type::Integer) => true,
        Is::Bool(_) => takes(Type::Boolean),
        Is::String(_) => takes(Type::String),
        Is::List(_) => takes(Type::Array),
        Is::Map(_) => takes(Type::Object),
        Is::Integer(_) => takes(Type::Integer) || takes(Type::Number),
        Is::Float(number) => takes(Type::Number) || (takes(Type::Integer) && is_whole(*number)),
    };
    if !fits {
        problems.find(&rules::TYPE, || words::wrong_type(value, schema));
    }
    fits
}

fn enumerated<'t>(value: &Value<'t>, limits: &'t Limits, problems: &mut Problems<'t>) {
    if limits.values.is_empty() || limits.values.iter().any(|allowed| super::numbers::equals(value, allowed)) {
        return;
    }
    problems.find(&rules::ENUM, || words::not_allowed(value, &limits.values));
}

/// The server stops at the first of these, too.
fn string<'t>(text: &str, limits: &'t Limits, problems: &mut Problems<'t>) {
    let too = |limit: Option<i64>, is: fn(i64, i64) -> bool| {
        // Counted only where it matters: a text has at most as many characters as bytes.
        limit.filter(|limit| is(i64::try_from(text.chars().count()).unwrap_or(i64::MAX), *limit))
    };
    if let Some(most) = too(limits.max_length, |is, most| is > most) {
        problems.find(&rules::LENGTH, || words::length("characters", text.chars().count(), "at most", most));
    } else if let Some(least) = too(limits.min_length, |is, least| is < least) {
        problems.find(&rules::LENGTH, || words::length("characters", text.chars().count(), "at least", least));
    } else if let Some(pattern) = &limits.pattern
        && pattern.matches(text) == Some(false)
    {
        problems.find(&rules::PATTERN, || words::no_match(text, pattern.as_str()));
    }
}

fn number<'t>(value: &Value<'t>, limits: &Limits, problems: &mut Problems<'t>) {
    if let Some(factor) = limits.multiple_of.filter(|factor| !is_multiple(value, *factor)) {
        problems.find(&rules::RANGE, || words::out_of_range(value, "not a multiple of", factor));
    }
    if let Some(most) = limits.maximum.filter(|most| above_maximum(value, *most, limits.exclusive_maximum)) {
        let how = if limits.exclusive_maximum { "not less than" } else { "more than" };
        problems.find(&rules::RANGE, || words::out_of_range(value, how, most));
    }
    if let Some(least) = limits.minimum.filter(|least| below_minimum(value, *least, limits.exclusive_minimum)) {
        let how = if limits.exclusive_minimum { "not more than" } else { "less than" };
        problems.find(&rules::RANGE, || words::out_of_range(value, how, least));
    }
}

fn list<'t>(items: &[Value<'t>], limits: &Limits, problems: &mut Problems<'t>) {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if let Some(least) = limits.min_items.filter(|least| count < *least) {
        problems.find(&rules::LENGTH, || words::length("items", items.len(), "at least", least));
    }
    if let Some(most) = limits.max_items.filter(|most| count > *most) {
        problems.find(&rules::LENGTH, || words::length("items", items.len(), "at most", most));
    }
    if limits.unique_items {
        super::structure::unique(items, problems);
    }
}

fn size_of_map(fields: usize, limits: &Limits, problems: &mut Problems<'_>) {
    let count = i64::try_from(fields).unwrap_or(i64::MAX);
    if let Some(least) = limits.min_properties.filter(|least| count < *least) {
        problems.find(&rules::LENGTH, || words::length("keys", fields, "at least", least));
    }
    if let Some(most) = limits.max_properties.filter(|most| count > *most) {
        problems.find(&rules::LENGTH, || words::length("keys", fields, "at most", most));
    }
}

fn map<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>) {
    let Is::Map(fields) = &value.is else { return };
    for field in fields {
        match (schema.field(field.name), &schema.additional) {
            (Some(below), _) => {
                problems.below(Step::Field(field.name), &field.value, |problems| walk(&field.value, below, problems));
            }
            (None, Additional::Never) => {
                problems.below(Step::Field(field.name), &field.value, |problems| {
                    problems.find(&rules::UNKNOWN_FIELD, || ("is not allowed here".to_owned(), "delete it".to_owned()));
                });
            }
            _ => {}
        }
    }
    for name in &schema.required {
        if value.get(name).is_none() {
            problems.find(&rules::REQUIRED, || words::missing(name, value, schema));
        }
    }
}

fn combined<'t>(value: &Value<'t>, logic: &'t Logic, problems: &mut Problems<'t>) {
    for part in &logic.all_of {
        walk(value, part, problems);
    }
    alternatives(value, &logic.any_of, false, problems);
    alternatives(value, &logic.one_of, true, problems);
    if let Some(not) = &logic.not
        && problems.attempt(|problems| walk(value, not, problems)) == 0
        && !problems.is_exhausted()
    {
        problems.find(&rules::ALTERNATIVES, || words::excluded(not));
    }
}

fn alternatives<'t>(value: &Value<'t>, parts: &'t [Schema], exactly_one: bool, problems: &mut Problems<'t>) {
    if parts.is_empty() {
        return;
    }
    let mut fitting = Vec::new();
    let mut nearest: Option<(usize, &'t Schema)> = None;
    for part in parts {
        let faults = problems.attempt(|problems| walk(value, part, problems));
        if problems.is_exhausted() {
            return;
        }
        if faults == 0 {
            fitting.push(part);
            if !exactly_one {
                return;
            }
        } else if nearest.is_none_or(|(least, _)| faults < least) {
            nearest = Some((faults, part));
        }
    }
    match (&fitting[..], nearest) {
        ([_], _) => {}
        ([], Some((_, nearest))) if !problems.only_counts() => {
            // What the nearest would want is the best hint there is.
            let wants = problems.apart(|problems| walk(value, nearest, problems));
            problems.find(&rules::ALTERNATIVES, || words::fits_none(parts, &wants));
        }
        ([], _) => problems.find(&rules::ALTERNATIVES, || words::fits_none(parts, &[])),
        (several, _) => problems.find(&rules::ALTERNATIVES, || words::fits_several(several, parts.len())),
    }
}
