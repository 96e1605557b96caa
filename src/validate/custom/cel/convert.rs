//! A value of an object as CEL sees it: by its schema.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube_cel::cel::Value as Cel;
use kube_cel::cel::objects::{Key, Map};

use super::super::effective::{Is, Value};
use super::super::format::Format;
use super::super::problem::Problems;
use super::super::schema::{Additional, Schema, Type};
use super::FUNCTIONS;
use super::program::Program;
use crate::validate::texts;

/// The value for CEL; none where a text cannot be what its format says, or there is too much.
pub(super) fn convert(value: &Value<'_>, schema: Option<&Schema>, problems: &mut Problems<'_>) -> Option<Cel> {
    if !problems.step() {
        return None;
    }
    let kind = schema.and_then(|schema| schema.kind);
    Some(match &value.is {
        Is::Null => Cel::Null,
        Is::Bool(value) => Cel::Bool(*value),
        #[allow(clippy::cast_precision_loss, reason = "as the API server converts it")]
        Is::Integer(value) if kind == Some(Type::Number) => Cel::Float(*value as f64),
        Is::Integer(value) => Cel::Int(*value),
        #[allow(clippy::cast_possible_truncation, reason = "it is whole")]
        Is::Float(value) if kind == Some(Type::Integer) => Cel::Int(*value as i64),
        Is::Float(value) => Cel::Float(*value),
        Is::String(value) if problems.is_placeholder(value) => return None,
        Is::String(value) => text(value, schema)?,
        Is::List(items) => {
            let below = schema.and_then(|schema| schema.items.as_deref());
            let all: Option<Vec<Cel>> = items.iter().map(|item| convert(item, below, problems)).collect();
            Cel::List(Arc::new(all?))
        }
        Is::Map(fields) => {
            // The keys of a map are data; those of an object are names, which are escaped where CEL could not write them.
            let is_map =
                schema.is_some_and(|schema| matches!(schema.additional, Additional::Any | Additional::Like(_)));
            let mut map = HashMap::with_capacity(fields.len());
            for field in fields {
                let below = schema.and_then(|schema| schema.field(field.name));
                let key = if is_map { field.name.to_owned() } else { escaped(field.name) };
                map.insert(Key::String(Arc::new(key)), convert(&field.value, below, problems)?);
            }
            Cel::Map(Map { map: Arc::new(map) })
        }
    })
}

/// A text with a format is a time, a duration or bytes.
fn text(value: &str, schema: Option<&Schema>) -> Option<Cel> {
    static TIME: LazyLock<Program> = LazyLock::new(Program::default);
    static DURATION: LazyLock<Program> = LazyLock::new(Program::default);
    let format = schema.filter(|schema| schema.kind == Some(Type::String)).and_then(|schema| schema.format);
    match format {
        Some(Format::DateTime) => call(&TIME, "timestamp(x)", value.to_owned()),
        Some(Format::Date) => call(&TIME, "timestamp(x)", format!("{value}T00:00:00Z")),
        Some(Format::Duration) => call(&DURATION, "duration(x)", value.to_owned()),
        Some(Format::Byte) => STANDARD.decode(value).ok().map(|bytes| Cel::Bytes(Arc::new(bytes))),
        _ => Some(Cel::String(Arc::new(value.to_owned()))),
    }
}

/// What a function of CEL makes of a text.
fn call(program: &Program, expression: &str, text: String) -> Option<Cel> {
    let mut context = FUNCTIONS.new_inner_scope();
    context.add_variable_from_value("x", Cel::String(Arc::new(text)));
    program.get(expression)?.run(&context)
}

/// A field's name as expressions write it.
/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules>
pub(super) fn escaped(name: &str) -> String {
    if texts::CEL_WORDS.contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains(['_', '.', '-', '/']) {
        return name.to_owned();
    }
    name.replace("__", "__underscores__").replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_where_cel_cannot_write_them() {
        for (name, escaped_name) in [
            ("a", "a"),
            ("a_b", "a_b"),
            ("a__b", "a__underscores__b"),
            ("a.b-c/d", "a__dot__b__dash__c__slash__d"),
            ("namespace", "__namespace__"),
        ] {
            assert_eq!(escaped(name), escaped_name);
        }
    }
}
