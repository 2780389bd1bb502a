//! What a unit of a file tells without being decoded: which messages it belongs with, and when it was recorded.

mod dns;

use feeds::Format;
use std::net::IpAddr;
use wire::bmp::{self, MessageType, PeerHeader, split_peer_header};
use wire::mrt::bgp4mp::{Subtype, split_session};
use wire::mrt::{RecordType, split_record};
use wire::openbmp;

/// What keeps a unit in order with the others that its decoder needs: the key of its Kafka message. None: the file's name
/// does.
///
/// | format | key |
/// |---|---|
/// | BGP4MP in MRT | address of the peer |
/// | BMP with a per-peer header | address of the peer; all kinds of peer that share it share the key |
/// | OpenBMP | hash of the router, in hexadecimal, as its collector does it |
/// | RIS Live | `peer` |
/// | dnstap, PowerDNS, DNS-collector | port of who asks |
/// | RIPE Atlas | number of the probe |
/// | packet captures | time of the first packet |
pub(crate) fn key_of(format: Format, unit: &[u8]) -> Option<String> {
    match format {
        Format::Mrt => peer_of_record(unit).map(|ip| ip.to_string()),
        // What is said to be the one may hold the other.
        Format::Bmp | Format::OpenBmp => match openbmp::split_unit(unit) {
            Ok((collected, _)) => Some(hexadecimal(&collected.header.router_hash)),
            Err(_) => Some(peer_header(unit)?.ip.to_string()),
        },
        Format::RisLive => text_of(unit, "\"peer\"").map(str::to_owned),
        Format::Dnstap
        | Format::Fstrm
        | Format::Atlas
        | Format::DnsCollector
        | Format::Pdns
        | Format::Pcap => dns::key_of(format, unit),
        Format::Auto => key_of(recognised(unit)?, unit),
    }
}

/// When a unit was recorded, UTC microseconds since 1970; none if it does not tell.
pub(crate) fn recorded_at(format: Format, unit: &[u8]) -> Option<i64> {
    match format {
        Format::Mrt => time_of_record(unit),
        Format::Bmp | Format::OpenBmp => match openbmp::split_unit(unit) {
            Ok((collected, _)) => collected.header.at,
            Err(_) => peer_header(unit)?.at(),
        },
        Format::RisLive => microseconds(number_of(unit, "\"timestamp\"")?),
        Format::Dnstap
        | Format::Fstrm
        | Format::Atlas
        | Format::DnsCollector
        | Format::Pdns
        | Format::Pcap => dns::recorded_at(format, unit),
        Format::Auto => recorded_at(recognised(unit)?, unit),
    }
}

fn recognised(unit: &[u8]) -> Option<Format> {
    Format::of_message(unit).filter(|format| *format != Format::Auto)
}

fn peer_of_record(unit: &[u8]) -> Option<IpAddr> {
    let (record, _) = split_record(unit).ok()?;
    let (RecordType::BGP4MP | RecordType::BGP4MP_ET) = record.record_type else {
        return None;
    };
    let width = Subtype(record.subtype).asn_width();
    let (session, _) = split_session(record.body().ok()?.1, width).ok()?;
    Some(session.peer_ip)
}

fn time_of_record(unit: &[u8]) -> Option<i64> {
    let (record, _) = split_record(unit).ok()?;
    let (microseconds, _) = record.body().ok()?;
    Some(time(record.seconds, microseconds))
}

/// The per-peer header of a bare BMP message; none in those about the router itself.
fn peer_header(unit: &[u8]) -> Option<PeerHeader> {
    let (message, _) = bmp::split_message(unit).ok()?;
    let has_peer = !matches!(
        message.message_type,
        MessageType::INITIATION | MessageType::TERMINATION
    );
    let (header, _) = has_peer.then(|| split_peer_header(message.body))?.ok()?;
    Some(header)
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn time(seconds: u32, microseconds: u32) -> i64 {
    i64::from(seconds) * 1_000_000 + i64::from(microseconds)
}

/// What stands behind the first `name` and its colon. A search, not a parser: nobody writes a quote inside the values that
/// are asked for, and a name found elsewhere would cost no more than an order or a pause.
fn after_name<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let line = std::str::from_utf8(line).ok()?;
    let (_, rest) = line.split_once(name)?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn text_of<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let (text, _) = after_name(line, name)?.strip_prefix('"')?.split_once('"')?;
    Some(text)
}

fn number_of<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let rest = after_name(line, name)?;
    let is_over = |letter: char| !letter.is_ascii_digit() && letter != '.';
    rest.split(is_over)
        .next()
        .filter(|number| !number.is_empty())
}

/// Seconds as a decimal number to whole microseconds.
fn microseconds(seconds: &str) -> Option<i64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let six_digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    whole.checked_add(six_digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// 2026-01-01T00:00:00.5Z
    const AT_US: i64 = 1_767_225_600_500_000;

    fn check(format: Format, unit: &[u8], key: Option<&str>, at_us: Option<i64>) {
        assert_eq!(key_of(format, unit).as_deref(), key);
        assert_eq!(recorded_at(format, unit), at_us);
    }

    /// A BMP message of that type about that peer, without what follows the headers.
    fn bmp(message_type: u8, flags: u8, address: [u8; 16]) -> Vec<u8> {
        let mut message = vec![3, 0, 0, 0, 48, message_type, 0, flags];
        message.extend([0; 8]);
        message.extend(address);
        message.extend([0; 8]);
        message.extend(1_767_225_600_u32.to_be_bytes());
        message.extend(500_000_u32.to_be_bytes());
        message
    }

    #[test]
    fn the_key_of_a_session_is_its_peer() {
        for record in sim::Traffic::new(&sim::Settings::default()).take(100) {
            let peer = record.peer_ip.expect("a peer").to_string();
            check(Format::Mrt, &record.octets, Some(&peer), Some(record.at_us));
        }
    }

    #[test]
    fn a_table_dump_has_no_peer_of_its_own() {
        for record in sim::table_dump(&sim::Settings::default()).take(3) {
            check(Format::Mrt, &record.octets, None, Some(record.at_us));
        }
    }

    #[test]
    fn all_a_router_says_of_a_peer_has_one_key() {
        let v4 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1];
        let mut v6 = [0; 16];
        (v6[0], v6[1], v6[15]) = (0x20, 0x01, 7);
        for message_type in [0, 1, 2, 3, 6] {
            for flags in [0, 0x40, 0x30] {
                let message = bmp(message_type, flags, v4);
                check(Format::Bmp, &message, Some("192.0.2.1"), Some(AT_US));
                let message = bmp(message_type, flags | 0x80, v6);
                check(Format::Bmp, &message, Some("2001::7"), Some(AT_US));
            }
        }
        check(Format::Bmp, &bmp(4, 0, v4), None, None);
        check(Format::Bmp, &bmp(0, 0, v4)[..47], None, None);
    }

    #[test]
    fn a_router_without_a_clock_tells_no_time() {
        let mut message = bmp(0, 0, [0; 16]);
        message[40..].fill(0);
        check(Format::Bmp, &message, Some("0.0.0.0"), None);
    }

    #[test]
    fn a_collector_tells_its_router_and_its_own_time() {
        let mut header = b"OBMP\x01\x07\x00\x51\x00\x00\x00\x01\x80\x0c".to_vec();
        header.extend(1_767_225_600_u32.to_be_bytes());
        header.extend(500_000_u32.to_be_bytes());
        header.extend([0; 16]);
        header.extend([0, 3, b'r', b'v', b'2']);
        header.extend([0xab; 16]);
        header.extend([0; 16]);
        header.extend([0, 0, 0, 0, 0, 1, 3]);
        let key = "ab".repeat(16);
        check(Format::OpenBmp, &header, Some(&key), Some(AT_US));
        check(Format::Bmp, &header, Some(&key), Some(AT_US));
        check(Format::OpenBmp, &header[..50], None, None);
        let text = format!("V: 1.7\nR_HASH: {key}\nL: 1\n\nx");
        check(Format::OpenBmp, text.as_bytes(), Some(&key), None);
    }

    #[test]
    fn a_line_of_ris_live_tells_both() {
        let line = br#"{"type":"ris_message","data":{"timestamp":1767225600.50,"peer":"2001:db8::1","peer_asn":"1"}}"#;
        check(Format::RisLive, line, Some("2001:db8::1"), Some(AT_US));
        let spaced = br#"{ "data": { "peer_asn" : "1", "peer" : "192.0.2.1", "timestamp" : 1767225600.5 } }"#;
        check(Format::RisLive, spaced, Some("192.0.2.1"), Some(AT_US));
        check(
            Format::RisLive,
            br#"{"type":"pong","data":null}"#,
            None,
            None,
        );
        check(
            Format::RisLive,
            br#"{"timestamp":"soon","peer":7}"#,
            None,
            None,
        );
    }
}
