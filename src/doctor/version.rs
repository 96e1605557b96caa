//! Versions, as far as they can be compared: of Config Sync, and what came with which.

use std::fmt;

/// Major, minor and patch; what follows them (`-rc.1`, `-gke.2`) does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32, u32);

impl Version {
    /// `auth: k8sserviceaccount` came with it.
    pub(super) const WITH_K8S_SERVICE_ACCOUNT: Self = Self(1, 17, 2);
    /// `auth: token` came with it.
    pub(super) const WITH_TOKEN: Self = Self(1, 24, 0);

    /// Reads `v1.24.0-rc.1` or `1.24.0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let numbers = text.strip_prefix('v').unwrap_or(text).split(['-', '+']).next()?;
        let mut numbers = numbers.split('.').map(|number| number.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The tag of an image: what follows the last `:` behind the last `/`. A registry may have a port, and a digest may follow.
pub(super) fn tag_of(image: &str) -> Option<&str> {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    name.split_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_whatever_stands_around_their_numbers() {
        for (text, expected) in [
            ("v1.24.3", Some("1.24.3")),
            ("1.17.2", Some("1.17.2")),
            ("v1.25.0-rc.1", Some("1.25.0")),
            ("v1.20.0-gke.3+dirty\n", Some("1.20.0")),
            ("v1.24", None),
            ("1.2.3.4", None),
            ("latest", None),
            ("", None),
            ("v", None),
            ("1.2.-3", None),
            ("99999999999.1.1", None),
        ] {
            assert_eq!(Version::parse(text).map(|version| version.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("v1.9.10") < Version::WITH_K8S_SERVICE_ACCOUNT);
        assert!(version("v1.17.2-rc.1") >= Version::WITH_K8S_SERVICE_ACCOUNT);
        assert!(version("v1.23.3") < Version::WITH_TOKEN && version("v2.0.0") > Version::WITH_TOKEN);
    }

    #[test]
    fn a_port_of_the_registry_is_no_tag() {
        for (image, tag) in [
            ("gcr.io/config-management-release/reconciler-manager:v1.24.3", Some("v1.24.3")),
            ("r.example:5000/config-sync/reconciler-manager:v1.20.0", Some("v1.20.0")),
            ("r.example:5000/config-sync/reconciler-manager", None),
            ("r.example:5000/x/reconciler-manager:v1@sha256:0011", Some("v1")),
            ("r.example:5000/x/reconciler-manager@sha256:0011", None),
            ("reconciler-manager:v1", Some("v1")),
            ("reconciler-manager:", None),
            ("", None),
        ] {
            assert_eq!(tag_of(image), tag, "{image}");
        }
    }
}
