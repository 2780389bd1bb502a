//! Responses to probes become record batches of `dns_measurements`, by way of a stage as those of `dns_messages`.

use super::DnsMeasurementRow;
use super::measured::{Measured, MeasuredColumns};
use crate::Table;
use crate::build::{RowMarks, Seen, Span, Stage, Validities, built};
use crate::dns::{Content, ContentColumns, DnsSeenColumns, content_octets};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// Rows that wait before they are spread over the columns.
const STAGE_ROWS: usize = 64;
/// What a row takes besides its texts, lists and octets, roughly.
const ROW_OCTETS: usize = 384;

/// A row that waits.
#[derive(Clone, Copy, Debug, Default)]
struct Staged {
    seen: Seen,
    measured: Measured,
    content: Content,
}

/// A row before it is filled.
fn blank() -> Span<Staged> {
    Span {
        rows: 1,
        values: Staged::default(),
    }
}

/// Builder of `dns_measurements`.
#[derive(Debug)]
pub struct DnsMeasurementsBuilder {
    schema: SchemaRef,
    /// Of these the first so many wait; the others are all zeros.
    staged: Box<[Span<Staged>]>,
    staged_rows: usize,
    staged_any: u64,
    marks: RowMarks,
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
            staged: vec![blank(); STAGE_ROWS].into(),
            staged_rows: 0,
            staged_any: 0,
            marks: RowMarks::default(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            measured: MeasuredColumns::new(),
            content: ContentColumns::new(),
        }
    }

    /// Appends one row.
    #[inline]
    pub fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        let values = &mut self.staged[self.staged_rows].values;
        let present = self
            .seen
            .fill(row.provenance, row.item, row.observed_at, &mut values.seen)
            | self.measured.fill(row, &mut values.measured);
        self.content.fill(row.content, &mut values.content);
        self.marks.push(present);
        self.staged_any |= present;
        self.octets += ROW_OCTETS + content_octets(row.content) + measured_octets(row);
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
        self.measured.finish(&validities, &mut arrays);
        self.content.finish_header(&mut arrays);
        self.content.finish_message(&mut arrays);
        self.content.finish_end(false, &mut arrays);
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
        self.measured.push(&stage, |row| &row.measured);
        self.content.push(&stage, |row| &row.content);
        self.staged[..self.staged_rows].fill(blank());
        self.staged_rows = 0;
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
