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

/// Statistics of one Statistics Report, all of them or a part, and what they share. Each is a row.
#[derive(Clone, Copy, Debug)]
pub struct BmpReport<'a> {
    /// The message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the first row within the message and this table; the others count up from it.
    pub item: i32,
    /// When it was seen.
    pub observed_at: ObservedAt,
    /// The router's own time, where it is not `observed_at`.
    pub router_at: Option<i64>,
    /// Whose routes are counted.
    pub peer: &'a Peer<'a>,
    /// Which of the router's tables is counted.
    pub rib_view: RibView,
    /// The statistics, in order.
    pub stats: &'a [BmpStat<'a>],
}

/// One counter or gauge.
#[derive(Clone, Copy, Debug, Default)]
pub struct BmpStat<'a> {
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

impl BmpReport<'_> {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.stats.len()
    }

    /// The first so many rows, and the others if there are any.
    pub fn split_at(&self, rows: usize) -> (Self, Option<Self>) {
        let (stats, rest) = self.stats.split_at(rows.min(self.stats.len()));
        let item = self.item.wrapping_add(stats.len() as i32);
        let rest = (!rest.is_empty()).then_some(Self {
            stats: rest,
            item,
            ..*self
        });
        (Self { stats, ..*self }, rest)
    }
}
