//! Events, of both groups.

use super::fields::{any_text, at, has};
use super::{Extra, Walk, extra, number, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

pub(super) static EXTRAS: &[Extra] = &[extra(&["core.v1.Event"], core_event), extra(&["events.v1.Event"], event)];

fn core_event(walk: &mut Walk<'_, '_>, event: Node<'_>) {
    if at(event, &["eventTime"]).is_none() {
        return own_namespace(walk, event, "involvedObject", false);
    }
    own_namespace(walk, event, "involvedObject", true);
    new_form(walk, event, "reportingComponent", "message");
}

fn event(walk: &mut Walk<'_, '_>, event: Node<'_>) {
    if has(event, "eventTime") {
        own_namespace(walk, event, "regarding", true);
        new_form(walk, event, "reportingController", "note");
    } else {
        walk.missing(event, "eventTime", "");
    }
    match any_text(walk, event, "type") {
        Some("Normal" | "Warning") => {}
        Some(other) if !other.is_empty() => {
            walk.unsupported(event.get("type").unwrap_or(event), "type", other, &["Normal", "Warning"]);
        }
        None if text(event, "type").is_some() => {}
        _ => walk.missing(event, "type", "write `type: Normal` or `type: Warning`"),
    }
    if let Some(series) = at(event, &["series"]) {
        if number(series, "count").unwrap_or_default() < 2 {
            let at = series.get("count").unwrap_or(series);
            walk.invalid(at, "series.count", "must be 2 or more", "");
        }
        if !has(series, "lastObservedTime") {
            walk.missing(series, "series.lastObservedTime", "");
        }
    }
    for field in ["deprecatedFirstTimestamp", "deprecatedLastTimestamp"] {
        if has(event, field) {
            walk.forbidden(event, field, "must not be there", "delete it");
        }
    }
    if number(event, "deprecatedCount").is_some_and(|count| count != 0) {
        walk.forbidden(event, "deprecatedCount", "must not be there", "delete it");
    }
    if at(event, &["deprecatedSource"])
        .is_some_and(|source| text(source, "component").is_some() || text(source, "host").is_some())
    {
        walk.forbidden(event, "deprecatedSource", "must not be there", "delete it");
    }
}

/// An event is in the namespace of what it is about.
fn own_namespace(walk: &mut Walk<'_, '_>, event: Node<'_>, about: &str, is_new: bool) {
    let Some(own) =
        at(event, &["metadata", "namespace"]).and_then(Node::as_str).filter(|own| !walk.is_placeholder(own))
    else {
        return;
    };
    let theirs = at(event, &[about, "namespace"]).and_then(Node::as_str).unwrap_or_default();
    let is_fine = match theirs {
        "" => own.is_empty() || own == "default" || (is_new && own == "kube-system"),
        theirs => is_new || theirs == own || walk.is_placeholder(theirs),
    };
    if !is_fine {
        let node = at(event, &[about, "namespace"]).or_else(|| at(event, &[about])).unwrap_or(event);
        let fault = format!("is {}, and the event is in {}", quote(theirs), quote(own));
        walk.invalid(node, &format!("{about}.namespace"), &fault, "write the same namespace in both places");
    }
}

fn new_form(walk: &mut Walk<'_, '_>, event: Node<'_>, controller: &'static str, note: &'static str) {
    for field in [controller, "reportingInstance", "action", "reason"] {
        if event.get(field).is_none_or(super::is_empty) {
            walk.missing(event, field, "");
        }
    }
    if let Some(name) = any_text(walk, event, controller).filter(|name| !name.is_empty())
        && let Some(fault) = texts::qualified_name(name)
    {
        let at = event.get(controller).unwrap_or(event);
        walk.invalid(at, controller, &format!("is {}, which {fault}", quote(name)), "");
    }
    for (field, most) in [("reportingInstance", 128), ("action", 128), ("reason", 128), (note, 1024)] {
        if let Some(length) = text(event, field).map(str::len).filter(|length| *length > most) {
            let at = event.get(field).unwrap_or(event);
            walk.invalid(at, field, &format!("has {length} characters, and {most} is the most"), "");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn events() {
        each_is_found(
            "{apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: a, namespace: b}, eventTime: \"2026-01-31T12:00:00.000000Z\", reportingController: a, reportingInstance: b, action: c, reason: d, type: Normal, regarding: {namespace: b}}",
            &[
                ("type: Normal", "type: normal", "did you mean `Normal`"),
                ("type: Normal, ", "", "`type` of Event"),
                ("reason: d, ", "", "`reason` of Event"),
                ("reportingController: a", "reportingController: a b", "has a space"),
                ("{namespace: b}", "{name: b}", "and the event is in `b`"),
                (
                    "type: Normal",
                    "type: Normal, series: {count: 1, lastObservedTime: \"2026-01-31T12:00:00.000000Z\"}",
                    "must be 2 or more",
                ),
                ("type: Normal", "type: Normal, deprecatedCount: 1", "must not be there"),
            ],
        );
    }

    #[test]
    fn events_of_old() {
        each_is_found(
            "{apiVersion: v1, kind: Event, metadata: {name: a, namespace: b}, involvedObject: {namespace: b}}",
            &[
                ("{namespace: b}}", "{namespace: c}}", "is `c`, and the event is in `b`"),
                (
                    "involvedObject",
                    "eventTime: \"2026-01-31T12:00:00.000000Z\", involvedObject",
                    "`reportingComponent` of Event",
                ),
            ],
        );
    }
}
