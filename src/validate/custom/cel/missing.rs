//! Rules that end in an error for certain: they ask for a field that is not there.
//!
//! An error may come of what the evaluator here cannot do. So it counts only where every part of the rule that could decide otherwise was
//! evaluated without one, and where the field that is missing is one of the schema.

use kube_cel::cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, operators};
use kube_cel::cel::{Context, ExecutionError, Value};

use super::shape::{Scope, Shape};

/// The name of a field that is missing, if the rule is an error for want of it.
pub(super) fn find<'e>(expression: &'e IdedExpr, context: &Context<'_>, scope: &Scope<'_, 'e>) -> Option<String> {
    match &expression.expr {
        Expr::Call(CallExpr { func_name, target: None, args }) => match (func_name.as_str(), &args[..]) {
            (operators::LOGICAL_NOT, [part]) => return find(part, context, scope),
            (operators::LOGICAL_AND, [left, right]) => {
                return in_some([(left, context, scope), (right, context, scope)].into_iter(), true);
            }
            (operators::LOGICAL_OR, [left, right]) => {
                return in_some([(left, context, scope), (right, context, scope)].into_iter(), false);
            }
            (operators::CONDITIONAL, [condition, yes, no]) => {
                return match Value::resolve(condition, context) {
                    Ok(Value::Bool(true)) => find(yes, context, scope),
                    Ok(Value::Bool(false)) => find(no, context, scope),
                    Ok(_) => None,
                    Err(_) => find(condition, context, scope),
                };
            }
            _ => {}
        },
        Expr::Comprehension(loops) => return in_loop(loops, context, scope),
        _ => {}
    }
    match Value::resolve(expression, context) {
        Err(ExecutionError::NoSuchKey(name)) => asks_for(expression, &name, scope).then(|| name.to_string()),
        _ => None,
    }
}

/// The same of `all` and `exists` over a list.
fn in_loop<'e>(loops: &'e ComprehensionExpr, context: &Context<'_>, scope: &Scope<'_, 'e>) -> Option<String> {
    let Expr::Call(CallExpr { func_name, args, .. }) = &loops.loop_step.expr else { return None };
    let neutral = match func_name.as_str() {
        operators::LOGICAL_AND => true,
        operators::LOGICAL_OR => false,
        _ => return None,
    };
    let is_sum = |part: &IdedExpr| matches!(&part.expr, Expr::Ident(name) if *name == loops.accu_var);
    let [sum, part] = &args[..] else { return None };
    if !is_sum(sum) || !is_sum(&loops.result) || loops.iter_var2.is_some() {
        return None;
    }
    let items = match Value::resolve(&loops.iter_range, context) {
        Ok(Value::List(items)) => items,
        Ok(_) => return None,
        Err(_) => return find(&loops.iter_range, context, scope),
    };
    let scope = scope.within(loops);
    let contexts: Vec<Context<'_>> = items
        .iter()
        .map(|item| {
            let mut context = context.new_inner_scope();
            context.add_variable_from_value(loops.iter_var.as_str(), item.clone());
            context
        })
        .collect();
    in_some(contexts.iter().map(|context| (part, context, &scope)), neutral)
}

/// An error in one of these parts, if no other decides. `neutral` is the value that leaves the others to do so.
fn in_some<'p, 's: 'p, 'e: 'p>(
    parts: impl Iterator<Item = (&'e IdedExpr, &'p Context<'p>, &'p Scope<'s, 'e>)>,
    neutral: bool,
) -> Option<String> {
    let mut found = None;
    for (part, context, scope) in parts {
        match Value::resolve(part, context) {
            Ok(Value::Bool(value)) if value == neutral => {}
            Ok(_) => return None,
            Err(_) => {
                let missing = find(part, context, scope)?;
                found.get_or_insert(missing);
            }
        }
    }
    found
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
                // What a list or a map does not have is an error there, too.
                (operators::INDEX, [operand, _]) => scope.is_collection(operand),
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
