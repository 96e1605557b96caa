//! The objects that make a consumer sync a bundle: how they are named, and what Config Sync names after them.
//!
//! What they hold is made in `deploy` and read in `cluster`.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Kind};
use crate::validate::{self, LONGEST_REPO_SYNC, LONGEST_ROOT_SYNC, fault_of_name};

/// The namespace of Config Sync: of every RootSync, of the reconcilers and of their accounts.
pub const ROOT_NAMESPACE: &str = validate::ROOT_NAMESPACE;

/// A kind of such objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SyncKind {
    /// Config Sync's, for a whole cluster.
    RootSync,
    /// Config Sync's, for one namespace.
    RepoSync,
    /// Flux's, which fetches.
    OciRepository,
    /// Flux's, which applies what was fetched.
    Kustomization,
    /// Argo CD's.
    Application,
}

impl SyncKind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::RootSync, Self::RepoSync, Self::OciRepository, Self::Kustomization, Self::Application];

    /// As it stands behind `kind:`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::RootSync => "RootSync",
            Self::RepoSync => "RepoSync",
            Self::OciRepository => "OCIRepository",
            Self::Kustomization => "Kustomization",
            Self::Application => "Application",
        }
    }

    /// Its group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::RootSync | Self::RepoSync => "configsync.gke.io",
            Self::OciRepository => "source.toolkit.fluxcd.io",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io",
            Self::Application => "argoproj.io",
        }
    }

    /// As `kubectl` wants it, so that it means no other kind of this name: `rootsyncs.configsync.gke.io`.
    pub fn resource(self) -> String {
        let plural = match self {
            Self::RootSync => "rootsyncs",
            Self::RepoSync => "reposyncs",
            Self::OciRepository => "ocirepositories",
            Self::Kustomization => "kustomizations",
            Self::Application => "applications",
        };
        format!("{plural}.{}", self.group())
    }

    /// As a user types it: `rootsync`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RootSync => "rootsync",
            Self::RepoSync => "reposync",
            Self::OciRepository => "ocirepository",
            Self::Kustomization => "kustomization",
            Self::Application => "application",
        }
    }
}

/// The name of such an object, as it is typed: `rootsync/NAME`, `reposync/NAMESPACE/NAME` and so on.
///
/// ```
/// use consign::sync::Sync;
///
/// let sync: Sync = "reposync/shop/prod".parse()?;
/// assert_eq!(sync.namespace(), "shop");
/// assert_eq!(sync.reconciler().as_deref(), Some("ns-reconciler-shop-prod-4"));
/// assert_eq!(sync.to_string(), "reposync/shop/prod");
/// # Ok::<(), consign::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sync {
    kind: SyncKind,
    namespace: String,
    name: String,
}

impl Sync {
    /// The one of this name; a RootSync is in [`ROOT_NAMESPACE`], whatever namespace is given.
    ///
    /// Fails with [`Kind::Usage`] where Kubernetes or Config Sync (KNV1061) would refuse the name.
    pub fn new(kind: SyncKind, namespace: &str, name: &str) -> Result<Self, Error> {
        let namespace = if kind == SyncKind::RootSync { ROOT_NAMESPACE } else { namespace };
        for (what, text, is_label) in [("namespace", namespace, true), ("name", name, false)] {
            if let Some((fault, mended)) = fault_of_name(text, is_label) {
                let error = usage(format!("the {}'s {what} `{}` {fault}", kind.kind(), text.escape_debug()));
                return Err(match mended {
                    Some(mended) => error.hint(format!("write `{mended}`")),
                    None if is_label => error.hint("namespaces have lower-case letters, digits and `-`"),
                    None => error.hint("names have lower-case letters, digits, `-` and `.`"),
                });
            }
        }
        let sync = Self { kind, namespace: namespace.to_owned(), name: name.to_owned() };
        sync.check_limits()?;
        Ok(sync)
    }

    /// One that a cluster has: its name is as it is there, and no limit counts.
    pub fn found(kind: SyncKind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// What Config Sync checks beyond what Kubernetes does.
    fn check_limits(&self) -> Result<(), Error> {
        let (length, longest, what) = match self.kind {
            SyncKind::RootSync => (self.name.len(), LONGEST_ROOT_SYNC, "the name of a RootSync has"),
            SyncKind::RepoSync if self.namespace == ROOT_NAMESPACE => {
                return Err(usage(format!(
                    "a RepoSync cannot be in `{ROOT_NAMESPACE}`, the namespace of Config Sync (KNV1061)"
                ))
                .hint("put it into the namespace that it syncs"));
            }
            SyncKind::RepoSync => (
                self.name.len() + self.namespace.len(),
                LONGEST_REPO_SYNC,
                "the name and the namespace of a RepoSync have together",
            ),
            _ => return Ok(()),
        };
        if length <= longest {
            return Ok(());
        }
        Err(usage(format!("{what} at most {longest} characters, and `{self}` has {length} (KNV1061)"))
            .hint("choose a shorter name"))
    }

    /// What kind of object it is.
    pub const fn kind(&self) -> SyncKind {
        self.kind
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What Config Sync calls the Deployment and the ServiceAccount that it makes for it in [`ROOT_NAMESPACE`]; none where it is not of
    /// Config Sync. See its [`pkg/core/names.go`](https://github.com/GoogleContainerTools/kpt-config-sync/blob/main/pkg/core/names.go).
    pub fn reconciler(&self) -> Option<String> {
        let Self { namespace, name, .. } = self;
        match (self.kind, name.as_str()) {
            (SyncKind::RootSync, "root-sync") => Some("root-reconciler".to_owned()),
            (SyncKind::RootSync, name) => Some(format!("root-reconciler-{name}")),
            (SyncKind::RepoSync, "repo-sync") => Some(format!("ns-reconciler-{namespace}")),
            (SyncKind::RepoSync, name) => Some(format!("ns-reconciler-{namespace}-{name}-{}", name.len())),
            _ => None,
        }
    }
}

impl FromStr for Sync {
    type Err = Error;

    /// Fails with [`Kind::Usage`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let forms = "write `rootsync/NAME`, `reposync/NAMESPACE/NAME`, `ocirepository/NAMESPACE/NAME`, \
                     `kustomization/NAMESPACE/NAME` or `application/NAMESPACE/NAME`";
        let shown = text.escape_debug();
        let parts: Vec<&str> = text.split('/').collect();
        let word = parts[0].to_ascii_lowercase();
        let Some(kind) = SyncKind::ALL.into_iter().find(|kind| kind.word() == word) else {
            return Err(usage(format!(
                "`{shown}` does not name a sync: `{}` is no kind of them",
                parts[0].escape_debug()
            ))
            .hint(forms));
        };
        match (kind, parts.as_slice()) {
            (SyncKind::RootSync, [_, name] | [_, ROOT_NAMESPACE, name]) => Self::new(kind, ROOT_NAMESPACE, name),
            (SyncKind::RootSync, _) => Err(usage(format!("`{shown}` does not have the form `rootsync/NAME`"))),
            (_, [_, namespace, name]) => Self::new(kind, namespace, name),
            _ => Err(usage(format!("`{shown}` does not have the form `{}/NAMESPACE/NAME`", kind.word()))),
        }
    }
}

/// As it is typed.
impl fmt::Display for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SyncKind::RootSync if self.namespace == ROOT_NAMESPACE => write!(f, "{}/{}", self.kind.word(), self.name),
            _ => write!(f, "{}/{}/{}", self.kind.word(), self.namespace, self.name),
        }
    }
}

fn usage(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: usize) -> String {
        "n".repeat(length)
    }

    #[test]
    fn reconcilers_are_named_as_config_sync_names_them() {
        for (sync, reconciler) in [
            ("rootsync/root-sync", Some("root-reconciler")),
            ("rootsync/shop", Some("root-reconciler-shop")),
            ("rootsync/repo-sync", Some("root-reconciler-repo-sync")),
            ("reposync/shop/repo-sync", Some("ns-reconciler-shop")),
            ("reposync/shop/prod", Some("ns-reconciler-shop-prod-4")),
            ("reposync/shop/root-sync", Some("ns-reconciler-shop-root-sync-9")),
            ("reposync/a/b-c.d", Some("ns-reconciler-a-b-c.d-5")),
            ("ocirepository/flux-system/shop", None),
            ("kustomization/flux-system/shop", None),
            ("application/argocd/shop", None),
        ] {
            assert_eq!(sync.parse::<Sync>().unwrap().reconciler().as_deref(), reconciler, "{sync}");
        }
    }

    #[test]
    fn names_are_refused_above_the_limits_of_config_sync_and_taken_at_them() {
        let (at, above) = (of(38), of(39));
        for (sync, fits) in [
            (format!("rootsync/{}", of(37)), true),
            (format!("rootsync/{at}"), true),
            (format!("rootsync/{above}"), false),
            (format!("reposync/{}/{}", of(20), of(24)), true),
            (format!("reposync/{}/{}", of(20), of(25)), true),
            (format!("reposync/{}/{}", of(20), of(26)), false),
            // Also for the name that does not show in the reconciler's.
            (format!("reposync/{}/repo-sync", of(36)), true),
            (format!("reposync/{}/repo-sync", of(37)), false),
            (format!("application/{}/{above}", of(63)), true),
            (format!("application/{}/{above}", of(64)), false),
            (format!("application/argocd/{}", of(253)), true),
            (format!("application/argocd/{}", of(254)), false),
        ] {
            let parsed = sync.parse::<Sync>();
            assert_eq!(parsed.is_ok(), fits, "{sync}: {parsed:?}");
            if let Ok(parsed) = parsed {
                assert_eq!(parsed.to_string(), sync);
            }
        }
    }

    #[test]
    fn what_names_no_sync_is_refused_with_the_form_to_write() {
        for (text, message, hint) in [
            ("", "`` is no kind of them", "write `rootsync/NAME`"),
            ("deployment/a/b", "`deployment` is no kind", "write `rootsync/NAME`"),
            ("shop", "`shop` is no kind", "write `rootsync/NAME`"),
            ("rootsync/", "the RootSync's name `` is empty", "names have"),
            ("rootsync/Shop", "has an upper-case `S`", "write `shop`"),
            ("rootsync/shop/prod", "the form `rootsync/NAME`", ""),
            ("reposync/shop", "the form `reposync/NAMESPACE/NAME`", ""),
            ("reposync/config-management-system/a", "cannot be in `config-management-system`", "that it syncs"),
            ("kustomization/a.b/c", "the Kustomization's namespace `a.b` has a `.`", "write `a-b`"),
            ("application/a/b/c", "the form `application/NAMESPACE/NAME`", ""),
        ] {
            let error = text.parse::<Sync>().unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.hint_text().unwrap_or_default().contains(hint), "{text}: {error:?}");
        }
        assert_eq!("RootSync/config-management-system/a".parse::<Sync>().unwrap().to_string(), "rootsync/a");
    }
}
