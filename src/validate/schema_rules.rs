//! The rules about fields and their values, whoever knows them: built-in kinds and custom resources share these.

use crate::finding::Refuser::{ApiServer, ConfigSync, Flux, Kubectl, ServerSideApply};
use crate::finding::Severity::{Error, Warning};
use crate::finding::{Refuser, Rule};

const SERVER: &[Refuser] = &[ApiServer, ServerSideApply];

pub(super) static UNKNOWN_FIELD: Rule = Rule::new(
    "schema/unknown-field",
    Error,
    &[Kubectl, ApiServer, ServerSideApply],
    "a field that the kind does not have",
    "The kind has no field of this name at this place. Most often it is misspelt or stands at the wrong level. kubectl and whoever applies \
     server-side refuse the object; elsewhere the field would be dropped without a word, and with it what it was meant to do.",
);

pub(super) static TYPE: Rule = Rule::new(
    "schema/type",
    Error,
    SERVER,
    "a value of another type than the field has",
    "Text where a number is wanted, one value where a list is wanted, and the like. Often quotes are missing or too many, or a `-` is: \
     `\"8080\"` is a text, `8080` a number, and `yes` without quotes is true.",
);

pub(super) static REQUIRED: Rule = Rule::new(
    "schema/required",
    Error,
    SERVER,
    "a field that the kind needs is missing",
    "The object cannot exist without this field. `null` counts as missing. Add it.",
);

pub(super) static ENUM: Rule = Rule::new(
    "schema/enum",
    Error,
    SERVER,
    "a value that is not one of those the field takes",
    "The field takes one of a fixed set of values, in exactly this spelling and case.",
);

pub(super) static PATTERN: Rule = Rule::new(
    "schema/pattern",
    Error,
    SERVER,
    "a text that does not match the field's pattern",
    "The field takes texts of a certain form only, given as a regular expression (Go's syntax). The whole text is meant where the \
     pattern begins with `^` and ends with `$`; else a part is enough.",
);

pub(super) static FORMAT: Rule = Rule::new(
    "schema/format",
    Error,
    SERVER,
    "a text that is not of the field's format",
    "The field takes dates, durations, addresses or the like, and this text is none.",
);

pub(super) static RANGE: Rule = Rule::new(
    "schema/range",
    Error,
    SERVER,
    "a number out of the field's range",
    "The number is too small, too large, or not a multiple of what it must be a multiple of.",
);

pub(super) static LENGTH: Rule = Rule::new(
    "schema/length",
    Error,
    SERVER,
    "a text, list or map that is too long or too short",
    "The field limits how many characters a text, how many items a list, or how many keys a map may have. All annotations of an object \
     hold up to 256 KiB, keys and values together.",
);

pub(super) static DUPLICATE_ITEM: Rule = Rule::new(
    "schema/duplicate-item",
    Error,
    SERVER,
    "two items of a list that must differ",
    "The list is a set, or its items are told apart by some of their fields, and two are the same by that. Delete one or rename it.",
);

pub(super) static ALTERNATIVES: Rule = Rule::new(
    "schema/alternatives",
    Error,
    SERVER,
    "a value that fits none of several forms, or too many",
    "The schema offers several forms (`anyOf`, `oneOf`) or rules one out (`not`). Often exactly one of several fields must be set.",
);

pub(super) static RULE: Rule = Rule::new(
    "schema/rule",
    Error,
    SERVER,
    "an object that breaks a rule of its kind's definition",
    "The CustomResourceDefinition has rules in CEL (`x-kubernetes-validations`) beside its schema, often between several fields. The message is that of the rule; the hint shows it. A rule that asks for a field that is not there is broken, too, unless it asks `has(self.FIELD)` first. A rule that cannot be evaluated here counts as not checked.",
);

pub(super) static VERSION: Rule = Rule::new(
    "schema/version",
    Error,
    &[Kubectl, ApiServer, ServerSideApply, ConfigSync, Flux],
    "an apiVersion that the kind's CustomResourceDefinition does not serve",
    "The definition of this kind has other versions. Write one that it serves, or add the version to the definition.",
);

pub(super) static UNKNOWN_KIND: Rule = Rule::new(
    "schema/unknown-kind",
    Warning,
    &[],
    "an object of a kind or version that nobody knows here: not checked",
    "The kind is neither one of Kubernetes' own nor defined by a CustomResourceDefinition in the bundle, be it in a plain file or in what a \
     kustomization renders to, so only its metadata was checked. Or its kind is known out of the box, but not in \
     this version. `--crds PATH` gives definitions that are on the cluster already, `--crds \
     cluster` asks the cluster; `--unknown-kinds error` makes this an error, `--unknown-kinds ignore` silent.",
);

pub(super) static NAMESPACED: Rule = Rule::new(
    "schema/cluster-scoped",
    Error,
    &[ConfigSync],
    "a namespace on an object of a cluster-scoped kind",
    "Objects of this kind belong to the cluster as a whole. The API server takes no notice of a namespace there, Config Sync refuses it \
     (KNV1052). Delete `namespace:`; if one namespace was meant, such as for a ClusterRole, choose the kind that has one.",
);

pub(super) static INVALID: Rule = Rule::new(
    "schema/invalid",
    Error,
    SERVER,
    "a value that the API server's own checks refuse",
    "Beyond types and schemas the API server checks values by hand: names of ports, ranges of numbers, forms of paths and addresses, \
     what goes with what. The message says what it wants.",
);

pub(super) static FORBIDDEN: Rule = Rule::new(
    "schema/forbidden",
    Error,
    SERVER,
    "a field that must not be there",
    "The field exists, but not together with what else the object says, or not at this place. Delete it, or what it contradicts.",
);

pub(super) static NOT_FOUND: Rule = Rule::new(
    "schema/not-found",
    Error,
    SERVER,
    "a name that nothing in the same object has",
    "The field names another part of the same object, such as a volume or a container, and there is none of this name. Correct the \
     name, or add the part.",
);

pub(super) static QUANTITY: Rule = Rule::new(
    "schema/quantity",
    Error,
    SERVER,
    "a text that is not a quantity",
    "A quantity is a number with an optional unit: `m` for thousandths, `k`, `M`, `G`, `T` for powers of 1000, `Ki`, `Mi`, `Gi`, `Ti` for \
     powers of 1024. There is no `MB`, `GB` or `K`.",
);

pub(super) static BASE64: Rule = Rule::new(
    "schema/base64",
    Error,
    SERVER,
    "a text that is not base64",
    "The field holds bytes, written in base64. Encode the value with `printf %s VALUE | base64 -w0`; a Secret also takes plain text, below \
     `stringData:` instead of `data:`.",
);

pub(super) static LIST_KEY: Rule = Rule::new(
    "schema/list-key",
    Error,
    &[ServerSideApply],
    "two items of a list that server-side apply cannot tell apart",
    "Server-side apply, which Config Sync and Flux use, merges this list item by item and refuses two items with the same key, such as two \
     environment variables of one name. Where the object is sent as a whole, the last of the two counts. Delete one.",
);

pub(super) static NO_SUCH_KIND: Rule = Rule::new(
    "schema/no-such-kind",
    Error,
    &[Kubectl, ApiServer, ServerSideApply, ConfigSync],
    "a kind or a version of it that Kubernetes does not have",
    "The API group is Kubernetes' own, and it has no such kind in the versions of Kubernetes that are meant: it is misspelt, not there yet, \
     or was removed. Config Sync reports it as KNV1050 or KNV1021. `--kubernetes-version` says what is meant.",
);

pub(super) static DEPRECATED: Rule = Rule::new(
    "schema/deprecated",
    Warning,
    &[],
    "a version of a kind that a later Kubernetes does not have",
    "The versions of Kubernetes that are meant still take it, and a later one does not: after that upgrade it could not be applied any \
     more. Another version of the kind is there already; write that.",
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
    &RULE,
    &VERSION,
    &UNKNOWN_KIND,
    &NAMESPACED,
    &INVALID,
    &FORBIDDEN,
    &NOT_FOUND,
    &QUANTITY,
    &BASE64,
    &LIST_KEY,
    &NO_SUCH_KIND,
    &DEPRECATED,
];
