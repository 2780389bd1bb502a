//! BGP4MP: a BGP message or a state change, with the session it belongs to (RFC 6396, section 4.4; RFC 8050).

use crate::bgp::{Afi, AsnWidth};
use crate::{ParseError, Reader};
use core::net::IpAddr;

/// Subtype of a BGP4MP or BGP4MP_ET record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtype(pub u16);

impl Subtype {
    /// Whether the record tells of a change of the session's state.
    pub const fn is_state_change(self) -> bool {
        matches!(self.0, 0 | 5)
    }

    /// Whether the record holds a BGP message.
    pub const fn is_message(self) -> bool {
        matches!(self.0, 1 | 4 | 6..=11)
    }

    /// Width of ASNs in the envelope and in AS_PATH.
    pub const fn asn_width(self) -> AsnWidth {
        match self.0 {
            4 | 5 | 7 | 9 | 11 => AsnWidth::Four,
            _ => AsnWidth::Two,
        }
    }

    /// Whether the collector itself sent the message.
    pub const fn is_local(self) -> bool {
        matches!(self.0, 6 | 7 | 10 | 11)
    }

    /// Whether NLRI carry path identifiers (RFC 8050).
    pub const fn has_path_ids(self) -> bool {
        matches!(self.0, 8..=11)
    }
}

/// The session that a record tells of.
///
/// ```text
/// peer AS (2 or 4) | local AS (2 or 4) | u16 interface | u16 AFI | peer address (4 or 16) | local address (4 or 16)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// ASN of the peer.
    pub peer_asn: u32,
    /// ASN of the collector.
    pub local_asn: u32,
    /// Address of the peer.
    pub peer_ip: IpAddr,
    /// Address of the collector.
    pub local_ip: IpAddr,
}

/// Splits the session off the front of a record's body.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadValue`](crate::Fault::BadValue) for an address family
/// that is neither IPv4 nor IPv6.
#[inline(always)]
pub fn split_session<'a>(
    body: Reader<'a>,
    width: AsnWidth,
) -> Result<(Session, Reader<'a>), ParseError> {
    let mut reader = body;
    let peer_asn = width.read(&mut reader, "peer AS number")?;
    let local_asn = width.read(&mut reader, "local AS number")?;
    reader.u16("interface index")?;
    let afi_offset = reader.offset();
    let (peer_ip, local_ip): (IpAddr, IpAddr) = match Afi(reader.u16("address family")?) {
        Afi::IPV4 => {
            let peer = reader.array::<4>("peer IP address")?;
            (peer.into(), reader.array::<4>("local IP address")?.into())
        }
        Afi::IPV6 => {
            let peer = reader.array::<16>("peer IP address")?;
            (peer.into(), reader.array::<16>("local IP address")?.into())
        }
        _ => return Err(ParseError::bad_value("address family", afi_offset)),
    };
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

/// A change of the session's state: u16 old, u16 new (RFC 6396, section 4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// State of the finite state machine before (RFC 4271, section 8).
    pub old: u16,
    /// State after.
    pub new: u16,
}

/// Parses what follows the session in a state change.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::Leftover`](crate::Fault::Leftover).
pub fn parse_state_change(mut reader: Reader<'_>) -> Result<StateChange, ParseError> {
    let change = StateChange {
        old: reader.u16("old state")?,
        new: reader.u16("new state")?,
    };
    reader.finish("state change")?;
    Ok(change)
}
