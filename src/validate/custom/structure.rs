//! What the API server checks along the structure of a schema, beside its keywords: lists that are sets or maps, and objects inside objects.

use std::collections::HashMap;

use super::effective::{Is, Step, Value};
use super::problem::Problems;
use super::schema::{ListType, Schema};
use super::words;
use crate::validate::schema_rules as rules;
use crate::validate::subject::quote;

/// Looks at a value and all below it.
pub(super) fn walk<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>) {
    if !problems.step() {
        return;
    }
    match &value.is {
        Is::Map(fields) => {
            if schema.embedded {
                embedded(value, problems);
            }
            for field in fields {
                if let Some(below) = schema.field(field.name) {
                    problems
                        .below(Step::Field(field.name), &field.value, |problems| walk(&field.value, below, problems));
                }
            }
        }
        Is::List(items) => {
            match &schema.list {
                ListType::Atomic => {}
                ListType::Set => unique(items, problems),
                ListType::Map(keys) => unique_keys(items, keys, problems),
            }
            if let Some(below) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    problems.below(Step::Index(index), item, |problems| walk(item, below, problems));
                }
            }
        }
        _ => {}
    }
}

/// No two items may be the same.
pub(super) fn unique<'t>(items: &[Value<'t>], problems: &mut Problems<'t>) {
    let mut seen = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if let Some(first) = seen.get(&item.canonical()).copied() {
            problems.below(Step::Index(index), item, |problems| {
                problems.find(&rules::DUPLICATE_ITEM, || words::duplicate("value", &short(item), first));
            });
        } else {
            seen.insert(item.canonical(), index);
        }
    }
}

/// No two items may have the same values of `keys`.
fn unique_keys<'t>(items: &[Value<'t>], keys: &[Box<str>], problems: &mut Problems<'t>) {
    let mut seen = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if !matches!(item.is, Is::Map(_) | Is::Null) {
            // Its type is wrong, which is told elsewhere.
            return;
        }
        let values: Vec<Option<String>> = keys.iter().map(|key| item.get(key).map(Value::canonical)).collect();
        if let Some(first) = seen.get(&values).copied() {
            problems.below(Step::Index(index), item, |problems| {
                // The key says it better than the whole item.
                let at = keys.iter().find_map(|key| item.get(key)?.node).map(super::problem::At::Node);
                let shown: Vec<String> =
                    keys.iter().filter_map(|key| Some(format!("`{key}` {}", short(item.get(key)?)))).collect();
                let tell = || words::duplicate("key", &shown.join(", "), first);
                match at {
                    Some(at) => problems.find_at(&rules::DUPLICATE_ITEM, Some(at), tell),
                    None => problems.find(&rules::DUPLICATE_ITEM, tell),
                }
            });
        } else {
            seen.insert(values, index);
        }
    }
}

fn short(value: &Value<'_>) -> String {
    match &value.is {
        Is::String(text) => quote(text),
        Is::Integer(number) => format!("`{number}`"),
        _ => String::new(),
    }
}

/// An object inside an object needs what every object needs, but for a name.
pub(super) fn embedded<'t>(value: &Value<'t>, problems: &mut Problems<'t>) {
    for name in ["apiVersion", "kind"] {
        match value.get(name) {
            None => problems.find(&rules::REQUIRED, || {
                (format!("is an object of its own and has no `{name}`"), format!("add `{name}:`"))
            }),
            Some(found) => problems.below(Step::Field(name), found, |problems| type_meta(name, found, problems)),
        }
    }
    if let Some(metadata) = value.get("metadata") {
        problems.below(Step::Field("metadata"), metadata, |problems| match &metadata.is {
            Is::Null => {}
            // What it holds is Kubernetes' own matter.
            Is::Map(_) => problems.metadata.push(problems.path.clone()),
            _ => problems
                .find(&rules::TYPE, || ("is not a map".to_owned(), "write `name:` and the like below it".to_owned())),
        });
    }
}

/// `apiVersion` and `kind` are strings of their form.
fn type_meta<'t>(name: &str, value: &Value<'t>, problems: &mut Problems<'t>) {
    let Is::String(text) = &value.is else {
        return problems.find(&rules::TYPE, || ("is not a string".to_owned(), "put it in quotes".to_owned()));
    };
    if text.is_empty() {
        problems.find(&rules::REQUIRED, || ("is empty".to_owned(), "write a value".to_owned()));
    } else if name == "kind" && !super::is_word(&text.to_ascii_lowercase()) {
        let fault = || format!("is {}, which is not a kind", quote(text));
        problems.find(&rules::FORMAT, || (fault(), "write one word, such as `kind: ConfigMap`".to_owned()));
    } else if name == "apiVersion" && text.matches('/').count() > 1 {
        let fault = || format!("is {}, which is not a group and a version", quote(text));
        problems.find(&rules::FORMAT, || (fault(), "write it as in `apps/v1`".to_owned()));
    }
}
