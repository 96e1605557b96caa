//! Pods, each sound and spoilt.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn pods() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {serviceAccountName: a, priorityClassName: b, runtimeClassName: c, preemptionPolicy: Never, activeDeadlineSeconds: 5, nodeSelector: {a: b}, readinessGates: [{conditionType: a/b}], schedulingGates: [{name: a/b}, {name: c}], hostAliases: [{ip: 10.0.0.1, hostnames: [a.b]}], dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.1], searches: [a.b], options: [{name: ndots}]}, os: {name: linux}, resourceClaims: [{name: a, resourceClaimName: b}], hostname: h, subdomain: s, hostnameOverride: o, containers: [{name: a, image: i}]}}",
        &[
            ("serviceAccountName: a", "serviceAccountName: A", "upper-case"),
            ("priorityClassName: b", "priorityClassName: a b", "has a space"),
            ("runtimeClassName: c", "runtimeClassName: \"\"", "is empty"),
            ("preemptionPolicy: Never", "preemptionPolicy: \"\"", "is empty"),
            ("activeDeadlineSeconds: 5", "activeDeadlineSeconds: 0", "is 0, not a number from 1"),
            ("nodeSelector: {a: b}", "nodeSelector: {a: b c}", "has a space"),
            ("nodeSelector: {a: b}", "nodeSelector: {a b: c}", "has a space"),
            ("{conditionType: a/b}", "{}", "conditionType` of Pod \"p\" is missing"),
            ("conditionType: a/b", "conditionType: a/", "has nothing behind its `/`"),
            ("{name: c}", "{name: a/b}", "once more"),
            ("{name: c}", "{}", "schedulingGates[1].name` of Pod \"p\" is missing"),
            ("{name: c}", "{name: c d}", "has a space"),
            ("{name: c}], ", "{name: c}], nodeName: m, ", "stands beside `schedulingGates`"),
            ("{ip: 10.0.0.1, ", "{", "ip` of Pod \"p\" is missing"),
            ("ip: 10.0.0.1", "ip: 10.0.0", "is no IP address"),
            ("[a.b]}]", "[A]}]", "upper-case"),
            ("nameservers: [10.0.0.1], ", "", "with `dnsPolicy: None`"),
            ("[10.0.0.1]", "[10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]", "3 is the most"),
            ("[10.0.0.1]", "[dns]", "is no IP address"),
            ("searches: [a.b]", "searches: [a..b]", "a dot"),
            ("{name: ndots}", "{value: a}", "options[0].name` of Pod \"p\" is missing"),
            ("os: {name: linux}", "os: {name: \"\"}", "`spec.os.name` of Pod \"p\" is empty"),
            ("os: {name: linux}", "os: {name: mac}", "is not supported"),
            ("{name: a, resourceClaimName", "{resourceClaimName", "resourceClaims[0].name` of Pod \"p\" is missing"),
            ("name: a, resourceClaimName", "name: A, resourceClaimName", "upper-case"),
            (", resourceClaimName: b", "", "does not say which claim is meant"),
            ("resourceClaimName: b", "resourceClaimName: b, resourceClaimTemplateName: c", "stands beside"),
            ("resourceClaimName: b", "resourceClaimName: B", "upper-case"),
            ("resourceClaimName: b}", "resourceClaimName: b}, {name: a, resourceClaimName: c}", "once more"),
            ("hostname: h", "hostname: a.b", "has a `.`"),
            ("subdomain: s", "subdomain: a.b", "has a `.`"),
            ("hostnameOverride: o", "hostnameOverride: \"\"", "is empty"),
            ("hostnameOverride: o", "hostnameOverride: o, hostNetwork: true", "stands beside `hostNetwork: true`"),
            ("containers: [{name: a, image: i}]", "containers: []", "`spec.containers` of Pod \"p\" is empty"),
            ("containers: [{name: a, image: i}]", "containers: [{name: a, image: i}], ephemeralContainers: [{name: e, image: i}]", "adds them to pods that run"),
            ("image: i", "image: \" i\"", "a space at its start or end"),
            ("hostname: h", "hostPID: true, shareProcessNamespace: true", "stands beside `hostPID: true`"),
            ("hostname: h", "hostUsers: false, hostIPC: true", "is true beside `hostUsers: false`"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn what_is_there_must_have_a_spec() {
    each_is_found(
        "{apiVersion: v1, kind: PodTemplate, metadata: {name: p, annotations: {}}, template: {metadata: {annotations: {controller.kubernetes.io/pod-deletion-cost: \"5\", container.apparmor.security.beta.kubernetes.io/a: unconfined}}, spec: {containers: [{name: a, image: i}]}}}",
        &[
            (", spec: {containers: [{name: a, image: i}]}", "", "`template.spec` of PodTemplate \"p\" is missing"),
            ("\"5\"", "\"5.5\"", "not a whole number of 32 bits"),
            ("io/a: unconfined", "io/b: unconfined", "names no container"),
            ("unconfined", "none", "no known form"),
            ("image: i}]", "image: i}], ephemeralContainers: [{name: e, image: i}]", "adds them to pods that run"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn volumes_of_a_pod_with_its_own_users() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {hostUsers: false, containers: [{name: a, image: i, volumeDevices: []}], volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]}}",
        &[
            ("volumeDevices: []", "volumeDevices: [{name: d, devicePath: /d}]", "stands beside `hostUsers: false`"),
        ],
    );
}
