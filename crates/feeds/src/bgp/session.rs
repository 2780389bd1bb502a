//! OPEN, NOTIFICATION and End-of-RIB: events of a session.

use crate::bgp::BgpContext;
use crate::message::MessageRows;
use crate::peers::{Family, Peers};
use tables::{Direction, ObservedAt, Peer, Provenance, RowSink, SessionKind, SessionRow};
use wire::bgp::{Message, parse_notification, parse_open};
use wire::{ParseError, Reader};

/// A row with everything absent that not all events have.
pub(crate) fn session_row<'a>(
    provenance: &'a Provenance<'a>,
    observed_at: ObservedAt,
    peer: impl Into<Option<&'a Peer<'a>>>,
    kind: SessionKind,
) -> SessionRow<'a> {
    SessionRow {
        provenance,
        item: 0,
        observed_at,
        router_at: None,
        peer: peer.into(),
        kind,
        old_state: None,
        new_state: None,
        reason_code: None,
        notification: None,
        reason_text: None,
        local_ip: None,
        local_asn: None,
        local_port: None,
        remote_port: None,
        direction: None,
        hold_time_s: None,
        sent_open: None,
        received_open: None,
        capabilities: None,
        add_path: None,
        family: None,
        system_name: None,
        system_description: None,
        rib_view: None,
    }
}

/// The context's row: as above, with our side of the session and the way the message went.
fn row<'a, S: RowSink>(
    context: &'a BgpContext<'a>,
    kind: SessionKind,
    rows: &MessageRows<'a, S>,
) -> SessionRow<'a> {
    SessionRow {
        router_at: context.router_at,
        direction: Some(context.direction),
        local_ip: context.local.map(|(ip, _)| ip),
        local_asn: context.local.map(|(_, asn)| asn),
        ..session_row(rows.provenance(), context.observed_at, context.peer, kind)
    }
}

pub(super) fn decode_open<S: RowSink>(
    context: &BgpContext<'_>,
    message: &Message<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let open = parse_open(message.body)?;
    let mut capabilities = Vec::new();
    open.capabilities
        .for_each(|code, _| capabilities.push(code))?;
    // The identifier in it is the sender's.
    let is_received = context.direction == Direction::Received;
    let peer = Peer {
        bgp_id: is_received.then_some(open.bgp_id),
        ..*context.peer
    };
    let row = SessionRow {
        peer: Some(&peer),
        hold_time_s: Some(open.hold_time_s),
        sent_open: (!is_received).then_some(message.octets),
        received_open: is_received.then_some(message.octets),
        capabilities: Some(&capabilities),
        ..row(context, SessionKind::Open, rows)
    };
    rows.session(&mut { row });
    Ok(())
}

pub(super) fn decode_notification<S: RowSink>(
    context: &BgpContext<'_>,
    body: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let notification = parse_notification(body)?;
    let row = SessionRow {
        notification: Some((notification.code, notification.subcode)),
        reason_text: notification.shutdown_text,
        ..row(context, SessionKind::Notification, rows)
    };
    rows.session(&mut { row });
    Ok(())
}

/// The initial table of one family is complete (RFC 4724, section 2).
#[cold]
pub(super) fn end_of_rib<S: RowSink>(
    context: &BgpContext<'_>,
    family: Family,
    peers: &mut Peers,
    rows: &mut MessageRows<'_, S>,
) {
    peers.complete(&context.key, context.rib_view, family);
    let (afi, safi) = family;
    let row = SessionRow {
        family: Some((afi.0, safi.0)),
        rib_view: Some(context.rib_view),
        ..row(context, SessionKind::EndOfRib, rows)
    };
    rows.session(&mut { row });
}
