//! TABLE_DUMP: one route per record, or many in a batch.

use crate::bgp::{self, Memory, RibRoute};
use crate::message::MessageRows;
use crate::mrt::{RecordContext, seconds_us};
use tables::{Nlri, Peer, RowSink};
use wire::Reader;
use wire::bgp::{AsnWidth, Safi};
use wire::mrt::table_dump::{Route, split_head, split_route};

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let parts = split_head(body).and_then(|routes| split_route(routes, context.record.subtype));
    let (route, mut rest) = match parts {
        Ok(parts) => parts,
        Err(error) => return context.reject(error, rows),
    };
    let record = Reader::new(context.record.octets);
    let is_batch = !rest.is_empty();
    decode_route(
        context,
        if is_batch { body } else { record },
        &route,
        memory,
        rows,
    );
    while !rest.is_empty() {
        match split_route(rest, context.record.subtype) {
            Ok((route, after)) => {
                decode_route(context, rest, &route, memory, rows);
                rest = after;
            }
            // Routes before one that cannot be cut have given their rows: only the rest is lost.
            Err(error) => return context.reject_rest(error, rows),
        }
    }
}

/// `unit` is what a reject keeps, from where it begins to the end of the route.
#[inline]
fn decode_route<S: RowSink>(
    context: &RecordContext<'_>,
    unit: Reader<'_>,
    route: &Route<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let peer = Peer {
        ip: route.peer_ip,
        asn: route.peer_asn,
        bgp_id: None,
        distinguisher: None,
    };
    let prefixes = [bgp::table_prefix(route.prefix)];
    let rib_route = RibRoute {
        unit,
        observed_at: context.observed_at,
        originated_at: seconds_us(route.originated_s),
        peer: &peer,
        afi: context.record.subtype,
        safi: Safi::UNICAST.0,
        nlri: Nlri::Prefixes {
            prefixes: &prefixes,
            path_ids: &[],
        },
        asn_width: AsnWidth::Two,
        attributes: route.attributes,
    };
    bgp::decode_rib_route(&rib_route, &mut memory.scratch, rows);
}
