//! Rejects become record batches of `rejects`.

use super::{REJECT_OCTETS_MAX, RejectRow};
use crate::Table;
use crate::build::{PeerColumns, ProvenanceColumns, TextColumn, built};
use arrow::array::{ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, RecordBatch};
use std::sync::Arc;

/// What a row takes besides its octets, roughly.
const ROW_OCTETS: usize = 128;

/// Builder of `rejects`.
#[derive(Debug)]
pub struct RejectsBuilder {
    rows: usize,
    buffered_octets: usize,
    provenance: ProvenanceColumns,
    peer: PeerColumns,
    reason: TextColumn,
    field: TextColumn,
    disposition: TextColumn,
    error_offset: Int64Builder,
    message_type: Int32Builder,
    octets: BinaryBuilder,
    octets_count: Int64Builder,
}

impl Default for RejectsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl RejectsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            rows: 0,
            buffered_octets: 0,
            provenance: ProvenanceColumns::new(),
            peer: PeerColumns::new(),
            reason: TextColumn::new(),
            field: TextColumn::new(),
            disposition: TextColumn::new(),
            error_offset: Int64Builder::new(),
            message_type: Int32Builder::new(),
            octets: BinaryBuilder::new(),
            octets_count: Int64Builder::new(),
        }
    }

    /// Appends one row; of its octets the first [`REJECT_OCTETS_MAX`].
    pub fn append(&mut self, row: &RejectRow<'_>) {
        let kept = &row.octets[..row.octets.len().min(REJECT_OCTETS_MAX)];
        self.rows += 1;
        self.buffered_octets += ROW_OCTETS + kept.len();
        self.provenance
            .append(row.provenance, row.item, row.observed_at);
        self.peer.append(row.peer);
        self.reason.append(Some(row.reason));
        self.field.append(Some(row.field));
        self.disposition.append(Some(row.disposition.name()));
        self.error_offset
            .append_value(i64::try_from(row.error_offset).unwrap_or(i64::MAX));
        self.message_type
            .append_option(row.message_type.map(i32::from));
        self.octets.append_value(kept);
        self.octets_count.append_value(row.octets_count as i64);
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.buffered_octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        let schema = Table::Rejects.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        self.provenance.finish(&mut arrays);
        self.peer.finish(&mut arrays);
        arrays.extend([
            self.reason.finish(),
            self.field.finish(),
            self.disposition.finish(),
            Arc::new(self.error_offset.finish()),
            Arc::new(self.message_type.finish()),
            Arc::new(self.octets.finish()),
            Arc::new(self.octets_count.finish()),
        ]);
        (self.rows, self.buffered_octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }
}
