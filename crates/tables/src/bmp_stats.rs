//! Table `bmp_stats`: what routers count about their peers (BMP Statistics Report, RFC 7854, section 4.8).

mod builder;
mod columns;
mod reports;
mod statistics;
#[cfg(test)]
mod tests;

pub use builder::BmpStatsBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{ObservedAt, Peer, Provenance, RibView};

/// One counter or gauge of a Statistics Report.
#[derive(Clone, Copy, Debug)]
pub struct BmpStatRow<'a> {
    /// The message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the message and this table.
    pub item: i32,
    /// When it was seen.
    pub observed_at: ObservedAt,
    /// The router's own time, where it is not `observed_at`.
    pub router_at: Option<i64>,
    /// Whose routes are counted.
    pub peer: &'a Peer<'a>,
    /// Which of the router's tables is counted.
    pub rib_view: RibView,
    /// Stat Type (IANA, BMP Statistics Types).
    pub stat_type: u16,
    /// What it counts, where the type is known.
    pub stat_name: Option<&'static str>,
    /// Family that it counts, where it says.
    pub family: Option<(u16, u8)>,
    /// The number, where the form is known.
    pub value: Option<u64>,
    /// The value as received, where `value` does not tell all of it.
    pub value_raw: Option<&'a [u8]>,
}
