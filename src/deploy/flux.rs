//! OCIRepository and Kustomization of Flux: the one fetches, the other applies.
//!
//! See <https://fluxcd.io/flux/components/source/ocirepositories/> and <https://fluxcd.io/flux/components/kustomize/kustomizations/>.

use super::values::Interval;
use super::yaml::{self, Map};
use super::{check, named, namespace, object, usage};
use crate::error::Error;
use crate::oci::Reference;
use crate::sync::{Sync, SyncKind};
use crate::validate::Consumer;

/// An OCIRepository and the Kustomization that applies what it fetches; both have the same name.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of its own there")]
pub struct Flux {
    /// The OCIRepository's name and namespace.
    pub repository: Sync,
    /// The image: its digest counts, else its tag. With `semver` neither is there.
    pub image: Reference,
    /// A range of versions, of whose tags the newest counts.
    pub semver: Option<String>,
    /// How often it asks for a new image, and puts right what was changed on the cluster.
    pub interval: Interval,
    /// Whose accounts pull.
    pub provider: Provider,
    /// The Secret with which to pull, of the kind that `kubectl create secret docker-registry` makes.
    pub secret: Option<String>,
    /// The Secret with a certificate to trust.
    pub ca_cert_secret: Option<String>,
    /// Speak http to the registry.
    pub insecure: bool,
    /// The folder of the bundle that is applied: see [`dir`](super::dir).
    pub path: String,
    /// Delete what is no longer in the bundle.
    pub prune: bool,
    /// Wait until all that was applied is ready.
    pub wait: bool,
    /// The namespace of every object, whatever the bundle says.
    pub target_namespace: Option<String>,
    /// The service account that applies, in the namespace of the Kustomization.
    pub service_account: Option<String>,
    /// Also write the target namespace.
    pub with_namespace: bool,
}

/// Whose accounts Flux pulls with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Nobody's: with a Secret, or anonymously.
    Generic,
    /// Google's.
    Gcp,
    /// Amazon's.
    Aws,
    /// Microsoft's.
    Azure,
}

impl Flux {
    /// The YAML, ready to be applied.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage) where Flux would not take it.
    pub fn write(&self) -> Result<String, Error> {
        // It has the same name, and Kubernetes the same rules for it.
        Sync::new(SyncKind::Kustomization, self.repository.namespace(), self.repository.name())?;
        if self.semver.is_some() && (self.image.tag().is_some() || self.image.digest().is_some()) {
            let name = self.image.name();
            return Err(usage(format!("`--semver` chooses among the tags, and `{}` names an image", self.image))
                .hint(format!("leave out `--semver`, or write `{name}`")));
        }
        let mut documents = Vec::new();
        if let Some(target) = self.target_namespace.as_ref().filter(|_| self.with_namespace) {
            documents.push(namespace(target, "Where all objects of the bundle go."));
        }
        documents.extend([self.oci_repository(), self.kustomization()]);
        check::checked(yaml::write(&documents), Consumer::Flux)
    }

    fn metadata(&self) -> Map {
        named(self.repository.namespace(), self.repository.name())
    }

    fn oci_repository(&self) -> Map {
        let pinned = self.image.digest().map(|digest| digest.to_string());
        let tag = self.image.tag().filter(|_| pinned.is_none()).map(|tag| tag.as_str().to_owned());
        let image =
            Map::default().put_some("semver", self.semver.clone()).put_some("tag", tag).put_some("digest", pinned);
        let secret = |name: &Option<String>| name.clone().map(|name| Map::default().put("name", name));
        let spec = Map::default()
            .put("url", format!("oci://{}", self.image.name()))
            .say("Of tag, semver and digest one: a tag or a range is asked for every interval, a digest stays.")
            .put("ref", image)
            .put("interval", self.interval.to_string())
            .say(self.provider.explained())
            .put("provider", self.provider.word())
            .say("A Secret of the type kubernetes.io/dockerconfigjson in this namespace.")
            .put_some("secretRef", secret(&self.secret))
            .say("A Secret with the certificate to trust under the key `ca.crt`, in this namespace.")
            .put_some("certSecretRef", secret(&self.ca_cert_secret))
            .say("The registry is spoken to over http.")
            .put_some("insecure", self.insecure.then_some(true));
        Map::default()
            .say("Flux fetches the bundle.")
            .append(object("source.toolkit.fluxcd.io/v1", "OCIRepository", self.metadata()))
            .put("spec", spec)
    }

    fn kustomization(&self) -> Map {
        let source = Map::default().put("kind", "OCIRepository").put("name", self.repository.name().to_owned());
        let path = if self.path == "." { "./".to_owned() } else { format!("./{}", self.path) };
        let spec = Map::default()
            .put("sourceRef", source)
            .say("The folder of the bundle that is applied.")
            .put("path", path)
            .say("Whether what is no longer in the bundle is deleted from the cluster.")
            .put("prune", self.prune)
            .say("Ready means that all that was applied is ready.")
            .put_some("wait", self.wait.then_some(true))
            .say("A new bundle is applied at once; every interval what was changed on the cluster is put right.")
            .put("interval", self.interval.to_string())
            .say("Every object goes there, whatever the bundle says.")
            .put_some("targetNamespace", self.target_namespace.clone())
            .say("It may do what this account may.")
            .put_some("serviceAccountName", self.service_account.clone());
        Map::default()
            .say("Flux applies what it fetched.")
            .append(object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", self.metadata()))
            .put("spec", spec)
    }
}

impl Provider {
    const fn word(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Gcp => "gcp",
            Self::Aws => "aws",
            Self::Azure => "azure",
        }
    }

    const fn explained(self) -> &'static str {
        match self {
            Self::Generic => "Pulled with a Secret, or as nobody.",
            Self::Gcp => {
                "Pulled as the service account of source-controller or of its node, which needs roles/artifactregistry.reader."
            }
            Self::Aws | Self::Azure => "Pulled as the service account of source-controller or of its node.",
        }
    }
}
