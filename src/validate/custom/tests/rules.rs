//! Every rule about fields with an object that fails and one that passes.

use super::{ids, run, run_with, spec, thing};
use crate::validate::{Options, Version};

/// A schema of `spec`, a `spec` that fails it with these rules, a part of the first message and of its hint, and a `spec` that passes.
type Row = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("type: object\nproperties: {size: {type: integer}, image: {type: string}}", "{szie: 1}", &["schema/unknown-field"],
        "`spec.szie` of Thing \"a\" is not a field", "did you mean `size`?", "{size: 1}"),
    ("type: object\nproperties: {a: {type: object, properties: {image: {type: string}}}, b: {type: object}}", "{b: {image: x}}", &["schema/unknown-field"],
        "`spec.b.image`", "`image` belongs below `spec.a`", "{a: {image: x}, b: {}}"),
    ("type: object\nadditionalProperties: true", "{a: {b: 1}}", &["schema/unknown-field"], "`spec.a.b`", "the kind's schema ends above it", "{a: 1, b: [1]}"),
    ("type: object\nadditionalProperties: {type: integer}", "{a: x}", &["schema/type"], "`spec.a` of", "write a whole number", "{a: 1}"),
    ("type: object\nadditionalProperties: false", "{a: x}", &["schema/unknown-field"], "`spec.a` of", "", "{}"),
    ("type: object\nx-kubernetes-preserve-unknown-fields: true\nproperties: {a: {type: object}}", "{b: {c: 1}, a: {c: 1}}", &["schema/unknown-field"], "`spec.a.c`", "", "{b: {c: [{d: 1}]}, a: {}}"),
    ("type: object\nproperties: {a: {type: string}}", "{a: 1}", &["schema/type"], "is a number, not a string", "put it in quotes", "{a: '1'}"),
    ("type: object\nproperties: {a: {type: boolean}}", "{a: 'true'}", &["schema/type"], "is a string, not a boolean", "leave out the quotes", "{a: true}"),
    ("type: object\nproperties: {a: {type: integer}}", "{a: '80'}", &["schema/type"], "is a string, not a whole number", "leave out the quotes: `80`", "{a: 80.0}"),
    ("type: object\nproperties: {a: {type: integer}}", "{a: 1.5}", &["schema/type"], "is a number with a fraction", "write a whole number", "{a: 1e3}"),
    ("type: object\nproperties: {a: {type: number}}", "{a: x}", &["schema/type"], "not a number", "", "{a: 1}"),
    ("type: object\nproperties: {a: {type: array, items: {type: string}}}", "{a: x}", &["schema/type"], "is a string, not a list", "`- `", "{a: [x]}"),
    ("type: object\nproperties: {a: {type: array, items: {type: string}}}", "{a: [x, null]}", &["schema/type"], "`spec.a[1]` of Thing \"a\" is empty, and must be a string", "", "{a: [x, '']}"),
    ("type: object\nproperties: {a: {type: array, items: {type: string, nullable: true}}}", "{a: [1, null]}", &["schema/type"], "`spec.a[0]`", "", "{a: [x, null]}"),
    ("type: object\nproperties: {a: {type: object, properties: {b: {type: string}}}}", "{a: [{b: x}]}", &["schema/type"], "is a list, not a map", "without `- `", "{a: {b: x}}"),
    ("type: object\nproperties: {a: {x-kubernetes-int-or-string: true}}", "{a: true}", &["schema/type"], "not a whole number or a string", "", "{a: 50%}"),
    ("type: object\nproperties: {a: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}}", "{a: 1.5}", &["schema/type"], "", "", "{a: 5}"),
    ("type: object\nrequired: [size]\nproperties: {size: {type: integer}}", "{}", &["schema/required"], "`spec` of Thing \"a\" has no `size`", "add `size:`", "{size: 0}"),
    ("type: object\nrequired: [size]\nproperties: {size: {type: integer}}", "{size: null}", &["schema/required"], "has no `size`", "", "{size: 1}"),
    ("type: object\nrequired: [size]\nproperties: {size: {type: integer, nullable: true}}", "{}", &["schema/required"], "has no `size`", "", "{size: null}"),
    ("type: object\nrequired: [a]\nproperties: {a: {type: integer, default: 1}, b: {type: string}}", "{b: 1}", &["schema/type"], "`spec.b`", "", "{a: null, b: null}"),
    ("type: object\nproperties: {a: {type: object, default: {b: 1}, required: [b], properties: {b: {type: integer, default: 1}}}, c: {type: integer}}", "{c: x}", &["schema/type"], "`spec.c`", "", "{a: {}}"),
    ("type: object\nproperties: {a: {type: string, enum: [Always, Never]}}", "{a: always}", &["schema/enum"], "is `always`, which is not allowed", "did you mean `Always`? Allowed are `Always` and `Never`", "{a: Never}"),
    ("type: object\nproperties: {a: {type: integer, enum: [1, 2]}}", "{a: 3}", &["schema/enum"], "is `3`", "allowed are `1` and `2`", "{a: 2}"),
    ("type: object\nproperties: {a: {type: string, nullable: true, enum: [b]}}", "{a: null}", &["schema/enum"], "is empty", "", "{}"),
    ("type: object\nproperties: {a: {type: string, pattern: '^[a-z]+$'}}", "{a: A}", &["schema/pattern"], "is `A`, which does not match", "it must match `^[a-z]+$`", "{a: a}"),
    ("type: object\nproperties: {a: {type: string, format: date-time}}", "{a: today}", &["schema/format"], "is `today`", "2026-01-31T12:00:00Z", "{a: '2026-01-31T12:00:00Z'}"),
    ("type: object\nproperties: {a: {type: integer, format: int32}, b: {type: integer}}", "{b: x}", &["schema/type"], "", "", "{a: 99999999999}"),
    ("type: object\nproperties: {a: {type: integer, minimum: 1, maximum: 5}}", "{a: 0}", &["schema/range"], "is `0`, less than 1", "write 1 or more", "{a: 1}"),
    ("type: object\nproperties: {a: {type: number, minimum: 1, exclusiveMaximum: true, maximum: 5}}", "{a: 5}", &["schema/range"], "is `5`, not less than 5", "write less than 5", "{a: 4.9}"),
    ("type: object\nproperties: {a: {type: integer, multipleOf: 5}}", "{a: 7}", &["schema/range"], "not a multiple of 5", "", "{a: 10}"),
    ("type: object\nproperties: {a: {type: string, minLength: 1}}", "{a: ''}", &["schema/length"], "has 0 characters, and at least 1", "write a text", "{a: é}"),
    ("type: object\nproperties: {a: {type: string, maxLength: 2}}", "{a: ééé}", &["schema/length"], "has 3 characters, and at most 2", "make it shorter", "{a: éé}"),
    ("type: object\nproperties: {a: {type: array, minItems: 1, items: {type: string}}}", "{a: []}", &["schema/length"], "has 0 items", "add an item", "{a: [b]}"),
    ("type: object\nproperties: {a: {type: array, maxItems: 1, items: {type: string}}}", "{a: [b, c]}", &["schema/length"], "has 2 items", "", "{a: [b]}"),
    ("type: object\nproperties: {a: {type: object, minProperties: 1, additionalProperties: {type: string}}}", "{a: {}}", &["schema/length"], "has 0 keys", "add a field", "{a: {b: c}}"),
    ("type: object\nproperties: {a: {type: object, maxProperties: 1, additionalProperties: {type: string}}}", "{a: {b: c, d: e}}", &["schema/length"], "has 2 keys", "", "{a: {b: c, d: null}}"),
    ("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: set, items: {type: string}}}", "{a: [b, c, b]}", &["schema/duplicate-item"],
        "`spec.a[2]` of Thing \"a\" has the value `b` of the item [0] again", "delete one", "{a: [b, c]}"),
    ("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], items: {type: object, required: [name], properties: {name: {type: string}, v: {type: string}}}}}",
        "{a: [{name: x, v: '1'}, {name: x, v: '2'}]}", &["schema/duplicate-item"], "has the key `name` `x` of the item [0] again", "", "{a: [{name: x}, {name: z}]}"),
    ("type: object\nproperties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port, protocol], items: {type: object, required: [port], properties: {port: {type: integer}, protocol: {type: string, default: TCP}}}}}",
        "{a: [{port: 1}, {port: 1, protocol: TCP}]}", &["schema/duplicate-item"], "the key `port` `1`, `protocol` `TCP`", "", "{a: [{port: 1}, {port: 1, protocol: UDP}]}"),
    ("type: object\nproperties: {a: {type: string}, b: {type: string}}\noneOf: [{required: [a]}, {required: [b]}]", "{}", &["schema/alternatives"], "has none of `a` and `b`", "add one of them", "{a: x}"),
    ("type: object\nproperties: {a: {type: string}, b: {type: string}}\noneOf: [{required: [a]}, {required: [b]}]", "{a: x, b: x}", &["schema/alternatives"], "has `a` and `b` at once", "keep exactly one", "{b: x}"),
    ("type: object\nproperties: {a: {type: integer}}\nanyOf: [{properties: {a: {minimum: 5}}}, {properties: {a: {maximum: 1}}}]", "{a: 3}", &["schema/alternatives"], "fits none of the 2 forms", "`spec.a` is `3`, less than 5", "{a: 6}"),
    ("type: object\nproperties: {a: {type: integer}}\nallOf: [{properties: {a: {minimum: 5}}}]", "{a: 3}", &["schema/range"], "`spec.a`", "", "{a: 5}"),
    ("type: object\nproperties: {a: {type: string}}\nnot: {required: [a]}", "{a: x}", &["schema/alternatives"], "must not have `a`", "", "{}"),
    ("type: object\nproperties: {t: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}", "{t: {kind: Pod, spec: {}}}", &["schema/required"], "has no `apiVersion`", "add `apiVersion:`", "{t: {apiVersion: v1, kind: Pod, metadata: {labels: {a: b}}, spec: {x: 1}}}"),
    ("type: object\nproperties: {t: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}", "{t: {apiVersion: v1, kind: Pod, metadata: {labels: {a: 1}}}}", &["schema/type"], "`spec.t.metadata.labels.a`", "put it in quotes", "{t: {apiVersion: v1, kind: Pod}}"),
    // What the server lets pass.
    ("type: object\nproperties: {a: {type: string, format: date-time}, b: {type: string}}", "{b: 1}", &["schema/type"], "", "", "{a: []}"),
    ("type: object\nproperties: {a: {type: object}, b: {type: string}}", "{b: 1}", &["schema/type"], "", "", "{a: null}"),
];

#[test]
fn each_schema_refuses_the_one_and_accepts_the_other() {
    for (schema, bad, rules, message, hint, good) in TABLE {
        let definition = spec(schema);
        let findings = run(&[("a.yaml", &thing(&format!("spec: {bad}"))), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), *rules, "{schema}\n{bad}\n{findings:#?}");
        assert!(findings[0].message.contains(message), "{schema}\n{bad}\n{}", findings[0].message);
        let told = findings[0].hint.as_deref().unwrap_or_default();
        assert!(told.contains(hint), "{schema}\n{bad}\n{told}");
        let findings = run(&[("a.yaml", &thing(&format!("spec: {good}"))), ("crd.yaml", &definition)]);
        assert!(findings.is_empty(), "{schema}\n{good}\n{findings:#?}");
    }
}

#[test]
fn an_unknown_field_is_shown_at_its_key_and_a_wrong_value_at_the_value() {
    let definition = spec("type: object\nproperties:\n  size: {type: integer}");
    let findings = run(&[("a.yaml", &thing("spec:\n  size: x\n  other: 1")), ("crd.yaml", &definition)]);
    let places: Vec<_> =
        findings.iter().map(|f| f.place.span.unwrap()).map(|s| (s.start.line, s.start.column, s.end.column)).collect();
    assert_eq!(places, [(6, 9, 10), (7, 3, 8)]);
}

#[test]
fn a_status_is_not_validated_where_it_has_an_endpoint_of_its_own_but_its_fields_must_be_known() {
    let of_fields = |text: &str, definition: &str| {
        let findings = run(&[("a.yaml", &thing(text)), ("crd.yaml", definition)]);
        ids(&findings).into_iter().filter(|id| id.starts_with("schema/")).map(str::to_owned).collect::<Vec<_>>()
    };
    let definition = spec("type: object");
    assert!(of_fields("status: {ready: 'no'}", &definition).is_empty());
    assert_eq!(of_fields("status: {raedy: true}", &definition), ["schema/unknown-field"]);
    let without = definition.replace("    subresources:\n      status: {}\n", "");
    assert_eq!(of_fields("status: {ready: 'no'}", &without), ["schema/type"]);
}

#[test]
fn a_format_counts_from_the_version_that_enforces_it() {
    let definition = spec("type: object\nproperties:\n  a: {type: string, format: k8s-short-name}");
    for (versions, rules) in [
        (&["1.34"][..], &[][..]),
        (&["1.35"], &["schema/format"]),
        (&["1.30", "1.35"], &["schema/format"]),
        (&["1.37"], &["schema/format"]),
    ] {
        let kubernetes = versions.iter().map(|version| Version::parse(version).unwrap()).collect();
        let options = Options { kubernetes, ..Options::default() };
        let (_, findings) =
            run_with(&options, &[("a.yaml", &thing("spec: {a: Not_A_Name}")), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), rules, "{versions:?}");
    }
}
