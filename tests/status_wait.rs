//! `consign status --expect` and `consign push --wait` with a kubectl that plays a cluster, and a registry.

#![allow(clippy::unwrap_used, clippy::panic)] // A panic here is a test that fails.

mod common;
mod registry;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::cluster::{A, ALL_KINDS, B, asked, cluster, failing, has, resource_group, root_sync};
use common::{Folder, Transcript, User, config_map};
use registry::{Config, Registry};
use serde_json::{Value, json};

/// Nobody listens there.
const IMAGE: &str = "localhost:1/shop:v1";

/// Starts the command; what happens meanwhile is up to the test.
fn start(user: &User, args: &[&str]) -> Child {
    let mut command = user.command(args);
    command.env("CONSIGN_WAIT_TIMEOUT", "60s");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until kubectl was asked for the objects so many times.
fn wait_for_rounds(folder: &Folder, count: usize) {
    let begun = Instant::now();
    while !folder.path().join("asked").exists()
        || asked(folder).iter().filter(|line| line.starts_with("get ")).count() < count
    {
        assert!(begun.elapsed() < Duration::from_mins(1), "nobody asks");
        thread::sleep(Duration::from_millis(20));
    }
}

fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// consign makes none: one with this only image.
fn put_index(registry: &Registry, tag: &str, child: &str) {
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({"schemaVersion": 2, "mediaType": kind,
        "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": child, "size": 1}]})
    .to_string();
    let (host, length) = (registry.host(), index.len());
    let mut stream = TcpStream::connect(&host).unwrap();
    write!(
        stream,
        "PUT /v2/shop/manifests/{tag} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {kind}\r\n\
         content-length: {length}\r\n\r\n{index}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

/// A cluster with one sync of this image at B, which comes to A when it was asked twice.
fn comes_to_it(user: &User, sync: &str, image: &str, args: &[&str]) -> Output {
    cluster(&user.folder, ALL_KINDS, &[root_sync(sync, image, B)]);
    let child = start(user, args);
    wait_for_rounds(&user.folder, 2);
    has(&user.folder, &[root_sync(sync, image, A)]);
    child.wait_with_output().unwrap()
}

#[test]
fn waiting_reads_like_this() {
    let user = User::new();
    let folder = &user.folder;
    let reference = format!("localhost:1/shop@sha256:{A}");
    let mut t = Transcript::new("status-expect");
    t.replace("localhost:1", "REGISTRY");
    let expect = |more: &[&'static str]| [&["status", "--expect", reference.as_str()], more].concat();
    t.say("The sync comes to the digest meanwhile");
    let args = expect(&[]);
    let output = comes_to_it(&user, "shop", IMAGE, &args);
    t.note(folder, &args, "", &output);
    t.say("It is there already; quiet");
    t.run(folder, &expect(&["-q"]));
    t.say("It does not come in time");
    let denied = "error in the oci-sync container: {\"Msg\":\"unexpected error\",\"Err\":\"failed to pull image r.io/shop:v1: GET https://r.io/v2/token: \
        DENIED: Permission \\\"artifactregistry.repositories.downloadArtifacts\\\" denied\",\"Args\":{}}";
    let mut fetching = failing(root_sync("shop", IMAGE, B), "2004", denied, "");
    fetching["status"]["source"] = fetching["status"]["sync"].clone();
    fetching["status"]["conditions"][0]["errorSourceRefs"] = json!(["status.source.errors"]);
    cluster(folder, ALL_KINDS, &[fetching]);
    t.run(folder, &expect(&["--wait-timeout", "50ms"]));
    t.say("For good: an error about the digest, a spec that is pinned to another, one of another repository");
    cluster(
        folder,
        ALL_KINDS,
        &[failing(root_sync("shop", IMAGE, B), "1060", "two managers of Deployment shop/cart", A)],
    );
    t.run(folder, &expect(&[]));
    cluster(folder, ALL_KINDS, &[root_sync("shop", &format!("localhost:1/shop@sha256:{B}"), B)]);
    t.run(folder, &expect(&[]));
    cluster(folder, ALL_KINDS, &[root_sync("shop", "localhost:1/other:v1", B)]);
    t.run(folder, &expect(&["rootsync/shop"]));
    t.say("Nothing has an image of the repository");
    t.run(folder, &expect(&[]));
    t.say("What it manages counts as well");
    cluster(folder, ALL_KINDS, &[root_sync("shop", IMAGE, A), resource_group("shop", &[("cart", "InProgress")])]);
    t.run(folder, &expect(&["--ready", "--wait-timeout", "50ms"]));
    t.run(folder, &expect(&[]));
    t.say("For machines");
    t.run(folder, &expect(&["--ready", "--wait-timeout", "50ms", "--format", "json", "-q"]));
    t.check();
}

#[test]
fn a_tag_is_resolved_at_the_registry_and_one_that_moves_is_told() {
    let (registry, user) = (Registry::start(Config::default()), User::new());
    let reference = format!("{}/shop:v1", registry.host());
    user.push(&[&reference]);
    let digest = registry.tag("shop", "v1").unwrap();
    let hex = digest.strip_prefix("sha256:").unwrap();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", &reference, hex)]);
    user.ok(&["status", "--expect", &reference]);

    // Another push takes the tag away while it is waited for.
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", &reference, B)]);
    let child = start(&user, &["status", "--expect", &reference]);
    wait_for_rounds(&user.folder, 4);
    user.folder.file("in/b.yaml", config_map("b"));
    user.ok(&["push", "in", &reference, "-q"]);
    let output = child.wait_with_output().unwrap();
    let newer = registry.tag("shop", "v1").unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr_of(&output).contains(&format!("superseded: the tag `v1` names {newer} by now")), "{output:?}");

    // A tag that names something else, also where the expected image is given by digest.
    let stderr = user.fails(1, &["status", "--expect", &format!("{}/shop@{digest}", registry.host())]);
    assert!(stderr.contains("it follows the tag `v1`, which names sha256:"), "{stderr}");
    assert!(stderr.contains(&format!("consign tag {}/shop@{digest} v1", registry.host())), "{stderr}");
    let stderr = user.fails(4, &["status", "--expect", &format!("{}/shop:v9", registry.host())]);
    assert!(stderr.contains("v9"), "{stderr}");
}

#[test]
fn an_index_is_told_also_where_the_image_is_given_by_digest() {
    let (registry, user) = (Registry::start(Config::default()), User::new());
    let reference = format!("{}/shop:v1", registry.host());
    user.push(&[&reference]);
    let child = registry.tag("shop", "v1").unwrap();
    put_index(&registry, "many", &child);
    let many = format!("{}/shop:many", registry.host());
    let pinned = format!("{}/shop@{}", registry.host(), registry.tag("shop", "many").unwrap());
    for (spec, expected) in [(&many, &many), (&many, &pinned), (&pinned, &pinned)] {
        cluster(&user.folder, ALL_KINDS, &[root_sync("shop", spec, child.strip_prefix("sha256:").unwrap())]);
        let stderr = user.fails(1, &["status", "--expect", expected]);
        assert!(stderr.contains("that of an index: Config Sync runs one of its images"), "{spec} {expected}: {stderr}");
    }
}

#[test]
fn a_registry_that_does_not_answer_does_not_keep_a_digest_from_being_waited_for() {
    let user = User::new();
    let begun = Instant::now();
    let expected = format!("localhost:1/shop@sha256:{A}");
    let output = comes_to_it(&user, "shop", IMAGE, &["status", "--expect", &expected]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(begun.elapsed() < Duration::from_secs(30) && !stderr_of(&output).contains("localhost:1/v2"), "{output:?}");
}

#[test]
fn kubectl_may_fail_in_between() {
    let user = User::new();
    let reference = format!("localhost:1/shop@sha256:{A}");
    // Fails once: with what a network does, with what no network does, and with half an answer.
    for (trouble, code) in [
        ("echo 'Unable to connect to the server: EOF' >&2; exit 1", 0),
        ("echo '{\"items\": ['", 0),
        ("echo 'Error from server (Forbidden): rootsyncs.configsync.gke.io is forbidden: no' >&2; exit 1", 3),
    ] {
        cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, B)]);
        let _ = std::fs::remove_file(user.folder.path().join("asked"));
        let child = start(&user, &["status", "--expect", &reference]);
        wait_for_rounds(&user.folder, 2);
        user.folder
            .program("kubectl.new", &format!("echo get x >> \"$(/usr/bin/dirname \"$0\")/../asked\"; {trouble}"));
        let [new, program] = ["kubectl.new", "kubectl"].map(|name| user.folder.path().join("bin").join(name));
        std::fs::rename(new, program).unwrap();
        let before = asked(&user.folder).len();
        wait_for_rounds(&user.folder, before - 1);
        if code == 0 {
            cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, A)]);
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{trouble}: {output:?}");
        let told = stderr_of(&output);
        assert_eq!(told.matches("asking again").count(), usize::from(code == 0), "{told}");
    }
}

#[test]
fn a_cluster_that_cannot_be_reached_at_first_is_asked_again() {
    let user = User::new();
    let reference = format!("localhost:1/shop@sha256:{A}");
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, A)]);
    // It comes up when it was asked twice.
    let script = String::from_utf8(user.folder.read("bin/kubectl")).unwrap();
    let (head, rest) = script.split_once('\n').unwrap();
    user.folder.program(
        "kubectl",
        &format!(
            "{head}\ncase \"$*\" in api-resources*)\n\
             here=$(/usr/bin/dirname \"$0\")/..\n\
             echo x >> \"$here/tries\"\n\
             [ $(/usr/bin/wc -l < \"$here/tries\") -gt 2 ] || {{ echo 'Unable to connect to the server: EOF' >&2; exit 1; }};;\n\
             esac\n{rest}"
        ),
    );
    let output = user.run(&["status", "--expect", &reference]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stderr_of(&output).matches("Unable to connect to the server: EOF; asking again").count(), 1);
}

#[test]
fn a_cluster_that_does_not_answer_does_not_stretch_the_time() {
    let user = User::new();
    user.folder.program("kubectl", "case \"$*\" in config*) echo test;; *) /bin/sleep 30;; esac");
    let begun = Instant::now();
    let stderr =
        user.fails(5, &["status", "--expect", &format!("localhost:1/shop@sha256:{A}"), "--wait-timeout", "1s"]);
    assert!(stderr.contains("did not end within 5 s"), "{stderr}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_sync_that_is_deleted_meanwhile_is_a_failure() {
    let user = User::new();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, B)]);
    let child = start(&user, &["status", "--expect", &format!("localhost:1/shop@sha256:{A}")]);
    wait_for_rounds(&user.folder, 2);
    has(&user.folder, &[]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr_of(&output).contains("it was deleted meanwhile"), "{output:?}");
}

#[test]
fn clusters_are_asked_side_by_side_and_all_of_them_count() {
    let user = User::new();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, A)]);
    // Each waits for the other before it answers.
    user.folder.program(
        "kubectl",
        "here=$(/usr/bin/dirname \"$0\")/..\n\
         case \"$*\" in\n\
         *api-resources*) /bin/cat \"$here/kinds\"; exit;;\n\
         *one*) me=one other=two;;\n\
         *) me=two other=one;;\n\
         esac\n\
         echo > \"$here/$me\"\n\
         for i in 1 2 3 4 5 6 7 8 9; do [ -e \"$here/$other\" ] && break; /bin/sleep 1; done\n\
         [ -e \"$here/$other\" ] && /bin/cat \"$here/objects\"",
    );
    let args = ["status", "--context", "one", "--context", "two", "--expect", &format!("localhost:1/shop@sha256:{A}")];
    let stdout = user.ok(&args);
    assert!(
        stdout.contains("context one\n  rootsync/shop") && stdout.contains("context two\n  rootsync/shop"),
        "{stdout}"
    );
}

#[test]
fn a_push_waits_for_the_syncs_that_are_named() {
    let (registry, user) = (Registry::start(Config::default()), User::new());
    let image = format!("{}/shop:v1", registry.host());
    let digest = user.ok(&["digest", "in", "-q"]);
    let hex = digest.trim().strip_prefix("sha256:").unwrap();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", &image, B), root_sync("late", &image, B)]);
    let args = ["push", "in", &image, "--wait", "rootsync/shop", "--wait", "rootsync/late"];
    let child = start(&user, &args);
    wait_for_rounds(&user.folder, 2);
    has(&user.folder, &[root_sync("shop", &image, hex), root_sync("late", &image, hex)]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), format!("{}/shop@{}", registry.host(), digest.trim()));
    assert!(stderr_of(&output).contains("2 syncs: 2 at the digest"), "{output:?}");

    let output = user.run(&[&args[..], &["--format", "json"]].concat());
    let receipt = json_of(&output);
    assert_eq!(receipt["wait"]["expected"]["outcome"], "runs");
    assert_eq!(receipt["wait"]["contexts"][0]["syncs"][0]["verdict"]["verdict"], "runs");
    assert_eq!(receipt["wait"]["error"], Value::Null);

    // What was pushed stays pushed, and what came of the waiting decides.
    has(
        &user.folder,
        &[failing(root_sync("shop", &image, B), "1060", "two managers", hex), root_sync("late", &image, hex)],
    );
    let output = user.run(&args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("@sha256:"));
    let output = user.run(&[&args[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json_of(&output)["wait"]["error"]["exitCode"], 1);
    let output = user.run(&["push", "in", &image, "--wait", "rootsync/other", "--format", "json"]);
    assert_eq!((output.status.code(), &json_of(&output)["wait"]["error"]["exitCode"]), (Some(4), &json!(4)));
    assert_eq!(json_of(&output)["targets"][0]["error"], Value::Null);
}

#[test]
fn waiting_that_makes_no_sense_is_refused_before_the_push() {
    let user = User::new();
    cluster(&user.folder, ALL_KINDS, &[]);
    for (args, why) in [
        (&["push", "in", "r.io/shop:v1", "--wait", "rootsync/shop", "--dry-run"][..], "--dry-run"),
        (&["push", "in", "oci:out:v1", "--wait", "rootsync/shop"], "no cluster fetches from a layout"),
        (&["push", "in", "r.io/shop:v1", "--wait", "shop"], "does not name a sync"),
        (&["push", "in", "r.io/shop:v1", "--ready"], "`--ready` only means something with `--wait`"),
    ] {
        let stderr = user.fails(2, args);
        assert!(stderr.contains(why), "{stderr}");
    }
    let stderr = user.fails(4, &["push", "in", "localhost:1/shop:v1", "--wait", "rootsync/shop", "--context", "prod"]);
    assert!(stderr.contains("kubectl has no context `prod`"), "{stderr}");
    user.folder.program("true", "");
    std::fs::remove_file(user.folder.path().join("bin/kubectl")).unwrap();
    let stderr = user.fails(8, &["push", "in", "localhost:1/shop:v1", "--wait", "rootsync/shop"]);
    assert!(stderr.contains("it is not installed, or not on PATH"), "{stderr}");
    assert!(!user.folder.path().join("out").exists());
}

#[test]
fn a_watch_reports_again_when_something_changes_and_ends_with_a_signal() {
    let user = User::new();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, B)]);
    let child = start(&user, &["status", "--watch"]);
    wait_for_rounds(&user.folder, 2);
    has(&user.folder, &[root_sync("shop", IMAGE, A)]);
    wait_for_rounds(&user.folder, 4);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout.matches("rootsync/shop  SYNCED").count(), 2, "{stdout}");
    assert!(stdout.contains(A) && stdout.contains(B), "{stdout}");
    let stderr = stderr_of(&output);
    assert!(stderr.contains("stopped; nothing was changed, and syncs go on by themselves"), "{stderr}");
}

#[test]
fn a_watch_that_nobody_reads_any_more_ends() {
    let user = User::new();
    cluster(&user.folder, ALL_KINDS, &[root_sync("shop", IMAGE, B)]);
    let mut child = start(&user, &["status", "--watch"]);
    wait_for_rounds(&user.folder, 2);
    drop(child.stdout.take());
    has(&user.folder, &[root_sync("shop", IMAGE, A)]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let kinds = asked(&user.folder).iter().filter(|line| line.starts_with("api-resources")).count();
    assert_eq!(kinds, 1, "the kinds are asked for once");
}
