//! The errors of Config Sync: what their numbers mean, which pass by themselves, and the way out.
//!
//! The numbers are those of its
//! [reference of errors](https://cloud.google.com/kubernetes-engine/enterprise/config-sync/docs/reference/errors).

use serde_json::Value;

use super::fields::{list, text};
use super::state::Problem;
use crate::oci::Digest;
use crate::sync::{Sync, SyncKind};

/// No message is longer, in characters.
const LONGEST: usize = 2000;

/// What fetches fail with; tried again, after a while only every hour.
const FETCH: &str = "2004";

/// What Config Sync tries again with, so that it may pass without anybody doing anything.
const RETRIED: [&str; 7] = [FETCH, "1021", "2002", "2008", "2009", "2013", "2016"];

/// An error, as it stands in the status of `sync`; `about` is the digest that it is about.
pub(super) fn problem(error: &Value, about: Option<Digest>, sync: &Sync) -> Problem {
    let message = text(error, "/errorMessage").unwrap_or("it does not say what");
    let code = text(error, "/code").or_else(|| code_of(message)).unwrap_or_default().trim_start_matches("KNV");
    let message = cleaned(message);
    let (meaning, hint) = explained(code, &message, sync);
    Problem {
        code: (!code.is_empty()).then(|| format!("KNV{code}")),
        objects: list(error, "/errorResources").iter().map(object).collect(),
        message,
        meaning,
        hint,
        retried: RETRIED.contains(&code),
        about,
    }
}

/// An error that is only a text: the message of a condition. It says what is wrong with the spec.
pub(super) fn problem_of_spec(message: &str, sync: &Sync) -> Problem {
    let code = code_of(message).unwrap_or_default();
    let message = cleaned(message);
    let (meaning, hint) = explained(code, &message, sync);
    let code = (!code.is_empty()).then(|| format!("KNV{code}"));
    Problem { code, message, objects: Vec::new(), meaning, hint, retried: false, about: None }
}

/// `1061` of `KNV1061: …`.
fn code_of(message: &str) -> Option<&str> {
    let behind = message.split("KNV").nth(1)?;
    let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    (digits == 4).then(|| &behind[..digits])
}

/// `deployment.apps shop/cart (cart.yaml)`.
fn object(resource: &Value) -> String {
    let of = |pointer: &str| text(resource, pointer);
    let kind = of("/gvk/kind").unwrap_or("object").to_lowercase();
    let kind = of("/gvk/group").map_or_else(|| kind.clone(), |group| format!("{kind}.{group}"));
    let name = of("/name").unwrap_or("without a name");
    let name = of("/namespace").map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
    of("/sourcePath").map_or_else(|| format!("{kind} {name}"), |path| format!("{kind} {name} ({path})"))
}

/// What the message says, without its number, the link below it, the fields that `errorResources` repeats, and the wrapping of what
/// the container that fetches wrote.
pub(super) fn cleaned(message: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in message.lines().map(str::trim) {
        let noise = [
            "For more information, see ",
            "source: ",
            "namespace: ",
            "metadata.name: ",
            "group:",
            "version: ",
            "kind: ",
        ];
        let is_noise = noise.iter().any(|noise| line.starts_with(noise)) || line.starts_with("https://g.co/");
        // Of several empty lines one says as much.
        let is_repeated = line.is_empty() && lines.last().is_none_or(|last| last.is_empty());
        if !is_noise && !is_repeated {
            lines.push(line);
        }
    }
    let text = lines.join("\n");
    let text = text.trim();
    let text = match text.split_once(": ") {
        Some((code, rest)) if code.starts_with("KNV") && code.len() == 7 => rest.trim(),
        _ => text,
    };
    cut(&unwrapped(text).unwrap_or_else(|| text.to_owned()))
}

/// `… container: {"Msg":"…","Err":"…","Args":{…}}` is what `Err` says.
fn unwrapped(text: &str) -> Option<String> {
    let wrapped: Value = serde_json::from_str(text.get(text.find('{')?..=text.rfind('}')?)?).ok()?;
    let said = self::text(&wrapped, "/Err").or_else(|| self::text(&wrapped, "/Msg"))?;
    Some(said.trim().to_owned())
}

/// No more than can be read.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a number means and, where it can be told, the way out.
fn explained(code: &str, message: &str, sync: &Sync) -> (Option<&'static str>, Option<String>) {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let forbidden = has(&["is forbidden", "cannot get resource", "cannot list resource", "cannot create resource"]);
    let (meaning, hint): (&'static str, String) = match code {
        FETCH => return fetching(message, sync),
        "1021" => (
            "the cluster does not know this kind; tried again",
            "install its CustomResourceDefinition, or sync it from the same bundle".to_owned(),
        ),
        "1060" => (
            "two syncs manage one object",
            "leave the object to one of them: take it out of the other's bundle".to_owned(),
        ),
        "1061" => (
            "the sync's own spec is not valid",
            "correct it and apply it again; `consign deploy` writes one that is valid".to_owned(),
        ),
        "1067" => (
            "an object cannot be written as its kind wants it",
            "`consign validate --consumer config-sync` shows the field".to_owned(),
        ),
        "1068" => (
            "a kustomization cannot be rendered, and that is the bundle's own fault",
            "`consign validate` renders it and says why; or pack it rendered, with `consign push --render`".to_owned(),
        ),
        "2015" => (
            "the program that renders failed",
            format!("look at the log of the reconciler: {}", log(sync, "hydration-controller")),
        ),
        "2016" => ("rendering failed for now; tried again", "wait".to_owned()),
        "2002" => (
            "the API server did not answer as it should; tried again",
            "read what it says: such errors often pass".to_owned(),
        ),
        "2013" => ("the reconciler lacks a right; tried again", missing_role(sync)),
        "2009" if forbidden => {
            ("an object could not be applied: the reconciler lacks a right; tried again", missing_role(sync))
        }
        "2009" => (
            "an object could not be applied, pruned or waited for; tried again",
            "read why; `kubectl describe` of the object tells more".to_owned(),
        ),
        "2003" => {
            ("the reconciler had trouble with its own files", format!("look at its log: {}", log(sync, "reconciler")))
        }
        "2005" => (
            "something else changes an object back each time",
            "find what else manages the object: another sync, a controller, a person".to_owned(),
        ),
        "2006" => (
            "the bundle would delete everything that was synced before",
            "look whether it is the right image and folder; to delete all of it, do so in two steps".to_owned(),
        ),
        "2008" => ("the object changed meanwhile; tried again", "wait".to_owned()),
        "2010" => (
            "an object is not as it must be, or the API server refused to change it",
            "read why; `consign validate` finds what it can before a push".to_owned(),
        ),
        "1003" | "1007" | "1009" | "1017" | "1019" | "1020" | "1027" | "1038" | "1039" | "1044" => (
            "the bundle does not have the folders that `spec.sourceFormat: hierarchy` wants",
            "say `spec.sourceFormat: unstructured`, unless the bundle is meant to have them".to_owned(),
        ),
        _ if code.len() == 4 && code.starts_with('1') => (
            "a mistake in the bundle",
            "`consign validate --consumer config-sync` finds most of them before a push".to_owned(),
        ),
        _ if code.len() == 4 && code.starts_with('2') => {
            ("trouble in the cluster", format!("look at the log of the reconciler: {}", log(sync, "reconciler")))
        }
        _ => return (None, None),
    };
    (Some(meaning), Some(hint))
}

/// KNV2004 has many faces.
fn fetching(message: &str, sync: &Sync) -> (Option<&'static str>, Option<String>) {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let (meaning, hint): (&'static str, String) = if has(&["failed to evaluate the config directory"]) {
        (
            "the image has no such folder",
            "correct `spec.oci.dir`: consign puts the files at the root, so it is `.` unless you synced a folder of it"
                .to_owned(),
        )
    } else if has(&["failed to check the status of the source root directory"]) {
        ("nothing has been fetched yet; tried again", "wait a moment".to_owned())
    } else if has(&["DENIED", "denied", "downloadArtifacts", "UNAUTHORIZED", "401 Unauthorized", "403 Forbidden"]) {
        (
            "the registry does not let the reconciler's account read; tried again, at most an hour apart",
            format!(
                "grant it roles/artifactregistry.reader, which takes minutes to count: `consign setup` prints how; the account is `{}/{}` \
                 of the project's workload identity pool",
                crate::sync::ROOT_NAMESPACE,
                sync.reconciler().unwrap_or_default()
            ),
        )
    } else if has(&["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "404 Not Found", "not found"]) {
        (
            "the registry has no such image; tried again",
            "is it pushed under this name and tag? `consign digest REF` asks the registry".to_owned(),
        )
    } else if has(&["x509", "certificate"]) {
        (
            "the reconciler does not trust the registry's certificate; tried again",
            "give it the authority as a Secret with the key `cert`, named in `spec.oci.caCertSecretRef.name`"
                .to_owned(),
        )
    } else if has(&["no such host", "connection refused", "i/o timeout", "deadline exceeded"]) {
        (
            "the cluster does not reach the registry; tried again",
            "look at the host in `spec.oci.image` and at what the cluster's network lets through".to_owned(),
        )
    } else {
        (
            "the image could not be fetched; tried again",
            format!("read why; the log has more: {}", log(sync, "oci-sync")),
        )
    };
    (Some(meaning), Some(hint))
}

/// How a sync gets rights.
fn missing_role(sync: &Sync) -> String {
    let account = sync.reconciler().unwrap_or_default();
    match sync.kind() {
        SyncKind::RepoSync => format!(
            "bind a role to the account `{}/{account}` in the namespace `{}`: `consign deploy reposync {}/{} REF --with-rbac` writes the RoleBinding",
            crate::sync::ROOT_NAMESPACE,
            sync.namespace(),
            sync.namespace(),
            sync.name()
        ),
        _ => format!(
            "give the account `{}/{account}` the right: `spec.override.roleRefs` of the RootSync names its roles",
            crate::sync::ROOT_NAMESPACE
        ),
    }
}

/// The command that shows what a container of the reconciler wrote.
fn log(sync: &Sync, container: &str) -> String {
    let reconciler = sync.reconciler().unwrap_or_default();
    format!("`kubectl logs -n {} deployment/{reconciler} -c {container}`", crate::sync::ROOT_NAMESPACE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(code: &str, message: &str) -> Problem {
        problem(&json!({"code": code, "errorMessage": message}), None, &"rootsync/shop".parse().unwrap())
    }

    #[test]
    fn a_message_loses_what_only_surrounds_it() {
        for (message, cleaned) in [
            (
                "KNV2009: failed to apply Deployment: no\n\nsource: a.yaml\nnamespace: shop\nmetadata.name: cart\ngroup: apps\n\
                 version: v1\nkind: Deployment\n\nFor more information, see https://g.co/cloud/acm-errors#knv2009",
                "failed to apply Deployment: no",
            ),
            (
                "KNV2004: error in the oci-sync container: {\"Msg\":\"unexpected error\",\"Err\":\"failed to pull image r.io/a: DENIED\",\"Args\":{}}\n\n\
                 For more information, see https://g.co/cloud/acm-errors#knv2004",
                "failed to pull image r.io/a: DENIED",
            ),
            ("KNV1061: a RootSync must have spec.oci.image\n\n\n\nmore", "a RootSync must have spec.oci.image\n\nmore"),
            ("KNV2004: {not json}", "{not json}"),
            ("KNV2004: } odd {", "} odd {"),
            ("{\"Err\":\"\"}", "{\"Err\":\"\"}"),
            ("", ""),
            ("plain", "plain"),
        ] {
            assert_eq!(super::cleaned(message), cleaned);
        }
        assert_eq!(super::cleaned(&"é".repeat(5000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn every_number_of_the_usual_ones_has_a_meaning_and_a_way_out() {
        for (code, message, meaning, hint, retried) in [
            ("2004", "DENIED: downloadArtifacts", "does not let", "roles/artifactregistry.reader", true),
            ("2004", "failed to evaluate the config directory", "no such folder", "spec.oci.dir", true),
            ("2004", "failed to check the status of the source root directory", "yet", "wait", true),
            ("2004", "MANIFEST_UNKNOWN", "no such image", "consign digest", true),
            ("2004", "x509: unknown authority", "certificate", "caCertSecretRef", true),
            ("2004", "dial tcp: no such host", "does not reach", "spec.oci.image", true),
            ("2004", "odd", "could not be fetched", "-c oci-sync", true),
            ("1021", "", "does not know this kind", "CustomResourceDefinition", true),
            ("1060", "", "two syncs", "one of them", false),
            ("1061", "", "spec is not valid", "consign deploy", false),
            ("1067", "", "cannot be written", "consign validate", false),
            ("1068", "", "cannot be rendered", "consign validate", false),
            ("2015", "", "renders failed", "root-reconciler-shop", false),
            ("2016", "", "for now", "wait", true),
            ("2002", "", "did not answer", "read", true),
            ("2013", "", "lacks a right", "roleRefs", true),
            ("2009", "failed to apply", "could not be applied", "kubectl describe", true),
            ("2009", "x is forbidden", "lacks a right", "roleRefs", true),
            ("2003", "", "own files", "log", false),
            ("2005", "", "changes an object back", "find", false),
            ("2006", "", "delete everything", "right image", false),
            ("2008", "", "changed meanwhile", "wait", true),
            ("2010", "", "not as it must be", "read why", false),
            ("1017", "", "hierarchy", "unstructured", false),
            ("1029", "", "mistake in the bundle", "consign validate", false),
            ("2099", "", "trouble in the cluster", "log", false),
        ] {
            let problem = of(code, message);
            assert!(problem.meaning.unwrap().contains(meaning), "{code}: {problem:?}");
            assert!(problem.hint.as_deref().unwrap().contains(hint), "{code}: {problem:?}");
            assert_eq!(problem.retried, retried, "{code}");
        }
        for code in ["", "9", "x", "KNV", "10291029"] {
            assert_eq!(of(code, "").meaning, None, "{code}");
        }
    }

    #[test]
    fn a_number_may_stand_in_the_message_alone() {
        assert_eq!(of("", "KNV2009: no").code.as_deref(), Some("KNV2009"));
        assert_eq!(of("KNV2009", "no").code.as_deref(), Some("KNV2009"));
        assert_eq!(of("", "no KNV here, KNV12").code, None);
    }

    #[test]
    fn a_repo_sync_is_told_how_it_gets_rights() {
        let sync: Sync = "reposync/shop/prod".parse().unwrap();
        let problem = problem(&json!({"code": "2009", "errorMessage": "deployments.apps is forbidden"}), None, &sync);
        let hint = problem.hint.unwrap();
        assert!(hint.contains("consign deploy reposync shop/prod REF --with-rbac"), "{hint}");
        assert!(hint.contains("config-management-system/ns-reconciler-shop-prod-4"), "{hint}");
    }

    #[test]
    fn objects_are_named_with_their_files() {
        let error = json!({"code": "2009", "errorMessage": "no", "errorResources": [
            {"sourcePath": "cart.yaml", "name": "cart", "namespace": "shop", "gvk": {"group": "apps", "version": "v1", "kind": "Deployment"}},
            {"name": "shop", "gvk": {"group": "", "version": "v1", "kind": "Namespace"}},
            {"gvk": null}, 7,
        ]});
        let problem = problem(&error, None, &"rootsync/shop".parse().unwrap());
        assert_eq!(
            problem.objects,
            [
                "deployment.apps shop/cart (cart.yaml)",
                "namespace shop",
                "object without a name",
                "object without a name"
            ]
        );
    }
}
