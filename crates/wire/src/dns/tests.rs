//! Octets of DNS messages in, what is found or the exact error out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod names;
mod rdata;

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

/// A message without an answer: a header that claims so many records of each section, and what follows.
fn message(counts: [u16; 4], body: &[u8]) -> Vec<u8> {
    let mut octets = b"\x12\x34\x80\0".to_vec();
    octets.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    octets.extend(body);
    octets
}

#[test]
fn all_sections_are_read() {
    let body = b"\x01a\0\0\x01\0\x01\xc0\x0c\0\x1c\0\x01\
        \xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\x02\x01\
        \xc0\x0c\0\x01\0\x01\x80\0\0\x01\0\x04\xc0\0\x02\x02\
        \x01b\xc0\x0c\0\x02\0\x01\0\0\0\x05\0\x02\xc0\x0c\
        \0\0\x29\x10\0\x01\x02\0\x07\0\0\
        \0\0\xfa\0\xff\0\0\0\0\0\x01\x2atrailing";
    let octets = message([2, 2, 1, 2], body);
    let (found, qname, lines) = read(&octets);
    assert_eq!((found.status, found.error), (Status::Ok, None));
    assert_eq!(qname, "a");
    assert_eq!(
        lines,
        [
            "Question 1 a 28 1 0 0",
            "Answer 0 a 1 1 3600 4",
            "Answer 1 a 1 1 2147483649 4",
            "Authority 0 b.a 2 1 5 2",
            "Additional 0 . 41 4096 16908295 0",
            "Additional 1 . 250 255 0 1",
        ]
    );
    // A TTL with the top bit set means 0.
    assert_eq!(found.answer_ttl_min, Some(0));
    assert_eq!(found.trailing_octets, 8);
    let edns = found.edns.unwrap();
    assert_eq!((edns.extended_rcode, edns.version, edns.flags), (1, 2, 7));
}

#[test]
fn headers() {
    let octets = message([0; 4], b"");
    let (found, qname, _) = read(&octets);
    assert_eq!((found.status, found.error), (Status::Ok, None));
    assert_eq!((found.question, qname.as_str()), (None, ""));
    let header = found.header.unwrap();
    assert!(header.is_response());
    assert_eq!((header.opcode(), header.rcode()), (Opcode::QUERY, 0));
    let error = ParseError::truncated("header", 0);
    for octets in [&octets[..11], b""] {
        check_damage(octets, Status::HeaderShort, error);
        assert_eq!(read(octets).0.header, None);
    }
}

/// Every count claims 65,535: nothing is believed but the octets.
#[test]
fn counts_are_not_believed() {
    let octets = message([u16::MAX; 4], b"");
    let error = ParseError::truncated("name", 12);
    check_damage(&octets, Status::Damaged(Section::Question), error);
    let octets = message([0, u16::MAX, u16::MAX, u16::MAX], b"");
    check_damage(&octets, Status::Damaged(Section::Answer), error);
    let octets = message([u16::MAX, 0, 0, 0], b"\x01a\0\0\x01\0\x01");
    let error = ParseError::truncated("name", 19);
    check_damage(&octets, Status::Damaged(Section::Question), error);
    let (found, qname, _) = read(&octets);
    assert_eq!((found.question.is_some(), qname.as_str()), (true, "a"));
}

#[test]
fn fields_that_are_cut_are_named() {
    let check = |counts, body: &[u8], section, field, offset| {
        let error = ParseError::truncated(field, offset);
        check_damage(&message(counts, body), Status::Damaged(section), error);
    };
    let question =
        |body, field, offset| check([1, 0, 0, 0], body, Section::Question, field, offset);
    question(b"\0\0", "QTYPE", 13);
    question(b"\0\0\x01\0", "QCLASS", 15);
    question(b"\x02a", "label", 12);
    question(b"\x01a", "name", 14);
    let answer = |body, field, offset| check([0, 1, 0, 0], body, Section::Answer, field, offset);
    answer(b"\0\0", "TYPE", 13);
    answer(b"\0\0\x01\0", "CLASS", 15);
    answer(b"\0\0\x01\0\x01\0\0\0", "TTL", 17);
    answer(b"\0\0\x01\0\x01\0\0\0\0\0", "RDLENGTH", 21);
    answer(b"\0\0\x01\0\x01\0\0\0\0\0\x02a", "RDATA", 23);
    let authority =
        |body, field, offset| check([0, 0, 1, 0], body, Section::Authority, field, offset);
    authority(b"\xc0", "pointer", 12);
    let additional =
        |body, field, offset| check([0, 0, 0, 1], body, Section::Additional, field, offset);
    additional(b"", "name", 12);
}

#[test]
fn an_opt_record_may_be_at_fault() {
    const ROOT: &[u8] = b"\0\0\x29\x04\xd0\0\0\0\0\0\0";
    let check = |counts, body: &[&[u8]], status, error| {
        let octets = message(counts, &body.concat());
        check_damage(&octets, status, error);
        assert_eq!(read(&octets).0.edns.unwrap().udp_octets, 1232);
    };
    let misplaced = ParseError::bad_value("OPT section", 12);
    check([0, 1, 0, 0], &[ROOT], Status::EdnsMisplaced, misplaced);
    assert_eq!(read(&message([0, 1, 0, 0], ROOT)).0.answer_ttl_min, None);
    let other = b"\0\0\x29\x02\0\0\0\0\0\0\0";
    let repeated = ParseError::new(crate::Fault::Repeated, "OPT", 23);
    check(
        [0, 0, 0, 2],
        &[ROOT, other],
        Status::EdnsDuplicate,
        repeated,
    );
    check(
        [0, 1, 0, 1],
        &[ROOT, other],
        Status::EdnsMisplaced,
        misplaced,
    );
    let cut = b"\0\0\x29\x04\xd0\0\0\0\0\0\x09\0\x0a\0\0\0\x03\0\x05a";
    let error = ParseError::truncated("OPTION-DATA", 31);
    check([0, 0, 0, 1], &[cut], Status::Opt, error);
    check([0, 1, 0, 0], &[cut], Status::Opt, error);
    // What is damaged hides more than what is misplaced.
    let end = ParseError::truncated("name", 32);
    check(
        [0, 0, 0, 2],
        &[cut],
        Status::Damaged(Section::Additional),
        end,
    );
    let owner = ParseError::bad_value("OPT owner", 12);
    check([0, 0, 0, 1], &[b"\x01a", ROOT], Status::Opt, owner);
}

#[test]
fn stateful_operations_are_no_trailing_octets() {
    let check = |body: &[u8], expected| {
        let mut octets = message([0; 4], body);
        octets[2] = 6 << 3;
        let (found, ..) = read(&octets);
        assert_eq!(
            (found.status, found.trailing_octets),
            (Status::Ok, expected)
        );
        assert_eq!(found.header.unwrap().opcode(), Opcode::DSO);
    };
    check(b"\0\x01\0\x08\0\0\x3a\x98\0\0\x3a\x98", 0);
    check(b"\0\x03\0\0\0\x03\0\x01\0", 0);
    check(b"\0\x03\0\0\0\x03\0\x02\0", 5);
    check(b"\0\x03\0", 3);
    assert_eq!(read(&message([0; 4], b"\0\x03\0\0")).0.trailing_octets, 4);
}

/// Every message that is cut somewhere says so, and where.
#[test]
fn every_cut_is_damage() {
    let octets = rdata::of_all_types();
    assert_eq!(read(&octets).0.status, Status::Ok);
    let mut text = String::new();
    for end in 0..octets.len() {
        let (found, ..) = read(&octets[..end]);
        assert_ne!(found.status, Status::Ok, "cut at {end}");
        assert!(found.error.unwrap().offset <= end);
        let mut qname = NameText::default();
        read_message(&octets[..end], &mut qname, |record| {
            text.clear();
            assert_eq!(record.write_rdata_text(&mut text), Ok(()));
        });
    }
}

/// Whatever the octets are, nothing panics, and errors are inside.
#[test]
fn every_change_of_an_octet_is_borne() {
    let octets = rdata::of_all_types();
    let (mut text, mut qname) = (String::new(), NameText::default());
    for place in 0..octets.len() {
        for value in [0, 1, 63, 64, 0x7f, 0x80, 0xc0, 0xff] {
            let mut octets = octets.clone();
            octets[place] = value;
            let found = read_message(&octets, &mut qname, |record| {
                text.clear();
                if let Err(RdataError::Damaged(error)) = record.write_rdata_text(&mut text) {
                    assert!(error.offset <= octets.len());
                }
                let _ = record.expand_rdata(|_| ());
            });
            assert!(found.error.is_none_or(|error| error.offset <= octets.len()));
        }
    }
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

#[test]
fn a_name_alone() {
    let mut text = NameText::default();
    assert_eq!(text.read_alone(b"\x03Org\0"), Ok(()));
    assert_eq!(text.as_str(), "org");
    let leftover = ParseError::new(crate::Fault::Leftover, "name", 5);
    assert_eq!(text.read_alone(b"\x03org\0\0"), Err(leftover));
    assert_eq!(text.as_str(), "");
    text.read_alone(b"\0").unwrap();
    assert_eq!(text.as_str(), ".");
    let truncated = ParseError::truncated("name", 4);
    assert_eq!(text.read_alone(b"\x03org"), Err(truncated));
    assert_eq!((text.as_str(), text.octets()), ("", 0));
}
