//! Kubernetes' own kinds: what their fields hold in each version, and what the API server checks beyond that.
//!
//! The server does not check these kinds against their published schema. It decodes them, strictly: an unknown field or a wrong type is
//! an error, a null or a field that is not there is the zero value. Then functions written by hand look at what was decoded. So does
//! this room: [`walk`] decodes, with the fields of `data`; `checks` has what the functions refuse, as tables for each type.

mod checks;
mod data;
mod decode;
#[cfg(test)]
mod fuzz;
mod index;
mod kind;
mod removed;
mod scalar;
mod suggest;
mod tell;
#[cfg(test)]
mod tests;
mod version;
mod walk;

use super::names::{api_version_fault, kind_fault};
use super::schema_rules as rules;
use super::subject::{Subject, quote};

pub(crate) use scalar::{billionths, quantity_fault};
pub use version::Version;

pub(super) use kind::{Known, Scope, elsewhere, is_custom, look_up, scope};
pub(super) use version::Targets;
pub(super) use walk::{Step, metadata};

/// Begins to make the table of kinds, on a thread of its own: without that the first check waits for it.
pub fn prepare() {
    // Without a thread it is made when it is needed.
    let _ = std::thread::Builder::new().name("prepare".to_owned()).spawn(data::table);
}

/// The checks of this part, in the order of their findings.
pub(super) static CHECKS: &[fn(&mut Subject<'_>)] = &[kind_exists, walk::walk];

/// A kind of Kubernetes' own is in all versions that are meant.
fn kind_exists(on: &mut Subject<'_>) {
    let (Some(version), Some(kind)) = (on.object.api_version(), on.object.kind()) else { return };
    if kind_fault(kind).is_some() || api_version_fault(version).is_some() {
        return;
    }
    let (rule, fault, hint) = match look_up(version, kind, on.options.targets()) {
        Known::Missing(why, hint) => (&rules::NO_SUCH_KIND, why, hint),
        Known::Deprecated(removed, hint) => (&rules::DEPRECATED, format!("is removed in Kubernetes {removed}"), hint),
        Known::NoSuch(hint) => {
            let message = format!("{} has no kind {}", quote(version), quote(kind));
            let at = on.object.node.get("kind").unwrap_or(on.object.node);
            return on.find(&rules::NO_SUCH_KIND, at, message, hint);
        }
        Known::Served | Known::Custom => return,
    };
    let message = format!("{} of {} {fault}", quote(version), on.label);
    let at = on.object.node.get("apiVersion").unwrap_or(on.object.node);
    on.find(rule, at, message, hint);
}
