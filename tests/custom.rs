//! Custom resources through the binary: definitions in the bundle and beside it, kinds that nobody knows, kinds that are skipped.

mod common;

use common::{Folder, NAMESPACE, Transcript};

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: shops.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: shops, kind: Shop}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [owner]
            properties:
              owner: {type: string, minLength: 1}
              open: {type: string, enum: [always, never]}
              rooms: {type: integer, minimum: 1}
";

fn shop(name: &str, spec: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: {name}\nspec:\n{spec}")
}

const GOOD: &str = "  owner: jane\n  rooms: 3\n";
const BAD: &str = "  onwer: jane\n  open: Always\n  rooms: none\n";

#[test]
fn custom_resources_are_checked_against_their_definitions() {
    let folder = Folder::new();
    folder.without_programs();
    folder.file("in/a/shop.yaml", shop("corner", BAD));
    folder.file("in/namespace.yaml", NAMESPACE);
    let mut t = Transcript::new("custom");
    t.say("Nobody knows the kind");
    t.run(&folder, &["validate", "in"]);
    t.run(&folder, &["validate", "in", "--unknown-kinds", "ignore"]);
    t.run(&folder, &["validate", "in", "--unknown-kinds", "error"]);
    t.say("Its objects are not to be checked");
    t.run(&folder, &["validate", "in", "--skip", "Shop.example.com"]);
    t.run(&folder, &["validate", "in", "--skip", "shops"]);
    t.say("Its definition is given");
    folder.file("crds/shop.yaml", DEFINITION);
    folder.file("crds/README.md", "What the cluster has");
    t.run(&folder, &["validate", "in", "--crds", "crds"]);
    t.run_with_input(&folder, &["validate", "in", "--crds", "-"], DEFINITION.as_bytes());
    t.say("It stands in the bundle, behind the object");
    folder.file("in/z/definition.yaml", DEFINITION);
    folder.file("in/a/shop.yaml", shop("corner", GOOD));
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn versions_and_kinds_that_are_nearly_right_are_told() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    let flux = |version: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/{version}\nkind: OCIRepository\nmetadata: {{name: a, namespace: shop}}\nspec: {{interval: 5m, url: 'oci://example.com/a'}}\n"
        )
    };
    let sync = |kind: &str, version: &str| {
        format!(
            "apiVersion: configsync.gke.io/{version}\nkind: {kind}\nmetadata: {{name: a, namespace: config-management-system}}\nspec: {{sourceType: oci, oci: {{image: example.com/a, auth: none}}}}\n"
        )
    };
    let mut t = Transcript::new("custom-nearly");
    t.say("A version that was never there");
    folder.file("in/a.yaml", flux("v7"));
    t.run(&folder, &["validate", "in"]);
    t.run(&folder, &["validate", "in", "--unknown-kinds", "error"]);
    t.run(&folder, &["validate", "in", "--unknown-kinds", "ignore"]);
    folder.file("in/a.yaml", sync("RootSync", "v1"));
    t.run(&folder, &["validate", "in", "--strict"]);
    t.say("A version of an earlier release");
    folder.file("in/a.yaml", flux("v1beta2"));
    t.run(&folder, &["validate", "in"]);
    t.say("The end of a long line");
    folder.file("in/a.yaml", format!("{{\"apiVersion\": \"example.com/v1\", \"kind\": \"Shop\", \"metadata\": {{\"name\": \"corner\", \"annotations\": {{\"note\": \"{}\"}}}}, \"spec\": {{\"owner\": \"jane\", \"open\": \"Always\"}}}}\n", "x".repeat(200)));
    folder.file("crds/shop.yaml", DEFINITION);
    t.run(&folder, &["validate", "in", "--crds", "crds"]);
    t.say("A kind that is spelt nearly so: out of the box, given, in the bundle");
    folder.file("in/a.yaml", sync("Rootsync", "v1beta1"));
    t.run(&folder, &["validate", "in"]);
    folder.file("in/a.yaml", shop("corner", GOOD).replace("kind: Shop", "kind: Shops"));
    t.run(&folder, &["validate", "in", "--crds", "crds"]);
    folder.file("in/z.yaml", DEFINITION);
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn definitions_that_cannot_be_had_are_an_error() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("none/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    folder.file("broken/crd.yaml", format!("{DEFINITION}  a: b: c\n"));
    folder.file("twice/a.yaml", DEFINITION);
    folder.file("twice/b.yaml", DEFINITION);
    let mut t = Transcript::new("custom-crds");
    for from in ["missing", "none", "broken", "twice"] {
        t.run(&folder, &["validate", "in", "--crds", from]);
    }
    t.say("Two files that differ, and two that do not");
    let form = "names: {plural: shops, kind: Shop}";
    assert!(DEFINITION.contains(form));
    folder.file("same.yaml", DEFINITION.replace(form, "names: {'kind': Shop, plural: \"shops\"}"));
    folder.file("one.yaml", DEFINITION);
    folder.file("other.yaml", DEFINITION.replace("minimum: 1", "minimum: 2"));
    t.run(&folder, &["validate", "in", "--crds", "one.yaml", "--crds", "other.yaml"]);
    t.run(&folder, &["validate", "in", "--crds", "one.yaml", "--crds", "same.yaml", "--crds", "one.yaml"]);
    t.say("Standard input is one thing");
    t.run(&folder, &["validate", "in", "--crds", "-", "--crds", "-"]);
    t.run(&folder, &["validate", "-", "--crds", "-"]);
    t.say("A cluster");
    folder.without_programs();
    t.run(&folder, &["validate", "in", "--crds", "cluster"]);
    folder.program("kubectl", "#!/bin/sh\necho 'error: context \"prod\" does not exist' >&2; exit 1\n");
    t.run(&folder, &["validate", "in", "--crds", "cluster:prod"]);
    folder.program("kubectl", "#!/bin/sh\necho 'Error from server (Forbidden): no' >&2; exit 1\n");
    t.run(&folder, &["validate", "in", "--crds", "cluster"]);
    folder.file("in/shop.yaml", shop("corner", BAD));
    let crds =
        folder.file("crds.yaml", format!("apiVersion: v1\nkind: List\nitems:\n- {}", DEFINITION.replace('\n', "\n  ")));
    folder.program("kubectl", &format!("#!/bin/sh\necho \"$@\" > asked\n/bin/cat '{}'\n", crds.display()));
    t.run(&folder, &["validate", "in", "--crds", "cluster:prod"]);
    assert!(String::from_utf8_lossy(&folder.read("asked")).contains("--context prod"));
    t.say("What a cluster has may be older");
    t.run(&folder, &["validate", "in", "-q", "--crds", "other.yaml", "--crds", "cluster:prod"]);
    t.say("A definition twice in the bundle");
    folder.file("in/shop.yaml", format!("{DEFINITION}---\n{DEFINITION}"));
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn what_waits_is_checked_in_order_on_any_number_of_threads() {
    let folder = Folder::new();
    folder.file("in/z.yaml", DEFINITION);
    let padding = format!("# {}\n", "x".repeat(2000));
    for number in 0..30 {
        // More than is kept in memory; every tenth is wrong.
        let spec = |object: usize| if object.is_multiple_of(10) { BAD } else { GOOD };
        let documents =
            (0..60).map(|object| format!("---\n{padding}{}", shop(&format!("s{number}-{object}"), spec(object))));
        folder.file(&format!("in/{}/{number}.yaml", number % 7), documents.collect::<String>());
    }
    let large = (0..600).map(|object| format!("---\n{padding}{}", shop(&format!("large-{object}"), GOOD)));
    folder.file("in/large.yaml", large.collect::<String>() + "---\n" + &shop("last", BAD));
    let run = |threads: &str| {
        let output = folder.run(&["validate", "in", "-q", "--format", "json", "--threads", threads]);
        String::from_utf8(output.stdout).unwrap()
    };
    let one = run("1");
    let summary: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(summary["summary"]["errors"], 3 * (30 * 6 + 1));
    assert_eq!(summary["summary"]["objects"], 30 * 60 + 600 + 2);
    for threads in ["2", "7"] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}
