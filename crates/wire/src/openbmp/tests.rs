//! Octets of OpenBMP headers in, parts or the exact error out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::*;

extern crate std;
use std::vec::Vec;

const ROUTER_HASH: [u8; 16] = [7; 16];

/// A header of so many octets more than there are fields, and a body.
fn binary(more: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = b"OBMP\x01\x08".to_vec();
    octets.extend([0, 78 + 3 + 2 + more, 0, 0, 0, body.len() as u8, flags, 12]);
    octets.extend([0, 0, 0, 5, 0, 0, 0, 6]);
    octets.extend([9; 16]);
    octets.extend(b"\x00\x03rv2");
    octets.extend(ROUTER_HASH);
    octets.extend([192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    octets.extend(b"\x00\x02gr\x00\x00\x00\x01");
    octets.extend((0..more).map(|_| 0xee));
    octets.extend(body);
    octets
}

#[test]
fn binary_headers() {
    for more in [0, 5] {
        let octets = [&binary(more, 0x80, &[3, 4])[..], &[10]].concat();
        let (unit, after) = split_unit(&octets).unwrap();
        let header = unit.header;
        assert!(header.is_of_router);
        assert_eq!(header.object_type, ObjectType::BMP_RAW);
        assert_eq!(
            (header.at, header.collector),
            (Some(5_000_006), &b"rv2"[..])
        );
        assert_eq!(header.router_hash, ROUTER_HASH);
        assert_eq!(header.router_ip, Some(IpAddr::from([192, 0, 2, 1])));
        assert_eq!((unit.body, after), (&[3, 4][..], &[10][..]));
        assert_eq!(unit.octets.len() + 1, octets.len());
    }
    let octets = binary(0, 0x40, &[]);
    let header = split_unit(&octets).unwrap().0.header;
    assert!(!header.is_of_router);
    assert!(header.router_ip.unwrap().is_ipv6());
    let mut octets = binary(0, 0x80, &[]);
    octets[14..18].fill(0);
    octets[59..63].fill(0);
    let header = split_unit(&octets).unwrap().0.header;
    assert_eq!((header.at, header.router_ip), (None, None));
}

#[test]
fn binary_headers_that_are_refused() {
    let octets = binary(0, 0x80, &[3, 4]);
    let check = |change: &dyn Fn(&mut Vec<u8>), expected| {
        let mut octets = octets.clone();
        change(&mut octets);
        assert_eq!(split_unit(&octets).unwrap_err(), expected);
    };
    check(
        &|octets| octets[3] = b'Q',
        ParseError::bad_value("magic", 0),
    );
    check(
        &|octets| octets[4] = 2,
        ParseError::bad_value("major version", 4),
    );
    check(
        &|octets| octets[7] = 74,
        ParseError::bad_length("header length", 6),
    );
    check(
        &|octets| octets[39] = 99,
        ParseError::bad_length("header length", 6),
    );
    let over = ParseError::new(Fault::OverLimit, "message length", 8);
    check(&|octets| octets[8] = 1, over);
    check(
        &|octets| octets.truncate(9),
        ParseError::truncated("message length", 8),
    );
    check(
        &|octets| octets.truncate(50),
        ParseError::truncated("header", 0),
    );
    check(
        &|octets| octets.truncate(84),
        ParseError::truncated("message body", 83),
    );
}

#[test]
fn text_headers() {
    let text = "V: 1.7\nc_hash_id: 00\nL: 2\nR_IP: 2001:db8::1\nr_hash: 07070707070707070707070707070707\n\n";
    let octets = [text.as_bytes(), &[3, 4, 5]].concat();
    let (unit, after) = split_unit(&octets).unwrap();
    assert_eq!((unit.body, after), (&[3, 4][..], &[5][..]));
    assert_eq!(unit.header.router_hash, ROUTER_HASH);
    assert_eq!(unit.header.router_ip, Some("2001:db8::1".parse().unwrap()));
    assert!(unit.header.is_of_router);
    assert_eq!(unit.header.at, None);
    // No length: to the end.
    let (unit, after) = split_unit(b"V: 1\n\n\x03\x04").unwrap();
    assert_eq!((unit.body, after), (&[3, 4][..], &[][..]));

    // A type: the collector has parsed it.
    for (text, expected) in [
        (
            &b"V: 1\nT: unicast_prefix\nL: 1\nR: 1\n\nx"[..],
            ObjectType::PARSED,
        ),
        (b"V: 1\nT: bmp_raw\nL: 1\n\nx", ObjectType::BMP_RAW),
    ] {
        assert_eq!(split_unit(text).unwrap().0.header.object_type, expected);
    }

    let check = |octets: &[u8], expected| {
        assert_eq!(split_unit(octets).unwrap_err(), expected);
    };
    check(b"V: 1\nL: 2\n", ParseError::truncated("header", 0));
    check(
        b"V: 1\nL: 3\n\n12",
        ParseError::truncated("message body", 11),
    );
    check(b"V: 1\nL: x\n\n", ParseError::bad_value("L", 5));
    check(b"V: 1\nR_HASH: 12\n\n", ParseError::bad_value("R_HASH", 5));
    check(b"V: 1\nR_IP: 1.2\n\n", ParseError::bad_value("R_IP", 5));
    check(b"V: 1\nnone\n\n", ParseError::bad_value("header line", 5));
    check(b"V: 1\n\xff:\n\n", ParseError::bad_value("header line", 5));
    let over = ParseError::new(Fault::OverLimit, "message length", 5);
    check(b"V: 1\nL: 1048577\n\n", over);
    let long = [&b"V: "[..], &[b'1'; 1100]].concat();
    check(&long, ParseError::new(Fault::OverLimit, "header", 0));
}

#[test]
fn beginnings() {
    for octets in [&b"OBMP"[..], b"OB", b"V: 1", b"l:", b"r: 1", b"R_IP: "] {
        assert!(begins_unit(octets), "{octets:?}");
    }
    for octets in [&b""[..], &[3, 0], b"OBXP", b"V", b"Verdict: 1", &[10]] {
        assert!(!begins_unit(octets), "{octets:?}");
    }
}
