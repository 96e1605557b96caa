//! The images that specs name, in the one form of a [`Reference`].

use crate::oci::Reference;

/// What Config Sync reads in `spec.oci.image`: no host means Docker Hub, and no tag `latest`.
pub(super) fn of_config_sync(image: &str) -> Option<Reference> {
    let first = image.split('/').next().unwrap_or_default();
    let has_host = image.contains('/') && crate::oci::is_meant_as_host(first);
    let with_host = if has_host { image.to_owned() } else { format!("docker.io/{image}") };
    with_latest(with_host.parse().ok()?)
}

/// What Flux and Argo CD read in `oci://HOST/REPOSITORY`, with the tag or digest that stands beside it.
pub(super) fn of_url(url: &str, behind: &str) -> Option<Reference> {
    format!("{}{behind}", url.strip_prefix("oci://")?.trim_end_matches('/')).parse().ok()
}

/// With the tag that counts where none is written.
pub(super) fn with_latest(reference: Reference) -> Option<Reference> {
    if reference.tag().is_some() || reference.digest().is_some() {
        return Some(reference);
    }
    format!("{reference}:latest").parse().ok()
}

/// Whether both name one repository, whichever way it is written.
pub fn are_of_one_repository(one: &Reference, other: &Reference) -> bool {
    normal(one) == normal(other)
}

/// Docker Hub has several names, and a folder that need not be written; https has a port that need not be.
fn normal(reference: &Reference) -> (String, String) {
    let host = reference.host();
    let host = host.strip_suffix(":443").unwrap_or(host);
    let repository = reference.repository();
    match host {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => {
            let whole = if repository.contains('/') { repository.to_owned() } else { format!("library/{repository}") };
            ("docker.io".to_owned(), whole)
        }
        _ => (host.to_owned(), repository.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_config_sync_has_a_host_and_a_tag_in_the_end() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (image, reference) in [
            ("r.io/a", Some("r.io/a:latest")),
            ("r.io/a:v1", Some("r.io/a:v1")),
            ("alpine", Some("docker.io/alpine:latest")),
            ("team/app:v1", Some("docker.io/team/app:v1")),
            ("localhost:5000/a", Some("localhost:5000/a:latest")),
            ("oci://r.io/a", None),
            ("R.io/A", None),
            ("", None),
        ] {
            assert_eq!(of_config_sync(image).map(|reference| reference.to_string()).as_deref(), reference, "{image}");
        }
        let both = format!("r.io/a:v1@{digest}");
        assert_eq!(of_config_sync(&both).unwrap().to_string(), both);
    }

    #[test]
    fn one_repository_may_be_written_in_several_ways() {
        for (one, other, same) in [
            ("r.io/a:v1", "r.io/a:v2", true),
            ("R.IO/a", "r.io:443/a", true),
            ("r.io/a", "r.io:5000/a", false),
            ("r.io/a", "r.io/a/b", false),
            ("docker.io/alpine", "index.docker.io/library/alpine", true),
            ("registry-1.docker.io/team/a", "docker.io/team/a", true),
        ] {
            let [one, other] = [one, other].map(|text| text.parse::<Reference>().unwrap());
            assert_eq!(are_of_one_repository(&one, &other), same, "{one} {other}");
        }
        assert_eq!(of_url("oci://r.io/a/", ":v1").unwrap().to_string(), "r.io/a:v1");
        assert!(of_url("https://r.io/a", "").is_none() && of_url("oci://", "").is_none());
    }
}
