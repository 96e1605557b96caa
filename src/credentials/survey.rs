//! What docker's and podman's configuration have for a repository, without asking anybody for a credential.

use super::config::Lead;
use super::keychain::Keychain;
use crate::error::Error;

/// A place where docker's or podman's configuration may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveyed {
    /// The variable, or the path of the file.
    pub source: String,
    /// Whether anything is there.
    pub is_there: bool,
    /// What it has for the repository, the best first: a helper's program, or the key of a login.
    pub leads: Vec<String>,
}

impl Keychain {
    /// The places in their order, and what each has for a repository, as [`credential`](Self::credential) takes it.
    ///
    /// Fails where a configuration cannot be read, or the one that the user named is not there.
    pub fn survey(&self, host: &str, repository: &str) -> Result<Vec<Surveyed>, Error> {
        let mut surveyed = Vec::new();
        for place in self.places()? {
            let leads = match &place.config {
                Ok(config) => config.leads(&place.source, host, repository)?,
                Err(_) => Vec::new(),
            };
            let leads = leads.into_iter().map(|lead| match lead {
                Lead::Helper { name, .. } => format!("docker-credential-{name}"),
                Lead::Login { key, .. } => format!("a login for {key}"),
            });
            surveyed.push(Surveyed {
                source: place.source.clone(),
                is_there: place.config.is_ok(),
                leads: leads.collect(),
            });
        }
        Ok(surveyed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::super::Options;
    use super::*;
    use crate::notice::Silent;

    fn survey(config: &str) -> Result<Vec<Surveyed>, Error> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".docker")).unwrap();
        fs::write(folder.path().join(".docker/config.json"), config).unwrap();
        let environment = [("HOME".into(), folder.path().into())].into();
        let keychain = Keychain::new(Options { environment, ..Options::default() }, Arc::new(Silent));
        keychain.survey("r.io", "a/b")
    }

    #[test]
    fn each_place_tells_what_it_has_and_no_secret() {
        let config = r#"{"credHelpers":{"r.io":"team"},"auths":{"r.io":{"username":"me","password":"hunter2"}}}"#;
        let places = survey(config).unwrap();
        let told: Vec<_> =
            places.iter().map(|place| (place.is_there, place.leads.iter().map(String::as_str).collect())).collect();
        let expected: [(bool, Vec<&str>); 3] =
            [(false, vec![]), (true, vec!["docker-credential-team", "a login for r.io"]), (false, vec![])];
        assert_eq!(told, expected);
        assert!(!format!("{places:?}").contains("hunter2"));
        assert_eq!(survey("{}").unwrap()[1].leads, [""; 0]);
        assert!(survey("{").is_err());
    }
}
