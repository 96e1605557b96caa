//! Rules in CEL: what breaks them, what keeps them, and what cannot be told.

use super::{ids, run, run_with, spec, thing};
use crate::validate::Options;

/// A schema of `spec` with rules, a `spec` that breaks one, a part of the message, the line and column, and a `spec` that keeps them.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("type: object\nx-kubernetes-validations: [{rule: 'self.min <= self.max', message: min is above max}]\nproperties: {min: {type: integer}, max: {type: integer}}",
        "{min: 3, max: 2}", "`spec` of Thing \"a\" breaks a rule of its definition: min is above max", "{min: 1, max: 2}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'self.min <= self.max', message: m, fieldPath: .min}]\nproperties: {min: {type: integer}, max: {type: integer}}",
        "{min: 3, max: 2}", "`spec.min` of Thing", "{min: 1, max: 2}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'self.a > 1', messageExpression: '\"a is \" + string(self.a)', message: m}]\nproperties: {a: {type: integer}}",
        "{a: 1}", "definition: a is 1", "{a: 2}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'self.a > 1', messageExpression: '1 / 0', message: m}]\nproperties: {a: {type: integer}}",
        "{a: 1}", "definition: m", "{a: 2}"),
    ("type: object\nproperties: {a: {type: integer, x-kubernetes-validations: [{rule: 'self % 2 == 0'}]}}",
        "{a: 1}", "`spec.a` of Thing \"a\" breaks a rule of its definition", "{a: 2}"),
    ("type: object\nproperties: {a: {type: array, items: {type: object, x-kubernetes-validations: [{rule: 'has(self.b) || has(self.c)'}], properties: {b: {type: string}, c: {type: string}}}}}",
        "{a: [{b: x}, {}]}", "`spec.a[1]`", "{a: [{b: x}, {c: x}]}"),
    ("type: object\nproperties: {a: {type: object, additionalProperties: {type: integer, x-kubernetes-validations: [{rule: self >= 0}]}}}",
        "{a: {x: 1, z: -1}}", "`spec.a.z`", "{a: {x: 1}}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'self.items.all(x, x.size() > 1)'}]\nproperties: {items: {type: array, items: {type: string}}}",
        "{items: [ab, c]}", "`spec` of", "{items: [ab]}"),
    ("type: object\nx-kubernetes-validations: [{rule: \"self.m.exists(k, k == 'a.b')\"}]\nproperties: {m: {type: object, additionalProperties: {type: string}}}",
        "{m: {a-b: x}}", "`spec` of", "{m: {a.b: x}}"),
    ("type: object\nx-kubernetes-validations: [{rule: \"self.a__dash__b == 'x' && self.c_d == 'x'\"}]\nproperties: {a-b: {type: string}, c_d: {type: string}}",
        "{a-b: w, c_d: x}", "`spec` of", "{a-b: x, c_d: x}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'self.r < 2.5'}]\nproperties: {r: {type: number}}",
        "{r: 3}", "`spec` of", "{r: 2}"),
    ("type: object\nproperties: {t: {type: string, format: date-time, x-kubernetes-validations: [{rule: \"self > timestamp('2020-01-01T00:00:00Z')\"}]}}",
        "{t: '2019-01-01T00:00:00Z'}", "`spec.t`", "{t: '2026-01-01T00:00:00Z'}"),
    ("type: object\nproperties: {t: {type: string, format: duration, x-kubernetes-validations: [{rule: \"self < duration('1h')\"}]}}",
        "{t: 2h}", "`spec.t`", "{t: 5m}"),
    ("type: object\nproperties: {t: {type: string, format: byte, x-kubernetes-validations: [{rule: self.size() == 2}]}}",
        "{t: QUJD}", "`spec.t`", "{t: QUI=}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"quantity(self).isLessThan(quantity('1Gi'))\"}]}}",
        "{t: 2Gi}", "`spec.t`", "{t: 500Mi}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"isURL(self) && url(self).getScheme() == 'https'\"}]}}",
        "{t: 'http://a/b'}", "`spec.t`", "{t: 'https://a/b'}"),
    ("type: object\nproperties: {t: {x-kubernetes-int-or-string: true, x-kubernetes-validations: [{rule: \"type(self) == int ? self > 0 : self.endsWith('%')\"}]}}",
        "{t: x}", "`spec.t`", "{t: 5%}"),
    // With the default in place.
    ("type: object\nx-kubernetes-validations: [{rule: 'self.a > self.b'}]\nproperties: {a: {type: integer, default: 1}, b: {type: integer}}",
        "{b: 1}", "`spec` of", "{b: 0}"),
    ("type: object\nx-kubernetes-validations: [{rule: 'oldSelf.hasValue() || self.a > 1', optionalOldSelf: true}]\nproperties: {a: {type: integer}}",
        "{a: 1}", "`spec` of", "{a: 2}"),
];

#[test]
fn what_breaks_a_rule_is_told_and_what_keeps_it_passes() {
    for (schema, bad, message, good) in TABLE {
        let definition = spec(schema);
        let findings = run(&[("a.yaml", &thing(&format!("spec: {bad}"))), ("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), ["schema/rule"], "{schema}\n{bad}\n{findings:#?}");
        assert!(findings[0].message.contains(message), "{schema}\n{}", findings[0].message);
        let (summary, findings) =
            run_with(&Options::default(), &[("a.yaml", &thing(&format!("spec: {good}"))), ("crd.yaml", &definition)]);
        assert!(findings.is_empty(), "{schema}\n{good}\n{findings:#?}");
        assert_eq!(summary.unchecked_objects, 0, "{schema}\n{good}");
    }
}

#[test]
fn a_rule_about_changes_does_not_hold_for_what_is_new() {
    let definition =
        spec("type: object\nx-kubernetes-validations: [{rule: self.a == oldSelf.a}]\nproperties: {a: {type: integer}}");
    let (summary, findings) =
        run_with(&Options::default(), &[("a.yaml", &thing("spec: {a: 1}")), ("crd.yaml", &definition)]);
    assert!(findings.is_empty() && summary.unchecked_objects == 0);
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_not_checked() {
    let deep = format!("{}self.a{} == 1", "(".repeat(100), ")".repeat(100));
    let long = format!("self.a > 0 {}", " || self.a > 0".repeat(1000));
    for rule in ["self.a / 0 == 1", "[self.a].sortBy(x, x) == [1]", &deep, &long] {
        let definition = spec(&format!(
            "type: object\nx-kubernetes-validations: [{{rule: '{rule}'}}]\nproperties: {{a: {{type: integer}}}}"
        ));
        let files = [("a.yaml", &*thing("spec: {a: 1}")), ("crd.yaml", &*definition)];
        let (summary, findings) = run_with(&Options::default(), &files);
        assert!(findings.is_empty(), "{rule} {findings:#?}");
        assert_eq!(summary.unchecked_objects, 1, "{rule}");
    }
}

#[test]
fn a_chain_of_fields_as_long_as_is_read_does_not_exhaust_the_stack() {
    for rule in [
        format!("self{} == 1", ".a".repeat(4000)),
        format!("self{} == 1", "[0]".repeat(2700)),
        format!("1{} > 0", "+1".repeat(4000)),
    ] {
        let definition = spec(&format!("type: object\nx-kubernetes-validations: [{{rule: '{rule}'}}]"));
        assert!(run(&[("a.yaml", &thing("spec: {}")), ("crd.yaml", &definition)]).is_empty());
    }
}

#[test]
fn loops_that_would_take_too_long_are_not_run() {
    let definition = spec(
        "type: object\nx-kubernetes-validations: [{rule: 'self.a.all(x, self.a.all(y, self.a.all(z, x + y + z >= 0)))'}]\nproperties: {a: {type: array, items: {type: integer}}}",
    );
    let object = thing(&format!("spec: {{a: [{}]}}", "0, ".repeat(5000)));
    let (summary, findings) = run_with(&Options::default(), &[("a.yaml", &object), ("crd.yaml", &definition)]);
    assert!(findings.is_empty() && summary.unchecked_objects == 1);
}

#[test]
fn where_a_field_is_wrong_rules_are_not_asked() {
    let definition = spec(
        "type: object\nx-kubernetes-validations: [{rule: 'self.a > 1'}]\nproperties: {a: {type: integer}, b: {type: string}}",
    );
    assert_eq!(ids(&run(&[("a.yaml", &thing("spec: {a: 0, b: 1}")), ("crd.yaml", &definition)])), ["schema/type"]);
}

#[test]
fn a_rule_that_is_no_cel_is_told_at_the_definition() {
    for (rule, field) in
        [("self.a >", "rule: 'self.a >'"), ("self.a > 0", "messageExpression: '1 +', rule: 'self.a > 0'")]
    {
        let definition = spec(&format!(
            "type: object\nx-kubernetes-validations: [{{{field}}}]\nproperties: {{a: {{type: integer}}}}"
        ));
        let findings = run(&[("crd.yaml", &definition)]);
        assert_eq!(ids(&findings), ["crd/validations"], "{rule}");
        assert!(findings[0].message.contains("is no CEL expression"), "{}", findings[0].message);
    }
}

#[test]
fn a_rule_about_a_field_that_the_schema_does_not_have_is_told_at_the_definition() {
    let check = |rule: &str| {
        let schema = format!(
            "type: object\nx-kubernetes-validations: [{{rule: \"{rule}\", message: m}}]\nproperties: {{a-b: {{type: string}}, c: {{type: object, properties: {{d: {{type: integer}}}}}}, m: {{type: object, additionalProperties: {{type: string}}}}, o: {{type: object, x-kubernetes-preserve-unknown-fields: true, properties: {{x: {{type: string}}}}}}, l: {{type: array, items: {{type: object, properties: {{e: {{type: string}}}}}}}}}}"
        );
        run(&[("crd.yaml", &spec(&schema))])
    };
    for sound in [
        "self.a__dash__b == 'x'",
        "has(self.c.d)",
        "self.m.x == 'x'",
        "self.o.y == 'x'",
        "self.l.all(i, i.f == 'x')",
        "self.c.d > 0",
    ] {
        assert!(check(sound).is_empty(), "{sound}");
    }
    for (wrong, field) in [
        ("self.b == 'x'", "self.b"),
        ("has(self.c.e)", "self.c.e"),
        ("self.l.all(i, self.x == i.e)", "self.x"),
        ("self.metadata.name == 'x'", "self.metadata"),
    ] {
        let findings = check(wrong);
        assert_eq!(ids(&findings), ["crd/validations"], "{wrong}");
        assert!(
            findings[0].message.contains(&format!("uses `{field}`, which its schema does not have")),
            "{}",
            findings[0].message
        );
    }
}
