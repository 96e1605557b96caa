//! The rules that Google has for names, so that a bad one is told before anybody is asked.

use std::str::FromStr;

use crate::error::{Error, Kind};
use crate::notice::human_count;

fn usage(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

/// What is wrong with the ID of a project, a repository or a service account, as the end of a sentence: `has a space`.
fn fault_of_id(id: &str, shortest: usize, longest: usize) -> Option<String> {
    if id.is_empty() {
        return Some("is empty".to_owned());
    }
    if let Some(c) = id.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Some(match c {
            'A'..='Z' => format!("has an upper-case `{c}`"),
            ' ' => "has a space".to_owned(),
            _ => format!("has a `{}`", c.escape_debug()),
        });
    }
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some("does not begin with a letter".to_owned());
    }
    if id.ends_with('-') {
        return Some("ends with `-`".to_owned());
    }
    match id.len() {
        length if length < shortest => {
            Some(format!("has {}, and {shortest} is the least", human_count(length, "character")))
        }
        length if length > longest => Some(format!("has {length} characters, and {longest} is the most")),
        _ => None,
    }
}

/// Refuses what is not the ID of a project; one that belongs to a domain is written `example.com:shop-prod`.
///
/// Fails with [`Kind::Usage`].
pub fn check_project(project: &str) -> Result<(), Error> {
    let shown = project.escape_debug();
    if !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(usage(format!("`{shown}` is a project's number, and its ID is asked for"))
            .hint(format!("`gcloud projects describe {shown} --format='value(projectId)'` tells the ID")));
    }
    let (domain, id) = project.split_once(':').map_or((None, project), |(domain, id)| (Some(domain), id));
    let fits = |domain: &str| {
        let part =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        domain.contains('.') && domain.split('.').all(part)
    };
    let fault = match domain {
        Some(domain) if !fits(domain) => Some("has no domain before its `:`".to_owned()),
        _ => fault_of_id(id, 6, 30),
    };
    match fault {
        None => Ok(()),
        Some(fault) => Err(usage(format!("the project's ID `{shown}` {fault}")).hint(
            "an ID has 6 to 30 lower-case letters, digits and `-`, a letter first; `gcloud projects list` shows yours",
        )),
    }
}

/// Refuses what has not the form of a place where Artifact Registry is.
pub(super) fn check_location(location: &str) -> Result<(), Error> {
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let place = |text: &str| {
        let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
        letters(name) && matches!(text.len() - name.len(), 1..=2)
    };
    let parts: Vec<&str> = location.split('-').collect();
    let hint = match parts.as_slice() {
        ["us" | "europe" | "asia"] => return Ok(()),
        [area, name] if letters(area) && place(name) => return Ok(()),
        [area, name, zone] if letters(area) && place(name) && letters(zone) => {
            format!("that is a zone: write its region, `{area}-{name}-docker.pkg.dev/…`")
        }
        ["eu"] => "write `europe-docker.pkg.dev/…`".to_owned(),
        _ => "a location is a region like `europe-west1`, or `us`, `europe` or `asia`; `gcloud artifacts locations list` shows them"
            .to_owned(),
    };
    Err(usage(format!("`{}` is no location of Artifact Registry", location.escape_debug())).hint(hint))
}

/// Refuses what is not the ID of a repository.
pub(super) fn check_repository(repository: &str) -> Result<(), Error> {
    match fault_of_id(repository, 1, 63) {
        None => Ok(()),
        Some(fault) => Err(usage(format!("the repository's ID `{}` {fault}", repository.escape_debug()))
            .hint("an ID has up to 63 lower-case letters, digits and `-`, a letter first")),
    }
}

/// Refuses what cannot describe a repository.
pub(super) fn check_description(description: &str) -> Result<(), Error> {
    match description.chars().find(|c| c.is_control()) {
        None if description.trim().is_empty() => Err(usage("the description is empty".to_owned())
            .hint("say what is in the repository, or leave out `--description`")),
        None => Ok(()),
        Some(c) => Err(usage(format!("the description has a `{}`", c.escape_debug())).hint("write it on one line")),
    }
}

/// A service account that somebody made in a project, by its e-mail address.
///
/// ```
/// use consign::setup::ServiceAccount;
///
/// let account: ServiceAccount = "syncer@shop-prod.iam.gserviceaccount.com".parse()?;
/// assert_eq!(account.project(), "shop-prod");
/// # Ok::<(), consign::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    email: String,
    project: String,
}

impl ServiceAccount {
    /// Its address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The project that it belongs to.
    pub fn project(&self) -> &str {
        &self.project
    }
}

impl FromStr for ServiceAccount {
    type Err = Error;

    /// Fails with [`Kind::Usage`].
    fn from_str(email: &str) -> Result<Self, Error> {
        let shown = email.escape_debug();
        let form = "write `ID@PROJECT.iam.gserviceaccount.com`; `gcloud iam service-accounts list` shows them";
        let parts = email.strip_suffix(".iam.gserviceaccount.com").and_then(|rest| rest.split_once('@'));
        let Some((id, project)) = parts else {
            return Err(usage(format!("`{shown}` is not the address of a service account of a project")).hint(form));
        };
        if let Some(fault) = fault_of_id(id, 6, 30) {
            let rule = "the ID before the `@` has 6 to 30 lower-case letters, digits and `-`, a letter first";
            return Err(usage(format!("the service account's ID `{}` {fault}", id.escape_debug())).hint(rule));
        }
        // The project `example.com:shop` has accounts at `shop.example.com.iam.gserviceaccount.com`.
        let project = match project.split_once('.') {
            Some((id, domain)) => format!("{domain}:{id}"),
            None => project.to_owned(),
        };
        check_project(&project)?;
        Ok(Self { email: email.to_owned(), project })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: usize) -> String {
        "n".repeat(length)
    }

    fn fault(result: Result<(), Error>) -> String {
        result.map_or_else(|error| format!("{error} ({})", error.hint_text().unwrap_or_default()), |()| String::new())
    }

    #[test]
    fn ids_are_taken_at_the_limits_and_refused_beyond_them() {
        let email = |id: String| format!("{id}@shop-prod.iam.gserviceaccount.com").parse::<ServiceAccount>().map(drop);
        for (what, check, shortest, longest) in [
            ("project", &(|id: String| check_project(&id)) as &dyn Fn(String) -> Result<(), Error>, 6, 30),
            ("domain's project", &|id| check_project(&format!("example.com:{id}")), 6, 30),
            ("repository", &|id| check_repository(&id), 1, 63),
            ("service account", &email, 6, 30),
        ] {
            for (length, fits) in
                [(shortest - 1, false), (shortest, true), (shortest + 1, true), (longest, true), (longest + 1, false)]
            {
                assert_eq!(check(of(length)).is_ok(), fits, "{what} of {length}");
            }
        }
    }

    #[test]
    fn what_is_no_project_is_refused_with_its_rule() {
        for (project, words) in [
            ("", "is empty"),
            ("123456789012", "is a project's number"),
            ("123456789012", "gcloud projects describe 123456789012"),
            ("Shop-prod", "has an upper-case `S`"),
            ("shop prod", "has a space"),
            ("shop_prod", "has a `_`"),
            ("1shop-prod", "does not begin with a letter"),
            ("-shop-prod", "does not begin with a letter"),
            ("shop-prod-", "ends with `-`"),
            ("shop", "has 4 characters, and 6 is the least"),
            ("example:shop-prod", "no domain"),
            (".com:shop-prod", "no domain"),
            ("example.com:shop", "has 4 characters"),
            ("shop\u{1b}prod", "has a `\\u{1b}`"),
        ] {
            let said = fault(check_project(project));
            assert!(said.contains(words), "{project}: {said}");
        }
        assert!(check_project("shop-prod").is_ok() && check_project("example.com:shop-prod").is_ok());
    }

    #[test]
    fn a_location_is_a_region_or_a_part_of_the_world() {
        for location in
            ["us", "europe", "asia", "us-central1", "europe-west12", "northamerica-northeast1", "me-central2"]
        {
            assert!(check_location(location).is_ok(), "{location}");
        }
        for (location, hint) in [
            ("", "a region like"),
            ("eu", "`europe-docker.pkg.dev"),
            ("usa", "a region like"),
            ("us-central", "a region like"),
            ("us-central1-a", "its region, `us-central1-docker"),
            ("us-central100", "a region like"),
            ("us_central1", "a region like"),
            ("1-west1", "a region like"),
            ("us-1", "a region like"),
            ("us--central1", "a region like"),
        ] {
            let said = fault(check_location(location));
            assert!(said.contains(hint), "{location}: {said}");
        }
    }

    #[test]
    fn a_service_account_tells_its_project() {
        for (email, project) in [
            ("syncer@shop-prod.iam.gserviceaccount.com", "shop-prod"),
            ("syncer@shop-prod.example.com.iam.gserviceaccount.com", "example.com:shop-prod"),
        ] {
            assert_eq!(email.parse::<ServiceAccount>().unwrap().project(), project);
        }
        for (email, words) in [
            ("", "not the address"),
            ("syncer", "not the address"),
            ("me@example.com", "not the address"),
            ("123-compute@developer.gserviceaccount.com", "not the address"),
            ("sync@shop-prod.iam.gserviceaccount.com", "has 4 characters, and 6 is the least"),
            ("Syncer@shop-prod.iam.gserviceaccount.com", "upper-case `S`"),
            ("syncer@shop.iam.gserviceaccount.com", "the project's ID `shop`"),
            ("a@b@c.iam.gserviceaccount.com", "has 1 character, and"),
        ] {
            let said = fault(email.parse::<ServiceAccount>().map(drop));
            assert!(said.contains(words), "{email}: {said}");
        }
    }

    #[test]
    fn a_description_is_one_line_that_says_something() {
        assert!(check_description("Bundles of the shop's \"cluster\"").is_ok());
        for text in ["", "  ", "two\nlines", "\u{1b}[2J"] {
            assert!(check_description(text).is_err(), "{text:?}");
        }
    }
}
