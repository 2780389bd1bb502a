//! NLRI that hold more than a prefix: octets in, parts or the exact error out.

use super::super::*;
use core::net::IpAddr;

extern crate std;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

const L2VPN: Afi = Afi(25);
const LINK_STATE: Afi = Afi(16388);
/// A Route Distinguisher of type 0: 64500:1.
const RD: [u8; 8] = [0, 0, 0xfb, 0xf4, 0, 0, 0, 1];

/// All NLRI of a family: path identifier, prefix, label entries, whether there is a Route Distinguisher, how many octets.
fn nlri(octets: &[u8], afi: Afi, safi: u8, has_path_ids: bool) -> Result<Vec<String>, ParseError> {
    let mut reader = Reader::new(octets);
    let mut all = vec![];
    while !reader.is_empty() {
        let form = NlriForm::of(afi, Safi(safi));
        let one = split_nlri(&mut reader, form, afi, has_path_ids)?;
        if let Some(error) = one.fault {
            return Err(error);
        }
        let path_id = one.path_id.map_or(String::new(), |id| format!("{id}: "));
        let prefix = one.prefix.map_or("-".to_string(), text);
        let (labels, octets) = (one.labels.rest(), one.octets.len());
        let rd = one.rd.map_or("", |_| " rd");
        let odd = if one.is_odd { " odd" } else { "" };
        all.push(format!("{path_id}{prefix} {labels:02x?}{rd} {octets}{odd}"));
    }
    Ok(all)
}

fn text(prefix: IpPrefix) -> String {
    let (address, length): (IpAddr, u8) = (prefix.address(), prefix.length());
    format!("{address}/{length}")
}

fn check(octets: &[u8], afi: Afi, safi: u8, expected: &[&str]) {
    assert_eq!(nlri(octets, afi, safi, false).unwrap(), expected);
}

fn check_error(octets: &[u8], afi: Afi, safi: u8, expected: ParseError) {
    assert_eq!(nlri(octets, afi, safi, false).unwrap_err(), expected);
}

#[test]
fn labelled_prefixes() {
    let check = |octets: &[u8], expected: &[&str]| check(octets, Afi::IPV4, 4, expected);
    check(
        &[48, 0, 1, 1, 203, 0, 113, 32, 0, 1, 0x11, 10],
        &["203.0.113.0/24 [00, 01, 01] 7", "10.0.0.0/8 [00, 01, 11] 5"],
    );
    // Two labels, then none at the bottom of the stack: one label alone, or as many as leave a prefix.
    check(
        &[72, 0, 1, 0, 0, 1, 0x11, 203, 0, 113],
        &["203.0.113.0/24 [00, 01, 00, 00, 01, 11] 10"],
    );
    check(
        &[48, 0, 1, 0, 203, 0, 112],
        &["203.0.112.0/24 [00, 01, 00] 7 odd"],
    );
    check(
        &[80, 0, 1, 0, 0, 1, 0x10, 10, 0, 0, 0],
        &["10.0.0.0/32 [00, 01, 00, 00, 01, 10] 11 odd"],
    );
    // Withdrawn, by RFC 8277 and as it was before; then the default route.
    check(
        &[48, 0x80, 0, 0, 203, 0, 113, 48, 0, 0, 0, 203, 0, 113],
        &[
            "203.0.113.0/24 [80, 00, 00] 7",
            "203.0.113.0/24 [00, 00, 00] 7",
        ],
    );
    check(&[24, 0, 1, 1], &["0.0.0.0/0 [00, 01, 01] 4"]);
    // A host bit beyond the length is cleared.
    check(
        &[47, 0, 1, 1, 203, 0, 113],
        &["203.0.112.0/23 [00, 01, 01] 7 odd"],
    );
}

#[test]
fn malformed_labelled_prefixes() {
    let check = |octets: &[u8], expected| check_error(octets, Afi::IPV4, 4, expected);
    check(&[23, 0, 1, 1], ParseError::bad_length("NLRI length", 0));
    check(&[0], ParseError::bad_length("NLRI length", 0));
    check(
        &[57, 0, 1, 1, 1, 2, 3, 4, 5],
        ParseError::bad_length("NLRI length", 0),
    );
    check(&[32, 0, 1, 1, 9, 48, 0], ParseError::truncated("NLRI", 6));
}

#[test]
fn vpn_prefixes() {
    let one = [&[112, 0, 1, 1][..], &RD, &[203, 0, 113]].concat();
    check(&one, Afi::IPV4, 128, &["203.0.113.0/24 [00, 01, 01] rd 15"]);
    check(&one, Afi::IPV4, 129, &["203.0.113.0/24 [00, 01, 01] rd 15"]);
    let without_bottom = [&[112, 0, 1, 0][..], &RD, &[203, 0, 113]].concat();
    let expected = ["203.0.113.0/24 [00, 01, 00] rd 15 odd"];
    check(&without_bottom, Afi::IPV4, 128, &expected);
    let two = [&[136, 0, 1, 0, 0, 1, 0x11][..], &RD, &[203, 0, 113]].concat();
    let expected = ["203.0.113.0/24 [00, 01, 00, 00, 01, 11] rd 18"];
    check(&two, Afi::IPV4, 128, &expected);
    let unlabelled = [&[88][..], &RD, &[203, 0, 113]].concat();
    check(&unlabelled, Afi::IPV4, 129, &["203.0.113.0/24 [] rd 12"]);
    let v6 = [&[120, 0, 1, 1][..], &RD, &[0x20, 1, 0xd, 0xb8]].concat();
    check(&v6, Afi::IPV6, 128, &["2001:db8::/32 [00, 01, 01] rd 16"]);
    let v6 = [&[0, 0, 0, 9][..], &v6].concat();
    let with_id = nlri(&v6, Afi::IPV6, 128, true).unwrap();
    assert_eq!(with_id, ["9: 2001:db8::/32 [00, 01, 01] rd 16"]);

    let bad = ParseError::bad_length("NLRI length", 0);
    check_error(&[80, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], Afi::IPV4, 128, bad);
    check_error(&one[..14], Afi::IPV4, 128, ParseError::truncated("NLRI", 1));
}

#[test]
fn evpn_routes() {
    let check = |route_type, value: &[&[u8]], expected| {
        let value = value.concat();
        let octets = [&[route_type, value.len() as u8], &value[..]].concat();
        check(&octets, L2VPN, 70, &[expected]);
    };
    let (segment_and_tag, label) = ([0; 14], [0, 1, 1]);
    check(1, &[&RD, &segment_and_tag, &label], "- [00, 01, 01] rd 27");
    let mac = [48, 2, 0, 0, 0, 0, 1];
    check(
        2,
        &[&RD, &segment_and_tag, &mac, &[0], &label],
        "- [00, 01, 01] rd 35",
    );
    check(
        2,
        &[
            &RD,
            &segment_and_tag,
            &mac,
            &[32, 192, 0, 2, 1],
            &label,
            &label,
        ],
        "192.0.2.1/32 [00, 01, 01, 00, 01, 01] rd 42",
    );
    check(3, &[&RD, &[0; 4], &[32, 192, 0, 2, 1]], "- [] rd 19");
    check(4, &[&RD, &[0; 10], &[32, 192, 0, 2, 1]], "- [] rd 25");
    check(
        5,
        &[
            &RD,
            &segment_and_tag,
            &[24, 203, 0, 113, 0],
            &[0; 4],
            &label,
        ],
        "203.0.113.0/24 [00, 01, 01] rd 36",
    );
    let v6 = [&[32, 0x20, 1, 0xd, 0xb8][..], &[0; 12]].concat();
    check(
        5,
        &[&RD, &segment_and_tag, &v6, &[0; 16], &label],
        "2001:db8::/32 [00, 01, 01] rd 60",
    );
    check(6, &[&RD, &[1, 2]], "- [] rd 12");
    check(99, &[&[1, 2]], "- [] 4");
}

#[test]
fn malformed_evpn_routes() {
    let check = |octets: &[u8], expected| check_error(octets, L2VPN, 70, expected);
    check(&[2, 9, 1], ParseError::truncated("EVPN route", 2));
    check(
        &[1, 2, 1, 1],
        ParseError::truncated("route distinguisher", 2),
    );
    let route = |route_type, rest: &[u8]| {
        [
            &[route_type, 22 + rest.len() as u8],
            &RD[..],
            &[0; 14],
            rest,
        ]
        .concat()
    };
    check(&route(1, &[1, 2]), ParseError::truncated("MPLS label", 24));
    check(
        &route(2, &[47]),
        ParseError::bad_length("MAC address length", 24),
    );
    let mac = [48, 2, 0, 0, 0, 0, 1];
    let with_mac = |rest: &[u8]| route(2, &[&mac, rest].concat());
    check(
        &with_mac(&[33]),
        ParseError::bad_length("IP address length", 31),
    );
    check(&with_mac(&[0]), ParseError::truncated("MPLS label", 32));
    check(
        &with_mac(&[0, 1, 2, 3, 4]),
        ParseError::bad_length("MPLS label", 32),
    );
    let prefix = [&[33, 203, 0, 113, 0][..], &[0; 7]].concat();
    check(
        &route(5, &prefix),
        ParseError::bad_length("IP prefix length", 24),
    );
}

#[test]
fn other_families() {
    check(
        &[3, 3, 0x81, 6, 0xf0, 1, 9],
        Afi::IPV4,
        133,
        &["- [] 4", "- [] 3"],
    );
    let vpn = [&[11][..], &RD, &[3, 0x81, 6]].concat();
    check(&vpn, Afi::IPV4, 134, &["- [] rd 12"]);
    let default = [0, 96, 0, 0, 0xfb, 0xf4, 0, 2, 0xfb, 0xf4, 0, 0, 0, 1];
    check(&default, Afi::IPV4, 132, &["- [] 1", "- [] 13"]);
    check(&[0, 1, 0, 2, 8, 9], LINK_STATE, 71, &["- [] 6"]);
    let vpn = [&[0, 1, 0, 8][..], &RD].concat();
    check(&vpn, LINK_STATE, 72, &["- [] rd 12"]);
    check(&[1, 2, 8, 9], Afi::IPV6, 5, &["- [] 4"]);
    check(&[&[0, 8][..], &RD].concat(), L2VPN, 65, &["- [] rd 10"]);
    check(&[&[96][..], &[1; 12]].concat(), Afi::IPV4, 73, &["- [] 13"]);
    check(
        &[&[128][..], &[1; 16]].concat(),
        Afi::IPV4,
        66,
        &["- [] rd 17"],
    );
    check(&[0, 1, 0, 1, 7], Afi(31), 9, &["- [] 5"]);
    check(&[1, 0, 1, 2, 8, 9], Afi::IPV4, 85, &["- [] 6"]);
    check(&[1, 2, 3], Afi(9999), 1, &["- [] 3"]);
    assert_eq!(nlri(&[1, 2, 3], Afi(9999), 1, true).unwrap(), ["- [] 3"]);
}

#[test]
fn malformed_other_families() {
    check_error(&[3, 3], Afi::IPV4, 133, ParseError::truncated("NLRI", 1));
    let cut = ParseError::truncated("NLRI length", 1);
    check_error(&[0xf0], Afi::IPV4, 133, cut);
    let cut = ParseError::truncated("route distinguisher", 1);
    check_error(&[2, 3, 4], Afi::IPV4, 134, cut);
    let bad = ParseError::bad_length("NLRI length", 0);
    check_error(&[31, 0, 0, 0, 0], Afi::IPV4, 132, bad);
    check_error(&[97], Afi::IPV4, 132, bad);
    check_error(&[95], Afi::IPV4, 73, bad);
    let cut = ParseError::truncated("NLRI", 4);
    check_error(&[0, 1, 0, 3, 8, 9], LINK_STATE, 71, cut);
}

#[test]
fn hidden_path_identifiers() {
    let fits = |octets: &[u8], safi| {
        let form = NlriForm::of(Afi::IPV4, Safi(safi));
        [false, true].map(|ids| framed_nlri_fits(Reader::new(octets), form, Afi::IPV4, ids))
    };
    let labelled = [48, 0, 1, 1, 203, 0, 113];
    assert_eq!(fits(&labelled, 4), [true, false]);
    let small = [&[0, 0, 0, 1][..], &labelled].concat();
    assert_eq!(fits(&small, 4), [false, true]);
    let large = [&[48, 0, 0, 1][..], &labelled].concat();
    assert_eq!(fits(&large, 4), [false, true]);
    let vpn = [&[112, 0, 1, 1][..], &RD, &[203, 0, 113]].concat();
    assert_eq!(fits(&vpn, 128), [true, false]);
    assert_eq!(
        fits(&[&[0, 0, 0, 1][..], &vpn].concat(), 128),
        [false, true]
    );
    // Twice the default route of the same VPN; once each of two.
    let default = [&[88, 0, 1, 1][..], &RD].concat();
    assert_eq!(
        fits(&[&default[..], &default].concat(), 128),
        [false, false]
    );
    let other = [&[88, 0, 1, 1][..], &[0; 8]].concat();
    assert_eq!(fits(&[&default[..], &other].concat(), 128), [true, false]);
}

#[test]
fn pmsi_tunnels() {
    let check = |octets: &[u8], is_good| {
        let expected = ParseError::bad_length("PMSI_TUNNEL", 0);
        let expected = if is_good { Ok(()) } else { Err(expected) };
        assert_eq!(check_pmsi_tunnel(Reader::new(octets)), expected);
    };
    check(&[0, 6, 0, 0, 0, 192, 0, 2, 1], true);
    check(&[0, 6, 0, 0, 0, 192, 0, 2], false);
    check(&[0, 0, 0, 0, 0], true);
    check(&[0, 0, 0, 0, 0, 1], false);
    check(&[0, 99, 0, 0, 0, 1, 2], true);
    check(&[0, 99, 0, 0], false);
}
