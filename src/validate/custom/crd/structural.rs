//! Schemas: what makes them structural, and what the API server forbids beside that.

use super::super::effective::{META_FIELDS, Step, path_text};
use super::super::pattern;
use super::super::schema::Type;
use super::keywords::{Keywords, is_int_or_string};
use super::nested::{self, Whole};
use super::{lists, rules};
use crate::finding::Rule;
use crate::object::{Key, Node, Value};
use crate::validate::subject::{Subject, quote};

/// Where in a schema something stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Why there may be no default.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defaults {
    Allowed,
    /// In the object's own metadata, apiVersion or kind.
    NotInMetadata,
    /// In maps of an embedded object's metadata.
    NotInMaps,
}

/// What holds for a schema because of where it stands.
#[derive(Clone, Copy)]
struct Standing {
    level: Level,
    defaults: Defaults,
    in_metadata: bool,
}

/// Goes through a schema.
pub(super) struct Checker<'c, 'a> {
    pub(super) subject: &'c mut Subject<'a>,
    pub(super) path: Vec<Step<'a>>,
}

/// Checks an outermost schema; `has_status`: the status has an endpoint of its own.
pub(super) fn check<'a>(subject: &mut Subject<'a>, schema: Node<'a>, has_status: bool) {
    let mut checker = Checker { subject, path: Vec::new() };
    let keywords = Keywords::of(schema);
    if let Some(at) = keywords.nullable {
        checker.find(&rules::SCHEMA, at, "must not be nullable", "delete `nullable:`");
    }
    if has_status && let Some(key) = keywords.not_with_status {
        let fault = format!("must not have {} where the status is a subresource", quote(key.as_str()));
        checker.find_key(&rules::SCHEMA, key, &fault, "move it to a field such as `spec`");
    }
    let standing = Standing { level: Level::Root, defaults: Defaults::Allowed, in_metadata: false };
    checker.schema(schema, standing);
}

impl<'a> Checker<'_, 'a> {
    /// What messages call the schema at the current path.
    fn name(&self) -> String {
        match &*path_text(&self.path) {
            "" => "the outermost schema".to_owned(),
            path => format!("the schema of `{path}`"),
        }
    }

    pub(super) fn find(&mut self, rule: &'static Rule, at: Node<'_>, fault: &str, hint: impl Into<String>) {
        let message = format!("{} in {} {fault}", self.name(), self.subject.label);
        self.subject.find(rule, at, message, hint);
    }

    pub(super) fn find_key(&mut self, rule: &'static Rule, at: Key<'_>, fault: &str, hint: impl Into<String>) {
        let message = format!("{} in {} {fault}", self.name(), self.subject.label);
        self.subject.find_key(rule, at, message, hint);
    }

    /// Does something one step below.
    pub(super) fn below(&mut self, step: Step<'a>, act: impl FnOnce(&mut Self)) {
        self.path.push(step);
        act(self);
        self.path.pop();
    }

    fn schema(&mut self, node: Node<'a>, standing: Standing) {
        // Null is a schema without keywords.
        if !node.is_mapping() && !node.is_null() {
            return;
        }
        let keywords = Keywords::of(node);
        self.kind(node, &keywords, standing);
        self.extensions(&keywords);
        self.common(&keywords);
        self.defaults(&keywords, standing);
        self.metadata(&keywords, standing);
        lists::check(self, &keywords);
        lists::validations(self, &keywords);
        self.values(node, &keywords, standing.level);
        if let Some(items) = keywords.items {
            if items.is_sequence() {
                self.find(&rules::SCHEMA, items, "has a list of `items`", "write one schema that holds for all items");
            }
            self.below(Step::Field("[]"), |checker| checker.schema(items, Standing { level: Level::Item, ..standing }));
        }
        self.fields(&keywords, standing);
    }

    /// Properties and further keys.
    fn fields(&mut self, keywords: &Keywords<'a>, standing: Standing) {
        let is_root = standing.level == Level::Root;
        let inside = Standing { level: Level::Field, ..standing };
        for (key, property) in keywords.properties.into_iter().flat_map(Node::entries) {
            let name = key.as_str();
            let own = (is_root || keywords.embedded.is_some()) && META_FIELDS.contains(&name);
            let standing = match (own, is_root) {
                (true, true) => Standing { in_metadata: true, defaults: Defaults::NotInMetadata, ..inside },
                (true, false) => Standing { in_metadata: true, ..inside },
                _ => inside,
            };
            self.below(Step::Field(name), |checker| checker.schema(property, standing));
        }
        let Some(additional) = keywords.additional else { return };
        if is_root {
            self.find(&rules::SCHEMA, additional, "must not have `additionalProperties`", "list its `properties`");
        }
        if keywords.embedded.is_some() {
            let fault = "must not have `additionalProperties` beside `x-kubernetes-embedded-resource`";
            self.find(&rules::SCHEMA, additional, fault, "delete it");
        }
        if keywords.properties.is_some() && additional.value() != Value::Bool(true) {
            let fault = "has both `properties` and `additionalProperties`";
            self.find(&rules::SCHEMA, additional, fault, "keep `properties` for known fields, or the other for a map");
        }
        let defaults = if standing.in_metadata { Defaults::NotInMaps } else { inside.defaults };
        self.below(Step::Field("*"), |checker| checker.schema(additional, Standing { defaults, ..inside }));
    }

    fn kind(&mut self, node: Node<'a>, keywords: &Keywords<'a>, standing: Standing) {
        let embedded = keywords.embedded.is_some();
        match keywords.kind {
            Some((at, "null")) => {
                self.find(&rules::SCHEMA, at, "has the type `null`", "write `nullable: true` instead");
            }
            Some((at, name)) if Type::read(name).is_none() => {
                let hint = "write `array`, `boolean`, `integer`, `number`, `object` or `string`";
                self.find(&rules::SCHEMA, at, &format!("has the type {}, which does not exist", quote(name)), hint);
            }
            Some((at, name)) if (embedded || standing.level == Level::Root) && name != "object" => {
                self.find(&rules::SCHEMA, at, &format!("has the type {}", quote(name)), "write `type: object`");
            }
            None if embedded || (keywords.int_or_string.is_none() && !keywords.preserves()) => {
                let fault = "has no type";
                self.find(
                    &rules::SCHEMA,
                    node,
                    fault,
                    "add `type:`, or `x-kubernetes-preserve-unknown-fields: true` where anything goes",
                );
            }
            _ => {}
        }
        if keywords.type_name() == "array" && keywords.items.is_none() {
            self.find(&rules::SCHEMA, node, "is of a list, and does not say of what", "add `items:` with their schema");
        }
        if embedded && !keywords.preserves() && keywords.properties.is_none() {
            let fault = "is of an object inside, and has no `properties`";
            self.find(&rules::SCHEMA, node, fault, "add `x-kubernetes-preserve-unknown-fields: true`");
        }
    }

    fn extensions(&mut self, keywords: &Keywords<'a>) {
        if let Some((at, false)) = keywords.preserve {
            let fault = "has `x-kubernetes-preserve-unknown-fields: false`";
            self.find(&rules::SCHEMA, at, fault, "delete it: it may only be true");
        }
        if keywords.int_or_string.is_some() {
            let preserve = keywords.preserve.filter(|(_, flag)| *flag).map(|(at, _)| at);
            if let Some(at) = preserve.or(keywords.embedded) {
                let fault = "is of a number or a string, and has something that is only for objects";
                self.find(&rules::SCHEMA, at, fault, "delete it, or `x-kubernetes-int-or-string`");
            }
        }
    }

    /// What is forbidden in every schema, also below `allOf` and the like.
    pub(super) fn common(&mut self, keywords: &Keywords<'a>) {
        if let Some(key) = keywords.forbidden {
            let fault = format!("has {}, which is not supported", quote(key.as_str()));
            self.find_key(&rules::SCHEMA, key, &fault, "write the schema out without it");
        }
        if let Some(at) = keywords.unique_items {
            self.find(&rules::SCHEMA, at, "has `uniqueItems: true`", "write `x-kubernetes-list-type: set` instead");
        }
        if let Some((at, text)) = keywords.pattern
            && let Some(fault) = pattern::fault(text)
        {
            let fault = format!("has the pattern {}, which is not a regular expression: {fault}", quote(text));
            self.find(&rules::PATTERN, at, &fault, "write it in Go's syntax: <https://pkg.go.dev/regexp/syntax>");
        }
    }

    fn defaults(&mut self, keywords: &Keywords<'a>, standing: Standing) {
        let Some(at) = keywords.default else { return };
        let fault = match standing.defaults {
            Defaults::Allowed => return,
            Defaults::NotInMetadata => "must not have a default: it is part of what every object has",
            Defaults::NotInMaps => "must not have a default inside a map of metadata",
        };
        self.find(&rules::DEFAULT, at, fault, "delete `default:`");
    }

    /// What is said of apiVersion, kind and metadata, which the API server knows itself.
    fn metadata(&mut self, keywords: &Keywords<'a>, standing: Standing) {
        let is_root = standing.level == Level::Root;
        if standing.in_metadata
            && let Some(at) = keywords.embedded
        {
            self.find(&rules::SCHEMA, at, "must not be of an object inside metadata", "delete it");
        }
        if !is_root && keywords.embedded.is_none() {
            return;
        }
        for name in ["apiVersion", "kind", "metadata"] {
            let Some(field) = keywords.property(name) else { continue };
            let wanted = if name == "metadata" { "object" } else { "string" };
            let below = Keywords::of(field);
            self.below(Step::Field(name), |checker| {
                if below.type_name() != wanted {
                    let at = below.kind.map_or(field, |(at, _)| at);
                    checker.find(
                        &rules::SCHEMA,
                        at,
                        &format!("is not of the type `{wanted}`"),
                        format!("write `type: {wanted}`"),
                    );
                }
            });
        }
        if is_root && let Some(metadata) = keywords.property("metadata") {
            self.own_metadata(metadata);
        }
    }

    /// The metadata of the object itself: only its name can be restricted.
    fn own_metadata(&mut self, metadata: Node<'a>) {
        let excess = metadata.entries().find(|(key, value)| match key.as_str() {
            "type" | "default" => false,
            "properties" => value.entries().any(|(name, _)| !matches!(name.as_str(), "name" | "generateName")),
            _ => {
                !matches!(value.value(), Value::Null | Value::Bool(false) | Value::String(""))
                    && !is_empty_collection(*value)
            }
        });
        if let Some((key, _)) = excess {
            self.below(Step::Field("metadata"), |checker| {
                let fault = "restricts more than name and generateName";
                checker.find_key(
                    &rules::SCHEMA,
                    key,
                    fault,
                    "write only `type: object`: the API server knows metadata itself",
                );
            });
        }
    }

    /// What stands below `allOf` and the like.
    fn values(&mut self, node: Node<'a>, keywords: &Keywords<'a>, level: Level) {
        let first = keywords.all_of.and_then(|parts| parts.items().next());
        let first_is_type = first.is_some_and(|part| is_int_or_string(Keywords::of(part).any_of));
        let whole = if level == Level::Root { Whole::Is(node) } else { Whole::Any };
        if !is_int_or_string(keywords.any_of) {
            self.parts(keywords.any_of, whole, false);
        }
        self.parts(keywords.all_of, whole, first_is_type);
        self.parts(keywords.one_of, whole, false);
        if let Some(not) = keywords.not {
            nested::check(self, not, whole, false);
        }
    }

    /// `first_is_type`: the first part may have the types of a number or a string in its `anyOf`.
    pub(super) fn parts(&mut self, parts: Option<Node<'a>>, whole: Whole<'a>, first_is_type: bool) {
        for (index, part) in parts.into_iter().flat_map(Node::items).enumerate() {
            nested::check(self, part, whole, first_is_type && index == 0);
        }
    }
}

fn is_empty_collection(node: Node<'_>) -> bool {
    (node.is_mapping() || node.is_sequence()) && node.is_empty()
}
