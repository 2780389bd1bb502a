//! Octets of BGP in, parts or the exact error out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::*;
use crate::Fault;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

mod families;

extern crate std;
use std::vec::Vec;
use std::{format, string::String};

fn reader(octets: &[u8]) -> Reader<'_> {
    Reader::new(octets)
}

#[test]
fn messages() {
    let mut octets = [0xff; 21].to_vec();
    octets[16..].copy_from_slice(&[0, 20, 4, 9, 7]);
    let (message, rest) = split_message(reader(&octets)).unwrap();
    assert_eq!(message.message_type, MessageType::KEEPALIVE);
    assert_eq!((message.body.rest(), rest.rest()), (&[9][..], &[7][..]));
    assert_eq!(message.octets, &octets[..20]);

    let check = |octets: &[u8], expected| {
        assert_eq!(split_message(reader(octets)).unwrap_err(), expected);
    };
    check(&octets[..15], ParseError::truncated("marker", 0));
    check(&octets[..19], ParseError::truncated("message body", 19));
    octets[17] = 18;
    check(&octets, ParseError::bad_length("message length", 16));
    octets[3] = 0;
    check(&octets, ParseError::bad_value("marker", 0));
}

#[test]
fn add_path_capabilities() {
    let value = [0, 1, 1, 1, 0, 2, 1, 2, 0, 1, 4, 3, 0, 1, 2, 9, 0];
    let families: Vec<_> = add_path_families(&value)
        .map(|one| (one.afi.0, one.safi.0, one.receives(), one.sends()))
        .collect();
    let expected = [
        (1, 1, true, false),
        (2, 1, false, true),
        (1, 4, true, true),
        (1, 2, false, false),
    ];
    assert_eq!(families, expected);
}

#[test]
fn updates() {
    let update = parse_update(reader(&[0, 1, 7, 0, 2, 8, 9, 5])).unwrap();
    assert_eq!(update.withdrawn.rest(), [7]);
    assert_eq!(
        (update.attributes.rest(), update.nlri.rest()),
        (&[8, 9][..], &[5][..])
    );
    let check = |octets: &[u8], expected| {
        assert_eq!(parse_update(reader(octets)).unwrap_err(), expected);
    };
    check(&[0, 2, 7], ParseError::truncated("withdrawn routes", 2));
    check(
        &[0, 0, 0],
        ParseError::truncated("total path attribute length", 2),
    );
    check(
        &[0, 0, 0, 3, 1],
        ParseError::truncated("path attributes", 4),
    );
}

#[test]
fn attributes() {
    let octets = [0x40, 1, 1, 0, 0xd0, 99, 0, 2, 7, 8];
    let mut rest = reader(&octets);
    let origin = split_attribute(&mut rest).unwrap();
    assert_eq!(
        (origin.code, origin.flags.category()),
        (AttributeCode::ORIGIN, 0x40)
    );
    assert_eq!((origin.octets, origin.value.offset()), (&octets[..4], 3));
    let long = split_attribute(&mut rest).unwrap();
    assert_eq!(
        (long.code.0, long.value.rest(), long.octets),
        (99, &[7, 8][..], &octets[4..])
    );

    let check = |octets: &[u8], expected| {
        assert_eq!(split_attribute(&mut reader(octets)).unwrap_err(), expected);
    };
    check(&[0x40], ParseError::truncated("attribute header", 0));
    check(&[0x50, 1, 0], ParseError::truncated("attribute length", 2));
    check(&[0x40, 1, 1], ParseError::truncated("attribute value", 3));
}

#[test]
fn values() {
    assert_eq!(parse_origin(reader(&[2])), Ok(2));
    assert_eq!(
        parse_origin(reader(&[3])),
        Err(ParseError::bad_value("ORIGIN", 0))
    );
    assert_eq!(
        parse_origin(reader(&[])),
        Err(ParseError::bad_length("ORIGIN", 0))
    );
    let ip = Ipv4Addr::new(10, 0, 0, 1);
    assert_eq!(parse_aggregator(reader(&[0, 7, 10, 0, 0, 1])), Ok((7, ip)));
    assert_eq!(
        parse_aggregator(reader(&[0, 1, 0, 0, 10, 0, 0, 1])),
        Ok((65536, ip))
    );
    let bad = ParseError::bad_length("AGGREGATOR", 0);
    assert_eq!(parse_aggregator(reader(&[0, 0, 0, 0, 0, 0, 0])), Err(bad));
}

#[test]
fn aigp() {
    let metric = [1, 0, 11, 0, 0, 0, 0, 0, 0, 1, 0];
    assert_eq!(parse_aigp(reader(&metric)), Ok(256));
    let after_another = [&[9, 0, 4, 5][..], &metric].concat();
    assert_eq!(parse_aigp(reader(&after_another)), Ok(256));
    let bad = Err(ParseError::bad_length("AIGP", 0));
    assert_eq!(parse_aigp(reader(&[])), bad);
    assert_eq!(parse_aigp(reader(&metric[..10])), bad);
    assert_eq!(parse_aigp(reader(&[1, 0, 2])), bad);
    let too_long = [&[1, 0, 12][..], &metric[3..], &[0]].concat();
    assert_eq!(parse_aigp(reader(&too_long)), bad);
}

#[test]
fn next_hops() {
    let v6 = |last: u16| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
    let (first, second) = (v6(1).octets(), v6(2).octets());
    let check = |next_hop: &[&[u8]], expected: (Option<IpAddr>, Option<Ipv6Addr>)| {
        let next_hop = next_hop.concat();
        let length = [u8::try_from(next_hop.len()).unwrap()];
        let octets = [&[0, 2, 1][..], &length, &next_hop, &[0, 9]].concat();
        let reach = parse_mp_reach(reader(&octets)).unwrap();
        let found = (reach.next_hop.global, reach.next_hop.link_local);
        assert_eq!((found, reach.nlri.rest()), (expected, &[9][..]));
    };
    let (v4, rd) = ([192, 0, 2, 1], [0; 8]);
    check(&[&v4], (Some(v4.into()), None));
    check(&[&rd, &v4], (Some(v4.into()), None));
    check(&[&first], (Some(v6(1).into()), None));
    check(&[&rd, &first], (Some(v6(1).into()), None));
    check(&[&first, &second], (Some(v6(1).into()), Some(v6(2))));
    check(
        &[&rd, &first, &rd, &second],
        (Some(v6(1).into()), Some(v6(2))),
    );
    check(&[], (None, None));
}

#[test]
fn malformed_multiprotocol_attributes() {
    let check = |octets: &[u8], expected| {
        assert_eq!(parse_mp_reach(reader(octets)).unwrap_err(), expected);
    };
    check(
        &[0, 2, 1, 5, 0, 0, 0, 0, 0, 0],
        ParseError::bad_length("next hop length", 3),
    );
    check(&[0, 2, 1, 16, 0], ParseError::truncated("next hop", 4));
    check(
        &[0, 2, 1, 4, 1, 2, 3, 4],
        ParseError::truncated("MP_REACH_NLRI reserved", 8),
    );
    let error = parse_mp_unreach(reader(&[0, 2])).unwrap_err();
    assert_eq!(
        error,
        ParseError::truncated("MP_UNREACH_NLRI subsequent address family", 2)
    );
}

#[test]
fn next_hops_of_table_dumps() {
    let check = |octets: &[u8], expected| {
        let found = parse_mp_next_hop(reader(octets)).map(|next_hop| next_hop.global);
        assert_eq!(found, expected);
    };
    let ip = Some(IpAddr::from([192, 0, 2, 1]));
    check(&[4, 192, 0, 2, 1], Ok(ip));
    check(&[0, 1, 1, 4, 192, 0, 2, 1, 0], Ok(ip));
    let leftover = ParseError::new(Fault::Leftover, "MP_REACH_NLRI next hop", 5);
    check(&[4, 192, 0, 2, 1, 0], Err(leftover));
    check(&[], Err(ParseError::truncated("next hop length", 0)));
}

#[test]
fn ipv4_prefixes() {
    let check = |octets: &[u8], has_path_ids, expected: &str, ending| {
        let mut found = String::new();
        let result = parse_ipv4_nlri(reader(octets), has_path_ids, |prefix, path_id| {
            let address = Ipv4Addr::from(prefix.address);
            found += &format!("{address}/{} {path_id};", prefix.length);
        });
        assert_eq!((found.as_str(), result), (expected, ending));
    };
    check(
        &[24, 203, 0, 113, 8, 10],
        false,
        "203.0.113.0/24 0;10.0.0.0/8 0;",
        Ok(false),
    );
    check(&[12, 10, 255], false, "10.240.0.0/12 0;", Ok(true));
    check(&[0], false, "0.0.0.0/0 0;", Ok(true));
    check(&[0, 0, 1, 0, 8, 10], true, "10.0.0.0/8 256;", Ok(false));
    check(
        &[8, 10, 33, 1, 2, 3, 4, 5],
        false,
        "10.0.0.0/8 0;",
        Err(ParseError::bad_length("prefix length", 2)),
    );
    check(
        &[8, 10, 24, 1],
        false,
        "10.0.0.0/8 0;",
        Err(ParseError::truncated("prefix", 2)),
    );
    check(
        &[0, 0, 1],
        true,
        "",
        Err(ParseError::truncated("path identifier", 0)),
    );
}

#[test]
fn ipv6_prefixes() {
    let mut found = Vec::new();
    let octets = [
        32, 0x20, 1, 0xd, 0xb8, 65, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0xff,
    ];
    let result = parse_ipv6_nlri(reader(&octets), false, |prefix, _| {
        found.push((Ipv6Addr::from(prefix.address), prefix.length));
    });
    let base = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0);
    let half = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0x8000, 0, 0, 0);
    assert_eq!(
        (found, result),
        ([(base, 32), (half, 65)].to_vec(), Ok(true))
    );
    let error = parse_ipv6_nlri(reader(&[129, 0]), false, |_, _| ()).unwrap_err();
    assert_eq!(error, ParseError::bad_length("prefix length", 0));
}

#[test]
fn hidden_path_identifiers() {
    let fits = |octets: &[u8]| [false, true].map(|ids| nlri_fits(reader(octets), Afi::IPV4, ids));
    assert_eq!(fits(&[24, 203, 0, 113]), [true, false]);
    // Identifier 720: two default routes, and a /2 with host bits.
    assert_eq!(fits(&[0, 0, 2, 0xd0, 24, 203, 0, 113]), [false, true]);
    // Identifier 384: two default routes, and 128.0.0.0/1.
    assert_eq!(fits(&[0, 0, 1, 0x80, 24, 203, 0, 113]), [false, true]);
    assert_eq!(fits(&[0]), [true, false]);
    assert_eq!(fits(&[40, 1, 2, 3, 4, 5]), [false, false]);
}

#[test]
fn path_shapes() {
    let check = |path: &[u8], expected: [PathShape; 2]| {
        let shapes = [AsnWidth::Two, AsnWidth::Four].map(|width| path_shape(path, width));
        assert_eq!(shapes, expected);
    };
    use PathShape::{Empty, Malformed, Segments, Sequence};
    check(&[], [Empty, Empty]);
    check(&[2, 1, 0, 7], [Sequence, Malformed]);
    check(&[2, 1, 0, 0, 0, 7], [Malformed, Sequence]);
    check(&[1, 1, 0, 7], [Segments, Malformed]);
    check(&[2, 1, 0, 7, 1, 1, 0, 8], [Segments, Malformed]);
    check(&[2, 0], [Malformed, Malformed]);
    check(&[5, 1, 0, 7], [Malformed, Malformed]);
    check(&[2], [Malformed, Malformed]);
}

#[test]
fn merged_paths() {
    let check = |as_path: &[u8], as4_path: &[u8], expected: &str| {
        let mut merged = Vec::new();
        merge_as4_path(as_path, as4_path, |octets| merged.extend_from_slice(octets));
        let segments = Segments::new(&merged, AsnWidth::Four);
        let text: String = segments
            .map(|segment| format!("{}{:?}", segment.segment_type.0, asns(segment.asns)))
            .collect();
        assert_eq!(text, expected);
    };
    check(
        &[2, 2, 0, 7, 0x5b, 0xa0],
        &[2, 1, 0, 1, 0, 1],
        "2[7]2[65537]",
    );
    check(&[2, 1, 0x5b, 0xa0], &[2, 1, 0, 1, 0, 1], "2[65537]");
    // Longer than AS_PATH: ignored.
    check(&[2, 1, 0, 7], &[2, 2, 0, 1, 0, 1, 0, 1, 0, 2], "2[7]");
    // A set counts 1, a confederation nothing, and one in AS4_PATH is ignored.
    check(
        &[3, 1, 0, 9, 2, 1, 0, 7, 1, 2, 0, 1, 0, 2],
        &[1, 1, 0, 1, 0, 1],
        "3[9]2[7]1[65537]",
    );
    check(&[2, 1, 0, 7], &[3, 1, 0, 1, 0, 1], "2[7]");
}

fn asns(octets: &[u8]) -> Vec<u32> {
    let asn = |asn: &[u8]| u32::from_be_bytes(asn.try_into().unwrap());
    octets.chunks_exact(4).map(asn).collect()
}

#[test]
fn opens() {
    let check = |octets: &[u8], expected: &[u8]| {
        let open = parse_open(reader(octets)).unwrap();
        let mut codes = Vec::new();
        open.capabilities
            .for_each(|code, _| codes.push(code))
            .unwrap();
        assert_eq!(
            (open.hold_time_s, open.bgp_id.octets()),
            (90, [10, 0, 0, 1])
        );
        assert_eq!(codes, expected);
    };
    const HEAD: [u8; 9] = [4, 0xfb, 0xf4, 0, 90, 10, 0, 0, 1];
    let open = |tail: &[u8]| [&HEAD, tail].concat();
    check(&open(&[0]), &[]);
    let who = |tail: &[u8]| {
        let octets = open(tail);
        let open = parse_open(reader(&octets)).unwrap();
        (open.asn, open.is_four_octet)
    };
    assert_eq!(who(&[0]), (64500, false));
    assert_eq!(who(&[8, 2, 6, 65, 4, 0, 1, 0, 2]), (65538, true));
    // Too short to be an ASN.
    assert_eq!(who(&[7, 2, 5, 65, 3, 0, 1, 0]), (64500, false));
    check(&open(&[8, 2, 6, 1, 0, 2, 0, 65, 0]), &[1, 2, 65]);
    check(&open(&[255, 255, 0, 7, 2, 0, 4, 2, 0, 70, 0]), &[2, 70]);
    check(&open(&[1, 255, 0, 7, 2, 0, 4, 2, 0, 70, 0]), &[2, 70]);
    // A parameter that is not capabilities.
    check(&open(&[3, 1, 1, 9]), &[]);

    let refuse = |tail: &[u8], expected| {
        assert_eq!(parse_open(reader(&open(tail))).unwrap_err(), expected);
    };
    refuse(&[], ParseError::truncated("optional parameters length", 9));
    refuse(&[4, 2], ParseError::truncated("optional parameters", 10));
    refuse(&[0, 1], ParseError::new(Fault::Leftover, "OPEN", 10));
    refuse(&[2, 2, 1], ParseError::truncated("optional parameter", 12));
    refuse(
        &[4, 2, 2, 1, 4],
        ParseError::truncated("capability value", 14),
    );
}

#[test]
fn notifications() {
    let check = |octets: &[u8], code, subcode, text| {
        let notification = parse_notification(reader(octets)).unwrap();
        let found = (
            notification.code,
            notification.subcode,
            notification.shutdown_text,
        );
        assert_eq!(found, (code, subcode, text));
    };
    check(&[4, 0], 4, 0, None);
    check(&[6, 2, 3, b'b', b'y', b'e'], 6, 2, Some("bye"));
    check(&[6, 9, 6, 4, 3, b'b', b'y', b'e'], 6, 9, Some("bye"));
    check(&[6, 9, 6, 3, 3, b'b', b'y', b'e'], 6, 9, None);
    check(&[6, 9, 6], 6, 9, None);
    check(&[6, 2, 9, b'b'], 6, 2, None);
    check(&[6, 2, 1, 0xff], 6, 2, None);
    check(&[6, 2, 0], 6, 2, None);
    check(&[6, 3, 1, b'b'], 6, 3, None);
    let error = parse_notification(reader(&[6])).unwrap_err();
    assert_eq!(error, ParseError::truncated("error subcode", 1));
}
