//! BGP records of the years before BGP4MP: a message without its header, or a state change.

use crate::bgp::{self, BgpContext, Memory};
use crate::message::MessageRows;
use crate::mrt::{RecordContext, peer_key};
use tables::{Direction, Peer, RibView, RowSink, SessionKind, SessionRow};
use wire::bgp::{AsnWidth, HEADER_OCTETS, Message, MessageType};
use wire::mrt::early_bgp::{BODY_OCTETS_MAX, Subtype, parse_peer_state_change, split_session};
use wire::{Fault, ParseError, Reader};

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let subtype = Subtype(context.record.subtype);
    let decoded = match subtype.message_type() {
        Some(message_type) => decode_bgp(context, message_type, body, memory, rows),
        None if subtype == Subtype::STATE_CHANGE => decode_state_change(context, body, rows),
        None if subtype.is_assigned() => {
            rows.skip("mrt_bgp_subtype_not_decoded");
            Ok(())
        }
        None => Err(ParseError::bad_value("subtype", 6)),
    };
    if let Err(error) = decoded {
        context.reject(error, rows);
    }
}

fn decode_bgp<S: RowSink>(
    context: &RecordContext<'_>,
    message_type: MessageType,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    if body.len() > BODY_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, "length", 8));
    }
    let (session, body) = split_session(body)?;
    let bgp_context = BgpContext {
        unit: context.record.octets,
        observed_at: context.observed_at,
        router_at: None,
        peer: &peer(session.peer_asn, session.peer_ip),
        direction: Direction::Received,
        local: Some((session.local_ip, session.local_asn)),
        rib_view: RibView::AdjInPre,
        asn_width: AsnWidth::Two,
        has_path_ids: None,
        path_id_families: &[],
        key: &peer_key(&session),
    };
    // An OPEN is kept whole, as others have it.
    let whole = match message_type {
        MessageType::OPEN => with_header(message_type, body),
        _ => Vec::new(),
    };
    let message = Message {
        message_type,
        octets: &whole,
        body,
    };
    bgp::decode_message(&bgp_context, &message, memory, rows);
    Ok(())
}

/// The message as it was on the wire.
#[cold]
fn with_header(message_type: MessageType, body: Reader<'_>) -> Vec<u8> {
    let octets = HEADER_OCTETS.saturating_add(body.len());
    let length = u16::try_from(octets).unwrap_or(u16::MAX);
    let mut message = vec![0xff; 16];
    message.extend(length.to_be_bytes());
    message.push(message_type.0);
    message.extend(body.rest());
    message
}

fn decode_state_change<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (asn, ip, change) = parse_peer_state_change(body)?;
    let peer = peer(asn, ip);
    let row = SessionRow::new(
        rows.provenance(),
        context.observed_at,
        Some(&peer),
        SessionKind::State,
    );
    rows.session(&mut SessionRow {
        old_state: Some(change.old),
        new_state: Some(change.new),
        ..row
    });
    Ok(())
}

fn peer(asn: u32, ip: std::net::IpAddr) -> Peer<'static> {
    Peer {
        ip,
        asn,
        bgp_id: None,
        distinguisher: None,
    }
}
