//! Findings as SARIF 2.1.0, which code hosts show beside the lines.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::escape::escape;
use super::origin::{Origin, Reported};
use super::safe_json;
use crate::finding::{Place, Refuser, Rule, Severity};

/// Writes `findings`, in the order given, as one run.
///
/// Paths are relative where the source was given so, and percent-encoded. Columns count characters, as everywhere in this tool. The
/// fingerprint of a finding holds its rule, file and message but not its line, so that it stays the same while lines move.
pub fn sarif(findings: &[Reported<'_>]) -> String {
    let mut rules: Vec<&'static Rule> = findings.iter().map(|reported| reported.finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let numbers: HashMap<&str, usize> = rules.iter().enumerate().map(|(number, rule)| (rule.id, number)).collect();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = findings.iter().map(|reported| result(reported, &numbers, &mut seen)).collect();
    safe_json(&json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "consign",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.into_iter().map(descriptor).collect::<Vec<_>>(),
                }
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.help },
        "help": { "text": rule.help },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "refusedBy": rule.refused_by.iter().copied().map(Refuser::as_str).collect::<Vec<_>>(),
        },
    })
}

fn result(reported: &Reported<'_>, numbers: &HashMap<&str, usize>, seen: &mut BTreeMap<String, usize>) -> Value {
    let Reported { finding, origin } = reported;
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": numbers.get(finding.rule.id),
        "level": level(finding.severity),
        "message": { "text": in_words(&finding.message, finding.hint.as_deref()) },
        "locations": [location(&finding.place, origin)],
        "partialFingerprints": { "consign/v1": fingerprint(reported, seen) },
    });
    if !finding.further.is_empty() {
        let further = finding.further.iter().zip(1..).map(|((place, why), id)| {
            let mut location = location(place, origin);
            location.insert("id".to_owned(), json!(id));
            location.insert("message".to_owned(), json!({ "text": escape(why) }));
            location
        });
        result["relatedLocations"] = further.collect::<Vec<_>>().into();
    }
    result
}

/// The message and the hint as sentences.
fn in_words(message: &str, hint: Option<&str>) -> String {
    match hint {
        Some(hint) => format!("{}. To mend it: {}.", escape(message), escape(hint)),
        None => format!("{}.", escape(message)),
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn location(place: &Place, origin: &Origin) -> Map<String, Value> {
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), json!({ "uri": uri(&origin.path(&place.path)) }));
    if let Some(span) = place.span {
        let region = json!({
            "startLine": span.start.line,
            "startColumn": span.start.column,
            "endLine": span.end.line,
            "endColumn": span.end.column,
        });
        physical.insert("region".to_owned(), region);
    }
    Map::from_iter([("physicalLocation".to_owned(), physical.into())])
}

/// The path as a URI reference: percent-encoded, so that a colon in the first part is no scheme; absolute paths as `file:`.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(byte.into());
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

/// The same for the same mistake in the same file, wherever it stands; the number tells several of them apart.
fn fingerprint(reported: &Reported<'_>, seen: &mut BTreeMap<String, usize>) -> String {
    let Reported { finding, origin } = reported;
    let what = format!("{}\0{}\0{}", finding.rule.id, origin.path(&finding.place.path), finding.message);
    let hash: String = Sha256::digest(what.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let count = seen.entry(hash.clone()).or_default();
    *count += 1;
    format!("{hash}:{count}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, finding};
    use super::*;
    use std::path::Path;

    fn log(findings: &[&crate::finding::Finding], folder: &str) -> Value {
        let origin = Origin::below(Some(Path::new(folder)));
        serde_json::from_str(&sarif(&Reported::all(findings, &origin))).unwrap()
    }

    #[test]
    fn a_result_names_its_rule_its_place_and_the_further_places() {
        let finding =
            finding(at("a.yaml", 4, 9), "it is wrong").hint("mend it").also(at("b.yaml", 1, 2), "first seen here");
        let run = &log(&[&finding], "in")["runs"][0];
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!((&rule["id"], &rule["help"]["text"]), (&json!("group/what"), &json!("Help.")));
        assert_eq!(rule["properties"]["refusedBy"], json!(["API server", "Config Sync"]));
        let result = &run["results"][0];
        assert_eq!((&result["ruleId"], &result["ruleIndex"]), (&json!("group/what"), &json!(0)));
        assert_eq!(result["message"]["text"], "it is wrong. To mend it: mend it.");
        assert_eq!(
            result["locations"],
            json!([{"physicalLocation": {
                "artifactLocation": {"uri": "in/a.yaml"},
                "region": {"startLine": 4, "startColumn": 9, "endLine": 4, "endColumn": 13},
            }}])
        );
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "first seen here");
        assert_eq!(result["relatedLocations"][0]["id"], 1);
    }

    #[test]
    fn a_fingerprint_stays_when_lines_move_and_tells_equal_mistakes_apart() {
        let prints = |lines: [u32; 2]| {
            let both = lines.map(|line| finding(at("a.yaml", line, 1), "wrong"));
            let log = log(&[&both[0], &both[1]], "");
            [0, 1].map(|number| log["runs"][0]["results"][number]["partialFingerprints"]["consign/v1"].clone())
        };
        assert_eq!(prints([1, 2]), prints([7, 90]));
        assert_ne!(prints([1, 2])[0], prints([1, 2])[1]);
    }

    #[test]
    fn a_path_is_percent_encoded() {
        for (path, expected) in [
            ("a b/ü#?.yaml", "a%20b/%C3%BC%23%3F.yaml"),
            ("c:/x%.yaml", "c%3A/x%25.yaml"),
            ("../x.yaml", "../x.yaml"),
            ("/srv/a.yaml", "file:///srv/a.yaml"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
