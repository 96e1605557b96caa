//! The rules of this room: what each finds, who refuses it, and how to mend it.

use crate::finding::Refuser::{ApiServer, ArgoCd, ConfigSync, Consign, Flux, Kubectl, ServerSideApply};
use crate::finding::Severity::{Error, Warning};
use crate::finding::{Refuser, Rule};

/// Everyone who reads objects.
const ALL: &[Refuser] = &[Kubectl, ApiServer, ConfigSync, Flux, ArgoCd];

pub(super) static NOT_KUBERNETES: Rule = Rule::new(
    "object/not-kubernetes",
    Error,
    &[Kubectl, ConfigSync, Flux],
    "YAML or JSON that is not a Kubernetes object",
    "Consumers read every .yaml, .yml and .json file of the folder they sync and stop at the first that is not a Kubernetes object. \
     Leave the file out of the bundle with a line in .consignignore or with --ignore, or ship it under another extension.",
);

pub(super) static TEMPLATE: Rule = Rule::new(
    "object/template",
    Error,
    &[Kubectl, ConfigSync, Flux, ArgoCd],
    "a Go template in place of YAML",
    "A file with `{{ … }}` is a template, of Helm or another tool. Nobody renders it on the way to the cluster. Render it first and \
     pack the output: `helm template RELEASE CHART | consign push - REF`.",
);

pub(super) static API_VERSION: Rule = Rule::new(
    "object/api-version",
    Error,
    ALL,
    "apiVersion is missing, not a string, or not GROUP/VERSION",
    "Every object says with apiVersion which API it belongs to: `v1` for core kinds such as ConfigMap and Service, GROUP/VERSION for \
     all others, such as `apps/v1`. `kubectl api-resources` lists what a cluster has.",
);

pub(super) static KIND: Rule = Rule::new(
    "object/kind",
    Error,
    ALL,
    "kind is missing, not a string, or not a word",
    "Every object says with kind what it is, as one word in capital letters and small: `Deployment`, `ConfigMap`.",
);

pub(super) static METADATA: Rule = Rule::new(
    "metadata/missing",
    Error,
    ALL,
    "metadata is missing or not a map",
    "Every object has a map `metadata` with at least a `name`. Where it is there and still missed, its lines are often indented wrongly.",
);

pub(super) static NAME_MISSING: Rule = Rule::new(
    "metadata/missing-name",
    Error,
    ALL,
    "metadata.name is missing or empty",
    "An object without a name cannot be applied. Config Sync reports it as KNV1031 or KNV2010. A patch without a name belongs below a \
     folder with a kustomization.",
);

pub(super) static NAMED_BY_SERVER: Rule = Rule::new(
    "metadata/named-by-server",
    Error,
    &[Consign, Kubectl, ServerSideApply, ConfigSync, Flux],
    "no metadata.name in an object that the API server would name itself",
    "The API server makes up a name for a LimitRange that has none, a new one each time. A bundle is applied again and again, and      everything that applies it needs a name. Write a fixed metadata.name.",
);

pub(super) static REQUEST: Rule = Rule::new(
    "object/request",
    Error,
    &[Consign, Kubectl, ServerSideApply, ConfigSync, Flux],
    "a question to the API server, not an object that it keeps",
    "Reviews such as SubjectAccessReview, and Binding, are asked once and answered; nothing of this kind is stored, so there is nothing to      apply or to sync. Leave it out of the bundle, and send it with `kubectl create -f FILE`.",
);

pub(super) static NULL_VALUE: Rule = Rule::new(
    "metadata/null-value",
    Error,
    &[Consign, ConfigSync],
    "a label or an annotation without a value",
    "YAML reads nothing behind the colon as null. The API server makes an empty text of it, but not everyone on the way does: \
     write `\"\"` if that is meant. Config Sync reports it as KNV1054.",
);

pub(super) static GENERATE_NAME: Rule = Rule::new(
    "metadata/generate-name",
    Error,
    &[Kubectl, ServerSideApply, ConfigSync, Flux],
    "generateName in place of a name",
    "A bundle is applied again and again, and generateName would make a new object each time: `kubectl apply` and server-side apply \
     refuse it. Write a fixed metadata.name. Where only Argo CD reads the bundle, a hook of its own (argocd.argoproj.io/hook) may have \
     it: there a new object each time is what is meant.",
);

pub(super) static NAME: Rule = Rule::new(
    "metadata/invalid-name",
    Error,
    ALL,
    "metadata.name is not a string, or not a name that the API server allows",
    "Most kinds want a DNS subdomain: up to 253 lower-case letters, digits, `-` and `.`. A Namespace wants a DNS label: up to 63, \
     without dots. RBAC objects may have any name that can stand in a URL's path. Config Sync reports it as KNV1036 or KNV1055.",
);

pub(super) static NAMESPACE: Rule = Rule::new(
    "metadata/invalid-namespace",
    Error,
    ALL,
    "metadata.namespace is not a string, or not a DNS label",
    "A namespace is up to 63 lower-case letters, digits and `-`. Config Sync reports it as KNV1055.",
);

pub(super) static LABEL: Rule = Rule::new(
    "metadata/label-not-string",
    Error,
    ALL,
    "metadata.labels is not a map of strings",
    "The value of a label is a string, but YAML reads `yes`, `true`, `1` and `1.20` without quotes as something else. Put the value in \
     quotes. Config Sync reports it as KNV1054.",
);

pub(super) static ANNOTATION: Rule = Rule::new(
    "metadata/annotation-not-string",
    Error,
    ALL,
    "metadata.annotations is not a map of strings",
    "The value of an annotation is a string, but YAML reads `yes`, `true`, `1` and `1.20` without quotes as something else. Put the \
     value in quotes. Config Sync reports it as KNV1054.",
);

pub(super) static DUPLICATE: Rule = Rule::new(
    "object/duplicate",
    Error,
    &[Consign, ConfigSync, Flux],
    "two objects of the same group, kind, namespace and name",
    "Only one of them could win, and which is chance, so consumers refuse both (Config Sync: KNV1029). The version in apiVersion does \
     not tell them apart, and an object without a namespace is in `default`. Where folders are synced apart, such as one for each \
     environment, name them with --sync-dir.",
);

pub(super) static TOO_LARGE: Rule = Rule::new(
    "object/too-large",
    Error,
    &[ApiServer],
    "an object that no cluster could store",
    "The API server takes requests of up to 3 MiB, and etcd by default stores 1.5 MiB an object. Split it: several ConfigMaps, or the \
     data in an image of its own.",
);

pub(super) static LARGE: Rule = Rule::new(
    "object/large",
    Warning,
    &[ApiServer],
    "an object that many clusters could not store",
    "etcd by default stores objects of up to 1.5 MiB. Split it: several ConfigMaps, or the data in an image of its own.",
);

pub(super) static EMPTY: Rule = Rule::new(
    "bundle/empty",
    Error,
    &[Consign, ConfigSync],
    "nothing to apply",
    "A consumer that syncs a bundle without objects deletes everything that it manages (Config Sync stops with KNV2006 where it \
     can tell). If that is meant, say --allow-empty.",
);

pub(super) static HELM_CHART: Rule = Rule::new(
    "bundle/helm-chart",
    Error,
    &[Consign, Kubectl, ConfigSync, Flux],
    "a Helm chart that nobody renders",
    "Config Sync, Flux and kubectl read a folder as objects and do not render a chart in it, and its templates are none. Argo CD renders it \
     where its path is the chart: with `--consumer argocd` this is a warning, because what it renders to is not checked. Pack what \
     the chart renders: `helm template RELEASE CHART | consign push - REF`; or inflate it from a kustomization.",
);

pub(super) static CI_FILE: Rule = Rule::new(
    "bundle/ci-file",
    Warning,
    &[Kubectl, Flux],
    "files of a code host or CI",
    "Config Sync skips `.github`, `.gitlab` and `.gitlab-ci.yml`; Flux skips `.github/` and `.gitlab-ci.yml` unless the bundle has a \
     .sourceignore; `kubectl` and Argo CD read all of them. For whom reads them they are files like any other, and no objects. They are of no \
     use in a cluster: leave them out with .consignignore.",
);

pub(super) static EXTENSION: Rule = Rule::new(
    "bundle/extension",
    Warning,
    &[Kubectl, ConfigSync, Flux, ArgoCd],
    "a file that looks like YAML or JSON and is read by nobody",
    "Consumers read files that end in .yaml, .yml or .json, in exactly this case. Others are shipped and never applied.",
);

/// All rules of this room.
pub(super) static RULES: &[&Rule] = &[
    &NOT_KUBERNETES,
    &TEMPLATE,
    &API_VERSION,
    &KIND,
    &METADATA,
    &NAME_MISSING,
    &NAMED_BY_SERVER,
    &REQUEST,
    &NULL_VALUE,
    &GENERATE_NAME,
    &NAME,
    &NAMESPACE,
    &LABEL,
    &ANNOTATION,
    &DUPLICATE,
    &TOO_LARGE,
    &LARGE,
    &EMPTY,
    &HELM_CHART,
    &CI_FILE,
    &EXTENSION,
];
