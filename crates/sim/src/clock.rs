//! The feed's own time. Nobody reads a real clock here.

use crate::random::Random;

/// Time that passes from record to record, in bursts: seven gaps of eight are short, one is long.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    now_ns: i64,
    mean_gap_ns: i64,
}

impl Clock {
    /// Starts at `start_us`, UTC microseconds since 1970.
    pub(crate) fn new(start_us: i64, records_per_second: u32) -> Self {
        Self {
            now_ns: start_us * 1_000,
            mean_gap_ns: 1_000_000_000 / i64::from(records_per_second),
        }
    }

    /// UTC microseconds since 1970.
    pub(crate) fn now_us(&self) -> i64 {
        self.now_ns / 1_000
    }

    /// Lets one gap pass. Short and long gaps together have the mean that was asked for: 7/8 × 1/2 + 1/8 × 9/2 = 1.
    pub(crate) fn pass(&mut self, random: &mut Random) {
        let longest = if random.chance(1, 8) {
            9 * self.mean_gap_ns
        } else {
            self.mean_gap_ns
        };
        self.now_ns += random.below(longest as usize) as i64;
    }

    /// Goes forward to `at_us`, never back.
    pub(crate) fn pass_until(&mut self, at_us: i64) {
        self.now_ns = self.now_ns.max(at_us * 1_000);
    }
}

/// Something that is due again and again.
#[derive(Clone, Debug)]
pub(crate) struct Ticker {
    due_at_us: i64,
    interval_us: i64,
}

impl Ticker {
    /// Due first one interval after `start_us`; never if the interval is 0.
    pub(crate) fn new(start_us: i64, interval_us: i64) -> Self {
        let due_at_us = if interval_us > 0 {
            start_us + interval_us
        } else {
            i64::MAX
        };
        Self {
            due_at_us,
            interval_us,
        }
    }

    /// Whether it is due at `now_us`, once for each interval.
    pub(crate) fn is_due(&mut self, now_us: i64) -> bool {
        let due = now_us >= self.due_at_us;
        if due {
            self.due_at_us += self.interval_us;
        }
        due
    }
}
