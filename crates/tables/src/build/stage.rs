//! Rows that wait to be spread over the columns: many at once, so that each column is one tight loop.

/// Rows that follow each other and share their values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span<V> {
    /// How many.
    pub(crate) rows: u32,
    /// What they share.
    pub(crate) values: V,
}

/// Spans about to be spread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a, V> {
    /// The spans.
    pub(crate) spans: &'a [Span<V>],
    /// Rows of all of them.
    pub(crate) rows: usize,
    /// Presence bits that at least one span has.
    pub(crate) any: u64,
}

/// A span is stored as this many values at once, whatever its rows: most are shorter, and the next one overwrites the
/// surplus. Cheaper than a loop of unknown length.
pub(crate) const WIDTH: usize = 4;

/// Spans of so many rows are long.
const LONG_ROWS: usize = 8;

impl<V> Stage<'_, V> {
    /// Whether spans are mostly so long that each is better written for itself.
    #[inline]
    pub(crate) fn has_long_spans(&self) -> bool {
        self.rows >= self.spans.len() * LONG_ROWS
    }

    /// Whether every span is a row.
    #[inline]
    pub(crate) fn has_single_rows(&self) -> bool {
        self.spans.len() == self.rows
    }

    /// Writes the value of each span once per row. `out` has [`WIDTH`] more places than there are rows.
    #[inline]
    pub(crate) fn spread<T: Copy>(&self, out: &mut [T], value: impl Fn(&V) -> T) {
        let mut rest = out;
        for span in self.spans {
            let (rows, value) = (span.rows as usize, value(&span.values));
            if let Some(places) = rest.first_chunk_mut::<WIDTH>() {
                *places = [value; WIDTH];
            }
            if rows > WIDTH {
                rest[WIDTH..rows].fill(value);
            }
            rest = &mut rest[rows..];
        }
    }

    /// Writes a number for the first row of each span, and one more for each that follows. `out` as in
    /// [`Stage::spread`].
    #[inline]
    pub(crate) fn spread_ascending(&self, out: &mut [i32], first: impl Fn(&V) -> i32) {
        let mut rest = out;
        for span in self.spans {
            let (rows, first) = (span.rows as usize, first(&span.values));
            if let Some(places) = rest.first_chunk_mut::<WIDTH>() {
                *places = [0, 1, 2, 3].map(|row| first.wrapping_add(row));
            }
            if rows > WIDTH {
                for (row, place) in (0..).zip(&mut rest[..rows]) {
                    *place = first.wrapping_add(row);
                }
            }
            rest = &mut rest[rows..];
        }
    }
}
