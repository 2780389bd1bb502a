//! Files of captured packets: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), cut into what they hold.
//! Does not look into the packets.
//!
//! Both are written in the byte order of the machine that captured, which their first octets tell.

pub mod pcap;
pub mod pcapng;

use crate::{ParseError, Reader};

/// Longer packets are refused: the limit of libpcap.
pub const PACKET_OCTETS_MAX: usize = 256 * 1024;

/// In which order the octets of a number are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least first.
    Little,
    /// The greatest first.
    Big,
}

impl ByteOrder {
    /// Two octets.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u16(self, reader: &mut Reader<'_>, field: &'static str) -> Result<u16, ParseError> {
        let octets = reader.array(field)?;
        Ok(match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        })
    }

    /// Four octets.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u32(self, reader: &mut Reader<'_>, field: &'static str) -> Result<u32, ParseError> {
        let octets = reader.array(field)?;
        Ok(match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        })
    }

    /// Eight octets.
    ///
    /// # Errors
    /// As [`Reader::array`].
    #[inline]
    pub fn u64(self, reader: &mut Reader<'_>, field: &'static str) -> Result<u64, ParseError> {
        let octets = reader.array(field)?;
        Ok(match self {
            Self::Little => u64::from_le_bytes(octets),
            Self::Big => u64::from_be_bytes(octets),
        })
    }
}

/// What stands in front of the IP header of a packet (<https://www.tcpdump.org/linktypes.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkType(pub u16);

impl LinkType {
    /// Loopback of BSD: the address family in the byte order of the machine.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Nothing: IP.
    pub const RAW: Self = Self(101);
    /// Loopback of OpenBSD: the address family in network order.
    pub const LOOP: Self = Self(108);
    /// Linux, cooked.
    pub const LINUX_SLL: Self = Self(113);
    /// Nothing: IPv4.
    pub const IPV4: Self = Self(228);
    /// Nothing: IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux, cooked, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Captured<'a> {
    /// When, in microseconds since 1970; none if the file does not tell.
    pub at: Option<i64>,
    /// What of the packet was captured.
    pub octets: &'a [u8],
    /// Octets that it had.
    pub original_octets: u32,
}

impl Captured<'_> {
    /// Whether it was captured short.
    #[inline]
    pub fn is_cut(&self) -> bool {
        usize::try_from(self.original_octets).is_ok_and(|octets| octets > self.octets.len())
    }
}

#[cfg(test)]
mod tests;
