//! JSON of DNS-collector (<https://github.com/dmachard/DNS-collector>), one object per DNS message: as objects in objects, or
//! flat. Operators can rename and leave out whatever they like: what is not there is null.
//!
//! With the DNS message itself (`extracted.dns_payload`) it alone counts, and the JSON is only its envelope. Else the columns
//! are what the collector has made of it. It writes 0 where it knows nothing: a latency of 0 is none, and an OPT record of
//! nothing but zeros is none. Of a damaged message (`malformed-packet`) it does not say where: `parse_status` is `question` if
//! there is no QNAME, else `answer`.
//!
//! What cannot be read is null, and a reject tells it, with disposition `kept`.

mod content;
mod items;
mod leaves;
mod names;
mod time;

use crate::base64;
use crate::dns::{Carried, Dns, push_message};
use crate::json::{self, Document, Json, Place, told};
use crate::message::{MessageRows, Reject};
use content::Content;
use leaves::{Item, Leaves};
use std::net::IpAddr;
use tables::{
    Disposition, DnsExchange, DnsKind, DnsPolicy, DnsRole, ObservedAt, ObservedAtSource,
    Provenance, RowSink, Transport,
};
use wire::{Fault, ParseError};

pub(crate) use crate::json::first_unit;

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    items: Vec<Item>,
    payload: Vec<u8>,
    content: Content,
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    json: &mut Json,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    json::for_each_value(payload, json, rows, |document, rows| {
        decode_document(document, scratch, dns, rows)
    });
    if payload.len() > json::KEPT_OCTETS_MAX {
        *scratch = Scratch::default();
    }
}

#[inline]
fn decode_document<S: RowSink>(
    document: &Document<'_>,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let Scratch {
        items,
        payload,
        content,
    } = scratch;
    let Some(leaves) = Leaves::read(document, items) else {
        return Err(ParseError::bad_value("JSON object", 0));
    };
    if !leaves.tell_message(document) {
        return Err(ParseError::new(Fault::Missing, "dnstap.operation", 0));
    }
    let provenance = provenance(document, &leaves, rows);
    let mut rows = rows.with_provenance(&provenance);
    let envelope = Envelope {
        document,
        leaves: &leaves,
    };
    let policy = envelope.policy();
    let kind = envelope.kind(&mut rows);
    let (observed_at, at) = envelope.observed_at(kind.0, &mut rows);
    let mut exchange = envelope.exchange(kind, at, &mut rows);
    exchange.policy = policy.as_ref();
    match envelope.payload(payload, &mut rows) {
        Some(octets) => {
            let carried = Carried {
                octets,
                cut_from: None,
                observed_at,
                exchange,
            };
            push_message(carried, dns, &mut rows);
        }
        None => content.push(&envelope, items, (observed_at, &exchange), dns, &mut rows),
    }
    Ok(())
}

/// The collector is the identity, unless somebody has said otherwise.
#[inline]
fn provenance<'a, S: RowSink>(
    document: &Document<'a>,
    leaves: &Leaves,
    rows: &MessageRows<'a, S>,
) -> Provenance<'a> {
    fn or<'a>(one: &'a str, other: &'a str) -> &'a str {
        if one.is_empty() { other } else { one }
    }
    let identity = document.string(leaves.identity).unwrap_or_default();
    let (outer, settings) = (rows.provenance(), rows.settings());
    Provenance {
        project: or(outer.project, &settings.project),
        collector: or(or(outer.collector, identity), &settings.collector),
        ..*outer
    }
}

/// One message.
struct Envelope<'a, 'd> {
    document: &'a Document<'d>,
    leaves: &'a Leaves,
}

impl<'d> Envelope<'_, 'd> {
    /// Query or response, and the observer's role: as the operation says, else as QR does.
    #[inline]
    fn kind<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> (DnsKind, Option<DnsRole>) {
        let place = self.leaves.operation;
        let operation = self.document.string(place).and_then(operation_of);
        if let Some((kind, role)) = told(self.document, "dnstap.operation", place, operation, rows)
        {
            return (kind, Some(role));
        }
        let [qr, ..] = self.leaves.flags;
        match self.document.boolean(qr) {
            Some(true) => (DnsKind::Response, None),
            _ => (DnsKind::Query, None),
        }
    }

    /// When it was seen: by the observer, else by Kafka.
    #[inline]
    fn observed_at<S: RowSink>(
        &self,
        kind: DnsKind,
        rows: &mut MessageRows<'_, S>,
    ) -> (ObservedAt, Option<i64>) {
        let place = self.leaves.timestamp;
        let at = self.document.string(place).and_then(time::parse);
        let field = "dnstap.timestamp-rfc3339ns";
        let Some(at) = told(self.document, field, place, at, rows) else {
            return (rows.unobserved(), None);
        };
        let source = match kind {
            DnsKind::Query => ObservedAtSource::Query,
            DnsKind::Response => ObservedAtSource::Response,
        };
        (rows.observed_at(at, source), Some(at))
    }

    #[inline]
    fn exchange<S: RowSink>(
        &self,
        (kind, role): (DnsKind, Option<DnsRole>),
        at: Option<i64>,
        rows: &mut MessageRows<'_, S>,
    ) -> DnsExchange<'d> {
        let (document, leaves) = (self.document, self.leaves);
        let is_response = kind == DnsKind::Response;
        DnsExchange {
            query_at: at.filter(|_| !is_response),
            response_at: at.filter(|_| is_response),
            latency_ns: self.latency_ns(rows).filter(|_| is_response),
            kind,
            role,
            ip_version: self.ip_version(rows),
            transport: self.transport(rows),
            client_ip: self.address("network.query-ip", leaves.query_ip, rows),
            server_ip: self.address("network.response-ip", leaves.response_ip, rows),
            client_port: self.number("network.query-port", leaves.query_port, rows),
            server_port: self.number("network.response-port", leaves.response_port, rows),
            query_zone: document.string(leaves.query_zone),
            ..DnsExchange::default()
        }
    }

    fn policy(&self) -> Option<DnsPolicy<'d>> {
        let text = |place| self.document.string(place).filter(|text| !text.is_empty());
        let [policy_type, action, matched, rule, value] = self.leaves.policy.map(text);
        let policy = DnsPolicy {
            policy_type,
            action,
            matched,
            rule,
            value,
        };
        (policy != DnsPolicy::default()).then_some(policy)
    }

    /// Seconds with a fraction; 0 where it is not known.
    fn latency_ns<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> Option<i64> {
        let place = self.leaves.latency;
        let latency = self.document.decimal(place, 9);
        told(self.document, "dnstap.latency", place, latency, rows).filter(|latency| *latency != 0)
    }

    fn ip_version<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> Option<u8> {
        let place = self.leaves.family;
        let version = match self.document.string(place) {
            Some("INET" | "IPv4") => Some(4),
            Some("INET6" | "IPv6") => Some(6),
            _ => None,
        };
        told(self.document, "network.family", place, version, rows)
    }

    fn transport<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> Option<Transport> {
        let place = self.leaves.protocol;
        let transport = match self.document.string(place) {
            Some("UDP") => Some(Transport::Udp),
            Some("TCP") => Some(Transport::Tcp),
            Some("DOT") => Some(Transport::Dot),
            Some("DOH") => Some(Transport::Doh),
            Some("DOQ") => Some(Transport::Doq),
            Some("DNSCryptUDP") => Some(Transport::DnscryptUdp),
            Some("DNSCryptTCP") => Some(Transport::DnscryptTcp),
            _ => None,
        };
        told(self.document, "network.protocol", place, transport, rows)
    }

    #[inline]
    fn address<S: RowSink>(
        &self,
        field: &'static str,
        place: Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<IpAddr> {
        let text = self.document.string(place);
        let address = text.and_then(|text| text.parse().ok());
        told(self.document, field, place, address, rows)
    }

    #[inline]
    fn number<N: TryFrom<u64>, S: RowSink>(
        &self,
        field: &'static str,
        place: Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<N> {
        told(
            self.document,
            field,
            place,
            self.document.number(place),
            rows,
        )
    }

    /// The message itself.
    #[inline]
    fn payload<'o, S: RowSink>(
        &self,
        octets: &'o mut Vec<u8>,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<&'o [u8]> {
        let (field, place) = ("extracted.dns_payload", self.leaves.payload);
        let text = self.document.string(place).filter(|text| !text.is_empty());
        let text = told(self.document, field, place, text, rows)?;
        match base64::decode(text.as_bytes(), field, octets) {
            Ok(()) => Some(octets),
            Err(error) => {
                rows.reject(&Reject::new(error, Disposition::Kept, text.as_bytes()));
                None
            }
        }
    }
}

/// `CLIENT_QUERY` and so on, as dnstap names its types.
fn operation_of(text: &str) -> Option<(DnsKind, DnsRole)> {
    let (role, kind) = text.rsplit_once('_')?;
    let kind = match kind {
        "QUERY" => DnsKind::Query,
        "RESPONSE" => DnsKind::Response,
        _ => return None,
    };
    let role = match role {
        "AUTH" => DnsRole::Auth,
        "RESOLVER" => DnsRole::Resolver,
        "CLIENT" => DnsRole::Client,
        "FORWARDER" => DnsRole::Forwarder,
        "STUB" => DnsRole::Stub,
        "TOOL" => DnsRole::Tool,
        "UPDATE" => DnsRole::Update,
        _ => return None,
    };
    Some((kind, role))
}

#[cfg(test)]
mod tests;
