//! Lists that are sets or maps, types of maps, and the texts of `x-kubernetes-validations`.

use std::collections::HashSet;

use super::super::schema::Schema;
use super::columns::field_at;
use super::keywords::Keywords;
use super::structural::Checker;
use super::{present, rules, text};
use crate::object::Node;
use crate::validate::subject::quote;

pub(super) fn check<'a>(checker: &mut Checker<'_, 'a>, keywords: &Keywords<'a>) {
    if let Some((at, name)) = keywords.map_type {
        if keywords.type_name() != "object" {
            checker.find(
                &rules::SCHEMA,
                at,
                "has `x-kubernetes-map-type`, and is not of a map",
                "write `type: object`",
            );
        }
        if !matches!(name, "atomic" | "granular") {
            let fault = format!("has the map type {}", quote(name));
            checker.find(&rules::SCHEMA, at, &fault, "write `atomic` or `granular`");
        }
    }
    if let Some((at, name)) = keywords.list_type {
        if keywords.type_name() != "array" {
            checker.find(
                &rules::SCHEMA,
                at,
                "has `x-kubernetes-list-type`, and is not of a list",
                "write `type: array`",
            );
        }
        if !matches!(name, "atomic" | "set" | "map") {
            let fault = format!("has the list type {}", quote(name));
            checker.find(&rules::SCHEMA, at, &fault, "write `atomic`, `set` or `map`");
        }
        if let Some(at) = keywords.item_schema().and_then(|items| Keywords::of(items).nullable)
            && matches!(name, "set" | "map")
        {
            checker.find(&rules::SCHEMA, at, "is of a set or a map, and its items may be null", "delete `nullable:`");
        }
        if name == "set" {
            set(checker, keywords);
        }
    }
    match (keywords.list_type_name(), keywords.list_keys) {
        ("map", keys) => map(checker, keywords, keys),
        (_, Some(keys)) => {
            let fault = "has `x-kubernetes-list-map-keys`, and is not of a map";
            checker.find(&rules::SCHEMA, keys, fault, "write `x-kubernetes-list-type: map`");
        }
        _ => {}
    }
}

/// The items of a set are each one whole.
fn set<'a>(checker: &mut Checker<'_, 'a>, keywords: &Keywords<'a>) {
    let Some(node) = keywords.item_schema() else { return };
    let items = Keywords::of(node);
    let atomic = match items.type_name() {
        "array" => items.list_type.is_none_or(|(_, name)| name == "atomic"),
        "object" => items.map_type.is_some_and(|(_, name)| name == "atomic"),
        _ => true,
    };
    if !atomic {
        let hint = "write `x-kubernetes-map-type: atomic` into the items, or `x-kubernetes-list-type: atomic` if they are lists";
        checker.find(&rules::SCHEMA, node, "is of a set whose items are not atomic", hint);
    }
}

/// The items of a map are objects that their keys tell apart.
fn map<'a>(checker: &mut Checker<'_, 'a>, keywords: &Keywords<'a>, keys: Option<Node<'a>>) {
    let at = keywords.list_type.map(|(at, _)| at);
    let (Some(keys), Some(_)) = (keys, at) else {
        if let Some(at) = at {
            let hint = "add `x-kubernetes-list-map-keys:` with the fields that tell the items apart";
            checker.find(&rules::SCHEMA, at, "is of a map, and has no keys", hint);
        }
        return;
    };
    let Some(node) = keywords.item_schema() else { return };
    let items = Keywords::of(node);
    if items.type_name() != "object" {
        return checker.find(&rules::SCHEMA, node, "is of a map whose items are not objects", "write `type: object`");
    }
    let required: HashSet<&str> = items.required.into_iter().flat_map(Node::items).filter_map(Node::as_str).collect();
    let mut seen = HashSet::new();
    for key in keys.items() {
        let name = key.as_str().unwrap_or_default();
        if !seen.insert(name) {
            checker.find(&rules::SCHEMA, key, &format!("has the key {} twice", quote(name)), "delete one of the two");
        }
        let Some(property) = items.property(name) else {
            let fault = format!("has the key {}, which its items do not have", quote(name));
            checker.find(&rules::SCHEMA, key, &fault, "write the name of one of their properties");
            continue;
        };
        let field = Keywords::of(property);
        let fault = if matches!(field.type_name(), "array" | "object") {
            Some(("which is a list or a map", "take a field with one value"))
        } else if field.nullable.is_some() {
            Some(("which may be null", "delete `nullable:` there"))
        } else if !required.contains(name) && field.default.is_none() {
            Some(("which may be missing", "make it `required`, or give it a default"))
        } else {
            None
        };
        if let Some((fault, hint)) = fault {
            checker.find(&rules::SCHEMA, key, &format!("has the key {}, {fault}", quote(name)), hint);
        }
    }
}

/// The texts around the rules; whether the rules themselves are sound is not looked at here.
pub(super) fn validations<'a>(checker: &mut Checker<'_, 'a>, keywords: &Keywords<'a>) {
    for rule in keywords.validations.into_iter().flat_map(Node::items) {
        let expression = text(rule, "rule").trim();
        let message = text(rule, "message");
        let has_lines = |text: &str| text.contains(['\n', '\r']);
        let blank = |name: &str| !text(rule, name).is_empty() && text(rule, name).trim().is_empty();
        let fault = if expression.is_empty() {
            Some(("rule", "has a rule without an expression", "write it behind `rule:`"))
        } else if blank("message") {
            Some(("message", "has a rule with a blank message", "write a message, or delete the line"))
        } else if has_lines(message.trim()) {
            Some(("message", "has a rule whose message has several lines", "write one line"))
        } else if has_lines(expression) && message.is_empty() {
            Some(("rule", "has a rule of several lines without a message", "add `message:` with one line"))
        } else if blank("messageExpression") {
            Some(("messageExpression", "has a rule with a blank message expression", "delete the line"))
        } else if blank("fieldPath") || has_lines(text(rule, "fieldPath")) {
            Some(("fieldPath", "has a rule whose field path is no path", "write a path such as `.spec.size`"))
        } else {
            None
        };
        if let Some((field, fault, hint)) = fault {
            checker.find(&rules::VALIDATIONS, rule.get(field).unwrap_or(rule), fault, hint);
        }
        reason_and_path(checker, keywords, rule);
    }
}

fn reason_and_path<'a>(checker: &mut Checker<'_, 'a>, keywords: &Keywords<'a>, rule: Node<'a>) {
    const REASONS: [&str; 4] =
        ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
    if let Some(reason) =
        present(rule, "reason").filter(|node| node.as_str().is_none_or(|text| !REASONS.contains(&text)))
    {
        let hint = format!("allowed are {}", REASONS.map(quote).join(", "));
        checker.find(&rules::VALIDATIONS, reason, "has a rule with a reason that does not exist", hint);
    }
    let path = text(rule, "fieldPath");
    if path.trim().is_empty() {
        return;
    }
    let schema = Schema { properties: Schema::read_properties(keywords.properties), ..Schema::default() };
    let schema = Schema { additional: Schema::read_additional(keywords.additional), ..schema };
    if field_at(&schema, path).is_none() {
        let fault = format!("has a rule whose field path {} leads to no field", quote(path));
        let at = rule.get("fieldPath").unwrap_or(rule);
        checker.find(&rules::VALIDATIONS, at, &fault, "write the path of a field below, such as `.size`");
    }
}
