//! TABLE_DUMP_V2: the peers once, then per prefix the routes of all peers (RFC 6396, section 4.3; RFC 8050).

use crate::bgp::{Afi, AsnWidth, IpPrefix, NlriForm, Safi, split_nlri, split_prefix};
use crate::mrt::SUBTYPE_OFFSET;
use crate::{Fault, ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr};

/// Subtype of a TABLE_DUMP_V2 record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtype(pub u16);

impl Subtype {
    /// PEER_INDEX_TABLE (RFC 6396, section 4.3.1).
    pub const PEER_INDEX_TABLE: Self = Self(1);
    /// GEO_PEER_TABLE (RFC 6397).
    pub const GEO_PEER_TABLE: Self = Self(7);

    /// Address family of a RIB record whose subtype names it (RFC 6396, section 4.3.2; RFC 8050).
    pub const fn family(self) -> Option<(Afi, Safi)> {
        match self.0 {
            2 | 8 => Some((Afi::IPV4, Safi::UNICAST)),
            3 | 9 => Some((Afi::IPV4, Safi::MULTICAST)),
            4 | 10 => Some((Afi::IPV6, Safi::UNICAST)),
            5 | 11 => Some((Afi::IPV6, Safi::MULTICAST)),
            _ => None,
        }
    }

    /// Whether it is a RIB_GENERIC record, which names its family itself (section 4.3.3).
    pub const fn is_generic(self) -> bool {
        matches!(self.0, 6 | 12)
    }

    /// Whether entries carry a path identifier (RFC 8050, section 4).
    pub const fn has_path_ids(self) -> bool {
        matches!(self.0, 8..=12)
    }
}

/// The peers that entries refer to by position.
///
/// ```text
/// u32 collector BGP id | u16 + view name | u16 count | peers
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PeerIndexTable<'a> {
    /// Number of peers that it says it has.
    pub count: u16,
    peers: Reader<'a>,
}

/// One peer: u8 type (bit 0: IPv6, bit 1: AS number has four octets) | u32 BGP id | address | AS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerEntry {
    /// BGP Identifier.
    pub bgp_id: Ipv4Addr,
    /// Address of the session.
    pub ip: IpAddr,
    /// Autonomous system.
    pub asn: u32,
}

/// Parses the head of a PEER_INDEX_TABLE.
///
/// # Errors
/// [`Fault::Truncated`].
pub fn parse_peer_index_table(body: Reader<'_>) -> Result<PeerIndexTable<'_>, ParseError> {
    let mut reader = body;
    reader.u32("collector BGP ID")?;
    let name_octets = reader.u16("view name length")?;
    reader.frame(usize::from(name_octets), "view name")?;
    let count = reader.u16("peer count")?;
    Ok(PeerIndexTable {
        count,
        peers: reader,
    })
}

impl PeerIndexTable<'_> {
    /// Calls `each` with every peer, in order.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there are fewer than the count says,
    /// [`Fault::Leftover`] if there are more.
    pub fn for_each(&self, mut each: impl FnMut(PeerEntry)) -> Result<(), ParseError> {
        let mut reader = self.peers;
        for _ in 0..self.count {
            each(split_peer(&mut reader)?);
        }
        reader.finish("peer entries")
    }
}

fn split_peer(reader: &mut Reader<'_>) -> Result<PeerEntry, ParseError> {
    let peer_type = reader.u8("peer type")?;
    let bgp_id = Ipv4Addr::from(reader.u32("peer BGP ID")?);
    let afi = if peer_type & 0x01 == 0 {
        Afi::IPV4
    } else {
        Afi::IPV6
    };
    let width = if peer_type & 0x02 == 0 {
        AsnWidth::Two
    } else {
        AsnWidth::Four
    };
    let ip = afi.read_address(reader, "peer IP address", 0)?;
    let asn = width.read(reader, "peer AS")?;
    Ok(PeerEntry { bgp_id, ip, asn })
}

/// One destination with the routes of all peers.
///
/// ```text
/// u32 sequence | prefix  (generic: u16 AFI | u8 SAFI | one NLRI) | u16 count | entries
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rib<'a> {
    /// Address Family Identifier.
    pub afi: Afi,
    /// Subsequent Address Family Identifier.
    pub safi: Safi,
    /// Destination.
    pub destination: Destination<'a>,
    /// Number of entries that it says it has.
    pub count: u16,
    /// The entries.
    pub entries: Reader<'a>,
}

/// What the routes of a RIB record lead to.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// A plain prefix.
    Prefix(IpPrefix),
    /// One NLRI of a family whose NLRI hold more than that, not looked into.
    Nlri(Reader<'a>),
}

/// Parses the head of a RIB record.
///
/// # Errors
/// [`Fault::Truncated`]; [`Fault::BadLength`] for a prefix longer
/// than an address; [`Fault::BadValue`] for a subtype that is no RIB;
/// [`Fault::Unsupported`] for a family whose NLRI nobody can say the end of.
#[inline(always)]
pub fn parse_rib(body: Reader<'_>, subtype: Subtype) -> Result<Rib<'_>, ParseError> {
    let mut reader = body;
    reader.u32("sequence number")?;
    let family_offset = reader.offset();
    let (afi, safi) = match subtype.family() {
        Some(family) => family,
        None if subtype.is_generic() => (
            Afi(reader.u16("address family")?),
            Safi(reader.u8("subsequent address family")?),
        ),
        None => return Err(ParseError::bad_value("subtype", SUBTYPE_OFFSET)),
    };
    let destination = match NlriForm::of(afi, safi) {
        NlriForm::Plain => Destination::Prefix(split_prefix(&mut reader, afi)?),
        NlriForm::Unknown => {
            let field = "address family";
            return Err(ParseError::new(Fault::Unsupported, field, family_offset));
        }
        form => Destination::Nlri(split_nlri(&mut reader, form, afi, false)?.octets),
    };
    let count = reader.u16("entry count")?;
    Ok(Rib {
        afi,
        safi,
        destination,
        count,
        entries: reader,
    })
}

/// The route of one peer.
///
/// ```text
/// u16 peer index | u32 originated | [u32 path id] | u16 attribute length | attributes
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RibEntry<'a> {
    /// Position in the PEER_INDEX_TABLE.
    pub peer_index: u16,
    /// When the route was learned, seconds since 1970.
    pub originated_s: u32,
    /// Path identifier (RFC 8050).
    pub path_id: Option<u32>,
    /// Path attributes; ASNs have four octets. The entry ends with them.
    pub attributes: Reader<'a>,
    /// Where the entry begins.
    pub begin: Reader<'a>,
}

/// Splits one entry off the front.
///
/// # Errors
/// [`Fault::Truncated`].
#[inline(always)]
pub fn split_entry<'a>(
    reader: &mut Reader<'a>,
    has_path_id: bool,
) -> Result<RibEntry<'a>, ParseError> {
    let begin = *reader;
    let peer_index = reader.u16("peer index")?;
    let originated_s = reader.u32("originated time")?;
    let path_id = if has_path_id {
        Some(reader.u32("path identifier")?)
    } else {
        None
    };
    let attribute_octets = reader.u16("attribute length")?;
    let attributes = reader.frame(usize::from(attribute_octets), "attributes")?;
    Ok(RibEntry {
        peer_index,
        originated_s,
        path_id,
        attributes,
        begin,
    })
}
