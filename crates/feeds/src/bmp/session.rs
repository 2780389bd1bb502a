//! Peer Up and Peer Down (RFC 7854, sections 4.9 and 4.10; RFC 9069, section 5; RFC 9736): what the OPENs of a session settle is
//! remembered until it ends. What cannot be read costs the rest of the message, but the session has begun, or ended.

use crate::Notice;
use crate::bgp::Memory;
use crate::bmp::PeerMessage;
use crate::message::MessageRows;
use crate::peers::Negotiated;
use std::borrow::Cow;
use tables::{Direction, Disposition, RowSink, SessionKind, SessionRow};
use wire::bgp::{MessageType, Notification, Open, parse_notification, parse_open, split_message};
use wire::bmp::{
    InformationType, PeerDownReason, SessionEnds, VERSION_4, split_session_ends, split_tlv,
};
use wire::{ParseError, Reader};

/// What a Peer Up tells, as far as it could be read.
#[derive(Default)]
struct Up<'a> {
    ends: Option<SessionEnds>,
    sent: Option<(Open<'a>, &'a [u8])>,
    received: Option<(Open<'a>, &'a [u8])>,
    capabilities: Vec<u8>,
    negotiated: Option<Negotiated>,
    texts: Vec<Cow<'a, str>>,
}

#[cold]
pub(super) fn peer_up<S: RowSink>(
    context: &PeerMessage<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let mut up = Up::default();
    let read = up.read(context, body);
    let families = up.negotiated.as_ref().map(|negotiated| {
        let families = negotiated.add_path_received.iter();
        families
            .map(|(afi, safi)| (afi.0, safi.0))
            .collect::<Vec<_>>()
    });
    let text = text_of(&up.texts);
    rows.session(&mut SessionRow {
        local_ip: up.ends.and_then(|ends| ends.local_ip),
        local_port: up.ends.and_then(|ends| port(ends.local_port)),
        remote_port: up.ends.and_then(|ends| port(ends.remote_port)),
        local_asn: up.sent.map(|(open, _)| open.asn),
        hold_time_s: up.received.map(|(open, _)| open.hold_time_s),
        sent_open: up.sent.map(|(_, octets)| octets),
        received_open: up.received.map(|(_, octets)| octets),
        capabilities: up.received.map(|_| up.capabilities.as_slice()),
        add_path: families.as_deref(),
        reason_text: text.as_deref(),
        ..context.session_row(SessionKind::Up, rows)
    });
    match up.negotiated {
        Some(negotiated) => {
            if !memory.peers.up(&context.key, negotiated) {
                rows.notice(Notice::PeerForgotten, 1);
            }
        }
        None => memory.peers.down(&context.key),
    }
    if let Err(error) = read {
        context.reject(error, Disposition::RestDiscard, rows);
    }
}

/// A Loc-RIB has no ports: they are 0 (RFC 9069, section 5.1).
fn port(number: u16) -> Option<u16> {
    (number != 0).then_some(number)
}

impl<'a> Up<'a> {
    fn read(&mut self, context: &PeerMessage<'_>, body: Reader<'a>) -> Result<(), ParseError> {
        let (ends, mut reader) = split_session_ends(context.header, body)?;
        self.ends = Some(ends);
        let sent = split_open(&mut reader)?;
        self.sent = Some(sent);
        let received = split_open(&mut reader)?;
        self.received = Some(received);
        let codes = &mut self.capabilities;
        let (open, _) = received;
        open.capabilities.for_each(|code, _| codes.push(code))?;
        let negotiated = Negotiated::by_opens(context.key.scope, &sent.0, &open)?;
        self.negotiated = Some(negotiated);
        read_texts(reader, &mut self.texts)
    }
}

/// One OPEN, read and whole.
fn split_open<'a>(reader: &mut Reader<'a>) -> Result<(Open<'a>, &'a [u8]), ParseError> {
    let (message, rest) = split_message(*reader)?;
    if message.message_type != MessageType::OPEN {
        let offset = message.body.offset().saturating_sub(1);
        return Err(ParseError::bad_value("message type", offset));
    }
    *reader = rest;
    Ok((parse_open(message.body)?, message.octets))
}

/// What a Peer Down tells, as far as it could be read.
#[derive(Default)]
struct Down<'a> {
    reason: Option<PeerDownReason>,
    notification: Option<Notification<'a>>,
    texts: Vec<Cow<'a, str>>,
}

#[cold]
pub(super) fn peer_down<S: RowSink>(
    context: &PeerMessage<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let mut down = Down::default();
    let read = down.read(context, body);
    let text = text_of(&down.texts);
    let notification = down.notification;
    let shutdown_text = notification.and_then(|notification| notification.shutdown_text);
    rows.session(&mut SessionRow {
        reason_code: down.reason.map(|reason| reason.0.into()),
        notification: notification.map(|notification| (notification.code, notification.subcode)),
        direction: notification.map(|_| match down.reason {
            Some(PeerDownReason::REMOTE_NOTIFICATION) => Direction::Received,
            _ => Direction::Sent,
        }),
        reason_text: shutdown_text.or(text.as_deref()),
        ..context.session_row(SessionKind::Down, rows)
    });
    memory.peers.down(&context.key);
    if let Err(error) = read {
        context.reject(error, Disposition::RestDiscard, rows);
    }
}

impl<'a> Down<'a> {
    fn read(&mut self, context: &PeerMessage<'_>, body: Reader<'a>) -> Result<(), ParseError> {
        let mut reader = body;
        let reason = PeerDownReason(reader.u8("peer down reason")?);
        self.reason = Some(reason);
        match reason {
            PeerDownReason::LOCAL_NOTIFICATION | PeerDownReason::REMOTE_NOTIFICATION => {
                self.notification = Some(split_notification(&mut reader)?);
            }
            PeerDownReason::LOCAL_NO_NOTIFICATION => match reader.u16("FSM event code")? {
                0 => (),
                event => self.texts.push(format!("FSM event {event}").into()),
            },
            PeerDownReason::REMOTE_NO_NOTIFICATION | PeerDownReason::DECONFIGURED => (),
            PeerDownReason::LOCAL_TLVS => return read_texts(reader, &mut self.texts),
            // Nobody says what follows.
            _ => return Ok(()),
        }
        if context.message.version == VERSION_4 {
            return read_texts(reader, &mut self.texts);
        }
        reader.finish("peer down")
    }
}

fn split_notification<'a>(reader: &mut Reader<'a>) -> Result<Notification<'a>, ParseError> {
    let (message, rest) = split_message(*reader)?;
    if message.message_type != MessageType::NOTIFICATION {
        let offset = message.body.offset().saturating_sub(1);
        return Err(ParseError::bad_value("message type", offset));
    }
    *reader = rest;
    parse_notification(message.body)
}

/// Reads TLVs to the end; those of free text, of the table's name and of a label are texts.
fn read_texts<'a>(mut reader: Reader<'a>, texts: &mut Vec<Cow<'a, str>>) -> Result<(), ParseError> {
    while !reader.is_empty() {
        let tlv = split_tlv(&mut reader)?;
        if let InformationType::STRING
        | InformationType::TABLE_NAME
        | InformationType::ADMIN_LABEL = InformationType(tlv.tlv_type)
        {
            texts.push(String::from_utf8_lossy(tlv.value.rest()));
        }
    }
    Ok(())
}

/// Texts as one; none if all are empty.
pub(super) fn text_of(texts: &[Cow<'_, str>]) -> Option<String> {
    let texts = texts.iter().map(Cow::as_ref);
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
