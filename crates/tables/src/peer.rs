//! The BGP peer that a row tells of.

use std::net::{IpAddr, Ipv4Addr};

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
