//! The test registry does what it says: driven with raw requests, and by real clients.

// A panic here is a test that fails.
#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../registry/mod.rs"]
mod registry;

mod client;
mod content;
mod faults;
mod oddities;
mod order;
mod peers;
mod tokens;
