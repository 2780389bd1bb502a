//! Fragments of IP packets (RFC 791, section 3.2; RFC 8200, section 4.5), put together inside one unit. Of overlapping fragments
//! the first octets count. What never gets complete is refused (`ip_fragment`), unless its ports show that it is no DNS.

use super::assembly::{Assembly, Spare};
use super::flow;
use super::packet::Seen;
use super::ring::Ring;
use crate::Notice;
use crate::message::{MessageRows, Reject};
use std::net::IpAddr;
use tables::{Disposition, RowSink};
use wire::packet::{Fragment, IpPacket, Protocol, ports};
use wire::{Fault, ParseError};

/// More packets are not put together at a time: the oldest is refused. A guess; each has at most 64 KiB.
const PACKETS_MAX: usize = 1024;
/// Octets that an IP packet can carry.
const PACKET_OCTETS_MAX: usize = 65_535;

/// By which fragments are known to belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// IPv4 only: the fragments of an IPv6 packet need not agree.
    protocol: Option<u8>,
}

/// A packet that is not complete yet.
#[derive(Debug)]
struct Parts {
    assembly: Assembly,
    /// Where the last fragment ends, once it was seen.
    total: Option<usize>,
    /// What the first fragment begins with.
    protocol: Protocol,
    /// Of the fragment that was seen last.
    at: Option<i64>,
    /// The first fragment shows that it is no DNS: nothing is kept.
    is_other: bool,
}

/// A packet that is complete.
#[derive(Debug)]
pub(super) struct Joined {
    assembly: Assembly,
    pub(super) protocol: Protocol,
}

impl Joined {
    /// What the packet carries.
    pub(super) fn octets(&self) -> &[u8] {
        self.assembly.from(0)
    }
}

/// The packets that are being put together.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    packets: Ring<Key, Parts, PACKETS_MAX>,
    spare: Spare,
}

impl Fragments {
    /// Takes a fragment, and returns the packet if it is complete now.
    ///
    /// # Errors
    /// [`Fault::OverLimit`] for a fragment that ends behind 65,535 octets, or is one piece too many without connection.
    pub(super) fn take<S: RowSink>(
        &mut self,
        packet: &IpPacket<'_>,
        seen: &Seen,
        rows: &mut MessageRows<'_, S>,
    ) -> Result<Option<Joined>, ParseError> {
        let Some(fragment) = packet.fragment else {
            return Ok(None);
        };
        let over_limit = || {
            let offset = packet.carried.octets.offset();
            ParseError::new(Fault::OverLimit, "fragment", offset)
        };
        let end = fragment
            .offset
            .saturating_add(packet.carried.original_octets);
        if end > PACKET_OCTETS_MAX {
            return Err(over_limit());
        }
        let key = Key::new(packet, &fragment);
        let Some(parts) = self.parts_of(key, rows) else {
            return Ok(None);
        };
        parts.at = seen.at;
        if fragment.offset == 0 {
            parts.protocol = packet.protocol;
            parts.is_other |= is_other(packet, &rows.settings().dns_ports);
        }
        if parts.is_other {
            rows.notice(Notice::PacketNotDns, 1);
        } else if !parts
            .assembly
            .put(fragment.offset, packet.carried.octets.rest())
        {
            return Err(over_limit());
        }
        if !fragment.has_more {
            parts.total.get_or_insert(end);
        }
        let is_complete = parts.is_complete();
        Ok(if is_complete {
            self.complete(&key)
        } else {
            None
        })
    }

    /// Takes a buffer back.
    pub(super) fn give_back(&mut self, joined: Joined) {
        self.spare.give(joined.assembly);
    }

    /// Refuses what is not complete.
    pub(super) fn finish<S: RowSink>(&mut self, rows: &mut MessageRows<'_, S>) {
        for (_, parts) in self.packets.drain() {
            parts.refuse(rows);
            self.spare.give(parts.assembly);
        }
        self.spare.shrink();
    }

    /// The packet of a key; a new one if there is none.
    fn parts_of<S: RowSink>(
        &mut self,
        key: Key,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<&mut Parts> {
        if self.packets.get_mut(&key).is_none() {
            let parts = Parts {
                assembly: self.spare.take(),
                total: None,
                protocol: Protocol::UDP,
                at: None,
                is_other: false,
            };
            if let Some((_, gone)) = self.packets.insert(key, parts) {
                gone.refuse(rows);
                self.spare.give(gone.assembly);
            }
        }
        self.packets.get_mut(&key)
    }

    fn complete(&mut self, key: &Key) -> Option<Joined> {
        let parts = self.packets.remove(key)?;
        Some(Joined {
            assembly: parts.assembly,
            protocol: parts.protocol,
        })
    }
}

impl Key {
    fn new(packet: &IpPacket<'_>, fragment: &Fragment) -> Self {
        let is_v4 = packet.source.is_ipv4();
        Self {
            source: packet.source,
            destination: packet.destination,
            id: fragment.id,
            protocol: is_v4.then_some(packet.protocol.0),
        }
    }
}

/// Whether the ports of a first fragment are none of DNS. What does not show them may be DNS.
fn is_other(packet: &IpPacket<'_>, dns_ports: &[u16]) -> bool {
    if !matches!(packet.protocol, Protocol::UDP | Protocol::TCP) {
        return false;
    }
    let ports = ports(&packet.carried);
    ports.is_ok_and(|(source, destination)| {
        !dns_ports.contains(&source) && !dns_ports.contains(&destination)
    })
}

impl Parts {
    fn is_complete(&self) -> bool {
        self.total
            .is_some_and(|total| self.assembly.from(0).len() >= total)
    }

    /// Refuses what is there: the first stretch without a hole, and where it ends.
    #[cold]
    fn refuse<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) {
        if self.is_other {
            return;
        }
        let (_, octets) = self.assembly.stretches(0).next().unwrap_or_default();
        let error = ParseError::truncated("fragment", octets.len());
        rows.reject(&Reject {
            reason: "ip_fragment",
            observed_at: Some(flow::observed_at(self.at, rows)),
            ..Reject::new(error, Disposition::MessageDiscard, octets)
        });
    }
}
