//! Expressions in CEL: of policies, of conditions of webhooks, and those that select devices.

use super::fields::{has, items};
use super::{Extra, Row, Walk, extra, get, text};
use crate::object::Node;
use crate::validate::custom::{Expression, Gives, faults};

const POLICY: &[&str] = &[
    "admissionregistration.v1.ValidatingAdmissionPolicySpec",
    "admissionregistration.v1beta1.ValidatingAdmissionPolicySpec",
    "admissionregistration.v1alpha1.ValidatingAdmissionPolicySpec",
    "admissionregistration.v1.MutatingAdmissionPolicySpec",
    "admissionregistration.v1beta1.MutatingAdmissionPolicySpec",
    "admissionregistration.v1alpha1.MutatingAdmissionPolicySpec",
];
const HOOK: &[&str] = &["admissionregistration.v1.MutatingWebhook", "admissionregistration.v1.ValidatingWebhook"];
const SELECTING: &[&str] = &[
    "resource.v1.DeviceClassSpec",
    "resource.v1.ExactDeviceRequest",
    "resource.v1.DeviceSubRequest",
    "resource.v1beta2.DeviceClassSpec",
    "resource.v1beta2.ExactDeviceRequest",
    "resource.v1beta2.DeviceSubRequest",
    "resource.v1beta1.DeviceClassSpec",
    "resource.v1beta1.DeviceRequest",
    "resource.v1beta1.DeviceSubRequest",
];
const REQUEST: &[&str] = &["object", "oldObject", "request", "namespaceObject", "authorizer"];
const REQUEST_AND_PARAMS: &[&str] = &["object", "oldObject", "request", "namespaceObject", "authorizer", "params"];
const MESSAGE: &[&str] = &["object", "oldObject", "request", "namespaceObject"];
const MESSAGE_AND_PARAMS: &[&str] = &["object", "oldObject", "request", "namespaceObject", "params"];
const DEVICE: &[&str] = &["device"];

pub(super) static ROWS: &[Row] = &[];

pub(super) static EXTRAS: &[Extra] =
    &[extra(POLICY, of_policy), extra(HOOK, of_webhook), extra(SELECTING, of_selectors)];

/// Expressions that are looked at together.
#[derive(Default)]
struct Expressions<'t> {
    list: Vec<Expression<'t>>,
    /// Where each is.
    places: Vec<(Node<'t>, String)>,
}

impl<'t> Expressions<'t> {
    /// Adds the expression in a field of a node. `place` is what surrounds it.
    fn add(&mut self, node: Node<'t>, (field, below): (&str, String), place: &Expression<'t>) {
        let written = text(node, field).filter(|text| !text.trim().is_empty()).unwrap_or_default();
        self.list.push(Expression { text: written, ..*place });
        self.places.push((node.get(field).unwrap_or(node), format!("{below}.{field}")));
    }

    fn check(self, walk: &mut Walk<'_, '_>) {
        let mut texts = self.list.iter().flat_map(|one| [Some(one.text), one.defines]).flatten();
        if self.list.is_empty() || texts.any(|text| walk.is_placeholder(text)) {
            return;
        }
        for ((at, below), fault) in self.places.iter().zip(faults(&self.list)) {
            if let Some(fault) = fault {
                let hint = "write it in CEL: <https://kubernetes.io/docs/reference/using-api/cel/>";
                walk.invalid(*at, below, &fault, hint);
            }
        }
    }
}

/// An expression that gives true or false and may use these names.
const fn condition(names: &'static [&'static str]) -> Expression<'static> {
    Expression { text: "", names, variables: false, defines: None, gives: Gives::Bool }
}

fn of_policy(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let has_params = has(spec, "paramKind");
    let names = if has_params { REQUEST_AND_PARAMS } else { REQUEST };
    let in_messages = if has_params { MESSAGE_AND_PARAMS } else { MESSAGE };
    let mut all = Expressions::default();
    for (index, item) in items(spec, "matchConditions") {
        all.add(item, ("expression", format!("matchConditions[{index}]")), &condition(names));
    }
    let mut variables = walk.kind().starts_with("Mutating");
    for (index, variable) in items(spec, "variables") {
        // Where nothing is defined, a policy that validates does not even know `variables`.
        variables = true;
        let defines = Some(text(variable, "name").unwrap_or_default());
        let place = Expression { variables, defines, gives: Gives::Any, ..condition(names) };
        all.add(variable, ("expression", format!("variables[{index}]")), &place);
    }
    let place = Expression { variables, ..condition(names) };
    for (index, validation) in items(spec, "validations") {
        let below = format!("validations[{index}]");
        all.add(validation, ("expression", below.clone()), &place);
        let message = Expression { variables, gives: Gives::Text, ..condition(in_messages) };
        all.add(validation, ("messageExpression", below), &message);
    }
    for (index, annotation) in items(spec, "auditAnnotations") {
        let value = Expression { gives: Gives::TextOrNull, ..place };
        all.add(annotation, ("valueExpression", format!("auditAnnotations[{index}]")), &value);
    }
    for (index, mutation) in items(spec, "mutations") {
        for field in ["applyConfiguration", "jsonPatch"] {
            let Some(patch) = get(mutation, field) else { continue };
            let made = Expression { gives: Gives::Any, ..place };
            all.add(patch, ("expression", format!("mutations[{index}].{field}")), &made);
        }
    }
    all.check(walk);
}

fn of_webhook(walk: &mut Walk<'_, '_>, hook: Node<'_>) {
    let mut all = Expressions::default();
    for (index, item) in items(hook, "matchConditions") {
        all.add(item, ("expression", format!("matchConditions[{index}]")), &condition(REQUEST));
    }
    all.check(walk);
}

fn of_selectors(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let mut all = Expressions::default();
    for (index, selector) in items(node, "selectors") {
        if let Some(cel) = get(selector, "cel") {
            all.add(cel, ("expression", format!("selectors[{index}].cel")), &condition(DEVICE));
        }
    }
    all.check(walk);
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn expressions_of_policies_and_webhooks() {
        let good = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  matchConditions: [{name: a, expression: request.name != params.data.name}]
  variables: [{name: limit, expression: int(params.data.limit)}, {name: half, expression: variables.limit / 2}]
  validations:
  - expression: object.spec.replicas <= variables.limit
    messageExpression: \"'at most ' + string(variables.half)\"
  auditAnnotations: [{key: high, valueExpression: string(object.spec.replicas)}]
";
        each_is_found(
            good,
            &[
                ("  paramKind: {apiVersion: v1, kind: ConfigMap}\n", "", "`params`, which is not there"),
                ("request.name", "req.name", "`req`, which is not there"),
                ("variables.limit / 2", "variables.half / 2", "`variables.half`, which is not defined before"),
                ("<= variables.limit", "<= variables.most", "`variables.most`"),
                ("<= variables.limit", "<=", "is no CEL expression"),
                ("string(variables.half)", "string(authorizer)", "`authorizer`, which is not there"),
                ("string(object.spec.replicas)", "string(self.spec.replicas)", "`self`"),
            ],
        );
        let good = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- {name: a.b.c, clientConfig: {url: https://a}, sideEffects: None, admissionReviewVersions: [v1], matchConditions: [{name: a, expression: \"!(request.kind.group in ['a'])\"}]}
";
        each_is_found(good, &[("!(request", "!(params", "`params`")]);
        let good = "apiVersion: admissionregistration.k8s.io/v1alpha1
kind: MutatingAdmissionPolicy
metadata: {name: a}
spec:
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: \"Object{spec: Object.spec{replicas: object.spec.replicas}}\"}}]
";
        each_is_found(good, &[("replicas: object", "replicas: self", "`self`")]);
    }

    #[test]
    fn expressions_that_select_devices() {
        let good = "apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: gpu}
spec: {selectors: [{cel: {expression: device.driver == 'a'}}]}
";
        each_is_found(good, &[("device.driver", "driver", "`driver`, which is not there; what is there is `device`")]);
    }
}
