//! The forms that the API server demands of names and namespaces, what is wrong with a text that does not have them, and a guess at
//! what was meant.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>

use super::{addresses, texts};

/// A form of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A DNS-1123 subdomain: labels with dots between them, up to 253 characters. What most kinds want.
    Subdomain,
    /// A DNS-1123 label: lower-case letters, digits and `-`, up to 63 characters.
    Label,
    /// Anything that can be one segment of a URL's path.
    PathSegment,
    /// A key as in a ConfigMap: letters, digits, `-`, `_` and `.`.
    Key,
    /// An IP address in the one way to write it.
    Address,
    /// A group, a dot and a resource: `apps.deployments`.
    Resource,
}

impl Form {
    /// The form of `metadata.name` in objects of this kind.
    pub(super) fn of(group: &str, kind: &str) -> Self {
        match (group, kind) {
            // A Service wants more than a label, but how much depends on the version of Kubernetes; a label it wants in all.
            ("", "Namespace" | "Service") | ("apps", "StatefulSet") => Self::Label,
            // What more some of these want depends on their other fields.
            ("rbac.authorization.k8s.io" | "apiregistration.k8s.io", _)
            | ("policy", "PodDisruptionBudget")
            | ("certificates.k8s.io", "CertificateSigningRequest" | "ClusterTrustBundle")
            | ("", "Event" | "Binding") => Self::PathSegment,
            ("coordination.k8s.io", "LeaseCandidate") => Self::Key,
            ("networking.k8s.io", "IPAddress") => Self::Address,
            ("internal.apiserver.k8s.io", "StorageVersion") => Self::Resource,
            // OpenShift's own API names things `kube:admin` and `image:tag`.
            _ if group.ends_with(".openshift.io") => Self::PathSegment,
            _ => Self::Subdomain,
        }
    }

    /// What keeps `name` from having this form, as the end of a sentence: "has an upper-case `C`". The name is not empty.
    pub(super) fn fault(self, name: &str) -> Option<String> {
        if name.is_empty() {
            return Some("is empty".to_owned());
        }
        match self {
            Self::PathSegment if matches!(name, "." | "..") => return Some("is a path of its own".to_owned()),
            Self::PathSegment => {
                return name.chars().find(|c| matches!(c, '/' | '%')).map(|c| format!("has a `{c}`"));
            }
            Self::Key => return texts::config_key(name),
            Self::Address => return addresses::canonical_ip(name),
            Self::Resource => return resource_fault(name),
            Self::Subdomain | Self::Label => {}
        }
        if let Some(c) = name.chars().find(|&c| !self.allows(c)) {
            return Some(match c {
                'A'..='Z' => format!("has an upper-case `{c}`"),
                ' ' => "has a space".to_owned(),
                '_' => "has an underscore".to_owned(),
                _ => format!("has a `{c}`"),
            });
        }
        let longest = self.longest();
        if name.len() > longest {
            return Some(format!("has {} characters, and {longest} is the most", name.len()));
        }
        for label in name.split('.') {
            if label.is_empty() {
                return Some("has a dot at its start or end, or two in a row".to_owned());
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Some("has a `-` at the start or end of a part".to_owned());
            }
        }
        None
    }

    /// What the form is, as the end of a sentence: "… up to 63 of a-z, 0-9 and `-`".
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Subdomain => {
                "up to 253 lower-case letters, digits, `-` and `.`, with a letter or digit at the start and end"
            }
            Self::Label => "up to 63 lower-case letters, digits and `-`, with a letter or digit at the start and end",
            Self::PathSegment => "any text without `/` and `%`, other than `.` and `..`",
            Self::Key => "up to 253 letters, digits, `-`, `_` and `.`",
            Self::Address => "addresses such as `10.0.0.1` and `2001:db8::1`",
            Self::Resource => "a group, a dot and a resource, such as `apps.deployments`",
        }
    }

    /// A name of this form that is close to `name`.
    pub(super) fn mend(self, name: &str) -> Option<String> {
        if !matches!(self, Self::Subdomain | Self::Label) {
            return None;
        }
        let mapped: String =
            name.chars().map(|c| c.to_ascii_lowercase()).map(|c| if self.allows(c) { c } else { '-' }).collect();
        let labels: Vec<&str> = mapped.split('.').map(|l| l.trim_matches('-')).filter(|l| !l.is_empty()).collect();
        let mended = labels.join(".");
        (!mended.is_empty() && self.fault(&mended).is_none()).then_some(mended)
    }

    const fn allows(self, c: char) -> bool {
        matches!(c, 'a'..='z' | '0'..='9' | '-') || (c == '.' && matches!(self, Self::Subdomain))
    }

    const fn longest(self) -> usize {
        if matches!(self, Self::Label) { 63 } else { 253 }
    }
}

/// What keeps a text from being the name of most kinds, or, with `is_label`, of a namespace; and what was probably meant.
pub(crate) fn fault_of_name(name: &str, is_label: bool) -> Option<(String, Option<String>)> {
    let form = if is_label { Form::Label } else { Form::Subdomain };
    form.fault(name).map(|fault| (fault, form.mend(name)))
}

fn resource_fault(name: &str) -> Option<String> {
    let Some((group, resource)) = name.rsplit_once('.') else { return Some("has no dot".to_owned()) };
    Form::Subdomain.fault(group).or_else(|| texts::dns_1035(resource))
}

/// What keeps `text` from being an apiVersion, as the end of a sentence, and what was likely meant.
pub(super) fn api_version_fault(text: &str) -> Option<(&'static str, Option<String>)> {
    let (group, version) = text.rsplit_once('/').unwrap_or(("", text));
    let fault = if group.contains('/') {
        "has more than one `/`"
    } else if text.contains('/') && (group.is_empty() || version.is_empty()) {
        "lacks the part before or behind the `/`"
    } else if !text.contains('/') && version != "v1" {
        "has no group: without one there is only `v1`"
    } else if is_version(group) {
        "has group and version the wrong way round"
    } else if !group.is_empty() && Form::Subdomain.fault(group).is_some() {
        "has a group that is not a domain name"
    } else if Form::Label.fault(version).is_some() {
        "has a version that is not lower-case letters and digits"
    } else {
        return None;
    };
    let meant = match text.split_once('/') {
        Some((first, second)) if is_version(first) => format!("{second}/{first}"),
        _ => text.trim().to_ascii_lowercase(),
    };
    Some((fault, (meant != text && api_version_fault(&meant).is_none()).then_some(meant)))
}

/// Whether the text looks like `v1` or `v2beta1`.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What keeps `text` from being a kind, as the end of a sentence.
pub(super) fn kind_fault(text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return Some(if c == ' ' { "has a space".to_owned() } else { format!("has a `{c}`") });
    }
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) || text.ends_with('-') {
        return Some("does not begin with a letter, or ends in `-`".to_owned());
    }
    (text.len() > 63).then(|| format!("has {} characters, and 63 is the most", text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_their_form() {
        let long = "a".repeat(254);
        let label = "a".repeat(64);
        for (form, name, fault) in [
            (Form::Subdomain, "cart", None),
            (Form::Subdomain, "a.b-c.9", None),
            (Form::Subdomain, label.as_str(), None),
            (Form::Subdomain, "Cart", Some("an upper-case `C`")),
            (Form::Subdomain, "my_cart", Some("an underscore")),
            (Form::Subdomain, "my cart", Some("a space")),
            (Form::Subdomain, "küche", Some("a `ü`")),
            (Form::Subdomain, "a..b", Some("two in a row")),
            (Form::Subdomain, ".a", Some("a dot at its start")),
            (Form::Subdomain, "a-.b", Some("end of a part")),
            (Form::Subdomain, "-a", Some("start or end of a part")),
            (Form::Subdomain, long.as_str(), Some("254 characters")),
            (Form::Label, "shop", None),
            (Form::Label, "a.b", Some("a `.`")),
            (Form::Label, label.as_str(), Some("64 characters")),
            (Form::PathSegment, "system:Node_X", None),
            (Form::PathSegment, "a/b", Some("a `/`")),
            (Form::PathSegment, "50%", Some("a `%`")),
            (Form::PathSegment, "..", Some("a path")),
            (Form::Key, "A_b", None),
            (Form::Key, "a b", Some("a ` `")),
            (Form::Address, "10.0.0.1", None),
            (Form::Address, "10.0.0", Some("no IP address")),
            (Form::Resource, "apps.deployments", None),
            (Form::Resource, "deployments", Some("no dot")),
        ] {
            let found = form.fault(name);
            match (fault, &found) {
                (None, None) => {}
                (Some(part), Some(found)) if found.contains(part) => {}
                _ => panic!("{form:?} {name}: {found:?}, not {fault:?}"),
            }
        }
    }

    #[test]
    fn the_form_depends_on_the_kind() {
        for (group, kind, form) in [
            ("apps", "Deployment", Form::Subdomain),
            ("", "Namespace", Form::Label),
            ("example.com", "Namespace", Form::Subdomain),
            ("rbac.authorization.k8s.io", "ClusterRole", Form::PathSegment),
            ("user.openshift.io", "Group", Form::PathSegment),
            ("apps", "StatefulSet", Form::Label),
            ("policy", "PodDisruptionBudget", Form::PathSegment),
            ("networking.k8s.io", "IPAddress", Form::Address),
        ] {
            assert_eq!(Form::of(group, kind), form, "{group}/{kind}");
        }
    }

    #[test]
    fn a_close_name_is_offered() {
        for (form, name, mended) in [
            (Form::Subdomain, "My_App", Some("my-app")),
            (Form::Subdomain, "-a..b-", Some("a.b")),
            (Form::Label, "a.b", Some("a-b")),
            (Form::Label, "___", None),
            (Form::PathSegment, "a/b", None),
        ] {
            assert_eq!(form.mend(name).as_deref(), mended, "{name}");
        }
    }

    #[test]
    fn an_api_version_is_group_and_version() {
        for good in ["v1", "apps/v1", "networking.k8s.io/v1beta1", "example.com/stable"] {
            assert_eq!(api_version_fault(good), None, "{good}");
        }
        for (bad, meant) in [
            ("V1", Some("v1")),
            ("apps/V1", Some("apps/v1")),
            ("v1/apps", Some("apps/v1")),
            ("apps", None),
            ("v2", None),
            ("apps/", None),
            ("/v1", None),
            ("a/b/c", None),
            ("v1/v1", None),
            ("apps/1.0", None),
            ("ap ps/v1", None),
        ] {
            let found = api_version_fault(bad).map(|(_, found)| found);
            assert_eq!(found, Some(meant.map(str::to_owned)), "{bad}");
        }
    }

    #[test]
    fn a_kind_is_a_word() {
        for (kind, good) in
            [("Pod", true), ("pod", true), ("X509", true), ("Pod Spec", false), ("apps/Pod", false), ("9a", false)]
        {
            assert_eq!(kind_fault(kind).is_none(), good, "{kind}");
        }
    }
}
