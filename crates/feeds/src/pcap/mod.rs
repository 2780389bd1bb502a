//! Packet captures, pcap or pcapng: DNS messages on UDP and TCP become rows.
//!
//! A message of Kafka is a whole file, or a part of one: its header, and whole packets. Files are cut alike ([`cut`]): while they
//! are small they are one unit, else they are cut between packets, and each unit repeats the header, so it can be read alone.
//! Fragments and streams are put together inside one unit only; memory is bounded by [`fragments`] and [`streams`].
//!
//! What is not DNS leaves no row: it is counted. What may be DNS and cannot be read is refused with its octets.

mod assembly;
mod cut;
mod file;
mod flow;
mod fragments;
mod packet;
mod ring;
mod streams;

pub(crate) use cut::first_unit;

use crate::dns::Dns;
use crate::message::{MessageRows, Reject};
use file::Part;
use packet::Packets;
use tables::{Disposition, RowSink};
use wire::ParseError;
use wire::capture::pcapng::Interface;

/// Signatures of packed files: nobody unpacks what is in Kafka, and files packed with lz4 not at all.
const PACKED: [(&[u8], &str); 5] = [
    (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
    (&[0x1f, 0x8b], "gzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "xz"),
    (b"BZh", "bzip2"),
];

/// What is known of the unit that is being read; its buffers are used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    interfaces: Vec<Option<Interface>>,
    fragments: fragments::Fragments,
    streams: streams::Streams,
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    memory: &mut Memory,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    if payload.is_empty() {
        return rows.skip("empty");
    }
    let is_packed = |(front, _): &&(&[u8], _)| payload.starts_with(front);
    if let Some((_, packing)) = PACKED.iter().find(is_packed) {
        return refuse_packed(packing, payload, rows);
    }
    rows.skip("no_dns");
    let Memory {
        interfaces,
        fragments,
        streams,
    } = memory;
    let mut packets = Packets::new(fragments, streams, dns, rows);
    file::read(payload, interfaces, |part| match part {
        Part::Packet(link_type, captured) => packets.take(link_type, &captured),
        Part::Refused(refused) => packets.refuse_part(&refused),
    });
    packets.finish();
}

#[cold]
fn refuse_packed<S: RowSink>(packing: &'static str, payload: &[u8], rows: &mut MessageRows<'_, S>) {
    let error = ParseError::bad_value(packing, 0);
    rows.reject(&Reject {
        reason: "unsupported_blob",
        ..Reject::new(error, Disposition::MessageDiscard, payload)
    });
}

#[cfg(test)]
mod tests;
