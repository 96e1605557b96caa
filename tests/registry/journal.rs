//! What a test registry was asked and what it answered, in the order of arrival, and as text to be compared with.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::store::Store;
use super::wire::{Body, Head, find, sha256};

/// Bodies up to this are kept in the journal.
const BODY_LIMIT: u64 = 64 << 10;

/// One request.
#[derive(Clone, Debug)]
pub struct Entry {
    pub method: String,
    /// Path and query as they were sent, digests and secrets and all.
    pub target: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    /// Which connection it came on, counted from 1.
    pub connection: usize,
    /// Whether it came to the second host.
    pub side: bool,
    /// The body where it is short; otherwise empty.
    pub body: Bytes,
    /// The bytes of the body that were read.
    pub length: u64,
    /// The status that was answered; none where no answer went out.
    pub status: Option<u16>,
    /// What came of it: `201`, `reset`, `201 lost`, `200 truncated`.
    pub outcome: String,
    /// Whether a fault was played.
    pub fault: bool,
    /// Ticks of one counter: the request's head had come, the answer began to go out. Of two requests the later one waited for
    /// the earlier, or may have, where it came after the earlier one's answer.
    pub came: u64,
    pub answered: Option<u64>,
    pub at: Instant,
    pub took: Option<Duration>,
}

impl Entry {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The whole `Authorization`.
    pub fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }

    /// `none`, `basic` or `bearer`.
    pub fn credential(&self) -> String {
        let kind = self.authorization().and_then(|value| value.split(' ').next()).unwrap_or("none");
        kind.to_lowercase()
    }
}

/// The book.
#[derive(Debug, Default)]
pub struct Journal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    ticks: u64,
    /// How many entries were there before the last [`Journal::clear`].
    cleared: usize,
}

/// An entry's place in the book.
#[derive(Clone, Copy, Debug)]
pub struct Line(usize);

impl Journal {
    /// A request has come.
    pub fn came(&self, head: &Head, connection: usize, side: bool) -> Line {
        let mut state = self.state();
        state.ticks += 1;
        let entry = Entry {
            method: head.method.clone(),
            target: head.target.clone(),
            path: head.path.clone(),
            query: head.query.clone(),
            headers: head.headers.clone(),
            connection,
            side,
            body: Bytes::new(),
            length: 0,
            status: None,
            outcome: "unanswered".to_owned(),
            fault: false,
            came: state.ticks,
            answered: None,
            at: Instant::now(),
            took: None,
        };
        state.entries.push(entry);
        Line(state.cleared + state.entries.len() - 1)
    }

    pub fn body(&self, line: Line, body: &Body) {
        self.change(line, |entry, _| {
            entry.length = body.length;
            if body.length <= BODY_LIMIT {
                entry.body = body.bytes.clone();
            }
        });
    }

    pub fn fault(&self, line: Line) {
        self.change(line, |entry, _| entry.fault = true);
    }

    /// The answer begins to go out, or will never.
    pub fn answered(&self, line: Line, status: Option<u16>, outcome: &str) {
        self.change(line, |entry, ticks| {
            *ticks += 1;
            entry.answered = Some(*ticks);
            entry.took = Some(entry.at.elapsed());
            entry.status = status;
            outcome.clone_into(&mut entry.outcome);
        });
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }

    pub fn clear(&self) {
        let mut state = self.state();
        state.cleared += state.entries.len();
        state.entries.clear();
    }

    fn change(&self, line: Line, change: impl FnOnce(&mut Entry, &mut u64)) {
        let mut state = self.state();
        let State { entries, ticks, cleared } = &mut *state;
        if let Some(entry) = line.0.checked_sub(*cleared).and_then(|index| entries.get_mut(index)) {
            change(entry, ticks);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `METHOD PATH STATUS` of each entry. Digests are `MANIFEST`, `CONFIG`, `LAYER` (then `MANIFEST2`, …), after the manifests that
/// were put, or tried to; others are `DIGEST1`, `DIGEST2` by first appearance. An upload's id is `*`. Of the query `digest`,
/// `mount`, `from`, `n` and `last` are shown. What came to the second host begins with `side:`.
pub fn lines(entries: &[Entry], store: &Store) -> Vec<String> {
    let mut names = names(entries, store);
    entries.iter().map(|entry| line(entry, &mut names)).collect()
}

/// The same, in waves: each has the requests that came after an answer to the wave before, and so may have waited for it; sorted.
/// How many waves there are is the length of the longest chain of requests that waited for one another, as long as answers are
/// held long enough for what is sent side by side to arrive: [`Pace::Lockstep`](super::config::Pace::Lockstep).
pub fn waves(entries: &[Entry], store: &Store) -> Vec<Vec<String>> {
    let mut waves: Vec<Vec<String>> = Vec::new();
    let mut levels: Vec<usize> = Vec::new();
    for (entry, line) in entries.iter().zip(lines(entries, store)) {
        let before =
            entries.iter().zip(&levels).filter(|(earlier, _)| earlier.answered.is_some_and(|tick| tick < entry.came));
        let level = before.map(|(_, level)| level + 1).max().unwrap_or(0);
        levels.push(level);
        if waves.len() <= level {
            waves.resize(level + 1, Vec::new());
        }
        waves[level].push(line);
    }
    for wave in &mut waves {
        wave.sort();
    }
    waves
}

struct Names {
    known: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Names {
    fn add(&mut self, digest: &str, kind: &'static str) {
        if self.known.contains_key(digest) {
            return;
        }
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        let name = if *count == 1 && kind != "DIGEST" { kind.to_owned() } else { format!("{kind}{count}") };
        self.known.insert(digest.to_owned(), name);
    }

    fn add_manifest(&mut self, digest: &str, bytes: &[u8]) {
        let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
        self.add(digest, "MANIFEST");
        if let Some(config) = manifest["config"]["digest"].as_str() {
            self.add(config, "CONFIG");
        }
        for layer in manifest["layers"].as_array().into_iter().flatten() {
            self.add(layer["digest"].as_str().unwrap_or_default(), "LAYER");
        }
    }
}

fn names(entries: &[Entry], store: &Store) -> Names {
    let mut names = Names { known: HashMap::new(), counts: HashMap::new() };
    for (repository, digest) in &store.put {
        if let Some((_, manifest)) = store.manifest(repository, digest) {
            names.add_manifest(digest, &manifest.bytes);
        }
    }
    for entry in entries.iter().filter(|entry| entry.method == "PUT" && entry.path.contains("/manifests/")) {
        names.add_manifest(&sha256(&entry.body), &entry.body);
    }
    names
}

fn line(entry: &Entry, names: &mut Names) -> String {
    let segments: Vec<&str> = entry.path.split('/').collect();
    let mut path: Vec<String> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let upload =
            index > 0 && segments[index - 1] == "uploads" && index + 1 == segments.len() && !segment.is_empty();
        path.push(if upload { "*".to_owned() } else { named(segment, names) });
    }
    let shown = |key: &str| ["digest", "mount", "from", "n", "last"].contains(&key);
    let query: Vec<String> = entry
        .query
        .iter()
        .filter(|(key, _)| shown(key))
        .map(|(key, value)| format!("{key}={}", named(value, names)))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let side = if entry.side { "side:" } else { "" };
    format!("{} {side}{}{mark}{} {}", entry.method, path.join("/"), query.join("&"), entry.outcome)
}

fn named(text: &str, names: &mut Names) -> String {
    if text.starts_with("sha256:") {
        names.add(text, "DIGEST");
        return names.known[text].clone();
    }
    text.to_owned()
}
