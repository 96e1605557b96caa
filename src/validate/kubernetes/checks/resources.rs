//! Requests and limits: names, numbers, and which goes with which.

use super::fields::{at, items};
use super::{Extra, Must, Row, Walk, extra, get, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::scalar::{BILLION, billionths, quantity};
use crate::validate::kubernetes::walk::Step;
use crate::validate::texts;

pub(super) static ROWS: &[Row] = &[
    needs(&["core.v1.ResourceClaim"], &["name"]),
    must(&["core.v1.ResourceClaim"], &["request"], &[Must::Text(texts::dns_label)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(&["core.v1.ResourceRequirements"], requirements),
    extra(&["core.v1.PodSpec"], overhead),
    extra(&["core.v1.PodSpec"], claims_exist),
    extra(&["core.v1.PodSpec"], containers_fit_pod),
];

/// A name of something with an amount, as the server sorts them.
#[derive(Clone, Copy)]
pub(super) struct Resource<'t>(pub(super) &'t str);

impl Resource<'_> {
    /// Of Kubernetes' own: no domain, or that of kubernetes.io.
    fn is_native(self) -> bool {
        !self.0.contains('/') || self.0.contains("kubernetes.io/")
    }

    pub(super) fn is_huge_pages(self) -> bool {
        self.0.starts_with("hugepages-")
    }

    /// Of a device plugin or the like: `example.com/gpu`.
    fn is_extended(self) -> bool {
        !self.is_native()
            && !self.0.starts_with("requests.")
            && texts::qualified_name(&format!("requests.{}", self.0)).is_none()
    }

    /// Whether a request may be less than the limit.
    pub(super) fn can_overcommit(self) -> bool {
        self.is_native() && !self.is_huge_pages()
    }

    /// Whether there are no halves of it.
    pub(super) fn is_whole(self) -> bool {
        COUNTED.contains(&self.0) || self.is_extended()
    }

    /// What keeps the name from being one of a resource at all.
    pub(super) fn fault(self) -> Option<String> {
        if let Some(fault) = texts::qualified_name(self.0) {
            return Some(fault);
        }
        let is_known = self.0.contains('/')
            || AMOUNTS.contains(&self.0)
            || COUNTED.contains(&self.0)
            || self.is_huge_pages()
            || self.0.starts_with("requests.hugepages-");
        (!is_known).then(|| "is neither one of Kubernetes' own nor has a domain, such as `example.com/gpu`".to_owned())
    }
}

/// What keeps a container from having some of it.
pub(super) fn fault_in_container(name: &str) -> Option<String> {
    let resource = Resource(name);
    if matches!(name, "cpu" | "memory" | "ephemeral-storage") {
        return None;
    }
    resource.fault().or_else(|| {
        if !name.contains('/') {
            (!resource.is_huge_pages()).then(|| "is nothing that a container has".to_owned())
        } else if !resource.is_native() && !resource.is_extended() {
            Some("does not have the form of an extended resource, such as `example.com/gpu`".to_owned())
        } else {
            None
        }
    })
}

fn fault_in_pod(name: &str) -> Option<String> {
    let is_fine = matches!(name, "cpu" | "memory") || Resource(name).is_huge_pages();
    Resource(name).fault().or_else(|| (!is_fine).then(|| "is not supported for a pod as a whole".to_owned()))
}

const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

const AMOUNTS: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

fn requirements(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let of_pod = match walk.path[..] {
        // What stands in a status is not looked at.
        [Step::Key("status"), ..] => return,
        [.., Step::Index(_), Step::Key(_)] => false,
        _ => true,
    };
    if of_pod && !walk.reaches("1.34") {
        return;
    }
    if of_pod && get(node, "claims").is_some() {
        walk.forbidden(node, "claims", "must not be there for a pod as a whole", "put it into a container");
    }
    for field in ["limits", "requests"] {
        amounts(walk, node, field, if of_pod { fault_in_pod } else { fault_in_container });
    }
    requests_fit_limits(walk, node);
    huge_pages(walk, node);
    claims_differ(walk, node);
}

/// Names and numbers of a map of amounts.
pub(super) fn amounts(walk: &mut Walk<'_, '_>, node: Node<'_>, field: &str, name_fault: fn(&str) -> Option<String>) {
    for (key, value) in node.get(field).into_iter().flat_map(Node::entries) {
        let name = key.as_str();
        if let Some(fault) = name_fault(name) {
            walk.invalid_key(key, field, &fault);
        }
        amount(walk, value, field, name);
    }
}

fn amount(walk: &mut Walk<'_, '_>, value: Node<'_>, field: &str, name: &str) {
    let Some(number) = quantity(value) else { return };
    if number < 0 {
        walk.invalid(value, &format!("{field}.{name}"), "is less than 0", "write 0 or more");
    } else if number % BILLION != 0 && Resource(name).is_whole() {
        let fault = "is a fraction, and there are only whole ones";
        walk.invalid(value, &format!("{field}.{name}"), fault, "write a whole number");
    }
}

fn requests_fit_limits(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let limits = node.get("limits");
    for (key, value) in node.get("requests").into_iter().flat_map(Node::entries) {
        let (name, resource) = (key.as_str(), Resource(key.as_str()));
        let limit = limits.and_then(|limits| limits.get(name));
        let (Some(limit), Some(request)) = (limit, quantity(value)) else {
            if limit.is_none() && !resource.can_overcommit() {
                let hint = format!("add the same amount of `{name}` below `limits:`");
                walk.missing(node, &format!("limits.{name}"), hint);
            }
            continue;
        };
        let Some(limit) = quantity(limit) else { continue };
        if request != limit && !resource.can_overcommit() {
            let fault = "is not the same as the limit, and of this resource nobody can have less or more";
            walk.invalid(value, &format!("requests.{name}"), fault, "write the same amount in both places");
        } else if request > limit {
            let hint = "write a smaller request or a greater limit";
            walk.invalid(value, &format!("requests.{name}"), "is more than the limit", hint);
        }
    }
}

fn huge_pages(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    let mut found = false;
    let mut has_company = false;
    for field in ["limits", "requests"] {
        for (key, value) in node.get(field).into_iter().flat_map(Node::entries) {
            let name = key.as_str();
            has_company |= matches!(name, "cpu" | "memory");
            let Some(size) = name.strip_prefix("hugepages-") else { continue };
            found = true;
            let Some(amount) = quantity(value) else { continue };
            let size = billionths(size).unwrap_or_default();
            if size <= 0 || size % BILLION != 0 || amount % size != 0 {
                let fault = "is not a whole number of such pages";
                walk.invalid(value, &format!("{field}.{name}"), fault, "write a multiple of the size of the page");
            }
        }
    }
    if found && !has_company {
        walk.forbidden(node, "", "has huge pages without `cpu` or `memory`", "add a request for `cpu` or `memory`");
    }
}

fn claims_differ(walk: &mut Walk<'_, '_>, node: Node<'_>) {
    for (index, claim) in items(node, "claims") {
        let Some(name) = text(claim, "name") else { continue };
        let request = text(claim, "request");
        let overlaps = |(_, other): (usize, Node<'_>)| {
            let others = text(other, "request");
            text(other, "name") == Some(name) && (others.is_none() || request.is_none() || others == request)
        };
        if items(node, "claims").take(index).any(overlaps) {
            walk.duplicate(claim.get("name").unwrap_or(claim), &format!("claims[{index}].name"), name);
        }
    }
}

fn overhead(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    amounts(walk, spec, "overhead", fault_in_container);
}

/// A container uses claims of its pod.
fn claims_exist(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (field, index, container) in super::fields::containers(spec) {
        let Some(resources) = get(container, "resources") else { continue };
        for (number, claim) in items(resources, "claims") {
            let Some(name) = text(claim, "name").filter(|name| !walk.is_placeholder(name)) else { continue };
            if !super::fields::may_have(walk, spec, "resourceClaims", name) {
                let below = format!("{field}[{index}].resources.claims[{number}].name");
                let at = claim.get("name").unwrap_or(claim);
                walk.not_found(at, &below, name, "is not among the `resourceClaims` of the pod", "add it there");
            }
        }
    }
}

/// What all containers request together is no more than what the pod requests as a whole; no container has a higher limit.
fn containers_fit_pod(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(own) = get(spec, "resources").filter(|_| walk.reaches("1.34")) else { return };
    // Of a pod, not of a template, the server takes limits for requests that are not there.
    let of_pod = matches!(walk.path[..], [Step::Key("spec")]);
    for (key, value) in own.get("requests").into_iter().flat_map(Node::entries) {
        let name = key.as_str();
        let fields: &[&str] = if of_pod { &["requests", "limits"] } else { &["requests"] };
        if quantity(value).is_some_and(|whole| sum(spec, name, fields) > whole) {
            let fault = "is less than what the containers request together";
            walk.invalid(value, &format!("resources.requests.{name}"), fault, "write a greater amount");
        }
    }
    for (key, value) in own.get("limits").into_iter().flat_map(Node::entries) {
        let (name, whole) = (key.as_str(), quantity(value));
        if Resource(name).is_huge_pages() && whole.is_some_and(|whole| sum(spec, name, &["limits"]) > whole) {
            let fault = "is less than the limits of the containers together";
            walk.invalid(value, &format!("resources.limits.{name}"), fault, "write a greater amount");
        }
        // Where a pod requests nothing as a whole, it is what its containers request.
        let is_left_out = of_pod && own.get("requests").is_none_or(|requests| requests.get(name).is_none());
        if is_left_out && whole.is_some_and(|whole| sum(spec, name, &["requests", "limits"]) > whole) {
            let fault = "is less than what the containers request together";
            walk.invalid(value, &format!("resources.limits.{name}"), fault, "write a greater amount");
        }
        for (index, container) in items(spec, "containers") {
            let Some(limit) = at(container, &["resources", "limits"]).and_then(|limits| limits.get(name)) else {
                continue;
            };
            if quantity(limit) > whole && whole.is_some() {
                let below = format!("containers[{index}].resources.limits.{name}");
                walk.invalid(limit, &below, "is more than the limit of the whole pod", "write a smaller limit");
            }
        }
    }
}

/// How much of a resource all containers have at once: those that stay, or one that runs before them.
fn sum(spec: Node<'_>, name: &str, fields: &[&str]) -> i128 {
    let of = |container: Node<'_>| {
        let amounts = get(container, "resources");
        let amount = fields.iter().find_map(|field| amounts?.get(field)?.get(name));
        amount.and_then(quantity).unwrap_or_default()
    };
    let mut all: i128 = items(spec, "containers").map(|(_, container)| of(container)).sum();
    let (mut sidecars, mut most) = (0, 0);
    for (_, container) in items(spec, "initContainers") {
        if text(container, "restartPolicy") == Some("Always") {
            sidecars += of(container);
            all += of(container);
            most = most.max(sidecars);
        } else {
            most = most.max(sidecars + of(container));
        }
    }
    all.max(most)
}

#[cfg(test)]
mod tests;
