//! PowerDNS protobuf: what a server has read in a DNS message, not the message itself; one or many per Kafka message.
//!
//! What the server does not tell is null: it exports chosen types of records only, so there are no counts. The names and
//! devices of requestors are dropped.

mod answers;
mod policy;

use crate::Unit;
use crate::dns::Dns;
use crate::dns::observer::{address, http_version, ip_version, narrow, printable, transport};
use crate::message::{MessageRows, Reject};
use answers::Answers;
use policy::PolicyTexts;
use std::fmt::Write;
use tables::{
    Disposition, DnsContent, DnsEdns, DnsExchange, DnsHeader, DnsKind, DnsMessageRow, DnsQuestion,
    DnsRole, ObservedAt, ObservedAtSource, RowSink,
};
use wire::pdns::{Message, MessageType, Response, Time, parse_message, split_message};
use wire::{Fault, ParseError, Reader};

/// A file that is one message without a length is not longer: our limit.
const BARE_OCTETS_MAX: usize = 1024 * 1024;

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    answers: Answers,
    policy: PolicyTexts,
    ede: Vec<u16>,
    client_subnet: String,
}

/// Finds the end of the first message of a file. Without a length a message is all of it.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    if !is_end && octets.len() < 3 {
        return Unit::Incomplete;
    }
    if begins_bare(octets) {
        return match is_end {
            _ if octets.len() > BARE_OCTETS_MAX => Unit::Damaged,
            true => Unit::Whole(octets.len()),
            false => Unit::Incomplete,
        };
    }
    match split_message(octets) {
        Ok((_, after)) => Unit::Whole(octets.len().saturating_sub(after.len())),
        Err(error) => Unit::cannot_be_cut(error),
    }
}

/// Whether a message begins here with its type, which it does, without a length in front. A length may be written alike, and
/// then the type follows it.
fn begins_bare(octets: &[u8]) -> bool {
    matches!(octets, [8, 1..=5, ..]) && !matches!(octets, [_, _, 8, ..])
}

/// Decodes all messages of one Kafka message.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    if payload.is_empty() {
        return rows.skip("empty");
    }
    if is_bare(payload) {
        return decode_one(payload, scratch, dns, rows);
    }
    let mut rest = payload;
    while !rest.is_empty() {
        match split_message(rest) {
            Ok((message, after)) => {
                decode_one(message.rest(), scratch, dns, rows);
                rest = after;
            }
            Err(error) => {
                return rows.reject(&Reject::new(error, Disposition::MessageDiscard, rest));
            }
        }
    }
}

/// Whether all of it is one message without a length. Its type need not be the first field.
fn is_bare(payload: &[u8]) -> bool {
    let is_message = || {
        let message = parse_message(Reader::new(payload));
        message.is_ok_and(|message| message.message_type.is_some())
    };
    begins_bare(payload) || (split_message(payload).is_err() && is_message())
}

/// Decodes one message. Errors count from its begin, behind its length.
fn decode_one<S: RowSink>(
    octets: &[u8],
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let decoded = match parse_message(Reader::new(octets)) {
        Ok(message) => push_message(&message, octets.len(), scratch, dns, rows),
        Err(error) => Err(error),
    };
    if let Err(error) = decoded {
        rows.reject(&Reject::new(error, Disposition::MessageDiscard, octets));
    }
}

/// Pushes the rows of a message of so many octets.
fn push_message<S: RowSink>(
    message: &Message<'_>,
    octets: usize,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (kind, role) = match message.message_type {
        Some(MessageType::QUERY) => (DnsKind::Query, DnsRole::Client),
        Some(MessageType::RESPONSE) => (DnsKind::Response, DnsRole::Client),
        Some(MessageType::OUTGOING_QUERY) => (DnsKind::Query, DnsRole::Resolver),
        Some(MessageType::INCOMING_RESPONSE) => (DnsKind::Response, DnsRole::Resolver),
        Some(MessageType::INTERNAL) => {
            rows.skip("pdns_internal");
            return Ok(());
        }
        // Nobody can say whether it is a query.
        Some(_) => {
            rows.skip("pdns_type_unknown");
            return Ok(());
        }
        None => return Err(ParseError::new(Fault::Missing, "type", octets)),
    };
    let identity = printable(message.server_identity);
    let provenance = rows.named(rows.provenance().format, identity);
    let rows = &mut rows.with_provenance(&provenance);
    let exchange = exchange(message, kind, role);
    push_rows(message, exchange, scratch, dns, rows);
    Ok(())
}

/// Everything but the policy, with the original addresses.
fn exchange(message: &Message<'_>, kind: DnsKind, role: DnsRole) -> DnsExchange<'static> {
    let at = microseconds(message.time);
    let told = message.response.map(|response| response.query_time);
    let told_query_at = told.and_then(microseconds);
    let (query_at, response_at) = match kind {
        DnsKind::Query => (at.or(told_query_at), None),
        DnsKind::Response => (told_query_at, at),
    };
    let rcode = message.response.and_then(|response| response.rcode);
    let network_error = rcode.map(|rcode| rcode == Response::NETWORK_ERROR);
    let (client_ip, server_ip) = (address(message.from), address(message.to));
    DnsExchange {
        query_at,
        response_at,
        latency_ns: latency_ns(query_at, response_at),
        kind,
        role: Some(role),
        ip_version: ip_version(message.family, [client_ip, server_ip]),
        transport: transport(message.protocol),
        http_version: http_version(message.http_version),
        client_ip,
        server_ip,
        client_port: narrow(message.from_port),
        server_port: narrow(message.to_port),
        network_error: network_error.filter(|_| kind == DnsKind::Response),
        ..DnsExchange::default()
    }
}

fn microseconds(time: Time) -> Option<i64> {
    let seconds_us = i64::from(time.seconds?).checked_mul(1_000_000)?;
    seconds_us.checked_add(time.microseconds.into())
}

fn latency_ns(query_at: Option<i64>, response_at: Option<i64>) -> Option<i64> {
    response_at?.checked_sub(query_at?)?.checked_mul(1_000)
}

fn push_rows<S: RowSink>(
    message: &Message<'_>,
    exchange: DnsExchange<'_>,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let Scratch {
        answers,
        policy,
        ede,
        client_subnet,
    } = scratch;
    let response = message.response.unwrap_or_default();
    answers.read(&response, dns);
    let policy = policy.read(&response).map(|told| dns.shown_policy(&told));
    let exchange = DnsExchange {
        policy: policy.as_ref(),
        ..dns.shown_exchange(&exchange)
    };
    let observed_at = observed_at(&exchange, rows);
    let edns = edns(message, ede, client_subnet, dns);
    let told = message.question.unwrap_or_default();
    dns.with_question(printable(told.qname), |dns, question| {
        let question = question.map(|question| DnsQuestion {
            qtype: narrow(told.qtype),
            qclass: narrow(told.qclass),
            ..*question
        });
        let header = header(message, exchange.kind);
        let mut row = DnsMessageRow {
            provenance: rows.provenance(),
            item: 0,
            observed_at,
            exchange: &exchange,
            content: &DnsContent {
                octets_count: message
                    .message_octets
                    .and_then(|octets| octets.try_into().ok()),
                header,
                question,
                edns,
                ..answers.content()
            },
        };
        rows.dns_message(&mut row);
        if rows.settings().gives_dns_records {
            answers::push_records(
                &response,
                answers::OfMessage {
                    item: row.item,
                    observed_at,
                    qname: question.map(|question| question.qname),
                    server_ip: exchange.server_ip,
                    dns_id: narrow(message.id),
                },
                dns,
                rows,
            );
        }
    });
}

fn observed_at<S: RowSink>(exchange: &DnsExchange<'_>, rows: &MessageRows<'_, S>) -> ObservedAt {
    match (exchange.response_at, exchange.query_at) {
        (Some(at), _) => rows.observed_at(at, ObservedAtSource::Response),
        (None, Some(at)) => rows.observed_at(at, ObservedAtSource::Query),
        (None, None) => rows.unobserved(),
    }
}

/// What is told of the header. A server that has got no response tells its own flags, if any: they count for nothing then.
fn header(message: &Message<'_>, kind: DnsKind) -> DnsHeader {
    let mut header = DnsHeader::default();
    if let Some(id) = narrow(message.id) {
        header.known |= DnsHeader::ID;
        header.id = id;
    }
    let told_rcode = message.response.and_then(|response| response.rcode);
    if told_rcode == Some(Response::NETWORK_ERROR) && kind == DnsKind::Response {
        return header;
    }
    if let Some(flags) = narrow(message.header_flags) {
        let flags = flags.swap_bytes();
        header.known |= DnsHeader::FLAGS | DnsHeader::OPCODE | DnsHeader::RCODE;
        header.flags = flags;
        header.opcode = (flags >> 11 & 0xf) as u8;
        header.rcode = flags & 0xf;
    }
    if kind == DnsKind::Response
        && let Some(rcode) = narrow(told_rcode)
    {
        header.known |= DnsHeader::RCODE;
        header.rcode = rcode;
    }
    header
}

/// What is told of the OPT record, and of what would stand in it.
fn edns<'a>(
    message: &Message<'a>,
    ede: &'a mut Vec<u16>,
    client_subnet: &'a mut String,
    dns: &mut Dns,
) -> Option<DnsEdns<'a>> {
    ede.clear();
    ede.extend(narrow(message.ede));
    client_subnet.clear();
    let subnet = address(message.client_subnet).and_then(|ip| dns.client_address(ip));
    if let Some(ip) = subnet {
        // How long the prefix is, nobody tells. A String takes whatever it is given.
        let _ = write!(client_subnet, "{ip}");
    }
    let ttl = message.edns_version.map(u32::swap_bytes);
    let is_told = ttl.is_some() || message.ede.is_some() || subnet.is_some();
    let text = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    is_told.then(|| DnsEdns {
        version: ttl.map(|ttl| (ttl >> 16) as u8),
        // The authoritative server tells VERSION alone, which is 0: then nothing is known of the flags.
        flags: ttl.filter(|ttl| *ttl != 0).map(|ttl| ttl as u16),
        ede,
        ede_text: text(printable(message.ede_text)),
        ecs: text(client_subnet),
        ..DnsEdns::default()
    })
}

#[cfg(test)]
mod tests;
