//! Where `fieldPath` of a rule leads: to a field below the value that the rule is about.

use super::super::effective::{Step, Value};
use crate::object::Node;

/// A place below a value.
pub(super) struct Place<'t> {
    pub(super) steps: Vec<Step<'t>>,
    /// The node there, or the last one on the way that is there.
    pub(super) node: Option<Node<'t>>,
}

/// Follows a path such as `.spec.color` or `.labels['a.b']`; none if it is no such path. What is not there ends the way.
pub(super) fn find<'t>(value: &Value<'t>, path: &'t str) -> Option<Place<'t>> {
    let mut steps = Vec::new();
    let mut at = Some(value);
    let mut node = value.node;
    let mut rest = path.trim();
    while !rest.is_empty() {
        let name;
        (name, rest) = if let Some(behind) = rest.strip_prefix('.') {
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            (behind.get(..end)?, behind.get(end..)?)
        } else {
            rest.strip_prefix("['")?.split_once("']")?
        };
        steps.push(Step::Field(name));
        at = at.and_then(|value| value.get(name));
        node = at.and_then(|value| value.node).or(node);
    }
    Some(Place { steps, node })
}
