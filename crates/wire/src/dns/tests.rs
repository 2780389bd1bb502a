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

/// The options of some RDATA that begins at octet 40.
fn options(octets: &[u8]) -> Vec<Result<EdnsOption<'_>, ParseError>> {
    let edns = Edns {
        udp_octets: 1232,
        extended_rcode: 0,
        version: 0,
        flags: 0,
        options: octets,
        options_offset: 40,
    };
    edns.options().collect()
}

/// An option with some data.
fn option(code: OptionCode, data: &[u8]) -> EdnsOption<'_> {
    EdnsOption {
        code,
        data,
        data_offset: 0,
    }
}

#[test]
fn options_are_read_up_to_the_one_that_is_cut() {
    let octets = b"\0\x03\0\x02ab\0\x0c\0\0\0\x0a\0\x09cut";
    let found = options(octets);
    let expected = EdnsOption {
        code: OptionCode::NSID,
        data: b"ab",
        data_offset: 44,
    };
    assert_eq!(found[0], Ok(expected));
    assert_eq!(found[1].map(|option| option.code), Ok(OptionCode::PADDING));
    assert_eq!(found[2], Err(ParseError::truncated("OPTION-DATA", 54)));
    assert_eq!(found.len(), 3);
    let check = |octets, field| {
        assert_eq!(options(octets), [Err(ParseError::truncated(field, 40))]);
    };
    check(b"\0", "OPTION-CODE");
    let found = options(b"\0\x03\0");
    assert_eq!(found, [Err(ParseError::truncated("OPTION-LENGTH", 42))]);
    assert_eq!(options(b""), []);
}

#[test]
fn client_subnets() {
    let check = |data: &[u8], expected: Option<&str>| {
        let subnet = option(OptionCode::CLIENT_SUBNET, data).client_subnet();
        let text = subnet.map(|subnet| {
            std::format!(
                "{}/{}/{}",
                subnet.address,
                subnet.source_bits,
                subnet.scope_bits
            )
        });
        assert_eq!(text.as_deref(), expected);
    };
    check(b"\0\x01\x18\x10\xc6\x33\x64", Some("198.51.100.0/24/16"));
    check(b"\0\x01\x15\0\xc6\x33\x60", Some("198.51.96.0/21/0"));
    check(
        b"\0\x02\x30\0\x20\x01\x0d\xb8\0\x01",
        Some("2001:db8:1::/48/0"),
    );
    check(b"\0\x01\0\0", Some("0.0.0.0/0/0"));
    // Bits behind the prefix, one octet too many, one too few.
    check(b"\0\x01\x15\0\xc6\x33\x64", None);
    check(b"\0\x01\x10\0\xc6\x33\0", None);
    check(b"\0\x01\x11\0\xc6\x33", None);
    // More bits than the family has, of the source and of the scope.
    check(b"\0\x01\x21\0\xc6\x33\x64\x01\0", None);
    check(b"\0\x01\x18\x21\xc6\x33\x64", None);
    // Another family, and no whole head.
    check(b"\0\x03\0\0", None);
    check(b"\0\x01\0", None);
    assert_eq!(
        option(OptionCode::NSID, b"\0\x01\0\0").client_subnet(),
        None
    );
}

#[test]
fn extended_errors() {
    let check = |data, expected: Option<(u16, &[u8])>| {
        let found = option(OptionCode::EXTENDED_ERROR, data).extended_error();
        let parts = found.map(|error| (error.info_code, error.extra_text));
        assert_eq!(parts, expected);
    };
    check(b"\0\x12", Some((18, b"")));
    check(b"\0\x16no\0", Some((22, b"no")));
    check(b"\0", None);
}

#[test]
fn cookies() {
    let check = |data: &[u8], server: Option<&[u8]>| {
        let cookie = option(OptionCode::COOKIE, data).cookie();
        assert_eq!(cookie.map(|cookie| cookie.server), server);
    };
    check(b"12345678", Some(b""));
    check(b"12345678abcdefgh", Some(b"abcdefgh"));
    check(b"12345678abcdefg", None);
    check(b"1234567", None);
    check(&[7; 40], Some(&[7; 32]));
    check(&[7; 41], None);
}

#[test]
fn messages_behind_their_length() {
    assert_eq!(split_tcp_message(b"\0\x02abc"), Ok((&b"ab"[..], &b"c"[..])));
    assert_eq!(split_tcp_message(b"\0\0"), Ok((&b""[..], &b""[..])));
    let check = |octets, field, offset| {
        let error = ParseError::truncated(field, offset);
        assert_eq!(split_tcp_message(octets), Err(error));
    };
    check(b"\0", "message length", 0);
    check(b"\0\x03ab", "message", 2);
}
