//! Somebody who has logged in to a registry, in one of the many ways there are. All their secrets have `sesame` in them, and
//! whatever a command prints is searched for it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Folder, NAMESPACE};

/// A folder with a bundle in `in/`, a home, helpers in `bin/`, and variables.
pub struct Login {
    pub folder: Folder,
    variables: Vec<(String, String)>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Login {
    pub fn new() -> Self {
        let folder = Folder::new();
        folder.file("in/a.yaml", NAMESPACE);
        // No helper of this machine's is found.
        Self { folder, variables: Vec::new() }.set_path("PATH", "bin")
    }

    /// Sets a variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a variable to a path in the folder.
    #[must_use]
    pub fn set_path(self, name: &str, path: &str) -> Self {
        let path = self.folder.path().join(path).display().to_string();
        self.set(name, path)
    }

    /// Writes a configuration.
    #[must_use]
    pub fn config(self, path: &str, config: &Value) -> Self {
        self.folder.file(path, config.to_string());
        self
    }

    /// Installs `docker-credential-NAME`. It writes down each server that it is asked for before it does what `script` says, which
    /// finds the server in `$server`.
    #[must_use]
    pub fn helper(self, name: &str, script: &str) -> Self {
        let log = self.folder.path().join("asked").display().to_string();
        let text =
            format!("#!/bin/sh\nPATH=/usr/bin:/bin\nread -r server\necho \"{name} $1 $server\" >> '{log}'\n{script}\n");
        let path = self.folder.file(&format!("bin/docker-credential-{name}"), text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
        self
    }

    /// What helpers were asked: `NAME get SERVER`.
    pub fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.folder.consign();
        command.args(args).envs(self.variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
    }

    /// Runs a command, as talkative as can be, and makes sure that it shows no secret.
    pub fn run(&self, args: &[&str]) -> Said {
        let said = Said::of(&self.command(&[args, &["-vv"]].concat()).output().expect("consign runs"));
        said.keeps_secrets();
        said
    }

    /// Runs a command that must do its work, and gives its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--format", "json"]].concat()).json()
    }

    /// Pushes, and gives each target's account and the source of its credential.
    pub fn pushes(&self, references: &[&str]) -> Vec<(Option<String>, String)> {
        let receipt = self.json(&[&["push", "in", "--no-cache"], references].concat());
        identities(&receipt)
    }
}

/// Each target's account and the source of its credential.
pub fn identities(receipt: &Value) -> Vec<(Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let targets = receipt["targets"].as_array().expect("targets");
    let identity = |target: &Value| (text(&target["account"]), text(&target["credentialSource"]).unwrap_or_default());
    targets.iter().map(identity).collect()
}

impl Said {
    pub fn of(output: &std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("JSON")
    }

    /// Checks how it ended and that these texts were said.
    #[track_caller]
    pub fn fails(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        for text in texts {
            assert!(self.stderr.contains(text), "{text:?} is not in: {}", self.stderr);
        }
    }

    /// Neither `sesame` nor any base64 of a text that has it inside.
    #[track_caller]
    pub fn keeps_secrets(&self) {
        let encoded = [("", 0, 8), ("x", 2, 9), ("xx", 3, 10)];
        let encoded =
            encoded.map(|(before, from, to)| BASE64_STANDARD.encode(format!("{before}sesame"))[from..to].to_owned());
        for secret in ["sesame".to_owned()].iter().chain(&encoded) {
            for text in [&self.stdout, &self.stderr] {
                assert!(!text.contains(secret.as_str()), "{secret} is in: {text}");
            }
        }
    }
}

/// `sesame-USER`: the password of a user of the test registry.
pub fn password(user: &str) -> String {
    format!("sesame-{user}")
}

/// Users with their passwords.
pub fn users(names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), password(name))).collect()
}

/// An entry of `auths`.
pub fn auth(user: &str) -> Value {
    json!({ "auth": BASE64_STANDARD.encode(format!("{user}:{}", password(user))) })
}

/// A configuration with this user at this key.
pub fn auths(key: &str, user: &str) -> Value {
    json!({ "auths": { key: auth(user) } })
}

/// What a helper says that has this user's password.
pub fn prints(user: &str) -> String {
    format!("printf '{{\"ServerURL\":\"%s\",\"Username\":\"{user}\",\"Secret\":\"{}\"}}' \"$server\"", password(user))
}
