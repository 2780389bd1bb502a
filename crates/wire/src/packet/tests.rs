//! Octets of packets in, layers or the exact error out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::*;
use crate::Fault;
use crate::capture::LinkType;

extern crate std;
use std::vec::Vec;

const SLL2_FRONT: [u8; 20] = [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0];

fn ethernet(types: &[u8]) -> Vec<u8> {
    [&[7; 12][..], types].concat()
}

/// What is behind the link layer: where it begins, or nothing.
fn behind(link_type: LinkType, frame: &[u8]) -> Option<usize> {
    let reader = split_link(link_type, Reader::new(frame)).unwrap();
    reader.map(|reader| reader.offset())
}

#[test]
fn links() {
    assert_eq!(behind(LinkType::ETHERNET, &ethernet(&[8, 0])), Some(14));
    assert_eq!(
        behind(LinkType::ETHERNET, &ethernet(&[0x86, 0xdd])),
        Some(14)
    );
    assert_eq!(behind(LinkType::ETHERNET, &ethernet(&[8, 6])), None);
    assert_eq!(behind(LinkType::ETHERNET, &ethernet(&[0, 46])), None);
    let tagged = ethernet(&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0]);
    assert_eq!(behind(LinkType::ETHERNET, &tagged), Some(22));
    for raw in [LinkType::RAW, LinkType::IPV4, LinkType::IPV6] {
        assert_eq!(behind(raw, &[0x45]), Some(0));
    }
    for (family, expected) in [
        ([2, 0, 0, 0], Some(4)),
        ([0, 0, 0, 30], Some(4)),
        ([24, 0, 0, 0], Some(4)),
        ([7, 0, 0, 0], None),
    ] {
        assert_eq!(behind(LinkType::NULL, &family), expected);
        assert_eq!(behind(LinkType::LOOP, &family), expected);
    }
    let cooked = [&[0; 14][..], &[0x81, 0, 0, 9, 0x86, 0xdd]].concat();
    assert_eq!(behind(LinkType::LINUX_SLL, &cooked), Some(20));
    assert_eq!(behind(LinkType::LINUX_SLL2, &SLL2_FRONT), Some(20));
}

#[test]
fn links_that_are_refused() {
    let check = |link_type, frame: &[u8], expected| {
        let error = split_link(link_type, Reader::new(frame)).unwrap_err();
        assert_eq!(error, expected);
    };
    let eth = LinkType::ETHERNET;
    check(
        eth,
        &[0; 11],
        ParseError::truncated("Ethernet addresses", 0),
    );
    check(eth, &[0; 13], ParseError::truncated("EtherType", 12));
    check(
        eth,
        &ethernet(&[0x81, 0, 0]),
        ParseError::truncated("VLAN tag", 14),
    );
    check(
        LinkType::NULL,
        &[2, 0, 0],
        ParseError::truncated("address family", 0),
    );
    check(
        LinkType::LINUX_SLL,
        &[0; 15],
        ParseError::truncated("SLL protocol", 14),
    );
    check(
        LinkType::LINUX_SLL2,
        &[8, 0, 1],
        ParseError::truncated("SLL2 header", 2),
    );
    let unsupported = ParseError::new(Fault::Unsupported, "link type", 0);
    check(LinkType(105), &[0; 40], unsupported);
}

/// An IPv4 packet that says it has so many octets.
fn ipv4(total: u16, flags: u16, options: &[u8], carried: &[u8]) -> Vec<u8> {
    let header = 0x45 + u8::try_from(options.len() / 4).unwrap();
    let [total_high, total_low] = total.to_be_bytes();
    let [flags_high, flags_low] = flags.to_be_bytes();
    let mut octets = std::vec![header, 0, total_high, total_low, 0xab, 0xcd];
    octets.extend([flags_high, flags_low, 61, 17, 0, 0]);
    octets.extend([192, 0, 2, 1, 198, 51, 100, 2]);
    octets.extend(options);
    octets.extend(carried);
    octets
}

#[test]
fn ipv4_is_cut_by_its_length() {
    let octets = ipv4(28, 0x4000, &[1; 4], &[1, 2, 3, 4, 0, 0]);
    let packet = IpPacket::split(Reader::new(&octets)).unwrap();
    assert_eq!(packet.source, core::net::IpAddr::from([192, 0, 2, 1]));
    assert_eq!(
        packet.destination,
        core::net::IpAddr::from([198, 51, 100, 2])
    );
    assert_eq!(
        (packet.ttl, packet.protocol, packet.fragment),
        (61, Protocol::UDP, None)
    );
    assert_eq!(packet.carried.octets.rest(), [1, 2, 3, 4]);
    assert_eq!(packet.carried.original_octets, 4);
    let short = IpPacket::split(Reader::new(&ipv4(40, 0, &[], &[9; 4])))
        .unwrap()
        .carried
        .original_octets;
    assert_eq!(short, 20);
    let offloaded = ipv4(0, 0, &[], &[9; 4]);
    let offloaded = IpPacket::split(Reader::new(&offloaded)).unwrap().carried;
    assert_eq!((offloaded.octets.len(), offloaded.original_octets), (4, 4));
}

#[test]
fn fragments_of_ipv4() {
    let fragment = |flags| {
        let octets = ipv4(28, flags, &[], &[0; 8]);
        IpPacket::split(Reader::new(&octets)).unwrap().fragment
    };
    let expected = |offset, has_more| {
        Some(Fragment {
            id: 0xabcd,
            offset,
            has_more,
        })
    };
    assert_eq!(fragment(0x2000), expected(0, true));
    assert_eq!(fragment(0x2003), expected(24, true));
    assert_eq!(fragment(0x1fff), expected(65_528, false));
}

fn ipv6(next_header: u8, payload: u16, carried: &[u8]) -> Vec<u8> {
    let [high, low] = payload.to_be_bytes();
    let mut octets = std::vec![0x60, 0, 0, 0, high, low, next_header, 62];
    octets.extend([0x20; 32]);
    octets.extend(carried);
    octets
}

#[test]
fn ipv6_with_extension_headers() {
    let headers = [
        [43, 0, 0, 0, 0, 0, 0, 0].as_slice(), // hop-by-hop, then routing
        &[60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // routing, then destination
        &[51, 0, 0, 0, 0, 0, 0, 0],           // destination, then authentication
        &[44, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // authentication, then fragment
        &[17, 0, 0, 0, 0, 0, 0, 1],           // the only fragment, then UDP
        &[1, 2, 3],
    ]
    .concat();
    let length = u16::try_from(headers.len()).unwrap();
    let octets = ipv6(0, length, &[&headers[..], &[0, 0]].concat());
    let packet = IpPacket::split(Reader::new(&octets)).unwrap();
    assert_eq!(
        (packet.ttl, packet.protocol, packet.fragment),
        (62, Protocol::UDP, None)
    );
    assert_eq!(packet.carried.octets.rest(), [1, 2, 3]);
    assert_eq!(packet.carried.original_octets, 3);
}

#[test]
fn fragments_of_ipv6() {
    let octets = ipv6(44, 10, &[60, 0, 0, 0x09, 0, 0, 0, 5, 1, 2]);
    let packet = IpPacket::split(Reader::new(&octets)).unwrap();
    let expected = Fragment {
        id: 5,
        offset: 8,
        has_more: true,
    };
    assert_eq!(
        (packet.fragment, packet.protocol),
        (Some(expected), Protocol(60))
    );
    assert!(packet.protocol.may_have_ports() && !Protocol(58).may_have_ports());
    assert_eq!(packet.carried.octets.rest(), [1, 2]);
    assert_eq!(packet.carried.original_octets, 2);
}

#[test]
fn ip_that_is_refused() {
    let check = |octets: &[u8], expected| {
        assert_eq!(IpPacket::split(Reader::new(octets)).unwrap_err(), expected);
    };
    check(&[], ParseError::truncated("IP version", 0));
    check(&[0x55; 60], ParseError::bad_value("IP version", 0));
    check(&[0x45; 10], ParseError::truncated("IPv4 header", 0));
    check(
        &ipv4(20, 0, &[], &[])[..18],
        ParseError::truncated("destination address", 16),
    );
    let mut short = ipv4(20, 0, &[], &[]);
    short[0] = 0x44;
    check(&short, ParseError::bad_length("IPv4 header length", 0));
    check(
        &ipv4(19, 0, &[], &[]),
        ParseError::bad_length("IPv4 total length", 2),
    );
    let options = ipv4(28, 0, &[1; 8], &[]);
    check(&options[..24], ParseError::truncated("IPv4 options", 20));
    check(
        &ipv6(17, 0, &[])[..39],
        ParseError::truncated("destination address", 24),
    );
    let extension = ipv6(0, 8, &[17, 1, 0, 0, 0, 0, 0, 0]);
    check(&extension, ParseError::truncated("extension header", 42));
    check(
        &ipv6(44, 3, &[17, 0, 0]),
        ParseError::truncated("fragment header", 40),
    );
}

fn carried(octets: &[u8], original_octets: usize) -> Carried<'_> {
    Carried {
        octets: Reader::new(octets),
        original_octets,
    }
}

#[test]
fn udp() {
    let octets = [0, 53, 4, 0, 0, 11, 0, 0, 1, 2, 3, 9, 9];
    let datagram = UdpDatagram::parse(&carried(&octets, 13)).unwrap();
    assert_eq!(
        (datagram.source_port, datagram.destination_port),
        (53, 1024)
    );
    assert_eq!(datagram.carried.octets.rest(), [1, 2, 3]);
    let cut = UdpDatagram::parse(&carried(&octets[..9], 13))
        .unwrap()
        .carried;
    assert_eq!((cut.octets.rest(), cut.original_octets), (&[1][..], 3));
    let check = |octets: &[u8], original, expected| {
        let error = UdpDatagram::parse(&carried(octets, original)).unwrap_err();
        assert_eq!(error, expected);
    };
    check(&octets, 10, ParseError::bad_length("UDP length", 4));
    check(
        &[0, 53, 4, 0, 0, 7, 0, 0],
        8,
        ParseError::bad_length("UDP length", 4),
    );
    check(&octets[..5], 13, ParseError::truncated("UDP length", 4));
}

#[test]
fn tcp() {
    let mut octets = [
        0, 53, 4, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0x60, 0x12, 0, 0, 0, 0, 0, 0,
    ]
    .to_vec();
    octets.extend([1, 1, 1, 1, 7, 8]);
    let segment = TcpSegment::parse(&carried(&octets, 26)).unwrap();
    assert_eq!((segment.source_port, segment.destination_port), (53, 1024));
    assert_eq!(segment.sequence, 5);
    assert!(segment.flags.has(TcpFlags::SYN) && !segment.flags.has(TcpFlags::FIN | TcpFlags::RST));
    assert_eq!(segment.carried.octets.rest(), [7, 8]);
    assert_eq!(segment.carried.original_octets, 2);
    let check = |octets: &[u8], original, expected| {
        let error = TcpSegment::parse(&carried(octets, original)).unwrap_err();
        assert_eq!(error, expected);
    };
    check(&octets, 23, ParseError::bad_length("TCP header length", 12));
    check(&octets[..22], 26, ParseError::truncated("TCP options", 20));
    check(
        &octets[..9],
        26,
        ParseError::truncated("acknowledgement number", 8),
    );
    octets[12] = 0x40;
    check(&octets, 26, ParseError::bad_length("TCP header length", 12));
}
