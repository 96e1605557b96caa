use super::super::tests::{ids, run, run_with};
use super::*;
use crate::finding::Finding;
use crate::validate::custom::schema::Schema;
use crate::validate::{Options, UnknownKinds};

const ROOT: &str = "apiVersion: configsync.gke.io/v1beta1\nkind: RootSync\nmetadata: {name: root-sync, namespace: config-management-system}\nspec:\n  sourceFormat: unstructured\n  sourceType: oci\n  oci: {image: example.com/a/b:v1, auth: none}\n  override:\n    statusMode: enabled\n    resources: [{containerName: reconciler, cpuLimit: 100m, memoryLimit: 1Gi}]\n    roleRefs: [{kind: ClusterRole, name: edit}]\n";
const REPO: &str = "apiVersion: configsync.gke.io/v1alpha1\nkind: RepoSync\nmetadata: {name: repo-sync, namespace: shop}\nspec:\n  sourceType: git\n  git: {repo: 'https://example.com/a', auth: token, secretRef: {name: s}}\n";
const OCI: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a, namespace: b}\nspec:\n  interval: 5m\n  url: oci://example.com/a\n  ref: {tag: v1}\n  verify: {provider: cosign, matchOIDCIdentity: [{issuer: a, subject: b}]}\n";
const KUSTOMIZATION: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: b}\nspec:\n  interval: 5m\n  prune: true\n  sourceRef: {kind: OCIRepository, name: a}\n  postBuild: {substitute: {a: b}}\n";
const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  project: default\n  destination: {server: 'https://kubernetes.default.svc', namespace: b}\n  source: {repoURL: 'oci://example.com/a', targetRevision: v1, path: ., directory: {recurse: true}}\n  syncPolicy: {automated: {prune: true}, syncOptions: [CreateNamespace=true]}\n";

const SOUND: [&str; 5] = [ROOT, REPO, OCI, KUSTOMIZATION, APPLICATION];

/// What is sound, what of it is replaced by what, and the rule and a part of the message that follow.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    (ROOT, "sourceType: oci", "sourceType: git", "config-sync/spec", "has the source type `git` and no `spec.git` (KNV1061)"),
    (ROOT, "sourceType: oci", "sourceType: ''", "schema/pattern", "`spec.sourceType`"),
    (ROOT, "  sourceType: oci\n", "", "config-sync/spec", "has the source type `git`, which is the default, and no `spec.git`"),
    (ROOT, "sourceType: oci", "sourceType: OCI", "schema/pattern", "`OCI`"),
    (ROOT, "image: example.com/a/b:v1, ", "", "schema/required", "has no `image`"),
    (ROOT, "image: example.com/a/b:v1, ", "image: '', ", "config-sync/spec", "has no `spec.oci.image`"),
    (ROOT, "memoryLimit: 1Gi", "memoryLimit: 1GiB", "schema/pattern", "memoryLimit"),
    (ROOT, "statusMode: enabled", "logLevels: [{containerName: reconciler, logLevel: -1}]", "config-sync/spec", "below 0"),
    (ROOT, "image: example", "image: oci://example", "config-sync/spec", "with a scheme"),
    (ROOT, "auth: none", "auth: None", "schema/enum", "`None`"),
    (ROOT, ", auth: none", "", "schema/required", "has no `auth`"),
    (ROOT, "auth: none", "auth: token", "config-sync/spec", "authenticates with `token` and names no Secret"),
    (ROOT, "auth: none", "auth: none, secretRef: {name: a}", "config-sync/spec", "authenticates with `none` and names a Secret all the same"),
    (ROOT, "auth: none", "auth: gcpserviceaccount", "config-sync/spec", "names no account"),
    (ROOT, "auth: none", "auth: gcpserviceaccount, gcpServiceAccountEmail: a@b.iam.gserviceaccount.com", "config-sync/spec", "for a Google service account"),
    (ROOT, "namespace: config-management-system", "namespace: other", "config-sync/spec", "is in the namespace `other`"),
    (ROOT, "name: root-sync,", "name: a-name-that-is-far-too-long-for-a-root-sync,", "config-sync/spec", "38 is the most"),
    (ROOT, "kind: ClusterRole", "kind: Role", "config-sync/spec", "binds a Role without its namespace"),
    (ROOT, "statusMode: enabled", "statusMode: on", "schema/type", "`spec.override.statusMode`"),
    (ROOT, "containerName: reconciler", "containerName: reconcilers", "schema/pattern", "`reconcilers`"),
    (ROOT, "name: root-sync,", "name: root-sync, annotations: {configsync.gke.io/deletion-propagation-policy: foreground},", "config-sync/spec", "`foreground`"),
    (ROOT, "oci: {", "oci: {dirs: a, ", "schema/unknown-field", "`spec.oci.dirs`"),
    (REPO, "namespace: shop", "namespace: config-management-system", "config-sync/spec", "of Config Sync itself"),
    (REPO, "name: repo-sync,", "name: a-name-that-is-far-too-long-for-a-repo-sync,", "config-sync/spec", "45 is the most"),
    (REPO, ", secretRef: {name: s}", "", "config-sync/spec", "names no Secret"),
    (REPO, "sourceType: git", "sourceFormat: hierarchy", "schema/pattern", "`hierarchy`"),
    (ROOT, "sourceType: oci", "sourceType: helm\n  helm: {repo: a, chart: b, auth: none, namespace: c, deployNamespace: d}", "config-sync/spec", "`spec.helm.deployNamespace`"),
    (OCI, "url: oci://", "url: https://", "schema/pattern", "`spec.url`"),
    (OCI, "interval: 5m", "interval: 5", "schema/type", "`spec.interval`"),
    (OCI, "tag: v1", "tags: v1", "schema/unknown-field", "`spec.ref.tags`"),
    (KUSTOMIZATION, "  prune: true\n", "", "schema/required", "has no `prune`"),
    (KUSTOMIZATION, "kind: OCIRepository", "kind: HelmRepository", "schema/enum", "`HelmRepository`"),
    (KUSTOMIZATION, "{a: b}", "{a: 1}", "schema/type", "`spec.postBuild.substitute.a`"),
    (APPLICATION, "destination: {", "destination: {name: c, ", "argocd/spec", "both a name and a server"),
    (APPLICATION, "  source: {", "  sources: []\n  info: []\n  sourceHydrator: null\n#", "argocd/spec", "has no source"),
    (APPLICATION, "  project: default\n", "", "schema/required", "has no `project`"),
    (APPLICATION, "prune: true", "prune: 'true'", "schema/type", "`spec.syncPolicy.automated.prune`"),
];

#[test]
fn what_is_sound_passes_and_each_fault_is_told() {
    for text in SOUND {
        let findings = run(&[("a.yaml", text)]);
        assert!(findings.is_empty(), "{text}\n{findings:#?}");
    }
    for (text, from, to, rule, message) in TABLE {
        assert!(text.contains(from), "{from}");
        let findings = run(&[("a.yaml", &text.replacen(from, to, 1))]);
        let told = |finding: &Finding| finding.rule.id == *rule && finding.message.contains(message);
        assert!(findings.iter().any(told), "{to}\n{findings:#?}");
    }
}

#[test]
fn every_definition_of_our_own_can_be_read() {
    for (group, kind, _) in &KNOWN {
        let definition = find(group, kind).unwrap();
        assert!(definition.versions.iter().all(|version| version.served), "{kind}");
        assert!(definition.versions.first().is_some_and(|version| version.schema.is_some()), "{kind}");
        assert_eq!((&*definition.group, &*definition.kind), (*group, *kind));
    }
    assert_eq!(find("configsync.gke.io", "RootSync").unwrap().versions.len(), 2);
}

#[test]
fn a_version_that_is_not_known_out_of_the_box_is_told_and_not_checked() {
    for (text, group, version, message) in [
        (
            OCI,
            "fluxcd.io/v1",
            "v1beta2",
            "the fields of OCIRepository \"b/a\" in the version `v1beta2` are not known here",
        ),
        (KUSTOMIZATION, "fluxcd.io/v1", "v1beta1", "the fields of Kustomization \"b/a\" in the version `v1beta1`"),
        (OCI, "fluxcd.io/v1", "v7", "nobody here knows the version `v7` of OCIRepository \"b/a\""),
        (REPO, "configsync.gke.io/v1alpha1", "v1", "nobody here knows the version `v1` of RepoSync \"shop/repo-sync\""),
    ] {
        let (before, _) = group.split_once('/').unwrap();
        let text = text.replace(group, &format!("{before}/{version}")).replace("interval: 5m", "interval: [5m]");
        let findings = run(&[("a.yaml", &text)]);
        assert_eq!(ids(&findings), ["schema/unknown-kind"], "{findings:#?}");
        assert!(findings[0].message.starts_with(message), "{findings:#?}");
        let silent = Options { unknown_kinds: UnknownKinds::Ignore, ..Options::default() };
        let (summary, findings) = run_with(&silent, &[("a.yaml", &text)]);
        assert!(findings.is_empty(), "{findings:#?}");
        assert_eq!(summary.unchecked_objects, 1);
    }
}

#[test]
fn a_definition_in_the_bundle_comes_first() {
    let definition = super::super::tests::spec("type: object\nproperties: {other: {type: string}}")
        .replace("example.com", "source.toolkit.fluxcd.io")
        .replace("things", "ocirepositories")
        .replace("kind: Thing\n", "kind: OCIRepository\n");
    let findings = run(&[("a.yaml", OCI), ("crd.yaml", &definition)]);
    assert_eq!(ids(&findings), ["schema/unknown-field"; 4], "{findings:#?}");
}

/// How our schema differs from that of the definition: where it is stricter, and what it does not know of what it closes.
fn differences(ours: &Schema, theirs: &Schema, path: &str, found: &mut Vec<String>) {
    if ours.preserve {
        return;
    }
    if ours.kind.is_some() && ours.kind != theirs.kind && !theirs.int_or_string {
        found.push(format!("{path}: {:?}, not {:?}", ours.kind, theirs.kind));
    }
    for name in ours.required.iter().filter(|name| !theirs.required.contains(name)) {
        found.push(format!("{path}: {name} is not required"));
    }
    for (name, property) in &ours.properties {
        match theirs.property(name) {
            Some(other) => differences(property, other, &format!("{path}.{name}"), found),
            None => found.push(format!("{path}.{name} is not there")),
        }
    }
    for name in theirs.names().filter(|name| ours.property(name).is_none() && !ours.properties.is_empty()) {
        found.push(format!("{path}.{name} is missing"));
    }
    if let (Some(ours), Some(theirs)) = (&ours.items, &theirs.items) {
        differences(ours, theirs, &format!("{path}[]"), found);
    }
}

#[test]
#[ignore = "needs the definitions of the consumers: CONSIGN_SHARED_CRDS"]
fn our_schemas_are_no_stricter_than_the_definitions_of_the_consumers() {
    let folder = std::env::var("CONSIGN_SHARED_CRDS").unwrap_or_default();
    if folder.is_empty() {
        return;
    }
    let mut found = Vec::new();
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let path = Arc::from("crd");
        let (documents, _) = object::documents(&path, &bytes);
        for document in &documents {
            let parsed = object::parse(&path, document);
            let Some(theirs) = parsed.trees.first().and_then(|tree| Definition::read(tree.root())) else { continue };
            let Some(ours) = super::find(&theirs.group, &theirs.kind) else { continue };
            assert_eq!(ours.namespaced, theirs.namespaced);
            for version in &ours.versions {
                let Some(other) = theirs.version(&version.name) else { continue };
                compared += 1;
                let (Some(ours), Some(schema)) = (&version.schema, &other.schema) else { continue };
                differences(ours, schema, &format!("{} {}", theirs.kind, version.name), &mut found);
            }
        }
    }
    assert!(compared >= 7, "{compared}");
    assert!(found.is_empty(), "{found:#?}");
}
