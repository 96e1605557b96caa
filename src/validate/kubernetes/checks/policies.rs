//! Policies of admission in CEL, that validate or mutate, and what binds them.

use super::admission::not_only_spaces;
use super::fields::{has, items};
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs, text};
use crate::object::Node;
use crate::validate::names::Form;
use crate::validate::texts;

/// The types of these names in every version of the group.
macro_rules! versions {
    ($($name:literal),*) => {
        &[$(
            concat!("admissionregistration.v1.", $name),
            concat!("admissionregistration.v1beta1.", $name),
            concat!("admissionregistration.v1alpha1.", $name),
        )*]
    };
}

const POLICY: &[&str] = versions!(
    "ValidatingAdmissionPolicy",
    "MutatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "MutatingAdmissionPolicyBinding"
);
const VALIDATING: &[&str] = versions!("ValidatingAdmissionPolicySpec");
const MUTATING: &[&str] = versions!("MutatingAdmissionPolicySpec");
const SPEC: &[&str] = versions!("ValidatingAdmissionPolicySpec", "MutatingAdmissionPolicySpec");
const MATCH: &[&str] = versions!("MatchResources");
const MUTATION: &[&str] = versions!("Mutation");
const PATCH: &[&str] = versions!("ApplyConfiguration", "JSONPatch");
const PARAM_KIND: &[&str] = versions!("ParamKind");
const PARAM_REF: &[&str] = versions!("ParamRef");
const VARIABLE: &[&str] = versions!("Variable");
const VALIDATION: &[&str] = versions!("Validation");
const ANNOTATION: &[&str] = versions!("AuditAnnotation");
const VALIDATING_BINDING: &[&str] = versions!("ValidatingAdmissionPolicyBindingSpec");
const MUTATING_BINDING: &[&str] = versions!("MutatingAdmissionPolicyBindingSpec");
const BINDING: &[&str] = versions!("ValidatingAdmissionPolicyBindingSpec", "MutatingAdmissionPolicyBindingSpec");

pub(super) static ROWS: &[Row] = &[
    needs(POLICY, &["spec"]),
    must(SPEC, &["failurePolicy"], &[Must::Whole(texts::not_blank)]),
    // The schemas of this version say less.
    must(
        &[
            "admissionregistration.v1beta1.ValidatingAdmissionPolicySpec",
            "admissionregistration.v1beta1.MutatingAdmissionPolicySpec",
        ],
        &["failurePolicy"],
        &[Must::OneOf(&["Fail", "Ignore"])],
    ),
    must(&["admissionregistration.v1beta1.MatchResources"], &["matchPolicy"], &[Must::OneOf(&["Equivalent", "Exact"])]),
    must(MATCH, &["matchPolicy"], &[Must::Whole(texts::not_blank)]),
    must(SPEC, &["matchConditions"], &[Must::AtMost(64), Must::UniqueBy("name")]),
    must(VALIDATING, &["auditAnnotations"], &[Must::AtMost(20), Must::UniqueBy("key")]),
    needs(MUTATING, &["mutations", "reinvocationPolicy"]),
    needs(MUTATION, &["patchType"]),
    needs(PATCH, &["expression"]),
    must(PATCH, &["expression"], &[Must::Text(not_only_spaces)]),
    needs(PARAM_KIND, &["apiVersion", "kind"]),
    must(PARAM_KIND, &["apiVersion"], &[Must::Text(group_version)]),
    must(PARAM_KIND, &["kind"], &[Must::Text(forms::caseless_label)]),
    needs(VARIABLE, &["name", "expression"]),
    must(VARIABLE, &["name"], &[Must::Text(identifier)]),
    must(VARIABLE, &["expression"], &[Must::Text(not_only_spaces)]),
    needs(VALIDATION, &["expression"]),
    must(VALIDATION, &["expression", "messageExpression"], &[Must::Text(not_only_spaces)]),
    must(VALIDATION, &["message"], &[Must::Text(one_line)]),
    must(
        VALIDATION,
        &["reason"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["Forbidden", "Invalid", "RequestEntityTooLarge"])],
    ),
    needs(ANNOTATION, &["key", "valueExpression"]),
    must(ANNOTATION, &["key"], &[Must::Text(own_key)]),
    must(ANNOTATION, &["valueExpression"], &[Must::Text(short_expression)]),
    needs(BINDING, &["policyName"]),
    must(BINDING, &["policyName"], &[Must::Text(texts::subdomain)]),
    needs(VALIDATING_BINDING, &["validationActions"]),
    must(
        VALIDATING_BINDING,
        &["validationActions"],
        &[
            Must::Each(&Must::Whole(texts::not_blank)),
            Must::Each(&Must::OneOf(&["Deny", "Warn", "Audit"])),
            Must::Unique,
        ],
    ),
    must(PARAM_REF, &["name"], &[Must::Text(texts::path_segment)]),
    must(PARAM_REF, &["parameterNotFoundAction"], &[Must::Whole(texts::not_blank)]),
    // The oldest version has a default.
    needs(
        &["admissionregistration.v1.ParamRef", "admissionregistration.v1beta1.ParamRef"],
        &["parameterNotFoundAction"],
    ),
    must(
        &["admissionregistration.v1.ParamRef", "admissionregistration.v1beta1.ParamRef"],
        &["parameterNotFoundAction"],
        &[Must::OneOf(&["Allow", "Deny"])],
    ),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(SPEC, resources),
    extra(VALIDATING, says_something),
    extra(MUTATING, nothing_is_deleted),
    extra(MUTATING_BINDING, nothing_is_deleted),
    extra(MUTATION, patch),
    extra(VALIDATING_BINDING, deny_and_warn),
    extra(BINDING, parameters),
];

/// A group and a version, or a version alone.
fn group_version(text: &str) -> Option<String> {
    let (group, version) = text.split_once('/').unwrap_or(("", text));
    if version.contains('/') {
        return Some("has more than one `/`".to_owned());
    }
    let fault = if group.is_empty() { None } else { Form::Subdomain.fault(group) };
    fault.or_else(|| texts::dns_1035(version).map(|fault| format!("has a version that {fault}")))
}

/// A name as CEL has them.
fn identifier(text: &str) -> Option<String> {
    if texts::CEL_WORDS.contains(&text) {
        return Some("is a word of CEL itself".to_owned());
    }
    let c = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_');
    match c {
        Some(c) => Some(format!("has a `{}`; allowed are letters, digits and `_`", c.escape_debug())),
        None => text.starts_with(|c: char| c.is_ascii_digit()).then(|| "begins with a digit".to_owned()),
    }
}

fn one_line(text: &str) -> Option<String> {
    not_only_spaces(text).or_else(|| text.trim().contains(['\n', '\r']).then(|| "has more than one line".to_owned()))
}

/// A key behind the name of the policy, which stands before it as its domain.
fn own_key(text: &str) -> Option<String> {
    if text.contains('/') { Some("has a `/`".to_owned()) } else { texts::qualified_name(text) }
}

fn short_expression(text: &str) -> Option<String> {
    let length = text.trim().len();
    not_only_spaces(text).or_else(|| (length > 5120).then(|| format!("has {length} characters, and 5120 is the most")))
}

/// A policy says which resources it is about.
fn resources(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(constraints) = get(spec, "matchConstraints") else {
        return walk.missing(spec, "matchConstraints", "add `matchConstraints:` with `resourceRules:`");
    };
    if constraints.is_mapping() && constraints.get("resourceRules").is_none_or(super::is_empty) {
        walk.missing(constraints, "matchConstraints.resourceRules", "");
    }
}

fn says_something(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let is_there = |field| spec.get(field).is_some_and(|value| !super::is_empty(value));
    if !is_there("validations") && !is_there("auditAnnotations") {
        walk.missing(spec, "validations", "add `validations:` or `auditAnnotations:`");
    }
}

fn nothing_is_deleted(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for field in ["matchConstraints", "matchResources"] {
        let Some(resources) = get(spec, field) else { continue };
        for (number, rule) in items(resources, "resourceRules") {
            for (index, item) in items(rule, "operations") {
                if item.as_str() == Some("DELETE") {
                    let below = format!("{field}.resourceRules[{number}].operations[{index}]");
                    walk.unsupported(item, &below, "DELETE", &["CREATE", "UPDATE", "CONNECT", "*"]);
                }
            }
        }
    }
}

fn patch(walk: &mut Walk<'_, '_>, mutation: Node<'_>) {
    let (kind, own, other) = match text(mutation, "patchType") {
        Some("JSONPatch") => ("JSONPatch", "jsonPatch", "applyConfiguration"),
        Some("ApplyConfiguration") => ("ApplyConfiguration", "applyConfiguration", "jsonPatch"),
        _ => return,
    };
    if !has(mutation, own) {
        walk.missing(mutation, own, format!("add `{own}:` with `expression:`, or write another `patchType`"));
    }
    if has(mutation, other) {
        walk.forbidden(mutation, other, &format!("does not go with `patchType: {kind}`"), "delete it");
    }
}

fn deny_and_warn(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let has = |action: &str| items(spec, "validationActions").any(|(_, item)| item.as_str() == Some(action));
    if has("Deny") && has("Warn") {
        let at = spec.get("validationActions").unwrap_or(spec);
        let hint = "keep `Deny`: who is refused is told why, anyway";
        walk.invalid(at, "validationActions", "has both `Deny` and `Warn`", hint);
    }
}

fn parameters(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(reference) = get(spec, "paramRef").filter(|reference| reference.is_mapping()) else { return };
    match (text(reference, "name").is_some(), has(reference, "selector")) {
        (false, false) => walk.missing(reference, "paramRef.name", "add `name:` or `selector:`"),
        (true, true) => {
            let why = "must not be there beside `name`";
            walk.forbidden(reference, "paramRef.selector", why, "delete `name` or `selector`");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    const VALIDATING: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  failurePolicy: Fail
  paramKind: {apiVersion: rules.example.com/v1, kind: ReplicaLimit}
  matchConstraints:
    matchPolicy: Exact
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments], resourceNames: [a, b]}
  matchConditions: [{name: a, expression: \"true\"}]
  variables: [{name: limit, expression: params.limit}]
  validations:
  - {expression: object.spec.replicas <= variables.limit, message: too many, reason: Invalid}
  auditAnnotations: [{key: high, valueExpression: \"'a'\"}]
";

    #[test]
    fn validating_policies() {
        each_is_found(
            VALIDATING,
            &[
                ("failurePolicy: Fail", "failurePolicy: \"\"", "failurePolicy"),
                ("apiVersion: rules", "apiVersion: a/b", "more than one `/`"),
                ("rules.example.com/v1,", "rules.example.com/,", "a version that is empty"),
                ("rules.example.com/v1,", "Rules/v1,", "upper-case"),
                ("kind: ReplicaLimit", "kind: Replica_Limit", "underscore"),
                (", kind: ReplicaLimit", "", "spec.paramKind.kind"),
                ("matchPolicy: Exact", "matchPolicy: \"\"", "matchPolicy"),
                (
                    "    resourceRules:\n    -",
                    "    excludeResourceRules:\n    -",
                    "spec.matchConstraints.resourceRules",
                ),
                ("[a, b]", "[a, a]", "once more"),
                ("[a, b]", "[a/b]", "has a `/`"),
                ("{name: a, e", "{name: a, expression: a}, {name: a, e", "once more"),
                ("name: limit", "name: in", "a word of CEL"),
                ("name: limit", "name: 1a", "begins with a digit"),
                ("name: limit", "name: a-b", "has a `-`"),
                ("expression: params.limit", "expression: \" \"", "nothing but spaces"),
                ("message: too many", "message: \"a\\nb\"", "more than one line"),
                ("message: too many", "messageExpression: \"  \"", "nothing but spaces"),
                ("reason: Invalid", "reason: Gone", "not supported"),
                ("expression: object.spec.replicas <= variables.limit, ", "", "spec.validations[0].expression"),
                ("key: high", "key: a/b", "has a `/`"),
                ("{key: high,", "{key: high, valueExpression: a}, {key: high,", "once more"),
                (", valueExpression: \"'a'\"", "", "valueExpression"),
            ],
        );
    }

    const MUTATING: &str = "apiVersion: admissionregistration.k8s.io/v1beta1
kind: MutatingAdmissionPolicy
metadata: {name: labels}
spec:
  reinvocationPolicy: Never
  failurePolicy: Fail
  matchConstraints:
    matchPolicy: Exact
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
  mutations:
  - patchType: JSONPatch
    jsonPatch: {expression: \"[]\"}
";

    #[test]
    fn mutating_policies() {
        each_is_found(
            MUTATING,
            &[
                ("  reinvocationPolicy: Never\n", "", "spec.reinvocationPolicy"),
                ("failurePolicy: Fail", "failurePolicy: fail", "did you mean `Fail`"),
                ("matchPolicy: Exact", "matchPolicy: exact", "did you mean `Exact`"),
                ("[CREATE]", "[DELETE]", "not supported"),
                ("patchType: JSONPatch", "patchType: ApplyConfiguration", "applyConfiguration"),
                ("    jsonPatch:", "    applyConfiguration: {expression: a}\n    jsonPatch:", "does not go with"),
                ("patchType: JSONPatch\n    ", "", "patchType"),
                ("{expression: \"[]\"}", "{}", "expression"),
                ("{expression: \"[]\"}", "{expression: \" \"}", "nothing but spaces"),
                (
                    "mutations:\n  - patchType: JSONPatch\n    jsonPatch: {expression: \"[]\"}",
                    "mutations: []",
                    "mutations",
                ),
            ],
        );
    }

    const BINDING: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-replicas}
spec:
  policyName: few-replicas
  paramRef: {name: limits, parameterNotFoundAction: Deny}
  validationActions: [Deny, Audit]
";

    #[test]
    fn bindings() {
        each_is_found(
            BINDING,
            &[
                ("policyName: few-replicas", "policyName: A", "upper-case"),
                ("  policyName: few-replicas\n", "", "spec.policyName"),
                ("name: limits", "name: a/b", "has a `/`"),
                ("name: limits, ", "", "spec.paramRef.name"),
                ("name: limits, ", "name: limits, selector: {}, ", "beside `name`"),
                (", parameterNotFoundAction: Deny", "", "parameterNotFoundAction"),
                ("Action: Deny", "Action: deny", "did you mean `Deny`"),
                ("[Deny, Audit]", "[Deny, Warn]", "both `Deny` and `Warn`"),
                ("[Deny, Audit]", "[Deny, Deny]", "once more"),
                ("[Deny, Audit]", "[Refuse]", "not supported"),
                ("[Deny, Audit]", "[\"\"]", "validationActions[0]"),
                ("[Deny, Audit]", "[]", "spec.validationActions"),
            ],
        );
    }
}
