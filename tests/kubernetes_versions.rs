//! What the API server's own checks refuse in some versions of Kubernetes and take in others, by `pkg/features/kube_features.go` and
//! `pkg/apis/*/validation` of each.

mod common;

use common::Folder;

const VERSIONS: [&str; 8] = ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"];

fn pod(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec: {{containers: [{{name: a, image: a}}], {spec}}}\n"
    )
}

fn container(fields: &str) -> String {
    pod("").replace("image: a}", &format!("image: a, {fields}}}"))
}

fn annotated(annotation: &str) -> String {
    pod("").replace("namespace: shop}", &format!("namespace: shop, annotations: {{{annotation}}}}}"))
}

fn bundle(fields: &str) -> String {
    pod(&format!(
        "volumes: [{{name: v, projected: {{sources: [{{clusterTrustBundle: {{signerName: a.b/c, {fields}}}}}]}}}}]"
    ))
}

fn of(version: &str, kind: &str, spec: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\nspec: {{{spec}}}\n")
}

fn scaler(metrics: &str) -> String {
    let spec = format!(
        "scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: a}}, minReplicas: 0, maxReplicas: 2, metrics: [{metrics}]"
    );
    of("autoscaling/v2", "HorizontalPodAutoscaler", &spec)
}

fn service(spec: &str) -> String {
    of("v1", "Service", &format!("ports: [{{port: 80}}], {spec}"))
}

fn policy(block: &str) -> String {
    let spec = format!("podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {block}}}}}]}}]");
    of("networking.k8s.io/v1", "NetworkPolicy", &spec)
}

fn stateful(unavailable: &str) -> String {
    let spec = format!(
        "selector: {{matchLabels: {{a: b}}}}, serviceName: a, updateStrategy: {{rollingUpdate: {{maxUnavailable: {unavailable}}}}}, \
         template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: a, image: a}}]}}}}"
    );
    of("apps/v1", "StatefulSet", &spec)
}

/// An object, what refuses it first, and which versions do so.
fn table() -> Vec<(String, &'static str, &'static [&'static str])> {
    const UNTIL_1_31: &[&str] = &["1.30", "1.31"];
    const UNTIL_1_32: &[&str] = &["1.30", "1.31", "1.32"];
    const UNTIL_1_33: &[&str] = &["1.30", "1.31", "1.32", "1.33"];
    const SINCE_1_33: &[&str] = &["1.33", "1.34", "1.35", "1.36", "1.37"];
    const UNTIL_1_36: &[&str] = &["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"];
    const SINCE_1_36: &[&str] = &["1.36", "1.37"];
    let external = "{type: External, external: {metric: {name: a}, target: {type: Value, value: 1}}}";
    let resource = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}";
    let endpoints = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a, namespace: shop}\nsubsets: [{addresses: [{ip: 010.0.0.1}], ports: [{port: 80}]}]\n";
    let slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, namespace: shop}\naddressType: IPv4\nendpoints: [{addresses: [010.0.0.1]}]\n";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.0.0.1/8}\n";
    vec![
        (container("restartPolicy: Always"), "restartPolicy", UNTIL_1_33),
        (pod("initContainers: [{name: b, image: b, restartPolicy: Never}]"), "restartPolicy", UNTIL_1_33),
        (pod("initContainers: [{name: b, image: b, restartPolicy: Always}]"), "", &[]),
        (container("lifecycle: {preStop: {sleep: {seconds: 0}}}"), "sleep.seconds", UNTIL_1_32),
        (container("env: [{name: a b, value: c}]"), "env[0].name", UNTIL_1_31),
        (
            container("envFrom: [{prefix: 1, configMapRef: {name: c}}]").replace("prefix: 1", "prefix: '1'"),
            "prefix",
            UNTIL_1_31,
        ),
        (pod("dnsConfig: {searches: [_a.b]}"), "searches[0]", UNTIL_1_32),
        (pod("dnsConfig: {searches: ['.']}"), "searches[0]", UNTIL_1_32),
        (service("trafficDistribution: PreferSameNode"), "trafficDistribution", &["1.31", "1.32", "1.33"]),
        (service("trafficDistribution: PreferClose"), "", &[]),
        (scaler(external), "minReplicas", UNTIL_1_36),
        (scaler(resource), "minReplicas", &VERSIONS),
        (service("clusterIP: 010.0.0.1"), "clusterIP", SINCE_1_36),
        (service("externalIPs: ['::ffff:10.0.0.1']"), "externalIPs[0]", SINCE_1_36),
        (
            service("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.1/8]"),
            "loadBalancerSourceRanges[0]",
            SINCE_1_36,
        ),
        (policy("010.0.0.0/8"), "ipBlock.cidr", SINCE_1_36),
        (policy("10.0.0.0/08"), "ipBlock.cidr", SINCE_1_36),
        (policy("10.0.0.0/8, except: [10.1.2.0/16]"), "except[0]", SINCE_1_36),
        (pod("hostAliases: [{ip: 010.0.0.1, hostnames: [a]}]"), "hostAliases[0].ip", SINCE_1_36),
        (pod("dnsConfig: {nameservers: [010.0.0.1]}"), "nameservers[0]", SINCE_1_36),
        (endpoints.to_owned(), "addresses[0].ip", SINCE_1_36),
        (slice.to_owned(), "addresses[0]", SINCE_1_36),
        (node.to_owned(), "podCIDR", SINCE_1_36),
        (pod("tolerations: [{key: a, operator: Gt, value: '1'}]"), "operator", &VERSIONS),
        (pod("hostUsers: false, hostNetwork: true"), "hostNetwork", SINCE_1_33),
        (stateful("0"), "maxUnavailable", &["1.37"]),
        (stateful("101%"), "maxUnavailable", &["1.37"]),
        (stateful("0%"), "maxUnavailable", &["1.37"]),
        (stateful("1"), "", &[]),
        (annotated("seccomp.security.alpha.kubernetes.io/pod: x"), "annotations", &VERSIONS),
        (annotated("container.seccomp.security.alpha.kubernetes.io/a: localhost/../x"), "annotations", &VERSIONS),
        (annotated("seccomp.security.alpha.kubernetes.io/pod: localhost/a/b"), "", &[]),
        // What is decoded, and then dropped unread.
        (bundle("labelSelector: {matchLabels: {a: 'b '}}, path: p"), "matchLabels", &["1.37"]),
        (bundle("path: [a]"), "path", &VERSIONS),
        (container("resizePolicy: [{resourceName: a, restartPolicy: NotRequired}]"), "resourceName", SINCE_1_33),
        // A volume that older versions drop, and its mounts with it; the first does not have it.
        (pod("volumes: [{name: v, image: {reference: example.com/a}}]"), "image", &["1.30"]),
        // A field that older versions do not have.
        (
            container("env: [{name: A, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: f}}}]")
                .replace("}], }", "}], volumes: [{name: v, emptyDir: {}}]}"),
            "fileKeyRef",
            &["1.30", "1.31", "1.32", "1.33", "1.34"],
        ),
        (
            container(
                "restartPolicy: Always, restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [1]}}]",
            ),
            "",
            &["1.30", "1.31", "1.32", "1.33", "1.35"],
        ),
    ]
}

/// What is said of each object for these versions: no finding of the server's checks is an empty text.
fn refusals(folder: &Folder, versions: &[&str], count: usize) -> Vec<String> {
    let mut arguments = vec!["validate", "in", "--format", "json"];
    for version in versions {
        arguments.extend(["--kubernetes-version", version]);
    }
    let output = folder.run(&arguments);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let mut said = vec![String::new(); count];
    for finding in report["findings"].as_array().into_iter().flatten() {
        if finding["rule"].as_str().is_some_and(|rule| rule.starts_with("schema/")) && finding["severity"] == "error" {
            let file = finding["path"].as_str().unwrap_or_default();
            let number = file.trim_end_matches(".yaml").rsplit('/').next().and_then(|name| name.parse::<usize>().ok());
            if let Some(said) = number.and_then(|number| said.get_mut(number)) {
                *said += &format!("{} ({})\n", finding["message"], finding["hint"]);
            }
        }
    }
    said
}

#[test]
fn what_only_some_versions_take_is_refused_for_the_others_alone() {
    let folder = Folder::new();
    let table = table();
    for (number, (text, ..)) in table.iter().enumerate() {
        folder.file(&format!("in/{number}.yaml"), text.replace("name: a,", &format!("name: a{number},")));
    }
    for version in VERSIONS {
        let said = refusals(&folder, &[version], table.len());
        for ((text, field, refused), said) in table.iter().zip(&said) {
            assert_eq!(refused.contains(&version), !said.is_empty(), "{version}: {text}{said}");
            assert!(said.is_empty() || said.contains(field), "{version}: {text}{said}");
        }
    }
    // Of a fleet one is enough.
    for fleet in [["1.30", "1.37"], ["1.33", "1.35"]] {
        let said = refusals(&folder, &fleet, table.len());
        for ((text, _, refused), said) in table.iter().zip(&said) {
            let is_refused = fleet.iter().any(|version| refused.contains(version));
            assert!(!is_refused || !said.is_empty(), "{fleet:?}: {text}");
        }
    }
}

#[test]
fn of_a_kind_that_no_version_in_question_has_only_that_is_said() {
    let folder = Folder::new();
    folder.file(
        "in/0.yaml",
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: a}\nspec: {}\n",
    );
    for (versions, missing, empty) in
        [(&["1.35"][..], true, false), (&["1.36"], false, true), (&["1.35", "1.36"], true, true)]
    {
        let said = refusals(&folder, versions, 1).remove(0);
        assert_eq!(said.contains("is not in Kubernetes 1.35"), missing, "{versions:?}: {said}");
        assert_eq!(said.contains("`spec.mutations`"), empty, "{versions:?}: {said}");
        assert!(empty || said.lines().count() == 1, "{said}");
    }
}
