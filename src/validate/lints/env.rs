//! Environment variables that a container sets twice.

use super::rules;
use crate::object::Node;
use crate::validate::repeats::repeats;
use crate::validate::subject::{Subject, quote};
use crate::validate::{policy, schema_rules};

/// Where objects hold the specification of a pod.
const PATHS: &[&[&str]] = &[
    &["spec", "template", "spec"],
    &["spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
    &["template", "spec"],
];

/// Tells of each variable that comes again, unless that is an error to someone here.
pub(in super::super) fn check(on: &mut Subject<'_>) {
    if policy::is_told(on.options, &schema_rules::LIST_KEY) {
        return;
    }
    let object = on.object.node;
    let pods = PATHS.iter().filter_map(|path| path.iter().try_fold(object, |node, key| node.get(key)));
    for pod in pods.filter(|pod| pod.is_mapping()) {
        for list in ["containers", "initContainers"] {
            for container in pod.get(list).into_iter().flat_map(Node::items) {
                variables(on, container);
            }
        }
    }
}

fn variables<'a>(on: &mut Subject<'a>, container: Node<'a>) {
    let Some(env) = container.get("env").filter(|env| env.len() > 1) else { return };
    let name = |variable: Node<'a>| variable.get("name");
    let names: Vec<Option<&str>> = env.items().map(|variable| name(variable)?.as_str()).collect();
    for index in repeats(&names).into_iter().take(20) {
        let (Some(at), Some(Some(text))) = (env.items().nth(index).and_then(name), names.get(index)) else { continue };
        let container = container.get("name").and_then(Node::as_str).unwrap_or_default();
        let message =
            format!("container {} of {} sets {} twice, and the last one wins", quote(container), on.label, quote(text));
        on.find(&rules::DUPLICATE_ENV, at, message, "keep one of them");
    }
}
