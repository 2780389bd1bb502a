//! RDATA as text, and with its names expanded.

use super::*;
use crate::Fault;

/// RDATA of each type that is taken apart, and its text. Octet 12 begins the name `a.`, octet 14 the root.
const CASES: [(u16, &[u8], &str); 44] = [
    (1, b"\xc0\0\x02\x01", "192.0.2.1"),
    (2, b"\x01B\xc0\x0c", "b.a"),
    (5, b"\xc0\x0c", "a"),
    (6, b"\xc0\x0c\x01H\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\xff\xff\xff\xff", "a h 1 2 3 4 4294967295"),
    (10, b"\xc0\x0c", r"\# 2 c00c"),
    (11, b"\xc0\0\x02\x01\x06\0\0\0\x40", "192.0.2.1 6 25"),
    (12, b"\0", "."),
    (13, b"\x03PDP\x02O\"", r#""PDP" "O\"""#),
    (14, b"\xc0\x0c\x01b\xc0\x0c", "a b.a"),
    (15, b"\0\x0a\x02mX\xc0\x0c", "10 mx.a"),
    (16, b"\0\x05a b\\\x80", r#""" "a b\\\128""#),
    (17, b"\xc0\x0e\xc0\x0c", ". a"),
    (18, b"\0\x01\xc0\x0c", "1 a"),
    (19, b"\x0531170", r#""31170""#),
    (20, b"\x0215\x011", r#""15" "1""#),
    (21, b"\0\x01\xc0\x0c", "1 a"),
    (24, b"\0\x01\x05\x02\0\0\0\x3c\x5e\x0b\xe1\x00\0\0\0\0\0\x07\xc0\x0c\x01", "A 5 2 60 20200101000000 19700101000000 7 a AQ=="),
    (25, b"\x01\0\x03\x05", "256 3 5"),
    (26, b"\0\x01\xc0\x0c\xc0\x0e", "1 a ."),
    (28, b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", "2001:db8::1"),
    (30, b"\xc0\x0c\x62", "a A NS SOA"),
    (33, b"\0\x01\0\x02\0\x35\xc0\x0c", "1 2 53 a"),
    (35, b"\0\x01\0\x02\x01s\0\x02!!\xc0\x0c", r#"1 2 "s" "" "!!" a"#),
    (36, b"\0\x01\x01k\0", "1 k"),
    (37, b"\0\x01\0\x02\x03abc", "1 2 3 YWJj"),
    (39, b"\xc0\x0c", "a"),
    (43, b"\0\x01\x08\x02\xab\xcd", "1 8 2 abcd"),
    (44, b"\x01\x02\xff", "1 2 ff"),
    (46, b"\xff\0\x08\0\0\0\0\0\xff\xff\xff\xff\x65\xe0\x5b\x7f\xff\xff\0abcd", "TYPE65280 8 0 0 21060207062815 20240229102503 65535 . YWJjZA=="),
    (47, b"\x01b\0\0\x02\x40\x01\x01\x01\x40", "b A MX CAA"),
    (48, b"\x01\x01\x03\x0d\xfb\xff\xbf", "257 3 13 +/+/"),
    (50, b"\x01\x01\0\x0a\x02\xaa\xbb\x05\0\x44\x32\x14\xc7\0\x01\x20", "1 1 10 aabb 01234567 NS"),
    (51, b"\x01\0\0\0\0", "1 0 0 -"),
    (52, b"\x03\x01\x01\x0f", "3 1 1 0f"),
    (60, b"\0\0\x03\0\0", "0 3 0 AA=="),
    (62, b"\0\0\0\x42\0\x03\0\x01\x40", "66 3 A"),
    (63, b"\0\0\0\x01\x01\x01\xfe", "1 1 1 fe"),
    (64, b"\0\0\x01t\0", "0 t"),
    (65, b"\0\x01\0\0\x01\0\x0c\x02h2\x08f\\oo,bar\0\x03\0\x02\x20\xfb\0\x04\0\x08\xc0\0\x02\x01\xc0\0\x02\x02", r#"1 . alpn="h2,f\\\\oo\\,bar" port=8443 ipv4hint=192.0.2.1,192.0.2.2"#),
    (65, b"\0\x01\0\0\0\0\x04\0\x01\x03\xe7\0\x02\0\0\0\x05\0\x03abc\0\x06\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\0\x07\0\x02/q\x03\xe7\0\x01\x80", r#"1 . mandatory=alpn,key999 no-default-alpn ech=YWJj ipv6hint=2001:db8::2 dohpath="/q" key999="\128""#),
    (256, b"\0\x01\0\x02ftp:", r#"1 2 "ftp:""#),
    (257, b"\0\x05issueca;", r#"0 issue "ca;""#),
    (65280, b"\x0a\0\0\x01", r"\# 4 0a000001"),
    (1, b"", r"\# 0"),
];

/// A message with a record in the answer section, behind a question for `a.`: its RDATA begins at octet 31.
fn with_rdata(record_type: u16, class: u16, rdata: &[u8]) -> Vec<u8> {
    let octets = u16::try_from(rdata.len()).unwrap().to_be_bytes();
    let (record_type, class) = (record_type.to_be_bytes(), class.to_be_bytes());
    let question = b"\x01A\0\0\x01\0\x01".to_vec();
    let record = [b"\0", &record_type[..], &class, &[0; 4], &octets, rdata].concat();
    message([1, 1, 0, 0], &[question, record].concat())
}

/// A message with a record of each type.
pub(super) fn of_all_types() -> Vec<u8> {
    let mut body = b"\x01A\0\0\x01\0\x01".to_vec();
    for (record_type, rdata, _) in CASES {
        body.extend(b"\xc0\x0c");
        body.extend(record_type.to_be_bytes());
        body.extend(b"\0\x01\0\0\0\x3c");
        body.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        body.extend(rdata);
    }
    message([1, CASES.len() as u16, 0, 0], &body)
}

/// Text of the RDATA, or what is wrong, and the RDATA with its names expanded.
fn rdata_of(octets: &[u8]) -> (Result<String, RdataError>, Result<Vec<u8>, ParseError>) {
    let mut found = None;
    read_message(octets, &mut NameText::default(), |record| {
        let (mut text, mut expanded) = (String::new(), Vec::new());
        let written = record.write_rdata_text(&mut text).map(|()| text);
        let expansion = record.expand_rdata(|octets| expanded.extend(octets));
        found = Some((written, expansion.map(|()| expanded)));
    });
    found.unwrap()
}

#[test]
fn text() {
    for (record_type, rdata, expected) in CASES {
        let (text, expanded) = rdata_of(&with_rdata(record_type, 1, rdata));
        assert_eq!(text, Ok(expected.to_string()), "type {record_type}");
        // Without its names compressed it is the same.
        let expanded = expanded.unwrap();
        let (text, again) = rdata_of(&with_rdata(record_type, 1, &expanded));
        assert_eq!((text, again), (Ok(expected.to_string()), Ok(expanded)));
    }
    // An address of CHAOS is a name and a number.
    let (text, _) = rdata_of(&with_rdata(1, 3, b"\0\0\x01"));
    assert_eq!(text, Ok(r"\# 3 000001".to_string()));
}

#[test]
fn names_are_expanded() {
    let check = |record_type, rdata: &[u8], expected: &[u8]| {
        let (_, expanded) = rdata_of(&with_rdata(record_type, 1, rdata));
        assert_eq!(expanded.as_deref(), Ok(expected), "type {record_type}");
    };
    check(2, b"\x01B\xc0\x0c", b"\x01B\x01A\0");
    check(15, b"\0\x0a\xc0\x0c", b"\0\x0a\x01A\0");
    check(
        6,
        b"\xc0\x0c\xc0\x0enumbers, twenty octs",
        b"\x01A\0\0numbers, twenty octs",
    );
    check(
        35,
        b"\0\x01\0\x02\x01s\0\x02!!\xc0\x0c",
        b"\0\x01\0\x02\x01s\0\x02!!\x01A\0",
    );
    check(30, b"\xc0\x0c\x62", b"\x01A\0\x62");
    check(
        24,
        b"\0\x01\x05\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\xc0\x0csig",
        b"\0\x01\x05\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\x01A\0sig",
    );
    // Of other types nobody knows whether that is a pointer.
    check(47, b"\xc0\x0c\0\x01\x40", b"\xc0\x0c\0\x01\x40");
    check(65280, b"\xc0\x0c", b"\xc0\x0c");
}

#[test]
fn rdata_must_be_as_its_type_says() {
    let check = |record_type, rdata: &[u8], fault, field, offset| {
        let (text, _) = rdata_of(&with_rdata(record_type, 1, rdata));
        let error = ParseError::new(fault, field, offset);
        assert_eq!(text, Err(RdataError::Damaged(error)), "type {record_type}");
    };
    let cut = |record_type, rdata: &[u8], field, offset| {
        check(record_type, rdata, Fault::Truncated, field, offset);
    };
    let left = |record_type, rdata: &[u8], offset| {
        check(record_type, rdata, Fault::Leftover, "RDATA", offset);
    };
    cut(1, b"\xc0\0\x02", "ADDRESS", 30);
    left(1, b"\xc0\0\x02\x01\x01", 34);
    cut(28, b"\xc0\0\x02", "ADDRESS", 30);
    left(2, b"\xc0\x0c\0", 32);
    cut(6, b"\0\0\0\0\0\x01\0", "REFRESH", 36);
    cut(15, b"\0", "PREFERENCE", 30);
    cut(16, b"\x02a", "TXT-DATA", 31);
    check(47, b"\xc0\x0c\0\x01\x40", Fault::BadValue, "pointer", 30);
    check(
        46,
        b"\0\x01\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01b\xc0\x0c",
        Fault::BadValue,
        "pointer",
        50,
    );
    check(47, b"\0\0\0", Fault::BadLength, "Bitmap Length", 32);
    check(
        47,
        &[&b"\0\0\x21"[..], &[1; 33]].concat(),
        Fault::BadLength,
        "Bitmap Length",
        32,
    );
    check(
        47,
        b"\0\x01\x01\x40\0\x01\x40",
        Fault::BadValue,
        "Window Block",
        34,
    );
    cut(47, b"\0\0\x02\x40", "Bitmap", 33);
    cut(50, b"\x01\0\0\0\x02\xaa", "Salt", 35);
    check(
        65,
        b"\0\x01\0\0\x03\0\x02\0\x35\0\x01\0\0",
        Fault::BadValue,
        "SvcParamKey",
        39,
    );
    cut(65, b"\0\x01\0\0\x03\0\x02\0", "SvcParamValue", 37);
    cut(65, b"\0\x01\0\0\x03\0\x01\0", "port", 37);
    left(65, b"\0\x01\0\0\x03\0\x03\0\0\0", 39);
    cut(65, b"\0\x01\0\0\x04\0\x03\0\0\0", "ipv4hint", 37);
    cut(65, b"\0\x01\0\0\x04\0\0", "ipv4hint", 37);
    check(65, b"\0\x01\0\0\x01\0\x01\0", Fault::BadLength, "alpn", 37);
    left(65, b"\0\x01\0\0\x02\0\x01\0", 37);
    check(11, &[b'p'; 8198], Fault::BadLength, "BIT MAP", 35);
    check(30, &[0; 18], Fault::BadLength, "type bit map", 31);
}

/// A name that goes on behind RDATA is refused, though the message has it.
#[test]
fn a_name_must_end_in_rdata() {
    let record =
        |rdata: &[u8]| [b"\0\0\x05\0\x01\0\0\0\0\0", &[rdata.len() as u8][..], rdata].concat();
    let octets = message(
        [0, 2, 0, 0],
        &[record(b"\x01"), record(b"\x01b\0")].concat(),
    );
    let mut found = Vec::new();
    read_message(&octets, &mut NameText::default(), |record| {
        let name = record.rdata_name().map(|name| name.first_label_offset());
        found.push((name, record.expand_rdata(|_| ())));
    });
    let error = ParseError::truncated("name", 23);
    assert_eq!(found, [(Err(error), Err(error)), (Ok(35), Ok(()))]);
}

/// A sink of text that is full.
#[test]
fn text_that_cannot_be_written_is_another_error() {
    struct Full;
    impl core::fmt::Write for Full {
        fn write_str(&mut self, _: &str) -> core::fmt::Result {
            Err(core::fmt::Error)
        }
    }
    read_message(&of_all_types(), &mut NameText::default(), |record| {
        let written = record.write_rdata_text(&mut Full);
        assert_eq!(written, Err(RdataError::Write(core::fmt::Error)));
    });
}

#[test]
fn types_have_names() {
    let check = |number, expected| assert_eq!(RecordType(number).to_string(), expected);
    check(1, "A");
    check(46, "RRSIG");
    check(257, "CAA");
    check(65280, "TYPE65280");
}
