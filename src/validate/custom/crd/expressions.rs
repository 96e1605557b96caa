//! Whether the rules of a schema are CEL.

use super::super::cel::with_stack;
use super::super::schema::{Additional, Schema};
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
        let mut faults = Vec::new();
        below(node, schema, true, &mut faults);
        faults
    });
    for (at, message) in faults.into_iter().flatten() {
        let message = format!("{message} in {}", subject.label);
        subject.find(
            &rules::VALIDATIONS,
            at,
            message,
            "`self` is the value that the rule stands at: <https://kubernetes.io/docs/reference/using-api/cel/>",
        );
    }
}

fn below<'a>(node: Node<'a>, schema: &Schema, is_root: bool, faults: &mut Vec<(Node<'a>, String)>) {
    if !schema.has_rules || faults.len() >= MOST {
        return;
    }
    let written = node.get("x-kubernetes-validations").into_iter().flat_map(Node::items);
    for (rule, at) in schema.rules.iter().zip(written) {
        if let Some(fault) = rule.program.fault(&rule.expression).filter(|_| !rule.expression.is_empty()) {
            let message = format!("the rule {} is no CEL expression ({fault})", quote(&rule.expression));
            faults.push((at.get("rule").unwrap_or(at), message));
        }
        if let Some(field) = rule.program.unknown_field(&rule.expression, schema, is_root) {
            let message =
                format!("the rule {} uses `{field}`, which its schema does not have,", quote(&rule.expression));
            faults.push((at.get("rule").unwrap_or(at), message));
        }
        if let Some(text) = &rule.message_expression
            && let Some(fault) = rule.message_program.fault(text)
        {
            let message = format!("the message expression {} is no CEL expression ({fault})", quote(text));
            faults.push((at.get("messageExpression").unwrap_or(at), message));
        }
    }
    for (key, property) in node.get("properties").into_iter().flat_map(Node::entries) {
        if let Some(schema) = schema.property(key.as_str()) {
            below(property, schema, false, faults);
        }
    }
    if let (Some(schema), Some(node)) = (&schema.items, node.get("items")) {
        below(node, schema, false, faults);
    }
    if let (Additional::Like(schema), Some(node)) = (&schema.additional, node.get("additionalProperties")) {
        below(node, schema, false, faults);
    }
}
