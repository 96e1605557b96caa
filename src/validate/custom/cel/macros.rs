//! Macros that the parser leaves as calls: their first arguments are names that they give to what they go through.

use kube_cel::cel::common::ast::{Expr, IdedExpr};

use super::checker::{Checker, Found, expect, resolve};
use super::types::Type;
use super::words::{misapplied, no_range};

impl<'s> Checker<'s> {
    /// What the parser leaves of macros as it finds it: their first arguments are new names.
    pub(super) fn macros(
        &mut self,
        name: &str,
        target: &'s IdedExpr,
        first: &'s IdedExpr,
        rest: &'s [IdedExpr],
    ) -> Option<Found<'s>> {
        match (name, name_of(first)?, rest) {
            ("optMap" | "optFlatMap" | "sortBy", bound, [body]) => Some(self.one_name(name, target, bound, body)),
            ("all" | "exists" | "existsOne" | "exists_one", key, [value, body]) => {
                let value = name_of(value)?;
                Some(self.two_names(target, [key, value], |checker, _| {
                    expect(&Type::BOOL, &checker.of(body)?)?;
                    Ok(Type::BOOL)
                }))
            }
            ("transformList" | "transformMap" | "transformMapEntry", key, [value, filter @ .., body])
                if filter.len() <= 1 =>
            {
                let value = name_of(value)?;
                Some(self.two_names(target, [key, value], |checker, key| {
                    for filter in filter {
                        expect(&Type::BOOL, &checker.of(filter)?)?;
                    }
                    let body = checker.of(body)?;
                    match name {
                        "transformList" => Ok(Type::list(body)),
                        "transformMap" => Ok(Type::map(key, body)),
                        _ => {
                            let any = Type::map(Type::Dyn, Type::Dyn);
                            expect(&any, &body)?;
                            Ok(if let Type::Map(..) = body { body } else { any })
                        }
                    }
                }))
            }
            _ => None,
        }
    }

    /// A macro that gives a name to what an optional or a list holds.
    fn one_name(&mut self, name: &str, target: &'s IdedExpr, bound: &'s str, body: &'s IdedExpr) -> Found<'s> {
        let of = self.of(target)?;
        let item = match (&of, name) {
            (Type::List(item), "sortBy") | (Type::Optional(item), "optMap" | "optFlatMap") => (**item).clone(),
            (Type::Dyn | Type::Free, _) => Type::Dyn,
            _ => return Err(misapplied(name, Some(&of), &[])),
        };
        let body = self.within([(bound, item)], |checker| checker.of(body))?;
        match (name, body) {
            ("optMap", body) => Ok(Type::Optional(Box::new(body))),
            ("optFlatMap", body @ (Type::Optional(_) | Type::Dyn | Type::Free)) => Ok(body),
            ("sortBy", body) if resolve("sort", Some(&Type::list(body.clone())), &[]).is_some() => {
                Ok(if let Type::List(_) = of { of } else { Type::list(Type::Dyn) })
            }
            (_, body) => Err(misapplied(name, Some(&of), &[body])),
        }
    }

    /// A macro with two names: index and item, or key and value. `body` gets the type of the first.
    fn two_names(
        &mut self,
        range: &'s IdedExpr,
        names: [&'s str; 2],
        body: impl FnOnce(&mut Self, Type<'s>) -> Found<'s>,
    ) -> Found<'s> {
        let (key, value) = match self.of(range)? {
            Type::List(item) => (Type::INT, *item),
            Type::Map(key, value) => (*key, *value),
            Type::Dyn | Type::Free => (Type::Dyn, Type::Dyn),
            other => return Err(no_range(&other)),
        };
        let [first, second] = names;
        self.within([(first, key.clone()), (second, value)], |checker| body(checker, key))
    }
}

fn name_of(expression: &IdedExpr) -> Option<&str> {
    if let Expr::Ident(name) = &expression.expr { Some(name) } else { None }
}
