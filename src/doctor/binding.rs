//! Whether the cluster may pull: what the policies of the repository, its project and a service account give to the reconciler of each sync.
//!
//! Policies are read with `gcloud`, whose user may know them; who pushes seldom may.

use std::cell::OnceCell;
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
use crate::sync::{Sync, SyncKind};

/// Less time than that is not worth a question.
const SHORTEST: Duration = Duration::from_millis(500);

type Answer = Result<Value, Failure>;

/// The policies that matter, each asked for at most once.
struct Policies<'a> {
    place: &'a ArtifactRegistry,
    end: Instant,
    repository: OnceCell<Answer>,
    project: OnceCell<Answer>,
}

impl Policies<'_> {
    fn of_repository(&self) -> &Answer {
        self.repository.get_or_init(|| {
            let place = self.place.to_gcloud();
            let command = ["artifacts", "repositories", "get-iam-policy"].into_iter();
            self.ask(&command.chain(place.iter().map(String::as_str)).collect::<Vec<_>>())
        })
    }

    fn of_project(&self) -> &Answer {
        self.project.get_or_init(|| self.ask(&["projects", "get-iam-policy", self.place.project()]))
    }

    fn of_account(&self, email: &str) -> Answer {
        self.ask(&["iam", "service-accounts", "get-iam-policy", email])
    }

    fn ask(&self, args: &[&str]) -> Answer {
        gcloud(self.end).json(args.iter().copied().chain(["--format=json"]))
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
    let policies = Policies { place, end, repository: OnceCell::new(), project: OnceCell::new() };
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
    let whom = account.member().unwrap_or_else(|| format!("{sync}'s reconciler"));
    match (here, policies.of_project().as_ref().map(|policy| grant(policy, account, Right::Read))) {
        (_, Ok(Grant::Yes(given))) => Check::ok(Subject::Binding, format!("{sync}: {given}, in the whole project")),
        (Grant::Perhaps(given), _) | (_, Ok(Grant::Perhaps(given))) => {
            Check::warning(Subject::Binding, format!("{sync}: {given}")).hint(hint)
        }
        (_, Ok(Grant::No)) => {
            let found =
                format!("{sync}: {whom} may not pull: it has the role neither in the repository nor in the project");
            Check::problem(Subject::Binding, Kind::Denied, found).hint(hint)
        }
        (_, Err(failure)) => {
            let found = format!(
                "{sync}: {whom} has no role in the repository that lets it pull; it may have one in the project, whose policy cannot be read: {}",
                failure.words
            );
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
    let project = pool.and_then(|pool| pool.strip_suffix(".svc.id.goog"));
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
    match grant(&policy, reconciler, Right::Impersonate) {
        Grant::Yes(_) => Check::ok(Subject::Binding, format!("{sync}: {email} may pull, and {member} may act as it")),
        Grant::Perhaps(given) => {
            Check::warning(Subject::Binding, format!("{sync}: {email} may pull; {given}")).hint(hint)
        }
        Grant::No => Check::problem(
            Subject::Binding,
            Kind::Denied,
            format!("{sync}: {email} may pull, but {member} may not act as it"),
        )
        .hint(hint),
    }
}
