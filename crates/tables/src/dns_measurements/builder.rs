//! Responses to probes become record batches of `dns_measurements`: what the response says as in `dns_messages`, what
//! the probe says of it a value at a time.

use super::DnsMeasurementRow;
use super::measured::MeasuredColumns;
use crate::Table;
use crate::build::{RowMarks, Seen, Span, Stage, built};
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
    content: Content,
}

/// Builder of `dns_measurements`.
#[derive(Debug)]
pub struct DnsMeasurementsBuilder {
    schema: SchemaRef,
    staged: Vec<Span<Staged>>,
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
            staged: Vec::with_capacity(STAGE_ROWS),
            staged_any: 0,
            marks: RowMarks::default(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            measured: MeasuredColumns::new(),
            content: ContentColumns::new(),
        }
    }

    /// Appends one row.
    pub fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        let mut staged = Staged::default();
        let present = (self.seen).fill(row.provenance, row.item, row.observed_at, &mut staged.seen);
        self.content.fill(row.content, &mut staged.content);
        self.staged.push(Span {
            rows: 1,
            values: staged,
        });
        self.measured.append(row);
        self.marks.push(present);
        self.staged_any |= present;
        self.octets += ROW_OCTETS + content_octets(row.content) + measured_octets(row);
        if self.staged.len() >= STAGE_ROWS {
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
        self.measured.finish(&mut arrays);
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
            spans: &self.staged,
            rows: self.staged.len(),
            any: std::mem::take(&mut self.staged_any),
        };
        self.seen.push(&stage, |row| &row.seen);
        self.content.push(&stage, |row| &row.content);
        self.staged.clear();
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
