//! The places where docker's and podman's configuration may be: a variable, and files.

use std::path::{Path, PathBuf};

use super::Options;
use super::config::Config;
use super::environment::Environment;
use super::file;
use super::outcome::Failure;
use crate::error::Kind;

/// The variable that holds a configuration itself; GitLab's runner and docker know it.
const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// A place that was looked at.
pub(super) struct Place {
    /// The variable, or the path of the file.
    pub(super) source: String,
    /// What is there, or why there is nothing.
    pub(super) config: Result<Config, &'static str>,
    /// It is docker's own, whose headers count.
    pub(super) is_dockers: bool,
}

/// All places, read, in the order in which they count.
///
/// Fails where a place has something that cannot be read, and where the configuration that the user named is not there.
pub(super) fn read(options: &Options) -> Result<Vec<Place>, Failure> {
    let environment = Environment(&options.environment);
    let mut places = vec![variable(environment)?];
    if let Some(named) = &options.config {
        places.push(named_file(named)?);
        return Ok(places);
    }
    if let Some(path) = dockers(environment) {
        places.push(place(&path, true)?);
    }
    for path in podmans(environment) {
        places.push(place(&path, false)?);
    }
    Ok(places)
}

fn variable(environment: Environment<'_>) -> Result<Place, Failure> {
    let text = environment.text(VARIABLE).map_err(|error| Failure::new(error.kind(), error.to_string()))?;
    let config = match text {
        Some(text) => Ok(Config::parse(VARIABLE, text)?),
        None => Err("not set"),
    };
    Ok(Place { source: VARIABLE.to_owned(), config, is_dockers: false })
}

fn named_file(named: &Path) -> Result<Place, Failure> {
    let path = if named.is_dir() { named.join("config.json") } else { named.to_owned() };
    let place = place(&path, true)?;
    match place.config {
        Ok(_) => Ok(place),
        Err(_) => Err(Failure::new(Kind::Usage, format!("there is no docker configuration `{}`", path.display()))
            .hint("name a directory with a `config.json`, or such a file")),
    }
}

fn place(path: &Path, is_dockers: bool) -> Result<Place, Failure> {
    let source = path.display().to_string();
    let config = match file::read(path)? {
        Some(text) => Ok(Config::parse(&source, &text)?),
        None => Err("not there"),
    };
    Ok(Place { source, config, is_dockers })
}

fn dockers(environment: Environment<'_>) -> Option<PathBuf> {
    let folder = environment.path("DOCKER_CONFIG").or_else(|| Some(environment.path("HOME")?.join(".docker")))?;
    Some(folder.join("config.json"))
}

fn podmans(environment: Environment<'_>) -> impl Iterator<Item = PathBuf> {
    const FILE: &str = "containers/auth.json";
    let configuration = environment.path("XDG_CONFIG_HOME").or_else(|| Some(environment.path("HOME")?.join(".config")));
    [
        environment.path("REGISTRY_AUTH_FILE"),
        environment.path("XDG_RUNTIME_DIR").map(|folder| folder.join(FILE)),
        configuration.map(|folder| folder.join(FILE)),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use super::*;

    #[test]
    fn the_places_of_docker_come_before_those_of_podman() {
        for (variables, expected) in [
            (&[][..], &["DOCKER_AUTH_CONFIG"][..]),
            (&[("HOME", "/h")], &["DOCKER_AUTH_CONFIG", "/h/.docker/config.json", "/h/.config/containers/auth.json"]),
            (
                &[("HOME", "/h"), ("DOCKER_CONFIG", "/d"), ("REGISTRY_AUTH_FILE", "/r"), ("XDG_RUNTIME_DIR", "/x")],
                &[
                    "DOCKER_AUTH_CONFIG",
                    "/d/config.json",
                    "/r",
                    "/x/containers/auth.json",
                    "/h/.config/containers/auth.json",
                ],
            ),
            (
                &[("HOME", ""), ("DOCKER_CONFIG", ""), ("XDG_CONFIG_HOME", "/c")],
                &["DOCKER_AUTH_CONFIG", "/c/containers/auth.json"],
            ),
        ] {
            let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
            let places = read(&Options { environment, ..Options::default() }).unwrap();
            let sources: Vec<&str> = places.iter().map(|place| place.source.as_str()).collect();
            assert_eq!(sources, expected);
        }
    }

    #[test]
    fn a_named_configuration_is_the_only_file_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        let environment = HashMap::from([("HOME".into(), "/h".into())]);
        let options = |config: &Path| Options {
            config: Some(config.to_owned()),
            environment: environment.clone(),
            ..Options::default()
        };
        for named in [folder.path(), &file] {
            let failure = read(&options(named)).err().unwrap();
            assert_eq!(failure.kind, Kind::Usage);
            assert_eq!(failure.message, format!("there is no docker configuration `{}`", file.display()));
        }
        fs::write(&file, "{}").unwrap();
        for named in [folder.path(), &file] {
            let places = read(&options(named)).unwrap();
            let sources: Vec<_> = places.into_iter().map(|place| place.source).collect();
            assert_eq!(sources, ["DOCKER_AUTH_CONFIG".to_owned(), file.display().to_string()]);
        }
    }
}
