//! `consign validate`: what it prints, and that it finds what the others find.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

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

#[test]
fn whose_rules_count_and_how_bad_they_are_is_the_users_to_say() {
    let folder = broken();
    folder.file("in/apps/cart.yaml", config_map("cart"));
    let mut t = Transcript::new("validate-rules");
    t.say("A rule that is off, one that is only a warning");
    t.run(&folder, &["validate", "in", "--rule", "object/duplicate=off"]);
    t.run(&folder, &["validate", "in", "--rule", "object/duplicate=warn,bundle/extension=error"]);
    t.say("Warnings are errors, but for one");
    t.run(&folder, &["validate", "in", "--strict", "--rule", "object/duplicate=off"]);
    t.run(
        &folder,
        &["validate", "in", "--strict", "--rule", "object/duplicate=off", "--rule", "bundle/extension=warn"],
    );
    t.say("A push heeds them, too");
    t.run(&folder, &["push", "in", "oci:out:v1", "--rule", "object/duplicate=off", "--strict"]);
    t.say("Rules that are none, and what no option makes right");
    t.run(&folder, &["validate", "in", "--rule", "object/duplicat=off"]);
    t.run(&folder, &["validate", "in", "--rule", "object/duplicate"]);
    t.run(&folder, &["validate", "in", "--rule", "object/duplicate=ignore"]);
    t.run(&folder, &["validate", "in", "--rule", "source/unreadable=off"]);
    t.check();
}

#[test]
fn only_the_consumers_rules_count() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/cloudbuild.yaml", config_map("steps"));
    for (consumers, warnings) in [(&[][..], 0), (&["config-sync"], 0), (&["flux"], 1), (&["argocd", "flux"], 1)] {
        let mut args = vec!["validate", "in", "--format", "json"];
        args.extend(consumers.iter().flat_map(|consumer| ["--consumer", consumer]));
        let json: serde_json::Value = serde_json::from_str(&folder.ok(&args)).unwrap();
        assert_eq!(json["summary"]["warnings"], warnings, "{consumers:?}: {json}");
    }
}

#[test]
fn a_comment_silences_a_rule_on_its_line() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    let map = |name: &str, above: &str, behind: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n{above}  name: {name}{behind}\n  namespace: test\n")
    };
    let reason = "# consign-ignore: metadata/invalid-name that is how it is called";
    folder.file("in/above.yaml", map("My_Map", &format!("  {reason}\n"), ""));
    folder.file("in/behind.yaml", map("My_Other", "", &format!(" {reason}")));
    folder.file("in/first.yaml", map("twice", "", ""));
    folder.file("in/second.yaml", map("twice", "  # consign-ignore: object/duplicate both are the same\n", ""));
    let mut t = Transcript::new("validate-ignore");
    t.say("With comments");
    t.run(&folder, &["validate", "in"]);
    t.say("The command line is stronger");
    t.run(&folder, &["validate", "in", "--rule", "metadata/invalid-name=error"]);
    t.say("Comments that silence nothing");
    folder.file("in/above.yaml", map("my-map", &format!("  {reason}\n"), " # consign-ignore: metadata/invalid_name"));
    folder.file(
        "in/behind.yaml",
        map("my-other", "  # consign-ignore: because\n", "") + "# consign-ignore object/kind\n",
    );
    folder.file("in/other.yaml", map("other", "  # consign-ignore: render/remote it stays there\n", ""));
    folder.file("in/text.yaml", map("text", "", "") + "data:\n  a: |\n    # consign-ignore: nothing\n");
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn a_comment_at_a_key_counts_for_all_lines_of_its_text() {
    let folder = Folder::new();
    let comment = "# consign-ignore: secret/private-key of a test";
    let begin = "-----BEGIN RSA PRIVATE KEY-----";
    let end = "-----END RSA PRIVATE KEY-----";
    // Put together here, so that nobody who looks for keys in repositories finds one.
    let body = ["MIIEpAIBAAKCAQEA", "x7Qm2Lk9TzVw4Rb8", "Yc3Nf6Hs1Jd5Gp0u"].concat();
    let text = format!("some text\n    {begin}\n    {body}\n    {end}\n");
    folder.file("in/namespace.yaml", NAMESPACE);
    let quoted = format!("\"some text\n\n    {begin}\n\n    {body}\n\n    {end}\n\n    \"\n");
    for data in [
        format!("  a: | {comment}\n    {text}"),
        format!("  {comment}\n  a: |-\n    {text}"),
        format!("  {comment}\n  a: >\n    {}", text.replace('\n', "\n\n")),
        format!("  {comment}\n  a: {quoted}"),
        format!("  {comment}\n  a: {}", quoted.replace('"', "'")),
    ] {
        let file = config_map("a") + &data;
        folder.file("in/a.yaml", &file);
        let output = folder.run(&["validate", "in", "--strict"]);
        assert!(output.status.success(), "{file}{}", String::from_utf8_lossy(&output.stdout));
        folder.file("in/a.yaml", file.replace("# consign-ignore", "# not consign-ignore"));
        let output = folder.run(&["validate", "in", "--strict"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("[secret/private-key]"), "{file}");
    }
    let below = format!("spec:\n  {comment}\n  b:\n    a: |\n      {}", text.replace("    ", "      "));
    folder
        .file("in/a.yaml", "apiVersion: a.b.c/v1\nkind: A\nmetadata: {name: a, namespace: test}\n".to_owned() + &below);
    let output = folder.run(&["validate", "in"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("[secret/private-key]") && said.contains("[ignore/unused]"), "{said}");
}

#[test]
fn a_comment_in_a_document_without_content_silences_nothing_and_that_is_told() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    for (above, rule) in [
        ("# a file\r\n# consign-ignore: metadata/invalid-name x\r\n---\r\n", "ignore/unused"),
        ("# consign-ignore: metadata/invalid_name x\n\n---\n", "ignore/unknown-rule"),
    ] {
        folder.file("in/a.yaml", above.to_owned() + &config_map("My_Map"));
        let output = folder.run(&["validate", "in", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rules: Vec<&str> =
            json["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
        assert_eq!(rules, [rule, "metadata/invalid-name"], "{json}");
    }
}

#[test]
fn comments_count_for_what_is_found_last_and_in_files_of_any_size() {
    let folder = Folder::new();
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\n\
        spec:\n  group: example.com\n  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}\n  scope: Namespaced\n  \
        versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
        properties:\n          spec:\n            type: object\n            properties:\n              size: {type: integer}\n";
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: test}\nspec:\n  \
        # consign-ignore: schema/type a webhook mends it\n  size: large\n";
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/z.yaml", definition);
    folder.file("in/small.yaml", thing);
    folder.file(
        "in/large.yaml",
        format!("{}---\n{}", thing.replace("name: a", "name: b"), config_map("c") + &"# filler\n".repeat(200_000)),
    );
    let said = folder.ok(&["validate", "in", "--strict"]);
    assert_eq!(said, "");
    for file in ["in/small.yaml", "in/large.yaml"] {
        let text = String::from_utf8(folder.read(file)).unwrap();
        folder.file(file, text.replace("  # consign-ignore", "  # not consign-ignore"));
    }
    let output = folder.run(&["validate", "in", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["summary"]["errors"], 2, "{json}");
}

/// A monorepo: folders that are synced apart, and what else lies there.
fn monorepo() -> Folder {
    let folder = Folder::new();
    folder.without_programs();
    let thing =
        "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: test\nspec:\n  size: large\n";
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  \
                      group: example.com\n  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}\n  scope: Namespaced\n  \
                      versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}\n";
    folder.file("in/app/a.yaml", config_map("a"));
    folder.file("in/app/thing.yaml", thing);
    folder.file("in/kz/kustomization.yaml", "resources:\n- map.yaml\n");
    folder.file("in/kz/map.yaml", config_map("settings"));
    folder.file("in/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
    folder.file("in/other/wrong.yaml", config_map("wrong").replace("value", "5"));
    folder.file("in/other/twice.yaml", format!("{0}---\n{0}", config_map("a")));
    folder.file("in/other/values.yaml", "# consign-ignore: yaml/syntax none\nreplicas: 2\n");
    folder.file("in/other/template.yaml", "{{ if .Values.on }}\n");
    folder.file("in/other/bad.json", "{\"a\": [");
    folder.file("in/other/map.YAML", config_map("b"));
    folder.file("in/crds/thing.yaml", definition);
    folder.file(
        "in/secrets/a.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: test\nstringData:\n  password: hunter22\n",
    );
    folder.file("in/.github/workflows/ci.yaml", "on: push\n");
    folder
}

#[test]
fn what_lies_outside_of_the_folders_to_sync_is_not_judged() {
    let folder = monorepo();
    let found = |args: &[&str]| {
        let output = folder.run(&[&["validate", "in", "--format", "json"], args].concat());
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let told = result["findings"].as_array().unwrap().iter();
        let told =
            told.map(|finding| format!("{} {}", finding["rule"].as_str().unwrap(), finding["path"].as_str().unwrap()));
        (told.collect::<Vec<_>>(), result["summary"]["filesNotChecked"].as_u64().unwrap())
    };
    for consumer in [&[][..], &["--consumer", "config-sync"], &["--consumer", "flux"], &["--consumer", "kubectl"]] {
        let of = |dir: &str| found(&[&["--sync-dir", dir], consumer].concat());
        // Other than these there are five files in `other`, the definition, the Secret, the chart and the workflow.
        assert_eq!(
            of("app"),
            (vec!["schema/type app/thing.yaml".into(), "secret/plaintext secrets/a.yaml".into()], 9 + 2),
            "{consumer:?}"
        );
        let (told, not_checked) = of("kz");
        let beside: Vec<&str> =
            told.iter().map(String::as_str).filter(|finding| !finding.starts_with("render/")).collect();
        assert_eq!((beside, not_checked), (vec!["secret/plaintext secrets/a.yaml"], 9 + 2 + 2), "{consumer:?}");
    }
    assert!(found(&[]).0.len() > 6, "without the option all of it is read");
    let mut t = Transcript::new("validate-sync-dir");
    t.run(&folder, &["validate", "in", "--sync-dir", "app", "--consumer", "config-sync"]);
    t.run(&folder, &["validate", "in", "--sync-dir", "kz", "--consumer", "config-sync", "--deny-secrets"]);
    t.check();
}

#[test]
fn definitions_and_secrets_outside_count_in_large_files_too() {
    let folder = monorepo();
    let padding = format!("# {}\n", "x".repeat(1022)).repeat(2000);
    for name in ["crds/thing.yaml", "secrets/a.yaml", "other/wrong.yaml"] {
        let text = String::from_utf8(folder.read(&format!("in/{name}"))).unwrap();
        folder.file(&format!("in/{name}"), padding.clone() + &text);
    }
    folder.file("in/other/large.yaml", padding + "a: [\n");
    let output = folder.run(&["validate", "in", "--sync-dir", "app"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let told: Vec<&str> =
        text.lines().filter(|line| line.contains("]: ")).filter_map(|line| line.split(']').next()).collect();
    assert_eq!(told, ["error[schema/type", "warning[secret/plaintext"]);
}
