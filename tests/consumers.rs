//! What the consumers of a bundle refuse, and only they.

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
