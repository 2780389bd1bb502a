//! Columns of octets, or of text, that hardly repeats: each value is copied once, into the array's own buffer.

use super::lists::{Ends, repeat_last};
use super::values::take_vec;
use super::{Repeated, Stage, Validity, built};
use arrow::array::{ArrayRef, GenericByteArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{BinaryType, ByteArrayType, Utf8Type};
use std::sync::Arc;

/// A column of octets as received.
pub(crate) type Octets = Copied<false>;
/// A column of text; only text may be pushed to it.
pub(crate) type Text = Copied<true>;

/// A column of text, or else of octets.
#[derive(Debug, Default)]
pub(crate) struct Copied<const IS_TEXT: bool> {
    octets: Vec<u8>,
    ends: Ends,
    repeated: Repeated<()>,
}

impl<const IS_TEXT: bool> Copied<IS_TEXT> {
    /// Copies the value of one row; the row itself follows by [`Copied::push`].
    #[inline]
    pub(crate) fn push_value(&mut self, value: &[u8]) -> u32 {
        self.octets.extend_from_slice(value);
        value.len() as u32
    }

    /// Copies the value of `rows` rows; the rows themselves follow by [`Copied::push`].
    pub(crate) fn push_copies(&mut self, value: &[u8], rows: usize) -> u32 {
        self.octets.reserve(value.len() * rows);
        self.octets.extend_from_slice(value);
        repeat_last(&mut self.octets, value.len(), rows);
        value.len() as u32
    }

    /// The rows of each span, with the length of their values; 0 for those without the presence bit `bit`.
    #[inline]
    pub(crate) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        length: impl Fn(&V) -> u32,
    ) {
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
        if IS_TEXT {
            self.finish_as::<Utf8Type>(validity)
        } else {
            self.finish_as::<BinaryType>(validity)
        }
    }

    fn finish_as<T: ByteArrayType<Offset = i32>>(&mut self, validity: &Validity) -> ArrayRef {
        let rows = self.ends.rows();
        if let Validity::Empty = validity {
            self.ends.clear();
            return self.repeated.slice((), rows, |rows| {
                Arc::new(GenericByteArray::<T>::new_null(rows))
            });
        }
        let octets = Buffer::from_vec(take_vec(&mut self.octets));
        Arc::new(built(GenericByteArray::<T>::try_new(
            self.ends.take(),
            octets,
            validity.nulls(rows),
        )))
    }
}
