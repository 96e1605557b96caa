//! Where in Google's Artifact Registry a reference points to.

use std::fmt;

use super::Reference;

/// A repository of Artifact Registry: what `gcloud` calls a repository, under which there are many of a registry's.
///
/// ```
/// use consign::oci::{ArtifactRegistry, Reference};
///
/// let reference: Reference = "europe-west1-docker.pkg.dev/shop-prod/configs/prod:v1".parse()?;
/// let place = ArtifactRegistry::of(&reference).unwrap();
/// assert_eq!((place.location(), place.project(), place.repository()), ("europe-west1", "shop-prod", "configs"));
/// assert_eq!(place.to_string(), "europe-west1-docker.pkg.dev/shop-prod/configs");
/// # Ok::<(), consign::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactRegistry {
    location: String,
    project: String,
    repository: String,
}

impl ArtifactRegistry {
    /// The place of a reference; none where it is at another registry, or names no more than a project.
    pub fn of(reference: &Reference) -> Option<Self> {
        Self::at(reference.host(), reference.repository())
    }

    /// The place of a path at a host.
    ///
    /// The project of a domain, `example.com:shop`, is two parts of the path: `example.com/shop`. See
    /// <https://cloud.google.com/artifact-registry/docs/docker/names#domain>.
    pub(crate) fn at(host: &str, path: &str) -> Option<Self> {
        let host = host.strip_suffix(":443").unwrap_or(host);
        let location = host.strip_suffix("-docker.pkg.dev")?.to_owned();
        let mut parts = path.split('/');
        let first = parts.next()?;
        let project = if first.contains('.') { format!("{first}:{}", parts.next()?) } else { first.to_owned() };
        let repository = parts.next()?.to_owned();
        Some(Self { location, project, repository })
    }

    /// The region, or `us`, `europe` or `asia`.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The project's ID, as `gcloud` takes it: `shop-prod`, `example.com:shop-prod`.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The repository's ID.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The registry's host.
    pub fn host(&self) -> String {
        format!("{}-docker.pkg.dev", self.location)
    }

    /// With what the path of every image there begins.
    pub fn path(&self) -> String {
        format!("{}/{}", self.project.replace(':', "/"), self.repository)
    }

    /// How it is named to `gcloud artifacts repositories VERB`.
    pub fn to_gcloud(&self) -> [String; 3] {
        [self.repository.clone(), format!("--location={}", self.location), format!("--project={}", self.project)]
    }
}

/// As images below it begin.
impl fmt::Display for ArtifactRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host(), self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_at_googles_registry_has_a_location_a_project_and_a_repository() {
        for (text, place) in [
            ("us-docker.pkg.dev/shop/configs", Some(("us", "shop", "configs"))),
            ("us-docker.pkg.dev:443/shop/configs:v1", Some(("us", "shop", "configs"))),
            ("europe-west1-docker.pkg.dev/shop/configs/a/b:v1", Some(("europe-west1", "shop", "configs"))),
            ("us-docker.pkg.dev/example.com/shop/configs/prod", Some(("us", "example.com:shop", "configs"))),
            ("us-docker.pkg.dev/example.com/shop", None),
            ("us-docker.pkg.dev/shop", None),
            ("docker.pkg.dev/shop/configs", None),
            ("us-npm.pkg.dev/shop/configs", None),
            ("gcr.io/shop/configs", None),
            ("r.example/shop/configs", None),
        ] {
            let found = ArtifactRegistry::of(&text.parse().unwrap());
            let parts = found.as_ref().map(|place| (place.location(), place.project(), place.repository()));
            assert_eq!(parts, place, "{text}");
            assert!(found.is_none_or(|place| text.replace(":443", "").starts_with(&place.to_string())), "{text}");
        }
    }
}
