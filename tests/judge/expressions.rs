//! Rules in CEL: whether the API server compiles them. A definition with a field of each type takes one rule at a time.
//!
//! Some are written down, the others are put together at random: most of them make no sense, which is what they are for.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::apiserver;
use crate::corpus::Case;
use crate::mutate::Dice;

/// How many rules are put together from one seed.
const TIMES: usize = 2500;

/// The most cases of one folder: of so many, each finding is kept.
const FOLDER: usize = 500;

#[rustfmt::skip]
const VALUES: &[&str] = &[
    "self.i", "self.i2", "self.d", "self.s", "self.b", "self.t", "self.dur", "self.by", "self.ios", "self.li", "self.ls", "self.lo", "self.lset",
    "self.m", "self.ms", "self.o", "self.e", "self.p", "self.emb", "self.ni", "self.no", "self.nl", "self.en", "self.u", "1", "2u", "1.5", "'a'",
    "b'a'", "true", "null", "[]", "{}", "[1]", "['a']", "{'a': 1}", "self", "oldSelf", "oldSelf.i", "oldSelf.lo", "self.o.x", "self.o.y",
    "self.lo[0]", "self.lo[0].a", "self.m['a']", "self.m.x", "self.?i", "self.?o.x", "self.li.map(x, x)", "self.lo.map(x, x.a)",
    "self.ls.filter(x, x == 'a')", "size(self.ls)", "dyn(self.i)", "type(self.i)", "int", "quantity('1')", "ip('1.1.1.1')", "url('http://a')",
    "duration('1s')", "timestamp('2020-01-01T00:00:00Z')", "self.s.size()", "self.emb.metadata", "self.emb.metadata.name", "optional.of(1)",
    "optional.none()", "cidr('1.1.1.0/24')", "semver('1.0.0')", "[self.o]", "[self.lo[0]]", "self.li.first()", "self.ls.join(',')",
    "self.s.split(',')", "string(self.i)", "int(self.s)",
];

const OPERATORS: &[&str] = &["==", "!=", "<", ">=", "+", "-", "*", "/", "%", "&&", "||", "in"];

#[rustfmt::skip]
const METHODS: &[&str] = &[
    "size", "startsWith", "contains", "matches", "indexOf", "join", "sum", "max", "sort", "isSorted", "first", "distinct", "flatten", "slice",
    "replace", "substring", "split", "hasValue", "value", "orValue", "or", "getHours", "getFullYear", "isGreaterThan", "compareTo", "add",
    "asInteger", "getHost", "getQuery", "family", "containsIP", "major", "charAt", "lowerAscii", "trim", "find", "format", "ip", "masked",
    "unwrapOpt", "lastIndexOf", "startWith",
];

#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "size", "int", "uint", "double", "string", "bool", "bytes", "timestamp", "duration", "type", "dyn", "quantity", "isQuantity", "url", "isURL",
    "ip", "isIP", "cidr", "semver", "sets.contains", "sets.intersects", "optional.of", "optional.ofNonZeroValue", "lists.range", "has", "len",
];

const MACROS: &[&str] = &["all", "exists", "exists_one", "map", "filter", "sortBy", "optMap", "optFlatMap"];
const MACROS_OF_TWO: &[&str] = &["all", "exists", "transformList", "transformMap", "transformMapEntry"];

/// Those that are written down.
pub(crate) fn written() -> Vec<Case> {
    let rules = fs::read_to_string(here().join("written.txt")).expect("the rules can be read");
    cases("written", rules.lines().map(str::to_owned))
}

/// Those that a seed gives.
pub(crate) fn random(seed: u64) -> Vec<Case> {
    let mut dice = Dice::new(seed);
    cases(&format!("seed-{seed}"), (0..TIMES).map(|_| rule(&mut dice)))
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge/expressions")
}

fn cases(what: &str, rules: impl Iterator<Item = String>) -> Vec<Case> {
    let [definition] = &apiserver::objects_of(&here().join("definition.yaml"))[..] else { panic!("one definition") };
    let case = |(index, rule): (usize, String)| Case {
        id: format!("{what}-{index:04}"),
        folder: format!("{what}-{}", index / FOLDER),
        object: with_rule(definition.clone(), &rule, index),
        what: rule,
        is_pinned: true,
    };
    rules.enumerate().map(case).collect()
}

/// The definition under a name of its own, with the rule.
fn with_rule(mut definition: Value, rule: &str, number: usize) -> Value {
    definition["metadata"]["name"] = format!("things{number}.example.com").into();
    definition["spec"]["names"] = json!({"kind": format!("Thing{number}"), "plural": format!("things{number}")});
    let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    schema["x-kubernetes-validations"] = json!([{"rule": rule}]);
    definition
}

/// One that may give true or false, if it makes sense.
fn rule(dice: &mut Dice) -> String {
    let inner = expression(dice);
    match dice.below(10) {
        0..5 => format!("{inner} {} {}", one(dice, &["==", "!=", "<", "&&"]), one(dice, VALUES)),
        5..8 => format!("type({inner}) == type"),
        _ => inner,
    }
}

fn expression(dice: &mut Dice) -> String {
    let value = one(dice, VALUES);
    match dice.below(20) {
        0..8 => format!("{value} {} {}", one(dice, OPERATORS), one(dice, VALUES)),
        8..11 => format!("{value}.{}({})", one(dice, METHODS), arguments(dice, 0)),
        11..14 => format!("{}({})", one(dice, FUNCTIONS), arguments(dice, 1)),
        14..16 => format!("{value}.{}(x, {})", one(dice, MACROS), body(dice)),
        16 => {
            let body = one(dice, &["k", "v", "k == v", "v.a", "k > 1", "{k: v}", "self.b"]);
            format!("{value}.{}(k, v, {body})", one(dice, MACROS_OF_TWO))
        }
        17 => format!("({value} ? {} : {})", one(dice, VALUES), one(dice, VALUES)),
        18 => format!("{value}[{}]", one(dice, VALUES)),
        _ => match dice.below(3) {
            0 => format!("{}{value}", one(dice, &["!", "-"])),
            _ => format!("{value}.{}", one(dice, &["x", "a", "y", "name", "metadata", "?x", "?a"])),
        },
    }
}

fn arguments(dice: &mut Dice, least: usize) -> String {
    let count = least + [0, 0, 0, 1, 1, 2][dice.below(6)];
    (0..count).map(|_| one(dice, VALUES)).collect::<Vec<_>>().join(", ")
}

/// What a macro does with each `x`.
fn body(dice: &mut Dice) -> String {
    let left = one(dice, &["x", "x.a", "x.n", "self.i", "self.s", "1", "'a'"]);
    match dice.below(5) {
        0 => left.to_owned(),
        1 => {
            let value = one(dice, VALUES);
            format!("{left} {} {}", one(dice, OPERATORS), one(dice, &["x", "x.a", "1", "'a'", value]))
        }
        2 => format!("has({left}.a)"),
        3 => format!("{left}.startsWith('a')"),
        _ => format!("!{left}"),
    }
}

fn one<'t>(dice: &mut Dice, among: &[&'t str]) -> &'t str {
    dice.pick(among).expect("there is one")
}
