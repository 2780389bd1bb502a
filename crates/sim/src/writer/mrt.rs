//! MRT records (RFC 6396): BGP4MP_ET messages and state changes, TABLE_DUMP_V2 peer index and RIB entries.

use super::bgp::{self, AsWidth, Attributes};
use super::octets::{put_address, put_u16, put_u32, with_length_u16, with_length_u32};
use crate::world::{Family, Prefix};
use std::net::{IpAddr, Ipv4Addr};

/// TABLE_DUMP_V2 (section 4.3).
const TABLE_DUMP_V2: u16 = 13;
/// PEER_INDEX_TABLE (section 4.3.1).
const PEER_INDEX_TABLE: u16 = 1;
/// RIB_IPV4_UNICAST and RIB_IPV6_UNICAST (section 4.3.2).
const RIB_UNICAST: [u16; 2] = [2, 4];
/// BGP4MP_ET: with microseconds (sections 3 and 4.4).
const BGP4MP_ET: u16 = 17;

/// The two ends of a session, as BGP4MP records name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) peer_asn: u32,
    pub(crate) peer_ip: IpAddr,
    pub(crate) local_asn: u32,
    pub(crate) local_ip: IpAddr,
    /// How wide AS numbers are in this session's records, and in its messages.
    pub(crate) width: AsWidth,
}

/// Appends a BGP4MP_MESSAGE or BGP4MP_MESSAGE_AS4 (sections 4.4.2, 4.4.3) around the BGP message that `body` appends.
pub(crate) fn message(out: &mut Vec<u8>, at_us: i64, ends: &Ends, body: impl FnOnce(&mut Vec<u8>)) {
    let subtype = match ends.width {
        AsWidth::Two => 1,
        AsWidth::Four => 4,
    };
    bgp4mp(out, at_us, subtype, ends, body);
}

/// Appends a BGP4MP_STATE_CHANGE or BGP4MP_STATE_CHANGE_AS4 (sections 4.4.1, 4.4.4).
pub(crate) fn state_change(out: &mut Vec<u8>, at_us: i64, ends: &Ends, old: u16, new: u16) {
    let subtype = match ends.width {
        AsWidth::Two => 0,
        AsWidth::Four => 5,
    };
    bgp4mp(out, at_us, subtype, ends, |out| {
        put_u16(out, old);
        put_u16(out, new);
    });
}

fn bgp4mp(
    out: &mut Vec<u8>,
    at_us: i64,
    subtype: u16,
    ends: &Ends,
    body: impl FnOnce(&mut Vec<u8>),
) {
    put_u32(out, at_us.div_euclid(1_000_000) as u32);
    put_u16(out, BGP4MP_ET);
    put_u16(out, subtype);
    with_length_u32(out, |out| {
        put_u32(out, at_us.rem_euclid(1_000_000) as u32);
        ends.width.put(out, ends.peer_asn);
        ends.width.put(out, ends.local_asn);
        put_u16(out, 0); // interface index: unknown
        put_u16(out, Family::of(ends.peer_ip).afi());
        put_address(out, ends.peer_ip);
        put_address(out, ends.local_ip);
        body(out);
    });
}

/// A peer of a PEER_INDEX_TABLE.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexedPeer {
    pub(crate) bgp_id: Ipv4Addr,
    pub(crate) ip: IpAddr,
    pub(crate) asn: u32,
}

/// Appends a PEER_INDEX_TABLE (section 4.3.1). All AS numbers are written with four octets.
pub(crate) fn peer_index_table(
    out: &mut Vec<u8>,
    at_s: u32,
    collector_id: Ipv4Addr,
    view: &str,
    peers: impl ExactSizeIterator<Item = IndexedPeer>,
) {
    table_dump_v2(out, at_s, PEER_INDEX_TABLE, |out| {
        out.extend_from_slice(&collector_id.octets());
        with_length_u16(out, |out| out.extend_from_slice(view.as_bytes()));
        put_u16(out, peers.len() as u16);
        for peer in peers {
            out.push(0x02 | u8::from(peer.ip.is_ipv6()));
            out.extend_from_slice(&peer.bgp_id.octets());
            put_address(out, peer.ip);
            put_u32(out, peer.asn);
        }
    });
}

/// Appends a RIB_IPV4_UNICAST or RIB_IPV6_UNICAST (section 4.3.2); `entries` appends its entries and says how many.
pub(crate) fn rib(
    out: &mut Vec<u8>,
    at_s: u32,
    sequence: u32,
    family: Family,
    prefix: &Prefix,
    entries: impl FnOnce(&mut Vec<u8>) -> u16,
) {
    table_dump_v2(out, at_s, RIB_UNICAST[family as usize], |out| {
        put_u32(out, sequence);
        bgp::prefix(out, prefix);
        let at = out.len();
        put_u16(out, 0);
        let count = entries(out);
        super::octets::patch_u16(out, at, count);
    });
}

/// Appends one RIB entry (section 4.3.4): AS numbers have four octets, MP_REACH_NLRI is abbreviated to its next hop.
pub(crate) fn rib_entry(
    out: &mut Vec<u8>,
    peer_index: u16,
    originated_s: u32,
    attributes: &Attributes,
) {
    put_u16(out, peer_index);
    put_u32(out, originated_s);
    with_length_u16(out, |out| bgp::rib_attributes(out, attributes));
}

fn table_dump_v2(out: &mut Vec<u8>, at_s: u32, subtype: u16, body: impl FnOnce(&mut Vec<u8>)) {
    put_u32(out, at_s);
    put_u16(out, TABLE_DUMP_V2);
    put_u16(out, subtype);
    with_length_u32(out, body);
}

#[cfg(test)]
mod tests;
