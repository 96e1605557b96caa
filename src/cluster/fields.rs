//! Getting at what an object of a cluster says, whatever it says.

use serde_json::Value;

use crate::oci::Digest;

/// A text that is not empty, at a [JSON pointer](https://www.rfc-editor.org/rfc/rfc6901).
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// What is in a list; nothing where there is none.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A whole number.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer)?.as_i64()
}

/// A switch that is on.
pub(super) fn is_on(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// An annotation of the object.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Whether the status is about the spec as it is now.
pub(super) fn is_observed(object: &Value) -> bool {
    let generation = number(object, "/metadata/generation");
    generation.is_some() && number(object, "/status/observedGeneration") == generation
}

/// The digest behind the last `@`, as in `v1@sha256:…`, or all of the text.
pub(super) fn digest_behind(text: &str) -> Option<Digest> {
    text.rsplit('@').next()?.parse().ok()
}

/// A commit, as Config Sync calls it: the digest without its algorithm.
pub(super) fn commit(text: &str) -> Option<Digest> {
    format!("sha256:{text}").parse().ok()
}

/// A condition of the status.
#[derive(Clone, Copy)]
pub(super) struct Condition<'a>(&'a Value);

impl<'a> Condition<'a> {
    /// The first one of this type.
    pub(super) fn of(object: &'a Value, kind: &str) -> Option<Self> {
        let conditions = list(object, "/status/conditions");
        conditions.iter().find(|condition| text(condition, "/type") == Some(kind)).map(Self)
    }

    pub(super) const fn value(self) -> &'a Value {
        self.0
    }

    pub(super) fn is_true(self) -> bool {
        text(self.0, "/status") == Some("True")
    }

    pub(super) fn is_false(self) -> bool {
        text(self.0, "/status") == Some("False")
    }

    pub(super) fn reason(self) -> Option<&'a str> {
        text(self.0, "/reason")
    }

    pub(super) fn message(self) -> Option<&'a str> {
        text(self.0, "/message")
    }

    /// Whether it was written for an earlier spec, as far as it tells.
    pub(super) fn is_outdated(self, object: &Value) -> bool {
        let (of, now) = (number(self.0, "/observedGeneration"), number(object, "/metadata/generation"));
        matches!((of, now), (Some(of), Some(now)) if of != now)
    }
}
