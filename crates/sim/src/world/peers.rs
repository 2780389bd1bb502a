//! The collector's sessions. Two of three run over IPv4; the third runs over IPv6 with the same AS as the one before it.
//! Addresses are from the ranges for documentation (RFC 5737, 3849) while these last.

use super::graph::Graph;
use super::prefixes::Family;
use crate::writer::bgp::AsWidth;
use crate::writer::mrt::Ends;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// BGP Identifier of the collector.
pub(crate) const COLLECTOR_ID: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const COLLECTOR_IP: [IpAddr; 2] = [
    IpAddr::V4(COLLECTOR_ID),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 1)),
];
const COLLECTOR_ASN: u32 = 64_496;

/// A session with a network that has a full table.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The network, as a node of the graph.
    pub(crate) node: usize,
    pub(crate) ends: Ends,
    pub(crate) bgp_id: Ipv4Addr,
    /// What it carries.
    pub(crate) family: Family,
    /// IPv6 only: it sends a link-local next hop as well.
    pub(crate) link_local: Option<Ipv6Addr>,
}

/// The sessions of the collector.
pub(crate) fn sessions(graph: &Graph, count: usize) -> Vec<Peer> {
    (0..count).map(|number| session(graph, number)).collect()
}

fn session(graph: &Graph, number: usize) -> Peer {
    let family = if number % 3 == 2 {
        Family::V6
    } else {
        Family::V4
    };
    let vantage = number - (number + 1) / 3;
    // 7 and the number of networks have no common divisor: each network comes once before any comes again.
    let node = vantage * 7 % Graph::FULL_TABLE;
    let peer_asn = graph.asn(node);
    let old = number % 5 == 3 && u16::try_from(peer_asn).is_ok();
    let ends = Ends {
        peer_asn,
        peer_ip: peer_ip(family, number as u16),
        local_asn: COLLECTOR_ASN,
        local_ip: COLLECTOR_IP[family as usize],
        width: if old { AsWidth::Two } else { AsWidth::Four },
    };
    let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number as u16);
    Peer {
        node,
        ends,
        bgp_id: Ipv4Addr::from_bits(0xc633_6400 + vantage as u32),
        family,
        link_local: (family == Family::V6 && number.is_multiple_of(2)).then_some(link_local),
    }
}

fn peer_ip(family: Family, number: u16) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(0xc633_6401 + u32::from(number))),
        Family::V6 => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number + 1)),
    }
}
