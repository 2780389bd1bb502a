//! Messages become record batches of `dns_messages`.
//!
//! A row waits in the stage, its lists copied and its texts turned into keys, until enough wait; then one tight loop
//! per column writes them out. Bitmaps are made when the batch is done.

use super::exchange::{Exchange, ExchangeColumns, policy_octets};
use crate::build::{RowStage, Seen, built};
use crate::dns::{Content, ContentColumns, DnsSeenColumns, content_octets};
use crate::{DnsMessageRow, Table};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// What a row takes besides its texts, lists and octets, roughly.
const ROW_OCTETS: usize = 320;

/// A row that waits.
#[derive(Clone, Copy, Debug, Default)]
struct Staged {
    seen: Seen,
    exchange: Exchange,
    content: Content,
}

/// Builder of `dns_messages`.
#[derive(Debug)]
pub struct DnsMessagesBuilder {
    schema: SchemaRef,
    stage: RowStage<Staged>,
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
            stage: RowStage::new(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            exchange: ExchangeColumns::new(),
            content: ContentColumns::new(),
        }
    }

    /// Appends one row.
    #[inline]
    pub fn append(&mut self, row: &DnsMessageRow<'_>) {
        let values = self.stage.next();
        let present = self
            .seen
            .fill(row.provenance, row.item, row.observed_at, &mut values.seen)
            | self.exchange.fill(row.exchange, &mut values.exchange);
        self.content.fill(row.content, &mut values.content);
        self.octets += ROW_OCTETS + content_octets(row.content) + policy_octets(row.exchange);
        if self.stage.push(present) {
            self.expand();
        }
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.stage.batch_rows()
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        self.expand();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let validities = self.stage.validities();
        self.seen.finish(&validities, &mut arrays);
        arrays.push(self.seen.finish_source());
        self.exchange.finish(&validities, &mut arrays);
        self.content.finish_header(&mut arrays);
        arrays.push(self.exchange.finish_network_error(&validities));
        self.content.finish_message(&mut arrays);
        self.exchange.finish_policy(&validities, &mut arrays);
        self.content.finish_end(true, &mut arrays);
        self.stage.begin_batch();
        self.octets = 0;
        built(RecordBatch::try_new(self.schema.clone(), arrays))
    }

    #[inline(never)]
    fn expand(&mut self) {
        let stage = &self.stage.waiting();
        self.seen.push(stage, |row| &row.seen);
        self.exchange.push(stage, |row| &row.exchange);
        self.content.push(stage, |row| &row.content);
        self.stage.clear();
    }
}
