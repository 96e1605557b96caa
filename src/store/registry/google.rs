//! What Artifact Registry's refusals may mean. Its words are the same for a missing repository, a missing role and a wrong region:
//! `Permission "…" denied on resource "…" (or it may not exist)`.

use super::Access;
use crate::credentials::is_google;
use crate::http::Answer;
use crate::oci::ArtifactRegistry;

/// What to do about a refusal; `account` is as whom it was asked.
pub(super) fn hint(
    host: &str,
    repository: &str,
    access: Access,
    account: Option<&str>,
    answer: &Answer,
) -> Option<String> {
    if !is_google(host) || !host.ends_with(".pkg.dev") {
        return None;
    }
    let Some(place) = ArtifactRegistry::at(host, repository) else {
        return Some(format!(
            "a repository there is named `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME`, not `{host}/{repository}`"
        ));
    };
    let (location, project, name) = (place.location(), place.project(), place.repository());
    let text = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    if text.contains("has not been used in project")
        || text.contains("it is disabled")
        || text.contains("service_disabled")
    {
        return Some(format!(
            "the API is not enabled: `gcloud services enable artifactregistry.googleapis.com --project={project}`"
        ));
    }
    let options = place.to_gcloud().join(" ");
    let describe = format!("gcloud artifacts repositories describe {options}");
    if answer.status.as_u16() == 404 {
        return Some(format!(
            "is there a repository `{name}` in `{location}`? `{describe}` tells; \
             `gcloud artifacts repositories list --project={project}` lists those in all locations"
        ));
    }
    let role = if access == Access::Push { "writer" } else { "reader" };
    let member = account.map_or_else(|| "user:YOU".to_owned(), member);
    Some(format!(
        "it may be the wrong location, a missing repository, or a missing role; `{describe}` tells whether the repository is \
         there; if it is: `gcloud artifacts repositories add-iam-policy-binding {options} \
         --member={member} --role=roles/artifactregistry.{role}`"
    ))
}

fn member(account: &str) -> String {
    let kind = if account.ends_with(".gserviceaccount.com") { "serviceAccount" } else { "user" };
    format!("{kind}:{account}")
}

#[cfg(test)]
mod tests {
    use super::super::explain::tests::answer;
    use super::*;

    #[test]
    fn a_refusal_names_the_commands_with_everything_filled_in() {
        let denied =
            answer(403, r#"{"errors":[{"code":"DENIED","message":"Permission denied (or it may not exist)"}]}"#);
        let hint = |host, repository, account, answer: &Answer| {
            hint(host, repository, Access::Push, account, answer).unwrap_or_default()
        };
        let text =
            hint("europe-west1-docker.pkg.dev", "shop/configs/prod", Some("ci@shop.iam.gserviceaccount.com"), &denied);
        for part in [
            "gcloud artifacts repositories describe configs --location=europe-west1 --project=shop",
            "--member=serviceAccount:ci@shop.iam.gserviceaccount.com --role=roles/artifactregistry.writer",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(hint("us-docker.pkg.dev", "shop", None, &denied).contains("LOCATION-docker.pkg.dev"));
        assert!(hint("us-docker.pkg.dev", "shop/configs/prod", None, &answer(404, "")).contains("repositories list"));
        let disabled = answer(403, "Artifact Registry API has not been used in project 1 before or it is disabled");
        assert!(hint("us-docker.pkg.dev", "shop/configs/prod", None, &disabled).contains("services enable"));
        assert_eq!(hint("r.example", "shop", None, &denied), "");
    }
}
