//! What the parts of a rule lead to in its schema, as far as that shows without types.
//!
//! Two things depend on it. A list whose order does not count (`x-kubernetes-list-type: set` or `map`) is equal to another in any order for the
//! API server, and not for the evaluator here; so a rule that compares such lists is not evaluated. And a field that is asked for and not there
//! is certainly an error only where the schema has it.

use kube_cel::cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use super::super::schema::{Additional, ListType, Schema, Type};
use super::convert::escaped;

/// What is known of a value.
#[derive(Clone, Copy)]
pub(super) enum Shape<'s> {
    /// No list and no map.
    Scalar,
    /// Made by the rule itself, of such.
    Plain,
    /// Of the object.
    Like(&'s Schema),
    Unknown,
}

/// Functions that may give back a list of the object, or what is in one.
const MAY_GIVE_LISTS: [&str; 18] = [
    operators::CONDITIONAL,
    operators::OPT_INDEX,
    operators::OPT_SELECT,
    "distinct",
    "dyn",
    "first",
    "flatten",
    "last",
    "max",
    "min",
    "of",
    "ofNonZeroValue",
    "or",
    "orValue",
    "reverse",
    "slice",
    "sort",
    "value",
];
/// Functions that make lists and maps of texts and numbers.
const MAKE_LISTS: [&str; 4] = ["findAll", "getQuery", "range", "split"];

/// The names that are there at one point of a rule.
pub(super) struct Scope<'s, 'e> {
    own: &'s Schema,
    bound: Vec<(&'e str, Shape<'s>)>,
}

impl<'s, 'e> Scope<'s, 'e> {
    /// Where `self` is like `own`.
    pub(super) const fn new(own: &'s Schema) -> Self {
        Self { own, bound: Vec::new() }
    }

    /// Whether the evaluator's result may not be the API server's: lists are compared whose order does not count, or a field of what is
    /// optional is asked for.
    pub(super) fn is_unsure(&self, expression: &'e IdedExpr) -> bool {
        match &expression.expr {
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => false,
            Expr::Select(select) => is_optional(&select.operand) || self.is_unsure(&select.operand),
            Expr::Call(call) => {
                self.is_unordered_comparison(call)
                    || call.target.as_deref().is_some_and(|target| self.is_unsure(target))
                    || call.args.iter().any(|argument| self.is_unsure(argument))
            }
            Expr::List(list) => list.elements.iter().any(|item| self.is_unsure(item)),
            Expr::Map(map) => map.entries.iter().any(|entry| self.entry_is_unsure(&entry.expr)),
            Expr::Struct(map) => map.entries.iter().any(|entry| self.entry_is_unsure(&entry.expr)),
            Expr::Comprehension(inner) => {
                if self.is_unsure(&inner.iter_range) || self.is_unsure(&inner.accu_init) {
                    return true;
                }
                let within = self.within(inner);
                let mut parts = [&inner.loop_cond, &inner.loop_step, &inner.result].into_iter();
                parts.any(|part| within.is_unsure(part))
            }
        }
    }

    /// The names within a loop.
    pub(super) fn within(&self, loops: &'e ComprehensionExpr) -> Self {
        let item = match self.of(&loops.iter_range) {
            Shape::Like(schema) => match &schema.items {
                Some(items) => Shape::Like(items),
                // The keys of a map.
                None => Shape::Scalar,
            },
            other => other,
        };
        let sum = if is_literal(&loops.accu_init) { Shape::Scalar } else { Shape::Unknown };
        let mut bound = self.bound.clone();
        bound.extend([(loops.iter_var.as_str(), item), (loops.accu_var.as_str(), sum)]);
        bound.extend(loops.iter_var2.as_deref().map(|name| (name, Shape::Unknown)));
        Self { own: self.own, bound }
    }

    /// Whether it is surely a list or a map of the object.
    pub(super) fn is_collection(&self, expression: &IdedExpr) -> bool {
        match self.of(expression) {
            Shape::Like(schema) => schema.items.is_some() || matches!(schema.additional, Additional::Like(_)),
            _ => false,
        }
    }

    fn entry_is_unsure(&self, entry: &'e EntryExpr) -> bool {
        match entry {
            EntryExpr::StructField(field) => self.is_unsure(&field.value),
            EntryExpr::MapEntry(entry) => self.is_unsure(&entry.key) || self.is_unsure(&entry.value),
        }
    }

    fn is_unordered_comparison(&self, call: &CallExpr) -> bool {
        let compares = [operators::EQUALS, operators::NOT_EQUALS, operators::IN, operators::ADD];
        let [left, right] = &call.args[..] else { return false };
        if !compares.contains(&call.func_name.as_str()) {
            return false;
        }
        let (left, right) = (self.of(left), self.of(right));
        // What is looked for in a list is compared with its items.
        let scalars = is_scalar(left) || (is_scalar(right) && call.func_name != operators::IN);
        !scalars && (self.is_unordered(left) || self.is_unordered(right))
    }

    fn is_unordered(&self, shape: Shape<'_>) -> bool {
        match shape {
            Shape::Scalar | Shape::Plain => false,
            Shape::Like(schema) => is_unordered(schema),
            Shape::Unknown => is_unordered(self.own),
        }
    }

    /// What is known of the value of an expression.
    pub(super) fn of(&self, expression: &IdedExpr) -> Shape<'s> {
        match &expression.expr {
            Expr::Ident(name) => match self.bound.iter().rev().find(|(bound, _)| bound == name) {
                Some((_, shape)) => *shape,
                None if name == "self" => Shape::Like(self.own),
                None => Shape::Unknown,
            },
            Expr::Literal(_) => Shape::Scalar,
            Expr::Select(select) if select.test => Shape::Scalar,
            Expr::Select(select) => match self.of(&select.operand) {
                Shape::Like(schema) => self.field(schema, &select.field).map_or(Shape::Unknown, Shape::Like),
                _ => Shape::Unknown,
            },
            Expr::Call(call) => self.of_call(call),
            Expr::List(list) => self.of_parts(list.elements.iter()),
            Expr::Comprehension(inner) if is_literal(&inner.accu_init) => Shape::Scalar,
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => Shape::Unknown,
        }
    }

    fn of_call(&self, call: &CallExpr) -> Shape<'s> {
        match call.func_name.as_str() {
            operators::INDEX => match call.args.first().map(|operand| self.of(operand)) {
                Some(Shape::Like(schema)) => match (&schema.items, &schema.additional) {
                    (Some(items), _) => Shape::Like(items),
                    (None, Additional::Like(below)) => Shape::Like(below),
                    _ => Shape::Unknown,
                },
                Some(Shape::Plain) => Shape::Plain,
                _ => Shape::Unknown,
            },
            operators::ADD => self.of_parts(call.args.iter()),
            name if MAKE_LISTS.contains(&name) => Shape::Plain,
            name if MAY_GIVE_LISTS.contains(&name) => Shape::Unknown,
            _ => Shape::Scalar,
        }
    }

    fn of_parts<'p>(&self, mut parts: impl Iterator<Item = &'p IdedExpr>) -> Shape<'s> {
        if parts.any(|part| self.is_unordered(self.of(part))) { Shape::Unknown } else { Shape::Plain }
    }

    /// The schema of a field, as expressions write its name; none for metadata, which the server sees to itself.
    pub(super) fn field(&self, schema: &'s Schema, name: &str) -> Option<&'s Schema> {
        if schema.embedded || (std::ptr::eq(schema, self.own) && name == "metadata") {
            return None;
        }
        match &schema.additional {
            Additional::Like(below) => Some(below),
            _ => schema.properties.iter().find(|(known, _)| escaped(known) == name).map(|(_, below)| below),
        }
    }
}

const fn is_scalar(shape: Shape<'_>) -> bool {
    match shape {
        Shape::Scalar => true,
        Shape::Like(schema) => {
            schema.int_or_string
                || matches!(schema.kind, Some(Type::Boolean | Type::Integer | Type::Number | Type::String))
        }
        Shape::Plain | Shape::Unknown => false,
    }
}

fn is_optional(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Call(call) => matches!(call.func_name.as_str(), operators::OPT_INDEX | operators::OPT_SELECT),
        Expr::Select(select) => is_optional(&select.operand),
        _ => false,
    }
}

fn is_literal(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Literal(LiteralValue::Boolean(_) | LiteralValue::Int(_)))
}

/// Whether lists whose order does not count are in a value.
fn is_unordered(schema: &Schema) -> bool {
    !matches!(schema.list, ListType::Atomic) || schema.children().any(is_unordered)
}
