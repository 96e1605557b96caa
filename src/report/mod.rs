//! Findings written down: as text for a person, as JSON for a program.
//!
//! This room decides how a finding looks and nothing else: not which findings there are, not where the text goes. Each format is one
//! file with one function from findings to a `String`; SARIF, `JUnit` and GitHub annotations take their places beside `text` and `json`.
//!
//! Everything a finding holds may come from a hostile file, so no format lets a control character through ([`escape()`]).

mod escape;
mod json;
mod text;

pub use escape::{escape, without_passwords};
pub use json::{json, rows, safe_json};
pub use text::{SHOWN, Style, text, total};
