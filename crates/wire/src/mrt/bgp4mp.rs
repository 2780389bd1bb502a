//! BGP4MP: a BGP message or a state change, with the session it belongs to (RFC 6396, section 4.4; RFC 8050). Besides,
//! what older writers put there: a route of a table, and records of a session whose addresses are not known.

use crate::bgp::{Afi, AsnWidth, IpPrefix, Message, Safi, split_message, split_prefix};
use crate::{Fault, ParseError, Reader};
use core::net::IpAddr;

/// Subtype of a BGP4MP or BGP4MP_ET record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtype(pub u16);

impl Subtype {
    /// BGP4MP_ENTRY: one route of a table (deprecated by RFC 6396, appendix B.2.6).
    pub const ENTRY: Self = Self(2);
    /// BGP4MP_SNAPSHOT: the name of a file with a table (deprecated likewise).
    pub const SNAPSHOT: Self = Self(3);

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
/// [`Fault::Truncated`]; [`Fault::BadValue`] for an address family
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

/// Octets of a state change without interface, address family and addresses.
const SHORT_STATE_CHANGE_OCTETS: usize = 8;

/// Parses a state change as old Zebra wrote it where there was no connection yet: two ASNs, which are 0, then the states.
/// None if the body is not that short.
#[cold]
pub fn parse_short_state_change(
    body: Reader<'_>,
    width: AsnWidth,
) -> Result<Option<StateChange>, ParseError> {
    if body.len() != SHORT_STATE_CHANGE_OCTETS || width != AsnWidth::Two {
        return Ok(None);
    }
    let mut reader = body;
    reader.u16("peer AS number")?;
    reader.u16("local AS number")?;
    parse_state_change(reader).map(Some)
}

/// Splits off a message that old Zebra wrote where there was no connection yet: two ASNs, then at once the message. None if
/// no message stands there.
#[cold]
pub fn split_short_message(body: Reader<'_>, width: AsnWidth) -> Option<(Message<'_>, Reader<'_>)> {
    let mut reader = body;
    width.read(&mut reader, "peer AS number").ok()?;
    width.read(&mut reader, "local AS number").ok()?;
    split_message(reader).ok()
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
/// [`Fault::Truncated`], [`Fault::Leftover`].
pub fn parse_state_change(mut reader: Reader<'_>) -> Result<StateChange, ParseError> {
    let change = StateChange {
        old: reader.u16("old state")?,
        new: reader.u16("new state")?,
    };
    reader.finish("state change")?;
    Ok(change)
}

/// One route of a table.
///
/// Who has it stands before who gave it: OpenBGPD, the only one known to write these, puts itself first, although RFC 6396,
/// appendix B.2.6.1, has the peer first.
///
/// ```text
/// session, turned round | u16 view | u16 status | u32 originated | u16 AFI | u8 SAFI | u8 + next hop | prefix
/// | u16 attribute length | attributes
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Whose route it is.
    pub session: Session,
    /// When the route was learned, seconds since 1970.
    pub originated_s: u32,
    /// Address Family Identifier.
    pub afi: Afi,
    /// Subsequent Address Family Identifier.
    pub safi: Safi,
    /// Length and next hop, as in an abbreviated MP_REACH_NLRI.
    pub next_hop: Reader<'a>,
    /// Destination.
    pub prefix: IpPrefix,
    /// Path attributes; ASNs have two octets.
    pub attributes: Reader<'a>,
}

/// Parses the body of a BGP4MP_ENTRY.
///
/// # Errors
/// As [`split_session`]; [`Fault::Leftover`]; [`Fault::Unsupported`] for a family whose NLRI are not plain prefixes.
pub fn parse_entry(body: Reader<'_>) -> Result<Entry<'_>, ParseError> {
    let (turned, mut reader) = split_session(body, AsnWidth::Two)?;
    reader.u16("view number")?;
    reader.u16("status")?;
    let originated_s = reader.u32("originated time")?;
    let family_offset = reader.offset();
    let afi = Afi(reader.u16("address family")?);
    let safi = Safi(reader.u8("subsequent address family")?);
    if !safi.is_plain() || !afi.is_ip() {
        let field = "address family";
        return Err(ParseError::new(Fault::Unsupported, field, family_offset));
    }
    let next_hop = split_next_hop(&mut reader)?;
    let prefix = split_prefix(&mut reader, afi)?;
    let attribute_octets = reader.u16("attribute length")?;
    let attributes = reader.frame(usize::from(attribute_octets), "attributes")?;
    reader.finish("record body")?;
    Ok(Entry {
        session: Session {
            peer_asn: turned.local_asn,
            local_asn: turned.peer_asn,
            peer_ip: turned.local_ip,
            local_ip: turned.peer_ip,
        },
        originated_s,
        afi,
        safi,
        next_hop,
        prefix,
        attributes,
    })
}

/// The next hop with its length.
fn split_next_hop<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, ParseError> {
    let mut ahead = *reader;
    let octets = usize::from(ahead.u8("next hop length")?);
    ahead.frame(octets, "next hop")?;
    reader.frame(octets.saturating_add(1), "next hop")
}
