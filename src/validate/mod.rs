//! Rules over Kubernetes objects: what would make an apply or a sync fail, found before anything is packed.
//!
//! The work has four steps. A [`Plan`] is made from the names of all files. Then [`check()`] looks at each document by itself, on any
//! number of threads. A [`Ledger`] takes what the documents gave, in file order, and finds what only all of them together tell. Last,
//! [`check_waiting`] looks at custom resources, whose definitions the ledger has seen by then.
//!
//! Each check is a function from a subject, that is one object, to findings; files of checks, such as `metadata`, list theirs in a
//! table. What a rule means stands in `rules`. This room does not parse (that is `object`) and does not print (that is `report`).

mod addresses;
mod consumers;
mod custom;
mod document;
mod folder;
mod identity;
mod ignore;
mod kubernetes;
mod ledger;
mod lints;
mod metadata;
mod names;
mod options;
mod origin;
mod paths;
mod plan;
mod policy;
mod recognise;
mod record;
mod repeats;
mod rules;
mod schema_rules;
pub mod secrets;
mod similar;
mod size;
mod subject;
mod template;
#[cfg(test)]
mod tests;
mod texts;

pub use consumers::IGNORE_FILE;
pub use custom::{Definitions, Given, Giver, Late, check_waiting};
pub(crate) use custom::{LONGEST_REPO_SYNC, LONGEST_ROOT_SYNC, ROOT_NAMESPACE, is_google_account};
pub use document::{Checked, check, check_other};
pub use identity::Identity;
pub use ignore::{Ignore, is_for_comments};
pub use kubernetes::{Version, prepare};
pub(crate) use kubernetes::{billionths, quantity_fault};
pub use ledger::{Ledger, Summary};
pub(crate) use names::fault_of_name;
pub use options::{Options, Skip, SourceFormat, UnknownKinds};
pub use paths::within;
pub use plan::{Plan, Reason, Role};
pub use policy::{Consumer, Level, is_fixed};
pub use record::{Record, Silenced, key};
pub(crate) use similar::similar;

/// The tables of rules of this room, one for each part.
pub static TABLES: &[&[&crate::finding::Rule]] = &[
    rules::RULES,
    ignore::RULES,
    schema_rules::RULES,
    custom::CRD_RULES,
    custom::KNOWN_RULES,
    secrets::RULES,
    lints::RULES,
    consumers::RULES,
];
