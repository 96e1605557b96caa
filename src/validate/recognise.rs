//! What a YAML or JSON file is that is no Kubernetes object, guessed from its name and its first keys.
//!
//! A guess only makes a message clearer: "a Docker Compose file" leads to the mend faster than "apiVersion is missing". It never
//! decides whether something is an error.

use super::paths::file_of;

/// One sort of file. A name matches by any of `names` (lower case, at most one `*`), a map by any list in `keys` of which it has all.
struct Sort {
    what: &'static str,
    names: &'static [&'static str],
    keys: &'static [&'static [&'static str]],
}

const fn sort(what: &'static str, names: &'static [&'static str], keys: &'static [&'static [&'static str]]) -> Sort {
    Sort { what, names, keys }
}

/// The first that matches counts. `true` among the keys is how YAML reads the key `on`.
#[rustfmt::skip]
static SORTS: &[Sort] = &[
    sort("a Helm chart's description", &["chart.yaml", "requirements.yaml"], &[]),
    sort("a Docker Compose file", &["docker-compose*", "compose.yaml", "compose.yml"], &[&["services", "volumes"], &["services", "networks"], &["services", "version"]]),
    sort("a Cloud Build configuration", &["cloudbuild*"], &[&["steps", "images"], &["steps", "substitutions"]]),
    sort("a Travis CI configuration", &[".travis.yml"], &[]),
    sort("an AppVeyor configuration", &["appveyor.yml"], &[]),
    sort("a Drone pipeline", &[".drone.yml"], &[]),
    sort("an Azure pipeline", &["azure-pipelines*"], &[&["trigger", "pool"], &["stages", "pool"]]),
    sort("a GoReleaser configuration", &[".goreleaser.*", "goreleaser.*"], &[]),
    sort("a SOPS configuration", &[".sops.*"], &[&["creation_rules"]]),
    sort("a pre-commit configuration", &[".pre-commit-*"], &[]),
    sort("an npm package description", &["package.json", "package-lock.json"], &[&["name", "devDependencies"]]),
    sort("a TypeScript configuration", &["tsconfig*.json"], &[&["compilerOptions"]]),
    sort("a Renovate configuration", &["renovate.json", ".renovaterc.json"], &[]),
    sort("a MkDocs configuration", &["mkdocs.*"], &[&["site_name"]]),
    sort("a helmfile", &["helmfile*"], &[&["releases", "repositories"], &["helmDefaults"]]),
    sort("a Taskfile", &["taskfile*"], &[&["version", "tasks"]]),
    sort("a Skaffold configuration", &["skaffold*"], &[]),
    sort("Helm values", &["values.*", "values-*", "values_*", "*values.yaml", "*values.yml"],
        &[&["replicaCount"], &["nameOverride"], &["fullnameOverride"], &["image", "service"], &["image", "ingress"], &["imagePullSecrets"]]),
    sort("a GitHub workflow", &[], &[&["on", "jobs"], &["true", "jobs"]]),
    sort("a GitHub action", &["action.yml", "action.yaml"], &[&["runs", "name"]]),
    sort("a Dependabot configuration", &["dependabot.*"], &[]),
    sort("a GitLab CI configuration", &["*gitlab-ci*"], &[&["stages"], &["before_script"]]),
    sort("a CircleCI configuration", &[], &[&["version", "jobs", "workflows"], &["version", "orbs"]]),
    sort("an OpenAPI description", &["openapi.*", "swagger.*"], &[&["openapi"], &["swagger"]]),
    sort("a JSON schema", &["*.schema.json"], &[&["$schema"]]),
    sort("a Grafana dashboard", &[], &[&["panels", "schemaVersion"], &["panels", "templating"], &["panels", "title"]]),
    sort("a Prometheus configuration", &[], &[&["scrape_configs"]]),
    sort("an Alertmanager configuration", &[], &[&["route", "receivers"]]),
    sort("a Prometheus rule file", &[], &[&["groups"]]),
    sort("a CloudFormation template", &[], &[&["AWSTemplateFormatVersion"]]),
    sort("a kustomization under another name", &["kustomization*"],
        &[&["configMapGenerator"], &["secretGenerator"], &["patchesStrategicMerge"], &["resources"], &["bases"], &["patches"]]),
    sort("a Docker Compose file", &[], &[&["services"]]),
];

/// Kubernetes objects as items of a list without anything around it.
pub(super) const BARE_LIST: &str = "a bare list of Kubernetes objects";

/// What sequences are made of: the keys that one item has.
#[rustfmt::skip]
static LISTS: &[Sort] = &[
    sort(BARE_LIST, &[], &[&["apiVersion", "kind"]]),
    sort("a JSON patch", &[], &[&["op", "path"]]),
    sort("an Ansible playbook", &[], &[&["hosts", "tasks"], &["hosts", "roles"], &["hosts"], &["import_playbook"]]),
    sort("a list of Ansible tasks", &[], &[&["name", "when"], &["name", "register"], &["name", "become"], &["include_tasks"]]),
];

/// What a file of this path likely is.
pub(super) fn by_name(path: &str) -> Option<&'static str> {
    if path.split('/').any(|part| part == ".circleci") {
        return Some("a CircleCI configuration");
    }
    let file = file_of(path).to_ascii_lowercase();
    let matches = |pattern: &&str| match pattern.split_once('*') {
        None => file == **pattern,
        Some((start, end)) => {
            file.strip_prefix(start).is_some_and(|rest| rest.len() >= end.len() && rest.ends_with(end))
        }
    };
    SORTS.iter().find(|sort| sort.names.iter().any(matches)).map(|sort| sort.what)
}

/// What a map with these keys likely is.
pub(super) fn by_keys(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    first(SORTS, has)
}

/// What a sequence likely is whose first item is a map with these keys.
pub(super) fn by_item(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    first(LISTS, has)
}

fn first(sorts: &[Sort], has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let all = |keys: &&[&str]| keys.iter().all(|key| has(key));
    sorts.iter().find(|sort| sort.keys.iter().any(all)).map(|sort| sort.what)
}

/// Whether Flux leaves out a file of this name unless it is told otherwise. (Its list has `.github/` and `.gitlab-ci.yml` too, which
/// are told of by name.)
pub(super) fn flux_drops(path: &str) -> bool {
    let file = file_of(path);
    path.split('/').any(|part| part == ".circleci")
        || matches!(file, ".travis.yml" | "appveyor.yml" | ".drone.yml" | "cloudbuild.yaml")
        || matches!(file, ".goreleaser.yml" | ".sops.yaml" | ".flux.yaml")
        || file.strip_prefix("codeship-").is_some_and(|rest| rest.rsplit_once('.').is_some_and(|(_, end)| end == "yml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (path, what) in [
            ("a/docker-compose.dev.yml", Some("a Docker Compose file")),
            ("values-prod.yaml", Some("Helm values")),
            ("x/prod-values.yaml", Some("Helm values")),
            (".circleci/config.yml", Some("a CircleCI configuration")),
            ("MkDocs.yml", Some("a MkDocs configuration")),
            ("cloudbuild.yaml", Some("a Cloud Build configuration")),
            ("deployment.yaml", None),
            ("evaluate.yaml", None),
        ] {
            assert_eq!(by_name(path), what, "{path}");
        }
    }

    #[test]
    fn maps_are_known_by_their_keys() {
        for (keys, what) in [
            (&["true", "jobs", "name"][..], Some("a GitHub workflow")),
            (&["image", "service", "x"], Some("Helm values")),
            (&["openapi", "paths"], Some("an OpenAPI description")),
            (&["services"], Some("a Docker Compose file")),
            (&["panels", "title"], Some("a Grafana dashboard")),
            (&["resources"], Some("a kustomization under another name")),
            (&["foo"], None),
        ] {
            assert_eq!(by_keys(|key| keys.contains(&key)), what, "{keys:?}");
        }
    }

    #[test]
    fn lists_are_known_by_their_items() {
        for (keys, what) in [
            (&["hosts", "tasks"][..], Some("an Ansible playbook")),
            (&["op", "path", "value"], Some("a JSON patch")),
            (&["apiVersion", "kind"], Some("a bare list of Kubernetes objects")),
            (&["foo"], None),
        ] {
            assert_eq!(by_item(|key| keys.contains(&key)), what, "{keys:?}");
        }
    }

    #[test]
    fn flux_drops_by_exact_name() {
        for (path, drops) in [
            ("a/cloudbuild.yaml", true),
            ("cloudbuild.yml", false),
            ("codeship-steps.yml", true),
            (".circleci/a.yaml", true),
            ("a.yaml", false),
        ] {
            assert_eq!(flux_drops(path), drops, "{path}");
        }
    }
}
