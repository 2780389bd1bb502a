//! Which rows have which value, for rows that come one at a time: up to 64 bits per row. Bits of 64 rows are turned at
//! once into a word per bit, so that bitmaps are there when the batch is done.

use super::Validity;
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Rows whose bits are turned at once, as many as a word has bits.
const TILE_ROWS: usize = 64;

/// Presence bits of all rows of a batch.
#[derive(Debug)]
pub(crate) struct RowMarks {
    /// Of every 64 rows a word per bit.
    tiles: Vec<[u64; TILE_ROWS]>,
    /// Of the rows since then a word per row.
    begun: [u64; TILE_ROWS],
    rows: usize,
    any: u64,
    lacking: u64,
}

impl Default for RowMarks {
    fn default() -> Self {
        Self {
            tiles: Vec::new(),
            begun: [0; TILE_ROWS],
            rows: 0,
            any: 0,
            lacking: 0,
        }
    }
}

impl RowMarks {
    /// A row that has the values of `bits`.
    #[inline]
    pub(crate) fn push(&mut self, bits: u64) {
        self.begun[self.rows % TILE_ROWS] = bits;
        self.rows += 1;
        self.any |= bits;
        self.lacking |= !bits;
        if self.rows.is_multiple_of(TILE_ROWS) {
            self.turn();
        }
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Starts anew.
    pub(crate) fn clear(&mut self) {
        self.tiles.clear();
        (self.rows, self.any, self.lacking) = (0, 0, 0);
    }

    /// Turns the last rows; there must not be any more.
    pub(super) fn complete(&mut self) {
        let begun = self.rows % TILE_ROWS;
        if begun > 0 && self.tiles.len() * TILE_ROWS < self.rows {
            self.begun[begun..].fill(0);
            self.turn();
        }
    }

    /// The rows that have the value of `bit`.
    pub(super) fn validity(&self, bit: u64) -> Validity {
        if self.any & bit == 0 {
            return Validity::Empty;
        }
        if self.lacking & bit == 0 {
            return Validity::Full;
        }
        let place = bit.trailing_zeros() as usize;
        let words: Vec<u64> = self.tiles.iter().map(|words| words[place]).collect();
        let bits = BooleanBuffer::new(Buffer::from_vec(words), 0, self.rows);
        Validity::Mixed(NullBuffer::new(bits))
    }

    #[inline(never)]
    fn turn(&mut self) {
        transpose(&mut self.begun);
        self.tiles.push(self.begun);
    }
}

/// Bit `column` of word `row` becomes bit `row` of word `column`: halves change places, then their halves, and so on.
fn transpose(words: &mut [u64; TILE_ROWS]) {
    exchange::<32>(words, 0x0000_0000_ffff_ffff);
    exchange::<16>(words, 0x0000_ffff_0000_ffff);
    exchange::<8>(words, 0x00ff_00ff_00ff_00ff);
    exchange::<4>(words, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<2>(words, 0x3333_3333_3333_3333);
    exchange::<1>(words, 0x5555_5555_5555_5555);
}

/// In blocks of twice `SIZE` rows, the upper bits of the first half and the lower bits (`mask`) of the second.
#[inline]
fn exchange<const SIZE: usize>(words: &mut [u64; TILE_ROWS], mask: u64) {
    for block in words.chunks_exact_mut(2 * SIZE) {
        let (first, second) = block.split_at_mut(SIZE);
        for (first, second) in first.iter_mut().zip(second) {
            let differing = (*first >> SIZE ^ *second) & mask;
            *first ^= differing << SIZE;
            *second ^= differing;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;
    use crate::build::Validities;

    fn check(rows: usize) {
        let bits = |row: usize| (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) & !1 | 2;
        let mut marks = RowMarks::default();
        // A second batch must not see the first.
        for _ in 0..2 {
            for row in 0..rows {
                marks.push(bits(row));
            }
            assert_eq!(marks.rows(), rows);
            let validities = Validities::of_rows(&mut marks);
            assert!(matches!(validities.of(1_u64), Validity::Empty));
            assert!(matches!(validities.of(2_u64), Validity::Full));
            for place in 2..64 {
                match validities.of(1_u64 << place) {
                    Validity::Mixed(found) => {
                        let expected = (0..rows).map(|row| bits(row) >> place & 1 == 1);
                        assert!(found.iter().eq(expected), "{rows} rows, bit {place}");
                    }
                    of_all => assert!((0..rows).all(
                        |row| (bits(row) >> place & 1 == 1) == matches!(of_all, Validity::Full)
                    )),
                }
            }
            marks.clear();
        }
    }

    #[test]
    fn every_bit_of_any_number_of_rows() {
        for rows in [1, 2, 63, 64, 65, 128, 1000] {
            check(rows);
        }
    }
}
