//! Expressions that stand in Kubernetes' own kinds: whether they are CEL, hold together, and give what their place asks for.

use std::sync::Arc;

use super::checker::Checker;
use super::program::Program;
use super::types::Type;
use super::with_stack;

/// An expression and where it stands.
pub(in crate::validate) struct Expression<'t> {
    /// What is written; blank where nothing is, which is told elsewhere.
    pub text: &'t str,
    /// The names that are there.
    pub names: &'static [&'static str],
    /// Whether `variables` is there, too, with those that are defined before.
    pub variables: bool,
    /// The variable that it defines.
    pub defines: Option<&'t str>,
    /// What it must give.
    pub gives: Gives,
}

/// What an expression must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::validate) enum Gives {
    /// True or false.
    Bool,
    /// A text.
    Text,
    /// A text or null.
    TextOrNull,
    /// Anything.
    Any,
}

/// What is wrong with each expression, as the end of a sentence. Those that define variables stand before those that use them.
pub(in crate::validate) fn faults(expressions: &[Expression<'_>]) -> Vec<Option<String>> {
    let programs: Vec<Program> = expressions.iter().map(|_| Program::default()).collect();
    let all = || {
        let mut variables: Vec<(&str, Type<'_>)> = Vec::new();
        let mut faults = Vec::with_capacity(expressions.len());
        for (expression, program) in expressions.iter().zip(&programs) {
            let found = of(expression, program, &variables);
            let (of, fault) = match found {
                Ok(of) => (of, None),
                Err(fault) => (Type::Free, Some(fault)),
            };
            variables.extend(expression.defines.map(|name| (name, of)));
            faults.push(fault);
        }
        faults
    };
    with_stack(all).unwrap_or_default()
}

/// The type of what an expression gives.
fn of<'t>(
    expression: &Expression<'t>,
    program: &'t Program,
    variables: &[(&'t str, Type<'t>)],
) -> Result<Type<'t>, String> {
    if expression.text.trim().is_empty() {
        return Ok(Type::Free);
    }
    let Some(compiled) = program.get(expression.text) else {
        let fault = program.fault(expression.text);
        return fault.map_or(Ok(Type::Free), |fault| Err(format!("is no CEL expression ({fault})")));
    };
    let mut names: Vec<_> = expression.names.iter().map(|name| (*name, of_name(name))).collect();
    if expression.variables {
        names.push(("variables", Type::Fields(variables.into())));
    }
    let given = Checker::new(names).of(&compiled.expression)?;
    let (is_right, wanted) = match expression.gives {
        Gives::Any => (true, ""),
        Gives::Bool => (given.is_same(&Type::BOOL), "`bool`"),
        Gives::Text => (given.is_same(&Type::STRING), "`string`"),
        Gives::TextOrNull => (given.is_same(&Type::STRING) || given.is_same(&Type::Null), "`string` or `null`"),
    };
    if is_right { Ok(given) } else { Err(format!("gives `{given}`, not {wanted}")) }
}

/// The type of what a name stands for.
fn of_name(name: &str) -> Type<'static> {
    match name {
        "authorizer" => Type::AUTHORIZER,
        "request" => {
            let thing = |last| fields(&[("group", "string"), ("version", "string"), (last, "string")]);
            let user = fields(&[
                ("username", "string"),
                ("uid", "string"),
                ("groups", "list(string)"),
                ("extra", "map(string,list(string))"),
            ]);
            let plain = [
                ("subResource", "string"),
                ("requestSubResource", "string"),
                ("name", "string"),
                ("namespace", "string"),
                ("operation", "string"),
                ("dryRun", "bool"),
                ("options", "dyn"),
            ];
            let plain = plain.map(|(name, of)| (name, Type::parse(of)));
            let things = [
                ("kind", thing("kind")),
                ("requestKind", thing("kind")),
                ("resource", thing("resource")),
                ("requestResource", thing("resource")),
                ("userInfo", user),
            ];
            Type::Fields(plain.into_iter().chain(things).collect())
        }
        // Of objects nothing is known here.
        _ => Type::Dyn,
    }
}

fn fields(fields: &[(&'static str, &'static str)]) -> Type<'static> {
    Type::Fields(fields.iter().map(|(name, of)| (*name, Type::parse(of))).collect::<Arc<[_]>>())
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
            ("has(object.a) ? [1, 2].map(x, x * 2) == [2] : [{'a': object.b}].size() == 1", None),
            ("type(object.a) == string || type(object.a) == google.protobuf.Timestamp", None),
            ("sets.contains([1], object.a) && optional.of(object.x).hasValue()", None),
            ("object.a.transformList(k, v, k + v) == [1]", None),
            ("cel.bind(x, 1, x + 1)", None),
            ("Object{spec: Object.spec{replicas: object.a}}", None),
            ("request.kind.group == 'a' && request.userInfo.extra['a'] == ['b'] && request.options.a == 1", None),
            ("request.uid == 'a'", Some("uses `request.uid`, which is not there")),
            ("request.name == 1", Some("applies `==` to `string` and `int`")),
            ("authorizer.group('a').resource('b').namespace('c').check('get').allowed()", None),
            ("authorizer.requestResource.check('get').reason() == 'a'", None),
            ("authorizer.path('/a')", Some("gives `kubernetes.authorization.PathCheck`, not `bool`")),
            ("object.a", Some("gives `dyn`, not `bool`")),
            ("now() == 1", Some("calls `now`, which is no function")),
            ("variables.a == 'x'", Some("applies `==` to `int` and `string`")),
            ("variables['a'] == 1", Some("applies `[]` to `object` and `string`")),
            ("Object{spec: Object.spec{replicas: objct.a}}", Some("uses `objct`")),
            ("variables.a + 1 == 2", None),
            ("variables.b + 1 == 2", Some("`variables.b`, which is not defined before")),
            ("variables.c.x()", Some("`variables.c`")),
            (
                "DEVICE.DRIVER == 'a'",
                Some(
                    "uses `DEVICE`, which is not there; what is there is `object`, `oldObject`, `request`, `authorizer`, `variables`",
                ),
            ),
            ("1 +", Some("is no CEL expression")),
            ("quantity(object.a).isLessThan(quantity('1'))", None),
            ("object.?a.orValue('') == '' || object[?'a'].hasValue()", None),
        ];
        let names: &[&str] = &["object", "oldObject", "request", "authorizer"];
        let of = |text| Expression { text, names, variables: true, defines: None, gives: Gives::Bool };
        let defined = Expression { defines: Some("a"), gives: Gives::Any, ..of("1") };
        let expressions: Vec<_> = [defined].into_iter().chain(table.iter().map(|(text, _)| of(text))).collect();
        for ((text, expected), found) in table.iter().zip(faults(&expressions).into_iter().skip(1)) {
            match (expected, &found) {
                (None, None) => {}
                (Some(part), Some(found)) if found.contains(part) => {}
                _ => panic!("{text}: {found:?}, not {expected:?}"),
            }
        }
    }
}
