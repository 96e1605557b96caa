//! Objects of every kind with random content: nothing panics, nothing takes long, whatever stands where.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::data::{Table, Type, table};
use super::tests::run;
use crate::validate::{Consumer, Options};

/// Texts that mean something somewhere, and some that mean nothing anywhere.
const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "a.b",
    "a/b",
    "10.0.0.1",
    "::1",
    "10.0.0.0/8",
    "http",
    "TCP",
    "Always",
    "Never",
    "In",
    "Exists",
    "*",
    "* * * * *",
    "@daily",
    "/a",
    "../a",
    "50%",
    "-1",
    "500m",
    "1Gi",
    "1GB",
    "app=web",
    "2026-01-31T12:00:00Z",
    "aGk=",
    "é",
    "\u{1f980}",
    "${x}",
    "kubernetes.io/a",
    "v1",
    "apps/v1",
    "Deployment",
    "system:x",
    "object.spec.x == 1",
    "RollingUpdate",
    "Recreate",
    "ClusterIP",
    "ExternalName",
    "Prefix",
];

fn text(rng: &mut Rng) -> Value {
    match rng.usize(..20) {
        0 => "x".repeat(rng.usize(..300)).into(),
        _ => TEXTS.get(rng.usize(..TEXTS.len())).copied().unwrap_or_default().into(),
    }
}

fn number(rng: &mut Rng) -> Value {
    let numbers = [0, 1, -1, 2, 80, 100, 65_535, 65_536, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN];
    numbers.get(rng.usize(..numbers.len())).copied().unwrap_or_default().into()
}

/// Anything at all.
fn anything(rng: &mut Rng, depth: usize) -> Value {
    match rng.usize(..if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => number(rng),
        3 => json!(1.5),
        4 => text(rng),
        5 => (0..rng.usize(..3)).map(|_| anything(rng, depth - 1)).collect(),
        _ => {
            (0..rng.usize(..3)).map(|_| (text(rng).to_string(), anything(rng, depth - 1))).collect::<Map<_, _>>().into()
        }
    }
}

/// Mostly what the type wants.
fn value(rng: &mut Rng, table: &Table, kind: &Type, depth: usize) -> Value {
    if rng.usize(..12) == 0 || depth == 0 {
        return anything(rng, depth.min(2));
    }
    match kind {
        Type::Text | Type::Bytes | Type::Time | Type::MicroTime | Type::Quantity => text(rng),
        Type::Bool => rng.bool().into(),
        Type::Int32 | Type::Int64 | Type::Double => number(rng),
        Type::IntOrString => {
            if rng.bool() {
                text(rng)
            } else {
                number(rng)
            }
        }
        Type::Any | Type::Object => anything(rng, 2),
        Type::List(item, _) => (0..rng.usize(..4)).map(|_| value(rng, table, item, depth - 1)).collect(),
        Type::Map(item) => {
            let entry =
                |rng: &mut Rng| (text(rng).as_str().unwrap_or_default().to_owned(), value(rng, table, item, depth - 1));
            (0..rng.usize(..3)).map(|_| entry(rng)).collect::<Map<_, _>>().into()
        }
        Type::Struct(number) => {
            let fields =
                table.definitions.get(usize::from(*number)).map_or(&[][..], |definition| &definition.body().fields);
            // Objects with all fields at every level would be huge.
            let some: Vec<_> = fields.iter().filter(|_| rng.usize(..=fields.len().min(24)) < 4).collect();
            some.into_iter()
                .map(|field| {
                    let name = if rng.usize(..40) == 0 { format!("{}x", field.name) } else { field.name.to_owned() };
                    (name, value(rng, table, &field.kind, depth - 1))
                })
                .collect::<Map<_, _>>()
                .into()
        }
    }
}

#[test]
fn nothing_panics_and_nothing_takes_long() {
    let table = table();
    let options = [
        Options::default(),
        Options {
            consumers: vec![Consumer::ConfigSync, Consumer::Flux, Consumer::ArgoCd, Consumer::Kubectl],
            kubernetes: super::Version::known().to_vec(),
            ..Options::default()
        },
    ];
    let started = Instant::now();
    let mut rng = Rng::with_seed(7);
    let mut found = 0;
    for round in 0..8 {
        for kind in &table.kinds {
            let mut object = value(&mut rng, table, &Type::Struct(kind.definition), 9);
            if let Some(object) = object.as_object_mut() {
                object.insert("apiVersion".to_owned(), kind.version.into());
                object.insert("kind".to_owned(), kind.name.into());
                object.insert("metadata".to_owned(), json!({"name": "a"}));
            }
            for options in &options {
                found += run(&object.to_string(), options).len();
            }
        }
        assert!(started.elapsed() < Duration::from_mins(2), "round {round} took too long");
    }
    assert!(found > 1000, "{found} findings are too few: the objects are too plain");
}
