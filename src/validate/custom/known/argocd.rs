//! An Application of Argo CD.

use super::rules::APPLICATION;
use crate::object::Node;
use crate::validate::subject::Subject;

pub(super) fn check(subject: &mut Subject<'_>) {
    let Some(spec) = subject.object.node.get("spec").filter(|spec| spec.is_mapping()) else { return };
    let filled = |node: Node<'_>| !node.is_null() && node.as_str() != Some("");
    let destination = spec.get("destination");
    let field = |name: &str| destination.and_then(|destination| destination.get(name)).filter(|node| filled(*node));
    if let (Some(name), Some(_)) = (field("name"), field("server")) {
        let message = format!("the destination of {} has both a name and a server", subject.label);
        subject.find(&APPLICATION, name, message, "keep one of the two");
    }
    let has_source = ["source", "sources", "sourceHydrator"]
        .into_iter()
        .any(|name| spec.get(name).is_some_and(|node| filled(node) && !(node.is_sequence() && node.is_empty())));
    if !has_source {
        let message = format!("{} has no source", subject.label);
        subject.find(&APPLICATION, spec, message, "add `source:` with `repoURL:`, or `sources:`");
    }
}
