//! Statistics become record batches of `bmp_stats`.
//!
//! A report has some twenty of them, which differ in little: what they share is kept once for all of them. Rows wait until
//! there are [`STAGE_ROWS`]; then one tight loop per column writes them out.

use super::BmpStatRow;
use super::reports::{Report, ReportColumns};
use super::statistics::{Statistic, StatisticColumns};
use crate::Table;
use crate::build::{Span, built};
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
    reports: Vec<Span<Report>>,
    statistics: Vec<Span<Statistic>>,
    report_columns: ReportColumns,
    statistic_columns: StatisticColumns,
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
            reports: Vec::new(),
            statistics: Vec::new(),
            report_columns: ReportColumns::new(),
            statistic_columns: StatisticColumns::new(),
        }
    }

    /// Appends one row.
    pub fn append(&mut self, row: &BmpStatRow<'_>) {
        self.rows += 1;
        self.octets += ROW_OCTETS + row.value_raw.map_or(0, <[u8]>::len);
        let continues = self.report_columns.continues(row);
        match self.reports.last_mut() {
            Some(last) if continues => last.rows += 1,
            _ => self.reports.push(Span {
                rows: 1,
                values: self.report_columns.of(row),
            }),
        }
        let values = self.statistic_columns.stage(row);
        self.statistics.push(Span { rows: 1, values });
        if self.statistics.len() >= STAGE_ROWS {
            self.expand();
        }
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
        let items = self.statistic_columns.finish_items();
        self.report_columns.finish(items, &mut arrays);
        self.statistic_columns.finish(&mut arrays);
        (self.rows, self.octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }

    #[inline(never)]
    fn expand(&mut self) {
        self.report_columns
            .push(&self.reports, self.statistics.len());
        self.statistic_columns.push(&self.statistics);
        self.reports.clear();
        self.statistics.clear();
    }
}
