//! A RootSync or RepoSync: what Config Sync refuses with KNV1061.

use super::rules::SYNC;
use crate::object::{Node, Value};
use crate::validate::subject::{Subject, quote};

/// Where every RootSync is.
pub(crate) const ROOT_NAMESPACE: &str = "config-management-system";
/// The longest name of a RootSync: with its namespace before it, it is a label of 63 characters.
pub(crate) const LONGEST_ROOT_SYNC: usize = 38;
/// The most characters of the name and the namespace of a RepoSync together.
pub(crate) const LONGEST_REPO_SYNC: usize = 45;

pub(super) fn check(subject: &mut Subject<'_>, is_root: bool) {
    names(subject, is_root);
    deletion(subject);
    let Some(spec) = filled(subject.object.node, "spec").filter(|spec| spec.is_mapping()) else { return };
    let kind = text(spec, "sourceType");
    let kind = if kind.is_empty() { "git" } else { kind };
    if !["git", "oci", "helm"].contains(&kind) {
        // The schema says so.
        return;
    }
    let Some(source) = filled(spec, kind).filter(|source| source.is_mapping()) else {
        let why = if text(spec, "sourceType").is_empty() { ", which is the default," } else { "" };
        let others = ["git", "oci", "helm"].into_iter().find(|other| *other != kind && filled(spec, other).is_some());
        let hint = match others {
            Some(other) => format!("write `sourceType: {other}`, for `{other}:` is there"),
            None => format!("add `{kind}:` below `spec:`"),
        };
        let at = spec.get("sourceType").unwrap_or(spec);
        return find(subject, at, &format!("has the source type `{kind}`{why} and no `spec.{kind}`"), hint);
    };
    required(subject, source, kind);
    authentication(subject, source, kind);
    helm_namespaces(subject, source, kind);
    roles(subject, spec);
    log_levels(subject, spec);
}

fn find(subject: &mut Subject<'_>, at: Node<'_>, fault: &str, hint: impl Into<String>) {
    let message = format!("{} {fault} (KNV1061)", subject.label);
    subject.find(&SYNC, at, message, hint);
}

/// A field that is there, not null and not an empty text.
fn filled<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.get(name).filter(|node| !node.is_null() && node.as_str() != Some(""))
}

fn text<'t>(node: Node<'t>, name: &str) -> &'t str {
    node.get(name).and_then(Node::as_str).unwrap_or_default()
}

fn names(subject: &mut Subject<'_>, is_root: bool) {
    let Some(metadata) = subject.object.node.get("metadata") else { return };
    let (name, namespace) = (text(metadata, "name"), text(metadata, "namespace"));
    let name_at = metadata.get("name").unwrap_or(metadata);
    let namespace_at = metadata.get("namespace").unwrap_or(metadata);
    if is_root {
        if !namespace.is_empty() && namespace != ROOT_NAMESPACE {
            let fault = format!("is in the namespace {}", quote(namespace));
            find(subject, namespace_at, &fault, format!("write `namespace: {ROOT_NAMESPACE}`"));
        }
        if name.len() > LONGEST_ROOT_SYNC {
            let fault = format!("has a name of {} characters, and {LONGEST_ROOT_SYNC} is the most", name.len());
            find(subject, name_at, &fault, "choose a shorter name");
        }
        return;
    }
    if namespace == ROOT_NAMESPACE {
        let fault = "is in the namespace of Config Sync itself";
        find(subject, namespace_at, fault, "put it into the namespace that it syncs");
    }
    let both = name.len() + namespace.len();
    if both > LONGEST_REPO_SYNC {
        let fault =
            format!("has a name and a namespace of {both} characters together, and {LONGEST_REPO_SYNC} is the most");
        find(subject, name_at, &fault, "choose a shorter name");
    }
}

fn deletion(subject: &mut Subject<'_>) {
    const ANNOTATION: &str = "configsync.gke.io/deletion-propagation-policy";
    let metadata = subject.object.node.get("metadata");
    let policy = metadata.and_then(|metadata| metadata.get("annotations")?.get(ANNOTATION));
    if let Some(at) =
        policy.filter(|policy| policy.as_str().is_some_and(|text| !matches!(text, "Foreground" | "Orphan")))
    {
        let fault = format!("has the deletion propagation policy {}", quote(at.as_str().unwrap_or_default()));
        find(subject, at, &fault, "write `Foreground` or `Orphan`");
    }
}

fn required(subject: &mut Subject<'_>, source: Node<'_>, kind: &str) {
    let fields: &[&str] = match kind {
        "git" => &["repo"],
        "oci" => &["image"],
        _ => &["repo", "chart"],
    };
    for field in fields {
        // That it is missing the schema says.
        if let Some(at) = source.get(field).filter(|node| node.as_str() == Some("")) {
            find(subject, at, &format!("has no `spec.{kind}.{field}`"), format!("add `{field}:` below `{kind}:`"));
        }
    }
    if let Some(image) = filled(source, "image").filter(|image| image.as_str().is_some_and(|text| text.contains("://")))
    {
        let hint = "leave out what stands before the host: `HOST/REPOSITORY:TAG`";
        find(subject, image, "has a `spec.oci.image` with a scheme", hint);
    }
}

fn authentication(subject: &mut Subject<'_>, source: Node<'_>, kind: &str) {
    let auth = text(source, "auth");
    if auth.is_empty() {
        return;
    }
    let at = source.get("auth").unwrap_or(source);
    let wants_secret = match kind {
        "git" => matches!(auth, "ssh" | "cookiefile" | "token" | "githubapp"),
        _ => auth == "token",
    };
    let secret = filled(source, "secretRef").filter(|secret| filled(*secret, "name").is_some());
    match secret {
        None if wants_secret => {
            let fault = format!("authenticates with `{auth}` and names no Secret");
            find(subject, at, &fault, format!("add `secretRef: {{name: NAME}}` below `{kind}:`"));
        }
        Some(secret) if !wants_secret => {
            let fault = format!("authenticates with {} and names a Secret all the same", quote(auth));
            find(subject, secret, &fault, "delete `secretRef:`, or choose an `auth:` that takes one");
        }
        _ => {}
    }
    let email = filled(source, "gcpServiceAccountEmail");
    match (auth == "gcpserviceaccount", email) {
        (true, None) => {
            let hint = format!("add `gcpServiceAccountEmail:` below `{kind}:`");
            find(subject, at, "authenticates with `gcpserviceaccount` and names no account", hint);
        }
        (true, Some(email)) if !email.as_str().is_some_and(is_google_account) => {
            let fault = format!("has {} for a Google service account", quote(email.as_str().unwrap_or_default()));
            find(
                subject,
                email,
                &fault,
                "write `NAME@PROJECT.iam.gserviceaccount.com`, with a name of 6 to 30 characters",
            );
        }
        _ => {}
    }
}

/// `NAME@….iam.gserviceaccount.com` with a name of 6 to 30 characters.
pub(crate) fn is_google_account(email: &str) -> bool {
    email.split_once('@').is_some_and(|(name, host)| {
        (6..=30).contains(&name.len())
            && host.strip_suffix(".iam.gserviceaccount.com").is_some_and(|rest| !rest.is_empty())
    })
}

fn helm_namespaces(subject: &mut Subject<'_>, source: Node<'_>, kind: &str) {
    let fields = (filled(source, "namespace"), filled(source, "deployNamespace"));
    if let ("helm", (Some(_), Some(second))) = (kind, fields) {
        find(subject, second, "has both `spec.helm.namespace` and `spec.helm.deployNamespace`", "keep one of the two");
    }
}

/// A Role is in a namespace, and a ClusterRole is bound everywhere where none is named.
fn roles(subject: &mut Subject<'_>, spec: Node<'_>) {
    let roles = spec.get("override").and_then(|settings| settings.get("roleRefs"));
    for role in roles.into_iter().flat_map(Node::items) {
        if text(role, "kind") == "Role" && filled(role, "namespace").is_none() {
            find(
                subject,
                role,
                "binds a Role without its namespace",
                "add `namespace:` to it, or write `kind: ClusterRole`",
            );
        }
    }
}

fn log_levels(subject: &mut Subject<'_>, spec: Node<'_>) {
    let levels = spec.get("override").and_then(|settings| settings.get("logLevels"));
    for level in levels.into_iter().flat_map(Node::items).filter_map(|item| item.get("logLevel")) {
        if matches!(level.value(), Value::Integer(number) if number < 0) {
            find(subject, level, "has a log level below 0", "write a number from 0 to 10");
        }
    }
}
