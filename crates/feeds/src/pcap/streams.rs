//! TCP streams (RFC 9293; RFC 7766), put together inside one unit, each direction for itself. Of octets that are sent twice the
//! first count. What lies behind a hole, or before the unit, is refused (`tcp_gap`), up to where messages can be read again.
//!
//! A stream begins with SYN, perhaps with data (RFC 7413); if its begin was not captured, with the first segment that looks like
//! the begin of a message. FIN and RST end nothing: octets may still be missing, and a new SYN begins anew.

use super::assembly::{Assembly, Spare};
use super::flow::{Envelope, Flow};
use super::ring::Ring;
use crate::Notice;
use crate::dns::Dns;
use crate::message::{MessageRows, Reject};
use tables::{Disposition, RowSink};
use wire::ParseError;
use wire::dns::split_tcp_message;
use wire::packet::{TcpFlags, TcpSegment};

/// More streams are not put together at a time: what the oldest still holds is refused. A guess.
const STREAMS_MAX: usize = 1024;
/// Octets of a stream that are kept: one message and what came before its turn. A guess.
const STREAM_OCTETS_MAX: usize = 128 * 1024;
/// Octets of the length, and of the header of a message.
const LENGTH_OCTETS: usize = 2;
const HEADER_OCTETS: usize = 12;

/// One direction of a connection.
#[derive(Debug)]
struct Stream {
    /// Sequence number of the first octet that was ever awaited.
    begin: u32,
    /// Whether SYN told it.
    has_begun: bool,
    /// Nobody knows where the next message begins, and nothing is kept: each segment is looked at by itself.
    is_lost: bool,
    /// Sequence number of the first octet of `assembly`.
    base: u32,
    /// Octets of `assembly` that have been read.
    read: usize,
    assembly: Assembly,
    /// Of the segment that was seen last.
    last: Envelope,
}

/// The streams that are being put together.
#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: Ring<Flow, Stream, STREAMS_MAX>,
    spare: Spare,
}

impl Streams {
    /// Takes a segment, and pushes the messages that are complete now.
    #[inline(never)]
    pub(super) fn take<S: RowSink>(
        &mut self,
        segment: &TcpSegment<'_>,
        envelope: &Envelope,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        let is_syn = segment.flags.has(TcpFlags::SYN);
        let sequence = segment.sequence.wrapping_add(is_syn.into());
        let data = segment.carried.octets.rest();
        if is_syn {
            self.begin(sequence, envelope, dns, rows);
        }
        if data.is_empty() {
            return;
        }
        let mut out = Out { dns, rows };
        match self.streams.get_mut(&envelope.flow) {
            Some(stream) => stream.take(sequence, data, envelope, &mut out),
            None if begins_message(data) => {
                let mut stream = Stream::new(sequence, false, envelope, self.spare.take());
                stream.take(sequence, data, envelope, &mut out);
                self.insert(stream, out.dns, out.rows);
            }
            None => out.refuse(data, envelope),
        }
    }

    /// After the last segment: refuses what is behind holes.
    pub(super) fn finish<S: RowSink>(&mut self, dns: &mut Dns, rows: &mut MessageRows<'_, S>) {
        for (_, mut stream) in self.streams.drain() {
            stream.flush(&mut Out { dns, rows });
            self.spare.give(stream.assembly);
        }
        self.spare.shrink();
    }

    /// A SYN: a new stream, unless it is sent once more.
    fn begin<S: RowSink>(
        &mut self,
        sequence: u32,
        envelope: &Envelope,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        if let Some(stream) = self.streams.get_mut(&envelope.flow) {
            if !stream.has_begun || stream.begin != sequence {
                stream.flush(&mut Out { dns, rows });
                stream.restart(sequence, true);
            }
            return;
        }
        let stream = Stream::new(sequence, true, envelope, self.spare.take());
        self.insert(stream, dns, rows);
    }

    fn insert<S: RowSink>(&mut self, stream: Stream, dns: &mut Dns, rows: &mut MessageRows<'_, S>) {
        if let Some((_, mut gone)) = self.streams.insert(stream.last.flow, stream) {
            gone.flush(&mut Out { dns, rows });
            self.spare.give(gone.assembly);
        }
    }
}

impl Stream {
    fn new(begin: u32, has_begun: bool, envelope: &Envelope, assembly: Assembly) -> Self {
        Self {
            begin,
            has_begun,
            is_lost: false,
            base: begin,
            read: 0,
            assembly,
            last: *envelope,
        }
    }

    /// Begins at a sequence number, with nothing.
    fn restart(&mut self, begin: u32, has_begun: bool) {
        self.begin = begin;
        self.has_begun = has_begun;
        self.is_lost = false;
        self.base = begin;
        self.read = 0;
        self.assembly.clear();
    }

    fn take<S: RowSink>(
        &mut self,
        sequence: u32,
        data: &[u8],
        envelope: &Envelope,
        out: &mut Out<'_, '_, S>,
    ) {
        self.last = *envelope;
        let ahead = sequence.wrapping_sub(self.base).cast_signed();
        let Ok(offset) = usize::try_from(ahead) else {
            return self.take_late(sequence, data, out);
        };
        if self.is_lost {
            self.restart(sequence, false);
            return self.take_after_hole(data, out);
        }
        if offset == 0 && self.assembly.ends_at(0) {
            let rest = out.read(data, envelope);
            self.base = self
                .base
                .wrapping_add(count(data.len().saturating_sub(rest.len())));
            self.read = 0;
            self.assembly.put(0, rest);
            return;
        }
        if !self.place(offset, data) {
            self.flush(out);
            self.restart(sequence, false);
            self.take_after_hole(data, out);
            return;
        }
        self.read_ready(out);
    }

    /// Data from before what is awaited: sent again, or, where the begin was not seen, from before the begin.
    fn take_late<S: RowSink>(&mut self, sequence: u32, data: &[u8], out: &mut Out<'_, '_, S>) {
        let end = sequence.wrapping_add(count(data.len()));
        if !self.has_begun && end.wrapping_sub(self.begin).cast_signed() <= 0 {
            self.begin = sequence;
            return out.read_stretch(data, &self.last);
        }
        let known = self.base.wrapping_sub(sequence);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        if let Some(new) = data.get(known..).filter(|new| !new.is_empty()) {
            let (base, envelope) = (self.base, self.last);
            self.take(base, new, &envelope, out);
        }
    }

    /// Keeps data where it belongs. False if that is too far ahead.
    fn place(&mut self, mut offset: usize, data: &[u8]) -> bool {
        if offset.saturating_add(data.len()) > STREAM_OCTETS_MAX {
            // Moving what is left costs less than what was read before.
            if self.read < STREAM_OCTETS_MAX / 4 {
                return false;
            }
            let Some(less) = offset.checked_sub(self.read) else {
                return false;
            };
            self.assembly.drop_front(self.read);
            self.base = self.base.wrapping_add(count(self.read));
            self.read = 0;
            offset = less;
        }
        offset.saturating_add(data.len()) <= STREAM_OCTETS_MAX && self.assembly.put(offset, data)
    }

    /// Pushes the messages that are complete.
    fn read_ready<S: RowSink>(&mut self, out: &mut Out<'_, '_, S>) {
        let ready = self.assembly.from(self.read);
        let rest = out.read(ready, &self.last);
        self.read = self
            .read
            .saturating_add(ready.len().saturating_sub(rest.len()));
        if self.assembly.ends_at(self.read) {
            self.base = self.base.wrapping_add(count(self.read));
            self.read = 0;
            self.assembly.clear();
        }
    }

    /// A segment behind a hole that is given up.
    #[cold]
    fn take_after_hole<S: RowSink>(&mut self, data: &[u8], out: &mut Out<'_, '_, S>) {
        if !begins_message(data) {
            self.is_lost = true;
            self.base = self.base.wrapping_add(count(data.len()));
            return out.refuse(data, &self.last);
        }
        let rest = out.read(data, &self.last);
        self.base = self
            .base
            .wrapping_add(count(data.len().saturating_sub(rest.len())));
        self.assembly.put(0, rest);
    }

    /// Gives up: reads what can be read behind holes, and refuses the rest.
    fn flush<S: RowSink>(&mut self, out: &mut Out<'_, '_, S>) {
        for (begin, octets) in self.assembly.stretches(self.read) {
            if begin == self.read {
                out.refuse(octets, &self.last);
            } else {
                out.read_stretch(octets, &self.last);
            }
        }
    }
}

/// Where messages go.
struct Out<'o, 'r, S> {
    dns: &'o mut Dns,
    rows: &'o mut MessageRows<'r, S>,
}

impl<S: RowSink> Out<'_, '_, S> {
    /// Pushes the messages at the front, and returns the octets behind them.
    fn read<'a>(&mut self, mut octets: &'a [u8], envelope: &Envelope) -> &'a [u8] {
        while let Ok((message, rest)) = split_tcp_message(octets) {
            if message.is_empty() {
                self.rows.notice(Notice::TcpMessageEmpty, 1);
            } else {
                envelope.push(message, None, self.dns, self.rows);
            }
            octets = rest;
        }
        octets
    }

    /// Octets that neither follow nor are followed by others.
    #[cold]
    fn read_stretch(&mut self, octets: &[u8], envelope: &Envelope) {
        let rest = if begins_message(octets) {
            self.read(octets, envelope)
        } else {
            octets
        };
        if !rest.is_empty() {
            self.refuse(rest, envelope);
        }
    }

    #[cold]
    fn refuse(&mut self, octets: &[u8], envelope: &Envelope) {
        let error = ParseError::truncated("TCP stream", octets.len());
        self.rows.reject(&Reject {
            reason: "tcp_gap",
            observed_at: Some(envelope.observed_at(self.rows)),
            ..Reject::new(error, Disposition::MessageDiscard, octets)
        });
    }
}

/// Whether octets look like the begin of a message with its length: long enough for a header, with an OPCODE in use and at most
/// one question. Some senders send the length alone.
fn begins_message(octets: &[u8]) -> bool {
    let Some((&length, message)) = octets.split_first_chunk::<LENGTH_OCTETS>() else {
        return false;
    };
    if usize::from(u16::from_be_bytes(length)) < HEADER_OCTETS {
        return false;
    }
    match message.first_chunk::<HEADER_OCTETS>() {
        Some([_, _, flags, _, 0, 0 | 1, ..]) => matches!(flags >> 3 & 0xf, 0..=2 | 4..=6),
        _ => message.is_empty(),
    }
}

/// Octets as a difference of sequence numbers.
fn count(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}
