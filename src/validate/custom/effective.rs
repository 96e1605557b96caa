//! A custom resource as the API server has it when it begins to validate: unknown fields taken out, nulls that mean nothing too, defaults
//! put in, and the status left out where it has an endpoint of its own.
//!
//! Each value remembers the node it came from. The order of the steps is the server's: prune, drop nulls, default.

use serde_json::Value as Json;

use super::schema::{Additional, Schema, Type};
use crate::object::{Key, Node, Value as Read};

/// A value, and where it stands; nowhere if it is a default.
#[derive(Debug)]
pub(super) struct Value<'t> {
    pub(super) node: Option<Node<'t>>,
    pub(super) is: Is<'t>,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Is<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(&'t str),
    List(Vec<Value<'t>>),
    Map(Vec<Field<'t>>),
}

/// A key of a map with its value.
#[derive(Debug)]
pub(super) struct Field<'t> {
    pub(super) name: &'t str,
    pub(super) value: Value<'t>,
}

/// A field that the schema does not know.
#[derive(Debug)]
pub(super) struct Unknown<'t> {
    pub(super) key: Key<'t>,
    /// The fields and indexes above it.
    pub(super) path: Vec<Step<'t>>,
    /// The schema of the map it stands in.
    pub(super) schema: Option<&'t Schema>,
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'t> {
    Field(&'t str),
    Index(usize),
}

/// The fields that the server sees to itself in each object.
pub(super) const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// The most unknown fields of one object that are told.
const MOST_UNKNOWN: usize = 20;

/// The object as it is validated, and the fields that are unknown.
pub(super) fn prepare<'t>(node: Node<'t>, schema: &'t Schema, has_status: bool) -> (Value<'t>, Vec<Unknown<'t>>) {
    let mut preparer = Preparer { path: Vec::new(), unknown: Vec::new() };
    let mut value = preparer.value(node, Some(schema), Known::By { is_root: true, preserve: schema.preserve });
    if has_status && let Is::Map(fields) = &mut value.is {
        fields.retain(|field| field.name != "status");
    }
    (value, preparer.unknown)
}

/// How fields without a schema are taken.
#[derive(Clone, Copy)]
enum Known {
    /// As unknown, unless they are preserved.
    By { is_root: bool, preserve: bool },
    /// All as they are: below what is preserved.
    All,
}

struct Preparer<'t> {
    path: Vec<Step<'t>>,
    unknown: Vec<Unknown<'t>>,
}

impl<'t> Preparer<'t> {
    fn value(&mut self, node: Node<'t>, schema: Option<&'t Schema>, known: Known) -> Value<'t> {
        // Where the type is wrong, what is inside is not worth telling.
        let fits = schema.and_then(|schema| schema.kind).is_none_or(|kind| match node.value() {
            Read::Mapping => kind == Type::Object,
            Read::Sequence => kind == Type::Array,
            _ => true,
        });
        let known = if fits { known } else { Known::All };
        let is = match node.value() {
            Read::Null => Is::Null,
            Read::Bool(value) => Is::Bool(value),
            Read::Integer(value) => Is::Integer(value),
            Read::Float(value) => Is::Float(value),
            Read::String(value) => Is::String(value),
            Read::Sequence => Is::List(self.items(node, schema, known)),
            Read::Mapping => Is::Map(self.fields(node, schema, known)),
        };
        Value { node: Some(node), is }
    }

    fn items(&mut self, node: Node<'t>, schema: Option<&'t Schema>, known: Known) -> Vec<Value<'t>> {
        let items = schema.and_then(|schema| schema.items.as_deref());
        let known = match known {
            Known::All => Known::All,
            // Preserving holds for lists of lists, too; for maps in them it must be said again.
            Known::By { preserve: true, .. } if items.is_none() => Known::All,
            Known::By { preserve, .. } => {
                Known::By { is_root: false, preserve: preserve || items.is_some_and(|items| items.preserve) }
            }
        };
        let mut all = Vec::with_capacity(node.len());
        for (index, item) in node.items().enumerate() {
            self.path.push(Step::Index(index));
            let default = items.filter(|items| item.is_null() && !items.nullable).and_then(with_default);
            all.push(default.unwrap_or_else(|| self.value(item, items, known)));
            self.path.pop();
        }
        all
    }

    fn fields(&mut self, node: Node<'t>, schema: Option<&'t Schema>, known: Known) -> Vec<Field<'t>> {
        let mut all = Vec::with_capacity(node.len());
        for (key, value) in node.entries() {
            let name = key.as_str();
            let below = schema.and_then(|schema| schema.field(name));
            let known = match known {
                Known::All => Known::All,
                Known::By { is_root, preserve } => match Self::standing(schema, name, is_root, preserve) {
                    Standing::Below(known) => known,
                    Standing::Unknown => {
                        self.report(key, schema);
                        continue;
                    }
                },
            };
            if let Some(below) = below.filter(|below| value.is_null() && !below.nullable) {
                all.extend(with_default(below).map(|value| Field { name, value }));
                continue;
            }
            self.path.push(Step::Field(name));
            let value = self.value(value, below, known);
            self.path.pop();
            all.push(Field { name, value });
        }
        if let Some(schema) = schema {
            add_defaults(&mut all, schema);
        }
        all
    }

    /// Whether a field is known, and what is known below it.
    fn standing(schema: Option<&'t Schema>, name: &str, is_root: bool, preserve: bool) -> Standing {
        let Some(schema) = schema else { return Standing::Unknown };
        if (is_root || schema.embedded) && META_FIELDS.contains(&name) {
            return Standing::Below(Known::All);
        }
        let by = |preserve| Standing::Below(Known::By { is_root: false, preserve });
        match (schema.property(name), &schema.additional) {
            (Some(property), _) => by(property.preserve),
            (None, Additional::Like(like)) => by(like.preserve),
            (None, Additional::Any) => by(false),
            (None, _) if preserve => Standing::Below(Known::All),
            (None, _) => Standing::Unknown,
        }
    }

    fn report(&mut self, key: Key<'t>, schema: Option<&'t Schema>) {
        if self.unknown.len() < MOST_UNKNOWN {
            self.unknown.push(Unknown { key, path: self.path.clone(), schema });
        }
    }
}

enum Standing {
    Unknown,
    Below(Known),
}

/// Puts in the defaults of properties that are not there.
fn add_defaults<'t>(fields: &mut Vec<Field<'t>>, schema: &'t Schema) {
    for (name, property) in &schema.properties {
        if property.default.is_some() && fields.iter().all(|field| field.name != &**name) {
            fields.extend(with_default(property).map(|value| Field { name, value }));
        }
    }
}

/// The default of a schema, with the defaults below it.
fn with_default(schema: &Schema) -> Option<Value<'_>> {
    schema.default.as_deref().map(|default| from_json(default, Some(schema)))
}

/// A value of a definition as a value of an object, with the defaults below it.
pub(super) fn from_json<'t>(json: &'t Json, schema: Option<&'t Schema>) -> Value<'t> {
    let is = match json {
        Json::Null => Is::Null,
        Json::Bool(value) => Is::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Is::Integer(value),
            None => Is::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(value) => Is::String(value),
        Json::Array(items) => {
            let below = schema.and_then(|schema| schema.items.as_deref());
            Is::List(items.iter().map(|item| from_json(item, below)).collect())
        }
        Json::Object(entries) => {
            let mut fields: Vec<Field<'_>> = Vec::with_capacity(entries.len());
            for (name, value) in entries {
                let below = schema.and_then(|schema| schema.field(name));
                let value = match below.filter(|below| value.is_null() && !below.nullable) {
                    Some(below) => with_default(below),
                    None => Some(from_json(value, below)),
                };
                fields.extend(value.map(|value| Field { name, value }));
            }
            if let Some(schema) = schema {
                add_defaults(&mut fields, schema);
            }
            Is::Map(fields)
        }
    };
    Value { node: None, is }
}

impl<'t> Value<'t> {
    /// The value of a field of a map.
    pub(super) fn get(&self, name: &str) -> Option<&Value<'t>> {
        match &self.is {
            Is::Map(fields) => fields.iter().find(|field| field.name == name).map(|field| &field.value),
            _ => None,
        }
    }

    /// Whether two values are the same; the order of keys does not count.
    pub(super) fn same(&self, other: &Value<'_>) -> bool {
        self.canonical() == other.canonical()
    }

    /// A text that only values that are the same have in common.
    pub(super) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write_canonical(&mut out);
        out
    }

    fn write_canonical(&self, out: &mut String) {
        match &self.is {
            Is::Null => out.push('n'),
            Is::Bool(value) => out.push(if *value { 't' } else { 'f' }),
            Is::Integer(value) => out.push_str(&value.to_string()),
            Is::Float(value) => out.push_str(&format!("{value:e}")),
            Is::String(value) => out.push_str(&format!("{value:?}")),
            Is::List(items) => {
                out.push('[');
                for item in items {
                    item.write_canonical(out);
                    out.push(',');
                }
                out.push(']');
            }
            Is::Map(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_unstable_by_key(|field| field.name);
                out.push('{');
                for field in sorted {
                    out.push_str(&format!("{:?}:", field.name));
                    field.value.write_canonical(out);
                    out.push(',');
                }
                out.push('}');
            }
        }
    }
}

/// A path as people write it: `spec.hosts[0].name`.
pub(super) fn path_text(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            // A key with odd characters, such as a label's.
            Step::Field(name) if name.contains(['.', '/', '[', ' ', ']']) => {
                text.push_str(&format!("[{}]", shortened(name)));
            }
            Step::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&shortened(name));
            }
        }
    }
    text
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
