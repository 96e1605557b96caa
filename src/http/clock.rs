//! Time for waiting and for limits. Tests let it run faster.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Time, as fast as it runs or a number of times faster.
///
/// A paused clock would not do for tests over real sockets: it jumps ahead whenever a task waits for one.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    speed: u32,
}

impl Default for Clock {
    fn default() -> Self {
        Self::faster(1)
    }
}

impl Clock {
    /// A clock on which `speed` seconds pass in each second; 0 counts as 1.
    pub const fn faster(speed: u32) -> Self {
        Self { speed: if speed == 0 { 1 } else { speed } }
    }

    /// How long `duration` of this clock takes on the wall.
    pub fn on_the_wall(self, duration: Duration) -> Duration {
        duration / self.speed
    }

    /// How long, on this clock, it has been since `instant`.
    pub fn since(self, instant: Instant) -> Duration {
        instant.elapsed().saturating_mul(self.speed)
    }

    /// Waits.
    pub async fn sleep(self, duration: Duration) {
        tokio::time::sleep(self.on_the_wall(duration)).await;
    }

    /// Gives what `future` gives, or nothing if it takes longer than `limit`.
    pub async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        tokio::time::timeout(self.on_the_wall(limit), future).await.ok()
    }
}
