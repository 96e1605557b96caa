//! Application of Argo CD, 3.1 or newer: older ones take no OCI images but Helm charts.
//!
//! See <https://argo-cd.readthedocs.io/en/stable/user-guide/oci/>.

use super::yaml::{self, Map};
use super::{check, named, namespace, object, usage};
use crate::error::Error;
use crate::oci::Reference;
use crate::sync::Sync;
use crate::validate::Consumer;

/// The cluster that Argo CD runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// An Application.
#[derive(Clone, Debug)]
pub struct ArgoCd {
    /// Its name and namespace.
    pub application: Sync,
    /// The image: its digest counts, else its tag.
    pub image: Reference,
    /// The folder of the bundle that is applied: see [`dir`](super::dir).
    pub path: String,
    /// Read the folders below `path` too. Then nothing is rendered.
    pub recurse: bool,
    /// The AppProject.
    pub project: String,
    /// The cluster to apply to.
    pub destination: Destination,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// Whether it syncs by itself.
    pub policy: SyncPolicy,
    /// Also write the Namespace of the destination.
    pub with_namespace: bool,
}

/// The cluster to apply to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The one that Argo CD runs in.
    InCluster,
    /// By the address of its API server.
    Server(String),
    /// By the name that Argo CD knows it by.
    Name(String),
}

/// Whether an Application syncs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncPolicy {
    /// Somebody must ask for it.
    Manual,
    /// As soon as the image or the cluster is another.
    Automated {
        /// Delete what is no longer in the bundle.
        prune: bool,
        /// Put right what was changed on the cluster.
        self_heal: bool,
    },
}

impl ArgoCd {
    /// The YAML, ready to be applied.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage) where Argo CD would not take it.
    pub fn write(&self) -> Result<String, Error> {
        let mut documents = Vec::new();
        if self.with_namespace {
            if self.destination != Destination::InCluster {
                let namespace = &self.namespace;
                return Err(usage(
                    "`--with-namespace` is for the cluster that Argo CD runs in, and the destination is another",
                )
                .hint(format!("leave it out, and run `kubectl --context OTHER create namespace {namespace}`")));
            }
            documents.push(namespace(&self.namespace, "Where objects go that name no namespace."));
        }
        documents.push(self.application());
        check::checked(yaml::write(&documents), Consumer::ArgoCd)
    }

    fn application(&self) -> Map {
        let revision = match (self.image.digest(), self.image.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.as_str().to_owned(),
            (None, None) => String::new(),
        };
        let recursive = self.recurse.then(|| Map::default().put("recurse", true));
        let source = Map::default()
            .say(
                "Argo CD pulls with a user and a password only, also from Google's registries: a Secret with the label \
                  argocd.argoproj.io/secret-type: repository, of type oci, for this URL.",
            )
            .put("repoURL", format!("oci://{}", self.image.name()))
            .say("A tag is asked for again at every refresh; a digest stays.")
            .put("targetRevision", revision)
            .put("path", self.path.clone())
            .say("Read the folders below, too. Leave this out to have a kustomization or a chart rendered.")
            .put_some("directory", recursive);
        let destination = match &self.destination {
            Destination::InCluster => Map::default().put("server", IN_CLUSTER),
            Destination::Server(server) => Map::default().put("server", server.clone()),
            Destination::Name(name) => Map::default().put("name", name.clone()),
        };
        let destination =
            destination.say("For objects that name no namespace.").put("namespace", self.namespace.clone());
        let spec = Map::default()
            .put("project", self.project.clone())
            .put("source", source)
            .put("destination", destination)
            .put_some("syncPolicy", self.policy());
        Map::default()
            .say("Argo CD applies a bundle. It needs version 3.1 or newer.")
            .append(object(
                "argoproj.io/v1alpha1",
                "Application",
                named(self.application.namespace(), self.application.name()),
            ))
            .put("spec", spec)
    }

    fn policy(&self) -> Option<Map> {
        let SyncPolicy::Automated { prune, self_heal } = self.policy else { return None };
        let automated = Map::default()
            .say("Whether what is no longer in the bundle is deleted.")
            .put("prune", prune)
            .say("Whether what was changed on the cluster is put right.")
            .put("selfHeal", self_heal);
        Some(Map::default().put("automated", automated))
    }
}
