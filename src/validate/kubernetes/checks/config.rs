//! `ConfigMap`s and `Secret`s: keys, sizes, and what each type of Secret holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::at;
use super::{Extra, Must, Row, Walk, extra, get, must, text};
use crate::object::Node;
use crate::validate::texts;

const CONFIG_MAP: &[&str] = &["core.v1.ConfigMap"];
const SECRET: &[&str] = &["core.v1.Secret"];
const ACCOUNT: &str = "kubernetes.io/service-account.name";
/// What all values of one object may be together, in bytes.
const MOST: usize = 1 << 20;

pub(super) static ROWS: &[Row] = &[
    must(CONFIG_MAP, &["data", "binaryData"], &[Must::Keys(texts::config_key)]),
    must(SECRET, &["data", "stringData"], &[Must::Keys(texts::config_key)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(CONFIG_MAP, keys_differ),
    extra(CONFIG_MAP, map_is_small),
    extra(SECRET, secret_is_small),
    extra(SECRET, secret_fits_its_type),
];

fn keys_differ(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let (Some(data), Some(binary)) = (get(node, "data"), get(node, "binaryData")) else { return };
    for (key, value) in data.entries() {
        if binary.get(key.as_str()).is_some() {
            let hint = "keep one of the two";
            walk.invalid(value, &format!("data[{}]", key.as_str()), "stands in `binaryData`, too", hint);
        }
    }
}

/// The bytes of all values of a map of texts.
fn texts_in(node: Node<'_>, field: &str) -> usize {
    node.get(field).into_iter().flat_map(Node::entries).filter_map(|(_, value)| value.as_str()).map(str::len).sum()
}

/// The same, of a map of base64.
fn bytes_in(node: Node<'_>, field: &str) -> usize {
    let length = |text: &str| {
        let letters = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r' | b'=')).count();
        letters * 3 / 4
    };
    node.get(field).into_iter().flat_map(Node::entries).filter_map(|(_, value)| value.as_str()).map(length).sum()
}

fn map_is_small(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    is_small(walk, node, texts_in(node, "data"), "binaryData");
}

fn secret_is_small(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    is_small(walk, node, texts_in(node, "stringData"), "data");
}

fn is_small(walk: &mut Walk<'_, '_>, node: Node<'_>, plain: usize, encoded: &str) {
    // What is encoded is longer, so this spares the counting where all of it is short.
    if plain + texts_in(node, encoded) <= MOST {
        return;
    }
    let size = plain + bytes_in(node, encoded);
    if size > MOST {
        let at = node.get("data").unwrap_or(node);
        let fault = format!("and what stands beside it hold {size} bytes, and {MOST} is the most");
        walk.invalid(at, "data", &fault, "split it into several objects, or ship the data in an image");
    }
}

fn secret_fits_its_type(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let has_key = |key: &str| {
        ["data", "stringData"].iter().any(|field| at(node, &[field]).is_some_and(|map| map.get(key).is_some()))
    };
    match text(node, "type") {
        Some("kubernetes.io/service-account-token") => {
            let account = at(node, &["metadata", "annotations", ACCOUNT]);
            if account.is_none_or(super::is_empty) {
                let hint = format!("add the annotation `{ACCOUNT}` with the name of the ServiceAccount");
                walk.missing(node, &format!("metadata.annotations[{ACCOUNT}]"), hint);
            }
        }
        Some("kubernetes.io/dockercfg") => docker(walk, node, ".dockercfg"),
        Some("kubernetes.io/dockerconfigjson") => docker(walk, node, ".dockerconfigjson"),
        Some("kubernetes.io/basic-auth") if !has_key("username") && !has_key("password") => {
            walk.missing(node, "data.username", "add `username:` or `password:` below `stringData:`");
        }
        Some("kubernetes.io/ssh-auth") => {
            let value = |field| get(node, field).and_then(|map: Node<'_>| map.get("ssh-privatekey"));
            if value("stringData").or(value("data")).is_none_or(super::is_empty) {
                walk.missing(node, "data.ssh-privatekey", "add `ssh-privatekey:` below `stringData:`");
            }
        }
        Some("kubernetes.io/tls") => {
            for key in ["tls.crt", "tls.key"] {
                if !has_key(key) {
                    let hint = format!("add `{key}:` with its base64, or the PEM itself below `stringData:`");
                    walk.missing(node, &format!("data[{key}]"), hint);
                }
            }
        }
        _ => {}
    }
}

/// A configuration of Docker is a map in JSON.
fn docker(walk: &mut Walk<'_, '_>, node: Node<'_>, key: &str) {
    let of = |field| get(node, field).and_then(|map: Node<'_>| map.get(key));
    let plain = of("stringData");
    let Some(value) = plain.or(of("data")) else {
        return walk.missing(node, &format!("data[{key}]"), format!("add `{key}:` below `stringData:`"));
    };
    let Some(text) = value.as_str().filter(|text| !walk.is_placeholder(text)) else {
        if value.is_null() {
            not_json(walk, value, plain.is_some(), key);
        }
        return;
    };
    let is_map = |json: &[u8]| {
        matches!(serde_json::from_slice(json), Ok(serde_json::Value::Object(_) | serde_json::Value::Null))
    };
    let is_fine = if plain.is_some() {
        is_map(text.as_bytes())
    } else {
        let letters: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        // What is no base64 has been told of.
        STANDARD.decode(letters).map_or(true, |json| is_map(&json))
    };
    if !is_fine {
        not_json(walk, value, plain.is_some(), key);
    }
}

fn not_json(walk: &mut Walk<'_, '_>, value: Node<'_>, is_plain: bool, key: &str) {
    let below = format!("{}[{key}]", if is_plain { "stringData" } else { "data" });
    let hint = "`kubectl create secret docker-registry NAME --dry-run=client -o yaml` writes it";
    walk.invalid(value, &below, "is no map in JSON", hint);
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn config_maps() {
        each_is_found(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}, binaryData: {b: aGk=}}",
            &[("k: v", "a b: v", "has a ` `"), ("b: aGk=", "k: aGk=", "stands in `binaryData`, too")],
        );
    }

    #[test]
    fn an_object_has_a_mebibyte_at_most() {
        let text = |size| {
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{k: {}}}}}", "x".repeat(size))
        };
        each_is_found(&text(1 << 20), &[("k: x", "k: xx", "hold 1048577 bytes")]);
    }

    #[test]
    fn secrets_have_the_keys_of_their_type() {
        each_is_found(
            "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque, stringData: {k: v}}",
            &[
                ("k: v", "a/b: v", "has a `/`"),
                ("Opaque", "kubernetes.io/tls", "`data[tls.crt]`"),
                ("Opaque", "kubernetes.io/basic-auth", "username"),
                ("Opaque", "kubernetes.io/ssh-auth", "ssh-privatekey"),
                ("Opaque", "kubernetes.io/dockerconfigjson", "dockerconfigjson"),
                (
                    "Opaque, stringData: {k: v}",
                    "kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: \"x\"}",
                    "is no map in JSON",
                ),
                (
                    "Opaque, stringData: {k: v}",
                    "kubernetes.io/dockercfg, data: {.dockercfg: eA==}",
                    "is no map in JSON",
                ),
                ("Opaque", "kubernetes.io/service-account-token", "service-account.name"),
            ],
        );
    }
}
