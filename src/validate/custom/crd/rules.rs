//! The rules about CustomResourceDefinitions themselves.

use crate::finding::Refuser::{ApiServer, ConfigSync, ServerSideApply};
use crate::finding::Severity::Error;
use crate::finding::{Refuser, Rule};

const SERVER: &[Refuser] = &[ApiServer, ServerSideApply];

pub(super) static NAME: Rule = Rule::new(
    "crd/name",
    Error,
    &[ApiServer, ServerSideApply, ConfigSync],
    "a CustomResourceDefinition whose name is not `PLURAL.GROUP`",
    "The name of a CustomResourceDefinition is made of `spec.names.plural`, a dot and `spec.group`. The API server and Config Sync \
     (KNV1048) refuse any other.",
);

pub(super) static NAMES: Rule = Rule::new(
    "crd/names",
    Error,
    SERVER,
    "group, scope or names of a CustomResourceDefinition",
    "The group is a domain with a dot, the scope is `Namespaced` or `Cluster`, and plural, singular and short names are lower-case words; \
     the kind may have capitals. `listKind` must differ from `kind`.",
);

pub(super) static APPROVAL: Rule = Rule::new(
    "crd/approval",
    Error,
    SERVER,
    "a CustomResourceDefinition in a group of Kubernetes itself that says nothing of its approval",
    "Groups that end in `.k8s.io` or `.kubernetes.io` are Kubernetes' own. A definition in one needs the annotation \
     `api-approved.kubernetes.io` with the URL of its approval, or a text that begins with `unapproved`.",
);

pub(super) static VERSIONS: Rule = Rule::new(
    "crd/versions",
    Error,
    SERVER,
    "versions of a CustomResourceDefinition",
    "Each version has a name of its own, such as `v1` or `v1beta1`, and a schema. Exactly one has `storage: true`.",
);

pub(super) static CONVERSION: Rule = Rule::new(
    "crd/conversion",
    Error,
    SERVER,
    "conversion between versions of a CustomResourceDefinition",
    "The strategy is `None`, or `Webhook` with a client configuration (a service or an HTTPS URL) and `conversionReviewVersions` that \
     include `v1` or `v1beta1`.",
);

pub(super) static COLUMNS: Rule = Rule::new(
    "crd/path",
    Error,
    SERVER,
    "a path or a printer column of a CustomResourceDefinition",
    "Printer columns have a name, a type and a `jsonPath` that begins with a dot. The paths of the scale subresource lead below \
     `.spec.` and `.status.`. Selectable fields lead to a string, a boolean or a whole number of the schema.",
);

pub(super) static SCHEMA: Rule = Rule::new(
    "crd/schema",
    Error,
    SERVER,
    "a schema of a CustomResourceDefinition that is not structural",
    "Each field has a type, each list says what its items are, and what stands below `allOf`, `anyOf`, `oneOf` and `not` only adds limits \
     to fields that are defined outside of them. Only so can the API server drop unknown fields and put in defaults. The Kubernetes documentation calls such a schema structural.",
);

pub(super) static PATTERN: Rule = Rule::new(
    "crd/pattern",
    Error,
    SERVER,
    "a pattern in a schema that is not a regular expression",
    "Patterns are in Go's syntax, which has no look-around and no references to groups.",
);

pub(super) static DEFAULT: Rule = Rule::new(
    "crd/default",
    Error,
    SERVER,
    "a default that its own schema refuses",
    "The API server puts the default into objects that lack the field, so it must have the field's type and keep its limits, and it must \
     not have unknown fields.",
);

pub(super) static VALIDATIONS: Rule = Rule::new(
    "crd/validations",
    Error,
    SERVER,
    "a rule in `x-kubernetes-validations` that cannot be used",
    "Each has a `rule` that is a CEL expression and gives true or false, and where the rule has several lines, a `message` of one line; a \
     `messageExpression` gives a text. An expression must hold together: its fields are in the schema, its functions are there and take \
     the types that they are given. Rules cannot use fields whose type the schema does not tell, nor null for a number, a text or a list: \
     `has(self.field)` asks whether a field is there. `oldSelf` cannot be used in a list whose items cannot be told apart. `fieldPath` \
     leads to a field of the schema it stands in.",
);

/// All of them.
pub(in crate::validate) static RULES: &[&Rule] =
    &[&NAME, &NAMES, &APPROVAL, &VERSIONS, &CONVERSION, &COLUMNS, &SCHEMA, &PATTERN, &DEFAULT, &VALIDATIONS];
