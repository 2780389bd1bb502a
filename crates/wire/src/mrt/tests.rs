//! Octets of MRT in, parts or the exact error out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::bgp4mp::{StateChange, parse_state_change, split_session};
use super::table_dump::{Route, split_head, split_route};
use super::table_dump_v2::{Destination, Subtype, parse_peer_index_table, parse_rib, split_entry};
use super::*;
use crate::bgp::{Afi, AsnWidth, IpPrefix, Safi};
use core::net::{IpAddr, Ipv4Addr};

extern crate std;
use std::vec::Vec;

const RECORD: &[u8] = &[0x67, 0x74, 0x85, 0x80, 0, 16, 0, 4, 0, 0, 0, 2, 7, 8, 9];

#[test]
fn records() {
    let (record, rest) = split_record(RECORD).unwrap();
    assert_eq!(record.seconds, 1_735_689_600);
    assert_eq!(
        (record.record_type, record.subtype),
        (RecordType::BGP4MP, 4)
    );
    assert_eq!((record.octets, rest), (&RECORD[..14], &RECORD[14..]));
    let (microseconds, body) = record.body().unwrap();
    assert_eq!(
        (microseconds, body.rest(), body.offset()),
        (0, &RECORD[12..14], 12)
    );
}

#[test]
fn malformed_records() {
    let check = |octets: &[u8], expected| assert_eq!(split_record(octets).unwrap_err(), expected);
    check(&RECORD[..3], ParseError::truncated("timestamp", 0));
    check(&RECORD[..5], ParseError::truncated("type", 4));
    check(&RECORD[..7], ParseError::truncated("subtype", 6));
    check(&RECORD[..11], ParseError::truncated("length", 8));
    check(&RECORD[..13], ParseError::truncated("record body", 12));
    let long = [0, 0, 0, 0, 0, 16, 0, 4, 1, 0, 0, 1];
    check(&long, ParseError::new(Fault::OverLimit, "length", 8));
}

#[test]
fn microseconds_are_part_of_the_body() {
    let octets = [0, 0, 0, 0, 0, 17, 0, 4, 0, 0, 0, 5, 0, 0, 1, 0, 9];
    let (microseconds, body) = split_record(&octets).unwrap().0.body().unwrap();
    assert_eq!((microseconds, body.rest()), (256, &[9][..]));
    let short = [0, 0, 0, 0, 0, 17, 0, 4, 0, 0, 0, 2, 0, 0];
    let error = split_record(&short).unwrap().0.body().unwrap_err();
    assert_eq!(error, ParseError::truncated("microseconds", 12));
}

#[test]
fn sessions() {
    let octets = [
        0xfb, 0xf4, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254, 5,
    ];
    let (session, rest) = split_session(Reader::new(&octets), AsnWidth::Two).unwrap();
    assert_eq!((session.peer_asn, session.local_asn), (64500, 12654));
    assert_eq!(session.peer_ip, IpAddr::from([192, 0, 2, 1]));
    assert_eq!(session.local_ip, IpAddr::from([192, 0, 2, 254]));
    assert_eq!((rest.rest(), rest.offset()), (&[5][..], 16));
}

#[test]
fn malformed_sessions() {
    let check = |octets: &[u8], expected| {
        let error = split_session(Reader::new(octets), AsnWidth::Two).unwrap_err();
        assert_eq!(error, expected);
    };
    check(
        &[0, 1, 0, 2, 0, 0, 0, 3],
        ParseError::bad_value("address family", 6),
    );
    check(
        &[0, 1, 0, 2, 0, 0, 0, 1, 192],
        ParseError::truncated("peer IP address", 8),
    );
    check(&[0, 1, 0], ParseError::truncated("local AS number", 2));
}

#[test]
fn state_changes() {
    let parse = |octets: &[u8]| parse_state_change(Reader::new(octets));
    assert_eq!(parse(&[0, 3, 0, 6]), Ok(StateChange { old: 3, new: 6 }));
    assert_eq!(
        parse(&[0, 3, 0]),
        Err(ParseError::truncated("new state", 2))
    );
    let leftover = ParseError::new(Fault::Leftover, "state change", 4);
    assert_eq!(parse(&[0, 3, 0, 6, 0]), Err(leftover));
}

const TABLE_DUMP: &[u8] = &[
    0, 0, 0, 1, 203, 0, 113, 255, 24, 1, 0, 0, 0, 9, 192, 0, 2, 1, 0xfb, 0xf4, 0, 2, 7, 8,
];

fn first_route(body: &[u8], subtype: u16) -> Result<(Route<'_>, Reader<'_>), ParseError> {
    split_route(split_head(Reader::new(body))?, subtype)
}

#[test]
fn table_dump_routes() {
    let (route, rest) = first_route(TABLE_DUMP, 1).unwrap();
    let prefix = IpPrefix::new(Ipv4Addr::new(203, 0, 113, 0).into(), 24).unwrap();
    assert_eq!((route.prefix, route.originated_s), (prefix, 9));
    assert_eq!(
        (route.peer_ip, route.peer_asn),
        (IpAddr::from([192, 0, 2, 1]), 64500)
    );
    assert_eq!(
        (route.attributes.rest(), rest.is_empty()),
        (&[7, 8][..], true)
    );
}

#[test]
fn malformed_table_dump_routes() {
    let check = |octets: &[u8], subtype, expected| {
        assert_eq!(first_route(octets, subtype).unwrap_err(), expected);
    };
    check(
        TABLE_DUMP,
        3,
        ParseError::bad_value("address family", SUBTYPE_OFFSET),
    );
    check(
        &TABLE_DUMP[..23],
        1,
        ParseError::truncated("attributes", 22),
    );
    let mut long = TABLE_DUMP.to_vec();
    long[8] = 33;
    check(&long, 1, ParseError::bad_length("prefix length", 8));
}

const PEERS: &[u8] = &[
    192, 0, 2, 9, 0, 1, b'v', 0, 2, // collector, view, count
    2, 10, 0, 0, 1, 192, 0, 2, 1, 0xfa, 0x56, 0xea, 0, // IPv4, four-octet ASN
    1, 10, 0, 0, 2, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xfb,
    0xf5, // IPv6, two
];

#[test]
fn peer_index_tables() {
    let table = parse_peer_index_table(Reader::new(PEERS)).unwrap();
    let mut peers = Vec::new();
    table
        .for_each(|peer| peers.push((peer.ip, peer.asn, peer.bgp_id)))
        .unwrap();
    let v6 = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 2]);
    let expected = [
        (
            IpAddr::from([192, 0, 2, 1]),
            4_200_000_000,
            Ipv4Addr::new(10, 0, 0, 1),
        ),
        (v6, 64501, Ipv4Addr::new(10, 0, 0, 2)),
    ];
    assert_eq!(peers, expected);
}

#[test]
fn malformed_peer_index_tables() {
    let check = |octets: &[u8], expected| {
        let table = parse_peer_index_table(Reader::new(octets));
        assert_eq!(
            table.and_then(|table| table.for_each(|_| ())).unwrap_err(),
            expected
        );
    };
    check(&PEERS[..6], ParseError::truncated("view name", 6));
    check(&PEERS[..8], ParseError::truncated("peer count", 7));
    check(
        &PEERS[..PEERS.len() - 1],
        ParseError::truncated("peer AS", 43),
    );
    let more = [PEERS, &[0]].concat();
    check(&more, ParseError::new(Fault::Leftover, "peer entries", 45));
}

#[test]
fn ribs() {
    let octets = [0, 0, 0, 7, 24, 203, 0, 113, 0, 1, 9];
    let rib = parse_rib(Reader::new(&octets), Subtype(2)).unwrap();
    assert_eq!(
        (rib.afi, rib.safi, rib.count),
        (Afi::IPV4, Safi::UNICAST, 1)
    );
    let expected = IpPrefix::new(Ipv4Addr::new(203, 0, 113, 0).into(), 24).unwrap();
    assert!(matches!(rib.destination, Destination::Prefix(prefix) if prefix == expected));
    assert_eq!(rib.entries.rest(), [9]);
    let generic = [0, 0, 0, 7, 0, 1, 2, 8, 10, 0, 0];
    let rib = parse_rib(Reader::new(&generic), Subtype(6)).unwrap();
    assert_eq!(
        (rib.afi, rib.safi, rib.count),
        (Afi::IPV4, Safi::MULTICAST, 0)
    );
    let flowspec = [0, 0, 0, 7, 0, 1, 133, 3, 3, 0x81, 6, 0, 2, 9];
    let rib = parse_rib(Reader::new(&flowspec), Subtype(6)).unwrap();
    let nlri = match rib.destination {
        Destination::Prefix(_) => None,
        Destination::Nlri(nlri) => Some((nlri.rest(), nlri.offset())),
    };
    assert_eq!(nlri, Some((&[3, 3, 0x81, 6][..], 7)));
    assert_eq!((rib.count, rib.entries.rest()), (2, &[9][..]));
}

#[test]
fn malformed_ribs() {
    let check = |octets: &[u8], subtype, expected| {
        assert_eq!(
            parse_rib(Reader::new(octets), Subtype(subtype)).unwrap_err(),
            expected
        );
    };
    check(
        &[0, 0, 0, 7, 33],
        2,
        ParseError::bad_length("prefix length", 4),
    );
    check(&[0, 0, 0, 7, 24, 1], 2, ParseError::truncated("prefix", 5));
    check(
        &[0, 0, 0, 7, 0, 0],
        2,
        ParseError::truncated("entry count", 5),
    );
    check(
        &[0, 0, 0, 7],
        13,
        ParseError::bad_value("subtype", SUBTYPE_OFFSET),
    );
    let unknown = ParseError::new(Fault::Unsupported, "address family", 4);
    check(&[0, 0, 0, 7, 0, 1, 127, 112], 6, unknown);
    check(
        &[0, 0, 0, 7, 0, 1, 128, 112],
        6,
        ParseError::truncated("NLRI", 8),
    );
}

#[test]
fn entries() {
    let octets = [0, 5, 0, 0, 0, 9, 0, 0, 0, 7, 0, 1, 8];
    let entry = split_entry(&mut Reader::new(&octets), true).unwrap();
    assert_eq!(
        (entry.peer_index, entry.originated_s, entry.path_id),
        (5, 9, Some(7))
    );
    assert_eq!(
        (entry.attributes.rest(), entry.attributes.offset()),
        (&[8][..], 12)
    );
    let error = split_entry(&mut Reader::new(&octets), false).map(|entry| entry.path_id);
    assert_eq!(error, Ok(None));
    let error = split_entry(&mut Reader::new(&octets[..12]), true).unwrap_err();
    assert_eq!(error, ParseError::truncated("attributes", 12));
}
