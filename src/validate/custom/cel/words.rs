//! What is said of expressions that do not hold together; it is put behind "the rule …".

use kube_cel::cel::common::ast::{Expr, IdedExpr, LiteralValue};

use super::super::format::Format;
use super::super::pattern;
use super::functions::ALL;
use super::types::{Params, Type};
use crate::validate::subject::quote;

pub(super) fn mixed(wanted: &Type<'_>, given: &Type<'_>) -> String {
    format!("has `{given}` where `{wanted}` is needed")
}

pub(super) fn no_range(of: &Type<'_>) -> String {
    format!("goes through `{of}`, which is neither a list nor a map")
}

/// A function or an operator that does not take what it is given.
pub(super) fn misapplied(name: &str, target: Option<&Type<'_>>, given: &[Type<'_>]) -> String {
    let arguments = given.iter().map(|given| format!("`{given}`")).collect::<Vec<_>>().join(" and ");
    if name.starts_with(['_', '@', '!', '-']) {
        let operator: String = name.chars().filter(|c| !matches!(c, '_' | '@')).collect();
        let ask = match given {
            [.., Type::Null] | [Type::Null, ..] => ": whether a field is there is asked with `has(…)`",
            _ => "",
        };
        return format!("applies `{operator}` to {arguments}, which it does not take{ask}");
    }
    let with = if given.is_empty() { "nothing" } else { &*arguments };
    match target {
        Some(target) if has_function(target, name) => {
            format!("calls `{name}` of `{target}` with {with}, which it does not take")
        }
        Some(target) => format!("calls `{name}` of `{target}`, which has no such function"),
        None => format!("calls `{name}` with {with}, which it does not take"),
    }
}

/// Whether what is of this type has a function of this name.
fn has_function(of: &Type<'_>, name: &str) -> bool {
    let targets = ALL.get(name).into_iter().flatten().filter_map(|overload| overload.target.as_ref());
    targets.into_iter().any(|target| target.takes(of, &mut Params::default()))
}

pub(super) fn did_you_mean(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"))
}

/// A pattern, a time or a duration that is written down and is none.
pub(super) fn literal_fault(name: &str, arguments: &[IdedExpr]) -> Option<String> {
    let text = |expression: &'_ IdedExpr| match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    };
    match (name, arguments) {
        ("matches", [.., pattern]) | ("find" | "findAll", [pattern, ..]) => {
            pattern::fault(&text(pattern)?).map(|fault| format!("has a pattern that is none ({fault})"))
        }
        ("timestamp", [only]) => {
            let text = text(only).filter(|text| !Format::DateTime.accepts(text))?;
            Some(format!("has a time that is none, {}: write it as `2026-01-31T23:59:59Z`", quote(&text)))
        }
        ("duration", [only]) => {
            let text = text(only).filter(|text| !Format::Duration.accepts(text))?;
            Some(format!("has a duration that is none, {}: write it as `1h30m`", quote(&text)))
        }
        _ => None,
    }
}
