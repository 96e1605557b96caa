//! What the options about a consumer's objects mean.

use super::super::args::deploy as args;
use super::{image, reference, usage};
use crate::credentials;
use crate::deploy::{
    ArgoCd, Auth, ConfigSync, Deletion, Destination, Flux, NamespaceStrategy, Overrides, Provider, RoleRef,
    SourceFormat, SyncPolicy,
};
use crate::error::Error;
use crate::oci::{ArtifactRegistry, Reference};
use crate::sync::{ROOT_NAMESPACE, Sync, SyncKind};

/// REF: an image that a cluster can pull. With `range` it is a repository, among whose tags is chosen.
pub(in crate::cli) fn pulled(text: &str, range: bool) -> Result<Reference, Error> {
    if text.trim().is_empty() {
        return Err(usage("REF is empty: did the command fail that should have printed it?").hint(
            "in a shell, `REF=$(consign push …) && consign … \"$REF\"` stops where the push fails; else write HOST/REPOSITORY:TAG",
        ));
    }
    let text = text.trim();
    let lines = text.lines().count();
    if lines > 1 {
        return Err(usage(format!("REF has {lines} lines, and one image is asked for"))
            .hint("push to one REF, or choose a line"));
    }
    for (local, what) in [("oci-archive:", "a file"), ("oci:", "a folder")] {
        if text.starts_with(local) && !text.starts_with("oci://") {
            return Err(usage(format!("`{text}` is {what} on this machine, and clusters cannot pull from {what}"))
                .hint("push to a registry, and write HOST/REPOSITORY:TAG"));
        }
    }
    let reference: Reference = if range { reference(text)? } else { image(text)? };
    if reference.host().ends_with("-docker.pkg.dev") {
        let place = ArtifactRegistry::of(&reference);
        if place.is_none_or(|place| place.path() == reference.repository()) {
            let name = reference.name();
            return Err(usage(format!(
                "`{name}` names no image: at Artifact Registry one is in a repository of a project"
            ))
            .hint(format!("write `{}/PROJECT/REPOSITORY/NAME:TAG`", reference.host())));
        }
    }
    Ok(reference)
}

/// What to warn of: Config Sync shows an access token of Google's to whatever registry it pulls from in such a way.
pub(in crate::cli) fn shows_a_token(what: &args::What, image: &Reference) -> Option<String> {
    use args::SyncAuth::{GceNode, GcpServiceAccount, K8sServiceAccount};
    let source = match what {
        args::What::RootSync(typed) => &typed.source,
        args::What::RepoSync(typed) => &typed.source,
        _ => return None,
    };
    let host = image.host();
    let is_of_google = matches!(source.auth, Some(GceNode | GcpServiceAccount | K8sServiceAccount));
    (is_of_google && !credentials::is_google(host)).then(|| {
        format!("`{host}` is no registry of Google's, and with this `--auth` Config Sync shows it an access token of Google's")
    })
}

/// A RootSync.
pub(in crate::cli) fn root_sync(typed: &args::RootSync, image: Reference) -> Result<ConfigSync, Error> {
    let sync = Sync::new(SyncKind::RootSync, ROOT_NAMESPACE, &typed.name)?;
    let mut object = config_sync(sync, image, &typed.source, &typed.reconciler)?;
    object.source_format = match typed.source_format {
        super::args::SourceFormat::Unstructured => SourceFormat::Unstructured,
        super::args::SourceFormat::Hierarchy => SourceFormat::Hierarchy,
    };
    object.overrides.namespace_strategy = typed.namespace_strategy.map(|strategy| match strategy {
        args::NamespaceStrategy::Implicit => NamespaceStrategy::Implicit,
        args::NamespaceStrategy::Explicit => NamespaceStrategy::Explicit,
    });
    object.overrides.role_refs.clone_from(&typed.role_refs);
    Ok(object)
}

/// A RepoSync.
pub(in crate::cli) fn repo_sync(typed: &args::RepoSync, image: Reference) -> Result<ConfigSync, Error> {
    let Some((namespace, name)) = typed.name.split_once('/') else {
        let shown = typed.name.escape_debug();
        return Err(usage(format!("`{shown}` does not say in which namespace the RepoSync is"))
            .hint(format!("write NS/NAME, as in `shop/{shown}`")));
    };
    let sync = Sync::new(SyncKind::RepoSync, namespace, name)?;
    let object = config_sync(sync, image, &typed.source, &typed.reconciler)?;
    let admin = || RoleRef { kind: "ClusterRole", name: "admin".to_owned(), namespace: None };
    let with_role = typed.with_rbac.then(|| typed.role.clone().unwrap_or_else(admin));
    Ok(ConfigSync { with_namespace: typed.with_namespace, with_role, ..object })
}

fn config_sync(
    sync: Sync,
    image: Reference,
    source: &args::Oci,
    reconciler: &args::Reconciler,
) -> Result<ConfigSync, Error> {
    let overrides = Overrides {
        resources: reconciler.resources.clone(),
        log_levels: reconciler.log_levels.clone(),
        status: reconciler.status_mode.map(|mode| mode == args::StatusMode::Enabled),
        reconcile_timeout: reconciler.reconcile_timeout.clone(),
        api_server_timeout: reconciler.api_server_timeout.clone(),
        shell_in_rendering: reconciler.enable_shell_in_rendering,
        ..Overrides::default()
    };
    Ok(ConfigSync {
        sync,
        auth: auth(source, image.host())?,
        image,
        dir: source.dir.clone(),
        period: source.period.clone(),
        ca_cert_secret: source.ca_cert_secret.clone(),
        source_format: SourceFormat::Unstructured,
        deletion: reconciler.deletion_propagation.map(|deletion| match deletion {
            args::Deletion::Foreground => Deletion::Foreground,
            args::Deletion::Orphan => Deletion::Orphan,
        }),
        overrides,
        version: reconciler.config_sync_version,
        with_namespace: false,
        with_role: None,
    })
}

/// As whom Config Sync pulls from this host. What contradicts itself Config Sync would refuse with KNV1061.
fn auth(typed: &args::Oci, host: &str) -> Result<Auth, Error> {
    use args::SyncAuth::{GceNode, GcpServiceAccount, K8sServiceAccount, None as Nobody, Token};
    let how = match typed.auth {
        Some(how) => how,
        None if credentials::is_google(host) => K8sServiceAccount,
        None => {
            return Err(usage(format!("as whom does Config Sync pull from `{host}`?")).hint(
                "say `--auth none` where anyone may read the image, or `--auth token --secret NAME` with a Secret that has the keys \
                 `username` and `password`; `gcenode`, `gcpserviceaccount` and `k8sserviceaccount` are for Google's registries",
            ));
        }
    };
    let (account, secret) = (&typed.gcp_service_account, &typed.secret);
    if account.is_some() && how != GcpServiceAccount {
        return Err(usage("`--gcp-service-account` only means something with `--auth gcpserviceaccount`")
            .hint("add that, or leave out the account"));
    }
    if secret.is_some() && how != Token {
        return Err(usage("`--secret` is for `--auth token`: with any other Config Sync refuses a Secret (KNV1061)")
            .hint("add `--auth token`, or leave out the Secret"));
    }
    match (how, account, secret) {
        (K8sServiceAccount, ..) => Ok(Auth::K8sServiceAccount),
        (GceNode, ..) => Ok(Auth::GceNode),
        (Nobody, ..) => Ok(Auth::None),
        (GcpServiceAccount, Some(account), _) => Ok(Auth::GcpServiceAccount(account.clone())),
        (GcpServiceAccount, None, _) => Err(usage("`--auth gcpserviceaccount` wants the account (KNV1061)")
            .hint("add `--gcp-service-account NAME@PROJECT.iam.gserviceaccount.com`")),
        (Token, _, Some(secret)) => Ok(Auth::Token(secret.clone())),
        (Token, _, None) => Err(usage("`--auth token` wants a Secret (KNV1061)").hint(
            "add `--secret NAME`: a Secret in the namespace of the sync, with the keys `username` and `password`",
        )),
    }
}

/// An OCIRepository and a Kustomization.
pub(in crate::cli) fn flux(typed: &args::Flux, image: Reference) -> Result<Flux, Error> {
    let provider = match typed.provider {
        Some(args::Provider::Gcp) => Provider::Gcp,
        Some(args::Provider::Aws) => Provider::Aws,
        Some(args::Provider::Azure) => Provider::Azure,
        None if typed.secret.is_none() && credentials::is_google(image.host()) => Provider::Gcp,
        None | Some(args::Provider::Generic) => Provider::Generic,
    };
    let target = typed.target_namespace.as_deref();
    target.map_or(Ok(()), |namespace| namespace_name("--target-namespace", namespace))?;
    Ok(Flux {
        repository: Sync::new(SyncKind::OciRepository, &typed.namespace, &typed.name)?,
        image,
        semver: typed.semver.clone(),
        interval: typed.interval.clone(),
        provider,
        secret: typed.secret.clone(),
        ca_cert_secret: typed.ca_cert_secret.clone(),
        insecure: typed.insecure,
        path: typed.path.clone(),
        prune: !typed.no_prune,
        wait: typed.wait,
        target_namespace: typed.target_namespace.clone(),
        service_account: typed.service_account.clone(),
        with_namespace: typed.with_namespace,
    })
}

/// An Application.
pub(in crate::cli) fn argo_cd(typed: &args::ArgoCd, image: Reference) -> Result<ArgoCd, Error> {
    namespace_name("--dest-namespace", &typed.dest_namespace)?;
    let destination = match (&typed.dest_server, &typed.dest_name) {
        (Some(server), _) if !is_address(server) => {
            return Err(usage(format!("`{}` is not the address of an API server", server.escape_debug()))
                .hint("write `--dest-server https://HOST`, or give its name with `--dest-name`"));
        }
        (Some(server), _) => Destination::Server(server.clone()),
        (None, Some(name)) if name.trim().is_empty() => {
            return Err(usage("the name of `--dest-name` is empty").hint("`argocd cluster list` has the names"));
        }
        (None, Some(name)) => Destination::Name(name.clone()),
        (None, None) => Destination::InCluster,
    };
    let automated = SyncPolicy::Automated { prune: !typed.no_prune, self_heal: !typed.no_self_heal };
    Ok(ArgoCd {
        application: Sync::new(SyncKind::Application, &typed.namespace, &typed.name)?,
        image,
        path: typed.path.clone(),
        recurse: !typed.no_recurse,
        project: typed.project.clone(),
        destination,
        namespace: typed.dest_namespace.clone(),
        policy: if typed.manual { SyncPolicy::Manual } else { automated },
        with_namespace: typed.with_namespace,
    })
}

/// Whether it is `http://HOST` or `https://HOST`.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn namespace_name(option: &str, text: &str) -> Result<(), Error> {
    let Some((fault, mended)) = crate::validate::fault_of_name(text, true) else { return Ok(()) };
    let error = usage(format!("the namespace `{}` of `{option}` {fault}", text.escape_debug()));
    Err(match mended {
        Some(mended) => error.hint(format!("write `{mended}`")),
        None => error.hint("a namespace has lower-case letters, digits and `-`"),
    })
}
