//! Columns of numbers, timestamps and booleans.

use super::values::{Taken, Values};
use super::{Repeated, Stage, Validities, Validity, built};
use crate::Kind;
use arrow::array::{ArrayRef, BooleanArray, PrimitiveArray, new_null_array};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type};
use std::sync::Arc;

/// A column of numbers or timestamps.
#[derive(Debug)]
pub(crate) struct Numbers<P: ArrowPrimitiveType> {
    data_type: DataType,
    values: Values<P::Native>,
    repeated: Repeated<Option<P::Native>>,
}

impl<P: ArrowPrimitiveType> Numbers<P> {
    /// `kind` tells timestamps from integers.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            data_type: kind.data_type(),
            values: Values::default(),
            repeated: Repeated::default(),
        }
    }

    /// The value of each span, once per row.
    #[inline]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, value: impl Fn(&V) -> P::Native) {
        self.values.push(stage, value);
    }

    /// The same for a column that may be null: `bit` is its presence bit.
    #[inline]
    pub(crate) fn push_optional<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        value: impl Fn(&V) -> P::Native,
    ) {
        if stage.any & bit.into() == 0 {
            return self.values.skip(stage.rows);
        }
        self.values.push(stage, value);
    }

    /// So many rows without a value.
    pub(crate) fn skip(&mut self, rows: usize) {
        self.values.skip(rows);
    }

    /// One value per row.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = P::Native> + Clone) {
        self.values.extend(values);
    }

    /// The array of all rows, and the column is empty again.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let rows = self.values.rows();
        let (values, nulls) = match (self.values.take(), validity) {
            (_, Validity::Empty) => return self.repeat(None, rows),
            (Taken::Constant(value), Validity::Full) => return self.repeat(Some(value), rows),
            (Taken::Constant(value), Validity::Mixed(nulls)) => {
                (vec![value; rows], Some(nulls.clone()))
            }
            (Taken::Varied(values), Validity::Mixed(nulls)) => (values, Some(nulls.clone())),
            (Taken::Varied(values), Validity::Full) => (values, None),
        };
        array::<P>(values, nulls, &self.data_type)
    }

    fn repeat(&mut self, value: Option<P::Native>, rows: usize) -> ArrayRef {
        let data_type = &self.data_type;
        self.repeated.slice(value, rows, |rows| match value {
            Some(value) => array::<P>(vec![value; rows], None, data_type),
            None => Arc::new(PrimitiveArray::<P>::new_null(rows).with_data_type(data_type.clone())),
        })
    }
}

impl Numbers<Int32Type> {
    /// The number of each span for its first row, and one more for each that follows.
    #[inline]
    pub(crate) fn push_ascending<V>(&mut self, stage: &Stage<'_, V>, first: impl Fn(&V) -> i32) {
        self.values.push_ascending(stage, first);
    }
}

fn array<P: ArrowPrimitiveType>(
    values: Vec<P::Native>,
    nulls: Option<NullBuffer>,
    data_type: &DataType,
) -> ArrayRef {
    let array = built(PrimitiveArray::<P>::try_new(
        ScalarBuffer::from(values),
        nulls,
    ));
    Arc::new(array.with_data_type(data_type.clone()))
}

/// A column of booleans; most hold the same in every row.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    repeated: Repeated<bool>,
    unknown: Repeated<()>,
}

impl Flags {
    /// The array of all rows, true where they have `bit`.
    pub(crate) fn finish(&mut self, validities: &Validities<'_>, bit: impl Into<u64>) -> ArrayRef {
        let is_set = match validities.of(bit) {
            Validity::Mixed(bits) => return Arc::new(BooleanArray::new(bits.into_inner(), None)),
            Validity::Full => true,
            Validity::Empty => false,
        };
        self.repeated.slice(is_set, validities.rows(), |rows| {
            let bits = if is_set {
                BooleanBuffer::new_set(rows)
            } else {
                BooleanBuffer::new_unset(rows)
            };
            Arc::new(BooleanArray::new(bits, None))
        })
    }

    /// The same for a column that is null in rows without the bit `known`.
    pub(crate) fn finish_optional(
        &mut self,
        validities: &Validities<'_>,
        bit: u64,
        known: u64,
    ) -> ArrayRef {
        let rows = validities.rows();
        let nulls = match validities.of(known) {
            Validity::Full => return self.finish(validities, bit),
            Validity::Empty => {
                return (self.unknown)
                    .slice((), rows, |rows| Arc::new(BooleanArray::new_null(rows)));
            }
            Validity::Mixed(nulls) => nulls,
        };
        let bits = match validities.of(bit) {
            Validity::Mixed(bits) => bits.into_inner(),
            Validity::Full => BooleanBuffer::new_set(rows),
            Validity::Empty => BooleanBuffer::new_unset(rows),
        };
        Arc::new(BooleanArray::new(bits, Some(nulls)))
    }
}

/// A column that nothing fills yet.
#[derive(Debug)]
pub(crate) struct Nulls {
    data_type: DataType,
    repeated: Repeated<()>,
}

impl Nulls {
    /// A column of nulls of this kind.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            data_type: kind.data_type(),
            repeated: Repeated::default(),
        }
    }

    /// The array of so many rows.
    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        self.repeated
            .slice((), rows, |rows| new_null_array(&self.data_type, rows))
    }
}
