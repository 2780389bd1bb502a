//! Responses to probes become record batches of `dns_measurements`, by way of a stage as those of `dns_messages`.

use super::DnsMeasurementRow;
use super::measured::{Measured, MeasuredColumns};
use crate::Table;
use crate::build::{RowStage, Seen, built};
use crate::dns::{Content, ContentColumns, DnsSeenColumns, content_octets};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// What a row takes besides its texts, lists and octets, roughly.
const ROW_OCTETS: usize = 384;

/// A row that waits.
#[derive(Clone, Copy, Debug, Default)]
struct Staged {
    seen: Seen,
    measured: Measured,
    content: Content,
}

/// Builder of `dns_measurements`.
#[derive(Debug)]
pub struct DnsMeasurementsBuilder {
    schema: SchemaRef,
    stage: RowStage<Staged>,
    octets: usize,
    seen: DnsSeenColumns,
    measured: MeasuredColumns,
    content: ContentColumns,
}

impl Default for DnsMeasurementsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl DnsMeasurementsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            schema: Table::DnsMeasurements.schema(),
            stage: RowStage::new(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            measured: MeasuredColumns::new(),
            content: ContentColumns::new(),
        }
    }

    /// Appends one row.
    #[inline]
    pub fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        let values = self.stage.next();
        let present = self
            .seen
            .fill(row.provenance, row.item, row.observed_at, &mut values.seen)
            | self.measured.fill(row, &mut values.measured);
        self.content.fill(row.content, &mut values.content);
        self.octets += ROW_OCTETS + content_octets(row.content) + measured_octets(row);
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
        self.measured.finish(&validities, &mut arrays);
        self.content.finish_header(&mut arrays);
        self.content.finish_message(&mut arrays);
        self.content.finish_end(false, &mut arrays);
        self.stage.begin_batch();
        self.octets = 0;
        built(RecordBatch::try_new(self.schema.clone(), arrays))
    }

    #[inline(never)]
    fn expand(&mut self) {
        let stage = &self.stage.waiting();
        self.seen.push(stage, |row| &row.seen);
        self.measured.push(stage, |row| &row.measured);
        self.content.push(stage, |row| &row.content);
        self.stage.clear();
    }
}

/// What the texts and octets of a row take besides the response, roughly.
fn measured_octets(row: &DnsMeasurementRow<'_>) -> usize {
    let text = |text: Option<&str>| text.map_or(0, str::len);
    let query = row.query_raw.map_or(0, <[u8]>::len);
    query
        + [
            row.error_text,
            row.answers_json,
            row.error_kind,
            row.server_name,
            row.server_instance,
            row.msm_name,
            row.firmware,
            row.tls_version,
        ]
        .into_iter()
        .map(text)
        .sum::<usize>()
}
