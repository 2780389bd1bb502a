//! pcap (draft-ietf-opsawg-pcap): one header for the file, then packet records.

use super::{ByteOrder, Captured, LinkType, PACKET_OCTETS_MAX};
use crate::{Fault, ParseError, Reader};

/// Octets of the file header.
pub const HEADER_OCTETS: usize = 24;
/// Octets in front of each packet.
pub const RECORD_HEADER_OCTETS: usize = 16;

/// The file header (section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Byte order of the file.
    pub order: ByteOrder,
    /// Whether the fractions of seconds are nanoseconds, not microseconds.
    pub has_nanoseconds: bool,
    /// What the packets begin with.
    pub link_type: LinkType,
}

/// Whether octets begin with a magic number of pcap.
#[inline]
pub const fn begins(octets: &[u8]) -> bool {
    match octets.first_chunk() {
        Some(magic) => order_of(*magic).is_some(),
        None => false,
    }
}

/// Byte order, and whether times are in nanoseconds, by the magic number.
const fn order_of(magic: [u8; 4]) -> Option<(ByteOrder, bool)> {
    Some(match magic {
        [0xd4, 0xc3, 0xb2, 0xa1] => (ByteOrder::Little, false),
        [0xa1, 0xb2, 0xc3, 0xd4] => (ByteOrder::Big, false),
        [0x4d, 0x3c, 0xb2, 0xa1] => (ByteOrder::Little, true),
        [0xa1, 0xb2, 0x3c, 0x4d] => (ByteOrder::Big, true),
        _ => return None,
    })
}

impl FileHeader {
    /// Reads the header off the front: u32 magic, u16 major and minor version, eight reserved octets, u32 snap length,
    /// u32 link type, of which the upper half tells of frame check sequences.
    ///
    /// # Errors
    /// [`Fault::BadValue`] for another magic number or major version than 2; [`Fault::Truncated`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let begin = reader.offset();
        let Some((order, has_nanoseconds)) = order_of(reader.array("magic")?) else {
            return Err(ParseError::bad_value("magic", begin));
        };
        let version_offset = reader.offset();
        if order.u16(reader, "major version")? != 2 {
            return Err(ParseError::bad_value("major version", version_offset));
        }
        order.u16(reader, "minor version")?;
        order.u64(reader, "reserved")?;
        order.u32(reader, "snap length")?;
        let [low, high, ..] = order.u32(reader, "link type")?.to_le_bytes();
        Ok(Self {
            order,
            has_nanoseconds,
            link_type: LinkType(u16::from_le_bytes([low, high])),
        })
    }

    /// Splits one packet record off the front (section 5): u32 seconds, u32 fraction, u32 captured and u32 original length,
    /// the packet. After an error the reader stands where it stood.
    ///
    /// # Errors
    /// [`Fault::OverLimit`] for a packet over [`PACKET_OCTETS_MAX`]; [`Fault::Truncated`] if more input could complete it.
    #[inline]
    pub fn split_record<'a>(&self, from: &mut Reader<'a>) -> Result<Captured<'a>, ParseError> {
        let mut reader = *from;
        let seconds = self.order.u32(&mut reader, "seconds")?;
        let fraction = self.order.u32(&mut reader, "fraction of a second")?;
        let length_offset = reader.offset();
        let captured_octets = self.order.u32(&mut reader, "captured length")?;
        let original_octets = self.order.u32(&mut reader, "original length")?;
        let octets = usize::try_from(captured_octets).unwrap_or(usize::MAX);
        if octets > PACKET_OCTETS_MAX {
            let fault = Fault::OverLimit;
            return Err(ParseError::new(fault, "captured length", length_offset));
        }
        let octets = reader.frame(octets, "packet")?.rest();
        *from = reader;
        let fraction_us = if self.has_nanoseconds {
            fraction / 1000
        } else {
            fraction
        };
        let seconds_us = i64::from(seconds).saturating_mul(1_000_000);
        Ok(Captured {
            at: Some(seconds_us.saturating_add(fraction_us.into())),
            octets,
            original_octets,
        })
    }
}
