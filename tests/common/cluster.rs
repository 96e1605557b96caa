//! A kubectl that plays a cluster, and objects for it.

use std::fs;

use serde_json::{Value, json};

use super::Folder;

/// The digits of two digests.
pub const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// All kinds of syncs, and one more.
pub const ALL_KINDS: &str = "pods\nrootsyncs.configsync.gke.io\nreposyncs.configsync.gke.io\nresourcegroups.kpt.dev\n\
    ocirepositories.source.toolkit.fluxcd.io\nkustomizations.kustomize.toolkit.fluxcd.io\napplications.argoproj.io\n";

/// A kubectl whose cluster has these kinds and objects, which may be changed while it is used.
pub fn cluster(folder: &Folder, kinds: &str, objects: &[Value]) {
    folder.file("kinds", kinds);
    has(folder, objects);
    folder.program(
        "kubectl",
        "here=$(/usr/bin/dirname \"$0\")/..\n\
         echo \"$@\" >> \"$here/asked\"\n\
         case \"$*\" in\n\
         config\\ current-context*) echo test;;\n\
         config\\ get-contexts*) echo test; echo other;;\n\
         api-resources*) /bin/cat \"$here/kinds\";;\n\
         get*) /bin/cat \"$here/objects\";;\n\
         esac",
    );
}

/// Written beside and renamed, so that no half of it is ever read.
pub fn has(folder: &Folder, objects: &[Value]) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let path = folder.file("objects.new", list.to_string());
    fs::rename(path, folder.path().join("objects")).expect("a file");
}

/// What kubectl was asked.
pub fn asked(folder: &Folder) -> Vec<String> {
    let asked = String::from_utf8(folder.read("asked")).expect("text");
    asked.lines().map(ToOwned::to_owned).collect()
}

/// A RootSync of `image`, synced at `commit`.
pub fn root_sync(name: &str, image: &str, commit: &str) -> Value {
    let section = json!({"commit": commit, "errorSummary": {}, "lastUpdate": "2026-01-31T12:00:00Z",
        "ociStatus": {"image": image, "dir": "."}});
    json!({
        "apiVersion": "configsync.gke.io/v1beta1", "kind": "RootSync",
        "metadata": {"name": name, "namespace": "config-management-system", "generation": 1},
        "spec": {"sourceType": "oci", "oci": {"image": image, "dir": "."}},
        "status": {
            "observedGeneration": 1, "lastSyncedCommit": commit,
            "source": section, "rendering": section, "sync": section,
            "conditions": [{"type": "Syncing", "status": "False", "reason": "Sync", "message": "Sync Completed", "commit": commit}],
        },
    })
}

/// The same with an error at `commit`.
pub fn failing(mut sync: Value, code: &str, message: &str, commit: &str) -> Value {
    let error = json!({"code": code, "errorMessage": format!("KNV{code}: {message}\n\nFor more information, see https://g.co/x#knv{code}")});
    sync["status"]["sync"]["errors"] = json!([error]);
    sync["status"]["sync"]["commit"] = json!(commit);
    sync["status"]["conditions"][0] = json!({"type": "Syncing", "status": "False", "commit": commit,
        "errorSourceRefs": ["status.sync.errors"], "errorSummary": {"totalCount": 1}});
    sync
}

/// The states of what it manages.
pub fn resource_group(name: &str, statuses: &[(&str, &str)]) -> Value {
    let identity = |name: &str| json!({"group": "apps", "kind": "Deployment", "namespace": "shop", "name": name});
    let states = statuses.iter().map(|(name, status)| {
        let mut state = identity(name);
        state["status"] = json!(status);
        state["sourceHash"] = json!("aaaaaaa");
        state
    });
    json!({
        "apiVersion": "kpt.dev/v1alpha1", "kind": "ResourceGroup",
        "metadata": {"name": name, "namespace": "config-management-system", "generation": 1},
        "spec": {"resources": statuses.iter().map(|(name, _)| identity(name)).collect::<Vec<_>>()},
        "status": {"observedGeneration": 1, "resourceStatuses": states.collect::<Vec<_>>()},
    })
}
