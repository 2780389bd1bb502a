//! The path attributes of a route: a pure function of who tells it, whose it is and which variant is in force.

use crate::random::mix;
use crate::world::{Peer, World};
use crate::writer::bgp::Attributes;
use std::net::{IpAddr, Ipv4Addr};

/// Which of the possible routes a peer uses. The upper bits choose the path, the lower two what is said about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variant(u8);

impl Variant {
    /// Another path.
    pub(crate) fn with_other_path(self) -> Self {
        Self(self.0.wrapping_add(4))
    }

    /// The same path with other communities or another MED.
    pub(crate) fn with_other_attributes(self) -> Self {
        Self((self.0 & !3) | (self.0.wrapping_add(1) & 3))
    }
}

/// Writes the attributes of the route to `origin` as `peer` tells it.
pub(crate) fn describe(
    world: &World,
    peer: &Peer,
    origin: u32,
    variant: Variant,
    route: &mut Attributes,
) {
    let [of_origin, of_path, of_all] = hashes(world, peer, origin, variant);
    world
        .graph
        .path(peer.node, origin, of_path, &mut route.as_path);
    let origin_asn = world.graph.origin_asn(origin);
    prepend(route, origin_asn, of_origin);
    aggregate(route, origin_asn, of_origin);
    route.origin = origin_code(of_origin);
    route.next_hop = peer.ends.peer_ip;
    route.next_hop_link_local = peer.link_local;
    route.med = peer
        .node
        .is_multiple_of(3)
        .then_some(pick(of_all, 0, 20) as u32 * 10);
    communities(route, of_origin, of_all);
    route.only_to_customer = only_to_customer(route, of_path);
}

/// Attributes to start from; [`describe`] sets all of them.
pub(crate) fn blank() -> Attributes {
    Attributes {
        origin: 0,
        as_path: Vec::new(),
        as_set: Vec::new(),
        next_hop: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        next_hop_link_local: None,
        med: None,
        atomic_aggregate: None,
        aggregator: None,
        communities: Vec::new(),
        large_communities: Vec::new(),
        only_to_customer: None,
    }
}

/// Hashes of the origin alone, of the path, of all.
fn hashes(world: &World, peer: &Peer, origin: u32, variant: Variant) -> [u64; 3] {
    let of = |peer: usize, variant: u8| {
        mix([
            world.seed,
            peer as u64,
            u64::from(origin),
            u64::from(variant),
        ])
    };
    [
        of(usize::MAX, 0),
        of(peer.node, variant.0 | 3),
        of(peer.node, variant.0),
    ]
}

/// A number from 0 to `bound` - 1 out of the 16 bits of a hash from `bit` on.
fn pick(hash: u64, bit: u32, bound: usize) -> usize {
    (((hash >> bit) & 0xffff) as usize * bound) >> 16
}

/// ORIGIN: IGP for most, INCOMPLETE for some, EGP for one of a hundred.
fn origin_code(hash: u64) -> u8 {
    match pick(hash, 8, 100) {
        0..85 => 0,
        85..99 => 2,
        _ => 1,
    }
}

/// One origin of eight makes itself look farther away.
fn prepend(route: &mut Attributes, origin_asn: u32, hash: u64) {
    let times = [0, 0, 0, 0, 0, 0, 0, 2][pick(hash, 0, 8)];
    route.as_path.extend(std::iter::repeat_n(origin_asn, times));
}

/// One origin of 256 is an aggregate made of two others: AS_SET, ATOMIC_AGGREGATE, AGGREGATOR (RFC 4271, section 9.2.2.2);
/// one of 32 only names the router that aggregated its own.
fn aggregate(route: &mut Attributes, origin_asn: u32, hash: u64) {
    let of_two = pick(hash, 24, 256) == 0;
    route.as_set.clear();
    if of_two {
        route.as_set.extend([origin_asn + 1, origin_asn + 2]);
    }
    route.atomic_aggregate = of_two.then_some(&[]);
    let named = of_two || pick(hash, 40, 32) == 0;
    let router = Ipv4Addr::from_bits(0xcb00_7100 + (hash & 0xff) as u32);
    route.aggregator = named.then_some((origin_asn, router));
}

/// Each transit network tells where it learned the route: in a community where its AS number fits (RFC 1997), else in
/// a large one (RFC 8092). Origins tag some routes too.
fn communities(route: &mut Attributes, of_origin: u64, of_all: u64) {
    route.communities.clear();
    route.large_communities.clear();
    let transit = route.as_path.len().saturating_sub(1).min(3);
    for (asn, place) in route.as_path[..transit].iter().zip(0..) {
        let region = 100 + pick(of_all, 16 * place, 40) as u32;
        tag(
            &mut route.communities,
            &mut route.large_communities,
            *asn,
            region,
        );
    }
    let Some(origin_asn) = route.as_path.last().filter(|_| pick(of_origin, 32, 4) == 0) else {
        return;
    };
    tag(
        &mut route.communities,
        &mut route.large_communities,
        *origin_asn,
        3_000,
    );
    route
        .large_communities
        .push([*origin_asn, 1, pick(of_all, 8, 8) as u32]);
}

fn tag(communities: &mut Vec<u32>, large: &mut Vec<[u32; 3]>, asn: u32, value: u32) {
    match u16::try_from(asn) {
        Ok(asn) => communities.push(u32::from(asn) << 16 | value),
        Err(_) => large.push([asn, 0, value]),
    }
}

/// One path of sixteen went down through a network that marks it (RFC 9234, section 5).
fn only_to_customer(route: &Attributes, hash: u64) -> Option<u32> {
    let marks = pick(hash, 12, 16) == 0 && route.as_path.len() > 2;
    route.as_path.get(1).copied().filter(|_| marks)
}
