//! Expressions that stand in Kubernetes' own kinds: whether they are CEL, and use only names that their place gives them.
//!
//! Only what is certain is told. Names before a function (`sets.contains(…)`) and the first arguments of one may be what the parser here
//! does not know, so nothing is said of them.

use std::collections::HashMap;

use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};

use super::program::Program;
use super::with_stack;

/// Types, and what the names of types begin with.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "dyn",
    "duration",
    "google",
    "int",
    "kubernetes",
    "list",
    "map",
    "net",
    "null_type",
    "optional_type",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// An expression and where it stands.
pub(in crate::validate) struct Expression<'t> {
    /// What is written.
    pub text: &'t str,
    /// The names that are there.
    pub names: &'static [&'static str],
    /// How many of the variables are defined before it, if `variables` is there.
    pub variables: Option<usize>,
}

/// What is wrong with each expression, as the end of a sentence. `variables` are the names of all.
pub(in crate::validate) fn faults(expressions: &[Expression<'_>], variables: &[&str]) -> Vec<Option<String>> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, name) in variables.iter().enumerate() {
        first.entry(name).or_insert(index);
    }
    let fault = |expression: &Expression<'_>| {
        let program = Program::default();
        match program.get(expression.text) {
            Some(compiled) => {
                Scope { place: expression, variables: &first, bound: Vec::new() }.walk(&compiled.expression)
            }
            None => program.fault(expression.text).map(|fault| format!("is no CEL expression ({fault})")),
        }
    };
    with_stack(|| expressions.iter().map(fault).collect()).unwrap_or_default()
}

/// The names that are there at one point of an expression.
struct Scope<'s, 'e> {
    place: &'s Expression<'s>,
    variables: &'s HashMap<&'s str, usize>,
    /// The names that loops around it give.
    bound: Vec<&'e str>,
}

impl<'e> Scope<'_, 'e> {
    fn has(&self, name: &str) -> bool {
        self.place.names.contains(&name)
            || TYPES.contains(&name)
            || (name == "variables" && self.place.variables.is_some())
            || self.bound.contains(&name)
    }

    fn walk(&mut self, expression: &'e IdedExpr) -> Option<String> {
        match &expression.expr {
            Expr::Ident(name) if !self.has(name) => {
                let names = self.place.names.join("`, `");
                Some(format!("uses `{name}`, which is not there; what is there is `{names}`"))
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => None,
            Expr::Select(select) => {
                self.variable(&select.operand, &select.field).or_else(|| self.walk(&select.operand))
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.elements.iter().find_map(|item| self.walk(item)),
            Expr::Map(map) => map.entries.iter().find_map(|entry| self.entry(&entry.expr)),
            Expr::Struct(map) => map.entries.iter().find_map(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(inner) => self.walk(&inner.iter_range).or_else(|| {
                let before = self.bound.len();
                self.bound.extend([inner.iter_var.as_str(), inner.accu_var.as_str()]);
                self.bound.extend(inner.iter_var2.as_deref());
                let parts = [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result];
                let found = parts.into_iter().find_map(|part| self.walk(part));
                self.bound.truncate(before);
                found
            }),
        }
    }

    fn entry(&mut self, entry: &'e EntryExpr) -> Option<String> {
        match entry {
            EntryExpr::StructField(field) => self.walk(&field.value),
            EntryExpr::MapEntry(entry) => self.walk(&entry.key).or_else(|| self.walk(&entry.value)),
        }
    }

    /// `variables.NAME` is defined before.
    fn variable(&self, operand: &IdedExpr, field: &str) -> Option<String> {
        let count = self.place.variables?;
        let is_variable = matches!(&operand.expr, Expr::Ident(name) if name == "variables");
        if !is_variable || self.bound.contains(&"variables") {
            return None;
        }
        let is_defined = self.variables.get(field).is_some_and(|index| *index < count);
        (!is_defined).then(|| format!("uses `variables.{field}`, which is not defined before it"))
    }

    fn call(&mut self, call: &'e CallExpr) -> Option<String> {
        let before = self.bound.len();
        if let Some(target) = &call.target {
            if root(target).is_some_and(|name| !self.has(name)) {
                return None;
            }
            if let Some(fault) = self.walk(target) {
                return Some(fault);
            }
            for argument in call.args.iter().take(2) {
                if let Expr::Ident(name) = &argument.expr {
                    self.bound.push(name);
                }
            }
        }
        let found = call.args.iter().find_map(|argument| self.walk(argument));
        self.bound.truncate(before);
        found
    }
}

/// The name that a chain of fields begins with.
fn root(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Ident(name) => Some(name),
        Expr::Select(select) => root(&select.operand),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_uses_only_what_is_there() {
        let table = [
            ("object.spec.replicas <= 5 && oldObject == null", None),
            ("object.items.all(i, i.name != '' && object.x == i)", None),
            ("object.items.exists(i, objct.x == i)", Some("uses `objct`")),
            ("has(object.a) ? [1, 2].map(x, x * 2) : [{'a': object.b}]", None),
            ("type(object.a) == string || type(object.a) == google.protobuf.Timestamp", None),
            ("sets.contains([1], object.a) && optional.of(x).hasValue()", None),
            ("object.a.transformList(k, v, k + v)", None),
            ("cel.bind(x, 1, x + 1)", None),
            ("Object{spec: Object.spec{replicas: object.a}}", None),
            ("Object{spec: Object.spec{replicas: objct.a}}", Some("uses `objct`")),
            ("variables.a + 1", None),
            ("variables.b + 1", Some("`variables.b`, which is not defined before")),
            ("variables.c.x()", Some("`variables.c`")),
            ("DEVICE.DRIVER == 'a'", Some("uses `DEVICE`, which is not there; what is there is `object`, `oldObject`")),
            ("1 +", Some("is no CEL expression")),
            ("quantity(object.a).isLessThan(quantity('1'))", None),
            ("object.?a.orValue('') == '' || object[?'a'].hasValue()", None),
        ];
        let of = |text| Expression { text, names: &["object", "oldObject"], variables: Some(1) };
        let expressions: Vec<_> = table.iter().map(|(text, _)| of(text)).collect();
        for ((text, expected), found) in table.iter().zip(faults(&expressions, &["a", "b"])) {
            match (expected, &found) {
                (None, None) => {}
                (Some(part), Some(found)) if found.contains(part) => {}
                _ => panic!("{text}: {found:?}, not {expected:?}"),
            }
        }
    }
}
