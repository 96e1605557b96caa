//! The rules of this part.

use crate::finding::Rule;
use crate::finding::Severity::Warning;

pub(super) static AMBIGUOUS: Rule = Rule::new(
    "value/ambiguous",
    Warning,
    &[],
    "text without quotes that readers of YAML do not agree about",
    "`yes`, `no`, `on`, `off`, `y` and `n` are booleans to kubectl, Config Sync and Flux, and text to kustomize and to YAML 1.2. A number \
     that begins with `0` is octal to them and decimal to others; where a field takes a file mode, that is what is meant, and nothing \
     is said. Write `true`, `false` or the decimal number, or put the text in quotes.",
);

pub(super) static DUPLICATE_ENV: Rule = Rule::new(
    "value/duplicate-env",
    Warning,
    &[],
    "an environment variable that is set twice in one container",
    "The API server warns, the last one wins, and from then on `kubectl apply` may change or delete the wrong one of the two. Whoever \
     applies server-side refuses it. Keep one of them.",
);

/// All rules of this part.
pub(in super::super) static RULES: &[&Rule] = &[&AMBIGUOUS, &DUPLICATE_ENV];
