//! Statistics become record batches of `bmp_stats`.

use super::BmpStatRow;
use crate::build::{PeerColumns, ProvenanceColumns, TextColumn, built, numbers};
use crate::{Kind, Table};
use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, RecordBatch, TimestampMicrosecondBuilder,
};
use std::sync::Arc;

/// What a row takes besides its octets, roughly.
const ROW_OCTETS: usize = 128;

/// Builder of `bmp_stats`.
#[derive(Debug)]
pub struct BmpStatsBuilder {
    rows: usize,
    octets: usize,
    provenance: ProvenanceColumns,
    router_at: TimestampMicrosecondBuilder,
    peer: PeerColumns,
    rib_view: TextColumn,
    stat_type: Int32Builder,
    stat_name: TextColumn,
    afi: Int32Builder,
    safi: Int32Builder,
    value: Int64Builder,
    value_raw: BinaryBuilder,
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
            provenance: ProvenanceColumns::new(),
            router_at: numbers(Kind::Timestamp),
            peer: PeerColumns::new(),
            rib_view: TextColumn::new(),
            stat_type: Int32Builder::new(),
            stat_name: TextColumn::new(),
            afi: Int32Builder::new(),
            safi: Int32Builder::new(),
            value: Int64Builder::new(),
            value_raw: BinaryBuilder::new(),
        }
    }

    /// Appends one row.
    pub fn append(&mut self, row: &BmpStatRow<'_>) {
        self.rows += 1;
        self.octets += ROW_OCTETS + row.value_raw.map_or(0, <[u8]>::len);
        self.provenance
            .append(row.provenance, row.item, row.observed_at);
        self.router_at.append_option(row.router_at);
        self.peer.append(Some(row.peer));
        self.rib_view.append(Some(row.rib_view.name()));
        self.stat_type.append_value(i32::from(row.stat_type));
        self.stat_name.append(row.stat_name);
        let (afi, safi) = row.family.unzip();
        self.afi.append_option(afi.map(i32::from));
        self.safi.append_option(safi.map(i32::from));
        self.value
            .append_option(row.value.and_then(|value| i64::try_from(value).ok()));
        self.value_raw.append_option(row.value_raw);
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
        let schema = Table::BmpStats.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        self.provenance.finish(&mut arrays);
        arrays.push(Arc::new(self.router_at.finish()));
        self.peer.finish(&mut arrays);
        arrays.extend([
            self.rib_view.finish(),
            Arc::new(self.stat_type.finish()),
            self.stat_name.finish(),
            Arc::new(self.afi.finish()),
            Arc::new(self.safi.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.value_raw.finish()),
        ]);
        (self.rows, self.octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }
}
