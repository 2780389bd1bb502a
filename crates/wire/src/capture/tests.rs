//! Octets of capture files in, packets or the exact error out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::pcap::FileHeader;
use super::pcapng::{BLOCK_OCTETS_MAX, Interface, Packet, split_block};
use super::*;
use crate::Fault;

extern crate std;
use std::vec::Vec;

/// A number in either byte order.
fn number(order: ByteOrder, number: u32) -> [u8; 4] {
    match order {
        ByteOrder::Little => number.to_le_bytes(),
        ByteOrder::Big => number.to_be_bytes(),
    }
}

fn numbers(order: ByteOrder, all: &[u32]) -> Vec<u8> {
    all.iter().flat_map(|one| number(order, *one)).collect()
}

/// A file header of that magic number, as a number of the file's order.
fn header(order: ByteOrder, magic: u32) -> Vec<u8> {
    let versions = match order {
        ByteOrder::Little => [2, 0, 4, 0],
        ByteOrder::Big => [0, 2, 0, 4],
    };
    let mut octets = number(order, magic).to_vec();
    octets.extend(versions);
    octets.extend(numbers(order, &[0, 0, 65535, 0xf400_0071]));
    octets
}

#[test]
fn pcap_in_both_orders_and_resolutions() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for (magic, has_nanoseconds, fraction) in [
            (0xa1b2_c3d4, false, 250_001),
            (0xa1b2_3c4d, true, 250_001_999),
        ] {
            let mut octets = header(order, magic);
            octets.extend(numbers(order, &[7, fraction, 3, 9]));
            octets.extend([1, 2, 3, 4]);
            let mut reader = Reader::new(&octets);
            let header = FileHeader::read(&mut reader).unwrap();
            let expected = FileHeader {
                order,
                has_nanoseconds,
                link_type: LinkType::LINUX_SLL,
            };
            assert_eq!(header, expected);
            let captured = header.split_record(&mut reader).unwrap();
            assert_eq!(captured.at, Some(7_250_001));
            assert_eq!(
                (captured.octets, captured.original_octets),
                (&[1, 2, 3][..], 9)
            );
            assert!(captured.is_cut());
            assert_eq!(reader.rest(), [4]);
        }
    }
}

#[test]
fn file_headers_that_are_refused() {
    let check = |octets: &[u8], expected| {
        let found = FileHeader::read(&mut Reader::new(octets)).unwrap_err();
        assert_eq!(found, expected);
    };
    let good = header(ByteOrder::Little, 0xa1b2_c3d4);
    check(
        &header(ByteOrder::Little, 0xa1b2_cd34),
        ParseError::bad_value("magic", 0),
    );
    check(&good[..3], ParseError::truncated("magic", 0));
    check(&good[..23], ParseError::truncated("link type", 20));
    let mut other = good;
    other[4] = 3;
    check(&other, ParseError::bad_value("major version", 4));
}

#[test]
fn records_that_are_refused() {
    let order = ByteOrder::Big;
    let octets = header(order, 0xa1b2_c3d4);
    let header = FileHeader::read(&mut Reader::new(&octets)).unwrap();
    let check = |octets: &[u8], expected| {
        let mut reader = Reader::new(octets);
        assert_eq!(header.split_record(&mut reader).unwrap_err(), expected);
        assert_eq!(reader.offset(), 0, "the reader has moved");
    };
    let many = u32::try_from(PACKET_OCTETS_MAX).unwrap() + 1;
    let over = ParseError::new(Fault::OverLimit, "captured length", 8);
    check(&numbers(order, &[0, 0, many, many]), over);
    check(&numbers(order, &[0, 0, u32::MAX, 0]), over);
    check(
        &numbers(order, &[0, 0, 1, 1]),
        ParseError::truncated("packet", 16),
    );
    check(&[0; 5], ParseError::truncated("fraction of a second", 4));
}

/// A block with its lengths; the body is padded already.
fn block(order: ByteOrder, block_type: u32, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(body.len()).unwrap() + 12;
    let front = numbers(order, &[block_type, total]);
    [&front, body, &number(order, total)].concat()
}

fn section(order: ByteOrder) -> Vec<u8> {
    let version = match order {
        ByteOrder::Little => 1,
        ByteOrder::Big => 1 << 16,
    };
    block(
        order,
        0x0a0d_0d0a,
        &numbers(order, &[0x1a2b_3c4d, version, u32::MAX, u32::MAX]),
    )
}

/// What the first block of `octets` is.
fn first(octets: &[u8], order: ByteOrder) -> pcapng::Block<'_> {
    split_block(&mut Reader::new(octets), order).unwrap()
}

#[test]
fn packets_of_every_block() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let wrong = match order {
            ByteOrder::Little => ByteOrder::Big,
            ByteOrder::Big => ByteOrder::Little,
        };
        assert_eq!(first(&section(order), wrong).order, order);
        let packet = |block_type, words: &[u32]| {
            let body = [&numbers(order, words)[..], &[9, 8, 7, 0]].concat();
            let octets = block(order, block_type, &body);
            let packet = Packet::parse(&first(&octets, order)).unwrap().unwrap();
            (
                packet.interface,
                packet.ticks,
                packet.octets.to_vec(),
                packet.original_octets,
            )
        };
        let ticks = Some((5 << 32) | 6);
        assert_eq!(
            packet(6, &[2, 5, 6, 3, 3]),
            (2, ticks, [9, 8, 7].to_vec(), 3)
        );
        assert_eq!(packet(3, &[3]), (0, None, [9, 8, 7].to_vec(), 3));
        // u16 interface, u16 drops.
        let word = match order {
            ByteOrder::Little => 0x0007_0002,
            ByteOrder::Big => 0x0002_0007,
        };
        assert_eq!(
            packet(2, &[word, 5, 6, 2, 40]),
            (2, ticks, [9, 8].to_vec(), 40)
        );
        let other = block(order, 5, &[]);
        assert!(Packet::parse(&first(&other, order)).unwrap().is_none());
    }
}

#[test]
fn a_simple_packet_is_as_long_as_its_interface_lets_it_be() {
    let order = ByteOrder::Little;
    let body = [&numbers(order, &[60])[..], &[1, 2, 3, 4, 5, 6, 0, 0]].concat();
    let octets = block(order, 3, &body);
    let packet = Packet::parse(&first(&octets, order)).unwrap().unwrap();
    let captured = packet.of(&interface(6, 0, 6));
    assert_eq!(
        (captured.at, captured.octets),
        (None, &[1, 2, 3, 4, 5, 6][..])
    );
    assert!(captured.is_cut());
}

fn interface(resolution: u8, offset_s: i64, snap_octets: u32) -> Interface {
    Interface {
        link_type: LinkType::ETHERNET,
        snap_octets,
        resolution,
        offset_s,
    }
}

#[test]
fn times_in_every_resolution() {
    let check = |resolution, offset_s, ticks, expected| {
        assert_eq!(
            interface(resolution, offset_s, 0).microseconds(ticks),
            expected
        );
    };
    check(6, 0, 1_700_000_000_000_001, 1_700_000_000_000_001);
    check(9, 0, 1_700_000_000_000_001_999, 1_700_000_000_000_001);
    check(0, 0, 1_700_000_000, 1_700_000_000_000_000);
    check(3, -10, 12_001, 2_001_000);
    check(0x80 | 32, 0, (3 << 32) | (1 << 31), 3_500_000);
    check(0x80 | 127, 0, u64::MAX, 0);
    check(127, 7, u64::MAX, 7_000_000);
    check(0, i64::MAX, u64::MAX, i64::MAX);
}

#[test]
fn options_of_an_interface() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let short = |number: u16| match order {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        };
        let mut body = [short(276), short(0)].concat();
        body.extend(number(order, 96));
        body.extend([short(2), short(3)].concat());
        body.extend(b"abc\0");
        body.extend([short(9), short(1)].concat());
        body.extend([9, 0, 0, 0]);
        body.extend([short(14), short(8)].concat());
        body.extend(match order {
            ByteOrder::Little => (-2_i64).to_le_bytes(),
            ByteOrder::Big => (-2_i64).to_be_bytes(),
        });
        let octets = block(order, 1, &[&body[..], &[0; 4]].concat());
        let (mut found, options) = Interface::split(&first(&octets, order)).unwrap();
        found.read_options(order, options).unwrap();
        let expected = Interface {
            link_type: LinkType::LINUX_SLL2,
            ..interface(9, -2, 96)
        };
        assert_eq!(found, expected);

        body.extend([short(2), short(9)].concat());
        let octets = block(order, 1, &body);
        let (mut found, options) = Interface::split(&first(&octets, order)).unwrap();
        let error = found.read_options(order, options).unwrap_err();
        assert_eq!(error, ParseError::truncated("option value", 48));
        assert_eq!(found, expected);
    }
}

#[test]
fn blocks_that_are_refused() {
    let order = ByteOrder::Little;
    let check = |octets: &[u8], expected| {
        let mut reader = Reader::new(octets);
        assert_eq!(split_block(&mut reader, order).unwrap_err(), expected);
        assert_eq!(reader.offset(), 0, "the reader has moved");
    };
    let length = |length: u32| numbers(order, &[6, length]);
    let many = u32::try_from(BLOCK_OCTETS_MAX).unwrap() + 4;
    let over = ParseError::new(Fault::OverLimit, "block total length", 4);
    check(&length(many), over);
    check(&length(8), ParseError::bad_length("block total length", 4));
    check(&length(33), ParseError::bad_length("block total length", 4));
    check(&length(32), ParseError::truncated("block body", 8));
    let mut behind = block(order, 6, &[0; 4]);
    behind[12] = 20;
    let field = "block total length behind the body";
    check(&behind, ParseError::bad_length(field, 12));
    let mut magic = section(order);
    magic[8] = 0;
    check(&magic, ParseError::bad_value("byte-order magic", 8));
    let mut version = section(order);
    version[12] = 2;
    check(&version, ParseError::bad_value("major version", 12));
    let short = block(order, 0x0a0d_0d0a, &numbers(order, &[0x1a2b_3c4d, 1]));
    check(&short, ParseError::truncated("section length", 16));
}

#[test]
fn packets_that_are_refused() {
    let order = ByteOrder::Little;
    let check = |words: &[u32], expected| {
        let octets = block(order, 6, &numbers(order, words));
        let error = Packet::parse(&first(&octets, order)).unwrap_err();
        assert_eq!(error, expected);
    };
    check(&[0, 0, 0, 5, 5, 0], ParseError::truncated("packet", 28));
    check(&[0, 0, 0, 5], ParseError::truncated("original length", 24));
    let over = ParseError::new(Fault::OverLimit, "captured length", 20);
    check(&[0, 0, 0, u32::MAX, 5], over);
}
