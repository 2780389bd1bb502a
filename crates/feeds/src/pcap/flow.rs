//! Who sends to whom, and the message that is sent.

use crate::dns::{self, Carried, Dns};
use crate::message::MessageRows;
use std::net::IpAddr;
use tables::{DnsExchange, DnsKind, ObservedAt, ObservedAtSource, RowSink, Transport};

/// The two ends of a datagram or of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
}

/// What the packet tells that a message came in, or ended in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub(super) flow: Flow,
    pub(super) transport: Transport,
    /// When it was captured, in microseconds since 1970.
    pub(super) at: Option<i64>,
    pub(super) ttl: u8,
}

impl Envelope {
    /// When the packet was seen.
    #[inline]
    pub(super) fn observed_at<S: RowSink>(&self, rows: &MessageRows<'_, S>) -> ObservedAt {
        observed_at(self.at, rows)
    }

    /// Pushes the row of a message; `cut_from` tells how long it was, if it was captured short.
    #[inline]
    pub(super) fn push<S: RowSink>(
        &self,
        octets: &[u8],
        cut_from: Option<u32>,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        let carried = Carried {
            octets,
            cut_from,
            observed_at: self.observed_at(rows),
            exchange: self.exchange(octets, &rows.settings().dns_ports),
        };
        dns::push_message(carried, dns, rows);
    }

    /// Who asked whom: the server has the port of DNS; where both or none have it, QR tells.
    #[inline]
    fn exchange(&self, octets: &[u8], dns_ports: &[u16]) -> DnsExchange<'static> {
        let flow = &self.flow;
        let is_of_server = dns_ports.contains(&flow.source_port);
        let is_to_server = dns_ports.contains(&flow.destination_port);
        let is_response = octets
            .get(2)
            .map_or(is_of_server, |flags| flags & 0x80 != 0);
        let is_answered = if is_of_server == is_to_server {
            is_response
        } else {
            is_of_server
        };
        let (source, destination) = (
            (flow.source, flow.source_port),
            (flow.destination, flow.destination_port),
        );
        let (client, server) = if is_answered {
            (destination, source)
        } else {
            (source, destination)
        };
        DnsExchange {
            kind: if is_response {
                DnsKind::Response
            } else {
                DnsKind::Query
            },
            ip_version: Some(if flow.source.is_ipv4() { 4 } else { 6 }),
            transport: Some(self.transport),
            client_ip: Some(client.0),
            client_port: Some(client.1),
            server_ip: Some(server.0),
            server_port: Some(server.1),
            ip_ttl: Some(self.ttl),
            ..DnsExchange::default()
        }
    }
}

/// The time of capture, if there is one.
#[inline]
pub(super) fn observed_at<S: RowSink>(at: Option<i64>, rows: &MessageRows<'_, S>) -> ObservedAt {
    match at {
        Some(at) => rows.observed_at(at, ObservedAtSource::Capture),
        None => rows.unobserved(),
    }
}
