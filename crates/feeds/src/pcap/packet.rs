//! One packet, from the link to the DNS message. What is no DNS is counted; what may be and cannot be read is refused.

use super::flow::{self, Envelope, Flow};
use super::fragments::{Fragments, Joined};
use super::streams::Streams;
use crate::Notice;
use crate::dns::Dns;
use crate::message::{MessageRows, Reject};
use std::net::IpAddr;
use tables::{Disposition, RowSink, Transport};
use wire::capture::{Captured, LinkType};
use wire::packet::{
    Carried, IpPacket, Protocol, TcpSegment, UdpDatagram, ports, split_extensions, split_link,
};
use wire::{Fault, ParseError, Reader};

/// Takes the packets of a unit.
pub(super) struct Packets<'m, 'r, S> {
    fragments: &'m mut Fragments,
    streams: &'m mut Streams,
    dns: &'m mut Dns,
    rows: &'m mut MessageRows<'r, S>,
    /// A packet of a link type that is not known was refused: one is enough.
    has_refused_link: bool,
}

/// What a packet tells besides what it carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) at: Option<i64>,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) ttl: u8,
}

impl<'m, 'r, S: RowSink> Packets<'m, 'r, S> {
    pub(super) fn new(
        fragments: &'m mut Fragments,
        streams: &'m mut Streams,
        dns: &'m mut Dns,
        rows: &'m mut MessageRows<'r, S>,
    ) -> Self {
        Self {
            fragments,
            streams,
            dns,
            rows,
            has_refused_link: false,
        }
    }

    /// Takes the next packet.
    #[inline]
    pub(super) fn take(&mut self, link_type: LinkType, captured: &Captured<'_>) {
        if let Err(error) = self.read(link_type, captured) {
            self.refuse(error, captured);
        }
    }

    /// Refuses what is no packet.
    #[cold]
    pub(super) fn refuse_part(&mut self, reject: &Reject<'_>) {
        self.rows.reject(reject);
    }

    /// After the last packet: refuses what was never complete.
    pub(super) fn finish(&mut self) {
        self.fragments.finish(self.rows);
        self.streams.finish(self.dns, self.rows);
    }

    #[inline]
    fn read(&mut self, link_type: LinkType, captured: &Captured<'_>) -> Result<(), ParseError> {
        let frame = Reader::new(captured.octets);
        let Some(reader) = split_link(link_type, frame)? else {
            self.rows.notice(Notice::PacketNotIp, 1);
            return Ok(());
        };
        let packet = IpPacket::split(reader)?;
        let seen = Seen {
            at: captured.at,
            source: packet.source,
            destination: packet.destination,
            ttl: packet.ttl,
        };
        let is_short = packet.carried.octets.len() < packet.carried.original_octets;
        let lacks = is_short && !captured.is_cut();
        if packet.fragment.is_some() {
            return self.take_fragment(&packet, &seen);
        }
        if !self.may_be_dns(packet.protocol, &packet.carried)? {
            self.rows.notice(Notice::PacketNotDns, 1);
            return Ok(());
        }
        if lacks {
            // It was captured whole, they say, and yet it is shorter than it says.
            return Err(ParseError::bad_length("IP length", reader.offset()));
        }
        self.take_carried(packet.protocol, &packet.carried, &seen)
    }

    /// Whether one of the ports is one of DNS.
    #[inline]
    fn may_be_dns(&self, protocol: Protocol, carried: &Carried<'_>) -> Result<bool, ParseError> {
        if !matches!(protocol, Protocol::UDP | Protocol::TCP) {
            return Ok(false);
        }
        let (source, destination) = ports(carried)?;
        let dns_ports = &self.rows.settings().dns_ports;
        Ok(dns_ports.contains(&source) || dns_ports.contains(&destination))
    }

    /// Takes a datagram or segment with a port of DNS.
    #[inline]
    fn take_carried(
        &mut self,
        protocol: Protocol,
        carried: &Carried<'_>,
        seen: &Seen,
    ) -> Result<(), ParseError> {
        if protocol == Protocol::UDP {
            self.take_datagram(&UdpDatagram::parse(carried)?, seen)
        } else {
            let segment = TcpSegment::parse(carried)?;
            let ports = (segment.source_port, segment.destination_port);
            let envelope = seen.envelope(ports, Transport::Tcp);
            self.streams.take(&segment, &envelope, self.dns, self.rows);
            Ok(())
        }
    }

    #[inline]
    fn take_datagram(&mut self, datagram: &UdpDatagram<'_>, seen: &Seen) -> Result<(), ParseError> {
        let Carried {
            octets,
            original_octets,
        } = datagram.carried;
        if original_octets == 0 {
            self.rows.notice(Notice::PacketNotDns, 1);
            return Ok(());
        }
        if octets.is_empty() {
            return Err(ParseError::truncated("DNS message", octets.offset()));
        }
        let is_cut = octets.len() < original_octets;
        let cut_from = u32::try_from(original_octets).ok().filter(|_| is_cut);
        let ports = (datagram.source_port, datagram.destination_port);
        let envelope = seen.envelope(ports, Transport::Udp);
        envelope.push(octets.rest(), cut_from, self.dns, self.rows);
        Ok(())
    }

    /// Takes a fragment; with the last one of a packet, the packet.
    #[inline(never)]
    fn take_fragment(&mut self, packet: &IpPacket<'_>, seen: &Seen) -> Result<(), ParseError> {
        if !packet.protocol.may_have_ports() {
            self.rows.notice(Notice::PacketNotDns, 1);
            return Ok(());
        }
        if let Some(joined) = self.fragments.take(packet, seen, self.rows)? {
            self.take_joined(&joined, seen);
            self.fragments.give_back(joined);
        }
        Ok(())
    }

    /// Takes a packet that was put together. Errors count from where its first fragment's data begins.
    fn take_joined(&mut self, joined: &Joined, seen: &Seen) {
        let octets = joined.octets();
        let carried = Carried {
            octets: Reader::new(octets),
            original_octets: octets.len(),
        };
        if let Err(error) = self.read_joined(joined.protocol, carried, seen) {
            self.reject(error, octets, seen.at);
        }
    }

    fn read_joined(
        &mut self,
        protocol: Protocol,
        carried: Carried<'_>,
        seen: &Seen,
    ) -> Result<(), ParseError> {
        let (protocol, fragment, carried) = if seen.source.is_ipv6() {
            split_extensions(protocol, carried)?
        } else {
            (protocol, None, carried)
        };
        if fragment.is_some() {
            let offset = carried.octets.offset();
            return Err(ParseError::new(Fault::Repeated, "fragment header", offset));
        }
        if !self.may_be_dns(protocol, &carried)? {
            self.rows.notice(Notice::PacketNotDns, 1);
            return Ok(());
        }
        self.take_carried(protocol, &carried, seen)
    }

    /// A packet that may be DNS and cannot be read.
    #[cold]
    fn refuse(&mut self, error: ParseError, captured: &Captured<'_>) {
        if error.fault == Fault::Unsupported {
            self.rows.notice(Notice::PacketNotIp, 1);
            if std::mem::replace(&mut self.has_refused_link, true) {
                return;
            }
        }
        self.reject(error, captured.octets, captured.at);
    }

    #[cold]
    fn reject(&mut self, error: ParseError, octets: &[u8], at: Option<i64>) {
        self.rows.reject(&Reject {
            observed_at: Some(flow::observed_at(at, self.rows)),
            ..Reject::new(error, Disposition::MessageDiscard, octets)
        });
    }
}

impl Seen {
    #[inline]
    fn envelope(&self, ports: (u16, u16), transport: Transport) -> Envelope {
        let (source_port, destination_port) = ports;
        Envelope {
            flow: Flow {
                source: self.source,
                destination: self.destination,
                source_port,
                destination_port,
            },
            transport,
            at: self.at,
            ttl: self.ttl,
        }
    }
}
