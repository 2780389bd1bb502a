//! Frames in, rows or the exact reject out.
#![allow(clippy::arithmetic_side_effects)]

use super::*;
use crate::dns::row_texts::{decode, decode_as};
use crate::{DecoderSettings, Format, Privacy};
use tables::Provenance;

/// A query for a.example, type 28, with id 0x1234.
const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x01a\x07example\0\0\x1c\0\x01";
/// What it looks like in a row.
const QUERY_TEXT: &str = "octets=27 id=4660 opcode=0 rcode=0 flags=0100 counts=[1, 0, 0, 0] qname=a.example registered=a.example qtype=28 qclass=1";
/// A response without a question.
const RESPONSE: &[u8] = b"\x12\x34\x81\x85\0\0\0\0\0\0\0\0";
const RESPONSE_TEXT: &str = "octets=12 id=4660 opcode=0 rcode=5 flags=8185 counts=[0, 0, 0, 0]";

/// A field with octets, of a one-octet tag.
fn field(number: u8, octets: &[u8]) -> Vec<u8> {
    let length = octets.len() as u8;
    let length: &[u8] = if length < 0x80 {
        &[length]
    } else {
        &[length, 1]
    };
    [&[number << 3 | 2], length, octets].concat()
}

/// A frame of type MESSAGE with these fields of a message.
fn frame(fields: &[&[u8]]) -> Vec<u8> {
    [&field(14, &fields.concat())[..], &[0x78, 1]].concat()
}

/// Seconds 1735689600, and nanoseconds.
fn query_time(nanoseconds: u32) -> Vec<u8> {
    let head = [0x40, 0x80, 0x8b, 0xd2, 0xbb, 0x06, 0x4d];
    [&head[..], &nanoseconds.to_le_bytes()].concat()
}

/// A second later.
fn response_time(nanoseconds: u32) -> Vec<u8> {
    let head = [0x60, 0x81, 0x8b, 0xd2, 0xbb, 0x06, 0x6d];
    [&head[..], &nanoseconds.to_le_bytes()].concat()
}

fn settings() -> DecoderSettings {
    DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Dnstap)
    }
}

#[track_caller]
fn check(frame: &[u8], expected: &[&str]) {
    assert_eq!(decode(&settings(), &[frame]), expected);
}

#[test]
fn a_query_with_all_its_fields() {
    let zone = field(11, b"\x07Example\0");
    let (client, server) = (field(4, &[192, 0, 2, 1]), field(5, &[0, 0, 0, 0]));
    let ports = [0x30, 0x81, 0x08, 0x38, 53];
    let protocols = [0x10, 1, 0x18, 4, 0x80, 1, 2];
    let message = [
        &[8, 5][..],
        &protocols,
        &client,
        &server,
        &ports,
        &query_time(1_999),
        &zone,
        &field(10, QUERY),
    ];
    let row = format!(
        "0 query Query=1735689600000001 collector=ns1 query_at=1735689600000001 role=client ip=4 by=doh http=2 \
         client=192.0.2.1 client_port=1025 server=0.0.0.0 server_port=53 zone=example {QUERY_TEXT}"
    );
    let frame = [&field(1, b"ns1")[..], &field(2, b"9"), &frame(&message)].concat();
    check(&frame, &["parsed", &row]);
}

#[test]
fn roles_and_kinds() {
    let roles = [
        "auth",
        "resolver",
        "client",
        "forwarder",
        "stub",
        "tool",
        "update",
    ];
    for (role, number) in roles.into_iter().zip(0..) {
        let query = frame(&[&[8, 1 + 2 * number], &field(10, QUERY)]);
        let response = frame(&[&[8, 2 + 2 * number], &field(14, RESPONSE)]);
        let query_row = format!("0 query Ingested=7 role={role} {QUERY_TEXT}");
        let response_row = format!("0 response Ingested=7 role={role} {RESPONSE_TEXT}");
        check(&query, &["parsed", &query_row]);
        check(&response, &["parsed", &response_row]);
    }
    // Types of the future.
    let both = [field(10, QUERY), field(14, RESPONSE)].concat();
    let query = format!("0 query Ingested=7 {QUERY_TEXT}");
    let response = format!("1 response Ingested=7 companion {RESPONSE_TEXT}");
    check(&frame(&[&[8, 15], &both]), &["parsed", &query, &response]);
}

#[test]
fn both_messages_are_two_rows() {
    let fields = [
        field(10, QUERY),
        field(14, RESPONSE),
        query_time(999_999_999),
        response_time(999),
    ]
    .concat();
    let query = |item, mark| {
        format!(
            "{item} query Query=1735689600999999{mark} query_at=1735689600999999 role=auth {QUERY_TEXT}"
        )
    };
    let response = |item, mark| {
        format!(
            "{item} response Response=1735689601000000{mark} query_at=1735689600999999 response_at=1735689601000000 latency=1000 role=auth {RESPONSE_TEXT}"
        )
    };
    let expected = ["parsed", &response(0, ""), &query(1, " companion")];
    check(&frame(&[&[8, 2], &fields]), &expected);
    let expected = ["parsed", &query(0, ""), &response(1, " companion")];
    check(&frame(&[&[8, 1], &fields]), &expected);
}

#[test]
fn the_message_that_is_there_counts() {
    let row = format!("0 response Ingested=7 role=auth {RESPONSE_TEXT}");
    check(&frame(&[&[8, 1], &field(14, RESPONSE)]), &["parsed", &row]);
    let damaged = "0 query Ingested=7 role=auth octets=3 status=header_short";
    check(&frame(&[&[8, 1], &field(10, b"abc")]), &["parsed", damaged]);
}

#[test]
fn times() {
    let query = field(10, QUERY);
    let response = field(14, RESPONSE);
    let only = |number, message: &[u8], time: &[u8]| frame(&[&[8, number], message, time]);
    let row = format!(
        "0 response Query=1735689600000000 query_at=1735689600000000 role=auth {RESPONSE_TEXT}"
    );
    check(&only(2, &response, &query_time(0)), &["parsed", &row]);
    let row = format!("0 query Response=1735689601000000 role=auth {QUERY_TEXT}");
    check(&only(1, &query, &response_time(0)), &["parsed", &row]);
    // Nanoseconds alone, and the year 10000.
    let row = format!("0 query Ingested=7 role=auth {QUERY_TEXT}");
    check(&only(1, &query, &[0x4d, 1, 2, 3, 4]), &["parsed", &row]);
    let late = [0x40, 0x80, 0xc5, 0x92, 0x98, 0xb0, 0x07];
    check(&only(1, &query, &late), &["parsed", &row]);
    let mut huge = [0xff; 11];
    (huge[0], huge[10]) = (0x40, 1);
    check(&only(1, &query, &huge), &["parsed", &row]);
}

#[test]
fn latency_is_exact_and_may_be_negative() {
    let time = |seconds, nanoseconds| Time {
        seconds: Some(seconds),
        nanoseconds,
    };
    let none = Time::default();
    assert_eq!(latency_ns(time(5, 1_999), time(5, 2_000)), Some(1));
    assert_eq!(latency_ns(time(6, 5), time(5, 4)), Some(-1_000_000_001));
    assert_eq!(latency_ns(none, time(5, 0)), None);
    assert_eq!(latency_ns(time(5, 0), none), None);
    assert_eq!(latency_ns(time(0, 0), time(u64::MAX, 0)), None);
    assert_eq!(latency_ns(time(0, 0), time(1 << 62, 0)), None);
}

#[test]
fn absurd_times_are_the_brokers() {
    let provenance = Provenance {
        kafka_topic: "t",
        kafka_partition: 0,
        kafka_offset: 0,
        brokered_at: Some(1_800_000_000_000_000),
        ingested_at: 7,
        project: "",
        collector: "",
        router: None,
        format: "dnstap",
    };
    let query = frame(&[&[8, 1], &field(10, QUERY), &query_time(0)]);
    let rows = decode_as(&settings(), &provenance, &[&query]);
    let row = format!(
        "0 query Clamped=1800000000000000 reported=1735689600000000 query_at=1735689600000000 role=auth {QUERY_TEXT}"
    );
    assert_eq!(rows, ["parsed", &row]);
}

#[test]
fn who_the_collector_is() {
    let provenance = |collector| Provenance {
        kafka_topic: "t",
        kafka_partition: 0,
        kafka_offset: 0,
        brokered_at: None,
        ingested_at: 7,
        project: "",
        collector,
        router: None,
        format: "dnstap",
    };
    let settings = DecoderSettings {
        collector: "configured".to_owned(),
        ..settings()
    };
    let named = |identity: &[u8]| {
        let query = frame(&[&[8, 1], &field(10, QUERY)]);
        [&field(1, identity)[..], &query].concat()
    };
    let row = |collector: &str| {
        format!("0 query Ingested=7 collector={collector} role=auth {QUERY_TEXT}")
    };
    let check = |told, identity: &[u8], expected: &str| {
        let rows = decode_as(&settings, &provenance(told), &[&named(identity)]);
        assert_eq!(rows, ["parsed", &row(expected)]);
    };
    check("told", b"ns1", "told");
    check("", "ns1.\u{e9}".as_bytes(), "ns1.\u{e9}");
    check("", b"", "configured");
    check("", b"ns1\n", "configured");
    check("", b"\xff\xfe", "configured");
}

#[test]
fn addresses_of_other_lengths_and_unknown_numbers_are_none() {
    let fields = [
        field(4, &[1, 2, 3]),
        field(5, &[0; 17]),
        vec![0x10, 9, 0x18, 8, 0x30, 0x80, 0x80, 4, 0x80, 1, 4],
        field(10, QUERY),
        field(11, b"\x03com"),
    ];
    let row = format!("0 query Ingested=7 role=auth {QUERY_TEXT}");
    check(&frame(&[&[8, 1], &fields.concat()]), &["parsed", &row]);
    let ipv6 = field(5, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let row = format!("0 query Ingested=7 role=auth ip=6 server=2001:db8::1 {QUERY_TEXT}");
    check(
        &frame(&[&[8, 1], &ipv6, &field(10, QUERY)]),
        &["parsed", &row],
    );
}

#[test]
fn policies() {
    let of = |policy: &[u8]| frame(&[&[8, 1], &field(15, policy), &field(10, QUERY)]);
    let (rule, value) = (field(2, b"bad.rpz"), field(5, b"\x01a\0"));
    let policy = [&field(1, b"RPZ")[..], &rule, &[0x18, 6, 0x20, 1], &value].concat();
    let row = format!(
        "0 query Ingested=7 role=auth policy_type=RPZ action=LOCAL_DATA match=QNAME rule=bad.rpz value=016100 {QUERY_TEXT}"
    );
    check(&of(&policy), &["parsed", &row]);
    let row = format!("0 query Ingested=7 role=auth {QUERY_TEXT}");
    check(&of(&[0x18, 7, 0x20, 6]), &["parsed", &row]);
}

#[test]
fn what_has_no_message() {
    check(b"", &["skipped empty"]);
    check(&frame(&[&[8, 1]]), &["skipped dnstap_without_message"]);
    check(
        &[0x72, 2, 8, 1, 0x78, 2],
        &["skipped dnstap_type_not_decoded"],
    );
}

#[test]
fn envelopes_that_are_broken() {
    let check = |frame: &[u8], reject: &str| check(frame, &["rejected", reject]);
    check(&[0x72, 2, 8, 1], "reject 0: missing type at 4 of 4");
    check(&[0x78, 1], "reject 0: missing message at 2 of 2");
    check(
        &[0x78, 1, 0x72, 0],
        "reject 0: missing message type at 4 of 4",
    );
    check(&[0x72, 3, 8, 1], "reject 0: truncated message at 2 of 4");
    check(
        b"Hello, world #0\n",
        "reject 0: bad_value wire type at 3 of 16",
    );
}

#[test]
fn a_file_is_one_frame() {
    assert_eq!(first_unit(&[8, 1], true), Unit::Whole(2));
    assert_eq!(first_unit(&[8, 1], false), Unit::Incomplete);
    let long = vec![0; FRAME_OCTETS_MAX + 1];
    assert_eq!(first_unit(&long, true), Unit::Damaged);
    assert_eq!(first_unit(&long, false), Unit::Damaged);
}
