//! Flux, Argo CD and `kubectl`.

use super::*;
use crate::finding::Severity::{Error, Warning};

fn options(consumers: &[Consumer]) -> Options {
    Options { consumers: consumers.to_vec(), ..Options::default() }
}

fn map(metadata: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: shop{metadata}}}\n")
}

const JSON: &str =
    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\", \"namespace\": \"b\"}}";

#[test]
fn flux_leaves_out_json_and_files_of_some_names() {
    let dropped = |file: &str| [("bundle/dropped-by-flux", file.to_owned())];
    let object = map("");
    for (file, text, is) in [
        ("a.json", JSON, true),
        ("a.yaml", JSON, false),
        ("cloudbuild.yaml", &object, true),
        ("a.yaml", &object, false),
        ("app/a.json", JSON, true),
    ] {
        let found = in_files(&[(file, text)], &options(&[Consumer::Flux]));
        assert_eq!(found, dropped(file).into_iter().filter(|_| is).collect::<Vec<_>>(), "{file}");
        assert_eq!(in_files(&[(file, text)], &options(&[Consumer::ConfigSync])), [], "{file}");
    }
}

#[test]
fn a_bundle_may_say_itself_what_flux_leaves_out() {
    let object = map("");
    let files = [(".sourceignore", "*.md\n"), ("a.json", JSON), ("cloudbuild.yaml", &object)];
    let found = in_files(&files, &options(&[Consumer::Flux]));
    assert_eq!(found, [("bundle/dropped-by-flux", "a.json".to_owned())]);
}

#[test]
fn argo_cd_does_not_look_into_folders() {
    let (a, b) = (map(""), map("").replace("name: a", "name: b"));
    let files = [("x/a.yaml", &*a), ("x/y/b.yaml", &b), ("x/y/notes.md", "x")];
    let found = |dirs: &[&str], consumer| {
        let sync_dirs = dirs.iter().map(ToString::to_string).collect();
        in_files(&files, &Options { sync_dirs, ..options(&[consumer]) })
    };
    assert_eq!(found(&[], Consumer::ArgoCd), [("argocd/nested-folder", "x".to_owned())]);
    assert_eq!(found(&["x"], Consumer::ArgoCd), [("argocd/nested-folder", "x/y".to_owned())]);
    assert_eq!(found(&["x/y"], Consumer::ArgoCd), []);
    assert_eq!(found(&[], Consumer::Flux), []);
    let rendered = [("x/kustomization.yaml", "resources: [y/b.yaml]\n"), ("x/y/b.yaml", &*b)];
    assert_eq!(in_files(&rendered, &options(&[Consumer::ArgoCd])), [], "what a kustomization names is read");
}

#[test]
fn argo_cd_skips_a_file_that_asks_for_it_and_applies_what_others_leave_out() {
    let skipped = format!("# +argocd:skip-file-rendering\n{}", map(""));
    let local = map(", annotations: {config.kubernetes.io/local-config: 'true'}");
    for (text, rule) in [(&skipped, "argocd/skipped-file"), (&local, "argocd/local-config")] {
        assert_eq!(in_files(&[("a.yaml", text)], &options(&[Consumer::ArgoCd])), [(rule, "a.yaml".to_owned())]);
        assert_eq!(in_files(&[("a.yaml", text)], &options(&[Consumer::Flux])), []);
    }
    assert_eq!(in_files(&[("a.yaml", &map(""))], &options(&[Consumer::ArgoCd])), []);
}

#[test]
fn what_is_too_much_for_argo_cd_is_told() {
    for (bytes, most_in_files, unpacked) in [
        (10_000_000, None, None),
        (
            10_000_001,
            Some("10.1 MB are read of one folder, and Argo CD takes 10 MB at most unless its server is told otherwise"),
            None,
        ),
        (
            1_000_000_001,
            Some(
                "1000.1 MB are read of one folder, and Argo CD takes 10 MB at most unless its server is told otherwise",
            ),
            Some("1000.1 MB are unpacked, and Argo CD takes 1000 MB at most unless its server is told otherwise"),
        ),
    ] {
        let options = options(&[Consumer::ArgoCd]);
        assert_eq!(check_bytes(&options, "x", bytes).map(|finding| finding.message).as_deref(), most_in_files);
        assert_eq!(check_all_bytes(&options, bytes).map(|finding| finding.message).as_deref(), unpacked);
    }
    assert!(check_bytes(&options(&[Consumer::Flux]), "x", u64::MAX).is_none());
}

#[test]
fn the_bytes_of_objects_count_and_in_their_own_folder_only() {
    use crate::validate::{Ledger, Plan, Record};
    let options = Options { sync_dirs: vec!["a".to_owned(), "b".to_owned()], ..options(&[Consumer::ArgoCd]) };
    let plan = Plan::new(["a/x.yaml", "b/x.txt", "b/x.yaml"].into_iter(), &options).unwrap();
    let mut ledger = Ledger::new(&plan, &options);
    for (file, size) in [("a/x.yaml", 9_000_000), ("b/x.txt", 9_000_000), ("b/x.yaml", 10_000_001)] {
        ledger.add_file(file, size);
    }
    let mut record = Record::new(Some(&options));
    ledger.finish(&mut record);
    let found = record.into_findings();
    let told: Vec<_> = found.sorted().into_iter().filter(|f| f.rule.id == "argocd/too-large").collect();
    assert_eq!(told.iter().map(|finding| &*finding.place.path).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn what_is_no_object_is_as_bad_as_those_who_read_it_find_it() {
    let severity = |consumers: &[Consumer], path| severity_of_other_content(&options(consumers), path, false);
    for (consumers, path, expected) in [
        (&[][..], "a.json", Some(Error)),
        (&[Consumer::Flux], "a.yaml", Some(Error)),
        (&[Consumer::Flux], "a.json", None),
        (&[Consumer::Flux], "cloudbuild.yaml", None),
        (&[Consumer::ArgoCd], "a.yaml", Some(Warning)),
        (&[Consumer::ArgoCd, Consumer::Flux], "a.json", Some(Warning)),
        (&[Consumer::ArgoCd, Consumer::ConfigSync], "a.json", Some(Error)),
    ] {
        assert_eq!(severity(consumers, path), expected, "{consumers:?} {path}");
    }
    let (_, findings) = run_with(&[("a.yaml", "foo: bar\n"), ("b.yaml", &map(""))], &options(&[Consumer::ArgoCd]));
    assert_eq!((ids(&findings), findings[0].severity), (vec!["object/not-kubernetes"], Warning));
}

/// The text is a little more than the JSON: the limit is met to the byte.
#[test]
fn kubectl_keeps_what_it_applied_in_an_annotation() {
    const KEY: usize = "kubectl.kubernetes.io/last-applied-configuration".len();
    let of = |annotation: &str, bytes: usize| {
        let head = format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"a\",\"namespace\":\"b\",\"annotations\":{{\"k\":\"{annotation}\"}}}},\"data\":{{\"x\":\""
        );
        let data = "x".repeat(bytes - head.len() - "\"}}".len());
        format!("{head}{data}\"}}}}")
    };
    let most = (256 << 10) - KEY - 1;
    for (text, is) in
        [(of("", most - 1), false), (of("", most), true), (of("abc", most - 4), false), (of("abc", most - 3), true)]
    {
        for consumer in [Consumer::Kubectl, Consumer::ArgoCd] {
            let found = in_files(&[("a.yaml", &text)], &options(&[consumer]));
            assert_eq!(!found.is_empty(), is, "{found:?}");
        }
        assert_eq!(in_files(&[("a.yaml", &text)], &options(&[Consumer::Flux])), []);
        assert_eq!(in_files(&[("a.yaml", &text)], &Options::default()), []);
    }
}

#[test]
fn what_flux_fills_in_is_not_checked_in_custom_resources_either() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  group: example.com\n  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}\n";
    let thing = |size: &str| {
        format!(
            "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a, namespace: b}}\nspec: {{size: {size}}}\n"
        )
    };
    let wrong = |size: &str, consumer| {
        let files = [("a.yaml", &*thing(size)), ("crd.yaml", crd)];
        let (_, findings) = crate::validate::custom::tests::run_with(&options(&[consumer]), &files);
        ids(&findings).contains(&"schema/type")
    };
    assert!(
        !wrong("'${size}'", Consumer::Flux) && wrong("'${size}'", Consumer::ArgoCd) && wrong("'size'", Consumer::Flux)
    );
}
