//! What a feed is like.

/// MRT counts seconds in 32 bits (RFC 6396, section 2): a year is left before they are used up.
const START_US_MAX: i64 = (u32::MAX as i64 - 366 * 86_400) * 1_000_000;

/// What a feed is like. Equal settings give equal octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Chooses the world and all that happens in it.
    pub seed: u64,
    /// Sessions of the collector, at least one and at most 60,000; every third one runs over IPv6 and carries IPv6 routes.
    pub peers: usize,
    /// IPv4 prefixes in the world, at most 1,000,000.
    pub prefixes_v4: usize,
    /// IPv6 prefixes in the world, at most 1,000,000.
    pub prefixes_v6: usize,
    /// Time of the first record, UTC microseconds since 1970; at most that of a year before MRT's clock ends in 2106.
    pub start_us: i64,
    /// Mean number of records per second of the feed's own time, all sessions together.
    pub updates_per_second: u32,
    /// A session is reset so often, in seconds; 0 for never.
    pub reset_interval_s: u32,
    /// So many of a million updates are damaged on purpose.
    pub damaged_per_million: u32,
}

impl Default for Settings {
    /// Thirty sessions, five thousand IPv4 and two thousand IPv6 prefixes, from 2026-01-01 on, nothing damaged.
    fn default() -> Self {
        Self {
            seed: 1,
            peers: 30,
            prefixes_v4: 5_000,
            prefixes_v6: 2_000,
            start_us: 1_767_225_600_000_000,
            updates_per_second: 1_000,
            reset_interval_s: 60,
            damaged_per_million: 0,
        }
    }
}

impl Settings {
    /// The same with each value inside its range.
    pub(crate) fn clamped(&self) -> Self {
        Self {
            peers: self.peers.clamp(1, 60_000),
            prefixes_v4: self.prefixes_v4.min(1_000_000),
            prefixes_v6: self.prefixes_v6.min(1_000_000),
            start_us: self.start_us.clamp(0, START_US_MAX),
            updates_per_second: self.updates_per_second.max(1),
            ..self.clone()
        }
    }
}
