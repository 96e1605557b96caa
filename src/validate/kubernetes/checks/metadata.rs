//! Metadata wherever it stands: of objects, and of templates in them.

use super::{Extra, Must, Row, must, needs};
use crate::validate::texts;

pub(super) static ROWS: &[Row] = &[
    must(
        &["meta.v1.ObjectMeta"],
        &["labels"],
        &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))],
    ),
    must(&["meta.v1.ObjectMeta"], &["annotations"], &[Must::Keys(texts::annotation_key)]),
    must(&["meta.v1.ObjectMeta"], &["finalizers"], &[Must::Each(&Must::Text(texts::qualified_name))]),
    must(
        &["meta.v1.LabelSelector"],
        &["matchLabels"],
        &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))],
    ),
    needs(&["meta.v1.LabelSelectorRequirement"], &["key", "operator"]),
    must(&["meta.v1.LabelSelectorRequirement"], &["key"], &[Must::Text(texts::qualified_name)]),
    must(
        &["meta.v1.LabelSelectorRequirement"],
        &["operator"],
        &[Must::OneOf(&["In", "NotIn", "Exists", "DoesNotExist"])],
    ),
    must(&["meta.v1.LabelSelectorRequirement"], &["values"], &[Must::Each(&Must::Text(texts::label_value))]),
    needs(&["meta.v1.OwnerReference"], &["apiVersion", "kind", "name", "uid"]),
];

pub(super) static EXTRAS: &[Extra] = &[super::extra(&["meta.v1.LabelSelectorRequirement"], values_fit_operator)];

/// `In` and `NotIn` need values; the others have none.
fn values_fit_operator(walk: &mut super::Walk<'_, '_>, node: crate::object::Node<'_>) {
    let count = node.get("values").map_or(0, crate::object::Node::len);
    match super::text(node, "operator") {
        Some("In" | "NotIn") if count == 0 => {
            walk.missing(node, "values", "`In` and `NotIn` compare with values: list them below `values:`");
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if count > 0 => {
            let hint = format!("`{operator}` looks at the key alone: delete `values:`, or use `In` or `NotIn`");
            walk.forbidden(node, "values", &format!("must not be there with the operator `{operator}`"), hint);
        }
        _ => {}
    }
}
