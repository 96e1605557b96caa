//! What the API server refuses beyond wrong types: its functions written by hand, as tables.
//!
//! A [`Row`] says of one field of one type what must hold of it wherever the type is used: a row for `core.v1.Container` counts for the
//! containers of Pods, Deployments and CronJobs alike. What depends on several fields is a function, an [`Extra`]. Each file beside this
//! one has the rows and extras of some types, in [`TABLES`]; to add a check is to add a row.
//!
//! The rules are the kinds of error that the server itself has: required, invalid, unsupported, duplicate, forbidden, not found.

/// The types of these names in the versions of `resource.k8s.io` that are more than a first try.
macro_rules! resource {
    ($($name:literal),*) => {
        &[$(
            concat!("resource.v1.", $name),
            concat!("resource.v1beta2.", $name),
            concat!("resource.v1beta1.", $name),
        )*]
    };
}

mod admission;
mod autoscaling;
mod certificates;
mod claims;
mod classes;
mod cluster;
mod config;
mod containers;
mod cron;
mod devices;
mod endpoints;
mod environment;
mod events;
#[cfg(feature = "cel")]
mod expressions;
mod fields;
mod flowcontrol;
mod forms;
mod gates;
mod ingress;
mod jobs;
mod leases;
mod metadata;
mod mounts;
mod networks;
mod persistent;
mod pods;
mod policies;
mod probes;
mod quotas;
mod rbac;
mod registration;
mod resources;
mod reviews;
mod scheduling;
mod security;
mod services;
mod slices;
mod storage;
mod volumes;
mod workloads;

use std::sync::LazyLock;

use super::data::Body;
use super::index::Index;
use super::walk::Walk;
use crate::object::{Node, Value};

/// A function over a value of some type, which is a mapping.
pub(super) type Check = fn(&mut Walk<'_, '_>, Node<'_>);

/// One thing that must hold of a value that is there. Null and `""` are as good as not there.
#[derive(Clone, Copy)]
pub(super) enum Must {
    /// A text is one of these.
    OneOf(&'static [&'static str]),
    /// A number is in this range, ends included.
    Between(i64, i64),
    /// A text has a form: the function tells what keeps it from that, as the end of a sentence ("has a space").
    Text(fn(&str) -> Option<String>),
    /// The same, and an empty text is no way out: the field is a pointer to the server, or an item of a list.
    Whole(fn(&str) -> Option<String>),
    /// A list has at most so many items, a map so many keys.
    AtMost(usize),
    /// This must hold of each item of a list, and of each value of a map. Empty texts count here.
    Each(&'static Must),
    /// A form of each key of a map.
    Keys(fn(&str) -> Option<String>),
    /// The items of a list differ.
    Unique,
    /// The items of a list differ in this field; items without it do not count.
    UniqueBy(&'static str),
    /// This must hold for servers older than this version only. (Not inside another.)
    Before(&'static str, &'static Must),
    /// This must hold for servers of this version and newer ones only. (Not inside another.)
    Since(&'static str, &'static Must),
    /// It must not be there at all; why, as the end of a sentence ("is set by the cluster").
    Absent(&'static str),
}

impl std::fmt::Debug for Must {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Must")
    }
}

/// What must hold of a field of some types.
pub(super) struct Row {
    /// The types, as the data names them: `core.v1.Container`.
    on: &'static [&'static str],
    fields: &'static [&'static str],
    /// Whether each must be there and not empty: not null, not `""`, not `[]` or `{}` where it is a list or a map.
    required: bool,
    musts: &'static [Must],
    /// The values that are published are not all that the server takes.
    open: bool,
    /// Servers before this version drop the field unread.
    dropped_before: Option<&'static str>,
}

/// These fields must be there.
pub(super) const fn needs(on: &'static [&'static str], fields: &'static [&'static str]) -> Row {
    Row { on, fields, required: true, musts: &[], open: false, dropped_before: None }
}

/// This must hold of these fields where they are there.
pub(super) const fn must(on: &'static [&'static str], fields: &'static [&'static str], musts: &'static [Must]) -> Row {
    Row { on, fields, required: false, musts, open: false, dropped_before: None }
}

/// These fields take more than the values that are published.
pub(super) const fn open(on: &'static [&'static str], fields: &'static [&'static str]) -> Row {
    Row { on, fields, required: false, musts: &[], open: true, dropped_before: None }
}

/// Servers before this version drop these fields unread: what they are for is switched off there.
pub(super) const fn dropped(on: &'static [&'static str], fields: &'static [&'static str], before: &'static str) -> Row {
    Row { on, fields, required: false, musts: &[], open: false, dropped_before: Some(before) }
}

/// A function over values of some types.
pub(super) struct Extra {
    pub(super) on: &'static [&'static str],
    pub(super) check: Check,
}

pub(super) const fn extra(on: &'static [&'static str], check: Check) -> Extra {
    Extra { on, check }
}

/// The rows and extras of one file.
type Part = (&'static [Row], &'static [Extra]);

static TABLES: &[Part] = &[
    (&[], events::EXTRAS),
    (admission::ROWS, admission::EXTRAS),
    (autoscaling::ROWS, autoscaling::EXTRAS),
    (certificates::ROWS, certificates::EXTRAS),
    (claims::ROWS, claims::EXTRAS),
    (classes::ROWS, classes::EXTRAS),
    (cluster::ROWS, cluster::EXTRAS),
    (config::ROWS, config::EXTRAS),
    (containers::ROWS, containers::EXTRAS),
    (devices::ROWS, devices::EXTRAS),
    (endpoints::ROWS, endpoints::EXTRAS),
    (environment::ROWS, environment::EXTRAS),
    #[cfg(feature = "cel")]
    (expressions::ROWS, expressions::EXTRAS),
    (flowcontrol::ROWS, flowcontrol::EXTRAS),
    (gates::ROWS, gates::EXTRAS),
    (ingress::ROWS, ingress::EXTRAS),
    (jobs::ROWS, jobs::EXTRAS),
    (leases::ROWS, leases::EXTRAS),
    (metadata::ROWS, metadata::EXTRAS),
    (mounts::ROWS, mounts::EXTRAS),
    (networks::ROWS, networks::EXTRAS),
    (persistent::ROWS, persistent::EXTRAS),
    (pods::ROWS, pods::EXTRAS),
    (policies::ROWS, policies::EXTRAS),
    (probes::ROWS, probes::EXTRAS),
    (quotas::ROWS, quotas::EXTRAS),
    (rbac::ROWS, rbac::EXTRAS),
    (registration::ROWS, registration::EXTRAS),
    (resources::ROWS, resources::EXTRAS),
    (reviews::ROWS, reviews::EXTRAS),
    (scheduling::ROWS, scheduling::EXTRAS),
    (security::ROWS, security::EXTRAS),
    (services::ROWS, services::EXTRAS),
    (slices::ROWS, slices::EXTRAS),
    (storage::ROWS, storage::EXTRAS),
    (volumes::ROWS, volumes::EXTRAS),
    (workloads::ROWS, workloads::EXTRAS),
];

/// What one file says of a type.
enum About {
    Row(&'static Row),
    Extra(Check),
}

/// All that is said of types, each with the type's name, and where each name is.
static ABOUT: LazyLock<(Vec<(&'static str, About)>, Index)> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (rows, extras) in TABLES {
        all.extend(rows.iter().flat_map(|row| row.on.iter().map(move |on| (*on, About::Row(row)))));
        all.extend(extras.iter().flat_map(|extra| extra.on.iter().map(|on| (*on, About::Extra(extra.check)))));
    }
    let index = Index::new(all.iter().map(|(on, _)| *on));
    (all, index)
});

/// Adds all checks that are about the type of this name.
pub(super) fn attach(name: &str, body: &mut Body) {
    let (all, index) = &*ABOUT;
    for (_, about) in index.may_be(name).filter_map(|number| all.get(number)).filter(|(on, _)| *on == name) {
        match about {
            About::Row(row) => {
                if row.required {
                    body.required.extend(row.fields);
                }
                for field in body.fields.iter_mut().filter(|field| row.fields.contains(&field.name)) {
                    field.musts.extend(row.musts);
                    field.dropped_before = field.dropped_before.or(row.dropped_before);
                    if row.open {
                        field.values.clear();
                    }
                }
            }
            About::Extra(check) => body.checks.push(*check),
        }
    }
}

/// Whether a value is as good as not there to the server: null, `""`, an empty list or map.
pub(super) fn is_empty(node: Node<'_>) -> bool {
    match node.value() {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence | Value::Mapping => node.len() == 0,
        _ => false,
    }
}

/// The text of a field, if it is a text and not empty.
pub(super) fn text<'t>(node: Node<'t>, field: &str) -> Option<&'t str> {
    node.get(field).and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// The value of a field, unless it is null.
pub(super) fn get<'t>(node: Node<'t>, field: &str) -> Option<Node<'t>> {
    node.get(field).filter(|value| !value.is_null())
}

/// The whole number of a field.
pub(super) fn number(node: Node<'_>, field: &str) -> Option<i64> {
    match node.get(field)?.value() {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}

/// Whether a field is `true`.
pub(super) fn is_true(node: Node<'_>, field: &str) -> bool {
    node.get(field).is_some_and(|value| value.value() == Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::kubernetes::data::table;

    #[test]
    fn every_row_is_about_types_and_fields_that_exist() {
        let table = table();
        for (rows, extras) in TABLES {
            for row in *rows {
                for on in row.on {
                    let definition = table.definition(on).unwrap_or_else(|| panic!("there is no type {on}"));
                    for field in row.fields {
                        assert!(!definition.named(field).is_empty(), "{on} has no field {field}");
                    }
                }
            }
            for on in extras.iter().flat_map(|extra| extra.on) {
                assert!(table.definition(on).is_some(), "there is no type {on}");
            }
        }
    }
}
