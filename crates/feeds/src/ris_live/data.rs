//! The object `data` of a `ris_message`: where its members are, and those that every message has.

use crate::json::{Document, Place};
use crate::message::MessageRows;
use crate::ris_live::text::parse_seconds;
use tables::{ObservedAt, ObservedAtSource, Peer, RowSink};
use wire::ParseError;

/// Octets of a label in a name (RFC 1035, section 2.3.4): a longer host is none.
const LABEL_OCTETS_MAX: usize = 63;

/// Where the members are. Of two with the same name the last one counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Data {
    timestamp: Place,
    peer: Place,
    peer_asn: Place,
    host: Place,
    pub(super) kind: Place,
    pub(super) raw: Place,
    pub(super) path: Place,
    pub(super) community: Place,
    pub(super) origin: Place,
    pub(super) med: Place,
    pub(super) aggregator: Place,
    pub(super) announcements: Place,
    pub(super) withdrawals: Place,
    pub(super) direction: Place,
    pub(super) hold_time: Place,
    pub(super) router_id: Place,
    pub(super) capabilities: Place,
    pub(super) notification: Place,
    pub(super) state: Place,
}

/// What every message tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    pub(super) observed_at: ObservedAt,
    pub(super) peer: Peer<'a>,
    /// First label of the collector's name; empty if there is none.
    pub(super) host: &'a str,
}

impl Data {
    /// Finds the members of `data`.
    ///
    /// # Errors
    /// If there is none, or if it is no object.
    #[inline]
    pub(super) fn read(document: &Document<'_>, data: Place) -> Result<Self, ParseError> {
        let Some(members) = document.members(data) else {
            return Err(document.bad_value("data", data));
        };
        let mut places = Self::default();
        for (name, place) in members {
            let named = match name {
                b"timestamp" => &mut places.timestamp,
                b"peer" => &mut places.peer,
                b"peer_asn" => &mut places.peer_asn,
                b"host" => &mut places.host,
                b"type" => &mut places.kind,
                b"raw" => &mut places.raw,
                b"path" => &mut places.path,
                b"community" => &mut places.community,
                b"origin" => &mut places.origin,
                b"med" => &mut places.med,
                b"aggregator" => &mut places.aggregator,
                b"announcements" => &mut places.announcements,
                b"withdrawals" => &mut places.withdrawals,
                b"direction" => &mut places.direction,
                b"hold_time" => &mut places.hold_time,
                b"router_id" => &mut places.router_id,
                b"capabilities" => &mut places.capabilities,
                b"notification" => &mut places.notification,
                b"state" => &mut places.state,
                _ => continue,
            };
            *named = place;
        }
        Ok(places)
    }

    /// Reads when, who and where.
    ///
    /// # Errors
    /// If the peer is missing, or one of the fields is not what it must be.
    #[inline]
    pub(super) fn envelope<'a, S: RowSink>(
        &self,
        document: &Document<'a>,
        rows: &MessageRows<'_, S>,
    ) -> Result<Envelope<'a>, ParseError> {
        let peer = document
            .string(self.peer)
            .and_then(|text| text.parse().ok());
        let Some(ip) = peer else {
            return Err(document.bad_value("peer", self.peer));
        };
        let Some(asn) = document.number(self.peer_asn) else {
            return Err(document.bad_value("peer_asn", self.peer_asn));
        };
        Ok(Envelope {
            observed_at: self.observed_at(document, rows)?,
            peer: Peer {
                ip,
                asn,
                bgp_id: None,
                distinguisher: None,
            },
            host: self.host(document)?,
        })
    }

    /// A message without a time was seen when Kafka took it.
    #[inline]
    fn observed_at<S: RowSink>(
        &self,
        document: &Document<'_>,
        rows: &MessageRows<'_, S>,
    ) -> Result<ObservedAt, ParseError> {
        if !document.has(self.timestamp) {
            return Ok(rows.unobserved());
        }
        let text = document.text_of_member(self.timestamp).unwrap_or_default();
        match parse_seconds(text) {
            Some(at) => Ok(rows.observed_at(at, ObservedAtSource::Collector)),
            None => Err(document.bad_value("timestamp", self.timestamp)),
        }
    }

    /// `rrc00` or `rrc25.ripe.net`: the first label.
    #[inline]
    fn host<'a>(&self, document: &Document<'a>) -> Result<&'a str, ParseError> {
        if !document.has(self.host) {
            return Ok("");
        }
        let name = document.string(self.host);
        let label = name.and_then(|name| name.split('.').next());
        match label.filter(|label| label.len() <= LABEL_OCTETS_MAX) {
            Some(label) => Ok(label),
            None => Err(document.bad_value("host", self.host)),
        }
    }
}
