//! dnstap (<https://dnstap.info>): one frame is a query or a response, or both, as a server has seen them.
//!
//! `extra` and `version` are passed over, and so is what nobody knows. A DNS message that is damaged is a row; a frame that is
//! damaged is a reject.

use crate::Unit;
use crate::dns::observer::{
    address, http_version, ip_version, narrow, printable, printable_or_hex, transport,
};
use crate::dns::{Carried, Dns, push_message};
use crate::message::{MessageRows, Reject};
use tables::{
    Disposition, DnsExchange, DnsKind, DnsPolicy, DnsRole, ObservedAt, ObservedAtSource, RowSink,
};
use wire::dns::NameText;
use wire::dnstap::{Dnstap, FrameType, Message, MessageType, Policy, Time, parse_frame};
use wire::{Fault, ParseError, Reader};

/// Longer files are no frames: as in Frame Streams.
const FRAME_OCTETS_MAX: usize = wire::fstrm::DATA_OCTETS_MAX;
/// Seconds up to the end of the year 9999: later times are none.
const SECONDS_MAX: u64 = 253_402_300_799;

/// Buffers for what is rare.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    zone: NameText,
    rule: String,
    value: String,
}

/// A file is one frame: nothing says where it would end.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    match is_end {
        _ if octets.len() > FRAME_OCTETS_MAX => Unit::Damaged,
        true => Unit::Whole(octets.len()),
        false => Unit::Incomplete,
    }
}

/// Decodes one message: one frame.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    texts: &mut Texts,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    if payload.is_empty() {
        return rows.skip("empty");
    }
    decode_frame(payload, texts, dns, rows);
}

/// Decodes one frame. Errors count from its begin.
#[inline]
pub(crate) fn decode_frame<S: RowSink>(
    octets: &[u8],
    texts: &mut Texts,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let decoded = match parse_frame(Reader::new(octets)) {
        Ok(frame) => push_frame(&frame, octets.len(), texts, dns, rows),
        Err(error) => Err(error),
    };
    if let Err(error) = decoded {
        rows.reject(&Reject::new(error, Disposition::MessageDiscard, octets));
    }
}

/// Pushes what a frame of so many octets holds.
#[inline]
fn push_frame<S: RowSink>(
    frame: &Dnstap<'_>,
    octets: usize,
    texts: &mut Texts,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let missing = |field, offset| Err(ParseError::new(Fault::Missing, field, offset));
    match frame.frame_type {
        Some(FrameType::MESSAGE) => {}
        Some(_) => {
            rows.skip("dnstap_type_not_decoded");
            return Ok(());
        }
        None => return missing("type", octets),
    }
    let Some(message) = &frame.message else {
        return missing("message", octets);
    };
    let Some(message_type) = message.message_type else {
        return missing("message type", frame.message_offset);
    };
    let provenance = rows.named(rows.provenance().format, printable(frame.identity));
    let rows = &mut rows.with_provenance(&provenance);
    let exchange = exchange(message, message_type);
    if message.query_zone.is_none() && message.policy.is_none() {
        push_messages(message, message_type, &exchange, dns, rows);
    } else {
        push_with_texts(message, message_type, exchange, texts, dns, rows);
    }
    Ok(())
}

/// Everything but what differs between query and response, and what is text.
#[inline]
fn exchange(message: &Message<'_>, message_type: MessageType) -> DnsExchange<'static> {
    let client_ip = address(message.query_address);
    let server_ip = address(message.response_address);
    DnsExchange {
        query_at: microseconds(message.query_time),
        response_at: microseconds(message.response_time),
        latency_ns: latency_ns(message.query_time, message.response_time),
        role: role(message_type),
        ip_version: ip_version(message.family, [client_ip, server_ip]),
        transport: transport(message.protocol),
        http_version: http_version(message.http_version),
        client_ip,
        server_ip,
        client_port: narrow(message.query_port),
        server_port: narrow(message.response_port),
        ..DnsExchange::default()
    }
}

/// Later types than we know have no role; but whether they name the query, their number tells.
#[inline]
const fn role(message_type: MessageType) -> Option<DnsRole> {
    match message_type.0 {
        1 | 2 => Some(DnsRole::Auth),
        3 | 4 => Some(DnsRole::Resolver),
        5 | 6 => Some(DnsRole::Client),
        7 | 8 => Some(DnsRole::Forwarder),
        9 | 10 => Some(DnsRole::Stub),
        11 | 12 => Some(DnsRole::Tool),
        13 | 14 => Some(DnsRole::Update),
        _ => None,
    }
}

/// Nanoseconds are cut off to microseconds.
#[inline]
fn microseconds(time: Time) -> Option<i64> {
    let seconds = time.seconds.filter(|seconds| *seconds <= SECONDS_MAX)?;
    let seconds_us = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    seconds_us.checked_add(i64::from(time.nanoseconds / 1_000))
}

/// From query to response, before anything is cut off.
#[inline]
fn latency_ns(query: Time, response: Time) -> Option<i64> {
    let (from, to) = (query.seconds?, response.seconds?);
    let seconds = to.checked_signed_diff(from)?;
    let nanoseconds = i64::from(response.nanoseconds).checked_sub(query.nanoseconds.into())?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

#[inline(never)]
fn push_with_texts<S: RowSink>(
    message: &Message<'_>,
    message_type: MessageType,
    exchange: DnsExchange<'_>,
    texts: &mut Texts,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let Texts { zone, rule, value } = texts;
    let zone_octets = message.query_zone.unwrap_or_default();
    let query_zone = match zone.read_alone(zone_octets) {
        Ok(()) => Some(zone.as_str()),
        // It is only a hint: that it is no name costs no more.
        Err(_) => None,
    };
    let policy = message
        .policy
        .as_ref()
        .map(|told| policy(told, rule, value));
    let exchange = DnsExchange {
        query_zone,
        policy: policy.as_ref(),
        ..exchange
    };
    push_messages(message, message_type, &exchange, dns, rows);
}

fn policy<'a>(told: &Policy<'a>, rule: &'a mut String, value: &'a mut String) -> DnsPolicy<'a> {
    let policy_type = printable(told.policy_type);
    DnsPolicy {
        policy_type: Some(policy_type).filter(|text| !text.is_empty()),
        action: told.action.and_then(|action| match action {
            1 => Some("NXDOMAIN"),
            2 => Some("NODATA"),
            3 => Some("PASS"),
            4 => Some("DROP"),
            5 => Some("TRUNCATE"),
            6 => Some("LOCAL_DATA"),
            _ => None,
        }),
        matched: told.matched.and_then(|matched| match matched {
            1 => Some("QNAME"),
            2 => Some("CLIENT_IP"),
            3 => Some("RESPONSE_IP"),
            4 => Some("NS_NAME"),
            5 => Some("NS_IP"),
            _ => None,
        }),
        rule: told.rule.map(|octets| printable_or_hex(octets, rule)),
        value: told.value.map(|octets| printable_or_hex(octets, value)),
    }
}

/// Pushes the message that the type names, and then the other one, where they are.
#[inline]
fn push_messages<S: RowSink>(
    message: &Message<'_>,
    message_type: MessageType,
    exchange: &DnsExchange<'_>,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let mut messages = [
        (DnsKind::Query, message.query_message),
        (DnsKind::Response, message.response_message),
    ];
    if !message_type.is_query() {
        messages.reverse();
    }
    let mut is_companion = false;
    for (kind, octets) in messages {
        let Some(octets) = octets else { continue };
        let carried = Carried {
            octets,
            cut_from: None,
            observed_at: observed_at(exchange, kind, rows),
            exchange: DnsExchange {
                kind,
                is_companion,
                ..of_kind(exchange, kind)
            },
        };
        push_message(carried, dns, rows);
        is_companion = true;
    }
    if !is_companion {
        rows.skip("dnstap_without_message");
    }
}

/// When the response was seen, and how long it took, belongs to the response alone: it must not count twice.
#[inline]
fn of_kind<'a>(exchange: &DnsExchange<'a>, kind: DnsKind) -> DnsExchange<'a> {
    match kind {
        DnsKind::Response => *exchange,
        DnsKind::Query => DnsExchange {
            response_at: None,
            latency_ns: None,
            ..*exchange
        },
    }
}

/// The time of the message itself, or else of the other one.
#[inline]
fn observed_at<S: RowSink>(
    exchange: &DnsExchange<'_>,
    kind: DnsKind,
    rows: &MessageRows<'_, S>,
) -> ObservedAt {
    let query = (exchange.query_at, ObservedAtSource::Query);
    let response = (exchange.response_at, ObservedAtSource::Response);
    let times = match kind {
        DnsKind::Query => [query, response],
        DnsKind::Response => [response, query],
    };
    match times {
        [(Some(at), source), _] | [(None, _), (Some(at), source)] => rows.observed_at(at, source),
        [(None, _), (None, _)] => rows.unobserved(),
    }
}

#[cfg(test)]
mod tests;
