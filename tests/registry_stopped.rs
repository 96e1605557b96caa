//! A push that is stopped at any of its requests leaves no tag on an incomplete image, says so, and can be run again.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{User, config_map};
use registry::{Config, Fault, Match, Mode, Registry, Tokens};
use rustix::process::{Pid, Signal, kill_process};

/// The requests of a first push, in their order: method, a part of the path, and which one of them.
const STAGES: [(&str, &str, usize); 8] = [
    ("HEAD", "/manifests/v1", 1),
    ("GET", "/token", 1),
    ("HEAD", "/manifests/v1", 2),
    ("HEAD", "/manifests/sha256", 1),
    ("POST", "/uploads/", 1),
    ("POST", "/uploads/", 2),
    ("PUT", "digest=", 1),
    ("PUT", "/manifests/v1", 1),
];

/// A registry that would take a manifest without its blobs.
fn lenient() -> Registry {
    Registry::start(Config { mode: Mode::Lenient, ..Config::tokens(Tokens::default()) })
}

fn start(user: &User, registry: &Registry, options: &[&str]) -> Child {
    let mut command = user.command(&["push", "in", &reference(registry), "--no-cache"]);
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn reference(registry: &Registry) -> String {
    format!("{}/shop:v1", registry.host())
}

/// Waits until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Sends the signal as soon as a fault is played; what the command printed, and how it ended.
fn stopped_at_a_fault(child: Child, registry: &Registry, signal: Signal, what: &str) -> Output {
    until(what, || registry.faults_played() > 0);
    kill_process(Pid::from_child(&child), signal).unwrap();
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{what}: it ends at once");
    output
}

/// No tag is on half an image.
fn is_sound(registry: &Registry, what: &str) {
    assert_eq!(registry.incomplete(), Vec::<String>::new(), "{what}");
    assert_eq!(registry.too_early(), Vec::<String>::new(), "{what}");
}

/// The same push works once nothing is in its way.
fn goes_through(user: &User, registry: &Registry, what: &str) {
    is_sound(registry, what);
    registry.clear_faults();
    user.push(&[&reference(registry)]);
    assert_eq!(registry.missing("shop", "v1"), None, "{what}");
    is_sound(registry, what);
}

fn at_every_request(signal: Signal, code: Option<i32>) {
    for (method, path, nth) in STAGES {
        let what = format!("{method} {path} {nth}");
        let (registry, user) = (lenient(), User::new());
        // Where there is a body it is cut off within.
        let fault = if path == "digest=" { Fault::Stall } else { Fault::StallAfter };
        registry.fault(Match::new(method, path).nth(nth), fault);
        let output = stopped_at_a_fault(start(&user, &registry, &[]), &registry, signal, &what);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), code, "{what}: {said}");
        assert!(output.stdout.is_empty(), "{what}");
        assert_eq!(said.contains("stopped; nothing incomplete was left"), code.is_some(), "{what}: {said}");
        assert_eq!(registry.tag("shop", "v1"), None, "{what}");
        is_sound(&registry, &what);
        if signal == Signal::KILL {
            goes_through(&user, &registry, &what);
        }
    }
}

#[test]
fn ctrl_c_at_every_request() {
    at_every_request(Signal::INT, Some(130));
}

#[test]
fn sigterm_at_every_request() {
    at_every_request(Signal::TERM, Some(143));
}

#[test]
fn sigkill_at_every_request() {
    at_every_request(Signal::KILL, None);
}

#[test]
fn a_tag_that_was_written_before_the_signal_is_whole() {
    let (registry, user) = (lenient(), User::new());
    registry.fault(Match::new("PUT", "/manifests/v1"), Fault::Delay(Duration::from_mins(1)));
    let child = start(&user, &registry, &[]);
    until("the tag", || registry.tag("shop", "v1").is_some());
    let output = stopped_at_a_fault(child, &registry, Signal::INT, "delayed");
    assert_eq!((output.status.code(), registry.missing("shop", "v1")), (Some(130), None));
    goes_through(&user, &registry, "delayed");
}

#[test]
fn a_tag_that_exists_stays_where_it_is() {
    for (method, path) in [("POST", "/uploads/"), ("PUT", "digest="), ("PUT", "/manifests/v1")] {
        let (registry, user) = (lenient(), User::new());
        user.push(&[&reference(&registry)]);
        let before = registry.tag("shop", "v1");
        user.folder.file("in/b.yaml", config_map("b"));
        registry.clear_journal();
        registry.fault(Match::new(method, path), Fault::StallAfter);
        stopped_at_a_fault(start(&user, &registry, &[]), &registry, Signal::TERM, method);
        assert_eq!(registry.tag("shop", "v1"), before);
        goes_through(&user, &registry, method);
    }
}

#[test]
fn a_signal_between_two_tags_leaves_each_whole_or_absent() {
    let (registry, user) = (lenient(), User::new());
    registry.fault(Match::new("PUT", "/manifests/v2"), Fault::StallAfter);
    let child = start(&user, &registry, &["--tag", "v2", "--tag", "v3"]);
    stopped_at_a_fault(child, &registry, Signal::INT, "the second tag");
    assert_eq!(registry.tag("shop", "v2"), None);
    goes_through(&user, &registry, "the second tag");
}

#[test]
fn a_signal_while_a_retry_waits_ends_the_command_too() {
    let (registry, user) = (lenient(), User::new());
    registry.fault(Match::new("POST", "/uploads/").always(), Fault::status(503).header("Retry-After", "60"));
    let child = start(&user, &registry, &[]);
    let output = stopped_at_a_fault(child, &registry, Signal::INT, "a long wait");
    assert_eq!(output.status.code(), Some(130));
    goes_through(&user, &registry, "a long wait");
}

#[test]
fn a_signal_ends_a_command_whose_words_nobody_reads() {
    let (registry, user) = (lenient(), User::new());
    // A line for each: more than a pipe holds.
    for number in 0..2000 {
        user.folder.file(&format!("in/{}-{number}.txt", "x".repeat(60)), "x");
    }
    let mut child = start(&user, &registry, &["-v"]);
    thread::sleep(Duration::from_millis(500));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(5) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it goes on");
        }
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(143));
    assert_eq!(registry.tag("shop", "v1"), None);
}

#[test]
fn a_command_ends_when_its_time_is_up_at_every_request() {
    let at = |(method, path, nth): (&str, &str, usize)| {
        let what = format!("{method} {path} {nth}");
        let (registry, user) = (lenient(), User::new());
        registry.fault(Match::new(method, path).nth(nth), Fault::Stall);
        let output = start(&user, &registry, &["--timeout", "600ms", "--format", "json"]).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{what}: {said}");
        assert!(said.contains("time ran out: the command was given 600ms (--timeout)"), "{what}: {said}");
        let failure: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(failure["error"]["exitCode"], 5, "{what}");
        is_sound(&registry, &what);
    };
    // They mostly wait.
    thread::scope(|scope| STAGES.map(|stage| scope.spawn(move || at(stage))).map(|at| at.join().unwrap()));
}

#[test]
fn a_registry_that_is_silent_from_the_first_is_given_up() {
    let (registry, user) = (lenient(), User::new());
    registry.fault(Match::connection().always(), Fault::Stall);
    let output =
        start(&user, &registry, &["--stall-timeout", "200ms", "--retry-for", "300ms"]).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("no byte for 0.2 s") && said.contains(&registry.host()) && said.contains("hint:"), "{said}");
}
