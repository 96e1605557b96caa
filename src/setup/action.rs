//! The steps: what each is for, the command of `gcloud` that does it, and the one that tells whether it is done already.

use crate::oci::ArtifactRegistry;

use super::{Member, ServiceAccount};

/// The API without which nothing else works.
pub(super) const API: &str = "artifactregistry.googleapis.com";
/// What lets a workload of a cluster act as a service account.
pub(super) const WORKLOAD_IDENTITY_USER: &str = "roles/iam.workloadIdentityUser";

/// What a member may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Push and pull.
    Writer,
    /// Pull.
    Reader,
}

impl Role {
    /// Its name at Google.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writer => "roles/artifactregistry.writer",
            Self::Reader => "roles/artifactregistry.reader",
        }
    }
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Enables the API of Artifact Registry in a project.
    EnableApi {
        /// The project.
        project: String,
    },
    /// Creates a repository for images.
    CreateRepository {
        /// Where, and its name.
        place: ArtifactRegistry,
        /// Whether a tag there may never be moved or deleted.
        immutable_tags: bool,
        /// What it is for.
        description: Option<String>,
    },
    /// Grants a role in the repository.
    Grant {
        /// The repository.
        place: ArtifactRegistry,
        /// The role.
        role: Role,
        /// To whom.
        member: Member,
        /// Who that is to people: `me@example.com`, `rootsync/shop`.
        whose: String,
    },
    /// Lets a workload of a cluster act as a service account.
    ActAs {
        /// The service account.
        account: ServiceAccount,
        /// The workload.
        member: Member,
        /// Who that is to people: `rootsync/shop`.
        whose: String,
    },
    /// Has docker, and what reads docker's configuration, ask gcloud for the login at a host.
    ConfigureDocker {
        /// The host.
        host: String,
    },
}

impl Action {
    /// A word for it, for programs.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::EnableApi { .. } => "enableApi",
            Self::CreateRepository { .. } => "createRepository",
            Self::Grant { role: Role::Writer, .. } => "grantWriter",
            Self::Grant { role: Role::Reader, .. } => "grantReader",
            Self::ActAs { .. } => "grantWorkloadIdentityUser",
            Self::ConfigureDocker { .. } => "configureDocker",
        }
    }

    /// What it does as a verb, now and in the past.
    pub const fn verb(&self) -> (&'static str, &'static str) {
        match self {
            Self::EnableApi { .. } => ("enable", "enabled"),
            Self::CreateRepository { .. } => ("create", "created"),
            Self::Grant { .. } | Self::ActAs { .. } => ("grant", "granted"),
            Self::ConfigureDocker { .. } => ("add", "added"),
        }
    }

    /// What it does that to.
    pub fn what(&self) -> String {
        match self {
            Self::EnableApi { project } => format!("the API `{API}` in the project `{project}`"),
            Self::CreateRepository { place, .. } => {
                let (name, location, project) = (place.repository(), place.location(), place.project());
                format!("the repository `{name}` in `{location}` of the project `{project}`")
            }
            Self::Grant { place, role, member, .. } => {
                format!("`{}` on the repository `{}` to `{}`", role.as_str(), place.repository(), member.called())
            }
            Self::ActAs { account, member, .. } => {
                format!("`{WORKLOAD_IDENTITY_USER}` on the account `{}` to `{}`", account.email(), member.called())
            }
            Self::ConfigureDocker { host } => format!("`{host}` to docker's configuration"),
        }
    }

    /// Why it is needed, in a sentence.
    pub fn why(&self) -> String {
        match self {
            Self::EnableApi { .. } => "Without the API every request is denied, in words that do not name it".to_owned(),
            Self::CreateRepository { immutable_tags: true, .. } => {
                "Images need a repository; a tag in it stays with the image that it was first given to".to_owned()
            }
            Self::CreateRepository { .. } => "Images need a repository".to_owned(),
            Self::Grant { role: Role::Writer, whose, .. } => format!("{whose} pushes bundles"),
            Self::Grant { role: Role::Reader, whose, member, .. } => match member.kubernetes_account() {
                Some(account) => format!("{whose} pulls bundles, as its account {account} in the cluster"),
                None => format!("{whose} pulls bundles"),
            },
            Self::ActAs { account, whose, member } => {
                let workload = member.kubernetes_account().unwrap_or(whose);
                format!("{whose} pulls as {}, through its account {workload} in the cluster", account.email())
            }
            Self::ConfigureDocker { .. } => {
                "docker and its like ask gcloud for the login; consign needs it only where there are no Application Default Credentials"
                    .to_owned()
            }
        }
    }

    /// The command that does it: the program, and each argument by itself.
    pub fn command(&self) -> Vec<String> {
        let mut words = match self {
            Self::EnableApi { project } => gcloud(&["services", "enable", API], Some(project)),
            Self::CreateRepository { place, immutable_tags, description } => {
                let mut words = repository("create", place);
                words.push("--repository-format=docker".to_owned());
                words.extend(immutable_tags.then(|| "--immutable-tags".to_owned()));
                words.extend(description.iter().map(|text| format!("--description={text}")));
                words
            }
            Self::Grant { place, role, member, .. } => {
                let mut words = repository("add-iam-policy-binding", place);
                words.extend([format!("--member={member}"), format!("--role={}", role.as_str())]);
                words
            }
            Self::ActAs { account, member, .. } => {
                let mut words = service_account("add-iam-policy-binding", account);
                words.extend([format!("--member={member}"), format!("--role={WORKLOAD_IDENTITY_USER}")]);
                words
            }
            Self::ConfigureDocker { host } => gcloud(&["auth", "configure-docker", host], None),
        };
        if matches!(self, Self::Grant { .. } | Self::ActAs { .. }) {
            // Where another binding has a condition, gcloud asks for this one's, and that nobody could answer.
            words.push("--condition=None".to_owned());
        }
        words
    }

    /// The command that tells whether it is done already; none where no command does.
    pub fn check(&self) -> Option<Vec<String>> {
        let mut words = match self {
            Self::EnableApi { project } => {
                let mut words = gcloud(&["services", "list", "--enabled"], Some(project));
                words.push(format!("--filter=config.name={API}"));
                words
            }
            Self::CreateRepository { place, .. } => repository("describe", place),
            Self::Grant { place, .. } => repository("get-iam-policy", place),
            Self::ActAs { account, .. } => service_account("get-iam-policy", account),
            Self::ConfigureDocker { .. } => return None,
        };
        words.push("--format=json".to_owned());
        Some(words)
    }
}

fn gcloud(words: &[&str], project: Option<&str>) -> Vec<String> {
    let words = ["gcloud"].iter().chain(words).map(|word| (*word).to_owned());
    words.chain(project.map(|project| format!("--project={project}"))).collect()
}

fn repository(verb: &str, place: &ArtifactRegistry) -> Vec<String> {
    let mut words = gcloud(&["artifacts", "repositories", verb], None);
    words.extend(place.to_gcloud());
    words
}

fn service_account(verb: &str, account: &ServiceAccount) -> Vec<String> {
    gcloud(&["iam", "service-accounts", verb, account.email()], Some(account.project()))
}
