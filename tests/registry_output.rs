//! What people and machines see of a push to a registry.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::process::Output;

use common::NAMESPACE;
use common::documented::{documented, has_the_shape};
use common::login::{Login, auths, users};
use common::{Transcript, config_map};
use registry::{Config, Fault, Match, Registry, Tokens};
use serde_json::Value;

/// A registry, and somebody with a login there.
fn somebody() -> (Registry, Login) {
    let registry = Registry::start(Config::tokens(Tokens { users: users(&["me"]), ..Tokens::default() }));
    let login = Login::new().config("home/.docker/config.json", &auths(&registry.host(), "me"));
    (registry, login)
}

/// The same, and the record of what they do.
struct Scene {
    registry: Registry,
    login: Login,
    transcript: Transcript,
}

impl Scene {
    fn new(name: &'static str) -> Self {
        let (registry, login) = somebody();
        let mut transcript = Transcript::new(name);
        transcript.replace(&registry.host(), "HOST");
        transcript.replace(concat!("consign/", env!("CARGO_PKG_VERSION")), "consign/VERSION");
        let mut scene = Self { registry, login, transcript };
        scene.name_digests("");
        scene
    }

    /// Gives names to the digests of what `in/` makes now.
    fn name_digests(&mut self, mark: &str) {
        let bundle = self.login.json(&["digest", "in"]);
        let digests = [
            (&bundle["digest"], "MANIFEST"),
            (&bundle["config"]["digest"], "CONFIG"),
            (&bundle["layer"]["digest"], "LAYER"),
        ];
        for (digest, name) in digests {
            let digest = digest.as_str().unwrap();
            let name = format!("{name}{mark}");
            self.transcript.replace(digest, &name);
            self.transcript.replace(&digest["sha256:".len()..][..12], &name);
        }
    }

    /// One blob at a time, so that the order of lines is always the same.
    fn output(&self, args: &[&str]) -> Output {
        let mut command = self.login.command(args);
        command.env("CONSIGN_JOBS", "1").env("CONSIGN_NO_CACHE", "1").output().unwrap()
    }

    fn run(&mut self, args: &[&str]) {
        let args: Vec<String> = args.iter().map(|arg| arg.replace("HOST", &self.registry.host())).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut output = self.output(&args);
        common::login::Said::of(&output).keeps_secrets();
        if args.iter().any(|arg| arg.starts_with("-v")) {
            output.stderr = sorted(&output.stderr);
        }
        self.transcript.note(&self.login.folder, &args, "", &output);
    }
}

/// Requests that go side by side are told in any order: here by their text. What is indented belongs to the line above.
fn sorted(stderr: &[u8]) -> Vec<u8> {
    let mut blocks: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(stderr).lines() {
        match blocks.last_mut() {
            Some(block) if line.starts_with("  ") => *block += &format!("{line}\n"),
            _ => blocks.push(format!("{line}\n")),
        }
    }
    blocks.sort();
    blocks.concat().into_bytes()
}

#[test]
fn a_push_tells_each_step_on_a_line() {
    let mut scene = Scene::new("registry-push");
    scene.transcript.say("A first push");
    scene.run(&["push", "in", "HOST/shop:v1"]);
    scene.transcript.say("The same again");
    scene.run(&["push", "in", "HOST/shop:v1"]);
    scene.transcript.say("Under another tag");
    scene.run(&["push", "in", "HOST/shop:v2"]);
    scene.transcript.say("To another repository of the registry as well");
    scene.run(&["push", "in", "HOST/shop:v1", "HOST/team/copy:v1", "--tag", "stable"]);
    scene.transcript.say("Without a word");
    scene.run(&["push", "in", "HOST/quiet:v1", "-q"]);
    scene.transcript.say("Only looking");
    scene.run(&["push", "in", "HOST/new:v1", "--dry-run"]);
    scene.transcript.say("The tag is guarded");
    scene.login.folder.file("in/b.yaml", config_map("b"));
    scene.name_digests("2");
    scene.run(&["push", "in", "HOST/shop:v1", "--no-clobber"]);
    scene.transcript.say("Further tags, a list, a digest");
    scene.run(&["tag", "HOST/shop:v1", "v3", "v1"]);
    scene.run(&["ls", "HOST/shop"]);
    scene.run(&["digest", "HOST/shop:v3"]);
    scene.run(&["digest", "HOST/shop:v9"]);
    scene.run(&["auth", "HOST/shop"]);
    scene.transcript.check();
}

#[test]
fn what_goes_wrong_is_told_with_its_reason_and_its_wait() {
    let mut scene = Scene::new("registry-trouble");
    scene.transcript.say("An upload that works the third time");
    scene.registry.fault(Match::new("POST", "/uploads/"), Fault::status(503).body("text/plain", "back in a minute"));
    scene.registry.fault(Match::new("PUT", "digest="), Fault::Reset);
    scene.run(&["push", "in", "HOST/shop:v1"]);
    scene.transcript.say("A registry that is busy for too long");
    let busy = Fault::status(429).header("Retry-After", "3600").error("TOOMANYREQUESTS", "slow down");
    scene.registry.fault(Match::new("POST", "/uploads/").always(), busy);
    scene.run(&["push", "in", "HOST/team/new:v1"]);
    scene.transcript.say("A registry that refuses");
    scene.registry.clear_faults();
    scene.registry.fault(Match::new("POST", "/uploads/").always(), Fault::status(403).error("DENIED", "not yours"));
    scene.run(&["push", "in", "HOST/team/new:v1"]);
    scene.transcript.say("One target of two");
    scene.run(&["push", "in", "HOST/team/new:v1", "HOST/shop:v2"]);
    scene.transcript.say("A password that is wrong");
    scene.login.folder.file("home/.docker/config.json", auths(&scene.registry.host(), "you").to_string());
    scene.run(&["push", "in", "HOST/shop:v1"]);
    scene.transcript.say("A host that is not there");
    scene.run(&["push", "in", "127.0.0.1:1/shop:v1", "--retry-for", "0"]);
    scene.transcript.check();
}

#[test]
fn the_curious_see_requests_and_the_very_curious_headers() {
    let mut scene = Scene::new("registry-verbose");
    scene.transcript.say("Each request (sorted here: what goes side by side comes in any order)");
    scene.run(&["push", "in", "HOST/shop:v1", "-v"]);
    scene.transcript.say("With headers; no secret is among them");
    scene.run(&["push", "in", "HOST/other:v1", "-vv"]);
    // Nor a token that the registry gave out, nor the place where an upload goes on.
    let output = scene.output(&["push", "in", &format!("{}/more:v1", scene.registry.host()), "-vv"]);
    let shown = String::from_utf8(output.stderr).unwrap();
    for entry in scene.registry.journal() {
        let token = entry.authorization().and_then(|header| header.split(' ').nth(1)).unwrap_or("(none)");
        let upload = entry.path.split_once("/uploads/").map(|(_, id)| id).filter(|id| !id.is_empty());
        let state = entry.param("_state");
        for secret in [Some(token), upload, state].into_iter().flatten() {
            assert!(!shown.contains(secret), "{secret} is in: {shown}");
        }
    }
    scene.transcript.check();
}

#[test]
fn what_machines_get_is_as_documented() {
    let (registry, login) = somebody();
    let shop = format!("{}/shop", registry.host());
    let reference = format!("{shop}:v1");
    let [receipt, validated, rules, image, tags, auth, doctor, _setup, _status, failure, finding] = documented();
    let pushed = login.json(&["push", "in", &reference]);
    has_the_shape(&pushed, &receipt, "receipt");
    has_the_shape(&login.json(&["validate", "in"]), &validated, "validated");
    has_the_shape(&login.json(&["rules"]), &rules, "rules");
    has_the_shape(&login.json(&["digest", &reference]), &image, "image");
    has_the_shape(&login.json(&["ls", &shop]), &tags, "tags");
    has_the_shape(&login.json(&["auth", &shop]), &auth, "auth");
    let said = login.run(&["doctor", &reference, "--format", "json"]);
    has_the_shape(&serde_json::from_str(&said.stdout).unwrap(), &doctor, "doctor");
    let said = login.run(&["digest", &format!("{shop}:none"), "--format", "json"]);
    has_the_shape(&serde_json::from_str(&said.stdout).unwrap(), &failure, "failure");
    assert_eq!(
        said.code.map(Value::from),
        Some(serde_json::from_str::<Value>(&said.stdout).unwrap()["error"]["exitCode"].clone())
    );

    login.folder.file("in/twice.yaml", NAMESPACE);
    let said = login.run(&["validate", "in", "--format", "json"]);
    has_the_shape(&serde_json::from_str::<Value>(&said.stdout).unwrap()["findings"][0], &finding, "finding");

    let tagged = login.json(&["tag", &reference, "v2"]);
    for (key, value) in image.as_object().unwrap() {
        has_the_shape(&tagged[key], value, key);
    }
    for key in ["repository", "tags", "tagStatus", "account", "credentialSource"] {
        has_the_shape(&tagged[key], &receipt["targets"][0][key], key);
    }
}

#[test]
fn a_receipt_tells_what_became_of_everything() {
    let (registry, login) = somebody();
    let host = registry.host();
    let (shop, copy) = (format!("{host}/shop:v1"), format!("{host}/team/copy:v1"));
    let first = login.json(&["push", "in", &shop, &copy, "--tag", "stable"]);
    let blobs = |target: &Value| -> Vec<(String, Value)> {
        let blobs = target["blobs"].as_array().unwrap().iter();
        blobs.map(|blob| (blob["status"].as_str().unwrap().to_owned(), blob["mountedFrom"].clone())).collect()
    };
    assert_eq!(blobs(&first["targets"][0]), vec![("uploaded".to_owned(), Value::Null); 2]);
    assert_eq!(blobs(&first["targets"][1]), vec![("mounted".to_owned(), Value::from("shop")); 2]);
    for (target, repository) in [(0, "shop"), (1, "team/copy")] {
        let target = &first["targets"][target];
        let digest = registry.tag(repository, "v1").unwrap();
        assert_eq!(target["reference"], format!("{host}/{repository}@{digest}"));
        assert_eq!((&target["digest"], &target["error"]), (&Value::from(digest), &Value::Null));
        assert_eq!(target["tags"], serde_json::json!(["v1", "stable"]));
        assert_eq!(target["account"], "me");
        assert!(target["credentialSource"].as_str().unwrap().ends_with("home/.docker/config.json"));
    }
    let again = login.json(&["push", "in", &shop]);
    assert_eq!(blobs(&again["targets"][0]), vec![("alreadyThere".to_owned(), Value::Null); 2]);
    assert_eq!(again["targets"][0]["tagStatus"], serde_json::json!([{"tag": "v1", "status": "alreadyThere"}]));
    assert_eq!(again["digest"], first["digest"]);
    let dry = login.json(&["push", "in", &format!("{host}/new:v1"), "--dry-run"]);
    let target = &dry["targets"][0];
    assert_eq!(dry["dryRun"], true);
    assert_eq!(
        (target["blobs"].as_array().map(Vec::len), target["tagStatus"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
    assert!(registry.tags("new").is_empty());
    // Nobody in particular.
    let open = Registry::start(Config::default());
    let receipt = login.json(&["push", "in", &format!("{}/shop:v1", open.host())]);
    assert_eq!(
        (&receipt["targets"][0]["account"], &receipt["targets"][0]["credentialSource"]),
        (&Value::Null, &Value::from("anonymous"))
    );
}
