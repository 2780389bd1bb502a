//! Domain names (RFC 1035, section 3.1), and where a message has them already (section 4.1.4).

use super::put_u16;

/// A pointer has 14 bits.
const POINTER_MAX: usize = 0x3fff;
const POINTER: u16 = 0xc000;

/// A name as labels with their lengths, without the root's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Name(Vec<u8>);

impl Name {
    /// The name that a text of at most 63 octets a label gives; the root for an empty one.
    pub(crate) fn new(text: &str) -> Self {
        let mut octets = Vec::with_capacity(text.len() + 1);
        for label in text.split('.').filter(|label| !label.is_empty()) {
            octets.push(label.len() as u8);
            octets.extend_from_slice(label.as_bytes());
        }
        Self(octets)
    }

    /// Changes letters as `change` says.
    pub(crate) fn map_letters(&self, mut change: impl FnMut(u8) -> u8) -> Self {
        let mut octets = self.0.clone();
        let mut at = 0;
        while let Some(length) = octets.get(at).copied() {
            let end = at + 1 + usize::from(length);
            octets[at + 1..end]
                .iter_mut()
                .for_each(|letter| *letter = change(*letter));
            at = end;
        }
        Self(octets)
    }

    /// Appends it without compression, the root's label included.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
        out.push(0);
    }
}

/// Where names stand in the message that is being written, which begins with its buffer.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(Vec<u8>, u16)>);

impl Names {
    /// Appends a name; the part of it that the message has already is a pointer.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, name: &Name) {
        let mut left = &name.0[..];
        while let Some((length, _)) = left.split_first() {
            if let Some((_, at)) = self.0.iter().find(|(known, _)| known == left) {
                put_u16(out, POINTER | at);
                return;
            }
            if out.len() <= POINTER_MAX {
                self.0.push((left.to_vec(), out.len() as u16));
            }
            let (label, rest) = left.split_at(1 + usize::from(*length));
            out.extend_from_slice(label);
            left = rest;
        }
        out.push(0);
    }
}
