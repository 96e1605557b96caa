//! Refusals that say something about the server rather than the object: what it holds, how it was started, whether it is well.

use crate::server::Verdict;

/// Parts of messages, and what the refusal depends on.
const DEPENDS: &[(&str, &str)] = &[
    ("namespaces \"", "a namespace that is not there"),
    ("no PriorityClass with name", "a priority class that is not there"),
    ("RuntimeClass \"", "a runtime class that is not there"),
    ("must not be provided in pod spec", "the priority classes, out of which an admission plugin fills the field"),
    ("the namespace of the provided object does not match", "the address it was sent to"),
    ("provided IP is not in the valid range", "the server's address ranges"),
    ("provided IP is already allocated", "addresses already given out"),
    ("provided port is already allocated", "node ports already given out"),
    ("provided port is not in the valid range", "the server's range of node ports"),
    ("failed to allocate", "addresses already given out"),
    ("exceeded quota", "a quota"),
    ("is forbidden: maximum", "a limit range"),
    ("is forbidden: minimum", "a limit range"),
];

/// What a refusal depends on, if that is not the object alone.
pub(crate) fn state(verdict: &Verdict) -> Option<&'static str> {
    if verdict.accepted {
        return None;
    }
    if verdict.status >= 500 || verdict.status == 429 {
        return Some("a server that gives no verdict");
    }
    let is_about = |part: &str| {
        let message = &verdict.message;
        // Those that end in a quote name what is looked for.
        if part.ends_with('"') {
            message.contains(part) && message.ends_with("not found")
        } else {
            message.contains(part)
        }
    };
    DEPENDS.iter().find(|(part, _)| is_about(part)).map(|(_, why)| *why)
}
