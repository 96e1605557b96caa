//! Expressions in CEL: of policies, of conditions of webhooks, and those that select devices.

use super::fields::{has, items};
use super::{Extra, Row, Walk, extra, get, text};
use crate::object::Node;
use crate::validate::custom::{Expression, faults};

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
    variables: Vec<&'t str>,
}

impl<'t> Expressions<'t> {
    fn add(&mut self, node: Node<'t>, (field, below): (&str, String), names: &'static [&'static str]) {
        self.add_with(node, (field, below), names, None);
    }

    fn add_with(
        &mut self,
        node: Node<'t>,
        (field, below): (&str, String),
        names: &'static [&'static str],
        variables: Option<usize>,
    ) {
        // That there is one is looked at elsewhere.
        if let Some(written) = text(node, field).filter(|text| !text.trim().is_empty()) {
            self.list.push(Expression { text: written, names, variables });
            self.places.push((node.get(field).unwrap_or(node), format!("{below}.{field}")));
        }
    }

    fn check(self, walk: &mut Walk<'_, '_>) {
        let mut texts = self.list.iter().map(|one| one.text).chain(self.variables.iter().copied());
        if self.list.is_empty() || texts.any(|text| walk.is_placeholder(text)) {
            return;
        }
        for ((at, below), fault) in self.places.iter().zip(faults(&self.list, &self.variables)) {
            if let Some(fault) = fault {
                let hint = "write it in CEL: <https://kubernetes.io/docs/reference/using-api/cel/>";
                walk.invalid(*at, below, &fault, hint);
            }
        }
    }
}

fn of_policy(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let has_params = has(spec, "paramKind");
    let names = if has_params { REQUEST_AND_PARAMS } else { REQUEST };
    let in_messages = if has_params { MESSAGE_AND_PARAMS } else { MESSAGE };
    let mut all = Expressions::default();
    for (index, condition) in items(spec, "matchConditions") {
        all.add(condition, ("expression", format!("matchConditions[{index}]")), names);
    }
    for (index, variable) in items(spec, "variables") {
        let below = format!("variables[{index}]");
        all.add_with(variable, ("expression", below), names, Some(index));
        all.variables.push(text(variable, "name").unwrap_or_default());
    }
    // Where nothing is defined, a policy that validates does not even know `variables`.
    let count = all.variables.len();
    let variables = (count > 0 || walk.kind().starts_with("Mutating")).then_some(count);
    for (index, validation) in items(spec, "validations") {
        let below = format!("validations[{index}]");
        all.add_with(validation, ("expression", below.clone()), names, variables);
        all.add_with(validation, ("messageExpression", below), in_messages, variables);
    }
    for (index, annotation) in items(spec, "auditAnnotations") {
        all.add_with(annotation, ("valueExpression", format!("auditAnnotations[{index}]")), names, variables);
    }
    for (index, mutation) in items(spec, "mutations") {
        for field in ["applyConfiguration", "jsonPatch"] {
            let Some(patch) = get(mutation, field) else { continue };
            all.add_with(patch, ("expression", format!("mutations[{index}].{field}")), names, variables);
        }
    }
    all.check(walk);
}

fn of_webhook(walk: &mut Walk<'_, '_>, hook: Node<'_>) {
    let mut all = Expressions::default();
    for (index, condition) in items(hook, "matchConditions") {
        all.add(condition, ("expression", format!("matchConditions[{index}]")), REQUEST);
    }
    all.check(walk);
}

fn of_selectors(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let mut all = Expressions::default();
    for (index, selector) in items(node, "selectors") {
        if let Some(cel) = get(selector, "cel") {
            all.add(cel, ("expression", format!("selectors[{index}].cel")), DEVICE);
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
