//! What `consign deploy` prints, before a real API server.
//!
//! `ETCD` and `KUBE_APISERVER` name the programs (`.ci/run` makes them). `CONSIGN_SHARED_CRDS` may name a folder with the real definitions
//! of the consumers; then both those and our own must take it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apiserver;
mod common;

use apiserver::ApiServer;

#[test]
#[ignore = "needs etcd and kube-apiserver; .ci/run makes them"]
fn the_definitions_of_the_tests_are_taken_by_the_api_server() {
    let definitions = apiserver::our_definitions();
    assert_eq!(definitions.len(), 6);
    ApiServer::start().apply(&definitions);
}
