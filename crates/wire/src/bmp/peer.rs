//! Whose message it is (RFC 7854, section 4.2), and what Peer Up and Peer Down add to that (sections 4.9 and 4.10).

use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Octets of the per-peer header.
pub const PEER_HEADER_OCTETS: usize = 42;

/// Type of a peer (IANA, BMP Peer Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerType(pub u8);

impl PeerType {
    /// Global Instance Peer.
    pub const GLOBAL: Self = Self(0);
    /// RD Instance Peer.
    pub const RD: Self = Self(1);
    /// Local Instance Peer.
    pub const LOCAL: Self = Self(2);
    /// Loc-RIB Instance Peer (RFC 9069).
    pub const LOC_RIB: Self = Self(3);

    /// Whether the flags of RFC 7854 and 8671 mean something for it.
    const fn has_session(self) -> bool {
        matches!(self, Self::GLOBAL | Self::RD | Self::LOCAL)
    }
}

const IS_IPV6: u8 = 0x80;
const IS_POST_POLICY: u8 = 0x40;
const HAS_TWO_OCTET_ASNS: u8 = 0x20;
const IS_ADJ_RIB_OUT: u8 = 0x10;

/// The per-peer header.
///
/// ```text
/// u8 type | u8 flags | 8 distinguisher | 16 address, IPv4 in the last 4 | u32 AS | u32 BGP id | u32 seconds | u32 microseconds
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerHeader {
    /// What kind of peer.
    pub peer_type: PeerType,
    flags: u8,
    /// Tells peers of the same address apart: a route distinguisher, or what the router likes; zero for the global table.
    pub distinguisher: [u8; 8],
    /// Address of the peer; of a Loc-RIB as told, which should be zero.
    pub ip: IpAddr,
    /// ASN of the peer; of a Loc-RIB the router's own.
    pub asn: u32,
    /// BGP Identifier of the peer; of a Loc-RIB the router's own.
    pub bgp_id: Ipv4Addr,
    seconds: u32,
    microseconds: u32,
}

impl PeerHeader {
    /// L flag: after policy. Loc-RIBs have none.
    #[inline]
    pub const fn is_post_policy(&self) -> bool {
        self.peer_type.has_session() && self.flags & IS_POST_POLICY != 0
    }

    /// O flag: what is sent to the peer (RFC 8671). Loc-RIBs have none.
    #[inline]
    pub const fn is_adj_rib_out(&self) -> bool {
        self.peer_type.has_session() && self.flags & IS_ADJ_RIB_OUT != 0
    }

    /// A flag: AS_PATH in two-octet form. Never in Loc-RIBs (RFC 9069, section 4.2).
    #[inline]
    pub const fn has_two_octet_asns(&self) -> bool {
        self.peer_type.has_session() && self.flags & HAS_TWO_OCTET_ASNS != 0
    }

    /// The router's time in microseconds since 1970; none if it does not tell.
    #[inline]
    pub const fn at(&self) -> Option<i64> {
        match (self.seconds, self.microseconds) {
            (0, 0) => None,
            (seconds, microseconds) => Some(
                (seconds as i64)
                    .wrapping_mul(1_000_000)
                    .wrapping_add(microseconds as i64),
            ),
        }
    }
}

/// Splits the per-peer header off the front of a message's body.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline(always)]
pub fn split_peer_header<'a>(body: Reader<'a>) -> Result<(PeerHeader, Reader<'a>), ParseError> {
    let mut rest = body;
    let mut reader = rest.frame(PEER_HEADER_OCTETS, "per-peer header")?;
    let peer_type = PeerType(reader.u8("peer type")?);
    let flags = reader.u8("peer flags")?;
    let distinguisher = reader.array("peer distinguisher")?;
    let is_ipv6 = peer_type != PeerType::LOC_RIB && flags & IS_IPV6 != 0;
    let header = PeerHeader {
        peer_type,
        flags,
        distinguisher,
        ip: address(reader.array("peer address")?, is_ipv6),
        asn: reader.u32("peer AS")?,
        bgp_id: Ipv4Addr::from(reader.u32("peer BGP ID")?),
        seconds: reader.u32("timestamp seconds")?,
        microseconds: reader.u32("timestamp microseconds")?,
    };
    Ok((header, rest))
}

/// IPv4 stands in the last four octets behind zeros; what has no such zeros is IPv6 whatever the flag says.
#[inline]
fn address(octets: [u8; 16], is_ipv6: bool) -> IpAddr {
    let [front @ .., a, b, c, d] = octets;
    if is_ipv6 || front != [0; 12] {
        Ipv6Addr::from(octets).into()
    } else {
        Ipv4Addr::new(a, b, c, d).into()
    }
}

/// The two ends of a session, at the front of a Peer Up.
///
/// ```text
/// 16 local address | u16 local port | u16 remote port | OPEN sent | OPEN received | TLVs
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEnds {
    /// The router's address; none if it is zero, as for a Loc-RIB.
    pub local_ip: Option<IpAddr>,
    /// The router's TCP port.
    pub local_port: u16,
    /// The peer's TCP port.
    pub remote_port: u16,
}

/// Splits the ends of a session off what follows the per-peer header of a Peer Up.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
pub fn split_session_ends<'a>(
    header: &PeerHeader,
    body: Reader<'a>,
) -> Result<(SessionEnds, Reader<'a>), ParseError> {
    let mut reader = body;
    let local_ip = address(reader.array("local address")?, header.ip.is_ipv6());
    let ends = SessionEnds {
        local_ip: (!local_ip.is_unspecified()).then_some(local_ip),
        local_port: reader.u16("local port")?,
        remote_port: reader.u16("remote port")?,
    };
    Ok((ends, reader))
}

/// Why a session has ended (IANA, BMP Peer Down Reason Codes): the first octet of what follows the per-peer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerDownReason(pub u8);

impl PeerDownReason {
    /// The router closed it with a NOTIFICATION, which follows.
    pub const LOCAL_NOTIFICATION: Self = Self(1);
    /// The router closed it without; a u16 event of the state machine follows (RFC 4271, section 8.1), or 0.
    pub const LOCAL_NO_NOTIFICATION: Self = Self(2);
    /// The peer closed it with a NOTIFICATION, which follows.
    pub const REMOTE_NOTIFICATION: Self = Self(3);
    /// The peer closed it without.
    pub const REMOTE_NO_NOTIFICATION: Self = Self(4);
    /// The router no longer reports on the peer.
    pub const DECONFIGURED: Self = Self(5);
    /// The router closed it; TLVs follow (RFC 9069, section 5.3).
    pub const LOCAL_TLVS: Self = Self(6);
}
