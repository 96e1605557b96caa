//! Where the network's side of the work runs.

use std::future::Future;

use crate::error::{Error, Kind};

/// Runs a future to its end on this thread.
///
/// Must not be called from within a tokio runtime; async callers use `spawn_blocking`.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::new(Kind::Local, "cannot prepare for the network").because(cause))?;
    let output = runtime.block_on(future);
    // What still blocks (a program that is being waited for) is nobody's concern any more.
    runtime.shutdown_background();
    Ok(output)
}
