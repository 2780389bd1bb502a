//! The BGP peer that a row tells of.

use crate::{Column, Kind};
use std::net::{IpAddr, Ipv4Addr};

/// The columns that tell of a peer.
pub(crate) const COLUMNS: [Column; 4] = [
    Column::optional(
        "peer_ip",
        Kind::Dict,
        "Address of the peer as text. Null if the message does not say.",
    ),
    Column::optional(
        "peer_bgp_id",
        Kind::Dict,
        "BGP Identifier of the peer (RFC 4271, section 4.2), written as an IPv4 address. Null if the format has none.",
    ),
    Column::optional(
        "peer_asn",
        Kind::Long,
        "ASN of the peer. Null if the message does not say.",
    ),
    Column::optional(
        "peer_distinguisher",
        Kind::Dict,
        "Peer distinguisher as text (RFC 7854, section 4.2). Null where there is none.",
    ),
];

/// A BGP peer, seen as an observer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// Address of the session.
    pub ip: IpAddr,
    /// Its autonomous system.
    pub asn: u32,
    /// BGP Identifier (RFC 4271, section 4.2), where the format gives it.
    pub bgp_id: Option<Ipv4Addr>,
    /// Peer distinguisher as text (RFC 7854, section 4.2), where there is one.
    pub distinguisher: Option<&'a str>,
}

/// Which of a router's tables a route was seen in (RFC 7854, 8671, 9069).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RibView {
    /// Adj-RIB-In before policy.
    AdjInPre,
    /// Adj-RIB-In after policy.
    AdjInPost,
    /// Adj-RIB-Out before policy.
    AdjOutPre,
    /// Adj-RIB-Out after policy.
    AdjOutPost,
    /// Loc-RIB.
    LocRib,
    /// Nobody says.
    Unknown,
}

impl RibView {
    /// All, by their number.
    pub(crate) const ALL: [Self; 6] = [
        Self::AdjInPre,
        Self::AdjInPost,
        Self::AdjOutPre,
        Self::AdjOutPost,
        Self::LocRib,
        Self::Unknown,
    ];

    /// As in the column `rib_view`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdjInPre => "adj_in_pre",
            Self::AdjInPost => "adj_in_post",
            Self::AdjOutPre => "adj_out_pre",
            Self::AdjOutPost => "adj_out_post",
            Self::LocRib => "loc_rib",
            Self::Unknown => "unknown",
        }
    }
}
