//! `consign rules`, and the documentation that is made from the same texts.

mod common;

use common::{Folder, Transcript};
use consign::finding::{Refuser, Rule};
use consign::rules;

#[test]
fn rules_are_listed_and_explained() {
    let folder = Folder::new();
    let mut t = Transcript::new("rules");
    t.say("A group");
    t.run(&folder, &["rules", "ignore"]);
    t.say("One");
    t.run(&folder, &["rules", "yaml/duplicate-key"]);
    t.run(&folder, &["rules", "source/unreadable"]);
    t.run(&folder, &["rules", "source/name-case", "render/below-sync-dir"]);
    t.run(&folder, &["rules", "ignore/unused", "--format", "json"]);
    t.say("None");
    t.run(&folder, &["rules", "yaml/duplicate-keys"]);
    t.run(&folder, &["rules", "nothing-of-the-kind"]);
    t.check();
    let all = folder.ok(&["rules"]);
    assert_eq!(all.lines().count(), rules::all().len());
}

fn refused_by(rule: &Rule) -> String {
    match rule.refused_by {
        [] => "nobody".to_owned(),
        some => some.iter().copied().map(Refuser::as_str).collect::<Vec<_>>().join(", "),
    }
}

/// docs/rules.md.
fn document() -> String {
    let mut text = include_str!("rules/introduction.md").to_owned();
    let all = rules::all();
    text += "\n| rule | severity | refused by | what |\n| --- | --- | --- | --- |\n";
    for rule in &all {
        let anchor: String = rule.id.chars().filter(|c| *c != '/').collect();
        let (id, severity, who) = (rule.id, rule.severity.as_str(), refused_by(rule));
        text += &format!("| [`{id}`](#{anchor}) | {severity} | {who} | {} |\n", rule.title.replace('|', "\\|"));
    }
    for group in all.chunk_by(|one, other| rules::group(one) == rules::group(other)) {
        for rule in group {
            let (severity, who) = (rule.severity.as_str(), refused_by(rule));
            let (id, title, help) = (rule.id, rule.title, rule.help);
            text += &format!("\n## `{id}`\n\n{title} · {severity} · refused by: {who}\n\n{help}\n");
        }
    }
    text
}

#[test]
fn the_documentation_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    let expected = document();
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == expected, "docs/rules.md is not what the rules say: UPDATE_TRANSCRIPTS=1 writes it anew");
}
