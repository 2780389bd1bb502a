//! UPDATE (RFC 4271, section 4.3): up to four runs of routes: withdrawn and announced, plain and multiprotocol.

use crate::Notice;
use crate::bgp::attributes::{AttributeFault, Received};
use crate::bgp::nlri::{Stage, Staged};
use crate::bgp::session::end_of_rib;
use crate::bgp::{BgpContext, Memory, Scratch, strips_before};
use crate::message::MessageRows;
use crate::peers::{Family, Peers};
use tables::{Disposition, PathAttributes, RouteError, RouteKind, RouteRun, RowSink};
use wire::bgp::{Afi, MessageType, Safi, parse_mp_reach, parse_mp_unreach, parse_update};
use wire::{ParseError, Reader};

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
    received.settle(
        context.asn_width,
        strips_before(rows.settings(), context.peer),
        attributes,
    );
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
    if received.values.as_width_inferred {
        rows.notice(Notice::AsWidthInferred, 1);
    }

    let mut runs = Runs {
        context,
        fault: received.fault,
        stage,
        peers,
        rows,
        is_empty: true,
    };
    let unicast = (Afi::IPV4, Safi::UNICAST);
    if !update.withdrawn.is_empty() {
        runs.withdraw(unicast, update.withdrawn);
    }
    if let Some(unreach) = mp_unreach {
        let is_alone =
            received.is_mp_unreach_alone() && update.nlri.is_empty() && update.withdrawn.is_empty();
        if unreach.nlri.is_empty() && is_alone {
            end_of_rib(context, (unreach.afi, unreach.safi), runs.peers, runs.rows);
            return Ok(());
        }
        runs.withdraw((unreach.afi, unreach.safi), unreach.nlri);
    }
    if !update.nlri.is_empty() {
        runs.announce(unicast, update.nlri, &received.values);
    }
    if let Some(reach) = mp_reach {
        received.set_next_hop(reach.next_hop);
        runs.announce((reach.afi, reach.safi), reach.nlri, &received.values);
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
    stage: &'r mut Stage,
    peers: &'r mut Peers,
    rows: &'r mut MessageRows<'s, S>,
    is_empty: bool,
}

impl<S: RowSink> Runs<'_, '_, '_, S> {
    #[inline]
    fn withdraw(&mut self, family: Family, nlri: Reader<'_>) {
        let (kind, error) = (RouteKind::Withdraw, None);
        self.push(family, nlri, true, kind, &PathAttributes::NONE, error);
    }

    /// Announced, or withdrawn where an attribute is so malformed that the route cannot be believed.
    #[inline]
    fn announce(&mut self, family: Family, nlri: Reader<'_>, attributes: &PathAttributes<'_>) {
        let (kind, attributes, error) = match self.fault.map(|fault| fault.disposition) {
            None => (RouteKind::Announce, attributes, None),
            Some(Disposition::TreatAsWithdraw) => (
                RouteKind::Withdraw,
                &PathAttributes::NONE,
                Some(RouteError::TreatAsWithdraw),
            ),
            Some(_) => (
                RouteKind::Announce,
                attributes,
                Some(RouteError::AttributeDiscard),
            ),
        };
        self.push(family, nlri, false, kind, attributes, error);
    }

    /// `is_withdrawal` says what form the NLRI have, `kind` what they have become.
    #[inline]
    fn push(
        &mut self,
        family: Family,
        nlri: Reader<'_>,
        is_withdrawal: bool,
        kind: RouteKind,
        attributes: &PathAttributes<'_>,
        error: Option<RouteError>,
    ) {
        let path_ids = self.context.path_ids(self.peers, family);
        let staged = self.stage.take(family, nlri, path_ids, is_withdrawal);
        if staged.add_path_inferred || staged.evidence.is_some() {
            note_path_ids(self.context, family, &staged, self.peers, self.rows);
        }
        let mut error = error;
        if let Some((fault, disposition)) = staged.fault {
            let message_type = Some(u16::from(MessageType::UPDATE.0));
            self.context
                .reject(fault, disposition, message_type, self.rows);
            self.is_empty = false;
            if disposition == Disposition::RestDiscard {
                error = error.or(Some(RouteError::PartialNlri));
            }
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
            afi: family.0.0,
            safi: family.1.0,
            nlri,
            attributes,
            is_initial_dump: self.context.is_initial(self.peers, family),
            add_path_inferred: staged.add_path_inferred,
            error,
        });
    }
}

/// Counts readings that were inferred, and remembers what could be read in one way only.
#[cold]
#[inline(never)]
fn note_path_ids<S: RowSink>(
    context: &BgpContext<'_>,
    family: Family,
    staged: &Staged<'_>,
    peers: &mut Peers,
    rows: &mut MessageRows<'_, S>,
) {
    if staged.add_path_inferred {
        rows.notice(Notice::PathIdsInferred, 1);
    }
    if let Some(has_path_ids) = staged.evidence
        && peers.observe_path_ids(context.key, context.direction, family, has_path_ids)
    {
        rows.notice(Notice::PathIdsLearned, 1);
    }
}
