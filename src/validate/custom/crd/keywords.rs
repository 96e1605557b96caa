//! The keywords of one schema, picked out in one go.

use super::is_true;
use crate::object::{Key, Node, Value};

/// What a schema says, as it stands in the text. Nulls and empty texts are as if they were not there.
#[derive(Clone, Copy, Default)]
pub(super) struct Keywords<'t> {
    pub(super) kind: Option<(Node<'t>, &'t str)>,
    pub(super) nullable: Option<Node<'t>>,
    pub(super) preserve: Option<(Node<'t>, bool)>,
    pub(super) int_or_string: Option<Node<'t>>,
    pub(super) embedded: Option<Node<'t>>,
    pub(super) list_type: Option<(Node<'t>, &'t str)>,
    pub(super) map_type: Option<(Node<'t>, &'t str)>,
    pub(super) list_keys: Option<Node<'t>>,
    pub(super) properties: Option<Node<'t>>,
    pub(super) additional: Option<Node<'t>>,
    pub(super) items: Option<Node<'t>>,
    pub(super) required: Option<Node<'t>>,
    pub(super) default: Option<Node<'t>>,
    pub(super) pattern: Option<(Node<'t>, &'t str)>,
    pub(super) unique_items: Option<Node<'t>>,
    pub(super) title: Option<Node<'t>>,
    pub(super) description: Option<Node<'t>>,
    pub(super) all_of: Option<Node<'t>>,
    pub(super) any_of: Option<Node<'t>>,
    pub(super) one_of: Option<Node<'t>>,
    pub(super) not: Option<Node<'t>>,
    pub(super) validations: Option<Node<'t>>,
    /// A keyword that is never allowed.
    pub(super) forbidden: Option<Key<'t>>,
    /// A keyword that is not allowed outermost where the status has an endpoint of its own.
    pub(super) not_with_status: Option<Key<'t>>,
}

/// Those that are allowed outermost beside a status with an endpoint of its own.
const WITH_STATUS: [&str; 22] = [
    "description",
    "type",
    "format",
    "title",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "required",
    "items",
    "properties",
    "externalDocs",
    "example",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

impl<'t> Keywords<'t> {
    pub(super) fn of(node: Node<'t>) -> Self {
        let mut all = Self::default();
        for (key, value) in node.entries() {
            let set = match value.value() {
                Value::Null | Value::String("") | Value::Bool(false) => false,
                Value::Sequence | Value::Mapping => !value.is_empty(),
                _ => true,
            };
            let text = value.as_str().filter(|_| set).map(|text| (value, text));
            let flag = is_true(value).then_some(value);
            let filled = set.then_some(value);
            match key.as_str() {
                "type" => all.kind = text,
                "nullable" => all.nullable = flag,
                "x-kubernetes-preserve-unknown-fields" => {
                    all.preserve = matches!(value.value(), Value::Bool(_)).then(|| (value, is_true(value)));
                }
                "x-kubernetes-int-or-string" => all.int_or_string = flag,
                "x-kubernetes-embedded-resource" => all.embedded = flag,
                "x-kubernetes-list-type" => all.list_type = value.as_str().map(|text| (value, text)),
                "x-kubernetes-map-type" => all.map_type = value.as_str().map(|text| (value, text)),
                "x-kubernetes-list-map-keys" => all.list_keys = filled,
                "properties" => all.properties = filled,
                "additionalProperties" => all.additional = (!value.is_null()).then_some(value),
                "items" => all.items = (!value.is_null()).then_some(value),
                "required" => all.required = filled,
                "default" => all.default = (!value.is_null()).then_some(value),
                "pattern" => all.pattern = text,
                "uniqueItems" => all.unique_items = flag,
                "title" => all.title = filled,
                "description" => all.description = filled,
                "allOf" => all.all_of = filled,
                "anyOf" => all.any_of = filled,
                "oneOf" => all.one_of = filled,
                "not" => all.not = (!value.is_null()).then_some(value),
                "x-kubernetes-validations" => all.validations = filled,
                "id" | "patternProperties" | "definitions" if set => all.forbidden = Some(key),
                "dependencies" | "additionalItems" | "$ref" if !value.is_null() => all.forbidden = Some(key),
                _ => {}
            }
            let counts =
                set || matches!(key.as_str(), "additionalProperties" | "items" | "default" | "not") && !value.is_null();
            if counts && !WITH_STATUS.contains(&key.as_str()) {
                all.not_with_status = Some(key);
            }
        }
        all
    }

    pub(super) fn type_name(&self) -> &'t str {
        self.kind.map_or("", |(_, name)| name)
    }

    pub(super) fn list_type_name(&self) -> &'t str {
        self.list_type.map_or("", |(_, name)| name)
    }

    /// The schema of the items, if there is one for all.
    pub(super) fn item_schema(&self) -> Option<Node<'t>> {
        self.items.filter(|items| items.is_mapping())
    }

    /// The schema of a property.
    pub(super) fn property(&self, name: &str) -> Option<Node<'t>> {
        self.properties?.get(name)
    }

    pub(super) fn preserves(&self) -> bool {
        self.preserve.is_some_and(|(_, flag)| flag)
    }
}

/// Whether this is `[{type: integer}, {type: string}]`, the one use of types in alternatives.
pub(super) fn is_int_or_string(any_of: Option<Node<'_>>) -> bool {
    let Some(any_of) = any_of.filter(|any_of| any_of.len() == 2) else { return false };
    any_of.items().zip(["integer", "string"]).all(|(part, name)| {
        let mut told = part.entries().filter(|(_, value)| !value.is_null());
        told.next().is_some_and(|(key, value)| key.as_str() == "type" && value.as_str() == Some(name))
            && told.next().is_none()
    })
}
