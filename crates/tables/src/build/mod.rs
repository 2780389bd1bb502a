//! What builders are made of: buffers that hold one column until its Arrow array is made. Knows no table.
//!
//! Everything here is safe code. Where Arrow checks what a buffer already guarantees (equal lengths, keys below the
//! number of values), [`built`] says so.

mod dictionary;
mod keys;
mod lists;
mod marks;
mod numbers;
mod octets;
mod prefix_text;
mod row_columns;
mod row_marks;
mod row_stage;
mod span_columns;
mod stage;
mod text_lists;
mod values;

pub(crate) use dictionary::{Addresses, Dictionary, Texts, names};
pub(crate) use keys::{AddressKeys, Keys, TextKeys, dictionary_array};
pub(crate) use lists::{Lists, push_copies, repeat_last};
pub(crate) use marks::{Marks, Validities, Validity};
pub(crate) use numbers::{Flags, Nulls, Numbers};
pub(crate) use octets::{Octets, Text};
pub(crate) use prefix_text::PrefixTexts;
pub(crate) use row_columns::{
    AddressColumn, PeerColumns, ProvenanceColumns, TextColumn, named, numbers,
};
pub(crate) use row_marks::RowMarks;
pub(crate) use row_stage::RowStage;
pub(crate) use span_columns::{Seen, SeenColumns, Source, Teller, TellerColumns, mark};
pub(crate) use stage::{Span, Stage};
pub(crate) use text_lists::TextLists;
pub(crate) use values::take_vec;

use arrow::array::ArrayRef;
use arrow::error::ArrowError;

/// An array of more rows than this is made anew each time, not kept for the next batch.
pub(crate) const CACHED_ROWS_MAX: usize = 16 * 1024;

/// The array or batch that a builder made of its own buffers.
#[allow(
    clippy::expect_used,
    reason = "a builder counts rows and gives out keys itself: Arrow can only refuse what no input can cause"
)]
pub(crate) fn built<T>(result: Result<T, ArrowError>) -> T {
    result.expect("buffers of one builder fit together")
}

/// An array that holds one thing in all its rows, kept from batch to batch and cut to the rows wanted.
#[derive(Debug)]
pub(crate) struct Repeated<K> {
    cached: Option<(K, ArrayRef)>,
}

impl<K> Default for Repeated<K> {
    fn default() -> Self {
        Self { cached: None }
    }
}

impl<K: PartialEq> Repeated<K> {
    /// `rows` rows of `key`; `build` makes an array of as many rows as it is told.
    pub(crate) fn slice(
        &mut self,
        key: K,
        rows: usize,
        build: impl FnOnce(usize) -> ArrayRef,
    ) -> ArrayRef {
        if let Some((cached, array)) = &self.cached
            && *cached == key
            && array.len() >= rows
        {
            return array.slice(0, rows);
        }
        if rows > CACHED_ROWS_MAX {
            return build(rows);
        }
        let array = build(CACHED_ROWS_MAX);
        let slice = array.slice(0, rows);
        self.cached = Some((key, array));
        slice
    }
}
