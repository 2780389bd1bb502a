//! MRT records (RFC 6396), one or many per message. A bad record costs that record, not its neighbours.

mod bgp4mp;
mod peer_index;
mod table_dump;
mod table_dump_v2;

pub(crate) use peer_index::PeerIndex;

use crate::Unit;
use crate::bgp::Memory;
use crate::message::{MessageRows, Reject};
use tables::{Disposition, ObservedAt, ObservedAtSource, Peer, RowSink};
use wire::mrt::{Record, RecordType, split_record};
use wire::{Fault, ParseError, Reader};

/// Finds the end of the first record of a file.
pub(crate) fn first_unit(octets: &[u8], _is_end: bool) -> Unit {
    match split_record(octets) {
        Ok((record, _)) if !record.record_type.is_assigned() => Unit::Damaged,
        Ok((record, _)) => Unit::Whole(record.octets.len()),
        Err(error) if error.fault == Fault::Truncated => Unit::Incomplete,
        Err(_) => Unit::Damaged,
    }
}

/// Decodes all records of one message.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    peers: &mut PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let mut rest = payload;
    while !rest.is_empty() {
        match split_record(rest) {
            Ok((record, after)) => {
                decode_record(&record, peers, memory, rows);
                rest = after;
            }
            Err(error) => {
                // Where the next record begins cannot be known: what is left is one reject.
                rows.reject(&Reject::new(error, Disposition::MessageDiscard, rest));
                return;
            }
        }
    }
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
