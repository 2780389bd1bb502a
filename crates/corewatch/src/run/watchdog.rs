//! Ends the process when a thread no longer turns: a pod that looks ready and consumes nothing is the worst of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::now_us;

/// The watchdog looks so often.
const INTERVAL: Duration = Duration::from_secs(1);
/// A thread that has not turned between so many looks is dead. Looks are counted, not time: a clock that is set, or a process
/// that was frozen as a whole, is no dead thread.
const SILENT_LOOKS_MAX: u64 = 60;

/// When each thread last turned. The control thread comes after the workers.
#[derive(Debug)]
pub struct Watchdog {
    beats_us: Vec<AtomicI64>,
    /// Looks since the most silent thread has turned.
    silent_looks: AtomicU64,
}

impl Watchdog {
    /// Watches so many workers, and the control thread.
    pub fn new(workers: usize) -> Self {
        let now = now_us();
        Self {
            beats_us: (0..=workers).map(|_| AtomicI64::new(now)).collect(),
            silent_looks: AtomicU64::new(0),
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
        self.silent_looks.load(Ordering::Relaxed) < SILENT_LOOKS_MAX
    }

    /// Starts the thread that ends the process when a thread stops turning. It watches as long as the run lasts: after
    /// it a demo still has its audit before it.
    pub fn start(self: &Arc<Self>) {
        let watched = Arc::downgrade(self);
        std::thread::spawn(move || {
            let mut looks = Looks::default();
            while let Some(watched) = watched.upgrade() {
                watched
                    .silent_looks
                    .store(looks.look(watched.beats_us()), Ordering::Relaxed);
                if !watched.is_live() {
                    tracing::error!("a thread does not turn any more: ending the process");
                    std::process::abort();
                }
                drop(watched);
                std::thread::sleep(INTERVAL);
            }
        });
    }
}

/// What the watchdog saw last of each thread, and for how many looks it has seen nothing else.
#[derive(Default)]
struct Looks {
    threads: Vec<(i64, u64)>,
}

impl Looks {
    /// Looks at all threads; gives the looks since the most silent one has turned.
    fn look(&mut self, beats_us: impl Iterator<Item = i64>) -> u64 {
        for (thread, beat) in beats_us.enumerate() {
            match self.threads.get_mut(thread) {
                Some((seen, looks)) if *seen == beat => *looks += 1,
                Some(seen) => *seen = (beat, 0),
                None => self.threads.push((beat, 0)),
            }
        }
        self.threads
            .iter()
            .map(|(_, looks)| *looks)
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Looks;

    #[test]
    fn the_most_silent_thread_counts() {
        let mut looks = Looks::default();
        assert_eq!(looks.look([1, 1].into_iter()), 0);
        assert_eq!(looks.look([2, 1].into_iter()), 1);
        assert_eq!(looks.look([3, 1].into_iter()), 2);
        // The clock was set back: that thread has turned all the same.
        assert_eq!(looks.look([3, 0].into_iter()), 1);
        assert_eq!(looks.look([4, 5].into_iter()), 0);
    }
}
