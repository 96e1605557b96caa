//! What was found, in the formats of other programs, and written to files.

// Helpers of tests may panic as tests do.
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};

use common::{Folder, NAMESPACE, Transcript, config_map};
use serde_json::Value;

/// An error in a file with an odd name, one at two places, and a warning about a file as a whole.
fn broken() -> Folder {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/apps & more/ü: 100%.yaml", config_map("cart").replace("  name: cart", "  name: My_Cart"));
    folder.file("in/apps/again.yaml", config_map("settings"));
    folder.file("in/apps/settings.yaml", config_map("settings"));
    folder.file("in/apps/notes.YAML", "a: b\n");
    folder
}

#[test]
fn every_format_says_the_same_in_its_own_way() {
    let folder = broken();
    let mut t = Transcript::new("formats");
    for format in ["text", "github", "junit", "sarif"] {
        t.say(format);
        t.run(&folder, &["validate", "in", "--format", format]);
    }
    t.say("Nothing is wrong");
    for format in ["text", "github", "junit"] {
        t.run(&folder, &["validate", "in/namespace.yaml", "--format", format]);
    }
    t.check();
}

#[test]
fn reports_are_written_whatever_comes_of_it() {
    let folder = broken();
    let reports = ["json=out.json", "sarif=out.sarif", "junit=out.xml", "github=out.txt", "text=out.log"];
    let reports: Vec<&str> = reports.iter().flat_map(|report| ["--report", report]).collect();
    for command in
        [&["validate", "in"][..], &["push", "in", "oci:out:v1"], &["build", "in", "-o", "layer.tar"], &["digest", "in"]]
    {
        let output = folder.run(&[command, &reports].concat());
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        let json: Value = serde_json::from_slice(&folder.read("out.json")).unwrap();
        assert_eq!((&json["summary"]["errors"], &json["summary"]["warnings"]), (&2.into(), &1.into()), "{command:?}");
        let direct = folder.run(&["validate", "in", "--format", "sarif"]).stdout;
        assert!(folder.read("out.sarif") == direct, "{command:?}");
        for (file, text) in
            [("out.xml", "<testsuites"), ("out.txt", "::error file=in/"), ("out.log", "2 errors, 1 warning\n")]
        {
            let written = String::from_utf8(folder.read(file)).unwrap();
            assert!(written.contains(text) && !written.contains('\u{1b}'), "{command:?}: {written}");
            std::fs::remove_file(folder.path().join(file)).unwrap();
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_done() {
    let folder = broken();
    let mut t = Transcript::new("formats-refused");
    for report in ["sarif", "sarif=", "sarif=-", "xml=out.xml", "json=none/out.json", "text=in/apps/notes.YAML"] {
        t.run(&folder, &["validate", "in", "--report", report]);
    }
    t.run(&folder, &["validate", "in", "--report", "json=out", "--report", "sarif=out"]);
    t.check();
}

#[test]
fn the_same_is_reported_on_any_number_of_threads() {
    let folder = broken();
    for number in 0..100 {
        folder.file(&format!("in/many/{number}.yaml"), config_map("settings"));
    }
    let written = |threads: &str| folder.run(&["validate", "in", "--format", "sarif", "--threads", threads]).stdout;
    let one = written("1");
    assert!(one.len() > 10_000 && written("3") == one && written("16") == one);
}

/// Looks through `value`: every key must be among those of the specification, those in capital letters must be there.
fn conforms(value: &Value, keys: &[(&str, bool)], at: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
    for key in object.keys() {
        assert!(keys.iter().any(|(known, _)| known == key), "{at} has `{key}`, which is not in the specification");
    }
    for (key, required) in keys {
        assert!(!required || object.contains_key(*key), "{at} has no `{key}`");
    }
}

/// Section numbers are those of SARIF 2.1.0.
#[test]
fn sarif_has_the_structure_of_its_specification() {
    let folder = broken();
    let output = folder.run(&["validate", "in", "in/namespace.yaml", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    conforms(&log, &[("$schema", true), ("version", true), ("runs", true)], "the log (3.13)");
    assert_eq!(log["version"], "2.1.0");
    let [run] = &log["runs"].as_array().unwrap()[..] else { panic!("one run") };
    conforms(run, &[("tool", true), ("columnKind", true), ("results", true)], "run (3.14)");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    conforms(driver, &[("name", true), ("semanticVersion", true), ("rules", true)], "driver (3.19)");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        let keys = ["shortDescription", "fullDescription", "help"];
        let mut known = vec![("id", true), ("defaultConfiguration", true), ("properties", true)];
        known.extend(keys.map(|key| (key, true)));
        conforms(rule, &known, "rule (3.49)");
        assert!(keys.iter().all(|key| rule[key]["text"].is_string()));
        assert!(["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let keys =
            ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"].map(|key| (key, true));
        conforms(result, &[&keys[..], &[("relatedLocations", false)]].concat(), "result (3.27)");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string() && result["partialFingerprints"]["consign/v1"].is_string());
        for location in result["locations"].as_array().unwrap() {
            conforms(location, &[("physicalLocation", true)], "location (3.28)");
            is_physical(&location["physicalLocation"]);
        }
        for location in result["relatedLocations"].as_array().into_iter().flatten() {
            conforms(location, &[("physicalLocation", true), ("id", true), ("message", true)], "related location");
            is_physical(&location["physicalLocation"]);
        }
    }
    let uris: Vec<&Value> =
        results.iter().map(|r| &r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).collect();
    assert_eq!(uris, ["in/apps%20&%20more/%C3%BC%3A%20100%25.yaml", "in/apps/notes.YAML", "in/apps/settings.yaml"]);
}

fn is_physical(location: &Value) {
    conforms(location, &[("artifactLocation", true), ("region", false)], "physical location (3.29)");
    let uri = location["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)), "{uri}");
    let Some(region) = location.get("region") else { return };
    let keys = ["startLine", "startColumn", "endLine", "endColumn"];
    conforms(region, &keys.map(|key| (key, true)), "region (3.30)");
    assert!(keys.iter().all(|key| region[key].as_u64().unwrap() >= 1));
}

#[test]
#[ignore = "needs sarif-check (tests/peers/sarif), which .ci/run builds and names in SARIF_CHECK"]
fn sarif_holds_against_its_schema() {
    let folder = broken();
    for sources in [&["in"][..], &["in/namespace.yaml"], &["in", "in/apps/again.yaml"]] {
        let log = folder.run(&[&["validate", "--format", "sarif"], sources].concat()).stdout;
        let mut check = Command::new(std::env::var_os("SARIF_CHECK").expect("SARIF_CHECK names sarif-check"))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        check.stdin.take().unwrap().write_all(&log).unwrap();
        let said = check.wait_with_output().unwrap();
        assert!(said.status.success(), "{sources:?}: {}", String::from_utf8_lossy(&said.stderr));
    }
}
