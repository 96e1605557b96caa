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
    ("type: object\nx-kubernetes-validations: [{rule: 'self.a > 1', messageExpression: 'string(1 / 0)', message: m}]\nproperties: {a: {type: integer}}",
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
    for (rule, expected) in [
        // The schema has no such fields.
        (format!("self{} == 1", ".a".repeat(4000)), &["crd/validations"][..]),
        (format!("self{} == 1", "[0]".repeat(2700)), &["crd/validations"]),
        (format!("1{} > 0", "+1".repeat(4000)), &[]),
    ] {
        let definition = spec(&format!("type: object\nx-kubernetes-validations: [{{rule: '{rule}'}}]"));
        assert_eq!(ids(&run(&[("a.yaml", &thing("spec: {}")), ("crd.yaml", &definition)])), expected);
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

/// Fields of every type, for rules to use.
const FIELDS: &str = "type: object
properties:
  i: {type: integer}
  d: {type: number}
  s: {type: string}
  b: {type: boolean}
  t: {type: string, format: date-time}
  a-b: {type: string}
  either: {x-kubernetes-int-or-string: true}
  any: {x-kubernetes-preserve-unknown-fields: true}
  o: {type: object, properties: {x: {type: integer}}}
  open: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {x: {type: integer}}}
  m: {type: object, additionalProperties: {type: integer}}
  l: {type: array, items: {type: string}}
  lo: {type: array, items: {type: object, properties: {x: {type: integer}}}}
  resource: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
";

/// A rule over [`FIELDS`], and what is said of it; nothing where the API server takes it. Each verdict is the server's: `tests/judge` asks it
/// about thousands more.
#[rustfmt::skip]
const COMPILED: &[(&str, &str)] = &[
    ("self.a__dash__b == 'x'", ""),
    ("has(self.o.x) && self.o.x > 1.5", ""),
    ("self.m.k == 1 && self.m['k'] in [1, 2]", ""),
    ("self.resource.metadata.name == 'x' && self.resource.kind == 'x'", ""),
    ("self.either == 1 || self.either == 'x'", ""),
    ("self.o == null && null == self.t", ""),
    ("self.lo.map(e, e.x) == [1] && self.lo.filter(e, has(e.x)).size() > 0", ""),
    ("self.l.all(i, e, e == string(i)) && self.m.exists(k, v, k == 'a' && v > 1)", ""),
    ("self.?o.?x.orValue(1) == 1 && self.lo[?0].?x.hasValue()", ""),
    ("self.m.transformList(k, v, k + string(v)).join(',') == 'a1'", ""),
    ("self.lo.sortBy(e, e.x) == self.lo && optional.of(1).optMap(e, e + 1).value() == 2", ""),
    ("sets.contains(self.l, ['a']) && quantity(self.s).isLessThan(quantity('1'))", ""),
    ("type(self.i) == int && type(self.t) == google.protobuf.Timestamp", ""),
    ("(self.b ? [] : self.l) == ['a'] && (self.b ? dyn(1) : 'a') == 1", ""),
    ("self == oldSelf && oldSelf.i == 1", ""),
    ("math.greatest(1, 2) == 2", ""),
    ("self.zz == 1", "uses `self.zz`, which its schema does not have"),
    ("has(self.o.zz)", "uses `self.o.zz`, which its schema does not have"),
    ("self.any == 1", "uses `self.any`, which its schema does not have"),
    ("self.open.y == 1", "uses `self.open.y`, which its schema does not have"),
    ("self.lo.all(e, e.y == 1)", "uses `e.y`, which its schema does not have"),
    ("self.metadata.name == 'x'", "uses `self.metadata`, which its schema does not have"),
    ("self.resource.metadata.labels.size() == 1", "uses `self.resource.metadata.labels`, which its"),
    ("self.s.length == 1", "uses `self.s.length`, a field of `string`, which has none"),
    ("object.i == 1", "uses `object`, which is not there"),
    ("slef.i == 1", "uses `slef`, which is not there (did you mean `self`?)"),
    ("self.s.startWith('a')", "calls `startWith`, which is no function (did you mean `startsWith`?)"),
    ("self.i == 'a'", "applies `==` to `int` and `string`, which it does not take"),
    ("self.i == null", "asked with `has(…)`"),
    ("self.d == 1", "applies `==` to `double` and `int`"),
    ("self.t < '2020-01-01T00:00:00Z'", "applies `<` to `timestamp` and `string`"),
    ("self.t < timestamp('yesterday')", "has a time that is none, `yesterday`"),
    ("!self.i", "applies `!` to `int`"),
    ("'x' in self.o", "applies `in` to `string` and `object`"),
    ("self.lo[0] == self.o", "applies `==` to `object` and `object`"),
    ("self.s.startsWith(1)", "calls `startsWith` of `string` with `int`, which it does not take"),
    ("self.s.startsWith()", "calls `startsWith` of `string` with nothing"),
    ("self.i.size() == 1", "calls `size` of `int`, which has no such function"),
    ("size(self) == 1", "calls `size` with `object`"),
    ("self.o.all(k, k == 'x')", "goes through `object`, which is neither a list nor a map"),
    ("self.l.all(e, e)", "has `string` where `bool` is needed"),
    ("self.b && self.s", "has `string` where `bool` is needed"),
    ("[1, 'a'].size() == 2", "has `string` where `int` is needed"),
    ("self.s.matches('(')", "has a pattern that is none"),
    ("self.i", "gives `int`, not `bool`"),
    ("self.either", "gives `dyn`, not `bool`"),
    ("has(self)", "is no CEL expression (invalid argument to has() macro)"),
];

#[test]
fn a_rule_that_the_api_server_would_not_compile_is_told_at_the_definition() {
    for (rule, expected) in COMPILED {
        let rule = rule.replace('\'', "''");
        let findings =
            run(&[("crd.yaml", &spec(&format!("{FIELDS}x-kubernetes-validations: [{{rule: '{rule}', message: m}}]")))]);
        match &findings[..] {
            [] => assert!(expected.is_empty(), "{rule}: {expected}"),
            [finding] => {
                assert_eq!(finding.rule.id, "crd/validations");
                assert!(!expected.is_empty() && finding.message.contains(expected), "{rule}: {}", finding.message);
            }
            more => panic!("{rule}: {more:#?}"),
        }
    }
}

#[test]
fn what_a_rule_may_use_depends_on_where_it_stands() {
    let item = |rule: &str| {
        format!(
            "{{type: object, required: [a], properties: {{a: {{type: string}}}}, x-kubernetes-validations: [{rule}]}}"
        )
    };
    let list = |more: &str, rule: &str| format!("type: array\n{more}items: {}", item(rule));
    let map = "x-kubernetes-list-type: map\nx-kubernetes-list-map-keys: [a]\n";
    let plain =
        |rule: &str| format!("type: object\nproperties: {{i: {{type: integer}}}}\nx-kubernetes-validations: [{rule}]");
    let untyped = "x-kubernetes-preserve-unknown-fields: true\nx-kubernetes-validations: [{rule: 'true'}]".to_owned();
    for (schema, expected) in [
        (list("", "{rule: self.a == oldSelf.a}"), "uses `oldSelf` in a list whose items cannot be told apart"),
        (list(map, "{rule: self.a == oldSelf.a}"), ""),
        (list("", "{rule: self.a == 'x', messageExpression: oldSelf.a}"), ""),
        (format!("type: object\nadditionalProperties: {}", item("{rule: self.a == oldSelf.a}")), ""),
        (
            plain("{rule: self.i > 1, optionalOldSelf: true}"),
            "does not use `oldSelf`, so `optionalOldSelf` may not be there",
        ),
        (plain("{rule: self.i > 1, optionalOldSelf: false}"), "does not use `oldSelf`"),
        (plain("{rule: oldSelf.i.value() > 1, optionalOldSelf: true}"), ""),
        (plain("{rule: oldSelf.i > 1, optionalOldSelf: true}"), "applies `>` to `optional(int)` and `int`"),
        (plain("{rule: self.i > 1, messageExpression: self.i}"), "the message expression `self.i` of"),
        (untyped, "cannot be used here, where not all types are told"),
    ] {
        let findings = run(&[("crd.yaml", &spec(&schema))]);
        let told: Vec<&str> = findings.iter().map(|finding| &*finding.message).collect();
        let is_expected = match &told[..] {
            [] => expected.is_empty(),
            [message] => !expected.is_empty() && message.contains(expected),
            _ => false,
        };
        assert!(is_expected, "{schema}\n{expected}\n{told:#?}");
    }
}
