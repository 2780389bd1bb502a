//! UPDATE (RFC 4271, section 4.3): up to four runs of routes: withdrawn and announced, plain and multiprotocol.

use crate::bgp::attributes::{AttributeFault, Received};
use crate::bgp::nlri::Staged;
use crate::bgp::session::end_of_rib;
use crate::bgp::{BgpContext, Memory, Scratch};
use crate::message::MessageRows;
use crate::peers::Peers;
use tables::{Disposition, PathAttributes, RouteError, RouteKind, RouteRun, RowSink};
use wire::bgp::{Afi, MessageType, Safi, parse_mp_reach, parse_mp_unreach, parse_update};
use wire::{ParseError, Reader};

/// Withdrawals have no attributes.
const NO_ATTRIBUTES: PathAttributes<'static> = PathAttributes {
    origin: None,
    as_path: None,
    as_width_inferred: false,
    next_hop: None,
    next_hop_link_local: None,
    med: None,
    local_pref: None,
    atomic_aggregate: false,
    aggregator: None,
    originator_id: None,
    cluster_list: None,
    communities: None,
    large_communities: None,
    ext_communities: None,
    ipv6_ext_communities: None,
    only_to_customer: None,
    aigp: None,
    stripped_asn: None,
    raw: &[],
};

#[inline]
pub(super) fn decode<S: RowSink>(
    context: &BgpContext<'_>,
    body: Reader<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let update = parse_update(body)?;
    if update.withdrawn.is_empty() && update.attributes.is_empty() && update.nlri.is_empty() {
        let unicast = (Afi::IPV4, Safi::UNICAST);
        end_of_rib(context, unicast, &mut memory.peers, rows);
        return Ok(());
    }
    let Memory { peers, scratch, .. } = memory;
    let Scratch { stage, attributes } = scratch;
    let mut received = Received::default();
    received.read(update.attributes, attributes);
    received.settle(context.asn_width, attributes);
    let mp_reach = received.mp_reach.map(parse_mp_reach).transpose()?;
    let mp_unreach = received.mp_unreach.map(parse_mp_unreach).transpose()?;
    if !update.nlri.is_empty() || mp_reach.is_some_and(|reach| !reach.nlri.is_empty()) {
        let needs_next_hop = !update.nlri.is_empty() && context.needs_next_hop();
        received.require_mandatory(needs_next_hop, update.attributes.offset());
    }
    if let Some(fault) = received.fault {
        if fault.disposition == Disposition::MessageDiscard {
            return Err(fault.error);
        }
        context.reject(fault.error, fault.disposition, fault.code, rows);
    }

    let mut runs = Runs {
        context,
        fault: received.fault,
        peers,
        rows,
        is_empty: true,
    };
    let unicast = (Afi::IPV4, Safi::UNICAST);
    if !update.withdrawn.is_empty() {
        let path_ids = context.path_ids(runs.peers, unicast);
        runs.withdraw(unicast, stage.take(unicast, update.withdrawn, path_ids));
    }
    if let Some(unreach) = mp_unreach {
        let is_alone =
            received.is_mp_unreach_alone() && update.nlri.is_empty() && update.withdrawn.is_empty();
        if unreach.nlri.is_empty() && is_alone {
            end_of_rib(context, (unreach.afi, unreach.safi), runs.peers, runs.rows);
            return Ok(());
        }
        let family = (unreach.afi, unreach.safi);
        let path_ids = context.path_ids(runs.peers, family);
        runs.withdraw(family, stage.take(family, unreach.nlri, path_ids));
    }
    if !update.nlri.is_empty() {
        let path_ids = context.path_ids(runs.peers, unicast);
        let staged = stage.take(unicast, update.nlri, path_ids);
        runs.announce(unicast, staged, &received.values);
    }
    if let Some(reach) = mp_reach {
        received.set_next_hop(reach.next_hop);
        let family = (reach.afi, reach.safi);
        let path_ids = context.path_ids(runs.peers, family);
        let staged = stage.take(family, reach.nlri, path_ids);
        runs.announce(family, staged, &received.values);
    }
    if runs.is_empty {
        rows.skip("update_without_routes");
    }
    Ok(())
}

/// The runs of one UPDATE on their way out.
struct Runs<'a, 'r, 's, S> {
    context: &'a BgpContext<'a>,
    fault: Option<AttributeFault>,
    peers: &'r mut Peers,
    rows: &'r mut MessageRows<'s, S>,
    is_empty: bool,
}

impl<S: RowSink> Runs<'_, '_, '_, S> {
    #[inline]
    fn withdraw(&mut self, family: (Afi, Safi), staged: Staged<'_>) {
        self.push(family, staged, RouteKind::Withdraw, &NO_ATTRIBUTES, None);
    }

    /// Announced, or withdrawn where an attribute is so malformed that the route cannot be believed.
    #[inline]
    fn announce(
        &mut self,
        family: (Afi, Safi),
        staged: Staged<'_>,
        attributes: &PathAttributes<'_>,
    ) {
        match self.fault.map(|fault| fault.disposition) {
            None => self.push(family, staged, RouteKind::Announce, attributes, None),
            Some(Disposition::TreatAsWithdraw) => {
                let error = Some(RouteError::TreatAsWithdraw);
                self.push(family, staged, RouteKind::Withdraw, &NO_ATTRIBUTES, error);
            }
            Some(_) => {
                self.push(
                    family,
                    staged,
                    RouteKind::Announce,
                    attributes,
                    Some(RouteError::AttributeDiscard),
                );
            }
        }
    }

    #[inline]
    fn push(
        &mut self,
        (afi, safi): (Afi, Safi),
        staged: Staged<'_>,
        kind: RouteKind,
        attributes: &PathAttributes<'_>,
        error: Option<RouteError>,
    ) {
        if let Some(fault) = staged.fault {
            let message_type = Some(u16::from(MessageType::UPDATE.0));
            self.context
                .reject(fault, Disposition::RestDiscard, message_type, self.rows);
            self.is_empty = false;
        }
        let Some(nlri) = staged.nlri else { return };
        self.is_empty = false;
        self.rows.routes(&mut RouteRun {
            provenance: self.rows.provenance(),
            item: 0,
            observed_at: self.context.observed_at,
            router_at: self.context.router_at,
            originated_at: None,
            peer: self.context.peer,
            rib_view: self.context.rib_view,
            kind,
            afi: afi.0,
            safi: safi.0,
            nlri,
            attributes,
            is_initial_dump: self.context.is_initial(self.peers, (afi, safi)),
            add_path_inferred: staged.add_path_inferred,
            error: error.or(staged.fault.map(|_| RouteError::PartialNlri)),
        });
    }
}
