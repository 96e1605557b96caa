//! Fields that a rule asks for: whether the schema that it stands in has them.

use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};

use super::super::effective::META_FIELDS;
use super::super::schema::{Additional, Schema, Type};
use super::convert::escaped;

/// The first field below `self` that the schema does not have, as it is written. Only what is certain is told.
pub(super) fn unknown(expression: &IdedExpr, schema: &Schema, is_root: bool) -> Option<String> {
    Finder { schema, is_root }.walk(expression)
}

struct Finder<'s> {
    schema: &'s Schema,
    /// Whether `self` is the whole object.
    is_root: bool,
}

impl<'s> Finder<'s> {
    fn walk(&self, expression: &IdedExpr) -> Option<String> {
        match &expression.expr {
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => None,
            Expr::Select(select) => self.walk(&select.operand).or_else(|| self.missing(&select.operand, &select.field)),
            Expr::Call(CallExpr { target, args, .. }) => target
                .as_deref()
                .and_then(|target| self.walk(target))
                .or_else(|| args.iter().find_map(|arg| self.walk(arg))),
            Expr::List(list) => list.elements.iter().find_map(|item| self.walk(item)),
            Expr::Map(map) => map.entries.iter().find_map(|entry| self.entry(&entry.expr)),
            Expr::Struct(map) => map.entries.iter().find_map(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(inner) => {
                let parts = [&inner.iter_range, &inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result];
                parts.into_iter().find_map(|part| self.walk(part))
            }
        }
    }

    fn entry(&self, entry: &EntryExpr) -> Option<String> {
        match entry {
            EntryExpr::StructField(field) => self.walk(&field.value),
            EntryExpr::MapEntry(entry) => self.walk(&entry.key).or_else(|| self.walk(&entry.value)),
        }
    }

    /// The path to a field, if it is certain that there is no such field.
    fn missing(&self, operand: &IdedExpr, field: &str) -> Option<String> {
        let (schema, path) = self.schema_of(operand)?;
        // What is preserved is not known, and what is not an object has no fields, which is another matter.
        let knows_all = schema.kind == Some(Type::Object)
            && !schema.preserve
            && !schema.properties.is_empty()
            && matches!(schema.additional, Additional::Absent);
        let own = META_FIELDS.contains(&field) && (schema.embedded || (self.is_root && path == "self"));
        (knows_all && !own && find(schema, field).is_none()).then(|| format!("{path}.{field}"))
    }

    /// The schema of what a chain of fields leads to, with the chain.
    fn schema_of(&self, expression: &IdedExpr) -> Option<(&'s Schema, String)> {
        match &expression.expr {
            Expr::Ident(name) if name == "self" => Some((self.schema, "self".to_owned())),
            Expr::Select(select) if !select.test => {
                let (schema, path) = self.schema_of(&select.operand)?;
                Some((find(schema, &select.field)?, format!("{path}.{}", select.field)))
            }
            _ => None,
        }
    }
}

/// The property that a rule writes like this.
fn find<'s>(schema: &'s Schema, field: &str) -> Option<&'s Schema> {
    schema.properties.iter().find(|(name, _)| escaped(name) == field).map(|(_, schema)| schema)
}
