//! The types of expressions, and when one may stand for another: CEL's own rules, as the API server's compiler has them.

use std::fmt;
use std::sync::Arc;

use super::super::effective::META_FIELDS;
use super::super::format::Format;
use super::super::schema::{self, Additional, Schema};
use super::convert::escaped;

/// The parts of an object's metadata that rules may read.
const METADATA_FIELDS: [&str; 2] = ["name", "generateName"];

/// What an expression gives.
#[derive(Clone, Debug)]
pub(super) enum Type<'s> {
    /// Anything: what it is shows when it is evaluated.
    Dyn,
    /// Not known: of the items of an empty list, or of what nobody here knows. It is whatever others say.
    Free,
    Null,
    /// A type without parts, by CEL's name.
    Plain(&'static str),
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    Optional(Box<Self>),
    /// A type as a value.
    Of(Box<Self>),
    /// What a schema with fields describes. Two schemas are two types, though they be alike.
    Object {
        schema: &'s Schema,
        /// Whether it is a whole object of Kubernetes, with apiVersion, kind and metadata.
        is_resource: bool,
    },
    /// The metadata of such an object.
    Metadata,
    /// What has these fields, and no others.
    Fields(Arc<[(&'s str, Self)]>),
    /// Stands for any type in what a function takes, and for the same one each time.
    Param(usize),
}

/// What stands for the parameters of a function.
pub(super) type Params<'s> = [Option<Type<'s>>; 2];

impl<'s> Type<'s> {
    pub(super) const BOOL: Self = Self::Plain("bool");
    pub(super) const INT: Self = Self::Plain("int");
    pub(super) const STRING: Self = Self::Plain("string");
    /// What knows who may do what.
    pub(super) const AUTHORIZER: Self = Self::Plain("kubernetes.authorization.Authorizer");

    pub(super) fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    pub(super) fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// There is no optional of an optional in what rules are given.
    pub(super) fn optional(inner: Self) -> Self {
        if let Self::Optional(_) = inner { inner } else { Self::Optional(Box::new(inner)) }
    }

    /// Of the values that a schema describes; none if rules cannot reach them.
    pub(super) fn of(schema: &'s Schema, is_root: bool) -> Option<Self> {
        if schema.int_or_string {
            return Some(Self::Dyn);
        }
        Some(match schema.kind? {
            schema::Type::Boolean => Self::BOOL,
            schema::Type::Integer => Self::INT,
            schema::Type::Number => Self::Plain("double"),
            schema::Type::String => match schema.format {
                Some(Format::Byte) => Self::Plain("bytes"),
                Some(Format::Duration) => Self::Plain("duration"),
                Some(Format::Date | Format::DateTime) => Self::Plain("timestamp"),
                _ => Self::STRING,
            },
            schema::Type::Array => Self::list(Self::of(schema.items.as_deref()?, false)?),
            schema::Type::Object => match &schema.additional {
                Additional::Like(value) => Self::map(Self::STRING, Self::of(value, false)?),
                _ => Self::Object { schema, is_resource: is_root || schema.embedded },
            },
        })
    }

    /// Of a field; none where there is no such field.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Dyn | Self::Free | Self::Param(_) => Some(Self::Dyn),
            Self::Map(_, value) => Some((**value).clone()),
            Self::Optional(inner) => inner.field(name).map(Self::optional),
            Self::Metadata => METADATA_FIELDS.contains(&name).then_some(Self::STRING),
            Self::Fields(fields) => fields.iter().rev().find(|(known, _)| *known == name).map(|(_, of)| of.clone()),
            Self::Object { is_resource: true, .. } if META_FIELDS.contains(&name) => {
                Some(if name == "metadata" { Self::Metadata } else { Self::STRING })
            }
            Self::Object { schema, .. } => {
                let property = schema.properties.iter().find(|(property, _)| escaped(property) == name);
                property.and_then(|(_, property)| Self::of(property, false))
            }
            // As if it was a variable.
            Self::Plain(_) if name == "requestResource" && self.is_same(&Self::AUTHORIZER) => {
                Some(Self::Plain("kubernetes.authorization.ResourceCheck"))
            }
            Self::Null | Self::Plain(_) | Self::List(_) | Self::Of(_) => None,
        }
    }

    /// Whether `given` may stand where this is asked for. Parameters, which only this has, are bound to what stands for them.
    pub(super) fn takes(&self, given: &Self, params: &mut Params<'s>) -> bool {
        match (self, given) {
            (Self::Param(index), _) => {
                let Some(bound) = params.get(*index).cloned().flatten() else {
                    if let Some(param) = params.get_mut(*index) {
                        *param = Some(given.clone());
                    }
                    return true;
                };
                let wider = if bound.takes(given, params) {
                    bound.joined_with(given)
                } else if given.takes(&bound, params) {
                    given.clone()
                } else {
                    return false;
                };
                if let Some(param) = params.get_mut(*index) {
                    *param = Some(wider);
                }
                true
            }
            // Any two types can be compared as values.
            (Self::Dyn | Self::Free, _)
            | (_, Self::Dyn | Self::Free)
            | (Self::Of(_), Self::Of(_))
            | (Self::Metadata, Self::Metadata) => true,
            (Self::Null, other) | (other, Self::Null) => other.may_be_null(),
            (Self::Plain(one), Self::Plain(other)) => one == other,
            (Self::List(one), Self::List(other)) | (Self::Optional(one), Self::Optional(other)) => {
                one.takes(other, params)
            }
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                key.takes(other_key, params) && value.takes(other_value, params)
            }
            (Self::Object { schema: one, .. }, Self::Object { schema: other, .. }) => std::ptr::eq(*one, *other),
            (Self::Fields(one), Self::Fields(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Whether both are one type, as the items of a list that is written down must be.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Free, _) | (_, Self::Free) | (Self::Dyn, Self::Dyn) | (Self::Null, Self::Null) => true,
            (Self::Dyn | Self::Null, _) | (_, Self::Dyn | Self::Null) => false,
            (Self::List(one), Self::List(other))
            | (Self::Optional(one), Self::Optional(other))
            | (Self::Of(one), Self::Of(other)) => one.is_same(other),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                key.is_same(other_key) && value.is_same(other_value)
            }
            (one, other) => one.takes(other, &mut Params::default()),
        }
    }

    fn may_be_null(&self) -> bool {
        match self {
            Self::Plain(name) => !matches!(*name, "bool" | "bytes" | "double" | "int" | "string" | "uint"),
            Self::List(_) | Self::Map(..) | Self::Of(_) => false,
            _ => true,
        }
    }

    /// What holds for both, of two types of which one takes the other.
    pub(super) fn joined_with(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Free, other) => other.clone(),
            (_, Self::Dyn) => Self::Dyn,
            (Self::List(one), Self::List(other)) => Self::list(one.joined_with(other)),
            (Self::Optional(one), Self::Optional(other)) => Self::optional(one.joined_with(other)),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                Self::map(key.joined_with(other_key), value.joined_with(other_value))
            }
            (one, _) => one,
        }
    }

    /// The same with its parameters replaced; one that nothing stands for may be anything.
    pub(super) fn with(&self, params: &Params<'s>) -> Self {
        match self {
            Self::Param(index) => params.get(*index).cloned().flatten().unwrap_or(Self::Free),
            Self::List(item) => Self::list(item.with(params)),
            Self::Map(key, value) => Self::map(key.with(params), value.with(params)),
            Self::Optional(inner) => Self::Optional(Box::new(inner.with(params))),
            Self::Of(inner) => Self::Of(Box::new(inner.with(params))),
            other => other.clone(),
        }
    }
}

impl Type<'static> {
    /// From its name: `list(A)`, `map(string,int)`, `int`.
    pub(super) fn parse(text: &'static str) -> Self {
        if let Some((outer, parts)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            let mut parts = split(parts).map(Self::parse);
            let mut part = || parts.next().unwrap_or(Self::Dyn);
            return match outer {
                "list" => Self::list(part()),
                "map" => Self::map(part(), part()),
                "optional" => Self::Optional(Box::new(part())),
                _ => Self::Of(Box::new(part())),
            };
        }
        match text {
            "A" => Self::Param(0),
            "B" => Self::Param(1),
            "dyn" => Self::Dyn,
            "null" => Self::Null,
            plain => Self::Plain(plain),
        }
    }
}

/// The parts between commas that are in no brackets.
pub(super) fn split(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut depth = 0;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .filter(|part| !part.is_empty())
}

/// As CEL writes it.
impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn | Self::Free | Self::Param(_) => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Plain(name) => f.write_str(name),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(inner) => write!(f, "optional({inner})"),
            Self::Of(inner) => write!(f, "type({inner})"),
            Self::Object { .. } | Self::Metadata | Self::Fields(_) => f.write_str("object"),
        }
    }
}
