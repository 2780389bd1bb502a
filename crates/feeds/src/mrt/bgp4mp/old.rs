//! BGP4MP records that only older writers make: routes of a table, and sessions of which old Zebra did not know the addresses.

use super::{peer_of, push_state_change};
use crate::bgp::{self, Memory, RibRoute};
use crate::message::MessageRows;
use crate::mrt::{RecordContext, seconds_us};
use tables::{Direction, Nlri, RowSink, SessionKind, SessionRow};
use wire::bgp::{AsnWidth, Message, MessageType, parse_open};
use wire::mrt::bgp4mp::{Subtype, parse_entry, parse_short_state_change, split_short_message};
use wire::{ParseError, Reader};

/// Decodes a route of a table, which is all there is besides messages and states.
#[cold]
#[inline(never)]
pub(super) fn decode_table<S: RowSink>(
    context: &RecordContext<'_>,
    subtype: Subtype,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    match subtype {
        Subtype::ENTRY => {
            if let Err(error) = decode_entry(context, body, memory, rows) {
                context.reject(error, rows);
            }
        }
        Subtype::SNAPSHOT => rows.skip("bgp4mp_snapshot"),
        _ => rows.skip("bgp4mp_subtype_not_decoded"),
    }
}

fn decode_entry<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let entry = parse_entry(body)?;
    let peer = peer_of(&entry.session);
    let prefixes = [bgp::table_prefix(entry.prefix)];
    let route = RibRoute {
        unit: Reader::new(context.record.octets),
        observed_at: context.observed_at,
        originated_at: seconds_us(entry.originated_s),
        peer: &peer,
        afi: entry.afi.0,
        safi: entry.safi.0,
        nlri: Nlri::Prefixes {
            prefixes: &prefixes,
            path_ids: &[],
        },
        asn_width: AsnWidth::Two,
        attributes: entry.attributes,
    };
    bgp::decode_rib_route_by(&route, Some(entry.next_hop), &mut memory.scratch, rows);
    Ok(())
}

/// Decodes a record without the addresses of its session, or refuses it for `error`, for which it is none with them.
#[cold]
#[inline(never)]
pub(super) fn decode_short<S: RowSink>(
    context: &RecordContext<'_>,
    subtype: Subtype,
    body: Reader<'_>,
    error: ParseError,
    rows: &mut MessageRows<'_, S>,
) {
    if subtype.is_state_change() {
        return match parse_short_state_change(body, subtype.asn_width()) {
            Ok(Some(change)) => push_state_change(context, None, change, rows),
            _ => context.reject(error, rows),
        };
    }
    let decoded = match split_short_message(body, subtype.asn_width()) {
        Some((message, rest)) if rest.is_empty() => decode_open(context, &message, rows),
        _ => Err(error),
    };
    if let Err(error) = decoded {
        context.reject(error, rows);
    }
}

/// An OPEN tells enough without its session; whose any other message is cannot be known.
fn decode_open<S: RowSink>(
    context: &RecordContext<'_>,
    message: &Message<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    if message.message_type != MessageType::OPEN {
        return Err(ParseError::new(
            wire::Fault::Missing,
            "peer IP address",
            message.body.offset(),
        ));
    }
    let open = parse_open(message.body)?;
    let mut capabilities = Vec::new();
    open.capabilities
        .for_each(|code, _| capabilities.push(code))?;
    let kind = SessionKind::Open;
    let row = SessionRow::new(rows.provenance(), context.observed_at, None, kind);
    rows.session(&mut SessionRow {
        direction: Some(Direction::Received),
        hold_time_s: Some(open.hold_time_s),
        received_open: Some(message.octets),
        capabilities: Some(&capabilities),
        ..row
    });
    Ok(())
}
