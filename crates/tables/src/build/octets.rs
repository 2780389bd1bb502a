//! Columns of octets as received.

use super::lists::{Ends, repeat_last};
use super::values::take_vec;
use super::{Repeated, Stage, Validity, built};
use arrow::array::{ArrayRef, BinaryArray};
use arrow::buffer::Buffer;
use std::sync::Arc;

/// A column of octets that is null in most rows.
#[derive(Debug, Default)]
pub(crate) struct Octets {
    octets: Vec<u8>,
    ends: Ends,
    repeated: Repeated<()>,
}

impl Octets {
    /// Copies the value of `rows` rows; the rows themselves follow by [`Octets::push`].
    pub(crate) fn push_copies(&mut self, value: &[u8], rows: usize) -> u32 {
        self.octets.reserve(value.len() * rows);
        self.octets.extend_from_slice(value);
        repeat_last(&mut self.octets, value.len(), rows);
        value.len() as u32
    }

    /// The rows of each span, with the length of their values; 0 for those without the presence bit `bit`.
    #[inline]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, bit: u32, length: impl Fn(&V) -> u32) {
        self.ends.push(stage, bit, length);
    }

    /// One value per row.
    pub(crate) fn extend<'a>(
        &mut self,
        values: impl ExactSizeIterator<Item = Option<&'a [u8]>> + Clone,
    ) {
        for value in values.clone().flatten() {
            self.octets.extend_from_slice(value);
        }
        self.ends
            .extend(values.map(|value| value.map_or(0, <[u8]>::len) as u32));
    }

    /// So many rows without a value.
    pub(crate) fn skip(&mut self, rows: usize) {
        self.ends.skip(rows);
    }

    /// The array of all rows, and the column is empty again.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let rows = self.ends.rows();
        match validity {
            Validity::Empty => {
                self.ends.clear();
                self.repeated
                    .slice((), rows, |rows| Arc::new(BinaryArray::new_null(rows)))
            }
            validity => {
                let offsets = self.ends.take();
                let octets = Buffer::from_vec(take_vec(&mut self.octets));
                Arc::new(built(BinaryArray::try_new(
                    offsets,
                    octets,
                    validity.nulls(rows),
                )))
            }
        }
    }
}
