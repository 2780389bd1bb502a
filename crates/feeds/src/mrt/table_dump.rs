//! TABLE_DUMP: one route per record.

use crate::bgp::{self, Memory, RibRoute};
use crate::message::MessageRows;
use crate::mrt::{RecordContext, seconds_us};
use tables::{Nlri, Peer, RowSink};
use wire::Reader;
use wire::bgp::{AsnWidth, Safi};
use wire::mrt::table_dump::split_route;

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let (route, rest) = match split_route(body, context.record.subtype) {
        Ok(parts) => parts,
        Err(error) => return context.reject(error, rows),
    };
    let peer = Peer {
        ip: route.peer_ip,
        asn: route.peer_asn,
        bgp_id: None,
        distinguisher: None,
    };
    let prefixes = [bgp::table_prefix(route.prefix)];
    let rib_route = RibRoute {
        unit: Reader::new(context.record.octets),
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
    if !rest.is_empty() {
        context.reject_leftover(rest, rows);
    }
}
