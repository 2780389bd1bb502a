//! Statistics become record batches of `bmp_stats`.
//!
//! A report has some twenty of them. What they share waits, once for all of them, until there are [`STAGE_ROWS`] rows; then
//! one tight loop per column writes it out. What each has of its own is written at once, a column after the other.

use super::reports::{Report, ReportColumns};
use super::statistics::StatisticColumns;
use super::{BmpReport, BmpStat};
use crate::build::{Span, built};
use crate::{BATCH_OCTETS, BATCH_ROWS, Table};
use arrow::array::{ArrayRef, RecordBatch};

/// Rows that wait before they are spread over the columns.
const STAGE_ROWS: usize = 1024;
/// What a row takes besides its octets, roughly.
const ROW_OCTETS: usize = 128;

/// Builder of `bmp_stats`.
#[derive(Debug)]
pub struct BmpStatsBuilder {
    rows: usize,
    octets: usize,
    staged: Vec<Span<Report>>,
    staged_rows: usize,
    reports: ReportColumns,
    statistics: StatisticColumns,
}

impl Default for BmpStatsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl BmpStatsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            rows: 0,
            octets: 0,
            staged: Vec::new(),
            staged_rows: 0,
            reports: ReportColumns::new(),
            statistics: StatisticColumns::new(),
        }
    }

    /// Appends the rows of `report`, and returns what did not fit into [`BATCH_ROWS`] and [`BATCH_OCTETS`]: finish the
    /// batch, then append that.
    #[must_use = "rows that did not fit would be lost"]
    pub fn append<'a>(&mut self, report: &BmpReport<'a>) -> Option<BmpReport<'a>> {
        let (rows, octets) = (report.rows(), report.stats.iter().map(row_octets).sum());
        if self.rows + rows > BATCH_ROWS || self.octets + octets > BATCH_OCTETS {
            return self.append_part(report);
        }
        self.stage(report, octets);
        None
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        self.expand();
        let schema = Table::BmpStats.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        self.reports.finish(&mut arrays);
        self.statistics.finish(&mut arrays);
        (self.rows, self.octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }

    /// A row that is larger than a batch is one by itself.
    #[cold]
    #[inline(never)]
    fn append_part<'a>(&mut self, report: &BmpReport<'a>) -> Option<BmpReport<'a>> {
        let room = BATCH_OCTETS.saturating_sub(self.octets);
        let (mut rows, mut octets) = (0, 0);
        for stat in report
            .stats
            .iter()
            .take(BATCH_ROWS.saturating_sub(self.rows))
        {
            let size = row_octets(stat);
            if octets + size > room && self.rows + rows > 0 {
                break;
            }
            (rows, octets) = (rows + 1, octets + size);
        }
        let (part, rest) = report.split_at(rows);
        self.stage(&part, octets);
        rest
    }

    #[inline]
    fn stage(&mut self, report: &BmpReport<'_>, octets: usize) {
        let rows = report.rows();
        if rows == 0 {
            return;
        }
        self.staged.push(Span {
            rows: rows as u32,
            values: self.reports.of(report),
        });
        self.statistics.push(report.stats);
        self.staged_rows += rows;
        self.rows += rows;
        self.octets += octets;
        if self.staged_rows >= STAGE_ROWS {
            self.expand();
        }
    }

    #[inline(never)]
    fn expand(&mut self) {
        self.reports.push(&self.staged, self.staged_rows);
        self.staged.clear();
        self.staged_rows = 0;
    }
}

/// What a row takes, roughly.
#[inline]
fn row_octets(stat: &BmpStat<'_>) -> usize {
    ROW_OCTETS + stat.value_raw.map_or(0, <[u8]>::len)
}
