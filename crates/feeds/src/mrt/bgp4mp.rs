//! BGP4MP and BGP4MP_ET: a BGP message, or a change of state, of one session.

use crate::bgp::{self, BgpContext, Memory};
use crate::message::MessageRows;
use crate::mrt::RecordContext;
use crate::peers::{PeerKey, Scope, octets_of};
use tables::{Direction, Peer, RibView, RowSink, SessionKind, SessionRow};
use wire::mrt::bgp4mp::{Session, Subtype, parse_state_change, split_session};
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
        // ENTRY and SNAPSHOT, deprecated by RFC 6396.
        return rows.skip("bgp4mp_subtype_not_decoded");
    }
    let (session, rest) = match split_session(body, subtype.asn_width()) {
        Ok(parts) => parts,
        Err(error) => return context.reject(error, rows),
    };
    let peer = Peer {
        ip: session.peer_ip,
        asn: session.peer_asn,
        bgp_id: None,
        distinguisher: None,
    };
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
        key: peer_key(session),
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
    rows.session(&mut SessionRow {
        old_state: Some(change.old),
        new_state: Some(change.new),
        local_ip: Some(session.local_ip),
        local_asn: Some(session.local_asn),
        ..bgp::session_row(
            rows.provenance(),
            context.observed_at,
            peer,
            SessionKind::State,
        )
    });
    Ok(())
}

/// A collector knows a peer by its address; archives of several collectors may be one feed.
#[inline]
fn peer_key(session: &Session) -> PeerKey {
    PeerKey {
        router: octets_of(session.local_ip),
        scope: Scope::MRT,
        distinguisher: [0; 8],
        ip: session.peer_ip,
    }
}
