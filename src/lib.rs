//! Takes a directory of Kubernetes YAML, proves it fit, packs it into one deterministic OCI image and delivers it.
//!
//! Everything the `consign` binary does can be called from here. `docs/architecture.md` draws the house: which room holds what.

pub mod bundle;
pub mod cli;
pub mod cluster;
pub mod crds;
pub mod credentials;
pub mod deploy;
pub mod doctor;
pub mod error;
pub mod finding;
pub mod gcloud;
pub mod http;
pub mod kubectl;
pub mod notice;
pub mod object;
pub mod oci;
pub mod pack;
pub mod process;
pub mod push;
pub mod render;
pub mod report;
pub mod rules;
pub mod runtime;
pub mod scratch;
pub mod setup;
pub mod source;
pub mod store;
pub mod sync;
pub mod tar;
pub mod transfer;
pub mod validate;
