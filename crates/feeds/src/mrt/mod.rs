//! MRT records (RFC 6396), one or many per message. A bad record costs that record, not its neighbours.

mod bgp4mp;
mod early_bgp;
mod peer_index;
mod table_dump;
mod table_dump_v2;

pub(crate) use peer_index::PeerIndex;

use crate::bgp::Memory;
use crate::message::{MessageRows, Reject};
use crate::peers::{PeerKey, Scope, octets_of};
use crate::{Notice, Unit};
use tables::{Disposition, ObservedAt, ObservedAtSource, Peer, RowSink};
use wire::mrt::bgp4mp::Session;
use wire::mrt::{Frame, Record, RecordType, split_frame, split_record};
use wire::{Fault, ParseError, Reader};

/// Finds the end of the first record of a file, or of the damage before it.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    match split_frame(octets, is_end) {
        Frame::Record(record) => Unit::Whole(record.octets.len()),
        Frame::Incomplete => Unit::Incomplete,
        Frame::Gap { octets, .. } => Unit::Gap(octets),
    }
}

/// Decodes all records of one message. Damage between them is one reject.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    peers: &mut PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    // One that ends with its message needs no proof of where it ends.
    if let Ok((record, [])) = split_record(payload) {
        return decode_record(&record, peers, memory, rows);
    }
    let mut rest = payload;
    while !rest.is_empty() {
        let octets = match split_frame(rest, true) {
            Frame::Record(record) => {
                decode_record(&record, peers, memory, rows);
                record.octets.len()
            }
            Frame::Gap { octets, error } => {
                reject_gap(rest, octets, error, rows);
                octets
            }
            // Never at the end.
            Frame::Incomplete => return,
        };
        rest = rest.get(octets..).unwrap_or_default();
    }
}

/// Refuses octets that belong to no record.
#[cold]
fn reject_gap<S: RowSink>(
    rest: &[u8],
    octets: usize,
    error: ParseError,
    rows: &mut MessageRows<'_, S>,
) {
    let gap = rest.get(..octets).unwrap_or(rest);
    rows.notice(Notice::DamagedOctets, gap.len() as u64);
    if gap.len() < rest.len() {
        rows.notice(Notice::Resynchronised, 1);
    }
    // What should be there may be missing, and then its place is behind the gap.
    let error = ParseError {
        offset: error.offset.min(gap.len()),
        ..error
    };
    rows.reject(&Reject::new(error, Disposition::MessageDiscard, gap));
}

#[inline]
fn decode_record<S: RowSink>(
    record: &Record<'_>,
    peers: &mut PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let seconds_us = seconds_us(record.seconds);
    let (microseconds, body) = match record.body() {
        Ok(body) => body,
        Err(error) => {
            let observed_at = rows.observed_at(seconds_us, ObservedAtSource::Mrt);
            return RecordContext {
                record,
                observed_at,
            }
            .reject(error, rows);
        }
    };
    let at = seconds_us.saturating_add(i64::from(microseconds));
    let context = RecordContext {
        record,
        observed_at: rows.observed_at(at, ObservedAtSource::Mrt),
    };
    match record.record_type {
        RecordType::BGP4MP | RecordType::BGP4MP_ET => bgp4mp::decode(&context, body, memory, rows),
        RecordType::TABLE_DUMP_V2 => table_dump_v2::decode(&context, body, peers, memory, rows),
        RecordType::TABLE_DUMP => table_dump::decode(&context, body, memory, rows),
        RecordType::BGP => early_bgp::decode(&context, body, memory, rows),
        other if other.is_assigned() => rows.skip("mrt_type_not_decoded"),
        _ => context.reject(ParseError::bad_value("type", 4), rows),
    }
}

/// What every part of a record's decoding needs to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordContext<'a> {
    record: &'a Record<'a>,
    observed_at: ObservedAt,
}

impl RecordContext<'_> {
    /// Refuses the whole record. Errors count from the record's first octet.
    #[cold]
    fn reject<S: RowSink>(&self, error: ParseError, rows: &mut MessageRows<'_, S>) {
        rows.reject(&self.reject_as(error, Disposition::MessageDiscard));
    }

    /// Refuses the whole record, of which it is known whose it is.
    #[cold]
    fn reject_of<S: RowSink>(
        &self,
        peer: &Peer<'_>,
        error: ParseError,
        rows: &mut MessageRows<'_, S>,
    ) {
        rows.reject(&Reject {
            peer: Some(peer),
            ..self.reject_as(error, Disposition::MessageDiscard)
        });
    }

    /// Refuses what is left of the record after the part that was understood.
    #[cold]
    fn reject_rest<S: RowSink>(&self, error: ParseError, rows: &mut MessageRows<'_, S>) {
        rows.reject(&self.reject_as(error, Disposition::RestDiscard));
    }

    /// Refuses octets after the end.
    #[cold]
    fn reject_leftover<S: RowSink>(&self, rest: Reader<'_>, rows: &mut MessageRows<'_, S>) {
        let error = ParseError::new(Fault::Leftover, "record body", rest.offset());
        self.reject_rest(error, rows);
    }

    fn reject_as(&self, error: ParseError, disposition: Disposition) -> Reject<'_> {
        Reject {
            observed_at: Some(self.observed_at),
            message_type: Some(self.record.record_type.0),
            ..Reject::new(error, disposition, self.record.octets)
        }
    }
}

/// Seconds since 1970 as microseconds.
fn seconds_us(seconds: u32) -> i64 {
    i64::from(seconds).saturating_mul(1_000_000)
}

/// A collector knows a peer by its address; archives of several collectors may be one feed.
#[inline]
fn peer_key(session: &Session) -> PeerKey {
    PeerKey {
        router: octets_of(session.local_ip),
        scope: Scope::MRT,
        distinguisher: [0; 8],
        ip: session.peer_ip,
    }
}
