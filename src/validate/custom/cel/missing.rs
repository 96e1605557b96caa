//! Rules that end in an error for certain: they ask for a field that is not there.
//!
//! An error may come of what the evaluator here cannot do. So it counts only where every part of the rule that could decide otherwise was
//! evaluated without one, and where the field that is missing is one of the schema.

use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use kube_cel::cel::{Context, ExecutionError, Value};

use super::shape::{Scope, Shape};

/// The name of a field that is missing, if the rule is an error for want of it.
pub(super) fn find(expression: &IdedExpr, context: &Context<'_>, scope: &Scope<'_, '_>) -> Option<String> {
    if let Expr::Call(CallExpr { func_name, target: None, args }) = &expression.expr {
        match (func_name.as_str(), &args[..]) {
            (operators::LOGICAL_NOT, [part]) => return find(part, context, scope),
            (operators::LOGICAL_AND, [left, right]) => return in_either(left, right, true, context, scope),
            (operators::LOGICAL_OR, [left, right]) => return in_either(left, right, false, context, scope),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                return match Value::resolve(condition, context) {
                    Ok(Value::Bool(true)) => find(yes, context, scope),
                    Ok(Value::Bool(false)) => find(no, context, scope),
                    Ok(_) => None,
                    Err(_) => find(condition, context, scope),
                };
            }
            _ => {}
        }
    }
    match Value::resolve(expression, context) {
        Err(ExecutionError::NoSuchKey(name)) => asks_for(expression, &name, scope).then(|| name.to_string()),
        _ => None,
    }
}

/// `neutral` is the value that leaves the other to decide.
fn in_either(
    left: &IdedExpr,
    right: &IdedExpr,
    neutral: bool,
    context: &Context<'_>,
    scope: &Scope<'_, '_>,
) -> Option<String> {
    let part = |part| match Value::resolve(part, context) {
        Ok(Value::Bool(value)) => (value == neutral).then_some(None),
        Ok(_) => None,
        Err(_) => find(part, context, scope).map(Some),
    };
    let (left, right) = (part(left)?, part(right)?);
    left.or(right)
}

/// Whether all that is asked for by this name is a field that the schema has, in an expression all of whose parts are needed.
fn asks_for(expression: &IdedExpr, name: &str, scope: &Scope<'_, '_>) -> bool {
    let is_known = |operand| match scope.of(operand) {
        Shape::Like(schema) => scope.field(schema, name).is_some(),
        _ => false,
    };
    match &expression.expr {
        Expr::Ident(_) | Expr::Literal(_) => true,
        Expr::Select(select) => {
            (select.field != name || is_known(&select.operand)) && asks_for(&select.operand, name, scope)
        }
        Expr::Call(call) => {
            let is_sound = match (call.func_name.as_str(), &call.args[..]) {
                (operators::INDEX, [operand, key]) => match &key.expr {
                    Expr::Literal(LiteralValue::String(key)) => key.inner() != name || is_known(operand),
                    _ => false,
                },
                (
                    operators::LOGICAL_AND
                    | operators::LOGICAL_OR
                    | operators::CONDITIONAL
                    | operators::OPT_INDEX
                    | operators::OPT_SELECT,
                    _,
                ) => false,
                _ => true,
            };
            is_sound
                && call.target.as_deref().is_none_or(|target| asks_for(target, name, scope))
                && call.args.iter().all(|argument| asks_for(argument, name, scope))
        }
        Expr::List(list) => list.elements.iter().all(|item| asks_for(item, name, scope)),
        Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => false,
    }
}
