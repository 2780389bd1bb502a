//! Waiting out what passes by itself: a full disk, a locked database, a store that is away. Nothing is dropped
//! meanwhile; only intake waits.

use crate::error::{Result, WriteError};
use std::future::Future;
use std::time::Duration;

const WAIT_MIN: Duration = Duration::from_millis(20);
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Waits longer each time.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: WAIT_MIN }
    }

    /// Passes on a failure that never goes away; else says what happened and waits.
    pub(crate) async fn after(&mut self, error: WriteError) -> Result<()> {
        if !error.is_retryable() {
            return Err(error);
        }
        self.wait(&error).await;
        Ok(())
    }

    /// Says what happened and waits.
    pub(crate) async fn wait(&mut self, error: &WriteError) {
        tracing::warn!(%error, wait_ms = self.next.as_millis() as u64, "trying again");
        tokio::time::sleep(self.next).await;
        self.next = WAIT_MAX.min(self.next * 2);
    }
}

/// Tries until it succeeds or fails for good.
pub(crate) async fn until_done<T, F: Future<Output = Result<T>>>(
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    let mut backoff = Backoff::new();
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => backoff.after(error).await?,
        }
    }
}
