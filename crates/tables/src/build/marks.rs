//! Which rows have which value: one word of bits per span of rows, turned into bitmaps when the batch is done.

use super::RowMarks;
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Presence bits of all rows of a batch.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    spans: Vec<(u32, u32)>,
    rows: usize,
    any: u32,
    lacking: u32,
    differing: u32,
}

/// Which rows of a column hold a value.
#[derive(Clone, Debug)]
pub(crate) enum Validity {
    /// All.
    Full,
    /// None.
    Empty,
    /// Some.
    Mixed(NullBuffer),
}

impl Marks {
    /// The bit whose bitmap other columns share where they are null in the same rows.
    const REFERENCE: u32 = 1;

    /// `rows` rows that have the values of `bits`.
    #[inline]
    pub(crate) fn push(&mut self, bits: u32, rows: u32) {
        self.spans.push((bits, rows));
        self.rows += rows as usize;
        self.any |= bits;
        self.lacking |= !bits;
        self.differing |= bits ^ (bits & Self::REFERENCE).wrapping_neg();
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The bitmap of one bit; none if it is the same in all rows.
    fn bits(&self, bit: u32) -> Option<BooleanBuffer> {
        if self.any & bit == 0 || self.lacking & bit == 0 {
            return None;
        }
        let words = if self.spans.len() == self.rows {
            self.single_words(bit)
        } else {
            self.span_words(bit)
        };
        Some(BooleanBuffer::new(Buffer::from_vec(words), 0, self.rows))
    }

    /// Starts anew.
    pub(crate) fn clear(&mut self) {
        self.spans.clear();
        (self.rows, self.any, self.lacking, self.differing) = (0, 0, 0, 0);
    }

    /// Every span is one row: 64 of them are a word.
    fn single_words(&self, bit: u32) -> Vec<u64> {
        let shift = bit.trailing_zeros();
        let word = |spans: &[(u32, u32)]| {
            spans.iter().rev().fold(0, |word, (bits, _)| {
                word << 1 | u64::from(bits >> shift & 1)
            })
        };
        self.spans.chunks(64).map(word).collect()
    }

    fn span_words(&self, bit: u32) -> Vec<u64> {
        let mut words = Vec::with_capacity(self.rows.div_ceil(64));
        let (mut word, mut used) = (0, 0);
        for &(bits, rows) in &self.spans {
            let ones = u64::from(bits & bit != 0).wrapping_neg();
            let mut rows = rows as usize;
            while used + rows >= 64 {
                words.push(word | ones << used);
                rows -= 64 - used;
                (word, used) = (0, 0);
            }
            word |= (ones & ((1 << rows) - 1)) << used;
            used += rows;
        }
        if used > 0 {
            words.push(word);
        }
        words
    }
}

/// Bitmaps of a finished batch.
pub(crate) struct Validities<'a>(Bitmaps<'a>);

enum Bitmaps<'a> {
    /// Those of spans, with the bitmap of [`Marks::REFERENCE`].
    Spans(&'a Marks, Validity),
    /// Those of single rows.
    Rows(&'a RowMarks),
}

impl<'a> Validities<'a> {
    /// Those of all rows in `marks`.
    pub(crate) fn new(marks: &'a Marks) -> Self {
        Self(Bitmaps::Spans(marks, validity(marks, Marks::REFERENCE)))
    }

    /// Those of rows that came one at a time.
    pub(crate) fn of_rows(marks: &'a mut RowMarks) -> Self {
        marks.complete();
        Self(Bitmaps::Rows(marks))
    }

    /// Rows of the batch.
    pub(crate) fn rows(&self) -> usize {
        match &self.0 {
            Bitmaps::Spans(marks, _) => marks.rows,
            Bitmaps::Rows(marks) => marks.rows(),
        }
    }

    /// The rows that have the value of `bit`.
    pub(crate) fn of(&self, bit: impl Into<u64>) -> Validity {
        let bit = bit.into();
        match &self.0 {
            Bitmaps::Spans(marks, reference) if u64::from(marks.differing) & bit == 0 => {
                reference.clone()
            }
            Bitmaps::Spans(marks, _) => validity(marks, bit as u32),
            Bitmaps::Rows(marks) => marks.validity(bit),
        }
    }
}

fn validity(marks: &Marks, bit: u32) -> Validity {
    match marks.bits(bit) {
        Some(bits) => Validity::Mixed(NullBuffer::new(bits)),
        None if marks.any & bit != 0 => Validity::Full,
        None => Validity::Empty,
    }
}

impl Validity {
    /// The bitmap of `rows` rows, as Arrow wants it.
    pub(crate) fn nulls(&self, rows: usize) -> Option<NullBuffer> {
        match self {
            Self::Full => None,
            Self::Empty => Some(NullBuffer::new_null(rows)),
            Self::Mixed(nulls) => Some(nulls.clone()),
        }
    }
}
