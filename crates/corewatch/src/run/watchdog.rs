//! Ends the process when a thread no longer turns: a pod that looks ready and consumes nothing is the worst of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::now_us;

/// A thread that has not turned for so long is dead.
const SILENCE_MAX: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(1);

/// When each thread last turned. The control thread comes after the workers.
#[derive(Debug)]
pub struct Watchdog {
    beats_us: Vec<AtomicI64>,
}

impl Watchdog {
    /// Watches so many workers, and the control thread.
    pub fn new(workers: usize) -> Self {
        let now = now_us();
        Self {
            beats_us: (0..=workers).map(|_| AtomicI64::new(now)).collect(),
        }
    }

    /// A thread has turned.
    #[inline]
    pub fn beat(&self, thread: usize) {
        if let Some(beat) = self.beats_us.get(thread) {
            beat.store(now_us(), Ordering::Relaxed);
        }
    }

    /// The control thread has turned.
    pub fn beat_control(&self) {
        self.beat(self.beats_us.len() - 1);
    }

    /// When each thread last turned, UTC microseconds since 1970.
    pub fn beats_us(&self) -> impl Iterator<Item = i64> {
        self.beats_us
            .iter()
            .map(|beat| beat.load(Ordering::Relaxed))
    }

    /// Whether all threads have turned of late.
    pub fn is_live(&self) -> bool {
        let oldest = now_us() - SILENCE_MAX.as_micros() as i64;
        self.beats_us().all(|beat| beat >= oldest)
    }

    /// Starts the thread that ends the process when a thread stops turning. It watches as long as the run lasts: after
    /// it a demo still has its audit before it.
    pub fn start(self: &Arc<Self>) {
        let watched = Arc::downgrade(self);
        std::thread::spawn(move || {
            loop {
                match watched.upgrade() {
                    None => return,
                    Some(watched) if !watched.is_live() => break,
                    Some(_) => std::thread::sleep(INTERVAL),
                }
            }
            tracing::error!(
                "a thread has not turned for {} s: ending the process",
                SILENCE_MAX.as_secs()
            );
            std::process::abort();
        });
    }
}
