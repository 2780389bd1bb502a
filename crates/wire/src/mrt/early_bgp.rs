//! BGP: messages and state changes as the first collectors wrote them (type 5; deprecated by RFC 6396, appendix B.2.1).
//!
//! A message stands there without its header of 19 octets; the subtype says what it is. ASNs have two octets, addresses
//! are IPv4.

use crate::bgp::{AsnWidth, MessageType};
use crate::mrt::bgp4mp::{Session, StateChange, parse_state_change};
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr};

/// Octets of the longest body: the session, and the longest message of that time without its header.
pub const BODY_OCTETS_MAX: usize = 12 + 4096 - 19;

/// Subtype of a BGP record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtype(pub u16);

impl Subtype {
    /// A change of the session's state.
    pub const STATE_CHANGE: Self = Self(3);

    /// Type of the message that it holds; none if it holds none.
    pub const fn message_type(self) -> Option<MessageType> {
        match self.0 {
            1 => Some(MessageType::UPDATE),
            5 => Some(MessageType::OPEN),
            6 => Some(MessageType::NOTIFICATION),
            7 => Some(MessageType::KEEPALIVE),
            _ => None,
        }
    }

    /// Whether it has ever had a meaning: NULL, PREF_UPDATE and SYNC are among them.
    pub const fn is_assigned(self) -> bool {
        self.0 <= 7
    }
}

/// Splits the session off the front of a message: u16 AS and IPv4 address of the peer, then of the collector.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline]
pub fn split_session<'a>(body: Reader<'a>) -> Result<(Session, Reader<'a>), ParseError> {
    let mut reader = body;
    let (peer_asn, peer_ip) = split_peer(&mut reader)?;
    let local_asn = AsnWidth::Two.read(&mut reader, "local AS number")?;
    let local_ip = IpAddr::V4(Ipv4Addr::from(reader.array::<4>("local IP address")?));
    Ok((
        Session {
            peer_asn,
            local_asn,
            peer_ip,
            local_ip,
        },
        reader,
    ))
}

/// Parses a state change: u16 AS and IPv4 address of the peer, then the states.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::Leftover`](crate::Fault::Leftover).
pub fn parse_peer_state_change(body: Reader<'_>) -> Result<(u32, IpAddr, StateChange), ParseError> {
    let mut reader = body;
    let (peer_asn, peer_ip) = split_peer(&mut reader)?;
    Ok((peer_asn, peer_ip, parse_state_change(reader)?))
}

#[inline]
fn split_peer(reader: &mut Reader<'_>) -> Result<(u32, IpAddr), ParseError> {
    let asn = AsnWidth::Two.read(reader, "peer AS number")?;
    let ip = reader.array::<4>("peer IP address")?;
    Ok((asn, IpAddr::from(ip)))
}
