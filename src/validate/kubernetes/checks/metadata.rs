//! Metadata wherever it stands: of objects, and of templates in them.

use super::fields::{any_text, item_text, items};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, number, text};
use crate::object::Node;
use crate::validate::kubernetes::is_custom;
use crate::validate::kubernetes::walk::Step;
use crate::validate::metadata::is_request;
use crate::validate::names::Form;
use crate::validate::subject::quote;
use crate::validate::texts;

const META: &[&str] = &["meta.v1.ObjectMeta"];
const REQUIREMENT: &[&str] = &["meta.v1.LabelSelectorRequirement"];

pub(super) static ROWS: &[Row] = &[
    must(META, &["labels"], &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))]),
    must(META, &["annotations"], &[Must::Keys(texts::annotation_key)]),
    must(
        &["meta.v1.LabelSelector"],
        &["matchLabels"],
        &[Must::Keys(texts::qualified_name), Must::Each(&Must::Text(texts::label_value))],
    ),
    needs(REQUIREMENT, &["key"]),
    must(REQUIREMENT, &["key"], &[Must::Text(texts::qualified_name)]),
    must(REQUIREMENT, &["values"], &[Must::Each(&Must::Text(texts::label_value))]),
    needs(&["meta.v1.FieldSelectorRequirement"], &["key"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(REQUIREMENT, values_fit_operator),
    extra(&["meta.v1.FieldSelectorRequirement"], values_fit_operator),
    extra(META, generated_name),
    extra(META, generation),
    extra(META, owners),
    extra(META, finalizers),
    extra(META, annotations_in_all),
];

/// `In` and `NotIn` need values; the others have none.
fn values_fit_operator(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let count = node.get("values").map_or(0, Node::len);
    match any_text(walk, node, "operator") {
        Some("In" | "NotIn") if count == 0 => {
            walk.missing(node, "values", "`In` and `NotIn` compare with values: list them below `values:`");
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if count > 0 => {
            let hint = format!("`{operator}` looks at the key alone: delete `values:`, or use `In` or `NotIn`");
            walk.forbidden(node, "values", &format!("must not be there with the operator `{operator}`"), hint);
        }
        Some("In" | "NotIn" | "Exists" | "DoesNotExist") => {}
        // Who asks for a review may know more operators than the server.
        _ if walk.kind().ends_with("Review") => {}
        None | Some("") if text(node, "operator").is_some() => {}
        None | Some("") => walk.missing(node, "operator", "write In, NotIn, Exists or DoesNotExist"),
        Some(operator) => {
            let at = node.get("operator").unwrap_or(node);
            walk.unsupported(at, "operator", operator, &["In", "NotIn", "Exists", "DoesNotExist"]);
        }
    }
}

/// Whether this is the object's own metadata; of a template less is looked at.
fn is_own(walk: &Walk<'_, '_>) -> bool {
    matches!(walk.path[..], [Step::Key("metadata")])
}

/// Whether the server looks at generateName where there is a name too: not in custom resources, nor in what is asked for and never kept.
fn reads_generate_name(walk: &Walk<'_, '_>) -> bool {
    let version = text(walk.object(), "apiVersion").unwrap_or_default();
    let is_review = matches!(walk.kind(), "SelfSubjectReview" | "SelfSubjectRulesReview" | "TokenReview");
    !is_review && walk.subject.has_a_known_kind() && !is_custom(version, walk.kind())
}

fn generated_name(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let Some(prefix) = any_text(walk, node, "generateName")
        .filter(|prefix| !prefix.is_empty() && is_own(walk) && reads_generate_name(walk))
    else {
        return;
    };
    let form = Form::of(group(walk), walk.kind());
    // More comes behind it, so it may end in a hyphen; the server then overlooks the character before that, too.
    let fault = match prefix.strip_suffix('-').map(|rest| rest.char_indices().last()) {
        // `.` and `..` are paths, but not with more behind them.
        _ if form == Form::PathSegment => form.fault(&format!("{prefix}a")),
        Some(Some((end, _))) => form.fault(&format!("{}a", prefix.get(..end).unwrap_or_default())),
        _ => form.fault(prefix),
    };
    if let Some(fault) = fault {
        let at = node.get("generateName").unwrap_or(node);
        let hint = format!("allowed are {}", form.describe());
        walk.invalid(at, "generateName", &format!("is {}, which {fault}", quote(prefix)), hint);
    }
}

fn generation(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    if let Some(number) = number(node, "generation").filter(|number| *number < 0 && is_own(walk)) {
        let at = node.get("generation").unwrap_or(node);
        walk.invalid(at, "generation", &format!("is {number}, and 0 is the least"), "delete it: the cluster sets it");
    }
}

fn owners(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let Some(list) = get(node, "ownerReferences").filter(|_| is_own(walk)) else { return };
    let mut has_controller = false;
    for (index, owner) in list.items().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if text(owner, field).is_none() && owner.get(field).is_none_or(super::is_empty) {
                walk.missing(owner, &format!("ownerReferences[{index}].{field}"), "");
            }
        }
        if text(owner, "kind") == Some("Event") && text(owner, "apiVersion") == Some("v1") {
            let below = format!("ownerReferences[{index}].kind");
            walk.invalid(owner.get("kind").unwrap_or(owner), &below, "is `Event`, which cannot own anything", "");
        }
        if is_true(owner, "controller") {
            if has_controller {
                let below = format!("ownerReferences[{index}].controller");
                let at = owner.get("controller").unwrap_or(owner);
                walk.invalid(at, &below, "is true a second time", "let at most one owner be the controller");
            }
            has_controller = true;
        }
    }
}

/// Groups whose kinds take a finalizer without a domain only if it is one of the cluster's own.
const FINALIZERS_WITH_DOMAIN: &[&str] = &[
    "",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// A finalizer with a domain, or one of the cluster's own.
pub(super) fn finalizer(text: &str) -> Option<String> {
    let is_known = text.contains('/') || matches!(text, "kubernetes" | "orphan" | "foregroundDeletion");
    texts::qualified_name(text).or_else(|| {
        (!is_known)
            .then(|| "is neither one of Kubernetes' own nor has a domain, as `example.com/cleanup` has".to_owned())
    })
}

/// The group of the object.
fn group<'a>(walk: &Walk<'_, 'a>) -> &'a str {
    text(walk.object(), "apiVersion").and_then(|version| version.split_once('/')).map_or("", |(group, _)| group)
}

fn finalizers(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let Some(list) = get(node, "finalizers").filter(|_| is_own(walk)) else { return };
    let needs_domain = FINALIZERS_WITH_DOMAIN.contains(&group(walk)) && !matches!(walk.kind(), "Event" | "Binding");
    for (index, item) in list.items().enumerate() {
        let Some(name) = item_text(walk, item) else { continue };
        let form = if needs_domain { finalizer } else { texts::qualified_name };
        if let Some(fault) = form(name) {
            walk.invalid(item, &format!("finalizers[{index}]"), &format!("is {}, which {fault}", quote(name)), "");
        }
    }
    let has = |name: &str| items(node, "finalizers").any(|(_, item)| item.as_str() == Some(name));
    if has("orphan") && has("foregroundDeletion") {
        let hint = "keep one of the two";
        walk.invalid(list, "finalizers", "has both `orphan` and `foregroundDeletion`", hint);
    }
}

/// The most bytes that the keys and values of all annotations of an object may have together.
const MOST_BYTES_OF_ANNOTATIONS: usize = 256 << 10;

fn annotations_in_all(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let is_unread = match walk.path[..] {
        [.., Step::Key("volumeClaimTemplates"), Step::Index(_), _] => walk.kind() == "StatefulSet",
        [Step::Key("spec"), Step::Key("jobTemplate"), _] => walk.kind() == "CronJob",
        _ => is_request(walk.subject),
    };
    let Some((key, map)) = node.entry("annotations").filter(|_| !is_unread) else { return };
    let bytes_of = |value: Node<'_>| value.as_str().filter(|text| !walk.is_placeholder(text)).map_or(0, str::len);
    let bytes: usize = map.entries().map(|(key, value)| key.as_str().len() + bytes_of(value)).sum();
    if bytes > MOST_BYTES_OF_ANNOTATIONS {
        let hint = "keep what is long elsewhere, such as in a ConfigMap or an image of its own";
        let count = format!("have {bytes} bytes in all, and {MOST_BYTES_OF_ANNOTATIONS} is the most");
        walk.too_long(key, &count, hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn metadata() {
        each_is_found(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, finalizers: [a/b], ownerReferences: [{apiVersion: v1, kind: a, name: b, uid: c, controller: true}]}}",
            &[
                ("name: a,", "name: a, generateName: A,", "upper-case"),
                ("name: a,", "name: a, generation: -1,", "0 is the least"),
                ("a/b", "\"\"", "is empty"),
                ("a/b", "orphan, foregroundDeletion", "has both"),
                ("a/b", "cleanup", "has a domain"),
                ("uid: c, ", "", "`metadata.ownerReferences[0].uid`"),
                ("kind: a", "kind: Event", "cannot own"),
                (
                    "controller: true}",
                    "controller: true}, {apiVersion: v1, kind: d, name: e, uid: f, controller: true}",
                    "a second time",
                ),
                ("name: a,", "name: a, labels: {a b: c},", "has a space"),
                ("name: a,", "name: a, annotations: {a b: c},", "has a space"),
            ],
        );
    }

    #[test]
    fn a_name_that_is_generated_has_more_behind_it() {
        each_is_found(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a, generateName: ..}}",
            &[("generateName: ..", "generateName: a/", "has a `/`")],
        );
    }

    #[test]
    fn all_annotations_together_hold_so_much() {
        let pod = "{metadata: {annotations: {FILL}}, spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}";
        let claim = "{metadata: {name: c, annotations: {FILL}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}";
        let spec = "serviceName: a, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}";
        let most = super::MOST_BYTES_OF_ANNOTATIONS;
        for (object, is_read) in [
            ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {FILL}}}".to_owned(), true),
            ("{apiVersion: example.com/v1, kind: Thing, metadata: {name: a, annotations: {FILL}}}".to_owned(), true),
            (format!("{{apiVersion: batch/v1, kind: Job, metadata: {{name: a}}, spec: {{template: {pod}}}}}"), true),
            (
                format!(
                    "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: a}}, spec: {{{spec}, volumeClaimTemplates: [{claim}]}}}}"
                ),
                false,
            ),
            (
                format!(
                    "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: a}}, spec: {{schedule: '* * * * *', jobTemplate: {{metadata: {{annotations: {{FILL}}}}, spec: {{template: {}}}}}}}}}",
                    pod.replace("FILL", "")
                ),
                false,
            ),
        ] {
            let filled = |bytes: usize| object.replace("FILL", &format!("a: {}, b: \"\"", "x".repeat(bytes - 2)));
            let found = if is_read { "have 262145 bytes in all" } else { "" };
            each_is_found(&filled(most), &[]);
            if is_read {
                each_is_found(&filled(most), &[("b: \"\"", "b: z", found)]);
            } else {
                each_is_found(&filled(most + 1), &[]);
            }
        }
    }

    #[test]
    fn selectors() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}}}",
            &[
                ("{a: b}", "{a: b c}", "has a space"),
                ("key: a, ", "", "key`"),
                ("operator: In, ", "", "operator`"),
                ("operator: In", "operator: in", "did you mean `In`?"),
                (", values: [b]", "", "values`"),
                ("In,", "Exists,", "with the operator"),
                ("[b]", "[b c]", "has a space"),
            ],
        );
    }
}
