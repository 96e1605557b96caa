//! Whether an expression holds together: all names and functions are there, and each takes what it is given. The API server refuses a
//! definition with one that does not.
//!
//! Only what is certain is told: what a rule may be given in a later version of Kubernetes is let be.

use kube_cel::cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, SelectExpr,
};

use super::super::schema::Schema;
use super::functions::{ALL, ELSEWHERE};
use super::types::{Params, Type};
use super::words::{did_you_mean, literal_fault, misapplied, mixed, no_range};
use crate::validate::similar::similar;
use crate::validate::subject::quote;

/// What an expression is checked for.
pub(in crate::validate::custom) struct Asked<'s> {
    /// Of the value that `self` is.
    pub(in crate::validate::custom) schema: &'s Schema,
    /// Whether that is the whole object.
    pub(in crate::validate::custom) is_root: bool,
    /// Whether `oldSelf` may be missing.
    pub(in crate::validate::custom) optional_old_self: bool,
    /// Whether it is to give a text, not true or false.
    pub(in crate::validate::custom) text: bool,
}

/// What is wrong with an expression, to be put behind "the rule …".
pub(super) fn fault(expression: &IdedExpr, asked: &Asked<'_>) -> Option<String> {
    let Some(own) = Type::of(asked.schema, asked.is_root) else {
        return Some("cannot be used here, where not all types are told".to_owned());
    };
    let old = if asked.optional_old_self { Type::optional(own.clone()) } else { own.clone() };
    let mut checker = Checker::new(vec![("self", own), ("oldSelf", old)]);
    let wanted = if asked.text { Type::STRING } else { Type::BOOL };
    match checker.of(expression) {
        Err(fault) => Some(fault),
        Ok(given) => (!given.is_same(&wanted)).then(|| format!("gives `{given}`, not `{wanted}`")),
    }
}

pub(super) struct Checker<'s> {
    /// The names that are there, the innermost last.
    names: Vec<(&'s str, Type<'s>)>,
    /// How many of them are there from the beginning.
    given: usize,
}

pub(super) type Found<'s> = Result<Type<'s>, String>;

impl<'s> Checker<'s> {
    /// Where these names are there.
    pub(super) const fn new(names: Vec<(&'s str, Type<'s>)>) -> Self {
        Self { given: names.len(), names }
    }

    /// The type of what an expression gives.
    pub(super) fn of(&mut self, expression: &'s IdedExpr) -> Found<'s> {
        match &expression.expr {
            Expr::Unspecified => Ok(Type::Free),
            Expr::Literal(literal) => Ok(of_literal(literal)),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => {
                let (mut key, mut value) = (Type::Free, Type::Free);
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        key = joined(key, &self.of(&entry.key)?)?;
                        let given = self.of(&entry.value)?;
                        value = joined(value, &if entry.optional { inner(given)? } else { given })?;
                    }
                }
                Ok(Type::map(key, value))
            }
            Expr::Struct(object) => {
                for entry in &object.entries {
                    if let EntryExpr::StructField(field) = &entry.expr {
                        self.of(&field.value)?;
                    }
                }
                Ok(Type::Free)
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn list(&mut self, list: &'s ListExpr) -> Found<'s> {
        let mut item = Type::Free;
        for (index, element) in list.elements.iter().enumerate() {
            let given = self.of(element)?;
            let given = if list.optional_indices.contains(&index) { inner(given)? } else { given };
            item = joined(item, &given)?;
        }
        Ok(Type::list(item))
    }

    fn known(&self, name: &str) -> Option<&Type<'s>> {
        self.names.iter().rev().find(|(known, _)| *known == name).map(|(_, of)| of)
    }

    fn name(&self, name: &str) -> Found<'s> {
        if let Some(known) = self.known(name) {
            return Ok(known.clone());
        }
        match name {
            "bool" | "bytes" | "double" | "int" | "list" | "map" | "null_type" | "optional_type" | "string"
            | "timestamp" | "duration" | "type" | "uint" => Ok(Type::Of(Box::new(Type::parse(of_name(name))))),
            _ if ELSEWHERE.contains(&name) => Ok(Type::Free),
            _ => {
                let names = || self.names.iter().map(|(known, _)| *known);
                let given = names().take(self.given).collect::<Vec<_>>().join("`, `");
                let meant = did_you_mean(similar(name, names().filter(|known| !known.starts_with('@'))));
                Err(format!("uses {}, which is not there{meant}; what is there is `{given}`", quote(name)))
            }
        }
    }

    fn select(&mut self, select: &'s SelectExpr) -> Found<'s> {
        if root(&select.operand) == Some("google") && self.known("google").is_none() {
            return Ok(Type::Of(Box::new(Type::Dyn)));
        }
        let operand = self.of(&select.operand)?;
        let field = field(&operand, &select.operand, &select.field)?;
        Ok(if select.test { Type::BOOL } else { field })
    }

    fn call(&mut self, call: &'s CallExpr) -> Found<'s> {
        let name = &*call.func_name;
        match (name, &call.target, &*call.args) {
            ("_&&_" | "_||_", None, sides) => {
                for side in sides {
                    expect(&Type::BOOL, &self.of(side)?)?;
                }
                return Ok(Type::BOOL);
            }
            ("_?._", None, [operand, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }]) => {
                let of = self.of(operand)?;
                return field(&of, operand, name.inner()).map(Type::optional);
            }
            (_, Some(target), [first, rest @ ..]) => {
                if let Some(found) = self.macros(name, target, first, rest) {
                    return found;
                }
            }
            _ => {}
        }
        if let Some((target, root)) = call.target.as_deref().and_then(|target| Some((target, root(target)?)))
            && self.known(root).is_none()
        {
            let full = format!("{}.{name}", path(target));
            if ALL.contains_key(&*full) {
                return self.apply(&full, None, &call.args);
            }
            if ELSEWHERE.contains(&root) {
                return Ok(Type::Free);
            }
        }
        let target = call.target.as_deref().map(|target| self.of(target)).transpose()?;
        self.apply(name, target.as_ref(), &call.args)
    }

    fn comprehension(&mut self, inner: &'s ComprehensionExpr) -> Found<'s> {
        let item = match self.of(&inner.iter_range)? {
            Type::List(item) => *item,
            Type::Map(key, _) => *key,
            Type::Dyn | Type::Free => Type::Dyn,
            other => return Err(no_range(&other)),
        };
        let mut result = self.of(&inner.accu_init)?;
        let step = self.within([(&*inner.accu_var, result.clone()), (&*inner.iter_var, item)], |checker| {
            expect(&Type::BOOL, &checker.of(&inner.loop_cond)?)?;
            checker.of(&inner.loop_step)
        })?;
        expect(&result, &step)?;
        result = result.joined_with(&step);
        self.within([(&*inner.accu_var, result)], |checker| checker.of(&inner.result))
    }

    /// Does something while these names are there.
    pub(super) fn within<const N: usize, T>(
        &mut self,
        names: [(&'s str, Type<'s>); N],
        act: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let before = self.names.len();
        self.names.extend(names);
        let result = act(self);
        self.names.truncate(before);
        result
    }

    /// What a function gives for these arguments.
    fn apply(&mut self, name: &str, target: Option<&Type<'s>>, arguments: &'s [IdedExpr]) -> Found<'s> {
        let given = arguments.iter().map(|argument| self.of(argument)).collect::<Result<Vec<_>, _>>()?;
        if !ALL.contains_key(name) {
            let meant = similar(name, ALL.keys().copied().filter(|known| known.starts_with(char::is_alphabetic)));
            return Err(format!("calls {}, which is no function{}", quote(name), did_you_mean(meant)));
        }
        if let Some(fault) = literal_fault(name, arguments) {
            return Err(fault);
        }
        resolve(name, target, &given).ok_or_else(|| misapplied(name, target, &given))
    }
}

/// What the function gives; none if it does not take this.
pub(super) fn resolve<'s>(name: &str, target: Option<&Type<'s>>, given: &[Type<'s>]) -> Option<Type<'s>> {
    let mut result: Option<Type<'s>> = None;
    for overload in ALL.get(name).into_iter().flatten() {
        let mut params = Params::default();
        let is_alike = overload.target.is_some() == target.is_some() && overload.arguments.len() == given.len();
        let mut pairs = overload.target.iter().zip(target).chain(overload.arguments.iter().zip(given));
        if !is_alike || !pairs.all(|(wanted, given)| wanted.takes(given, &mut params)) {
            continue;
        }
        let next = overload.result.with(&params);
        result = match result {
            None => Some(next),
            Some(first) if first.is_same(&next) => Some(first),
            // Which of them it is shows when it is evaluated.
            Some(_) => Some(Type::Dyn),
        };
    }
    result
}

fn field<'s>(operand: &Type<'s>, written: &IdedExpr, name: &str) -> Found<'s> {
    operand.field(name).ok_or_else(|| {
        let path = format!("{}.{name}", path(written));
        let what = match operand {
            Type::Fields(_) if root(written) == Some("variables") => "which is not defined before it".to_owned(),
            Type::Fields(_) => "which is not there".to_owned(),
            Type::Object { .. } | Type::Metadata | Type::Optional(_) => "which its schema does not have".to_owned(),
            _ => format!("a field of `{operand}`, which has none"),
        };
        format!("uses {}, {what}", quote(&path))
    })
}

fn of_literal<'s>(literal: &LiteralValue) -> Type<'s> {
    match literal {
        LiteralValue::Boolean(_) => Type::BOOL,
        LiteralValue::Bytes(_) => Type::Plain("bytes"),
        LiteralValue::Double(_) => Type::Plain("double"),
        LiteralValue::Int(_) => Type::INT,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::STRING,
        LiteralValue::UInt(_) => Type::Plain("uint"),
    }
}

/// The type that a name stands for.
fn of_name(name: &str) -> &'static str {
    const PLAIN: [&str; 8] = ["bool", "bytes", "double", "int", "string", "uint", "timestamp", "duration"];
    match name {
        "list" => "list(dyn)",
        "map" => "map(dyn,dyn)",
        "null_type" => "null",
        "optional_type" => "optional(dyn)",
        _ => PLAIN.into_iter().find(|plain| *plain == name).unwrap_or("dyn"),
    }
}

/// One type for the items of a list that is written down.
fn joined<'s>(all: Type<'s>, next: &Type<'s>) -> Found<'s> {
    if all.is_same(next) { Ok(all.joined_with(next)) } else { Err(mixed(&all, next)) }
}

/// What an optional holds.
fn inner(given: Type<'_>) -> Found<'_> {
    match given {
        Type::Optional(inner) => Ok(*inner),
        Type::Dyn | Type::Free => Ok(Type::Dyn),
        other => Err(format!("has `{other}` where only what may be missing can stand")),
    }
}

pub(super) fn expect(wanted: &Type<'_>, given: &Type<'_>) -> Result<(), String> {
    if wanted.takes(given, &mut Params::default()) { Ok(()) } else { Err(mixed(wanted, given)) }
}

/// The name that fields stand behind.
fn root(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Ident(name) => Some(name),
        Expr::Select(select) if !select.test => root(&select.operand),
        _ => None,
    }
}

/// A name with fields behind it, as it is written; what is not a name is left out.
fn path(expression: &IdedExpr) -> String {
    let mut names = Vec::new();
    let mut at = expression;
    while let Expr::Select(select) = &at.expr {
        names.push(&*select.field);
        at = &select.operand;
    }
    names.push(if let Expr::Ident(name) = &at.expr { name } else { "…" });
    names.reverse();
    names.join(".")
}
