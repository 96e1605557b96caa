//! What is pushed to real registries, and what other tools make of it there: crane, oras, skopeo, oci-client, and the code with which
//! Flux and Argo CD pull.
//!
//! `.ci/run` installs all of them and names them in variables (`CRANE`, `FLUX_PULL`, `DOCKER_REGISTRY`, …); without these they are
//! looked for in `PATH`. A missing one fails its tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod process;
mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{Folder, config_map, stdout_of};
use consign::oci::Digest;
use oci_client::client::{Certificate, CertificateEncoding, Client, ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use process::{Door, Program, Registry};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shop");

#[test]
#[ignore = "needs docker-registry and the clients; .ci/run installs them"]
fn docker_registry_takes_a_bundle() {
    arrives(Program::DockerRegistry, Door::Open);
}

#[test]
#[ignore = "needs docker-registry and the clients; .ci/run installs them"]
fn docker_registry_takes_a_bundle_for_a_password() {
    arrives(Program::DockerRegistry, Door::Basic);
}

#[test]
#[ignore = "needs docker-registry and the clients; .ci/run installs them"]
fn docker_registry_takes_a_bundle_over_tls() {
    arrives(Program::DockerRegistry, Door::Tls);
}

#[test]
#[ignore = "needs docker-registry and the clients; .ci/run installs them"]
fn docker_registry_takes_a_bundle_for_a_token() {
    arrives(Program::DockerRegistry, Door::Token);
}

#[test]
#[ignore = "needs distribution and the clients; .ci/run installs them"]
fn distribution_takes_a_bundle() {
    arrives(Program::Distribution, Door::Open);
}

#[test]
#[ignore = "needs distribution and the clients; .ci/run installs them"]
fn distribution_takes_a_bundle_for_a_password() {
    arrives(Program::Distribution, Door::Basic);
}

#[test]
#[ignore = "needs distribution and the clients; .ci/run installs them"]
fn distribution_takes_a_bundle_over_tls() {
    arrives(Program::Distribution, Door::Tls);
}

#[test]
#[ignore = "needs distribution and the clients; .ci/run installs them"]
fn distribution_takes_a_bundle_for_a_token() {
    arrives(Program::Distribution, Door::Token);
}

#[test]
#[ignore = "needs crane and the other clients; .ci/run installs them"]
fn cranes_registry_takes_a_bundle() {
    arrives(Program::Crane, Door::Open);
}

#[test]
#[ignore = "needs docker-registry and crane; .ci/run installs them"]
fn two_hundred_pushes_at_once_into_one_repository_lose_nothing() {
    const PUSHES: usize = 200;
    const AT_ONCE: usize = 16;
    let registry = Registry::start(Program::DockerRegistry, Door::Open);
    let folder = Folder::new();
    let next = AtomicUsize::new(0);
    let digests = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= PUSHES {
                        return;
                    }
                    let tag = format!("t{number:03}");
                    folder.file(&format!("{tag}/map.yaml"), config_map(&tag));
                    let reference = registry.reference(&format!("team/fleet:{tag}"));
                    let digest = pushed(&consign(&registry, &folder, &["push", &tag, &reference]));
                    digests.lock().unwrap().insert(tag, digest);
                }
            });
        }
    });
    let digests = digests.into_inner().unwrap();
    assert_eq!(digests.values().collect::<BTreeSet<_>>().len(), PUSHES, "each bundle is another");

    let listed = peer(&registry, &folder, "crane", ["ls", &registry.reference("team/fleet")]);
    assert_eq!(listed.lines().collect::<BTreeSet<_>>(), digests.keys().map(String::as_str).collect());
    for (tag, digest) in &digests {
        let reference = registry.reference(&format!("team/fleet:{tag}"));
        assert_eq!(&pulled_by_oci_client(&registry, &reference), digest, "{tag}");
    }
}

#[test]
#[ignore = "needs docker-registry; .ci/run installs it"]
fn what_a_token_grants_is_known_without_a_push() {
    let registry = Registry::start(Program::DockerRegistry, Door::Token);
    let folder = Folder::new();
    folder.without_programs();
    for (repository, code, expected) in [
        ("team/shop", 0, "ok           push           the registry's token grants pull, push"),
        ("read-only/shop", 3, "problem      push           the registry's token grants pull, and no push"),
    ] {
        let reference = registry.reference(repository);
        let output = command(&registry, &folder, &["doctor", &reference]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(told.contains(&format!("warning      repository     {reference} is not there")), "{told}");
    }
    assert_eq!(registry.writes(), 0);
    let reference = registry.reference("team/shop:v1");
    let digest = pushed(&consign(&registry, &folder, &["push", SHOP, &reference]));
    let told = consign(&registry, &folder, &["doctor", &reference]);
    assert!(
        told.contains(&format!("ok           pull           {}@{digest}", registry.reference("team/shop"))),
        "{told}"
    );
}

/// Pushes the shop twice, and has everybody look at it.
fn arrives(program: Program, door: Door) {
    let registry = Registry::start(program, door);
    let folder = Folder::new();
    let reference = registry.reference("team/shop:v1");
    let digest = pushed(&consign(&registry, &folder, &["push", SHOP, &reference]));
    assert_eq!(consign(&registry, &folder, &["digest", &reference]).trim_end(), digest);

    crane_agrees(&registry, &folder, &reference, &digest);
    skopeo_agrees(&registry, &folder, &reference, &digest);
    assert_eq!(pulled_by_oci_client(&registry, &reference), digest);
    the_tree_comes_back(&registry, &folder, &reference, &digest);

    let written = registry.writes();
    assert!(written >= 3, "two blobs and a manifest, but {written} requests are in the log");
    assert_eq!(pushed(&consign(&registry, &folder, &["push", SHOP, &reference])), digest);
    assert_eq!(registry.writes(), written, "the same again writes nothing");
}

fn crane_agrees(registry: &Registry, folder: &Folder, reference: &str, digest: &str) {
    assert_eq!(peer(registry, folder, "crane", ["digest", reference]).trim_end(), digest);
    peer(registry, folder, "crane", ["validate", "--remote", reference]);
    peer(registry, folder, "crane", ["export", reference, "exported.tar"]);
    let listed = peer(registry, folder, "tar", ["-tf", "exported.tar"]);
    // crane writes folders without the slash at their end.
    let listed: BTreeSet<&Path> = listed.lines().map(Path::new).collect();
    let packed = files(Path::new(SHOP));
    let with_folders = packed.keys().flat_map(|file| file.ancestors()).filter(|path| !path.as_os_str().is_empty());
    assert_eq!(listed, with_folders.collect());
}

fn skopeo_agrees(registry: &Registry, folder: &Folder, reference: &str, digest: &str) {
    let verify = format!("--tls-verify={}", registry.door() == Door::Tls);
    let image = peer(registry, folder, "skopeo", ["inspect", &verify, &format!("docker://{reference}")]);
    let image: serde_json::Value = serde_json::from_str(&image).unwrap();
    assert_eq!((&image["Digest"], &image["Os"]), (&digest.into(), &"linux".into()));
}

/// What oras, Flux and Argo CD unpack is what was packed.
fn the_tree_comes_back(registry: &Registry, folder: &Folder, reference: &str, digest: &str) {
    let plain = format!("--plain-http={}", registry.door() != Door::Tls);
    peer(registry, folder, "oras", ["pull", &plain, "-o", "oras", reference]);

    let named = peer(registry, folder, "flux-pull", [reference, "flux"]);
    assert!(named.trim_end().ends_with(digest), "Flux: {named}");

    let (repository, tag) = reference.rsplit_once(':').unwrap();
    let named = peer(registry, folder, "argocd-pull", [repository, tag, "argocd"]);
    assert_eq!(named.trim_end(), digest, "Argo CD");

    for puller in ["oras", "flux", "argocd"] {
        assert_eq!(files(&folder.path().join(puller)), files(Path::new(SHOP)), "{puller}");
    }
}

/// The digest of the manifest that `oci-client` gets, whose layer it gets too.
fn pulled_by_oci_client(registry: &Registry, reference: &str) -> String {
    // A second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reference: oci_client::Reference = reference.parse().unwrap();
    let authorities = registry.authority().into_iter();
    let config = ClientConfig {
        protocol: if registry.door() == Door::Tls { ClientProtocol::Https } else { ClientProtocol::Http },
        tls_certs_only: authorities
            .map(|file| Certificate { encoding: CertificateEncoding::Pem, data: fs::read(file).unwrap() })
            .collect(),
        ..ClientConfig::default()
    };
    let auth = registry.account().map_or(RegistryAuth::Anonymous, |(username, password)| {
        RegistryAuth::Basic(username.to_owned(), password.to_owned())
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let client = Client::new(config);
        let accepted = ["application/vnd.oci.image.manifest.v1+json"];
        let (raw, digest) = client.pull_manifest_raw(&reference, &auth, &accepted).await.unwrap();
        assert_eq!(Digest::of(&raw).to_string(), digest);
        let (manifest, _) = client.pull_image_manifest(&reference, &auth).await.unwrap();
        let [layer] = &manifest.layers[..] else { panic!("{manifest:?}") };
        let mut bytes = Vec::new();
        client.pull_blob(&reference, layer, &mut bytes).await.unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), layer.digest);
        digest
    })
}

/// The digest in `NAME@DIGEST`.
fn pushed(printed: &str) -> String {
    let (_, digest) = printed.trim_end().rsplit_once('@').expect("NAME@DIGEST");
    digest.to_owned()
}

/// Runs consign against the registry; what it must trust and know comes in another way for each door.
fn consign(registry: &Registry, folder: &Folder, args: &[&str]) -> String {
    stdout_of(args, &command(registry, folder, args).output().expect("consign runs"))
}

fn command(registry: &Registry, folder: &Folder, args: &[&str]) -> Command {
    let mut command = folder.consign();
    command.args(args).stdin(Stdio::null());
    command.env("HOME", folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache"));
    command.env("DOCKER_CONFIG", folder.path().join("none")).env_remove("DOCKER_AUTH_CONFIG");
    match registry.door() {
        Door::Open => {}
        Door::Basic => {
            let (username, password) = registry.account().unwrap();
            command.env("CONSIGN_USERNAME", username).env("CONSIGN_PASSWORD", password);
        }
        Door::Tls => {
            command.arg("--ca-file").arg(registry.authority().unwrap());
        }
        Door::Token => {
            command.env("DOCKER_CONFIG", registry.docker_config());
        }
    }
    command
}

/// Runs a peer in the folder, which must succeed, and gives what it printed.
fn peer<A: AsRef<OsStr>>(
    registry: &Registry,
    folder: &Folder,
    name: &str,
    args: impl IntoIterator<Item = A>,
) -> String {
    let variable = name.to_uppercase().replace('-', "_");
    let mut command = Command::new(std::env::var_os(variable).unwrap_or_else(|| name.into()));
    command.args(args).current_dir(folder.path()).env("TMPDIR", folder.path()).stdin(Stdio::null());
    registry.introduce(&mut command);
    if name == "argocd-pull" {
        let (username, password) = registry.account().unwrap_or_default();
        command.env("USERNAME", username).env("PASSWORD", password);
        match registry.authority() {
            Some(file) => command.env("CA_FILE", file),
            None => command.env("PLAIN_HTTP", "yes"),
        };
    }
    let output = command.output().unwrap_or_else(|error| panic!("{name}: {error}: .ci/run installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Every file below a folder, by its path there, but for those that the shop leaves out of its bundle.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let left_out = [".consignignore", "README.md"];
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a readable tree"))
        .filter(|entry| entry.file_type().is_file() && !left_out.iter().any(|name| entry.file_name() == *name))
        .map(|entry| (entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}
