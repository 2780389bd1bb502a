//! Rows that come one at a time and wait until one tight loop per column writes them out.

use super::{RowMarks, Span, Stage, Validities};

/// Rows that wait: so many fit into the nearest cache.
const STAGE_ROWS: usize = 64;

/// Rows that wait, and the presence bits of all rows since the last batch.
#[derive(Debug)]
pub(crate) struct RowStage<V> {
    /// Of these the first so many wait; the others are all zeros.
    spans: Box<[Span<V>]>,
    rows: usize,
    any: u64,
    marks: RowMarks,
}

impl<V: Copy + Default> RowStage<V> {
    pub(crate) fn new() -> Self {
        let blank = Span {
            rows: 1,
            values: V::default(),
        };
        Self {
            spans: vec![blank; STAGE_ROWS].into(),
            rows: 0,
            any: 0,
            marks: RowMarks::default(),
        }
    }

    /// The next row, all zeros, to be filled; [`RowStage::push`] follows.
    #[inline]
    pub(crate) fn next(&mut self) -> &mut V {
        &mut self.spans[self.rows].values
    }

    /// Takes the row that was filled, with its presence bits. True: no more rows fit, [`RowStage::clear`] must follow.
    #[inline]
    pub(crate) fn push(&mut self, present: u64) -> bool {
        self.marks.push(present);
        self.any |= present;
        self.rows += 1;
        self.rows == STAGE_ROWS
    }

    /// The rows that wait.
    pub(crate) fn waiting(&self) -> Stage<'_, V> {
        Stage {
            spans: &self.spans[..self.rows],
            rows: self.rows,
            any: self.any,
        }
    }

    /// The rows that waited were written out.
    pub(crate) fn clear(&mut self) {
        for span in &mut self.spans[..self.rows] {
            span.values = V::default();
        }
        (self.rows, self.any) = (0, 0);
    }

    /// Rows since the last batch.
    pub(crate) fn batch_rows(&self) -> usize {
        self.marks.rows()
    }

    /// Which of them have which value. None may wait any more.
    pub(crate) fn validities(&mut self) -> Validities<'_> {
        Validities::of_rows(&mut self.marks)
    }

    /// The batch is done.
    pub(crate) fn begin_batch(&mut self) {
        self.marks.clear();
    }
}
