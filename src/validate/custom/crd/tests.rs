use super::super::tests::{ids, run};
use crate::finding::Finding;

/// A definition that is sound.
const SOUND: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
  annotations: {a: b}
spec:
  group: example.com
  scope: Namespaced
  names:
    plural: things
    kind: Thing
    shortNames: [th]
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig:
        service: {name: a, namespace: b, port: 443}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    selectableFields:
    - jsonPath: .spec.size
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          metadata: {type: object}
          spec:
            type: object
            required: [size]
            x-kubernetes-validations:
            - {rule: 'self.size > 0', message: too small, fieldPath: .size}
            properties:
              size: {type: integer, default: 1}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              name: {type: string, pattern: '^[a-z]+$'}
              items:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}}}
              set: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              open: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
          status: {type: object, properties: {size: {type: integer}}}
  - name: v1beta1
    served: false
    storage: false
    deprecated: true
    deprecationWarning: use v1
    schema: {openAPIV3Schema: {type: object, anyOf: [{required: [a]}], properties: {a: {type: string}}}}
";

/// The rule, what of the sound definition is replaced by what, and a part of the message.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("crd/name", "name: things.example.com", "name: thing.example.com", "the name `thing.example.com` of CustomResourceDefinition \"thing.example.com\" is not `spec.names.plural`"),
    ("crd/names", "group: example.com\n", "group: Example.com\n", "the group `Example.com`"),
    ("crd/names", "group: example.com\n", "group: ''\n", "the group of CustomResourceDefinition \"things.example.com\" is missing"),
    ("crd/names", "scope: Namespaced", "scope: namespaced", "the scope `namespaced`"),
    ("crd/names", "scope: Namespaced", "scope:", "the scope of CustomResourceDefinition \"things.example.com\" is missing"),
    ("crd/names", "plural: things", "plural: Things", "`spec.names.plural`"),
    ("crd/names", "kind: Thing\n    short", "kind:\n    short", "`spec.names.kind`"),
    ("crd/names", "kind: Thing\n    short", "kind: My Thing\n    short", "is `My Thing`, which is not a word"),
    ("crd/names", "kind: Thing\n    short", "kind: Thing\n    listKind: Thing\n    short", "is the same as `kind`"),
    ("crd/names", "shortNames: [th]", "shortNames: [TH]", "`spec.names.shortNames`"),
    ("crd/versions", "name: v1\n", "name: V1\n", "is `V1`, which is not a word"),
    ("crd/versions", "name: v1beta1", "name: v1", "the version `v1` of CustomResourceDefinition \"things.example.com\" is there twice"),
    ("crd/versions", "storage: true", "storage: false", "no version of"),
    ("crd/versions", "storage: false", "storage: true", "more than one version"),
    ("crd/versions", "schema: {openAPIV3Schema: {type: object, anyOf: [{required: [a]}], properties: {a: {type: string}}}}", "schema: {}", "has no schema"),
    ("crd/versions", "deprecated: true", "deprecated: false", "not deprecated"),
    ("crd/conversion", "strategy: Webhook", "strategy: webhook", "`webhook`, which does not exist"),
    ("crd/conversion", "strategy: Webhook", "strategy: None", "the strategy is `None`"),
    ("crd/conversion", "port: 443", "port: 0", "the port"),
    ("crd/conversion", "{name: a, namespace: b, port: 443}", "{name: a}", "`namespace` of the converting service"),
    ("crd/conversion", "service: {name: a, namespace: b, port: 443}", "url: http://a/b", "the URL of the conversion"),
    ("crd/conversion", "conversionReviewVersions: [v1]", "conversionReviewVersions: [v2]", "neither `v1` nor `v1beta1`"),
    ("crd/conversion", "conversionReviewVersions: [v1]", "conversionReviewVersions: [v1, v1]", "has `v1` twice"),
    ("crd/path", "jsonPath: .spec.size}", "jsonPath: spec.size}", "does not begin with a dot"),
    ("crd/path", "type: integer, jsonPath", "type: int, jsonPath", "has the type `int`"),
    ("crd/path", "- jsonPath: .spec.size", "- jsonPath: .spec.sise", "does not lead to a field"),
    ("crd/path", "- jsonPath: .spec.size", "- jsonPath: .spec.set", "a string, a boolean or a whole number"),
    ("crd/path", "statusReplicasPath: .status.size", "statusReplicasPath: .spec.size", "`scale.statusReplicasPath`"),
    ("crd/schema", "size: {type: integer, default: 1}", "size: {default: 1}", "the schema of `spec.size` in CustomResourceDefinition \"things.example.com\" has no type"),
    ("crd/schema", "size: {type: integer, default: 1}", "size: {type: int, default: 1}", "`int`, which does not exist"),
    ("crd/schema", "set: {type: array, x-kubernetes-list-type: set, items: {type: string}}", "set: {type: array}", "is of a list"),
    ("crd/schema", "x-kubernetes-list-type: set, items: {type: string}", "x-kubernetes-list-type: set, items: {type: object}", "items are not atomic"),
    ("crd/schema", "x-kubernetes-list-type: set, items", "x-kubernetes-list-type: sets, items", "list type `sets`"),
    ("crd/schema", "x-kubernetes-list-map-keys: [name]", "x-kubernetes-list-map-keys: [id]", "the key `id`, which its items do not have"),
    ("crd/schema", "x-kubernetes-list-map-keys: [name]", "x-kubernetes-list-map-keys: []", "has no keys"),
    ("crd/schema", "items: {type: object, required: [name], ", "items: {type: object, ", "may be missing"),
    ("crd/schema", "open: {type: object, ", "open: {type: object, uniqueItems: true, ", "`uniqueItems: true`"),
    ("crd/schema", "open: {type: object, ", "open: {", "`spec.open`"),
    ("crd/schema", "open: {type: object, ", "open: {type: object, $ref: '#/a', ", "`$ref`, which is not supported"),
    ("crd/schema", "preserve-unknown-fields: true}", "preserve-unknown-fields: false}", "preserve-unknown-fields: false"),
    ("crd/schema", "status: {type: object, properties: ", "status: {type: object, additionalProperties: {type: string}, properties: ", "both `properties` and `additionalProperties`"),
    ("crd/schema", "status: {type: object, properties: ", "status: {type: object, allOf: [{type: object}], properties: ", "has `type` inside `allOf`"),
    ("crd/schema", "properties: {a: {type: string}}", "properties: {b: {type: string}}, oneOf: [{properties: {a: {minLength: 1}}}]", "is only in `allOf`"),
    ("crd/schema", "type: object, anyOf: [{required: [a]}]", "type: object, additionalProperties: true", "must not have `additionalProperties`"),
    ("crd/schema", "type: object, anyOf: [{required: [a]}]", "type: object, nullable: true", "nullable"),
    ("crd/schema", "        type: object\n        properties:\n          metadata: {type: object}", "        type: object\n        anyOf: [{required: [spec]}]\n        properties:\n          metadata: {type: object}", "must not have `anyOf` where the status is a subresource"),
    ("crd/schema", "metadata: {type: object}", "metadata: {type: string}", "`metadata`"),
    ("crd/schema", "metadata: {type: object}", "metadata: {type: object, properties: {labels: {type: object}}}", "more than name and generateName"),
    ("crd/schema", "  scope: Namespaced", "  scope: Namespaced\n  preserveUnknownFields: true", "`preserveUnknownFields`"),
    ("crd/pattern", "'^[a-z]+$'", "'^[a-z+$'", "is not a regular expression: a `[` is not closed"),
    ("crd/default", "size: {type: integer, default: 1}", "size: {type: integer, default: one}", "the default of `spec.size` in CustomResourceDefinition \"things.example.com\" is a string"),
    ("crd/default", "size: {type: integer, default: 1}", "size: {type: integer, minimum: 2, default: 1}", "less than 2"),
    ("crd/default", "status: {type: object, properties: ", "status: {type: object, default: {sise: 1}, properties: ", "has the field `sise`"),
    ("crd/default", "metadata: {type: object}", "metadata: {type: object, default: {}}", "must not have a default"),
    ("crd/default", "{type: object, anyOf: ", "{type: object, default: {a: b}, anyOf: ", "the outermost default in CustomResourceDefinition \"things.example.com\" is an object of its own and has no `apiVersion`"),
    ("crd/default", "{type: object, anyOf: ", "{type: object, default: {apiVersion: example.com/v1, kind: Thing, b: c}, anyOf: ", "has the field `b`"),
    ("crd/validations", "rule: 'self.size > 0', ", "rule: ' ', ", "without an expression"),
    ("crd/validations", "message: too small", "message: \"too\\nsmall\"", "several lines"),
    ("crd/validations", "message: too small, ", "message: too small, reason: Bad, ", "reason that does not exist"),
    ("crd/validations", "fieldPath: .size", "fieldPath: .sise", "leads to no field"),
    ("crd/approval", "group: example.com\n", "group: example.k8s.io\n", "the annotation `api-approved.kubernetes.io`"),
];

fn check(text: &str) -> Vec<Finding> {
    run(&[("a.yaml", text)])
}

#[test]
fn a_sound_definition_passes() {
    let findings = check(SOUND);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn the_default_of_a_whole_object_may_be_one() {
    let whole = "{type: object, default: {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, a: b}, anyOf: ";
    let findings = check(&SOUND.replacen("{type: object, anyOf: ", whole, 1));
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn each_fault_is_told() {
    for (rule, from, to, message) in TABLE {
        assert!(SOUND.contains(from), "{from}");
        let text = SOUND.replacen(from, to, 1);
        let text =
            if *rule == "crd/approval" { text.replace("things.example.com", "things.example.k8s.io") } else { text };
        let findings = check(&text);
        let told = |finding: &Finding| finding.rule.id == *rule && finding.message.contains(message);
        assert!(findings.iter().any(told), "{rule} {to}\n{findings:#?}");
    }
}

#[test]
fn an_approved_group_of_kubernetes_itself_passes() {
    let text = SOUND.replace("example.com", "example.k8s.io");
    for approval in ["https://github.com/kubernetes/kubernetes/pull/1", "unapproved, experimental"] {
        let text = text.replace("{a: b}", &format!("{{api-approved.kubernetes.io: '{approval}'}}"));
        assert!(check(&text).is_empty(), "{approval}");
    }
    assert_eq!(ids(&check(&text.replace("{a: b}", "{api-approved.kubernetes.io: 'yes'}"))), ["crd/approval"]);
}
