//! BGP4MP and BGP4MP_ET: a BGP message, or a change of state, of one session. What only older writers put there stands in
//! the file `bgp4mp/old.rs`.

mod old;

use crate::bgp::{self, BgpContext, Memory};
use crate::message::MessageRows;
use crate::mrt::{RecordContext, peer_key};
use tables::{Direction, Peer, RibView, RowSink, SessionKind, SessionRow};
use wire::mrt::bgp4mp::{Session, StateChange, Subtype, parse_state_change, split_session};
use wire::{ParseError, Reader};

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let subtype = Subtype(context.record.subtype);
    if !subtype.is_message() && !subtype.is_state_change() {
        return old::decode_table(context, subtype, body, memory, rows);
    }
    let (session, rest) = match split_session(body, subtype.asn_width()) {
        Ok(parts) => parts,
        Err(error) => return old::decode_short(context, subtype, body, error, rows),
    };
    let peer = peer_of(&session);
    let decoded = if subtype.is_state_change() {
        decode_state_change(context, &session, &peer, rest, rows)
    } else {
        decode_bgp(context, &session, &peer, rest, memory, rows)
    };
    if let Err(error) = decoded {
        context.reject_of(&peer, error, rows);
    }
}

#[inline]
fn decode_bgp<S: RowSink>(
    context: &RecordContext<'_>,
    session: &Session,
    peer: &Peer<'_>,
    message: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let (message, rest) = wire::bgp::split_message(message)?;
    let subtype = Subtype(context.record.subtype);
    let (direction, rib_view) = if subtype.is_local() {
        (Direction::Sent, RibView::AdjOutPost)
    } else {
        (Direction::Received, RibView::AdjInPre)
    };
    let bgp_context = BgpContext {
        unit: context.record.octets,
        observed_at: context.observed_at,
        router_at: None,
        peer,
        direction,
        local: Some((session.local_ip, session.local_asn)),
        rib_view,
        asn_width: subtype.asn_width(),
        has_path_ids: subtype.has_path_ids().then_some(true),
        path_id_families: &[],
        key: &peer_key(session),
    };
    bgp::decode_message(&bgp_context, &message, memory, rows);
    if !rest.is_empty() {
        context.reject_leftover(rest, rows);
    }
    Ok(())
}

fn decode_state_change<S: RowSink>(
    context: &RecordContext<'_>,
    session: &Session,
    peer: &Peer<'_>,
    rest: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let change = parse_state_change(rest)?;
    push_state_change(context, Some((session, peer)), change, rows);
    Ok(())
}

/// Pushes a change of state, whose session may not be known.
fn push_state_change<S: RowSink>(
    context: &RecordContext<'_>,
    of: Option<(&Session, &Peer<'_>)>,
    change: StateChange,
    rows: &mut MessageRows<'_, S>,
) {
    let kind = SessionKind::State;
    let row = SessionRow::new(rows.provenance(), context.observed_at, None, kind);
    rows.session(&mut SessionRow {
        peer: of.map(|(_, peer)| peer),
        old_state: Some(change.old),
        new_state: Some(change.new),
        local_ip: of.map(|(session, _)| session.local_ip),
        local_asn: of.map(|(session, _)| session.local_asn),
        ..row
    });
}

fn peer_of(session: &Session) -> Peer<'static> {
    Peer {
        ip: session.peer_ip,
        asn: session.peer_asn,
        bgp_id: None,
        distinguisher: None,
    }
}
