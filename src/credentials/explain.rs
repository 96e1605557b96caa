//! What to say when a registry wants to know who we are and nothing is known.

use super::{Step, adc, google, helper};
use crate::error::{Error, Kind};

/// How the step of a helper begins.
pub(super) const HELPER: &str = "credential helper ";

/// The error for a registry that wants to know who we are while nothing is known: what was tried, in order, and the command that most likely mends it.
pub fn nothing_found(host: &str, tried: &[Step]) -> Error {
    Error::new(Kind::Denied, format!("there are no credentials for {host}"))
        .tried(tried.iter().map(|step| format!("{}: {}", step.source, step.outcome)))
        .hint(remedy(host, tried))
}

/// The helper among what was tried that should have answered for the host, if one gave nothing although it is not for other hosts only.
pub fn passed_over(tried: &[Step]) -> Option<&Step> {
    tried.iter().find(|step| step.source.starts_with(HELPER) && step.outcome != helper::NOTHING)
}

fn remedy(host: &str, tried: &[Step]) -> String {
    const GIVE: &str = "set CONSIGN_USERNAME and CONSIGN_PASSWORD";
    let gcloud = |step: &&Step| {
        step.source.strip_prefix(HELPER).is_some_and(|rest| google::HELPERS.iter().any(|name| rest.starts_with(name)))
    };
    if !google::is_google(host) {
        return match tried.iter().find(|step| step.outcome == helper::MISSING) {
            Some(step) => format!("install the {}, or take it out of that file; or {GIVE}", step.source),
            None => format!("run `docker login {host}`, or {GIVE}"),
        };
    }
    if tried.iter().all(|step| step.source.starts_with(adc::NAME)) {
        return "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS".to_owned();
    }
    match tried.iter().find(gcloud) {
        Some(step) if step.outcome == helper::MISSING => {
            "install google-cloud-cli, which brings docker-credential-gcloud, or put its `bin` folder on PATH"
                .to_owned()
        }
        Some(_) => "run `gcloud auth login`".to_owned(),
        None => format!("run `gcloud auth configure-docker {host}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_is_the_command_that_most_likely_mends_it() {
        const GCLOUD: &str = "credential helper docker-credential-gcloud (/c.json)";
        for (host, steps, hint) in [
            ("r.io", &[("DOCKER_AUTH_CONFIG", "not set")][..], "run `docker login r.io`, or"),
            (
                "r.io",
                &[("credential helper docker-credential-x (/c.json)", helper::MISSING)],
                "install the credential helper docker-credential-x (/c.json), or take it out of that file; or set",
            ),
            ("gcr.io", &[("/c.json", "not there"), (adc::NAME, "none")], "run `gcloud auth configure-docker gcr.io`"),
            ("gcr.io", &[(GCLOUD, "not logged in: You"), (adc::NAME, "none")], "run `gcloud auth login`"),
            ("gcr.io", &[(GCLOUD, helper::MISSING), (adc::NAME, "none")], "install google-cloud-cli"),
            ("gcr.io", &[(adc::NAME, "none")], "run `gcloud auth application-default login`"),
        ] {
            let steps: Vec<Step> = steps
                .iter()
                .map(|(source, outcome)| Step { source: (*source).to_owned(), outcome: (*outcome).to_owned() })
                .collect();
            let error = nothing_found(host, &steps);
            assert_eq!(error.kind(), Kind::Denied);
            assert!(error.hint_text().unwrap().starts_with(hint), "{:?}", error.hint_text());
        }
    }

    #[test]
    fn what_was_tried_is_told_in_order() {
        let step = |source: &str, outcome: &str| Step { source: source.to_owned(), outcome: outcome.to_owned() };
        let error =
            nothing_found("r.io", &[step("DOCKER_AUTH_CONFIG", "not set"), step("/c.json", "nothing for r.io")]);
        assert_eq!(
            error.to_string(),
            "there are no credentials for r.io; tried, in this order: DOCKER_AUTH_CONFIG: not set; /c.json: nothing for r.io"
        );
        assert_eq!(nothing_found("r.io", &[]).to_string(), "there are no credentials for r.io");
    }
}
