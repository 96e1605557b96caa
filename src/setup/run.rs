//! Carries a plan out with `gcloud`, a step at a time. What is done already is left alone, so it may be run as often as one likes.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::action::{API, WORKLOAD_IDENTITY_USER};
use super::{Action, Member};
use crate::error::{Error, Kind};
use crate::gcloud::{Failure, Gcloud, Reason};
use crate::notice::{Event, Notice};
use crate::oci::ArtifactRegistry;

/// How long a change may take: to enable an API, Google takes up to some minutes.
const CHANGE: Duration = Duration::from_mins(5);
/// How often, and after how long, something is tried again that an API refuses which has just been enabled.
const ATTEMPTS: u32 = 12;
const PAUSE: Duration = Duration::from_secs(10);

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was carried out. Where something about it is odd, that is told.
    Changed(Option<String>),
    /// There was nothing to do. Where what is there is not as it was asked for, that is told.
    AlreadyThere(Option<String>),
}

/// Carries out steps, in order.
pub struct Runner<'a> {
    question: Gcloud,
    change: Gcloud,
    pause: Duration,
    notice: &'a dyn Notice,
    /// Whether the API has been enabled here: then it is some minutes until all of Google knows.
    enabled: bool,
}

impl<'a> Runner<'a> {
    /// Carries them out with this program.
    pub fn new(gcloud: Gcloud, notice: &'a dyn Notice) -> Self {
        Self { change: gcloud.clone().deadline(CHANGE), question: gcloud, pause: PAUSE, notice, enabled: false }
    }

    /// Looks whether a step is done already, and if not, does it. The steps after one that failed make no sense.
    pub fn step(&mut self, step: &Action) -> Result<Done, Error> {
        let unseen = match self.look(step)? {
            Look::Done(done) => return Ok(done),
            Look::ToDo => false,
            Look::Unseen => true,
        };
        let odd = match step {
            Action::CreateRepository { place, .. } => self.elsewhere(place),
            _ => None,
        };
        let words = step.command();
        match self.patiently(step, |gcloud| gcloud.change.run(&words[1..])) {
            Ok(_) => {}
            // Somebody else was quicker, or it could be made but not be looked at.
            Err(failure) if failure.reason == Reason::Exists => return Ok(Done::AlreadyThere(None)),
            // Who looks after the repository need not look after the project's APIs.
            Err(failure) if unseen && failure.reason == Reason::Denied && matches!(step, Action::EnableApi { .. }) => {
                let told = "the account may neither see nor enable it: whether it is on, the next step tells";
                return Ok(Done::AlreadyThere(Some(told.to_owned())));
            }
            Err(failure) => return Err(error(step, &failure)),
        }
        self.enabled |= matches!(step, Action::EnableApi { .. });
        Ok(Done::Changed(odd))
    }

    /// Whether there is a repository of this name in another location: then this one's may be a mistake. Where that cannot be known, it is
    /// no matter.
    fn elsewhere(&self, place: &ArtifactRegistry) -> Option<String> {
        let project = format!("--project={}", place.project());
        let all = self.question.json(["artifacts", "repositories", "list", &project, "--format=json"]).ok()?;
        let names = all.as_array()?.iter().filter_map(|repository| repository.get("name")?.as_str());
        let other = names.filter_map(|name| match name.split('/').collect::<Vec<_>>().as_slice() {
            ["projects", _, "locations", location, "repositories", name] if *name == place.repository() => {
                Some(*location)
            }
            _ => None,
        });
        let locations: Vec<String> =
            other.filter(|location| *location != place.location()).map(|location| format!("`{location}`")).collect();
        (!locations.is_empty())
            .then(|| format!("there is one of this name in {}, too: is the location right?", locations.join(", ")))
    }

    /// What is there already.
    fn look(&self, step: &Action) -> Result<Look, Error> {
        let Some(words) = step.check() else {
            let there = matches!(step, Action::ConfigureDocker { host } if is_configured(host));
            return Ok(if there { Look::Done(Done::AlreadyThere(None)) } else { Look::ToDo });
        };
        match self.patiently(step, |gcloud| gcloud.question.json(&words[1..])) {
            Ok(answer) => found(step, &answer),
            // Who may not look may still do it; if not, gcloud says why.
            Err(failure) if failure.reason == Reason::Denied => Ok(Look::Unseen),
            Err(failure) if failure.reason == Reason::NotFound => Ok(Look::ToDo),
            Err(failure) => Err(error(step, &failure)),
        }
    }

    /// Asks again while an API that was just enabled is not known everywhere.
    fn patiently<T>(&self, step: &Action, ask: impl Fn(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        for _ in 1..ATTEMPTS {
            match ask(self) {
                Err(failure) if self.enabled && failure.reason == Reason::ApiDisabled => {
                    let what = format!("to {} {}", step.verb().0, step.what());
                    self.notice.notice(&Event::Retrying { what: &what, why: &failure.words, wait: self.pause });
                    thread::sleep(self.pause);
                }
                answer => return answer,
            }
        }
        ask(self)
    }
}

/// What a look at a step gives.
enum Look {
    Done(Done),
    ToDo,
    /// The account may not look.
    Unseen,
}

/// What the answer of a check says about a step. Fails where something else is in its place.
fn found(step: &Action, answer: &Value) -> Result<Look, Error> {
    let there = match step {
        Action::EnableApi { .. } => {
            let services = answer.as_array().map(Vec::as_slice).unwrap_or_default();
            services.iter().any(|service| service.pointer("/config/name").and_then(Value::as_str) == Some(API))
        }
        Action::CreateRepository { place, immutable_tags, .. } => {
            return repository(place, *immutable_tags, answer).map(Look::Done);
        }
        Action::Grant { role, member, .. } => grants(answer, role.as_str(), member),
        Action::ActAs { member, .. } => grants(answer, WORKLOAD_IDENTITY_USER, member),
        Action::ConfigureDocker { .. } => false,
    };
    Ok(if there { Look::Done(Done::AlreadyThere(None)) } else { Look::ToDo })
}

/// A repository that is there: is it what was asked for?
fn repository(place: &ArtifactRegistry, immutable_tags: bool, answer: &Value) -> Result<Done, Error> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let (format, mode) = (text("format"), text("mode"));
    let other = if format.is_empty() {
        Some("`gcloud` does not tell its format".to_owned())
    } else if format != "DOCKER" {
        Some(format!("its format is {format}, and images need DOCKER"))
    } else if !matches!(mode, "" | "MODE_UNSPECIFIED" | "STANDARD_REPOSITORY") {
        Some(format!("it is a {mode}, to which nobody can push"))
    } else {
        None
    };
    if let Some(why) = other {
        let message =
            format!("the repository `{}` in `{}` is there already, and {why}", place.repository(), place.location());
        return Err(Error::new(Kind::Refused, message).hint("choose another name for the repository"));
    }
    let immutable = answer.pointer("/dockerConfig/immutableTags").and_then(Value::as_bool) == Some(true);
    let differs = match (immutable_tags, immutable) {
        (true, false) => {
            let update =
                format!("gcloud artifacts repositories update {} --immutable-tags", place.to_gcloud().join(" "));
            Some(format!("its tags are not immutable, and it is left so; `{update}` makes them so"))
        }
        (false, true) => Some("its tags are immutable: a push cannot move a tag to another image".to_owned()),
        _ => None,
    };
    Ok(Done::AlreadyThere(differs))
}

/// Whether a policy grants a role to a member, and under no condition.
fn grants(policy: &Value, role: &str, member: &Member) -> bool {
    let bindings = policy.get("bindings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |binding: &&Value| {
        binding.get("role").and_then(Value::as_str) == Some(role) && binding.get("condition").is_none()
    };
    let members = bindings.iter().filter(has).filter_map(|binding| binding.get("members")?.as_array()).flatten();
    members.filter_map(Value::as_str).any(|text| member.is(text))
}

/// Whether docker's configuration names gcloud for the host already.
fn is_configured(host: &str) -> bool {
    let folder = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker"));
    let Some(folder) = folder.or_else(home) else { return false };
    let config =
        std::fs::read(folder.join("config.json")).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    config.is_some_and(|config| {
        config.get("credHelpers").and_then(|helpers| helpers.get(host)) == Some(&Value::from("gcloud"))
    })
}

/// Why a step failed, and what to do about it.
fn error(step: &Action, failure: &Failure) -> Error {
    let error = failure.error(format!("cannot {} {}", step.verb().0, step.what()));
    match hint(step, failure) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What more can be said than for any command.
fn hint(step: &Action, failure: &Failure) -> Option<String> {
    let hint = match (failure.reason, step) {
        (Reason::NotInstalled, _) => {
            "install it: https://cloud.google.com/sdk/docs/install; or give somebody who has it what `consign setup` prints without `--run`"
                .to_owned()
        }
        (Reason::ApiDisabled, _) => {
            let service = failure.service.as_deref().unwrap_or(API);
            let project = project(step)?;
            format!("enable it, then wait a few minutes: `gcloud services enable {service} --project={project}`")
        }
        (Reason::Denied, _) => {
            let (role, project) = (role(step)?, project(step)?);
            format!(
                "is `{project}` the project? If so, the account needs `{role}` there (`gcloud auth list` tells which account it is); \
                 or give somebody who has it what `consign setup` prints without `--run`"
            )
        }
        (Reason::Invalid | Reason::NotFound, Action::Grant { member, .. } | Action::ActAs { member, .. })
            if member.kubernetes_account().is_some() && failure.words.to_ascii_lowercase().contains("pool") =>
        {
            "a project has this pool once it has a cluster with Workload Identity or a fleet: is `--fleet-project` right?".to_owned()
        }
        (Reason::NotFound, Action::ActAs { account, .. }) => {
            let id = account.email().split('@').next().unwrap_or_default();
            format!("make it first: `gcloud iam service-accounts create {id} --project={}`", account.project())
        }
        (Reason::NotFound, Action::Grant { place, .. }) => {
            format!("is it there? `gcloud artifacts repositories describe {}` tells", place.to_gcloud().join(" "))
        }
        (Reason::Invalid, Action::CreateRepository { place, .. }) => {
            format!("`gcloud artifacts locations list --project={}` shows the locations", place.project())
        }
        (Reason::Invalid, Action::Grant { .. } | Action::ActAs { .. }) => "is the member there, and written right?".to_owned(),
        _ => return None,
    };
    Some(hint)
}

/// The project that a step changes.
fn project(step: &Action) -> Option<&str> {
    match step {
        Action::EnableApi { project } => Some(project),
        Action::CreateRepository { place, .. } | Action::Grant { place, .. } => Some(place.project()),
        Action::ActAs { account, .. } => Some(account.project()),
        Action::ConfigureDocker { .. } => None,
    }
}

/// The narrowest role of Google's own that may do a step.
const fn role(step: &Action) -> Option<&'static str> {
    match step {
        Action::EnableApi { .. } => Some("roles/serviceusage.serviceUsageAdmin"),
        Action::CreateRepository { .. } | Action::Grant { .. } => Some("roles/artifactregistry.admin"),
        Action::ActAs { .. } => Some("roles/iam.serviceAccountAdmin"),
        Action::ConfigureDocker { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::super::testing::everything;
    use super::super::{Plan, Role};
    use super::*;
    use crate::notice::Silent;

    fn place() -> ArtifactRegistry {
        everything().place
    }

    fn scripted(script: &str) -> (tempfile::TempDir, Gcloud) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gcloud");
        std::fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.path().display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, Gcloud::new(path))
    }

    #[test]
    fn a_repository_that_is_there_is_what_was_asked_for_or_it_is_told() {
        let immutable =
            json!({"format": "DOCKER", "mode": "STANDARD_REPOSITORY", "dockerConfig": {"immutableTags": true}});
        let plain = json!({"format": "DOCKER"});
        assert_eq!(repository(&place(), true, &immutable).unwrap(), Done::AlreadyThere(None));
        assert_eq!(repository(&place(), false, &plain).unwrap(), Done::AlreadyThere(None));
        for (asked, answer, words) in [
            (true, &plain, "update configs --location=europe-west1 --project=shop-prod --immutable-tags"),
            (false, &immutable, "cannot move a tag"),
        ] {
            let Done::AlreadyThere(Some(told)) = repository(&place(), asked, answer).unwrap() else {
                panic!("{answer}")
            };
            assert!(told.contains(words), "{told}");
        }
        for (answer, words) in [
            (json!({"format": "MAVEN"}), "its format is MAVEN"),
            (json!({"format": "DOCKER", "mode": "REMOTE_REPOSITORY"}), "nobody can push"),
            (json!({}), "does not tell its format"),
            (json!(null), "does not tell its format"),
        ] {
            let error = repository(&place(), false, &answer).unwrap_err();
            assert!(error.kind() == Kind::Refused && error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn only_a_binding_of_the_same_role_without_a_condition_counts() {
        let member: Member = "me@example.com".parse().unwrap();
        let role = Role::Reader.as_str();
        for (policy, granted) in [
            (json!({"bindings": [{"role": role, "members": ["user:a@b.c", "user:ME@example.com"]}]}), true),
            (json!({"bindings": [{"role": Role::Writer.as_str(), "members": ["user:me@example.com"]}]}), false),
            (
                json!({"bindings": [{"role": role, "members": ["user:me@example.com"], "condition": {"title": "x"}}]}),
                false,
            ),
            (json!({"bindings": [{"role": role}]}), false),
            (json!({"etag": "ACAB"}), false),
            (json!([]), false),
            (json!(null), false),
        ] {
            assert_eq!(grants(&policy, role, &member), granted, "{policy}");
        }
    }

    #[test]
    fn an_api_that_was_just_enabled_is_waited_for_and_no_other() {
        const OFF: &str = "echo 'ERROR: (gcloud.x) PERMISSION_DENIED: off SERVICE_DISABLED' >&2; exit 1";
        let script = format!(
            "case \"$*\" in *'services list'*) echo '[]';; *'services enable'*) ;; \
             *) echo x >>tries; if [ $(wc -l <tries) -lt 3 ]; then {OFF}; fi; echo '{{\"format\": \"DOCKER\"}}';; esac"
        );
        let plan = Plan::new(everything()).unwrap();
        let (folder, gcloud) = scripted(&script);
        let mut runner = Runner { pause: Duration::from_millis(1), ..Runner::new(gcloud, &Silent) };
        assert_eq!(
            runner.step(&plan.steps[1]).unwrap_err().kind(),
            Kind::Denied,
            "it is off, and was not enabled here"
        );
        assert_eq!(runner.step(&plan.steps[0]).unwrap(), Done::Changed(None));
        assert!(matches!(runner.step(&plan.steps[1]).unwrap(), Done::AlreadyThere(_)));
        assert_eq!(std::fs::read_to_string(folder.path().join("tries")).unwrap().lines().count(), 3);
    }

    #[test]
    fn an_api_that_stays_off_is_not_waited_for_without_end() {
        let script = "case \"$*\" in *'services list'*) echo '[]';; *'services enable'*) ;; \
                      *) echo x >>tries; echo 'ERROR: (gcloud.x) PERMISSION_DENIED: off SERVICE_DISABLED' >&2; exit 1;; esac";
        let plan = Plan::new(everything()).unwrap();
        let (folder, gcloud) = scripted(script);
        let mut runner = Runner { pause: Duration::ZERO, ..Runner::new(gcloud, &Silent) };
        runner.step(&plan.steps[0]).unwrap();
        assert_eq!(runner.step(&plan.steps[1]).unwrap_err().kind(), Kind::Denied);
        assert_eq!(std::fs::read_to_string(folder.path().join("tries")).unwrap().lines().count(), 12);
    }

    #[test]
    fn a_gcloud_that_hangs_is_ended() {
        let (_folder, gcloud) = scripted("sleep 30");
        let gcloud = gcloud.deadline(Duration::from_millis(100));
        let error = Runner::new(gcloud, &Silent).step(&Plan::new(everything()).unwrap().steps[0]).unwrap_err();
        assert_eq!(error.kind(), Kind::Network);
        assert!(error.to_string().starts_with("cannot enable the API `artifactregistry.googleapis.com`"), "{error}");
    }
}
