//! Protocol Buffers on the wire (<https://protobuf.dev/programming-guides/encoding/>): a cursor over the fields of one
//! message. It knows no schema: who reads matches on whole tags, so a field of another wire type is an unknown one.

use crate::{Fault, ParseError, Reader};

/// Octets of a varint at most.
const VARINT_OCTETS_MAX: usize = 10;

/// Number and wire type of a field: `number << 3 | wire type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub u32);

impl Tag {
    const VARINT: u32 = 0;
    const FIXED64: u32 = 1;
    const OCTETS: u32 = 2;
    const FIXED32: u32 = 5;

    /// A field with a varint.
    pub const fn varint(number: u32) -> Self {
        Self(number << 3 | Self::VARINT)
    }

    /// A field with octets: text, octets, or a message.
    pub const fn octets(number: u32) -> Self {
        Self(number << 3 | Self::OCTETS)
    }

    /// A field with four octets.
    pub const fn fixed32(number: u32) -> Self {
        Self(number << 3 | Self::FIXED32)
    }

    /// Number of the field.
    pub const fn number(self) -> u32 {
        self.0 >> 3
    }
}

/// The fields of one message that are left. Behind a tag its value must be read, or skipped.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    reader: Reader<'a>,
}

impl<'a> Fields<'a> {
    /// The fields of the message that `reader` holds.
    #[inline]
    pub const fn new(reader: Reader<'a>) -> Self {
        Self { reader }
    }

    /// Offset of the next octet, from where the outermost reader began.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.reader.offset()
    }

    /// The tag of the next field; none at the end.
    ///
    /// # Errors
    /// [`Fault::BadValue`] for a field number of 0 or over 2^29 - 1, and those of varints.
    #[inline(always)]
    pub fn next_tag(&mut self) -> Result<Option<Tag>, ParseError> {
        if let [octet @ 8..0x80, ..] = self.reader.rest() {
            let tag = Tag(u32::from(*octet));
            self.reader.u8("tag")?;
            return Ok(Some(tag));
        }
        if self.reader.is_empty() {
            return Ok(None);
        }
        self.long_tag().map(Some)
    }

    #[inline(never)]
    fn long_tag(&mut self) -> Result<Tag, ParseError> {
        let offset = self.reader.offset();
        let tag = self.varint("tag")?;
        match u32::try_from(tag).map(Tag) {
            Ok(tag) if tag.number() > 0 => Ok(tag),
            _ => Err(ParseError::bad_value("tag", offset)),
        }
    }

    /// An integer of up to 64 bits.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if it does not end; [`Fault::OverLimit`] if it does not within ten octets.
    #[inline(always)]
    pub fn varint(&mut self, field: &'static str) -> Result<u64, ParseError> {
        if let [octet @ 0..0x80, ..] = self.reader.rest() {
            let value = u64::from(*octet);
            self.reader.u8(field)?;
            return Ok(value);
        }
        self.long_varint(field)
    }

    #[inline]
    fn long_varint(&mut self, field: &'static str) -> Result<u64, ParseError> {
        let begin = self.reader.offset();
        let mut value = 0_u64;
        for (octet, place) in self.reader.rest().iter().zip(0..VARINT_OCTETS_MAX) {
            // What does not fit into 64 bits is lost, as in every reader.
            let bits = u64::from(octet & 0x7f);
            value |= bits.wrapping_shl((place as u32).wrapping_mul(7));
            if *octet < 0x80 {
                self.reader.frame(place.wrapping_add(1), field)?;
                return Ok(value);
            }
        }
        if self.reader.len() < VARINT_OCTETS_MAX {
            return Err(ParseError::truncated(field, begin));
        }
        Err(ParseError::new(Fault::OverLimit, field, begin))
    }

    /// An integer of which only 32 bits count, be it signed or not.
    ///
    /// # Errors
    /// As [`Fields::varint`].
    #[inline(always)]
    pub fn varint_u32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.varint(field).map(|value| value as u32)
    }

    /// Four octets, the least significant one first.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there are fewer.
    #[inline(always)]
    pub fn fixed32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.reader.array(field).map(u32::from_le_bytes)
    }

    /// Octets behind their length; their reader keeps counting from here.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there are fewer, and those of varints.
    #[inline(always)]
    pub fn octets(&mut self, field: &'static str) -> Result<Reader<'a>, ParseError> {
        let octets = self.varint(field)?;
        let octets = usize::try_from(octets).unwrap_or(usize::MAX);
        self.reader.frame(octets, field)
    }

    /// Passes over the value of a field that nobody reads.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if it does not end; [`Fault::BadValue`] for a group, which nobody sends, and for wire types that
    /// do not exist; those of varints.
    #[inline(never)]
    pub fn skip(&mut self, tag: Tag) -> Result<(), ParseError> {
        const FIELD: &str = "unknown field";
        match tag.0 & 7 {
            Tag::VARINT => self.varint(FIELD).map(drop),
            Tag::FIXED64 => self.reader.array::<8>(FIELD).map(drop),
            Tag::OCTETS => self.octets(FIELD).map(drop),
            Tag::FIXED32 => self.reader.array::<4>(FIELD).map(drop),
            _ => Err(ParseError::bad_value("wire type", self.reader.offset())),
        }
    }
}

#[cfg(test)]
mod tests;
