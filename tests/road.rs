//! The whole road of Google's how-to, from a folder of YAML to a cluster that runs it: a real registry, a real API server, the real
//! kubectl, and a thread that does to the RootSync what Config Sync does.
//!
//! `DOCKER_REGISTRY`, `ETCD`, `KUBE_APISERVER` and `KUBECTL` name the programs (`.ci/run` makes them).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apiserver;
mod common;
#[allow(dead_code, reason = "of the registries that it starts, one is needed")]
#[path = "peers_registry/process.rs"]
mod process;
#[allow(dead_code)]
#[path = "peers_registry/token.rs"]
mod token;

use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use apiserver::ApiServer;
use common::cluster::{resource_group, root_sync};
use common::{Folder, config_map};
use process::{Door, Program, Registry};
use serde_json::{Value, json};

const ROOT_SYNCS: &str = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs";
const RESOURCE_GROUPS: &str = "/apis/kpt.dev/v1alpha1/namespaces/config-management-system/resourcegroups";

/// The machine of somebody who follows the how-to.
struct Machine {
    folder: Folder,
    server: ApiServer,
}

impl Machine {
    fn run(&self, args: &[&str]) -> Output {
        let mut command = self.folder.consign();
        command.env("KUBECONFIG", self.server.kubeconfig()).env("CONSIGN_WAIT_TIMEOUT", "2m").args(args);
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        common::stdout_of(args, &self.run(args))
    }
}

/// What Config Sync does: looks at the tag now and then, and brings the cluster to what it names.
fn config_sync(machine: &Machine, image: &str, stop: &AtomicBool) {
    let mut synced = String::new();
    while !stop.load(Ordering::SeqCst) {
        let digest = machine.ok(&["digest", image]);
        let commit = digest.trim().strip_prefix("sha256:").unwrap();
        if commit != synced {
            let done = root_sync("test-namespace", image, commit);
            let mut at_it = done.clone();
            at_it["status"]["conditions"][0]["status"] = json!("True");
            at_it["status"]["lastSyncedCommit"] = json!(synced);
            for mut object in [at_it, done] {
                // Only what is true for the spec that kubectl applied.
                object["status"]["observedGeneration"] = Value::Null;
                machine.server.put(ROOT_SYNCS, &object);
                thread::sleep(Duration::from_millis(300));
            }
            machine.server.put(RESOURCE_GROUPS, &resource_group("test-namespace", &[("test", "Current")]));
            commit.clone_into(&mut synced);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs docker-registry, etcd, kube-apiserver and kubectl; .ci/run makes them"]
fn what_is_pushed_is_what_the_cluster_runs() {
    let kubectl = std::env::var("KUBECTL").expect("KUBECTL must name the program: .ci/run makes it");
    let registry = Registry::start(Program::DockerRegistry, Door::Open);
    let machine = Machine { folder: Folder::new(), server: ApiServer::start() };
    let Machine { folder, server } = &machine;
    folder.program("kubectl", &format!("exec '{kubectl}' \"$@\""));
    folder.file("in/test-namespace.yaml", common::NAMESPACE);
    server.apply(&apiserver::our_definitions());
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "config-management-system"}});
    server.create("/api/v1/namespaces", &namespace);

    let image = registry.reference("test-namespace:v1");
    let pushed = machine.ok(&["push", "in", &image]);
    let file =
        folder.file("rootsync.yaml", machine.ok(&["deploy", "rootsync", "test-namespace", &image, "--auth", "none"]));
    let mut apply = std::process::Command::new(&kubectl);
    let applied = apply.env("KUBECONFIG", server.kubeconfig()).args(["apply", "-f"]).arg(file).output().unwrap();
    assert!(applied.status.success(), "{applied:?}");
    // Nobody syncs it yet.
    let output = machine.run(&["status", "--expect", pushed.trim(), "--wait-timeout", "100ms"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| config_sync(&machine, &image, &stop));
        // Whatever fails here, the thread ends.
        let _guard = Guard(&stop);
        let wait = ["push", "in", &image, "--wait", "rootsync/test-namespace"];
        assert_eq!(machine.ok(&wait), pushed, "the same files, and the cluster came to them");
        folder.file("in/more.yaml", config_map("more"));
        let newer = machine.ok(&[&wait[..], &["--ready"]].concat());
        assert_ne!(newer, pushed);
        machine.ok(&["status", "--expect", &image, "--ready"]);
        let report = machine.ok(&["status", "rootsync/test-namespace"]);
        let digest = newer.trim().rsplit_once('@').unwrap().1;
        assert!(report.contains("rootsync/test-namespace  SYNCED") && report.contains(digest), "{report}");
        // What was pushed before was superseded.
        let output = machine.run(&["status", "--expect", pushed.trim()]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    });
}

/// Ends the thread beside the test.
struct Guard<'a>(&'a AtomicBool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
