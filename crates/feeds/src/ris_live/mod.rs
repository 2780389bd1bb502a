//! RIS Live (<https://ris-live.ripe.net/manual/>): BGP messages as JSON objects, one per message.
//!
//! Where the BGP message itself is there (`raw`), it alone is decoded, and the JSON is only its envelope; a fault in it is
//! never covered up by what the JSON says. Without it the routes come from the JSON, which knows less: large and extended
//! communities, LOCAL_PREF, ATOMIC_AGGREGATE, OTC, a MED of 0 and path identifiers are absent, all prefixes are taken for
//! unicast, and an End-of-RIB looks like any UPDATE without routes.
//!
//! What is refused keeps its octets: those of the JSON, or of the BGP message from `raw`; errors count from their begin.

mod data;

mod session;
mod text;
mod update;

use crate::Unit;
use crate::bgp::{self, BgpContext, Memory};
use crate::json::{Document, Json, KEPT_OCTETS_MAX, Place};
use crate::message::{MessageRows, Reject};
use crate::peers::{PeerKey, Scope};
use data::{Data, Envelope};
use tables::{Direction, Disposition, Provenance, RibView, RowSink};
use wire::bgp::{AsnWidth, MessageType, split_message};
use wire::{Fault, ParseError, Reader};

/// Longer messages are refused: our limit. An UPDATE of 65,535 octets with its `raw` and every prefix twice stays below.
const MESSAGE_OCTETS_MAX: usize = 2 * 1024 * 1024;
/// Pieces of a line that is longer.
const GAP_OCTETS: usize = crate::GAP_OCTETS_MAX;

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    json: Json,
    values: Values,
}

/// Values that are not in the JSON as rows want them.
#[derive(Debug, Default)]
struct Values {
    raw: Vec<u8>,
    update: update::Scratch,
}

/// Finds the end of the first line of a file. Empty lines belong to the one after them.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    let front = octets
        .get(..octets.len().min(MESSAGE_OCTETS_MAX))
        .unwrap_or(octets);
    let blank = front.len().saturating_sub(front.trim_ascii_start().len());
    let line = front.get(blank..).unwrap_or_default();
    match memchr::memchr(b'\n', line) {
        Some(end) => Unit::Whole(blank.saturating_add(end).saturating_add(1)),
        None if octets.len() >= MESSAGE_OCTETS_MAX => Unit::Gap(GAP_OCTETS),
        None if is_end && !octets.is_empty() => Unit::Whole(octets.len()),
        None => Unit::Incomplete,
    }
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    scratch: &mut Scratch,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    if payload.trim_ascii().is_empty() {
        return rows.skip("empty");
    }
    if payload.len() > MESSAGE_OCTETS_MAX {
        let error = ParseError::new(Fault::OverLimit, "message", MESSAGE_OCTETS_MAX);
        return refuse(error, payload, rows);
    }
    let Scratch { json, values } = scratch;
    let parsed = json.parse(payload, |document| {
        if let Err(error) = decode_document(document, values, memory, rows) {
            refuse(error, payload, rows);
        }
    });
    if let Err(error) = parsed {
        refuse(error, payload, rows);
    }
    if payload.len() > KEPT_OCTETS_MAX {
        *values = Values::default();
    }
}

/// A message of which not even the sender is known.
#[cold]
fn refuse<S: RowSink>(error: ParseError, payload: &[u8], rows: &mut MessageRows<'_, S>) {
    rows.reject(&Reject::new(error, Disposition::MessageDiscard, payload));
}

#[inline]
fn decode_document<S: RowSink>(
    document: &Document<'_>,
    values: &mut Values,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let Some(members) = document.members(Place::ROOT) else {
        return Err(ParseError::bad_value("JSON object", 0));
    };
    let (mut kind, mut data) = (Place::default(), Place::default());
    for (name, place) in members {
        match name {
            b"type" => kind = place,
            b"data" => data = place,
            _ => {}
        }
    }
    match document.string(kind).map(str::as_bytes) {
        Some(b"ris_message") => decode_ris_message(document, data, values, memory, rows)?,
        Some(b"ris_error") => reject_ris_error(document, data, rows),
        Some(b"ris_rrc_list") => rows.skip("ris_rrc_list"),
        Some(b"ris_subscribe_ok") => rows.skip("ris_subscribe_ok"),
        Some(b"pong") => rows.skip("pong"),
        Some(_) => rows.skip("ris_type_unknown"),
        None => return Err(document.bad_value("type", kind)),
    }
    Ok(())
}

/// The server's complaint about what was asked of it: in the octets, from the offset on.
#[cold]
fn reject_ris_error<S: RowSink>(
    document: &Document<'_>,
    data: Place,
    rows: &mut MessageRows<'_, S>,
) {
    let members = document.members(data).into_iter().flatten();
    let message = members
        .filter(|(name, _)| *name == b"message")
        .find_map(|(_, place)| document.string(place));
    let offset = message.map_or(0, |message| document.offset_of(message));
    let error = ParseError::bad_value("message", offset);
    rows.reject(&Reject {
        reason: "ris_error",
        ..Reject::new(error, Disposition::MessageDiscard, document.text())
    });
}

#[inline]
fn decode_ris_message<S: RowSink>(
    document: &Document<'_>,
    data: Place,
    values: &mut Values,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let data = Data::read(document, data)?;
    let envelope = data.envelope(document, rows)?;
    let provenance = provenance(&envelope, rows);
    let mut rows = rows.with_provenance(&provenance);
    let context = Context {
        document,
        data: &data,
        envelope: &envelope,
    };
    let decoded = if document.has(data.raw) {
        context.decode_raw(&mut values.raw, memory, &mut rows)
    } else {
        context.decode_fields(&mut values.update, memory, &mut rows)
    };
    if let Err(error) = decoded {
        let octets = document.text();
        context.reject(error, Disposition::MessageDiscard, None, octets, &mut rows);
    }
    Ok(())
}

/// The collector is the host, and the project RIS, unless somebody has said otherwise.
#[inline]
fn provenance<'a, S: RowSink>(
    envelope: &Envelope<'a>,
    rows: &MessageRows<'a, S>,
) -> Provenance<'a> {
    fn or<'a>(one: &'a str, other: &'a str) -> &'a str {
        if one.is_empty() { other } else { one }
    }
    let (outer, settings) = (rows.provenance(), rows.settings());
    Provenance {
        project: or(or(outer.project, &settings.project), "ris"),
        collector: or(or(outer.collector, envelope.host), &settings.collector),
        ..*outer
    }
}

/// One `ris_message`.
struct Context<'a> {
    document: &'a Document<'a>,
    data: &'a Data,
    envelope: &'a Envelope<'a>,
}

impl Context<'_> {
    /// The BGP message, as it was received by the collector.
    #[inline]
    fn decode_raw<S: RowSink>(
        &self,
        octets: &mut Vec<u8>,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) -> Result<(), ParseError> {
        let Some(text) = self.document.string(self.data.raw) else {
            return Err(self.document.bad_value("raw", self.data.raw));
        };
        text::decode_hex(text.as_bytes(), octets).map_err(|bad| {
            let begin = self.document.offset_of(text);
            ParseError::bad_value("raw", begin.saturating_add(bad))
        })?;
        if let Err(error) = self.decode_octets(octets, memory, rows) {
            self.reject(error, Disposition::MessageDiscard, None, octets, rows);
        }
        Ok(())
    }

    #[inline]
    fn decode_octets<S: RowSink>(
        &self,
        octets: &[u8],
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) -> Result<(), ParseError> {
        let (message, rest) = split_message(Reader::new(octets))?;
        let context = BgpContext {
            unit: octets,
            observed_at: self.envelope.observed_at,
            router_at: None,
            peer: &self.envelope.peer,
            // Of UPDATEs only those are published.
            direction: session::direction(self).unwrap_or(Direction::Received),
            local: None,
            rib_view: RibView::AdjInPre,
            asn_width: AsnWidth::Four,
            has_path_ids: None,
            path_id_families: &[],
            key: &self.peer_key(),
        };
        if message.message_type == MessageType::NOTIFICATION {
            session::push_notification(self, message.body, rows)?;
        } else {
            bgp::decode_message(&context, &message, memory, rows);
        }
        if !rest.is_empty() {
            let error = ParseError::new(Fault::Leftover, "raw", rest.offset());
            self.reject(error, Disposition::RestDiscard, None, octets, rows);
        }
        Ok(())
    }

    /// What the JSON says of the message.
    fn decode_fields<S: RowSink>(
        &self,
        scratch: &mut update::Scratch,
        memory: &mut Memory,
        rows: &mut MessageRows<'_, S>,
    ) -> Result<(), ParseError> {
        let kind = self.data.kind;
        match self.document.string(kind).map(str::as_bytes) {
            Some(b"UPDATE") => update::decode(self, scratch, rows),
            Some(b"OPEN") => session::decode_open(self, rows),
            Some(b"NOTIFICATION") => session::decode_notification(self, rows),
            Some(b"RIS_PEER_STATE" | b"STATE") => session::decode_state(self, memory, rows),
            Some(b"KEEPALIVE") => {
                rows.skip("keepalive");
                Ok(())
            }
            Some(_) => {
                rows.skip("ris_message_type_unknown");
                Ok(())
            }
            None => Err(self.document.bad_value("data.type", kind)),
        }
    }

    /// A collector knows a peer by its address.
    fn peer_key(&self) -> PeerKey {
        let mut router = [0; 16];
        for (to, from) in router.iter_mut().zip(self.envelope.host.bytes()) {
            *to = from;
        }
        PeerKey {
            router,
            scope: Scope::RIS_LIVE,
            distinguisher: [0; 8],
            ip: self.envelope.peer.ip,
        }
    }

    #[cold]
    fn reject<S: RowSink>(
        &self,
        error: ParseError,
        disposition: Disposition,
        attribute: Option<u16>,
        octets: &[u8],
        rows: &mut MessageRows<'_, S>,
    ) {
        rows.reject(&Reject {
            observed_at: Some(self.envelope.observed_at),
            peer: Some(&self.envelope.peer),
            message_type: attribute.or(self.message_type()),
            ..Reject::new(error, disposition, octets)
        });
    }

    /// Type of the BGP message, as far as the JSON names it.
    fn message_type(&self) -> Option<u16> {
        match self.document.string(self.data.kind)? {
            "OPEN" => Some(1),
            "UPDATE" => Some(2),
            "NOTIFICATION" => Some(3),
            "KEEPALIVE" => Some(4),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
