//! The rules about fields and their values, whoever knows them: built-in kinds and custom resources share these.

use super::rules::rule;
use crate::finding::Refuser::{ApiServer, ConfigSync, Flux, Kubectl, ServerSideApply};
use crate::finding::Severity::{Error, Warning};
use crate::finding::{Refuser, Rule};

const SERVER: &[Refuser] = &[ApiServer, ServerSideApply];

pub(super) static UNKNOWN_FIELD: Rule = rule(
    "schema/unknown-field",
    Error,
    &[Kubectl, ApiServer, ServerSideApply],
    "a field that the kind does not have",
    "The kind has no field of this name at this place. Most often it is misspelt or stands at the wrong level. kubectl and whoever applies \
     server-side refuse the object; elsewhere the field would be dropped without a word, and with it what it was meant to do.",
);

pub(super) static TYPE: Rule = rule(
    "schema/type",
    Error,
    SERVER,
    "a value of another type than the field has",
    "Text where a number is wanted, one value where a list is wanted, and the like. Often quotes are missing or too many, or a `-` is: \
     `\"8080\"` is a text, `8080` a number, and `yes` without quotes is true.",
);

pub(super) static REQUIRED: Rule = rule(
    "schema/required",
    Error,
    SERVER,
    "a field that the kind needs is missing",
    "The object cannot exist without this field. `null` counts as missing. Add it.",
);

pub(super) static ENUM: Rule = rule(
    "schema/enum",
    Error,
    SERVER,
    "a value that is not one of those the field takes",
    "The field takes one of a fixed set of values, in exactly this spelling and case.",
);

pub(super) static PATTERN: Rule = rule(
    "schema/pattern",
    Error,
    SERVER,
    "a text that does not match the field's pattern",
    "The field takes texts of a certain form only, given as a regular expression (Go's syntax). The whole text is meant where the \
     pattern begins with `^` and ends with `$`; else a part is enough.",
);

pub(super) static FORMAT: Rule = rule(
    "schema/format",
    Error,
    SERVER,
    "a text that is not of the field's format",
    "The field takes dates, durations, addresses or the like, and this text is none.",
);

pub(super) static RANGE: Rule = rule(
    "schema/range",
    Error,
    SERVER,
    "a number out of the field's range",
    "The number is too small, too large, or not a multiple of what it must be a multiple of.",
);

pub(super) static LENGTH: Rule = rule(
    "schema/length",
    Error,
    SERVER,
    "a text, list or map that is too long or too short",
    "The field limits how many characters a text, how many items a list, or how many keys a map may have.",
);

pub(super) static DUPLICATE_ITEM: Rule = rule(
    "schema/duplicate-item",
    Error,
    SERVER,
    "two items of a list that must differ",
    "The list is a set, or its items are told apart by some of their fields, and two are the same by that. Delete one or rename it.",
);

pub(super) static ALTERNATIVES: Rule = rule(
    "schema/alternatives",
    Error,
    SERVER,
    "a value that fits none of several forms, or too many",
    "The schema offers several forms (`anyOf`, `oneOf`) or rules one out (`not`). Often exactly one of several fields must be set.",
);

pub(super) static VERSION: Rule = rule(
    "schema/version",
    Error,
    &[Kubectl, ApiServer, ServerSideApply, ConfigSync, Flux],
    "an apiVersion that the kind's CustomResourceDefinition does not serve",
    "The definition of this kind has other versions. Write one that it serves, or add the version to the definition.",
);

pub(super) static UNKNOWN_KIND: Rule = rule(
    "schema/unknown-kind",
    Warning,
    &[],
    "an object of a kind that nobody knows here: not checked",
    "The kind is neither one of Kubernetes' own nor defined by a CustomResourceDefinition in the bundle, so only its metadata was checked. \
     `--crds PATH` gives definitions that are on the cluster already, `--crds cluster` asks the cluster; `--unknown-kinds error` makes \
     this an error, `--unknown-kinds ignore` silent.",
);

pub(super) static NAMESPACED: Rule = rule(
    "schema/cluster-scoped",
    Error,
    &[ConfigSync],
    "a namespace on an object of a cluster-scoped kind",
    "Objects of this kind belong to the cluster as a whole. The API server takes no notice of a namespace there, Config Sync refuses it \
     (KNV1052). Delete `namespace:`; if one namespace was meant, such as for a ClusterRole, choose the kind that has one.",
);

/// All of them.
pub(super) static RULES: &[&Rule] = &[
    &UNKNOWN_FIELD,
    &TYPE,
    &REQUIRED,
    &ENUM,
    &PATTERN,
    &FORMAT,
    &RANGE,
    &LENGTH,
    &DUPLICATE_ITEM,
    &ALTERNATIVES,
    &VERSION,
    &UNKNOWN_KIND,
    &NAMESPACED,
];
