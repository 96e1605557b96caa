//! What consign finds in each case that the API server would refuse: the command line, over folders with a file for each case.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::common::Folder;
use crate::corpus::Case;

/// The findings on which the API server would refuse an object, by case.
pub(crate) fn findings(cases: &[Case], definitions: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let folder = Folder::new();
    write(folder.path(), cases, definitions);
    let folders: Vec<&str> =
        cases.iter().map(|case| case.folder.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let (left, right) = folders.split_at(folders.len() / 2);
    let all = thread::scope(|scope| {
        let halves =
            [left, right].map(|half| scope.spawn(|| half.iter().flat_map(|it| found(&folder, it)).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().expect("it ends well")).collect::<Vec<_>>()
    });
    let mut by_case: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for finding in all {
        let refuses = finding["refusedBy"].as_array().is_some_and(|who| who.iter().any(|it| it == "API server"));
        let path = finding["path"].as_str().unwrap_or_default();
        if refuses && finding["severity"] == "error" {
            by_case.entry(path.trim_end_matches(".json").to_owned()).or_default().push(finding);
        }
    }
    by_case
}

/// A file for each case, in its folder, and in each folder the CRDs that both sides know.
pub(crate) fn write(folder: &Path, cases: &[Case], definitions: &[Value]) {
    for case in cases {
        let here = folder.join(&case.folder);
        if !here.exists() {
            fs::create_dir_all(&here).expect("a folder");
            for (number, definition) in definitions.iter().enumerate() {
                write_json(&here.join(format!("definition-{number:03}.json")), definition);
            }
        }
        write_json(&here.join(format!("{}.json", case.id)), &case.object);
    }
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, serde_json::to_string_pretty(value).expect("JSON")).expect("a file");
}

fn found(folder: &Folder, source: &str) -> Vec<Value> {
    let mut command: Command = folder.consign();
    command.args(["validate", source, "--format", "json", "--kubernetes-version", "1.35"]);
    let output = command.stdin(Stdio::null()).output().expect("consign runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "consign validate {source}: {stderr}");
    let mut result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    match result["findings"].take() {
        Value::Array(findings) => findings,
        other => panic!("no findings in what consign validate prints: {other}"),
    }
}
