//! BMP messages (RFC 7854), one or many per message, bare or behind the header of an OpenBMP collector: what a topic is said
//! to hold is mixed in practice, so each unit is known by its own first octets.

mod peer_message;
mod router_message;
mod session;
mod statistics;
mod texts;

pub(crate) use texts::{Distinguishers, Texts};

use crate::bgp::Memory;
use crate::message::{MessageRows, Reject};
use crate::{Format, Notice, Unit, openbmp};
use peer_message::PeerMessage;
use tables::{Disposition, ObservedAt, ObservedAtSource, RowSink};
use wire::Fault;
use wire::bmp::{Message, MessageType, begins_message, split_message};
use wire::openbmp::{MAGIC, split_unit};

/// So few octets behind an OpenBMP body, which begin no unit, are passed over with a notice: two of three published
/// messages of RouteViews end in such a one.
const STRAY_OCTETS_MAX: usize = 16;

/// By so many octets each beginning of a unit is known.
const BEGINNING_OCTETS: usize = 16;

/// Finds the end of the first message of a stream.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    if openbmp::begins_unit(octets) {
        return openbmp::first_unit(octets, is_end);
    }
    match split_message(octets) {
        Ok((message, after)) => unit_before(message.octets.len(), after, is_end),
        Err(error) => Unit::cannot_be_cut(error),
    }
}

/// A unit of so many octets with `after` behind it. A capture that ends inside of a message is no message more: what there
/// is of it goes with the last whole one, as one reject.
pub(crate) fn unit_before(unit_octets: usize, after: &[u8], is_end: bool) -> Unit {
    let fault = if openbmp::begins_unit(after) {
        split_unit(after).err()
    } else {
        split_message(after).err()
    };
    // How a file is read must not decide: where too little is seen to know what follows, more may come.
    let is_open = !is_end && after.len() < BEGINNING_OCTETS;
    let is_cut_short = is_open || fault.is_some_and(|error| error.fault == Fault::Truncated);
    match (is_cut_short, is_end) {
        (false, _) => Unit::Whole(unit_octets),
        (true, false) => Unit::Incomplete,
        (true, true) => Unit::Whole(unit_octets.saturating_add(after.len())),
    }
}

/// Octets between a unit of OpenBMP and the next one, or the end: not more than a few. None if more must be seen to tell.
pub(crate) fn stray_octets(after: &[u8], is_end: bool) -> Option<usize> {
    if begins_message(after) || openbmp::begins_unit(after) {
        return Some(0);
    }
    if after.len() <= STRAY_OCTETS_MAX {
        return is_end.then_some(after.len());
    }
    let mut places = after
        .windows(MAGIC.len())
        .take(STRAY_OCTETS_MAX.saturating_add(1));
    let stray = places.position(|octets| octets == MAGIC);
    // The next unit may begin in the last octets that are here.
    let is_told = is_end || after.len() >= STRAY_OCTETS_MAX.saturating_add(MAGIC.len());
    stray.or(is_told.then_some(0))
}

/// Decodes all units of one message.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    texts: &mut Texts,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let mut rest = payload;
    while !rest.is_empty() {
        let after = if openbmp::begins_unit(rest) {
            openbmp::decode_unit(rest, texts, memory, rows)
        } else {
            decode_bare(rest, &mut texts.distinguisher, memory, rows)
        };
        // Where the next unit begins cannot be known behind one that cannot be cut.
        let Some(after) = after else { break };
        rest = after;
    }
}

/// Decodes a message without an envelope; returns what follows it.
fn decode_bare<'a, S: RowSink>(
    octets: &'a [u8],
    distinguishers: &mut Distinguishers,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Option<&'a [u8]> {
    let format = if begins_message(octets) {
        Format::Bmp.name()
    } else {
        rows.provenance().format
    };
    let provenance = rows.named(format, "");
    let envelope = Envelope {
        router: [0; 16],
        at: brokered_at(rows),
    };
    let rows = &mut rows.with_provenance(&provenance);
    decode_first(octets, &envelope, distinguishers, memory, rows)
}

/// Decodes the first BMP message; returns what follows it, or nothing after it was refused with all that follows.
#[inline]
pub(crate) fn decode_first<'a, S: RowSink>(
    octets: &'a [u8],
    envelope: &Envelope,
    distinguishers: &mut Distinguishers,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Option<&'a [u8]> {
    match split_message(octets) {
        Ok((message, after)) => {
            decode_one(&message, envelope, distinguishers, memory, rows);
            Some(after)
        }
        Err(error) => {
            rows.reject(&Reject {
                observed_at: envelope.at,
                ..Reject::new(error, Disposition::MessageDiscard, octets)
            });
            None
        }
    }
}

#[inline]
fn decode_one<S: RowSink>(
    message: &Message<'_>,
    envelope: &Envelope,
    distinguishers: &mut Distinguishers,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    match message.message_type {
        MessageType::ROUTE_MONITORING
        | MessageType::STATISTICS_REPORT
        | MessageType::PEER_DOWN
        | MessageType::PEER_UP
        | MessageType::ROUTE_MIRRORING => {
            peer_message::decode(message, envelope, distinguishers, memory, rows);
        }
        MessageType::INITIATION => router_message::initiation(message, envelope, rows),
        MessageType::TERMINATION => router_message::termination(message, envelope, rows),
        // RFC 7854, section 4.1: unrecognised types are ignored.
        _ => rows.skip("bmp_type_not_decoded"),
    }
}

/// What stands around a BMP message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope {
    /// By which the router is remembered; zero where nobody tells.
    pub(crate) router: [u8; 16],
    /// The time of who passed the message on.
    pub(crate) at: Option<ObservedAt>,
}

/// Kafka's time, which says nothing of when an archived message was seen.
#[inline]
pub(crate) fn brokered_at<S: RowSink>(rows: &MessageRows<'_, S>) -> Option<ObservedAt> {
    let at = rows.provenance().brokered_at;
    at.filter(|_| !rows.settings().is_archive)
        .map(|at| ObservedAt {
            at,
            source: ObservedAtSource::Broker,
            reported_at: None,
        })
}

/// Passes over octets behind a unit that belong to none.
#[cold]
pub(crate) fn pass_over<S: RowSink>(octets: usize, rows: &mut MessageRows<'_, S>) {
    rows.notice(Notice::DamagedOctets, octets as u64);
}

#[cfg(test)]
mod tests;
