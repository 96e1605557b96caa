//! Values of a Secret that are no secret.

/// Whether a value says nothing that must not be known: it is empty, stands for one that comes later, is encrypted, or is public.
pub(super) fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || is_encrypted(value) || is_placeholder(value) || is_reference(value) || is_public(value)
}

/// As SOPS writes it.
pub(in super::super) fn is_encrypted(value: &str) -> bool {
    value.starts_with("ENC[") && value.ends_with(']')
}

fn is_placeholder(value: &str) -> bool {
    let between = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let holds = |open: &str, close: &str| value.find(open).is_some_and(|at| value[at..].contains(close));
    let plain: String = value.chars().filter(|char| !matches!(char, '-' | '_' | ' ')).collect();
    let word = plain.to_ascii_lowercase();
    between("<", ">")
        || between("$(", ")")
        || holds("${", "}")
        || holds("{{", "}}")
        || matches!(&*word, "changeme" | "replaceme" | "placeholder" | "todo" | "redacted" | "fixme" | "tbd")
        || word.chars().all(|char| matches!(char, 'x' | '*' | '.'))
}

/// A name under which some tool finds the value in the cluster.
fn is_reference(value: &str) -> bool {
    const SCHEMES: &[&str] = &["ref+", "vault:", "op://", "sm://", "berglas://", "secret://", "awssm://"];
    SCHEMES.iter().any(|scheme| value.starts_with(scheme)) && !value.contains(char::is_whitespace)
}

/// Certificates and public keys, and nothing else.
fn is_public(value: &str) -> bool {
    let mut labels = value.split("-----BEGIN ").skip(1).peekable();
    value.starts_with("-----BEGIN ")
        && labels.peek().is_some()
        && labels.all(|block| {
            ["CERTIFICATE-----", "TRUSTED CERTIFICATE-----", "PUBLIC KEY-----", "RSA PUBLIC KEY-----", "X509 CRL-----"]
                .iter()
                .any(|label| block.starts_with(label))
        })
}
