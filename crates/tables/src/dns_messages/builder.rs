//! Messages become record batches of `dns_messages`.
//!
//! A row waits in the stage, its lists copied and its texts turned into keys, until there are [`STAGE_ROWS`]; then one
//! tight loop per column writes them out. Bitmaps are made when the batch is done.

use super::exchange::{Exchange, ExchangeColumns, policy_octets};
use crate::build::{RowMarks, Seen, Span, Stage, Validities, built};
use crate::dns::{Content, ContentColumns, DnsSeenColumns, content_octets};
use crate::{DnsMessageRow, Table};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// Rows that wait before they are spread over the columns: so many fit into the nearest cache.
const STAGE_ROWS: usize = 64;
/// What a row takes besides its texts, lists and octets, roughly.
const ROW_OCTETS: usize = 320;

/// A row that waits.
#[derive(Clone, Copy, Debug, Default)]
struct Staged {
    seen: Seen,
    exchange: Exchange,
    content: Content,
}

/// A row before it is filled.
fn blank() -> Span<Staged> {
    Span {
        rows: 1,
        values: Staged::default(),
    }
}

/// Builder of `dns_messages`.
#[derive(Debug)]
pub struct DnsMessagesBuilder {
    schema: SchemaRef,
    /// Of these the first so many wait; the others are all zeros.
    staged: Box<[Span<Staged>]>,
    staged_rows: usize,
    staged_any: u64,
    marks: RowMarks,
    octets: usize,
    seen: DnsSeenColumns,
    exchange: ExchangeColumns,
    content: ContentColumns,
}

impl Default for DnsMessagesBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl DnsMessagesBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            schema: Table::DnsMessages.schema(),
            staged: vec![blank(); STAGE_ROWS].into(),
            staged_rows: 0,
            staged_any: 0,
            marks: RowMarks::default(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            exchange: ExchangeColumns::new(),
            content: ContentColumns::new(),
        }
    }

    /// Appends one row.
    #[inline]
    pub fn append(&mut self, row: &DnsMessageRow<'_>) {
        let values = &mut self.staged[self.staged_rows].values;
        let present = self
            .seen
            .fill(row.provenance, row.item, row.observed_at, &mut values.seen)
            | self.exchange.fill(row.exchange, &mut values.exchange);
        self.content.fill(row.content, &mut values.content);
        self.marks.push(present);
        self.staged_any |= present;
        self.octets += ROW_OCTETS + content_octets(row.content) + policy_octets(row.exchange);
        self.staged_rows += 1;
        if self.staged_rows >= STAGE_ROWS {
            self.expand();
        }
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.marks.rows()
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        self.expand();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        self.seen.finish(&mut self.marks, &mut arrays);
        arrays.push(self.seen.finish_source());
        let validities = Validities::of_rows(&mut self.marks);
        self.exchange.finish(&validities, &mut arrays);
        self.content.finish_header(&mut arrays);
        arrays.push(self.exchange.finish_network_error(&validities));
        self.content.finish_message(&mut arrays);
        self.exchange.finish_policy(&validities, &mut arrays);
        self.content.finish_end(true, &mut arrays);
        self.marks.clear();
        self.octets = 0;
        built(RecordBatch::try_new(self.schema.clone(), arrays))
    }

    #[inline(never)]
    fn expand(&mut self) {
        let stage = Stage {
            spans: &self.staged[..self.staged_rows],
            rows: self.staged_rows,
            any: std::mem::take(&mut self.staged_any),
        };
        self.seen.push(&stage, |row| &row.seen);
        self.exchange.push(&stage, |row| &row.exchange);
        self.content.push(&stage, |row| &row.content);
        self.staged[..self.staged_rows].fill(blank());
        self.staged_rows = 0;
    }
}
