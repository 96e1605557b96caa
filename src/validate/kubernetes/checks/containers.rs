//! Containers: names, images, ports, when they start again, and what goes with `hostNetwork`.

use super::fields::{containers, has, items};
use super::{Extra, Must, Row, Walk, extra, must, needs, number, text};
use crate::object::Node;
use crate::validate::kubernetes::walk::Step;
use crate::validate::texts;

const CONTAINERS: &[&str] = &["core.v1.Container"];

pub(super) static ROWS: &[Row] = &[
    needs(CONTAINERS, &["name", "image"]),
    must(CONTAINERS, &["name"], &[Must::Text(texts::dns_label)]),
    must(CONTAINERS, &["ports"], &[Must::UniqueBy("name")]),
    must(CONTAINERS, &["resizePolicy"], &[Must::UniqueBy("resourceName")]),
    must(
        CONTAINERS,
        &["restartPolicy"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["Always", "OnFailure", "Never"])],
    ),
    must(CONTAINERS, &["restartPolicyRules"], &[Must::AtMost(20)]),
    needs(&["core.v1.ContainerPort"], &["containerPort"]),
    must(&["core.v1.ContainerPort"], &["containerPort"], &[Must::Between(1, 65535)]),
    must(&["core.v1.ContainerPort"], &["hostPort"], &[Must::Between(0, 65535)]),
    must(&["core.v1.ContainerPort"], &["name"], &[Must::Text(texts::port_name)]),
    needs(&["core.v1.ContainerResizePolicy"], &["resourceName", "restartPolicy"]),
    must(&["core.v1.ContainerResizePolicy"], &["resourceName"], &[Must::OneOf(&["cpu", "memory"])]),
    must(&["core.v1.ContainerResizePolicy"], &["restartPolicy"], &[Must::OneOf(&["NotRequired", "RestartContainer"])]),
    needs(&["core.v1.ContainerRestartRule"], &["action", "exitCodes"]),
    must(&["core.v1.ContainerRestartRule"], &["action"], &[Must::OneOf(&["Restart", "RestartAllContainers"])]),
    needs(&["core.v1.ContainerRestartRuleOnExitCodes"], &["operator"]),
    must(&["core.v1.ContainerRestartRuleOnExitCodes"], &["operator"], &[Must::OneOf(&["In", "NotIn"])]),
    must(&["core.v1.ContainerRestartRuleOnExitCodes"], &["values"], &[Must::AtMost(255)]),
    must(&["core.v1.PodSpec"], &["containers"], &[Must::UniqueBy("name")]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(CONTAINERS, restart_rules_need_a_policy),
    extra(CONTAINERS, policy_of_its_own),
    extra(&["core.v1.ContainerRestartRule"], restart_of_one),
    extra(&["core.v1.PodSpec"], names_differ),
    extra(&["core.v1.PodSpec"], host_ports_differ),
    extra(&["core.v1.PodSpec"], host_ports_of_host_network),
    extra(&["core.v1.PodSpec"], resizing_without_restart),
];

fn restart_rules_need_a_policy(walk: &mut Walk<'_, '_>, container: Node<'_>) {
    if container.get("restartPolicyRules").is_some_and(|rules| !rules.is_empty()) && !has(container, "restartPolicy") {
        walk.missing(container, "restartPolicy", "add `restartPolicy:`, which counts where no rule does");
    }
}

/// Before 1.34 only init containers had a policy of their own, and only this one. (1.34 drops it and all of its rules.)
fn policy_of_its_own(walk: &mut Walk<'_, '_>, container: Node<'_>) {
    let Some(policy) = text(container, "restartPolicy").filter(|policy| !walk.is_placeholder(policy)) else { return };
    if !walk.precedes("1.34") {
        return;
    }
    let hint = "delete it; Kubernetes 1.34 and newer take it";
    match walk.path[..] {
        [.., Step::Key("containers"), Step::Index(_)] => {
            let why = "must not be there: only init containers have a restart policy of their own";
            walk.forbidden(container, "restartPolicy", why, hint);
        }
        [.., Step::Key("initContainers"), Step::Index(_)] if matches!(policy, "OnFailure" | "Never") => {
            let at = container.get("restartPolicy").unwrap_or(container);
            walk.unsupported(at, "restartPolicy", policy, &["Always"]);
        }
        _ => {}
    }
}

/// Restarting all containers of a pod has to be switched on in 1.35, and older clusters drop all rules unread.
fn restart_of_one(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    if text(rule, "action") == Some("RestartAllContainers") && walk.meets("1.35", "1.36") {
        let at = rule.get("action").unwrap_or(rule);
        walk.unsupported(at, "action", "RestartAllContainers", &["Restart"]);
    }
}

/// Init containers have names of their own, beside those of the containers.
fn names_differ(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (index, container) in items(spec, "initContainers") {
        let Some(name) = text(container, "name") else { continue };
        let same = |(_, other): (usize, Node<'_>)| text(other, "name") == Some(name);
        if items(spec, "containers").any(same) || items(spec, "initContainers").take(index).any(same) {
            let at = container.get("name").unwrap_or(container);
            walk.duplicate(at, &format!("initContainers[{index}].name"), name);
        }
    }
}

/// Two containers cannot have the same port of the node; those that run one after the other can.
fn host_ports_differ(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    // In a pod with its node's network each port is the node's; a template says so only when a pod is made from it.
    let shares_network = super::is_true(spec, "hostNetwork") && matches!(walk.path[..], [Step::Key("spec")]);
    let mut seen = std::collections::HashSet::new();
    for (field, number_of_container, container) in containers(spec) {
        if field == "initContainers" {
            seen.clear();
        }
        for (index, port) in items(container, "ports") {
            let own = number(port, "hostPort").filter(|port| *port != 0);
            let Some(host_port) = own.or_else(|| number(port, "containerPort").filter(|_| shares_network)) else {
                continue;
            };
            let protocol = text(port, "protocol").unwrap_or("TCP");
            if !seen.insert((protocol, text(port, "hostIP").unwrap_or_default(), host_port)) {
                let below = format!("{field}[{number_of_container}].ports[{index}].hostPort");
                let at = port.get("hostPort").or(port.get("containerPort")).unwrap_or(port);
                walk.duplicate(at, &below, &host_port.to_string());
            }
        }
    }
}

fn host_ports_of_host_network(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if !super::is_true(spec, "hostNetwork") {
        return;
    }
    for (number_of_container, container) in items(spec, "containers") {
        for (index, port) in items(container, "ports") {
            let (Some(own), Some(host)) = (number(port, "containerPort"), number(port, "hostPort")) else { continue };
            if host != 0 && host != own {
                let below = format!("containers[{number_of_container}].ports[{index}].hostPort");
                let at = port.get("hostPort").unwrap_or(port);
                let fault = format!("is {host}, and with `hostNetwork: true` it can only be the containerPort, {own}");
                walk.invalid(at, &below, &fault, format!("write `hostPort: {own}`, or leave it out"));
            }
        }
    }
}

fn resizing_without_restart(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if text(spec, "restartPolicy") != Some("Never") {
        return;
    }
    for (field, number_of_container, container) in containers(spec) {
        for (index, policy) in items(container, "resizePolicy") {
            if text(policy, "restartPolicy") == Some("RestartContainer") {
                let below = format!("{field}[{number_of_container}].resizePolicy[{index}].restartPolicy");
                let at = policy.get("restartPolicy").unwrap_or(policy);
                let fault = "is `RestartContainer`, but the pod's restartPolicy is `Never`";
                walk.invalid(at, &below, fault, "write `restartPolicy: NotRequired`");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn containers() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, hostNetwork: true, containers: [{name: a, image: i, ports: [{name: http, containerPort: 80, hostPort: 80}, {name: https, containerPort: 443}], resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}], restartPolicy: OnFailure, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]}, {name: b, image: i}], initContainers: [{name: c, image: i}]}}",
            &[
                ("{name: a, ", "{", "`spec.containers[0].name` of Pod \"p\" is missing"),
                ("name: a, image: i", "name: a", "`spec.containers[0].image` of Pod \"p\" is missing"),
                ("name: a,", "name: A,", "has an upper-case `A`"),
                ("name: b,", "name: a,", "`spec.containers[1].name` of Pod \"p\" is `a` once more"),
                ("name: c,", "name: a,", "`spec.initContainers[0].name` of Pod \"p\" is `a` once more"),
                ("[{name: c, image: i}]", "[{name: c, image: i}, {name: c, image: i}]", "`spec.initContainers[1].name`"),
                ("name: https", "name: http", "once more"),
                ("name: https", "name: HTTPS", "lower-case letters"),
                ("containerPort: 443", "protocol: TCP", "containerPort` of Pod \"p\" is missing"),
                ("containerPort: 443", "containerPort: 70000", "not a number from 1 to 65535"),
                ("containerPort: 443", "containerPort: 443, hostPort: -1", "hostPort` of Pod \"p\" is -1"),
                ("containerPort: 443", "containerPort: 80, hostPort: 80", "once more"),
                ("containerPort: 443", "containerPort: 443, hostPort: 8443", "it can only be the containerPort, 443"),
                ("resourceName: cpu", "resourceName: disk", "supported are cpu, memory"),
                ("NotRequired}", "NotRequired}, {resourceName: cpu, restartPolicy: NotRequired}", "once more"),
                ("resourceName: cpu, ", "", "resourceName` of Pod \"p\" is missing"),
                ("NotRequired", "RestartContainer", "pod's restartPolicy is `Never`"),
                ("NotRequired", "Sometimes", "is not supported"),
                ("restartPolicy: OnFailure", "restartPolicy: \"\"", "is empty"),
                ("restartPolicy: OnFailure", "restartPolicy: onFailure", "did you mean `OnFailure`?"),
                ("restartPolicy: OnFailure, ", "", "add `restartPolicy:`"),
                ("action: Restart, ", "", "action` of Pod \"p\" is missing"),
                ("action: Restart", "action: Stop", "is not supported"),
                ("action: Restart", "action: RestartAllContainers", "supported are Restart"),
                ("containerPort: 443", "containerPort: 80", "is `80` once more"),
                ("operator: In, ", "", "operator` of Pod \"p\" is missing"),
                ("operator: In", "operator: Is", "is not supported"),
            ],
        );
    }
}
