//! Columns of NLRI that hold more than a prefix: Route Distinguisher, labels, octets as received. Few batches have any,
//! so Arrow's own builders fill them, row by row, and each knows its nulls; in all other batches they cost nothing.

use super::{NlriItem, Part, RouteDistinguisher};
use crate::Kind;
use crate::build::Nulls;
use arrow::array::{ArrayRef, BinaryBuilder, Int32Builder, ListBuilder, StringBuilder};
use std::fmt::Write;
use std::sync::Arc;

/// The columns `rd`, `labels` and `nlri_raw`.
#[derive(Debug)]
pub(super) struct ItemColumns {
    /// Rows so far, up to the last that is an item.
    rows: usize,
    rd: StringBuilder,
    /// Mostly the next one is the same.
    last_rd: ([u8; 8], String),
    labels: ListBuilder<Int32Builder>,
    raw: BinaryBuilder,
    no_rd: Nulls,
    no_labels: Nulls,
    no_raw: Nulls,
}

impl ItemColumns {
    pub(super) fn new() -> Self {
        Self {
            rows: 0,
            rd: StringBuilder::new(),
            last_rd: Default::default(),
            labels: ListBuilder::new(Int32Builder::new()).with_field(Kind::Int.element_field()),
            raw: BinaryBuilder::new(),
            no_rd: Nulls::new(Kind::Text),
            no_labels: Nulls::new(Kind::List(&Kind::Int)),
            no_raw: Nulls::new(Kind::Binary),
        }
    }

    /// One row for each item. `rows_before` is the number of rows of the batch so far.
    pub(super) fn push(&mut self, items: &[NlriItem], octets: &[u8], rows_before: usize) {
        self.fill(rows_before);
        for item in items {
            self.push_rd(item.rd);
            self.push_labels(item.labels.map(|labels| labels.of(octets)));
            self.raw.append_option(item.raw.map(|raw| raw.of(octets)));
        }
        self.rows += items.len();
    }

    /// The arrays of so many rows, and the columns are empty again.
    pub(super) fn finish(&mut self, rows: usize) -> [ArrayRef; 3] {
        if self.rows == 0 {
            return [
                self.no_rd.finish(rows),
                self.no_labels.finish(rows),
                self.no_raw.finish(rows),
            ];
        }
        self.fill(rows);
        self.rows = 0;
        [
            Arc::new(self.rd.finish()),
            Arc::new(self.labels.finish()),
            Arc::new(self.raw.finish()),
        ]
    }

    /// Rows that are no items, up to `rows` in all.
    fn fill(&mut self, rows: usize) {
        let missing = rows - self.rows;
        self.rd.append_nulls(missing);
        self.labels.append_nulls(missing);
        self.raw.append_nulls(missing);
        self.rows = rows;
    }

    fn push_rd(&mut self, rd: Option<[u8; 8]>) {
        let Some(rd) = rd else {
            return self.rd.append_null();
        };
        let (last, text) = &mut self.last_rd;
        if *last != rd || text.is_empty() {
            *last = rd;
            text.clear();
            // Writing to a String cannot fail.
            let _ = write!(text, "{}", RouteDistinguisher(rd));
        }
        self.rd.append_value(text);
    }

    fn push_labels(&mut self, octets: Option<&[u8]>) {
        for entry in octets.unwrap_or_default().as_chunks().0 {
            self.labels.values().append_value(label(entry));
        }
        self.labels.append(octets.is_some());
    }
}

/// What an item takes besides the columns that every row has, roughly. `octets` are those that it points into.
pub(super) fn item_octets(item: &NlriItem, octets: &[u8]) -> usize {
    let length = |part: Option<Part>| part.map_or(0, |part| part.of(octets).len());
    let rd = item.rd.map_or(0, |_| RD_TEXT_OCTETS_MAX);
    rd + 2 * length(item.labels) + length(item.raw)
}

/// `255.255.255.255:65535`, the longest Route Distinguisher.
const RD_TEXT_OCTETS_MAX: usize = 21;

/// Label: the upper 20 bits of an entry; then 3 bits that do not matter and one that marks the last (RFC 8277, section
/// 2.2).
fn label([a, b, c]: &[u8; 3]) -> i32 {
    i32::from_be_bytes([0, *a, *b, *c]) >> 4
}
