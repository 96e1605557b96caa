//! What is told of values that are hardly ever meant, and what is not.

use super::super::*;
use crate::finding::Finding;
use crate::object::documents;

fn told(text: &str, options: &Options) -> Vec<Finding> {
    let plan = Plan::new(std::iter::once("a.yaml"), options).unwrap();
    let path = "a.yaml".into();
    let all = documents(&path, text.as_bytes()).0;
    let mut findings: Vec<Finding> = all.iter().flat_map(|document| check(&plan, &path, document).findings).collect();
    findings.sort_by_key(|finding| finding.place.span);
    findings
}

fn ids(text: &str) -> Vec<&'static str> {
    told(text, &Options::default()).iter().map(|finding| finding.rule.id).collect()
}

fn deployment(fields: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    \
         metadata: {{labels: {{a: b}}}}\n    spec:\n{fields}"
    )
}

#[test]
fn text_that_readers_do_not_agree_about_is_told() {
    let text = deployment("      hostNetwork: yes\n      containers: [{name: a, image: b}]\n");
    let findings = told(&text, &Options::default());
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "`yes` without quotes is true to kubectl, and text to kustomize");
    assert_eq!(findings[0].hint.as_deref(), Some("write `true`, or put it in quotes if it is text"));
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  y: x\n";
    let findings = told(map, &Options::default());
    assert_eq!(findings[0].message, "the key `y` without quotes is `true` to kubectl, and `y` to others");
    assert_eq!(ids(&deployment("      priority: 010\n      containers: [{name: a, image: b}]\n")), ["value/ambiguous"]);
}

#[test]
fn where_something_else_is_wrong_at_the_same_place_or_it_is_meant_nothing_is_told() {
    assert_eq!(ids("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: yes\n"), ["schema/type"]);
    let volume = "      volumes: [{name: v, secret: {secretName: s, defaultMode: 0400}}]\n      containers: [{name: a, image: b}]\n";
    assert_eq!(ids(&deployment(volume)), [""; 0]);
    assert_eq!(
        ids("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: 'yes'\n  \"y\": '010'\n"),
        [""; 0]
    );
}

#[test]
fn a_variable_that_is_set_twice_is_told_once() {
    let twice = deployment(
        "      containers:\n      - name: web\n        image: b\n        env: [{name: A, value: x}, {name: B}, {name: A, value: z}]\n",
    );
    let mut findings = told(&twice, &Options::default());
    findings.retain(|finding| finding.rule.id == "value/duplicate-env");
    let messages: Vec<&str> = findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(messages, ["container `web` of Deployment \"a\" sets `A` twice, and the last one wins"]);
    let flux = Options { consumers: vec![Consumer::Flux], ..Options::default() };
    assert!(told(&twice, &flux).iter().all(|finding| finding.rule.id != "value/duplicate-env"), "an error to Flux");
    let once = twice.replace("{name: A, value: z}", "{name: C, value: z}");
    assert_eq!(ids(&once), [""; 0]);
}

#[test]
fn what_was_generated_tells_from_what() {
    let text = "---\n# Source: shop/templates/map.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: A}\n";
    let findings = told(text, &Options::default());
    let (place, why) = &findings[0].further[0];
    assert_eq!((&*place.path, place.span, &**why), ("shop/templates/map.yaml", None, "generated from this file"));
    assert_eq!((&*findings[0].place.path, findings[0].place.span.unwrap().start.line), ("a.yaml", 5));
    assert_eq!(told(&text.replace("# Source: ", "# "), &Options::default())[0].further, []);
}
