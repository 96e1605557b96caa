//! The rules of this part.

use crate::finding::Refuser::{ArgoCd, ConfigSync, Flux, Kubectl, ServerSideApply};
use crate::finding::Rule;
use crate::finding::Severity::{Error, Warning};
use crate::validate::schema_rules;

/// What only Config Sync refuses.
const fn config_sync(id: &'static str, title: &'static str, help: &'static str) -> Rule {
    Rule::new(id, Error, &[ConfigSync], title, help)
}

pub(super) static STATUS: Rule = Rule::new(
    "object/status",
    Error,
    &[ConfigSync],
    "a status that is not empty",
    "A cluster writes the status of an object; what a file says of it is ignored by `kubectl` and stops Config Sync (KNV1045). It comes \
     with objects that were read from a cluster, and with CRDs of old generators. Delete it.",
);

pub(super) static SERVER_SET: Rule = Rule::new(
    "metadata/server-set",
    Error,
    &[ConfigSync],
    "a field of metadata that only the cluster sets",
    "uid, generation, creationTimestamp, ownerReferences, selfLink and the fields about deletion come from a cluster, with objects that \
     were read from it. Config Sync refuses them (KNV1045). Delete them; a creationTimestamp of null does no harm.",
);

pub(super) static RESOURCE_VERSION: Rule = Rule::new(
    "metadata/resource-version",
    Error,
    &[Kubectl, ServerSideApply, ConfigSync],
    "a resourceVersion",
    "With a resourceVersion an object can only be applied to the very state that it was read from: a new object is refused, and any \
     change of it meanwhile is a conflict. Config Sync refuses it always (KNV1045). Delete it.",
);

pub(super) static MANAGED_FIELDS: Rule = Rule::new(
    "metadata/managed-fields",
    Warning,
    &[ServerSideApply],
    "managedFields",
    "managedFields say who owns which field on a cluster, and come with objects that were read from it. Server-side apply refuses them, \
     even an empty list; `kubectl apply` takes them and does nothing with them. Delete them; `kubectl get` leaves them out unless told \
     otherwise.",
);

pub(super) static NO_NAMESPACE: Rule = Rule::new(
    "metadata/no-namespace",
    Warning,
    &[],
    "an object without a namespace whose kind has one",
    "Where it goes is then up to whoever applies it: `default` for a RootSync, its own namespace for a RepoSync, the destination for Argo \
     CD, the context's for `kubectl`; Flux refuses it unless the Kustomization has a targetNamespace. Write `namespace:`. \
     --require-namespace makes it an error.",
);

pub(super) static ANNOTATION: Rule = config_sync(
    "config-sync/annotation",
    "an annotation that Config Sync keeps for itself",
    "Annotations that begin with `configmanagement.gke.io/` or `configsync.gke.io/` are Config Sync's, and it refuses those that it sets \
     itself (KNV1010). Allowed are configmanagement.gke.io/managed, /cluster-selector and /namespace-selector, and \
     configsync.gke.io/cluster-name-selector and /deletion-propagation-policy. They come with objects that were read from a cluster.",
);

pub(super) static LABEL: Rule = config_sync(
    "config-sync/label",
    "a label that Config Sync keeps for itself",
    "Labels that begin with `configmanagement.gke.io/` or `configsync.gke.io/` are Config Sync's (KNV1011), and in the format `hierarchy` so are \
     those that end in `.tree.hnc.x-k8s.io/depth` (KNV1057). Delete them; they come with objects that were read from a cluster.",
);

pub(super) static MANAGED: Rule = config_sync(
    "config-sync/managed",
    "the annotation configmanagement.gke.io/managed with a value other than `disabled`",
    "`disabled` makes Config Sync leave an object alone; without the annotation it manages it. Other values are refused (KNV1005).",
);

pub(super) static KIND: Rule = config_sync(
    "config-sync/kind",
    "an object that Config Sync makes itself",
    "Sync objects, and the CRDs of Config Sync's own kinds, are Config Sync's own matter (KNV1043). Leave them out of the bundle.",
);

pub(super) static HIERARCHY_KIND: Rule = config_sync(
    "config-sync/hierarchy-kind",
    "an object that only the format `hierarchy` knows",
    "Repo and HierarchyConfig describe a source in the format `hierarchy`; in an unstructured one they are refused (KNV1032). Leave them \
     out, or say --source-format hierarchy if the RootSync does.",
);

pub(super) static DEPRECATED: Rule = config_sync(
    "config-sync/deprecated-group",
    "a kind of the old group `extensions`",
    "Config Sync does not apply Deployments, Ingresses and the like of the group `extensions` (KNV1050), which current clusters do not \
     have any more either.",
);

pub(super) static OWN_NAMESPACE: Rule = config_sync(
    "config-sync/own-namespace",
    "a Namespace that Config Sync itself lives in",
    "config-management-system, config-management-monitoring and resource-group-system are made by Config Sync, which refuses to manage \
     them (KNV1034). Leave the Namespace out of the bundle.",
);

pub(super) static IN_OWN_NAMESPACE: Rule = Rule::new(
    "config-sync/in-own-namespace",
    Warning,
    &[ConfigSync],
    "an object in the namespace that Config Sync itself lives in",
    "Apart from RootSyncs, older versions of Config Sync refuse objects in config-management-system (KNV1034). Put it elsewhere, or apply \
     it by other means.",
);

pub(super) static NAME: Rule = config_sync(
    "config-sync/name",
    "a name that the API server takes and Config Sync does not",
    "Config Sync wants DNS subdomains for the names of all kinds but those of RBAC (KNV1036): lower-case letters, digits, `-` and `.`.",
);

pub(super) static SELECTOR_ANNOTATION: Rule = config_sync(
    "config-sync/misplaced-selector",
    "a selector on an object that cannot be selected",
    "Clusters, ClusterSelectors and NamespaceSelectors are there on every cluster, and an object of the whole cluster is in no namespace: \
     Config Sync refuses a selector there (KNV1004). Delete the annotation.",
);

pub(super) static BOTH_SELECTORS: Rule = config_sync(
    "config-sync/two-cluster-selectors",
    "both annotations that choose clusters",
    "configmanagement.gke.io/cluster-selector names a ClusterSelector, configsync.gke.io/cluster-name-selector names clusters. An object \
     may have one of them (KNV1066).",
);

pub(super) static NAMESPACE_AND_SELECTOR: Rule = config_sync(
    "config-sync/namespace-and-selector",
    "a namespace and a selector of namespaces",
    "An object goes to its own namespace, or to those that a NamespaceSelector chooses, not both (KNV1053). Delete `namespace:` or the \
     annotation configmanagement.gke.io/namespace-selector.",
);

pub(super) static SELECTOR: Rule = config_sync(
    "config-sync/selector",
    "a ClusterSelector or NamespaceSelector that is empty or invalid",
    "A selector must select by something, with keys and values that labels can have, operators In and NotIn with values, Exists and \
     DoesNotExist without. A NamespaceSelector's mode is `static` or `dynamic` (KNV1014).",
);

pub(super) static MALFORMED: Rule = config_sync(
    "config-sync/malformed",
    "an object of Config Sync's own that cannot be read as its kind",
    "A field has another type than its kind demands (KNV1006).",
);

pub(super) static UNKNOWN_SELECTOR: Rule = config_sync(
    "config-sync/unknown-selector",
    "a selector that the bundle does not define",
    "The annotations configmanagement.gke.io/cluster-selector and /namespace-selector name a ClusterSelector or a NamespaceSelector, which \
     must be in the same source (KNV1013).",
);

pub(super) static UNMANAGED_NAMESPACE: Rule = config_sync(
    "config-sync/unmanaged-namespace",
    "a managed object in a Namespace that is not managed",
    "A Namespace with configmanagement.gke.io/managed: disabled is left alone by Config Sync, and so must be what is in it (KNV1056). Give \
     the objects the same annotation, or take it from the Namespace.",
);

pub(super) static SCOPE: Rule = config_sync(
    "config-sync/outside-namespace",
    "an object that the RepoSync of this namespace may not manage",
    "A RepoSync manages objects of its own namespace (KNV1058). Objects of the whole cluster and of other namespaces belong into the \
     source of a RootSync.",
);

pub(super) static TWICE_ON_A_CLUSTER: Rule = config_sync(
    "config-sync/twice-on-a-cluster",
    "two objects that are one and the same on some cluster",
    "Objects may have the same kind, namespace and name if they are for different clusters. These two are both for one cluster that \
     configsync.gke.io/cluster-name-selector names, or one is for all clusters (KNV1029).",
);

pub(super) static SINGLE: Rule = config_sync(
    "config-sync/single",
    "two objects of which there may be one",
    "A source in the format `hierarchy` has one Repo, and each of its folders one Namespace (KNV2012).",
);

pub(super) static NO_REPO: Rule = config_sync(
    "config-sync/no-repo",
    "a source in the format `hierarchy` without a Repo",
    "Such a source says with a Repo in `system` which version of the format it has (KNV1017). A RootSync reads this format unless its \
     sourceFormat is `unstructured`.",
);

pub(super) static REPO_VERSION: Rule = config_sync(
    "config-sync/repo-version",
    "a Repo of a version that Config Sync does not know",
    "The version of the format `hierarchy` is 1.0.0 (KNV1027).",
);

pub(super) static WRONG_FOLDER: Rule = config_sync(
    "config-sync/wrong-folder",
    "an object in the wrong one of the four folders",
    "In the format `hierarchy` Repo and HierarchyConfigs are in `system`, Clusters and ClusterSelectors in `clusterregistry`, Namespaces, \
     NamespaceSelectors and all that is in a namespace in `namespaces`, and other objects of the whole cluster in `cluster` (KNV1039).",
);

pub(super) static NAMESPACE_FOLDER: Rule = config_sync(
    "config-sync/namespace-folder",
    "a Namespace, or an object in one, in a folder of another name",
    "In the format `hierarchy` a Namespace is in a folder of its name below `namespaces`, with all that is in it (KNV1009, KNV1019, \
     KNV1020).",
);

pub(super) static BELOW_NAMESPACE: Rule = config_sync(
    "config-sync/below-namespace",
    "a folder in the folder of a namespace",
    "In the format `hierarchy` the folder of a Namespace has no folders in it (KNV1003).",
);

pub(super) static NOT_INHERITED: Rule = config_sync(
    "config-sync/not-inherited",
    "an object in a folder above namespaces whose kind is not inherited",
    "A HierarchyConfig says of its kind `hierarchyMode: none`, so it may only be in the folder of a namespace (KNV1007).",
);

pub(super) static NEVER_IN_A_NAMESPACE: Rule = config_sync(
    "config-sync/never-in-a-namespace",
    "an object that no namespace inherits",
    "In the format `hierarchy` an object in a folder goes to the namespaces below that folder, and here there is none (KNV1044).",
);

pub(super) static SELECTOR_IN_NAMESPACE: Rule = config_sync(
    "config-sync/selector-in-namespace",
    "a NamespaceSelector in the folder of a namespace",
    "It chooses among the namespaces below its folder, so it belongs into a folder above them (KNV1038).",
);

pub(super) static HIERARCHY_CONFIG: Rule = config_sync(
    "config-sync/hierarchy-config",
    "a HierarchyConfig with a mode or kinds that it cannot have",
    "It says of kinds that are in namespaces whether they are inherited: `hierarchyMode: inherit` or `none` (KNV1041, KNV1042, KNV1046).",
);

pub(super) static OUTSIDE_HIERARCHY: Rule = Rule::new(
    "config-sync/outside-hierarchy",
    Warning,
    &[ConfigSync],
    "objects outside of the folders that the format `hierarchy` reads",
    "In this format Config Sync reads the folders `system`, `cluster`, `clusterregistry` and `namespaces` and nothing else. Move the file \
     into one of them, or let the RootSync say `sourceFormat: unstructured`.",
);

pub(super) static JSON: Rule = config_sync(
    "config-sync/json-file",
    "a file that ends in .json and is not one JSON object",
    "Config Sync reads such a file as JSON: exactly one object, which may be a List (KNV2001). Others also take several objects, comments, `---` and YAML \
     there. Give each object a file of its own, or let the name end in `.yaml`.",
);

pub(super) static ITSELF: Rule = config_sync(
    "config-sync/itself",
    "a RootSync or RepoSync that would manage itself",
    "What --sync-name and --namespace name is the object that makes Config Sync read this bundle. It may not be in it (KNV1069): apply it \
     by other means, or from the source of another RootSync.",
);

pub(super) static TOO_MANY: Rule = config_sync(
    "config-sync/too-many-objects",
    "more objects than --max-objects allows",
    "Config Sync keeps the list of all objects of a source in one object of the cluster. Some thousands fit; `nomos vet --threshold` \
     warns beyond 1,000 (KNV1070). Make several sources of it.",
);

pub(super) static API_RESOURCES: Rule = config_sync(
    "config-sync/api-resources",
    "an api-resources.txt that `nomos vet` cannot read",
    "`nomos vet` learns from this file which kinds a cluster has. It is what `kubectl api-resources` prints, as it is (KNV1064).",
);

pub(super) static DROPPED_BY_FLUX: Rule = Rule::new(
    "bundle/dropped-by-flux",
    Warning,
    &[Flux],
    "objects in a file that Flux leaves out",
    "Unless told otherwise, Flux leaves out files with names that CI systems use, such as `cloudbuild.yaml`, and all below `.circleci`. In \
     a folder without a kustomization it reads .yaml and .yml, not .json. Give the file another name.",
);

pub(super) static NESTED: Rule = Rule::new(
    "argocd/nested-folder",
    Warning,
    &[ArgoCd],
    "objects in a folder that Argo CD does not look into",
    "Argo CD reads the files of the folder that an Application's `path` names, not those of folders in it, unless the Application says \
     `directory: {recurse: true}`.",
);

pub(super) static SKIPPED: Rule = Rule::new(
    "argocd/skipped-file",
    Warning,
    &[ArgoCd],
    "objects in a file that asks Argo CD not to read it",
    "Argo CD skips a file in which `+argocd:skip-file-rendering` stands anywhere.",
);

pub(super) static LOCAL: Rule = Rule::new(
    "argocd/local-config",
    Warning,
    &[ArgoCd],
    "an object that others leave out and Argo CD applies",
    "Config Sync and kustomize, and so Flux, leave out objects with the annotation config.kubernetes.io/local-config. Argo CD does not know \
     it: it applies the object, or fails to. So does `kubectl`. For these two the object is checked like any other.",
);

pub(super) static TOO_MUCH: Rule = Rule::new(
    "argocd/too-large",
    Error,
    &[ArgoCd],
    "more than Argo CD takes",
    "Unless its repository server is told otherwise, Argo CD reads up to 10 MB of files from one folder, and unpacks up to 1 GB.",
);

pub(super) static LAST_APPLIED: Rule = Rule::new(
    "object/last-applied",
    Warning,
    &[Kubectl, ArgoCd],
    "an object too large for kubectl's record of what was applied",
    "`kubectl apply` writes the object into an annotation of itself, and so does Argo CD; all annotations together hold up to 256 KiB. Apply \
     such an object server-side: `kubectl apply --server-side`, or the sync option ServerSideApply=true. Without a consumer this is not told: \
     Config Sync and Flux apply server-side, and large CRDs are nothing unusual.",
);

/// Rules that not everyone refuses, and that count all the same as long as no consumer is named: what they find is a mistake
/// for everyone.
pub(in crate::validate) static ALSO_BY_DEFAULT: &[&Rule] =
    &[&STATUS, &SERVER_SET, &MANAGED_FIELDS, &schema_rules::NAMESPACED];

/// All rules of this part.
pub(in crate::validate) static RULES: &[&Rule] = &[
    &STATUS,
    &SERVER_SET,
    &RESOURCE_VERSION,
    &MANAGED_FIELDS,
    &NO_NAMESPACE,
    &ANNOTATION,
    &LABEL,
    &MANAGED,
    &KIND,
    &HIERARCHY_KIND,
    &DEPRECATED,
    &OWN_NAMESPACE,
    &IN_OWN_NAMESPACE,
    &NAME,
    &SELECTOR_ANNOTATION,
    &BOTH_SELECTORS,
    &NAMESPACE_AND_SELECTOR,
    &SELECTOR,
    &MALFORMED,
    &UNKNOWN_SELECTOR,
    &UNMANAGED_NAMESPACE,
    &SCOPE,
    &TWICE_ON_A_CLUSTER,
    &SINGLE,
    &NO_REPO,
    &REPO_VERSION,
    &WRONG_FOLDER,
    &NAMESPACE_FOLDER,
    &BELOW_NAMESPACE,
    &NOT_INHERITED,
    &NEVER_IN_A_NAMESPACE,
    &SELECTOR_IN_NAMESPACE,
    &HIERARCHY_CONFIG,
    &OUTSIDE_HIERARCHY,
    &JSON,
    &ITSELF,
    &TOO_MANY,
    &API_RESOURCES,
    &DROPPED_BY_FLUX,
    &NESTED,
    &SKIPPED,
    &LOCAL,
    &TOO_MUCH,
    &LAST_APPLIED,
];
