//! OPEN, NOTIFICATION and End-of-RIB: events of a session.

use crate::bgp::BgpContext;
use crate::message::MessageRows;
use crate::peers::{Family, Peers};
use tables::{Direction, Peer, RowSink, SessionKind, SessionRow};
use wire::bgp::{Message, parse_notification, parse_open};
use wire::{ParseError, Reader};

/// The context's row: with our side of the session and the way the message went.
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
        ..SessionRow::new(
            rows.provenance(),
            context.observed_at,
            Some(context.peer),
            kind,
        )
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
    let row = row(context, SessionKind::Notification, rows);
    push_notification(row, body, rows)
}

/// Pushes a row with what the body of a NOTIFICATION tells.
///
/// # Errors
/// Those of [`parse_notification`].
pub(crate) fn push_notification<S: RowSink>(
    row: SessionRow<'_>,
    body: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let notification = parse_notification(body)?;
    rows.session(&mut SessionRow {
        notification: Some((notification.code, notification.subcode)),
        reason_text: notification.shutdown_text,
        ..row
    });
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
    peers.complete(context.key, context.rib_view, family);
    let (afi, safi) = family;
    let row = SessionRow {
        family: Some((afi.0, safi.0)),
        rib_view: Some(context.rib_view),
        ..row(context, SessionKind::EndOfRib, rows)
    };
    rows.session(&mut { row });
}
