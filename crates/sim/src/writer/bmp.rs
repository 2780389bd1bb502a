//! BMP messages (RFC 7854): Initiation, and what a router reports on its peers.

use super::bgp::AsWidth;
use super::mrt::Ends;
use super::octets::{put_address, put_u16, put_u32};
use crate::world::Family;
use std::net::{IpAddr, Ipv4Addr};

const VERSION: u8 = 3;
/// Types of messages (section 4.1).
const ROUTE_MONITORING: u8 = 0;
const STATISTICS_REPORT: u8 = 1;
const PEER_DOWN: u8 = 2;
const PEER_UP: u8 = 3;
const INITIATION: u8 = 4;
/// The address is one of IPv6 (section 4.2).
const FLAG_V: u8 = 0x80;
/// AS_PATH has two-octet AS numbers (section 4.2).
const FLAG_A: u8 = 0x20;
/// The peer has closed the session with the NOTIFICATION that follows (section 4.9).
const REMOTE_NOTIFICATION: u8 = 3;
const BGP_PORT: u16 = 179;

/// The peer that a message is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) ends: &'a Ends,
    pub(crate) bgp_id: Ipv4Addr,
    /// UTC microseconds since 1970.
    pub(crate) at_us: i64,
}

/// Appends an Initiation (section 4.3) with the two TLVs that it must have.
pub(crate) fn initiation(out: &mut Vec<u8>, name: &str, description: &str) {
    message(out, INITIATION, |out| {
        for (kind, text) in [(1, description), (2, name)] {
            put_u16(out, kind);
            put_u16(out, text.len() as u16);
            out.extend_from_slice(text.as_bytes());
        }
    });
}

/// Appends a Route Monitoring (section 4.6) around an UPDATE, of the Adj-RIB-In before any policy.
pub(crate) fn route_monitoring(out: &mut Vec<u8>, about: &About<'_>, update: &[u8]) {
    of_peer(out, ROUTE_MONITORING, about, |out| {
        out.extend_from_slice(update)
    });
}

/// Appends a Peer Up (section 4.10): the OPEN that the router has sent, and the one that it has received.
pub(crate) fn peer_up(out: &mut Vec<u8>, about: &About<'_>, sent: &[u8], received: &[u8]) {
    of_peer(out, PEER_UP, about, |out| {
        put_padded(out, about.ends.local_ip);
        put_u16(out, BGP_PORT);
        put_u16(out, 49_152 | (about.bgp_id.to_bits() as u16 & 0x3fff));
        out.extend_from_slice(sent);
        out.extend_from_slice(received);
    });
}

/// Appends a Peer Down (section 4.9) because of a NOTIFICATION of the peer.
pub(crate) fn peer_down(out: &mut Vec<u8>, about: &About<'_>, notification: &[u8]) {
    of_peer(out, PEER_DOWN, about, |out| {
        out.push(REMOTE_NOTIFICATION);
        out.extend_from_slice(notification);
    });
}

/// What a Statistics Report tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statistics {
    pub(crate) family: Family,
    /// Prefixes that a policy has refused.
    pub(crate) refused: u32,
    /// Routes in the Adj-RIB-In.
    pub(crate) routes: u64,
}

impl Statistics {
    /// TLVs of a report.
    pub(crate) const COUNT: u64 = 3;
}

/// Appends a Statistics Report (section 4.8): a counter, a gauge, and a gauge of one family (types 0, 7, 9).
pub(crate) fn statistics(out: &mut Vec<u8>, about: &About<'_>, statistics: &Statistics) {
    of_peer(out, STATISTICS_REPORT, about, |out| {
        put_u32(out, Statistics::COUNT as u32);
        put_u16(out, 0);
        put_u16(out, 4);
        put_u32(out, statistics.refused);
        put_u16(out, 7);
        put_u16(out, 8);
        out.extend_from_slice(&statistics.routes.to_be_bytes());
        put_u16(out, 9);
        put_u16(out, 11);
        put_u16(out, statistics.family.afi());
        out.push(1);
        out.extend_from_slice(&statistics.routes.to_be_bytes());
    });
}

/// A message with the per-peer header (section 4.2) of a global instance peer.
fn of_peer(out: &mut Vec<u8>, kind: u8, about: &About<'_>, body: impl FnOnce(&mut Vec<u8>)) {
    message(out, kind, |out| {
        let Ends {
            peer_ip,
            peer_asn,
            width,
            ..
        } = *about.ends;
        let v = if peer_ip.is_ipv6() { FLAG_V } else { 0 };
        let a = if width == AsWidth::Two { FLAG_A } else { 0 };
        out.extend_from_slice(&[0, v | a]);
        out.extend_from_slice(&[0; 8]);
        put_padded(out, peer_ip);
        put_u32(out, peer_asn);
        out.extend_from_slice(&about.bgp_id.octets());
        put_u32(out, about.at_us.div_euclid(1_000_000) as u32);
        put_u32(out, about.at_us.rem_euclid(1_000_000) as u32);
        body(out);
    });
}

/// Common header: version, length with the header, type (section 4.1).
fn message(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.push(VERSION);
    put_u32(out, 0);
    out.push(kind);
    body(out);
    let length_octets = (out.len() - at) as u32;
    out[at + 1..at + 5].copy_from_slice(&length_octets.to_be_bytes());
}

/// An address in 16 octets, one of IPv4 in the last four.
fn put_padded(out: &mut Vec<u8>, address: IpAddr) {
    if address.is_ipv4() {
        out.extend_from_slice(&[0; 12]);
    }
    put_address(out, address);
}

#[cfg(test)]
mod tests;
