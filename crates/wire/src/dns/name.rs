//! Domain names (RFC 1035, sections 3.1 and 4.1.4): where they end, whether they are sound, and their labels. Not their text.

use crate::{Fault, ParseError};

/// Octets of a name on the wire at most, with the root label (RFC 1035, section 3.1).
pub(super) const OCTETS_MAX: usize = 255;
/// Pointers that lead from one name to its end at most: no name has more labels that they could stand between.
const POINTERS_MAX: u8 = 127;
/// Below it there is the header, and no name.
const FIRST_OCTET: usize = 12;

/// A name in a message, perhaps compressed. It has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    pub(super) message: &'a [u8],
    pub(super) start: usize,
}

impl<'a> Name<'a> {
    /// Splits a name off: with it comes where it ends.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if the message ends first; [`Fault::BadValue`] for another type of label, or a pointer that does
    /// not go back; [`Fault::OverLimit`] for more than 255 octets or 127 pointers.
    #[inline(always)]
    pub(super) fn split(message: &'a [u8], start: usize) -> Result<(Self, usize), ParseError> {
        let mut labels = Labels::new(message, start);
        while labels.next()?.is_some() {}
        Ok((Self { message, start }, labels.end))
    }

    /// Where its first label stands in the message. Two names that have it in common are equal.
    #[inline]
    pub fn first_label_offset(&self) -> usize {
        let mut labels = self.labels();
        while let Some(&octet @ 0xC0..) = self.message.get(labels.at) {
            if labels.jump(octet).is_err() {
                break;
            }
        }
        labels.at
    }

    #[inline]
    pub(super) fn labels(&self) -> Labels<'a> {
        Labels::new(self.message, self.start)
    }
}

/// Walks along a name, label by label, and checks it.
///
/// A pointer must lead below the begin of the labels that it ends, so that every jump goes down and none can come again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    message: &'a [u8],
    /// Where the next label begins.
    at: usize,
    /// Where the labels begin that stand together with it.
    segment: usize,
    /// Pointers gone along.
    pointers: u8,
    /// Octets of the labels so far, uncompressed, with the root label.
    octets: usize,
    /// Where the name ends: behind the first pointer, or the root label.
    end: usize,
}

impl<'a> Labels<'a> {
    #[inline(always)]
    pub(super) const fn new(message: &'a [u8], start: usize) -> Self {
        Self {
            message,
            at: start,
            segment: start,
            pointers: 0,
            octets: 0,
            end: 0,
        }
    }

    /// The next label; none at the root.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Option<&'a [u8]>, ParseError> {
        loop {
            let Some(&octet) = self.message.get(self.at) else {
                return Err(ParseError::truncated("name", self.at));
            };
            if octet < 64 {
                return self.label(usize::from(octet));
            }
            self.jump(octet)?;
        }
    }

    #[inline(always)]
    fn label(&mut self, octets: usize) -> Result<Option<&'a [u8]>, ParseError> {
        let begin = self.at.wrapping_add(1);
        let end = begin.wrapping_add(octets);
        let Some(label) = self.message.get(begin..end) else {
            return Err(ParseError::truncated("label", self.at));
        };
        self.octets = self.octets.wrapping_add(octets).wrapping_add(1);
        if self.octets > OCTETS_MAX {
            return Err(ParseError::new(Fault::OverLimit, "name", self.at));
        }
        self.at = end;
        if octets > 0 {
            return Ok(Some(label));
        }
        if self.pointers == 0 {
            self.end = end;
        }
        Ok(None)
    }

    /// Goes along the pointer that begins with `octet`.
    #[inline(always)]
    fn jump(&mut self, octet: u8) -> Result<(), ParseError> {
        if octet < 0xC0 {
            return Err(ParseError::bad_value("label type", self.at));
        }
        let Some(&low) = self.message.get(self.at.wrapping_add(1)) else {
            return Err(ParseError::truncated("pointer", self.at));
        };
        let target = usize::from(u16::from_be_bytes([octet & 0x3F, low]));
        if target < FIRST_OCTET || target >= self.segment {
            return Err(ParseError::bad_value("pointer", self.at));
        }
        if self.pointers == POINTERS_MAX {
            return Err(ParseError::new(Fault::OverLimit, "pointers", self.at));
        }
        if self.pointers == 0 {
            self.end = self.at.wrapping_add(2);
        }
        self.pointers = self.pointers.wrapping_add(1);
        (self.at, self.segment) = (target, target);
        Ok(())
    }

    /// Octets of the labels so far, uncompressed; at the root, of the name.
    #[inline(always)]
    pub(super) const fn octets(&self) -> usize {
        self.octets
    }

    /// Where the name ends, once the root has been reached.
    #[inline(always)]
    pub(super) const fn end(&self) -> usize {
        self.end
    }
}
