//! Names as text: lower-case, `\.` and `\\`, `\DDD` for octets outside of 0x21..0x7E (RFC 1035, section 5.1), no final dot.

use super::Name;
use super::name::Labels;
use crate::{Fault, ParseError};

/// Octets that a name takes as text at most: every octet of it as `\DDD`.
const TEXT_OCTETS_MAX: usize = 1020;
/// Labels of a name at most, without the root's.
const LABELS_MAX: usize = 127;

/// A name as text, with where its labels begin; used again for the next one.
#[derive(Clone, Debug)]
pub struct NameText {
    text: [u8; TEXT_OCTETS_MAX],
    text_octets: u16,
    labels: [u16; LABELS_MAX],
    label_count: u8,
    octets: u16,
    is_mixed_case: bool,
}

impl Default for NameText {
    fn default() -> Self {
        Self {
            text: [0; TEXT_OCTETS_MAX],
            text_octets: 0,
            labels: [0; LABELS_MAX],
            label_count: 0,
            octets: 0,
            is_mixed_case: false,
        }
    }
}

impl NameText {
    /// Lower-case, `\.`, `\\`, `\DDD`, no final dot, `.` for the root; empty if there is no name.
    #[inline]
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.text_octets));
        core::str::from_utf8(text.unwrap_or_default()).unwrap_or_default()
    }

    /// Where each label begins in the text; none for the root.
    #[inline]
    pub fn labels(&self) -> &[u16] {
        self.labels
            .get(..usize::from(self.label_count))
            .unwrap_or_default()
    }

    /// Octets on the wire, uncompressed, with the root label.
    #[inline]
    pub fn octets(&self) -> u16 {
        self.octets
    }

    /// Whether it had capital letters.
    #[inline]
    pub fn is_mixed_case(&self) -> bool {
        self.is_mixed_case
    }

    /// Makes it hold no name.
    #[inline]
    pub fn clear(&mut self) {
        self.text_octets = 0;
        self.label_count = 0;
        self.octets = 0;
        self.is_mixed_case = false;
    }

    /// Writes the name that is all of `octets`, as it stands outside of messages: without compression.
    ///
    /// # Errors
    /// Those of names, and [`Fault::Leftover`] if it ends before; then it holds none.
    pub fn read_alone(&mut self, octets: &[u8]) -> Result<(), ParseError> {
        let end = self.read(octets, 0).inspect_err(|_| self.clear())?;
        if end < octets.len() {
            self.clear();
            return Err(ParseError::new(Fault::Leftover, "name", end));
        }
        Ok(())
    }

    /// Writes the name that begins at `start`, and returns where it ends.
    ///
    /// # Errors
    /// Those of names; then it holds none.
    #[inline]
    pub(super) fn read(&mut self, message: &[u8], start: usize) -> Result<usize, ParseError> {
        self.clear();
        let mut labels = Labels::new(message, start);
        let (mut marks, mut at, mut count) = (Marks::default(), 0_usize, 0_u8);
        while let Some(label) = labels.next()? {
            if let Some(begin) = self.labels.get_mut(usize::from(count)) {
                *begin = at as u16;
            }
            count = count.wrapping_add(1);
            let begin = labels.at().wrapping_sub(label.len());
            marks.add(self.copy_label(message, begin, label.len(), at));
            at = at.wrapping_add(label.len());
            if let Some(place) = self.text.get_mut(at) {
                *place = b'.';
            }
            at = at.wrapping_add(1);
        }
        self.octets = labels.octets() as u16;
        self.label_count = count;
        self.text_octets = at.saturating_sub(1) as u16;
        self.is_mixed_case = marks.upper != 0;
        if count == 0 {
            self.push(b'.');
        }
        if marks.odd != 0 {
            self.write_escaped(Labels::new(message, start));
        }
        Ok(labels.end())
    }

    /// Copies a label in lower case to `at` in the text, and perhaps octets behind it; does not escape.
    #[inline(always)]
    fn copy_label(&mut self, message: &[u8], begin: usize, octets: usize, at: usize) -> Marks {
        let (mut marks, mut done) = (Marks::default(), 0_usize);
        while done < octets {
            let from = message.get(begin.wrapping_add(done)..).unwrap_or_default();
            let left = octets.wrapping_sub(done).min(8);
            let word =
                word_of(from, message) & (u64::MAX >> 64_usize.wrapping_sub(left.wrapping_mul(8)));
            let (lower, found) = lower_case(word, left);
            marks.add(found);
            let to = self
                .text
                .get_mut(at.wrapping_add(done)..)
                .unwrap_or_default();
            if let Some(to) = to.first_chunk_mut::<8>() {
                *to = lower.to_le_bytes();
            }
            done = done.wrapping_add(8);
        }
        marks
    }

    /// Writes a name that has been checked, octet by octet.
    #[cold]
    fn write_escaped(&mut self, mut labels: Labels<'_>) {
        self.text_octets = 0;
        self.label_count = 0;
        while let Ok(Some(label)) = labels.next() {
            if self.label_count > 0 {
                self.push(b'.');
            }
            if let Some(begin) = self.labels.get_mut(usize::from(self.label_count)) {
                *begin = self.text_octets;
            }
            self.label_count = self.label_count.wrapping_add(1);
            for &octet in label {
                self.push_escaped(octet);
            }
        }
    }

    #[inline]
    fn push_escaped(&mut self, octet: u8) {
        match octet {
            b'.' | b'\\' => {
                self.push(b'\\');
                self.push(octet);
            }
            0x21..=0x7E => self.push(octet.to_ascii_lowercase()),
            _ => self.push_decimal(octet),
        }
    }

    fn push_decimal(&mut self, octet: u8) {
        self.push(b'\\');
        for digit in [octet / 100, octet / 10 % 10, octet % 10] {
            self.push(b'0'.wrapping_add(digit));
        }
    }

    #[inline]
    fn push(&mut self, octet: u8) {
        if let Some(place) = self.text.get_mut(usize::from(self.text_octets)) {
            *place = octet;
            self.text_octets = self.text_octets.wrapping_add(1);
        }
    }
}

impl Name<'_> {
    /// Writes it out, instead of what is there.
    #[inline]
    pub fn write_to(&self, text: &mut NameText) {
        // It has been checked.
        let _ = text.read(self.message, self.start);
    }
}

/// What some octets of a name have, as the top bits of the octets in a word.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// Capital letters.
    upper: u64,
    /// Octets that need an escape.
    odd: u64,
}

impl Marks {
    #[inline(always)]
    fn add(&mut self, other: Self) {
        self.upper |= other.upper;
        self.odd |= other.odd;
    }
}

/// The eight octets at the begin of `from`, the end of `message`; if it has fewer, zeros for those behind.
#[inline(always)]
fn word_of(from: &[u8], message: &[u8]) -> u64 {
    if let Some(octets) = from.first_chunk::<8>() {
        return u64::from_le_bytes(*octets);
    }
    let last = message.last_chunk::<8>().copied().unwrap_or_default();
    let missing = 8_usize.saturating_sub(from.len());
    let shift = missing.wrapping_mul(8);
    u64::from_le_bytes(last)
        .checked_shr(shift as u32)
        .unwrap_or_default()
}

/// The top bit of each octet in a word.
const TOP: u64 = 0x8080_8080_8080_8080;

/// The same octet eight times.
#[inline(always)]
const fn all(octet: u8) -> u64 {
    u64::from_le_bytes([octet; 8])
}

/// Eight octets in lower case, and what the first `octets` of them have. All eight are gone through at once: their lower seven
/// bits are added to so that the top bit says which are above a bound, and no octet carries over into the next.
#[inline(always)]
fn lower_case(word: u64, octets: usize) -> (u64, Marks) {
    let low = word & !TOP;
    let above = |bound: u8| low.wrapping_add(all(0x7F_u8.wrapping_sub(bound)));
    let is = |octet: u8| !above_zero(word ^ all(octet));
    let upper = above(b'@') & !above(b'Z') & !word & TOP;
    let odd = (word | !above(b' ') | above(b'~') | is(b'\\') | is(b'.')) & TOP;
    let inside = u64::MAX >> 64_usize.wrapping_sub(octets.wrapping_mul(8));
    let marks = Marks {
        upper: upper & inside,
        odd: odd & inside,
    };
    (word | upper >> 2, marks)
}

/// The top bit of each octet that is not zero; the other bits mean nothing.
#[inline(always)]
const fn above_zero(word: u64) -> u64 {
    (word & !TOP).wrapping_add(all(0x7F)) | word
}
