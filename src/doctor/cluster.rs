//! The program `kubectl`, the cluster that it reaches, and what there syncs bundles.
//!
//! Everything is read with `kubectl get --raw`, which neither asks for anything else nor keeps anything on this machine.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::check::{Check, Subject};
use super::left;
use super::version::{Version, tag_of};
use crate::credentials;
use crate::error::{Error, Kind};
use crate::kubectl::{Cluster, Question};
use crate::oci::Reference;
use crate::process;
use crate::sync::{ROOT_NAMESPACE, Sync, SyncKind};

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
    fn at(&self, path: &str) -> Result<Option<Value>, Error> {
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
        let version = installed(&management, &manager);
        let version_check = if there.contains(&SyncKind::RootSync) {
            version_check(&version, reference)
        } else {
            Check::not_checked(Subject::ConfigSync, "Config Sync is not there")
        };
        let pool = membership.ok().flatten();
        let pool = pool.as_ref().and_then(|it| it.pointer("/spec/workload_identity_pool")).and_then(Value::as_str);
        Examined {
            checks: vec![sync_api, version_check],
            sources: sources([roots, repos]),
            pool: pool.filter(|pool| !pool.is_empty()).map(str::to_owned),
        }
    }

    fn sync_api(&self, there: &[SyncKind], answers: &[&Result<Option<Value>, Error>]) -> Check {
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
        (!project.is_empty()).then(|| format!("{project}.svc.id.goog"))
    }
}

impl std::fmt::Display for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.server)
    }
}

/// Whether a group's version has the kind.
fn serves(answer: &Result<Option<Value>, Error>, kind: SyncKind) -> bool {
    let resources = answer.as_ref().ok().and_then(Option::as_ref).and_then(|it| it["resources"].as_array());
    resources.into_iter().flatten().any(|resource| resource["kind"] == kind.kind())
}

type Answer = Result<Option<Value>, Error>;

/// The version of Config Sync, as `nomos version` finds it, but for a registry's port: what Config Management says, else the tag of the
/// image of the reconciler manager. None where neither tells.
fn installed(management: &Answer, manager: &Answer) -> Result<Option<String>, String> {
    let of = |answer: &Answer| answer.as_ref().ok().cloned().flatten().unwrap_or_default();
    let (operator, deployment) = (of(management), of(manager));
    let told = operator.pointer("/status/configManagementVersion").and_then(Value::as_str).filter(|it| !it.is_empty());
    let containers = deployment.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let mut containers = containers.into_iter().flatten();
    let image = containers.find(|it| it["name"] == "reconciler-manager").and_then(|it| it["image"].as_str());
    if let Some(version) = told.or_else(|| tag_of(image?)) {
        return Ok(Some(version.to_owned()));
    }
    match [management, manager].into_iter().find_map(|answer| answer.as_ref().err()) {
        Some(error) => Err(error.headline()),
        None => Ok(None),
    }
}

fn version_check(version: &Result<Option<String>, String>, reference: Option<&Reference>) -> Check {
    let subject = Subject::ConfigSync;
    let told = match version {
        Ok(Some(told)) => told,
        Ok(None) => {
            return Check::warning(
                subject,
                "its version is not known: neither ConfigManagement nor the Deployment `reconciler-manager` tells",
            )
            .hint(format!("`kubectl get deployments --namespace={ROOT_NAMESPACE}` shows what runs"));
        }
        Err(why) => return Check::not_checked(subject, why.clone()),
    };
    let Some(version) = Version::parse(told) else {
        return Check::warning(subject, format!("its version `{told}` is none that can be compared"));
    };
    let google = reference.is_none_or(|reference| credentials::is_google(reference.host()));
    let elsewhere = reference.is_some_and(|reference| !credentials::is_google(reference.host()));
    if google && version < Version::WITH_K8S_SERVICE_ACCOUNT {
        return Check::warning(
            subject,
            format!(
                "{told} does not know `auth: k8sserviceaccount`, which came with {}",
                Version::WITH_K8S_SERVICE_ACCOUNT
            ),
        )
        .hint("upgrade it, or let a Google service account pull: `auth: gcpserviceaccount`");
    }
    if elsewhere && version < Version::WITH_TOKEN {
        return Check::warning(
            subject,
            format!("{told} does not know `auth: token`, which came with {}", Version::WITH_TOKEN),
        )
        .hint("upgrade it; until then it pulls from this registry only where anybody may");
    }
    Check::ok(subject, told.clone())
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
    fn the_installed_version_is_found_as_nomos_finds_it_but_for_a_port() {
        let management = |version: &str| json!({"status": {"configManagementVersion": version}});
        let manager = |image: &str| {
            json!({"spec": {"template": {"spec": {"containers": [
                {"name": "otel-agent", "image": "r/otel-agent:v0.1"}, {"name": "reconciler-manager", "image": image}]}}}})
        };
        for (operator, deployment, expected) in [
            (Some(management("v1.21.0")), Some(manager("r/reconciler-manager:v1.20.0")), Some("v1.21.0")),
            (Some(management("")), Some(manager("r/reconciler-manager:v1.20.0")), Some("v1.20.0")),
            (None, Some(manager("r.example:5000/reconciler-manager:v1.24.3")), Some("v1.24.3")),
            (None, Some(manager("r.example:5000/reconciler-manager")), None),
            (None, Some(json!({"spec": {}})), None),
            (None, None, None),
        ] {
            assert_eq!(installed(&Ok(operator), &Ok(deployment)).unwrap().as_deref(), expected);
        }
        let denied = || Err(Error::new(Kind::Denied, "no"));
        assert_eq!(installed(&Ok(None), &denied()), Err("no".to_owned()));
        assert_eq!(installed(&denied(), &Ok(Some(manager("r:v1.24.3")))), Ok(Some("v1.24.3".to_owned())));
    }

    #[test]
    fn what_an_old_version_lacks_depends_on_the_registry() {
        let check = |version: &str, reference: Option<&str>| {
            let reference = reference.map(|it| it.parse::<Reference>().unwrap());
            let check = version_check(&Ok(Some(version.to_owned())), reference.as_ref());
            (check.verdict, check.found)
        };
        let google = Some("us-docker.pkg.dev/shop/configs/prod");
        let other = Some("ghcr.io/shop/prod");
        for (version, reference, lacks) in [
            ("v1.17.1", google, Some("auth: k8sserviceaccount")),
            ("v1.17.2", google, None),
            ("v1.17.1", None, Some("auth: k8sserviceaccount")),
            ("v1.23.3", google, None),
            ("v1.23.3", None, None),
            ("v1.23.3", other, Some("auth: token")),
            ("v1.24.0-rc.1", other, None),
            ("main", other, Some("can be compared")),
        ] {
            let (verdict, found) = check(version, reference);
            let expected = if lacks.is_some() { super::super::Verdict::Warning } else { super::super::Verdict::Ok };
            assert_eq!(verdict, expected, "{version} {reference:?}: {found}");
            assert!(found.contains(lacks.unwrap_or(version)), "{found}");
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
