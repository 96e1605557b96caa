//! Schemas below `allOf`, `anyOf`, `oneOf` and `not`: they may only limit what is defined outside of them.
//!
//! Whether it is defined the API server asks only of what stands outermost in the schema.

use super::super::effective::Step;
use super::keywords::{Keywords, is_int_or_string};
use super::rules;
use super::structural::Checker;
use crate::object::{Node, Value};
use crate::validate::subject::quote;

/// The structural schema of the value that a part limits.
#[derive(Clone, Copy)]
pub(super) enum Whole<'a> {
    /// Not asked for.
    Any,
    Is(Node<'a>),
    Missing,
}

impl<'a> Whole<'a> {
    fn below(self, find: impl FnOnce(Keywords<'a>) -> Option<Node<'a>>) -> Self {
        match self {
            Self::Any => Self::Any,
            Self::Is(node) => find(Keywords::of(node)).map_or(Self::Missing, Self::Is),
            Self::Missing => Self::Missing,
        }
    }
}

/// Checks one part.
pub(super) fn check<'a>(checker: &mut Checker<'_, 'a>, part: Node<'a>, whole: Whole<'a>, may_have_types: bool) {
    if !part.is_mapping() {
        return;
    }
    let keywords = Keywords::of(part);
    forbidden(checker, part, &keywords);
    checker.common(&keywords);
    if !(may_have_types && is_int_or_string(keywords.any_of)) {
        checker.parts(keywords.any_of, whole, false);
    }
    checker.parts(keywords.all_of, whole, false);
    checker.parts(keywords.one_of, whole, false);
    if let Some(not) = keywords.not {
        check(checker, not, whole, false);
    }
    if let Some(items) = keywords.item_schema() {
        let whole = whole.below(|keywords| keywords.item_schema());
        checker.below(Step::Field("[]"), |checker| {
            if matches!(whole, Whole::Missing) {
                undefined(checker, items, "items");
            }
            check(checker, items, whole, false);
        });
    }
    for (key, field) in keywords.properties.into_iter().flat_map(Node::entries) {
        let name = key.as_str();
        let whole = whole.below(|keywords| keywords.property(name));
        checker.below(Step::Field(name), |checker| {
            if name == "metadata" {
                let hint = "delete it: rules about metadata are not possible here";
                checker.find_key(&rules::SCHEMA, key, "stands in `allOf`, `anyOf`, `oneOf` or `not`", hint);
            } else if matches!(whole, Whole::Missing) {
                undefined(checker, field, name);
            }
            check(checker, field, whole, false);
        });
    }
}

fn undefined(checker: &mut Checker<'_, '_>, at: Node<'_>, name: &str) {
    let fault = "is only in `allOf`, `anyOf`, `oneOf` or `not`";
    checker.find(&rules::SCHEMA, at, fault, format!("define {} with its type outside of them, too", quote(name)));
}

/// What defines a value rather than limits it.
fn forbidden<'a>(checker: &mut Checker<'_, 'a>, part: Node<'a>, keywords: &Keywords<'a>) {
    let defines = [
        ("type", keywords.kind.map(|(at, _)| at)),
        ("additionalProperties", keywords.additional.filter(|node| node.value() != Value::Bool(false))),
        ("default", keywords.default),
        ("title", keywords.title),
        ("description", keywords.description),
        ("nullable", keywords.nullable),
        ("x-kubernetes-preserve-unknown-fields", keywords.preserve.map(|(at, _)| at)),
        ("x-kubernetes-embedded-resource", keywords.embedded),
        ("x-kubernetes-int-or-string", keywords.int_or_string),
        ("x-kubernetes-list-map-keys", keywords.list_keys),
        ("x-kubernetes-list-type", keywords.list_type.map(|(at, _)| at)),
        ("x-kubernetes-map-type", keywords.map_type.map(|(at, _)| at)),
        ("x-kubernetes-validations", keywords.validations),
    ];
    for (name, at) in defines {
        if at.is_some() {
            let fault = format!("has {} inside `allOf`, `anyOf`, `oneOf` or `not`", quote(name));
            let hint = "say it outside of them: inside, only limits are allowed";
            match part.entry(name) {
                Some((key, _)) => checker.find_key(&rules::SCHEMA, key, &fault, hint),
                None => checker.find(&rules::SCHEMA, part, &fault, hint),
            }
        }
    }
}
