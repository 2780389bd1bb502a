//! bgpkit-parser: one object per route. Of BMP it reads every message by itself.

use super::Read;
use crate::units;
use bgpkit_parser::models::Asn;
use bgpkit_parser::parser::bmp::messages::{BmpMessage, BmpMessageBody};
use bgpkit_parser::{BgpkitParser, Elementor, parse_bmp_msg};
use bytes::Bytes;
use feeds::Format;
use std::hint::black_box;
use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr};

/// Its elements of an MRT file.
pub fn elements(octets: &[u8]) -> u64 {
    parser(octets)
        .into_elem_iter()
        .map(|element| black_box(u64::from(element.prefix.prefix.prefix_len() <= 128)))
        .sum()
}

/// The records of an MRT file, and the elements of all of them.
pub fn mrt(octets: &[u8]) -> Read {
    let mut read = Read::default();
    for record in parser(octets).into_fallible_record_iter() {
        read.add(record.map(|_| 0));
    }
    read.routes = elements(octets);
    read
}

/// The messages of a BMP stream, cut for it.
pub fn bmp(octets: &[u8]) -> Read {
    let mut read = Read::default();
    for unit in units::of(Format::Bmp, octets) {
        let parsed = parse_bmp_msg(&mut Bytes::copy_from_slice(unit));
        read.add(parsed.map(routes));
    }
    read
}

fn parser(octets: &[u8]) -> BgpkitParser<Cursor<&[u8]>> {
    BgpkitParser::from_reader(Cursor::new(octets)).disable_warnings()
}

fn routes(message: BmpMessage) -> usize {
    let BmpMessageBody::RouteMonitoring(monitoring) = message.message_body else {
        return 0;
    };
    let peer_ip = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Elementor::bgp_to_elems(monitoring.bgp_message, 0.0, &peer_ip, &Asn::new_32bit(0)).len()
}
