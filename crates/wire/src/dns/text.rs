//! Names as text: lower-case, `\.` and `\\`, `\DDD` for octets outside of 0x21..0x7E (RFC 1035, section 5.1), no final dot.

use super::Name;
use super::name::Labels;
use crate::ParseError;

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
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.text_octets));
        core::str::from_utf8(text.unwrap_or_default()).unwrap_or_default()
    }

    /// Where each label begins in the text; none for the root.
    pub fn labels(&self) -> &[u16] {
        self.labels
            .get(..usize::from(self.label_count))
            .unwrap_or_default()
    }

    /// Octets on the wire, uncompressed, with the root label.
    pub fn octets(&self) -> u16 {
        self.octets
    }

    /// Whether it had capital letters.
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

    /// Writes the name that begins at `start`, and returns where it ends.
    ///
    /// # Errors
    /// As [`Name::split`]; then it holds no name.
    #[inline]
    pub(super) fn read(&mut self, message: &[u8], start: usize) -> Result<usize, ParseError> {
        self.clear();
        let mut labels = Labels::new(message, start);
        loop {
            match labels.next() {
                Ok(Some(label)) => self.push_label(label),
                Ok(None) => break,
                Err(error) => {
                    self.clear();
                    return Err(error);
                }
            }
        }
        self.octets = u16::try_from(labels.octets()).unwrap_or_default();
        if self.label_count == 0 {
            self.push(b'.');
        }
        Ok(labels.end())
    }

    fn push_label(&mut self, label: &[u8]) {
        if self.label_count > 0 {
            self.push(b'.');
        }
        if let Some(begin) = self.labels.get_mut(usize::from(self.label_count)) {
            *begin = self.text_octets;
            self.label_count = self.label_count.wrapping_add(1);
        }
        for &octet in label {
            self.is_mixed_case |= octet.is_ascii_uppercase();
            match octet {
                b'.' | b'\\' => {
                    self.push(b'\\');
                    self.push(octet);
                }
                0x21..=0x7E => self.push(octet.to_ascii_lowercase()),
                _ => self.push_decimal(octet),
            }
        }
    }

    #[cold]
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
