//! Octets of BMP in, parts or the exact error out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::bgp::{Afi, Safi};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

extern crate std;
use std::vec::Vec;

fn reader(octets: &[u8]) -> Reader<'_> {
    Reader::new(octets)
}

#[test]
fn messages() {
    let octets = [3, 0, 0, 0, 8, 1, 7, 8, 9];
    let (message, rest) = split_message(&octets).unwrap();
    assert_eq!(message.message_type, MessageType::STATISTICS_REPORT);
    assert_eq!((message.body.rest(), rest), (&[7, 8][..], &[9][..]));
    assert_eq!((message.version, message.octets), (3, &octets[..8]));
    assert_eq!(message.body.offset(), 6);
    assert!(split_message(&[4, 0, 0, 0, 6, 99]).is_ok());

    let check = |octets: &[u8], expected| {
        assert_eq!(split_message(octets).unwrap_err(), expected);
    };
    check(&[], ParseError::truncated("version", 0));
    check(&[2, 0], ParseError::bad_value("version", 0));
    check(&octets[..3], ParseError::truncated("message length", 1));
    check(&octets[..5], ParseError::truncated("message type", 5));
    check(&octets[..7], ParseError::truncated("message body", 6));
    check(
        &[3, 0, 0, 0, 5],
        ParseError::bad_length("message length", 1),
    );
    let over = ParseError::new(Fault::OverLimit, "message length", 1);
    check(&[3, 0, 0x10, 0, 1, 0], over);
}

fn peer_header(peer_type: u8, flags: u8, address: [u8; 16]) -> Vec<u8> {
    let mut octets = [&[peer_type, flags, 0, 0, 0, 1, 0, 0, 0, 2][..], &address].concat();
    octets.extend([0, 0, 0xfb, 0xf4, 10, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 6]);
    octets
}

const IPV4: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1];

#[test]
fn peer_headers() {
    let octets = peer_header(1, 0x70, IPV4);
    let longer = [&octets[..], &[9]].concat();
    let (header, rest) = split_peer_header(reader(&longer)).unwrap();
    assert_eq!(rest.rest(), [9]);
    assert_eq!(header.peer_type, PeerType::RD);
    assert_eq!(header.distinguisher, [0, 0, 0, 1, 0, 0, 0, 2]);
    assert_eq!(header.ip, IpAddr::from([192, 0, 2, 1]));
    let bgp_id = Ipv4Addr::new(10, 0, 0, 1);
    assert_eq!((header.asn, header.bgp_id), (64500, bgp_id));
    assert_eq!(header.at(), Some(5_000_006));
    let flags = |header: &PeerHeader| {
        (
            header.is_post_policy(),
            header.has_two_octet_asns(),
            header.is_adj_rib_out(),
        )
    };
    assert_eq!(flags(&header), (true, true, true));

    // A Loc-RIB has no such flags, nor has a peer of unknown type; F is no V.
    for peer_type in [3, 251] {
        let octets = peer_header(peer_type, 0x70, IPV4);
        let (header, _) = split_peer_header(reader(&octets)).unwrap();
        assert_eq!(flags(&header), (false, false, false));
    }
    let ip_of = |peer_type, flags, address| {
        let octets = peer_header(peer_type, flags, address);
        split_peer_header(reader(&octets)).unwrap().0.ip
    };
    assert_eq!(ip_of(3, 0x80, [0; 16]), Ipv4Addr::UNSPECIFIED);
    assert_eq!(ip_of(0, 0x80, IPV4), Ipv6Addr::from(IPV4));
    let ipv6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_eq!(ip_of(0, 0x80, ipv6), Ipv6Addr::from(ipv6));
    assert_eq!(ip_of(0, 0, ipv6), Ipv6Addr::from(ipv6));

    let short = split_peer_header(reader(&octets[..41])).unwrap_err();
    assert_eq!(short, ParseError::truncated("per-peer header", 0));
}

#[test]
fn a_router_without_a_clock() {
    let mut octets = peer_header(0, 0, IPV4);
    octets[34..42].fill(0);
    let (header, _) = split_peer_header(reader(&octets)).unwrap();
    assert_eq!(header.at(), None);
}

#[test]
fn session_ends() {
    let octets = peer_header(0, 0, IPV4);
    let (header, _) = split_peer_header(reader(&octets)).unwrap();
    let ends = [&IPV4[..], &[0, 179, 0x80, 0, 7]].concat();
    let (found, rest) = split_session_ends(&header, reader(&ends)).unwrap();
    assert_eq!(found.local_ip, Some(IpAddr::from([192, 0, 2, 1])));
    assert_eq!((found.local_port, found.remote_port), (179, 32768));
    assert_eq!(rest.rest(), [7]);
    let zero = split_session_ends(&header, reader(&[0; 20])).unwrap().0;
    assert_eq!(zero.local_ip, None);
    let check = |octets: usize, expected| {
        let found = split_session_ends(&header, reader(&ends[..octets]));
        assert_eq!(found.unwrap_err(), expected);
    };
    check(15, ParseError::truncated("local address", 0));
    check(17, ParseError::truncated("local port", 16));
    check(18, ParseError::truncated("remote port", 18));
}

#[test]
fn tlvs() {
    let octets = [0, 2, 0, 1, 7, 8];
    let mut rest = reader(&octets);
    let tlv = split_tlv(&mut rest).unwrap();
    assert_eq!((tlv.tlv_type, tlv.value.rest()), (2, &[7][..]));
    assert_eq!((tlv.value.offset(), rest.rest()), (4, &[8][..]));
    let check = |octets: &[u8], expected| {
        assert_eq!(split_tlv(&mut reader(octets)).unwrap_err(), expected);
    };
    check(&octets[..1], ParseError::truncated("TLV type", 0));
    check(&octets[..3], ParseError::truncated("TLV length", 2));
    check(&octets[..4], ParseError::truncated("TLV value", 4));
}

#[test]
fn statistics() {
    let check = |octets: &[u8], expected| {
        let statistic = split_statistic(&mut reader(octets)).unwrap();
        assert_eq!(statistic.value, expected);
        assert_eq!(statistic.octets, &octets[4..]);
    };
    check(&[0, 0, 0, 4, 0, 0, 1, 0], StatisticValue::Number(256));
    let gauge = [0, 7, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0];
    check(&gauge, StatisticValue::Number(256));
    let per_family = [0, 9, 0, 11, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0];
    let expected = StatisticValue::PerFamily(Afi::IPV6, Safi::UNICAST, 256);
    check(&per_family, expected);
    check(&[0xff, 0xfb, 0, 2, 1, 2], StatisticValue::Other);
    check(&[0, 0, 0, 0], StatisticValue::Other);

    let short = split_statistic(&mut reader(&gauge[..11])).unwrap_err();
    assert_eq!(short, ParseError::truncated("TLV value", 4));
}

#[test]
fn names_of_statistics() {
    let named: Vec<u16> = (0..100)
        .filter(|number| StatisticType(*number).name().is_some())
        .collect();
    let assigned: Vec<u16> = (0..=23).chain(26..=43).collect();
    assert_eq!(named, assigned);
    let mut names: Vec<_> = named
        .iter()
        .map(|number| StatisticType(*number).name())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), assigned.len());
    assert_eq!(StatisticType(65531).name(), None);
}

#[test]
fn marked_messages() {
    let table_name = [0, 3, 0, 2, 0, 0, b'v', b'r'];
    let vendor = [0x80, 4, 0, 1, 0, 1, 0, 0, 0, 9, 7];
    let capabilities = [0, 1, 0, 3, 0, 0, 69, 1, 0];
    let message = [&[0, 4, 0, 17, 0, 0][..], &[0xff; 16], &[5]].concat();
    let body = [&table_name[..], &vendor, &capabilities, &message].concat();
    let marked = parse_marked(reader(&body)).unwrap();
    assert_eq!(marked.message.rest(), &message[6..]);
    assert_eq!(marked.capabilities.unwrap().rest(), [69, 1, 0]);

    // Another type: the marker tells. Without one it is the type.
    let mut moved = message.clone();
    moved[1] = 7;
    let body = [&[0, 4, 0, 1, 0, 0, 5][..], &moved].concat();
    assert_eq!(
        parse_marked(reader(&body)).unwrap().message.rest(),
        &message[6..]
    );
    let plain = parse_marked(reader(&[0, 4, 0, 1, 0, 0, 5])).unwrap();
    assert_eq!(plain.message.rest(), [5]);

    let check = |octets: &[u8], expected| {
        assert_eq!(parse_marked(reader(octets)).unwrap_err(), expected);
    };
    let missing = ParseError::new(Fault::Missing, "BGP message", 0);
    check(&table_name, missing);
    check(&[], missing);
    check(&message[..5], ParseError::truncated("TLV index", 4));
    check(&message[..8], ParseError::truncated("TLV value", 6));
    check(
        &vendor[..9],
        ParseError::truncated("TLV enterprise number", 6),
    );
}
