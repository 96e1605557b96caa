//! Probes, hooks, and what both can do: run a program, ask over HTTP, open a connection, sleep.

use super::fields::{at, at_most_one, containers, has, has_placeholder};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, number, text};
use crate::object::Node;
use crate::validate::texts;

const PROBE: &[&str] = &["core.v1.Probe"];
const PORTS: &[&str] = &["core.v1.HTTPGetAction", "core.v1.TCPSocketAction", "core.v1.GRPCAction"];

pub(super) static ROWS: &[Row] = &[
    must(
        PROBE,
        &["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"],
        &[Must::Between(0, i64::MAX)],
    ),
    must(PROBE, &["terminationGracePeriodSeconds"], &[Must::Between(1, i64::MAX)]),
    needs(PORTS, &["port"]),
    must(PORTS, &["port"], &[Must::Between(1, 65535), Must::Text(texts::port_name)]),
    needs(&["core.v1.ExecAction"], &["command"]),
    needs(&["core.v1.HTTPHeader"], &["name"]),
    must(&["core.v1.HTTPHeader"], &["name"], &[Must::Text(texts::header_name)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(PROBE, one_way_to_probe),
    extra(&["core.v1.LifecycleHandler"], one_thing_to_do),
    extra(&["core.v1.PodSpec"], probes_of_pod),
    extra(&["core.v1.PodSpec"], sleeps_fit),
];

fn one_way_to_probe(walk: &mut Walk<'_, '_>, probe: Node<'_>) {
    if at_most_one(walk, probe, &["exec", "httpGet", "tcpSocket", "grpc"]) == 0 {
        let hint = "add `httpGet:`, `exec:`, `tcpSocket:` or `grpc:`";
        walk.invalid(probe, "", "does not say how to probe", hint);
    }
}

fn one_thing_to_do(walk: &mut Walk<'_, '_>, handler: Node<'_>) {
    if at_most_one(walk, handler, &["exec", "httpGet", "tcpSocket", "sleep"]) == 0 {
        walk.invalid(handler, "", "does not say what to do", "add `exec:`, `httpGet:`, `tcpSocket:` or `sleep:`");
    }
}

fn probes_of_pod(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (field, index, container) in containers(spec) {
        if field == "initContainers"
            && text(container, "restartPolicy") != Some("Always")
            && !has_placeholder(walk, container, "restartPolicy")
        {
            for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if has(container, name) {
                    let why = "must not be there in an init container, which ends before a probe could count";
                    let hint =
                        "delete it; `restartPolicy: Always` makes the init container a sidecar, which has probes";
                    walk.forbidden(container, &format!("{field}[{index}].{name}"), why, hint);
                }
            }
            continue;
        }
        for name in ["livenessProbe", "startupProbe"] {
            let Some(threshold) = at(container, &[name, "successThreshold"]) else { continue };
            let count = get(container, name).and_then(|probe| number(probe, "successThreshold")).unwrap_or(1);
            // A zero becomes 1.
            if !matches!(count, 0 | 1) {
                let below = format!("{field}[{index}].{name}.successThreshold");
                walk.invalid(threshold, &below, &format!("is {count}, and only 1 is possible there"), "delete it");
            }
        }
        if let Some(period) = at(container, &["readinessProbe", "terminationGracePeriodSeconds"]) {
            let message = "must not be there: a readiness probe ends nothing";
            let below = format!("{field}[{index}].readinessProbe.terminationGracePeriodSeconds");
            walk.forbidden(period, &below, message, "delete it");
        }
    }
}

/// A hook sleeps no longer than the pod has to end.
fn sleeps_fit(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let grace = number(spec, "terminationGracePeriodSeconds").unwrap_or(30);
    for (field, index, container) in containers(spec) {
        for hook in ["postStart", "preStop"] {
            let Some(sleep) = at(container, &["lifecycle", hook, "sleep"]) else { continue };
            let seconds = number(sleep, "seconds").unwrap_or_default();
            let below = || format!("{field}[{index}].lifecycle.{hook}.sleep.seconds");
            let at = sleep.get("seconds").unwrap_or(sleep);
            if seconds < 0 || seconds > grace {
                let fault = format!("is {seconds}, not a number from 0 to {grace}, the terminationGracePeriodSeconds");
                walk.invalid(
                    at,
                    &below(),
                    &fault,
                    "write a smaller number, or a greater terminationGracePeriodSeconds",
                );
            } else if seconds == 0 && walk.precedes("1.33") {
                walk.invalid(at, &below(), "is 0, and 1 is the least", "Kubernetes 1.33 and newer take it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn probes() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i, livenessProbe: {httpGet: {port: http, path: /, httpHeaders: [{name: X-A, value: b}]}, periodSeconds: 5, successThreshold: 1, terminationGracePeriodSeconds: 3}, readinessProbe: {exec: {command: [a]}}, startupProbe: {tcpSocket: {port: 80}}, lifecycle: {preStop: {sleep: {seconds: 5}}}}], initContainers: [{name: b, image: i, restartPolicy: Always, startupProbe: {grpc: {port: 90}}}]}}",
            &[
                ("periodSeconds: 5", "periodSeconds: -1", "is -1, and 0 is the least"),
                ("terminationGracePeriodSeconds: 3", "terminationGracePeriodSeconds: 0", "is 0, and 1 is the least"),
                ("port: http, ", "", "livenessProbe.httpGet.port` of Pod \"p\" is missing"),
                ("port: http", "port: \"80\"", "has no letter"),
                ("port: 80", "port: 0", "not a number from 1 to 65535"),
                ("{port: 90}", "{}", "startupProbe.grpc.port` of Pod \"p\" is missing"),
                ("command: [a]", "command: []", "command` of Pod \"p\" is empty"),
                ("name: X-A, ", "", "httpHeaders[0].name` of Pod \"p\" is missing"),
                ("name: X-A", "name: X A", "has a ` `"),
                ("{exec: {command: [a]}}", "{}", "does not say how to probe"),
                ("{exec:", "{tcpSocket: {port: 1}, exec:", "stands beside `tcpSocket`"),
                ("{exec: {command: [a]}}", "{exec: {command: [a]}, terminationGracePeriodSeconds: 1}", "a readiness probe ends nothing"),
                ("successThreshold: 1", "successThreshold: 2", "only 1 is possible"),
                ("{sleep: {seconds: 5}}", "{}", "does not say what to do"),
                ("{sleep:", "{exec: {command: [a]}, sleep:", "stands beside"),
                ("seconds: 5}", "seconds: 31}", "is 31, not a number from 0 to 30"),
                ("restartPolicy: Always, ", "", "must not be there in an init container"),
            ],
        );
    }
}
