//! Events of a session from the JSON: OPEN and NOTIFICATION where `raw` is absent, and what only the collector can know.

use crate::bgp::{self, Memory};
use crate::message::MessageRows;
use crate::ris_live::Context;
use crate::ris_live::text::decode_hex;
use tables::{Direction, Peer, RowSink, SessionKind, SessionRow};
use wire::{ParseError, Reader};

/// Which way the message went, where the JSON says.
pub(super) fn direction(context: &Context<'_>) -> Option<Direction> {
    match context.document.string(context.data.direction)? {
        "sent" => Some(Direction::Sent),
        "received" => Some(Direction::Received),
        _ => None,
    }
}

/// The row of an event, with everything absent that not all events have.
fn row<'a, S: RowSink>(
    context: &'a Context<'a>,
    kind: SessionKind,
    rows: &MessageRows<'a, S>,
) -> SessionRow<'a> {
    let envelope = context.envelope;
    SessionRow {
        direction: direction(context),
        ..SessionRow::new(
            rows.provenance(),
            envelope.observed_at,
            Some(&envelope.peer),
            kind,
        )
    }
}

/// The identifier in it is the sender's. A capability that was announced several times stands there once.
pub(super) fn decode_open<S: RowSink>(
    context: &Context<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (document, data) = (context.document, context.data);
    let mut codes = Vec::new();
    if document.has(data.capabilities) {
        let Some(members) = document.members(data.capabilities) else {
            return Err(document.bad_value("capabilities", data.capabilities));
        };
        let code = |(name, _): (&[u8], _)| std::str::from_utf8(name).ok()?.parse::<u8>().ok();
        codes.extend(members.filter_map(code));
    }
    let is_received = direction(context) != Some(Direction::Sent);
    let router_id = document.string(data.router_id).filter(|_| is_received);
    let peer = Peer {
        bgp_id: router_id.and_then(|text| text.parse().ok()),
        ..context.envelope.peer
    };
    let row = SessionRow {
        peer: Some(&peer),
        hold_time_s: document.number(data.hold_time),
        capabilities: document.has(data.capabilities).then_some(&codes),
        ..row(context, SessionKind::Open, rows)
    };
    rows.session(&mut { row });
    Ok(())
}

pub(super) fn decode_notification<S: RowSink>(
    context: &Context<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (document, place) = (context.document, context.data.notification);
    let Some(members) = document.members(place) else {
        return Err(document.bad_value("notification", place));
    };
    let (mut code, mut subcode, mut data) = (None, None, "");
    for (name, place) in members {
        match name {
            b"code" => code = document.number::<u8>(place),
            b"subcode" => subcode = document.number::<u8>(place),
            b"data" => data = document.string(place).unwrap_or_default(),
            _ => {}
        }
    }
    let (Some(code), Some(subcode)) = (code, subcode) else {
        return Err(document.bad_value("notification", place));
    };
    let body = notification_body([code, subcode], data);
    push_notification(context, Reader::new(&body), rows)
}

/// A NOTIFICATION from its octets. Who sent it is not known unless the JSON says.
///
/// # Errors
/// Those of [`bgp::push_notification`].
pub(super) fn push_notification<S: RowSink>(
    context: &Context<'_>,
    body: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let row = row(context, SessionKind::Notification, rows);
    bgp::push_notification(row, body, rows)
}

/// The message as it was. RIS puts code and subcode in front of the data once more: a text that begins with them there
/// would have to begin with a control character.
fn notification_body(codes: [u8; 2], data: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let is_hex = decode_hex(data.as_bytes(), &mut octets).is_ok();
    if !is_hex {
        return codes.to_vec();
    }
    if octets.starts_with(&codes) {
        return octets;
    }
    [&codes[..], &octets].concat()
}

/// `connected` and `down` are the words of RIS; a word that we do not know is kept.
pub(super) fn decode_state<S: RowSink>(
    context: &Context<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (document, place) = (context.document, context.data.state);
    let Some(state) = document.string(place) else {
        return Err(document.bad_value("state", place));
    };
    let kind = match state {
        "connected" | "established" | "up" => SessionKind::Up,
        "down" => SessionKind::Down,
        _ => SessionKind::State,
    };
    if kind == SessionKind::Down {
        memory.peers.down(&context.peer_key());
    }
    let row = SessionRow {
        reason_text: (kind == SessionKind::State).then_some(state),
        ..row(context, kind, rows)
    };
    rows.session(&mut { row });
    Ok(())
}
