//! Rules in CEL: what breaks them, what keeps them, and what cannot be told.

use super::{ids, run, run_with, spec, thing};
use crate::validate::Options;

/// A schema of `spec` with a rule.
macro_rules! with_rule {
    ($rule:literal) => {
        concat!("type: object\nx-kubernetes-validations: [{rule: \"", $rule, "\"}]\nproperties: {w: {type: integer}, z: {type: integer}, s: {type: string}, \
            o: {type: object, properties: {z: {type: integer}}}, m: {type: object, additionalProperties: {type: integer}}, \
            l: {type: array, items: {type: object, properties: {z: {type: integer}}}}, p: {type: object, x-kubernetes-preserve-unknown-fields: true}}")
    };
}

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
    // A text is a row of characters.
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: self.size() <= 6}]}}",
        "{t: größere}", "`spec.t`", "{t: größer}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: size(self) > 1}]}}",
        "{t: é}", "`spec.t`", "{t: éb}"),
    ("type: object\nproperties: {t: {type: array, items: {type: string}, x-kubernetes-validations: [{rule: 'self.all(x, x.size() > 1)'}]}}",
        "{t: [ab, é]}", "`spec.t`", "{t: [ab, éb]}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"'%d'.format([self.size()]) == '2'\"}]}}",
        "{t: é}", "`spec.t`", "{t: éb}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"self.split('') == ['é', 'b'] && self.split('', 1).size() == 1\"}]}}",
        "{t: eb}", "`spec.t`", "{t: éb}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"self.split(',', 2) == ['a', 'b,c'] && self.split(',', 0) == []\"}]}}",
        "{t: 'a,b'}", "`spec.t`", "{t: 'a,b,c'}"),
    // Patterns are Go's.
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: 'self.matches(r\"^[\\w-_]+$\")'}]}}",
        "{t: é}", "`spec.t`", "{t: a-b}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: 'self.matches(r\"\\bb\")'}]}}",
        "{t: ab}", "`spec.t`", "{t: éb}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: 'self.find(r\"\\w+\") == \"a\" && self.findAll(r\"\\w\", 1) == [\"a\"]'}]}}",
        "{t: éb}", "`spec.t`", "{t: éa}"),
    // URLs, too.
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"isURL(self) && url(self).getPort() == '443'\"}]}}",
        "{t: 'https://example.com/x'}", "`spec.t`", "{t: 'https://example.com:443/x'}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"url(self).getHost() == 'Example.com:80' && url(self).getHostname() == 'Example.com'\"}]}}",
        "{t: 'http://example.com:80'}", "`spec.t`", "{t: 'http://Example.com:80'}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: \"url(self).getQuery() == {'a': ['b', 'c d']} && url(self).getEscapedPath() == '/%C3%A9'\"}]}}",
        "{t: '/é?a=b'}", "`spec.t`", "{t: '/é?a=b&a=c+d#f'}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: '!format.uri().validate(self).hasValue() && !format.dns1123Label().validate(\"a\").hasValue()'}]}}",
        "{t: x}", "`spec.t`", "{t: /x}"),
    ("type: object\nproperties: {t: {type: string, x-kubernetes-validations: [{rule: isQuantity(self)}]}}",
        "{t: a}", "`spec.t`", "{t: 1Ki}"),
    // What is asked for and not there is an error.
    (with_rule!("self.z > 5"), "{w: 0}", "`spec` of Thing \"a\" breaks a rule of its definition, which needs `z`, and that is not there", "{w: 0, z: 6}"),
    (with_rule!("self.z > 5 || self.w > 1"), "{w: 0}", "needs `z`", "{w: 2}"),
    (with_rule!("self.w == 0 && !(self.z > 5)"), "{w: 0}", "needs `z`", "{w: 0, z: 1}"),
    (with_rule!("self.w == 0 ? self.z > 1 : true"), "{w: 0}", "needs `z`", "{w: 1}"),
    (with_rule!("has(self.o) && self.o.z == 1"), "{o: {}}", "needs `z`", "{o: {z: 1}}"),
    (with_rule!("self.m['k'] == 1"), "{m: {}}", "needs `k`", "{m: {k: 1}}"),
    (with_rule!("self.l[0].z > 1"), "{w: 0}", "needs `l`", "{l: [{z: 2}]}"),
    (with_rule!("self.l.all(x, x.z > 1)"), "{l: [{z: 2}, {}]}", "needs `z`", "{l: [{z: 2}]}"),
    (with_rule!("self.l.exists(x, x.z > 1)"), "{l: [{z: 1}, {}]}", "needs `z`", "{l: [{z: 2}, {}]}"),
    (with_rule!("self.l.all(x, x.z > 1)"), "{w: 1}", "needs `l`", "{l: []}"),
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

/// Whether an object passes without a word, and is not checked.
fn is_not_checked(definition: &str, spec: &str) -> bool {
    let (summary, findings) =
        run_with(&Options::default(), &[("a.yaml", &thing(&format!("spec: {spec}"))), ("crd.yaml", definition)]);
    findings.is_empty() && summary.unchecked_objects == 1
}

#[test]
fn an_error_that_may_be_one_only_here_is_not_told() {
    for (schema, object) in [
        (with_rule!("'%e'.format([1.5]) != '' || self.z > 5"), "{w: 0}"),
        (with_rule!("self.z > 5 || '%e'.format([1.5]) != ''"), "{w: 0}"),
        (with_rule!("self.l.exists(x, '%e'.format([1.5]) != '' || x.z > 1)"), "{l: [{}]}"),
        (with_rule!("self.?z.orValue(1) > 0"), "{w: 0}"),
        (with_rule!("has(self.?o.z)"), "{w: 0}"),
        (with_rule!("int(self.s) > 3"), "{s: a}"),
        (with_rule!("isQuantity(self.s)"), "{s: '-'}"),
        (with_rule!("isURL(self.s)"), "{s: 'http://[a]/'}"),
        (with_rule!("format.named('uri').hasValue()"), "{}"),
        (with_rule!("'%.2e'.format([1.5]) == self.s"), "{s: '1.50e+00'}"),
    ] {
        assert!(is_not_checked(&spec(schema), object), "{schema}");
    }
    // The server names an object before it asks; and an error beside what is true counts for nothing.
    let root = spec("type: object").replace(
        "        properties:",
        "        x-kubernetes-validations: [{rule: self.metadata.name != 'a'}]\n        properties:",
    );
    let (summary, findings) = run_with(
        &Options::default(),
        &[("a.yaml", "apiVersion: example.com/v1\nkind: Thing\nmetadata: {generateName: a-}\n"), ("crd.yaml", &root)],
    );
    assert!(
        root.contains("metadata.name") && findings.iter().all(|found| found.rule.id != "schema/rule"),
        "{findings:#?}"
    );
    assert_eq!(summary.unchecked_objects, 1);
    let definition = spec(with_rule!("self.z > 5 || self.w == 0"));
    assert!(run(&[("a.yaml", &thing("spec: {w: 0}")), ("crd.yaml", &definition)]).is_empty());
}

#[test]
fn a_rule_that_compares_lists_whose_order_does_not_count_is_not_checked() {
    let schema = |rule: &str| {
        spec(&format!(
            "type: object\nx-kubernetes-validations: [{{rule: \"{rule}\"}}]\nproperties: {{k: {{type: string}}, s: {{type: array, x-kubernetes-list-type: set, items: {{type: string}}}}, l: {{type: array, items: {{type: string}}}}, o: {{type: array, items: {{type: object, properties: {{k: {{type: string}}, s: {{type: array, x-kubernetes-list-type: set, items: {{type: string}}}}}}}}}}, m: {{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {{type: object, required: [k], properties: {{k: {{type: string}}}}}}}}}}"
        ))
    };
    let object = "{k: a, s: [b, a], l: [b, a], o: [{k: a, s: [b, a]}], m: [{k: b}, {k: a}]}";
    for rule in [
        "self.s == ['a', 'b']",
        "['a', 'b'] != self.s",
        "self.s in [['a', 'b']]",
        "self.o[0].s == self.s",
        "self.o.all(x, x.s == ['a', 'b'])",
        "self.o.all(x, x in self.o)",
        "self.m != self.m",
        "(self.s + ['a']).size() == 2",
        "self.s.filter(x, true) == ['a', 'b']",
        "[self.s] == [['a', 'b']]",
        "optional.of(self.s).value() == ['a', 'b']",
    ] {
        assert!(is_not_checked(&schema(rule), object), "{rule}");
    }
    for rule in [
        "self.l == ['b', 'a']",
        "self.l.all(x, x in self.s) && self.s.all(x, x == 'a' || x == 'b') && self.s[0] == 'b'",
        "self.o.all(x, x.k == self.k && size(x.s) == size(self.s) && x.s.exists(y, y == x.k))",
        "self.m.all(x, x.k in ['a', 'b']) && self.s.size() + self.m.size() == 4 && self.k + 'b' == 'ab'",
        "self.k.split(',') == ['a'] && self.l + ['c'] == ['b', 'a', 'c']",
    ] {
        let files = [("a.yaml", &*thing(&format!("spec: {object}"))), ("crd.yaml", &*schema(rule))];
        let (summary, findings) = run_with(&Options::default(), &files);
        assert!(findings.is_empty() && summary.unchecked_objects == 0, "{rule} {findings:#?}");
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
fn a_default_that_breaks_a_rule_of_its_own_is_told_at_the_definition() {
    let check = |field: &str| run(&[("crd.yaml", &spec(&format!("type: object\nproperties: {{f: {field}}}")))]);
    for (field, message) in [
        (
            "{type: integer, default: 1, x-kubernetes-validations: [{rule: self > 1, message: too small}]}",
            "the default of `spec.f` in CustomResourceDefinition \"things.example.com\" breaks a rule of its definition: too small",
        ),
        (
            "{type: object, default: {b: 1}, properties: {b: {type: integer, x-kubernetes-validations: [{rule: self > 1}]}}}",
            "the default of `spec.f` in CustomResourceDefinition \"things.example.com\": `b` in it breaks a rule",
        ),
        (
            "{type: object, default: {}, x-kubernetes-validations: [{rule: has(self.b)}], properties: {b: {type: integer, default: 5}}}",
            "breaks a rule",
        ),
        (
            "{type: object, default: {}, x-kubernetes-validations: [{rule: self.b > 1}], properties: {b: {type: integer}}}",
            "which needs `b`",
        ),
    ] {
        let findings = check(field);
        assert_eq!(ids(&findings), ["crd/default"], "{field}");
        assert!(findings[0].message.contains(message), "{}", findings[0].message);
    }
    for field in [
        "{type: integer, default: 2, x-kubernetes-validations: [{rule: self > 1}]}",
        "{type: object, default: {b: 2}, properties: {b: {type: integer, x-kubernetes-validations: [{rule: self > 1}]}}}",
        "{type: object, properties: {c: {type: object, default: {b: 1}, properties: {b: {type: integer}}}}, x-kubernetes-validations: [{rule: has(self.c) && self.c.b > 3}]}",
        "{type: object, additionalProperties: {type: integer, default: 1, x-kubernetes-validations: [{rule: self > 1}]}}",
    ] {
        let findings = check(field);
        assert!(findings.is_empty(), "{field} {findings:#?}");
    }
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
