//! Messages about one peer: the per-peer header becomes whose rows they are, which table is meant, and when it was.

use crate::Notice;
use crate::bgp::{self, BgpContext, Memory};
use crate::bmp::texts::Distinguishers;
use crate::bmp::{Envelope, session, statistics};
use crate::message::{MessageRows, Reject};
use crate::peers::{Family, PeerKey, Scope};
use tables::{
    Direction, Disposition, ObservedAt, ObservedAtSource, Peer, RibView, RouteDistinguisher,
    RowSink, SessionKind, SessionRow,
};
use wire::bgp::{AsnWidth, CapabilityCode, add_path_families, for_each_capability};
use wire::bmp::{
    Message, MessageType, MirroringType, PeerHeader, PeerType, VERSION_4, parse_marked,
    split_peer_header, split_tlv,
};
use wire::{Fault, ParseError, Reader};

/// What every part of a message's decoding needs to know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerMessage<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) header: &'a PeerHeader,
    pub(super) observed_at: ObservedAt,
    pub(super) router_at: Option<i64>,
    pub(super) peer: Peer<'a>,
    pub(super) key: PeerKey,
}

#[inline]
pub(super) fn decode<S: RowSink>(
    message: &Message<'_>,
    envelope: &Envelope,
    distinguishers: &mut Distinguishers,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let (header, rest) = match split_peer_header(message.body) {
        Ok(parts) => parts,
        Err(error) => {
            return rows.reject(&Reject {
                observed_at: envelope.at,
                message_type: Some(message.message_type.0.into()),
                ..Reject::new(error, Disposition::MessageDiscard, message.octets)
            });
        }
    };
    let (observed_at, router_at) = times(header.at(), envelope, rows);
    let distinguisher = header.distinguisher;
    let context = PeerMessage {
        message,
        header: &header,
        observed_at,
        router_at,
        peer: Peer {
            ip: header.ip,
            asn: header.asn,
            bgp_id: (!header.bgp_id.is_unspecified()).then_some(header.bgp_id),
            distinguisher: (distinguisher != [0; 8]).then(|| {
                distinguishers.text(distinguisher, |octets| {
                    RouteDistinguisher(octets).to_string()
                })
            }),
        },
        key: PeerKey {
            router: envelope.router,
            scope: Scope(header.peer_type.0),
            distinguisher,
            ip: header.ip,
        },
    };
    match message.message_type {
        MessageType::ROUTE_MONITORING => context.route_monitoring(rest, memory, rows),
        MessageType::STATISTICS_REPORT => statistics::decode(&context, rest, rows),
        MessageType::PEER_UP => session::peer_up(&context, rest, memory, rows),
        MessageType::PEER_DOWN => session::peer_down(&context, rest, memory, rows),
        _ => context.route_mirroring(rest, memory, rows),
    }
}

/// When it was seen, and the router's own time if that is another.
///
/// A router's clock may be years off, so it counts only if it is near that of the envelope.
#[inline]
fn times<S: RowSink>(
    router_at: Option<i64>,
    envelope: &Envelope,
    rows: &mut MessageRows<'_, S>,
) -> (ObservedAt, Option<i64>) {
    let tolerance_us = rows.settings().peer_time_tolerance_us;
    let is_near = |at: i64, near: i64| at.abs_diff(near) <= tolerance_us.unsigned_abs();
    let observed_at = match (router_at, envelope.at) {
        (Some(at), None) => rows.observed_at(at, ObservedAtSource::PerPeer),
        (Some(at), Some(outer)) if is_near(at, outer.at) => {
            rows.observed_at(at, ObservedAtSource::PerPeer)
        }
        (Some(_), Some(outer)) => {
            rows.notice(Notice::TimeReplaced, 1);
            outer
        }
        (None, Some(outer)) => outer,
        (None, None) => rows.unobserved(),
    };
    (observed_at, router_at.filter(|at| *at != observed_at.at))
}

impl PeerMessage<'_> {
    /// Which of the router's tables is meant (RFC 7854, section 4.2; RFC 8671, section 4; RFC 9069, section 4.2).
    #[inline]
    pub(super) fn rib_view(&self) -> RibView {
        let header = self.header;
        match header.peer_type {
            PeerType::LOC_RIB => RibView::LocRib,
            PeerType::GLOBAL | PeerType::RD | PeerType::LOCAL => {
                match (header.is_adj_rib_out(), header.is_post_policy()) {
                    (false, false) => RibView::AdjInPre,
                    (false, true) => RibView::AdjInPost,
                    (true, false) => RibView::AdjOutPre,
                    (true, true) => RibView::AdjOutPost,
                }
            }
            _ => RibView::Unknown,
        }
    }

    /// A row of a session event.
    pub(super) fn session_row<'a, S: RowSink>(
        &'a self,
        kind: SessionKind,
        rows: &MessageRows<'a, S>,
    ) -> SessionRow<'a> {
        let is_loc_rib = self.header.peer_type == PeerType::LOC_RIB;
        SessionRow {
            router_at: self.router_at,
            rib_view: is_loc_rib.then_some(RibView::LocRib),
            ..SessionRow::new(rows.provenance(), self.observed_at, Some(&self.peer), kind)
        }
    }

    /// Refuses the message, or what is left of it. Errors count from its first octet.
    #[cold]
    pub(super) fn reject<S: RowSink>(
        &self,
        error: ParseError,
        disposition: Disposition,
        rows: &mut MessageRows<'_, S>,
    ) {
        rows.reject(&Reject {
            observed_at: Some(self.observed_at),
            peer: Some(&self.peer),
            message_type: Some(self.message.message_type.0.into()),
            ..Reject::new(error, disposition, self.message.octets)
        });
    }

    #[inline]
    fn route_monitoring<S: RowSink>(
        &self,
        body: Reader<'_>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) {
        // A: two-octet ASNs. Senders set it although both OPENs have settled on four; where it is clear, the router has
        // rewritten what the peer sent (RFC 7854, section 4.2).
        let asn_width = if self.header.has_two_octet_asns() {
            memory.peers.asn_width(&self.key).unwrap_or(AsnWidth::Two)
        } else {
            AsnWidth::Four
        };
        let direction = if self.header.is_adj_rib_out() {
            Direction::Sent
        } else {
            Direction::Received
        };
        let context = self.bgp_context(direction, self.rib_view(), asn_width);
        if self.message.version == VERSION_4 {
            return self.marked_routes(&context, body, memory, rows);
        }
        self.bgp_messages(&context, body, memory, rows);
    }

    fn bgp_context(
        &self,
        direction: Direction,
        rib_view: RibView,
        asn_width: AsnWidth,
    ) -> BgpContext<'_> {
        BgpContext {
            unit: self.message.octets,
            observed_at: self.observed_at,
            router_at: self.router_at,
            peer: &self.peer,
            direction,
            local: None,
            rib_view,
            asn_width,
            has_path_ids: None,
            path_id_families: &[],
            key: &self.key,
        }
    }

    /// One BGP message. Behind it may stand more of them, or TLVs, as earlier drafts of version 4 had it.
    #[inline]
    fn bgp_messages<S: RowSink>(
        &self,
        context: &BgpContext<'_>,
        body: Reader<'_>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) {
        match wire::bgp::split_message(body) {
            Ok((message, after)) => {
                bgp::decode_message(context, &message, memory, rows);
                if !after.is_empty() {
                    self.behind_message(context, after, memory, rows);
                }
            }
            Err(error) => self.reject(error, Disposition::MessageDiscard, rows),
        }
    }

    #[cold]
    fn behind_message<S: RowSink>(
        &self,
        context: &BgpContext<'_>,
        after: Reader<'_>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) {
        let mut rest = after;
        while !rest.is_empty() {
            let Ok((message, after)) = wire::bgp::split_message(rest) else {
                if are_tlvs(rest) {
                    return;
                }
                let error = ParseError::new(Fault::Leftover, "BGP message", rest.offset());
                return self.reject(error, Disposition::RestDiscard, rows);
            };
            bgp_message_alone(context, message.octets, memory, rows);
            rest = after;
        }
    }

    /// Version 4: the message stands among TLVs, of which one may list capabilities to read it by.
    #[cold]
    fn marked_routes<S: RowSink>(
        &self,
        context: &BgpContext<'_>,
        body: Reader<'_>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) {
        let marked = match parse_marked(body) {
            Ok(marked) => marked,
            Err(error) => return self.reject(error, Disposition::MessageDiscard, rows),
        };
        let path_id_families = marked.capabilities.map(listed_add_path).unwrap_or_default();
        let context = BgpContext {
            path_id_families: &path_id_families,
            ..*context
        };
        self.bgp_messages(&context, marked.message, memory, rows);
    }

    /// Route Mirroring (RFC 7854, section 4.7): messages as the peer sent them, of which no table is told; the A flag says
    /// nothing there.
    #[cold]
    fn route_mirroring<S: RowSink>(
        &self,
        body: Reader<'_>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) {
        let asn_width = memory.peers.asn_width(&self.key);
        let asn_width = asn_width.unwrap_or(AsnWidth::Four);
        let context = self.bgp_context(Direction::Received, RibView::Unknown, asn_width);
        rows.skip("route_mirroring_without_message");
        let mut rest = body;
        while !rest.is_empty() {
            let tlv = match split_tlv(&mut rest) {
                Ok(tlv) => tlv,
                Err(error) => return self.reject(error, Disposition::RestDiscard, rows),
            };
            match MirroringType(tlv.tlv_type) {
                MirroringType::BGP_MESSAGE => {
                    bgp_message_alone(&context, tlv.value.rest(), memory, rows);
                }
                MirroringType::INFORMATION => {
                    if let Err(error) = self.mirroring_information(tlv.value, rows) {
                        return self.reject(error, Disposition::RestDiscard, rows);
                    }
                }
                _ => (),
            }
        }
    }

    fn mirroring_information<S: RowSink>(
        &self,
        mut value: Reader<'_>,
        rows: &mut MessageRows<'_, S>,
    ) -> Result<(), ParseError> {
        if value.u16("information code")? == MirroringType::MESSAGES_LOST {
            rows.session(&mut self.session_row(SessionKind::MessagesLost, rows));
        }
        Ok(())
    }
}

/// One of perhaps many BGP messages in a message: a reject keeps no more than its own octets, and counts from them.
fn bgp_message_alone<S: RowSink>(
    context: &BgpContext<'_>,
    octets: &[u8],
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let context = BgpContext {
        unit: octets,
        ..*context
    };
    match wire::bgp::split_message(Reader::new(octets)) {
        Ok((message, after)) => {
            bgp::decode_message(&context, &message, memory, rows);
            if !after.is_empty() {
                let error = ParseError::new(Fault::Leftover, "BGP message", after.offset());
                context.reject(error, Disposition::RestDiscard, None, rows);
            }
        }
        Err(error) => context.reject(error, Disposition::MessageDiscard, None, rows),
    }
}

/// Whether octets are nothing but TLVs, of whatever type.
fn are_tlvs(mut octets: Reader<'_>) -> bool {
    while !octets.is_empty() {
        if split_tlv(&mut octets).is_err() {
            return false;
        }
    }
    true
}

/// Families whose NLRI carry path identifiers, by a list of capabilities. A list that cannot be read tells nothing.
fn listed_add_path(list: Reader<'_>) -> Vec<Family> {
    let mut families = Vec::new();
    let listed = for_each_capability(list, |code, value| {
        if CapabilityCode(code) == CapabilityCode::ADD_PATH {
            let sent = add_path_families(value).filter(|one| one.sends());
            families.extend(sent.map(|one| (one.afi, one.safi)));
        }
    });
    listed.map(|()| families).unwrap_or_default()
}
