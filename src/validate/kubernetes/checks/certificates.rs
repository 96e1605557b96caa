//! Certificates: requests for them, and those that are trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::at;
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs, text};
use crate::object::{Node, Value};
use crate::validate::subject::quote;
use crate::validate::texts;

const REQUEST: &[&str] = &["certificates.v1.CertificateSigningRequest"];
const REQUEST_SPEC: &[&str] = &["certificates.v1.CertificateSigningRequestSpec"];
const BUNDLE: &[&str] = &["certificates.v1.ClusterTrustBundle", "certificates.v1beta1.ClusterTrustBundle"];
const BUNDLE_SPEC: &[&str] = &["certificates.v1.ClusterTrustBundleSpec", "certificates.v1beta1.ClusterTrustBundleSpec"];
const USAGES: &[&str] = &[
    "signing",
    "digital signature",
    "content commitment",
    "key encipherment",
    "key agreement",
    "data encipherment",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
];

pub(super) static ROWS: &[Row] = &[
    needs(REQUEST, &["spec"]),
    needs(REQUEST_SPEC, &["request", "usages", "signerName"]),
    must(
        REQUEST_SPEC,
        &["usages"],
        &[Must::Each(&Must::Whole(texts::not_blank)), Must::Each(&Must::OneOf(USAGES)), Must::Unique],
    ),
    must(REQUEST_SPEC, &["signerName"], &[Must::Text(forms::signer), Must::Text(not_legacy)]),
    must(REQUEST_SPEC, &["expirationSeconds"], &[Must::Between(600, i64::MAX)]),
    needs(BUNDLE, &["spec"]),
    needs(BUNDLE_SPEC, &["trustBundle"]),
    must(BUNDLE_SPEC, &["signerName"], &[Must::Text(forms::signer)]),
    must(BUNDLE_SPEC, &["trustBundle"], &[Must::Text(has_certificate)]),
];

pub(super) static EXTRAS: &[Extra] = &[extra(REQUEST_SPEC, request_is_pem), extra(BUNDLE, name_fits_signer)];

fn not_legacy(text: &str) -> Option<String> {
    (text == "kubernetes.io/legacy-unknown").then(|| "is of old and no longer taken".to_owned())
}

fn has_certificate(text: &str) -> Option<String> {
    (!text.contains("-----BEGIN CERTIFICATE-----")).then(|| "has no `-----BEGIN CERTIFICATE-----`".to_owned())
}

const HEADER: &[u8] = b"-----BEGIN CERTIFICATE REQUEST-----";

/// What is in the base64 is text with a header.
fn request_is_pem(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(node) = get(spec, "request") else { return };
    let Value::String(text) = node.value() else { return };
    if text.is_empty() || walk.is_placeholder(text) {
        return;
    }
    let letters: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let Ok(bytes) = STANDARD.decode(letters) else { return };
    if !bytes.windows(HEADER.len()).any(|window| window == HEADER) {
        let hint = "write what `openssl req -new` makes, header and all, in base64";
        walk.invalid(node, "request", "holds no `CERTIFICATE REQUEST` in PEM", hint);
    }
}

/// The name of a bundle for a signer begins with the signer's.
fn name_fits_signer(walk: &mut Walk<'_, '_>, bundle: Node<'_>) {
    let Some(node) = at(bundle, &["metadata", "name"]) else { return };
    let signer = get(bundle, "spec").and_then(|spec| text(spec, "signerName"));
    let Some(name) = node.as_str().filter(|name| !name.is_empty() && !walk.is_placeholder(name)) else { return };
    let prefix = match signer {
        Some(signer) if walk.is_placeholder(signer) => return,
        Some(signer) => format!("{}:", signer.replace('/', ":")),
        None => String::new(),
    };
    match name.strip_prefix(prefix.as_str()) {
        None => {
            let fault = format!("is {}, which does not begin with `{prefix}`, the name of the signer", quote(name));
            walk.invalid(node, "metadata.name", &fault, "");
        }
        Some(rest) => {
            if let Some(fault) = texts::name(rest) {
                walk.invalid(node, "metadata.name", &format!("is {}, which {fault}", quote(name)), "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::{each_is_found, each_is_found_in};

    #[test]
    fn requests() {
        each_is_found(
            "{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: \"a:b\"}, spec: {signerName: example.com/a, usages: [client auth], request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KQUE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K}}",
            &[
                ("signerName: example.com/a, ", "", "`spec.signerName`"),
                ("example.com/a", "a", "is no domain with one"),
                ("example.com/a", "kubernetes.io/legacy-unknown", "no longer taken"),
                ("usages: [client auth], ", "", "`spec.usages`"),
                ("[client auth]", "[client auth, client auth]", "once more"),
                ("[client auth]", "[client]", "which is not supported"),
                ("[client auth]", "[\"\"]", "schema/invalid"),
                (
                    "request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KQUE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
                    "request: aGk=",
                    "holds no `CERTIFICATE REQUEST`",
                ),
                ("usages", "expirationSeconds: 1, usages", "600"),
            ],
        );
    }

    #[test]
    fn trusted() {
        each_is_found_in(
            crate::validate::Version::parse("1.37").unwrap(),
            "{apiVersion: certificates.k8s.io/v1beta1, kind: ClusterTrustBundle, metadata: {name: \"example.com:a:b\"}, spec: {signerName: example.com/a, trustBundle: \"-----BEGIN CERTIFICATE-----\"}}",
            &[
                ("example.com:a:b", "b", "does not begin with"),
                ("example.com:a:b", "example.com:a:B", "upper-case"),
                ("-----BEGIN CERTIFICATE-----", "x", "has no"),
            ],
        );
    }
}
