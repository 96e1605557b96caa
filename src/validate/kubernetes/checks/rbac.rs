//! Roles and who has them.

use super::fields::any_text;
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const BINDINGS: &[&str] = &["rbac.v1.RoleBinding", "rbac.v1.ClusterRoleBinding"];
const RULE: &[&str] = &["rbac.v1.PolicyRule"];
const REF: &[&str] = &["rbac.v1.RoleRef"];
const SUBJECT: &[&str] = &["rbac.v1.Subject"];
const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) static ROWS: &[Row] = &[
    needs(RULE, &["verbs"]),
    needs(BINDINGS, &["roleRef"]),
    needs(REF, &["kind", "name"]),
    must(REF, &["name"], &[Must::Text(forms::segment)]),
    needs(&["rbac.v1.AggregationRule"], &["clusterRoleSelectors"]),
    needs(SUBJECT, &["kind", "name"]),
];

pub(super) static EXTRAS: &[Extra] = &[extra(RULE, rule), extra(REF, role_ref), extra(SUBJECT, subject)];

fn rule(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    let is_there = |field: &str| rule.get(field).is_some_and(|list| !list.is_empty());
    if is_there("nonResourceURLs") {
        if walk.kind() == "Role" {
            let hint = "delete it, or put the rule into a ClusterRole";
            walk.forbidden(rule, "nonResourceURLs", "belongs into a ClusterRole: a Role is about one namespace", hint);
        }
        if is_there("apiGroups") || is_there("resources") || is_there("resourceNames") {
            let hint = "make two rules of it";
            walk.forbidden(rule, "nonResourceURLs", "must not be there beside `apiGroups` or `resources`", hint);
        }
        return;
    }
    if !is_there("apiGroups") {
        walk.missing(
            rule,
            "apiGroups",
            "add `apiGroups: [\"\"]` for core resources such as pods, or the group of the resources",
        );
    }
    if !is_there("resources") {
        walk.missing(rule, "resources", "add `resources:` with names such as `pods`");
    }
}

fn role_ref(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let kinds: &[&str] = if walk.kind() == "RoleBinding" { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if let Some(kind) = any_text(walk, node, "kind").filter(|kind| !kind.is_empty() && !kinds.contains(kind)) {
        walk.unsupported(node.get("kind").unwrap_or(node), "kind", kind, kinds);
    }
    // Nothing is as good as the one that there is.
    if let Some(group) = any_text(walk, node, "apiGroup").filter(|group| !group.is_empty() && *group != GROUP) {
        walk.unsupported(node.get("apiGroup").unwrap_or(node), "apiGroup", group, &[GROUP]);
    }
}

fn subject(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let at = |field: &str| node.get(field).unwrap_or(node);
    let group = any_text(walk, node, "apiGroup").filter(|group| !group.is_empty());
    match any_text(walk, node, "kind") {
        Some("ServiceAccount") => {
            if let Some(name) = any_text(walk, node, "name").filter(|name| !name.is_empty())
                && let Some(fault) = texts::subdomain(name)
            {
                walk.invalid(at("name"), "name", &format!("is {}, which {fault}", quote(name)), "");
            }
            if let Some(group) = group {
                let fault = format!("is {}, and a ServiceAccount has none", quote(group));
                walk.invalid(at("apiGroup"), "apiGroup", &fault, "delete it");
            }
            if walk.kind() == "ClusterRoleBinding" && get(node, "namespace").is_none_or(super::is_empty) {
                walk.missing(node, "namespace", "add the namespace of the ServiceAccount");
            }
        }
        Some("User" | "Group") => {
            if let Some(group) = group.filter(|group| *group != GROUP) {
                walk.unsupported(at("apiGroup"), "apiGroup", group, &[GROUP]);
            }
        }
        Some(kind) if !kind.is_empty() => {
            walk.unsupported(at("kind"), "kind", kind, &["ServiceAccount", "User", "Group"]);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn roles() {
        each_is_found(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: \"a:b\"}, rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]}",
            &[
                (", verbs: [get]", "", "`rules[0].verbs` of Role \"a:b\" is missing"),
                ("apiGroups: [\"\"], ", "", "apiGroups` of Role"),
                ("resources: [pods], ", "", "resources` of Role"),
                ("apiGroups: [\"\"], resources: [pods]", "nonResourceURLs: [/a]", "belongs into a ClusterRole"),
                ("apiGroups", "nonResourceURLs: [/a], apiGroups", "must not be there beside"),
            ],
        );
    }

    #[test]
    fn bindings() {
        each_is_found(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: a}, subjects: [{kind: ServiceAccount, name: b, namespace: c}]}",
            &[
                ("roleRef: {kind: ClusterRole, name: a}, ", "", "`roleRef` of"),
                ("kind: ClusterRole,", "kind: Role,", "supported are ClusterRole"),
                ("kind: ClusterRole, name: a", "kind: ClusterRole", "`roleRef.name` of"),
                ("ClusterRole, name: a}", "ClusterRole, name: a/b}", "has a `/`"),
                ("kind: ClusterRole,", "kind: ClusterRole, apiGroup: v1,", "which is not supported"),
                (", namespace: c", "", "`subjects[0].namespace` of"),
                ("kind: ServiceAccount", "kind: Robot", "which is not supported"),
                ("name: b", "name: B", "upper-case"),
                ("kind: ServiceAccount", "kind: ServiceAccount, apiGroup: a", "a ServiceAccount has none"),
                ("kind: ServiceAccount", "kind: User, apiGroup: a", "which is not supported"),
            ],
        );
    }
}
