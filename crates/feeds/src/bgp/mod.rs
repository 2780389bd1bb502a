//! BGP messages, whatever envelope they came in: an UPDATE becomes runs of routes, the rest becomes events of sessions.

mod attributes;
mod nlri;
mod rib;
mod session;
mod update;

pub(crate) use nlri::{table_item, table_prefix};
pub(crate) use rib::{RibRoute, decode_rib_route};
pub(crate) use session::session_row;

use crate::DecoderSettings;
use crate::message::{MessageRows, Reject};
use crate::peers::{PathIds, PeerKey, Peers};
use std::net::IpAddr;
use tables::{Direction, Disposition, ObservedAt, Peer, RibView, RowSink};
use wire::ParseError;
use wire::bgp::{Afi, AsnWidth, Message, MessageType, Safi};

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
    /// By which the peer is remembered.
    pub(crate) key: PeerKey,
}

impl BgpContext<'_> {
    /// Whether NLRI of a family carry path identifiers.
    #[inline]
    fn path_ids(&self, peers: &mut Peers, family: (Afi, Safi)) -> PathIds {
        match self.has_path_ids {
            Some(has_path_ids) => PathIds::Told(has_path_ids),
            None if peers.is_empty() => PathIds::Unknown,
            None => peers.path_ids(&self.key, self.direction, family),
        }
    }

    #[cold]
    fn reject<S: RowSink>(
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
