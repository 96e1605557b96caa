//! What Flux leaves out of a bundle.

use super::super::options::Options;
use super::super::policy::Consumer;
use super::rules;
use crate::finding::{Finding, Place};
use crate::validate::recognise::flux_drops;

pub(super) fn is_asked_for(options: &Options) -> bool {
    options.consumers.contains(&Consumer::Flux)
}

/// Whether Flux does not read a file of this name by itself.
pub(super) fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == "json")
}

/// The file in a bundle whose patterns count in place of those that Flux has by itself.
pub(in crate::validate) const IGNORE_FILE: &str = ".sourceignore";

/// What is to be said of a file with objects of this name.
pub(super) fn file(path: &str, has_ignore_file: bool) -> Option<Finding> {
    let (message, hint) = if flux_drops(path) && !has_ignore_file {
        (
            "Flux leaves out files of this name, unless told otherwise: these objects would not be applied",
            "give it another name, or list in .sourceignore what Flux shall leave out instead",
        )
    } else if is_json(path) {
        ("Flux reads .yaml and .yml only: these objects would not be applied", "name it .yaml: JSON is YAML as well")
    } else {
        return None;
    };
    Some(Finding::new(&rules::DROPPED_BY_FLUX, Place::file(path), message).hint(hint))
}
