//! Which kinds there are, in which versions.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::data::{self, table};
use super::version::{self, Targets, Version};
use crate::validate::similar::similar;

/// Whether objects of a kind are in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::validate) enum Scope {
    /// Each is in one.
    Namespaced,
    /// None is.
    Cluster,
}

/// What is known of an apiVersion and a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::validate) enum Known {
    /// All versions that are meant have it.
    Served,
    /// They have it, and a later version does not: which, and what to use instead.
    Deprecated(Version, String),
    /// It is Kubernetes' own, and some version that is meant does not have it: why, as the end of a sentence, and what to use instead.
    Missing(String, String),
    /// The group is Kubernetes' own, and never had such a kind: what may be meant.
    NoSuch(String),
    /// It is not one of Kubernetes' own.
    Custom,
}

/// Looks up a kind.
pub(in crate::validate) fn look_up(api_version: &str, kind: &str, targets: Targets) -> Known {
    if let Some(found) = find(api_version, kind) {
        if targets.all_have(found.has) {
            // Without another version to move to there is nothing to do about it.
            let removed = version::removed_after(found.has)
                .and_then(|version| Some((version, others(api_version, kind, targets)?)));
            return removed.map_or(Known::Served, |(version, instead)| Known::Deprecated(version, instead));
        }
        let history = version::history(found.has).map(|history| format!(" ({history})")).unwrap_or_default();
        let hint = others(api_version, kind, targets)
            .unwrap_or_else(|| "choose another --kubernetes-version, or leave it out".to_owned());
        return Known::Missing(format!("is not in Kubernetes {}{history}", targets.lacking(found.has)), hint);
    }
    let group = group_of(api_version);
    if let Some((removed, instead)) = super::removed::removed(api_version, kind) {
        return Known::Missing(format!("was removed in Kubernetes {removed}"), instead);
    }
    if is_custom(api_version, kind) {
        return Known::Custom;
    }
    if let Some(hint) = others(api_version, kind, targets) {
        return Known::Missing("is not a version that has it".to_owned(), hint);
    }
    let hint = near(group, kind).map_or_else(
        || "`kubectl api-resources` lists what a cluster has".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Known::NoSuch(hint)
}

/// Whether a kind is none of Kubernetes' own, in any version, and no version of it was removed either.
pub(in crate::validate) fn is_custom(api_version: &str, kind: &str) -> bool {
    !is_built_in_group(group_of(api_version)) && super::removed::removed(api_version, kind).is_none()
}

/// The kind's entry.
pub(super) fn find(api_version: &str, kind: &str) -> Option<&'static data::Kind> {
    table().kind(api_version, kind)
}

/// The scope of a kind of Kubernetes' own, in whatever version.
pub(in crate::validate) fn scope(group: &str, kind: &str) -> Option<Scope> {
    static SCOPES: OnceLock<std::collections::HashMap<(&'static str, &'static str), bool>> = OnceLock::new();
    let scopes = SCOPES.get_or_init(|| {
        table().kinds.iter().map(|kind| ((group_of(kind.version), kind.name), kind.namespaced)).collect()
    });
    scopes.get(&(group, kind)).map(|namespaced| if *namespaced { Scope::Namespaced } else { Scope::Cluster })
}

/// Whether all kinds of this group are Kubernetes' own.
fn is_built_in_group(group: &str) -> bool {
    static GROUPS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| {
        let known = table().kinds.iter().map(|kind| group_of(kind.version));
        known.chain(["extensions"]).collect()
    });
    groups.contains(group)
}

pub(super) fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Where else the kind is: in another version of its group, else in another group.
fn others(api_version: &str, kind: &str, targets: Targets) -> Option<String> {
    best(api_version, kind, targets).map(|best| format!("write `apiVersion: {best}`"))
}

/// The apiVersion under which Kubernetes itself has a kind of this name, if it does.
pub(in crate::validate) fn elsewhere(kind: &str, targets: Targets) -> Option<&'static str> {
    best("", kind, targets)
}

fn best(api_version: &str, kind: &str, targets: Targets) -> Option<&'static str> {
    let group = group_of(api_version);
    let served = table()
        .kinds
        .iter()
        .filter(|other| other.name == kind && other.version != api_version && targets.all_have(other.has));
    // A version without `alpha` or `beta` first, then the newest.
    let rank = |version: &str| (group_of(version) != group, version.contains("alpha"), version.contains("beta"));
    served.map(|other| other.version).min_by_key(|version| (rank(version), std::cmp::Reverse(*version)))
}

/// A kind of this group, or of any, that is written nearly like this one.
fn near(group: &str, kind: &str) -> Option<String> {
    let of_group = table().kinds.iter().filter(|other| group_of(other.version) == group).map(|other| other.name);
    let own = similar(kind, of_group).map(str::to_owned);
    own.or_else(|| similar(kind, table().kinds.iter().map(|other| other.name)).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(versions: &[&str]) -> Targets {
        let versions: Vec<_> = versions.iter().filter_map(|text| super::super::Version::parse(text)).collect();
        Targets::new(&versions)
    }

    #[test]
    fn a_kind_is_served_missing_or_custom() {
        let all = targets(&["1.30", "1.37"]);
        for (version, kind, expected) in [
            ("v1", "Pod", "served"),
            ("apps/v1", "Deployment", "served"),
            ("example.com/v1", "Thing", "custom"),
            ("gateway.networking.k8s.io/v1", "Gateway", "custom"),
            ("apps/v1", "Deploymnt", "no such kind; did you mean `Deployment`?"),
            ("v1", "Deployment", "is not a version that has it; write `apiVersion: apps/v1`"),
            ("apps/v2", "Deployment", "is not a version that has it; write `apiVersion: apps/v1`"),
            (
                "extensions/v1beta1",
                "Ingress",
                "was removed in Kubernetes 1.22; write `apiVersion: networking.k8s.io/v1`",
            ),
        ] {
            let found = match look_up(version, kind, all) {
                Known::Served => "served".to_owned(),
                Known::Custom => "custom".to_owned(),
                Known::Deprecated(version, hint) => format!("goes in {version}; {hint}"),
                Known::Missing(why, hint) => format!("{why}; {hint}"),
                Known::NoSuch(hint) => format!("no such kind; {hint}"),
            };
            assert!(found.starts_with(expected), "{version} {kind}: {found}");
        }
    }

    #[test]
    fn a_kind_that_only_some_targets_have_is_missing() {
        let one = look_up("resource.k8s.io/v1", "ResourceClaim", targets(&["1.35"]));
        assert_eq!(one, Known::Served);
        let fleet = look_up("resource.k8s.io/v1", "ResourceClaim", targets(&["1.33", "1.35"]));
        let Known::Missing(why, _) = fleet else { panic!("{fleet:?}") };
        assert_eq!(why, "is not in Kubernetes 1.33 (new in 1.34)");
    }

    #[test]
    fn a_kind_that_goes_in_a_later_version_is_deprecated() {
        let (version, kind) = ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema");
        let Known::Deprecated(goes, hint) = look_up(version, kind, targets(&["1.30"])) else { panic!() };
        assert_eq!(
            (goes.to_string(), hint.as_str()),
            ("1.32".to_owned(), "write `apiVersion: flowcontrol.apiserver.k8s.io/v1`")
        );
        assert!(matches!(look_up(version, kind, targets(&["1.30", "1.32"])), Known::Missing(..)));
    }

    #[test]
    fn scopes_are_known_without_the_version() {
        assert_eq!(scope("", "Namespace"), Some(Scope::Cluster));
        assert_eq!(scope("apps", "Deployment"), Some(Scope::Namespaced));
        assert_eq!(scope("example.com", "Thing"), None);
    }
}
