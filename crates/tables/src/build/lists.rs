//! List columns. Elements are copied when a run is appended, straight from the octets received into the array's own
//! buffer, once per row; where each list ends is worked out later, many rows at once.

use super::stage::{Stage, WIDTH};
use super::values::take_vec;
use super::{Repeated, Validity, built};
use crate::Kind;
use arrow::array::{ArrayRef, ListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use std::sync::Arc;

/// Appends `rows` copies of the list in `octets`, `OCTETS` for each element, and returns how many elements it has.
#[inline]
pub(crate) fn push_copies<T: Copy, const OCTETS: usize>(
    elements: &mut Vec<T>,
    octets: &[u8],
    rows: usize,
    mut decode: impl FnMut(&[u8; OCTETS]) -> T,
) -> u32 {
    let chunks = octets.as_chunks::<OCTETS>().0;
    let length = chunks.len();
    elements.reserve(length * rows);
    // A copy of what was just written waits for the write; octets decoded again do not.
    let decoded_rows = if rows <= FEW_ROWS { rows } else { 1 };
    for _ in 0..decoded_rows {
        elements.extend(chunks.iter().map(&mut decode));
    }
    if decoded_rows < rows {
        repeat_last(elements, length, rows);
    }
    length as u32
}

/// For so many rows at most, a list is decoded for each.
const FEW_ROWS: usize = 8;

/// Makes `rows` copies of the last `length` elements, doubling what is there.
pub(crate) fn repeat_last<T: Copy>(elements: &mut Vec<T>, length: usize, rows: usize) {
    let start = elements.len() - length;
    let mut copies = 1;
    while copies < rows {
        let more = copies.min(rows - copies);
        elements.extend_from_within(start..start + more * length);
        copies += more;
    }
}

/// Where the lists, or texts, of a column end.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// Empty as long as all lists are; else 0 and the end of each.
    ends: Vec<i32>,
    rows: usize,
    last: i32,
}

impl Ends {
    /// The lists of each span; those without the presence bit `bit` are empty.
    #[inline(never)]
    pub(crate) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        length: impl Fn(&V) -> u32,
    ) {
        if stage.any & bit.into() == 0 {
            return self.skip(stage.rows);
        }
        self.begin();
        self.rows += stage.rows;
        self.ends.resize(self.rows + 1 + WIDTH, 0);
        let start = self.ends.len() - stage.rows - WIDTH;
        self.last = spread_ends(stage, &mut self.ends[start..], self.last, length);
        self.ends.truncate(self.rows + 1);
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The offsets of all rows, to start anew.
    pub(crate) fn take(&mut self) -> OffsetBuffer<i32> {
        let (ends, rows) = (take_vec(&mut self.ends), self.rows);
        self.clear();
        if ends.is_empty() {
            return OffsetBuffer::new_zeroed(rows);
        }
        OffsetBuffer::new(ScalarBuffer::from(ends))
    }

    /// Starts anew; nobody asks for the offsets.
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        (self.rows, self.last) = (0, 0);
    }

    /// Lists of these lengths, one per row.
    pub(crate) fn extend(&mut self, lengths: impl ExactSizeIterator<Item = u32>) {
        self.begin();
        self.rows += lengths.len();
        let mut end = self.last;
        self.ends.extend(lengths.map(|length| {
            end += length as i32;
            end
        }));
        self.last = end;
    }

    fn begin(&mut self) {
        if self.ends.is_empty() {
            self.ends.resize(self.rows + 1, 0);
        }
    }

    /// So many rows whose lists are empty.
    pub(crate) fn skip(&mut self, rows: usize) {
        self.rows += rows;
        if !self.ends.is_empty() {
            self.ends.resize(self.rows + 1, self.last);
        }
    }
}

#[inline]
fn spread_ends<V>(
    stage: &Stage<'_, V>,
    out: &mut [i32],
    mut end: i32,
    length: impl Fn(&V) -> u32,
) -> i32 {
    if stage.spans.len() == stage.rows {
        for (place, span) in out.iter_mut().zip(stage.spans) {
            end += length(&span.values) as i32;
            *place = end;
        }
        return end;
    }
    let mut rest = out;
    for span in stage.spans {
        let (rows, length) = (span.rows as usize, length(&span.values) as i32);
        if let Some(places) = rest.first_chunk_mut::<WIDTH>() {
            let [a, b, c] = [end + length, end + 2 * length, end + 3 * length];
            *places = [a, b, c, c + length];
        }
        if rows > WIDTH {
            for (row, place) in (1..).zip(&mut rest[..rows]) {
                *place = end + row * length;
            }
        }
        end += length * rows as i32;
        rest = &mut rest[rows..];
    }
    end
}

/// A list column without its elements.
#[derive(Debug)]
pub(crate) struct Lists {
    field: FieldRef,
    ends: Ends,
    repeated: Repeated<()>,
}

impl Lists {
    /// A column whose elements are of this kind.
    pub(crate) fn new(element: Kind) -> Self {
        Self {
            field: element.element_field(),
            ends: Ends::default(),
            repeated: Repeated::default(),
        }
    }

    /// The lists of each span; those without the presence bit `bit` are empty.
    #[inline]
    pub(crate) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        length: impl Fn(&V) -> u32,
    ) {
        self.ends.push(stage, bit, length);
    }

    /// The array of all rows, and the column is empty again. `elements` is asked only where there are any lists.
    pub(crate) fn finish(
        &mut self,
        validity: &Validity,
        elements: impl FnOnce() -> ArrayRef,
    ) -> ArrayRef {
        let rows = self.ends.rows();
        let field = Arc::clone(&self.field);
        match validity {
            Validity::Empty => {
                self.ends.clear();
                self.repeated
                    .slice((), rows, |rows| Arc::new(ListArray::new_null(field, rows)))
            }
            validity => {
                let offsets = self.ends.take();
                let lists = ListArray::try_new(field, offsets, elements(), validity.nulls(rows));
                Arc::new(built(lists))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(length: usize, rows: usize) {
        let octets: Vec<u8> = (0..length * 2).map(|octet| octet as u8).collect();
        let list: Vec<u32> = octets
            .chunks(2)
            .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
            .collect();
        let mut elements = vec![7];
        let found = push_copies(&mut elements, &octets, rows, |pair| {
            u32::from(u16::from_be_bytes(*pair))
        });
        assert_eq!(found, length as u32);
        assert_eq!(
            elements,
            [vec![7], list.repeat(rows)].concat(),
            "{length} elements, {rows} rows"
        );
    }

    #[test]
    fn copies_of_any_length_and_number() {
        for length in [0, 1, 7, 8, 9, 40] {
            for rows in [1, 2, 7, 8, 9, 100] {
                check(length, rows);
            }
        }
    }
}
