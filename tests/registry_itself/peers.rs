//! Real clients push to it: what they take for a registry is one.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::registry::{Config, Registry, Tls, Tokens};

/// A program that an environment variable names.
fn program(variable: &str) -> Command {
    Command::new(std::env::var_os(variable).unwrap_or_else(|| panic!("set {variable} to the program")))
}

fn run(command: &mut Command, folder: &Path) -> String {
    let output = command
        .current_dir(folder)
        .env("DOCKER_CONFIG", folder)
        .env("SSL_CERT_FILE", folder.join("ca.pem"))
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A folder with a tree, its tar, and a docker config with the password.
fn folder(registry: &Registry) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("tree")).expect("a folder");
    fs::write(folder.path().join("tree/a.yaml"), "kind: ConfigMap\n").expect("a file");
    fs::write(folder.path().join("ca.pem"), Registry::ca_pem()).expect("a file");
    let config =
        format!("{{\"auths\":{{\"{}\":{{\"username\":\"user\",\"password\":\"password\"}}}}}}", registry.host());
    fs::write(folder.path().join("config.json"), config).expect("a file");
    run(Command::new("tar").args(["-cf", "tree.tar", "tree"]), folder.path());
    folder
}

fn configs() -> [Config; 2] {
    [Config::default(), Config { tls: Tls::On, ..Config::tokens(Tokens::default()) }]
}

#[test]
#[ignore = "needs crane and oras: CRANE and ORAS name them"]
fn crane_pushes_and_validates() {
    for config in configs() {
        let registry = Registry::start(config);
        let folder = folder(&registry);
        let reference = format!("{}/shop/configs:v1", registry.host());
        run(program("CRANE").args(["append", "-f", "tree.tar", "-t", &reference]), folder.path());
        let digest = run(program("CRANE").args(["digest", &reference]), folder.path());
        assert_eq!(registry.tag("shop/configs", "v1"), Some(digest));
        run(program("CRANE").args(["validate", "--remote", &reference]), folder.path());
        assert_eq!(run(program("CRANE").args(["ls", reference.trim_end_matches(":v1")]), folder.path()), "v1");
        // A blob from another repository is mounted.
        let copy = reference.replace("configs", "copy");
        run(program("CRANE").args(["copy", &reference, &copy]), folder.path());
        assert!(registry.requests().iter().any(|line| line.contains("mount=LAYER")), "{:#?}", registry.requests());
        run(program("CRANE").args(["validate", "--remote", &copy]), folder.path());
    }
}

#[test]
#[ignore = "needs crane and oras: CRANE and ORAS name them"]
fn oras_pushes_and_pulls() {
    for config in configs() {
        let plain = config.tls == Tls::Off;
        let registry = Registry::start(config);
        let folder = folder(&registry);
        let reference = format!("{}/shop/configs:v1", registry.host());
        let more: &[&str] = if plain { &["--plain-http"] } else { &["--ca-file", "ca.pem"] };
        run(program("ORAS").args(["push", &reference, "tree"]).args(more), folder.path());
        assert_eq!(registry.missing("shop/configs", "v1"), None);
        run(program("ORAS").args(["pull", "-o", "back", &reference]).args(more), folder.path());
        assert_eq!(fs::read_to_string(folder.path().join("back/tree/a.yaml")).expect("a file"), "kind: ConfigMap\n");
        run(program("ORAS").args(["tag", &reference, "v2"]).args(more), folder.path());
        assert_eq!(registry.tags("shop/configs"), ["v1", "v2"]);
    }
}

#[test]
#[ignore = "needs crane and oras: CRANE and ORAS name them"]
fn through_the_proxy_it_is_artifact_registry() {
    let registry = Registry::start(Config { tls: Tls::On, ..Config::artifact_registry("ya29") });
    let folder = folder(&registry);
    let config = "{\"auths\":{\"us-docker.pkg.dev\":{\"username\":\"oauth2accesstoken\",\"password\":\"ya29\"}}}";
    fs::write(folder.path().join("config.json"), config).expect("a file");
    let mut oras = program("ORAS");
    oras.args(["push", "--ca-file", "ca.pem", "us-docker.pkg.dev/acme/fleet/shop:v1", "tree"])
        .env("HTTPS_PROXY", registry.proxy());
    run(&mut oras, folder.path());
    assert_eq!(registry.missing("acme/fleet/shop", "v1"), None);
    assert!(registry.requests().iter().any(|line| line.starts_with("PUT /artifacts-uploads/namespaces/acme/repositories/fleet/uploads/*?digest=")));
}
