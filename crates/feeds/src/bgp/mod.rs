//! BGP messages, whatever envelope they came in: an UPDATE becomes runs of routes, the rest becomes events of sessions.

mod attributes;
mod nlri;
mod rib;
mod session;
mod update;

pub(crate) use nlri::{table_item, table_prefix};
pub(crate) use rib::{RibRoute, decode_rib_route, decode_rib_route_by};
pub(crate) use session::push_notification;

use crate::message::{MessageRows, Reject};
use crate::peers::{Family, PathIds, PeerKey, Peers};
use crate::{DecoderSettings, Notice};
use std::net::IpAddr;
use tables::{Direction, Disposition, ObservedAt, Peer, RibView, RowSink};
use wire::ParseError;
use wire::bgp::{AsnWidth, Message, MessageType};

/// What the envelope says of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BgpContext<'a> {
    /// The envelope with the message in it: what a reject keeps, and what its offsets count from.
    pub(crate) unit: &'a [u8],
    pub(crate) observed_at: ObservedAt,
    pub(crate) router_at: Option<i64>,
    pub(crate) peer: &'a Peer<'a>,
    pub(crate) direction: Direction,
    pub(crate) local: Option<(IpAddr, u32)>,
    pub(crate) rib_view: RibView,
    pub(crate) asn_width: AsnWidth,
    /// Whether NLRI carry path identifiers, where the envelope itself says.
    pub(crate) has_path_ids: Option<bool>,
    /// Families whose NLRI carry them, where the envelope lists such (BMP version 4).
    pub(crate) path_id_families: &'a [Family],
    /// By which the peer is remembered.
    pub(crate) key: &'a PeerKey,
}

impl BgpContext<'_> {
    /// Whether NLRI of a family carry path identifiers.
    #[inline]
    fn path_ids(&self, peers: &mut Peers, family: Family) -> PathIds {
        match self.has_path_ids {
            Some(has_path_ids) => PathIds::Told(has_path_ids),
            None if self.path_id_families.contains(&family) => PathIds::Told(true),
            None if peers.is_empty() => PathIds::Unknown,
            None => peers.path_ids(self.key, self.direction, family),
        }
    }

    /// Whether an announcement must have a next hop. Of routes in its own tables a router writes what it has, which may be
    /// none (RFC 7854, section 5); only what was received or sent is a message of BGP.
    #[inline]
    fn needs_next_hop(&self) -> bool {
        !matches!(
            self.rib_view,
            RibView::AdjInPost | RibView::AdjOutPre | RibView::LocRib
        )
    }

    /// Whether routes of a family belong to the initial table of the session.
    #[inline]
    fn is_initial(&self, peers: &mut Peers, family: Family) -> bool {
        peers.has_sessions() && peers.is_initial(self.key, self.rib_view, family)
    }

    #[cold]
    pub(crate) fn reject<S: RowSink>(
        &self,
        error: ParseError,
        disposition: Disposition,
        message_type: Option<u16>,
        rows: &mut MessageRows<'_, S>,
    ) {
        rows.reject(&Reject {
            observed_at: Some(self.observed_at),
            peer: Some(self.peer),
            message_type,
            ..Reject::new(error, disposition, self.unit)
        });
    }
}

/// Longer messages must have been negotiated (RFC 8654); we take them from anyone.
const MESSAGE_OCTETS_MAX: usize = 4096;

/// What is kept from one message to the next: what is known of peers, and buffers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) peers: Peers,
    pub(crate) scratch: Scratch,
}

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    stage: nlri::Stage,
    attributes: attributes::Scratch,
}

/// Decodes one BGP message.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    context: &BgpContext<'_>,
    message: &Message<'_>,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    if message.octets.len() > MESSAGE_OCTETS_MAX {
        rows.notice(Notice::ExtendedMessage, 1);
    }
    let decoded = match message.message_type {
        MessageType::UPDATE => update::decode(context, message.body, memory, rows),
        MessageType::OPEN => session::decode_open(context, message, rows),
        MessageType::NOTIFICATION => session::decode_notification(context, message.body, rows),
        MessageType::KEEPALIVE => {
            rows.skip("keepalive");
            Ok(())
        }
        MessageType::ROUTE_REFRESH => {
            rows.skip("route_refresh");
            Ok(())
        }
        _ => Err(ParseError::bad_value(
            "message type",
            message.body.offset().saturating_sub(1),
        )),
    };
    if let Err(error) = decoded {
        let message_type = Some(u16::from(message.message_type.0));
        context.reject(error, Disposition::MessageDiscard, message_type, rows);
    }
}

/// The ASN before which that of a collector is stripped from AS_PATH; none if none is to be.
#[inline]
fn strips_before(settings: &DecoderSettings, peer: &Peer<'_>) -> Option<u32> {
    settings.strips_collector_asn.then_some(peer.asn)
}

#[cfg(test)]
mod tests;
