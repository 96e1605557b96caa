//! `consign validate`: what it prints, and that it finds what the others find.

mod common;

use common::{Folder, NAMESPACE, Transcript, config_map};

fn broken() -> Folder {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/apps/cart.yaml", config_map("cart").replace("  name: cart", "  name: My_Cart"));
    folder.file("in/apps/again.yaml", config_map("settings"));
    folder.file("in/apps/settings.yaml", config_map("settings"));
    folder.file("in/apps/notes.YAML", "a: b\n");
    folder
}

#[test]
fn findings_are_the_result() {
    let folder = broken();
    folder.file("good/namespace.yaml", NAMESPACE);
    let mut t = Transcript::new("validate");
    t.say("Nothing is wrong");
    t.run(&folder, &["validate", "good"]);
    t.run(&folder, &["validate", "good", "-q"]);
    t.run(&folder, &["validate", "good", "--format", "json"]);
    t.say("Something is");
    t.run(&folder, &["validate", "in"]);
    t.say("For machines");
    t.run(&folder, &["validate", "in", "--format", "json"]);
    t.say("Several sources, each on its own: two files of one folder would be one bundle");
    t.run(&folder, &["validate", "in/apps/again.yaml", "in/apps/settings.yaml"]);
    t.say("Standard input");
    t.run_with_input(&folder, &["validate", "-"], config_map("My_Cart").as_bytes());
    t.run(&folder, &["validate", "-", "-"]);
    t.say("A source that is not there");
    t.run(&folder, &["validate", "good", "missing"]);
    t.check();
}

#[test]
fn what_a_push_finds_is_found_and_nothing_is_written() {
    let folder = broken();
    folder.file("in/large.yaml", format!("{}  text: {}\n", config_map("Large"), "x".repeat(3 << 20)));
    let validated = folder.run(&["validate", "in", "--format", "json"]);
    let pushed = folder.run(&["push", "in", "oci:out:v1", "--format", "json"]);
    assert_eq!((validated.status.code(), pushed.status.code()), (Some(1), Some(1)));
    let [validated, pushed] =
        [validated, pushed].map(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap());
    assert_eq!(validated["findings"], pushed["findings"]);
    for count in ["files", "objects", "errors", "warnings"] {
        assert_eq!(validated["summary"][count], pushed[count], "{count}");
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["in"]);
}
