//! The rules of this room: what each finds, who refuses it, and how to mend it.

use crate::finding::Refuser::{ArgoCd, ConfigSync, Consign, Flux, Kubectl};
use crate::finding::Severity::{Error, Warning};
use crate::finding::{Refuser, Rule};

/// Everyone who renders kustomizations.
const ALL: &[Refuser] = &[Consign, Kubectl, ConfigSync, Flux, ArgoCd];

pub(super) static REMOTE: Rule = Rule::new(
    "render/remote",
    Error,
    &[Consign, ConfigSync],
    "a kustomization that takes something from elsewhere",
    "A URL, a git repository or a chart of a repository is fetched anew whenever the kustomization is rendered, so the bundle does not say \
     what will be applied, and it cannot be checked here: nothing is fetched. Config Sync refuses remote bases unless \
     `spec.override.enableShellInRendering` is set. Put a copy into the bundle, or pack what it renders: \
     `kustomize build DIR | consign push - REF`, with `--enable-helm` where it is a chart.",
);

pub(super) static OUTSIDE: Rule = Rule::new(
    "render/outside",
    Error,
    ALL,
    "a kustomization that names a path outside of the bundle",
    "A consumer has the bundle and nothing around it: an absolute path, or one with more `..` than there are folders above, leads to \
     nothing there, or to a file of the consumer's own. Pack a folder further up and name the folder to sync with --sync-dir, or put a \
     copy of the file below the bundle's root.",
);

pub(super) static MISSING: Rule = Rule::new(
    "render/missing",
    Error,
    ALL,
    "a kustomization that names what the bundle does not have",
    "Rendering would fail. Either the path is misspelt (it is relative to the folder of the kustomization), or an ignore file keeps the \
     file out of the bundle.",
);

pub(super) static PLUGIN: Rule = Rule::new(
    "render/plugin",
    Error,
    ALL,
    "a kustomization that runs a program, or makes up the configuration of its plugins",
    "Generators, transformers and validators other than kustomize's own are programs or containers. kubectl, Flux and Argo CD do not run \
     them, Config Sync has none of them at hand, and this tool runs nothing that a bundle brings along. kustomize's own read files, so what \
     they are told must be seen before anything is run: a folder named as a generator may have `resources` only, as a patch could change \
     the paths in them. Use kustomize's own fields, or pack what it renders: \
     `kustomize build --enable-alpha-plugins DIR | consign push - REF`.",
);

/// Its findings are warnings; who makes an error of them is not known here.
pub static HELM: Rule = Rule::new(
    "render/helm",
    Error,
    &[Consign, Kubectl, Flux],
    "a kustomization that inflates a Helm chart of the bundle",
    "It is not checked: rendering it takes helm, and what helm renders depends on the cluster. Flux and `kubectl apply -k` refuse it, so \
     with `--consumer flux` or `--consumer kubectl` it is an error. Otherwise it is a warning: Config Sync renders it, and Argo CD does with \
     `kustomize.buildOptions: --enable-helm`. To have it checked, pack what it renders: \
     `kustomize build --enable-helm DIR | consign push - REF`.",
);

pub(super) static NO_PROGRAM: Rule = Rule::new(
    "render/no-program",
    Warning,
    &[],
    "neither kustomize nor kubectl is there to render a kustomization",
    "What a kustomization applies is known only once it is rendered, which is done with `kustomize` or `kubectl kustomize`. Without \
     them only the syntax of its files is checked. Install one of them, and make sure it is on PATH.",
);

pub(super) static FAILED: Rule = Rule::new(
    "render/failed",
    Error,
    ALL,
    "a kustomization that cannot be rendered",
    "kustomize gives up on it, and so would every consumer. The message quotes kustomize; `kustomize build DIR` in the source shows all of \
     it.",
);

pub(super) static BELOW_SYNC_DIR: Rule = Rule::new(
    "render/below-sync-dir",
    Error,
    &[ConfigSync],
    "a kustomization below the folder to sync, which has none itself",
    "Config Sync renders only the folder that it syncs, and refuses one that has no kustomization while a folder below it does (KNV1068). \
     Name the folder that is meant with --sync-dir and in the RootSync's `spec.oci.dir`, or add a kustomization that lists those below.",
);

pub(super) static HIERARCHY: Rule = Rule::new(
    "render/hierarchy",
    Error,
    &[ConfigSync],
    "a kustomization in a source of the format `hierarchy`",
    "Config Sync renders kustomizations in unstructured sources only. Take away the kustomization, or leave `spec.sourceFormat: hierarchy` \
     and --source-format out.",
);

pub(super) static NOT_RUN: Rule = Rule::new(
    "render/not-run",
    Warning,
    &[],
    "kustomizations that were not rendered because of what they name",
    "Where any kustomization leads out of the bundle or brings a program along, nothing is run, whatever --rule says of such findings. So what \
     the kustomizations render to was not checked. Mend what was found, or pack what is rendered: `kustomize build DIR | consign push - REF`.",
);

/// All rules of this room.
pub static RULES: &[&Rule] =
    &[&REMOTE, &OUTSIDE, &MISSING, &PLUGIN, &HELM, &NO_PROGRAM, &FAILED, &BELOW_SYNC_DIR, &HIERARCHY, &NOT_RUN];
