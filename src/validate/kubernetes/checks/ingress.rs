//! Ingresses and their classes.

use super::fields::{any_text, at, has};
use super::{Extra, Must, Row, Walk, extra, forms, get, must, needs, number, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const SPEC: &[&str] = &["networking.v1.IngressSpec"];
const BACKEND: &[&str] = &["networking.v1.IngressBackend"];
const SERVICE: &[&str] = &["networking.v1.IngressServiceBackend"];
const PATH: &[&str] = &["networking.v1.HTTPIngressPath"];
const PARAMETERS: &[&str] = &["networking.v1.IngressClassParametersReference"];
const ANNOTATION: &str = "kubernetes.io/ingress.class";

pub(super) static ROWS: &[Row] = &[
    must(SPEC, &["ingressClassName"], &[Must::Whole(texts::subdomain)]),
    must(&["networking.v1.IngressRule"], &["host"], &[Must::Text(forms::host)]),
    needs(&["networking.v1.HTTPIngressRuleValue"], &["paths"]),
    needs(PATH, &["pathType"]),
    must(&["networking.v1.IngressTLS"], &["hosts"], &[Must::Each(&Must::Whole(forms::tls_host))]),
    must(&["networking.v1.IngressTLS"], &["secretName"], &[Must::Text(texts::subdomain)]),
    needs(SERVICE, &["name"]),
    must(SERVICE, &["name"], &[Must::Text(texts::dns_label)]),
    needs(&["networking.v1.IngressClass"], &["spec"]),
    needs(&["networking.v1.IngressClassSpec"], &["controller"]),
    must(&["networking.v1.IngressClassSpec"], &["controller"], &[Must::Text(forms::domain_path)]),
    needs(PARAMETERS, &["kind", "name"]),
    must(PARAMETERS, &["apiGroup"], &[Must::Whole(texts::subdomain)]),
    must(PARAMETERS, &["kind", "name"], &[Must::Text(forms::segment)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["networking.v1.Ingress"], has_rules),
    extra(&["networking.v1.Ingress"], class_is_named_once),
    extra(PATH, path),
    extra(BACKEND, backend),
    extra(SERVICE, service),
    extra(&["networking.v1.IngressClassSpec"], controller_is_short),
    extra(PARAMETERS, scope),
];

fn has_rules(walk: &mut Walk<'_, '_>, ingress: Node<'_>) {
    let spec = get(ingress, "spec");
    let has_any = spec.is_some_and(|spec| {
        has(spec, "defaultBackend") || spec.get("rules").is_some_and(|rules: Node<'_>| !rules.is_empty())
    });
    if !has_any {
        walk.missing(spec.unwrap_or(ingress), "spec.rules", "add `rules:` or `defaultBackend:`");
    }
}

fn class_is_named_once(walk: &mut Walk<'_, '_>, ingress: Node<'_>) {
    let Some(node) = at(ingress, &["metadata", "annotations", ANNOTATION]) else { return };
    let class = at(ingress, &["spec", "ingressClassName"]).and_then(Node::as_str);
    if let (Some(old), Some(new)) = (node.as_str(), class)
        && old != new
        && !walk.is_placeholder(old)
        && !walk.is_placeholder(new)
    {
        let fault = format!("is {}, and `spec.ingressClassName` is {}", quote(old), quote(new));
        walk.invalid(node, &format!("metadata.annotations[{ANNOTATION}]"), &fault, "delete the annotation");
    }
}

fn path(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    if !has(node, "pathType") {
        return;
    }
    if !has(node, "backend") {
        walk.missing(node, "backend", "");
    }
    let kind = any_text(walk, node, "pathType").unwrap_or_default();
    if text(node, "path").is_some_and(|path| walk.is_placeholder(path)) {
        return;
    }
    let path = text(node, "path").unwrap_or_default();
    let is_exact = matches!(kind, "Exact" | "Prefix");
    let fault = if !path.starts_with('/') && (is_exact || !path.is_empty()) {
        Some("does not begin with `/`".to_owned())
    } else if is_exact {
        let part = ["//", "/./", "/../", "%2f", "%2F"].into_iter().find(|part| path.contains(part));
        let end = ["/..", "/."].into_iter().find(|end| path.ends_with(end));
        part.map(|part| format!("has `{part}`")).or_else(|| end.map(|end| format!("ends in `{end}`")))
    } else {
        None
    };
    if let Some(fault) = fault {
        if path.is_empty() {
            walk.missing(node, "path", format!("add `path: /`: `{kind}` needs one"));
        } else {
            let at = node.get("path").unwrap_or(node);
            walk.invalid(at, "path", &format!("is {}, which {fault}", quote(path)), "");
        }
    }
}

fn backend(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    match (get(node, "service"), get(node, "resource")) {
        (None, None) => walk.missing(node, "service", "add `service:` or `resource:`"),
        (Some(_), Some(_)) => {
            walk.forbidden(node, "resource", "must not be there beside `service`", "delete one of the two");
        }
        (None, Some(resource)) => {
            for field in ["kind", "name"] {
                match any_text(walk, resource, field) {
                    Some(name) if !name.is_empty() => {
                        if let Some(fault) = forms::segment(name) {
                            let at = resource.get(field).unwrap_or(resource);
                            let fault = format!("is {}, which {fault}", quote(name));
                            walk.invalid(at, &format!("resource.{field}"), &fault, "");
                        }
                    }
                    _ if text(resource, field).is_some() => {}
                    _ => walk.missing(resource, &format!("resource.{field}"), ""),
                }
            }
            if let Some(group) = any_text(walk, resource, "apiGroup")
                && let Some(fault) = texts::subdomain(group)
            {
                let at = resource.get("apiGroup").unwrap_or(resource);
                walk.invalid(at, "resource.apiGroup", &format!("is {}, which {fault}", quote(group)), "");
            }
        }
        (Some(_), None) => {}
    }
}

fn service(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    if let Some(name) = text(node, "name").filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        && walk.precedes("1.36")
    {
        let fault = format!("is {}, which does not begin with a letter", quote(name));
        walk.invalid(node.get("name").unwrap_or(node), "name", &fault, "");
    }
    let port = get(node, "port");
    let name = port.and_then(|port| text(port, "name")).filter(|name| !walk.is_placeholder(name));
    let of_port = port.and_then(|port| number(port, "number")).filter(|number| *number != 0);
    let is_filled = port.is_some_and(|port| text(port, "name").is_some() || text(port, "number").is_some());
    match (name, of_port) {
        (Some(_), Some(_)) => {
            let hint = "delete one of the two";
            walk.forbidden(port.unwrap_or(node), "port.number", "must not be there beside `name`", hint);
        }
        (Some(name), None) => {
            if let Some(fault) = texts::port_name(name) {
                let at = port.and_then(|port| port.get("name")).unwrap_or(node);
                walk.invalid(at, "port.name", &format!("is {}, which {fault}", quote(name)), "");
            }
        }
        (None, Some(number)) if !(1..=65535).contains(&number) => {
            let at = port.and_then(|port| port.get("number")).unwrap_or(node);
            walk.invalid(at, "port.number", &format!("is {number}, not a number from 1 to 65535"), "");
        }
        (None, None) if !is_filled => {
            walk.missing(port.unwrap_or(node), "port", "add `port:` and below it `number:` or `name:`");
        }
        _ => {}
    }
}

fn controller_is_short(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    if let Some(length) = text(spec, "controller").map(str::len).filter(|length| *length > 250) {
        let at = spec.get("controller").unwrap_or(spec);
        walk.invalid(at, "controller", &format!("has {length} characters, and 250 is the most"), "");
    }
}

fn scope(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let namespace = get(node, "namespace");
    match any_text(walk, node, "scope") {
        None if text(node, "scope").is_some() => {}
        None | Some("Cluster") => {
            if namespace.is_some() {
                let hint = "delete it, or write `scope: Namespace`";
                walk.forbidden(node, "namespace", "goes only with `scope: Namespace`", hint);
            }
        }
        Some("Namespace") => match any_text(walk, node, "namespace") {
            Some(name) => {
                if let Some(fault) = texts::dns_label(name) {
                    let at = namespace.unwrap_or(node);
                    walk.invalid(at, "namespace", &format!("is {}, which {fault}", quote(name)), "");
                }
            }
            None if namespace.is_none() => walk.missing(node, "namespace", ""),
            None => {}
        },
        Some(other) => {
            walk.unsupported(node.get("scope").unwrap_or(node), "scope", other, &["Cluster", "Namespace"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn ingresses() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {ingressClassName: x, tls: [{hosts: [a.example.com], secretName: s}], rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}}",
            &[
                ("ingressClassName: x", "ingressClassName: \"\"", "schema/invalid"),
                ("hosts: [a.example.com]", "hosts: [\"*\"]", "has a `*`"),
                ("secretName: s", "secretName: S", "upper-case"),
                ("host: a.example.com, ", "host: 10.0.0.1, ", "is an address"),
                ("pathType: Prefix, ", "", "`spec.rules[0].http.paths[0].pathType`"),
                ("path: /", "path: a", "does not begin with `/`"),
                ("path: /, ", "", "`Prefix` needs one"),
                ("path: /,", "path: /a//b,", "has `//`"),
                ("name: a, port", "name: A, port", "upper-case"),
                ("name: a, port", "name: 1a, port", "begin with a letter"),
                ("number: 80", "number: 0", "add `port:`"),
                ("number: 80", "number: 70000", "from 1 to 65535"),
                ("number: 80", "number: 80, name: x", "beside `name`"),
                ("number: 80", "name: X", "schema/invalid"),
                ("{service: {name: a, port: {number: 80}}}", "{}", "add `service:` or `resource:`"),
                ("{service: {", "{resource: {kind: a, name: b}, service: {", "beside `service`"),
                ("{service: {name: a, port: {number: 80}}}", "{resource: {kind: a/b, name: b}}", "has a `/`"),
                (
                    "metadata: {name: a}",
                    "metadata: {name: a, annotations: {kubernetes.io/ingress.class: z}}",
                    "delete the annotation",
                ),
            ],
        );
    }

    #[test]
    fn an_ingress_needs_rules() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {defaultBackend: {resource: {kind: a, name: b}}}}",
            &[("defaultBackend: {resource: {kind: a, name: b}}", "rules: []", "add `rules:` or `defaultBackend:`")],
        );
    }

    #[test]
    fn classes() {
        each_is_found(
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: a}, spec: {controller: example.com/a, parameters: {kind: a, name: b}}}",
            &[
                ("example.com/a", "a", "no domain with a path"),
                ("controller: example.com/a, ", "", "`spec.controller`"),
                ("name: b", "name: b, namespace: c", "goes only with `scope: Namespace`"),
                ("name: b", "name: b, scope: Namespace", "`spec.parameters.namespace`"),
                ("name: b", "name: b, scope: x", "which is not supported"),
                ("kind: a, ", "", "`spec.parameters.kind`"),
            ],
        );
    }
}
