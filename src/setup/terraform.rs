//! A plan as Terraform, for those who keep their project in it.
//!
//! The login of this machine is not part of it: that is nobody's infrastructure. Formatted as `terraform fmt` does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::action::{API, WORKLOAD_IDENTITY_USER};
use super::{Action, Member, Plan, Role, ServiceAccount};
use crate::oci::{ArtifactRegistry, Hasher};

/// The name of the API's resource.
const SERVICE: &str = "google_project_service.artifactregistry";

/// The configuration. It names no provider and no backend: those are the caller's.
pub fn terraform(plan: &Plan) -> String {
    let repository = format!("google_artifact_registry_repository.{}", plan.place.repository());
    let names = names(&plan.steps);
    let mut text = format!(
        "# Prepares {} for `consign push`, and for whoever syncs from it.\n# Needs the provider hashicorp/google.\n",
        plan.place
    );
    for (step, name) in plan.steps.iter().zip(names) {
        let block = match step {
            Action::EnableApi { project } => api(project),
            Action::CreateRepository { place, immutable_tags, description } => {
                create(place, *immutable_tags, description.as_deref())
            }
            Action::Grant { role, member, .. } => grant(&name, &repository, *role, member),
            Action::ActAs { account, member, .. } => act_as(&name, account, member),
            Action::ConfigureDocker { .. } => continue,
        };
        let _ = write!(text, "\n# {}.\n{block}", step.why());
    }
    text
}

fn api(project: &str) -> String {
    let on_destroy = "  # What else in the project uses the API must not stop with this configuration.\n";
    let attributes = attributes(&[("project", string(project)), ("service", string(API))]);
    format!(
        "resource \"google_project_service\" \"artifactregistry\" {{\n{attributes}{on_destroy}  disable_on_destroy = false\n}}\n"
    )
}

fn create(place: &ArtifactRegistry, immutable_tags: bool, description: Option<&str>) -> String {
    let mut rows = vec![
        ("project", string(place.project())),
        ("location", string(place.location())),
        ("repository_id", string(place.repository())),
        ("format", string("DOCKER")),
    ];
    rows.extend(description.map(|description| ("description", string(description))));
    let docker = if immutable_tags { "\n  docker_config {\n    immutable_tags = true\n  }\n" } else { "" };
    let (name, attributes) = (place.repository(), attributes(&rows));
    format!(
        "resource \"google_artifact_registry_repository\" \"{name}\" {{\n{attributes}{docker}\n  depends_on = [{SERVICE}]\n}}\n"
    )
}

fn grant(name: &str, repository: &str, role: Role, member: &Member) -> String {
    let attributes = attributes(&[
        ("project", format!("{repository}.project")),
        ("location", format!("{repository}.location")),
        ("repository", format!("{repository}.name")),
        ("role", string(role.as_str())),
        ("member", string(member.as_str())),
    ]);
    format!("resource \"google_artifact_registry_repository_iam_member\" \"{name}\" {{\n{attributes}}}\n")
}

fn act_as(name: &str, account: &ServiceAccount, member: &Member) -> String {
    let account = format!("projects/{}/serviceAccounts/{}", account.project(), account.email());
    let attributes = attributes(&[
        ("service_account_id", string(&account)),
        ("role", string(WORKLOAD_IDENTITY_USER)),
        ("member", string(member.as_str())),
    ]);
    format!("resource \"google_service_account_iam_member\" \"{name}\" {{\n{attributes}}}\n")
}

/// Lines of a block, their `=` below one another.
fn attributes(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
    rows.iter().map(|(key, value)| format!("  {key:width$} = {value}\n")).collect()
}

/// A text in quotes, in which nothing is a template.
/// See <https://developer.hashicorp.com/terraform/language/expressions/strings>.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | '"' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A name for each step's resource, which is the same for the same grant whatever else is granted: or Terraform would take one away to
/// give it again.
fn names(steps: &[Action]) -> Vec<String> {
    let names: Vec<(String, String)> = steps.iter().map(name).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in &names {
        *count.entry(name).or_default() += 1;
    }
    let unique = |(name, exact): &(String, String)| {
        if count.get(name.as_str()) == Some(&1) {
            return name.clone();
        }
        let mut hasher = Hasher::default();
        hasher.update(exact.as_bytes());
        let digest = hasher.finish().0.to_string();
        let digits: String = digest.trim_start_matches("sha256:").chars().take(8).collect();
        format!("{name}_{digits}")
    };
    names.iter().map(unique).collect()
}

/// What a step's resource is called, and all that it depends on.
fn name(step: &Action) -> (String, String) {
    let (kind, member) = match step {
        Action::Grant { role: Role::Writer, member, .. } => ("writer", member),
        Action::Grant { role: Role::Reader, member, .. } => ("reader", member),
        Action::ActAs { member, .. } => ("act_as", member),
        Action::EnableApi { .. } | Action::CreateRepository { .. } | Action::ConfigureDocker { .. } => {
            return (step.id().to_owned(), String::new());
        }
    };
    (format!("{kind}_{}", slug(member)), member.to_string())
}

/// A member as part of a name: `user_me_example_com`, `root-reconciler-shop`.
fn slug(member: &Member) -> String {
    let text = member.kubernetes_account().unwrap_or(member.as_str());
    // All that stands before the pool's own name is the same for all.
    let text = match (text.split_once("://"), text.rsplit_once("IdentityPools/")) {
        (Some((kind, _)), Some((_, who))) => format!("{kind}_{who}"),
        _ => text.to_owned(),
    };
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::super::testing::everything;
    use super::*;

    /// A file with the configuration, for programs that read such files.
    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("setup.tf");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn options() -> Vec<Options> {
        let plain = Options {
            immutable_tags: false,
            description: None,
            service_account: None,
            writers: vec![
                Member::github("projects/1/locations/global/workloadIdentityPools/github", "shop/configs").unwrap(),
            ],
            ..everything()
        };
        vec![everything(), plain]
    }

    #[test]
    fn the_api_stays_when_the_configuration_goes() {
        for options in options() {
            let text = terraform(&Plan::new(options).unwrap());
            assert!(text.contains("\n  disable_on_destroy = false\n"), "{text}");
            assert_eq!(text.matches("google_project_service\"").count(), 1);
        }
    }

    #[test]
    fn no_text_is_taken_for_a_template() {
        for (text, quoted) in [
            ("plain", "\"plain\""),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("${x} %{y} $z %", r#""$${x} %%{y} $z %""#),
            ("$${x}", r#""$$${x}""#),
            ("a\nb", r#""a\nb""#),
        ] {
            assert_eq!(string(text), quoted);
        }
    }

    #[test]
    fn tags_are_immutable_only_when_that_is_asked_for() {
        let [with, without] = [true, false]
            .map(|immutable_tags| terraform(&Plan::new(Options { immutable_tags, ..everything() }).unwrap()));
        assert!(with.contains("docker_config {\n    immutable_tags = true\n  }") && !without.contains("docker_config"));
    }

    #[test]
    fn a_resource_keeps_its_name_whoever_else_is_granted_something() {
        let writers = |addresses: &[&str]| {
            let writers = addresses.iter().map(|text| text.parse().unwrap()).collect();
            let plan = Plan::new(Options { writers, ..everything() }).unwrap();
            names(&plan.steps).into_iter().filter(|name| name.starts_with("writer_")).collect::<Vec<_>>()
        };
        assert_eq!(writers(&["me@example.com"]), ["writer_user_me_example_com"]);
        assert_eq!(writers(&["you@example.com", "me@example.com"])[1], "writer_user_me_example_com");
        let alike = writers(&["a.b@example.com", "a_b@example.com"]);
        assert_ne!(alike[0], alike[1]);
        assert!(alike.iter().all(|name| name.starts_with("writer_user_a_b_example_com_")), "{alike:?}");
        assert_eq!(writers(&["a_b@example.com", "a.b@example.com"]), [alike[1].clone(), alike[0].clone()]);
    }

    #[test]
    fn names_are_unique_and_words_of_terraform() {
        for options in options() {
            let names = names(&Plan::new(options).unwrap().steps);
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{names:?}");
            let word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
            assert!(names.iter().all(|name| name.chars().all(word) && !name.starts_with('-')), "{names:?}");
        }
    }

    #[test]
    #[ignore = "needs $HCLFMT"]
    fn the_parser_of_terraforms_language_reads_it_and_has_nothing_to_format() {
        let hclfmt = std::env::var_os("HCLFMT").expect("HCLFMT names the program hclfmt");
        let run = |text: &str| {
            let (_folder, path) = file(text);
            let args = ["-check".into(), "-require-no-change".into(), path.into_os_string()];
            crate::process::Program::new(&hclfmt).args(args).run().unwrap()
        };
        for options in options() {
            let text = terraform(&Plan::new(options).unwrap());
            let output = run(&text);
            assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
            for broken in [text.replace(" = false", "= false"), text.replacen('"', "", 1), text.replacen("}\n", "", 1)]
            {
                assert!(!run(&broken).status.success(), "{broken}");
            }
        }
    }
}
