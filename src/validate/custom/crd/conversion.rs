//! How objects are converted from version to version.

use std::collections::HashSet;

use super::{find, present, rules, text};
use crate::object::{Node, Value};
use crate::validate::subject::{Subject, quote};

pub(super) fn check(subject: &mut Subject<'_>, spec: Node<'_>) {
    let Some(conversion) = present(spec, "conversion") else { return };
    let webhook = present(conversion, "webhook");
    let strategy = text(conversion, "strategy");
    match strategy {
        "None" => {
            if let Some(webhook) = webhook {
                let hint = "write `strategy: Webhook`, or delete `webhook:`";
                find(
                    subject,
                    &rules::CONVERSION,
                    webhook,
                    "`conversion.webhook`",
                    "is there, but the strategy is `None`",
                    hint,
                );
            }
        }
        "Webhook" => {
            let config = webhook.and_then(|webhook| present(webhook, "clientConfig"));
            match config {
                Some(config) => client(subject, config),
                None => find(
                    subject,
                    &rules::CONVERSION,
                    webhook.unwrap_or(conversion),
                    "`conversion.webhook.clientConfig`",
                    "is missing",
                    "say which service or URL converts",
                ),
            }
            review_versions(subject, webhook.unwrap_or(conversion));
        }
        other => {
            let at = conversion.get("strategy").unwrap_or(conversion);
            let fault = if other.is_empty() {
                "is missing".to_owned()
            } else {
                format!("is {}, which does not exist", quote(other))
            };
            find(subject, &rules::CONVERSION, at, "`conversion.strategy`", &fault, "write `None` or `Webhook`");
        }
    }
}

fn client(subject: &mut Subject<'_>, config: Node<'_>) {
    let (url, service) = (present(config, "url"), present(config, "service"));
    match (url, service) {
        (Some(url), None) => {
            let text = url.as_str().unwrap_or_default();
            let rest = text.strip_prefix("https://").unwrap_or_default();
            let host = rest.split('/').next().unwrap_or_default();
            if host.is_empty() || host.contains('@') || rest.contains(['#', '?']) {
                let hint = "write `https://HOST/PATH`, without user, query and fragment";
                find(
                    subject,
                    &rules::CONVERSION,
                    url,
                    "the URL of the conversion",
                    &format!("is {}", quote(text)),
                    hint,
                );
            }
        }
        (None, Some(service)) => {
            for field in ["name", "namespace"] {
                if text(service, field).is_empty() {
                    let what = format!("`{field}` of the converting service");
                    find(subject, &rules::CONVERSION, service, &what, "is missing", format!("add `{field}:`"));
                }
            }
            if let Some(port) =
                present(service, "port").filter(|port| !matches!(port.value(), Value::Integer(1..=65535)))
            {
                find(
                    subject,
                    &rules::CONVERSION,
                    port,
                    "the port of the converting service",
                    "is not from 1 to 65535",
                    "write a port",
                );
            }
        }
        _ => find(
            subject,
            &rules::CONVERSION,
            config,
            "`conversion.webhook.clientConfig`",
            "needs exactly one of `url` and `service`",
            "keep one of them",
        ),
    }
}

fn review_versions(subject: &mut Subject<'_>, webhook: Node<'_>) {
    let list = present(webhook, "conversionReviewVersions");
    let versions: Vec<Node<'_>> = list.into_iter().flat_map(Node::items).collect();
    let at = list.unwrap_or(webhook);
    let what = "`conversionReviewVersions`";
    if versions.is_empty() {
        return find(subject, &rules::CONVERSION, at, what, "is missing", "write `conversionReviewVersions: [v1]`");
    }
    let mut seen = HashSet::new();
    for version in &versions {
        let name = version.as_str().unwrap_or_default();
        if !seen.insert(name) {
            find(
                subject,
                &rules::CONVERSION,
                *version,
                what,
                &format!("has {} twice", quote(name)),
                "delete one of the two",
            );
        } else if !super::envelope::is_word(name) {
            let fault = format!("has {}, which is not a version", quote(name));
            find(subject, &rules::CONVERSION, *version, what, &fault, "write `v1`");
        }
    }
    if !seen.contains("v1") && !seen.contains("v1beta1") {
        find(subject, &rules::CONVERSION, at, what, "has neither `v1` nor `v1beta1`", "add `v1`");
    }
}
