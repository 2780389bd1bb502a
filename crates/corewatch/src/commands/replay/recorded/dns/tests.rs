#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::super::{key_of, recorded_at};
use feeds::Format;

/// 2026-01-01T00:00:00.5Z
const AT_US: i64 = 1_767_225_600_500_000;

fn check(format: Format, unit: &[u8], key: Option<&str>, at_us: Option<i64>) {
    assert_eq!(key_of(format, unit).as_deref(), key, "{unit:02x?}");
    assert_eq!(recorded_at(format, unit), at_us, "{unit:02x?}");
}

#[test]
fn a_frame_tells_the_port_and_the_time_of_its_own_message() {
    let records: Vec<_> = sim::Resolver::new(&sim::ResolverSettings::default())
        .take(200)
        .collect();
    let mut keys = std::collections::BTreeSet::new();
    for record in &records {
        let key = key_of(Format::Dnstap, &record.octets).expect("a key");
        check(
            Format::Dnstap,
            &record.octets,
            Some(&key),
            Some(record.at_us),
        );
        let stream = sim::frame_stream(std::slice::from_ref(record));
        check(Format::Fstrm, &stream, Some(&key), Some(record.at_us));
        keys.insert(key);
    }
    assert!((80..150).contains(&keys.len()), "{} keys", keys.len());
    check(Format::Fstrm, &sim::frame_stream(&[]), None, None);
    check(Format::Dnstap, &records[0].octets[..40], None, None);
}

#[test]
fn powerdns_tells_both_with_or_without_a_length() {
    // type 1, timeSec 1767225600, timeUsec 500000, fromPort 5353
    let message = b"\x08\x01\x48\x80\xf2\xd6\xca\x06\x50\xa0\xc2\x1e\xa0\x01\xe9\x29";
    check(Format::Pdns, message, Some("5353"), Some(AT_US));
    let with_length = [b"\x00\x10", &message[..]].concat();
    check(Format::Pdns, &with_length, Some("5353"), Some(AT_US));
    check(Format::Pdns, b"\x08", None, None);
}

#[test]
fn lines_of_json_tell_both() {
    let flat = br#"{"network.query-port":"5353","dnstap.timestamp-rfc3339ns":"2026-01-01T00:00:00.500000999Z"}"#;
    check(Format::DnsCollector, flat, Some("5353"), Some(AT_US));
    let nested = br#"{"network": {"query-port": "-"}, "dnstap": {"timestamp-rfc3339ns": "-"}}"#;
    check(Format::DnsCollector, nested, Some("-"), None);
    let atlas =
        br#"{"fw":5080,"prb_id":7,"stored_timestamp":9,"timestamp":1767225600,"type":"dns"}"#;
    check(Format::Atlas, atlas, Some("7"), Some(AT_US - 500_000));
    check(Format::Atlas, b"{}", None, None);
}

/// A capture of one empty packet, times in microseconds.
#[test]
fn a_capture_tells_when_its_first_packet_came() {
    let mut capture =
        b"\xa1\xb2\xc3\xd4\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\x01".to_vec();
    check(Format::Pcap, &capture, None, None);
    capture.extend(1_767_225_600_u32.to_be_bytes());
    capture.extend(500_000_u32.to_be_bytes());
    capture.extend([0; 8]);
    let key = AT_US.to_string();
    check(Format::Pcap, &capture, Some(&key), Some(AT_US));
}

/// The second interface counts milliseconds; the order is that of the section.
#[test]
fn a_capture_of_blocks_does_so_too() {
    let block = |kind: u32, body: &[u8]| {
        let octets = (body.len() as u32 + 12).to_be_bytes();
        [&kind.to_be_bytes(), &octets, body, &octets].concat()
    };
    let section = b"\x1a\x2b\x3c\x4d\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
    let milliseconds = b"\0\x01\0\0\0\0\0\0\0\x09\0\x01\x03\0\0\0";
    let ticks = (AT_US as u64 / 1_000).to_be_bytes();
    let packet = [b"\0\0\0\x01", &ticks[..], &[0; 8]].concat();
    let capture = [
        block(0x0a0d_0d0a, section),
        block(1, &[0, 1, 0, 0, 0, 0, 0, 0]),
        block(1, milliseconds),
        block(6, &packet),
    ]
    .concat();
    let key = AT_US.to_string();
    check(Format::Pcap, &capture, Some(&key), Some(AT_US));
    check(Format::Pcap, &capture[..60], None, None);
}
