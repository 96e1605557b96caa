//! What was typed about checks.

use super::super::args;
use super::consumers::consumers;
use crate::error::Error;
use crate::validate;

/// What to check, and how; nothing where the user wants it `unseen`.
pub(in crate::cli) fn checks(
    typed: &args::Checks,
    unseen: Option<&args::Unseen>,
) -> Result<Option<validate::Options>, Error> {
    if unseen.is_some_and(|unseen| unseen.no_validate) {
        return Ok(None);
    }
    let options = validate::Options {
        sync_dirs: if typed.sync_dirs.is_empty() { vec![String::new()] } else { typed.sync_dirs.clone() },
        allow_empty: typed.allow_empty,
        ..validate::Options::default()
    };
    Ok(Some(consumers(&typed.readers, options)?))
}
