//! One route of a table dump. It is never treated as withdrawn: it stood in the table, malformed or not.
//!
//! That an UPDATE must have ORIGIN, AS_PATH and a next hop (RFC 7606, section 3, d) does not bind a dump: RFC 6396, section
//! 4.3.4, asks only for the attributes as the table has them, and routes of the collector itself have none. What is
//! absent is null, and no error.

use crate::Notice;
use crate::bgp::attributes::Received;
use crate::bgp::{Scratch, strips_before};
use crate::message::{MessageRows, Reject};
use tables::{
    Disposition, Nlri, ObservedAt, Peer, RibView, RouteError, RouteKind, RouteRun, RowSink,
};
use wire::Reader;
use wire::bgp::{AsnWidth, AttributeCode, parse_mp_next_hop};

/// One route, its attributes not yet looked into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RibRoute<'a> {
    /// Where begins what a reject keeps, up to the end of the attributes: the record, or in a record of many routes the
    /// entry, so that a flood of bad ones costs no more than its octets.
    pub(crate) unit: Reader<'a>,
    pub(crate) observed_at: ObservedAt,
    pub(crate) originated_at: i64,
    pub(crate) peer: &'a Peer<'a>,
    pub(crate) afi: u16,
    pub(crate) safi: u8,
    pub(crate) nlri: Nlri<'a>,
    pub(crate) asn_width: AsnWidth,
    pub(crate) attributes: Reader<'a>,
}

/// Decodes the attributes of a route and pushes it.
#[inline]
pub(crate) fn decode_rib_route<S: RowSink>(
    route: &RibRoute<'_>,
    scratch: &mut Scratch,
    rows: &mut MessageRows<'_, S>,
) {
    decode_rib_route_by(route, None, scratch, rows);
}

/// The same for a route whose next hop may stand outside its attributes, written as an abbreviated MP_REACH_NLRI.
#[inline]
pub(crate) fn decode_rib_route_by<S: RowSink>(
    route: &RibRoute<'_>,
    next_hop: Option<Reader<'_>>,
    scratch: &mut Scratch,
    rows: &mut MessageRows<'_, S>,
) {
    let mut received = Received::default();
    received.read(route.attributes, &mut scratch.attributes);
    let strips_before = strips_before(rows.settings(), route.peer);
    received.settle(route.asn_width, strips_before, &mut scratch.attributes);
    if let Some(next_hop) = next_hop.or(received.mp_reach) {
        match parse_mp_next_hop(next_hop) {
            Ok(next_hop) => received.set_next_hop(next_hop),
            Err(error) => {
                let code = received.mp_reach.map(|_| AttributeCode::MP_REACH_NLRI);
                received.fail(error, code, Disposition::TreatAsWithdraw);
            }
        }
    }
    if let Some(fault) = received.fault {
        rows.reject(&Reject {
            observed_at: Some(route.observed_at),
            peer: Some(route.peer),
            message_type: fault.code,
            ..Reject::up_to(fault.error, Disposition::Kept, route.unit, route.attributes)
        });
    }
    if received.values.as_width_inferred {
        rows.notice(Notice::AsWidthInferred, 1);
    }
    rows.routes(&mut RouteRun {
        provenance: rows.provenance(),
        item: 0,
        observed_at: route.observed_at,
        router_at: None,
        originated_at: Some(route.originated_at),
        peer: route.peer,
        rib_view: RibView::Unknown,
        kind: RouteKind::Rib,
        afi: route.afi,
        safi: route.safi,
        nlri: route.nlri,
        attributes: &received.values,
        is_initial_dump: false,
        add_path_inferred: false,
        error: received.fault.map(|_| RouteError::MalformedRibEntry),
    });
}
