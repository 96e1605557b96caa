//! In place of `token.rs` in a build without the feature `google`: tokens cannot be had.

#![allow(clippy::unused_async, reason = "both ways to build have the same functions")]

use serde_json::Value;

use super::super::Login;
use super::super::outcome::{Failure, Outcome};
use crate::error::Kind;
use crate::http::Clock;
use crate::notice::Notice;

const WHY: &str = "this build of consign cannot ask Google for tokens (its feature `google` is off)";

/// Never finds anything: the file is there, and this build cannot use it.
pub(super) async fn from_file(_: &str, _: &Value, source: &str, _: Clock, _: &dyn Notice) -> Outcome<Login> {
    Outcome::Broken(Failure::new(Kind::Usage, format!("{source}: {WHY}")))
}

/// Never finds anything.
pub(super) async fn from_metadata(_: Option<&str>, _: Clock) -> Outcome<Login> {
    Outcome::Nothing(WHY.to_owned())
}
