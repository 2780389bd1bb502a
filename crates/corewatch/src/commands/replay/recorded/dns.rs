//! Units of the DNS formats: no unit needs another one. Their keys only spread them over the partitions, but leave a query
//! and its response in their order (not those in different parts of a capture), and no key tells an address.

use super::{number_of, text_of, time};
use feeds::Format;
use wire::capture::ByteOrder;
use wire::capture::pcap::{self, FileHeader};
use wire::capture::pcapng::{BlockType, Interface, Packet, split_block};
use wire::dnstap::{Message, parse_frame};
use wire::fstrm::{Frame, split_frame};
use wire::{Reader, pdns};

/// The key of a unit; none of another format, or if the unit does not tell.
pub(super) fn key_of(format: Format, unit: &[u8]) -> Option<String> {
    match format {
        Format::Dnstap | Format::Fstrm => {
            Some(dnstap_message(format, unit)?.query_port?.to_string())
        }
        Format::Pdns => Some(pdns_message(unit)?.from_port?.to_string()),
        Format::DnsCollector => text_of(unit, "query-port\"").map(str::to_owned),
        Format::Atlas => number_of(unit, "\"prb_id\"").map(str::to_owned),
        Format::Pcap => Some(first_packet(unit)?.to_string()),
        _ => None,
    }
}

/// When a unit was recorded, UTC microseconds since 1970; none of another format, or if the unit does not tell.
pub(super) fn recorded_at(format: Format, unit: &[u8]) -> Option<i64> {
    match format {
        Format::Dnstap | Format::Fstrm => {
            let message = dnstap_message(format, unit)?;
            let times = [message.response_time, message.query_time];
            let at = times.into_iter().find(|at| at.seconds.is_some())?;
            let seconds = u32::try_from(at.seconds?).ok()?;
            Some(time(seconds, at.nanoseconds / 1_000))
        }
        Format::Pdns => {
            let at = pdns_message(unit)?.time;
            Some(time(at.seconds?, at.microseconds))
        }
        Format::DnsCollector => {
            let at = text_of(unit, "timestamp-rfc3339ns\"")?;
            Some(at.parse::<jiff::Timestamp>().ok()?.as_microsecond())
        }
        Format::Atlas => super::microseconds(number_of(unit, "\"timestamp\"")?),
        Format::Pcap => first_packet(unit),
        _ => None,
    }
}

/// The message of dnstap, in a stream that of its first data frame.
fn dnstap_message(format: Format, unit: &[u8]) -> Option<Message<'_>> {
    let frame = match format {
        Format::Fstrm => first_data(unit)?,
        _ => Reader::new(unit),
    };
    parse_frame(frame).ok()?.message
}

fn first_data(stream: &[u8]) -> Option<Reader<'_>> {
    let mut rest = stream;
    loop {
        match split_frame(rest).ok()? {
            (Frame::Data(data), _) => return Some(data),
            (Frame::Control(_), after) => rest = after,
        }
    }
}

/// The first message, with its length in front or without.
fn pdns_message(unit: &[u8]) -> Option<pdns::Message<'_>> {
    let is_told = |message: &pdns::Message<'_>| message.message_type.is_some();
    let read = |reader| pdns::parse_message(reader).ok().filter(is_told);
    let (message, _) = pdns::split_message(unit).ok().unzip();
    message.and_then(read).or_else(|| read(Reader::new(unit)))
}

/// When the first packet of a capture that has a time was captured.
fn first_packet(unit: &[u8]) -> Option<i64> {
    let mut reader = Reader::new(unit);
    if pcap::begins(unit) {
        let header = FileHeader::read(&mut reader).ok()?;
        return header.split_record(&mut reader).ok()?.at;
    }
    // A capture begins with a section, which brings its own order.
    let mut order = ByteOrder::Little;
    let mut interfaces = Vec::new();
    loop {
        let block = split_block(&mut reader, order).ok()?;
        order = block.order;
        if block.block_type == BlockType::INTERFACE {
            let (mut interface, options) = Interface::split(&block).ok()?;
            // Those that can be read count.
            let _ = interface.read_options(block.order, options);
            interfaces.push(interface);
        }
        let packet = Packet::parse(&block).ok()?;
        let at = packet.and_then(|packet| {
            let interface = interfaces.get(usize::try_from(packet.interface).ok()?)?;
            packet.of(interface).at
        });
        if at.is_some() {
            return at;
        }
    }
}

#[cfg(test)]
mod tests;
