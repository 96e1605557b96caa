//! Autoscalers: what is scaled, between which numbers, by which metrics.

use super::fields::{any_text, at, at_most_one, has, items};
use super::resources::fault_in_container;
use super::{Extra, Must, Row, Walk, extra, get, must, needs, number, text};
use crate::object::Node;
use crate::validate::kubernetes::scalar::quantity;
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const OBJECTS: &[&str] = &["autoscaling.v1.HorizontalPodAutoscaler", "autoscaling.v2.HorizontalPodAutoscaler"];
const SPECS: &[&str] = &["autoscaling.v1.HorizontalPodAutoscalerSpec", "autoscaling.v2.HorizontalPodAutoscalerSpec"];
const REFERENCES: &[&str] =
    &["autoscaling.v1.CrossVersionObjectReference", "autoscaling.v2.CrossVersionObjectReference"];
const FROM_1: &[Must] = &[Must::Between(1, i64::MAX)];

pub(super) static ROWS: &[Row] = &[
    needs(OBJECTS, &["spec"]),
    needs(SPECS, &["maxReplicas", "scaleTargetRef"]),
    must(SPECS, &["maxReplicas"], FROM_1),
    must(SPECS, &["minReplicas"], &[Must::Between(0, i64::MAX), Must::Before("1.37", &Must::Between(1, i64::MAX))]),
    must(&["autoscaling.v1.HorizontalPodAutoscalerSpec"], &["targetCPUUtilizationPercentage"], FROM_1),
    needs(REFERENCES, &["kind", "name"]),
    must(REFERENCES, &["kind", "name"], &[Must::Text(texts::path_segment)]),
    needs(&["autoscaling.v2.MetricSpec"], &["type"]),
    must(&["autoscaling.v2.MetricSpec"], &["type"], &[Must::OneOf(METRICS)]),
    needs(&["autoscaling.v2.ObjectMetricSource"], &["describedObject", "metric", "target"]),
    needs(&["autoscaling.v2.ExternalMetricSource", "autoscaling.v2.PodsMetricSource"], &["metric", "target"]),
    needs(&["autoscaling.v2.ResourceMetricSource"], &["name", "target"]),
    needs(&["autoscaling.v2.ContainerResourceMetricSource"], &["name", "container", "target"]),
    must(&["autoscaling.v2.ContainerResourceMetricSource"], &["name"], &[Must::Text(fault_in_container)]),
    must(&["autoscaling.v2.ContainerResourceMetricSource"], &["container"], &[Must::Text(texts::dns_label)]),
    needs(&["autoscaling.v2.MetricIdentifier"], &["name"]),
    must(&["autoscaling.v2.MetricIdentifier"], &["name"], &[Must::Text(texts::path_segment)]),
    needs(&["autoscaling.v2.MetricTarget"], &["type"]),
    must(&["autoscaling.v2.MetricTarget"], &["type"], &[Must::OneOf(&["Utilization", "Value", "AverageValue"])]),
    must(&["autoscaling.v2.MetricTarget"], &["averageUtilization"], FROM_1),
    must(
        &["autoscaling.v2.HPAScalingRules"],
        &["selectPolicy"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["Max", "Min", "Disabled"])],
    ),
    must(&["autoscaling.v2.HPAScalingRules"], &["stabilizationWindowSeconds"], &[Must::Between(0, 3600)]),
    needs(&["autoscaling.v2.HPAScalingPolicy"], &["type", "value", "periodSeconds"]),
    must(&["autoscaling.v2.HPAScalingPolicy"], &["type"], &[Must::OneOf(&["Pods", "Percent"])]),
    must(&["autoscaling.v2.HPAScalingPolicy"], &["value"], FROM_1),
    must(&["autoscaling.v2.HPAScalingPolicy"], &["periodSeconds"], &[Must::Between(1, 1800)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(SPECS, from_least_to_most),
    extra(SPECS, down_to_none),
    extra(REFERENCES, group_of_target),
    extra(&["autoscaling.v2.MetricSpec"], one_metric),
    extra(&["autoscaling.v2.MetricTarget"], target),
    extra(&["autoscaling.v2.HPAScalingRules"], rules),
];

const METRICS: &[&str] = &["Object", "Pods", "Resource", "External", "ContainerResource"];
const SOURCES: &[&str] = &["object", "pods", "resource", "external", "containerResource"];

fn from_least_to_most(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if let (Some(least), Some(most)) = (number(spec, "minReplicas"), number(spec, "maxReplicas"))
        && least > most
        && most > 0
    {
        let at = spec.get("maxReplicas").unwrap_or(spec);
        walk.invalid(
            at,
            "maxReplicas",
            &format!("is {most}, less than minReplicas, {least}"),
            "write a greater number",
        );
    }
}

/// Where nothing runs, only metrics from elsewhere can tell that something should.
fn down_to_none(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let is_none = number(spec, "minReplicas") == Some(0) && !walk.precedes("1.37");
    // `autoscaling/v1` has them in an annotation.
    let is_elsewhere = at(walk.object(), &["metadata", "annotations", METRICS_OF_V1]).is_some();
    let from_elsewhere = |(_, metric): (usize, Node<'_>)| {
        any_text(walk, metric, "type").is_none_or(|kind| matches!(kind, "Object" | "External"))
    };
    if is_none && !is_elsewhere && !items(spec, "metrics").any(from_elsewhere) {
        let hint = "add a metric of `type: Object` or `type: External`, or write `minReplicas: 1`";
        let at = spec.get("minReplicas").unwrap_or(spec);
        walk.invalid(at, "minReplicas", "is 0, and no metric tells when to start again", hint);
    }
}

const METRICS_OF_V1: &str = "autoscaling.alpha.kubernetes.io/metrics";

/// What is scaled has a group; only replication controllers have none. Metrics may be of anything.
fn group_of_target(walk: &mut Walk<'_, '_>, reference: Node<'_>) {
    let version = match any_text(walk, reference, "apiVersion") {
        None if has(reference, "apiVersion") => return,
        version => version.unwrap_or_default(),
    };
    // Older servers do not look at it.
    if !walk.reaches("1.35") {
        return;
    }
    let at = reference.get("apiVersion").unwrap_or(reference);
    if version.matches('/').count() > 1 {
        return walk.invalid(at, "apiVersion", &format!("is {}, with more than one `/`", quote(version)), "");
    }
    let is_target = matches!(walk.path.last(), Some(Step::Key("scaleTargetRef")));
    let has_group = version.split_once('/').is_some_and(|(group, _)| !group.is_empty());
    if is_target && !has_group && text(reference, "kind") != Some("ReplicationController") {
        let fault = if version.is_empty() { "is missing" } else { "has no group" };
        walk.invalid(at, "apiVersion", fault, "write that of what is scaled, such as `apiVersion: apps/v1`");
    }
}

fn one_metric(walk: &mut Walk<'_, '_>, metric: Node<'_>) {
    let Some(kind) = text(metric, "type") else {
        at_most_one(walk, metric, SOURCES);
        return;
    };
    let Some(own) = METRICS.iter().position(|known| *known == kind).and_then(|place| SOURCES.get(place)) else {
        return;
    };
    if !has(metric, own) {
        walk.missing(metric, own, format!("with `type: {kind}` add `{own}:`"));
    }
    for other in SOURCES.iter().filter(|other| *other != own && has(metric, other)) {
        walk.forbidden(metric, other, &format!("does not go with `type: {kind}`"), "delete it, or change the type");
    }
}

/// A target has one number, of a kind that goes with the metric.
fn target(walk: &mut Walk<'_, '_>, target: Node<'_>) {
    for field in ["value", "averageValue"] {
        if let Some(node) = get(target, field)
            && quantity(node).is_some_and(|amount| amount <= 0)
        {
            walk.invalid(node, field, "is not more than 0", "write a greater number");
        }
    }
    let [.., Step::Key(metric), Step::Key("target")] = walk.path[..] else { return };
    let (wanted, both): (&[&str], bool) = match metric {
        "object" => (&["value", "averageValue"], true),
        "external" => (&["value", "averageValue"], false),
        "pods" => (&["averageValue"], true),
        "resource" | "containerResource" => (&["averageUtilization", "averageValue"], false),
        _ => return,
    };
    if !wanted.iter().any(|field| has(target, field)) {
        let first = wanted.first().copied().unwrap_or_default();
        let hint = format!("add {}", wanted.iter().map(|field| format!("`{field}:`")).collect::<Vec<_>>().join(" or "));
        walk.missing(target, first, hint);
    } else if !both {
        at_most_one(walk, target, wanted);
    }
}

/// Rules that are there have at least one policy; without the list there are the usual ones.
fn rules(walk: &mut Walk<'_, '_>, rules: Node<'_>) {
    if get(rules, "policies").is_some_and(Node::is_empty) {
        walk.missing(rules, "policies", "add a policy, or leave out `policies:` for the usual ones");
    }
    if let Some(tolerance) = get(rules, "tolerance").filter(|_| walk.reaches("1.35"))
        && quantity(tolerance).is_some_and(|tolerance| tolerance < 0)
    {
        walk.invalid(tolerance, "tolerance", "is less than 0", "write 0 or more");
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn autoscalers() {
        each_is_found(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, minReplicas: 2, maxReplicas: 5, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}, {type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}}, {type: ContainerResource, containerResource: {name: memory, container: c, target: {type: AverageValue, averageValue: 1Gi}}}, {type: Object, object: {describedObject: {kind: Service, name: s}, metric: {name: o}, target: {type: Value, value: 5}}}, {type: External, external: {metric: {name: e}, target: {type: Value, value: 6}}}], behavior: {scaleUp: {selectPolicy: Max, stabilizationWindowSeconds: 5, policies: [{type: Pods, value: 1, periodSeconds: 15}]}}}}",
            &[
                ("maxReplicas: 5", "maxReplicas: 1", "less than minReplicas, 2"),
                ("maxReplicas: 5, ", "", "`spec.maxReplicas` of HorizontalPodAutoscaler \"h\" is missing"),
                ("minReplicas: 2", "minReplicas: 0", "is 0, and 1 is the least (Kubernetes 1.37 and newer take it)"),
                ("minReplicas: 2", "minReplicas: -1", "is -1, and 0 is the least"),
                ("scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, ", "", "`spec.scaleTargetRef` of"),
                ("kind: Deployment, ", "", "kind` of HorizontalPodAutoscaler \"h\" is missing"),
                ("name: d}", "name: d/e}", "has a `/`"),
                ("apiVersion: apps/v1, ", "", "such as `apiVersion: apps/v1`"),
                ("apiVersion: apps/v1", "apiVersion: v1", "has no group"),
                ("apiVersion: apps/v1", "apiVersion: a/b/c", "more than one `/`"),
                ("type: Resource, ", "", "type` of HorizontalPodAutoscaler \"h\" is missing"),
                ("type: Resource", "type: resource", "did you mean `Resource`?"),
                ("type: Resource", "type: Pods", "does not go with `type: Pods`"),
                ("type: Resource", "type: External", "with `type: External` add `external:`"),
                ("{name: cpu, ", "{", "resource.name` of"),
                ("name: memory", "name: disk", "is neither one of"),
                ("container: c", "container: C", "upper-case"),
                ("{name: m}", "{name: m/n}", "has a `/`"),
                ("describedObject: {kind: Service, name: s}, ", "", "describedObject` of"),
                ("type: Utilization, ", "", "target.type` of"),
                ("type: Utilization", "type: Percent", "is not supported"),
                ("averageUtilization: 80", "averageUtilization: 0", "1 is the least"),
                (", averageUtilization: 80", "", "add `averageUtilization:` or `averageValue:`"),
                ("averageUtilization: 80", "averageUtilization: 80, averageValue: 1", "stands beside"),
                ("averageValue: 1}", "averageValue: 0}", "is not more than 0"),
                ("averageValue: 1}", "value: 1}", "add `averageValue:`"),
                ("value: 6", "value: 6, averageValue: 7", "stands beside"),
                ("selectPolicy: Max", "selectPolicy: \"\"", "is empty"),
                ("selectPolicy: Max", "selectPolicy: max", "did you mean `Max`?"),
                ("stabilizationWindowSeconds: 5", "stabilizationWindowSeconds: 3601", "not a number from 0 to 3600"),
                ("[{type: Pods, value: 1, periodSeconds: 15}]", "[]", "add a policy"),
                ("value: 1, ", "", "value` of"),
                ("type: Pods, value", "type: Things, value", "is not supported"),
                ("periodSeconds: 15", "periodSeconds: 1801", "not a number from 1 to 1800"),
                ("selectPolicy: Max", "tolerance: \"-0.1\"", "is less than 0"),
            ],
        );
    }
}
