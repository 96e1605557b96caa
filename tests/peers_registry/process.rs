//! Real registries as processes: started on a free port with a folder of their own, ended with the value.
//!
//! Nothing is known here of what is pushed. [`Registry::introduce`] tells a peer (crane, oras, …) whom to trust and as whom to ask,
//! in the ways that all Go programs of this trade share.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::token::TokenServer;

pub(crate) const USERNAME: &str = "releaser";
pub(crate) const PASSWORD: &str = "bundle-pass";
/// What `htpasswd -nbB` writes for them.
const HTPASSWD: &str = "releaser:$2a$04$ZWMfoBdwIIjph1R3pteYwu5V79.57QCujbRr8IIa8Ra7XmTS/3jl.\n";

/// Which registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Distribution 2.8, as Debian has it.
    DockerRegistry,
    /// Distribution 3.
    Distribution,
    /// `crane registry serve`, in memory.
    Crane,
}

/// What a client needs to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nothing.
    Open,
    /// A password with each request.
    Basic,
    /// Trust in a certificate authority that nobody knows.
    Tls,
    /// A token, for which there is a password.
    Token,
}

/// A running registry.
pub(crate) struct Registry {
    folder: tempfile::TempDir,
    child: Child,
    port: u16,
    door: Door,
    // Answers as long as the registry runs.
    _tokens: Option<TokenServer>,
}

impl Registry {
    pub(crate) fn start(program: Program, door: Door) -> Self {
        assert!(program != Program::Crane || door == Door::Open, "crane's registry knows no other");
        let folder = tempfile::tempdir().unwrap();
        let tokens = (door == Door::Token).then(|| TokenServer::start(folder.path(), USERNAME, PASSWORD));
        prepare(folder.path(), door);
        // Somebody else may take the port between our look and the registry's.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let address = format!("127.0.0.1:{port}");
            fs::write(folder.path().join("config.yml"), config(folder.path(), &address, door, tokens.as_ref()))
                .unwrap();
            let mut child = spawn(program, folder.path(), &address);
            if listens(&mut child, &address) {
                let registry = Self { folder, child, port, door, _tokens: tokens };
                registry.write_docker_config();
                return registry;
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("{program:?} does not start:\n{}", fs::read_to_string(folder.path().join("log")).unwrap());
    }

    /// HOST:PORT/REST. The host is a name, and the same as the realm's: crane takes no realm whose host is a loopback address, oras
    /// none that resolves to one unless the registry is called the same.
    pub(crate) fn reference(&self, rest: &str) -> String {
        format!("localhost:{}/{rest}", self.port)
    }

    pub(crate) fn door(&self) -> Door {
        self.door
    }

    /// The authority to trust, where the registry speaks TLS.
    pub(crate) fn authority(&self) -> Option<PathBuf> {
        (self.door == Door::Tls).then(|| self.folder.path().join("ca.pem"))
    }

    /// A folder with a docker `config.json` that opens this registry.
    pub(crate) fn docker_config(&self) -> PathBuf {
        self.folder.path().join("docker")
    }

    /// The name and the password, where it asks for them.
    pub(crate) fn account(&self) -> Option<(&'static str, &'static str)> {
        matches!(self.door, Door::Basic | Door::Token).then_some((USERNAME, PASSWORD))
    }

    /// Tells a Go program whom to trust and as whom to ask, and keeps the caller's own settings from it.
    pub(crate) fn introduce(&self, command: &mut Command) {
        let config = self.docker_config();
        command.env("HOME", self.folder.path()).env("REGISTRY_AUTH_FILE", config.join("config.json"));
        command.env("DOCKER_CONFIG", config).env_remove("DOCKER_AUTH_CONFIG");
        if let Some(authority) = self.authority() {
            command.env("SSL_CERT_FILE", authority);
        }
    }

    fn write_docker_config(&self) {
        let mut config = serde_json::json!({ "auths": {} });
        if let Some((username, password)) = self.account() {
            let auth = BASE64_STANDARD.encode(format!("{username}:{password}"));
            config["auths"][format!("localhost:{}", self.port)] = serde_json::json!({ "auth": auth });
        }
        fs::create_dir(self.docker_config()).unwrap();
        fs::write(self.docker_config().join("config.json"), config.to_string()).unwrap();
    }

    /// How many requests that could write it has logged.
    pub(crate) fn writes(&self) -> usize {
        // The last line is written after its answer.
        thread::sleep(Duration::from_millis(200));
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let writes = |line: &&str| ["POST /v2", "PUT /v2", "PATCH /v2"].iter().any(|start| line.contains(start));
        log.lines().filter(writes).count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: Program, folder: &Path, address: &str) -> Child {
    let (variable, name) = match program {
        Program::DockerRegistry => ("DOCKER_REGISTRY", "docker-registry"),
        Program::Distribution => ("DISTRIBUTION_REGISTRY", "distribution-registry"),
        Program::Crane => ("CRANE", "crane"),
    };
    let mut command = Command::new(std::env::var_os(variable).unwrap_or_else(|| name.into()));
    match program {
        Program::Crane => command.args(["registry", "serve", "--address", address]),
        _ => command.arg("serve").arg(folder.join("config.yml")),
    };
    let log = File::create(folder.join("log")).unwrap();
    command
        // Distribution 3 would send traces to a collector that is not there.
        .env("OTEL_TRACES_EXPORTER", "none")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}: .ci/run installs it"))
}

/// Waits until the registry takes connections; false where it ended instead.
fn listens(child: &mut Child, address: &str) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        let connected = TcpStream::connect(address).is_ok();
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if connected {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// What the two of the distribution project read; JSON is YAML.
fn config(folder: &Path, address: &str, door: Door, tokens: Option<&TokenServer>) -> String {
    let mut config = serde_json::json!({
        "version": "0.1",
        "log": { "accesslog": { "disabled": false }, "level": "warn" },
        "storage": { "filesystem": { "rootdirectory": folder.join("data") } },
        "http": { "addr": address, "secret": "one registry, one secret" },
    });
    match door {
        Door::Open => {}
        Door::Basic => {
            config["auth"] = serde_json::json!({ "htpasswd": { "realm": "bundles", "path": folder.join("htpasswd") } });
        }
        Door::Tls => {
            config["http"]["tls"] =
                serde_json::json!({ "certificate": folder.join("server.pem"), "key": folder.join("server.key") });
        }
        Door::Token => {
            let tokens = tokens.expect("who gives the tokens");
            config["auth"] = serde_json::json!({ "token": {
                "realm": tokens.realm(),
                "service": TokenServer::SERVICE,
                "issuer": TokenServer::ISSUER,
                "rootcertbundle": folder.join("tokens.pem"),
            } });
        }
    }
    config.to_string()
}

/// Writes the files that the configuration names.
fn prepare(folder: &Path, door: Door) {
    match door {
        Door::Basic => fs::write(folder.join("htpasswd"), HTPASSWD).unwrap(),
        Door::Tls => {
            let key = KeyPair::generate().unwrap();
            let mut authority = CertificateParams::new(Vec::new()).unwrap();
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            fs::write(folder.join("ca.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();

            let server_key = KeyPair::generate().unwrap();
            let server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
            let server = server.signed_by(&server_key, &Issuer::new(authority, key)).unwrap();
            fs::write(folder.join("server.pem"), server.pem()).unwrap();
            fs::write(folder.join("server.key"), server_key.serialize_pem()).unwrap();
        }
        Door::Open | Door::Token => {}
    }
}
