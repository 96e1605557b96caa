//! Custom resources against definitions, from the text to the findings.

mod properties;
mod rules;
#[cfg(feature = "cel")]
mod rules_in_cel;

use std::sync::Arc;

use crate::finding::Finding;
use crate::object::documents;
use crate::validate::{Consumer, Ledger, Options, Plan, Record, Summary, check, check_waiting};

/// Checks files of these names and texts as a push does: all once, then what waits.
pub(in crate::validate) fn run_with(options: &Options, files: &[(&str, &str)]) -> (Summary, Vec<Finding>) {
    let plan = Plan::new(files.iter().map(|(name, _)| *name), options).unwrap();
    let mut ledger = Ledger::new(&plan, options);
    let mut record = Record::new(Some(options));
    let mut waiting = Vec::new();
    for (name, text) in files {
        let path: Arc<str> = Arc::from(*name);
        let (documents, found) = documents(&path, text.as_bytes());
        record.extend(found);
        for document in documents {
            let checked = check(&plan, &path, &document);
            if checked.waits {
                waiting.push((Arc::clone(&path), document));
            }
            ledger.add(&path, checked, &mut record);
        }
    }
    let definitions = ledger.definitions();
    for (path, document) in &waiting {
        ledger.add_late(path, check_waiting(&plan, &definitions, path, document), &mut record);
    }
    let summary = ledger.finish(&mut record);
    (summary, record.into_findings().sorted().into_iter().cloned().collect())
}

pub(super) fn run(files: &[(&str, &str)]) -> Vec<Finding> {
    run_with(&Options::default(), files).1
}

/// A definition of `Thing` in `example.com/v1` with this schema.
pub(super) fn definition(schema: &str) -> String {
    let schema: String = schema.lines().map(|line| format!("        {line}\n")).collect();
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  \
         group: example.com\n  names:\n    kind: Thing\n    listKind: ThingList\n    plural: things\n    singular: thing\n  scope: Namespaced\n  \
         versions:\n  - name: v1\n    served: true\n    storage: true\n    subresources:\n      status: {{}}\n    schema:\n      \
         openAPIV3Schema:\n{schema}  - name: v0\n    served: false\n    storage: false\n    schema:\n      openAPIV3Schema:\n        type: object\n"
    )
}

/// A definition whose `spec` has this schema.
pub(super) fn spec(schema: &str) -> String {
    let below: String = schema.lines().map(|line| format!("    {line}\n")).collect();
    definition(&format!(
        "type: object\nproperties:\n  spec:\n{below}  status:\n    type: object\n    properties:\n      ready: {{type: boolean}}"
    ))
}

/// A `Thing` with this text below its metadata.
pub(super) fn thing(text: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n{text}\n")
}

pub(super) fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn a_definition_is_found_wherever_it_stands() {
    let bad = thing("spec: {size: large}");
    let definition = spec("type: object\nproperties:\n  size: {type: integer}");
    for files in [[("a.yaml", &*bad), ("z.yaml", &*definition)], [("z.yaml", &*bad), ("a.yaml", &*definition)]] {
        let findings = run(&files);
        assert_eq!(ids(&findings), ["schema/type"]);
        assert_eq!(&*findings[0].place.path, files[0].0);
        assert_eq!(findings[0].message, "`spec.size` of Thing \"a\" is a string, not a whole number");
        assert_eq!(findings[0].place.span.unwrap().start.line, 5);
    }
    let one_file = format!("{bad}---\n{definition}");
    assert_eq!(ids(&run(&[("a.yaml", &one_file)])), ["schema/type"]);
}

#[test]
fn a_key_that_is_no_string_to_kubectl_must_be_put_in_quotes() {
    let definition = spec("type: object\nproperties:\n  \"n\": {type: string}\n  \"010\": {type: string}");
    for (key, read) in [("n", "false"), ("010", "8")] {
        let findings = run(&[("a.yaml", &thing(&format!("spec:\n  {key}: a"))), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), ["schema/unknown-field", "value/ambiguous"]);
        let hint = format!("put the key `{key}` in quotes: without them it is `{read}` to kubectl");
        assert_eq!(findings[0].hint, Some(hint));
        let quoted = thing(&format!("spec:\n  '{key}': a"));
        assert_eq!(ids(&run(&[("a.yaml", &quoted), ("crd.yaml", &definition)])), [""; 0]);
    }
    let other = run(&[("a.yaml", &thing("spec:\n  off: a\n  \"no\": b")), ("crd.yaml", &definition)]);
    let hints: Vec<Option<&str>> = other.iter().map(|finding| finding.hint.as_deref()).collect();
    assert!(hints.iter().flatten().all(|hint| !hint.contains("without them")), "no such field: {hints:?}");
}

#[test]
fn only_the_custom_objects_of_a_list_wait() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: A, namespace: b}\n- apiVersion: example.com/v1\n  kind: Thing\n  metadata: {name: a}\n  spec: 1\n";
    let findings = run(&[("a.yaml", list), ("crd.yaml", &spec("type: object"))]);
    assert_eq!(ids(&findings), ["metadata/invalid-name", "schema/type"]);
}

#[test]
fn a_kind_that_nobody_knows_is_told_once_a_file_and_counted() {
    let text = format!("{}---\n{}", thing("spec: {}"), thing("spec: {}").replace("name: a", "name: b"));
    let other = "apiVersion: example.com/v1\nkind: Other\nmetadata: {name: c}\n";
    let (summary, findings) = run_with(
        &Options::default(),
        &[("a.yaml", &text), ("b.yaml", &text.replace("name: ", "name: b")), ("c.yaml", other)],
    );
    assert_eq!(ids(&findings), ["schema/unknown-kind"; 3]);
    assert_eq!(summary.unchecked_objects, 5);
    assert_eq!(findings[0].message, "nobody here knows the kind `Thing` of the group `example.com`: not checked");
}

#[test]
fn a_version_that_is_not_served_is_an_error_that_names_those_that_are() {
    let definition = spec("type: object");
    for (version, why) in [("v0", "has this version but does not serve it"), ("v2", "has no such version")] {
        let findings =
            run(&[("a.yaml", &thing("spec: {}").replace("/v1", &format!("/{version}"))), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), ["schema/version"]);
        assert!(findings[0].message.ends_with(why), "{}", findings[0].message);
        assert_eq!(findings[0].hint.as_deref(), Some("write `example.com/v1`"));
    }
}

#[test]
fn a_namespace_on_a_kind_of_the_cluster_is_an_error() {
    let object = thing("spec: {}").replace("name: a", "name: a\n  namespace: b");
    let definition = spec("type: object");
    assert!(run(&[("a.yaml", &object), ("crd.yaml", &definition)]).is_empty());
    let findings = run(&[("a.yaml", &object), ("crd.yaml", &definition.replace("Namespaced", "Cluster"))]);
    assert_eq!(ids(&findings), ["schema/cluster-scoped"]);
}

#[test]
fn each_folder_to_sync_has_its_own_definitions() {
    let old = spec("type: object\nproperties:\n  old: {type: string}");
    let new = spec("type: object\nproperties:\n  new: {type: string}");
    let object = thing("spec: {new: x}");
    let options =
        Options { sync_dirs: vec!["one".to_owned(), "two".to_owned(), "three".to_owned()], ..Options::default() };
    let files = [
        ("one/crd.yaml", &*old),
        ("one/x.yaml", &*object),
        ("three/x.yaml", &*object),
        ("two/crd.yaml", &*new),
        ("two/x.yaml", &*object),
    ];
    let findings = run_with(&options, &files).1;
    // `three` may be meant for the cluster of `two`.
    assert_eq!(
        findings.iter().map(|f| (f.rule.id, &*f.place.path)).collect::<Vec<_>>(),
        [("schema/unknown-field", "one/x.yaml")]
    );
}

#[test]
fn two_definitions_of_one_kind_in_one_folder_are_an_error() {
    let definition = spec("type: object");
    assert_eq!(ids(&run(&[("a.yaml", &definition), ("b.yaml", &definition)])), ["object/duplicate"]);
}

#[test]
fn an_object_that_is_not_applied_is_not_checked() {
    let object =
        thing("spec: 1").replace("name: a", "name: a\n  annotations: {config.kubernetes.io/local-config: \"true\"}");
    assert!(run(&[("a.yaml", &object), ("crd.yaml", &spec("type: object")), ("z.yaml", &thing(""))]).is_empty());
}

#[test]
fn what_flux_fills_in_is_not_checked() {
    let definition =
        spec("type: object\nproperties: {size: {type: integer, minimum: 1}, name: {type: string, pattern: '^[a-z]$'}}");
    let object = thing("spec: {size: '${SIZE}', name: '${NAME}-x'}");
    let files = [("a.yaml", &*object), ("crd.yaml", &*definition)];
    assert_eq!(ids(&run(&files)), ["schema/type", "schema/pattern"]);
    let options = Options { consumers: vec![Consumer::Flux], ..Options::default() };
    assert!(run_with(&options, &files).1.is_empty());
}

#[test]
fn replicas_of_a_kind_that_scales_are_a_sound_number() {
    let definition = spec("type: object\nproperties: {size: {type: integer}}").replace(
        "      status: {}\n",
        "      status: {}\n      scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}\n",
    );
    for (size, rule) in [("1", None), ("-1", Some("schema/range")), ("99999999999", Some("schema/range"))] {
        let object = thing(&format!("spec: {{size: {size}}}"));
        let findings = run(&[("a.yaml", &object), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings).first().copied(), rule, "{size}");
    }
}
