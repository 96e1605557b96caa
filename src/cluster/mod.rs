//! What a cluster says of bundles: which sync runs which digest, and whether it runs the one that is expected.
//!
//! Config Sync, Flux and Argo CD each tell it in their own way. Here all of it becomes one [`State`] for each sync, out of the objects
//! as `kubectl` gives them. What the states mean for a digest is decided in [`judge`], and [`wait`] asks until that is settled.
//! Nothing here changes a cluster, and nothing prints.

mod argo;
mod ask;
mod config_sync;
mod fields;
mod flux;
mod images;
mod inventory;
mod judge;
mod knv;
mod read;
mod state;
mod wait;

pub use ask::{Kinds, Scope, contexts, current_context, kinds, look};
pub use images::are_of_one_repository;
pub use judge::{Expected, Named, Verdict, judge};
pub use read::{Look, read};
pub use state::{Idle, Problem, Resource, Source, State, Unready, Word, short};
pub use wait::{Ended, Round, Standing, Wait, in_parallel, not_there, nothing_installed, wait};
