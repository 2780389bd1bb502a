//! BGP messages (RFC 4271), multiprotocol NLRI (RFC 4760), four-octet AS numbers (RFC 6793), communities (RFC 1997,
//! 8092) and OTC (RFC 9234). Attributes are written in the order of their codes.

use super::octets::{patch_u16, put_address, put_u16, put_u32, with_length_u16};
use crate::world::{Family, Prefix};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Length of a message's header in octets (RFC 4271, section 4.1).
pub(crate) const HEADER_OCTETS: usize = 19;

/// Stands for an AS number that does not fit into two octets (RFC 6793, section 4.2.2).
const AS_TRANS: u16 = 23_456;
const SAFI_UNICAST: u8 = 1;

const OPEN: u8 = 1;
const UPDATE: u8 = 2;
const NOTIFICATION: u8 = 3;
const KEEPALIVE: u8 = 4;

const OPTIONAL: u8 = 0x80;
const TRANSITIVE: u8 = 0x40;
const EXTENDED_LENGTH: u8 = 0x10;

/// How wide AS numbers are in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsWidth {
    /// Two octets: the session was set up without the capability of RFC 6793.
    Two,
    /// Four octets.
    Four,
}

impl AsWidth {
    fn octets(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Appends an AS number, or AS_TRANS where it does not fit.
    pub(crate) fn put(self, out: &mut Vec<u8>, asn: u32) {
        match self {
            Self::Two => put_u16(out, u16::try_from(asn).unwrap_or(AS_TRANS)),
            Self::Four => put_u32(out, asn),
        }
    }
}

/// The path attributes of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// 0 IGP, 1 EGP, 2 INCOMPLETE.
    pub(crate) origin: u8,
    /// One AS_SEQUENCE.
    pub(crate) as_path: Vec<u32>,
    /// An AS_SET after it; none if empty.
    pub(crate) as_set: Vec<u32>,
    pub(crate) next_hop: IpAddr,
    pub(crate) next_hop_link_local: Option<Ipv6Addr>,
    pub(crate) med: Option<u32>,
    /// Its value, which is empty unless damaged on purpose.
    pub(crate) atomic_aggregate: Option<&'static [u8]>,
    pub(crate) aggregator: Option<(u32, Ipv4Addr)>,
    pub(crate) communities: Vec<u32>,
    pub(crate) large_communities: Vec<[u32; 3]>,
    pub(crate) only_to_customer: Option<u32>,
}

/// What one UPDATE says. All prefixes are of `family`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update<'a> {
    pub(crate) family: Family,
    pub(crate) withdrawn: &'a [Prefix],
    pub(crate) announced: &'a [Prefix],
    /// The attributes of the announced prefixes; not looked at if there are none.
    pub(crate) attributes: &'a Attributes,
    pub(crate) width: AsWidth,
}

/// Appends an UPDATE (RFC 4271, section 4.3).
pub(crate) fn update(out: &mut Vec<u8>, update: &Update<'_>) {
    let v4 = update.family == Family::V4;
    message(out, UPDATE, |out| {
        with_length_u16(out, |out| {
            prefixes(out, if v4 { update.withdrawn } else { &[] })
        });
        with_length_u16(out, |out| update_attributes(out, update));
        prefixes(out, if v4 { update.announced } else { &[] });
    });
}

/// Appends an End-of-RIB marker (RFC 4724, section 2).
pub(crate) fn end_of_rib(out: &mut Vec<u8>, family: Family) {
    message(out, UPDATE, |out| {
        put_u16(out, 0);
        with_length_u16(out, |out| {
            if family == Family::V6 {
                mp_unreach(out, &[]);
            }
        });
    });
}

/// Appends a KEEPALIVE (RFC 4271, section 4.4).
pub(crate) fn keepalive(out: &mut Vec<u8>) {
    message(out, KEEPALIVE, |_| {});
}

/// Appends a NOTIFICATION (RFC 4271, section 4.5) with a shutdown communication (RFC 9003) of less than 256 octets.
pub(crate) fn notification(out: &mut Vec<u8>, code: u8, subcode: u8, text: &str) {
    message(out, NOTIFICATION, |out| {
        out.extend_from_slice(&[code, subcode]);
        if !text.is_empty() {
            out.push(text.len() as u8);
            out.extend_from_slice(text.as_bytes());
        }
    });
}

/// Appends an OPEN (RFC 4271, section 4.2) with the capabilities (RFC 5492) multiprotocol, route refresh, graceful
/// restart and, for four octets, that of RFC 6793; each in a parameter of its own.
pub(crate) fn open(
    out: &mut Vec<u8>,
    asn: u32,
    width: AsWidth,
    hold_time_s: u16,
    bgp_id: Ipv4Addr,
    family: Family,
) {
    message(out, OPEN, |out| {
        out.push(4); // version
        AsWidth::Two.put(out, asn);
        put_u16(out, hold_time_s);
        out.extend_from_slice(&bgp_id.octets());
        let at = out.len();
        out.push(0);
        capability(out, 1, &[0, family.afi() as u8, 0, SAFI_UNICAST]);
        capability(out, 2, &[]);
        capability(out, 64, &[0, 120]);
        if width == AsWidth::Four {
            capability(out, 65, &asn.to_be_bytes());
        }
        out[at] = (out.len() - at - 1) as u8;
    });
}

/// Appends the attributes of a RIB entry in a table dump (RFC 6396, section 4.3.4).
pub(crate) fn rib_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    path_attributes(out, attributes, AsWidth::Four, |out| {
        attribute(out, OPTIONAL, 14, 1 + next_hop_octets(attributes));
        next_hop(out, attributes);
    });
}

/// Appends NLRI of one prefix: its length in bits, then the octets that it needs (RFC 4271, section 4.3).
pub(crate) fn prefix(out: &mut Vec<u8>, prefix: &Prefix) {
    out.push(prefix.length);
    out.extend_from_slice(prefix.significant_octets());
}

fn message(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0xff; 16]);
    put_u16(out, 0);
    out.push(kind);
    body(out);
    let length_octets = (out.len() - at) as u16;
    patch_u16(out, at + 16, length_octets);
}

fn capability(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    out.extend_from_slice(&[2, value.len() as u8 + 2, code, value.len() as u8]);
    out.extend_from_slice(value);
}

fn update_attributes(out: &mut Vec<u8>, update: &Update<'_>) {
    if update.announced.is_empty() {
        multiprotocol(out, update);
    } else {
        path_attributes(out, update.attributes, update.width, |out| {
            multiprotocol(out, update)
        });
    }
}

/// What an UPDATE of IPv6 says in attributes because RFC 4271 has no place for it.
fn multiprotocol(out: &mut Vec<u8>, update: &Update<'_>) {
    if update.family == Family::V4 {
        return;
    }
    if !update.announced.is_empty() {
        mp_reach(out, update);
    }
    if !update.withdrawn.is_empty() {
        mp_unreach(out, update.withdrawn);
    }
}

/// All attributes of a route in the order of their codes; `reach` appends MP_REACH_NLRI, for routes that need it.
fn path_attributes(
    out: &mut Vec<u8>,
    attributes: &Attributes,
    width: AsWidth,
    reach: impl FnOnce(&mut Vec<u8>),
) {
    attribute(out, TRANSITIVE, 1, 1);
    out.push(attributes.origin);
    as_path(out, TRANSITIVE, 2, attributes, width);
    if let IpAddr::V4(address) = attributes.next_hop {
        attribute(out, TRANSITIVE, 3, 4);
        out.extend_from_slice(&address.octets());
    }
    if let Some(med) = attributes.med {
        attribute(out, OPTIONAL, 4, 4);
        put_u32(out, med);
    }
    if let Some(value) = attributes.atomic_aggregate {
        attribute(out, TRANSITIVE, 6, value.len());
        out.extend_from_slice(value);
    }
    if let Some((asn, address)) = attributes.aggregator {
        aggregator(out, 7, asn, address, width);
    }
    communities(out, &attributes.communities);
    if attributes.next_hop.is_ipv6() {
        reach(out);
    }
    if width == AsWidth::Two {
        as4_attributes(out, attributes);
    }
    large_communities(out, &attributes.large_communities);
    if let Some(asn) = attributes.only_to_customer {
        attribute(out, OPTIONAL | TRANSITIVE, 35, 4);
        put_u32(out, asn);
    }
}

/// AS4_PATH and AS4_AGGREGATOR, where AS_TRANS stands in AS_PATH or AGGREGATOR (RFC 6793, section 4.2.2).
fn as4_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    let wide = |asn: &u32| u16::try_from(*asn).is_err();
    if attributes
        .as_path
        .iter()
        .chain(&attributes.as_set)
        .any(wide)
    {
        as_path(out, OPTIONAL | TRANSITIVE, 17, attributes, AsWidth::Four);
    }
    if let Some((asn, address)) = attributes.aggregator.filter(|(asn, _)| wide(asn)) {
        aggregator(out, 18, asn, address, AsWidth::Four);
    }
}

/// AS_PATH or AS4_PATH (RFC 4271, section 4.3).
fn as_path(out: &mut Vec<u8>, flags: u8, code: u8, attributes: &Attributes, width: AsWidth) {
    let segments = [(2, &attributes.as_path), (1, &attributes.as_set)];
    let filled = || segments.iter().filter(|(_, asns)| !asns.is_empty());
    attribute(
        out,
        flags,
        code,
        filled()
            .map(|(_, asns)| 2 + asns.len() * width.octets())
            .sum(),
    );
    for (kind, asns) in filled() {
        out.extend_from_slice(&[*kind, asns.len() as u8]);
        for asn in *asns {
            width.put(out, *asn);
        }
    }
}

fn aggregator(out: &mut Vec<u8>, code: u8, asn: u32, address: Ipv4Addr, width: AsWidth) {
    attribute(out, OPTIONAL | TRANSITIVE, code, width.octets() + 4);
    width.put(out, asn);
    out.extend_from_slice(&address.octets());
}

fn communities(out: &mut Vec<u8>, communities: &[u32]) {
    if !communities.is_empty() {
        attribute(out, OPTIONAL | TRANSITIVE, 8, communities.len() * 4);
        communities
            .iter()
            .for_each(|community| put_u32(out, *community));
    }
}

fn large_communities(out: &mut Vec<u8>, communities: &[[u32; 3]]) {
    if !communities.is_empty() {
        attribute(out, OPTIONAL | TRANSITIVE, 32, communities.len() * 12);
        communities
            .iter()
            .flatten()
            .for_each(|part| put_u32(out, *part));
    }
}

/// MP_REACH_NLRI (RFC 4760, section 3).
fn mp_reach(out: &mut Vec<u8>, update: &Update<'_>) {
    let length_octets = 5 + next_hop_octets(update.attributes) + nlri_octets(update.announced);
    attribute(out, OPTIONAL, 14, length_octets);
    put_u16(out, update.family.afi());
    out.push(SAFI_UNICAST);
    next_hop(out, update.attributes);
    out.push(0); // reserved
    prefixes(out, update.announced);
}

/// MP_UNREACH_NLRI (RFC 4760, section 4).
fn mp_unreach(out: &mut Vec<u8>, withdrawn: &[Prefix]) {
    attribute(out, OPTIONAL, 15, 3 + nlri_octets(withdrawn));
    put_u16(out, Family::V6.afi());
    out.push(SAFI_UNICAST);
    prefixes(out, withdrawn);
}

/// The next hop with its length: a global address, perhaps a link-local one after it (RFC 2545, section 3).
fn next_hop(out: &mut Vec<u8>, attributes: &Attributes) {
    out.push(next_hop_octets(attributes) as u8);
    put_address(out, attributes.next_hop);
    if let Some(address) = attributes.next_hop_link_local {
        out.extend_from_slice(&address.octets());
    }
}

fn next_hop_octets(attributes: &Attributes) -> usize {
    let global = if attributes.next_hop.is_ipv6() { 16 } else { 4 };
    global
        + if attributes.next_hop_link_local.is_some() {
            16
        } else {
            0
        }
}

fn nlri_octets(prefixes: &[Prefix]) -> usize {
    prefixes
        .iter()
        .map(|prefix| 1 + prefix.significant_octets().len())
        .sum()
}

fn prefixes(out: &mut Vec<u8>, prefixes: &[Prefix]) {
    prefixes.iter().for_each(|each| prefix(out, each));
}

/// The header of a path attribute (RFC 4271, section 4.3), with the long form of the length only where it is needed.
fn attribute(out: &mut Vec<u8>, flags: u8, code: u8, length_octets: usize) {
    match u8::try_from(length_octets) {
        Ok(length) => out.extend_from_slice(&[flags, code, length]),
        Err(_) => {
            out.extend_from_slice(&[flags | EXTENDED_LENGTH, code]);
            put_u16(out, length_octets as u16);
        }
    }
}

#[cfg(test)]
mod tests;
