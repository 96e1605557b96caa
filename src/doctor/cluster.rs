//! The program `kubectl`, the cluster that it reaches, and what there syncs bundles.
//!
//! Everything is read with `kubectl get --raw`, which neither asks for anything else nor keeps anything on this machine.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::check::{Check, Subject};
use super::left;
use super::version::{checked, installed};
use crate::error::{Error, Kind};
use crate::kubectl::{Cluster, Question};
use crate::oci::Reference;
use crate::process;
use crate::setup::WORKLOAD_POOL;
use crate::sync::{Sync, SyncKind};

/// What is at a path of the cluster's API.
pub(super) type Answer = Result<Option<Value>, Error>;

/// How long `kubectl` may take by itself, and how long a cluster may.
const OF_THE_PROGRAM: Duration = Duration::from_secs(5);
const OF_THE_CLUSTER: Duration = Duration::from_secs(8);

const SYNCS: &str = "/apis/configsync.gke.io/v1beta1";
const MANAGEMENT: &str = "/apis/configmanagement.gke.io/v1/configmanagements/config-management";
const MANAGER: &str = "/apis/apps/v1/namespaces/config-management-system/deployments/reconciler-manager";
const MEMBERSHIP: &str = "/apis/hub.gke.io/v1/memberships/membership";

/// What was found out.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) checks: Vec<Check>,
    /// The syncs of Config Sync there; an error's words where they cannot be read, or why they were not.
    pub(super) sources: Result<Vec<Source>, String>,
    /// The workload identity pool of the accounts there: `PROJECT.svc.id.goog`.
    pub(super) pool: Option<String>,
}

/// Where a sync of Config Sync has its bundle from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) sync: Sync,
    pub(super) image: String,
    pub(super) auth: String,
    /// The Google service account, for `gcpserviceaccount`.
    pub(super) email: Option<String>,
}

/// A cluster that is being looked at.
struct Patient<'a> {
    cluster: &'a Cluster,
    /// Somebody means this cluster, so that what is missing is a fault.
    is_meant: bool,
    end: Instant,
}

/// Looks at the cluster; `is_meant` says that it, or a sync on it, was named. The registry decides what an old version means.
pub(super) fn examine(cluster: &Cluster, is_meant: bool, reference: Option<&Reference>, end: Instant) -> Examined {
    Patient { cluster, is_meant, end }.examine(reference)
}

impl Patient<'_> {
    fn examine(&self, reference: Option<&Reference>) -> Examined {
        let kubectl = self.kubectl();
        if kubectl.verdict != super::Verdict::Ok {
            return stopped(vec![kubectl], "there is no kubectl to ask with");
        }
        let context = match self.context() {
            Ok(context) => context,
            Err(check) => return stopped(vec![kubectl, check], "no cluster is reached"),
        };
        let groups = match self.at("/apis") {
            Ok(groups) => groups.unwrap_or_default(),
            Err(error) => {
                return stopped(vec![kubectl, Check::error(Subject::Cluster, &error)], "no cluster is reached");
            }
        };
        let cluster = Check::ok(Subject::Cluster, format!("{context} answers"));
        let mut examined = self.syncs(&groups, reference);
        examined.checks.splice(0..0, [kubectl, cluster]);
        examined.pool = examined.pool.or_else(|| context.pool());
        examined
    }

    fn kubectl(&self) -> Check {
        let subject = Subject::Kubectl;
        let output =
            Cluster::default().run_within(&["version", "--client", "-o", "json"], left(self.end, OF_THE_PROGRAM));
        let hint = "install it: https://kubernetes.io/docs/tasks/tools/";
        match output {
            Ok(output) if output.status.success() => {
                let version: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
                match version.pointer("/clientVersion/gitVersion").and_then(Value::as_str) {
                    Some(version) => Check::ok(subject, version),
                    None => Check::ok(subject, "it is there, and does not tell its version"),
                }
            }
            Ok(output) => self
                .missing(subject, Kind::Local, last_line(&output.stderr))
                .hint("`kubectl version --client` must work first"),
            Err(failure @ process::Failure::NotStarted(_)) => {
                self.missing(subject, Kind::Local, failure.to_string()).hint(hint)
            }
            Err(failure) => self
                .missing(subject, Kind::Local, failure.to_string())
                .hint("`kubectl version --client` must work first"),
        }
    }

    /// A problem where the cluster is meant; else perhaps nobody wants one.
    fn missing(&self, subject: Subject, kind: Kind, found: impl Into<String>) -> Check {
        if self.is_meant { Check::problem(subject, kind, found) } else { Check::warning(subject, found) }
    }

    fn context(&self) -> Result<Context, Check> {
        let args = ["config", "view", "--minify", "-o", "json"];
        let output = self.cluster.run_within(&args, left(self.end, OF_THE_PROGRAM)).map_err(|failure| {
            Check::problem(Subject::Cluster, Kind::Local, format!("kubectl's configuration cannot be read: {failure}"))
        })?;
        if output.status.success() {
            let config: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            return Ok(Context::of(&config, self.cluster.context.as_deref()));
        }
        let said = last_line(&output.stderr);
        let found = match &self.cluster.context {
            None if said.contains("current-context must exist") => "no context is chosen".to_owned(),
            Some(name) if said.contains("cannot locate context") => format!("there is no context `{name}`"),
            _ => format!("kubectl finds no context: {said}"),
        };
        let check = self.missing(Subject::Cluster, Kind::NotFound, found);
        Err(check.hint("`kubectl config get-contexts` lists what there is, `kubectl config use-context NAME` chooses"))
    }

    /// What the cluster has at a path of its API; none where it has nothing there.
    fn at(&self, path: &str) -> Answer {
        let question = Question {
            subject: "what it has",
            if_denied: "log in to the cluster, or ask for the right to read there",
            if_missing: "install kubectl",
            attempt: "kubectl get --raw /apis",
        };
        let answer = self.cluster.answer(&question, &["get", "--raw", path], left(self.end, OF_THE_CLUSTER))?;
        match answer.refusal {
            None => self.cluster.read(&question, &answer.stdout).map(Some),
            Some(_) if answer.stderr.contains("(NotFound)") => Ok(None),
            Some(error) => Err(error),
        }
    }

    /// What there is that syncs, of which version, and from where.
    fn syncs(&self, groups: &Value, reference: Option<&Reference>) -> Examined {
        let has = |group: &str| groups["groups"].as_array().into_iter().flatten().any(|it| it["name"] == group);
        let paths =
            |kind: SyncKind| format!("{SYNCS}/{}", if kind == SyncKind::RootSync { "rootsyncs" } else { "reposyncs" });
        let (roots, repos) = (paths(SyncKind::RootSync), paths(SyncKind::RepoSync));
        let config_sync = has(SyncKind::RootSync.group());
        // Each is asked for at the same time, and only where there can be an answer.
        let asked = [
            (config_sync, SYNCS),
            (has(SyncKind::OciRepository.group()), "/apis/source.toolkit.fluxcd.io/v1"),
            (has(SyncKind::Application.group()), "/apis/argoproj.io/v1alpha1"),
            (has("configmanagement.gke.io"), MANAGEMENT),
            (config_sync, MANAGER),
            (config_sync && has("hub.gke.io"), MEMBERSHIP),
            (config_sync && reference.is_some(), &roots),
            (config_sync && reference.is_some(), &repos),
        ];
        let [config_sync, flux, argo, management, manager, membership, roots, repos] = thread::scope(|scope| {
            let questions =
                asked.map(|(is_asked, path)| scope.spawn(move || if is_asked { self.at(path) } else { Ok(None) }));
            questions.map(|question| question.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let kinds = [
            (&config_sync, SyncKind::RootSync),
            (&config_sync, SyncKind::RepoSync),
            (&flux, SyncKind::OciRepository),
            (&argo, SyncKind::Application),
        ];
        let there: Vec<SyncKind> =
            kinds.into_iter().filter(|(answer, kind)| serves(answer, *kind)).map(|(_, kind)| kind).collect();
        let sync_api = self.sync_api(&there, &[&config_sync, &flux, &argo]);
        let version = if there.contains(&SyncKind::RootSync) {
            checked(&installed(&management, &manager), reference)
        } else {
            Check::not_checked(Subject::ConfigSync, "Config Sync is not there")
        };
        let pool = membership.ok().flatten();
        let pool = pool.as_ref().and_then(|it| it.pointer("/spec/workload_identity_pool")).and_then(Value::as_str);
        Examined {
            checks: vec![sync_api, version],
            sources: sources([roots, repos]),
            pool: pool.filter(|pool| !pool.is_empty()).map(str::to_owned),
        }
    }

    fn sync_api(&self, there: &[SyncKind], answers: &[&Answer]) -> Check {
        let subject = Subject::SyncApi;
        let names: Vec<&str> = there.iter().map(|kind| kind.kind()).collect();
        let hint = "install Config Sync: https://cloud.google.com/kubernetes-engine/config-sync/docs/how-to/installing-config-sync";
        if !there.contains(&SyncKind::RootSync) && self.is_meant && !there.is_empty() {
            let found = format!("there is no RootSync, only {}: Config Sync is not installed", names.join(", "));
            return Check::warning(subject, found).hint(hint);
        }
        if !there.is_empty() {
            return Check::ok(subject, names.join(", "));
        }
        match answers.iter().find_map(|answer| answer.as_ref().err()) {
            Some(error) => Check::error(subject, error),
            None => Check::problem(
                subject,
                Kind::NotFound,
                "nothing there syncs a bundle: neither Config Sync nor Flux nor Argo CD is installed",
            )
            .hint(hint),
        }
    }
}

/// Nothing further could be looked at.
fn stopped(mut checks: Vec<Check>, why: &str) -> Examined {
    let rest = [Subject::Cluster, Subject::SyncApi, Subject::ConfigSync];
    let missing = rest.into_iter().filter(|subject| checks.iter().all(|check| check.subject != *subject));
    checks.extend(missing.map(|subject| Check::not_checked(subject, why)).collect::<Vec<_>>());
    Examined { checks, sources: Err(why.to_owned()), pool: None }
}

fn last_line(bytes: &[u8]) -> String {
    let said = String::from_utf8_lossy(bytes);
    said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it says nothing").to_owned()
}

/// A context of kubectl's configuration, with what hides secrets left out by kubectl itself.
#[derive(Debug, PartialEq, Eq)]
struct Context {
    name: String,
    cluster: String,
    server: String,
}

impl Context {
    /// From `kubectl config view --minify`: one context, and what it names.
    fn of(config: &Value, named: Option<&str>) -> Self {
        let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            name: named.map_or_else(|| text("/current-context"), str::to_owned),
            cluster: text("/contexts/0/context/cluster"),
            server: text("/clusters/0/cluster/server"),
        }
    }

    /// The pool of a cluster of GKE that is in no fleet: `gke_PROJECT_LOCATION_NAME` is how gcloud names its entry.
    fn pool(&self) -> Option<String> {
        let project = self.cluster.strip_prefix("gke_")?.split('_').next()?;
        (!project.is_empty()).then(|| format!("{project}{WORKLOAD_POOL}"))
    }
}

impl std::fmt::Display for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.server)
    }
}

/// Whether a group's version has the kind.
fn serves(answer: &Answer, kind: SyncKind) -> bool {
    let resources = answer.as_ref().ok().and_then(Option::as_ref).and_then(|it| it["resources"].as_array());
    resources.into_iter().flatten().any(|resource| resource["kind"] == kind.kind())
}

/// The syncs that take an OCI image.
fn sources(lists: [Answer; 2]) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    for (list, kind) in lists.into_iter().zip([SyncKind::RootSync, SyncKind::RepoSync]) {
        let list = list.map_err(|error| error.headline())?.unwrap_or_default();
        let items = list["items"].as_array().into_iter().flatten();
        sources.extend(items.filter_map(|item| source(kind, item)));
    }
    Ok(sources)
}

fn source(kind: SyncKind, item: &Value) -> Option<Source> {
    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
    if text("/spec/sourceType") != Some("oci") {
        return None;
    }
    Some(Source {
        sync: Sync::new(kind, text("/metadata/namespace")?, text("/metadata/name")?).ok()?,
        image: text("/spec/oci/image")?.to_owned(),
        auth: text("/spec/oci/auth").unwrap_or_default().to_owned(),
        email: text("/spec/oci/gcpServiceAccountEmail").filter(|email| !email.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_context_tells_its_server_and_perhaps_its_project() {
        for (config, named, shown, pool) in [
            (
                json!({"current-context": "prod", "contexts": [{"context": {"cluster": "gke_shop_europe-west1_prod"}}],
                       "clusters": [{"cluster": {"server": "https://192.0.2.1"}}]}),
                None,
                "prod (https://192.0.2.1)",
                Some("shop.svc.id.goog"),
            ),
            (
                json!({"current-context": "prod", "contexts": [{"context": {"cluster": "kind"}}],
                       "clusters": [{"cluster": {"server": "https://127.0.0.1:6443"}}]}),
                Some("test"),
                "test (https://127.0.0.1:6443)",
                None,
            ),
            (json!({"contexts": [{"context": {"cluster": "gke__x"}}]}), Some("odd"), "odd ()", None),
            (json!([]), None, " ()", None),
        ] {
            let context = Context::of(&config, named);
            assert_eq!((context.to_string().as_str(), context.pool().as_deref()), (shown, pool), "{config}");
        }
    }

    #[test]
    fn only_syncs_of_images_have_a_source() {
        let item = |name: &str, spec: Value| json!({"metadata": {"name": name, "namespace": "shop"}, "spec": spec});
        let oci = json!({"sourceType": "oci", "oci": {"image": "r.io/a:v1", "auth": "gcpserviceaccount", "gcpServiceAccountEmail": "x@y"}});
        let list =
            json!({"items": [item("a", oci), item("b", json!({"sourceType": "git"})), item("c", json!({})), null]});
        let found = sources([Ok(None), Ok(Some(list))]).unwrap();
        let [source] = &found[..] else { panic!("{found:?}") };
        assert_eq!(source.sync.to_string(), "reposync/shop/a");
        assert_eq!((source.auth.as_str(), source.email.as_deref()), ("gcpserviceaccount", Some("x@y")));
        assert_eq!(sources([Err(Error::new(Kind::Denied, "no")), Ok(None)]), Err("no".to_owned()));
    }
}
