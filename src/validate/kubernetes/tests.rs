//! Objects of Kubernetes' own kinds: what decoding them finds.

use std::sync::Arc;

use crate::finding::{Finding, Span};
use crate::object::{self, Node, Value, documents};
use crate::validate::{Consumer, Ledger, Options, Plan, Record, Version, check};

pub(super) fn run(text: &str, options: &Options) -> Vec<Finding> {
    let plan = Plan::new(["a.yaml"].into_iter(), options).unwrap();
    let mut ledger = Ledger::new(&plan, options);
    let mut record = Record::new(Some(options));
    let path: Arc<str> = Arc::from("a.yaml");
    for document in &documents(&path, text.as_bytes()).0 {
        ledger.add(&path, check(&plan, &path, document), &mut record);
    }
    ledger.finish(&mut record);
    let findings = record.into_findings();
    // Most objects here are as short as can be.
    findings.sorted().into_iter().filter(|finding| finding.rule.id != "metadata/no-namespace").cloned().collect()
}

/// `line:column rule: message (hint)`.
pub(super) fn said(text: &str, options: &Options) -> Vec<String> {
    let line = |finding: &Finding| {
        let at = finding.place.span.unwrap_or_default().start;
        let hint = finding.hint.clone().unwrap_or_default();
        format!("{}:{} {}: {} ({hint})", at.line, at.column, finding.rule.id, finding.message)
    };
    run(text, options).iter().map(line).collect()
}

/// Nothing is said of an object; with one text in it replaced by another, this is.
pub(super) fn each_is_found(good: &str, rows: &[(&str, &str, &str)]) {
    each_is_found_in(Version::DEFAULT, good, rows);
}

pub(super) fn each_is_found_in(version: Version, good: &str, rows: &[(&str, &str, &str)]) {
    let options = Options { kubernetes: vec![version], ..Options::default() };
    let of_schema = |text: &str| {
        let mut found = said(text, &options);
        found.retain(|line| line.contains(" schema/") || line.contains(" metadata/invalid-name"));
        found
    };
    assert_eq!(of_schema(good), Vec::<String>::new(), "{good}");
    none_where_flux_fills_in(good, version);
    for (from, to, expected) in rows {
        assert!(good.contains(from), "{from}");
        let found = of_schema(&good.replacen(from, to, 1));
        assert!(found.iter().any(|line| line.contains(expected)), "{from} -> {to}: {found:?}, not {expected}");
    }
}

/// Whatever value of a good object Flux fills in, nothing is said of the object.
fn none_where_flux_fills_in(good: &str, version: Version) {
    let options = Options { kubernetes: vec![version], consumers: vec![Consumer::Flux], ..Options::default() };
    let wrong = |text: &str| {
        let mut found = said(text, &options);
        found.retain(|line| line.contains(" schema/") || line.contains(" metadata/") || line.contains(" object/"));
        found
    };
    let path: Arc<str> = Arc::from("a.yaml");
    let before = wrong(good);
    let mut all = Vec::new();
    for document in &documents(&path, good.as_bytes()).0 {
        let parsed = object::parse(&path, document);
        let mut spans = Vec::new();
        parsed.trees.iter().for_each(|tree| scalars(tree.root(), &mut spans));
        for span in spans.into_iter().filter(|span| span.start.line == span.end.line) {
            let found = wrong(&with_placeholder(good, span));
            let new = found.into_iter().filter(|line| !before.contains(line));
            all.extend(new.map(|line| format!("${{X}} at {}:{}: {line}", span.start.line, span.start.column)));
        }
    }
    assert_eq!(all, Vec::<String>::new(), "{good}");
}

fn scalars(node: Node<'_>, spans: &mut Vec<Span>) {
    match node.value() {
        Value::Mapping => node.entries().for_each(|(_, value)| scalars(value, spans)),
        Value::Sequence => node.items().for_each(|item| scalars(item, spans)),
        Value::Null => {}
        _ => spans.push(node.span()),
    }
}

fn with_placeholder(good: &str, span: Span) -> String {
    let line = |(text, number): (&str, u32)| {
        if number != span.start.line {
            return text.to_owned();
        }
        let chars: Vec<char> = text.chars().collect();
        let (from, to) = (span.start.column as usize - 1, span.end.column as usize - 1);
        chars[..from].iter().chain(&"\"${X}\"".chars().collect::<Vec<_>>()).chain(&chars[to..]).collect()
    };
    good.split('\n').zip(1..).map(line).collect::<Vec<_>>().join("\n")
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
      - name: cart
        image: example.com/cart:v1
";

/// What is put in place of what, and what is said then.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    ("image:", "imgae:", "11:9 schema/unknown-field: Deployment \"cart\" has no field `imgae` in `spec.template.spec.containers[0]` (did you mean `image`?)"),
    ("  selector:", "  replicas: two\n  selector:", "5:13 schema/type: `spec.replicas` of Deployment \"cart\" is a string, not a whole number (write a number without quotes)"),
    ("  selector:", "  replicas: \"2\"\n  selector:", "5:13 schema/type: `spec.replicas` of Deployment \"cart\" is a string, not a whole number (leave out the quotes)"),
    ("  selector:", "  replicas: 1.5\n  selector:", "5:13 schema/type: `spec.replicas` of Deployment \"cart\" is a number, not a whole number (write a number without a fraction)"),
    ("  selector:", "  replicas: 3000000000\n  selector:", "5:13 schema/type: `spec.replicas` of Deployment \"cart\" is 3000000000, which does not fit into 32 bits (write a smaller number)"),
    ("      containers:", "      replicas: 2\n      containers:", "9:7 schema/unknown-field: Deployment \"cart\" has no field `replicas` in `spec.template.spec` (`replicas` belongs below `spec`: check the indentation)"),
    ("example.com/cart:v1\n", "a\n        resources: {limits: {memory: 1GB}}\n", "12:38 schema/quantity: `spec.template.spec.containers[0].resources.limits.memory` of Deployment \"cart\" has the unit `GB`, which does not exist; `G` does (write a number and a unit, such as `500m`, `2`, `128Mi` or `1.5Gi`)"),
    ("example.com/cart:v1\n", "a\n        env: {A: b}\n", "12:14 schema/type: `spec.template.spec.containers[0].env` of Deployment \"cart\" is a map, not a list (begin each item with `- `)"),
    ("example.com/cart:v1\n", "a\n        env: [{name: A, value: 1}]\n", "12:32 schema/type: `spec.template.spec.containers[0].env[0].value` of Deployment \"cart\" is a number, not a string (put it in quotes)"),
    ("example.com/cart:v1\n", "a\n        imagePullPolicy: always\n", "12:26 schema/enum: `spec.template.spec.containers[0].imagePullPolicy` of Deployment \"cart\" is `always`, which is not supported (did you mean `Always`?)"),
    ("{labels: {app: cart}}", "{labels: {app: cart, b: x/y}}", "7:39 schema/invalid: `spec.template.metadata.labels.b` of Deployment \"cart\" is `x/y`, which has a `/` ()"),
    ("{labels: {app: cart}}", "{labels: {app: cart, b: 1}}", "7:39 schema/type: `spec.template.metadata.labels.b` of Deployment \"cart\" is a number, not a string (put it in quotes)"),
    ("apps/v1", "apps/v1beta1", "1:13 schema/no-such-kind: `apps/v1beta1` of Deployment \"cart\" was removed in Kubernetes 1.16 (write `apiVersion: apps/v1`)"),
    ("example.com/cart:v1\n", "a\n        image2: {}\n", "12:9 schema/unknown-field: Deployment \"cart\" has no field `image2` in `spec.template.spec.containers[0]` (did you mean `image`?)"),
];

#[test]
fn what_decoding_finds_has_its_place_and_leads_to_the_mend() {
    assert_eq!(said(DEPLOYMENT, &Options::default()), Vec::<String>::new());
    for (from, to, expected) in TABLE {
        assert!(DEPLOYMENT.contains(from));
        let text = DEPLOYMENT.replacen(from, to, 1);
        assert_eq!(said(&text, &Options::default()), [*expected], "{to}");
    }
}

#[test]
fn a_null_is_as_good_as_nothing() {
    let text = DEPLOYMENT.replacen("  selector:", "  replicas: null\n  strategy:\n  selector:", 1);
    assert_eq!(said(&text, &Options::default()), Vec::<String>::new());
}

#[test]
fn what_flux_fills_in_is_not_checked() {
    let text = DEPLOYMENT.replacen("  selector:", "  replicas: ${replicas}\n  selector:", 1);
    assert_eq!(said(&text, &Options::default()).len(), 1);
    let flux = Options { consumers: vec![Consumer::Flux], ..Options::default() };
    assert_eq!(said(&text, &flux), Vec::<String>::new());
}

#[test]
fn what_flux_fills_in_may_be_a_key_or_say_what_the_object_is() {
    let flux = Options { consumers: vec![Consumer::Flux], ..Options::default() };
    for (from, to) in [
        ("apps/v1", "${api}"),
        ("apps/v1", "apps/${version}"),
        ("Deployment", "${kind}"),
        ("{name: cart}", "{name: cart, labels: {'${key}': a}}"),
        ("{labels: {app: cart}}", "{labels: {'${key}': cart}}"),
        ("{labels: {app: cart}}", "{labels: {app: cart}, '${field}': a}"),
    ] {
        assert!(DEPLOYMENT.contains(from));
        let text = DEPLOYMENT.replacen(from, to, 1);
        assert_eq!(said(&text, &flux), Vec::<String>::new(), "{to}");
        assert_ne!(said(&text, &Options::default()), Vec::<String>::new(), "{to}");
    }
    let data = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  ${key}: x\n";
    assert_eq!(said(data, &flux), Vec::<String>::new());
}

#[test]
fn a_field_must_be_in_every_version_that_is_meant() {
    let text = DEPLOYMENT.replacen("        image:", "        restartPolicyRules: []\n        image:", 1);
    let versions = |texts: &[&str]| Options {
        kubernetes: texts.iter().filter_map(|text| Version::parse(text)).collect(),
        ..Options::default()
    };
    assert_eq!(said(&text, &versions(&["1.35"])), Vec::<String>::new());
    let expected = "11:9 schema/unknown-field: Deployment \"cart\" has no field \
         `spec.template.spec.containers[0].restartPolicyRules` in Kubernetes 1.33 (new in 1.34) (delete it, or choose the versions that \
         the bundle is meant for with --kubernetes-version)";
    assert_eq!(said(&text, &versions(&["1.33", "1.35"])), [expected]);
}

#[test]
fn list_keys_count_for_those_who_apply_server_side() {
    let text = DEPLOYMENT.replacen("        image:", "        env: [{name: A}, {name: A}]\n        image:", 1);
    let of = |consumers: &[Consumer]| Options { consumers: consumers.to_vec(), ..Options::default() };
    assert!(said(&text, &of(&[])).iter().all(|said| !said.contains("list-key")));
    let expected = "11:26 schema/list-key: `spec.template.spec.containers[0].env[1]` of Deployment \"cart\" is `A` once more (delete one of \
         the two, or give it another name)";
    assert_eq!(said(&text, &of(&[Consumer::ConfigSync])), [expected]);
}
