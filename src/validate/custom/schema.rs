//! The structural schema of a custom resource, read from the `openAPIV3Schema` of its definition and kept after the text is gone.
//!
//! Reading is lenient: what is not as it should be is left out, for whether a definition is sound is the matter of `definition`. The same
//! type serves for the parts below `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value as Json;

use super::format::Format;
use super::pattern::Pattern;
use crate::object::{Node, Value};

/// What `type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

impl Type {
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "array" => Self::Array,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "object" => Self::Object,
            "string" => Self::String,
            _ => return None,
        })
    }

    /// As a message says it.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Array => "a list",
            Self::Boolean => "a boolean",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Object => "a map",
            Self::String => "a string",
        }
    }
}

/// What `additionalProperties` says of keys that are not among the properties.
#[derive(Debug, Default)]
pub(super) enum Additional {
    /// Nothing: they are unknown.
    #[default]
    Absent,
    /// `true`: they may be any scalar; the API server knows nothing below them.
    Any,
    /// `false`.
    Never,
    /// They are like this.
    Like(Box<Schema>),
}

/// What `x-kubernetes-list-type` says.
#[derive(Debug, Default)]
pub(super) enum ListType {
    #[default]
    Atomic,
    Set,
    /// Items are told apart by these fields.
    Map(Box<[Box<str>]>),
}

/// One node of a schema.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a keyword of its own")]
pub(super) struct Schema {
    pub(super) kind: Option<Type>,
    pub(super) nullable: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(super) preserve: bool,
    /// `x-kubernetes-int-or-string`.
    pub(super) int_or_string: bool,
    /// `x-kubernetes-embedded-resource`.
    pub(super) embedded: bool,
    /// Whether there is a format, known or not, that counts for the type; the API server leaves out those it does not know.
    pub(super) format: Option<Format>,
    pub(super) list: ListType,
    /// Sorted by name.
    pub(super) properties: Box<[(Box<str>, Schema)]>,
    pub(super) additional: Additional,
    pub(super) items: Option<Box<Schema>>,
    pub(super) required: Box<[Box<str>]>,
    pub(super) default: Option<Box<Json>>,
    pub(super) limits: Option<Box<Limits>>,
    pub(super) logic: Option<Box<Logic>>,
    /// `x-kubernetes-validations`.
    pub(super) rules: Box<[Rule]>,
    /// Whether there are such rules here or anywhere below.
    pub(super) has_rules: bool,
}

/// Limits of a value by itself.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) values: Box<[Json]>,
    pub(super) pattern: Option<Pattern>,
    pub(super) minimum: Option<f64>,
    pub(super) exclusive_minimum: bool,
    pub(super) maximum: Option<f64>,
    pub(super) exclusive_maximum: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pub(super) min_items: Option<i64>,
    pub(super) max_items: Option<i64>,
    pub(super) min_properties: Option<i64>,
    pub(super) max_properties: Option<i64>,
    pub(super) unique_items: bool,
}

/// Schemas that are combined.
#[derive(Debug, Default)]
pub(super) struct Logic {
    pub(super) all_of: Box<[Schema]>,
    pub(super) any_of: Box<[Schema]>,
    pub(super) one_of: Box<[Schema]>,
    pub(super) not: Option<Schema>,
}

/// One of `x-kubernetes-validations`.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "cel"), allow(dead_code, reason = "nobody evaluates rules"))]
pub(super) struct Rule {
    pub(super) expression: Box<str>,
    pub(super) message: Option<Box<str>>,
    pub(super) message_expression: Option<Box<str>>,
    pub(super) field_path: Option<Box<str>>,
    pub(super) optional_old_self: bool,
    #[cfg(feature = "cel")]
    pub(super) program: super::cel::Program,
    #[cfg(feature = "cel")]
    pub(super) message_program: super::cel::Program,
    /// Whether it may be that the evaluator's result is not the API server's; known when it is first needed.
    #[cfg(feature = "cel")]
    pub(super) is_unsure: std::sync::OnceLock<bool>,
}

impl Schema {
    /// Reads a schema.
    pub(super) fn read(node: Node<'_>) -> Self {
        let mut schema = Self::default();
        let mut limits = Limits::default();
        let mut logic = Logic::default();
        let (mut format, mut list_type, mut list_keys) = (None, None, None);
        let (mut limited, mut combined) = (false, false);
        for (key, value) in node.entries() {
            match key.as_str() {
                "type" => schema.kind = value.as_str().and_then(Type::read),
                "nullable" => schema.nullable = is_true(value),
                "x-kubernetes-preserve-unknown-fields" => schema.preserve = is_true(value),
                "x-kubernetes-int-or-string" => schema.int_or_string = is_true(value),
                "x-kubernetes-embedded-resource" => schema.embedded = is_true(value),
                "x-kubernetes-list-type" => list_type = value.as_str(),
                "x-kubernetes-list-map-keys" => list_keys = Some(strings(value)),
                "format" => format = value.as_str(),
                "properties" => schema.properties = properties(value),
                "additionalProperties" => schema.additional = additional(value),
                "items" => schema.items = value.is_mapping().then(|| Box::new(Self::read(value))),
                "required" => schema.required = strings(value),
                "default" => schema.default = (!value.is_null()).then(|| Box::new(value.to_json())),
                "x-kubernetes-validations" => schema.rules = value.items().map(Rule::read).collect(),
                other => {
                    limited |= limits.read(other, value);
                    combined |= logic.read(other, value);
                }
            }
        }
        schema.format = format.and_then(Format::read);
        schema.list = match list_type {
            Some("set") => ListType::Set,
            Some("map") => ListType::Map(list_keys.unwrap_or_default()),
            _ => ListType::Atomic,
        };
        schema.limits = limited.then(|| Box::new(limits));
        schema.logic = combined.then(|| Box::new(logic));
        schema.has_rules = !schema.rules.is_empty() || schema.children().any(|child| child.has_rules);
        schema
    }

    /// The schemas of `properties`.
    pub(super) fn read_properties(node: Option<Node<'_>>) -> Box<[(Box<str>, Self)]> {
        node.map(properties).unwrap_or_default()
    }

    /// What `additionalProperties` says.
    pub(super) fn read_additional(node: Option<Node<'_>>) -> Additional {
        node.map(additional).unwrap_or_default()
    }

    /// The schemas right below, those of `allOf` included: where the API server looks for rules.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        let additional = match &self.additional {
            Additional::Like(schema) => Some(&**schema),
            _ => None,
        };
        let all_of = self.logic.iter().flat_map(|logic| logic.all_of.iter());
        self.properties.iter().map(|(_, schema)| schema).chain(additional).chain(self.items.as_deref()).chain(all_of)
    }

    /// The schema of a property.
    pub(super) fn property(&self, name: &str) -> Option<&Self> {
        let at = self.properties.binary_search_by(|(candidate, _)| (**candidate).cmp(name)).ok()?;
        self.properties.get(at).map(|(_, schema)| schema)
    }

    /// The schema of a key: a property's, or that of further keys.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        self.property(name).or(match &self.additional {
            Additional::Like(schema) => Some(schema),
            _ => None,
        })
    }

    /// The names of the properties.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().map(|(name, _)| &**name)
    }
}

impl Limits {
    /// Takes a keyword, if it is one of these.
    fn read(&mut self, key: &str, value: Node<'_>) -> bool {
        match key {
            "enum" => self.values = value.items().map(Node::to_json).collect(),
            "pattern" => self.pattern = value.as_str().filter(|text| !text.is_empty()).map(Pattern::new),
            "minimum" => self.minimum = number(value),
            "exclusiveMinimum" => self.exclusive_minimum = is_true(value),
            "maximum" => self.maximum = number(value),
            "exclusiveMaximum" => self.exclusive_maximum = is_true(value),
            "multipleOf" => self.multiple_of = number(value),
            "minLength" => self.min_length = whole(value),
            "maxLength" => self.max_length = whole(value),
            "minItems" => self.min_items = whole(value),
            "maxItems" => self.max_items = whole(value),
            "minProperties" => self.min_properties = whole(value),
            "maxProperties" => self.max_properties = whole(value),
            "uniqueItems" => self.unique_items = is_true(value),
            _ => return false,
        }
        true
    }
}

impl Logic {
    /// Takes a keyword, if it is one of these.
    fn read(&mut self, key: &str, value: Node<'_>) -> bool {
        let schemas = || value.items().map(Schema::read).collect();
        match key {
            "allOf" => self.all_of = schemas(),
            "anyOf" => self.any_of = schemas(),
            "oneOf" => self.one_of = schemas(),
            "not" => self.not = value.is_mapping().then(|| Schema::read(value)),
            _ => return false,
        }
        true
    }
}

impl Rule {
    fn read(node: Node<'_>) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.trim().is_empty());
        Self {
            expression: text("rule").unwrap_or_default().into(),
            message: text("message").map(Into::into),
            message_expression: text("messageExpression").map(Into::into),
            field_path: text("fieldPath").map(Into::into),
            optional_old_self: node.get("optionalOldSelf").is_some_and(is_true),
            #[cfg(feature = "cel")]
            program: super::cel::Program::default(),
            #[cfg(feature = "cel")]
            message_program: super::cel::Program::default(),
            #[cfg(feature = "cel")]
            is_unsure: std::sync::OnceLock::new(),
        }
    }
}

fn properties(node: Node<'_>) -> Box<[(Box<str>, Schema)]> {
    let mut all: Vec<_> = node.entries().map(|(key, value)| (Box::from(key.as_str()), Schema::read(value))).collect();
    all.sort_unstable_by(|(one, _): &(Box<str>, Schema), (other, _)| one.cmp(other));
    all.into()
}

fn additional(node: Node<'_>) -> Additional {
    match node.value() {
        Value::Mapping => Additional::Like(Box::new(Schema::read(node))),
        Value::Bool(true) => Additional::Any,
        Value::Bool(false) => Additional::Never,
        _ => Additional::Absent,
    }
}

fn strings(node: Node<'_>) -> Box<[Box<str>]> {
    node.items().filter_map(Node::as_str).map(Box::from).collect()
}

fn is_true(node: Node<'_>) -> bool {
    node.value() == Value::Bool(true)
}

#[allow(clippy::cast_precision_loss, reason = "the API server keeps these limits as floating-point numbers, too")]
fn number(node: Node<'_>) -> Option<f64> {
    match node.value() {
        Value::Integer(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

fn whole(node: Node<'_>) -> Option<i64> {
    match node.value() {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}
