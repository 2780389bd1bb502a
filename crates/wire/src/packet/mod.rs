//! Packets: what stands in front of IP, IP itself, and UDP and TCP on it, each cut by its own length, not by how much was
//! captured. Does not put fragments or streams together, and does not check checksums: captures of a sender have none yet.

mod ip;
mod link;
mod tcp;
mod udp;

pub use ip::{Fragment, IpPacket, Protocol, split_extensions};
pub use link::split_link;
pub use tcp::{TcpFlags, TcpSegment};
pub use udp::UdpDatagram;

use crate::{ParseError, Reader};

/// What one layer carries: the octets that were captured, and how many there were.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// What was captured of it.
    pub octets: Reader<'a>,
    /// How long it was.
    pub original_octets: usize,
}

/// Source and destination port, with which both UDP and TCP begin.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if they were not captured.
#[inline]
pub fn ports(carried: &Carried<'_>) -> Result<(u16, u16), ParseError> {
    let mut reader = carried.octets;
    Ok((reader.u16("source port")?, reader.u16("destination port")?))
}

#[cfg(test)]
mod tests;
