//! Whether the cluster may pull: what the policies of the repository, of a service account and of all above them give to the reconciler of each
//! sync.
//!
//! Policies are read with `gcloud`, whose user may know them; who pushes seldom may.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::check::{Check, Subject};
use super::cluster::{self, Source};
use super::google::gcloud;
use super::left;
use super::policy::{Account, Grant, Right, grant};
use crate::error::Kind;
use crate::gcloud::{Failure, Reason};
use crate::oci::{ArtifactRegistry, Reference};
use crate::setup::{ServiceAccount, WORKLOAD_POOL};
use crate::sync::{Sync, SyncKind};

/// Less time than that is not worth a question.
const SHORTEST: Duration = Duration::from_millis(500);

type Answer = Result<Value, Failure>;

/// The policies that matter, each asked for at most once.
struct Policies<'a> {
    place: &'a ArtifactRegistry,
    end: Instant,
    repository: OnceCell<Answer>,
    /// By the ID of a project.
    above: RefCell<HashMap<String, Rc<Above>>>,
}

/// The policies of a project and of the folders and the organization above it, which count for all that is in the project.
struct Above {
    /// Each with what it is the policy of.
    policies: Vec<(String, Value)>,
    /// Which of them cannot be read, and why.
    unread: Option<String>,
}

impl Policies<'_> {
    fn of_repository(&self) -> &Answer {
        self.repository.get_or_init(|| {
            let place = self.place.to_gcloud();
            let command = ["artifacts", "repositories", "get-iam-policy"].into_iter();
            self.ask(&command.chain(place.iter().map(String::as_str)).collect::<Vec<_>>())
        })
    }

    /// What is given by the project or above it, and what else may be given there.
    fn inherited(&self, project: &str, account: &Account, right: Right) -> (Grant, Option<String>) {
        let known = self.above.borrow().get(project).cloned();
        let above = known.unwrap_or_else(|| {
            let above = Rc::new(self.above(project));
            self.above.borrow_mut().insert(project.to_owned(), Rc::clone(&above));
            above
        });
        let grants = above.policies.iter().map(|(holder, policy)| match grant(policy, account, right) {
            Grant::Yes(given) => Grant::Yes(format!("{given}, in {holder}")),
            Grant::Perhaps(given) => Grant::Perhaps(format!("{given}, in {holder}")),
            Grant::No => Grant::No,
        });
        (grants.max().unwrap_or(Grant::No), above.unread.clone())
    }

    fn above(&self, project: &str) -> Above {
        let denied = match self.ask(&["projects", "get-ancestors-iam-policy", project]) {
            Ok(Value::Array(all)) => {
                let policies = all.into_iter().map(|mut one| (holder(&one), one["policy"].take()));
                return Above { policies: policies.collect(), unread: None };
            }
            Ok(_) => "gcloud lists none".to_owned(),
            Err(failure) => failure.words,
        };
        // Whoever may know the project's policy seldom may know those above it.
        match self.ask(&["projects", "get-iam-policy", project]) {
            Ok(policy) => Above {
                policies: vec![("the whole project".to_owned(), policy)],
                unread: Some(format!(
                    "those of the folders and the organization above `{project}` cannot be read: {denied}"
                )),
            },
            Err(failure) => Above {
                policies: Vec::new(),
                unread: Some(format!("that of the project `{project}` cannot be read: {}", failure.words)),
            },
        }
    }

    fn of_account(&self, email: &str) -> Answer {
        self.ask(&["iam", "service-accounts", "get-iam-policy", email])
    }

    fn ask(&self, args: &[&str]) -> Answer {
        gcloud(self.end).json(args.iter().copied().chain(["--format=json"]))
    }
}

/// Whose policy it is, in the words of `gcloud projects get-ancestors-iam-policy`.
fn holder(entry: &Value) -> String {
    match (entry["type"].as_str(), entry["id"].as_str()) {
        (Some("project"), _) => "the whole project".to_owned(),
        (Some(kind), Some(id)) => format!("the {kind} {id}"),
        _ => "what is above the project".to_owned(),
    }
}

/// A check for each sync that takes its bundle from the repository, or that was asked for. `pool` is that of the fleet, where it was named;
/// `unusable` says why gcloud cannot be asked.
pub(super) fn examine(
    place: &ArtifactRegistry,
    asked: &[Sync],
    pool: Option<String>,
    cluster: &cluster::Examined,
    unusable: Option<&str>,
    end: Instant,
) -> Vec<Check> {
    let sources = match chosen(place, asked, cluster) {
        Ok(sources) => sources,
        Err(check) => return vec![check],
    };
    let pool = pool.or_else(|| cluster.pool.clone());
    let policies = Policies { place, end, repository: OnceCell::new(), above: RefCell::default() };
    let check = |source: &Source| match unusable {
        _ if left(end, SHORTEST) < SHORTEST => not_checked(source, "no time was left for it"),
        Some(why) => not_checked(source, why),
        None => of_source(source, pool.as_deref(), &policies),
    };
    sources.iter().map(check).collect()
}

fn chosen(place: &ArtifactRegistry, asked: &[Sync], cluster: &cluster::Examined) -> Result<Vec<Source>, Check> {
    if !asked.is_empty() {
        let there = cluster.sources.as_deref().unwrap_or_default();
        // One that is not there yet will have what `consign deploy` gives it.
        let planned = |sync: &Sync| Source {
            sync: sync.clone(),
            image: String::new(),
            auth: "k8sserviceaccount".to_owned(),
            email: None,
        };
        let known = |sync: &Sync| there.iter().find(|source| source.sync == *sync).cloned();
        return Ok(asked.iter().map(|sync| known(sync).unwrap_or_else(|| planned(sync))).collect());
    }
    let there = cluster.sources.as_ref().map_err(|why| Check::not_checked(Subject::Binding, why.clone()))?;
    let of_place = |source: &&Source| {
        let reference = source.image.parse::<Reference>().ok();
        reference.and_then(|reference| ArtifactRegistry::of(&reference)).as_ref() == Some(place)
    };
    let sources: Vec<Source> = there.iter().filter(of_place).cloned().collect();
    if sources.is_empty() {
        let why = "no RootSync and no RepoSync there takes an image of this repository";
        return Err(Check::not_checked(Subject::Binding, why)
            .hint("name one that is still to come with `--rootsync NAME` or `--reposync NAMESPACE/NAME`"));
    }
    Ok(sources)
}

fn not_checked(source: &Source, why: impl std::fmt::Display) -> Check {
    Check::not_checked(Subject::Binding, format!("{}: {why}", source.sync))
}

fn of_source(source: &Source, pool: Option<&str>, policies: &Policies<'_>) -> Check {
    let reconciler =
        Account::Kubernetes { name: source.sync.reconciler().unwrap_or_default(), pool: pool.map(str::to_owned) };
    let hint = hint(source, pool, policies.place);
    match (source.auth.as_str(), &source.email) {
        ("k8sserviceaccount", _) => may_pull(source, &reconciler, &hint, policies),
        ("gcpserviceaccount", Some(email)) => {
            let check = may_pull(source, &Account::Google(email.clone()), &hint, policies);
            if check.verdict == super::Verdict::Ok {
                may_act(source, email, &reconciler, &hint, policies)
            } else {
                check
            }
        }
        ("none", _) => may_pull(source, &Account::Nobody, &hint, policies),
        ("gcenode", _) => not_checked(source, "it pulls as the service account of the nodes, which is not known here"),
        ("token", _) => not_checked(source, "it pulls with the Secret that it names, which nobody reads here"),
        (other, _) => not_checked(source, format!("`auth: {other}` does not tell as whom it pulls")),
    }
}

fn may_pull(source: &Source, account: &Account, hint: &str, policies: &Policies<'_>) -> Check {
    let sync = &source.sync;
    let policy = match policies.of_repository() {
        Ok(policy) => policy,
        Err(failure) => {
            return not_checked(source, format!("the repository's policy cannot be read: {}", failure.words))
                .maybe_hint(failure.hint());
        }
    };
    let here = grant(policy, account, Right::Read);
    if let Grant::Yes(given) = here {
        return Check::ok(Subject::Binding, format!("{sync}: {given}"));
    }
    let (above, unread) = policies.inherited(policies.place.project(), account, Right::Read);
    let whom = account.member().unwrap_or_else(|| format!("{sync}'s reconciler"));
    match (here.max(above), unread) {
        (Grant::Yes(given), _) => Check::ok(Subject::Binding, format!("{sync}: {given}")),
        (Grant::Perhaps(given), _) => Check::warning(Subject::Binding, format!("{sync}: {given}")).hint(hint),
        (Grant::No, None) => {
            let found = format!(
                "{sync}: {whom} may not pull: it has the role neither in the repository nor in the project or above it"
            );
            Check::problem(Subject::Binding, Kind::Denied, found).hint(hint)
        }
        (Grant::No, Some(unread)) => {
            let found = format!("{sync}: no policy that can be read lets {whom} pull; {unread}");
            Check::warning(Subject::Binding, found).hint(hint)
        }
    }
}

/// What grants it. Without a pool it is a guess whose it is.
fn hint(source: &Source, pool: Option<&str>, place: &ArtifactRegistry) -> String {
    if source.auth == "none" {
        return "let the cluster pull as somebody: `auth: k8sserviceaccount`; or let anybody pull: `roles/artifactregistry.reader` for `allUsers`".to_owned();
    }
    let sync = match source.sync.kind() {
        SyncKind::RootSync => format!("--rootsync {}", source.sync.name()),
        _ => format!("--reposync {}/{}", source.sync.namespace(), source.sync.name()),
    };
    let project = pool.and_then(|pool| pool.strip_suffix(WORKLOAD_POOL));
    let fleet = project.filter(|project| *project != place.project());
    let fleet = fleet.map_or_else(String::new, |project| format!(" --fleet-project {project}"));
    let account = source.email.as_ref().filter(|_| source.auth == "gcpserviceaccount");
    let account = account.map_or_else(String::new, |email| format!(" --gsa {email}"));
    let command = format!("`consign setup {place} {sync}{fleet}{account} --run` grants it");
    match project {
        Some(_) => command,
        None => {
            format!("{command}, if the cluster's fleet is in `{}`; otherwise add `--fleet-project`", place.project())
        }
    }
}

/// Whether the reconciler may act as the service account that may pull.
fn may_act(source: &Source, email: &str, reconciler: &Account, hint: &str, policies: &Policies<'_>) -> Check {
    let sync = &source.sync;
    let policy = match policies.of_account(email) {
        Ok(policy) => policy,
        Err(failure) if failure.reason == Reason::NotFound => {
            return Check::problem(
                Subject::Binding,
                Kind::NotFound,
                format!("{sync}: there is no service account {email}: {}", failure.words),
            )
            .hint("correct `gcpServiceAccountEmail`, or make the account");
        }
        Err(failure) => {
            return not_checked(
                source,
                format!("{email} may pull; whether the reconciler may act as it cannot be read: {}", failure.words),
            )
            .maybe_hint(failure.hint());
        }
    };
    let member = reconciler.member().unwrap_or_else(|| "its reconciler".to_owned());
    let here = grant(&policy, reconciler, Right::Impersonate);
    let (above, unread) = match (&here, email.parse::<ServiceAccount>()) {
        (Grant::Yes(_), _) => (Grant::No, None),
        (_, Ok(account)) => policies.inherited(account.project(), reconciler, Right::Impersonate),
        (_, Err(_)) => (Grant::No, Some("the address does not tell its project, whose policy counts too".to_owned())),
    };
    match (here.max(above), unread) {
        (Grant::Yes(_), _) => {
            Check::ok(Subject::Binding, format!("{sync}: {email} may pull, and {member} may act as it"))
        }
        (Grant::Perhaps(given), _) => {
            Check::warning(Subject::Binding, format!("{sync}: {email} may pull; {given}")).hint(hint)
        }
        (Grant::No, None) => {
            let found = format!("{sync}: {email} may pull, but {member} may not act as it");
            Check::problem(Subject::Binding, Kind::Denied, found).hint(hint)
        }
        (Grant::No, Some(unread)) => {
            let found =
                format!("{sync}: {email} may pull; no policy that can be read lets {member} act as it; {unread}");
            Check::warning(Subject::Binding, found).hint(hint)
        }
    }
}
