//! What the consumers of a bundle refuse, and only they.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Folder, NAMESPACE, Transcript, config_map};

#[test]
fn objects_that_were_read_from_a_cluster() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file(
        "in/settings.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  namespace: shop\n  uid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427\n  \
         resourceVersion: \"12\"\n  creationTimestamp: \"2026-01-01T00:00:00Z\"\nspec:\n  ports:\n  - port: 80\nstatus:\n  loadBalancer: {}\n",
    );
    let mut t = Transcript::new("consumers-server-set");
    t.say("As long as no consumer is named, whatever stops one of them is told");
    t.run(&folder, &["validate", "in"]);
    t.say("Flux refuses one of them");
    t.run(&folder, &["validate", "in", "--consumer", "flux"]);
    t.check();
}

#[test]
fn managed_fields_stop_those_who_apply_server_side() {
    let folder = Folder::new();
    folder.file("in/map.yaml", config_map("settings").replace("metadata:\n", "metadata:\n  managedFields: []\n"));
    for (args, is_told) in [
        (&[][..], true),
        (&["--consumer", "config-sync"], true),
        (&["--consumer", "flux"], true),
        (&["--consumer", "kubectl"], false),
        (&["--consumer", "argocd"], false),
    ] {
        let output = folder.run(&[&["validate", "in"], args].concat());
        let told = String::from_utf8_lossy(&output.stdout).contains("warning[metadata/managed-fields]");
        assert_eq!((told, output.status.code()), (is_told, Some(0)), "{args:?}");
    }
}

const SELECTOR: &str = "apiVersion: configmanagement.gke.io/v1\nkind: ClusterSelector\nmetadata:\n  name: production\nspec:\n  selector:\n    \
                        matchLabels:\n      environment: prod\n";

#[test]
fn what_config_sync_refuses() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file(
        "in/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: shop\n  labels:\n    configmanagement.gke.io/system: \"true\"\n  \
         annotations:\n    configmanagement.gke.io/managed: enabled\n    configsync.gke.io/resource-id: _configmap_shop_settings\n",
    );
    folder.file(
        "in/selector.yaml",
        "apiVersion: configmanagement.gke.io/v1\nkind: ClusterSelector\nmetadata:\n  name: production\nspec:\n  selector:\n    \
         matchExpressions:\n    - {key: environment, operator: in, values: [prod]}\n",
    );
    let mut t = Transcript::new("consumers-config-sync");
    t.run(&folder, &["validate", "in", "--consumer", "config-sync"]);
    t.say("... in all objects together");
    folder.file(
        "in/web.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: shop\n  annotations:\n    \
         configmanagement.gke.io/cluster-selector: productoin\n",
    );
    folder.file("in/settings.yaml", config_map("settings"));
    folder.file("in/selector.yaml", SELECTOR);
    t.run(&folder, &["validate", "in", "--consumer", "config-sync"]);
    t.run(&folder, &["validate", "in", "--consumer", "config-sync", "--namespace", "shop"]);
    t.say("The API server takes all of it");
    t.run(&folder, &["validate", "in", "--consumer", "kubectl"]);
    t.say("Options that only Config Sync has");
    t.run(&folder, &["validate", "in", "--source-format", "hierarchy"]);
    t.run(
        &folder,
        &["validate", "in", "--consumer", "config-sync", "--source-format", "hierarchy", "--namespace", "shop"],
    );
    t.check();
}

#[test]
fn what_config_sync_refuses_of_a_hierarchy() {
    let folder = Folder::new();
    folder.file("in/README.yaml", config_map("read-me"));
    folder.file("in/cluster/settings.yaml", config_map("settings"));
    folder.file("in/namespaces/test/namespace.yaml", NAMESPACE);
    folder.file("in/namespaces/test/more/settings.yaml", config_map("settings"));
    folder.file("in/namespaces/team/settings.yaml", config_map("settings").replace("  namespace: test\n", ""));
    let mut t = Transcript::new("consumers-hierarchy");
    t.run(&folder, &["validate", "in", "--consumer", "config-sync", "--source-format", "hierarchy"]);
    t.check();
}

#[test]
fn what_flux_and_argo_cd_leave_out() {
    let folder = Folder::new();
    folder.file("in/app/settings.yaml", config_map("settings"));
    folder.file("in/cloudbuild.yaml", config_map("build"));
    folder.file(
        "in/web.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"web\", \"namespace\": \"test\"}}\n",
    );
    folder.file("in/values.yaml", "replicaCount: 2\n");
    let mut t = Transcript::new("consumers-left-out");
    for consumer in ["flux", "argocd", "config-sync"] {
        t.run(&folder, &["validate", "in", "--consumer", consumer]);
    }
    t.say("Images that a consumer does not take");
    t.run(&folder, &["digest", "in", "--consumer", "flux", "--compression", "none"]);
    t.run(&folder, &["push", "in", "localhost/shop:v1", "--consumer", "argocd", "--media-types", "docker"]);
    t.check();
}

#[test]
fn consumers_may_be_several_and_are_known_by_name() {
    let folder = Folder::new();
    folder.file("in/map.yaml", config_map("settings"));
    for args in [&["--consumer", "flux", "--consumer", "argocd"][..], &["--consumer", "config-sync,kubectl"]] {
        let output = folder.run(&[&["validate", "in"], args].concat());
        assert!(output.status.success(), "{args:?}");
    }
    assert_eq!(folder.run(&["validate", "in", "--consumer", "helm"]).status.code(), Some(2));
}

/// What is found in these files for these consumers: how bad, and the rule.
fn found(files: &[(&str, &str)], args: &[&str], consumers: &[&str]) -> Vec<(String, String)> {
    let folder = Folder::new();
    folder.program("kustomize", "for folder; do :; done\n/bin/cat \"$folder/out.txt\"");
    for (name, text) in files {
        folder.file(&format!("in/{name}"), text);
    }
    let consumers = consumers.iter().flat_map(|consumer| ["--consumer", consumer]);
    let args: Vec<&str> =
        ["validate", "in", "--format", "json"].into_iter().chain(args.iter().copied()).chain(consumers).collect();
    let output = folder.run(&args);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> = json["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|finding| (text(finding, "rule"), text(finding, "severity")))
        .collect();
    found.sort();
    found.dedup();
    found
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: test\nspec:\n  replicas: \"${R}\"\n  selector:\n    \
                          matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n      containers:\n      - name: web\n        \
                          image: nginx\n";

const HOOK: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n  namespace: test\n  annotations:\n    \
                    argocd.argoproj.io/hook: PreSync\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: migrate\n        \
                    image: nginx\n";

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: database\n  namespace: test\ndata:\n  \
                      password: ENC[AES256_GCM,data:Tr7oVYBLDLk=,iv:1=,tag:2=,type:str]\nsops:\n  age:\n  - recipient: age1x\n    enc: |\n      \
                      -----BEGIN AGE ENCRYPTED FILE-----\n      YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBQ\n      -----END AGE ENCRYPTED FILE-----\n  \
                      mac: ENC[AES256_GCM,data:x=,iv:1=,tag:2=,type:str]\n  version: 3.9.0\n";

/// Files, arguments, who takes them, who does not, and the rule.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str, &'a str, &'a str);

/// What one consumer takes and another refuses: both together refuse it.
#[test]
fn of_several_consumers_the_strictest_decides() {
    let map = config_map("settings");
    let without_namespace = map.replace("  namespace: test\n", "");
    let on = |cluster: &str| {
        map.replace(
            "  namespace",
            &format!("  annotations: {{configmanagement.gke.io/cluster-selector: {cluster}}}\n  namespace"),
        )
    };
    let (on_one, on_other) = (on("one"), on("other"));
    let selector = |name: &str| SELECTOR.replace("name: production", &format!("name: {name}"));
    let (one, other) = (selector("one"), selector("other"));
    let cluster = "apiVersion: clusterregistry.k8s.io/v1alpha1\nkind: Cluster\nmetadata:\n  name: one\n";
    let chart = [("c/Chart.yaml", "name: c\n"), ("map.yaml", &*map)];
    let inflated = [
        ("c/charts/x/Chart.yaml", "name: x\n"),
        ("c/kustomization.yaml", "helmCharts: [{name: x}]\n"),
        ("map.yaml", &*map),
    ];
    let selected = [("a.yaml", &*on_one), ("b.yaml", &*on_other), ("s.yaml", &*one), ("t.yaml", &*other)];
    let rows: &[Row<'_>] = &[
        (&[("a.yaml", DEPLOYMENT)], &[], "flux", "config-sync", "schema/type"),
        (&[("a.yaml", SECRET)], &[], "flux", "argocd", "schema/unknown-field"),
        (&[("a.yaml", HOOK), ("b.yaml", &map)], &[], "argocd", "kubectl", "metadata/generate-name"),
        (&[("a.yaml", "x: y\n"), ("b.yaml", &map)], &[], "argocd", "flux", "object/not-kubernetes"),
        (&[("a.json", "{\"x\": 1}\n"), ("b.yaml", &map)], &[], "flux", "config-sync", "object/not-kubernetes"),
        (&chart, &[], "argocd", "config-sync", "bundle/helm-chart"),
        (&inflated, &["--sync-dir", "c"], "config-sync", "flux", "render/helm"),
        (&inflated, &["--sync-dir", "c"], "argocd", "kubectl", "render/helm"),
        (&[("a.yaml", &without_namespace)], &["--namespace", "test"], "config-sync", "flux", "metadata/no-namespace"),
        (&selected, &[], "config-sync", "flux", "object/duplicate"),
        (&[("a.yaml", cluster), ("b.yaml", &map)], &[], "config-sync", "flux", "schema/unknown-kind"),
    ];
    let mut wrong = Vec::new();
    for (files, args, lenient, strict, rule) in rows {
        let level = |consumers: &[&str]| {
            // An option of Config Sync's own needs it.
            let args = if consumers.contains(&"config-sync") || !args.contains(&"--namespace") { *args } else { &[] };
            let found = found(files, args, consumers);
            let level = found.into_iter().filter(|(id, _)| id == rule).map(|(_, severity)| severity).max();
            // By the letter, an error is less than a warning.
            level.map_or(0, |severity| if severity == "error" { 2 } else { 1 })
        };
        let alone = [level(&[lenient]), level(&[strict])];
        let together = [level(&[lenient, strict]), level(&[strict, lenient])];
        if alone[0] >= alone[1] || together != [alone[1]; 2] {
            wrong.push(format!("{rule}: {lenient} {}, {strict} {}, together {together:?}", alone[0], alone[1]));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn what_sops_has_encrypted_is_for_flux() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/secret.yaml", SECRET);
    let sops = SECRET.split_at(SECRET.find("sops:").unwrap_or_default()).1;
    let encrypted = DEPLOYMENT.replace("\"${R}\"", "ENC[AES256_GCM,data:Tr=,iv:1=,tag:2=,type:int]");
    folder.file("in/web.yaml", format!("{encrypted}{sops}"));
    let mut t = Transcript::new("consumers-sops");
    t.run(&folder, &["validate", "in", "--consumer", "flux", "--deny-secrets"]);
    t.run(&folder, &["validate", "in", "--deny-secrets"]);
    t.run(&folder, &["validate", "in", "--consumer", "config-sync"]);
    t.say("The rest is checked all the same");
    folder.file("in/web.yaml", format!("{encrypted}{sops}").replace("image:", "imagee:"));
    folder.file("in/secret.yaml", SECRET.replace("sops:", "  plain: aHVudGVyMg==\nsops:"));
    t.run(&folder, &["validate", "in", "--consumer", "flux"]);
    t.say("Values alone are not encrypted by SOPS, and nobody decrypts them");
    folder.file("in/web.yaml", &encrypted);
    folder.file("in/secret.yaml", SECRET.replace("  mac:", "  no-mac:"));
    t.run(&folder, &["validate", "in", "--consumer", "flux"]);
    t.check();
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: test\nsize: ENC[AES256_GCM,data:x=,type:int]\n";
    let encrypted = format!("{thing}{sops}");
    let custom = [("a.yaml", &*encrypted), ("crd.yaml", CRD)];
    let refused = [("schema/unknown-field".to_owned(), "error".to_owned())];
    assert_eq!((found(&custom, &[], &["flux"]), found(&custom, &[], &[])), (Vec::new(), refused.to_vec()));
    let plain = [("a.yaml", thing), ("crd.yaml", CRD)];
    assert_eq!(found(&plain, &[], &["flux"]), [("schema/type".to_owned(), "error".to_owned())]);
    let kustomized =
        [("k/kustomization.yaml", "resources: [secret.yaml]\n"), ("k/secret.yaml", SECRET), ("k/out.txt", SECRET)];
    assert_eq!(found(&kustomized, &[], &["flux"]), [], "below a kustomization, too");
    assert_eq!(found(&kustomized, &[], &["kubectl"]), refused);
}

#[test]
fn a_hook_of_argo_cd_may_get_its_name_on_the_way() {
    assert_eq!(found(&[("a.yaml", HOOK), ("b.yaml", HOOK)], &[], &["argocd"]), []);
    let no_hook = HOOK.replace("argocd.argoproj.io/hook", "example.com/hook");
    let refused = [("metadata/generate-name".to_owned(), "error".to_owned())];
    assert_eq!(found(&[("a.yaml", &no_hook)], &[], &["argocd"]), refused);
    assert_eq!(found(&[("a.yaml", HOOK)], &[], &[]), refused);
}

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  group: example.com\n  \
                   names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}\n  scope: Namespaced\n  versions:\n  - name: v1\n    \
                   served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, properties: {size: {type: integer}}}}\n";

/// Files, consumers, and what these find.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a [(&'a str, &'a str)]);

fn each(cases: &[Case<'_>]) {
    for (files, consumers, expected) in cases {
        let found = found(files, &[], consumers);
        let found: Vec<(&str, &str)> = found.iter().map(|(rule, severity)| (&**rule, &**severity)).collect();
        assert_eq!(&found[..], *expected, "{consumers:?}: {files:?}");
    }
}

#[test]
fn an_object_that_some_leave_out_is_checked_for_those_who_apply_it() {
    let local = |text: &str| {
        text.replace("  namespace", "  annotations: {config.kubernetes.io/local-config: \"true\"}\n  namespace")
    };
    let good = local(&config_map("settings"));
    let bad = format!("{good}extra: 1\n");
    let thing = local("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: test\nextra: 1\n");
    let of_config_sync =
        good.replace("settings", "rest").replace("{config", "{configsync.gke.io/resource-id: x, config");
    let (good, bad) = ([("a.yaml", &*good)], [("a.yaml", &*bad)]);
    let custom = [("a.yaml", &*thing), ("crd.yaml", CRD)];
    let map = config_map("more");
    let reserved = [("a.yaml", &*of_config_sync), ("b.yaml", &*map)];
    let unknown = ("schema/unknown-field", "error");
    let warning = ("argocd/local-config", "warning");
    let empty = ("bundle/empty", "error");
    each(&[
        (&good, &[], &[empty]),
        (&good, &["config-sync"], &[empty]),
        (&good, &["flux"], &[empty]),
        (&good, &["kubectl"], &[]),
        (&good, &["argocd"], &[warning]),
        (&good, &["kubectl", "config-sync"], &[empty]),
        (&bad, &["kubectl"], &[unknown]),
        (&bad, &["argocd"], &[warning, unknown]),
        (&bad, &["flux"], &[empty]),
        (&custom, &["kubectl"], &[unknown]),
        (&custom, &["flux"], &[]),
        (&reserved, &["config-sync", "kubectl"], &[]),
    ]);
}

#[test]
fn files_of_a_code_host_are_checked_for_those_who_read_them() {
    let map = config_map("settings");
    let ci = [
        ("a.yaml", &*map),
        (".gitlab-ci.yml", "stages: [build]\n"),
        (".gitlab/t.yml", "include: x\n"),
        (".github/w.yml", "on: push\n"),
    ];
    let told = [ci.to_vec(), vec![(".sourceignore", "*.md\n")]].concat();
    let github = [("a.yaml", &*map), (".github/w.yml", "on: push\n")];
    let object = [("a.yaml", &*map), (".gitlab/t.yml", &*map)];
    let warning = ("bundle/ci-file", "warning");
    let no_object = ("object/not-kubernetes", "error");
    each(&[
        (&ci, &[], &[warning]),
        (&ci, &["config-sync"], &[]),
        (&ci, &["flux"], &[warning, no_object]),
        (&github, &["flux"], &[warning]),
        (&told, &["flux"], &[no_object]),
        (&ci, &["kubectl"], &[no_object]),
        (&ci, &["argocd"], &[("object/not-kubernetes", "warning")]),
        (&object, &["config-sync"], &[]),
        (&object, &["flux"], &[("object/duplicate", "error")]),
    ]);
}

#[test]
fn what_a_sourceignore_leaves_out_is_not_checked_for_flux() {
    let map = config_map("settings");
    let ignored = [
        ("a.yaml", &*map),
        ("chart/Chart.yaml", "name: c\n"),
        ("docs/a.yaml", &*map),
        ("docs/kustomization.yaml", "resources: [gone.yaml]\n"),
        ("docs/values.yaml", "x: y\n"),
        ("x/z.tpl.yaml", "a: [\n"),
    ];
    let with = |patterns| [&ignored[..], &[(".sourceignore", patterns)]].concat();
    let all = with("/docs\n*.tpl.yaml\n/chart/\n");
    let but_one = with("/docs\n*.tpl.yaml\n/chart/\n!docs/a.yaml\n");
    let ci = [("cloudbuild.yaml", "steps: []\nimages: []\n"), ("a.yaml", &*map)];
    each(&[(&all, &["flux"], &[]), (&but_one, &["flux"], &[("object/duplicate", "error")]), (&ci, &["flux"], &[])]);
    for consumers in [&[][..], &["config-sync"], &["flux", "config-sync"]] {
        let found = found(&all, &[], consumers);
        assert!(found.iter().any(|(rule, _)| rule == "bundle/helm-chart"), "{consumers:?}: {found:?}");
        assert!(found.iter().any(|(rule, _)| rule.starts_with("yaml/")), "{consumers:?}: {found:?}");
    }
}

#[test]
fn what_flux_fills_in_may_say_what_an_object_is() {
    let map = config_map("settings");
    let keys = map.replace("data:\n", "data:\n  ${key}: x\n");
    let mount = DEPLOYMENT.replace(
        "image: nginx",
        "image: nginx\n        volumeMounts: [{name: data, mountPath: /data}]\n      volumes: [{name: \"${volume}\", emptyDir: {}}]",
    );
    let cases = [
        ("object/api-version", map.replace("v1", "${api}")),
        ("schema/unknown-kind", map.replace("v1", "\"${group}.example.com/v1\"")),
        ("object/kind", map.replace("ConfigMap", "${kind}")),
        ("schema/invalid", keys),
        ("schema/not-found", mount),
    ];
    for (rule, text) in &cases {
        let files = [("a.yaml", &**text)];
        assert_eq!(found(&files, &[], &["flux"]), [], "{text}");
        assert!(found(&files, &[], &["kubectl"]).iter().any(|(id, _)| id == rule), "{rule}: {text}");
    }
}

#[test]
fn what_kubectl_cannot_keep_in_an_annotation_is_told_to_who_uses_it() {
    let large = config_map("large").replace("key: value", &format!("key: {}", "x".repeat(300_000)));
    let files = [("a.yaml", &*large)];
    let told = |severity: &str| [("object/last-applied".to_owned(), severity.to_owned())];
    assert_eq!(found(&files, &[], &[]), []);
    assert_eq!(found(&files, &[], &["flux", "config-sync"]), []);
    assert_eq!(found(&files, &[], &["kubectl"]), told("warning"));
    assert_eq!(found(&files, &[], &["flux", "argocd"]), told("warning"));
    assert_eq!(found(&files, &["--rule", "object/last-applied=error"], &[]), told("error"));
}
