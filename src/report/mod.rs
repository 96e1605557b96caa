//! Findings written down: as text for a person, as JSON for a program, and in the forms of code hosts and CI systems.
//!
//! This room decides how a finding looks and nothing else: not which findings there are, not where the text goes. Each format is one
//! file with one function from findings to a `String`.
//!
//! Everything a finding holds may come from a hostile file, so no format lets a control character through ([`escape()`]).

mod escape;
mod github;
mod json;
mod junit;
mod origin;
mod sarif;
#[cfg(test)]
mod testing;
mod text;

pub use escape::{escape, without_passwords};
pub use github::github;
pub use json::{json, rows, safe_json};
pub use junit::{Suite, junit};
pub use origin::{Origin, Reported};
pub use sarif::sarif;
pub use text::{SHOWN, Style, text};
