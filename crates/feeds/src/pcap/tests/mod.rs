//! Captures made here, and the rows and rejects that they give.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod cutting;
mod fragments;
mod made;
mod packets;
mod streams;

use crate::{Decoder, DecoderSettings, Format, Notice, Outcome, Privacy};
use made::pcap;
use tables::{
    BmpReport, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, Provenance, RejectRow, RouteRun,
    RowSink, SessionRow,
};

/// What a message gave.
#[derive(Debug, Default)]
struct Given {
    /// Kind, client, server and ID of each DNS message.
    messages: Vec<String>,
    /// Reason, field, offset and octets of each reject.
    rejects: Vec<(&'static str, &'static str, u64, Vec<u8>)>,
}

impl RowSink for Given {
    fn routes(&mut self, _: &RouteRun<'_>) {}

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        let exchange = row.exchange;
        let end = |ip: Option<std::net::IpAddr>, port: Option<u16>| {
            format!("{}#{}", ip.unwrap(), port.unwrap())
        };
        self.messages.push(format!(
            "{} {} {} {} id={} at={:?} ttl={:?} {}",
            exchange.kind.name(),
            exchange.transport.unwrap().name(),
            end(exchange.client_ip, exchange.client_port),
            end(exchange.server_ip, exchange.server_port),
            row.content.header.id,
            row.observed_at.at,
            exchange.ip_ttl.unwrap(),
            row.content.parse_status.name(),
        ));
    }

    fn dns_record(&mut self, _: &DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        let octets = row.octets.to_vec();
        self.rejects
            .push((row.reason, row.field, row.error_offset, octets));
    }
}

impl Given {
    /// IDs of the messages.
    fn ids(&self) -> Vec<u16> {
        let id = |message: &String| message.split("id=").nth(1)?.split(' ').next()?.parse().ok();
        self.messages.iter().filter_map(id).collect()
    }

    /// Reasons, fields and offsets of the rejects.
    fn reasons(&self) -> Vec<(&'static str, &'static str, u64)> {
        let reason = |(reason, field, offset, _): &(_, _, _, _)| (*reason, *field, *offset);
        self.rejects.iter().map(reason).collect()
    }
}

fn decoder() -> Decoder {
    Decoder::new(DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Pcap)
    })
}

fn decode_by(decoder: &mut Decoder, payload: &[u8]) -> (Outcome, Given) {
    let provenance = Provenance {
        kafka_topic: "t",
        kafka_partition: 0,
        kafka_offset: 0,
        brokered_at: Some(77),
        ingested_at: 0,
        project: "",
        collector: "",
        router: None,
        format: "pcap",
    };
    let mut given = Given::default();
    let outcome = decoder.decode(payload, &provenance, &mut given);
    (outcome, given)
}

/// Decodes one unit.
fn decode(payload: &[u8]) -> (Outcome, Given) {
    decode_by(&mut decoder(), payload)
}

/// Decodes packets of raw IP, one per millisecond.
fn decode_packets(packets: &[Vec<u8>]) -> Given {
    decode(&pcap(packets)).1
}

/// How often something was noticed while this was decoded.
fn noticed(payload: &[u8], notice: Notice) -> u64 {
    let mut decoder = decoder();
    decode_by(&mut decoder, payload);
    let notices = decoder.take_notices();
    let found = notices.iter().find(|(kind, _)| *kind == notice);
    found.unwrap().1
}
