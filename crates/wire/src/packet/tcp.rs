//! TCP segments (RFC 9293, section 3.1).

use super::Carried;
use crate::{ParseError, Reader};

/// Octets of a header without options.
const HEADER_OCTETS: usize = 20;

/// Control bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// FIN: the last octet of the sender.
    pub const FIN: u8 = 0x01;
    /// SYN: the sequence number is the one before the first octet.
    pub const SYN: u8 = 0x02;
    /// RST: the connection is gone.
    pub const RST: u8 = 0x04;

    /// Whether one of these is set.
    #[inline]
    pub const fn has(self, flags: u8) -> bool {
        self.0 & flags != 0
    }
}

/// One segment.
#[derive(Clone, Copy, Debug)]
pub struct TcpSegment<'a> {
    /// Port of the sender.
    pub source_port: u16,
    /// Port of the receiver.
    pub destination_port: u16,
    /// Sequence number of the first octet, or of SYN.
    pub sequence: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// What it carries.
    pub carried: Carried<'a>,
}

impl<'a> TcpSegment<'a> {
    /// Reads the segment that an IP packet carries: u16 ports, u32 sequence number, u32 acknowledgement, u4 header length in
    /// 32 bits, u12 control bits, u16 window, u16 checksum, u16 urgent pointer, options.
    ///
    /// # Errors
    /// [`Fault::Truncated`](crate::Fault::Truncated) if the header was not captured whole; [`Fault::BadLength`](crate::Fault::BadLength) for a header length below 20
    /// octets, or above the packet.
    #[inline]
    pub fn parse(packet: &Carried<'a>) -> Result<Self, ParseError> {
        let mut reader: Reader<'a> = packet.octets;
        let source_port = reader.u16("source port")?;
        let destination_port = reader.u16("destination port")?;
        let sequence = reader.u32("sequence number")?;
        reader.u32("acknowledgement number")?;
        let offset = reader.offset();
        let [units, flags, ..] = reader.array::<8>("TCP header")?;
        let header_octets = usize::from(units >> 4).saturating_mul(4);
        let options_octets = header_octets.checked_sub(HEADER_OCTETS);
        let original_octets = packet.original_octets.checked_sub(header_octets);
        let (Some(options_octets), Some(original_octets)) = (options_octets, original_octets)
        else {
            return Err(ParseError::bad_length("TCP header length", offset));
        };
        reader.frame(options_octets, "TCP options")?;
        Ok(Self {
            source_port,
            destination_port,
            sequence,
            flags: TcpFlags(flags),
            carried: Carried {
                octets: reader,
                original_octets,
            },
        })
    }
}
