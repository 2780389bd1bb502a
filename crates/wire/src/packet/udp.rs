//! UDP (RFC 768).

use super::Carried;
use super::ip::shortened;
use crate::{ParseError, Reader};

/// Octets of the header.
const HEADER_OCTETS: usize = 8;

/// One datagram.
#[derive(Clone, Copy, Debug)]
pub struct UdpDatagram<'a> {
    /// Port of the sender.
    pub source_port: u16,
    /// Port of the receiver.
    pub destination_port: u16,
    /// What it carries.
    pub carried: Carried<'a>,
}

impl<'a> UdpDatagram<'a> {
    /// Reads the datagram that an IP packet carries: u16 ports, u16 length with the header, u16 checksum. Octets behind it
    /// are left alone.
    ///
    /// # Errors
    /// [`Fault::Truncated`](crate::Fault::Truncated) if the header was not captured whole; [`Fault::BadLength`](crate::Fault::BadLength) for a length below that of the
    /// header, or above that of the packet.
    #[inline]
    pub fn parse(packet: &Carried<'a>) -> Result<Self, ParseError> {
        let mut reader: Reader<'a> = packet.octets;
        let source_port = reader.u16("source port")?;
        let destination_port = reader.u16("destination port")?;
        let offset = reader.offset();
        let octets = usize::from(reader.u16("UDP length")?);
        reader.u16("UDP checksum")?;
        let carried = octets.checked_sub(HEADER_OCTETS);
        let Some(original_octets) = carried.filter(|_| octets <= packet.original_octets) else {
            return Err(ParseError::bad_length("UDP length", offset));
        };
        Ok(Self {
            source_port,
            destination_port,
            carried: Carried {
                octets: shortened(reader, original_octets),
                original_octets,
            },
        })
    }
}
