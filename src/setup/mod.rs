//! What Google Cloud needs before a bundle can be pushed and synced: the API, a repository, and who may write and read there.
//!
//! A [`Plan`] is made of names alone, and nobody is asked. It is written as a shell script or as Terraform, or carried out step by step
//! with `gcloud`. It is not for what comes after: the push, and the objects in the cluster.

mod action;
mod member;
mod names;
mod run;
mod script;
mod terraform;

pub use action::{Action, Role};
pub use member::Member;
pub(crate) use member::WORKLOAD_POOL;
pub use names::{ServiceAccount, check_project};
pub use run::{Done, Runner};
pub use script::{command_line, script};
pub use terraform::terraform;

use crate::error::{Error, Kind};
use crate::oci::ArtifactRegistry;
use crate::sync::{ROOT_NAMESPACE, Sync};

/// Flux's controller that fetches: its namespace and its service account.
const FLUX: (&str, &str) = ("flux-system", "source-controller");

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// The repository.
    pub place: ArtifactRegistry,
    /// Whether a tag there may never be moved or deleted.
    pub immutable_tags: bool,
    /// What the repository is for, in a sentence.
    pub description: Option<String>,
    /// Who may push.
    pub writers: Vec<Member>,
    /// Who else may pull.
    pub readers: Vec<Member>,
    /// The syncs of Config Sync that may pull.
    pub syncs: Vec<Sync>,
    /// Whether Flux may pull.
    pub flux: bool,
    /// The project whose workload identity pool the clusters use: the fleet's, or without a fleet the cluster's own. By default the
    /// repository's.
    pub fleet_project: Option<String>,
    /// The service account through which the clusters pull, instead of by themselves.
    pub service_account: Option<ServiceAccount>,
}

/// All that is to be done, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The repository.
    pub place: ArtifactRegistry,
    /// The project whose workload identity pool the clusters use.
    pub fleet_project: String,
    /// The syncs of Config Sync that may pull.
    pub syncs: Vec<Sync>,
    /// Whether Flux may pull.
    pub flux: bool,
    /// The service account through which the clusters pull.
    pub service_account: Option<ServiceAccount>,
    /// The steps.
    pub steps: Vec<Action>,
}

impl Plan {
    /// Fails with [`Kind::Usage`] where a name breaks a rule of Google's, or something is asked for that nothing would use.
    pub fn new(options: Options) -> Result<Self, Error> {
        let place = options.place;
        names::check_location(place.location())?;
        names::check_project(place.project())?;
        names::check_repository(place.repository())?;
        if let Some(description) = &options.description {
            names::check_description(description)?;
        }
        let fleet_project = options.fleet_project.unwrap_or_else(|| place.project().to_owned());
        names::check_project(&fleet_project)?;
        let workloads = workloads(&fleet_project, &options.syncs, options.flux)?;
        let mut steps = vec![
            Action::EnableApi { project: place.project().to_owned() },
            Action::CreateRepository {
                place: place.clone(),
                immutable_tags: options.immutable_tags,
                description: options.description,
            },
        ];
        let mut grant = |role: Role, whose: String, member: Member| {
            let step = Action::Grant { place: place.clone(), role, member, whose };
            // Named twice is granted once.
            if !steps.contains(&step) {
                steps.push(step);
            }
        };
        options.writers.into_iter().for_each(|member| grant(Role::Writer, member.called().to_owned(), member));
        options.readers.into_iter().for_each(|member| grant(Role::Reader, member.called().to_owned(), member));
        match &options.service_account {
            None => workloads.into_iter().for_each(|(whose, member)| grant(Role::Reader, whose, member)),
            Some(account) => {
                if workloads.is_empty() {
                    let message = format!("nothing is named that would pull as `{}` (`--gsa`)", account.email());
                    return Err(
                        usage(message).hint("name it: `--rootsync NAME`, `--reposync NS/NAME` or `--consumer flux`")
                    );
                }
                grant(Role::Reader, account.email().to_owned(), Member::service_account(account.email()));
                let act_as = |(whose, member)| Action::ActAs { account: account.clone(), member, whose };
                steps.extend(workloads.into_iter().map(act_as));
            }
        }
        steps.push(Action::ConfigureDocker { host: place.host() });
        let (syncs, flux, service_account) = (options.syncs, options.flux, options.service_account);
        Ok(Self { place, fleet_project, syncs, flux, service_account, steps })
    }
}

fn usage(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

/// Who in the clusters pulls, each once, and its account.
fn workloads(project: &str, syncs: &[Sync], flux: bool) -> Result<Vec<(String, Member)>, Error> {
    let mut members = Vec::new();
    for sync in syncs {
        let reconciler = sync.reconciler().ok_or_else(|| {
            usage(format!("`{sync}` has no account of its own")).hint("name a RootSync or a RepoSync of Config Sync")
        })?;
        members.push((sync.to_string(), Member::workload(project, ROOT_NAMESPACE, &reconciler)));
    }
    if flux {
        members.push(("Flux".to_owned(), Member::workload(project, FLUX.0, FLUX.1)));
    }
    let mut each = Vec::new();
    for member in members {
        if !each.contains(&member) {
            each.push(member);
        }
    }
    Ok(each)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A plan in which everything occurs.
    pub(super) fn everything() -> Options {
        Options {
            place: ArtifactRegistry::of(&"europe-west1-docker.pkg.dev/shop-prod/configs".parse().unwrap()).unwrap(),
            immutable_tags: true,
            description: Some("Bundles of the shop's \"cluster\", ${not} %{a} $template".to_owned()),
            writers: ["me@example.com", "ci@shop-prod.iam.gserviceaccount.com"]
                .map(|text| text.parse().unwrap())
                .to_vec(),
            readers: vec!["group:ops@example.com".parse().unwrap()],
            syncs: ["rootsync/shop", "reposync/orders/repo-sync"].map(|text| text.parse().unwrap()).to_vec(),
            flux: true,
            fleet_project: Some("shop-fleet".to_owned()),
            service_account: Some("syncer@shop-prod.iam.gserviceaccount.com".parse().unwrap()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::everything;
    use super::*;

    fn commands(options: Options) -> Vec<String> {
        Plan::new(options).unwrap().steps.iter().map(|step| step.command().join(" ")).collect()
    }

    fn members(commands: &[String]) -> Vec<&str> {
        let words = commands.iter().flat_map(|command| command.split(' '));
        words.filter_map(|word| word.strip_prefix("--member=")).collect()
    }

    #[test]
    fn clusters_pull_by_themselves_unless_a_service_account_is_named() {
        let by_themselves = commands(Options { service_account: None, ..everything() });
        assert_eq!(
            members(&by_themselves),
            [
                "user:me@example.com",
                "serviceAccount:ci@shop-prod.iam.gserviceaccount.com",
                "group:ops@example.com",
                "serviceAccount:shop-fleet.svc.id.goog[config-management-system/root-reconciler-shop]",
                "serviceAccount:shop-fleet.svc.id.goog[config-management-system/ns-reconciler-orders]",
                "serviceAccount:shop-fleet.svc.id.goog[flux-system/source-controller]",
            ]
        );
        assert!(!by_themselves.iter().any(|command| command.contains("workloadIdentityUser")));
        let as_somebody = commands(everything());
        let reader = as_somebody.iter().position(|command| command.contains("serviceAccount:syncer@")).unwrap();
        assert!(as_somebody[reader].contains("roles/artifactregistry.reader"));
        for command in &as_somebody[reader + 1..reader + 4] {
            assert!(
                command.contains("roles/iam.workloadIdentityUser")
                    && command.contains("serviceAccount:shop-fleet.svc.id.goog[")
            );
        }
    }

    #[test]
    fn the_fleet_is_the_repositorys_project_unless_it_is_named() {
        let commands = commands(Options { fleet_project: None, service_account: None, ..everything() });
        assert!(members(&commands).iter().any(|member| member.starts_with("serviceAccount:shop-prod.svc.id.goog[")));
    }

    #[test]
    fn who_is_named_twice_is_granted_once() {
        let once = everything();
        let twice = Options {
            writers: [once.writers.clone(), once.writers.clone()].concat(),
            syncs: [once.syncs.clone(), once.syncs.clone()].concat(),
            ..once.clone()
        };
        assert_eq!(commands(twice), commands(once));
    }

    #[test]
    fn a_bad_name_is_refused_before_anything_is_made_of_it() {
        let place = |text: &str| ArtifactRegistry::of(&text.parse().unwrap()).unwrap();
        let refused = |options: Options| Plan::new(options).unwrap_err();
        for (options, words) in [
            (Options { place: place("eu-docker.pkg.dev/shop-prod/configs"), ..everything() }, "`eu` is no location"),
            (Options { place: place("us-docker.pkg.dev/1234567/configs"), ..everything() }, "a project's number"),
            (
                Options { place: place("us-docker.pkg.dev/shop-prod/1configs"), ..everything() },
                "repository's ID `1configs`",
            ),
            (Options { description: Some("a\nb".to_owned()), ..everything() }, "the description has a `\\n`"),
            (Options { fleet_project: Some("fleet".to_owned()), ..everything() }, "the project's ID `fleet`"),
            (
                Options { syncs: vec!["application/argocd/shop".parse().unwrap()], ..everything() },
                "no account of its own",
            ),
            (Options { syncs: Vec::new(), flux: false, ..everything() }, "nothing is named that would pull as"),
        ] {
            let error = refused(options);
            assert!(error.kind() == Kind::Usage && error.to_string().contains(words), "{error}");
        }
    }
}
