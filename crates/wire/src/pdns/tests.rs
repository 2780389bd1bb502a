//! Octets of PBDNSMessage in, parts or the exact error out.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::*;

extern crate std;
use std::vec::Vec;

fn parse(octets: &[u8]) -> Result<Message<'_>, ParseError> {
    parse_message(Reader::new(octets))
}

/// A field with octets, of a one-octet tag.
fn field(number: u8, octets: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, octets.len() as u8], octets].concat()
}

fn response() -> Vec<u8> {
    let record = [
        &field(1, b"a.")[..],
        &[0x10, 1, 0x18, 1, 0x20, 60],
        &field(5, &[192, 0, 2, 9]),
    ];
    [
        &[0x08, 3][..],
        &field(2, &record.concat()),
        &field(3, b"zone"),
        &field(4, b"tag"),
        &[0x28, 0x80, 0x8b, 0xd2, 0xbb, 0x06, 0x30, 5],
        &[0x38, 2],
        &field(8, b"trigger"),
        &field(9, b"hit"),
        &[0x50, 3, 0x58, 1],
        &field(2, &field(1, b"b.")),
    ]
    .concat()
}

#[test]
fn every_field() {
    let question = [&field(1, b"A.")[..], &[0x10, 28, 0x18, 1]].concat();
    let octets = [
        &[0x08, 2][..],
        &field(2, &[7; 16]),
        &field(3, b"rec1"),
        &[0x20, 1, 0x28, 1],
        &field(6, &[192, 0, 2, 1]),
        &field(7, &[192, 0, 2, 2]),
        &[
            0x40, 60, 0x48, 0x81, 0x8b, 0xd2, 0xbb, 0x06, 0x50, 9, 0x58, 0xd2, 0x09,
        ],
        &field(12, &question),
        &field(13, &response()),
        &field(14, &[203, 0, 113, 0]),
        &field(15, b"who"),
        &[0xa0, 1, 0x81, 0x08, 0xa8, 1, 53, 0xc0, 1, 2],
        &[0xe0, 1, 0x81, 0x80, 0x02, 0xe8, 1, 0x80, 0x80, 0x02],
        &[0xf8, 1, 15, 0x82, 2, 1, b'x'],
    ]
    .concat();
    let message = parse(&octets).unwrap();
    assert_eq!(message.message_type, Some(MessageType::RESPONSE));
    assert_eq!(message.server_identity, Some(&b"rec1"[..]));
    assert_eq!((message.family, message.protocol), (Some(1), Some(1)));
    assert_eq!(message.from, Some(&[192, 0, 2, 1][..]));
    assert_eq!(message.to, Some(&[192, 0, 2, 2][..]));
    assert_eq!((message.from_port, message.to_port), (Some(1025), Some(53)));
    assert_eq!((message.message_octets, message.id), (Some(60), Some(1234)));
    let time = Time {
        seconds: Some(1_735_689_601),
        microseconds: 9,
    };
    assert_eq!(message.time, time);
    let question = Question {
        qname: Some(b"A."),
        qtype: Some(28),
        qclass: Some(1),
    };
    assert_eq!(message.question, Some(question));
    assert_eq!(message.client_subnet, Some(&[203, 0, 113, 0][..]));
    assert_eq!(message.http_version, Some(2));
    assert_eq!(message.header_flags, Some(0x8001));
    assert_eq!(message.edns_version, Some(0x8000));
    assert_eq!((message.ede, message.ede_text), (Some(15), Some(&b"x"[..])));
}

#[test]
fn a_response() {
    let octets = field(13, &response());
    let response = parse(&octets).unwrap().response.unwrap();
    assert_eq!(response.rcode, Some(3));
    let time = Time {
        seconds: Some(1_735_689_600),
        microseconds: 5,
    };
    assert_eq!(response.query_time, time);
    assert_eq!(response.policy, Some(&b"zone"[..]));
    assert_eq!(response.policy_trigger, Some(&b"trigger"[..]));
    assert_eq!(response.policy_hit, Some(&b"hit"[..]));
    assert_eq!(
        (response.policy_type, response.policy_kind),
        (Some(2), Some(3))
    );
    let first = Record {
        name: Some(b"a."),
        record_type: Some(1),
        class: Some(1),
        ttl: Some(60),
        rdata: Some(&[192, 0, 2, 9]),
    };
    let second = Record {
        name: Some(b"b."),
        ..Record::default()
    };
    assert_eq!(response.records().collect::<Vec<_>>(), [first, second]);
    assert_eq!(Response::default().records().count(), 0);
}

#[test]
fn errors_name_the_field_and_count_from_the_begin_of_the_message() {
    #[track_caller]
    fn check(octets: &[u8], error: ParseError) {
        assert_eq!(parse(octets).unwrap_err(), error);
    }
    check(&[0x08], ParseError::truncated("type", 1));
    check(&[0x08, 1, 0x32, 4, 1], ParseError::truncated("from", 4));
    check(&[0x62, 2, 0x0a, 1], ParseError::truncated("QNAME", 4));
    check(&[0x6a, 3, 0x12, 1, 0x0a], ParseError::truncated("NAME", 5));
    check(&[0x6a, 2, 0x12, 1], ParseError::truncated("record", 4));
    check(&[0xa0, 1], ParseError::truncated("from port", 2));
    check(&[0x7b], ParseError::bad_value("wire type", 1));
}

#[test]
fn messages_behind_their_length() {
    let (message, rest) = split_message(&[0, 2, 8, 1, 9]).unwrap();
    assert_eq!(
        (message.rest(), message.offset(), rest),
        (&[8, 1][..], 2, &[9][..])
    );
    let split = |octets: &[u8]| split_message(octets).map(|_| ());
    assert_eq!(split(&[0]), Err(ParseError::truncated("message length", 0)));
    assert_eq!(
        split(&[0, 3, 8, 1]),
        Err(ParseError::truncated("message", 2))
    );
    assert_eq!(
        split(&[0, 0, 8, 1]),
        Err(ParseError::bad_length("message length", 0))
    );
}
