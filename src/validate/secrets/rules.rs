//! The rules about secrets. Nobody refuses them: a cluster takes what it is given.

use crate::finding::Rule;
use crate::finding::Severity::Warning;

pub(super) static PLAINTEXT: Rule = Rule::new(
    "secret/plaintext",
    Warning,
    &[],
    "a Secret whose data is not encrypted",
    "The values of a Secret are base64, which everyone can read who may pull the bundle. Encrypt them with SOPS, seal them with Sealed \
     Secrets, or let External Secrets or the Secrets Store CSI driver fetch them in the cluster. Values that are empty, placeholders \
     such as `${PASSWORD}`, `<password>` and `changeme`, or certificates are not secret. --deny-secrets makes this an error.",
);

pub(super) static PRIVATE_KEY: Rule = Rule::new(
    "secret/private-key",
    Warning,
    &[],
    "a private key in plain text",
    "Everyone who may pull the bundle can read the key: in whatever file it stands, also where that file is no object. Keys that are \
     encrypted with a passphrase are not told. Keep it out of the bundle and let the cluster fetch it; where it was ever pushed, \
     replace it. --deny-secrets makes this an error.",
);

pub(super) static TOKEN: Rule = Rule::new(
    "secret/token",
    Warning,
    &[],
    "a token of a well-known kind in plain text",
    "Its shape says what it is: a key of AWS, a token of GitHub, GitLab, Slack, Stripe, npm and others, or a signed JWT. Everyone who may \
     pull the bundle can use it. Keep it out of the bundle and let the cluster fetch it; where it was ever pushed, revoke it. \
     --deny-secrets makes this an error.",
);

/// All rules about secrets.
pub static RULES: &[&Rule] = &[&PLAINTEXT, &PRIVATE_KEY, &TOKEN];
