//! A cursor over octets that knows where it is.

use crate::{Fault, ParseError};

/// Reads big-endian fields off the front of a slice. `Copy`, so a caller may look ahead and come back.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    octets: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Begins at offset 0.
    #[inline]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, offset: 0 }
    }

    /// What has not been read.
    #[inline]
    pub const fn rest(&self) -> &'a [u8] {
        self.octets
    }

    /// Octets not yet read.
    #[inline]
    pub const fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether all has been read.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Offset of the next octet, from where the outermost reader began.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The next `N` octets.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there are fewer.
    #[inline]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ParseError> {
        let Some((head, rest)) = self.octets.split_first_chunk::<N>() else {
            return Err(ParseError::truncated(field, self.offset));
        };
        self.advance(N, rest);
        Ok(*head)
    }

    /// One octet.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    /// Two octets.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, ParseError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Four octets.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Cuts a frame of `octets` off the front; its reader keeps counting from here.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there are fewer.
    #[inline]
    pub fn frame(&mut self, octets: usize, field: &'static str) -> Result<Self, ParseError> {
        let Some((head, rest)) = self.octets.split_at_checked(octets) else {
            return Err(ParseError::truncated(field, self.offset));
        };
        let frame = Self {
            octets: head,
            offset: self.offset,
        };
        self.advance(octets, rest);
        Ok(frame)
    }

    /// Ends the parse of a frame that must have been used up.
    ///
    /// # Errors
    /// [`Fault::Leftover`] if octets are left.
    #[inline]
    pub fn finish(&self, field: &'static str) -> Result<(), ParseError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(ParseError::new(Fault::Leftover, field, self.offset))
        }
    }

    #[inline]
    fn advance(&mut self, octets: usize, rest: &'a [u8]) {
        self.octets = rest;
        self.offset = self.offset.wrapping_add(octets);
    }
}
