//! Octets of DNS messages in, what is found or the exact error out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::ParseError;

extern crate std;
use std::string::{String, ToString};
use std::vec::Vec;

/// A query for `www.example.net`, type A, with an OPT record.
const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\x01\
    \x03wWw\x07example\x03net\0\0\x01\0\x01\
    \0\0\x29\x04\xd0\0\0\x80\0\0\0";

/// The line of a record.
fn line(record: &Record<'_>) -> String {
    let mut owner = NameText::default();
    record.owner.write_to(&mut owner);
    std::format!(
        "{:?} {} {} {} {} {} {}",
        record.section,
        record.index,
        owner.as_str(),
        record.record_type.0,
        record.class,
        record.ttl,
        record.rdata.len()
    )
}

/// Reads a message: what was found, QNAME, and a line for each record.
fn read(octets: &[u8]) -> (Message<'_>, String, Vec<String>) {
    let (mut qname, mut lines) = (NameText::default(), Vec::new());
    let message = read_message(octets, &mut qname, |record| lines.push(line(record)));
    (message, qname.as_str().to_string(), lines)
}

fn check_damage(octets: &[u8], status: Status, error: ParseError) {
    let (message, ..) = read(octets);
    assert_eq!((message.status, message.error), (status, Some(error)));
}

#[test]
fn a_query_is_read() {
    let (message, qname, lines) = read(QUERY);
    assert_eq!(message.status, Status::Ok);
    assert_eq!(qname, "www.example.net");
    let header = message.header.unwrap();
    assert_eq!((header.id, header.flags), (0x1234, 0x0100));
    assert_eq!(header.counts, [1, 0, 0, 1]);
    let question = message.question.unwrap();
    assert_eq!((question.qtype, question.qclass), (RecordType::A, 1));
    let edns = message.edns.unwrap();
    assert_eq!((edns.udp_octets, edns.version), (1232, 0));
    assert_eq!((edns.extended_rcode, edns.flags), (0, 0x8000));
    assert_eq!(lines, ["Additional 0 . 41 1232 32768 0"]);
    assert_eq!((message.answer_ttl_min, message.trailing_octets), (None, 0));
}

#[test]
fn a_pointer_to_itself_is_refused() {
    let mut octets = QUERY.to_vec();
    octets[12..14].copy_from_slice(b"\xc0\x0c");
    let error = ParseError::bad_value("pointer", 12);
    check_damage(&octets, Status::Damaged(Section::Question), error);
}
