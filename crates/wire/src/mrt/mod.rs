//! MRT routing information export format (RFC 6396, 8050): frames one record and says what it is.

pub mod bgp4mp;
pub mod early_bgp;
pub mod table_dump;
pub mod table_dump_v2;

mod evidence;
mod frame;

pub use frame::{Frame, SCAN_OCTETS_MAX, split_frame};

use crate::{Fault, ParseError, Reader};

/// Octets of the common header.
pub const HEADER_OCTETS: usize = 12;
/// Where the subtype stands in a record.
pub(crate) const SUBTYPE_OFFSET: usize = 6;
/// Records with a longer body are refused: our limit, the RFC has none.
pub const BODY_OCTETS_MAX: usize = 16 * 1024 * 1024;

/// Type of a record (IANA, MRT Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordType(pub u16);

impl RecordType {
    /// BGP, before there was BGP4MP (appendix B.2.1).
    pub const BGP: Self = Self(5);
    /// TABLE_DUMP (RFC 6396, section 4.2).
    pub const TABLE_DUMP: Self = Self(12);
    /// TABLE_DUMP_V2 (section 4.3).
    pub const TABLE_DUMP_V2: Self = Self(13);
    /// BGP4MP (section 4.4).
    pub const BGP4MP: Self = Self(16);
    /// BGP4MP_ET (section 3).
    pub const BGP4MP_ET: Self = Self(17);

    /// Whether IANA has assigned it; what we do not decode among them is skipped, all else is refused. NULL is not counted:
    /// nobody writes it, and octets of zero are damage.
    pub const fn is_assigned(self) -> bool {
        matches!(self.0, 1..=13 | 16 | 17 | 32 | 33 | 48 | 49)
    }

    /// Whether we know what its body must look like.
    const fn is_decoded(self) -> bool {
        matches!(self.0, 5 | 12 | 13 | 16 | 17)
    }

    /// Whether its body begins with microseconds (section 3).
    const fn has_microseconds(self) -> bool {
        matches!(self.0, 17 | 33 | 49)
    }
}

/// One record, cut by its length.
///
/// ```text
/// u32 seconds | u16 type | u16 subtype | u32 length | [u32 microseconds, in _ET types, counted in length] | body
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Seconds since 1970.
    pub seconds: u32,
    /// What it is.
    pub record_type: RecordType,
    /// What it is, within its type.
    pub subtype: u16,
    /// All of it, with the header.
    pub octets: &'a [u8],
    after_header: Reader<'a>,
}

impl<'a> Record<'a> {
    /// Microseconds within the second, 0 where the type has none, and the body after them.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if an `_ET` record is too short for its microseconds.
    #[inline(always)]
    pub fn body(&self) -> Result<(u32, Reader<'a>), ParseError> {
        let mut body = self.after_header;
        let microseconds = if self.record_type.has_microseconds() {
            body.u32("microseconds")?
        } else {
            0
        };
        Ok((microseconds, body))
    }
}

/// Splits one record off the front of `input` and returns it with the octets after it.
///
/// # Errors
/// [`Fault::Truncated`] if more input could complete the record; [`Fault::OverLimit`] if its length is over
/// [`BODY_OCTETS_MAX`], so that where the next one begins cannot be believed.
#[inline(always)]
pub fn split_record(input: &[u8]) -> Result<(Record<'_>, &[u8]), ParseError> {
    split_record_and(0, input)
}

/// Splits off a record whose body has so many octets more than its length says.
#[inline(always)]
fn split_record_and(more_octets: usize, input: &[u8]) -> Result<(Record<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let seconds = reader.u32("timestamp")?;
    let record_type = RecordType(reader.u16("type")?);
    let subtype = reader.u16("subtype")?;
    let length_offset = reader.offset();
    let body_octets = reader.u32("length")? as usize;
    if body_octets > BODY_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, "length", length_offset));
    }
    let after_header = reader.frame(body_octets.saturating_add(more_octets), "record body")?;
    let octets = input.get(..reader.offset()).unwrap_or(input);
    Ok((
        Record {
            seconds,
            record_type,
            subtype,
            octets,
            after_header,
        },
        reader.rest(),
    ))
}

#[cfg(test)]
mod tests;
