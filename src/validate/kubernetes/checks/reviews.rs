//! Questions to the API server: who may do what, and who is it.

use super::fields::{at, at_most_one, has};
use super::{Extra, Row, Walk, extra, get, needs, text};
use crate::object::Node;

const ACCESS: &[&str] = &[
    "authorization.v1.SubjectAccessReview",
    "authorization.v1.SelfSubjectAccessReview",
    "authorization.v1.LocalSubjectAccessReview",
];
const ACCESS_SPEC: &[&str] =
    &["authorization.v1.SubjectAccessReviewSpec", "authorization.v1.SelfSubjectAccessReviewSpec"];
const SELECTORS: &[&str] = &["authorization.v1.FieldSelectorAttributes", "authorization.v1.LabelSelectorAttributes"];

pub(super) static ROWS: &[Row] = &[
    needs(&["authentication.v1.TokenReview"], &["spec"]),
    needs(&["authentication.v1.TokenReviewSpec"], &["token"]),
    needs(ACCESS, &["spec"]),
    needs(&["authorization.v1.SelfSubjectRulesReview"], &["spec"]),
    needs(&["authorization.v1.SelfSubjectRulesReviewSpec"], &["namespace"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(ACCESS, metadata_is_empty),
    extra(ACCESS_SPEC, one_of_two),
    extra(&["authorization.v1.SubjectAccessReviewSpec"], someone),
    extra(&["authorization.v1.LocalSubjectAccessReview"], local),
    extra(SELECTORS, selector),
];

fn metadata_is_empty(walk: &mut Walk<'_, '_>, review: Node<'_>) {
    let may_have: &[&str] = if walk.kind() == "LocalSubjectAccessReview" { &["namespace"] } else { &[] };
    for (key, value) in review.get("metadata").into_iter().flat_map(Node::entries) {
        if !super::is_empty(value) && key.as_str() != "managedFields" && !may_have.contains(&key.as_str()) {
            let below = format!("metadata.{}", key.as_str());
            walk.invalid(value, &below, "must not be there: a question has no name", "delete it");
        }
    }
}

fn one_of_two(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if at_most_one(walk, spec, &["resourceAttributes", "nonResourceAttributes"]) == 0 {
        walk.missing(spec, "resourceAttributes", "add `resourceAttributes:` or `nonResourceAttributes:`");
    }
}

fn someone(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if text(spec, "user").is_none() && spec.get("groups").is_none_or(super::is_empty) {
        walk.missing(spec, "user", "add `user:` or `groups:`");
    }
}

fn local(walk: &mut Walk<'_, '_>, review: Node<'_>) {
    let Some(spec) = get(review, "spec") else { return };
    if has(spec, "nonResourceAttributes") {
        let why = "does not go with a question about one namespace";
        walk.forbidden(spec, "spec.nonResourceAttributes", why, "delete it");
    }
    let own = at(review, &["metadata", "namespace"]).and_then(Node::as_str);
    let Some(asked) = get(spec, "resourceAttributes") else { return };
    let theirs = asked.get("namespace").and_then(Node::as_str).unwrap_or_default();
    if own.is_some_and(|own| own != theirs) || theirs.is_empty() {
        let node = asked.get("namespace").unwrap_or(asked);
        let hint = "write the same namespace in both places";
        walk.invalid(node, "spec.resourceAttributes.namespace", "is not `metadata.namespace`", hint);
    }
}

fn selector(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let has_raw = text(node, "rawSelector").is_some();
    let has_requirements = node.get("requirements").is_some_and(|list| !list.is_empty());
    match (has_raw, has_requirements) {
        (true, true) => {
            let hint = "delete one of the two";
            walk.forbidden(node, "rawSelector", "must not be there beside `requirements`", hint);
        }
        (false, false) => walk.missing(node, "requirements", "add `requirements:` or `rawSelector:`"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::said;

    #[test]
    fn questions() {
        const GOOD: &str = "{apiVersion: authorization.k8s.io/v1, kind: LocalSubjectAccessReview, metadata: {namespace: a}, \
             spec: {user: b, resourceAttributes: {namespace: a}}}";
        for (from, to, expected) in [
            ("user: b, ", "", "add `user:` or `groups:`"),
            ("metadata: {", "metadata: {name: a, ", "a question has no name"),
            ("resourceAttributes: {namespace: a}", "", "add `resourceAttributes:`"),
            ("user: b", "user: b, nonResourceAttributes: {path: /}", "about one namespace"),
            ("{namespace: a}}}", "{namespace: b}}}", "is not `metadata.namespace`"),
            ("{namespace: a}}}", "{namespace: a, labelSelector: {}}}}", "add `requirements:`"),
        ] {
            assert!(GOOD.contains(from));
            let found = said(&GOOD.replacen(from, to, 1), &crate::validate::Options::default());
            assert!(found.iter().any(|line| line.contains(expected)), "{to}: {found:?}");
        }
        // Only that it is a question is said of a good one.
        let found = said(GOOD, &crate::validate::Options::default());
        assert!(matches!(&found[..], [one] if one.contains("object/request")), "{found:?}");
    }
}
