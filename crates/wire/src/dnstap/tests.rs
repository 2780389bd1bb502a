//! Octets of frames in, parts or the exact error out.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::*;

extern crate std;
use std::vec::Vec;

fn parse(octets: &[u8]) -> Result<Dnstap<'_>, ParseError> {
    parse_frame(Reader::new(octets))
}

/// A field with octets, of a one-octet tag.
fn field(number: u8, octets: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, octets.len() as u8], octets].concat()
}

fn all_fields() -> Vec<u8> {
    [
        &[0x08, 6, 0x10, 1, 0x18, 4][..],
        &field(4, &[192, 0, 2, 1]),
        &field(5, &[192, 0, 2, 2]),
        &[0x30, 0xd2, 0x09, 0x38, 53],
        &[0x40, 0x80, 0x8b, 0xd2, 0xbb, 0x06, 0x4d, 1, 2, 0, 0],
        &field(10, b"query"),
        &field(11, b"\x03org\x00"),
        &[0x60, 0x81, 0x8b, 0xd2, 0xbb, 0x06, 0x6d, 0, 0, 0, 1],
        &field(14, b"response"),
        &field(15, &policy()),
        &[0x80, 0x01, 2],
    ]
    .concat()
}

fn policy() -> Vec<u8> {
    let (rule, value) = (field(2, b"rule"), field(5, b"value"));
    [&field(1, b"RPZ")[..], &rule, &[0x18, 1, 0x20, 2], &value].concat()
}

#[test]
fn every_field() {
    let message = field(14, &all_fields());
    let octets = [
        &field(1, b"ns1")[..],
        &field(2, b"9.18"),
        &field(3, b"x"),
        &message,
        &[0x78, 1],
    ];
    let octets = octets.concat();
    let frame = parse(&octets).unwrap();
    assert_eq!(frame.identity, Some(&b"ns1"[..]));
    assert_eq!(frame.frame_type, Some(FrameType::MESSAGE));
    assert_eq!(frame.message_offset, 16);
    let message = frame.message.unwrap();
    assert_eq!(message.message_type, Some(MessageType(6)));
    assert_eq!((message.family, message.protocol), (Some(1), Some(4)));
    assert_eq!(message.query_address, Some(&[192, 0, 2, 1][..]));
    assert_eq!(message.response_address, Some(&[192, 0, 2, 2][..]));
    assert_eq!(
        (message.query_port, message.response_port),
        (Some(1234), Some(53))
    );
    let time = |seconds, nanoseconds| Time {
        seconds: Some(seconds),
        nanoseconds,
    };
    assert_eq!(message.query_time, time(1_735_689_600, 513));
    assert_eq!(message.response_time, time(1_735_689_601, 1 << 24));
    assert_eq!(message.query_message, Some(&b"query"[..]));
    assert_eq!(message.response_message, Some(&b"response"[..]));
    assert_eq!(message.query_zone, Some(&b"\x03org\x00"[..]));
    assert_eq!(message.http_version, Some(2));
    let policy = Policy {
        policy_type: Some(b"RPZ"),
        rule: Some(b"rule"),
        action: Some(1),
        matched: Some(2),
        value: Some(b"value"),
    };
    assert_eq!(message.policy, Some(policy));
}

#[test]
fn nothing_is_there() {
    let frame = parse(&[]).unwrap();
    assert_eq!((frame.identity, frame.frame_type), (None, None));
    assert!(frame.message.is_none());
    let empty = parse(&[0x72, 0]).unwrap().message.unwrap();
    assert_eq!((empty.message_type, empty.query_time.seconds), (None, None));
}

#[test]
fn the_last_one_counts_and_messages_are_merged() {
    let frame = [
        0x78, 9, 0x0a, 1, b'a', 0x72, 4, 8, 5, 0x10, 1, 0x72, 2, 8, 6, 0x0a, 1, b'b', 0x78, 1,
    ];
    let frame = parse(&frame).unwrap();
    assert_eq!(frame.identity, Some(&b"b"[..]));
    assert_eq!(frame.frame_type, Some(FrameType::MESSAGE));
    let message = frame.message.unwrap();
    assert_eq!(
        (message.message_type, message.family),
        (Some(MessageType(6)), Some(1))
    );
}

#[test]
fn unknown_fields_and_wire_types_are_passed_over() {
    // Field 17, a varint; then type as fixed32, and a query port of octets.
    let inner = [0x88, 1, 7, 0x0d, 1, 2, 3, 4, 0x32, 1, 9, 8, 1];
    let octets = [&[0x20, 1][..], &field(14, &inner), &[0x7a, 0, 0x78, 1]].concat();
    let frame = parse(&octets).unwrap();
    assert_eq!(frame.frame_type, Some(FrameType::MESSAGE));
    let message = frame.message.unwrap();
    assert_eq!(
        (message.message_type, message.query_port),
        (Some(MessageType(1)), None)
    );
}

#[test]
fn errors_name_the_field_and_count_from_the_begin_of_the_frame() {
    #[track_caller]
    fn check(octets: &[u8], error: ParseError) {
        assert_eq!(parse(octets).unwrap_err(), error);
    }
    check(&[0x0a, 5, b'a'], ParseError::truncated("identity", 2));
    check(&[0x78], ParseError::truncated("type", 1));
    check(&[0x72, 9, 8, 1], ParseError::truncated("message", 2));
    check(&[0x73, 0], ParseError::bad_value("wire type", 1));
    let inner = |octets: &[u8]| field(14, octets);
    check(&inner(&[0x08]), ParseError::truncated("message type", 3));
    check(
        &inner(&[0x22, 4, 1]),
        ParseError::truncated("query address", 4),
    );
    check(
        &inner(&[0x4d, 1, 2, 3]),
        ParseError::truncated("query time nanoseconds", 3),
    );
    check(
        &inner(&[0x52, 0x80]),
        ParseError::truncated("query message", 3),
    );
    check(
        &inner(&[0x7a, 2, 0x0a, 1]),
        ParseError::truncated("policy type", 6),
    );
    check(&inner(&[0x00]), ParseError::bad_value("tag", 2));
}

#[test]
fn cut_anywhere() {
    let octets = [&field(1, b"ns1")[..], &field(14, &all_fields()), &[0x78, 1]].concat();
    let whole_fields = [0, 5, octets.len() - 2, octets.len()];
    for (end, _) in octets.iter().enumerate() {
        let cut = octets.get(..end).unwrap();
        match parse(cut) {
            Ok(_) => assert!(whole_fields.contains(&end), "{end}"),
            Err(error) => assert!(error.offset <= end, "{error} of {end}"),
        }
    }
}
