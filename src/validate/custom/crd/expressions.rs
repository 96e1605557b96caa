//! Whether the rules of a schema are CEL.

use super::super::cel::{Asked, Program, with_stack};
use super::super::schema::{Additional, ListType, Rule, Schema};
use super::rules;
use crate::object::Node;
use crate::validate::subject::{Subject, quote};

/// The most that is told of one schema.
const MOST: usize = 20;

/// Reads all rules in a schema whose text is `node`.
pub(super) fn check<'a>(subject: &mut Subject<'a>, node: Node<'a>, schema: &Schema) {
    if !schema.has_rules {
        return;
    }
    let faults = with_stack(|| {
        let mut faults = Faults::default();
        faults.below(node, schema, true, true);
        faults.0
    });
    for (at, expression, fault) in faults.into_iter().flatten() {
        let message = format!("{expression} of {} {fault}", subject.label);
        subject.find(
            &rules::VALIDATIONS,
            at,
            message,
            "`self` is the value that the rule stands at: <https://kubernetes.io/docs/reference/using-api/cel/>",
        );
    }
}

/// What is wrong with expressions: where each stands, what it is, and what is wrong with it.
#[derive(Default)]
struct Faults<'a>(Vec<(Node<'a>, String, String)>);

impl<'a> Faults<'a> {
    /// `is_followed`: whether the API server can tell which value was there before, which it cannot for the items of most lists.
    fn below(&mut self, node: Node<'a>, schema: &Schema, is_root: bool, is_followed: bool) {
        if !schema.has_rules || self.0.len() >= MOST {
            return;
        }
        let written = node.get("x-kubernetes-validations").into_iter().flat_map(Node::items);
        for (rule, at) in schema.rules.iter().zip(written) {
            self.rule(rule, at, schema, is_root, is_followed);
        }
        for (key, property) in node.get("properties").into_iter().flat_map(Node::entries) {
            if let Some(schema) = schema.property(key.as_str()) {
                self.below(property, schema, false, is_followed);
            }
        }
        if let (Some(items), Some(node)) = (&schema.items, node.get("items")) {
            self.below(node, items, false, is_followed && matches!(schema.list, ListType::Map(_)));
        }
        if let (Additional::Like(schema), Some(node)) = (&schema.additional, node.get("additionalProperties")) {
            self.below(node, schema, false, is_followed);
        }
    }

    fn rule(&mut self, rule: &Rule, at: Node<'a>, schema: &Schema, is_root: bool, is_followed: bool) {
        let misuse = |program: &Program, text: &str, is_message: bool| {
            let asked = Asked { schema, is_root, optional_old_self: rule.optional_old_self, text: is_message };
            let syntax = program.fault(text).map(|fault| format!("is no CEL expression ({fault})"));
            syntax.or_else(|| program.misuse(text, &asked))
        };
        let shown = || format!("the rule {}", quote(&rule.expression));
        let asks_for_old = rule.program.asks_for_old(&rule.expression);
        let place = at.get("rule").unwrap_or(at);
        if rule.expression.is_empty() {
            // That is told elsewhere.
        } else if let Some(fault) = misuse(&rule.program, &rule.expression, false) {
            self.0.push((place, shown(), fault));
        } else if asks_for_old == Some(true) && !is_followed {
            let fault =
                "uses `oldSelf` in a list whose items cannot be told apart: that takes `x-kubernetes-list-type: map`";
            self.0.push((place, shown(), fault.to_owned()));
        } else if let Some(option) = at.get("optionalOldSelf").filter(|_| asks_for_old == Some(false)) {
            self.0.push((option, shown(), "does not use `oldSelf`, so `optionalOldSelf` may not be there".to_owned()));
        }
        if let Some(text) = &rule.message_expression
            && let Some(fault) = misuse(&rule.message_program, text, true)
        {
            let at = at.get("messageExpression").unwrap_or(at);
            self.0.push((at, format!("the message expression {}", quote(text)), fault));
        }
    }
}
