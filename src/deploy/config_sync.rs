//! RootSync and RepoSync of Config Sync, with what a RepoSync needs beside it.
//!
//! See <https://github.com/GoogleContainerTools/kpt-config-sync/blob/main/pkg/api/configsync/v1beta1/ociconfig.go> and what lies beside it.

use super::values::{Interval, LogLevel, Resources, RoleRef, Version, once_each};
use super::yaml::{self, Map};
use super::{check, named, namespace, object, usage};
use crate::error::Error;
use crate::oci::Reference;
use crate::sync::{ROOT_NAMESPACE, Sync, SyncKind};
use crate::validate::Consumer;

const GROUP: &str = "configsync.gke.io/v1beta1";
const RBAC: &str = "rbac.authorization.k8s.io";

/// A RootSync or a RepoSync.
#[derive(Clone, Debug)]
pub struct ConfigSync {
    /// Its kind and name.
    pub sync: Sync,
    /// The image, with its tag, its digest or both.
    pub image: Reference,
    /// The folder of the bundle that is applied: see [`dir`](super::dir).
    pub dir: String,
    /// How often a tag is asked for; none: 15 seconds.
    pub period: Option<Interval>,
    /// As whom the image is pulled.
    pub auth: Auth,
    /// The Secret with a certificate to trust, in the namespace of the sync.
    pub ca_cert_secret: Option<String>,
    /// How the bundle is read; of a RepoSync always unstructured.
    pub source_format: SourceFormat,
    /// What becomes of the applied objects when the sync is deleted.
    pub deletion: Option<Deletion>,
    /// What of the reconciler is not as Config Sync has it.
    pub overrides: Overrides,
    /// The version of Config Sync that must understand it; none: any.
    pub version: Option<Version>,
    /// Also write the Namespace of a RepoSync.
    pub with_namespace: bool,
    /// Also bind this role to the reconciler of a RepoSync, in its namespace.
    pub with_role: Option<RoleRef>,
}

/// As whom Config Sync pulls (`spec.oci.auth`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// As the reconciler's own Kubernetes service account.
    K8sServiceAccount,
    /// As this Google service account: see [`account`](super::account).
    GcpServiceAccount(String),
    /// As the node.
    GceNode,
    /// As nobody.
    None,
    /// With the user and the password in this Secret.
    Token(String),
}

/// How Config Sync reads the bundle (`spec.sourceFormat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceFormat {
    /// Any folders.
    #[default]
    Unstructured,
    /// The folders `system`, `cluster`, `clusterregistry` and `namespaces`.
    Hierarchy,
}

/// What becomes of the applied objects when the sync is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// They are deleted too.
    Foreground,
    /// They stay.
    Orphan,
}

/// Who makes namespaces that are used and not declared (`spec.override.namespaceStrategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceStrategy {
    /// Config Sync.
    Implicit,
    /// Nobody.
    Explicit,
}

/// `spec.override`.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Resources of containers.
    pub resources: Vec<Resources>,
    /// How much containers log.
    pub log_levels: Vec<LogLevel>,
    /// Whether the status of each object is kept in the ResourceGroup.
    pub status: Option<bool>,
    /// How long to wait for objects to become current.
    pub reconcile_timeout: Option<Interval>,
    /// How long to wait for the API server.
    pub api_server_timeout: Option<Interval>,
    /// Let rendering run a shell, for remote bases.
    pub shell_in_rendering: bool,
    /// Of a RootSync: who makes namespaces.
    pub namespace_strategy: Option<NamespaceStrategy>,
    /// Of a RootSync: what its reconciler may, in place of everything.
    pub role_refs: Vec<RoleRef>,
}

impl Auth {
    const fn word(&self) -> &'static str {
        match self {
            Self::K8sServiceAccount => "k8sserviceaccount",
            Self::GcpServiceAccount(_) => "gcpserviceaccount",
            Self::GceNode => "gcenode",
            Self::None => "none",
            Self::Token(_) => "token",
        }
    }

    /// The version that brought it, where not every version has it.
    const fn since(&self) -> Option<Version> {
        match self {
            Self::K8sServiceAccount => Some(Version::WITH_K8S_SERVICE_ACCOUNT),
            Self::Token(_) => Some(Version::WITH_TOKEN),
            _ => None,
        }
    }
}

impl ConfigSync {
    /// The YAML, ready to be applied.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage) where Config Sync would not take it.
    pub fn write(&self) -> Result<String, Error> {
        once_each("--resources", self.overrides.resources.iter().map(Resources::container))?;
        once_each("--log-level", self.overrides.log_levels.iter().map(LogLevel::container))?;
        self.check_version()?;
        self.check_roles()?;
        let mut documents = Vec::new();
        let is_repo = self.sync.kind() == SyncKind::RepoSync;
        if self.with_namespace && is_repo {
            documents.push(namespace(self.sync.namespace(), "Where the RepoSync is, and all that it applies."));
        }
        if let Some(role) = self.with_role.as_ref().filter(|_| is_repo) {
            documents.push(self.role_binding(role));
        }
        documents.push(self.sync_object());
        check::checked(yaml::write(&documents), Consumer::ConfigSync)
    }

    fn check_version(&self) -> Result<(), Error> {
        let (Some(version), Some(since)) = (self.version, self.auth.since()) else { return Ok(()) };
        if version >= since {
            return Ok(());
        }
        let auth = self.auth.word();
        let older = match self.auth {
            Auth::K8sServiceAccount => "`--auth gcpserviceaccount --gcp-service-account EMAIL` or `--auth gcenode`",
            _ => {
                "a way to authenticate that it has: `--auth none`, or at Google's registries `--auth gcpserviceaccount`"
            }
        };
        Err(usage(format!("Config Sync {version} does not have `--auth {auth}`; {since} and newer do"))
            .hint(format!("update Config Sync, or choose {older}")))
    }

    fn check_roles(&self) -> Result<(), Error> {
        let of_root = self.overrides.role_refs.iter();
        if let Some(role) = of_root.clone().find(|role| role.kind == "Role" && role.namespace.is_none()) {
            let name = &role.name;
            return Err(usage(format!(
                "`--role-ref Role/{name}` does not say in which namespace the Role is (KNV1061)"
            ))
            .hint(format!("write `--role-ref Role/{name}:NAMESPACE`, or name a ClusterRole")));
        }
        if let Some(role) = self.with_role.as_ref().filter(|role| role.namespace.is_some()) {
            let (kind, name) = (role.kind, &role.name);
            return Err(usage(format!("`--role` binds in the namespace of the RepoSync, `{}`", self.sync.namespace()))
                .hint(format!("write `--role {kind}/{name}`")));
        }
        Ok(())
    }

    /// The reconciler, which is also the name of its account.
    fn reconciler(&self) -> String {
        self.sync.reconciler().unwrap_or_default()
    }

    fn sync_object(&self) -> Map {
        let metadata = named(self.sync.namespace(), self.sync.name());
        let annotations = Map::default()
            .say("What becomes of the applied objects when this one is deleted: Foreground deletes them, Orphan keeps them.")
            .put_some("configsync.gke.io/deletion-propagation-policy", self.deletion.map(Deletion::word));
        let metadata = metadata.put_filled("annotations", annotations);
        let head = match self.sync.kind() {
            SyncKind::RepoSync => format!(
                "Config Sync applies a bundle to the namespace {}, as the service account {} of {ROOT_NAMESPACE}.\n\
                 It may do there what a RoleBinding lets this account do, and nothing else.",
                self.sync.namespace(),
                self.reconciler()
            ),
            _ => format!(
                "Config Sync applies a bundle to the whole cluster, as the service account {} of {ROOT_NAMESPACE}.",
                self.reconciler()
            ),
        };
        let format = match self.source_format {
            SourceFormat::Unstructured => "unstructured",
            SourceFormat::Hierarchy => "hierarchy",
        };
        let defaults = match self.sync.kind() {
            SyncKind::RepoSync => {
                "Without the first it would look for a git repository; the second is the only format of a RepoSync."
            }
            _ => "Without these two it would look for a git repository in the hierarchy format.",
        };
        let spec = Map::default()
            .say(defaults)
            .put("sourceType", "oci")
            .put("sourceFormat", format)
            .put("oci", self.oci())
            .put_filled("override", self.overrides());
        let object = object(GROUP, self.sync.kind().kind(), metadata);
        // The comment belongs above the first line.
        Map::default().say(&head).append(object).put("spec", spec)
    }

    fn oci(&self) -> Map {
        let map = Map::default()
            .say("A tag is asked for again every period. A digest is synced once and never asked for again.")
            .put("image", self.image.to_string())
            .say("The folder of the bundle that is applied; a dot is all of it.")
            .put("dir", self.dir.clone())
            .say("How often a tag is asked for.")
            .put_some("period", self.period.as_ref().map(ToString::to_string))
            .say(&self.explained())
            .put("auth", self.auth.word());
        let map = match &self.auth {
            Auth::GcpServiceAccount(email) => map.put("gcpServiceAccountEmail", email.clone()),
            Auth::Token(secret) => map.put("secretRef", Map::default().put("name", secret.clone())),
            _ => map,
        };
        let certificate = self.ca_cert_secret.clone().map(|name| Map::default().put("name", name));
        map.say(&format!("The certificate to trust: a Secret with the key `cert` in {}.", self.sync.namespace()))
            .put_some("caCertSecretRef", certificate)
    }

    /// The comment on `auth`.
    fn explained(&self) -> String {
        let account = format!("{ROOT_NAMESPACE}/{}", self.reconciler());
        let since = self.auth.since().map(|since| format!(" Config Sync {since} or newer.")).unwrap_or_default();
        match &self.auth {
            Auth::K8sServiceAccount => {
                format!("Pulled as PROJECT.svc.id.goog[{account}], which needs roles/artifactregistry.reader.{since}")
            }
            Auth::GcpServiceAccount(email) => format!(
                "Pulled as {email}, which needs roles/artifactregistry.reader.\n\
                 On it PROJECT.svc.id.goog[{account}] needs roles/iam.workloadIdentityUser."
            ),
            Auth::GceNode => {
                "Pulled as the service account of the node, which needs roles/artifactregistry.reader.".to_owned()
            }
            Auth::None => "Pulled as nobody: anyone may read the image.".to_owned(),
            Auth::Token(_) => format!(
                "Pulled with the keys `username` and `password` of a Secret in {}.{since}",
                self.sync.namespace()
            ),
        }
    }

    fn overrides(&self) -> Map {
        let settings = &self.overrides;
        let text = |interval: &Option<Interval>| interval.as_ref().map(ToString::to_string);
        Map::default()
            .put_some("statusMode", settings.status.map(|is_on| if is_on { "enabled" } else { "disabled" }))
            .put_some("reconcileTimeout", text(&settings.reconcile_timeout))
            .put_some("apiServerTimeout", text(&settings.api_server_timeout))
            .put_some("enableShellInRendering", settings.shell_in_rendering.then_some(true))
            .say("Who makes a namespace that is used and not declared: with implicit Config Sync does.")
            .put_some("namespaceStrategy", settings.namespace_strategy.map(NamespaceStrategy::word))
            .say("What the reconciler may, in place of everything (cluster-admin).")
            .put_filled("roleRefs", settings.role_refs.iter().map(RoleRef::map).collect::<Vec<_>>())
            .put_filled("resources", settings.resources.iter().map(Resources::map).collect::<Vec<_>>())
            .put_filled("logLevels", settings.log_levels.iter().map(LogLevel::map).collect::<Vec<_>>())
    }

    /// What lets the reconciler of a RepoSync apply anything.
    fn role_binding(&self, role: &RoleRef) -> Map {
        let account = Map::default()
            .put("kind", "ServiceAccount")
            .put("name", self.reconciler())
            .put("namespace", ROOT_NAMESPACE);
        let role = Map::default().put("apiGroup", RBAC).put("kind", role.kind).put("name", role.name.clone());
        let metadata = named(self.sync.namespace(), &self.reconciler());
        Map::default()
            .say("What the RepoSync may apply here. Config Sync makes the service account.")
            .append(object("rbac.authorization.k8s.io/v1", "RoleBinding", metadata))
            .put("roleRef", role)
            .put("subjects", vec![account])
    }
}

impl Deletion {
    const fn word(self) -> &'static str {
        match self {
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }
}

impl NamespaceStrategy {
    const fn word(self) -> &'static str {
        match self {
            Self::Implicit => "implicit",
            Self::Explicit => "explicit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn of(sync: &str) -> ConfigSync {
        ConfigSync {
            sync: sync.parse().unwrap(),
            image: "r.io/a:v1".parse().unwrap(),
            dir: ".".to_owned(),
            period: None,
            auth: Auth::None,
            ca_cert_secret: None,
            source_format: SourceFormat::Unstructured,
            deletion: None,
            overrides: Overrides::default(),
            version: None,
            with_namespace: false,
            with_role: None,
        }
    }

    #[test]
    fn what_a_caller_overlooks_is_found_by_the_last_word() {
        assert!(of("reposync/a/b").write().is_ok() && of("rootsync/a").write().is_ok());
        let hierarchy = ConfigSync { source_format: SourceFormat::Hierarchy, ..of("reposync/a/b") };
        let account = ConfigSync { auth: Auth::GcpServiceAccount("me".to_owned()), ..of("rootsync/a") };
        let roles = vec!["ClusterRole/a".parse().unwrap()];
        let root_only =
            ConfigSync { overrides: Overrides { role_refs: roles, ..Overrides::default() }, ..of("reposync/a/b") };
        for (wrong, message) in [(hierarchy, "sourceFormat"), (account, "KNV1061"), (root_only, "roleRefs")] {
            let error = wrong.write().unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn a_version_is_asked_for_no_more_than_it_has() {
        let account = Auth::GcpServiceAccount("puller@shop.iam.gserviceaccount.com".to_owned());
        for (auth, version, has_it) in [
            (Auth::K8sServiceAccount, "1.17.1", false),
            (Auth::K8sServiceAccount, "1.17.2", true),
            (Auth::K8sServiceAccount, "1.9", false),
            (Auth::Token("pull".to_owned()), "1.23.9", false),
            (Auth::Token("pull".to_owned()), "1.24.0", true),
            (account, "1.10", true),
            (Auth::GceNode, "1.10", true),
            (Auth::None, "1.10", true),
        ] {
            let sync = ConfigSync { version: version.parse().ok(), auth, ..of("rootsync/a") };
            assert_eq!(sync.write().is_ok(), has_it, "{:?} {version}", sync.auth);
        }
    }
}
