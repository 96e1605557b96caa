//! What was typed about checks.

use super::super::args;
use crate::error::Error;
use crate::validate;

/// What to check, and how; nothing where the user wants it `unseen`.
#[allow(clippy::unnecessary_wraps, reason = "options that can contradict one another are on their way")]
pub(in crate::cli) fn checks(
    typed: &args::Checks,
    unseen: Option<&args::Unseen>,
) -> Result<Option<validate::Options>, Error> {
    if unseen.is_some_and(|unseen| unseen.no_validate) {
        return Ok(None);
    }
    Ok(Some(validate::Options {
        sync_dirs: if typed.sync_dirs.is_empty() { vec![String::new()] } else { typed.sync_dirs.clone() },
        allow_empty: typed.allow_empty,
        ..validate::Options::default()
    }))
}
