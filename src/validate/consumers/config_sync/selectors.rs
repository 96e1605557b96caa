//! Config Sync's own kinds ClusterSelector and NamespaceSelector, as definitions.

use super::super::rules;
use crate::object::{Node, Value};
use crate::validate::options::SourceFormat;
use crate::validate::subject::{Subject, quote, what};

/// Operators, and whether they take values.
const OPERATORS: [(&str, bool); 4] = [("In", true), ("NotIn", true), ("Exists", false), ("DoesNotExist", false)];

/// Checks a selector's own fields.
pub(super) fn definition(on: &mut Subject<'_>) {
    if on.object.group() != Some("configmanagement.gke.io") {
        return;
    }
    let kind = on.object.kind().unwrap_or_default();
    if !matches!(kind, "ClusterSelector" | "NamespaceSelector") {
        return;
    }
    let root = on.object.node;
    let Ok(spec) = mapping(on, root, "spec") else { return };
    let Ok(selector) = spec.map_or(Ok(None), |spec| mapping(on, spec, "selector")) else { return };
    let before = on.findings.len();
    let asked = selector.map_or(0, |selector| match_labels(on, selector) + match_expressions(on, selector));
    if asked == 0 && on.findings.len() == before {
        empty(on, selector.or(spec).or(root.get("kind")).unwrap_or(root));
    }
    if let Some(spec) = spec.filter(|_| kind == "NamespaceSelector") {
        mode(on, spec);
    }
}

fn empty(on: &mut Subject<'_>, at: Node<'_>) {
    let message = format!("{} selects by nothing (KNV1014)", on.label);
    on.find(&rules::SELECTOR, at, message, "write `spec:`, `selector:` and below it `matchLabels:` with a label");
}

/// What is no mapping, and was told.
pub(super) struct Malformed;

/// The mapping at `key`, if there is any.
pub(super) fn mapping<'a>(on: &mut Subject<'_>, parent: Node<'a>, key: &str) -> Result<Option<Node<'a>>, Malformed> {
    let Some(node) = parent.get(key).filter(|node| !node.is_null()) else { return Ok(None) };
    if node.is_mapping() {
        return Ok(Some(node));
    }
    malformed(on, node, key, "a map");
    Err(Malformed)
}

pub(super) fn malformed(on: &mut Subject<'_>, node: Node<'_>, field: &str, wanted: &str) {
    let message = format!("`{field}` of {} is {}, not {wanted} (KNV1006)", on.label, what(node));
    on.find(&rules::MALFORMED, node, message, "");
}

/// How many labels are asked for.
fn match_labels(on: &mut Subject<'_>, selector: Node<'_>) -> usize {
    let Ok(Some(labels)) = mapping(on, selector, "matchLabels") else { return 0 };
    for (_, value) in labels.entries() {
        if value.as_str().is_none() {
            malformed(on, value, "matchLabels", "a string in quotes");
        }
    }
    labels.len()
}

/// How many expressions there are.
fn match_expressions(on: &mut Subject<'_>, selector: Node<'_>) -> usize {
    let Some(expressions) = selector.get("matchExpressions").filter(|node| !node.is_null()) else { return 0 };
    if !expressions.is_sequence() {
        malformed(on, expressions, "matchExpressions", "a list");
        return 0;
    }
    for expression in expressions.items() {
        let text = |key: &str| expression.get(key).and_then(Node::as_str).unwrap_or_default();
        if text("key").is_empty() {
            let message = format!("an expression of {} has no key (KNV1014)", on.label);
            on.find(&rules::SELECTOR, expression, message, "write `key:` and the name of a label");
        }
        let operator = text("operator");
        let Some((_, takes_values)) = OPERATORS.iter().find(|(known, _)| *known == operator) else {
            let message = format!("the operator {} of {} is none (KNV1014)", quote(operator), on.label);
            on.find(&rules::SELECTOR, expression, message, "write `In`, `NotIn`, `Exists` or `DoesNotExist`");
            continue;
        };
        let has_values = expression.get("values").is_some_and(|values| !values.is_empty());
        if *takes_values != has_values {
            let needs = if *takes_values { "needs" } else { "takes no" };
            let message = format!("the operator `{operator}` of {} {needs} values (KNV1014)", on.label);
            let hint = if *takes_values { "write `values:` and a list" } else { "delete `values:`" };
            on.find(&rules::SELECTOR, expression, message, hint);
        }
    }
    expressions.len()
}

fn mode(on: &mut Subject<'_>, spec: Node<'_>) {
    let Some(node) = spec.get("mode") else { return };
    let (message, hint) = match node.value() {
        Value::Null | Value::String("" | "static") => return,
        Value::String("dynamic") if on.options.source_format == SourceFormat::Unstructured => return,
        Value::String("dynamic") => (
            format!("the mode `dynamic` of {} is nothing for the format `hierarchy` (KNV1014)", on.label),
            "write `mode: static`, or leave it out",
        ),
        Value::String(other) => (
            format!("the mode {} of {} is none (KNV1014)", quote(other), on.label),
            "write `mode: static` or `mode: dynamic`",
        ),
        _ => return malformed(on, node, "mode", "a string"),
    };
    on.find(&rules::SELECTOR, node, message, hint);
}
